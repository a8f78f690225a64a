"""The screen's outside on a real home in a temporary folder."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchctl.core.journal.codec import entry
from benchctl.core.messages import AckRequested, Noted, ResetRequested, StopRequested
from benchctl.edge.home import Holder, Home, acquire_lock
from benchctl.edge.inbox import Answer, Inbox
from benchctl.edge.journal import create
from benchctl.edge.ledger import LatchLine, Ledger
from benchctl.tui.outside import HomeOutside, LocalClock
from benchctl.tui.port import LatchShown, Standing, Told

OLD, NEW = "20260501-183000-a1b2", "20260502-183000-c3d4"
NOBODY = Standing(None, alive=False, starting=False, latches=())


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def outside(home: Home) -> HomeOutside:
    return HomeOutside(home, places=(), answer_s=0.0)


def write_journal(home: Home, run: str, texts: int) -> None:
    journal = create(home.journal_path(run), "boot", lambda _: None, lambda _: None)
    for number in range(texts):
        row = entry(Noted(f"row {number}"), at_s=float(number), wall="2026-05-01T18:30:00Z", actor="engine")
        journal.append([row])
    journal.close()


@contextmanager
def held(home: Home, holder: Holder) -> Iterator[None]:
    lock = acquire_lock(home, holder)
    yield
    lock.release()


def test_an_empty_home(home: Home) -> None:
    assert outside(home).standing() == NOBODY


def test_a_home_that_is_not_there_yet(tmp_path: Path) -> None:
    assert outside(Home(tmp_path / "nowhere")).standing() == NOBODY


def test_the_newest_run_is_shown_when_nothing_runs(home: Home) -> None:
    for run in (OLD, NEW):
        write_journal(home, run, 1)
    assert outside(home).standing() == Standing(NEW, alive=False, starting=False, latches=())


def test_a_held_lock_means_a_living_run(home: Home) -> None:
    for run in (OLD, NEW):
        write_journal(home, run, 1)
    with held(home, Holder(OLD, 11, 12, None)):
        assert outside(home).standing() == Standing(OLD, alive=True, starting=False, latches=())


def test_a_held_lock_without_a_journal_means_a_start(home: Home) -> None:
    write_journal(home, OLD, 1)
    with held(home, Holder(NEW, 11, None, None)):
        assert outside(home).standing() == Standing(OLD, alive=False, starting=True, latches=())


def test_rows_come_in_order_and_each_once(home: Home) -> None:
    write_journal(home, OLD, 3)
    follower = outside(home)
    rows = follower.rows_after(OLD, 0)
    assert [(row.seq, row.kind, row.body) for row in rows] == [
        (number + 1, "noted", {"text": f"row {number}"}) for number in range(3)
    ]
    assert [row.seq for row in follower.rows_after(OLD, 2)] == [3]
    assert follower.rows_after(OLD, 3) == []
    follower.close()


def test_another_run_is_another_journal(home: Home) -> None:
    write_journal(home, OLD, 3)
    write_journal(home, NEW, 1)
    follower = outside(home)
    assert [len(follower.rows_after(run, 0)) for run in (OLD, NEW, OLD)] == [3, 1, 3]
    follower.close()


def test_a_wish_is_answered_by_the_engine(home: Home) -> None:
    inbox, seen = Inbox(home.inbox_dir), []

    def engine(_: float) -> None:
        for each in inbox.received():
            seen.append(each.wish)
            inbox.answer(each.id, Answer(accepted=True, sentence="The run ends."))

    with held(home, Holder(OLD, 11, 12, None)):
        asked = HomeOutside(home, places=(), answer_s=30.0, pause=engine).ask(StopRequested("ann"))
    assert (asked, seen) == (Told(accepted=True, sentence="The run ends."), [StopRequested("ann")])


def test_a_stop_that_nobody_answers_also_goes_as_a_signal(home: Home) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as engine:
        with held(home, Holder(OLD, os.getpid(), engine.pid, None)):
            told = outside(home).ask(StopRequested("ann"))
        assert engine.wait(20) == -15
    assert told.accepted
    assert "signal" in told.sentence


def test_other_wishes_are_never_a_signal(home: Home) -> None:
    with held(home, Holder(OLD, os.getpid(), os.getpid(), None)):
        told = outside(home).ask(AckRequested("a1", "ann"))
    assert not told.accepted
    assert "nobody answered" in told.sentence


def test_a_stop_with_nobody_to_signal_says_what_to_do(home: Home) -> None:
    with held(home, Holder(OLD, None, None, None)):
        told = outside(home).ask(StopRequested("ann"))
    assert (told.accepted, "benchctl off" in told.sentence) == (False, True)


def latch(home: Home) -> LatchShown:
    Ledger(home.ledger_path).append(
        LatchLine("a1", OLD, "bench-1", "P3", "E1003", "over_voltage", "15.02 V", "2026-05-01T20:00:00Z")
    )
    return LatchShown("a1", "P3", "E1003", "15.02 V", acknowledged=False)


def test_latches_are_shown_acknowledged_and_reset_without_an_engine(home: Home) -> None:
    shown, port = latch(home), outside(home)
    assert port.standing().latches == (shown,)
    assert port.ask(AckRequested("a1", "ann")).accepted
    assert [each.acknowledged for each in port.standing().latches] == [True]
    assert port.ask(ResetRequested("P3", "ann")).accepted
    assert port.standing().latches == ()


def test_what_an_interrupted_run_left_in_the_lock_survives_a_reset(home: Home) -> None:
    latch(home)
    left = Holder(OLD, 11, 12, "bench-1")
    with held(home, left):
        pass
    assert outside(home).ask(ResetRequested("P3", "ann")).accepted
    lock_text = home.lock_path.read_text()
    assert OLD in lock_text


def test_nothing_can_be_stopped_where_nothing_runs(home: Home) -> None:
    assert outside(home).ask(StopRequested("ann")) == Told(accepted=False, sentence="Nothing is running here.")


def test_bank_files_are_told_from_other_files(tmp_path: Path, home: Home) -> None:
    texts = {"bank.toml": "# mine\n[bank]\n", "bench.toml": "[bench]\n", "notes.txt": "[bank]\n"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "folder.toml").mkdir()
    places = (tmp_path, tmp_path / "nowhere", tmp_path)
    assert HomeOutside(home, places).bank_files() == [tmp_path / "bank.toml"]


def test_a_text_that_is_no_time_has_no_local_time() -> None:
    assert LocalClock().local("yesterday") is None
