"""What an earlier run left open: switched off, closed, told; and what stands where that could not be proven."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchctl.cli.recovering import made_safe, standing_latches
from benchctl.core.errors import Refusal
from benchctl.core.journal.codec import entry
from benchctl.core.model import BenchFile, Verdict
from benchctl.edge.benchfile import load_bench
from benchctl.edge.home import Home
from benchctl.edge.journal import create
from benchctl.edge.ledger import Ledger
from tests.cli.workshop import Workshop
from tests.records.stories import Plot, opened

RUN = "20260501-213000-abcd"


def begun(workshop: Workshop, bench: BenchFile) -> Home:
    """A home with a run of which only the first row is there, on a bench whose supplies are out of reach."""
    home = Home(workshop.home)
    home.prepare()
    first = replace(opened(Plot()), run=RUN, bench=bench, simulated=bench.simulated)
    journal = create(home.journal_path(RUN), "boot-1", _ignore, _ignore)
    journal.append([entry(first, at_s=1.0, wall="2026-05-01T21:30:00.000Z", actor="engine")])
    journal.close()
    return home


def _ignore(_what: int | str) -> None:
    """Nobody waits."""


def test_a_supply_out_of_reach_leaves_a_latch_that_a_person_must_reset(workshop: Workshop) -> None:
    bench = load_bench(workshop.bench)
    home = begun(workshop, bench)
    said = " ".join(made_safe(home, patience_s=0.1))
    assert "psu1: output NOT proven off" in said
    (latch,) = standing_latches(home, bench)
    assert "benchctl reset bench" in latch
    line = Ledger(home.ledger_path).run_line(RUN)
    assert line is not None
    assert line.verdict is Verdict.NOT_PROVEN
    assert list(made_safe(home)) == []


def test_a_simulated_bench_that_is_gone_leaves_none(workshop: Workshop) -> None:
    bench = replace(load_bench(workshop.bench), simulated=True)
    home = begun(workshop, bench)
    assert any("interrupted" in sentence for sentence in made_safe(home, patience_s=0.1))
    assert standing_latches(home, bench) == ()


def test_a_journal_that_cannot_be_read_starts_nothing(workshop: Workshop) -> None:
    home = Home(workshop.home)
    home.prepare()
    home.journal_path(RUN).write_bytes(b"no journal")
    with pytest.raises(Refusal, match=RUN):
        list(made_safe(home))


def test_a_run_that_had_not_begun_is_only_told(workshop: Workshop, tmp_path: Path) -> None:
    home = Home(workshop.home)
    home.prepare()
    create(home.journal_path(RUN), "boot-1", _ignore, _ignore).close()
    (sentence,) = made_safe(home)
    assert "nothing was switched on" in sentence
