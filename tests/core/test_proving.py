"""Which meter belongs to which supply: what a first current into one position shows."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from benchctl.core import messages as m
from benchctl.core.model import MeterAbility, Regulation
from benchctl.core.run.output import HELD, Power
from benchctl.core.run.proving import PATIENCE_S, PULSE_S, Finding, Sight, Trial, WiringProof, judge
from tests.core.stage import Stage
from tests.core.values import METER, position, reading, seen

TRIAL = Trial("P1", ("E1",), {"P1": 13.2, "P2": 13.3, "P3": 13.25})


def sight(
    own: float, other: float = 0.0, current_a: float = 10.0, flowing_s: float = 20.0, meter: MeterAbility = METER
) -> Sight:
    return Sight({"P1": 13.2 + own, "P2": 13.3 + other, "P3": 13.25}, current_a, flowing_s, 100.0, meter)


@pytest.mark.parametrize("own", [0.0031, 0.2, 1.0])
def test_a_current_that_moves_its_own_meter_alone_is_proof(own: float) -> None:
    found = judge(TRIAL, sight(own))
    assert found.moved_v == pytest.approx(own)
    assert found.breach is None


def test_a_current_that_moves_another_meter_is_a_breach() -> None:
    found = judge(TRIAL, sight(0.0, 0.2))
    assert found.breach is not None
    assert found.breach.fault == "wrong_battery"
    assert "that of P2 by 200 mV: leads are crossed" in found.breach.text


def test_a_current_that_moves_two_meters_is_a_breach() -> None:
    assert judge(TRIAL, sight(0.2, 0.05)).breach is not None


def test_every_meter_that_was_moved_with_its_own_is_named() -> None:
    found = judge(TRIAL, Sight({"P1": 13.25, "P2": 13.34, "P3": 13.28}, 10.0, 20.0, 100.0, METER))
    assert found.breach is not None
    assert "and that of P2 by 40 mV, P3 by 30 mV: leads are crossed" in found.breach.text
    assert found.others == ("P2", "P3")


def test_whoever_moved_as_little_as_a_sound_neighbour_may_is_not_named() -> None:
    found = judge(TRIAL, Sight({"P1": 13.4, "P2": 13.35, "P3": 13.28}, 10.0, 20.0, 100.0, METER))
    assert found.others == ("P2",)


def test_a_current_that_moves_no_meter_is_a_breach() -> None:
    found = judge(TRIAL, sight(0.001))
    assert found.breach is not None
    assert "crossed" not in found.breach.text


@pytest.mark.parametrize("other", [-0.5, 0.002, 0.039])
def test_whoever_relaxes_or_drifts_a_little_is_left_alone(other: float) -> None:
    assert judge(TRIAL, sight(0.2, other)).moved_v is not None


def test_nothing_is_said_before_a_current_flows() -> None:
    assert judge(TRIAL, sight(0.0, 0.2, current_a=0.9)) == judge(TRIAL, sight(0.0, current_a=0.0))


@pytest.mark.parametrize("flowing_s", [0.0, PULSE_S - 0.01])
def test_a_current_that_has_just_begun_proves_nothing(flowing_s: float) -> None:
    assert judge(TRIAL, sight(0.2, flowing_s=flowing_s)) == Finding()


def test_a_meter_gets_time_to_follow() -> None:
    assert judge(TRIAL, sight(0.0, flowing_s=PATIENCE_S - 0.1)).breach is None
    assert judge(TRIAL, sight(0.0, flowing_s=PATIENCE_S)).breach is not None


def test_a_coarse_meter_has_to_move_further() -> None:
    coarse = MeterAbility(gain=1e-4, offset_v=0.02, range_v=100.0, relay=False)
    assert judge(TRIAL, sight(0.09, meter=coarse)).moved_v is None
    assert judge(TRIAL, sight(0.11, meter=coarse)).moved_v is not None


def test_a_meter_that_says_nothing_proves_nothing() -> None:
    found = judge(TRIAL, Sight({"P2": 13.3}, 10.0, 100.0, 100.0, METER))
    assert (found.moved_v, found.breach) == (None, None)


def test_a_current_that_is_no_number_proves_nothing() -> None:
    assert judge(TRIAL, sight(0.2, current_a=float("nan"))).moved_v is None


def tried(amps: float = 2.5, rise_v: float = 0.05, open_v: float = 13.2, meter: MeterAbility | None = METER) -> Tried:
    """E1 on P1 goes up to its pulse, which lifts its meter by so much."""
    stage = Stage()
    proof = WiringProof({"P1": stage.place}, {"P1": meter}, 4, stage.out)
    stage.place.metered(0.0, reading(open_v))
    proof.begin(0.0, stage.place)
    stage.up_to(Power.PULSE if stage.place.on_trial else Power.ON)
    for second in range(12, 14 + int(PATIENCE_S)):
        if stage.place.power in HELD:
            stage.place.polled(second, seen(open_v + rise_v, amps, Regulation.CC, at_s=second))
            stage.place.metered(second, reading(open_v + rise_v, second))
        if proof.trial is not None:
            assert proof.follow(second, 50.0) == []
    return Tried(stage, proof)


@dataclass
class Tried:
    stage: Stage
    proof: WiringProof

    def noted(self) -> list[str]:
        return [fact.text for fact in self.stage.out.take()[1] if isinstance(fact, m.Noted)]


def test_a_current_that_does_not_move_its_own_meter_is_switched_off_and_its_position_latched() -> None:
    one = tried(rise_v=0.0)
    one.stage.gives_up("wrong_battery")
    assert one.proof.trial is None


def test_whoever_was_moved_by_the_current_of_another_is_latched_with_it() -> None:
    one, other = Stage(), Stage(position(2))
    proof = WiringProof({"P1": one.place, "P2": other.place}, {"P1": METER, "P2": METER}, 4, one.out)
    other.place.metered(0.0, reading(13.2))
    one.place.metered(0.0, reading(13.2))
    proof.begin(0.0, one.place)
    one.up_to(Power.PULSE)
    for second in range(12, 14 + int(PATIENCE_S)):
        if one.place.power in HELD:
            one.place.polled(second, seen(13.23, 2.5, Regulation.CC, at_s=second))
            one.place.metered(second, reading(13.23, second))
        other.place.metered(second, reading(13.229, second))
        if proof.trial is not None:
            proof.follow(second, 50.0)
    one.gives_up("wrong_battery")
    assert (other.alarms, other.place.latched) == (["wrong_battery"], True)


def test_a_proven_pulse_is_over_at_once_and_noted_with_its_current() -> None:
    one = tried()
    assert one.stage.place.power is Power.RAISING
    assert one.noted() == ["P1: a pulse of 2.50 A moved its own meter by 50 mV, 20.0 milliohm."]


def test_a_battery_that_was_proven_at_its_position_goes_up_without_a_pulse() -> None:
    one = tried()
    one.proof.begin(20.0, one.stage.place)
    assert (one.proof.trial, one.stage.place.on_trial) == (None, False)


def test_another_battery_at_the_position_gets_a_pulse_of_its_own() -> None:
    one = tried()
    one.stage.place.hang("E2")
    one.proof.begin(20.0, one.stage.place)
    assert one.stage.place.on_trial


@pytest.mark.parametrize(("amps", "open_v"), [(2.2, 13.2), (2.5, 13.5), (2.5, 12.5)])
def test_no_resistance_is_taken_from_a_full_or_an_empty_battery_or_one_that_takes_less(
    amps: float, open_v: float
) -> None:
    one = tried(amps, open_v=open_v)
    assert one.noted() == [f"P1: a pulse of {amps:.2f} A moved its own meter by 50 mV."]
    assert one.stage.place.power is Power.RAISING


def test_a_position_whose_meter_proves_nothing_goes_up_without_a_trial() -> None:
    one = tried(amps=10.0, meter=None)
    assert (one.proof.trial, one.stage.place.power, one.noted()) == (None, Power.ON, [])


def test_a_trial_whose_charge_is_over_has_shown_nothing() -> None:
    stage = Stage()
    proof = WiringProof({"P1": stage.place}, {"P1": METER}, 4, stage.out)
    proof.begin(0.0, stage.place)
    assert proof.follow(1.0, None) == []
    proof.begin(2.0, stage.place)
    assert stage.place.on_trial
