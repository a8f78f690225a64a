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


def drift_of(instrument: str, serial: str, first: tuple[Reading, ...], again: tuple[Reading, ...]) -> DriftMeasured:
    """The two medians of one battery and what they may differ: 2 mV and the expanded (k = 2) scatter of both."""
    before_v, after_v = ([one.value for one in readings] for readings in (first, again))
    limit_v = DRIFT_V + 2 * sqrt(_scatter_v(before_v) ** 2 + _scatter_v(after_v) ** 2)
    return DriftMeasured(instrument, serial, median(before_v), median(after_v), limit_v)


def drifted(found: DriftMeasured) -> bool:
    """Not provably within what is allowed."""
    return not abs(found.again_v - found.first_v) <= found.limit_v


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
            scanned.again = drift_of(name, unit.serial, scanned.first.readings, taken.readings)
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
    def found(self) -> tuple[DriftMeasured, ...]:
        """What the second readings have shown."""
        return tuple(scanned.again for scanned in self._by_meter.values() if scanned.again is not None)


def _meter(unit: Unit) -> str:
    name = unit.place.position.hand_probed
    assert name is not None
    return name
