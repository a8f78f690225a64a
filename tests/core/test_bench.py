"""The whole core: stops, collapses and ends, and that nothing is approved that was not decided."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from benchctl.core import messages as m
from benchctl.core.model import AbsenceReason, RunState, Settings, Verdict
from benchctl.core.run.finish import verdict_of
from benchctl.core.run.unit import Failure
from tests.core.driven import Cell, Driven, run_of, short
from tests.core.values import absent, mission, reading, unseen

STATES = [RunState.CHECKING, RunState.CHARGING, RunState.RESTING, RunState.VERIFYING, RunState.BALANCING]


def in_state(state: RunState) -> Driven:
    return run_of(E2=Cell(rest_v=13.2)).until_state(state)


# ---------------------------------------------------------------- stop, off, collapse


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("wish", [m.StopRequested("Kim"), m.OffRequested(None)])
def test_a_stop_wins_in_every_state(state: RunState, wish: m.Event) -> None:
    run = in_state(state)
    run.feed(wish)
    offs = [order for at_s, order in run.orders if at_s == run.at_s and isinstance(order, m.SwitchOff)]
    assert {off.position for off in offs} == {"P1", "P2"}
    stopped_s = run.at_s
    verdict = run.to_the_end(3)
    assert (verdict.verdict, run.lit, run.ons(stopped_s + 1)) == (Verdict.STOPPED, [], [])
    assert verdict.spread_v is None


@pytest.mark.parametrize("seconds", range(1, 8))
def test_a_stop_in_every_second_of_the_way_up_leaves_everything_off(seconds: int) -> None:
    run = run_of().until_state(RunState.CHARGING)
    run.seconds(seconds)
    run.feed(m.StopRequested("Kim"))
    assert run.to_the_end(3).verdict is Verdict.STOPPED
    assert run.lit == []
    assert not run.told(m.AlarmRaised)


def test_a_stop_closes_open_prompts() -> None:
    given = replace(mission(2, 1), procedure=replace(short(), rest=replace(short().rest, max_s=4000.0)), attended=True)
    run = Driven(given).start().until(lambda one: bool(one.told(m.PromptAsked)))
    run.feed(m.StopRequested("Kim"))
    assert run.told(m.PromptClosed) == [m.PromptClosed("Q1", None, None)]
    (refused,) = run.feed(m.Answered("Q1", "done", "Kim"))
    assert isinstance(refused, m.WishRefused)


def test_an_ending_run_resets_nothing() -> None:
    run = run_of().until(lambda one: bool(one.lit))
    run.feed(m.Polled("P1", replace(run.look("P1"), output_on=False)), m.StopRequested("Kim"))
    (refused,) = run.feed(m.ResetRequested("P1", "Kim"))
    assert isinstance(refused, m.WishRefused)
    assert run.to_the_end(3).verdict is Verdict.STOPPED


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", [m.GuardLost("The guard is gone."), m.JournalFailed("The disk is full.")])
def test_without_guard_or_journal_everything_goes_off_and_nothing_is_proven(state: RunState, event: m.Event) -> None:
    run = in_state(state)
    run.feed(event)
    assert run.lit == []
    verdict = run.to_the_end(3)
    assert (verdict.verdict, len(verdict.reasons), run.ons(run.at_s)) == (Verdict.NOT_PROVEN, 1, [])


@pytest.mark.parametrize("wish", [m.StopRequested("Kim"), m.GuardLost("gone")])
def test_no_verdict_before_every_off_is_proven(wish: m.Event) -> None:
    run = run_of().until(lambda one: one.lit == ["P1", "P2"])
    usual, deaf = run.trouble, [True]
    run.trouble = lambda order, at_s: (
        m.SwitchedOff("P2", False, "no answer") if deaf[0] and order == m.SwitchOff("P2") else usual(order, at_s)
    )
    run.feed(wish)
    run.seconds(120)
    assert run.bench.verdict is None
    offs = [at_s for at_s, order in run.orders if order == m.SwitchOff("P2") and at_s > run.at_s - 100]
    assert len(offs) >= 99, "said again every second"
    alarms = [alarm for alarm in run.told(m.AlarmRaised) if alarm.fault == "off_not_proven"]
    assert [(alarm.position, alarm.latched) for alarm in alarms] == [("P2", True)]
    deaf[0] = False
    run.to_the_end(3)


@pytest.mark.parametrize(
    ("wish", "ends"), [(m.StopRequested("Kim"), Verdict.STOPPED), (m.GuardLost("gone"), Verdict.TRIPPED)]
)
def test_an_off_that_can_never_be_proven_is_left_to_a_person(wish: m.Event, ends: Verdict) -> None:
    run = run_of().until(lambda one: one.lit == ["P1", "P2"])
    usual = run.trouble
    run.trouble = lambda order, at_s: (
        m.SwitchedOff("P2", False, "no answer") if order == m.SwitchOff("P2") else usual(order, at_s)
    )
    run.feed(wish)
    verdict = run.to_the_end(400)
    assert verdict.verdict is ends
    assert verdict.reasons[0] == "P2: its output is NOT proven off: switch it off by hand, now."


# ---------------------------------------------------------------- the check before the start


@pytest.mark.parametrize("open_v", [14.2, 24.0, -12.0, 0.0, 9.9])
def test_a_wrong_battery_is_refused_before_anything_is_switched_on(open_v: float) -> None:
    run = run_of(E2=Cell(open_v=open_v))
    verdict = run.to_the_end(200)
    assert (verdict.verdict, run.ons(), verdict.spread_v) == (Verdict.REFUSED, [], None)
    assert "E2" in verdict.reasons[0]
    assert not run.told(m.AlarmRaised)


def silent_meter(order: m.Order, at_s: float) -> m.Event | None:
    if isinstance(order, m.ScanMeters):
        return m.MetersScanned(order.instrument, tuple((place, absent(at_s)) for place in order.positions))
    return None


def unproven(order: m.Order, _at_s: float) -> m.Event | None:
    return m.SwitchedOff("P1", False, "no answer") if order == m.SwitchOff("P1") else None


def test_a_battery_that_cannot_be_seen_is_refused_after_two_minutes() -> None:
    given = replace(mission(), procedure=short())
    run = Driven(given, trouble=silent_meter).start()
    verdict = run.to_the_end(130)
    assert (verdict.verdict, run.ons()) == (Verdict.REFUSED, [])
    assert "no reply" in verdict.reasons[0]


def test_an_output_that_is_not_proven_off_at_the_start_is_never_charged_on() -> None:
    run = Driven(replace(mission(), procedure=short()), trouble=unproven).start()
    run.seconds(200)
    assert run.ons() == []
    run.trouble = lambda _order, _at: None
    assert run.to_the_end(3).verdict is Verdict.REFUSED


def test_an_output_that_is_found_on_at_the_start_is_refused() -> None:
    run = run_of()
    run.at_s += 1
    run.feed(m.Ticked())
    run.feed(m.Polled("P1", replace(run.look("P1"), output_on=True)))
    assert run.to_the_end(200).verdict is Verdict.REFUSED
    assert run.ons() == []


# ---------------------------------------------------------------- wires


@pytest.mark.parametrize(
    "answer",
    [
        m.SettingRefused("P1", "set_voltage", 13.2, 0.0),
        m.WireFailed("psu1", "P1", "program", AbsenceReason.TIMEOUT, "no reply in 1 s"),
    ],
)
def test_what_a_supply_does_not_take_latches_its_battery_and_no_other(answer: m.Event) -> None:
    given = replace(mission(), procedure=short())
    run = Driven(given, trouble=lambda order, _at: answer if _programs_p1(order) else None).start()
    verdict = run.to_the_end()
    assert verdict.verdict is Verdict.TRIPPED
    assert [proof.serial for proof in run.told(m.TaperProven)] == ["E2"]
    assert {order.position for _, order in run.orders if isinstance(order, m.SwitchOn)} == {"P2"}


def _programs_p1(order: m.Order) -> bool:
    return isinstance(order, m.Program) and order.position == "P1"


def test_a_supply_that_falls_silent_is_off_within_its_time_and_the_others_go_on() -> None:
    run = run_of(E1=Cell(cc_s=60.0)).until(lambda one: one.lit == ["P1", "P2"]).seconds(20)
    silent_s = run.at_s
    run.trouble = lambda order, at_s: unseen("P1", at_s) if order == m.Poll("P1") else None
    verdict = run.to_the_end()
    off_s = next(at_s for at_s, order in run.orders if order == m.SwitchOff("P1") and at_s > silent_s)
    assert off_s - silent_s <= 4
    assert verdict.verdict is Verdict.TRIPPED
    assert "No usable reading" in verdict.reasons[0]
    assert [proof.serial for proof in run.told(m.TaperProven)] == ["E2"]


def test_set_points_that_drift_are_seen_within_ten_seconds() -> None:
    run = run_of(E1=Cell(cc_s=60.0)).until(lambda one: one.lit == ["P1", "P2"]).seconds(20)
    run.trouble = lambda order, _at: (
        m.SettingsRead("P1", Settings(15.5, 10.0, 14.8, 11.0)) if order == m.ReadSettings("P1") else None
    )
    run.seconds(11)
    assert run.lit == ["P2"]


# ---------------------------------------------------------------- the meter at rest


def test_a_meter_that_is_lost_for_a_while_begins_the_rest_again() -> None:
    run = run_of().until_state(RunState.RESTING).seconds(60)
    run.trouble = silent_meter
    run.seconds(45)
    run.trouble = lambda _order, _at: None
    seen_s = run.at_s
    assert run.to_the_end().verdict is Verdict.APPROVED
    assert run.at_s - seen_s >= short().rest.min_s


def test_a_meter_that_is_lost_at_the_scan_proves_nothing() -> None:
    run = run_of().until_state(RunState.VERIFYING)
    run.trouble = silent_meter
    verdict = run.to_the_end()
    assert (verdict.verdict, verdict.spread_v) == (Verdict.NOT_PROVEN, None)
    assert len(verdict.reasons) == 2


def test_a_meter_that_was_silent_for_the_whole_rest_proves_nothing_at_once() -> None:
    run = run_of().until_state(RunState.RESTING)
    run.trouble = silent_meter
    run.seconds(short().rest.min_s - 5)
    run.trouble = lambda _order, _at: None
    seen_s = run.at_s
    assert run.to_the_end().verdict is Verdict.APPROVED
    assert run.at_s - seen_s >= short().rest.min_s, "the rest began anew at the first reading"


def test_one_absent_reading_in_a_scan_is_read_again() -> None:
    run = run_of().until_state(RunState.VERIFYING)
    once = [True]

    def trouble(order: m.Order, at_s: float) -> m.Event | None:
        if isinstance(order, m.ScanMeters) and once:
            once.clear()
            return m.MetersScanned("scan1", (("P1", absent(at_s)), ("P2", reading(13.45, at_s))))
        return None

    run.trouble = trouble
    assert run.to_the_end().verdict is Verdict.APPROVED


# ---------------------------------------------------------------- ends


def test_an_overdue_calibration_approves_nothing_but_states_the_spread() -> None:
    given = replace(mission(), procedure=short(), calibration_overdue=("scan1",))
    verdict = Driven(given).start().to_the_end()
    assert (verdict.verdict, verdict.spread_v) == (Verdict.NOT_PROVEN, 0.0)
    assert "calibration of scan1" in verdict.reasons[0]


def test_a_spread_inside_the_guard_band_is_not_proven() -> None:
    run = run_of(E2=Cell(rest_v=13.3508))
    verdict = run.to_the_end()
    assert verdict.verdict is Verdict.NOT_PROVEN
    assert verdict.spread_v == pytest.approx(0.0992)


@pytest.mark.parametrize("failure", [Verdict.TRIPPED, Verdict.REJECTED, Verdict.NOT_PROVEN])
@pytest.mark.parametrize("decided", [None, Verdict.APPROVED, Verdict.REJECTED, Verdict.NOT_PROVEN])
def test_no_failure_is_ever_approved(failure: Verdict, decided: Verdict | None) -> None:
    verdict, reasons = verdict_of([Failure(failure, "E1 is bad.")], ("why",), decided, ())
    rank = [Verdict.TRIPPED, Verdict.REJECTED, Verdict.NOT_PROVEN]
    assert verdict is min({failure, decided or failure} - {Verdict.APPROVED}, key=rank.index)
    assert reasons[0] == "E1 is bad."


def test_what_nobody_decided_is_not_proven() -> None:
    assert verdict_of([], (), None, ())[0] is Verdict.NOT_PROVEN
    assert verdict_of([], (), Verdict.APPROVED, ())[0] is Verdict.APPROVED
    assert verdict_of([], (), Verdict.APPROVED, ("scan1",))[0] is Verdict.NOT_PROVEN


def test_after_the_verdict_nothing_happens_any_more() -> None:
    run = run_of()
    run.to_the_end()
    for event in (m.Ticked(), m.StopRequested("Kim"), m.Started(), m.GuardLost("gone")):
        assert run.bench.feed(event, run.at_s + 1) == ((), ())


def test_the_same_events_give_the_same_answers() -> None:
    one, other = run_of(E2=Cell(rest_v=13.2)), run_of(E2=Cell(rest_v=13.2))
    assert one.to_the_end() == other.to_the_end()
    assert (one.facts, one.orders) == (other.facts, other.orders)


@pytest.mark.parametrize(
    ("until", "wanted_s"),
    [
        (lambda run: run.bench.state is RunState.CHECKING, 1.0),
        (lambda run: bool(run.lit), 1.0),
        (lambda run: run.bench.state is RunState.RESTING, 10.0),
        (lambda run: run.bench.state is RunState.VERIFYING, 1.0),
    ],
)
def test_how_soon_the_next_tick_is_wanted(until: Callable[[Driven], bool], wanted_s: float) -> None:
    run = run_of().until(until)
    assert run.bench.next_due_s(run.at_s) - run.at_s == wanted_s


def test_a_run_never_goes_to_and_fro_between_two_states_without_a_pause() -> None:
    run = run_of(E2=Cell(rest_v=13.2))
    run.to_the_end()
    entered = [(at_s, fact.state) for at_s, fact in run.facts if isinstance(fact, m.RunEntered)]
    for (before_s, _), (after_s, _) in zip(entered, entered[2:], strict=False):
        assert after_s - before_s >= 2


def test_readings_outside_the_rest_window_are_judged_by_nobody() -> None:
    rules = short()
    narrow = replace(rules, rest=replace(rules.rest, max_s=rules.rest.min_s + 2.0))
    run = Driven(replace(mission(1, 1), procedure=narrow), {}).start()
    run.until_state(RunState.NOT_PROVEN)
    assert not run.told(m.SpreadMeasured)
