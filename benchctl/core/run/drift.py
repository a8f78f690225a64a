"""Has a hand-held meter drifted over a common scan? The first battery is read again at its end (safety section 5).

Gain and offset are the same in both readings and cancel; what is left is drift, of the meter or of the contact, and
the scatter of the readings themselves, which is allowed for.
"""

from dataclasses import dataclass
from math import sqrt
from statistics import median, stdev

from benchctl.core.model import Reading
from benchctl.core.probes import DriftMeasured, Errand
from benchctl.core.run.held import Job, Taken
from benchctl.core.run.unit import Unit

DRIFT_V = 0.002
"""Safety section 5: first battery re-read at the end, drift at most 2 mV."""


def drift_of(
    name: str, serial: str, first: tuple[Reading, ...], again: tuple[Reading, ...], *, settled: bool
) -> DriftMeasured:
    """The two medians of one battery and what they may differ: 2 mV and the expanded (k = 2) scatter of both."""
    before_v, after_v = ([one.value for one in readings] for readings in (first, again))
    limit_v = DRIFT_V + 2 * sqrt(_scatter_v(before_v) ** 2 + _scatter_v(after_v) ** 2)
    return DriftMeasured(name, serial, median(before_v), median(after_v), limit_v, settled)


def drifted(found: DriftMeasured) -> bool:
    """Not provably within what is allowed. A battery that has not settled falls, but none rises."""
    moved_v = found.again_v - found.first_v
    return not moved_v <= found.limit_v or (found.settled and not moved_v >= -found.limit_v)


def _scatter_v(volts: list[float]) -> float:
    return stdev(volts) / sqrt(len(volts)) if len(volts) > 1 else 0.0


@dataclass(slots=True)
class _Scanned:
    """What one meter has read so far: its first battery, and how many."""

    first: Taken
    count: int = 1
    again: DriftMeasured | None = None


class DriftWatch:
    """Over one common scan: which meter still owes a second reading of its first battery, and what it showed."""

    def __init__(self) -> None:
        self._by_meter: dict[str, _Scanned] = {}
        self.ended_s: float | None = None

    def take(self, taken: Taken) -> DriftMeasured | None:
        """A battery was read, or read again; what that shows of its meter, if it does."""
        unit, name = taken.job.unit, _meter(taken.job.unit)
        scanned = self._by_meter.get(name)
        self.ended_s = taken.readings[-1].at_s
        if scanned is None:
            self._by_meter[name] = _Scanned(taken)
        elif taken.job.errand is Errand.AGAIN:
            first, again = scanned.first.readings, taken.readings
            settled = unit.rest is not None and unit.rest.settled(first[0].at_s)
            scanned.again = drift_of(name, unit.serial, first, again, settled=settled)
            return scanned.again
        else:
            scanned.count += 1
        return None

    def owed(self, waiting: list[Unit]) -> list[Job]:
        """Second readings that are due: where nobody of that meter waits any more. One battery alone needs none."""
        busy = {_meter(unit) for unit in waiting if unit.place.by_hand}
        return [
            Job(Errand.AGAIN, scanned.first.job.unit)
            for name, scanned in self._by_meter.items()
            if scanned.count > 1 and scanned.again is None and name not in busy
        ]

    @property
    def fall_v(self) -> float:
        """By how much batteries that have not settled fell while they were read; 0 where all stood still."""
        falls = (one.first_v - one.again_v for one in self.found if not one.settled)
        return max(0.0, *falls, 0.0)

    @property
    def found(self) -> tuple[DriftMeasured, ...]:
        """What the second readings have shown."""
        return tuple(scanned.again for scanned in self._by_meter.values() if scanned.again is not None)


def _meter(unit: Unit) -> str:
    name = unit.place.position.hand_probed
    assert name is not None
    return name
