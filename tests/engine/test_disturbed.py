"""Trouble elsewhere (a silent instrument, a slow disk, a screen that reads nothing) delays no other channel's OFF.

In virtual time: an answer takes its time, an instrument answers one question at a time, and what the loop waits for is
the next answer.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from benchctl.core import messages as m
from benchctl.core.model import SupplySample
from benchctl.edge.journal import Log, create
from benchctl.edge.wire import Outcome
from benchctl.engine.durable import Durable
from benchctl.engine.loop import Loop
from tests.core.driven import no_reading, short
from tests.core.values import mission, reading
from tests.engine.test_loop import World
from tests.fakes import CalmHost
from tests.fakes_journal import MemoryJournal

ANSWER_S, TIMEOUT_S = 0.03, 1.0
COMMIT_S = 2.0
STEP_S = 0.25
"""How long the loop sleeps at most (`engine.outside`)."""

STRIKES = tuple(0.15 * number for number in range(20))
"""When the fault strikes: anywhere in a poll, at any age of the disturbance."""


class Timed(World):
    """Answers that take their time. What `silent` is asked is waited for in vain; P2 is too high from `high_s` on."""

    silent: str | None = None
    high_s = float("inf")

    def ready(self, commit: Callable[[float], None]) -> None:
        """Nothing is under way yet. `commit` moves the disk's time."""
        self.commit = commit
        self.due: list[tuple[float, Outcome]] = []
        self.free_s: dict[str, float] = {}
        self.offs: list[float] = []
        self.bench.trouble = self._trouble

    @property
    def outstanding(self) -> int:
        return len(self.due)

    def submit(self, order: m.Order) -> None:
        super().submit(order)
        place = getattr(order, "position", "scan")
        takes_s = TIMEOUT_S if place == self.silent else ANSWER_S
        self.free_s[place] = max(self.free_s.get(place, 0.0), self.now_s()) + takes_s
        self.due.append((self.free_s[place], self.outcomes.pop()))
        if order == m.SwitchOff("P2") and self.now_s() >= self.high_s:
            self.offs.append(self.now_s() - self.high_s)

    def take(self, timeout_s: float) -> list[Outcome]:
        at_s = min([self.now_s() + timeout_s, *(at_s for at_s, _ in self.due)])
        self.pass_until(max(at_s, self.now_s()), for_hands=False)
        taken = [one for at_s, one in self.due if at_s <= self.now_s()]
        self.due = [(at_s, one) for at_s, one in self.due if at_s > self.now_s()]
        return taken

    def pass_until(self, at_s: float, for_hands: bool) -> None:
        super().pass_until(min(at_s, self.now_s() + STEP_S), for_hands)
        self.commit(self.now_s())

    def _trouble(self, order: m.Order, at_s: float) -> m.Event | None:
        if not isinstance(order, m.Poll):
            return None
        if order.position == self.silent:
            return m.Polled(order.position, no_reading(order.position))
        if order.position == "P2" and at_s >= self.high_s:
            seen = self.bench.look("P2")
            return m.Polled("P2", SupplySample(reading(15.5, at_s), seen.current, seen.regulation, seen.output_on))
        return None


class SlowDisk(MemoryJournal):
    """A commit takes so long; what is written meanwhile goes with the next."""

    def __init__(self, durable: Durable, takes_s: float) -> None:
        super().__init__("boot", durable.committed, durable.failed, instant=False)
        self._takes_s = takes_s
        self._began: tuple[float, int] | None = None

    def move(self, at_s: float) -> None:
        """It is that time now."""
        if self._began is not None and at_s >= self._began[0] + self._takes_s:
            self._began = None
            self.flush(0.0)
        elif self._began is None and self._waiting:
            self._began = (at_s, self.last_seq)


def off_after_s(high_s: float, silent: str | None, takes_s: float) -> float:
    """How long after P2 is truly too high its OFF leaves."""
    durable = Durable()
    disk = SlowDisk(durable, takes_s)
    return run(high_s, silent, durable, disk, disk.move)


def lit(durable: Durable, journal: Log, commit: Callable[[float], None]) -> tuple[Loop, Timed]:
    """Both outputs are on."""
    world = Timed(replace(mission(2, 2), procedure=short()), lock_step=False)
    world.ready(commit)
    loop = Loop(world.bench.bench, world, world, journal, durable, world, world, world, world, CalmHost(durable), {})
    loop._feed(m.Started())
    while len(world.bench.lit) < 2:
        turn(loop, world)
    return loop, world


def run(high_s: float, silent: str | None, durable: Durable, journal: Log, commit: Callable[[float], None]) -> float:
    loop, world = lit(durable, journal, commit)
    world.high_s = world.now_s() + 3.0 + high_s
    while world.now_s() < world.high_s - 0.5:
        turn(loop, world)
    world.silent = silent
    while not world.offs:
        assert world.now_s() < world.high_s + 30.0
        turn(loop, world)
    return world.offs[0]


def turn(loop: Loop, world: Timed) -> None:
    """A turn, and the sleep after it."""
    loop.turn()
    loop.sleep()


@cache
def worst_s(silent: str | None, takes_s: float) -> float:
    """Of strikes at many moments, the slowest."""
    return max(off_after_s(high_s, silent, takes_s) for high_s in STRIKES)


@pytest.mark.parametrize(("silent", "takes_s"), [("P1", 0.0), (None, COMMIT_S)])
def test_neither_silence_nor_a_slow_disk_delays_the_off_of_another_channel(silent: str | None, takes_s: float) -> None:
    assert worst_s(silent, takes_s) <= 1.1 * worst_s(None, 0.0)


def test_a_screen_that_never_reads_on_delays_no_off(tmp_path: Path) -> None:
    """It has begun to read the journal and holds that open; every commit still comes, or `flush` would raise."""
    durable = Durable()
    journal = create(tmp_path / "r.db", "boot", durable.committed, durable.failed)
    with closing(sqlite3.connect(tmp_path / "r.db", isolation_level=None)) as screen:
        screen.execute("BEGIN")
        screen.execute("SELECT * FROM sqlite_master").fetchone()
        stuck_s = run(0.0, None, durable, journal, lambda _at_s: journal.flush(10.0))
        journal.close()
    assert stuck_s <= 1.1 * worst_s(None, 0.0)


@pytest.mark.parametrize("after_s", [0.0, 0.3, 0.6, 0.9])
def test_a_stop_is_sent_within_half_a_second_and_verified_within_two(after_s: float) -> None:
    durable = Durable()
    disk = SlowDisk(durable, 0.0)
    loop, world = lit(durable, disk, disk.move)
    while world.now_s() < 20.0 + after_s:
        turn(loop, world)
    pressed_s, said = world.now_s(), len(world.log)
    loop.ask(m.StopRequested("Kim"))
    while not {"SwitchOff P1", "SwitchOff P2"} <= {*world.log[said:]}:
        turn(loop, world)
    assert world.now_s() <= pressed_s + 0.5
    while len([row for row in disk.rows if row.kind == "switched_off" and row.boot_s >= pressed_s]) < 2:
        turn(loop, world)
    assert world.now_s() <= pressed_s + 2.0
