"""The envelope no procedure file can leave, and the contradictions none may hold. Numbers and sentences, no files.

Waits may last as long as one likes. Whatever limits voltage, current, temperature, spread or the time of a charge,
and whatever a limit waits before it acts, can only be tightened: the looser end of its bound is the value of the
shipped procedure. The stricter end only keeps out numbers that are no such quantity at all, mistyped ones (P2).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_WEEK_S = 7 * 86400.0
_INSTANT_S = 1e-6  # any positive time


@dataclass(frozen=True, slots=True)
class Bound:
    """Both ends are allowed. `why` tells what the bound is about."""

    low: float
    high: float
    why: str

    def __str__(self) -> str:
        low = "above 0, up to" if self.low == _INSTANT_S else f"from {self.low:g} to"
        return f"{low} {self.high:g}: {self.why}"


def _at_most(high: float, low: float) -> Bound:
    return Bound(low, high, "it can only be lowered")


def _at_least(low: float, high: float) -> Bound:
    return Bound(low, high, "it can only be raised")


def _no_longer(high_s: float) -> Bound:
    return Bound(_INSTANT_S, high_s, "it can only be shortened")


_WAIT = Bound(_INSTANT_S, _WEEK_S, "it is a time in seconds")

ENVELOPE: Mapping[str, Bound] = {
    "start.min_v": _at_least(10.0, 13.8),
    "start.max_v": _at_most(13.8, 10.0),
    "start.refuse_above_v": _at_most(15.0, 10.0),
    "start.asleep_below_v": _at_least(0.5, 10.0),
    "precharge.below_v": _at_least(12.0, 13.6),
    "precharge.current_c_rate": _at_most(0.05, 0.001),
    "precharge.max_s": _no_longer(10800),
    "charge.voltage_v": Bound(14.0, 14.6, "it is 3.5 to 3.65 V a cell"),
    "charge.current_c_rate": Bound(0.001, 0.5, "no battery is charged faster than in two hours"),
    "charge.max_current_c_rate": _at_most(0.5, 0.001),
    "charge.soft_start_s": _WAIT,
    "charge.cc_time_factor": _at_most(1.25, 0.001),
    "charge.max_cc_s": _no_longer(129600),
    "charge.max_cv_s": _no_longer(10800),
    "charge.max_total_s": _no_longer(140400),
    "charge.max_amp_hours_factor": _at_most(1.10, 0.001),
    "taper.current_c_rate": _at_most(0.05, 0.001),
    "taper.max_share_of_set": _at_most(0.5, 0.01),
    "taper.hold_s": _WAIT,
    "taper.voltage_margin_v": _at_most(0.020, 0.001),
    "bms.drop_share": _at_most(0.5, 0.01),
    "bms.drop_window_s": _WAIT,
    "bms.from_c_rate": _at_most(0.1, 0.001),
    "bms.to_c_rate": _at_least(0.01, 0.1),
    "bms.retry_off_s": _WAIT,
    "bms.retry_voltage_v": _at_most(14.2, 13.0),
    "bms.retry_current_c_rate": _at_most(0.05, 0.001),
    "bms.retry_max_s": _no_longer(7200),
    "bms.max_retries": _at_most(2, 0),
    "rest.min_s": _WAIT,
    "rest.max_s": _WAIT,
    "rest.sample_s": _WAIT,
    "rest.gap_s": _no_longer(300),
    "rest.settled_after_s": _WAIT,
    "rest.max_fall_v_per_h": _at_most(0.020, 0.0001),
    "rest.max_rise_v_per_h": _at_most(0.002, 0.0001),
    "rest.max_step_v": _at_most(0.010, 0.0001),
    "match.spread_v": _at_most(0.100, 0.001),
    "match.min_v": _at_least(13.20, 13.80),
    "match.max_v": _at_most(13.80, 13.20),
    "match.readings": _at_least(5, 1000),
    "match.scan_max_s": _no_longer(900),
    "match.closing_v_per_h": Bound(0.0001, 0.1, "it is a slope in volts an hour"),
    "match.min_limit_to_uncertainty": _at_least(4, 1000),
    "balance.max_rounds": _at_most(2, 0),
    "balance.hold_voltage_v": _at_most(14.4, 13.0),
    "balance.hold_current_c_rate": _at_most(0.02, 0.0001),
    "balance.hold_max_s": _no_longer(7200),
    "safety.warn_v": _at_most(14.65, 14.0),
    "safety.warn_s": _no_longer(5),
    "safety.trip_v": _at_most(14.75, 14.0),
    "safety.trip_s": _no_longer(2),
    "safety.instant_v": _at_most(15.0, 14.0),
    "safety.current_factor": _at_most(1.1, 1.01),
    "safety.ovp_margin_v": _at_most(0.20, 0.01),
    "safety.ovp_max_v": _at_most(15.0, 14.0),
    "safety.ocp_factor": _at_most(1.10, 1.01),
    "safety.watchdog_s": Bound(5, 15, "sooner a busy computer trips it, later nobody is left to switch off"),
    "safety.sag_v": _at_most(0.050, 0.001),
    "safety.sag_s": _no_longer(10),
    "safety.cc_fall_v": _at_most(0.030, 0.001),
    "safety.cc_fall_s": _no_longer(60),
    "safety.lead_warn_ohm": _at_most(0.020, 0.0001),
    "safety.lead_trip_ohm": _at_most(0.050, 0.0001),
    "safety.lead_trip_w": _at_most(8.0, 0.01),
    "safety.supply_meter_warn_v": _at_most(0.030, 0.001),
    "safety.supply_meter_trip_v": _at_most(0.050, 0.001),
    "safety.supply_meter_s": _no_longer(10),
    "safety.supply_meter_instant_v": _at_most(0.200, 0.001),
    "safety.off_current_a": _at_most(0.020, 0.0001),
    "safety.missing_s": _no_longer(3),
    "safety.min_temperature_c": _at_least(0, 45),
    "safety.max_temperature_c": _at_most(45, 0),
    "safety.undeclared_probe_c_rate": _at_most(0.2, 0.001),
    "string.max_age_gap_months": Bound(0, 120, "it is a number of months"),
    "string.passport_s": _WAIT,
}
"""Every number of a procedure for batteries of four cells, by its key in the file."""

CELLS: Final = 4
"""For so many cells in series the envelope is written down; for more, what belongs to a cell grows with them."""

NOT_OF_A_CELL = ("match.spread_v", "match.closing_v_per_h")
"""Volts that do not grow with the cells: what two batteries may differ by is the guide's for any battery."""


def in_proportion(key: str, number: float, cells: int) -> float:
    """A number that holds for four cells, for so many; only volts of cells change."""
    return number * cells / CELLS if key.endswith(("_v", "_v_per_h")) and key not in NOT_OF_A_CELL else number


def envelope(cells: int) -> Mapping[str, Bound]:
    """Every number of a procedure for batteries of so many cells in series, by its key in the file."""
    return {
        key: Bound(in_proportion(key, bound.low, cells), in_proportion(key, bound.high, cells), bound.why)
        for key, bound in ENVELOPE.items()
    }


# the smaller key, the larger key, and whether they may be equal
_ORDER: tuple[tuple[str, str, bool], ...] = (
    ("start.asleep_below_v", "start.min_v", False),
    ("start.min_v", "start.max_v", False),
    ("start.max_v", "start.refuse_above_v", True),
    ("precharge.below_v", "charge.voltage_v", False),
    ("precharge.current_c_rate", "charge.max_current_c_rate", True),
    ("charge.current_c_rate", "charge.max_current_c_rate", True),
    ("taper.current_c_rate", "charge.current_c_rate", False),
    ("bms.to_c_rate", "bms.from_c_rate", False),
    ("bms.retry_voltage_v", "charge.voltage_v", True),
    ("rest.min_s", "rest.max_s", False),
    ("rest.sample_s", "rest.gap_s", True),
    ("match.min_v", "match.max_v", False),
    ("balance.hold_voltage_v", "charge.voltage_v", True),
    ("charge.voltage_v", "safety.warn_v", False),
    ("safety.warn_v", "safety.trip_v", False),
    ("safety.trip_v", "safety.instant_v", False),
    ("charge.voltage_v", "safety.ovp_max_v", False),
    ("safety.lead_warn_ohm", "safety.lead_trip_ohm", False),
    ("safety.supply_meter_warn_v", "safety.supply_meter_trip_v", False),
    ("safety.supply_meter_trip_v", "safety.supply_meter_instant_v", False),
    ("safety.min_temperature_c", "safety.max_temperature_c", False),
)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two numbers, by key, that cannot both be meant: the one named smaller is not."""

    smaller: str
    larger: str
    may_equal: bool


def contradictions(numbers: Mapping[str, float]) -> Iterator[Contradiction]:
    """Every pair of numbers, by key, that is in the wrong order; a number that is not there contradicts nothing."""
    for smaller, larger, may_equal in _ORDER:
        if smaller not in numbers or larger not in numbers:
            continue
        low, high = numbers[smaller], numbers[larger]
        if low > high or (low == high and not may_equal):
            yield Contradiction(smaller, larger, may_equal)
