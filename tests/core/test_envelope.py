"""Numbers of a procedure that cannot both be meant."""

import pytest

from benchctl.core.envelope import Contradiction, contradictions


@pytest.mark.parametrize(
    ("warn_v", "trip_v", "found"),
    [
        (14.65, 14.75, []),
        (14.75, 14.75, [Contradiction("safety.warn_v", "safety.trip_v", False)]),
        (14.80, 14.75, [Contradiction("safety.warn_v", "safety.trip_v", False)]),
    ],
)
def test_a_warning_comes_before_the_trip(warn_v: float, trip_v: float, found: list[Contradiction]) -> None:
    assert list(contradictions({"safety.warn_v": warn_v, "safety.trip_v": trip_v})) == found


def test_a_hold_may_be_as_high_as_the_charge_and_no_higher() -> None:
    numbers = {"balance.hold_voltage_v": 14.6, "charge.voltage_v": 14.6}
    assert list(contradictions(numbers)) == []
    (found,) = contradictions(numbers | {"balance.hold_voltage_v": 14.61})
    assert found.smaller == "balance.hold_voltage_v"


def test_a_number_that_is_not_there_contradicts_nothing() -> None:
    assert list(contradictions({"safety.warn_v": 99.0})) == []
