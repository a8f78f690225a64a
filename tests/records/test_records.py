"""What the CLI gets: the list of records, one record, its text, its export."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchctl.core import messages as m
from benchctl.core.acceptance.record import assess, digest_of
from benchctl.core.errors import Refusal, UsageFault
from benchctl.core.model import Priority
from benchctl.core.rows import RunClosed, RunOpened
from benchctl.core.view.fields import Fields
from benchctl.edge.home import Holder, Home, acquire_lock
from benchctl.records.certificate import show
from benchctl.records.exports import FORMATS, export
from benchctl.records.listing import list_records
from benchctl.records.sheet import WIDTH, render_text
from tests.records.homes import kept, tampered
from tests.records.stories import RUN, SERIALS, Plot, night, opening, put, rows, time_of, without

UNFINISHED = without(night(), lambda _, body: isinstance(body, RunClosed | m.VerdictReached))
NOW = "2026-05-02T08:00:00.000Z"
HOSTILE = "PSU[/red]\x1b]52;c;AAAA\x07\u202e" + "W" * 200


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return kept(tmp_path, night())


# ---------------------------------------------------------------- list


def test_a_finished_run_is_listed_from_the_ledger(home: Home) -> None:
    (item,) = list_records(home)
    assert {key: item[key] for key in ("run", "bank", "verdict", "simulated", "state")} == {
        "run": RUN,
        "bank": "Cabin",
        "verdict": "approved",
        "simulated": False,
        "state": "finished",
    }
    assert item["serials"] == [*SERIALS]


def test_an_interrupted_run_is_listed_without_a_verdict(tmp_path: Path) -> None:
    (item,) = list_records(kept(tmp_path, UNFINISHED, in_ledger=False))
    assert (item["bank"], item["verdict"], item["ended"], item["state"]) == ("Cabin", None, None, "interrupted")


def test_a_run_at_work_is_listed_as_running(tmp_path: Path) -> None:
    home = kept(tmp_path, UNFINISHED, in_ledger=False)
    lock = acquire_lock(home, Holder(RUN, None, None, "bench-1"))
    try:
        assert list_records(home)[0]["state"] == "running"
    finally:
        lock.release()


def test_a_journal_that_cannot_be_read_is_listed_all_the_same(home: Home) -> None:
    (home.runs_dir / "20260601-000000-0000.db").write_bytes(b"not a database")
    assert [item["state"] for item in list_records(home)] == ["unreadable", "finished"]


def test_a_run_whose_journal_is_gone_is_listed_all_the_same(home: Home) -> None:
    home.journal_path(RUN).unlink()
    assert list_records(home)[0]["state"] == "missing"


def test_a_home_that_is_not_there_has_no_records(tmp_path: Path) -> None:
    assert list_records(Home(tmp_path / "none")) == []
    assert not (tmp_path / "none").exists()


# ---------------------------------------------------------------- show


def test_the_record_on_disk_is_that_of_the_rows(home: Home) -> None:
    record, again = show(home, RUN, NOW), assess(rows(night()))
    assert {key: record[key] for key in again if key != "digest"} == {k: v for k, v in again.items() if k != "digest"}
    assert record["digest"] == digest_of(record)


@pytest.mark.parametrize("run", ["20260101-000000-ffff", "../x", ""])
def test_an_unknown_run_is_a_usage_fault(home: Home, run: str) -> None:
    with pytest.raises(UsageFault):
        show(home, run, NOW)


# ---------------------------------------------------------------- text


def text_of(plot: Plot) -> str:
    return render_text(assess(rows(night(plot))))


def test_the_text_says_what_counts() -> None:
    lines = text_of(Plot()).splitlines()
    assert "VERDICT      APPROVED" in lines
    assert "Rested at    13.4000 V, median of 5 by dmm1:1 (SN-dmm1)" in lines
    assert "Taper        0.900 A (limit 1.000 A) at 14.600 V, held 20 s" in lines
    assert "dmm1         Acme DMM1, serial SN-dmm1, firmware 1.0; in calibration (due" in lines


def test_a_disputed_approval_is_said_on_top() -> None:
    lines = text_of(Plot(hold_s=19)).splitlines()
    assert lines[2].startswith("DISPUTED: ")
    assert "VERDICT      NOT PROVEN" in lines
    assert "             - E1: its taper held for 19.0 s instead of 20 s." in lines


def test_missing_things_are_said_in_words() -> None:
    text = render_text(assess(rows(night())[:30]))
    assert "VERDICT      NONE YET" in text
    assert "No common scan was made." in text
    assert "0.000 V" not in text


def hostile(body: RunOpened) -> RunOpened:
    entries = tuple(replace(one, name=HOSTILE) for one in body.bench.instruments)
    first, other = body.bank.batteries
    bank = replace(body.bank, name=HOSTILE, batteries=(replace(first, brand=HOSTILE), replace(other, serial=HOSTILE)))
    return replace(body, bank=bank, bench=replace(body.bench, instruments=entries), operator=HOSTILE, version=HOSTILE)


def test_hostile_texts_do_no_harm() -> None:
    alarm = m.AlarmRaised("A1", "lead", "P1", "E1", True, HOSTILE, None, None, HOSTILE, HOSTILE, Priority.P1, True)
    tale = put(opening(night(), hostile), time_of(night(), m.SpreadMeasured), alarm, m.Noted(HOSTILE))
    text = render_text(assess(rows(tale)))
    assert not set(text) & set("\x1b\x07\u202e")
    assert max(map(len, text.splitlines())) <= WIDTH


def test_the_text_is_narrow() -> None:
    for plot in (Plot(), Plot(hold_s=19), Plot(simulated=True)):
        assert max(map(len, text_of(plot).splitlines())) <= WIDTH


# ---------------------------------------------------------------- export


def test_the_export_is_the_record(home: Home, tmp_path: Path) -> None:
    export(home, RUN, "json", str(tmp_path / "record.json"), NOW)
    assert json.loads((tmp_path / "record.json").read_text()) == show(home, RUN, NOW)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["record.json"]


def test_the_export_goes_to_standard_output(home: Home, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    export(home, RUN, "json", "-", NOW)
    assert Fields(json.loads(capfdbinary.readouterr().out)).text("run") == RUN


def test_an_existing_file_is_left_as_it_is(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text("mine")
    with pytest.raises(Refusal, match="is already there"):
        export(home, RUN, "json", str(path), NOW)
    assert path.read_text() == "mine"
    export(home, RUN, "json", str(path), NOW, force=True)
    assert json.loads(path.read_text())["run"] == RUN


def test_a_link_to_elsewhere_is_not_followed(home: Home, tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "record.json"
    link.symlink_to(target)
    with pytest.raises(Refusal):
        export(home, RUN, "json", str(link), NOW)
    export(home, RUN, "json", str(link), NOW, force=True)
    assert not target.exists()


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "json"])
def test_other_formats_are_refused_in_words(home: Home, tmp_path: Path, form: str) -> None:
    with pytest.raises(Refusal, match="is not built yet"):
        export(home, RUN, form, str(tmp_path / "x"), NOW)


@pytest.mark.parametrize(("form", "name"), [("xml", "x"), ("json", "none/x.json")])
def test_bad_usage_is_a_usage_fault(home: Home, tmp_path: Path, form: str, name: str) -> None:
    with pytest.raises(UsageFault):
        export(home, RUN, form, str(tmp_path / name), NOW)


def test_an_altered_journal_is_not_exported(home: Home, tmp_path: Path) -> None:
    tampered(home, "UPDATE journal SET wall = 'x' WHERE seq = 40")
    with pytest.raises(Refusal, match="Row 40"):
        export(home, RUN, "json", str(tmp_path / "x.json"), NOW)
    assert not (tmp_path / "x.json").exists()


def test_a_disputed_approval_is_exported_and_says_so(tmp_path: Path) -> None:
    home = kept(tmp_path, night(Plot(hold_s=19)))
    export(home, RUN, "json", str(tmp_path / "x.json"), NOW)
    assert json.loads((tmp_path / "x.json").read_text())["disputed"] is True
