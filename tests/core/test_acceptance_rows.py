"""The independent verifier, row by row: what each kind of row does to the record, and what does nothing to it."""

from dataclasses import replace
from typing import cast

import pytest

from benchctl.core import messages as m, model as c
from benchctl.core.acceptance.proof_group import Joined
from benchctl.core.acceptance.proof_moment import Moment
from benchctl.core.acceptance.record import NoRecord, assess
from benchctl.core.journal.chain import Json
from benchctl.core.rows import Body, Intent, RunOpened, Samples
from benchctl.core.view.fields import Fields
from tests.records.stories import BOOT_S, SET_A, Plot, Tale, edited, look, night, opening, put, rows, time_of

ON_S = time_of(night(), m.SwitchedOn)
OFF_S = time_of(night(), m.SwitchedOff, 2)
SCAN_S = time_of(night(), m.SpreadMeasured)


def record(tale: Tale) -> dict[str, Json]:
    return assess(rows(tale))


def objections(stated: dict[str, Json]) -> str:
    return " ".join(Fields(stated).texts("objections"))


# ---------------------------------------------------------------- settings


def ordered(current_a: float, held_a: float) -> Tale:
    """What was ordered, and what the supply said that it holds."""

    def intent(body: Body) -> Body:
        order = cast(Intent, body).order
        return (
            Intent(replace(order, settings=replace(order.settings, current_a=current_a)))
            if isinstance(order, m.Program)
            else body
        )

    tale = edited(night(Plot(taper_a=0.96)), Intent, intent)
    return [
        (
            at_s,
            replace(body, settings=replace(body.settings, current_a=held_a))
            if isinstance(body, m.Programmed)
            else body,
        )
        for at_s, body in tale
    ]


@pytest.mark.parametrize(
    ("current_a", "held_a", "verdict"),
    [(SET_A, SET_A, "approved"), (SET_A, 1.9, "not_proven"), (1.9, 1.905, "not_proven"), (2.1, 2.1, "approved")],
)
def test_the_taper_counts_by_the_current_that_was_set_as_the_supply_confirms_it(
    current_a: float, held_a: float, verdict: str
) -> None:
    stated = record(ordered(current_a, held_a))
    assert stated["verdict"] == verdict
    assert verdict == "approved" or "still 0.960 A, above the taper limit of 0.950 A" in objections(stated)


# ---------------------------------------------------------------- rests and restarts


def test_leads_taken_off_before_the_charge_are_no_beginning_of_a_rest() -> None:
    early = m.PromptAsked("Q8", m.PromptKind.ISOLATE, "Take the power leads off.", "P1", "E1")
    tale = put(night(Plot(isolation=c.Isolation.MANUAL)), ON_S - 1.0, early, m.PromptClosed("Q8", "done", "Kim"))
    late = [said for said in tale if not (isinstance(said[1], m.PromptClosed) and said[1].prompt == "Q1")]
    assert "E1: it has no rest after its last charge" in objections(record(late))


def test_a_restart_of_the_computer_cuts_the_charge_that_was_under_way() -> None:
    stated = assess(rows(night(), lambda at_s: "boot-1" if at_s < OFF_S - 5.0 else "boot-2"))
    assert "E1: its output was not proven off after it was charged (boot time began anew)." in objections(stated)


def test_a_group_that_is_still_joined_tells_of_none_of_its_batteries() -> None:
    end = Moment(10, "boot-1", BOOT_S + 10.0, "")
    joined = Joined(Moment(1, "boot-1", BOOT_S, ""), ("E1", "E2"), {})
    after = Moment(12, "boot-1", BOOT_S + 12.0, "")
    assert not joined.falls(end, after)
    joined.apart = Moment(11, "boot-1", BOOT_S + 11.0, "")
    assert joined.falls(end, after)
    assert not joined.falls(end, replace(after, boot_s=BOOT_S + 3600.0))


# ---------------------------------------------------------------- what moves nothing


def absent(at_s: float) -> Samples:
    """A look at P1 that brought no current."""
    seen = look(at_s, "P1", 14.6, 0.9, c.Regulation.CV)
    gone = c.Absence(c.AbsenceReason.TIMEOUT, BOOT_S + at_s, "no reply in 1 s")
    return Samples((replace(seen, sample=replace(seen.sample, current=gone)),), (), ())


def powered(at_s: float) -> Samples:
    """A look at P1 that says that its output is on."""
    return Samples((look(at_s, "P1", 13.2, 0.5, c.Regulation.CV),), (), ())


@pytest.mark.parametrize(
    ("at_s", "body"),
    [
        (SCAN_S - 1.0, m.SettingsRead("P1", c.Settings(14.6, SET_A, 14.8, 4.4))),
        (OFF_S - 15.2, absent(OFF_S - 15.2)),
        (ON_S + 0.5, powered(ON_S - 0.2)),
        (2.0, powered(2.0)),
    ],
    ids=[
        "set points read back with the output off",
        "one incomplete look in the taper",
        "a look from before the output went on, written after it",
        "an output that is on before the run uses it, and then switched off",
    ],
)
def test_a_row_that_changes_no_evidence_takes_no_approval_away(at_s: float, body: Body) -> None:
    assert record(put(night(), at_s, body))["verdict"] == "approved"


# ---------------------------------------------------------------- what a reader is told


def with_probe(body: RunOpened) -> RunOpened:
    first, *others = body.bench.positions
    probed = replace(first, temperature=c.ChannelRef("dmm1", 11))
    return replace(body, bench=replace(body.bench, positions=(probed, *others)))


def test_what_the_probe_read_is_stated() -> None:
    reads = [m.TemperatureRead("P1", c.Reading(celsius, BOOT_S + 20.0, str(celsius))) for celsius in (21.5, 24.0)]
    stated = record(put(opening(night(), with_probe), 20.0, *(Samples((), (), (one,)) for one in reads)))
    (first, _) = Fields(stated).parts("positions")
    text = first.part("temperature")
    assert (text.number("min_c"), text.number("max_c"), text.text("note")) == (21.5, 24.0, None)


def test_an_instrument_that_said_who_it_is_only_on_the_way_is_stated() -> None:
    nobody = opening(night(), lambda body: replace(body, identities={}))
    who = m.Identified("psu1", c.Identity("Acme", "PSU", "SN-7", "1.0", "Acme,PSU,SN-7,1.0"))
    known = {one.text("name"): one.text("serial") for one in Fields(record(put(nobody, 2.0, who))).parts("instruments")}
    assert known == {"psu1": "SN-7", "dmm1": None}


def test_a_balancing_hold_is_stated() -> None:
    held = m.PhaseEntered("E1", "P1", c.Phase.HOLDING, "", 1)
    (stated,) = Fields(record(put(night(), SCAN_S - 3.0, held))).parts("holds")
    assert (stated.text("serial"), stated.number("round")) == ("E1", 1)


ALARM = m.AlarmRaised(
    alarm="A1",
    fault="warm",
    position="P1",
    serial="E1",
    latched=False,
    text="The battery is warm.",
    value=41.0,
    limit=40.0,
    did="Nothing was switched by that.",
    look_at="the room",
    priority=c.Priority.P2,
    first_out=False,
)


def test_an_alarm_is_stated_with_what_became_of_it() -> None:
    changes = [m.AlarmChanged("A1", c.AlarmState.ACK, "Kim"), m.AlarmChanged("A2", c.AlarmState.ACK, "Eve")]
    (stated,) = Fields(record(put(night(), SCAN_S - 3.0, ALARM, *changes))).parts("alarms")
    assert stated.text("text") == "The battery is warm."
    assert [one.text("operator") for one in stated.parts("changes")] == ["Kim"]


def test_what_a_person_wanted_of_the_run_is_stated_with_the_name() -> None:
    (stated,) = Fields(record(put(night(), SCAN_S - 3.0, m.ResetRequested("P1", "Kim")))).parts("wishes")
    assert (stated.text("wish"), stated.text("position"), stated.text("operator")) == ("ResetRequested", "P1", "Kim")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (m.Started(), "The run was resumed after an interruption."),
        (m.GuardLost("The guard ended."), "The guard ended."),
    ],
)
def test_an_interruption_is_stated(body: Body, text: str) -> None:
    (stated,) = Fields(record(put(night(), SCAN_S - 3.0, body))).parts("interruptions")
    assert stated.text("text") == text


def test_a_first_row_that_cannot_be_read_gives_no_record() -> None:
    first, *others = rows(night())
    with pytest.raises(NoRecord, match="the first row of this journal cannot be read"):
        assess([replace(first, body="{"), *others])
