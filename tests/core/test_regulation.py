"""What a supply regulates, worked out where it cannot say: never CV when in doubt."""

import pytest

from benchctl.core.dialect.regulation import inferred
from benchctl.core.model import Absence, AbsenceReason, Reading, Regulation

LATE = Absence(AbsenceReason.TIMEOUT, 1.0, "late")


def reading(value: float) -> Reading:
    return Reading(value, 1.0, str(value))


def held(voltage_v: float, current_a: float, set_v: float = 14.6, set_a: float = 10.0, on: bool = True) -> object:
    return inferred(reading(voltage_v), reading(current_a), on, reading(set_v), reading(set_a))


@pytest.mark.parametrize(
    ("voltage_v", "current_a", "regulation"),
    [
        (13.4, 10.003, Regulation.CC),
        (13.4, 9.901, Regulation.CC),
        (14.6, 9.95, Regulation.CC),  # at the corner, where either may be meant
        (14.593, 9.8, Regulation.CV),
        (14.53, 0.4, Regulation.CV),
        (14.67, 0.0, Regulation.CV),
        (14.52, 0.4, Regulation.OFF),
        (14.68, 0.0, Regulation.OFF),  # the battery stands above the set point
        (13.4, 5.0, Regulation.OFF),  # a limit of power
        (14.6, -0.02, Regulation.CV),
    ],
)
def test_the_readings_are_held_against_the_set_points(
    voltage_v: float, current_a: float, regulation: Regulation
) -> None:
    assert held(voltage_v, current_a) is regulation


def test_a_set_point_smaller_than_the_tolerance_is_not_always_reached() -> None:
    assert held(14.6, 0.002, set_a=0.02) is Regulation.CV
    assert held(14.6, 0.011, set_a=0.02) is Regulation.CC


def test_an_output_that_is_off_regulates_nothing() -> None:
    assert held(14.6, 0.0, on=False) is Regulation.OFF


@pytest.mark.parametrize("missing", range(5))
def test_a_missing_answer_is_a_missing_regulation(missing: int) -> None:
    readings = [reading(14.6), reading(1.0), reading(14.6), reading(10.0)]
    voltage, current, set_v, set_a = [LATE if at == missing else each for at, each in enumerate(readings)]
    on = LATE if missing == 4 else True
    assert inferred(voltage, current, on, set_v, set_a) is LATE
