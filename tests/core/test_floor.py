"""The bench floor: who hangs where, whose turn it is, whose hands are needed."""

from dataclasses import replace

import pytest

from benchctl.core import messages as m
from benchctl.core.model import AlarmState, ChannelRef, Isolation, Phase, RunState, Verdict
from benchctl.core.procedure import Procedure
from benchctl.core.run.floor import Floor
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.unit import Need
from tests.core.driven import Cell, Driven, run_of, short
from tests.core.values import absent, mission, on_first, shipped


def waved(rules: Procedure) -> Procedure:
    """With a window into which a wave fits, by the plan's own estimate."""
    return replace(rules, rest=replace(rules.rest, max_s=4000.0))


def wave(batteries: int = 2, **cells: Cell) -> Driven:
    given = replace(mission(batteries, 1), procedure=waved(short()), attended=True)
    return Driven(given, cells).start()


def minded(run: Driven, limit_s: float = 9000.0) -> m.VerdictReached:
    """A person does at once what is asked."""
    end_s = run.at_s + limit_s
    while run.bench.verdict is None:
        assert run.at_s < end_s
        run.seconds(1)
        run.done()
    return run.bench.verdict


# ---------------------------------------------------------------- waves


def test_a_wave_is_charged_read_and_approved_with_its_leads_moved() -> None:
    run = wave()
    verdict = minded(run)
    assert verdict.verdict is Verdict.APPROVED
    assert [(p.kind.value, p.serial) for p in run.told(m.PromptAsked)] == [("connect", "E2"), ("probe", "E1")]
    assert [proof.serial for proof in run.told(m.TaperProven)] == ["E1", "E2"]


def test_the_first_of_a_wave_is_topped_up_when_it_would_be_too_old() -> None:
    run = wave(E2=Cell(cc_s=2900.0))
    rules = run.mission.procedure
    verdict = minded(run)
    assert verdict.verdict is Verdict.APPROVED
    assert [proof.serial for proof in run.told(m.TaperProven)][:2] == ["E1", "E2"]
    ages = [age for _, age in run.told(m.SpreadMeasured)[-1].rest_ages_s]
    assert all(rules.rest.min_s <= age <= rules.rest.max_s for age in ages)


def test_nothing_is_energised_and_nothing_read_while_leads_are_moved() -> None:
    run = wave().until(lambda one: bool(one.told(m.PromptAsked)))
    asked_s = run.at_s
    run.seconds(300)
    assert run.lit == []
    assert not [order for at_s, order in run.orders if isinstance(order, m.ScanMeters) and at_s > asked_s]
    assert not run.ons(asked_s)


def test_an_answer_moves_the_leads_once() -> None:
    run = wave().until(lambda one: bool(one.told(m.PromptAsked)))
    (prompt,) = run.told(m.PromptAsked)
    assert run.feed(m.Answered(prompt.prompt, "DONE", "Kim"))[0] == m.PromptClosed(prompt.prompt, "DONE", "Kim")
    assert run.hangs == {"P1": "E2"}
    refused = run.feed(m.Answered(prompt.prompt, "done", "Kim"))
    assert refused == [m.WishRefused("answer", f"No prompt {prompt.prompt} is open.")]


def test_an_answer_that_is_none_leaves_the_prompt_open() -> None:
    run = wave().until(lambda one: bool(one.told(m.PromptAsked)))
    (prompt,) = run.told(m.PromptAsked)
    (refused,) = run.feed(m.Answered(prompt.prompt, "perhaps", "Kim"))
    assert isinstance(refused, m.WishRefused)
    assert run.bench.waits_for_hands


def test_a_prompt_can_be_answered_with_stop() -> None:
    run = wave().until(lambda one: bool(one.told(m.PromptAsked)))
    run.feed(m.Answered("Q1", "stop", "Kim"))
    assert run.to_the_end(5).verdict is Verdict.STOPPED


def test_a_wrong_battery_in_the_second_wave_is_rejected_before_it_is_charged() -> None:
    run = wave(E2=Cell(open_v=26.4))
    verdict = minded(run)
    assert verdict.verdict is Verdict.REJECTED
    assert "has it more cells?" in " ".join(verdict.reasons)
    assert len(run.ons()) == 1


def test_a_battery_that_nobody_can_see_is_not_waited_for_for_ever() -> None:
    run = wave().until(lambda one: bool(one.told(m.PromptAsked)))
    run.trouble = lambda order, _at: (
        m.MetersScanned("scan1", (("P1", absent()),)) if isinstance(order, m.ScanMeters) else None
    )
    run.done()
    run.until_phase("E2", Phase.FAILED)
    assert run.at_s < 400
    assert minded(run).verdict is Verdict.NOT_PROVEN


def test_a_latched_place_charges_nobody_else() -> None:
    run = wave().until(lambda one: one.lit == ["P1"])
    trips_p1(run)
    assert run.lit == []
    verdict = minded(run)
    assert (verdict.verdict, len(run.ons())) == (Verdict.TRIPPED, 1)


def test_leads_that_are_moved_too_slowly_in_the_scan_have_it_made_again() -> None:
    run = wave()
    while [prompt.kind.value for prompt in run.told(m.PromptAsked)][-1:] != ["probe"]:
        run.done()
        run.seconds(1)
    run.seconds(run.mission.procedure.match.scan_max_s + 1)
    assert minded(run).verdict is Verdict.APPROVED
    assert [fact.why for fact in run.told(m.RunEntered)].count("the scan did not fit the rest window") == 1
    assert len(run.told(m.SpreadMeasured)) == 1


# ---------------------------------------------------------------- isolation


def test_manual_isolation_starts_the_rest_when_the_leads_are_off() -> None:
    given = on_first(replace(mission(1, 1), procedure=short(), attended=True), isolation=Isolation.MANUAL)
    run = Driven(given).start().until(lambda one: bool(one.told(m.PromptAsked)))
    (prompt,) = run.told(m.PromptAsked)
    assert (prompt.kind, run.phase("E1"), run.lit) == (m.PromptKind.ISOLATE, Phase.FULL, [])
    run.seconds(200)
    assert run.phase("E1") is Phase.FULL
    run.done()
    run.seconds(1)
    assert run.phase("E1") is Phase.RESTING
    since_s = run.at_s
    assert run.to_the_end().verdict is Verdict.APPROVED
    ((_, age_s),) = run.told(m.SpreadMeasured)[-1].rest_ages_s
    assert age_s <= run.at_s - since_s


def test_before_a_hold_the_power_leads_go_on_again() -> None:
    given = on_first(replace(mission(2, 2), procedure=short(), attended=True), isolation=Isolation.MANUAL)
    run = Driven(given, {"E1": Cell(rest_v=13.2, grows_v=0.11)}).start()
    assert minded(run).verdict is Verdict.APPROVED
    kinds = [prompt.kind.value for prompt in run.told(m.PromptAsked)]
    assert kinds == ["isolate", "connect", "isolate"]


# ---------------------------------------------------------------- several things on one instrument


def test_two_positions_on_one_supply_are_switched_apart() -> None:
    given = replace(mission(2, 2), procedure=short())
    places = tuple(
        replace(place, supply=ChannelRef("psu1", number)) for number, place in enumerate(given.bench.positions, 1)
    )
    run = Driven(replace(given, bench=replace(given.bench, positions=places)), {"E2": Cell(opens_s=15.0)}).start()
    run.until_phase("E2", Phase.WAITING)
    assert run.lit == ["P1"]
    assert run.to_the_end().verdict is Verdict.REJECTED
    assert [proof.serial for proof in run.told(m.TaperProven)] == ["E1"]


def two_meters() -> Driven:
    given = on_first(replace(mission(2, 2), procedure=short()), meter=ChannelRef("volt1", 1))
    return Driven(given).start()


def test_two_meters_are_both_read_and_both_count() -> None:
    run = two_meters()
    assert run.to_the_end().verdict is Verdict.APPROVED
    scanned = {order.instrument for _, order in run.orders if isinstance(order, m.ScanMeters)}
    assert scanned == {"volt1", "scan1"}


def test_one_of_two_meters_that_is_silent_is_asked_once_and_holds_up_nobody_else() -> None:
    run = two_meters().until_state(RunState.CHARGING)
    run.until_phase("E2", Phase.CHARGING)  # whose turn it is when P1 has shown that its current moves its own meter
    begun_s = run.at_s
    silent: list[float] = []

    def trouble(order: m.Order, at_s: float) -> m.Event | None:
        if isinstance(order, m.ScanMeters) and order.instrument == "volt1":
            silent.append(at_s)
            return m.Ticked()
        return None

    run.trouble = trouble
    run.until_phase("E1", Phase.TRIPPED)
    assert len(silent) == 1
    assert run.at_s - begun_s <= 60
    assert run.lit == ["P2"]


# ---------------------------------------------------------------- latches


def test_a_reset_needs_a_latch_and_a_proven_off() -> None:
    run = run_of().until_state(RunState.CHARGING)
    for place, why in (("P1", "no latch"), ("P9", "no latch")):
        (refused,) = run.feed(m.ResetRequested(place, "Kim"))
        assert isinstance(refused, m.WishRefused)
        assert why in refused.reason


def trips_p1(run: Driven) -> None:
    run.feed(m.Polled("P1", replace(run.look("P1"), output_on=False)))


def test_a_latch_stands_while_its_output_is_not_proven_off() -> None:
    floor = Floor(mission(1, 1), Outbox())
    floor.places["P1"].latched = True
    assert floor.resetting.ask(0.0, "P1", "Kim") == "P1 is not proven off yet."
    assert floor.places["P1"].latched


def test_an_acknowledgement_energises_nothing() -> None:
    run = run_of().until(lambda one: one.lit == ["P1", "P2"])
    trips_p1(run)
    tripped_s = run.at_s + 1
    (fact,) = run.feed(m.AckRequested("A1", "Kim"))
    assert isinstance(fact, m.AlarmChanged)
    assert fact.state.value == "ack"
    (again,) = run.feed(m.AckRequested("A1", "Kim"))
    assert isinstance(again, m.WishRefused)
    run.to_the_end()
    assert not run.ons(tripped_s)
    assert run.phase("E1") is Phase.TRIPPED


def test_a_reset_in_a_running_run_earns_everything_again() -> None:
    run = run_of(E1=Cell(cc_s=60.0)).until_phase("E1", Phase.ABSORBING)
    trips_p1(run)
    run.seconds(5)
    run.feed(m.ResetRequested("P1", "Kim"))
    assert run.to_the_end().verdict is Verdict.APPROVED
    assert run.phases("E1")[-9:] == [
        "waiting", "connecting", "checking", "charging", "absorbing", "full", "resting", "rested", "verified",
    ]  # fmt: skip


def test_a_reset_in_the_rest_charges_again_and_tops_up_who_would_be_too_old() -> None:
    run = run_of(attended=True).until(lambda one: one.lit == ["P1", "P2"])
    trips_p1(run)
    run.until_phase("E2", Phase.RESTED).seconds(150)
    run.feed(m.ResetRequested("P1", "Kim"))
    assert run.to_the_end().verdict is Verdict.APPROVED
    rules = run.mission.procedure.rest
    ages = [age for _, age in run.told(m.SpreadMeasured)[-1].rest_ages_s]
    assert all(rules.min_s <= age <= rules.max_s for age in ages)


def test_a_reset_in_the_middle_of_a_verification_approves_nothing() -> None:
    run = run_of().until(lambda one: one.lit == ["P1", "P2"])
    trips_p1(run)
    run.until_state(RunState.VERIFYING)
    run.feed(m.ResetRequested("P1", "Kim"))
    run.seconds(1)
    assert run.bench.state is RunState.CHARGING
    assert run.to_the_end().verdict is Verdict.APPROVED
    assert {proof.serial for proof in run.told(m.TaperProven)} == {"E1", "E2"}


@pytest.mark.parametrize("attended", [False, True])
def test_a_latch_that_nobody_lifts_ends_the_run(attended: bool) -> None:
    run = run_of(attended=attended).until(lambda one: one.lit == ["P1", "P2"])
    trips_p1(run)
    verdict = run.to_the_end()
    assert (verdict.verdict, verdict.spread_v) == (Verdict.TRIPPED, None)
    rest_s = run.mission.procedure.rest.max_s
    assert (run.at_s > rest_s) is attended, "a person is given until the window's end"


def test_when_everything_has_tripped_an_attended_run_waits_a_while_and_a_headless_one_does_not() -> None:
    for attended, limit_s in ((False, 5), (True, short().rest.max_s + 10)):
        run = run_of(1, 1, attended=attended).until(lambda one: one.lit == ["P1"])
        trips_p1(run)
        assert run.to_the_end(limit_s).verdict is Verdict.TRIPPED


def test_a_reset_sets_back_who_tripped_there_and_nobody_else() -> None:
    run = wave().until(lambda one: bool(one.lit))
    trips_p1(run)
    run.seconds(2)
    assert run.phase("E1") is Phase.TRIPPED
    before = run.phases("E2")
    run.feed(m.ResetRequested("P1", "Kim"))
    assert run.phases("E1")[-1] == "waiting"
    assert run.phases("E2") == before


def test_a_warning_of_a_position_is_over_when_its_output_is_off() -> None:
    run = run_of(1, 1, E1=Cell(cc_s=500.0)).until(lambda one: one.lit == ["P1"]).seconds(30)
    run.meter_v = lambda place: {"P1": 14.66}[place]  # type: ignore[method-assign]
    run.seconds(10)
    assert [alarm.fault for alarm in run.told(m.AlarmRaised)] == ["high_voltage"]
    run.feed(m.StopRequested("Kim"))
    assert run.told(m.AlarmChanged) == [m.AlarmChanged("A1", AlarmState.RTN_UNACK, None)]


def test_who_waits_for_a_top_up_is_not_sent_to_another_one() -> None:
    floor = Floor(mission(1, 1), Outbox())
    unit = floor.units["E1"]
    for trigger in ("connect", "check", "charge", "absorb", "fill"):
        unit.go(trigger, "as usual")
    unit.need = Need.NOTHING
    unit.begin_rest(0.0)
    too_old_s = shipped().rest.max_s + 1.0
    assert floor.top_up(too_old_s)
    assert floor.top_up(too_old_s + 1.0)
    assert unit.topped_up == 1


# ---------------------------------------------------------------- resistance


def resisting(run: Driven, **milliohm: float) -> Driven:
    """So much resistance shows at the pulse."""
    usual_v = run.meter_v

    def meter_v(place: str) -> float:
        channel = run.channels[place]
        pulsed = channel.on and channel.settings is not None and channel.settings.current_a == 2.5
        rise_v = 2.5 * milliohm[run.hangs[place]] / 1000
        return 13.2 + rise_v if pulsed and usual_v(place) > 13.2 else usual_v(place)

    run.meter_v = meter_v  # type: ignore[method-assign]
    return run


@pytest.mark.parametrize(("number", "amps"), [(1, 10.0), (3, 2.5)])
def test_far_more_resistance_than_the_others_is_off_and_latched(number: int, amps: float) -> None:
    """The first is charged already when it shows; the last never gets more than its pulse."""
    place, serial = f"P{number}", f"E{number}"
    milliohm = {"E1": 20.0, "E2": 24.0, "E3": 22.0} | {serial: 84.0}
    run = resisting(run_of(3, 3, E1=Cell(cc_s=200.0)), **milliohm).until_phase(serial, Phase.TRIPPED).seconds(5)
    (raised,) = run.told(m.AlarmRaised)
    assert (raised.fault, raised.position, raised.serial, raised.latched) == ("high_resistance", place, serial, True)
    assert "The pulse showed 84.0 milliohm, of the others 2" in raised.text
    currents = [o.settings.current_a for _, o in run.orders if isinstance(o, m.Program) and o.position == place]
    assert (max(currents), place in run.lit) == (amps, False)


def test_a_battery_that_lies_beside_the_bench_when_its_resistance_shows_is_rejected() -> None:
    given = replace(mission(4, 2), procedure=waved(short()), attended=True)
    run = resisting(Driven(given).start(), E1=84.0, E2=20.0, E3=20.0, E4=20.0)
    verdict = minded(run, 20_000.0)
    assert (verdict.verdict, run.phase("E1"), run.told(m.AlarmRaised)) == (Verdict.REJECTED, Phase.FAILED, [])
    assert "E1: The pulse showed 84.0 milliohm" in verdict.reasons[0]


def test_after_a_reset_its_resistance_is_measured_again() -> None:
    run = resisting(run_of(3, 3, attended=True), E1=20.0, E2=20.0, E3=84.0).until_phase("E3", Phase.TRIPPED)
    run.seconds(5)
    run.feed(m.ResetRequested("P3", "Kim"))
    run.until(lambda one: len(one.told(m.AlarmRaised)) == 2)
    assert run.phase("E3") is Phase.TRIPPED
