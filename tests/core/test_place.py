"""A position on its way up and down: what it orders, what it believes, and what makes it give up."""

from dataclasses import replace

import pytest

from benchctl.core import messages as m
from benchctl.core.model import ChannelRef, Regulation, Sense, Settings, SupplySample
from benchctl.core.run.limits import Breach
from benchctl.core.run.output import Power
from tests.core.stage import Stage
from tests.core.values import absent, position, reading, seen, unseen

START = Settings(13.2, 10.0, 14.8, 11.0)
TARGET = Settings(14.6, 10.0, 14.8, 11.0)


# ---------------------------------------------------------------- the way up


def test_up_it_goes_in_three_steps_each_after_the_answer_to_the_last() -> None:
    stage = Stage()
    stage.place.energise(stage.guest, 13.2, 14.6, 10.0)
    assert stage.orders() == [m.Program("P1", START)]
    stage.programmed()
    assert stage.orders() == [m.SwitchOn("P1", START)]
    stage.place.switched_on(0.0)
    for second in range(1, 10):
        stage.place.polled(second, seen(13.2, 0.0))
        stage.place.tick(second)
        assert stage.orders() == []
    stage.place.tick(10.0)
    assert stage.orders() == [m.Program("P1", TARGET)]
    assert stage.guest.heard == []
    stage.programmed()
    assert stage.guest.heard == ["powered"]
    assert stage.place.power is Power.ON


def test_the_start_is_never_above_the_target() -> None:
    stage = Stage()
    stage.place.energise(stage.guest, 14.5, 14.2, 2.5)
    (order,) = stage.orders()
    assert isinstance(order, m.Program)
    assert order.settings.voltage_v == 14.2


def test_the_soft_start_is_not_left_without_a_look() -> None:
    stage = Stage()
    stage.place.energise(stage.guest, 13.2, 14.6, 10.0)
    stage.programmed()
    stage.place.switched_on(8.0)
    stage.orders()
    stage.place.tick(10.5)
    assert stage.orders() == []


def test_looks_reach_the_tenant_only_at_the_target() -> None:
    stage = Stage().up_to(Power.RAISING)
    stage.place.polled(11.0, seen(14.0, 5.0))
    assert stage.guest.looks == []
    stage.programmed()
    stage.place.polled(12.0, seen(14.0, 5.0))
    assert [look.current_a for look in stage.guest.looks] == [5.0]


@pytest.mark.parametrize("power", [Power.PROGRAMMING, Power.SWITCHING_ON, Power.RAISING])
def test_an_order_that_fails_on_the_way_up_latches(power: Power) -> None:
    stage = Stage().up_to(power)
    stage.place.failed(12.0, Breach("setting_refused", None, None, "no"))
    assert stage.orders() == [m.SwitchOff("P1")]
    assert stage.alarms == stage.guest.heard[-1:] == ["setting_refused"]
    assert stage.place.latched


@pytest.mark.parametrize("power", [Power.PROGRAMMING, Power.SWITCHING_ON, Power.RAISING])
def test_the_same_failure_after_an_off_is_nobodys_business(power: Power) -> None:
    stage = Stage().up_to(power)
    stage.place.release(12.0)
    stage.place.failed(12.0, Breach("wire_failed", None, None, "given up: OFF was ordered after it"))
    stage.place.switched_off(12.1, True, "")
    stage.place.failed(12.2, Breach("wire_failed", None, None, "late"))
    assert (stage.alarms, stage.place.latched, stage.guest.heard[-1]) == ([], False, "off")


def test_a_pulse_that_cannot_be_set_latches() -> None:
    stage = on_trial(Power.STARTING_PULSE)
    stage.place.failed(12.0, Breach("setting_refused", None, None, "no"))
    stage.gives_up("setting_refused")


@pytest.mark.parametrize("power", [Power.PROGRAMMING, Power.SWITCHING_ON, Power.RAISING])
def test_a_late_answer_switches_nothing_on_after_an_off(power: Power) -> None:
    stage = Stage().up_to(power)
    stage.place.release(12.0)
    stage.orders()
    stage.programmed()
    stage.place.switched_on(12.0)
    assert stage.orders() == []
    assert stage.place.power is Power.SWITCHING_OFF


# ---------------------------------------------------------------- the pulse


def on_trial(power: Power) -> Stage:
    stage = Stage()
    stage.place.on_trial = True
    return stage.up_to(power)


def test_on_trial_no_more_than_a_pulse_flows_until_it_is_over() -> None:
    stage = Stage()
    stage.place.on_trial = True
    stage.place.energise(stage.guest, 13.2, 14.6, 10.0)
    assert stage.orders() == [m.Program("P1", Settings(13.2, 2.5, 14.8, 2.75))]
    stage = on_trial(Power.STARTING_PULSE)
    assert stage.place.output.present == Settings(14.6, 2.5, 14.8, 2.75)
    stage.programmed()
    for second in range(12, 40):
        stage.place.polled(second, seen(13.3, 2.5, Regulation.CC, at_s=second))
        stage.place.metered(second, reading(13.25, second))
        stage.place.tick(second)
    assert (stage.place.power, stage.orders()) == (Power.PULSE, [])
    stage.place.acquit()
    assert stage.orders() == [m.Program("P1", TARGET)]
    stage.programmed()
    assert (stage.place.power, stage.guest.heard, stage.alarms) == (Power.ON, ["powered"], [])


def test_a_step_that_needs_less_than_the_pulse_keeps_its_own_current() -> None:
    stage = Stage()
    stage.place.on_trial = True
    stage.place.energise(stage.guest, 13.2, 14.6, 2.0)
    (order,) = stage.orders()
    assert isinstance(order, m.Program)
    assert order.settings.current_a == 2.0


def test_what_is_seen_at_the_pulse_reaches_the_tenant_as_a_pulse() -> None:
    """Its lead is not learned at it, and supply and meter that disagree are not compared."""
    stage = on_trial(Power.PULSE)
    for second in range(12, 30):
        stage.place.metered(second - 0.5, reading(14.2, second - 0.5))
        stage.place.polled(second, seen(14.6, 1.5, at_s=second))
    assert (len(stage.guest.pulses), stage.guest.looks, stage.guest.heard) == (18, [], [])
    assert (stage.alarms, stage.warnings, stage.place.lead.known) == ([], [], False)


def test_a_current_that_rises_at_the_pulse_is_no_fault() -> None:
    stage = on_trial(Power.PULSE)
    for second in range(12, 120):
        stage.place.metered(second, reading(14.55, second))
        stage.place.polled(second, seen(14.6, 0.5 if second < 20 else 2.4, at_s=second))
    assert stage.alarms == []


@pytest.mark.parametrize(
    ("look", "fault"),
    [
        (seen(15.1, 2.5, Regulation.CC), "over_voltage"),
        (seen(13.4, 0.0, Regulation.OFF, on=False), "output_lost"),
        (seen(4.0, 2.5, Regulation.CC), "voltage_fell"),
    ],
)
def test_at_the_pulse_the_safety_limits_are_watched(look: m.Polled, fault: str) -> None:
    stage = on_trial(Power.PULSE)
    stage.place.polled(12.0, look)
    stage.gives_up(fault)


def test_more_current_than_the_pulse_is_too_much() -> None:
    stage = on_trial(Power.PULSE)
    for second in (12.0, 13.0):
        stage.place.polled(second, seen(13.3, 3.0, Regulation.CC, at_s=second))
    stage.gives_up("over_current")


def test_an_acquittal_in_the_charge_changes_nothing() -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.acquit()
    assert (stage.place.power, stage.orders()) == (Power.ON, [])


# ---------------------------------------------------------------- the way down


def test_an_off_is_repeated_until_it_is_proven() -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.release(20.0)
    stage.orders()
    for second in (20.5, 21.0, 21.5, 22.0):
        stage.place.tick(second)
    assert stage.orders() == [m.SwitchOff("P1")] * 2
    stage.place.switched_off(22.1, True, "")
    stage.place.tick(25.0)
    assert stage.orders() == []
    assert stage.place.off_proven
    assert not stage.place.energised


def test_one_off_without_proof_is_repeated_in_silence_two_are_an_alarm() -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.release(20.0)
    stage.place.switched_off(20.1, False, "timeout")
    assert (stage.alarms, stage.place.latched) == ([], False)
    stage.place.tick(21.1)
    stage.place.switched_off(21.2, False, "timeout")
    assert (stage.alarms, stage.place.latched, stage.place.off_proven) == (["off_not_proven"], True, False)
    assert "off" not in stage.guest.heard


def test_a_battery_whose_output_stays_on_for_five_minutes_is_no_longer_waited_for() -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.release(20.0)
    for second in range(21, 320):
        stage.place.switched_off(second, False, "the output answers on after two OFFs")
        stage.place.tick(second)
    assert "off_not_proven" not in stage.guest.heard
    stage.place.switched_off(320.0, False, "the output answers on after two OFFs")
    assert stage.guest.heard[-1] == "off_not_proven"
    stage.orders()
    stage.place.tick(321.0)
    assert stage.orders() == [m.SwitchOff("P1")]


def test_a_proof_that_is_taken_back_is_no_proof() -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.release(20.0)
    stage.place.switched_off(20.1, True, "")
    stage.place.switched_off(20.2, False, "it is on after all")
    assert not stage.place.off_proven
    stage.orders()
    stage.place.tick(21.3)
    assert stage.orders() == [m.SwitchOff("P1")]


def test_releasing_twice_tells_the_tenant_once() -> None:
    stage = Stage().up_to(Power.ON)
    for _ in range(2):
        stage.place.release(20.0)
    for _ in range(2):
        stage.place.switched_off(20.1, True, "")
    assert stage.guest.heard.count("off") == 1
    assert stage.place.tenant is None


def test_an_old_off_answer_proves_nothing_on_the_way_up() -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.switched_off(20.0, True, "")
    assert stage.place.power is Power.ON
    assert not stage.place.off_proven


def test_a_latched_place_cannot_be_energised() -> None:
    stage = Stage()
    stage.place.latched = True
    with pytest.raises(AssertionError):
        stage.place.energise(stage.guest, 13.2, 14.6, 10.0)


# ---------------------------------------------------------------- what makes it give up


def test_an_output_that_goes_off_by_itself() -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.polled(12.0, seen(13.4, 0.0, Regulation.OFF, on=False))
    stage.gives_up("output_lost")


def test_an_output_that_is_on_and_should_be_off() -> None:
    stage = Stage().up_to(Power.OFF)
    stage.place.release(0.0)
    stage.place.switched_off(0.0, True, "")
    stage.place.polled(10.0, seen(13.4, 0.0))
    stage.gives_up("off_not_proven")


def test_a_look_asked_for_before_the_off_is_not_believed_after_it() -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.tick(20.0 - 8.0)
    stage.place.release(12.1)
    stage.place.switched_off(12.2, True, "")
    stage.place.polled(12.3, seen(14.0, 5.0))
    assert stage.alarms == []
    stage.place.tick(30.0)
    stage.place.polled(30.1, seen(14.0, 5.0))
    stage.gives_up("off_not_proven")


def test_silence_of_the_supply() -> None:
    stage = Stage().up_to(Power.ON)
    stage.orders()
    for second in (12.0, 13.0, 14.0):
        stage.place.polled(second, unseen())
        stage.place.tick(second)
        assert not stage.alarms
    stage.place.tick(14.1)
    stage.gives_up("silent")
    assert stage.guest.heard.count("missed") == 3


@pytest.mark.parametrize("gone", ["voltage", "current", "regulation", "output_on"])
def test_a_look_without_one_of_its_parts_is_no_sign_of_life(gone: str) -> None:
    stage = Stage().up_to(Power.ON)
    sample: SupplySample = replace(seen(14.0, 5.0).sample, **{gone: absent()})
    stage.place.polled(13.0, m.Polled("P1", sample))
    stage.place.tick(14.1)
    assert stage.alarms == ["silent"]
    assert not stage.guest.looks


def test_three_absent_meter_readings() -> None:
    stage = Stage().up_to(Power.ON)
    for second in (12.0, 13.0):
        stage.place.metered(second, absent())
    assert not stage.alarms
    stage.place.metered(14.0, absent())
    stage.gives_up("meter_lost")


def test_a_meter_that_is_never_heard_again() -> None:
    stage = Stage().up_to(Power.ON)
    for second in range(12, 57):
        stage.place.polled(second, seen(14.0, 10.0, Regulation.CC, at_s=second))
        stage.place.tick(second)
    assert stage.alarms == ["meter_lost"]


@pytest.mark.parametrize("early_s", [0.0, 0.001, 0.5, 0.999])
def test_supply_and_meter_are_compared_at_one_moment(early_s: float) -> None:
    """A full battery rises by 60 mV a second: a look that is a second old would differ by more than the limit."""
    stage = Stage(replace(position(), sense=Sense.REMOTE)).up_to(Power.ON)
    for second in range(12, 30):
        at_s = second - early_s
        stage.place.metered(at_s, reading(13.4 + 0.06 * (at_s - 11), at_s=at_s))
        stage.place.polled(second, seen(13.4 + 0.06 * (second - 11), 10.0, Regulation.CC, at_s=second))
    assert stage.alarms == stage.warnings == []


@pytest.mark.parametrize(
    ("apart_v", "alarms"), [(0.049, []), (-0.049, []), (0.051, ["back_check"]), (-0.051, ["back_check"])]
)
def test_supply_and_meter_that_stay_apart(apart_v: float, alarms: list[str]) -> None:
    stage = Stage(replace(position(), sense=Sense.REMOTE)).up_to(Power.ON)
    for second in range(12, 25):
        stage.place.metered(second - 0.5, reading(13.4 + apart_v, at_s=second - 0.5))
        stage.place.polled(second, seen(13.4, 10.0, Regulation.CC, at_s=second))
    assert stage.alarms == alarms


@pytest.mark.parametrize("power", [Power.PULSE, Power.ON])
@pytest.mark.parametrize(("amps", "alarms"), [(0.0, ["back_check"]), (0.49, ["back_check"]), (0.5, [])])
def test_an_open_lead_shows_before_any_lead_is_learned(power: Power, amps: float, alarms: list[str]) -> None:
    """Two-wire, at the first current or at the pulse before it; 0.01 C is 0.5 A."""
    stage = on_trial(power) if power is Power.PULSE else Stage().up_to(power)
    stage.place.polled(12.0, seen(14.6, amps, at_s=12.0))
    stage.place.metered(12.5, reading(13.2, at_s=12.5))
    stage.place.polled(13.0, seen(14.6, amps, at_s=13.0))
    assert stage.alarms == alarms


def test_at_the_pulse_no_lead_is_learned_and_no_taper_credited() -> None:
    stage = on_trial(Power.PULSE)
    for second in range(12, 20):
        stage.place.polled(second, seen(13.4, 2.5, Regulation.CC, at_s=second))
        stage.place.metered(second + 0.5, reading(13.3, at_s=second + 0.5))
    assert (stage.place.lead.known, stage.place.gauge.proof_v(20.0), stage.alarms) == (False, None, [])


def test_set_points_that_are_no_longer_ours() -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.settings_read(12.0, m.SettingsRead("P1", TARGET))
    assert not stage.alarms
    stage.place.settings_read(13.0, m.SettingsRead("P1", replace(TARGET, voltage_v=15.0)))
    stage.gives_up("setting_refused")


def test_a_coarse_supply_is_held_to_what_it_took() -> None:
    """Some supplies set amperes in tenths: what they took and said so at the start, they may go on saying."""
    stage = Stage().up_to(Power.RAISING)
    held = replace(TARGET, current_a=9.96)
    stage.programmed(held)
    stage.place.settings_read(12.0, m.SettingsRead("P1", held))
    assert not stage.alarms
    stage.place.settings_read(22.0, m.SettingsRead("P1", replace(held, current_a=9.90)))
    stage.gives_up("setting_refused")


@pytest.mark.parametrize(("sense", "ovp_v"), [(Sense.REMOTE, 15.0), (Sense.LOCAL, 14.8)])
def test_with_remote_sense_the_ovp_at_the_terminals_leaves_room_for_the_leads(sense: Sense, ovp_v: float) -> None:
    stage = Stage(replace(position(), sense=sense))
    stage.place.energise(stage.guest, 13.2, 14.6, 10.0)
    (order,) = stage.orders()
    assert isinstance(order, m.Program)
    assert order.settings.ovp_v == ovp_v


def test_set_points_that_cannot_be_read_back_for_half_a_minute() -> None:
    stage = Stage().up_to(Power.ON)
    for _ in range(2):
        stage.place.settings_missed(12.0, "garbled")
    stage.place.settings_read(13.0, m.SettingsRead("P1", TARGET))
    for _ in range(2):
        stage.place.settings_missed(14.0, "garbled")
    assert not stage.alarms
    stage.place.settings_missed(14.0, "garbled")
    stage.gives_up("wire_failed")


def test_a_probe_that_is_lost_or_too_warm() -> None:
    probed = replace(position(), temperature=ChannelRef("scan1", 111))
    lost, warm = Stage(probed).up_to(Power.ON), Stage(probed).up_to(Power.ON)
    for _ in range(3):
        lost.place.probed(12.0, absent())
    warm.place.probed(12.0, reading(45.2))
    lost.gives_up("temperature")
    warm.gives_up("temperature")


def test_set_points_are_read_back_every_ten_seconds() -> None:
    stage = Stage().up_to(Power.ON)
    for second in range(12, 42):
        stage.place.polled(second, seen(14.0 + 0.001 * (second % 2), 10.0, Regulation.CC, at_s=second))
        stage.place.metered(second, reading(13.95, second))
        stage.place.tick(second)
    assert [type(order) for order in stage.orders()] == [m.ReadSettings] * 3


def test_ticks_that_come_late_do_not_slow_the_looks_down() -> None:
    stage = Stage().up_to(Power.ON)
    asked: list[float] = []
    for quarter in range(48, 128):
        at_s = quarter / 4 + 0.2 * (quarter % 3)
        stage.place.tick(at_s)
        if any(isinstance(order, m.Poll) for order in stage.out.take()[0]):
            asked.append(at_s)
            stage.place.polled(at_s, seen(14.0, 10.0, Regulation.CC, at_s=at_s))
            stage.place.metered(at_s, reading(13.95, at_s))
    assert len(asked) == pytest.approx(20, abs=1)


# ---------------------------------------------------------------- what is said before anything may be believed


def test_a_meter_that_is_not_heard_after_an_off_is_nobodys_breach() -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.release(12.0)
    for second in (12.0, 13.0, 14.0, 15.0):
        stage.place.metered(second, absent())
    assert stage.alarms == []
    assert not stage.place.latched
