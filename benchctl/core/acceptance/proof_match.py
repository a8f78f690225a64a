"""The common scan, computed again: medians, uncertainties and the spread, from the readings in the journal.

Arithmetic of safety section 5: a meter's limit of error a is taken as rectangular, u = a / sqrt 3; the scatter of the
readings adds its standard error; the ends of the spread are taken as uncorrelated, U = 2 * sqrt(u1^2 + u2^2).
"""

from collections import deque
from dataclasses import dataclass
from math import sqrt
from statistics import median

from benchctl.core.acceptance.proof_moment import Moment
from benchctl.core.acceptance.proof_rest import Rest
from benchctl.core.messages import SpreadMeasured
from benchctl.core.model import MeterAbility, Reading


@dataclass(frozen=True, slots=True)
class Taken:
    """One verifying reading and the row it stands in."""

    at: Moment
    reading: Reading


@dataclass(frozen=True, slots=True)
class Verified:
    """What the common scan says of one battery. None: nothing that is worth as much can be said."""

    serial: str
    position: str | None
    taken: tuple[Taken, ...]
    absent: int
    voltage_v: float | None
    standard_uncertainty_v: float | None
    since: Moment | None
    age_s: float | None
    slope_v_per_h: float | None


@dataclass(frozen=True, slots=True)
class Drift:
    """The first battery of a scan read again at its end. `limit_v`: 2 mV and the scatter of both readings. A battery
    that is not `settled` falls by itself: that is no drift, and widens the uncertainty instead."""

    at: Moment
    instrument: str
    serial: str
    first_v: float
    again_v: float
    limit_v: float
    settled: bool

    @property
    def within(self) -> bool:
        """Provably no more than allowed."""
        risen_v = self.again_v - self.first_v
        return risen_v <= self.limit_v and (risen_v >= -self.limit_v or not self.settled)

    @property
    def fall_v(self) -> float:
        """What the uncertainty is widened by."""
        return 0.0 if self.settled else max(0.0, self.first_v - self.again_v)


@dataclass(frozen=True, slots=True)
class Scan:
    """One common scan: what was journalled of it, and what its readings say. `drifts` are of hand-held meters;
    `unchecked` names those of which nobody knows whether they drifted."""

    at: Moment
    journalled: SpreadMeasured
    verified: tuple[Verified, ...]
    spread_v: float | None
    uncertainty_v: float | None
    drifts: tuple[Drift, ...]
    unchecked: tuple[str, ...]

    def of(self, serial: str) -> Verified | None:
        """What it says of one battery."""
        return next((one for one in self.verified if one.serial == serial), None)

    @property
    def length_s(self) -> float | None:
        """From its first reading to its last, in seconds; None without readings or across a restart."""
        moments = [taken.at for one in self.verified for taken in one.taken] + [drift.at for drift in self.drifts]
        if not moments:
            return None
        first, last = min(moments, key=lambda at: at.seq), max(moments, key=lambda at: at.seq)
        return last.since_s(first)


class ScanReadings:
    """Collects the last readings of every battery since the scan began."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._taken: dict[str, deque[Taken]] = {}
        self._places: dict[str, str] = {}
        self._absent: dict[str, int] = {}

    def take(self, serial: str, position: str, at: Moment, reading: Reading) -> None:
        """One reading of a battery at rest."""
        self._taken.setdefault(serial, deque(maxlen=self._wanted)).append(Taken(at, reading))
        self._places[serial] = position

    def miss(self, serial: str) -> None:
        """A reading that did not come."""
        self._absent[serial] = self._absent.get(serial, 0) + 1

    def verified(self, serial: str, rest: Rest | None, ability: MeterAbility | None) -> Verified:
        """What it comes to for one battery. Fewer readings than wanted are no voltage."""
        taken = tuple(self._taken.get(serial, ()))
        whole = taken if len(taken) == self._wanted else ()
        volts = [one.reading.value for one in whole]
        return Verified(
            serial=serial,
            position=self._places.get(serial),
            taken=taken,
            absent=self._absent.get(serial, 0),
            voltage_v=median(volts) if volts else None,
            standard_uncertainty_v=standard_uncertainty_v(volts, ability) if volts and ability else None,
            since=None if rest is None else rest.since,
            age_s=None if rest is None or not taken else taken[-1].at.since_s(rest.since),
            slope_v_per_h=None if rest is None else rest.slope_v_per_h(),
        )

    def place(self, serial: str) -> str | None:
        """Where a battery was read."""
        return self._places.get(serial)


def standard_uncertainty_v(volts: list[float], ability: MeterAbility) -> float:
    """Of the median of some readings of one battery, in volts."""
    limit_of_error_v = ability.offset_v + ability.gain * abs(median(volts))
    return sqrt((limit_of_error_v / sqrt(3)) ** 2 + standard_error_v(volts) ** 2)


def standard_error_v(volts: list[float]) -> float:
    """Of the mean of some readings, from their own scatter, in volts; 0 for a single one."""
    if len(volts) < 2:
        return 0.0
    mean = sum(volts) / len(volts)
    return sqrt(sum((volt - mean) ** 2 for volt in volts) / (len(volts) - 1) / len(volts))


def spread(verified: tuple[Verified, ...]) -> tuple[float | None, float | None]:
    """(spread, expanded uncertainty) in volts over all batteries; None each if one battery was not read."""
    known = [(one.voltage_v, one.standard_uncertainty_v) for one in verified]
    ends = [(volts, u) for volts, u in known if volts is not None and u is not None]
    if not ends or len(ends) < len(known):
        return None, None
    low, high = min(ends), max(ends)
    return high[0] - low[0], 2 * sqrt(low[1] ** 2 + high[1] ** 2)


def least_uncertainty_v(ability: MeterAbility, voltage_v: float) -> float:
    """The expanded uncertainty of a difference of two noiseless readings at that voltage."""
    return 2 * sqrt(2) * (ability.offset_v + ability.gain * voltage_v) / sqrt(3)
