"""What becomes of approved strings: whom they bind, what a person makes void, and what a join makes void."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchctl.core.passport import Issued
from benchctl.core.procedure import Purpose
from benchctl.edge.home import Holder, Home, HomeBusy, acquire_lock
from benchctl.edge.ledger import Ledger, LedgerError
from benchctl.edge.passports import passports_binding, void, void_joined
from tests.engine.kept import home_in, opened

RUN = "20260201-180000-0000"
ISSUED = Issued(
    RUN, "Cabin", False, (("E1", "E9"), ("E7", "E8")), "2026-02-02T04:00:00.000Z", "2026-02-03T04:00:00.000Z"
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = home_in(tmp_path)
    Ledger(made.ledger_path).append(ISSUED)
    return made


def bound(home: Home) -> set[str]:
    return set(passports_binding(home, simulated=False))


def test_a_person_makes_a_whole_run_void(home: Home) -> None:
    answer = void(home, RUN, None, "Ann", "taken apart")
    assert answer.sentence == f"Void: strings 1, 2 of run {RUN}. Free for another run: E1, E9, E7, E8."
    assert bound(home) == set()


def test_one_string_becomes_void_and_the_other_stands(home: Home) -> None:
    assert void(home, RUN, 2, "Ann", "taken apart").accepted
    assert bound(home) == {"e1", "e9"}


@pytest.mark.parametrize(("run", "string"), [("20260101-000000-0000", None), (RUN, 3)])
def test_what_was_never_approved_cannot_become_void(home: Home, run: str, string: int | None) -> None:
    assert not void(home, run, string, "Ann", "why").accepted
    assert len(Ledger(home.ledger_path).lines()) == 1


def test_what_is_void_is_not_made_void_again(home: Home) -> None:
    void(home, RUN, 1, "Ann", "taken apart")
    assert void(home, RUN, 1, "Ann", "again").sentence == "Already void: taken apart."


def test_nothing_becomes_void_while_a_run_is_at_work(home: Home) -> None:
    lock = acquire_lock(home, Holder("20260301-180000-0000", None, None, "bench-1"))
    try:
        with pytest.raises(HomeBusy):
            void(home, RUN, None, "Ann", "taken apart")
    finally:
        lock.release()


def test_a_run_that_joins_makes_the_old_string_void_by_its_own_name(home: Home) -> None:
    begun = opened()
    join = replace(begun, procedure=replace(begun.procedure, purpose=Purpose.JOIN))
    void_joined(home, join, passports_binding(home, simulated=False))
    first, second = Ledger(home.ledger_path).passports(ISSUED.until)
    assert (first.state.value, second.state.value) == ("void", "valid")
    assert first.note is not None
    assert join.run in first.note


def test_an_altered_ledger_binds_nobody_in_silence(home: Home) -> None:
    home.ledger_path.write_text(home.ledger_path.read_text().replace("E9", "E6"))
    with pytest.raises(LedgerError, match="approvals may be missing"):
        passports_binding(home, simulated=False)
