"""Warnings of one position: when they are told, and when they are over."""

import pytest

from benchctl.core.run.cautions import CALM_S, Cautions
from tests.core.values import shipped

RULES = shipped().safety


class Told:
    """Cautions, and what they said: +fault, -fault."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.cautions = Cautions(RULES, lambda _s, one: self.said.append(f"+{one.fault}"), self._calm)

    def _calm(self, fault: str) -> None:
        self.said.append(f"-{fault}")


@pytest.mark.parametrize(
    ("battery_v", "said"), [(14.65, []), (14.651, ["+high_voltage"]), (float("nan"), ["+high_voltage"])]
)
def test_a_voltage_over_the_warning_level_is_told_after_its_delay(battery_v: float, said: list[str]) -> None:
    told = Told()
    told.cautions.volts(0.0, "meter", battery_v)
    told.cautions.volts(4.9, "meter", battery_v)
    assert told.said == []
    told.cautions.volts(5.0, "meter", battery_v)
    assert told.said == said


def test_a_warning_is_told_once_and_is_over_when_it_has_been_right_for_a_minute() -> None:
    told = Told()
    for at_s in range(8):
        told.cautions.temperature(at_s, 41.0)
    told.cautions.temperature(10.0, 39.0)
    told.cautions.temperature(9.9 + CALM_S, 39.0)
    assert told.said == ["+warm"]
    told.cautions.temperature(10.0 + CALM_S, 39.0)
    assert told.said == ["+warm", "-warm"]


def test_what_two_see_is_over_when_neither_sees_it_any_more() -> None:
    told = Told()
    for who in ("meter", "supply"):
        told.cautions.volts(0.0, who, 14.7)
        told.cautions.volts(5.0, who, 14.7)
    for at_s in (6.0, 6.0 + CALM_S):
        told.cautions.volts(at_s, "meter", 14.6)
    assert told.said == ["+high_voltage", "+high_voltage"]
    for at_s in (70.0, 70.0 + CALM_S):
        told.cautions.volts(at_s, "supply", 14.6)
    assert told.said[2:] == ["-high_voltage"]


@pytest.mark.parametrize(
    ("resistance_ohm", "learned_ohm", "current_a", "said"),
    [
        (0.020, 0.020, 10.0, []),
        (0.021, 0.021, 10.0, ["+lead_worse"]),
        (0.012, 0.008, 10.0, ["+lead_worse"]),
        (0.0104, 0.008, 10.0, []),
        (0.012, 0.008, 5.0, []),
        (0.021, 0.021, 2.4, []),
    ],
    ids=["at 20 mohm", "above", "30 % more", "not quite", "too little to tell from a meter's error", "hardly flows"],
)
def test_a_lead_is_worse_when_it_is_high_or_has_grown(
    resistance_ohm: float, learned_ohm: float, current_a: float, said: list[str]
) -> None:
    told = Told()
    for at_s in (0.0, 10.0):
        told.cautions.lead(at_s, resistance_ohm, learned_ohm, current_a, 50.0)
    assert told.said == said


def test_readings_that_are_apart_are_told_before_they_trip() -> None:
    told = Told()
    for at_s in (0.0, 10.0):
        told.cautions.apart(at_s, 13.531, 13.5)
    assert told.said == ["+readings_apart"]


def test_off_ends_what_was_warned_of_under_current_but_not_the_warmth() -> None:
    told = Told()
    told.cautions.temperature(0.0, 41.0)
    for at_s in (0.0, 10.0):
        told.cautions.apart(at_s, 13.6, 13.5)
    told.cautions.over()
    assert told.said[2:] == ["-readings_apart"]
