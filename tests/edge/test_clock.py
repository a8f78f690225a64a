"""Clocks: the machine's, and the lock-step clock over a real socket on loopback."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from benchctl.edge.clock import BootClock, ClockLost, LockStepClock
from benchctl.edge.clockwatch import clock_objection

WALL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Bench:
    """The clock side of a simulated bench for one client: it greets, then answers each line, and keeps them."""

    def __init__(self, greeting: str, answer: Callable[[str], str | None]) -> None:
        self._greeting, self._answer = greeting, answer
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.asked: list[str] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        link, _ = self._server.accept()
        with link, link.makefile("rb") as lines, suppress(OSError):
            link.sendall(self._greeting.encode())
            for line in lines:
                self.asked.append(line.decode().strip())
                answer = self._answer(self.asked[-1])
                if answer is None:
                    return
                link.sendall(answer.encode())
                if answer and not answer.endswith("\n"):
                    return

    def close(self) -> None:
        self._thread.join()
        self._server.close()


def obedient(command: str) -> str:
    word, *rest = command.split()
    return f"NOW {rest[0]}\n" if word == "ADVANCE" else "DONE\n"


@contextmanager
def lock_step(
    answer: Callable[[str], str | None] = obedient, speed: float | None = None
) -> Iterator[tuple[LockStepClock, list[str]]]:
    with (
        closing(Bench("BENCH 1 sim-boot-7 1000.5\n", answer)) as bench,
        closing(LockStepClock("127.0.0.1", bench.port, speed)) as clock,
    ):
        yield clock, bench.asked


@pytest.fixture
def wake() -> threading.Event:
    return threading.Event()


# ---------------------------------------------------------------- the machine's


def test_boot_time_runs_and_a_wait_lasts(wake: threading.Event) -> None:
    clock = BootClock()
    start_s = clock.now_s()
    assert not clock.wait_until(start_s + 0.002, wake)
    assert clock.now_s() >= start_s + 0.002


def test_a_wake_ends_a_wait_of_the_machines_clock(wake: threading.Event) -> None:
    wake.set()
    assert BootClock().wait_until(1e12, wake)


def test_a_past_time_is_not_waited_for(wake: threading.Event) -> None:
    assert not BootClock().wait_until(0.0, wake)


def test_labels_of_the_machines_clock() -> None:
    clock = BootClock()
    clock.reach(1e12)
    assert WALL.fullmatch(clock.wall())
    assert re.fullmatch(r"[0-9a-f-]{36}", clock.boot_id)


# ---------------------------------------------------------------- lock-step


def test_simulated_time_starts_where_the_bench_says() -> None:
    with lock_step() as (clock, asked):
        assert (clock.boot_id, clock.now_s(), asked) == ("sim-boot-7", 1000.5, [])


def test_a_wait_moves_simulated_time_exactly(wake: threading.Event) -> None:
    with lock_step() as (clock, asked):
        at_s = 1000.5 + 0.1 + 0.2
        assert not clock.wait_until(at_s, wake)
        assert (clock.now_s(), asked) == (at_s, [f"ADVANCE {at_s!r}"])


def test_a_wake_stops_simulated_time(wake: threading.Event) -> None:
    wake.set()
    with lock_step() as (clock, asked):
        assert clock.wait_until(2000.0, wake)
        assert (clock.now_s(), asked) == (1000.5, [])


def test_time_does_not_go_back(wake: threading.Event) -> None:
    with lock_step() as (clock, asked):
        clock.wait_until(1000.5, wake)
        clock.reach(3.0)
        assert (clock.now_s(), asked) == (1000.5, [])


def test_two_timeouts_at_once_move_time_once() -> None:
    with lock_step() as (clock, asked):
        clock.reach(1001.5)
        clock.reach(1001.5)
        assert asked == ["ADVANCE 1001.5"]


def test_the_wall_follows_simulated_time() -> None:
    with lock_step() as (clock, _):
        before = clock.wall()
        clock.reach(1000.5 + 86400.0)
        assert WALL.fullmatch(clock.wall())
        assert clock.wall()[11:] == before[11:]
        assert clock.wall()[:10] > before[:10]


def test_a_speed_makes_a_wait_last(wake: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float | None] = []
    monkeypatch.setattr(wake, "wait", lambda timeout: waits.append(timeout))
    with lock_step(speed=60.0) as (clock, _):
        clock.wait_until(1000.5 + 60.0, wake)
        assert clock.now_s() == 1060.5
        assert waits[0] == pytest.approx(1.0, abs=0.5)


def test_a_wake_under_speed_stops_short(wake: threading.Event) -> None:
    wake.set()
    with lock_step(speed=0.001) as (clock, _):
        assert clock.wait_until(2000.0, wake)
        assert clock.now_s() < 1001.0


def test_hands_are_told_to_the_bench() -> None:
    with lock_step() as (clock, asked):
        clock.hands("P1", "E-1001 ü")
        clock.hands("P1", "E1", "E2")
        assert asked == ["HANDS P1 452d3130303120c3bc", "HANDS P1 4531 4532"]


def test_probes_are_told_to_the_bench() -> None:
    with lock_step() as (clock, asked):
        clock.probes("dmm1", "E1")
        clock.probes("dmm1", None)
        assert asked == ["PROBES dmm1 4531", "PROBES dmm1 -"]


@pytest.mark.parametrize("position", ["P 1", "P1\nADVANCE 9", "", "Ü"])
def test_a_position_that_would_break_the_line_is_refused(position: str) -> None:
    with lock_step() as (clock, asked):
        with pytest.raises(ClockLost):
            clock.hands(position, "E1")
        assert asked == []


@pytest.mark.parametrize(
    "answer",
    [
        "NOW 1000.6\n",
        "NOW nan\n",
        "NOW -5\n",
        "NOW 1e999\n",
        "NOW 1_001\n",
        "WHEN 1001.0\n",
        "\n",
        "NOW 1001.0",
        "N" * 300,
        None,
    ],
)
def test_a_clock_that_says_anything_else_is_lost(answer: str | None) -> None:
    with lock_step(lambda _: answer) as (clock, _), pytest.raises(ClockLost, match="clock of the simulated bench"):
        clock.reach(1001.0)


def test_a_clock_that_does_not_answer_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchctl.edge.clock._REPLY_S", 0.05)
    with lock_step(lambda _: "") as (clock, _), pytest.raises(ClockLost, match="stuck: it did not answer ADVANCE"):
        clock.reach(1001.0)


@pytest.mark.parametrize("greeting", ["BENCH 2 b 1.0\n", "BENCH 1 b nan\n", "220 ftp\n", "", "BENCH 1 b 1.0"])
def test_who_does_not_greet_as_a_bench_is_no_clock(greeting: str) -> None:
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        link, _ = server.accept()
        link.sendall(greeting.encode())
        link.close()

    thread = threading.Thread(target=serve)
    thread.start()
    with server, pytest.raises(ClockLost):
        LockStepClock("127.0.0.1", server.getsockname()[1], None)
    thread.join()


def test_no_clock_at_all_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ClockLost, match="cannot be reached"):
        LockStepClock("127.0.0.1", port, None)


def test_a_bench_that_dies_is_a_lost_clock() -> None:
    with lock_step(lambda _: None) as (clock, _):
        with pytest.raises(ClockLost, match="closed the connection"):
            clock.reach(1001.0)
        with pytest.raises(ClockLost):
            clock.reach(1002.0)


NINE = "2026-05-01T09:00:00.000Z"


@pytest.mark.parametrize(
    ("wall", "objects"),
    [
        ("1970-01-01T00:00:12.000Z", True),
        ("2026-05-01T08:59:00.000Z", True),
        ("2026-05-01T08:59:01.000Z", False),
        ("2026-05-01T11:00:00.000+02:00", False),
        ("2026-05-01T10:00:00.000+02:00", True),
        ("2031-05-01T09:00:00.000Z", False),
        ("yesterday", False),
    ],
)
def test_a_clock_that_shows_a_time_before_the_record(wall: str, objects: bool) -> None:
    objection = clock_objection(wall, NINE)
    assert (objection is not None) is objects
    assert objection is None or f"shows {wall}, which is before the end of the last run on record, {NINE}" in objection
