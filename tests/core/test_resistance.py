"""Whose resistance is too high: held against the others, never against itself or another capacity."""

import pytest
from hypothesis import given, strategies as st

from benchctl.core.run.resistance import Resistance, on_plateau, too_high


def measured(*ohms: float, rated_ah: float = 50.0) -> list[Resistance]:
    return [Resistance(f"P{n}", (f"E{n}",), rated_ah, ohm) for n, ohm in enumerate(ohms, 1)]


def found(everyone: list[Resistance]) -> list[str]:
    return ["+".join(one.serials) for one, _ in too_high(everyone)]


@pytest.mark.parametrize(("ohm", "high"), [(0.060, []), (0.0601, ["E1"])])
def test_more_than_three_times_the_median_of_the_others_is_too_much(ohm: float, high: list[str]) -> None:
    assert found(measured(ohm, 0.020, 0.020)) == high


def test_it_is_told_with_the_value_and_the_limit() -> None:
    ((one, breach),) = too_high(measured(0.020, 0.084, 0.024))
    assert (one.place, breach.fault) == ("P2", "high_resistance")
    assert breach.text == "The pulse showed 84.0 milliohm, of the others 22.0; the limit is 66.0 milliohm."
    assert (breach.value, breach.limit) == pytest.approx((0.084, 0.066))


def test_two_that_differ_say_nothing_of_which_is_wrong() -> None:
    assert found(measured(0.020, 0.2)) == []


def test_batteries_of_another_capacity_are_no_measure() -> None:
    assert found([*measured(0.020, 0.2), *measured(0.020, 0.020, rated_ah=100.0)]) == []


def test_a_tired_delivery_trips_nobody() -> None:
    assert found(measured(0.2, 0.21, 0.19, 0.4)) == []


@given(st.lists(st.floats(0.010, 0.0299), min_size=3, max_size=16))
def test_within_a_factor_of_three_nobody_is_too_high(ohms: list[float]) -> None:
    assert found(measured(*ohms)) == []


@pytest.mark.parametrize(
    ("open_v", "on"), [(12.79, False), (12.8, True), (13.36, True), (13.37, False), (float("nan"), False)]
)
def test_only_on_its_plateau_a_battery_answers_by_its_resistance_alone(open_v: float, on: bool) -> None:
    assert on_plateau(open_v, 4) is on
