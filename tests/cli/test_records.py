"""`benchctl records` on a kept home: what is printed, where, and with which exit code."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchctl.cli.main import benchctl
from benchctl.edge.home import Home
from tests.records.homes import kept, tampered
from tests.records.stories import RUN, night


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return kept(tmp_path, night())


def records(home: Home, *words: str) -> Result:
    return CliRunner().invoke(benchctl, ["--home", str(home.path), "records", *words], catch_exceptions=False)


def test_a_list_is_one_line_of_json(home: Home) -> None:
    done = records(home, "list", "--json")
    assert done.exit_code == 0
    (line,) = done.stdout.splitlines()
    (item,) = json.loads(line)
    assert (item["run"], item["verdict"], item["simulated"]) == (RUN, "approved", False)
    assert {"bank", "ended"} <= item.keys()


def test_a_list_says_one_run_a_line(home: Home) -> None:
    assert records(home, "list").stdout.startswith(f"{RUN}  approved, spread ")


def test_an_empty_home_has_no_records(tmp_path: Path) -> None:
    empty = Home(tmp_path / "nowhere")
    assert (records(empty, "list", "--json").stdout, records(empty, "list").exit_code) == ("[]\n", 0)


def test_a_record_is_shown_as_a_sheet_or_as_one_line(home: Home) -> None:
    assert "VERDICT      APPROVED" in records(home, "show", RUN).stdout
    (line,) = records(home, "show", RUN, "--json").stdout.splitlines()
    assert json.loads(line)["verdict"] == "approved"


@pytest.mark.parametrize("words", [("show", "20260101-000000-ffff"), ("show", "../x"), ("verify", "nothing-such")])
def test_what_is_not_there_is_bad_usage(home: Home, words: tuple[str, ...]) -> None:
    done = records(home, *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr


def test_a_sound_journal_is_verified(home: Home) -> None:
    done = records(home, "verify", RUN, "--json")
    assert (done.exit_code, json.loads(done.stdout)["sound"]) == (0, True)


def test_an_altered_journal_is_a_no(home: Home) -> None:
    tampered(home, "UPDATE journal SET body = replace(body, '14.6', '14.5') WHERE seq = 40")
    done = records(home, "verify", RUN)
    assert done.exit_code == 1
    assert "Row 40 was altered" in done.stdout
    assert "NOT as it was written" in done.stdout


def test_an_export_can_be_verified(home: Home, tmp_path: Path) -> None:
    out = tmp_path / "record.json"
    assert records(home, "export", RUN, "--format", "json", "-o", str(out)).exit_code == 0
    assert records(home, "verify", str(out)).exit_code == 0


def test_an_altered_export_is_a_no(home: Home, tmp_path: Path) -> None:
    out = tmp_path / "record.json"
    records(home, "export", RUN, "--format", "json", "-o", str(out))
    out.write_text(out.read_text().replace("approved", "rejected", 1))
    assert records(home, "verify", str(out)).exit_code == 1


def test_a_file_is_not_overwritten_unasked(home: Home, tmp_path: Path) -> None:
    out = tmp_path / "record.json"
    out.write_text("mine")
    assert records(home, "export", RUN, "--format", "json", "-o", str(out)).exit_code == 1
    assert out.read_text() == "mine"
    assert records(home, "export", RUN, "--format", "json", "-o", str(out), "--force").exit_code == 0


def test_an_unknown_format_is_bad_usage(home: Home, tmp_path: Path) -> None:
    assert records(home, "export", RUN, "--format", "zip", "-o", str(tmp_path / "x")).exit_code == 2
