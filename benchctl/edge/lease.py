"""The engine's end of the lease: a stamp at the end of each complete turn, and a watch on the guard's answers.

Use it from the engine's loop alone; a stamp from another thread would prove nothing. All times are real boot time.
"""

import os
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

STAMP_EVERY_S = 0.25
GUARD_LOST_S = 3.0
FAREWELL_S = 1.0
GUARD_GONE = "The guard is gone: it was killed or has failed."


def boot_time_s() -> float:
    """Seconds since boot, suspends included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Lease:
    """The lease on the inherited descriptor `fd`. Once lost, it stays lost.

    Raises OSError where `fd` is not a socket.
    """

    def __init__(self, fd: int, now_s: Callable[[], float] = boot_time_s) -> None:
        os.set_inheritable(fd, False)
        self._socket = socket.socket(fileno=fd)
        self._socket.setblocking(False)
        self._now_s = now_s
        self._stamped_s: float | None = None
        self._unanswered: deque[tuple[int, float]] = deque()
        self._lost: str | None = None
        self._answered = False

    def stamp(self, turn: int) -> None:
        """Say that turn number `turn` (rising, from 1) is complete; at most four times a second. Never blocks."""
        now_s = self._now_s()
        if self._lost or (self._stamped_s is not None and now_s - self._stamped_s < STAMP_EVERY_S):
            return
        self._stamped_s = now_s
        self._unanswered.append((turn, now_s))
        with suppress(BlockingIOError):
            self._send(b"turn %d" % turn)

    def standing(self) -> str | None:
        """None while the lease holds; else the sentence why it is lost.

        Before the first stamp only a dead guard counts.
        """
        while self._lost is None and (answer := self._receive()) is not None:
            self._take(answer)
        if self._lost is None and self._unanswered and self._now_s() - self._unanswered[0][1] > GUARD_LOST_S:
            self._lost = f"The guard has not answered for more than {GUARD_LOST_S:g} s: it hangs or was stopped."
        return self._lost

    def finished(self, code: int) -> None:
        """Say goodbye: the run is closed and its verdict said, this process is about to exit with `code`."""
        self._socket.settimeout(FAREWELL_S)
        with suppress(TimeoutError):
            self._send(b"finished %d" % code)
        self._socket.close()

    @property
    def answered(self) -> bool:
        """Whether the guard has answered a stamp yet; before that, nothing may be energised."""
        return self._answered

    def _take(self, answer: int) -> None:
        self._answered = True
        while self._unanswered and self._unanswered[0][0] <= answer:
            self._unanswered.popleft()

    def _receive(self) -> int | None:
        """The turn the guard answers, or None if nothing has come."""
        try:
            raw = self._socket.recv(64)
        except BlockingIOError:
            return None
        except OSError:
            raw = b""
        word, _, turn = raw.partition(b" ")
        if word != b"ack" or not turn.isdigit():
            self._lost = GUARD_GONE
            return None
        return int(turn)

    def _send(self, message: bytes) -> None:
        try:
            self._socket.send(message)
        except ConnectionError:
            self._lost = GUARD_GONE
