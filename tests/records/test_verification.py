"""Changed, missing, reordered and cut-off rows are found, in journals, in the ledger and in exported files."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchctl.core.acceptance.record import DISPUTED, digest_of
from benchctl.core.errors import UsageFault
from benchctl.core.model import Verdict
from benchctl.core.rows import RunClosed
from benchctl.edge.home import Home
from benchctl.records.exports import export
from benchctl.records.verification import examine, verify
from tests.records.homes import kept, ledger_edited, tampered
from tests.records.stories import RUN, Plot, night, without

NOW = "2026-05-02T08:00:00.000Z"
ROWS = len(night())


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return kept(tmp_path, night())


def test_an_untouched_run_is_sound(home: Home) -> None:
    assert examine(home, RUN).flaws == ()
    assert examine(home, RUN).notes == ()


TAMPERINGS = {
    "changed": (("UPDATE journal SET body = replace(body, '14.6', '14.5') WHERE seq = 40",), "Row 40 was altered"),
    "time": (("UPDATE journal SET boot_s = boot_s + 1 WHERE seq = 41",), "Row 41 was altered"),
    "who": (("UPDATE journal SET actor = 'operator:Eve' WHERE seq = 42",), "Row 42 was altered"),
    "missing": (("DELETE FROM journal WHERE seq = 40",), "Row 41 stands where row 40 belongs"),
    "missing and renumbered": (
        ("DELETE FROM journal WHERE seq = 40", "UPDATE journal SET seq = seq - 1 WHERE seq > 40"),
        "Row 40 does not continue the row before it",
    ),
    "reordered": (
        (
            "UPDATE journal SET seq = 9999 WHERE seq = 40",
            "UPDATE journal SET seq = 40 WHERE seq = 41",
            "UPDATE journal SET seq = 41 WHERE seq = 9999",
        ),
        "Row 40 does not continue the row before it",
    ),
    "cut off": (
        ("DELETE FROM journal WHERE seq > (SELECT max(seq) - 3 FROM journal)",),
        f"The end was cut off: {ROWS - 3} rows",
    ),
    "cut off by one": (("DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)",), "The end was cut off"),
    "emptied": (("DELETE FROM journal",), "The end was cut off: 0 rows are left"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found_and_the_first_bad_row_named(home: Home, name: str) -> None:
    statements, sentence = TAMPERINGS[name]
    tampered(home, *statements)
    assert verify(home, RUN)[0].startswith(sentence) or sentence in verify(home, RUN)[0]


def test_a_trigger_that_is_gone_is_found(home: Home) -> None:
    tampered(home, "CREATE TABLE more(x)")
    assert any("does not belong in a journal" in sentence for sentence in verify(home, RUN))


def test_a_missing_journal_is_found(home: Home) -> None:
    home.journal_path(RUN).unlink()
    assert verify(home, RUN) == [f"The journal of run {RUN} is missing; the ledger knows it."]


LEDGER: dict[str, tuple[Callable[[str], str], str]] = {
    "verdict": (lambda text: text.replace('"verdict":"approved"', '"verdict":"rejected"'), "line 1 was altered"),
    "spread": (lambda text: text.replace('"spread_v":0.0', '"spread_v":0.1'), "line 1 was altered"),
    "gone": (lambda _text: "", "The journal is closed, but the ledger has no line for it"),
}


@pytest.mark.parametrize("name", LEDGER)
def test_a_changed_ledger_is_found(home: Home, name: str) -> None:
    change, sentence = LEDGER[name]
    ledger_edited(home, change)
    assert sentence in " ".join(verify(home, RUN))


def test_another_journal_under_the_same_name_is_found(home: Home, tmp_path: Path) -> None:
    other = kept(tmp_path / "other", night(Plot(rested_v=(13.40, 13.41))))
    other.journal_path(RUN).replace(home.journal_path(RUN))
    assert "is not the last row that the ledger knows: the journal was rewritten" in verify(home, RUN)[0]


def test_an_approval_that_is_not_proven_is_found(tmp_path: Path) -> None:
    home = kept(tmp_path, night(Plot(hold_s=19)))
    assert verify(home, RUN)[0] == DISPUTED
    assert "E1: its taper held for 19.0 s instead of 20 s." in verify(home, RUN)


def test_a_ledger_that_says_otherwise_than_its_journal_is_found(tmp_path: Path) -> None:
    home = kept(tmp_path, night(), verdict=Verdict.REJECTED)
    assert verify(home, RUN) == ["The ledger and the journal differ in the verdict: rejected and approved."]


def test_a_run_that_goes_on_can_be_verified_up_to_now(tmp_path: Path) -> None:
    home = kept(tmp_path, without(night(), lambda _, body: isinstance(body, RunClosed)), in_ledger=False)
    found = examine(home, RUN)
    assert found.flaws == ()
    assert found.notes == ("This run has no line in the ledger yet: rows cut off at its end would not show.",)


def test_a_journal_file_elsewhere_is_verified(home: Home, tmp_path: Path) -> None:
    copy = tmp_path / f"{RUN}.db"
    copy.write_bytes(home.journal_path(RUN).read_bytes())
    assert verify(home, str(copy)) == []


@pytest.mark.parametrize("name", ["20260101-000000-ffff", "nothing.json", "../../etc/passwd\x1b[2J.json"])
def test_what_is_neither_run_nor_file_is_a_usage_fault(home: Home, name: str) -> None:
    with pytest.raises(UsageFault) as fault:
        verify(home, name)
    assert "\x1b" not in str(fault.value)


# ---------------------------------------------------------------- exported files


@pytest.fixture
def exported(home: Home, tmp_path: Path) -> Path:
    export(home, RUN, "json", str(tmp_path / "record.json"), NOW)
    return tmp_path / "record.json"


def spoilt(path: Path, mend: bool, **changes: object) -> str:
    record = {**json.loads(path.read_text()), **changes}
    if mend:
        record["digest"] = digest_of(record)
    path.write_text(json.dumps(record))
    return str(path)


def test_an_exported_file_is_sound(home: Home, exported: Path) -> None:
    assert examine(home, str(exported)).flaws == ()


def test_a_changed_file_does_not_fit_its_digest(home: Home, exported: Path) -> None:
    assert verify(home, spoilt(exported, False, operator="Eve")) == [
        "The file was altered: its digest does not fit its content."
    ]


def test_a_changed_file_with_a_new_digest_is_not_what_its_journal_says(home: Home, exported: Path) -> None:
    assert verify(home, spoilt(exported, True, operator="Eve")) == [
        "The file is not what journal and ledger say: it differs in operator."
    ]


def test_without_its_journal_only_the_digest_is_checked(home: Home, exported: Path, tmp_path: Path) -> None:
    elsewhere = Home(tmp_path / "elsewhere")
    assert examine(elsewhere, str(exported)).notes == (
        f"{RUN} is not in this home: only the file's own digest was checked.",
    )
    assert examine(home, str(exported)).notes == ()


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"form": 1}', b"[" * 100_000, b'{"a":NaN}'])
def test_a_file_that_is_no_record_is_said_to_be_none(home: Home, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.json"
    path.write_bytes(content)
    assert len(verify(home, str(path))) == 1


def test_an_export_of_a_run_that_went_on_still_fits(tmp_path: Path) -> None:
    whole = night()
    young = kept(tmp_path / "a", whole[:60], in_ledger=False)
    export(young, RUN, "json", str(tmp_path / "young.json"), NOW)
    assert verify(kept(tmp_path / "b", whole), str(tmp_path / "young.json")) == []
