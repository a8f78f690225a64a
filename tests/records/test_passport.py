"""A record tells what its strings' passports are worth at a moment, and a file that told it then stays true."""

import json
from pathlib import Path

import pytest

from benchctl.core.acceptance.record import digest_of
from benchctl.core.passport import Commissioned, Issued, Measured, Voided
from benchctl.core.view.fields import Fields
from benchctl.edge.home import Home
from benchctl.edge.ledger import Ledger
from benchctl.records.certificate import show
from benchctl.records.exports import export
from benchctl.records.sheet import WIDTH, render_text
from benchctl.records.verification import verify
from tests.records.homes import kept, ledger_edited
from tests.records.stories import RUN, night

APPROVED, NOW, UNTIL = "2026-05-02T03:00:00.000Z", "2026-05-02T08:00:00.000Z", "2026-05-03T03:00:00.000Z"
AFTER = "2026-05-02T09:00:00.000Z"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = kept(tmp_path, night())
    Ledger(made.ledger_path).append(Issued(RUN, "Cabin", False, (("E1", "E2"),), APPROVED, UNTIL))
    return made


def state(home: Home, at: str) -> str | None:
    (string,) = Fields(show(home, RUN, at)).part("passport").parts("strings")
    return string.text("state")


def test_the_record_says_what_the_passport_is_worth_then(home: Home) -> None:
    assert (state(home, NOW), state(home, "2026-05-03T03:00:00.001Z")) == ("valid", "expired")


def test_a_run_without_an_approval_has_none_and_says_so(tmp_path: Path) -> None:
    passport = Fields(show(kept(tmp_path, night()), RUN, NOW)).part("passport")
    assert (passport.parts("strings"), passport.text("at")) == ((), NOW)
    assert passport.text("note") == "The ledger of this home knows no approved string of this run."


def test_a_run_that_goes_on_has_none(tmp_path: Path) -> None:
    passport = Fields(show(kept(tmp_path, night()[:60], in_ledger=False), RUN, NOW)).part("passport")
    assert passport.text("note") == "The run is not over: no string of it is approved."


def test_an_altered_ledger_shows_no_passport(home: Home) -> None:
    ledger_edited(home, lambda text: text.replace(UNTIL, "2027" + UNTIL[4:]))
    passport = Fields(show(home, RUN, NOW)).part("passport")
    assert passport.parts("strings") == ()
    assert "was altered" in (passport.text("note") or "")


def test_a_file_stays_true_when_the_string_becomes_void_later(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    export(home, RUN, "json", str(path), NOW)
    Ledger(home.ledger_path).append(Voided(RUN, (1,), None, "Ann", "taken apart", AFTER))
    assert verify(home, str(path)) == []
    assert state(home, AFTER) == "void"


def test_a_file_whose_passport_was_prolonged_is_found(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    export(home, RUN, "json", str(path), NOW)
    record = json.loads(path.read_text())
    record["passport"]["strings"][0]["until"] = "2027-05-03T03:00:00.000Z"
    path.write_text(json.dumps({**record, "digest": digest_of(record)}))
    assert verify(home, str(path)) == ["The file is not what journal and ledger say: it differs in passport."]


def test_the_sheet_shows_it_with_the_checks_after_the_wiring(home: Home) -> None:
    check = Measured("string 1, from end to end", 26.83, 26.56, 27.1)
    Ledger(home.ledger_path).append(Commissioned(RUN, "dmm1 (MY1)", (check,), (), "Ann", AFTER))
    text = render_text(show(home, RUN, AFTER))
    assert "String 1     JOINED, approved 2026-05-02 03:00:00Z" in text
    assert "             E1, E2, in this order of places" in text
    assert "             string 1, from end to end: 26.830 V (right: 26.56 to 27.10 V)" in text
    assert max(map(len, text.splitlines())) <= WIDTH
