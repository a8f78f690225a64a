"""Batteries that are still joined when they hang at two positions (row W15): what each of them truly got."""

from dataclasses import replace

import pytest

from benchctl.core import messages as m
from benchctl.core.model import Verdict
from benchctl.sim.pack import PackSpec
from tests.faults.stage import LONGEST_S, START, FaultNight, usual_specs

PULSE_AH = 2.5 * 10.0 / 3600.0
"""A pulse is 0.05 C, and over in ten seconds."""

SOON_S = 400.0
"""Everybody has been on trial by then."""


def joined(specs: tuple[PackSpec, ...], knob: str = "link.left", span_s: float = SOON_S) -> FaultNight:
    return FaultNight([knob], START, specs=specs, span_s=span_s).run()


def given_ah(night: FaultNight, *places: str) -> float:
    units = [night.sim.places[name].unit for name in places]
    return sum(unit.pack.delivered_ah for unit in units if unit is not None)


def latched(night: FaultNight) -> list[tuple[str, str | None]]:
    return [(body.fault, body.position) for _, body in night.bodies() if isinstance(body, m.AlarmRaised)]


@pytest.mark.parametrize("socs", [(0.93, 0.93), (0.93, 0.6), (0.6, 0.93), (0.93, 0.3), (0.93, 0.05), (0.05, 0.93)])
def test_two_that_are_joined_get_one_pulse_however_unlike_they_are(socs: tuple[float, float]) -> None:
    one, two = usual_specs(1)
    night = joined((replace(one, soc=socs[0]), replace(two, soc=socs[1])), span_s=LONGEST_S)
    assert latched(night) == [("wrong_battery", "P1"), ("wrong_battery", "P2")]
    assert 0.0 < given_ah(night, "P1", "P2") < PULSE_AH
    assert night.verdict is not None
    assert night.verdict.verdict is Verdict.TRIPPED


@pytest.mark.parametrize(("knob", "pair"), [("link.left", ("P1", "P2")), ("link.left/P2", ("P2", "P3"))])
def test_the_others_of_a_bench_are_charged_and_the_joined_ones_are_not(knob: str, pair: tuple[str, str]) -> None:
    night = joined(usual_specs(1, count=4), knob)
    assert latched(night) == [("wrong_battery", name) for name in pair]
    assert given_ah(night, *pair) < PULSE_AH
    charged = {name for name in night.sim.places if night.sim.truth(name).output_on}
    assert charged == {"P1", "P2", "P3", "P4"} - set(pair)
