"""What an open-circuit voltage and a temperature say about a battery before anything is switched on."""

import pytest

from benchctl.core.run.wiring import battery_objection, temperature_objection
from tests.core.values import shipped


@pytest.mark.parametrize(
    ("open_v", "word"),
    [
        (-12.0, "reversed"),
        (-0.5, "reversed"),
        (-0.49, "sleeps"),
        (0.0, "sleeps"),
        (0.49, "sleeps"),
        (0.5, "deeply"),
        (9.99, "deeply"),
        (10.0, None),
        (13.1, None),
        (13.8, None),
        (13.81, "not rested"),
        (14.2, "not rested"),
        (15.0, "has it more cells?"),
        (26.4, "has it more cells?"),
        (float("nan"), "no reading"),
    ],
)
def test_each_window(open_v: float, word: str | None) -> None:
    objection = battery_objection("E1", "P1", open_v, shipped().start, just_charged=False)
    assert (objection is None) if word is None else (objection is not None and word in objection)


def test_a_battery_that_was_just_charged_may_still_stand_high_but_not_too_high() -> None:
    rules = shipped().start
    assert battery_objection("E1", "P1", 14.2, rules, just_charged=True) is None
    assert battery_objection("E1", "P1", 15.0, rules, just_charged=True) is not None


@pytest.mark.parametrize(
    ("celsius", "fine"), [(-0.1, False), (0.0, True), (45.0, True), (45.1, False), (float("nan"), False)]
)
def test_the_temperature_window(celsius: float, fine: bool) -> None:
    assert (temperature_objection("E1", celsius, shipped().safety) is None) is fine
