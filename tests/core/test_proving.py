"""Which meter belongs to which supply: what a first current into one position shows."""

import pytest

from benchctl.core.model import MeterAbility, Regulation
from benchctl.core.run.output import Power
from benchctl.core.run.proving import PATIENCE_S, Sight, Trial, WiringProof, judge
from tests.core.stage import Stage
from tests.core.values import METER, reading, seen

TRIAL = Trial("P1", "E1", {"P1": 13.2, "P2": 13.3, "P3": 13.25})


def sight(
    own: float, other: float = 0.0, current_a: float = 10.0, flowing_s: float = 20.0, meter: MeterAbility = METER
) -> Sight:
    return Sight({"P1": 13.2 + own, "P2": 13.3 + other, "P3": 13.25}, current_a, flowing_s, 100.0, meter)


@pytest.mark.parametrize("own", [0.0031, 0.2, 1.0])
def test_a_current_that_moves_its_own_meter_alone_is_proof(own: float) -> None:
    found = judge(TRIAL, sight(own))
    assert found.proven is not None
    assert found.proven.startswith("P1: 10.00 A moved its own meter by")
    assert found.breach is None


def test_a_current_that_moves_another_meter_is_a_breach() -> None:
    found = judge(TRIAL, sight(0.0, 0.2))
    assert found.breach is not None
    assert found.breach.fault == "wrong_battery"
    assert "that of P2 by 200 mV: leads are crossed" in found.breach.text


def test_a_current_that_moves_two_meters_is_a_breach() -> None:
    assert judge(TRIAL, sight(0.2, 0.05)).breach is not None


def test_a_current_that_moves_no_meter_is_a_breach() -> None:
    found = judge(TRIAL, sight(0.001))
    assert found.breach is not None
    assert "crossed" not in found.breach.text


@pytest.mark.parametrize("other", [-0.5, 0.002, 0.039])
def test_whoever_relaxes_or_drifts_a_little_is_left_alone(other: float) -> None:
    assert judge(TRIAL, sight(0.2, other)).proven is not None


def test_nothing_is_said_before_a_current_flows() -> None:
    assert judge(TRIAL, sight(0.0, 0.2, current_a=0.9)) == judge(TRIAL, sight(0.0, current_a=0.0))


def test_a_meter_gets_time_to_follow() -> None:
    assert judge(TRIAL, sight(0.0, flowing_s=PATIENCE_S - 0.1)).breach is None
    assert judge(TRIAL, sight(0.0, flowing_s=PATIENCE_S)).breach is not None


def test_a_coarse_meter_has_to_move_further() -> None:
    coarse = MeterAbility(gain=1e-4, offset_v=0.02, range_v=100.0, relay=False)
    assert judge(TRIAL, sight(0.09, meter=coarse)).proven is None
    assert judge(TRIAL, sight(0.11, meter=coarse)).proven is not None


def test_a_meter_that_says_nothing_proves_nothing() -> None:
    found = judge(TRIAL, Sight({"P2": 13.3}, 10.0, 100.0, 100.0, METER))
    assert (found.proven, found.breach) == (None, None)


def test_a_current_that_is_no_number_proves_nothing() -> None:
    assert judge(TRIAL, sight(0.2, current_a=float("nan"))).proven is None


def test_a_current_that_does_not_move_its_own_meter_is_switched_off_and_its_position_latched() -> None:
    stage = Stage().up_to(Power.ON)
    proof = WiringProof({"P1": stage.place}, {"P1": METER}, stage.out)
    stage.place.metered(11.5, reading(13.2, 11.5))
    proof.begin(11.5, stage.place, "E1")
    stage.place.polled(12.0, seen(13.2, 10.0, Regulation.CC, at_s=12.0))
    for second in range(12, 14 + int(PATIENCE_S)):
        stage.place.metered(second, reading(13.2, second))
        if proof.trial is not None:
            proof.follow(second, 50.0)
    stage.gives_up("wrong_battery")
    assert proof.trial is None
