"""Whole nights as journal rows: what the view and the screen are tested with, and what the pictures show."""

from dataclasses import replace

from benchctl.core.messages import (
    AlarmRaised,
    MetersScanned,
    PhaseEntered,
    Polled,
    PromptAsked,
    PromptClosed,
    PromptKind,
    RunEntered,
    SpreadMeasured,
    SwitchedOff,
    VerdictReached,
    Waiting,
)
from benchctl.core.model import Phase, Priority, Reading, RunState, Verdict
from benchctl.core.probes import Errand, ProbesLifted, ProbesRead, ProbesSeen, ProbesState
from benchctl.core.rows import RunClosed, Samples
from tests.tui.story import BOOT_S, HOUR, MINUTE, Journal, begin, charge, charging, rest, sample, samples


def charging_night(count: int = 4) -> Journal:
    """Three and a half hours in: one absorbs, the others still take full current."""
    journal = Journal(count, simulated=True)
    begin(journal)
    charge(journal, 3.5 * HOUR)
    return journal


def picture_night() -> Journal:
    """Four batteries at four different points."""
    journal = Journal(4, simulated=True)
    begin(journal)
    charge(journal, 3.98 * HOUR)
    return journal


def resting_night(count: int = 4) -> Journal:
    """All rest, and a person is asked for."""
    journal = Journal(count)
    begin(journal)
    charge(journal, 4.6 * HOUR)
    journal.say(4.6 * HOUR, RunEntered(RunState.RESTING, "every battery is full"))
    rest(journal, 4.6 * HOUR, 5.5 * HOUR)
    journal.say(
        5.5 * HOUR,
        PromptAsked(
            prompt="isolate-P2",
            kind=PromptKind.ISOLATE,
            text="Take the supply's leads off battery E1002 on P2: plus first, then minus. Leave the meter's leads on.",
            position="P2",
            serial="E1002",
        ),
    )
    return journal


def probing_night(state: ProbesState = ProbesState.UNSTEADY, volts: float = 13.4821) -> Journal:
    """One meter that a person holds: the first battery is read, the second is asked for."""
    journal = Journal(4, by_hand=True)
    begin(journal)
    charge(journal, 4.6 * HOUR)
    journal.say(4.6 * HOUR, RunEntered(RunState.RESTING, "every battery is full"))
    at_s = 7.1 * HOUR
    journal.say(at_s, RunEntered(RunState.VERIFYING, "every battery has rested"))
    for number, serial in enumerate(journal.serials[:2], 1):
        asked = f"Put the probes of dmm1 on {serial} at P{number}, red on plus: its rested voltage."
        journal.say(at_s + 20 * number, PromptAsked(f"Q{number}", PromptKind.HOLD_PROBES, asked, f"P{number}", serial))
    journal.say(at_s + 30, PromptClosed("Q1", "read", None))
    journal.say(at_s + 30, ProbesRead("dmm1", "P1", journal.serials[0], Errand.SCAN, 13.4899))
    journal.say(at_s + 40, ProbesLifted("dmm1", "P1", journal.serials[0]))
    journal.say(at_s + 45, ProbesSeen("Q2", "P2", journal.serials[1], state, volts))
    shown = MetersScanned("dmm1", (("P2", Reading(volts, BOOT_S + at_s + 46, f"{volts:+.6E}")),))
    journal.say(at_s + 46, Samples((), (shown,), ()))
    return journal


def reversed_night() -> Journal:
    """The same with red on minus."""
    return probing_night(ProbesState.REVERSED, -13.4821)


def alarmed_night(count: int = 4) -> Journal:
    """The BMS of P3, or its lead, opened in the middle of the charge."""
    journal = Journal(count)
    begin(journal)
    charge(journal, 2.4 * HOUR)
    at_s = 2.4 * HOUR + 5
    journal.say(
        at_s,
        AlarmRaised(
            alarm="a1",
            fault="current_stopped",
            position="P3",
            serial="E1003",
            latched=True,
            text="Current fell from 20.0 A to 0.0 A within 1 s. This is no taper: the BMS opened, or a lead is off.",
            value=0.0,
            limit=10.0,
            did="Output off, proven.",
            look_at="clamps and fuse of P3, then the BMS of E1003",
            priority=Priority.P1,
            first_out=True,
        ),
        SwitchedOff("P3", proven=True, detail=""),
        PhaseEntered("E1003", "P3", Phase.TRIPPED, "current stopped in one step, from 20.0 A to 0.0 A", 1),
    )
    looks = tuple(
        Polled(name, sample(*charging(at_s - 5 * MINUTE, index)[:2], BOOT_S + at_s, tapering=False))
        for index, name in enumerate(journal.names)
        if name != "P3"
    )
    journal.say(at_s + 1, samples(looks))
    return journal


def judged_night(verdict: Verdict, spread_v: float, reasons: tuple[str, ...]) -> Journal:
    """A whole night to its verdict."""
    journal = Journal(4)
    begin(journal)
    charge(journal, 4.6 * HOUR)
    journal.say(4.6 * HOUR, RunEntered(RunState.RESTING, "every battery is full"))
    rest(journal, 4.6 * HOUR, 7.1 * HOUR)
    at_s, good = 7.1 * HOUR, verdict is Verdict.APPROVED
    outliers = () if good else (journal.serials[2],)
    journal.say(
        at_s,
        RunEntered(RunState.VERIFYING, "every battery has rested"),
        SpreadMeasured(1, tuple((serial, 13.48) for serial in journal.serials), (), spread_v, 0.012, 0.1, outliers),
    )
    for name, serial in zip(journal.names, journal.serials, strict=True):
        phase = Phase.OUTLIER if serial in outliers else Phase.VERIFIED
        journal.say(at_s, PhaseEntered(serial, name, phase, "read 13.48 V after 2 h 30 min of rest", 1))
    closed = RunClosed(verdict, reasons, spread_v, "the run is over")
    journal.say(at_s + 20, VerdictReached(verdict, spread_v, reasons), closed)
    return journal


def approved_night() -> Journal:
    """The string is good."""
    return judged_night(
        Verdict.APPROVED,
        0.033,
        (
            "Every battery tapered at 14.6 V and rested 2 h 15 min to 2 h 55 min.",
            "Largest minus smallest is 0.033 V, and 0.045 V with the uncertainty; the limit is 0.100 V.",
        ),
    )


def rejected_night() -> Journal:
    """One battery stays low."""
    return judged_night(
        Verdict.REJECTED,
        0.184,
        (
            "E1003 rests 0.184 V below the others after 2 rounds of topping up; the limit is 0.100 V.",
            "Take E1003 out and bring another battery; the other three may stay.",
        ),
    )


HOSTILE = (
    "[@click=app.quit]quit[/]",
    "[/x] PSU[/red]",
    "\x1b[2J\x1b]0;owned\x07RED\x1b[31m",
    "ab\u202eevil\u200b\u2066cd",
    "\x9b31mC1 \x1b]52;c;ZXZpbA==\x1b\\",
    "A" * 10_000,
    "line one\nline two\r\ttabbed",
    "全角のシリアル番号です",
)
"""What an instrument or a file might call itself to get at the screen."""


def hostile_night() -> Journal:
    """Every text comes from somebody who means harm."""
    journal = Journal(4, serials=HOSTILE[:4])
    bank = {"name": HOSTILE[0], "batteries": [{"serial": serial} for serial in HOSTILE[:4]]}
    journal.rows[0] = replace(journal.rows[0], body={**journal.rows[0].body, "bank": bank})
    for name, serial, evil in zip(journal.names, journal.serials, HOSTILE[4:], strict=True):
        journal.say(60, PhaseEntered(serial, name, Phase.CHARGING, evil, 1), Waiting(serial, evil, None))
    prompt = PromptAsked("p", PromptKind.CONNECT, HOSTILE[1], "P1", None)
    alarm = AlarmRaised(
        "a", HOSTILE[0], "P1", HOSTILE[2], True, HOSTILE[5], None, None, HOSTILE[6], HOSTILE[1], Priority.P1, True
    )
    journal.say(90, RunEntered(RunState.CHARGING, HOSTILE[1]), prompt, alarm)
    return journal
