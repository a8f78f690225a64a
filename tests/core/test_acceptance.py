"""The independent verifier: a sound night is approved, and each single defect takes the approval away, by name."""

import ast
from dataclasses import replace
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings, strategies as st

from benchctl.core import messages as m, model as c
from benchctl.core.acceptance.record import ALTERED, SIMULATED, NoRecord, assess, digest_of
from benchctl.core.journal.chain import Json, canonical
from benchctl.core.rows import Body, GuardLog, RunClosed, RunOpened, Samples
from benchctl.core.view.fields import Fields
from tests.records.stories import (
    BOOT_S,
    Plot,
    Tale,
    edited,
    fewer_looks,
    forged,
    night,
    opening,
    put,
    resting,
    rows,
    time_of,
    told_again,
)

SHARED = {"journal", "departures", "errors", "messages", "model", "probes", "procedure", "rows", "troubles", "wishes"}
"""Values and their texts; no rule, no arithmetic, no state. All else the verifier uses is its own."""

OFF_S = time_of(night(), m.SwitchedOff, 2)
SCAN_S = time_of(night(), m.SpreadMeasured)


def record(tale: Tale) -> dict[str, Json]:
    return assess(rows(tale))


def battery(stated: dict[str, Json], number: int = 0) -> Fields:
    return Fields(stated).parts("batteries")[number]


def objections(tale: Tale) -> tuple[str, ...]:
    return Fields(record(tale)).texts("objections")


# ---------------------------------------------------------------- independence


def imports_of(module: str) -> set[str]:
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    found: set[str] = set()
    for node in ast.walk(ast.parse(Path(spec.origin).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
    return {name for name in found if name.startswith("benchctl.core.") and find_module(name)}


def find_module(name: str) -> bool:
    return (Path("benchctl") / Path(*name.split(".")[1:])).with_suffix(".py").is_file()


def test_it_shares_no_rule_with_what_runs_a_bench() -> None:
    seen: set[str] = set()
    waiting = {"benchctl.core.acceptance.record"}
    while waiting:
        module = waiting.pop()
        seen.add(module)
        waiting |= imports_of(module) - seen
    parts = {name.split(".")[2] for name in seen}
    assert parts - {"acceptance"} <= SHARED
    assert "benchctl.core.acceptance.proof_taper" in seen


# ---------------------------------------------------------------- a sound night


def test_a_sound_night_is_approved_again() -> None:
    stated = record(night())
    assert (stated["verdict"], stated["recomputed"], stated["agrees"]) == ("approved", "approved", True)
    assert stated["objections"] == []


def test_its_numbers_are_those_of_the_readings() -> None:
    stated = record(night())
    taper, rest, verifying = (battery(stated).part(name) for name in ("taper", "rest", "verifying"))
    assert (taper.number("held_s"), taper.number("limit_a"), taper.number("current_a")) == (20.0, 1.0, 0.9)
    assert rest.number("age_at_reading_s") == 150.0
    assert verifying.number("voltage_v") == 13.40
    match = Fields(stated).part("match")
    assert match.number("spread_v") == pytest.approx(0.02)
    # a = 45e-6 * 13.4 + 0.0006 = 1.203 mV (and 1.2039 mV); U = 2 * sqrt((a1^2 + a2^2) / 3)
    assert match.number("uncertainty_v") == pytest.approx(0.0019654, abs=1e-6)


def test_ampere_hours_are_counted_again() -> None:
    seen = [
        (at_s, body.polled[0].sample.current) for at_s, body in night() if isinstance(body, Samples) and body.polled
    ]
    points = [(at_s, one.value) for at_s, one in seen if isinstance(one, c.Reading)]
    by_hand_ah = sum((a0 + a1) / 2 * (t1 - t0) for (t0, a0), (t1, a1) in pairwise(points)) / 3600
    assert battery(record(night())).number("charged_ah") == pytest.approx(by_hand_ah)


def test_the_raw_texts_of_the_verifying_readings_are_stated() -> None:
    raw = [one.text("raw") for one in battery(record(night()), 1).part("verifying").parts("readings")]
    assert raw == ["+1.34200000E+01"] * 5


def test_missing_is_null_with_a_sentence() -> None:
    second = battery(record(night()), 1)
    assert second.body["manufactured"] is None
    assert second.text("manufactured_note") == "not stated"
    assert battery(record(night())).text("manufactured") == "2026-03-01"


def test_the_same_rows_give_the_same_text_and_its_digest() -> None:
    one, two = record(night()), record(night())
    assert canonical(one) == canonical(two)
    assert one["digest"] == digest_of(one)
    assert digest_of({**one, "run": "another"}) != one["digest"]


def test_what_departs_from_the_full_procedure_is_in_the_headline() -> None:
    assert record(night())["headline"] == [
        "The procedure is not the full one: it rests 2 min to 4 min instead of 2 h to 4 h."
    ]


def test_a_simulated_bench_is_said_first() -> None:
    stated = record(night(Plot(simulated=True)))
    assert Fields(stated).texts("headline")[0] == SIMULATED
    assert stated["verdict"] == "approved"


def test_who_the_instruments_are_is_stated() -> None:
    psu, dmm = Fields(record(night())).parts("instruments")
    assert (dmm.text("serial"), dmm.text("calibration"), dmm.text("calibration_due")) == (
        "SN-dmm1",
        "in calibration",
        "2027-03-31",
    )
    assert psu.text("calibration") == "not stated"


def test_protections_are_stated_as_read_back() -> None:
    place = Fields(record(night())).parts("positions")[0]
    assert place.part("settings").number("ovp_v") == 14.8


# ---------------------------------------------------------------- what is allowed


@pytest.mark.parametrize(
    "plot",
    [
        Plot(isolation=c.Isolation.MANUAL),
        Plot(sense=c.Sense.LOCAL, charged_v=14.565),  # 0.9 A over 20 of 30 mOhm is credited: 18 mV
        Plot(charged_v=14.581),
        Plot(taper_a=1.0),
        Plot(rest_s=120.0),
        Plot(rest_s=240.0),
        Plot(rested_v=(13.20, 13.20)),
    ],
)
def test_just_within_is_within(plot: Plot) -> None:
    assert objections(night(plot)) == ()


def test_a_silence_of_ten_seconds_is_bridged() -> None:
    assert objections(fewer_looks(night(), OFF_S - 12.0, OFF_S - 3.0)) == ()


def test_what_flowed_before_the_same_set_point_is_told_again_still_counts() -> None:
    assert objections(told_again(night(), OFF_S - 20.6)) == ()


def test_no_more_than_20_milliohm_are_credited() -> None:
    tale = night(Plot(sense=c.Sense.LOCAL, charged_v=14.561))
    assert "E1: it stood at 14.579 V at the end of its charge, below 14.580 V." in objections(tale)


def test_a_gap_on_the_meter_begins_the_rest_anew() -> None:
    tale = fewer_looks(night(), OFF_S + 20.0, OFF_S + 90.0)
    rest = battery(record(tale)).part("rest")
    assert rest.parts("gaps")[0].number("seconds") == 80.0
    assert rest.number("age_at_reading_s") == 150.0 - 90.5
    assert "E1: it had rested 60 s when it was read, less than 120 s." in objections(tale)


def test_a_step_up_begins_the_rest_anew() -> None:
    rise_s = OFF_S + 50.5

    def risen(body: Body) -> Body:
        fresh = resting(cast(Samples, body).scanned[0].readings[0][1].at_s - BOOT_S, (13.40, 13.435))
        return fresh[1]

    tale = [(at_s, risen(b)) if isinstance(b, Samples) and at_s >= rise_s else (at_s, b) for at_s, b in night()]
    rest = battery(record(tale), 1).part("rest")
    assert rest.parts("begun_again")[0].text("why") == "its voltage rose by 15 mV in a step"
    assert rest.number("age_at_reading_s") == 150.0 - 50.5


def test_a_restart_of_the_computer_begins_the_rest_anew() -> None:
    stated = assess(rows(night(), lambda at_s: "boot-1" if at_s < OFF_S + 60.0 else "boot-2"))
    assert stated["agrees"] is False
    assert battery(stated).part("rest").parts("begun_again")[0].text("why") == "boot time began anew"
    assert Fields(stated).parts("interruptions")[0].text("text") == (
        "Boot time began anew: the computer was restarted, or another clock was used."
    )


def test_an_old_reading_in_a_new_row_proves_nothing() -> None:
    def stale(body: Body) -> Body:
        readings = cast(Samples, body).scanned[0].readings
        old = tuple((name, replace(cast(c.Reading, one), at_s=BOOT_S)) for name, one in readings)
        return replace(cast(Samples, body), scanned=(m.MetersScanned("dmm1", old),))

    assert "E1: the common scan has 4 good readings of it, not 5." in objections(edited(night(), Samples, stale, -1))


# ---------------------------------------------------------------- verdicts of the journal


@pytest.mark.parametrize("verdict", [one for one in c.Verdict if one is not c.Verdict.APPROVED])
def test_nothing_is_ever_upgraded(verdict: c.Verdict) -> None:
    stated = record(night(Plot(verdict=verdict)))
    assert (stated["verdict"], stated["recomputed"], stated["agrees"]) == (verdict.value, verdict.value, True)


def test_a_run_that_goes_on_has_no_verdict_and_says_so() -> None:
    stated = assess(rows(night())[:60])
    assert (stated["verdict"], stated["agrees"], stated["ended"]) == (None, None, None)
    assert stated["verdict_note"] == "It has no verdict yet: the run goes on, or was interrupted."


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=1, max_value=103))
def test_every_beginning_of_a_journal_gives_a_record(count: int) -> None:
    stated = assess(rows(night())[:count])
    assert stated["digest"] == digest_of(stated)
    assert stated["verdict"] in (None, "approved")


def test_a_journal_without_its_opening_gives_none() -> None:
    with pytest.raises(NoRecord, match="does not begin with the opening of a run"):
        assess(rows(night())[1:])
    with pytest.raises(NoRecord, match="no rows yet"):
        assess([])


def test_a_journal_whose_first_row_cannot_be_read_gives_none() -> None:
    told = rows(night())
    told[0] = replace(told[0], kind="invented")
    with pytest.raises(NoRecord, match="the first row of this journal cannot be read"):
        assess(told)


def test_a_run_that_the_guard_ended_says_so() -> None:
    cut = [said for said in night() if said[0] < OFF_S]
    tale = [*cut, (OFF_S + 9, GuardLog(("outputs off",))), (OFF_S + 9, closed_by_guard())]
    stated = record(tale)
    assert (stated["verdict"], stated["agrees"]) == ("not_proven", True)
    assert "the guard's log was adopted" in (Fields(stated).parts("interruptions")[0].text("text") or "")
    assert stated["guard_log"] == ["outputs off"]


def closed_by_guard() -> RunClosed:
    return RunClosed(c.Verdict.NOT_PROVEN, ("Interrupted.",), None, "the engine died")


def test_an_altered_row_is_not_believed() -> None:
    told = rows(night(Plot(hold_s=19)))
    at = next(n for n, row in enumerate(told) if row.kind == "taper_proven")
    told[at] = forged(told[at], m.TaperProven("E1", "P1", 0.9, 1.0, 14.6, 300.0, 0.03))
    stated = assess(told)
    assert Fields(stated).texts("headline")[0] == ALTERED
    assert stated["agrees"] is False
    assert Fields(stated).part("journal").truth("sound") is False


def test_an_unreadable_row_takes_the_approval_away() -> None:
    told = rows(night())
    told[50] = replace(told[50], kind="invented")
    assert "Row 51 cannot be read" in " ".join(Fields(assess(told)).texts("objections"))


# ---------------------------------------------------------------- who hung where


def test_batteries_without_a_position_go_to_the_least_loaded() -> None:
    def stated(body: RunOpened) -> RunOpened:
        first, other = body.bank.batteries
        return replace(body, bank=replace(body.bank, batteries=(first, replace(other, position="P1"))))

    tale = opening(night(), stated)
    assert battery(record(tale), 0).texts("positions") == ("P2",)
    assert battery(record(tale), 1).texts("positions") == ("P1",)


def test_a_probe_prompt_moves_the_leads_and_ends_the_curve() -> None:
    at_s = SCAN_S - 20.0
    asked = m.PromptAsked("Q1", m.PromptKind.PROBE, "Put the meter leads of P1 on E2.", "P1", "E2")
    tale = put(night(), at_s, asked, m.PromptClosed("Q1", "done", "Kim"))
    stated = record(tale)
    assert battery(stated, 1).texts("positions") == ("P2", "P1")
    assert "E1: the common scan has 0 good readings of it, not 5." in Fields(stated).texts("objections")


def test_a_withdrawn_prompt_moves_nothing() -> None:
    asked = m.PromptAsked("Q1", m.PromptKind.PROBE, "Put the meter leads of P1 on E2.", "P1", "E2")
    tale = put(night(), SCAN_S - 20.0, asked, m.PromptClosed("Q1", None, None))
    assert objections(tale) == ()
