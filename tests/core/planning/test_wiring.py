"""The wiring of a bank: full current, a fuse for each battery or string, an order in which nothing is shorted."""

from hypothesis import given, strategies as st

from benchctl.core.configuration import Configuration, kind
from benchctl.core.planning.cable import CONTINUOUS_SHARE, FUSES_A, LOSS_SHARE, cable_for, fuse_for
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


def test_the_charger_is_set_to_the_voltage_of_the_whole_string() -> None:
    assert "58.4 V" in sheet(4, 2).settings[0]


@given(st.floats(1, 2500), st.floats(0.1, 30), st.sampled_from((12.8, 25.6, 51.2)))
def test_a_cable_stands_what_its_fuse_lets_through_and_loses_little(
    current_a: float, run_m: float, volts: float
) -> None:
    fuse_a = fuse_for(current_a)
    cable = cable_for(current_a, fuse_a, run_m, volts)
    assert current_a <= CONTINUOUS_SHARE * fuse_a + 1e-6
    assert fuse_a in FUSES_A
    assert cable.ampacity_a >= fuse_a
    assert cable.loss_v(current_a, run_m) <= LOSS_SHARE * volts
