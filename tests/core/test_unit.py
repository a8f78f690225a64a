"""One battery on its way: how a charge ends, and as what."""

from dataclasses import replace
from itertools import pairwise

import pytest

from benchctl.core import messages as m
from benchctl.core.model import ChannelRef, Phase, RunState, Verdict
from tests.core.driven import Cell, Driven, run_of, short
from tests.core.values import absent, mission, on_first, reading


def test_the_usual_way() -> None:
    run = run_of()
    verdict = run.to_the_end()
    assert (verdict.verdict, verdict.spread_v) == (Verdict.APPROVED, 0.0)
    assert run.phases("E1") == [
        "connecting", "checking", "charging", "absorbing", "full", "resting", "rested", "verified",
    ]  # fmt: skip
    assert run.states() == ["checking", "charging", "resting", "verifying", "approved"]


def test_a_taper_is_told_with_its_numbers() -> None:
    run = run_of()
    run.to_the_end()
    proof = run.told(m.TaperProven)[0]
    assert 0.02 < proof.taper_a <= proof.limit_a == 2.5
    assert proof.held_s >= short().taper.hold_s
    assert proof.voltage_v == pytest.approx(14.6)
    assert proof.amp_hours > 0


def test_a_deeply_discharged_battery_is_woken_gently() -> None:
    run = run_of(1, 1, E1=Cell(open_v=11.0))
    run.until_phase("E1", Phase.CHARGING)
    assert run.phases("E1")[:4] == ["connecting", "checking", "precharging", "charging"]
    currents = [order.settings.current_a for _, order in run.orders if isinstance(order, m.Program)]
    assert currents == [2.5, 2.5, 2.5, 10.0], "0.05 C, and 0.2 C only when it has recovered"
    assert run.to_the_end().verdict is Verdict.APPROVED


def test_a_full_battery_still_has_to_earn_its_taper() -> None:
    run = run_of(1, 1, E1=Cell(open_v=13.6, cc_s=3.0, tau_s=5.0))
    assert run.to_the_end().verdict is Verdict.APPROVED
    assert len(run.told(m.TaperProven)) == 1


def test_a_battery_that_never_draws_more_than_the_taper_is_not_proven() -> None:
    run = run_of(1, 1, E1=Cell(cc_s=-143.0, tau_s=100.0))
    assert run.to_the_end(60000).verdict is Verdict.NOT_PROVEN
    assert not run.told(m.TaperProven)


def test_a_battery_that_never_tapers_runs_out_of_time() -> None:
    run = run_of(1, 1, E1=Cell(tau_s=1e6))
    verdict = run.to_the_end(60000)
    assert verdict.verdict is Verdict.NOT_PROVEN
    assert "Time ran out" in verdict.reasons[0]
    assert "full" not in run.phases("E1")


def test_a_current_that_does_not_fall_in_half_an_hour_of_cv_is_not_waited_for() -> None:
    rules = short()
    rules = replace(rules, charge=replace(rules.charge, max_cv_s=10800.0))
    run = Driven(replace(mission(1, 1), procedure=rules), {"E1": Cell(tau_s=1e6)}).start()
    verdict = run.to_the_end(60000)
    assert (verdict.verdict, run.lit) == (Verdict.NOT_PROVEN, [])
    assert "does not taper: 9.98 A flow, 10.00 A did half an hour ago" in verdict.reasons[0]
    assert 1800 < run.at_s < 2000


@pytest.mark.parametrize("key", ["max_cc_s", "max_total_s", "cc_time_factor"])
def test_each_time_limit_of_the_constant_current_counts(key: str) -> None:
    limit = 0.02 if key == "cc_time_factor" else 400.0
    rules = short()
    rules = replace(rules, charge=replace(rules.charge, **{key: limit, "max_cv_s": 1.0}))
    run = Driven(replace(mission(1, 1), procedure=rules), {"E1": Cell(cc_s=1e6)}).start()
    assert run.to_the_end(1000).verdict is Verdict.NOT_PROVEN
    assert run.at_s < 450


def test_too_many_ampere_hours_are_not_proven_and_switch_off() -> None:
    rules = short()
    rules = replace(rules, charge=replace(rules.charge, max_amp_hours_factor=0.001))
    run = Driven(replace(mission(1, 1), procedure=rules)).start()
    verdict = run.to_the_end()
    assert (verdict.verdict, run.lit) == (Verdict.NOT_PROVEN, [])
    assert "Ah without becoming full" in verdict.reasons[0]


def test_ampere_hours_go_on_counting_through_the_tries() -> None:
    rules = short()
    rules = replace(rules, charge=replace(rules.charge, max_amp_hours_factor=0.0011))
    run = Driven(replace(mission(1, 1), procedure=rules), {"E1": Cell(cc_s=1e6, opens_s=20.0)}).start()
    assert "Ah without becoming full" in run.to_the_end().reasons[0], "0.055 Ah: no try takes more than 0.04 Ah"


def test_a_shorted_cell_is_rejected_when_enough_has_gone_in() -> None:
    run = run_of(1, 1, E1=Cell(cc_s=1e6, open_v=12.1))
    run.meter_v = lambda place: 12.1 if not run.channels[place].on else 12.5  # type: ignore[method-assign]
    verdict = run.to_the_end(20000)
    assert verdict.verdict is Verdict.REJECTED
    assert "only 12.50 V after 7.5 Ah" in verdict.reasons[0]


# ---------------------------------------------------------------- a current that stops in a step


def test_a_pulse_that_does_not_flow_for_a_minute_is_an_opened_circuit() -> None:
    run = run_of(1, 1, E1=Cell(opens_s=0.0)).until_phase("E1", Phase.CHARGING).seconds(60)
    assert (run.phase("E1"), run.lit) == (Phase.CHARGING, ["P1"])
    run.seconds(6)
    assert (run.phase("E1"), run.lit) == (Phase.WAITING, [])
    assert {order.settings.current_a for _, order in run.orders if isinstance(order, m.Program)} == {2.5}


def test_an_opened_circuit_is_tried_again_gently_and_then_rejected_by_name() -> None:
    run = run_of(E2=Cell(opens_s=15.0))
    verdict = run.to_the_end()
    assert verdict.verdict is Verdict.REJECTED
    assert verdict.spread_v is None
    assert "E2: the current stopped in a step" in verdict.reasons[0]
    assert "(3 times)" in verdict.reasons[0]
    assert run.phases("E2").count("precharging") == 2
    assert "full" not in run.phases("E2")
    assert [proof.serial for proof in run.told(m.TaperProven)] == ["E1"]


def test_a_bms_that_closes_again_lets_the_charge_go_on() -> None:
    run = run_of(1, 1, E1=Cell(opens_s=15.0))
    run.until(lambda one: one.phases("E1")[-1] == "precharging")
    run.cells["E1"].opens_s = None
    assert run.to_the_end().verdict is Verdict.APPROVED


def test_between_the_tries_it_is_left_alone_for_its_time() -> None:
    run = run_of(1, 1, E1=Cell(opens_s=15.0))
    run.to_the_end()
    ons = run.ons()
    assert all(later - earlier > short().bms.retry_off_s for earlier, later in pairwise(ons))


def test_a_battery_that_is_asleep_after_its_pause_is_not_tried_again() -> None:
    run = run_of(1, 1, E1=Cell(opens_s=15.0))
    run.until_phase("E1", Phase.WAITING)
    run.cells["E1"].rest_v = 0.0
    verdict = run.to_the_end()
    assert "sleeps" in verdict.reasons[0]
    assert len(run.ons()) == 1


def test_a_meter_that_is_lost_in_the_pause_ends_it() -> None:
    run = run_of(1, 1, E1=Cell(opens_s=15.0))
    run.until_phase("E1", Phase.WAITING)
    run.trouble = lambda order, _at: (
        m.MetersScanned("scan1", (("P1", absent()),)) if isinstance(order, m.ScanMeters) else None
    )
    verdict = run.to_the_end(400)
    assert (verdict.verdict, len(run.ons())) == (Verdict.NOT_PROVEN, 1)


# ---------------------------------------------------------------- hold


def test_a_low_one_is_held_and_has_to_earn_its_taper_again() -> None:
    run = run_of(E2=Cell(rest_v=13.2, grows_v=0.11))
    verdict = run.to_the_end()
    assert verdict.verdict is Verdict.APPROVED
    assert "holding" in run.phases("E2")
    assert len([proof for proof in run.told(m.TaperProven) if proof.serial == "E2"]) == 2
    assert "balancing" in run.states()


def test_the_hold_is_low_and_gentle() -> None:
    run = run_of(E2=Cell(rest_v=13.2, grows_v=0.11))
    run.until_phase("E2", Phase.HOLDING)
    held = [order.settings for _, order in run.orders if isinstance(order, m.Program)][-1]
    assert held.current_a == pytest.approx(1.0)
    run.seconds(10)
    held = [order.settings for _, order in run.orders if isinstance(order, m.Program)][-1]
    assert held.voltage_v == 14.4


def test_one_that_no_hold_brings_in_is_rejected_after_two_rounds() -> None:
    run = run_of(E2=Cell(rest_v=13.2))
    verdict = run.to_the_end()
    assert verdict.verdict is Verdict.REJECTED
    assert verdict.spread_v == pytest.approx(0.25)
    assert verdict.reasons[0].startswith("E2 rests at 13.200 V")
    assert run.phases("E2").count("holding") == 2


def test_a_battery_that_trips_in_its_hold_is_not_rested_nor_proven() -> None:
    run = run_of(E2=Cell(rest_v=13.2))
    run.until_phase("E2", Phase.HOLDING).seconds(10)
    run.trouble = lambda order, _at: (
        m.Polled("P2", replace(run.look("P2"), output_on=False)) if order == m.Poll("P2") else None
    )
    verdict = run.to_the_end()
    assert (verdict.verdict, verdict.spread_v) == (Verdict.TRIPPED, None)


# ---------------------------------------------------------------- rest


def test_a_rest_that_is_disturbed_begins_again() -> None:
    run = run_of(E2=Cell())
    run.until_phase("E2", Phase.RESTING).seconds(60)
    run.cells["E2"].rest_v += 0.02
    run.to_the_end()
    ages = dict(run.told(m.SpreadMeasured)[-1].rest_ages_s)
    assert ages["E1"] > ages["E2"] >= short().rest.min_s


def test_a_rest_that_is_disturbed_for_ever_is_not_proven() -> None:
    run = run_of(E2=Cell())
    for _ in range(4):
        run.until_phase("E2", Phase.RESTING)
        run.seconds(30)
        run.cells["E2"].rest_v += 0.02
        run.seconds(20)
    verdict = run.to_the_end()
    assert verdict.verdict is Verdict.NOT_PROVEN
    assert "disturbed 4 times" in verdict.reasons[0]


def test_a_battery_taken_away_at_rest_is_noticed() -> None:
    run = run_of(E2=Cell())
    run.until_phase("E2", Phase.RESTED)
    run.cells["E2"].rest_v = 0.0
    run.until_phase("E2", Phase.FAILED)
    assert "reads 0.00 V from E2" in run.to_the_end().reasons[0]


def test_a_step_at_rest_costs_the_taper_that_was_proven() -> None:
    run = run_of(E2=Cell())
    run.until_phase("E2", Phase.RESTED)
    run.cells["E2"].rest_v += 0.02
    run.until_phase("E2", Phase.CHARGING)
    run.until_phase("E2", Phase.RESTED)
    assert run.to_the_end().verdict is Verdict.APPROVED


def test_an_output_found_on_at_rest_trips_whoever_rests_there() -> None:
    run = run_of(E2=Cell())
    run.until_phase("E2", Phase.RESTING)
    run.trouble = lambda order, _at: (
        m.Polled("P2", replace(run.look("P1"), output_on=True)) if order == m.Poll("P2") else None
    )
    run.seconds(12)
    run.trouble = lambda _order, _at: None
    assert run.phase("E2") is Phase.TRIPPED
    assert run.to_the_end().verdict is Verdict.TRIPPED


# ---------------------------------------------------------------- temperature


def test_a_cold_probe_refuses_before_anything_is_switched_on() -> None:
    given = on_first(replace(mission(1, 1), procedure=short()), temperature=ChannelRef("scan1", 111))
    run = Driven(given)
    run.trouble = lambda order, at_s: (
        m.TemperatureRead("P1", reading(-3.0, at_s)) if isinstance(order, m.ReadTemperature) else None
    )
    verdict = run.start().to_the_end()
    assert (verdict.verdict, run.ons()) == (Verdict.REFUSED, [])
    assert "-3.0 degrees" in verdict.reasons[0]


@pytest.mark.parametrize(("celsius", "amps"), [(3.0, 5.0), (20.0, 10.0)])
def test_a_cold_battery_is_charged_with_less(celsius: float, amps: float) -> None:
    given = on_first(replace(mission(1, 1), procedure=short()), temperature=ChannelRef("scan1", 111))
    run = Driven(given)
    run.trouble = lambda order, at_s: (
        m.TemperatureRead("P1", reading(celsius, at_s)) if isinstance(order, m.ReadTemperature) else None
    )
    run.start().until_state(RunState.CHARGING).seconds(15)
    currents = [order.settings.current_a for _, order in run.orders if isinstance(order, m.Program)]
    assert currents == pytest.approx([2.5, 2.5, amps]), "the soft start and the pulse with 0.05 C"


def test_a_deeply_discharged_battery_that_does_not_recover_in_its_time_is_not_proven_and_switched_off() -> None:
    run = run_of(1, 1, E1=Cell(open_v=11.0, cc_s=1e6))
    run.trouble = lambda order, at_s: stuck_low(run, order, at_s)
    verdict = run.to_the_end(20_000)
    assert verdict.verdict is Verdict.NOT_PROVEN
    assert "Time ran out in the gentle charge." in verdict.reasons[0]
    assert run.lit == []


def stuck_low(run: Driven, order: m.Order, at_s: float) -> m.Event | None:
    """Whatever goes in, it stands at 11.5 V."""
    if isinstance(order, m.ScanMeters):
        return m.MetersScanned(order.instrument, (("P1", reading(11.5 if run.lit else 11.4, at_s)),))
    if isinstance(order, m.Poll) and run.lit:
        return m.Polled("P1", replace(run.look("P1"), voltage=reading(11.5, at_s)))
    return None
