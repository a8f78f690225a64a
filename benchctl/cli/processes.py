"""Who is at work in a home: which processes the lock names, which of them live, and whether the run is over."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from benchctl.edge.home import Holder, Home, busy

LOOK_S = 0.05

Pause = Callable[[float], None]


def alive(pid: int | None) -> bool:
    """Whether there is such a process, and not only what is left of one."""
    if pid is None:
        return False
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in ("Z", "X")


def engine_of(holder: Holder | None) -> int | None:
    """The process id of the engine that lives, None if none does. `holder` is who holds the lock now."""
    return holder.engine_pid if holder is not None and alive(holder.engine_pid) else None


def guard_of(holder: Holder | None) -> int | None:
    """The process id of the guard that lives (while a run starts: of the process that becomes it), None if none."""
    return holder.guard_pid if holder is not None and alive(holder.guard_pid) else None


def send(pid: int | None, number: signal.Signals) -> bool:
    """Send a signal. False: there was nobody, or nobody we may send one to."""
    if pid is None:
        return False
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def ended(home: Home, run: str | None, patience_s: float, pause: Pause = time.sleep) -> bool:
    """Wait until nobody holds the home's lock for that run any more. False: after `patience_s` somebody still does."""
    end_s = time.monotonic() + patience_s
    while (holder := busy(home)) is not None and holder.run == run:
        if time.monotonic() >= end_s:
            return False
        pause(LOOK_S)
    return True


@contextmanager
def hearing(stop: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """While this lasts, `stop` is called for Ctrl-C and SIGTERM, and a lost terminal ends nothing."""
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    before[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
