"""How a run is closed: its last row, its line in the ledger, and the latches that outlive it."""

from pathlib import Path

import pytest

from benchctl.core.journal.chain import verify
from benchctl.core.messages import AlarmChanged, VerdictReached
from benchctl.core.model import AlarmState, Verdict
from benchctl.edge.follower import Follower
from benchctl.edge.journalfile import JournalError
from benchctl.edge.ledger import Ledger
from benchctl.engine.closing import close_journal, enter_in_ledger, standing_alarms
from tests.engine.kept import RUN, WALL, alarm, begun, home_in, left, opened, reset, spread

ENDED = "2026-03-01T18:00:00.000Z"
APPROVED = VerdictReached(Verdict.APPROVED, 0.008, ("All is well.",))


def test_the_last_row_says_how_it_ended(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    journal = begun(home, [opened(), APPROVED])
    close_journal(journal, APPROVED, "approved", 9.0, WALL, "engine")
    with Follower(home.journal_path(RUN)) as follower:
        rows = list(follower.rows())
    assert [row.kind for row in rows] == ["run_opened", "verdict_reached", "run_closed"]
    assert verify(rows, None) == []


def test_a_journal_that_cannot_be_closed_says_so(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    journal = begun(home, [opened()])
    journal._break("the disk is full")
    with pytest.raises(JournalError, match="the disk is full"):
        close_journal(journal, APPROVED, "approved", 9.0, WALL, "engine")


def test_the_ledger_keeps_how_the_journal_ends(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    left(home, [opened(), APPROVED])
    enter_in_ledger(home, opened(), APPROVED)
    (line,) = Ledger(home.ledger_path).runs()
    with Follower(home.journal_path(RUN)) as follower:
        assert verify(follower.rows(), line.tail()) == []
    assert (line.verdict, line.spread_v, line.serials) == (Verdict.APPROVED, 0.008, ("E1", "E2"))


def test_an_approved_bank_gets_its_passports_from_its_common_scan_on(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    left(home, [opened(), spread(), APPROVED])
    enter_in_ledger(home, opened(), APPROVED)
    (passport,) = Ledger(home.ledger_path).passports("2026-03-02T18:00:00.000Z")
    assert (passport.serials, passport.state.value) == (("E1", "E2"), "valid")
    assert (passport.approved, passport.until) == ("2026-03-01T18:00:00.000Z", "2026-03-02T18:00:00.000Z")


def test_an_ending_that_is_entered_again_issues_no_second_passport(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    left(home, [opened(), spread(), APPROVED])
    for _ in range(2):
        enter_in_ledger(home, opened(), APPROVED)
    assert len(Ledger(home.ledger_path).passports(ENDED)) == 1


def test_a_bank_that_is_not_approved_gets_none(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    left(home, [opened(), spread()])
    enter_in_ledger(home, opened(), VerdictReached(Verdict.REJECTED, 0.3, ("too far apart",)))
    assert Ledger(home.ledger_path).passports(ENDED) == ()


def test_a_latch_outlives_its_run_until_it_is_reset(tmp_path: Path) -> None:
    home = home_in(tmp_path)
    left(home, [opened(), alarm(1), alarm(2, "P2"), alarm(3, None), alarm(4, "P1", latched=False), reset(2)])
    enter_in_ledger(home, opened(), VerdictReached(Verdict.TRIPPED, None, ("tripped",)))
    standing = Ledger(home.ledger_path).standing_latches()
    assert [(each.latch.alarm, each.latch.place) for each in standing] == [("A1", "P1"), ("A3", "bench")]


def test_an_acknowledged_alarm_still_stands() -> None:
    acknowledged = AlarmChanged("A1", AlarmState.ACK, "Kim")
    assert standing_alarms([alarm(1), acknowledged]) == (alarm(1),)
    assert standing_alarms([alarm(1), acknowledged, reset(1)]) == ()
