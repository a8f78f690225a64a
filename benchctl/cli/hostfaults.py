"""What can go wrong with the computer of a demo: its run is struck as a crash, a hang or a broken disk would strike it.

The bench is simulated, the processes are real: what is shown here is what the guard, the engine and the journal do on
the night when it happens. Simulated time is read in the journal, so that it strikes about when it should.
"""

import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from benchctl.core.errors import UsageFault
from benchctl.edge.follower import Follower
from benchctl.edge.home import Holder, Home, busy
from benchctl.edge.journalfile import JournalError
from benchctl.sim.faults import HOST, Said, read

LOOK_S = 0.1


def _disk_fails(pid: int) -> None:
    """No file of the process may grow any more: every write ends in an error."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))


@dataclass(frozen=True, slots=True)
class HostFault:
    """One thing that can happen to a process of the run: in words, to whom, and how."""

    does: str
    whom: Callable[[Holder], int | None]
    strike: Callable[[int], None]


KINDS: Final = {
    f"{HOST}kill": HostFault("the engine is killed", lambda h: h.engine_pid, lambda pid: os.kill(pid, signal.SIGKILL)),
    f"{HOST}stop": HostFault("the engine hangs", lambda h: h.engine_pid, lambda pid: os.kill(pid, signal.SIGSTOP)),
    f"{HOST}guard": HostFault("the guard is killed", lambda h: h.guard_pid, lambda pid: os.kill(pid, signal.SIGKILL)),
    f"{HOST}disk": HostFault("the disk takes nothing more", lambda h: h.engine_pid, _disk_fails),
}


def listing() -> str:
    """All of them, for people."""
    return ", ".join(f"{name} ({kind.does})" for name, kind in KINDS.items())


def parse(text: str) -> Said:
    """What a person has written of the computer. Raises UsageFault with a sentence."""
    said = read(text)
    if said.name not in KINDS:
        raise UsageFault(f"there is no fault '{said.name}' of the computer; there are {listing()}")
    if said.value is not None or said.span_s is not None or said.place is not None:
        raise UsageFault(f"{said.name} takes a time and nothing else: {said.name}@30m; '{text}' was given")
    return said


@contextmanager
def struck(home: Home, before: frozenset[str], faults: Sequence[Said]) -> Iterator[None]:
    """While this lasts, what was asked for strikes a run that was not there `before`, each at its time."""
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(home, before, list(faults), over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _watch(home: Home, before: frozenset[str], due: list[Said], over: threading.Event) -> None:
    while due and not over.wait(LOOK_S):
        holder = busy(home)
        if holder is None or holder.run is None or holder.run in before:
            continue
        elapsed_s = _elapsed_s(home, holder.run)
        for said in [each for each in due if elapsed_s is not None and each.at_s <= elapsed_s]:
            due.remove(said)
            _strike(KINDS[said.name], holder)


def _strike(fault: HostFault, holder: Holder) -> None:
    pid = fault.whom(holder)
    with suppress(ProcessLookupError):  # another one was faster
        if pid is not None:
            fault.strike(pid)


def _elapsed_s(home: Home, run: str) -> float | None:
    """Simulated seconds since the run began; None: it has not."""
    with suppress(JournalError), Follower(home.journal_path(run)) as follower:
        first, last = next(follower.rows(), None), follower.last()
        if first is not None and last is not None:
            return last.boot_s - first.boot_s
    return None
