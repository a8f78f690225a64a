"""Every safety limit: just inside, just outside, not a number, and its delay."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from benchctl.core.model import Regulation, SupplySample
from benchctl.core.run.faults import FAULTS
from benchctl.core.run.limits import Armed, Breach, SafetyWatch
from benchctl.core.run.offwatch import OffWatch
from benchctl.core.run.pair import Pair, Seen
from tests.core.values import SUPPLY, absent, reading, seen, shipped

NAN = float("nan")
RULES = shipped().safety
ARMED = Armed(set_v=14.6, set_a=10.0, amp_hours=50.0, full=True)
CV, CC, OFF = Regulation.CV, Regulation.CC, Regulation.OFF


def watch(armed: Armed = ARMED) -> SafetyWatch:
    return SafetyWatch(RULES, armed, 0.0)


def faults(breaches: Iterator[Breach]) -> list[str]:
    found = [breach.fault for breach in breaches]
    assert all(fault in FAULTS for fault in found)
    return found


def over(seconds: int, feed: Callable[[float], Iterator[Breach]]) -> tuple[int | None, list[str]]:
    """When something breaches first, fed once a second, and what."""
    for second in range(seconds + 1):
        if found := faults(feed(float(second))):
            return second, found
    return None, []


# ---------------------------------------------------------------- voltage


@pytest.mark.parametrize(
    ("volts", "when"), [(14.75, None), (14.751, 2), (15.0, 2), (15.001, 0), (NAN, 0), (float("inf"), 0)]
)
def test_over_voltage_trips_after_its_delay_or_at_once(volts: float, when: int | None) -> None:
    one = watch()
    assert over(60, lambda at_s: one.volts(at_s, "meter", volts))[0] == when


def test_an_over_voltage_that_ends_in_between_starts_its_delay_again() -> None:
    one = watch()
    seen_v = [14.8, 14.8, 14.7, 14.8, 14.8]
    assert [faults(one.volts(second, "meter", volts)) for second, volts in enumerate(seen_v)] == [[]] * 5
    assert faults(one.volts(5, "meter", 14.8)) == ["over_voltage"]


def test_supply_and_meter_are_watched_apart() -> None:
    one = watch()
    assert not faults(one.volts(0, "meter", 14.8))
    assert not faults(one.volts(1, "supply", 14.8))
    assert not faults(one.volts(2, "supply", 14.8))
    assert faults(one.volts(2, "meter", 14.8)) == ["over_voltage"]


# ---------------------------------------------------------------- current


@pytest.mark.parametrize(("amps", "what"), [(11.01, None), (11.02, "over_current"), (NAN, "over_current")])
def test_over_current_takes_two_looks(amps: float, what: str | None) -> None:
    one = watch()
    when, found = over(9, lambda at_s: one.look(at_s, 14.0, 14.0, amps, CC))
    assert (when, found[:1]) == ((1, [what]) if what else (None, []))


@pytest.mark.parametrize(("amps", "trips"), [(-0.05, False), (-0.051, True)])
def test_reverse_current_takes_two_looks(amps: float, trips: bool) -> None:
    one = watch()
    when, found = over(9, lambda at_s: one.look(at_s, 14.6, 14.6, amps, CV))
    assert (when, found) == ((1, ["reverse_current"]) if trips else (None, []))


# ---------------------------------------------------------------- silence


def test_silence_trips_after_three_seconds() -> None:
    one = watch()
    assert not faults(one.look(2.0, 14.0, 14.0, 5.0, CC))
    assert not faults(one.silence(5.0))
    assert faults(one.silence(5.01)) == ["silent"]


def test_a_look_that_comes_too_late_is_no_sign_of_life() -> None:
    one = watch()
    assert faults(one.look(3.0, 14.0, 14.0, 5.0, CC)) == []
    assert faults(one.look(6.1, 14.0, 14.0, 5.0, CC))[0] == "silent"


# ---------------------------------------------------------------- sag, fall, rise


@pytest.mark.parametrize(
    ("volts", "regulation", "when"), [(14.55, CV, None), (14.549, CV, 10), (NAN, CV, 0), (13.0, CC, None)]
)
def test_sag_in_cv(volts: float, regulation: Regulation, when: int | None) -> None:
    one = watch()
    assert over(20, lambda at_s: one.look(at_s, volts, 14.0 if volts == volts else volts, 9.5, regulation))[0] == when


@pytest.mark.parametrize(("fall_v", "trips"), [(0.0299, False), (0.0301, True)])
def test_a_voltage_that_falls_in_cc(fall_v: float, trips: bool) -> None:
    one = watch()
    when, found = over(60, lambda at_s: one.look(at_s, 13.5 - fall_v * (at_s >= 50), 13.5, 10.0, CC))
    assert (when, found) == ((50, ["voltage_fell"]) if trips else (None, []))


def test_a_slow_fall_in_cc_is_not_one_within_a_minute() -> None:
    one = watch()
    assert over(600, lambda at_s: one.look(at_s, 13.5 - 0.0004 * at_s, 13.0, 10.0, CC)) == (None, [])


@pytest.mark.parametrize("volts", [13.0, 14.56])
def test_a_battery_that_collapses_takes_the_supply_out_of_cv(volts: float) -> None:
    one = watch()
    assert faults(one.look(1.0, 14.6, 14.6, 9.0, CV)) == []
    assert faults(one.look(2.0, volts, volts, 10.0, CC)) == ["voltage_fell"]


def test_what_an_open_circuit_shows_is_not_the_batterys_voltage() -> None:
    one = watch()
    assert faults(one.look(1.0, 14.6, 14.6, 0.0, CV)) == []
    assert faults(one.look(2.0, 13.8, 13.8, 10.0, CC)) == []


def test_a_current_at_no_voltage_is_a_short() -> None:
    one = watch()
    assert faults(one.look(1.0, 5.0, 5.0, 10.0, CC)) == []
    assert faults(one.look(2.0, 4.999, 4.999, 10.0, CC)) == ["voltage_fell"]


@pytest.mark.parametrize(
    ("amps", "regulation", "when"), [(0.5, OFF, 10), (0.499, OFF, None), (9.9, OFF, 10), (NAN, OFF, 1), (9.9, CC, None)]
)
def test_a_current_that_flows_while_nothing_is_held(amps: float, regulation: Regulation, when: int | None) -> None:
    one = watch()
    assert over(20, lambda at_s: one.look(at_s, 13.4, 13.4, amps, regulation))[0] == when


def test_a_flag_that_is_lost_for_a_moment_is_no_fault() -> None:
    one = watch()
    flags = [OFF] * 10 + [CC] + [OFF] * 10
    assert [faults(one.look(second, 13.4, 13.4, 9.9, flag)) for second, flag in enumerate(flags)] == [[]] * 21


@pytest.mark.parametrize(("amps", "when"), [(9.0, None), (8.999, 10), (NAN, 1)])
def test_cc_that_gives_less_than_is_set(amps: float, when: int | None) -> None:
    one = watch()
    assert over(20, lambda at_s: one.look(at_s, 14.0, 14.0, amps, CC))[0] == when


@pytest.mark.parametrize(("rise_a", "trips"), [(0.49, False), (0.51, True)])
def test_a_current_that_rises_again_in_cv(rise_a: float, trips: bool) -> None:
    """0.01 C of 50 Ah is the largest of the three allowances here, above 2 A."""
    one = watch()
    when, found = over(300, lambda at_s: one.look(at_s, 14.6, 14.6, 2.0 + rise_a * (at_s >= 100), CV))
    assert (when, found) == ((160, ["current_rose"]) if trips else (None, []))


def test_below_the_charge_voltage_a_current_may_rise() -> None:
    one = watch(replace(ARMED, set_v=14.4, full=False))
    assert over(300, lambda at_s: one.look(at_s, 14.4, 14.4, 0.1 + 0.005 * at_s, CV)) == (None, [])


def test_a_new_set_point_starts_the_trends_again() -> None:
    one = watch()
    assert over(60, lambda at_s: one.look(at_s, 14.6, 14.6, 1.0, CV)) == (None, [])
    one.rearm(ARMED)
    assert not [s for s in range(61, 200) if faults(one.look(s, 14.6, 14.6, 9.0, CV))]


# ---------------------------------------------------------------- leads, back-check, temperature


@pytest.mark.parametrize(
    ("ohm", "amps", "trips"),
    [
        (0.050, 2.0, False),
        (0.0501, 2.0, True),
        (0.079, 10.0, True),
        (0.045, 13.4, True),
        (0.045, 13.3, False),
        (NAN, 1.0, True),
    ],
)
def test_leads_take_two_pairs(ohm: float, amps: float, trips: bool) -> None:
    one = watch()
    assert not faults(one.lead(ohm, amps))
    assert faults(one.lead(ohm, amps)) == (["lead_hot"] if trips else [])


@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize(("apart_v", "when"), [(0.05, None), (0.051, 10), (0.2, 10), (0.201, 0), (NAN, 0)])
def test_supply_against_meter(sign: float, apart_v: float, when: int | None) -> None:
    one = watch()
    assert over(30, lambda at_s: one.back_check(at_s, 0.0, sign * apart_v))[0] == when


@pytest.mark.parametrize(("above_v", "trips"), [(-1.2, False), (0.199, False), (0.201, True), (1.4, True), (NAN, True)])
def test_a_supply_that_holds_more_than_the_battery_has_while_nothing_flows(above_v: float, trips: bool) -> None:
    looks = Seen(0.0, 13.2 + above_v, 0.0), Seen(1.0, 13.2 + above_v, 0.3)
    found = list(watch().open_lead(Pair(*looks, 0.5, 13.2)))
    assert [breach.fault for breach in found] == (["back_check"] if trips else [])
    assert all("0.300 A flow: a power lead is open." in breach.text for breach in found)


@pytest.mark.parametrize(("celsius", "trips"), [(0.0, False), (-0.1, True), (45.0, False), (45.1, True), (NAN, True)])
def test_the_temperature_window(celsius: float, trips: bool) -> None:
    assert bool(faults(watch().temperature(0.0, celsius, None))) is trips


@pytest.mark.parametrize(("beside_c", "trips"), [(20.0, False), (19.9, True), (None, False), (NAN, True)])
def test_a_battery_far_above_its_surroundings(beside_c: float | None, trips: bool) -> None:
    assert faults(watch().temperature(0.0, 35.0, beside_c)) == (["warming"] if trips else [])


@pytest.mark.parametrize(("k_per_min", "trips"), [(0.9, False), (1.3, True)])
def test_a_battery_that_warms_fast(k_per_min: float, trips: bool) -> None:
    one = watch()
    found = [fault for s in range(0, 181, 10) for fault in faults(one.temperature(s, 20.0 + k_per_min * s / 60, None))]
    assert bool(found) is trips


# ---------------------------------------------------------------- while off


def look(on: bool, amps: float) -> SupplySample:
    return seen(14.6, amps, Regulation.OFF, on).sample


def test_an_output_that_is_on_and_should_be_off() -> None:
    assert faults(OffWatch(RULES, SUPPLY, None, 0.0).look(look(True, 0.0), None)) == ["off_not_proven"]


@pytest.mark.parametrize(
    ("amps", "meter_v", "set_v", "lies"),
    [
        (0.021, 14.56, 14.6, True),
        (0.020, 14.56, 14.6, False),
        (5.0, 14.54, 14.6, False),
        (5.0, None, 14.6, False),
        (5.0, 14.56, None, False),
    ],
)
def test_an_output_that_only_says_off(amps: float, meter_v: float | None, set_v: float | None, lies: bool) -> None:
    one = OffWatch(RULES, SUPPLY, set_v, 0.0)
    assert faults(one.look(look(False, amps), meter_v)) == []
    assert faults(one.look(look(False, amps), meter_v)) == (["off_not_proven"] if lies else [])


def test_an_absent_current_is_no_current_that_flows() -> None:
    one = OffWatch(RULES, SUPPLY, 14.6, 0.0)
    sample = SupplySample(reading(14.6), absent(), Regulation.OFF, False)
    assert [faults(one.look(sample, 14.6)) for _ in range(3)] == [[], [], []]


@pytest.mark.parametrize(("volts", "set_v", "trips"), [(14.75, 14.6, False), (14.76, 14.6, True), (26.0, None, False)])
def test_nothing_drives_the_battery_higher_after_an_off(volts: float, set_v: float | None, trips: bool) -> None:
    assert faults(OffWatch(RULES, SUPPLY, set_v, 0.0).volts(1.0, volts)) == (["over_voltage"] if trips else [])


def test_a_battery_that_is_let_go_falls_and_is_left_alone() -> None:
    one = OffWatch(RULES, SUPPLY, 14.6, 0.0)
    assert [faults(one.volts(s, 13.5 + 1.1 * 0.5 ** (s / 60))) for s in range(0, 3600, 10)] == [[]] * 360


def test_a_battery_that_is_still_held_up_after_ten_minutes_is_not_let_go() -> None:
    one = OffWatch(RULES, SUPPLY, 14.6, 0.0)
    assert over(900, lambda at_s: one.volts(at_s, 14.56)) == (602, ["off_not_proven"])


def test_a_battery_that_rises_again_is_being_charged() -> None:
    one = OffWatch(RULES, SUPPLY, 14.6, 0.0)
    assert over(60, lambda at_s: one.volts(at_s, 14.4 + 0.09 * min(max(0, at_s - 29), 2))) == (32, ["off_not_proven"])


def test_a_battery_that_was_let_go_does_not_rise_at_once() -> None:
    one = OffWatch(RULES, SUPPLY, 14.6, 0.0)
    for at_s, volts in ((10.0, 14.2), (20.0, 13.6), (30.0, 13.699)):
        assert faults(one.volts(at_s, volts)) == []
    assert faults(one.volts(40.0, 13.8)) == ["driven"]


def test_what_was_never_charged_may_be_hung_there() -> None:
    one = OffWatch(RULES, SUPPLY, None, 0.0)
    assert [faults(one.volts(10.0 * turn, volts)) for turn, volts in enumerate((0.0, 13.3))] == [[], []]
