"""The rest of the night as it looks now: moved by what was seen, unknown where nothing says so, never in the past."""

from collections.abc import Callable

import pytest

from benchctl.core.messages import Counted, PhaseEntered, Planned, PlanStep, Polled, RunEntered, StepKind
from benchctl.core.mission import ABSORB_S
from benchctl.core.model import Phase, RunState
from benchctl.core.view.outlook import NOTHING, Outlook, full_about, outlook
from benchctl.core.view.runview import RunView
from benchctl.core.view.walltime import seconds_between
from tests.tui import nights
from tests.tui.story import BOOT_S, HOUR, MINUTE, STARTED, Journal, begin, lost, plan, sample, samples

FULL, RESTED, END = 4.6 * HOUR, 7.1 * HOUR, 7.2 * HOUR
"""As the story's night was planned."""


def seen(journal: Journal) -> RunView:
    view = RunView()
    for row in journal.rows:
        view.apply(row.seq, row.boot_s, row.wall, row.kind, row.body)
    return view


def run_s(wall: str | None) -> float:
    """A wall-clock text in seconds of the run."""
    assert wall is not None
    between_s = seconds_between(STARTED, wall)
    assert between_s is not None
    return between_s


def coming(journal: Journal) -> Outlook:
    return outlook(seen(journal))


def charging(at_s: float = HOUR, taken_ah: float = 18.0, serials: tuple[str, ...] = ()) -> Journal:
    """All charge with 20 A; so much has gone in."""
    journal = Journal(2)
    begin(journal)
    looks = tuple(
        Polled(name, sample(13.4, 20.0, BOOT_S + at_s, tapering=False))
        for name, serial in zip(journal.names, journal.serials, strict=True)
        if serial not in serials
    )
    journal.say(at_s, samples(looks), *(Counted(serial, taken_ah) for serial in journal.serials))
    return journal


def test_before_anything_is_charged_the_plan_is_what_is_expected() -> None:
    journal = Journal(2)
    journal.say(20, plan(journal))
    found = coming(journal)
    assert [run_s(wall) for wall in (found.rest_ends, found.scan, found.ends)] == [RESTED, RESTED, END]


def test_a_charge_that_is_late_moves_everything_after_it() -> None:
    found = coming(charging(at_s=HOUR, taken_ah=10.0))
    full_s = HOUR + (70.0 - 10.0) / 20.0 * 3600 + ABSORB_S
    assert run_s(found.rest_ends) == pytest.approx(RESTED - FULL + full_s, abs=1.0)
    assert run_s(found.ends) == pytest.approx(END - FULL + full_s, abs=1.0)


def test_the_slowest_place_decides() -> None:
    journal = charging()
    early = run_s(coming(journal).ends)
    journal.say(HOUR, Counted("E1002", 1.0))
    assert run_s(coming(journal).ends) == pytest.approx(early + 17.0 / 20.0 * 3600, abs=1.0)


def test_without_a_current_nobody_knows_when_it_is_full_and_nobody_says_so() -> None:
    journal = charging()
    journal.say(HOUR + 1, samples((Polled("P1", lost(HOUR + 1)),)))
    found = coming(journal)
    assert (found.rest_ends, found.scan, found.ends) == (None, None, None)
    assert found.hands is not None
    assert (found.hands.text, found.hands.start) == ("Common scan: move the meter leads when asked", None)


def test_a_taper_has_its_usual_time_and_afterwards_no_known_end() -> None:
    journal = charging()
    begun_s = 4 * HOUR
    absorbing = (
        PhaseEntered(serial, f"P{n}", Phase.ABSORBING, "14.6 V reached", 1)
        for n, serial in enumerate(journal.serials, 1)
    )
    journal.say(begun_s, *absorbing)
    assert run_s(full_about(seen(journal), "P1")) == begun_s + ABSORB_S
    journal.say(begun_s + ABSORB_S + 1, Counted("E1001", 60.0))
    assert full_about(seen(journal), "P1") is None
    assert coming(journal).ends is None


def test_a_charge_that_ended_has_ended_when_it_did() -> None:
    journal = charging()
    journal.say(2 * HOUR, PhaseEntered("E1001", "P1", Phase.TRIPPED, "current stopped in one step", 1))
    step = next(each for each in coming(journal).steps if each.text == "Charge E1001 on P1")
    assert run_s(step.end) == 2 * HOUR


def test_a_rest_ends_when_the_last_battery_has_rested() -> None:
    journal = nights.resting_night(2)
    view = seen(journal)
    last = max(battery.until or "" for battery in view.batteries.values())
    assert outlook(view).rest_ends == outlook(view).scan
    assert run_s(outlook(view).rest_ends) == run_s(last)


def test_a_battery_that_is_charged_once_more_leaves_the_end_of_the_rest_open() -> None:
    journal = nights.resting_night(2)
    journal.say(5.6 * HOUR, PhaseEntered("E1001", "P1", Phase.CHARGING, "its rest was disturbed", 1))
    assert coming(journal).rest_ends is None


def test_while_it_is_balanced_nobody_knows_the_end() -> None:
    journal = nights.resting_night(2)
    journal.say(8 * HOUR, RunEntered(RunState.VERIFYING, "every battery has rested"))
    assert run_s(coming(journal).rest_ends) == 8 * HOUR
    journal.say(8.1 * HOUR, RunEntered(RunState.BALANCING, "E1002 stands out"))
    assert (coming(journal).rest_ends, coming(journal).ends) == (None, None)


def test_after_the_end_nothing_is_coming() -> None:
    assert coming(nights.approved_night()) == NOTHING


def test_nobody_knows_of_a_run_without_an_engine() -> None:
    assert outlook(seen(charging()).without_engine()).ends is None


# ---------------------------------------------------------------- one after another on a place


def waves(*phases: PhaseEntered, at_s: float, now_s: float | None = None) -> Outlook:
    """Two batteries on one place, whose leads are moved by hand: the phases entered then, and how it looks now."""
    journal = Journal(1, serials=("E1", "E2"))
    move_s, second_s = 3 * HOUR, 3 * HOUR + 5 * MINUTE
    steps = (
        PlanStep("Charge E1", 60.0, move_s, False, StepKind.CHARGE, "P1", "E1"),
        PlanStep("Move the leads to E2", move_s, second_s, True, StepKind.HANDS, "P1", "E2"),
        PlanStep("Charge E2", second_s, 6 * HOUR, False, StepKind.CHARGE, "P1", "E2"),
        PlanStep("Top up E1", 6 * HOUR, 7 * HOUR, True, StepKind.TOP_UP, "P1", "E1"),
        PlanStep("Rest", 7 * HOUR, 9 * HOUR, False, StepKind.REST, None, None),
        PlanStep("Scan", 9 * HOUR, 9.1 * HOUR, True, StepKind.SCAN, None, None),
        PlanStep("Approve", 9 * HOUR, 9.1 * HOUR, False, StepKind.JUDGE, None, None),
    )
    journal.say(20, Planned(steps, "attended only", ()), RunEntered(RunState.CHARGING, "checked"))
    journal.say(at_s, *phases)
    journal.say(at_s if now_s is None else now_s, Counted("E1", 10.0))
    return coming(journal)


FIRST = PhaseEntered("E1", "P1", Phase.CHARGING, "soft start is over", 1)
DONE = PhaseEntered("E1", "P1", Phase.FULL, "the taper is proven", 1)
TO_COME = PhaseEntered("E2", None, Phase.WAITING, "its turn", 1)


def test_the_next_battery_of_a_place_begins_when_the_one_before_is_full() -> None:
    found = waves(DONE, TO_COME, at_s=4 * HOUR)
    assert found.hands is not None
    assert (found.hands.text, run_s(found.hands.start)) == ("Move the leads to E2", 4 * HOUR)
    assert run_s(found.ends) == 10.1 * HOUR


def test_hands_that_do_not_come_move_the_night() -> None:
    late = waves(DONE, TO_COME, at_s=4 * HOUR, now_s=5 * HOUR)
    assert late.hands is not None
    assert run_s(late.hands.start) == 5 * HOUR
    assert run_s(late.ends) == 11.1 * HOUR


def test_hands_for_a_moment_that_is_not_known_are_still_announced() -> None:
    found = waves(FIRST, TO_COME, at_s=HOUR)
    assert found.hands is not None
    assert (found.hands.text, found.hands.start) == ("Move the leads to E2", None)


@pytest.mark.parametrize("night", [nights.charging_night, nights.resting_night, nights.alarmed_night])
def test_nothing_that_is_to_come_lies_in_the_past(night: Callable[[], Journal]) -> None:
    view = RunView()
    for row in night().rows:
        view.apply(row.seq, row.boot_s, row.wall, row.kind, row.body)
        found = outlook(view)
        if found.ends is not None:
            assert run_s(found.ends) >= view.elapsed_s - 1.0
            assert run_s(found.rest_ends) <= run_s(found.ends)
