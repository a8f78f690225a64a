"""Batteries together: how far apart they rest, how sure that is."""

from itertools import combinations
from math import sqrt
from statistics import median

import pytest
from hypothesis import given, strategies as st

from benchctl.core.bank import (
    Alone,
    RestedVoltage,
    Spread,
    low_ones,
    matched,
    outliers,
    rested_voltage,
    spread_of,
    too_coarse,
    unmatched,
    unshared,
)
from benchctl.core.model import MeterAbility
from tests.core.values import METER, shipped

RULES = shipped().match
VOLTS = st.floats(10.0, 15.0)


# ---------------------------------------------------------------- uncertainty and spread


@given(st.lists(VOLTS, min_size=1, max_size=9), st.floats(0, 0.001), st.floats(0, 0.01))
def test_a_rested_voltage_is_the_median_with_its_meters_error_and_its_scatter(
    volts: list[float], gain: float, offset_v: float
) -> None:
    found = rested_voltage("E1", volts, MeterAbility(gain, offset_v, 100.0, True), "scan1")
    mean = sum(volts) / len(volts)
    variance = sum((one - mean) ** 2 for one in volts) / (len(volts) - 1) if len(volts) > 1 else 0.0
    limit_v = gain * median(volts) + offset_v
    assert found.voltage_v == median(volts)
    assert found.standard_uncertainty_v == pytest.approx(sqrt(limit_v**2 / 3 + variance / len(volts)), abs=1e-9)


@given(st.lists(st.tuples(VOLTS, st.floats(0, 0.02)), min_size=1, max_size=8))
def test_the_spread_is_the_largest_difference_of_any_two(ends: list[tuple[float, float]]) -> None:
    found = [RestedVoltage(f"E{n}", volts, u, "m") for n, (volts, u) in enumerate(ends)]
    spread = spread_of(found)
    pairs = [(abs(a.voltage_v - b.voltage_v), a, b) for a, b in combinations(found, 2)]
    assert spread.spread_v == max((apart for apart, _, _ in pairs), default=0.0)
    if spread.spread_v > 0:
        u_of = {2 * sqrt(a.standard_uncertainty_v**2 + b.standard_uncertainty_v**2) for apart, a, b in pairs
                if apart == spread.spread_v}  # fmt: skip
        assert any(spread.uncertainty_v == pytest.approx(u) for u in u_of)


def test_a_six_and_a_half_digit_meter_gives_two_millivolts() -> None:
    one, other = (rested_voltage(serial, [13.5], METER, "m") for serial in "ab")
    assert spread_of([one, other]).uncertainty_v == pytest.approx(0.0020, abs=2e-4)


@pytest.mark.parametrize(
    ("spread_v", "uncertainty_v", "in_", "out"),
    [
        (0.098, 0.002, True, False),
        (0.0981, 0.002, False, False),
        (0.100, 0.0, True, False),
        (0.1001, 0.0, False, True),
        (0.05, 0.06, False, False),
        (float("nan"), 0.0, False, True),
        (0.05, float("nan"), False, False),
    ],
)
def test_matched_unmatched_and_the_guard_band_between(
    spread_v: float, uncertainty_v: float, in_: bool, out: bool
) -> None:
    spread = Spread(spread_v, uncertainty_v)
    assert (matched(spread, RULES), unmatched(spread, RULES)) == (in_, out)


# ---------------------------------------------------------------- who stands out


@pytest.mark.parametrize(
    ("volts", "named"),
    [
        ((13.50, 13.49, 13.51, 13.34), ("E4",)),
        ((13.50, 13.49, 13.51, 13.70), ("E4",)),
        ((13.50, 13.30, 13.51, 13.70), ("E2", "E4")),
        ((13.50, 13.35), ("E2",)),
        ((13.35, 13.50), ("E1",)),
        ((13.452, 13.50, 13.551), ("E3",)),
    ],
)
def test_outliers_are_named(volts: tuple[float, ...], named: tuple[str, ...]) -> None:
    assert outliers({f"E{n}": v for n, v in enumerate(volts, 1)}, 0.098) == named


@given(st.lists(VOLTS, min_size=2, max_size=8), st.floats(0.001, 0.1))
def test_somebody_is_always_named_and_a_low_one_is_really_low(volts: list[float], allowed_v: float) -> None:
    by_serial = {f"E{n}": v for n, v in enumerate(volts)}
    assert outliers(by_serial, allowed_v)
    low = low_ones(by_serial, allowed_v)
    assert set(low) == {serial for serial, v in by_serial.items() if max(volts) - v > allowed_v}
    if max(volts) - min(volts) > allowed_v:
        assert min(by_serial, key=lambda serial: by_serial[serial]) in low


@pytest.mark.parametrize(
    ("ability", "coarse"),
    [
        (METER, False),
        (MeterAbility(0.00025, 0.005, 20.0, False), False),
        (MeterAbility(0.0009, 0.020, 60.0, False), True),
        (MeterAbility(0.005, 0.01, 20.0, False), True),
        (MeterAbility(0.0, float("nan"), 20.0, False), True),
    ],
    ids=["34970A", "4 1/2 digits", "handheld 0.09 %", "handheld 0.5 %", "unknown"],
)
def test_a_meter_that_cannot_tell_is_too_coarse(ability: MeterAbility, coarse: bool) -> None:
    assert too_coarse(ability, 14.6, RULES) is coarse


# ---------------------------------------------------------------- who shared in a group's charge


def read(*readings: tuple[str, float]) -> list[Alone]:
    """One reading after the other, a minute apart."""
    return [Alone(serial, volts, 60.0 * number) for number, (serial, volts) in enumerate(readings)]


def test_whoever_falls_like_the_others_has_shared() -> None:
    readings = read(("E1", 14.20), ("E2", 13.95), ("E3", 13.80), ("E1", 13.72))
    assert unshared(("E1", "E2", "E3"), readings, 600.0, 0.1) == {}


@pytest.mark.parametrize(
    ("readings", "named"),
    [
        (read(("E1", 13.50), ("E2", 13.95), ("E3", 13.80), ("E1", 13.49)), "E1"),
        (read(("E1", 14.20), ("E2", 13.50), ("E3", 13.80), ("E1", 13.72)), "E2"),
        (read(("E1", 14.20), ("E2", 13.95), ("E3", 13.50), ("E1", 13.72)), "E3"),
        (read(("E1", 14.20), ("E2", 0.0), ("E3", 13.80), ("E1", 13.72)), "E2"),
    ],
)
def test_whoever_stands_lower_than_one_that_was_read_later_is_named(readings: list[Alone], named: str) -> None:
    found = unshared(("E1", "E2", "E3"), readings, 600.0, 0.1)
    assert list(found) == [named]
    assert "read later, stood at" in found[named]


@pytest.mark.parametrize("until_s", [0.0, 59.0, 119.0])
def test_a_reading_that_comes_too_late_shows_nothing(until_s: float) -> None:
    readings = read(("E1", 14.20), ("E2", 13.95), ("E1", 13.80))
    found = unshared(("E1", "E2"), readings, until_s, 0.1)
    assert "E2" in found
    assert "soon enough" in found["E2"]


def test_the_last_to_be_read_has_nobody_to_be_held_against() -> None:
    assert list(unshared(("E1", "E2"), read(("E1", 14.20), ("E2", 13.95)), 600.0, 0.1)) == ["E2"]


@given(st.lists(VOLTS, min_size=2, max_size=6), st.floats(0.01, 0.2))
def test_the_lowest_by_more_than_the_limit_is_always_found_if_read_before_the_highest(
    volts: list[float], limit_v: float
) -> None:
    readings = read(*((f"E{n}", v) for n, v in enumerate(volts)), ("E0", volts[0]))
    found = unshared([f"E{n}" for n in range(len(volts))], readings, 1e6, limit_v)
    for number, own_v in enumerate(volts):
        later = [*volts[number + 1 :], *(volts[:1] if number else ())]
        assert (f"E{number}" in found) is any(not v <= own_v + limit_v for v in later)
