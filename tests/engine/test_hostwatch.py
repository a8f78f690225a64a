"""The computer under a run: what is told of it, and what ends the run."""

from dataclasses import dataclass, field

import pytest

from benchctl.core.messages import JournalFailed, Suspended
from benchctl.edge.clockwatch import ClockWatch
from benchctl.edge.disk import LEAST_BYTES, LOW_BYTES
from benchctl.engine.durable import Durable
from benchctl.engine.hostwatch import HostWatch


@dataclass
class Computer:
    """Clocks, a disk and a journal whose troubles a test sets."""

    boot_s: float = 0.0
    slept_s: float = 0.0
    stepped_s: float = 0.0
    waits_s: float = 0.0
    free_bytes: int | None = 2 * LOW_BYTES
    spent: bool = False
    durable: Durable = field(default_factory=Durable)

    def now_s(self) -> float:
        return self.boot_s

    def awake_s(self) -> float:
        return self.boot_s - self.slept_s

    def wall(self) -> str:
        seconds = self.boot_s + self.stepped_s
        return f"2026-03-01T{int(seconds) // 3600 + 12:02d}:{int(seconds) // 60 % 60:02d}:{seconds % 60:06.3f}Z"

    def pending_s(self) -> float:
        return self.waits_s

    def slowest_s(self) -> float:
        return self.waits_s

    def watch(self, turns: bool = True) -> HostWatch:
        return HostWatch(self, self.durable, self, ClockWatch(self), turns)


def told(watch: HostWatch) -> list[str]:
    return [warning.fault for warning in watch.look()]


def test_a_computer_without_a_trouble_is_not_spoken_of() -> None:
    computer = Computer()
    watch = computer.watch()
    computer.boot_s += 1.0
    assert told(watch) == []
    assert watch.ends() is None
    assert not watch.holds


def test_a_sleep_ends_the_run() -> None:
    computer = Computer()
    watch = computer.watch()
    computer.boot_s, computer.slept_s = 61.0, 60.0
    told(watch)
    end = watch.ends()
    assert isinstance(end, Suspended)
    assert end.detail == "This computer slept for 60 s; nobody looked at the bench."


@pytest.mark.parametrize(("step_s", "words"), [(3600.0, "was set forward by 3600 s"), (-3.0, "was set back by 3 s")])
def test_a_clock_that_is_set_is_told_and_ends_nothing(step_s: float, words: str) -> None:
    computer = Computer()
    watch = computer.watch(turns=False)
    computer.boot_s, computer.stepped_s = 10.0, step_s
    (warning,) = watch.look()
    assert warning.fault == "clock_step"
    assert words in warning.detail
    assert watch.ends() is None
    assert told(watch) == []


def test_a_slow_turn_is_told_only_where_time_passes_by_itself() -> None:
    for turns, expected in ((True, ["turn_slow"]), (False, [])):
        computer = Computer()
        watch = computer.watch(turns)
        computer.boot_s = 1.6
        assert told(watch) == expected


def test_a_thing_is_told_again_when_it_is_twice_as_bad() -> None:
    computer = Computer(waits_s=0.6)
    watch = computer.watch()
    assert told(watch) == ["journal_slow"]
    computer.waits_s = 1.1
    assert told(watch) == []
    computer.waits_s = 1.3
    assert told(watch) == ["journal_slow"]


@pytest.mark.parametrize(("waits_s", "holds", "ends"), [(2.0, False, False), (2.1, True, False), (5.1, True, True)])
def test_a_slow_disk_first_holds_and_then_ends(waits_s: float, holds: bool, ends: bool) -> None:
    watch = Computer(waits_s=waits_s).watch()
    assert watch.holds is holds
    assert isinstance(watch.ends(), JournalFailed) is ends


@pytest.mark.parametrize(
    ("free", "faults", "ends"),
    [
        (None, [], False),
        (LOW_BYTES, [], False),
        (LOW_BYTES - 1, ["disk_low"], False),
        (LEAST_BYTES - 1, ["disk_low"], True),
    ],
)
def test_a_disk_that_fills_is_told_and_then_ends(free: int | None, faults: list[str], ends: bool) -> None:
    watch = Computer(free_bytes=free).watch()
    assert told(watch) == faults
    assert isinstance(watch.ends(), JournalFailed) is ends


def test_a_spent_ballast_ends_the_run_while_its_end_can_still_be_written() -> None:
    trouble = Computer(spent=True).watch().disk_trouble()
    assert trouble == "The disk is full: the run ends with what its reserve still takes."


def test_a_broken_journal_ends_the_run_in_its_own_words() -> None:
    computer = Computer()
    computer.durable.failed("the disk is gone")
    assert computer.watch().ends() == JournalFailed("the disk is gone")
