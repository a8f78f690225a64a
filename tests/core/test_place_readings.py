"""What a position makes of a reading: it counts, it is of no interest, it is told as a warning, or it ends all."""

from dataclasses import replace

import pytest

from benchctl.core import messages as m
from benchctl.core.model import ChannelRef, Regulation, Sense, Settings
from benchctl.core.run.output import Power
from tests.core.stage import Stage
from tests.core.values import position, reading, seen

OTHERS = Settings(15.0, 10.0, 14.8, 11.0)


@pytest.mark.parametrize(("amps", "looks", "missed"), [(-0.050, 1, 0), (-0.051, 0, 1)])
def test_a_current_out_of_the_battery_is_no_look_at_a_charge(amps: float, looks: int, missed: int) -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.polled(12.0, seen(14.6, amps, at_s=12.0))
    assert (len(stage.guest.looks), stage.guest.heard.count("missed")) == (looks, missed)


@pytest.mark.parametrize("power", [Power.PROGRAMMING, Power.SWITCHING_ON, Power.SOFT, Power.RAISING])
def test_set_points_that_are_about_to_be_changed_are_held_against_nothing(power: Power) -> None:
    stage = Stage().up_to(power)
    stage.place.settings_read(12.0, m.SettingsRead("P1", OTHERS))
    assert stage.alarms == []


def test_set_points_that_are_answered_after_an_off_are_held_against_nothing() -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.release(12.0)
    stage.place.settings_read(12.1, m.SettingsRead("P1", OTHERS))
    assert stage.alarms == []


def test_leads_that_are_far_worse_than_stated_end_the_charge_before_anything_else_is_made_of_the_look() -> None:
    stage = Stage(replace(position(), sense=Sense.LOCAL, lead_ohm=0.030)).up_to(Power.ON)
    for second in range(12, 15):
        assert stage.alarms == []
        stage.place.polled(second, seen(13.9, 6.0, Regulation.CC, at_s=second))
        stage.place.metered(second + 0.5, reading(13.9 - 6.0 * 0.055, second + 0.5))
    stage.place.polled(15.0, seen(13.9, 6.0, Regulation.CC, at_s=15.0))
    stage.gives_up("lead_hot")


@pytest.mark.parametrize(("celsius", "warnings"), [(40.0, []), (40.1, ["warm"])])
def test_a_warm_battery_is_told_before_its_charge_has_to_end(celsius: float, warnings: list[str]) -> None:
    stage = Stage(replace(position(), temperature=ChannelRef("scan1", 111))).up_to(Power.ON)
    stage.place.probed(12.0, reading(celsius, 12.0))
    assert (stage.warnings, stage.alarms) == (warnings, [])


@pytest.mark.parametrize(("late_s", "current_a"), [(20.0, 0.01), (20.1, None)])
def test_an_idle_supplys_current_is_known_for_as_long_as_two_looks(late_s: float, current_a: float | None) -> None:
    stage = Stage().up_to(Power.OFF)
    stage.place.polled(10.0, seen(13.2, 0.01, Regulation.OFF, on=False, at_s=10.0))
    assert stage.place.idle(10.0 + late_s).current_a == current_a


def test_nothing_is_known_of_an_idle_supply_that_was_never_looked_at() -> None:
    assert Stage().place.idle(0.0).current_a is None
