"""Sockets, ptys and the control port over loopback, turned by hand: no thread, no sleep."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import serial

from benchctl.sim.clock import BenchClock
from benchctl.sim.control import ControlPort, HandsFault
from benchctl.sim.servers import Loop, Pty, TcpPort


class Counter:
    """An instrument with one shared number: every line is answered with how many lines there were."""

    def __init__(self) -> None:
        self.count = 0

    def connect(self) -> "CounterSession":
        return CounterSession(self)


class CounterSession:
    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def handle(self, data: bytes) -> bytes:
        self._counter.count += data.count(b"\n")
        return b"%d\n" % self._counter.count


class Hands:
    """A world that notes what is done to it."""

    def __init__(self) -> None:
        self.done: list[tuple[str | None, ...]] = []
        self.now_s = 0.0

    def advance(self, to_s: float) -> None:
        self.now_s = to_s

    def hang(self, position: str, *serials: str) -> None:
        if position != "P1":
            raise HandsFault(f"there is no position {position}")
        self.done.append((position, *serials))

    def hold(self, instrument: str, serial: str | None) -> None:
        self.done.append((instrument, serial))


class ManualTime:
    """A steady clock that moves when told."""

    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop(lambda: None)
    yield made
    made.close()


def client(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5.0)


def ask(loop: Loop, end: socket.socket, line: bytes) -> bytes:
    end.sendall(line)
    return answer(loop, end)


def answer(loop: Loop, end: socket.socket) -> bytes:
    end.setblocking(False)
    for _ in range(20):
        loop.turn(1.0)
        try:
            return end.recv(4096)
        except BlockingIOError:
            continue
    raise AssertionError("no answer")


def test_connections_at_once_and_in_turn_share_one_state(loop: Loop) -> None:
    port = TcpPort(loop, Counter(), 0).port
    with client(port) as first, client(port) as second:
        assert ask(loop, first, b"a\n") == b"1\n"
        assert ask(loop, second, b"b\n") == b"2\n"
    with client(port) as third:
        assert ask(loop, third, b"c\n") == b"3\n"


def test_a_taken_port_is_named(loop: Loop) -> None:
    port = TcpPort(loop, Counter(), 0).port
    with pytest.raises(OSError, match=str(port)):
        TcpPort(loop, Counter(), port)


def test_a_client_that_never_reads_does_not_hold_up_another(loop: Loop) -> None:
    port = TcpPort(loop, Counter(), 0).port
    with client(port) as deaf, client(port) as other:
        deaf.sendall(b"x\n" * 1000)
        loop.turn(1.0)
        assert ask(loop, other, b"y\n").endswith(b"\n")


def test_a_pty_is_opened_by_pyserial_again_and_again(loop: Loop) -> None:
    pty = Pty(loop, Counter())
    for turn in (b"1\n", b"2\n"):
        with serial.Serial(pty.path, 9600, timeout=5.0) as line:
            line.write(b"a\n")
            while loop.turn(0.2):
                pass
            assert line.read(2) == turn


def test_a_pty_carries_every_byte_unchanged(loop: Loop) -> None:
    class Mirror:
        def connect(self) -> "Mirror":
            return self

        def handle(self, data: bytes) -> bytes:
            return data

    pty = Pty(loop, Mirror())
    raw = bytes(range(256))
    with serial.Serial(pty.path, 9600, timeout=5.0) as line:
        line.write(raw)
        while loop.turn(0.2):
            pass
        assert line.read(256) == raw


class Control:
    """A control port with a clock that is moved by hand."""

    def __init__(self, lock_step: bool) -> None:
        self.real = ManualTime()
        self.hands = Hands()
        self.clock = BenchClock(self.real, lock_step)
        self.loop = Loop(lambda: self.hands.advance(self.clock.now_s()))
        self.address = ControlPort(self.loop, self.clock, self.hands, "boot").address

    def connect(self) -> socket.socket:
        host, port = self.address.split(":")
        return socket.create_connection((host, int(port)), timeout=5.0)


@pytest.fixture
def control() -> Iterator[Control]:
    made = Control(lock_step=True)
    yield made
    made.loop.close()


def test_the_clock_moves_only_when_it_is_told(control: Control) -> None:
    with control.connect() as end:
        assert answer(control.loop, end) == b"BENCH 1 boot 0.0\n"
        control.real.s += 1000.0
        assert ask(control.loop, end, b"NOW?\n") == b"NOW 0.0\n"
        assert ask(control.loop, end, b"ADVANCE 12.5\nADVANCE 3\n") == b"NOW 12.5\nNOW 12.5\n"
    assert control.hands.now_s == 12.5


def test_time_is_real_again_when_the_client_has_gone(control: Control) -> None:
    with control.connect() as end:
        answer(control.loop, end)
        ask(control.loop, end, b"ADVANCE 50\n")
    control.loop.turn(1.0)
    control.real.s += 7.0
    assert control.clock.now_s() == 57.0
    with control.connect() as end:
        assert answer(control.loop, end) == b"BENCH 1 boot 57.0\n"


def test_a_second_client_waits_for_the_first_to_go(control: Control) -> None:
    with ExitStack() as ends:
        first = ends.enter_context(control.connect())
        answer(control.loop, first)
        second = ends.enter_context(control.connect())
        assert not control.loop.turn(0.05)
        first.close()
        assert answer(control.loop, second).startswith(b"BENCH 1 boot ")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"HANDS P1 453130\n", b"DONE\n"),
        (b"HANDS P9 453130\n", b"ERROR there is no position P9\n"),
        (b"HANDS P1 zz\n", b"ERROR not a number or not hexadecimal in: 'HANDS P1 zz'\n"),
        (b"ADVANCE nan\n", b"ERROR ADVANCE goes at most "),
        (b"ADVANCE inf\n", b"ERROR ADVANCE goes at most "),
        (b"ADVANCE 1e9\n", b"ERROR ADVANCE goes at most "),
        (b"\xff\xfe\n", b"ERROR say "),
    ],
)
def test_hands_and_nonsense(control: Control, line: bytes, said: bytes) -> None:
    with control.connect() as end:
        answer(control.loop, end)
        assert ask(control.loop, end, line).startswith(said)
    assert control.hands.done == ([("P1", "E10")] if said == b"DONE\n" else [])


@pytest.mark.parametrize(("said", "serial"), [(b"453130", "E10"), (b"-", None)])
def test_probes_reach_the_world(control: Control, said: bytes, serial: str | None) -> None:
    with control.connect() as end:
        answer(control.loop, end)
        assert ask(control.loop, end, b"PROBES dmm1 %s\n" % said) == b"DONE\n"
    assert control.hands.done == [("dmm1", serial)]


def test_stop_ends_a_run_from_anywhere(loop: Loop) -> None:
    os.write(loop.wake_fd, b"\0")
    loop.stop()
    loop.run()
