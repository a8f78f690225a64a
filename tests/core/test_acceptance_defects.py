"""The independent verifier: each single defect of a sound night takes its approval away, and is named."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest

from benchctl.core import messages as m, model as c
from benchctl.core.acceptance.record import DISPUTED, assess
from benchctl.core.journal.chain import Json
from benchctl.core.probes import ProbesLifted
from benchctl.core.rows import Body, Intent, RunOpened, Samples
from benchctl.core.view.fields import Fields
from tests.records.stories import (
    PLACES,
    SERIALS,
    Plot,
    Tale,
    edited,
    fewer_looks,
    look,
    looks,
    night,
    opening,
    put,
    rows,
    time_of,
    told_again,
    without,
)

OFF_S = time_of(night(), m.SwitchedOff, 2)
SCAN_S = time_of(night(), m.SpreadMeasured)
COARSE = c.MeterAbility(gain=0.001, offset_v=0.002, range_v=100.0, relay=False)


def record(tale: Tale) -> dict[str, Json]:
    return assess(rows(tale))


def objections(tale: Tale) -> tuple[str, ...]:
    return Fields(record(tale)).texts("objections")


def one_absent(body: Body) -> Body:
    assert isinstance(body, Samples)
    gone = c.Absence(c.AbsenceReason.OVERLOAD, 0.0, "overload")
    readings = tuple((name, gone if name == "P1" else one) for name, one in body.scanned[0].readings)
    return replace(body, scanned=(m.MetersScanned("dmm1", readings),))


def no_meter(body: Body) -> Body:
    return replace(cast(Samples, body), scanned=()) if cast(Samples, body).polled else body


def bank(change: Callable[[c.Bank], c.Bank]) -> Tale:
    return opening(night(), lambda body: replace(body, bank=change(body.bank)))


def second(change: Callable[[c.Battery], c.Battery]) -> Tale:
    return bank(lambda one: replace(one, batteries=(one.batteries[0], change(one.batteries[1]))))


def due(date: str) -> Tale:
    def change(body: RunOpened) -> RunOpened:
        entries = tuple(replace(one, calibration_due=date) for one in body.bench.instruments)
        return replace(body, bench=replace(body.bench, instruments=entries))

    return opening(night(), change)


def procedure(section: str, **numbers: float) -> Tale:
    def change(body: RunOpened) -> RunOpened:
        rules = replace(getattr(body.procedure, section), **numbers)
        return replace(body, procedure=replace(body.procedure, **{section: rules}))

    return opening(night(), change)


def powered_look(at_s: float) -> Samples:
    return Samples((look(at_s, "P1", 14.6, 2.0, c.Regulation.CV),), (), ())


def stepped() -> Tale:
    """Both currents fall from 3.8 A to 0.9 A between two looks, long after the voltage was reached."""
    tale = night()
    held = [looks(21.0 + s, 14.6, 3.8, c.Regulation.CV) for s in range(70)]
    tail = [looks(91.0 + s, 14.6, 0.9, c.Regulation.CV) for s in range(21)]
    later = without(tale, lambda at_s, body: isinstance(body, Samples) and 20.0 < at_s <= OFF_S)
    moved: Tale = [(at_s + 200.0 if at_s > 20.0 else at_s, shifted(body)) for at_s, body in later]
    return sorted([*moved, *held, *tail], key=lambda said: said[0])


def never_flowed() -> Tale:
    """From the target on, no current above the taper's."""
    return without(night(), lambda at_s, b: isinstance(b, Samples) and 10.0 < at_s < OFF_S - 20.6)


def shifted(body: Body) -> Body:
    if not isinstance(body, Samples) or body.polled:
        return body
    pairs = tuple((n, replace(r, at_s=r.at_s + 200.0)) for n, r in body.scanned[0].readings if isinstance(r, c.Reading))
    return replace(body, scanned=(m.MetersScanned("dmm1", pairs),))


def switched_again() -> Tale:
    return put(night(), OFF_S + 30.0, m.SwitchedOn("P1"), m.SwitchedOff("P1", True, ""))


def swapped() -> Tale:
    """The run says that E2 hung on P1."""
    tale = night()
    swap = dict(zip(SERIALS, reversed(PLACES), strict=True))
    return edited(tale, m.PhaseEntered, lambda b: replace(phase(b), position=swap[phase(b).serial]))


def dark_look(at_s: float) -> Samples:
    """A look that says that P1's output is off."""
    seen = look(at_s, "P1", 14.6, 0.9, c.Regulation.CV)
    return Samples((replace(seen, sample=replace(seen.sample, output_on=False)),), (), ())


def early_verdict() -> Tale:
    (reached,) = (body for _, body in night() if isinstance(body, m.VerdictReached))
    return put(without(night(), lambda _, body: body == reached), SCAN_S - 1.0, reached)


def long_rest(fall_v_per_h: float) -> Tale:
    """A night whose rest is long enough for a slope."""
    return opening(
        night(Plot(rest_s=700.0, fall_v_per_h=fall_v_per_h)),
        lambda b: replace(b, procedure=replace(b.procedure, rest=replace(b.procedure.rest, max_s=900.0))),
    )


def held_less(body: Body) -> Body:
    """A supply that says that it holds less current than the 4 A that were ordered."""
    programmed = cast(m.Programmed, body)
    return replace(programmed, settings=replace(programmed.settings, current_a=1.6))


def isolated_too_early() -> Tale:
    """E1's leads were said to be off half a minute before its output was."""
    tale = night(Plot(isolation=c.Isolation.MANUAL))
    prompt = [body for _, body in tale if isinstance(body, m.PromptAsked | m.PromptClosed) and body.prompt == "Q1"]
    return put(without(tale, lambda _, body: body in prompt), OFF_S - 30.0, *prompt)


def half_looks(change: Callable[[c.Reading], c.Measurement]) -> Tale:
    """In the middle of the taper the looks at the supplies have another current, or none."""

    def halved(at_s: float, body: Body) -> Body:
        if not isinstance(body, Samples) or not OFF_S - 13.0 < at_s < OFF_S - 3.0:
            return body
        samples = ((one, one.sample.current) for one in body.polled)
        return replace(
            body,
            polled=tuple(
                replace(one, sample=replace(one.sample, current=change(current)))
                for one, current in samples
                if isinstance(current, c.Reading)
            ),
        )

    return [(at_s, halved(at_s, body)) for at_s, body in night()]


def phase(body: Body) -> m.PhaseEntered:
    assert isinstance(body, m.PhaseEntered)
    return body


DEFECTS: dict[str, tuple[Tale, str]] = {
    "taper 1 s too short": (night(Plot(hold_s=19)), "E1: its taper held for 19.0 s instead of 20 s."),
    "current above the limit": (night(Plot(taper_a=1.001)), "still 1.001 A, above the taper limit of 1.000 A"),
    "no current": (night(Plot(taper_a=0.0)), "its current fell in a step"),
    "battery below the voltage": (night(Plot(charged_v=14.579)), "stood at 14.579 V at the end of its charge"),
    "supply not in CV": (night(Plot(regulation=c.Regulation.CC)), "its supply held CC at the end"),
    "set to another voltage": (night(Plot(set_v=14.4)), "its charge ended at 14.40 V, not at 14.60 V"),
    "set point moved in the taper": (
        put(night(), OFF_S - 5.0, m.SettingsRead("P1", c.Settings(14.5, 4.0, 14.8, 4.4))),
        "E1: its taper held for 4.0 s instead of 20 s.",
    ),
    "gap in the taper": (fewer_looks(night(), OFF_S - 13.0, OFF_S - 3.0), "readings were up to 11 s apart"),
    "no meter in the charge": (edited(night(), Samples, no_meter), "the meter gave no fresh reading"),
    "no current in the looks of the taper": (
        half_looks(lambda one: c.Absence(c.AbsenceReason.TIMEOUT, one.at_s, "no reply")),
        "readings were up to 11 s apart",
    ),
    "an old current in the looks of the taper": (
        half_looks(lambda one: replace(one, at_s=one.at_s - 16.0)),
        "readings were up to 11 s apart",
    ),
    "less current read back than ordered": (
        edited(night(), m.Programmed, held_less),
        "still 0.900 A, above the taper limit of 0.800 A",
    ),
    "less current read back, and no order": (
        edited(without(night(), lambda _, body: isinstance(body, Intent)), m.Programmed, held_less),
        "still 0.900 A, above the taper limit of 0.800 A",
    ),
    "current that steps": (stepped(), "its current fell in a step from 3.80 A to 0.90 A"),
    "current that steps while the set point is told again": (
        told_again(fewer_looks(stepped(), 86.5, 90.5), 90.2),
        "its current fell in a step from 3.80 A to 0.90 A",
    ),
    "set point told again in the taper": (told_again(night(), OFF_S - 5.5), "E1: its taper held for 4.0 s"),
    "never a larger current": (never_flowed(), "never more than 0.90 A flowed, so nothing tapered to 1.00 A"),
    "rest too young": (night(Plot(rest_s=119.0)), "E1: it had rested 119 s when it was read, less than 120 s."),
    "rest too old": (night(Plot(rest_s=256.0)), "E1: it had rested 256 s when it was read, more than 240 s."),
    "one reading absent": (edited(night(), Samples, one_absent, -1), "E1: the common scan has 4 good readings"),
    "rested too low": (night(Plot(rested_v=(13.19, 13.21))), "E1: it rests at 13.190 V, outside 13.20 to 13.80 V."),
    "rested too high": (night(Plot(rested_v=(13.79, 13.81))), "E2: it rests at 13.810 V, outside 13.20 to 13.80 V."),
    "off not proven": (
        edited(night(), m.SwitchedOff, lambda b: replace(cast(m.SwitchedOff, b), proven=False), 2),
        "E1: its output was not proven off after it was charged.",
    ),
    "off missing": (
        without(night(), lambda at_s, b: isinstance(b, m.SwitchedOff) and b.position == "P1" and at_s == OFF_S),
        "P1: its output is not proven off at the end",
    ),
    "output seen on in rest": (
        put(night(), OFF_S + 30.0, powered_look(OFF_S + 30.0)),
        "E1: its position's output was on while it rested",
    ),
    "switched on in rest": (switched_again(), "E1: no complete reading shows how its charge ended."),
    "switched on after the scan": (
        put(night(), SCAN_S, m.SwitchedOn("P1"), m.SwitchedOff("P1", True, "")),
        "E1: its position was switched on after the common scan",
    ),
    "no isolation": (
        without(night(Plot(isolation=c.Isolation.MANUAL)), lambda _, b: isinstance(b, m.PromptClosed)),
        "E1: it has no rest after its last charge",
    ),
    "isolated while it charged": (isolated_too_early(), "E1: it has no rest after its last charge"),
    "calibration past its date": (due("2026-04-30"), "The calibration of dmm1 is overdue"),
    "calibration stated overdue": (
        opening(night(), lambda body: replace(body, calibration_overdue=("psu1",))),
        "The calibration of psu1 is overdue",
    ),
    "the same serial twice": (second(lambda one: replace(one, serial=" e1")), "The serial number e1 stands for more"),
    "another model": (second(lambda one: replace(one, model="X")), "E2 is of another brand, model or capacity"),
    "another chemistry": (second(lambda one: replace(one, chemistry="NMC")), "E2 is NMC; the procedure is for"),
    "another number of cells": (second(lambda one: replace(one, cells=8)), "E2 has 8 cells; the procedure is for 4."),
    "a voltage no battery survives": (night(Plot(charged_v=15.01)), "E1: it stood at 15.01 V while it was charged"),
    "rising at rest": (long_rest(-0.030), "E1: it rose by 30.0 mV an hour at rest."),
    "no set point read back": (
        without(night(), lambda _, b: isinstance(b, m.Programmed | m.SettingsRead)),
        "E1: no complete reading shows how its charge ended.",
    ),
    "seen off in the taper": (put(night(), OFF_S - 10.5, dark_look(OFF_S - 10.5)), "E1: its taper held for 9.0 s"),
    "verdict before the scan": (early_verdict(), "The verdict stands before the common scan it should follow from."),
    "a battery too few": (bank(lambda one: replace(one, series=3)), "is 3s1p and needs 3 batteries; it has 2."),
    "batteries swapped": (swapped(), "by its prompts it is on P1"),
    "no temperature": (
        opening(night(), lambda body: replace(body, temperature_c=None)),
        "temperature was neither declared nor read",
    ),
    "procedure text changed": (
        opening(night(), lambda body: replace(body, procedure=replace(body.procedure, text="x"))),
        "not the one its SHA-256 was made of",
    ),
    "procedure too loose": (procedure("match", spread_v=0.2), "match.spread_v is 0.2; an approval needs 0 to 0.1"),
    "meter too coarse": (
        opening(night(), lambda body: replace(body, meters=dict.fromkeys(PLACES, COARSE))),
        "its meter is too coarse to prove 0.100 V",
    ),
    "meter of unknown accuracy": (
        opening(night(), lambda b: replace(b, meters=dict.fromkeys(PLACES))),
        "not every battery was read with a meter of known accuracy",
    ),
    "never scanned": (without(night(), lambda _, b: isinstance(b, m.SpreadMeasured)), "No common scan was made."),
    "stated spread invented": (
        edited(night(), m.SpreadMeasured, lambda b: replace(cast(m.SpreadMeasured, b), spread_v=0.001)),
        "The run stated a spread of 0.0010 V; its readings give 0.0200 V.",
    ),
    "real run on a simulated bench": (
        opening(night(), lambda body: replace(body, bench=replace(body.bench, simulated=True))),
        "disagree about whether the bench is simulated",
    ),
    "rows after the end": (put(night(), SCAN_S + 9.0, m.Noted("more")), "stands after the end of the run"),
    "too many ampere-hours": (
        second(lambda one: replace(one, amp_hours=0.02)),
        "went in at one charge, more than 0.0 Ah",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DEFECTS)
def test_one_defect_takes_the_approval_away(name: str) -> None:
    tale, reason = DEFECTS[name]
    stated = record(tale)
    assert (stated["journalled"], stated["verdict"], stated["agrees"]) == ("approved", "not_proven", False)
    assert reason in " ".join(Fields(stated).texts("objections"))
    assert DISPUTED in Fields(stated).texts("headline")


def test_a_charge_across_a_restart_of_the_computer_is_cut_and_takes_the_approval_away() -> None:
    stated = assess(rows(night(), lambda at_s: "boot-1" if at_s < 15.0 else "boot-2"))
    assert stated["verdict"] == "not_proven"
    assert "E1: its output was not proven off after it was charged (boot time began anew)." in Fields(stated).texts(
        "objections"
    )


STRANGE = c.Settings(14.6, 4.0, 14.8, 4.4)


@pytest.mark.parametrize(
    "body",
    [
        Samples((look(SCAN_S - 1.0, "P9", 13.4, 0.0, c.Regulation.OFF),), (), (), ()),
        Samples((), (m.MetersScanned("dmm1", (("P9", c.Reading(13.4, SCAN_S - 1.0, "13.4")),)),), (), ()),
        Samples((), (), (m.TemperatureRead("P9", c.Reading(20.0, SCAN_S - 1.0, "20")),), ()),
        Samples((), (), (), (m.SettingsRead("P9", STRANGE),)),
        Intent(m.Program("P9", STRANGE)),
        m.Programmed("P9", STRANGE),
        m.SettingsRead("P9", STRANGE),
        m.SwitchedOn("P9"),
        m.SwitchedOff("P9", True, ""),
        m.LeadLearned("P9", 0.005),
    ],
    ids=lambda body: str(type(body).__name__),
)
def test_whatever_speaks_of_a_position_that_is_not_there_takes_the_approval_away(body: Body) -> None:
    stated = record(put(night(), SCAN_S - 1.0, body))
    assert stated["verdict"] == "not_proven"
    assert "speaks of position P9, which this bench does not have." in " ".join(Fields(stated).texts("objections"))


@pytest.mark.parametrize(
    ("kind", "serial", "joined", "objection"),
    [
        (m.PromptKind.CONNECT, "E9", (), "closes a prompt about E9 on P1: not in this run."),
        (m.PromptKind.JOIN, "E1", ("E1", "E9"), "closes a prompt about E1, E9 on P1: not in this run."),
        (m.PromptKind.SEPARATE, "E2", (), "takes E2 out of a group that did not hang there."),
        (m.PromptKind.ISOLATE, "E2", (), "isolates E2, which did not hang on that position."),
    ],
)
def test_leads_that_are_said_to_be_where_they_cannot_be_take_the_approval_away(
    kind: m.PromptKind, serial: str, joined: tuple[str, ...], objection: str
) -> None:
    asked = m.PromptAsked("Q9", kind, "", "P1", serial, joined)
    stated = record(put(night(), SCAN_S - 1.0, asked, m.PromptClosed("Q9", "done", "Kim")))
    assert stated["verdict"] == "not_proven"
    assert objection in " ".join(Fields(stated).texts("objections"))


def test_a_battery_that_is_not_in_the_run_takes_the_approval_away() -> None:
    last = [phase(body) for _, body in night() if isinstance(body, m.PhaseEntered)][-1]
    tale = put(night(), SCAN_S - 1.0, replace(last, serial="E9"))
    assert "speaks of battery E9, which is not in this run." in " ".join(objections(tale))


def test_a_position_that_is_switched_on_with_nothing_on_it_takes_the_approval_away() -> None:
    moved = m.PromptAsked("Q9", m.PromptKind.CONNECT, "", "P1", "E2", ())
    tale = put(night(), SCAN_S - 1.0, moved, m.PromptClosed("Q9", "done", "Kim"), m.SwitchedOn("P2"))
    assert "switches P2 on, where nothing hangs." in " ".join(objections(tale))


def spread_limit_v() -> float:
    """The largest spread that still passes with this meter."""
    uncertainty_v = Fields(record(night(Plot(rested_v=(13.40, 13.497))))).part("match").number("uncertainty_v")
    assert uncertainty_v is not None
    return 0.100 - uncertainty_v


@pytest.mark.parametrize(("beyond_v", "approved"), [(-0.0005, True), (0.001, False)])
def test_spread_and_uncertainty_together_are_held_to_the_limit(beyond_v: float, approved: bool) -> None:
    tale = night(Plot(rested_v=(13.40, 13.40 + spread_limit_v() + beyond_v)))
    assert (record(tale)["verdict"] == "approved") is approved
    assert approved or "exceed 0.100 V" in " ".join(objections(tale))


def test_a_slope_is_judged_where_there_is_a_curve() -> None:
    assert "E1: it lost 30.0 mV an hour at rest, more than 20 mV." in objections(long_rest(0.030))


def absent_probe() -> Samples:
    gone = c.Absence(c.AbsenceReason.TIMEOUT, SCAN_S, "no reply in 1 s")
    return Samples((), (), (m.TemperatureRead("P1", gone),))


@pytest.mark.parametrize(
    "body",
    [
        m.PromptClosed("Q77", "done", "Kim"),
        m.Answered("Q77", "done", "Kim"),
        ProbesLifted("dmm9", "P1", "E1"),
        m.Programmed("P1", STRANGE),
        m.SettingsRead("P1", STRANGE),
        absent_probe(),
    ],
    ids=lambda body: type(body).__name__,
)
def test_a_row_that_moves_nothing_takes_nothing_away(body: Body) -> None:
    assert record(put(night(), SCAN_S - 1.0, body))["verdict"] == "approved"


def test_an_output_that_was_on_before_the_run_used_it_and_then_off_takes_nothing_away() -> None:
    assert record(put(night(), 2.0, powered_look(2.0)))["verdict"] == "approved"


def test_a_look_of_before_the_charge_that_was_written_after_it_takes_nothing_away() -> None:
    assert record(put(night(), OFF_S + 1.0, powered_look(4.0)))["verdict"] == "approved"


def test_batteries_side_by_side_need_not_be_of_one_model() -> None:
    def side_by_side(given: c.Bank) -> c.Bank:
        first, other = given.batteries
        return replace(given, series=1, parallel=2, batteries=(first, replace(other, model="X")))

    assert record(bank(side_by_side))["verdict"] == "approved"


@pytest.mark.parametrize(("before_s", "approved"), [(0.5, True), (1.0, False)])
def test_a_taper_that_was_proven_stands_if_only_its_own_off_was_seen_after_it(before_s: float, approved: bool) -> None:
    last = Samples((look(OFF_S - before_s, "P1", 14.6, 0.0, c.Regulation.CV),), (), ())
    assert (record(put(night(), OFF_S - before_s, last))["verdict"] == "approved") is approved
