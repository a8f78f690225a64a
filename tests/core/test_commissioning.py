"""The checks after the wiring: what is measured in which order, and what speaks against joining."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from benchctl.core.commissioning import Commissioning
from tests.core.values import shipped

RULES = shipped().match
TWO = (("E1", "E2"), ("E3", "E4"))


def walked(strings: tuple[tuple[str, ...], ...], *readings: float) -> Commissioning:
    """With these readings, every battery in its place."""
    checks = Commissioning(strings, RULES)
    for read_v in readings:
        assert checks.step is not None
        checks.take(read_v, checks.step.serial)
    return checks


def test_every_battery_then_every_string_then_the_strings_with_each_other() -> None:
    checks = walked(TWO, 13.40, 13.42, 26.82, 13.41, 13.41, 26.80)
    assert checks.step is None
    assert [each.what for each in checks.checks] == [
        "string 1, place 1, E1",
        "string 1, place 2, E2",
        "string 1 from end to end",
        "string 2, place 1, E3",
        "string 2, place 2, E4",
        "string 2 from end to end",
        "between the strings, highest and lowest",
    ]
    assert checks.objections == []


def test_a_bank_in_parallel_has_no_sums() -> None:
    checks = walked((("E1",), ("E2",)), 13.40, 13.42)
    assert (checks.step, len(checks.checks), checks.objections) == (None, 3, [])


def test_one_string_has_none_to_be_compared_with() -> None:
    assert [each.what for each in walked((("E1", "E2"),), 13.4, 13.4, 26.8).checks][-1] == "string 1 from end to end"


def test_another_battery_in_a_place_is_an_objection() -> None:
    checks = Commissioning(TWO, RULES)
    assert checks.take(13.4, "e1") is None
    assert checks.take(13.4, "E1") == (
        "string 1, place 2, E2: E1 was found there. Put the battery in its place, or correct the label."
    )
    assert len(checks.objections) == 1


@pytest.mark.parametrize(
    ("readings", "words"),
    [
        ((-13.4,), "It is the wrong way round"),
        ((0.0,), "or open"),
        ((float("nan"),), "or open"),
        ((13.1,), "where 13.20 to 13.80 V is right"),
        ((13.4, 13.4, 13.4), "string 1 from end to end: 13.40 V, where 26.53 to 27.07 V is right"),
        ((13.4, 13.4, 26.8, 13.5, 13.6, 27.1), "The strings lie 0.30 V apart; at most 0.20 V"),
    ],
)
def test_what_is_not_right_is_said(readings: tuple[float, ...], words: str) -> None:
    assert words in walked(TWO, *readings).objections[-1]


VOLTS = st.floats(-60.0, 60.0)


@given(st.integers(1, 6), st.integers(1, 4), st.data())
def test_nothing_is_joined_unless_every_check_lies_within_its_limits(
    series: int, parallel: int, data: st.DataObject
) -> None:
    strings = tuple(tuple(f"{row}-{place}" for place in range(series)) for row in range(parallel))
    checks = Commissioning(strings, replace(RULES, spread_v=0.05))
    while (step := checks.step) is not None:
        middle = (step.least_v + step.most_v) / 2
        checks.take(data.draw(st.just(middle) | VOLTS), step.serial)
    within = all(each.least_v <= each.read_v <= each.most_v and each.read_v >= 0.0 for each in checks.checks)
    assert (checks.objections == []) is within
    sums = parallel if series > 1 else 0
    assert len(checks.checks) == series * parallel + sums + (parallel > 1)
