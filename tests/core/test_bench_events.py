"""The bench's door: events that are no reading of a battery, and what each of them does and leaves alone."""

from dataclasses import replace

import pytest

from benchctl.core import messages as m
from benchctl.core.model import AbsenceReason, AlarmState, Identity, Phase, RunState, Verdict
from tests.core.driven import Cell, Driven, run_of, short
from tests.core.values import mission, reading


def under_power() -> Driven:
    """Both batteries are charged, and for a while."""
    return run_of(E1=Cell(cc_s=500.0), E2=Cell(cc_s=500.0)).until(lambda one: one.lit == ["P1", "P2"]).seconds(20)


# ---------------------------------------------------------------- before anything is on


def test_a_tick_before_the_start_begins_nothing() -> None:
    run = Driven(replace(mission(), procedure=short())).seconds(5)
    assert (run.bench.state, run.facts) == (RunState.IDLE, [])


def test_a_run_that_the_plan_refuses_ends_without_connecting_anybody() -> None:
    run = Driven(replace(mission(2, 1), procedure=short())).start()
    verdict = run.to_the_end(5)
    assert (verdict.verdict, verdict.reasons[-1]) == (
        Verdict.REFUSED,
        "A run that needs a person is started with --attended.",
    )
    assert run.phases("E1") == []


# ---------------------------------------------------------------- two ends


def test_what_ends_a_run_first_is_its_end() -> None:
    run = under_power()
    run.feed(m.GuardLost("The guard is gone."), m.StopRequested("Kim"))
    verdict = run.to_the_end(5)
    assert (verdict.verdict, verdict.reasons) == (Verdict.NOT_PROVEN, ("The guard is gone.",))


# ---------------------------------------------------------------- the computer


@pytest.mark.parametrize(("fault", "changes"), [("disk_low", []), ("clock_step", [AlarmState.RTN_UNACK])])
def test_a_warning_of_the_computer_stands_unless_it_is_of_a_moment(fault: str, changes: list[AlarmState]) -> None:
    run = under_power()
    run.feed(m.HostWarned(fault, 0.5, 1.0, "Mind the computer."))
    assert [alarm.fault for alarm in run.told(m.AlarmRaised)] == [fault]
    assert [change.state for change in run.told(m.AlarmChanged)] == changes


def test_a_warning_of_the_computer_switches_nothing_off() -> None:
    run = under_power()
    run.feed(m.HostWarned("disk_low", 0.5, 1.0, "Mind the computer."))
    assert run.seconds(5).lit == ["P1", "P2"]


# ---------------------------------------------------------------- wires


def test_set_points_that_cannot_be_read_back_three_times_switch_their_position_off_and_no_other() -> None:
    run = under_power()
    run.trouble = lambda order, _at: (
        m.WireFailed("psu1", "P1", "read_settings", AbsenceReason.TIMEOUT, "no reply in 1 s")
        if order == m.ReadSettings("P1")
        else None
    )
    run.seconds(31)
    assert run.lit == ["P2"]
    assert [(alarm.fault, alarm.position) for alarm in run.told(m.AlarmRaised)] == [("wire_failed", "P1")]


@pytest.mark.parametrize(
    "event",
    [
        m.WireFailed("psu1", "P1", "poll", AbsenceReason.TIMEOUT, "no reply in 1 s"),
        m.WireFailed("scan1", None, "scan", AbsenceReason.TIMEOUT, "no reply in 1 s"),
        m.Identified("psu1", Identity("Maker", "Model", "1", "1.0", "Maker,Model,1,1.0")),
    ],
)
def test_what_is_only_for_the_record_ends_no_way_up(event: m.Event) -> None:
    given = replace(mission(), procedure=short())
    run = Driven(given, trouble=lambda order, _at: event if isinstance(order, m.SwitchOn) else None).start()
    run.until(lambda one: bool(one.ons())).seconds(2)
    assert run.told(m.AlarmRaised) == []
    assert run.phase("E1") is Phase.CHARGING


# ---------------------------------------------------------------- a fault that leaves no neighbour on


def test_a_current_out_of_a_battery_switches_every_output_off_and_ends_the_run() -> None:
    run = under_power()
    out = replace(run.look("P1"), current=reading(-1.0, run.at_s))
    run.feed(m.Polled("P1", out))
    assert run.lit == ["P1", "P2"], "one look may be a supply's slip"
    run.feed(m.Polled("P1", out))
    assert run.lit == []
    verdict = run.to_the_end(3)
    assert (verdict.verdict, verdict.reasons) == (Verdict.TRIPPED, ("-1.000 A flow out of the battery.",))


# ---------------------------------------------------------------- a rest that goes on


def test_a_battery_that_has_not_settled_lets_the_rest_go_on_and_is_scanned_again_later() -> None:
    rules = short()
    given = replace(mission(), procedure=replace(rules, rest=replace(rules.rest, min_s=700.0, max_s=5000.0)))
    run = Driven(given).start().until_state(RunState.RESTING)

    def rises(_order: m.Order, at_s: float) -> m.Event | None:
        run.cells["E1"].rest_v = 13.44 + 0.01 * at_s / 3600
        return None

    run.trouble = rises
    run.until(lambda one: one.states()[-2:] == ["verifying", "resting"])
    assert run.told(m.RunEntered)[-1].why == "not yet: E1 has not settled."
    again_s = run.at_s
    run.until_state(RunState.VERIFYING)
    assert run.at_s - again_s >= 500.0, "a tenth of the window"
