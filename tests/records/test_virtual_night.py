"""The verifier and the real core, on the same night: they share nothing but the journal, and agree."""

from dataclasses import replace
from functools import cache
from random import Random

import pytest

from benchctl.core.acceptance.record import assess
from benchctl.core.journal.chain import GENESIS, Entry, Json, Row, link
from benchctl.core.journal.codec import body_of
from benchctl.core.messages import SwitchedOff, TaperProven
from benchctl.core.model import Verdict
from benchctl.core.procedure import Procedure
from benchctl.core.view.fields import Fields
from benchctl.edge.procedurefile import load_procedure
from benchctl.sim.fleet import default_spec
from tests.night import Night, answers_prompts

AH = 50.0


def brief() -> Procedure:
    """The shipped procedure with a rest of half an hour to an hour and a half."""
    full = load_procedure("lifepo4-12v-preseries")
    return replace(full, rest=replace(full.rest, min_s=2400.0, max_s=5400.0))


@cache
def told(channels: int) -> tuple[Verdict, tuple[Row, ...]]:
    """Two nearly full batteries on so many positions."""
    rng = Random("acceptance")
    specs = [default_spec(rng, AH, 0.96) for _ in range(2)]
    night = Night(specs, channels, procedure=brief(), attended=True, every=answers_prompts)
    return night.run().verdict, tuple(night.rows())


def stated(rows: list[Row]) -> dict[str, Json]:
    """The record of these rows, chained anew: what is tested is the judgement, not the chain."""
    chained: list[Row] = []
    for row in rows:
        entry = Entry(row.boot_s, row.wall, row.actor, row.kind, row.body)
        chained.append(link(entry, row.boot_id, len(chained) + 1, chained[-1].hash if chained else GENESIS))
    return assess(chained)


@pytest.mark.parametrize("channels", [2, 1])
def test_core_and_verifier_agree(channels: int) -> None:
    verdict, rows = told(channels)
    record = assess(rows)
    assert record["objections"] == []
    assert (record["journalled"], record["recomputed"]) == (verdict.value, "approved")


@pytest.mark.parametrize("channels", [2, 1])
def test_they_come_to_the_same_numbers(channels: int) -> None:
    record = Fields(assess(told(channels)[1]))
    match = record.part("match")
    assert match.number("spread_v") == pytest.approx(match.part("as_journalled").number("spread_v"), abs=1e-4)
    for battery in record.parts("batteries"):
        taper = battery.part("taper")
        assert taper.number("held_s") == taper.part("as_journalled").number("held_s")
        assert battery.number("charged_ah") == pytest.approx(battery.number("charged_as_journalled_ah"), rel=0.001)


def test_a_real_journal_without_the_last_looks_of_a_taper_is_not_enough() -> None:
    rows = told(2)[1]
    proven_s = max(row.boot_s for row in rows if isinstance(body_of(row), TaperProven))
    cut = [row for row in rows if not (row.kind == "samples" and proven_s - 60.0 < row.boot_s <= proven_s)]
    assert "its taper held for" in " ".join(Fields(stated(cut)).texts("objections"))


def test_a_real_journal_without_an_off_is_not_enough() -> None:
    rows = told(2)[1]
    last = max(row.seq for row in rows if isinstance(body_of(row), SwitchedOff))
    record = stated([row for row in rows if row.seq != last])
    assert record["agrees"] is False
    assert "not proven off" in " ".join(Fields(record).texts("objections"))
