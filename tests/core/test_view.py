"""The fold of a journal into what a person sees."""

import json
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings, strategies as st

from benchctl.core.messages import (
    AckRequested,
    AlarmChanged,
    AlarmRaised,
    Counted,
    Noted,
    PhaseEntered,
    Polled,
    PromptClosed,
    StopRequested,
    SwitchedOff,
    SwitchedOn,
    TripCleared,
    Waiting,
    WireFailed,
)
from benchctl.core.model import AbsenceReason, AlarmState, Phase, Priority, Regulation, RunState, Verdict
from benchctl.core.rows import Body, GuardLog, RunClosed
from benchctl.core.view.outlook import full_about
from benchctl.core.view.runview import EVENTS, RunView
from benchctl.core.view.status import status_dict
from benchctl.core.view.walltime import seconds_between
from benchctl.core.view.wording import Tone
from tests.nested import nested
from tests.tui import nights, story
from tests.tui.story import BOOT_S, HOUR, Journal

COMING = {"hands_about", "rest_ends_about", "scan_about", "ends_about"}
"""What `status` says of the rest of the night."""


def seen(journal: Journal) -> RunView:
    view = RunView()
    for row in journal.rows:
        view.apply(row.seq, row.boot_s, row.wall, row.kind, row.body)
    return view


def test_a_view_of_nothing_knows_nothing() -> None:
    view = RunView()
    assert (view.run, view.state, view.verdict, view.spread_v, view.positions) == (None, None, None, None, {})


def test_the_first_row_says_what_runs() -> None:
    view = seen(Journal(simulated=True))
    assert (view.run, view.bank, view.operator, view.simulated) == (story.RUN, "Cabin 48 V", "ann", True)
    assert (view.state, list(view.positions), list(view.batteries)) == (
        RunState.CHECKING,
        ["P1", "P2", "P3", "P4"],
        ["E1001", "E1002", "E1003", "E1004"],
    )


def test_before_any_look_every_number_is_missing_and_none_is_zero() -> None:
    position = status_dict(seen(Journal()), 1, 2)["positions"]
    assert position == [
        dict.fromkeys(("serial", "phase", "output_on", "voltage_v", "current_a", "amp_hours", "waiting_for", "until"))
        | {"name": name, "full_about": None}
        for name in ("P1", "P2", "P3", "P4")
    ]


def test_a_charging_position_shows_what_its_supply_says() -> None:
    view = seen(nights.charging_night())
    position, (battery,) = view.positions["P2"], view.at("P2")
    assert (position.output_on, position.current_a, position.regulation) == (True, 20.0, Regulation.CC)
    assert position.voltage_v == position.supply_v
    assert (battery.serial, battery.phase) == ("E1002", Phase.CHARGING)


def test_a_charging_battery_is_expected_full_by_its_charge_so_far_and_its_current() -> None:
    view = seen(nights.charging_night())
    (battery,), full = view.at("P2"), full_about(view, "P2")
    assert battery.amp_hours is not None
    assert view.wall is not None
    assert full is not None
    left_s = (70.0 - battery.amp_hours) / 20.0 * 3600 + 2400
    assert seconds_between(view.wall, full) == pytest.approx(left_s, abs=1.0)
    assert full_about(view.without_engine(), "P2") is None


def test_with_the_output_off_the_voltage_is_the_meters_and_there_is_no_current() -> None:
    view = seen(nights.resting_night())
    position = view.positions["P1"]
    assert (position.output_on, position.current_a, position.supply_v) == (False, None, None)
    assert position.voltage_v == position.meter_v


def test_an_absence_takes_the_old_number_away() -> None:
    journal = nights.charging_night()
    journal.say(3.6 * HOUR, story.samples((Polled("P1", story.lost(3.6 * HOUR)),)))
    position = seen(journal).positions["P1"]
    assert (position.output_on, position.supply_v, position.current_a, position.regulation) == (None, None, None, None)


def test_an_off_that_is_not_proven_leaves_the_output_unknown() -> None:
    journal = nights.charging_night()
    journal.say(3.6 * HOUR, SwitchedOff("P1", proven=False, detail="still answers ON"))
    view = seen(journal)
    assert view.positions["P1"].output_on is None
    assert (view.events[-1].tone, view.events[-1].text) == (
        Tone.ALARM,
        "P1 output NOT proven off: still answers ON.",
    )


@pytest.mark.parametrize(
    ("off", "cleared", "standing", "tone", "text"),
    [
        (True, (), (), Tone.QUIET, "P1 output off, proven by its answer; nothing was to be cleared."),
        (
            True,
            ("watchdog",),
            (),
            Tone.QUIET,
            "P1 watchdog cleared; its output was off before and after, by its answer.",
        ),
        (True, (), ("watchdog",), Tone.WARN, "P1 output off; its supply says tripped: watchdog."),
        (False, ("watchdog",), (), Tone.ALARM, "P1 output answered that it is on when a trip was to be cleared."),
    ],
)
def test_the_clearing_of_a_trip_says_what_was_seen_of_the_output(
    off: bool, cleared: tuple[str, ...], standing: tuple[str, ...], tone: Tone, text: str
) -> None:
    journal = nights.charging_night()
    journal.say(3.6 * HOUR, TripCleared("P1", "ann", off, cleared, standing))
    view = seen(journal)
    assert view.positions["P1"].output_on is (False if off else None)
    assert (view.events[-1].tone, view.events[-1].text) == (tone, text)


def test_what_is_waited_for_has_a_wall_time() -> None:
    journal = Journal()
    journal.say(100, Waiting("E1001", "the taper", BOOT_S + 100 + 3600))
    assert seen(journal).batteries["E1001"].until == "2026-05-01T19:31:40Z"


def test_another_phase_ends_the_waiting_of_the_old_one() -> None:
    journal = Journal()
    journal.say(1, Waiting("E1001", "the taper", BOOT_S + 100), PhaseEntered("E1001", "P1", Phase.FULL, "taper", 1))
    battery = seen(journal).batteries["E1001"]
    assert (battery.waiting_for, battery.until) == (None, None)


def test_the_next_battery_on_a_position_takes_the_place_of_the_one_before() -> None:
    journal = Journal()
    for serial in ("E1001", "E1002"):
        journal.say(1, PhaseEntered(serial, "P1", Phase.CONNECTING, "", 1))
    view = seen(journal)
    assert [battery.serial for battery in view.at("P1")] == ["E1002"]
    assert "E1001" in {battery.serial for battery in view.elsewhere()}


def test_a_group_hangs_on_one_position_together() -> None:
    journal = Journal()
    body = dict(journal.rows[0].body)
    bank = body["bank"]
    assert isinstance(bank, dict)
    body["bank"] = {**bank, "batteries": [{"serial": serial, "group": "A"} for serial in ("E1", "E2")]}
    journal.rows.clear()
    journal.add(0, "run_opened", body)
    for serial in ("E1", "E2"):
        journal.say(1, PhaseEntered(serial, "P1", Phase.CHARGING, "", 1))
    positions = status_dict(seen(journal), 1, 2)["positions"]
    assert isinstance(positions, list)
    assert positions[0]["serial"] == "E1+E2"


def test_alarms_stand_until_they_are_normal() -> None:
    journal = nights.alarmed_night()
    assert [alarm.state for alarm in seen(journal).alarms.values()] == [AlarmState.UNACK]
    journal.say(9000, AlarmChanged("a1", AlarmState.ACK, "ann"))
    assert [alarm.state for alarm in seen(journal).alarms.values()] == [AlarmState.ACK]
    journal.say(9001, AlarmChanged("a1", AlarmState.NORMAL, "ann"))
    assert seen(journal).alarms == {}


@pytest.mark.parametrize(("first_out", "who"), [(True, "P1 E1001, first: "), (False, "P1 E1001: ")])
def test_an_event_says_that_an_alarm_was_the_first_in_the_words_of_its_bar(first_out: bool, who: str) -> None:
    journal = nights.charging_night()
    alarm = AlarmRaised(
        alarm="a1",
        fault="over_voltage",
        position="P1",
        serial="E1001",
        latched=True,
        text="Too high.",
        value=14.9,
        limit=14.7,
        did="Off.",
        look_at="P1",
        priority=Priority.P1,
        first_out=first_out,
    )
    journal.say(9000, alarm)
    view = seen(journal)
    assert view.events[-1].text == f"{who}Too high. Off."
    assert view.alarms["a1"].marks == ("priority 1", "first")[: 1 + first_out]


def test_prompts_are_open_until_they_are_closed() -> None:
    journal = nights.resting_night()
    assert list(seen(journal).prompts) == ["isolate-P2"]
    journal.say(20_000, PromptClosed("isolate-P2", "done", "ann"))
    assert seen(journal).prompts == {}


@pytest.mark.parametrize(
    ("journal", "verdict", "spread_v"),
    [(nights.approved_night, Verdict.APPROVED, 0.033), (nights.rejected_night, Verdict.REJECTED, 0.184)],
)
def test_the_verdict_ends_the_run(journal: Callable[[], Journal], verdict: Verdict, spread_v: float) -> None:
    view = seen(journal())
    assert view.verdict is not None
    assert (view.verdict.verdict, view.verdict.spread_v, view.state, view.closed) == (
        verdict,
        spread_v,
        RunState(verdict.value),
        True,
    )


def test_after_the_end_nobody_waits_for_anything() -> None:
    journal = story.Journal()
    journal.say(1, Waiting("E1001", "the taper", None), RunClosed(Verdict.STOPPED, ("by ann",), None, "stopped"))
    assert seen(journal).batteries["E1001"].waiting_for is None


def test_without_an_engine_nobody_knows_what_the_outputs_do() -> None:
    view = seen(nights.charging_night())
    left = view.without_engine()
    assert all(position.output_on is None and position.voltage_v is None for position in left.positions.values())
    assert [battery.amp_hours for battery in left.batteries.values()] == [
        battery.amp_hours for battery in view.batteries.values()
    ]
    assert view.positions["P1"].output_on is True


def test_status_has_the_keys_scripts_rely_on() -> None:
    status = status_dict(seen(nights.alarmed_night()), 11, 12)
    assert (
        set(status) == {"state", "run", "engine_pid", "guard_pid", "alarms", "flood", "prompts", "positions"} | COMING
    )
    assert [status[key] for key in ("state", "run", "engine_pid", "guard_pid")] == ["charging", story.RUN, 11, 12]
    assert json.loads(json.dumps(status, allow_nan=False)) == status


def test_status_of_an_idle_home() -> None:
    assert status_dict(None, None, None) == {
        "state": "idle",
        "run": None,
        "engine_pid": None,
        "guard_pid": None,
        "alarms": [],
        "flood": None,
        "prompts": [],
        "positions": [],
    } | dict.fromkeys(COMING)


def test_the_same_sentence_again_is_counted_not_repeated() -> None:
    journal = Journal()
    for second in range(5):
        for name in ("P1", "P2"):
            journal.say(second, WireFailed("psu1", name, "measure_voltage", AbsenceReason.TIMEOUT, "no reply"))
    assert [(event.times, event.text) for event in seen(journal).events][1:] == [
        (5, "P1 measure voltage failed: timeout: no reply."),
        (5, "P2 measure voltage failed: timeout: no reply."),
    ]


def test_the_event_list_is_bounded() -> None:
    journal = Journal()
    for second in range(EVENTS + 50):
        journal.say(second, Noted(f"remark {second}"))
    assert len(seen(journal).events) == EVENTS


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (SwitchedOn("P1"), "P1 output on."),
        (StopRequested("ann"), "Stop asked for by ann."),
        (StopRequested(None), "Stop asked for."),
        (AckRequested("a1", "ann"), "Acknowledgement asked for by ann."),
        (GuardLog(('{"text":"lease is stale","wall":""}', "psu1 off")), "The guard acted: lease is stale; psu1 off"),
    ],
)
def test_rows_are_told_in_sentences(body: Body, text: str) -> None:
    journal = Journal()
    journal.say(1, body)
    assert seen(journal).events[-1].text == text


def test_time_goes_on_over_a_restart_of_the_machine() -> None:
    view = RunView()
    view.apply(1, 90_000.0, "2026-05-01T20:00:00Z", "noted", {"text": "before"})
    view.apply(2, 90_060.0, "2026-05-01T20:01:00Z", "noted", {"text": "before"})
    view.apply(3, 12.0, "2026-05-01T20:06:00Z", "noted", {"text": "after"})
    assert view.elapsed_s == 360.0


def test_the_curve_of_a_whole_night_stays_small() -> None:
    view = seen(nights.approved_night())
    assert all(2 < len(series.slices) <= 512 for series in view.series.values())


def test_no_text_of_a_view_can_move_a_cursor_or_hide() -> None:
    view = seen(nights.hostile_night())
    told = json.dumps(status_dict(view, None, None), ensure_ascii=False) + "".join(each.text for each in view.events)
    assert all(character.isprintable() for character in told)
    assert len(told) < 10_000


JSON = nested(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20), st.text(max_size=10))
PARTS = ["bench", "bank", "batteries", "positions", "polled", "scanned", "readings", "sample", "steps", "lines"]
VALUES = ["serial", "position", "phase", "until_s", "amp_hours", "alarm", "state", "prompt", "verdict", "text"]
KEYS = st.sampled_from([*PARTS, *VALUES])
KINDS = st.sampled_from([*sorted({row.kind for row in nights.alarmed_night().rows}), "run_closed", "guard_log", "odd"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(KINDS, st.dictionaries(KEYS, JSON, max_size=6)), max_size=8))
def test_no_row_however_odd_stops_a_view(rows: list[tuple[str, Mapping[str, object]]]) -> None:
    view = RunView()
    for seq, (kind, body) in enumerate(rows, 1):
        view.apply(seq, float(seq), story.STARTED, kind, body)
    json.dumps(status_dict(view, None, None), allow_nan=False)


def test_an_amount_is_what_was_counted_last() -> None:
    journal = Journal()
    journal.say(1, Counted("E1001", 1.0), Counted("E1001", 2.5))
    assert seen(journal).batteries["E1001"].amp_hours == 2.5
