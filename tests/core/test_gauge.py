"""What meter and supply say of one battery: what may prove its voltage, and what its leads take."""

from dataclasses import replace

import pytest

from benchctl.core import messages as m
from benchctl.core.model import Regulation, Sense
from benchctl.core.run.gauge import Gauge
from benchctl.core.run.output import Power
from tests.core.stage import Stage
from tests.core.values import position, reading, seen


def test_the_proof_voltage_is_the_meters_with_the_permitted_drop() -> None:
    stage = Stage(replace(position(), lead_ohm=0.010)).up_to(Power.ON)
    stage.place.polled(12.0, seen(14.6, 2.0))
    stage.place.metered(12.5, reading(14.578, 12.5))
    stage.place.polled(13.0, seen(14.6, 2.0))
    stage.place.polled(27.6, seen(14.6, 2.0))
    proofs = [look.battery_v for look in stage.guest.looks]
    assert proofs[0] is None
    assert proofs[1] == pytest.approx(14.598)


def test_an_old_meter_reading_proves_nothing() -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.polled(12.0, seen(14.6, 2.0))
    stage.place.metered(12.5, reading(14.59, 12.5))
    for second in range(13, 30):
        stage.place.polled(second, seen(14.6, 2.0))
    assert [look.battery_v is None for look in stage.guest.looks] == [True] + [False] * 15 + [True] * 2


def test_a_look_from_before_the_raise_is_not_compared_with_the_meter() -> None:
    stage = Stage(replace(position(), sense=Sense.REMOTE)).up_to(Power.RAISING)
    stage.place.polled(11.0, seen(13.2, 0.0))
    stage.programmed()
    stage.place.metered(11.5, reading(13.6, 11.5))
    assert stage.alarms == []


def test_supply_and_meter_that_disagree() -> None:
    stage = Stage(replace(position(), sense=Sense.REMOTE)).up_to(Power.ON)
    stage.place.polled(12.0, seen(14.0, 5.0, Regulation.CC))
    stage.place.metered(12.5, reading(13.79, 12.5))
    stage.place.polled(13.0, seen(14.0, 5.0, Regulation.CC))
    stage.gives_up("back_check")


def test_a_lead_is_learned_told_and_learned_anew_for_the_next_battery() -> None:
    stage = Stage().up_to(Power.ON)
    for second in (12.0, 13.0, 14.0, 15.0):
        stage.place.polled(second, seen(14.0, 10.0, Regulation.CC))
        stage.place.metered(second, reading(13.9, second))
    (fact,) = stage.out.take()[1]
    assert isinstance(fact, m.LeadLearned)
    assert fact.resistance_ohm == pytest.approx(0.010)
    stage.place.hang("E2")
    assert not stage.place.lead.known
    assert stage.place.gauge.meter_v(15.0) is None


def test_a_meter_reading_says_nothing_any_more_after_fifteen_seconds() -> None:
    gauge = Gauge(False)
    gauge.metered(reading(13.2, 100.0))
    assert (gauge.meter_v(115.0), gauge.meter_v(115.1)) == (13.2, None)
    assert (gauge.seen(115.0), gauge.seen(115.1)) == (True, False)
