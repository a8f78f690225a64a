"""The guard's end of the lease: is the engine still completing turns?"""

import select
import socket
import subprocess
from contextlib import suppress

from benchctl.guard.outputs import boot_s
from benchctl.guard.plan import Limits

TICK_S = 0.1
FENCE_S = 1.0
MOST_AT_ONCE = 1000  # more than the socket holds, so that a farewell at its end is seen


def lease_end(engine: subprocess.Popen[bytes], lease: socket.socket, limits: Limits) -> int | str:
    """Answer stamps until the lease ends: the exit code the engine announced, or the sentence why it ended.

    A stamp counts only if its turn is later than the last one and it comes in time: a late one renews nothing.
    """
    turn, beat_s, patience_s = 0, boot_s(), limits.start_s
    while True:
        gone = engine.poll() is not None
        for word, number in _messages(lease):
            if word == "finished":
                return number
            if word == "turn" and number > turn and boot_s() - beat_s <= patience_s:
                turn, beat_s, patience_s = number, boot_s(), limits.stale_s
                _answer(lease, number)
            gone = gone or word == "end"
        if gone:
            return "the engine " + _exit_sentence(engine)
        if boot_s() - beat_s > patience_s:
            return f"the engine completed no turn for {boot_s() - beat_s:.1f} s, its last was {turn}"


def fence(engine: subprocess.Popen[bytes]) -> bool:
    """End the engine for good. False where the kernel could not yet; it will never run its code again all the same."""
    engine.kill()
    with suppress(subprocess.TimeoutExpired):
        engine.wait(FENCE_S)
    return engine.returncode is not None


def _messages(lease: socket.socket) -> list[tuple[str, int]]:
    """The messages that have come; waits up to `TICK_S` for the first. No flood of them can keep the guard here."""
    messages: list[tuple[str, int]] = []
    while len(messages) < MOST_AT_ONCE and select.select([lease], [], [], 0.0 if messages else TICK_S)[0]:
        raw = _received(lease)
        word, _, number = raw.decode("ascii", "replace").partition(" ")
        messages.append((word, int(number)) if number.isdecimal() else ("end" if not raw else "", 0))
        if not raw:
            break
    return messages


def _received(lease: socket.socket) -> bytes:
    """The next message. An engine that leaves with our answer unread resets the socket, once, before its farewell."""
    with suppress(ConnectionError):
        return lease.recv(64)
    with suppress(ConnectionError):
        return lease.recv(64)
    return b""


def _answer(lease: socket.socket, turn: int) -> None:
    with suppress(OSError):
        lease.send(b"ack %d" % turn, socket.MSG_DONTWAIT)


def _exit_sentence(engine: subprocess.Popen[bytes]) -> str:
    with suppress(subprocess.TimeoutExpired):
        code = engine.wait(0.2)
        return f"was killed by signal {-code}" if code < 0 else f"ended with code {code} before it had finished"
    return "let go of its lease"
