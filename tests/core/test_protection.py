"""Which protections go with a set point, and whether the supply still holds them."""

from dataclasses import replace

import pytest

from benchctl.core.dialect.egress import Envelope
from benchctl.core.mission import charge_current_a
from benchctl.core.model import Ocp, Settings
from benchctl.core.run.protection import changed, envelope, ovp_strong, protected
from tests.core.values import SUPPLY, mission, shipped

HELD = Settings(14.6, 10.0, 14.8, 11.0)


def test_the_ovp_belongs_to_the_charge_voltage_even_in_the_soft_start() -> None:
    assert protected(13.1, 10.0, 0.0, SUPPLY, shipped()) == Settings(13.1, 10.0, 14.8, 11.0)


@pytest.mark.parametrize(("drop_v", "ovp_v"), [(0.0, 14.8), (0.08, 14.88), (0.2, 15.0), (0.5, 15.0)])
def test_the_lead_drop_raises_the_ovp_up_to_its_cap(drop_v: float, ovp_v: float) -> None:
    assert protected(14.6, 10.0, drop_v, SUPPLY, shipped()).ovp_v == pytest.approx(ovp_v)


def test_an_ocp_that_trips_in_cc_is_never_armed() -> None:
    for kind in (Ocp.TRIPS_IN_CC, Ocp.NONE):
        assert protected(14.6, 10.0, 0.0, replace(SUPPLY, ocp=kind), shipped()).ocp_a is None


@pytest.mark.parametrize(("current_a", "ocp_a"), [(2.3, 3.6), (3.6 / 1.1, 3.6), (10.0, 11.0), (39.0, 39.6)])
def test_an_ocp_that_cannot_be_set_so_low_is_the_least_that_can(current_a: float, ocp_a: float) -> None:
    coarse = replace(SUPPLY, ocp_min_a=3.6, ocp_max_a=39.6)
    assert protected(12.2, current_a, 0.0, coarse, shipped()).ocp_a == pytest.approx(ocp_a)


def test_a_supply_without_ovp_has_none() -> None:
    assert protected(14.6, 10.0, 0.0, replace(SUPPLY, ovp_min_v=None, ovp_max_v=None), shipped()).ovp_v is None


@pytest.mark.parametrize(
    ("low_v", "high_v", "strong"),
    [(0.01, 22.0, True), (14.79, 14.81, True), (14.81, 22.0, False), (0.01, 14.79, False), (None, None, False)],
)
def test_a_strong_ovp_can_be_put_where_it_is_needed(low_v: float | None, high_v: float | None, strong: bool) -> None:
    assert ovp_strong(replace(SUPPLY, ovp_min_v=low_v, ovp_max_v=high_v), shipped()) is strong


@pytest.mark.parametrize(
    ("theirs", "what"),
    [
        (HELD, None),
        (replace(HELD, voltage_v=14.614), None),
        (replace(HELD, voltage_v=14.616), "voltage setting"),
        (replace(HELD, voltage_v=float("nan")), "voltage setting"),
        (replace(HELD, current_a=9.98), "current setting"),
        (replace(HELD, ovp_v=None), "over-voltage protection"),
        (replace(HELD, ovp_v=15.5), "over-voltage protection"),
        (replace(HELD, ocp_a=None), "over-current protection"),
    ],
)
def test_a_set_point_that_is_no_longer_ours_is_seen(theirs: Settings, what: str | None) -> None:
    change = changed(HELD, theirs)
    assert (None if change is None else change.what) == what


def test_a_protection_that_was_never_asked_for_is_not_missed() -> None:
    assert changed(replace(HELD, ovp_v=None, ocp_a=None), HELD) is None


def test_the_envelope_is_the_most_that_any_charge_of_its_queue_needs() -> None:
    assert envelope(mission(3, 2), "P1") == Envelope(14.6, 10.0, 15.0, 11.0, None)


def test_a_group_may_draw_what_all_of_it_needs() -> None:
    given = mission(2, 1)
    grouped = tuple(replace(one, group="A") for one in given.bank.batteries)
    strong = replace(SUPPLY, max_current_a=40.0)
    given = replace(given, bank=replace(given.bank, series=1, parallel=2, batteries=grouped), supplies={"P1": strong})
    assert envelope(given, "P1").current_a == charge_current_a(given, grouped, "P1") > 10.0
