"""The common scan: several readings of every battery within one short time, and what follows from them.

`CommonScan` collects; `decide` judges. Both know the whole bank, neither orders anything.
"""

from dataclasses import dataclass
from enum import Enum, auto

from benchctl.core.bank import RestedVoltage, Spread, low_ones, matched, outliers, rested_voltage, unmatched
from benchctl.core.mission import Mission
from benchctl.core.model import Measurement, Reading
from benchctl.core.probes import DriftMeasured, Errand
from benchctl.core.procedure import MatchRules, RestRules
from benchctl.core.run.drift import DriftWatch
from benchctl.core.run.held import Job, Taken
from benchctl.core.run.place import Place
from benchctl.core.run.unit import Unit

MISSED_READINGS = 5
"""So many scans without a reading, and the battery counts as not measured."""


class CommonScan:
    """Readings of every battery at rest, position after position where several share a meter channel."""

    def __init__(self, mission: Mission, units: list[Unit], at_s: float) -> None:
        self._mission = mission
        self._wanted = mission.procedure.match.readings
        self.waiting = list(units)
        self.started_s = at_s
        self._readings: dict[str, list[float]] = {unit.serial: [] for unit in units}
        self.read_at_s: dict[str, float] = {}
        self.missed: dict[str, int] = {unit.serial: 0 for unit in units}
        self.drift = DriftWatch()

    def due(self) -> dict[Place, Unit]:
        """Who is to be read now at each position: the battery that hangs there first, then the others."""
        due: dict[Place, Unit] = {}
        for unit in sorted(self.waiting, key=lambda one: one.where is None):
            due.setdefault(unit.place, unit)
        return due

    def take_held(self, taken: Taken) -> DriftMeasured | None:
        """All readings of one battery at once, as a hand-held meter took them while its voltage was steady. A second
        reading of its first battery shows the meter's drift and is no reading of the battery."""
        unit = taken.job.unit
        if taken.job.errand is Errand.SCAN and unit in self.waiting:
            self._readings[unit.serial] = [one.value for one in taken.readings]
            self.read_at_s[unit.serial] = taken.readings[-1].at_s
            self.waiting.remove(unit)
        return self.drift.take(taken)

    def jobs(self) -> list[Job]:
        """What the hand-held meters still have to do on batteries at rest."""
        due = [Job(Errand.SCAN, unit) for unit in self.due().values() if unit.place.by_hand]
        return [job for job in (*due, *self.drift.owed(self.waiting)) if job.unit.at_rest]

    @property
    def length_s(self) -> float:
        """From the first battery read to the last reading of all, in seconds; 0 before the second."""
        times = [*self.read_at_s.values(), *([] if self.drift.ended_s is None else [self.drift.ended_s])]
        return max(times, default=0.0) - min(times, default=0.0)

    def take(self, unit: Unit, reading: Measurement) -> None:
        """One reading of one battery, or its absence. What was read before the scan began is no part of it."""
        if not isinstance(reading, Reading):
            self.missed[unit.serial] += 1
        elif reading.at_s >= self.started_s:
            self._readings[unit.serial].append(reading.value)
            self.read_at_s[unit.serial] = reading.at_s
        if len(self._readings[unit.serial]) >= self._wanted or self.missed[unit.serial] >= MISSED_READINGS:
            self.waiting.remove(unit)

    def forget_lost(self) -> None:
        """Nobody waits for a battery that has left its rest meanwhile."""
        self.waiting = [unit for unit in self.waiting if unit.at_rest]

    def found(self, units: list[Unit]) -> list[RestedVoltage]:
        """The batteries that were read completely."""
        return [self._found(unit) for unit in units if len(self._readings.get(unit.serial, ())) >= self._wanted]

    def _found(self, unit: Unit) -> RestedVoltage:
        ability = self._mission.meters[unit.place.name]
        assert ability is not None
        meter = unit.place.position.measured_by
        assert meter is not None
        return rested_voltage(unit.serial, self._readings[unit.serial], ability, meter.instrument)


class Next(Enum):
    """What a common scan leads to."""

    APPROVE = auto()
    REST_ON = auto()
    BALANCE = auto()
    REJECT = auto()
    NOT_PROVEN = auto()


@dataclass(frozen=True, slots=True)
class Finding:
    """Everything the decision rests on."""

    found: tuple[RestedVoltage, ...]
    spread: Spread
    unsettled: tuple[str, ...]
    drifting: tuple[str, ...]
    closing: bool
    time_left: bool
    rounds_left: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows, who stands out, who is to be held, and why in sentences."""

    next: Next
    outliers: tuple[str, ...]
    low: tuple[str, ...]
    reasons: tuple[str, ...]


def decide(finding: Finding, rules: MatchRules) -> Decision:
    """From two hours of rest on: approve, wait while it helps, balance while that may help, else reject and name."""
    voltages = {one.serial: one.voltage_v for one in finding.found}
    outside = tuple(serial for serial, volts in voltages.items() if not rules.min_v <= volts <= rules.max_v)
    allowed_v = rules.spread_v - finding.spread.uncertainty_v
    within = matched(finding.spread, rules)
    apart = () if within else outliers(voltages, allowed_v)
    named = tuple(dict.fromkeys((*outside, *finding.drifting, *apart)))
    low = tuple(dict.fromkeys((*(() if within else low_ones(voltages, allowed_v)), *_below(voltages, rules))))
    reasons = _reasons(finding, voltages, apart, outside, rules)
    if not named and not finding.unsettled:
        return Decision(Next.APPROVE, (), (), reasons)
    if finding.time_left and (finding.unsettled or (finding.closing and not finding.drifting and not outside)):
        return Decision(Next.REST_ON, named, (), reasons)
    high = any(not volts <= rules.max_v for volts in voltages.values())
    if finding.rounds_left and low and not finding.drifting and not high:
        return Decision(Next.BALANCE, named, low, reasons)
    in_band = not unmatched(finding.spread, rules) and not outside and not finding.drifting
    return Decision(Next.NOT_PROVEN if in_band else Next.REJECT, named, (), reasons)


def _below(voltages: dict[str, float], rules: MatchRules) -> tuple[str, ...]:
    return tuple(serial for serial, volts in voltages.items() if volts < rules.min_v)


def _reasons(
    finding: Finding, voltages: dict[str, float], apart: tuple[str, ...], outside: tuple[str, ...], rules: MatchRules
) -> tuple[str, ...]:
    spread = finding.spread
    limit = f"spread {spread.spread_v:.3f} V and uncertainty {spread.uncertainty_v:.3f} V, limit {rules.spread_v:.3f} V"
    middle_v = sorted(voltages.values())[len(voltages) // 2]
    lines = [
        f"{serial} rests at {voltages[serial]:.3f} V, {_off(voltages[serial], middle_v)} ({limit})." for serial in apart
    ]
    lines += [f"{s} rests at {voltages[s]:.3f} V, outside {rules.min_v:.2f} to {rules.max_v:.2f} V." for s in outside]
    lines += [f"{serial} loses its voltage too fast at rest." for serial in finding.drifting]
    lines += [f"{serial} has not settled." for serial in finding.unsettled]
    return tuple(lines) or (f"All batteries agree: {limit}.",)


def _off(volts: float, middle_v: float) -> str:
    return f"{abs(volts - middle_v):.3f} V {'below' if volts < middle_v else 'above'} the middle of the bank"


def slopes(units: list[Unit], rules: RestRules, at_s: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(unsettled, drifting): who moves too fast to be compared yet, and who still does when that is a fault.

    Steeper than the rule at two hours only prolongs the rest; it is a fault if it is still so near the window's end
    (safety A3: 3.5 h of 2 to 4 h). A battery that left no curve is judged by neither.
    """
    unsettled: list[str] = []
    drifting: list[str] = []
    for unit in units:
        slope = unit.rest.slope_v_per_h() if unit.rest is not None else None
        if slope is None or -rules.max_fall_v_per_h <= slope <= rules.max_rise_v_per_h + _noise_v_per_h(unit):
            continue
        assert unit.rest is not None
        late = unit.rest.age_s(at_s) >= rules.min_s + 0.75 * (rules.max_s - rules.min_s)
        (drifting if late else unsettled).append(unit.serial)
    return tuple(unsettled), tuple(drifting)


def _noise_v_per_h(unit: Unit) -> float:
    """What a fitted slope may show without any drift of the battery: the meter's own wander over half an hour."""
    ability = unit.meter_ability
    return 0.0 if ability is None else ability.offset_v
