"""Rules of the guide that no other test holds by themselves."""

from dataclasses import replace
from statistics import mean

import pytest

from benchctl.core.configuration import Configuration, kind
from benchctl.core.mission import missing_ah
from benchctl.core.planning.advice import before_joining, no_tap, purpose
from benchctl.core.planning.cable import cable_for, fuse_for
from benchctl.core.planning.sizing import Option, options
from benchctl.core.planning.target import Limits, Target
from benchctl.core.planning.wiring import sizes, wiring
from benchctl.edge.procedurefile import DEFAULT, load_procedure
from benchctl.sim.fleet import scenario
from benchctl.sim.pack import Pack, PackSpec

TWELVE = kind(4, 100.0, 100.0)
USUAL = Limits(4, 4, "", "")


def best(target: Target, limits: Limits = USUAL) -> Option:
    return options(target, TWELVE, limits)[0]


@pytest.mark.parametrize(("amperes", "hours"), [(10, 20), (20, 10)])
def test_two_hundred_amp_hours_run_ten_amperes_for_twenty_hours(amperes: float, hours: float) -> None:
    found = best(Target(voltage_v=12, load_w=12.8 * amperes, hours=hours))
    assert found.configuration.amp_hours == 200
    assert found.lasts_h == pytest.approx(hours)


def test_many_in_parallel_are_allowed_with_a_warning() -> None:
    found = best(Target(voltage_v=12, amp_hours=1600), Limits(4, 16, "", ""))
    assert found.configuration.parallel == 16
    assert "More in parallel is more wiring and fusing" in " ".join(found.warnings)


def test_what_the_pictures_show() -> None:
    big = kind(4, 460.0, 250.0)
    assert (Configuration(2, 1, big).voltage_v, Configuration(2, 1, big).amp_hours) == (25.6, 460)
    assert wiring(Configuration(2, 1, big), (), 2.0).string_cable.gauge.awg in ("2/0", "3/0", "4/0")
    assert wiring(Configuration(1, 2, big), (), 2.0).main_cable.gauge.awg in ("2/0", "3/0", "4/0")


def test_the_same_load_draws_a_quarter_of_the_current_at_four_times_the_voltage_by_thinner_cable() -> None:
    twelve, high = (best(Target(voltage_v=volts, load_w=2000, hours=1)) for volts in (12, 48))
    assert twelve.load_a is not None
    assert high.load_a == pytest.approx(twelve.load_a / 4)
    cables = [cable_for(load_a, fuse_for(load_a), 2.0, volts) for load_a, volts in ((twelve.load_a, 12.8), (40, 51.2))]
    assert cables[1].gauge.area_mm2 < cables[0].gauge.area_mm2
    heat_w = [load_a * cables[0].loss_v(load_a, 2.0) for load_a in (twelve.load_a, twelve.load_a / 4)]
    assert heat_w[1] == pytest.approx(heat_w[0] / 16)


def test_batteries_arrive_at_about_thirty_percent_and_not_all_alike() -> None:
    arrived = [each.soc for each in scenario("matched", 1, 8, 100.0)]
    assert mean(arrived) == pytest.approx(0.30, abs=0.05)
    assert len(set(arrived)) > 1
    assert missing_ah(100.0, None) == pytest.approx(70.0)


def test_thirty_beside_thirty_five_percent_stays_so_and_the_fuller_one_opens_the_string() -> None:
    emptier, fuller = Pack(PackSpec(soc=0.30)), Pack(PackSpec(soc=0.35))
    while not (emptier.bms_open or fuller.bms_open):
        for pack in (emptier, fuller):
            pack.step(20.0, 10.0)
    assert fuller.bms_open
    assert not emptier.bms_open
    assert fuller.soc - emptier.soc == pytest.approx(0.05, abs=0.005)


@pytest.mark.parametrize("amperes", [80, 120])
def test_usual_cables_of_a_twelve_volt_system(amperes: float) -> None:
    assert cable_for(amperes, fuse_for(amperes), 1.5, 12.8).gauge.awg in ("4", "2")


def test_two_six_volt_batteries_in_series_have_the_amp_hours_of_one() -> None:
    made = Configuration(2, 1, kind(2, 300.0, 300.0))
    assert (made.voltage_v, made.amp_hours) == (12.8, 300)


def test_the_default_procedure_is_the_guides() -> None:
    procedure = load_procedure(DEFAULT)
    assert procedure.charge.voltage_v == 14.6
    assert (procedure.rest.min_s, procedure.rest.max_s) == (2 * 3600, 4 * 3600)
    assert procedure.match.spread_v == 0.1


@pytest.mark.parametrize(
    "words",
    [
        "Every string identical: same number, brand, model, and age if possible",
        "charged to full alone (or in a parallel group), rests 2 to 4 h and is within 0.1 V",
        "In series they cannot share charge",
        "Inverter and charge controller must be for 48 V: their input decides",
        "No external BMS: each battery has its own. (Bare cells would need one.)",
        "Never take 12 V from one battery of a string: use a DC-DC converter",
        "A fuse on the positive lead of every string",
    ],
)
def test_what_a_bank_in_series_is_told(words: str) -> None:
    assert words in " ".join(before_joining(Configuration(4, 2, TWELVE)))


@pytest.mark.parametrize(
    "words",
    [
        "Charge them all to full first. Parallel equalizes by itself",
        "If one BMS disconnects, the others go on",
        "A fuse on the positive lead of every battery",
    ],
)
def test_what_a_bank_in_parallel_is_told(words: str) -> None:
    assert words in " ".join(before_joining(Configuration(1, 4, TWELVE)))


@pytest.mark.parametrize(("series", "fused"), [(1, "every battery"), (2, "every string")])
def test_every_battery_side_by_side_has_a_fuse_and_every_string_one(series: int, fused: str) -> None:
    sheet = wiring(Configuration(series, 3, TWELVE), (), 2.0)
    assert f"positive lead of {fused}" in next(sizes(sheet))
    assert ("in a short, the others would feed the fault" in next(sizes(sheet))) is (series == 1)
    assert sum("fuse" in joint.by for joint in sheet.joints) == 3


@pytest.mark.parametrize(
    ("series", "words"), [(1, "RVs, vans, boats"), (2, "off-grid cabins and homes"), (4, "whole-home solar")]
)
def test_what_each_system_is_for(series: int, words: str) -> None:
    told = purpose(Configuration(series, 1, replace(TWELVE, amp_hours=200)))
    assert told is not None
    assert words in told


@pytest.mark.parametrize(
    "words",
    [
        "Never tap 12 V from part of a 24 V string, whatever the chemistry.",
        "The tapped battery is drained and the others are not; in series they cannot share, so it grows with every ",
        "until its BMS takes the whole string off line",
        "Use a DC-DC converter from 24 V down to 12 V: all batteries then share the load equally.",
    ],
)
def test_what_a_tap_is_told(words: str) -> None:
    assert words in no_tap(12.0, Configuration(2, 1, TWELVE))
