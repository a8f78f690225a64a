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
