"""Both ends of the lease, the engine's with a clock of ours."""

import socket
import subprocess
from collections.abc import Iterator

import pytest

from benchctl.edge.lease import Lease
from benchctl.guard.plan import Limits
from benchctl.guard.watch import lease_end


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def lease(guard: tuple[socket.socket, socket.socket], clock: Clock) -> Iterator[Lease]:
    lease = Lease(guard[1].detach(), clock)
    yield lease
    lease.finished(0)


def test_a_lease_stands_while_stamps_are_answered(
    guard: tuple[socket.socket, socket.socket], lease: Lease, clock: Clock
) -> None:
    for turn in range(1, 100):
        lease.stamp(turn)
        assert guard[0].recv(64) == b"turn %d" % turn
        guard[0].send(b"ack %d" % turn)
        assert lease.standing() is None
        clock.now_s += 1.0
    assert lease.answered


def test_stamps_are_sent_at_most_four_times_a_second(
    guard: tuple[socket.socket, socket.socket], lease: Lease, clock: Clock
) -> None:
    for turn in range(1, 9):
        lease.stamp(turn)
        clock.now_s += 0.125
    assert [guard[0].recv(64) for _ in range(4)] == [b"turn 1", b"turn 3", b"turn 5", b"turn 7"]
    with pytest.raises(BlockingIOError):
        guard[0].recv(64)


def test_before_the_first_stamp_time_does_not_count(lease: Lease, clock: Clock) -> None:
    clock.now_s += 60.0
    assert lease.standing() is None
    assert not lease.answered


def test_a_guard_that_does_not_answer_is_lost_for_good(
    guard: tuple[socket.socket, socket.socket], lease: Lease, clock: Clock
) -> None:
    lease.stamp(1)
    clock.now_s += 3.0
    assert lease.standing() is None
    clock.now_s += 0.1
    assert lease.standing() == "The guard has not answered for more than 3 s: it hangs or was stopped."
    guard[0].send(b"ack 1")
    assert lease.standing() is not None


def test_a_slow_turn_of_the_engine_is_not_the_guards_fault(
    guard: tuple[socket.socket, socket.socket], lease: Lease, clock: Clock
) -> None:
    lease.stamp(1)
    guard[0].send(b"ack 1")
    clock.now_s += 3.5
    assert lease.standing() is None


@pytest.mark.parametrize("last_words", [b"", b"nonsense", b"ack x"])
def test_a_guard_that_is_gone_or_talks_nonsense_is_lost_at_once(
    guard: tuple[socket.socket, socket.socket], lease: Lease, last_words: bytes
) -> None:
    guard[0].send(last_words)
    guard[0].close()
    assert lease.standing() == "The guard is gone: it was killed or has failed."


def test_a_guard_that_died_with_our_stamp_unread_is_lost_at_once(
    guard: tuple[socket.socket, socket.socket], lease: Lease
) -> None:
    lease.stamp(1)
    guard[0].close()
    assert lease.standing() == "The guard is gone: it was killed or has failed."


def test_stamping_never_blocks_on_a_guard_that_does_not_read(
    guard: tuple[socket.socket, socket.socket], lease: Lease, clock: Clock
) -> None:
    for turn in range(1, 5000):
        clock.now_s += 0.25
        lease.stamp(turn)
    assert guard[0].recv(64) == b"turn 1"
    assert lease.standing() is not None
    guard[0].close()


@pytest.fixture
def idle() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        yield process
        process.kill()


def test_a_stamp_that_comes_too_late_renews_nothing(
    guard: tuple[socket.socket, socket.socket], idle: "subprocess.Popen[bytes]"
) -> None:
    guard[1].send(b"turn 1")
    end = lease_end(idle, guard[0], Limits(-1.0, 60.0, 0.0, 0.0, 0.0, 0.0))
    assert isinstance(end, str)
    assert end.endswith("its last was 0")


def test_a_farewell_that_comes_late_is_still_a_farewell(
    guard: tuple[socket.socket, socket.socket], idle: "subprocess.Popen[bytes]"
) -> None:
    for message in (b"turn 1", b"turn 2", b"finished 4"):
        guard[1].send(message)
    assert lease_end(idle, guard[0], Limits(-1.0, 60.0, 0.0, 0.0, 0.0, 0.0)) == 4
