"""Closing what an engine could not close itself: nothing of its journal is lost, and nothing is claimed for it."""

from pathlib import Path

import pytest

from benchctl.core.journal.chain import Row, verify
from benchctl.core.journal.codec import body_of
from benchctl.core.messages import PhaseEntered, RunEntered, SwitchedOn, VerdictReached
from benchctl.core.model import Phase, RunState, Verdict
from benchctl.core.rows import Body, GuardLog, RunClosed
from benchctl.edge.follower import Follower
from benchctl.edge.home import Home
from benchctl.edge.journalfile import JournalError
from benchctl.edge.ledger import Ledger
from benchctl.engine.recovery import close_interrupted, opened_of, unclosed_runs
from tests.engine.kept import RUN, alarm, home_in, left, opened

MIDNIGHT: list[Body] = [
    opened(),
    RunEntered(RunState.CHARGING, "every battery looks right"),
    PhaseEntered("E1", "P1", Phase.CHARGING, "13.1 V", 0),
    SwitchedOn("P1"),
]


def rows_of(home: Home) -> list[Row]:
    with Follower(home.journal_path(RUN)) as follower:
        return list(follower.rows())


def test_an_interrupted_run_is_found_and_closed_as_not_proven(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    left(home, MIDNIGHT)
    before = rows_of(home)
    assert unclosed_runs(home) == (RUN,)
    found = close_interrupted(home, RUN, "interrupted")
    assert found[0] == "interrupted"
    assert "in state charging" in found[1]
    assert "E1 charging" in found[1]
    rows = rows_of(home)
    assert rows[: len(before)] == before
    last = body_of(rows[-1])
    assert isinstance(last, RunClosed)
    assert (last.verdict, last.spread_v, last.why) == (Verdict.NOT_PROVEN, None, "interrupted")
    assert {row.actor for row in rows[len(before) :]} == {"recovery"}
    assert unclosed_runs(home) == ()


def test_the_chain_and_the_ledger_cover_what_recovery_added(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    left(home, MIDNIGHT)
    close_interrupted(home, RUN, "interrupted")
    line = Ledger(home.ledger_path).run_line(RUN)
    assert line is not None
    assert line.verdict is Verdict.NOT_PROVEN
    assert verify(rows_of(home), line.tail()) == []


def test_a_standing_alarm_of_an_interrupted_run_is_kept(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    left(home, [*MIDNIGHT, alarm(1)])
    close_interrupted(home, RUN, "interrupted")
    assert [each.latch.alarm for each in Ledger(home.ledger_path).standing_latches()] == ["A1"]


def test_what_the_guard_wrote_is_adopted(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    left(home, MIDNIGHT)
    home.guard_log_path(RUN).write_bytes(b'{"off": "P1"}\nnot utf-8: \x80\n')
    close_interrupted(home, RUN, "interrupted")
    (log,) = (body for body in map(body_of, rows_of(home)) if isinstance(body, GuardLog))
    assert log.lines[0] == '{"off": "P1"}'
    assert len(log.lines) == 2


def test_a_run_that_was_closed_but_not_entered_keeps_its_verdict(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    closed = RunClosed(Verdict.REJECTED, ("E2 rests low.",), 0.15, "rejected")
    left(home, [*MIDNIGHT, VerdictReached(Verdict.REJECTED, 0.15, ("E2 rests low.",)), closed])
    count = len(rows_of(home))
    close_interrupted(home, RUN, "interrupted")
    line = Ledger(home.ledger_path).run_line(RUN)
    assert line is not None
    assert (line.verdict, line.spread_v, line.rows) == (Verdict.REJECTED, 0.15, count)


def test_a_verdict_that_was_reached_but_never_closed_is_not_proven(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    left(home, [*MIDNIGHT, VerdictReached(Verdict.APPROVED, 0.01, ("All is well.",))])
    close_interrupted(home, RUN, "interrupted")
    line = Ledger(home.ledger_path).run_line(RUN)
    assert line is not None
    assert line.verdict is Verdict.NOT_PROVEN


def test_a_run_without_its_first_row_claims_nothing(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    assert opened_of(home, RUN) is None
    left(home, [])
    assert opened_of(home, RUN) is None
    assert "before its first row" in close_interrupted(home, RUN, "interrupted")[0]


def test_a_damaged_journal_is_not_continued(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    left(home, MIDNIGHT)
    path = home.journal_path(RUN)
    data = path.read_bytes()
    assert b"every battery looks right" in data
    path.write_bytes(data.replace(b"every battery looks right", b"every battery looks wrong"))
    with pytest.raises(JournalError):
        close_interrupted(home, RUN, "interrupted")
    assert Ledger(home.ledger_path).runs() == ()
