"""How far apart batteries may rest, and how sure that is.

Sources: guide, "The right way to do it" (0.1 V); uncertainty after safety section 5: limits of error taken as
rectangular, the difference of two readings as uncorrelated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median, stdev

from benchctl.core.model import MeterAbility
from benchctl.core.procedure import MatchRules


@dataclass(frozen=True, slots=True)
class RestedVoltage:
    """What the common scan found for one battery: the median of its readings, and its standard uncertainty."""

    serial: str
    voltage_v: float
    standard_uncertainty_v: float
    meter: str


@dataclass(frozen=True, slots=True)
class Alone:
    """One battery of a group, read by itself after the charge: volts, and when (boot seconds)."""

    serial: str
    voltage_v: float
    at_s: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Largest minus smallest, with the expanded (k = 2) uncertainty of that difference, in volts."""

    spread_v: float
    uncertainty_v: float


def rested_voltage(serial: str, readings_v: Sequence[float], ability: MeterAbility, meter: str) -> RestedVoltage:
    """Median and standard uncertainty of some readings of one battery: meter's limit of error and their own scatter."""
    middle = median(readings_v)
    limit_of_error_v = ability.gain * abs(middle) + ability.offset_v
    scatter_v = stdev(readings_v) / sqrt(len(readings_v)) if len(readings_v) > 1 else 0.0
    return RestedVoltage(serial, middle, sqrt(limit_of_error_v**2 / 3 + scatter_v**2), meter)


def spread_of(found: Sequence[RestedVoltage]) -> Spread:
    """Spread over at least one battery; the uncertainty is that of its two ends, taken as uncorrelated."""
    high = max(found, key=lambda one: one.voltage_v)
    low = min(found, key=lambda one: one.voltage_v)
    uncertainty_v = 2 * sqrt(high.standard_uncertainty_v**2 + low.standard_uncertainty_v**2)
    return Spread(high.voltage_v - low.voltage_v, uncertainty_v)


def matched(spread: Spread, rules: MatchRules) -> bool:
    """Provably within the limit: spread and uncertainty together (ILAC-G8 guard band w = U)."""
    return spread.spread_v + spread.uncertainty_v <= rules.spread_v


def unmatched(spread: Spread, rules: MatchRules) -> bool:
    """The spread itself is beyond the limit; what is neither matched nor unmatched lies in the guard band."""
    return not spread.spread_v <= rules.spread_v


def outliers(voltages_v: Mapping[str, float], allowed_v: float) -> tuple[str, ...]:
    """Who stands apart: further from the median than half of what is allowed; of an even pair, the lower one.

    With two batteries the median says nothing: the lower is named, for a battery that is not full rests low.
    """
    if len(voltages_v) == 2:
        return (min(voltages_v, key=lambda serial: voltages_v[serial]),)
    middle = median(voltages_v.values())
    far = {serial: abs(volts - middle) for serial, volts in voltages_v.items()}
    apart = tuple(serial for serial, distance in far.items() if distance > allowed_v / 2)
    return apart or (max(far, key=lambda serial: far[serial]),)


def low_ones(voltages_v: Mapping[str, float], allowed_v: float) -> tuple[str, ...]:
    """Who must come up for all to agree: everyone further below the highest than is allowed."""
    top = max(voltages_v.values())
    return tuple(serial for serial, volts in voltages_v.items() if volts < top - allowed_v)


def unshared(serials: Sequence[str], readings: Sequence[Alone], until_s: float, limit_v: float) -> dict[str, str]:
    """Whose share in the charge of its group the readings after it do not show, and why; the others have shared in it.

    What was at the charge voltage to the end falls for minutes from there, so no other battery of the group that is
    read later can stand higher by more than `limit_v`. One whose BMS was open or asleep, or whose link had no contact,
    fell long before, or stands at nothing. After `until_s` the difference is gone, and a reading shows nothing.
    """
    timely = [one for one in readings if one.at_s <= until_s]
    found: dict[str, str] = {}
    for serial in serials:
        own = next((one for one in timely if one.serial == serial), None)
        later = [one for one in timely if own is not None and one.serial != serial and one.at_s >= own.at_s]
        if own is None or not later:
            found[serial] = "it was not read alone soon enough after the charge, and another of its group after it"
            continue
        high = max(later, key=lambda one: one.voltage_v)
        if not high.voltage_v <= own.voltage_v + limit_v:
            stood = f"{own.voltage_v:.3f} V, when {high.serial}, read later, stood at {high.voltage_v:.3f} V"
            found[serial] = f"it stood at {stood}: its BMS was open or asleep, or it had no contact"
    return found


def too_coarse(ability: MeterAbility, voltage_v: float, rules: MatchRules) -> bool:
    """A meter whose uncertainty of a difference is not at least four times smaller than the limit cannot approve."""
    pair = RestedVoltage("", voltage_v, (ability.gain * voltage_v + ability.offset_v) / sqrt(3), "")
    return not rules.spread_v / (2 * sqrt(2) * pair.standard_uncertainty_v) >= rules.min_limit_to_uncertainty
