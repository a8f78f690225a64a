"""The wiring of a bank: full current, a fuse for each battery or string, an order in which nothing is shorted."""

import re
from math import pi

import pytest
from hypothesis import given, strategies as st

from benchctl.core.configuration import Configuration, kind
from benchctl.core.planning.cable import (
    CONTINUOUS_SHARE,
    FUSES_A,
    GAUGES,
    HEAVIEST,
    LOSS_SHARE,
    Cable,
    Gauge,
    cable_for,
    fuse_for,
)
from benchctl.core.planning.target import Impossible
from benchctl.core.planning.wiring import WiringSheet, wiring

HUNDRED = kind(4, 100.0, 100.0)


def sheet(series: int, parallel: int, *serials: str) -> WiringSheet:
    return wiring(Configuration(series, parallel, HUNDRED), serials, 2.0)


def test_four_hundred_ampere_batteries_in_parallel_are_wired_for_four_hundred_amperes() -> None:
    made = sheet(1, 4)
    assert made.bus_bar_a == 400
    assert made.main_fuse_a == 500
    assert made.main_cable.ampacity_a >= 500
    assert made.string_fuse_a == 125
    assert sum("fuse 125 A at the battery" in joint.by for joint in made.joints) == 4


def test_one_string_needs_no_fuse_but_the_main_one() -> None:
    made = sheet(4, 1)
    assert made.string_fuse_a is None
    assert made.main_fuse_a == 125


def test_every_battery_has_its_place_and_its_serial_number_string_by_string() -> None:
    made = sheet(2, 2, "A", "B", "C", "D")
    assert [[(seat.name, seat.serial) for seat in string] for string in made.strings] == [
        [("1.1", "A"), ("1.2", "B")],
        [("2.1", "C"), ("2.2", "D")],
    ]


def test_links_come_first_and_fused_positives_last() -> None:
    ends = [(joint.start, joint.end) for joint in sheet(2, 2).joints]
    assert ends == [
        ("1.1 positive", "1.2 negative"),
        ("2.1 positive", "2.2 negative"),
        ("1.1 negative", "negative bus bar"),
        ("2.1 negative", "negative bus bar"),
        ("1.2 positive", "positive bus bar"),
        ("2.2 positive", "positive bus bar"),
    ]


def test_the_main_fuse_goes_in_last_and_comes_out_first() -> None:
    made = sheet(4, 2)
    assert "the main fuse last" in made.connecting[-1]
    assert "fuses of the strings" in made.connecting[-2]
    assert "main fuse out" in made.disconnecting[0]


def test_the_charger_is_set_to_the_voltage_of_the_whole_string_by_a_profile_for_it() -> None:
    assert sheet(4, 2).settings[0].startswith("Charger: a LiFePO4 profile, 58.4 V;")


@given(st.floats(1, 2500), st.floats(0.1, 30), st.sampled_from((12.8, 25.6, 51.2)))
def test_a_cable_stands_what_its_fuse_lets_through_and_loses_little(
    current_a: float, run_m: float, volts: float
) -> None:
    fuse_a = fuse_for(current_a)
    try:
        cable = cable_for(current_a, fuse_a, run_m, volts)
    except Impossible as refused:
        assert HEAVIEST.loss_v(current_a, run_m) > LOSS_SHARE * volts
        (right_m,) = re.findall(r"Keep the run to ([\d.]+) m", str(refused))
        assert cable_for(current_a, fuse_a, float(right_m), volts)
        return
    assert current_a <= CONTINUOUS_SHARE * fuse_a + 1e-6
    assert fuse_a in FUSES_A
    assert cable.ampacity_a >= fuse_a
    assert cable.loss_v(current_a, run_m) <= LOSS_SHARE * volts


def test_where_no_cable_is_thick_enough_the_sheet_says_so_and_how_long_the_run_may_be() -> None:
    with pytest.raises(Impossible) as refused:
        wiring(Configuration(1, 4, HUNDRED), (), 100.0)
    assert str(refused.value) == (
        "No cable is thick enough: 400 A over 100 m lose 1.74 V even on 9 x 4/0 AWG (107 mm2), and at most 0.38 V "
        "(3 %) may be lost. Keep the run to 22 m, or take a higher voltage."
    )


def test_the_loss_of_a_cable_as_it_is_computed_by_hand() -> None:
    """Copper at 75 degrees: 0.0210 ohm mm2/m. 2 m there and 2 m back of 53 mm2 are 1.58 milliohm; at 100 A, 0.158 V."""
    (gauge,) = (each for each in GAUGES if each.awg == "1/0")
    assert Cable(gauge, 1).loss_v(100.0, 2.0) == pytest.approx(0.158, abs=0.001)
    assert Cable(gauge, 2).loss_v(100.0, 2.0) == pytest.approx(0.079, abs=0.001)


NAMES = ["14", "12", "10", "8", "6", "4", "2", "1", "1/0", "2/0", "3/0", "4/0"]
AMPACITY_A = [35, 45, 60, 80, 120, 160, 210, 245, 285, 330, 385, 445]
"""33 CFR 183.425, table 5: insulation for 105 degrees, outside engine spaces."""


def test_the_cables_are_those_of_the_table() -> None:
    assert {each.awg: each.ampacity_a for each in GAUGES} == dict(zip(NAMES, AMPACITY_A, strict=True))


@pytest.mark.parametrize("gauge", GAUGES, ids=lambda each: each.awg)
def test_the_cross_section_of_a_cable_is_that_of_its_american_gauge(gauge: Gauge) -> None:
    """ASTM B258: 0.127 mm across at number 36, and 92 times as much 39 numbers on; 2/0 is number -1."""
    number = 1 - int(gauge.awg.partition("/")[0]) if "/" in gauge.awg else int(gauge.awg)
    area_mm2 = pi / 4 * (0.127 * 92 ** ((36 - number) / 39)) ** 2
    assert 0.9 * area_mm2 <= gauge.area_mm2 <= 1.02 * area_mm2


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 300), st.floats(0.1, 20))
def test_every_sheet_carries_the_full_current_and_protects_every_cable(
    series: int, parallel: int, amperes: int, run_m: float
) -> None:
    made = Configuration(series, parallel, kind(4, 100.0, float(amperes)))
    try:
        found = wiring(made, (), run_m)
    except Impossible:
        return
    assert found.bus_bar_a >= parallel * amperes
    assert CONTINUOUS_SHARE * found.main_fuse_a >= parallel * amperes - 1e-6
    assert found.main_cable.ampacity_a >= found.main_fuse_a
    assert found.string_cable.ampacity_a >= (found.string_fuse_a or found.main_fuse_a)
    assert found.loss_v <= LOSS_SHARE * made.voltage_v
    assert len(found.joints) == parallel * (series - 1) + 2 * parallel
    assert sum("fuse" in joint.by for joint in found.joints) == (parallel if parallel > 1 else 0)
