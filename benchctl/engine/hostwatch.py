"""The computer under a run, once a turn: is its disk quick and has room, did it sleep, was its clock set?

What can no longer be trusted ends the run with everything off; what is only getting worse is told (safety section 4,
rows H13 to H22).
"""

from collections.abc import Iterator
from typing import Protocol

from benchctl.core.messages import HostWarned, JournalFailed, Suspended
from benchctl.edge.clockwatch import ClockWatch
from benchctl.edge.disk import LEAST_BYTES, LOW_BYTES
from benchctl.engine.durable import Durable

SLOW_S, HOLD_S, FAILED_S = 0.5, 2.0, 5.0
"""A row that takes so long to be durable: is told, lets nothing new be energised, means that nothing is recorded."""

SLEPT_S = 1.0
STEPPED_S = 2.0
TURN_S = 1.5

MIB = 1 << 20


class Waiting(Protocol):
    """What is asked of the journal."""

    def pending_s(self) -> float:
        """See `Log`."""

    def slowest_s(self) -> float:
        """See `Log`."""


class Room(Protocol):
    """What is asked of the disk: see `Disk`."""

    free_bytes: int | None
    spent: bool


class HostWatch:
    """Asked by the loop alone. `turns`: time passes by itself, so that a slow turn is one."""

    def __init__(self, journal: Waiting, durable: Durable, disk: Room, clocks: ClockWatch, turns: bool) -> None:
        self._journal = journal
        self._durable = durable
        self._disk = disk
        self._clocks = clocks
        self._turns = turns
        self._slow, self._low, self._late = Worsening(SLOW_S), Worsening(1.0), Worsening(TURN_S)

    @property
    def holds(self) -> bool:
        """Nothing new may be energised: what it rests on has been waiting for the disk for too long."""
        return self._journal.pending_s() > HOLD_S

    def ends(self) -> JournalFailed | Suspended | None:
        """Why the run must end with everything off; None: it need not."""
        if (trouble := self.disk_trouble()) is not None:
            return JournalFailed(trouble)
        if not self._clocks.slept_s <= SLEPT_S:
            return Suspended(f"This computer slept for {self._clocks.slept_s:.0f} s; nobody looked at the bench.")
        return None

    def disk_trouble(self) -> str | None:
        """Why the record can not be trusted to go on; None: it can."""
        if self._durable.broken is not None:
            return self._durable.broken
        if self._disk.spent:
            return "The disk is full: the run ends with what its reserve still takes."
        free = self._disk.free_bytes
        if free is not None and free < LEAST_BYTES:
            return f"Only {free / MIB:.0f} MiB are left on the disk: the run ends while it can be recorded."
        slow_s = self._journal.pending_s()
        return f"The journal has not reached the disk for {slow_s:.0f} s." if slow_s > FAILED_S else None

    def look(self) -> Iterator[HostWarned]:
        """Look once a turn: what is getting worse."""
        self._clocks.look()
        yield from self._disk_warnings()
        step_s = self._clocks.stepped_s
        if not abs(step_s) <= STEPPED_S:
            text = f"The computer's clock was set {'forward' if step_s > 0 else 'back'} by {abs(step_s):.0f} s."
            yield HostWarned("clock_step", step_s, STEPPED_S, f"{text} No duration of this run is changed by that.")
        gap_s = self._clocks.gap_s
        if self._turns and self._late.says(gap_s):
            yield HostWarned("turn_slow", gap_s, TURN_S, f"A turn of the engine took {gap_s:.1f} s.")

    def _disk_warnings(self) -> Iterator[HostWarned]:
        slow_s, free = self._journal.slowest_s(), self._disk.free_bytes
        if self._slow.says(slow_s):
            text = f"The journal took {slow_s:.1f} s to reach the disk."
            held = f" From {HOLD_S:g} s on nothing new is switched on." if slow_s > HOLD_S else ""
            yield HostWarned("journal_slow", slow_s, SLOW_S, text + held)
        if free is not None and self._low.says(LOW_BYTES / max(free, 1)):
            text = f"{free / MIB:.0f} MiB are left on the disk; below {LEAST_BYTES / MIB:.0f} the run ends."
            yield HostWarned("disk_low", free / MIB, LOW_BYTES / MIB, text)


class Worsening:
    """Says a thing once, and again whenever it has become twice as bad."""

    def __init__(self, limit: float) -> None:
        self._limit = limit

    def says(self, value: float) -> bool:
        """Whether this is news."""
        if not value > self._limit:
            return False
        self._limit = 2 * value
        return True
