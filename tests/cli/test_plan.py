"""`benchctl plan` from the command line: numbers, words, exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchctl.cli.main import benchctl

BANK = """
[bank]
name = "Cabin"
series = 2
parallel = 1
[battery]
brand = "Epoch"
model = "12100A"
chemistry = "LiFePO4"
amp_hours = 100
max_charge_amps = 50
[[batteries]]
serial = "E1001"
[[batteries]]
serial = "E1002"
"""


def plan(*words: str) -> Result:
    return CliRunner().invoke(benchctl, ["plan", *words])


def test_the_best_configuration_comes_first_as_json() -> None:
    said = plan(
        "--voltage", "24", "--amp-hours", "200", "--battery-volts", "12", "--battery-amp-hours", "100", "--json"
    )
    assert said.exit_code == 0
    assert said.stdout.count("\n") == 1
    first = json.loads(said.stdout)[0]
    assert first.pop("warnings")
    assert first == {
        "series": 2,
        "parallel": 2,
        "batteries": 4,
        "bank_volts": 25.6,
        "bank_amp_hours": 200,
        "bank_watt_hours": 5120,
        "max_discharge_amps": 200,
        "charger_volts": 29.2,
    }


def test_twelve_volts_and_twelve_point_eight_are_the_same_unit() -> None:
    asked = ("--voltage", "48", "--kwh", "10", "--battery-amp-hours", "100", "--json")
    assert plan(*asked, "--battery-volts", "12").stdout == plan(*asked, "--battery-volts", "12.8").stdout


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--voltage", "12", "--amp-hours", "900", "--battery-amp-hours", "100"), 1, "and 4 are allowed"),
        (("--voltage", "24", "--amp-hours", "100", "--battery-amp-hours", "100", "--tap", "12"), 1, "DC-DC converter"),
        (("--voltage", "-12", "--amp-hours", "100", "--battery-amp-hours", "100"), 2, "is no number from 1 to 1000"),
        (("--voltage", "12", "--amp-hours", "0", "--battery-amp-hours", "100"), 2, "is no number from 0.1"),
        (("--voltage", "12", "--amp-hours", "nan", "--battery-amp-hours", "100"), 2, "is no number"),
        (("--voltage", "12", "--amp-hours", "100"), 2, "Say what one battery holds"),
        (("--amp-hours", "100", "--battery-amp-hours", "100"), 2, "at which --voltage?"),
        (("--voltage", "12", "--amp-hours", "100", "--kwh", "1", "--battery-amp-hours", "100"), 2, "state one of them"),
        (("--load-watts", "100", "--battery-amp-hours", "100"), 2, "go together"),
        (("--battery-amp-hours", "100"), 2, "Say what the bank must hold"),
        (
            ("--voltage", "12", "--amp-hours", "100", "--battery-volts", "13", "--battery-amp-hours", "100"),
            2,
            "No LiFePO4",
        ),
        (("--voltage", "12", "--battery-amp-hours", "100", "--batteries", "2.5"), 2, "is no whole number"),
        (("--bank", "nowhere.toml"), 2, "nowhere.toml"),
    ],
)
def test_what_is_wrong_is_said_and_so_is_what_would_be_right(words: tuple[str, ...], code: int, sentence: str) -> None:
    said = plan(*words)
    assert said.exit_code == code
    assert sentence in said.stderr


def test_an_impossible_target_is_an_empty_list_as_json() -> None:
    said = plan("--voltage", "12", "--amp-hours", "900", "--battery-amp-hours", "100", "--json")
    assert (said.exit_code, said.stdout) == (1, "[]\n")


def test_a_bank_files_batteries_stand_in_the_sheet_and_on_the_page(tmp_path: Path) -> None:
    bank, html = tmp_path / "bank.toml", tmp_path / "wiring.html"
    bank.write_text(BANK)
    said = plan(
        "--bank", str(bank), "--battery-max-amps", "100", "--wiring", "--run-length-m", "3", "--html", str(html)
    )
    assert said.exit_code == 0, said.stderr
    assert "(-)--[1.1 E1001]--[1.2 E1002]--(+)" in said.stdout
    assert max(map(len, said.stdout.splitlines())) <= 80
    assert "E1002" in html.read_text()
