"""`benchctl plan` from the command line: numbers, words, exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings, strategies as st

from benchctl.cli.main import benchctl
from benchctl.core.passport import Issued
from benchctl.edge.batteryfile import shipped_batteries
from benchctl.edge.home import Home
from benchctl.edge.ledger import Ledger
from tests.records.homes import kept
from tests.records.stories import RUN, night

FAR = "2999-01-01T00:00:00.000Z"

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


CENTURY = 'brand = "Century"\nmodel = "C12-100XSLI"\nchemistry = "LiFePO4"\namp_hours = 100\nmax_charge_amps = 12'


def plan(*words: str) -> Result:
    return CliRunner().invoke(benchctl, ["plan", *words], catch_exceptions=False)


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
        (("--voltage", "24", "--amp-hours", "100", "--tap", "24"), 2, "the whole 24 V bank and no part of a string"),
        (("--voltage", "24", "--amp-hours", "100", "--tap", "25.6"), 2, "the whole 24 V bank"),
        (("--voltage", "24", "--amp-hours", "100", "--tap", "48"), 2, "ask for it as --voltage"),
        (("--voltage", "24", "--amp-hours", "100", "--max-series", "1"), 1, "1 is allowed by --max-series"),
        (("--voltage", "12", "--amp-hours", "300", "--max-parallel", "2"), 1, "2 are allowed by --max-parallel"),
        (("--batteries", "4", "--battery", "kilovault-3600-hlx", "--battery-max-amps", "200"), 2, "allows 150"),
        (("--batteries", "4", "--html", ""), 2, "would be a file, such as wiring.html"),
        (("--batteries", "4", "--html", "/"), 2, "is a folder"),
        (("--batteries", "4", "--html", "/nowhere/w.html"), 2, "there is no folder /nowhere"),
        (("--approved", ""), 2, "is no run ID"),
        (("--voltage", "12", "--amp-hours", "400", "--wiring", "--run-length-m", "100"), 1, "Keep the run to"),
        (("--voltage", "-12", "--amp-hours", "100", "--battery-amp-hours", "100"), 2, "is no number from 1 to 1000"),
        (("--voltage", "12", "--amp-hours", "0", "--battery-amp-hours", "100"), 2, "is no number from 0.1"),
        (("--voltage", "12", "--amp-hours", "nan", "--battery-amp-hours", "100"), 2, "is no number"),
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
        (("--bank", "nowhere.toml", "--voltage", "12"), 2, "leave the sizes out"),
        (("--bank", "nowhere.toml", "--approved", "r"), 2, "one bank at a time"),
        (("--batteries", "4", "--battery", "kilovault-3600"), 2, 'did you mean "kilovault-3600-hlx"?'),
        (("--batteries", "4", "--battery", "century-c12-100xsli", "--max-parallel", "4"), 2, "allows 2"),
        (("--batteries", "4", "--battery", "century-c12-100xsli", "--battery-amp-hours", "90"), 2, "or the name"),
        (("--voltage", "24", "--amp-hours", "100", "--battery", "renogy-rbt100lfp12s"), 1, "1 is allowed for Renogy"),
        (("--voltage", "12", "--kwh", "100", "--battery-amp-hours", "2000", "--wiring"), 1, "no main fuse is made"),
    ],
)
def test_what_is_wrong_is_said_and_so_is_what_would_be_right(words: tuple[str, ...], code: int, sentence: str) -> None:
    said = plan(*words)
    assert said.exit_code == code
    assert sentence in said.stderr


SAME = [("24", "12"), ("24", "12.8"), ("25.6", "12"), ("25.6", "12.8")]


@pytest.mark.parametrize(("system", "unit"), SAME)
def test_a_system_and_a_battery_may_be_called_by_their_name_or_by_their_nominal_voltage(system: str, unit: str) -> None:
    (first, *_) = json.loads(plan("--voltage", system, "--battery-volts", unit, "--amp-hours", "200", "--json").stdout)
    assert (first["series"], first["bank_volts"], first["bank_watt_hours"]) == (2, 25.6, 5120)


@pytest.mark.parametrize("unit", ["24", "25.6"])
def test_a_battery_of_eight_cells_is_a_system_of_24_volts_by_itself(unit: str) -> None:
    (first, *_) = json.loads(plan("--voltage", "24", "--battery-volts", unit, "--amp-hours", "200", "--json").stdout)
    assert (first["series"], first["parallel"], first["bank_volts"], first["charger_volts"]) == (1, 2, 25.6, 29.2)


NUMBERS = ("0", "-1", "-0", "nan", "inf", "-inf", "1e400", "1e2", "1_0", "१२", "", " ", "12,8", ".5", "0x10", "9" * 40)


@pytest.mark.parametrize("wrong", NUMBERS)
@pytest.mark.parametrize("name", ["--voltage", "--amp-hours", "--kwh", "--load-watts", "--hours", "--usable", "--tap"])
def test_what_is_no_number_is_refused_by_its_option_and_nothing_is_printed(name: str, wrong: str) -> None:
    said = plan(name, wrong, "--json")
    assert (said.exit_code, said.stdout) == (2, "")
    assert f"'{name}'" in said.stderr


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


def test_what_nobody_said_of_a_battery_is_taken_from_the_guide_and_said() -> None:
    (first, *_) = json.loads(plan("--voltage", "48", "--kwh", "10", "--json").stdout)
    assert (first["series"], first["parallel"], first["bank_amp_hours"]) == (4, 2, 200)
    assert "taken to hold 100 Ah" in first["warnings"][0]


def test_a_model_brings_what_its_maker_says_to_plan_and_sheet() -> None:
    said = plan("--voltage", "48", "--kwh", "15", "--battery", "kilovault-3600-hlx", "--wiring")
    assert "4S1P      48 V          4   51.2     300   15.36     150     56 V" in said.stdout
    assert "0 to 45 degrees Celsius" in said.stdout


def test_a_maker_whose_currents_do_not_add_up_is_believed() -> None:
    said = plan("--voltage", "12", "--amp-hours", "400", "--battery", "relion-legacy-100ah", "--json")
    assert [each["max_discharge_amps"] for each in json.loads(said.stdout)] == [300]


def test_a_file_of_ones_own_may_allow_sixteen_in_parallel(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(
        'brand = "B"\nmodel = "M"\nchemistry = "LiFePO4"\nnominal_volts = 12.8\namp_hours = 100\n'
        'max_parallel = 16\nsource = "its sheet"\n'
    )
    said = plan("--voltage", "12", "--amp-hours", "1600", "--battery", str(own), "--json")
    assert json.loads(said.stdout)[0]["parallel"] == 16


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        pytest.param(
            ('serial = "E1002"', 'serial = "E1002"\namp_hours = 90'),
            "of one brand, model and capacity",
            id="a mixed string",
        ),
        pytest.param(
            ("max_charge_amps", "max_series = 1\nmax_charge_amps"),
            "2 in series, and 1 is allowed",
            id="too many in series",
        ),
        pytest.param(
            ('brand = "Epoch"\nmodel = "12100A"', 'brand = "Battle Born"\nmodel = "BB5012"'),
            "correct the one that is wrong",
            id="another battery than its maker's",
        ),
        pytest.param(('chemistry = "LiFePO4"', 'chemistry = "AGM"'), "E1001 is AGM", id="another chemistry"),
        pytest.param(
            ('serial = "E1002"', 'serial = "E1002"\ncells = 8'), "E1002 has 8 cells in series", id="other cells"
        ),
        pytest.param(
            (
                '"E1001"\n[[batteries]]\nserial = "E1002"',
                '"E1001"\nmanufactured = 2025-01-15\n[[batteries]]\nserial = "E1002"\nmanufactured = 2025-07-16',
            ),
            "more than 6 months apart",
            id="another age",
        ),
        pytest.param(
            (
                'brand = "Epoch"\nmodel = "12100A"',
                'brand = "KiloVault"\nmodel = "1800 HLX"\nmax_group_charge_amps = 200',
            ),
            "correct the one that is wrong",
            id="a maker's other battery",
        ),
        pytest.param(
            (BANK[BANK.index("brand") : BANK.index("0\n[[")], CENTURY),
            "allows 100 A: correct max_charge_amps",
            id="more charge than its maker allows",
        ),
    ],
)
def test_a_bank_that_must_not_be_built_is_refused(tmp_path: Path, wrong: tuple[str, str], sentence: str) -> None:
    bank = tmp_path / "bank.toml"
    bank.write_text(BANK.replace(*wrong))
    said = plan("--bank", str(bank))
    assert said.exit_code == 1
    assert sentence in said.stderr


def test_batteries_of_several_cells_side_by_side_are_refused_too(tmp_path: Path) -> None:
    bank = tmp_path / "bank.toml"
    beside = BANK.replace("series = 2\nparallel = 1", "series = 1\nparallel = 2")
    bank.write_text(beside.replace('serial = "E1002"', 'serial = "E1002"\ncells = 8'))
    assert "E1002 has 8 cells in series" in plan("--bank", str(bank)).stderr


def test_a_bank_of_eight_cells_needs_no_procedure_to_be_planned(tmp_path: Path) -> None:
    bank = tmp_path / "bank.toml"
    bank.write_text(BANK.replace("amp_hours", "cells = 8\namp_hours"))
    (first,) = json.loads(plan("--bank", str(bank), "--json").stdout)
    assert (first["bank_volts"], first["charger_volts"]) == (51.2, 58.4)


def test_a_bank_is_charged_with_what_the_least_of_its_batteries_may(tmp_path: Path) -> None:
    bank = tmp_path / "bank.toml"
    beside = BANK.replace("series = 2\nparallel = 1", "series = 1\nparallel = 2")
    bank.write_text(beside.replace('serial = "E1002"', 'serial = "E1002"\nmax_charge_amps = 10'))
    assert "Charge current: at most 20 A." in plan("--bank", str(bank), "--wiring").stdout


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return kept(tmp_path, night())


def of_run(home: Home, *words: str) -> Result:
    return CliRunner().invoke(
        benchctl, ["--home", str(home.path), "plan", "--approved", RUN, *words], catch_exceptions=False
    )


def test_more_in_series_than_usual_is_said_where_no_maker_states_a_number(tmp_path: Path) -> None:
    bank = tmp_path / "bank.toml"
    more = "".join(f'[[batteries]]\nserial = "E100{n}"\n' for n in (3, 4, 5))
    bank.write_text(BANK.replace("series = 2", "series = 5") + more)
    (first,) = json.loads(plan("--bank", str(bank), "--json").stdout)
    assert "5 in series: most makers allow 4; have it from yours in writing." in first["warnings"]
    assert "allowed (the command line)" in plan("--bank", str(bank), "--max-series", "4").stderr


@pytest.mark.parametrize(("simulated", "practice"), [(False, False), (True, True)])
def test_an_approved_bank_has_its_serial_numbers_in_the_sheet(
    home: Home, tmp_path: Path, simulated: bool, practice: bool
) -> None:
    html = tmp_path / "w.html"
    Ledger(home.ledger_path).append(Issued(RUN, "Cabin", simulated, (("E1", "E2"),), "2026-05-02T03:00:00.000Z", FAR))
    said = of_run(home, "--wiring", "--html", str(html))
    assert said.exit_code == 0, said.stderr
    assert "(-)--[1.1 E1]--[1.2 E2]--(+)" in said.stdout
    assert ("practice, not to be built" in said.stdout) is practice
    assert ("practice, not to be built" in html.read_text()) is practice


def test_a_run_that_approved_nothing_or_whose_approval_is_over_has_no_sheet(home: Home) -> None:
    assert "has approved no string" in of_run(home, "--wiring").stderr
    Ledger(home.ledger_path).append(Issued(RUN, "Cabin", False, (("E1", "E2"),), "2026-05-02", "2026-05-03"))
    said = of_run(home, "--wiring")
    assert (said.exit_code, said.stdout) == (1, "")
    assert "is expired" in said.stderr
    assert of_run(home, "--wiring", "--json").stdout == "[]\n"


WORDS = {
    "--voltage": st.sampled_from(("12", "24", "48", "51.2", "13", "1", "1000")),
    "--amp-hours": st.sampled_from(("0.1", "100", "100000")),
    "--kwh": st.sampled_from(("0.001", "10", "10000")),
    "--load-watts": st.sampled_from(("0.1", "500", "999999")),
    "--hours": st.sampled_from(("0.01", "10", "10000")),
    "--usable": st.sampled_from(("1", "80", "100")),
    "--batteries": st.sampled_from(("1", "7", "256")),
    "--battery": st.sampled_from(shipped_batteries()),
    "--battery-volts": st.sampled_from(("6", "12.8", "48")),
    "--battery-amp-hours": st.sampled_from(("0.1", "100", "2000")),
    "--battery-max-amps": st.sampled_from(("0.1", "100", "5000")),
    "--max-parallel": st.sampled_from(("1", "4", "64")),
    "--max-series": st.sampled_from(("1", "4", "16")),
    "--run-length-m": st.sampled_from(("0.1", "100")),
}


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries({}, optional=WORDS), st.booleans())
def test_whatever_is_asked_is_answered_or_refused_in_a_sentence(words: dict[str, str], wiring: bool) -> None:
    said = plan(*(part for pair in words.items() for part in pair), "--json", *(("--wiring",) if wiring else ()))
    if said.exit_code == 0:
        for each in json.loads(said.stdout):
            assert each["batteries"] == each["series"] * each["parallel"] > 0
            assert each["bank_watt_hours"] == pytest.approx(each["bank_volts"] * each["bank_amp_hours"])
    else:
        assert said.exit_code in (1, 2)
        assert said.stderr.strip().endswith((".", ")"))
