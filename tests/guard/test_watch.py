"""The guard's end of the lease, seen from the socket alone."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from benchctl.guard.plan import LIMITS
from benchctl.guard.watch import lease_end


@pytest.fixture
def engine() -> Iterator[subprocess.Popen[bytes]]:
    """A process that waits until its standard input ends."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_an_unread_answer_does_not_hide_the_farewell(engine: subprocess.Popen[bytes]) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        ours.send(b"ack 1")
        theirs.send(b"finished 3")
        theirs.close()
        assert lease_end(engine, ours, LIMITS) == 3


def test_a_connection_that_is_reset_twice_is_an_end_without_a_farewell(engine: subprocess.Popen[bytes]) -> None:
    with Broken() as lease:
        assert lease_end(engine, lease, LIMITS) == "the engine let go of its lease"


class Broken(socket.socket):
    """A socket that says of every read that the other end has reset it."""

    def __init__(self) -> None:
        ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        super().__init__(ours.family, ours.type, ours.proto, ours.detach())
        self._theirs.send(b"turn 1")

    def recv(self, _size: int, _flags: int = 0, /) -> bytes:
        raise ConnectionResetError

    def close(self) -> None:
        self._theirs.close()
        super().close()
