"""From a target to configurations, best first, or the reason why there is none.

Best: the fewest batteries; of equals, the higher voltage, for it needs the least current and so the thinnest wires
(guide, "Why go higher voltage?"). The others in the list reach the target too: what they cost stands beside them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from benchctl.core.configuration import BatteryKind, Configuration, units_in_series
from benchctl.core.planning.advice import warnings_for
from benchctl.core.planning.target import SYSTEM_CELLS, Impossible, Limits, Target, system_name

RESERVE = 2
"""Strings more than needed that are still shown as alternatives where the voltage is given."""

_LARGEST_AH = 2000.0  # that a battery file may state
_DUST = 1e-9  # of a quotient: 200 Ah out of 100 Ah batteries are two, not three


@dataclass(frozen=True, slots=True)
class Option:
    """One configuration that reaches the target.

    `load_a`: what the load draws at the nominal voltage; `lasts_h`: how long it runs. None: no load was stated.
    `left_over`: batteries at hand that find no place.
    """

    configuration: Configuration
    load_a: float | None
    lasts_h: float | None
    left_over: int
    warnings: tuple[str, ...]


def options(target: Target, kind: BatteryKind, limits: Limits) -> tuple[Option, ...]:
    """Every configuration worth considering, best first. Raises `Impossible` with the reason where there is none."""
    found = [_option(each, target) for each in _configurations(target, kind, limits)]
    if not found:
        raise Impossible(_why_none(target, kind, limits))
    return tuple(sorted(found, key=_merit if target.sized else _size))


def _merit(option: Option) -> tuple[int, float]:
    return option.configuration.batteries, -option.configuration.voltage_v


def _size(option: Option) -> tuple[int, float]:
    return option.left_over, -option.configuration.voltage_v


def _configurations(target: Target, kind: BatteryKind, limits: Limits) -> Iterator[Configuration]:
    for series in _series_counts(target, kind):
        if series > limits.series:
            continue
        for parallel in _parallel_counts(target, Configuration(series, 1, kind), limits):
            if parallel <= limits.parallel and (target.at_hand is None or series * parallel <= target.at_hand):
                yield Configuration(series, parallel, kind)


def _series_counts(target: Target, kind: BatteryKind) -> tuple[int, ...]:
    if target.voltage_v is None:
        return tuple(cells // kind.cells for cells in SYSTEM_CELLS if cells % kind.cells == 0)
    series = units_in_series(target.voltage_v, kind.cells)
    if series is None:
        raise Impossible(_no_such_voltage(target.voltage_v, kind))
    return (series,)


def _parallel_counts(target: Target, string: Configuration, limits: Limits) -> range:
    """How many strings: as many as the batteries at hand make, or as the target needs, and a few more."""
    if not target.sized:
        assert target.at_hand is not None
        most = min(limits.parallel, target.at_hand // string.series)
        return range(most, most + 1) if most else range(0)
    needed = strings_needed(target, string)
    return range(needed, needed + 1 + (RESERVE if target.voltage_v is not None else 0))


def strings_needed(target: Target, string: Configuration) -> int:
    """How many of these strings store what is asked for and carry the load, at least 1."""
    shares = [0.0]
    if target.amp_hours is not None:
        shares.append(target.amp_hours / target.usable / string.amp_hours)
    if target.energy_wh is not None:
        shares.append(target.energy_wh / string.watt_hours)
    if target.load_w is not None and _load_a(target.load_w, string) > string.max_discharge_a + _DUST:
        shares.append(max(2.0, _load_a(target.load_w, string) / (_of(string, 2).max_discharge_a / 2)))
    return max(1, *(ceil(share - _DUST) for share in shares))


def _of(string: Configuration, parallel: int) -> Configuration:
    return Configuration(string.series, parallel, string.kind)


def _load_a(load_w: float, configuration: Configuration) -> float:
    return load_w / configuration.voltage_v


def _option(configuration: Configuration, target: Target) -> Option:
    load_a = None if target.load_w is None else _load_a(target.load_w, configuration)
    lasts_h = None if target.load_w is None else configuration.watt_hours * target.usable / target.load_w
    left_over = 0 if target.sized or target.at_hand is None else target.at_hand - configuration.batteries
    return Option(configuration, load_a, lasts_h, left_over, warnings_for(configuration, load_a, left_over))


# ---------------------------------------------------------------- why there is none


def _no_such_voltage(voltage_v: float, kind: BatteryKind) -> str:
    name = system_name(kind.nominal_v)
    if voltage_v < kind.nominal_v:
        return (
            f"{voltage_v:g} V is less than one battery of {name} has. Never tap a part of it: "
            f"use a DC-DC converter from {name} down to {voltage_v:g} V."
        )
    unit_v = kind.cells * 3
    below = int(voltage_v // unit_v)
    return (
        f"No number of {name} batteries in series makes {voltage_v:g} V. "
        f"Nearest are {below * unit_v} V ({below} in series) and {(below + 1) * unit_v} V ({below + 1} in series)."
    )


def _why_none(target: Target, kind: BatteryKind, limits: Limits) -> str:
    reasons = [_why_not(target, Configuration(series, 1, kind), limits) for series in _series_counts(target, kind)]
    return " ".join(reasons) or f"No system of 12, 24 or 48 V can be made of {system_name(kind.nominal_v)} batteries."


def _why_not(target: Target, string: Configuration, limits: Limits) -> str:
    """Why this voltage cannot be had, and what would do."""
    system = system_name(string.voltage_v)
    if string.series > limits.series:
        return (
            f"{system} takes {string.series} batteries in series, and {limits.in_series}: "
            f"take batteries of a higher voltage."
        )
    needed = strings_needed(target, string) if target.sized else 1
    if target.at_hand is not None and string.series * min(needed, limits.parallel) > target.at_hand:
        return _too_few(target.at_hand, string, needed, target)
    most = _of(string, limits.parallel)
    return (
        f"{system} would need {needed} {'batteries' if string.series == 1 else 'strings'} in parallel, and "
        f"{limits.in_parallel}: {most.name} has {most.amp_hours:g} Ah "
        f"({most.watt_hours / 1000:.2f} kWh) and gives {most.max_discharge_a:g} A. {_larger(target, string, limits)}"
    )


def _larger(target: Target, string: Configuration, limits: Limits) -> str:
    """Which battery would do."""
    needed_ah = (
        max((target.amp_hours or 0.0) / target.usable, (target.energy_wh or 0.0) / string.voltage_v) / limits.parallel
    )
    higher = ", or a higher voltage" if string.series * string.kind.cells < max(SYSTEM_CELLS) else ""
    if needed_ah > _LARGEST_AH:
        return f"No battery is made that large: plan several banks{higher}, or ask for less."
    if needed_ah > string.amp_hours + _DUST:
        return f"Batteries of {ceil(needed_ah - _DUST)} Ah or more would do{higher}."
    return f"Batteries that give more current would do{higher}."


def _too_few(at_hand: int, string: Configuration, needed: int, target: Target) -> str:
    """Too few batteries; where someone counts amp-hours twice, the guide's own words."""
    system, total = system_name(string.voltage_v), string.series * needed
    have = f"{at_hand} battery is" if at_hand == 1 else f"{at_hand} batteries are"
    sentence = f"{system} as asked takes {total} batteries ({string.series}S{needed}P); {have} at hand."
    added_ah = at_hand * string.amp_hours
    if string.series > 1 and target.amp_hours is not None and target.amp_hours <= added_ah + _DUST:
        return (
            f"{sentence} Series adds voltage, not capacity: {string.series} in series still have "
            f"{string.amp_hours:g} Ah. For more of both, put identical strings in parallel."
        )
    return sentence
