"""What is wrong is said before anything is started: files with 2, everything else with a verdict and 7."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchctl.cli.main import COMMANDS, benchctl
from benchctl.core.model import Verdict
from benchctl.core.passport import Issued
from benchctl.edge.home import Home
from benchctl.edge.ledger import LatchLine, Ledger, RunLine
from tests.cli.workshop import Line, Workshop


def said(workshop: Workshop, *words: str) -> Result:
    return CliRunner().invoke(benchctl, ["--home", str(workshop.home), *words], catch_exceptions=False)


def verdict(done: Result) -> Line:
    line: Line = json.loads(done.stdout.splitlines()[-1])
    return line


def latched(workshop: Workshop, position: str | None, text: str = "It tripped.") -> Ledger:
    home = Home(workshop.home)
    home.prepare()
    ledger = Ledger(home.ledger_path)
    wall = "2026-05-01T20:00:00.000Z"
    ledger.append(LatchLine("A1", "20260501-200000-abcd", "bench-1", position, "E1001", "over_voltage", text, wall))
    return ledger


def ended(wall: str, simulated: bool) -> RunLine:
    """A run that ended then."""
    return RunLine("r1", "Cabin", "bench-1", simulated, wall, wall, Verdict.REJECTED, (), None, 20, "e" * 64, ())


def test_every_fault_of_every_file_is_said_with_its_line_and_key(workshop: Workshop) -> None:
    workshop.bench.write_text(workshop.bench.read_text().replace('isolation = "contactor"', "isolated = true", 1))
    workshop.bank.write_text(workshop.bank.read_text().replace("series = 2", "series = 2.5"))
    workshop.procedure.write_text("[charge]\nvoltage_v = 14.9\n")
    done = said(workshop, *workshop.words())
    assert done.exit_code == 2
    assert done.stdout == ""
    for place in ("bench.toml:22: positions[1].isolated", "bank.toml:3: bank.series", "quick.toml:2: charge.voltage_v"):
        assert place in done.stderr
    assert not workshop.home.exists()


@pytest.mark.parametrize("word", ["nan", "14,6", "1e1", "1_0", "200", ""])
def test_a_temperature_is_a_number(workshop: Workshop, word: str) -> None:
    done = said(workshop, *workshop.words(temperature=word))
    assert (done.exit_code, done.stdout) == (2, "")


def test_an_operator_has_a_name_that_can_be_shown(workshop: Workshop) -> None:
    assert said(workshop, *workshop.words("--operator", "\x1b[2J")).exit_code == 2


def test_without_a_bench_file_it_says_where_one_belongs(workshop: Workshop) -> None:
    done = said(workshop, "run", str(workshop.bank))
    assert done.exit_code == 2
    assert str(workshop.home / "bench.toml") in done.stderr


def test_a_port_that_refuses(workshop: Workshop) -> None:
    done = said(workshop, *workshop.words())
    last = verdict(done)
    assert (done.exit_code, last["verdict"], last["run"], last["spread_v"]) == (7, "refused", None, None)
    assert [reason.partition(":")[0] for reason in last["reasons"]] == ["psu1", "psu2", "scan1"]
    assert said(workshop, "status", "--json").stdout.startswith('{"state": "idle"')


def test_a_standing_latch_refuses_a_start_until_it_is_reset(workshop: Workshop) -> None:
    latched(workshop, "P2")
    first = verdict(said(workshop, *workshop.words()))
    assert first["reasons"] == ["P2: It tripped. (run 20260501-200000-abcd). When its cause is gone: benchctl reset P2"]
    reset = said(workshop, "reset", "P2", "--operator", "Ada", "--json")
    assert (reset.exit_code, json.loads(reset.stdout)["accepted"]) == (0, True)
    assert "P2" not in verdict(said(workshop, *workshop.words()))["reasons"][0]
    assert said(workshop, "reset", "P2").exit_code == 1


def test_a_latch_of_another_bench_stands_in_nobodys_way(workshop: Workshop) -> None:
    latched(workshop, "P2")
    workshop.bench.write_text(workshop.bench.read_text().replace("bench-1", "bench-2"))
    assert "P2" not in verdict(said(workshop, *workshop.words()))["reasons"][0]


def test_an_acknowledged_latch_still_stands(workshop: Workshop) -> None:
    ledger = latched(workshop, None)
    assert said(workshop, "ack", "A1", "--operator", "Ada").exit_code == 0
    assert [each.acknowledged for each in ledger.standing_latches()] == [True]
    assert "benchctl reset bench" in verdict(said(workshop, *workshop.words()))["reasons"][0]
    assert said(workshop, "ack", "A2").exit_code == 1


def test_who_stands_in_an_approved_string_is_said_before_any_instrument_is_met(workshop: Workshop) -> None:
    home = Home(workshop.home)
    home.prepare()
    Ledger(home.ledger_path).append(Issued("20260101-000000-0000", "Old", False, (("e1001", "X"),), "2026", "2027"))
    done = said(workshop, *workshop.words())
    last = verdict(done)
    assert (done.exit_code, last["verdict"]) == (7, "refused")
    assert last["reasons"][0].startswith("E1001 stands in string 1 of Old")


def test_an_altered_ledger_starts_nothing(workshop: Workshop) -> None:
    latched(workshop, "P2")
    path = Home(workshop.home).ledger_path
    path.write_text(path.read_text().replace("P2", "P3"))
    done = said(workshop, *workshop.words())
    assert (done.exit_code, "altered" in verdict(done)["reasons"][0]) == (7, True)
    assert json.loads(said(workshop, "status", "--json").stdout)["state"] == "idle"


def test_a_clock_that_is_behind_the_record_starts_nothing_until_it_is_checked(workshop: Workshop) -> None:
    home = Home(workshop.home)
    home.prepare()
    Ledger(home.ledger_path).append(ended("2999-05-01T20:00:00.000Z", simulated=False))
    first = verdict(said(workshop, *workshop.words()))
    assert (first["verdict"], len(first["reasons"])) == ("refused", 1)
    assert "before the end of the last run on record, 2999-05-01T20:00:00.000Z. Set the clock;" in first["reasons"][0]
    checked = verdict(said(workshop, *workshop.words("--clock-checked-by", "Ada")))
    assert [reason.partition(":")[0] for reason in checked["reasons"]] == ["psu1", "psu2", "scan1"]


def test_a_simulated_night_says_nothing_of_the_clock(workshop: Workshop) -> None:
    home = Home(workshop.home)
    home.prepare()
    Ledger(home.ledger_path).append(ended("2999-05-01T20:00:00.000Z", simulated=True))
    assert verdict(said(workshop, *workshop.words()))["reasons"][0].startswith("psu1: ")


def test_what_a_ledger_says_is_shown_without_its_control_characters(workshop: Workshop) -> None:
    latched(workshop, "P2", text="gone\x1b[2J[/red]\u202e")
    shown = said(workshop, "status").stdout + said(workshop, "reset", "P2").stdout
    assert "\x1b" not in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize("words", [("stop",), ("answer", "Q1"), ("ack", "A1"), ("reset", "P1")])
def test_a_wish_with_nothing_there_is_one_line_and_a_no(workshop: Workshop, words: tuple[str, ...]) -> None:
    done = said(workshop, *words, "--json")
    assert (done.exit_code, json.loads(done.stdout)["accepted"]) == (1, False)
    assert not workshop.home.exists()


def test_off_without_any_bench_asks_for_one(workshop: Workshop) -> None:
    done = said(workshop, "off")
    assert (done.exit_code, "--bench" in done.stderr) == (2, True)


def test_every_command_is_there_and_says_what_it_does() -> None:
    done = CliRunner().invoke(benchctl, ["--help"], catch_exceptions=False)
    assert all(f"  {name} " in done.stdout for name in COMMANDS)
    for name in COMMANDS:
        told = CliRunner().invoke(benchctl, [name, "--help"], catch_exceptions=False)
        assert (told.exit_code, len(told.stdout) > 200) == (0, True)


def test_an_unknown_command_is_bad_usage() -> None:
    assert CliRunner().invoke(benchctl, ["runn"]).exit_code == 2


def test_status_loads_no_heavy_library(tmp_path: Path) -> None:
    code = f"""
import sys
from benchctl.cli.main import benchctl
try: benchctl(["--home", {str(tmp_path)!r}, "status"])
except SystemExit as end: assert not end.code
print(sorted({{'pyvisa', 'textual', 'numpy', 'pydantic', 'transitions'}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]", done.stdout + done.stderr


@pytest.mark.parametrize("module", ["benchctl.cli.wishes", "benchctl.cli.off"])
def test_a_wish_is_left_before_anything_is_loaded_that_it_does_not_need(module: str) -> None:
    heavy = ["benchctl.core.messages", "benchctl.core.model", "platformdirs", "pydantic", "serial", "sqlite3"]
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
