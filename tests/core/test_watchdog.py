"""A supply's own watchdog: armed with the rest, seen when it bites, let go. Literal bytes first, then the core."""

from dataclasses import replace

import pytest

from benchctl.core import messages as m
from benchctl.core.dialect.conversation import LinkFault, Spot, Told, poll, program, switch_off, switch_on
from benchctl.core.dialect.dialogue import run_conversation
from benchctl.core.dialect.egress import Door, Envelope
from benchctl.core.dialect.grammar import Text
from benchctl.core.dialect.watchdog import unbitten
from benchctl.core.model import Absence, AbsenceReason, Regulation, Sense, Settings
from benchctl.core.procedure import Procedure
from benchctl.core.run.frozen import SETTLING_LOOKS
from benchctl.core.run.limits import Breach
from benchctl.core.run.output import Power
from benchctl.core.run.protection import Change, envelope, protected, unwatched
from benchctl.edge.dialects import load_dialect
from tests.core.stage import Stage
from tests.core.values import SUPPLY, mission, seen, shipped
from tests.fakes import ManualClock, ScriptedLink, late

N6951A = Spot("psu1", "P1", load_dialect("keysight-n6900").voice("N6951A", 1), Sense.LOCAL)
CLOCK = ManualClock(100.0)
WATCHED = Settings(14.6, 10.0, 14.8, None, 15.0)
TRIP, DELAY, ARMED = b"STAT:QUES:COND?\n", b"OUTP:PROT:WDOG:DEL?\n", b"OUTP:PROT:WDOG?\n"
Pair = tuple[bytes, bytes | LinkFault | None]

ARM: list[Pair] = [
    (b"OUTP:PROT:WDOG:DEL 15\n", None),
    (DELAY, b"+15\n"),
    (b"OUTP:PROT:WDOG ON\n", None),
    (ARMED, b"1\n"),
]
HELD: list[Pair] = [
    (b"VOLT?\n", b"+1.460000E+01\n"),
    (b"CURR:LIM?\n", b"+1.000000E+01\n"),
    (b"VOLT:PROT?\n", b"+1.480000E+01\n"),
    (b"CURR:PROT:STAT?\n", b"0\n"),
    (DELAY, b"+15\n"),
    (ARMED, b"1\n"),
]
QUIET: Pair = (b"SYST:ERR?\n", b'+0,"No error"\n')
UP: list[Pair] = [
    (TRIP, b"+0\n"),
    (b"FUNC?\n", b"VOLT\n"),
    (b"VOLT?\n", b"+0.000000E+00\n"),
    (b"CURR:PROT:STAT OFF\n", None),
    (b"CURR:PROT:STAT?\n", b"0\n"),
    (b"VOLT:PROT 14.800\n", None),
    (b"VOLT:PROT?\n", b"+1.480000E+01\n"),
    (b"CURR:LIM 10.000\n", None),
    (b"CURR:LIM?\n", b"+1.000000E+01\n"),
    (b"VOLT 14.600\n", None),
    (b"VOLT?\n", b"+1.460000E+01\n"),
]


def held(conversation: object, *pairs: Pair) -> Told:
    with ScriptedLink(*pairs) as link:
        return run_conversation(conversation, link)  # type: ignore[arg-type]


def test_it_is_set_switched_on_and_read_back_before_anything_is_on() -> None:
    assert held(program(N6951A, WATCHED, None), *UP, *ARM, *HELD, QUIET).event == m.Programmed("P1", WATCHED)


def test_a_live_channel_is_told_of_it_every_time() -> None:
    told = held(program(N6951A, WATCHED, WATCHED), *ARM, *HELD, QUIET)
    assert told.event == m.Programmed("P1", WATCHED)


@pytest.mark.parametrize("answer", [b"+16\n", b"+14\n", b"+60\n"])
def test_another_delay_is_refused(answer: bytes) -> None:
    told = held(program(N6951A, WATCHED, WATCHED), ARM[0], (DELAY, answer))
    assert isinstance(told.event, m.SettingRefused)


def test_one_that_stays_off_is_refused() -> None:
    told = held(program(N6951A, WATCHED, WATCHED), *ARM[:3], (ARMED, b"0\n"))
    assert told.event == m.SettingRefused("P1", "watchdog_on", 1.0, 0.0)


def test_its_trip_has_to_be_cleared_by_a_person_first() -> None:
    told = held(program(N6951A, WATCHED, None), (TRIP, b"+2048\n"))
    assert isinstance(told.event, m.SettingRefused)
    assert "clear it at the front panel" in told.event.what


def test_an_output_that_says_on_behind_a_trip_is_not_on() -> None:
    bitten: list[Pair] = [(TRIP, b"+2048\n"), (TRIP, b"+2048\n")]
    told = held(switch_on(N6951A, WATCHED), *HELD, (b"OUTP ON\n", None), (b"OUTP?\n", b"1\n"), *bitten)
    how = "reset the position while the run is on, or clear it at the front panel"
    assert told.event == m.SettingRefused("P1", f"output on (watchdog tripped: {how})", 1.0, 0.0)


def looked(output: bytes, trip: bytes | LinkFault) -> Told:
    """A look, with these answers to whether the output is on, and whether the watchdog has tripped."""
    return held(
        poll(N6951A, CLOCK),
        (b"MEAS:VOLT?\n", b"+1.400000E+01\n"),
        (b"MEAS:CURR?\n", b"+1.000000E+01\n"),
        (b"VOLT?\n", b"+1.460000E+01\n"),
        (b"CURR:LIM?\n", b"+1.000000E+01\n"),
        (b"OUTP?\n", output),
        (TRIP, trip),
    )


def output_of(told: Told) -> bool | Absence:
    assert isinstance(told.event, m.Polled)
    return told.event.sample.output_on


@pytest.mark.parametrize(
    ("output", "status", "on"),
    [
        (b"1\n", b"+0\n", True),
        (b"1\n", b"+2048\n", False),
        (b"1\n", b"+8192\n", True),
        (b"0\n", b"+0\n", False),
        (b"0\n", b"+2048\n", False),
    ],
)
def test_a_look_sees_that_it_has_bitten(output: bytes, status: bytes, on: bool) -> None:
    assert output_of(looked(output, status)) is on


def test_nobody_knows_that_an_output_is_on_of_whose_trip_nothing_is_heard() -> None:
    told = looked(b"1\n", late())
    output = output_of(told)
    assert isinstance(output, Absence)
    assert (output.reason, told.trusted) == (AbsenceReason.TIMEOUT, False)


def test_a_trip_that_is_answered_with_neither_yes_nor_no_is_no_output_that_is_on() -> None:
    output = unbitten(True, (Text("PERHAPS"), 100.0))
    assert output == Absence(AbsenceReason.GARBLED, 100.0, "neither tripped nor not: Text(text='PERHAPS')")


def test_it_is_let_go_when_the_output_is_proven_off() -> None:
    told = held(switch_off(N6951A), (b"OUTP OFF\n", None), (b"OUTP?\n", b"0\n"), (b"OUTP:PROT:WDOG OFF\n", None))
    assert told == Told(m.SwitchedOff("P1", True, ""), True)


def test_it_stays_armed_while_the_output_is_not_proven_off() -> None:
    again: list[Pair] = [(b"OUTP OFF\n", None), (b"OUTP?\n", b"1\n")]
    told = held(switch_off(N6951A), *again, (b"SYST:COMM:RLST REM\n", None), *again)
    assert isinstance(told.event, m.SwitchedOff)
    assert not told.event.proven


def test_a_wire_that_breaks_when_it_is_let_go_takes_no_proof_away() -> None:
    broken = LinkFault(AbsenceReason.CLOSED, "gone", 0.0)
    told = held(switch_off(N6951A), (b"OUTP OFF\n", None), (b"OUTP?\n", b"0\n"), (b"OUTP:PROT:WDOG OFF\n", broken))
    assert told == Told(m.SwitchedOff("P1", True, ""), False)


# ---------------------------------------------------------------- the door


@pytest.mark.parametrize(
    ("line", "granted", "passes"),
    [
        (b"OUTP:PROT:WDOG:DEL 15\n", True, True),
        (b"OUTP:PROT:WDOG:DEL 16\n", True, False),
        (b"OUTP:PROT:WDOG:DEL 3600\n", True, False),
        (b"OUTP:PROT:WDOG:DEL MAX\n", True, False),
        (b"OUTP:PROT:WDOG:DEL 15\n", False, False),
        (b"OUTP:PROT:WDOG ON\n", True, True),
        (b"OUTP:PROT:WDOG OFF\n", True, False),
        (b"OUTP:PROT:WDOG OFF\n", False, True),
        (b"OUTP:PROT:WDOG 0\n", False, False),
    ],
)
def test_the_last_door_lets_out_no_longer_delay_and_no_off_while_it_charges(
    line: bytes, granted: bool, passes: bool
) -> None:
    door = Door({"P1": N6951A.voice}, {"P1": Envelope(14.6, 10.0, 15.0, None, 15.0)})
    if granted:
        door.granted.add("P1")
    assert (door.refusal(line) is None) is passes


# ---------------------------------------------------------------- the core


def waiting(watchdog_s: float) -> Procedure:
    full = shipped()
    return replace(full, safety=replace(full.safety, watchdog_s=watchdog_s))


@pytest.mark.parametrize(
    ("wanted_s", "low_s", "high_s", "armed_s"),
    [(15.0, 1.0, 3600.0, 15.0), (7.9, 1.0, 3600.0, 7.0), (15.0, 1.0, 10.0, 10.0), (5.0, 20.0, 60.0, 20.0)],
)
def test_the_delay_is_the_procedure_s_in_whole_seconds_as_near_as_the_supply_can(
    wanted_s: float, low_s: float, high_s: float, armed_s: float
) -> None:
    able = replace(SUPPLY, watchdog_min_s=low_s, watchdog_max_s=high_s)
    assert protected(14.6, 5.0, 0.0, able, waiting(wanted_s)).watchdog_s == armed_s


def test_without_one_none_is_armed_and_none_may_be() -> None:
    plain = mission()
    place = next(iter(plain.queues()))
    assert plain.supplies[place].watchdog_max_s is None
    assert protected(14.6, 5.0, 0.0, plain.supplies[place], shipped()).watchdog_s is None
    assert envelope(plain, place).watchdog_s is None


@pytest.mark.parametrize(
    ("theirs_s", "change"),
    [(15.0, None), (None, Change("watchdog", 15.0, None)), (16.0, Change("watchdog", 15.0, 16.0))],
)
def test_one_that_is_off_or_waits_longer_is_not_as_it_was_set(theirs_s: float | None, change: Change | None) -> None:
    assert unwatched(WATCHED, replace(WATCHED, watchdog_s=theirs_s)) == change


def test_what_nobody_armed_is_not_missed() -> None:
    assert unwatched(replace(WATCHED, watchdog_s=None), WATCHED) is None


def charging() -> tuple[Stage, Settings]:
    """At its target, with a supply that has one; and what it holds."""
    able = replace(SUPPLY, watchdog_min_s=1.0, watchdog_max_s=3600.0)
    stage = Stage(supply=able).up_to(Power.ON)
    present = stage.place.output.present
    assert present is not None
    assert present.watchdog_s == 15.0
    return stage, present


def test_one_that_is_lost_is_told_and_armed_again_and_only_the_taper_s_hold_begins_anew() -> None:
    stage, present = charging()
    stage.guest.heard.clear()
    stage.place.settings_read(20.0, m.SettingsRead("P1", replace(present, watchdog_s=None)))
    assert (stage.told, stage.warnings, stage.orders()) == (["watchdog_lost"], [], [m.Program("P1", present)])
    stage.programmed()
    assert (stage.place.power, stage.guest.heard, stage.alarms) == (Power.ON, ["missed"], [])


def test_the_charge_goes_on_where_it_was_once_the_looks_have_settled() -> None:
    stage, present = charging()
    stage.place.settings_read(11.5, m.SettingsRead("P1", replace(present, watchdog_s=None)))
    stage.programmed()
    for at_s in range(12, 17):
        stage.place.polled(at_s, seen(13.4, 10.0, Regulation.CC, at_s=at_s))
    assert [look.at_s for look in stage.guest.looks] == [*range(11 + SETTLING_LOOKS, 17)]


def test_a_wire_that_fails_while_it_is_armed_again_is_a_trip() -> None:
    stage, present = charging()
    stage.place.settings_read(20.0, m.SettingsRead("P1", replace(present, watchdog_s=None)))
    stage.place.failed(20.0, Breach("wire_failed", None, None, "no reply"))
    stage.gives_up("wire_failed")


def test_a_second_time_it_is_a_trip() -> None:
    stage, present = charging()
    for _ in range(2):
        stage.place.settings_read(20.0, m.SettingsRead("P1", replace(present, watchdog_s=60.0)))
        stage.programmed()
    stage.gives_up("setting_refused")


def test_one_that_cannot_be_armed_again_is_a_trip() -> None:
    stage, present = charging()
    stage.place.settings_read(20.0, m.SettingsRead("P1", replace(present, watchdog_s=None)))
    stage.place.failed(20.0, Breach("setting_refused", 0.0, 1.0, "it stays off"))
    stage.gives_up("setting_refused")
