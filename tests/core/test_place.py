"""A position on its way up and down: what it orders, what it believes, and what makes it give up."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from benchctl.core import messages as m
from benchctl.core.charge import Look
from benchctl.core.limits import Breach
from benchctl.core.model import ChannelRef, Position, Regulation, Sense, Settings, SupplySample
from benchctl.core.outbox import Outbox
from benchctl.core.output import Power
from benchctl.core.place import Place
from tests.core.values import SUPPLY, absent, position, reading, seen, shipped, unseen

START = Settings(13.2, 10.0, 14.8, 11.0)
TARGET = Settings(14.6, 10.0, 14.8, 11.0)


@dataclass
class Guest:
    """A tenant that writes down what it is told."""

    rated_ah: float = 50.0
    heard: list[str] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)

    def powered(self) -> None:
        self.heard.append("powered")

    def looked(self, look: Look) -> None:
        self.looks.append(look)

    def missed(self) -> None:
        self.heard.append("missed")

    def counted(self, at_s: float, current_a: float) -> None:
        """Not of interest."""

    def off(self) -> None:
        self.heard.append("off")

    def breached(self, breach: Breach) -> None:
        self.heard.append(breach.fault)


class Stage:
    """One place, its orders and its alarms."""

    def __init__(self, where: Position | None = None) -> None:
        self.out = Outbox()
        self.alarms: list[str] = []
        self.place = Place(where or position(), SUPPLY, shipped(), self.out, lambda _p, b: self.alarms.append(b.fault))
        self.place.hang("E1")
        self.guest = Guest()

    def orders(self) -> list[m.Order]:
        return [order for order in self.out.take()[0] if not isinstance(order, m.Poll)]

    def up_to(self, power: Power) -> "Stage":
        """Along the usual way up, from time 0 on; output on at 0, target reached at 11."""
        steps = self._way_up()
        while self.place.power is not power:
            next(steps)
        self.out.take()
        return self

    def _way_up(self) -> Iterator[None]:
        place = self.place
        place.release(0.0)
        place.switched_off(0.0, True, "")
        yield
        place.energise(self.guest, 13.2, 14.6, 10.0)
        yield
        place.programmed()
        yield
        place.switched_on(0.0)
        yield
        for second in range(1, 11):
            place.polled(second, seen(13.2, 0.0, at_s=second))
            place.metered(second, reading(13.2, second))
        place.tick(10.0)
        yield
        place.polled(11.0, seen(13.2, 0.0, at_s=11.0))
        place.programmed()
        yield


# ---------------------------------------------------------------- the way up


def test_up_it_goes_in_three_steps_each_after_the_answer_to_the_last() -> None:
    stage = Stage()
    stage.place.energise(stage.guest, 13.2, 14.6, 10.0)
    assert stage.orders() == [m.Program("P1", START)]
    stage.place.programmed()
    assert stage.orders() == [m.SwitchOn("P1", START)]
    stage.place.switched_on(0.0)
    for second in range(1, 10):
        stage.place.polled(second, seen(13.2, 0.0))
        stage.place.tick(second)
        assert stage.orders() == []
    stage.place.tick(10.0)
    assert stage.orders() == [m.Program("P1", TARGET)]
    assert stage.guest.heard == []
    stage.place.programmed()
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
    stage.place.programmed()
    stage.place.switched_on(8.0)
    stage.orders()
    stage.place.tick(10.5)
    assert stage.orders() == []


def test_looks_reach_the_tenant_only_at_the_target() -> None:
    stage = Stage().up_to(Power.RAISING)
    stage.place.polled(11.0, seen(14.0, 5.0))
    assert stage.guest.looks == []
    stage.place.programmed()
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


@pytest.mark.parametrize("power", [Power.PROGRAMMING, Power.SWITCHING_ON, Power.RAISING])
def test_a_late_answer_switches_nothing_on_after_an_off(power: Power) -> None:
    stage = Stage().up_to(power)
    stage.place.release(12.0)
    stage.orders()
    stage.place.programmed()
    stage.place.switched_on(12.0)
    assert stage.orders() == []
    assert stage.place.power is Power.SWITCHING_OFF


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


def gives_up(stage: Stage, fault: str) -> None:
    assert stage.alarms == [fault]
    assert m.SwitchOff("P1") in stage.orders()
    assert stage.place.latched


def test_an_output_that_goes_off_by_itself() -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.polled(12.0, seen(13.4, 0.0, Regulation.OFF, on=False))
    gives_up(stage, "output_lost")


def test_an_output_that_is_on_and_should_be_off() -> None:
    stage = Stage().up_to(Power.OFF)
    stage.place.release(0.0)
    stage.place.switched_off(0.0, True, "")
    stage.place.polled(10.0, seen(13.4, 0.0))
    gives_up(stage, "off_not_proven")


def test_a_look_asked_for_before_the_off_is_not_believed_after_it() -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.tick(20.0 - 8.0)
    stage.place.release(12.1)
    stage.place.switched_off(12.2, True, "")
    stage.place.polled(12.3, seen(14.0, 5.0))
    assert stage.alarms == []
    stage.place.tick(30.0)
    stage.place.polled(30.1, seen(14.0, 5.0))
    gives_up(stage, "off_not_proven")


def test_silence_of_the_supply() -> None:
    stage = Stage().up_to(Power.ON)
    stage.orders()
    for second in (12.0, 13.0, 14.0):
        stage.place.polled(second, unseen())
        stage.place.tick(second)
        assert not stage.alarms
    stage.place.tick(14.1)
    gives_up(stage, "silent")
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
    gives_up(stage, "meter_lost")


def test_a_meter_that_is_never_heard_again() -> None:
    stage = Stage().up_to(Power.ON)
    for second in range(12, 57):
        stage.place.polled(second, seen(14.0, 10.0, Regulation.CC, at_s=second))
        stage.place.tick(second)
    assert stage.alarms == ["meter_lost"]


def test_set_points_that_are_no_longer_ours() -> None:
    stage = Stage().up_to(Power.ON)
    stage.place.settings_read(12.0, m.SettingsRead("P1", TARGET))
    assert not stage.alarms
    stage.place.settings_read(13.0, m.SettingsRead("P1", replace(TARGET, voltage_v=15.0)))
    gives_up(stage, "setting_refused")


def test_set_points_that_cannot_be_read_back_for_half_a_minute() -> None:
    stage = Stage().up_to(Power.ON)
    for _ in range(2):
        stage.place.settings_missed(12.0, "garbled")
    stage.place.settings_read(13.0, m.SettingsRead("P1", TARGET))
    for _ in range(2):
        stage.place.settings_missed(14.0, "garbled")
    assert not stage.alarms
    stage.place.settings_missed(14.0, "garbled")
    gives_up(stage, "wire_failed")


def test_a_probe_that_is_lost_or_too_warm() -> None:
    probed = replace(position(), temperature=ChannelRef("scan1", 111))
    lost, warm = Stage(probed).up_to(Power.ON), Stage(probed).up_to(Power.ON)
    for _ in range(3):
        lost.place.probed(12.0, absent())
    warm.place.probed(12.0, reading(45.2))
    gives_up(lost, "temperature")
    gives_up(warm, "temperature")


def test_set_points_are_read_back_every_ten_seconds() -> None:
    stage = Stage().up_to(Power.ON)
    for second in range(12, 42):
        stage.place.polled(second, seen(14.0, 10.0, Regulation.CC, at_s=second))
        stage.place.metered(second, reading(13.95, second))
        stage.place.tick(second)
    assert [type(order) for order in stage.orders()] == [m.ReadSettings] * 3


# ---------------------------------------------------------------- meter and leads


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
    stage.place.programmed()
    stage.place.metered(11.5, reading(13.6, 11.5))
    assert stage.alarms == []


def test_supply_and_meter_that_disagree() -> None:
    stage = Stage(replace(position(), sense=Sense.REMOTE)).up_to(Power.ON)
    stage.place.polled(12.0, seen(14.0, 5.0, Regulation.CC))
    stage.place.metered(12.5, reading(13.79, 12.5))
    gives_up(stage, "back_check")


def test_a_lead_is_learned_told_and_learned_anew_for_the_next_battery() -> None:
    stage = Stage().up_to(Power.ON)
    for second in (12.0, 13.0, 14.0):
        stage.place.polled(second, seen(14.0, 10.0, Regulation.CC))
        stage.place.metered(second, reading(13.9, second))
    (fact,) = stage.out.take()[1]
    assert isinstance(fact, m.LeadLearned)
    assert fact.resistance_ohm == pytest.approx(0.010)
    stage.place.hang("E2")
    assert not stage.place.lead.known
    assert stage.place.gauge.meter_v(14.0) is None
