"""What became of the computer's clocks between two looks: did it sleep, was its wall clock set, was nobody looking? And
can its wall clock be right at all, by what was written before?

Durations run on the boot-time clock, so a wall clock that is set changes no duration (safety 3.3); a computer that
slept has looked at nothing meanwhile, whatever the clocks say.
"""

from datetime import datetime
from typing import Protocol

from benchctl.core.view.walltime import seconds_between

APART_S = 0.1
"""Clocks that were read further apart than this, because something came between, are not compared."""

BEFORE_S = 60.0
"""A clock that time servers correct may have been ahead by less."""


def clock_objection(wall: str, last_wall: str) -> str | None:
    """Why a clock that shows `wall` cannot date a record after one of `last_wall` (safety H20: a computer without a
    clock of its own wakes up in the past); None: it can, or one of the two is no label of a time."""
    behind_s = seconds_between(wall, last_wall)
    if behind_s is None or behind_s < BEFORE_S:
        return None
    return f"This computer's clock shows {wall}, which is before the end of the last run on record, {last_wall}."


class Clocks(Protocol):
    """What is compared: see `Clock`."""

    def now_s(self) -> float:
        """Boot time."""

    def awake_s(self) -> float:
        """Boot time without sleep."""

    def wall(self) -> str:
        """The label."""


class ClockWatch:
    """Compares the clocks of the computer, from its making on."""

    def __init__(self, clock: Clocks) -> None:
        self._clock = clock
        self._awake_s, self._sleep_s, self._wall_s = self._read()
        self.slept_s = 0.0
        self.stepped_s = 0.0
        self.gap_s = 0.0

    def look(self) -> None:
        """Compare now with the last look: `slept_s` of sleep, `stepped_s` by which the wall clock was set forward
        (negative: back), `gap_s` of waking time."""
        before = self._clock.awake_s()
        awake_s, sleep_s, wall_s = self._read()
        if self._clock.awake_s() - before > APART_S:
            return
        self.slept_s, self.stepped_s = sleep_s - self._sleep_s, wall_s - self._wall_s
        self.gap_s = awake_s - self._awake_s
        self._awake_s, self._sleep_s, self._wall_s = awake_s, sleep_s, wall_s

    def _read(self) -> tuple[float, float, float]:
        """Waking seconds, seconds of sleep, and wall seconds, the latter two against the boot-time clock."""
        awake_s, now_s = self._clock.awake_s(), self._clock.now_s()
        return awake_s, now_s - awake_s, datetime.fromisoformat(self._clock.wall()).timestamp() - now_s
