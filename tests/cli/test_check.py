"""`benchctl check`: files known by content, complaints with their place, and what bench and bank make together."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchctl.cli.main import benchctl
from benchctl.cli.stage import bank_text, bench_text
from benchctl.core.passport import Issued
from benchctl.edge.home import Home
from benchctl.edge.ledger import Ledger
from benchctl.edge.shipped import shipped_folder


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    return written(tmp_path / "a.toml", bench_text(4))


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    return written(tmp_path / "b.toml", bank_text((None,) * 4))


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def changed(path: Path, old: str, new: str) -> Path:
    text = path.read_text()
    assert old in text
    return written(path, text.replace(old, new))


def check(*words: object) -> Result:
    return CliRunner().invoke(benchctl, ["check", *map(str, words)], catch_exceptions=False)


def test_each_file_is_known_by_its_content(bench: Path, bank: Path) -> None:
    dialect = shipped_folder("instruments") / "rigol-dp800.toml"
    procedure = shipped_folder("procedures") / "lifepo4-12v-preseries.toml"
    said = json.loads(check(bench, bank, dialect, procedure, "--json").stdout)
    assert [each["kind"] for each in said["files"]] == ["bench", "bank", "dialect", "procedure"]
    assert said["ok"]


def test_bench_and_bank_together_give_the_plan_of_the_night(bench: Path, bank: Path) -> None:
    done = check(bank, bench)
    assert done.exit_code == 0
    assert "It can be done; may run unattended." in done.stdout
    assert "0:01 to  4:11  Charge" in done.stdout
    assert "--temperature" in done.stdout


def test_hands_are_shown_in_the_plan(tmp_path: Path, bank: Path) -> None:
    done = check(written(tmp_path / "a.toml", bench_text(2)), bank)
    assert done.exit_code == 0
    assert "attended only" in done.stdout
    assert "[hands needed]" in done.stdout


def test_a_plan_is_one_line_of_json(bench: Path, bank: Path) -> None:
    (line,) = check(bench, bank, "--json").stdout.splitlines()
    said = json.loads(line)
    assert (said["feasible"], said["reasons"]) == (True, [])
    assert said["plan"]["steps"][0]["start_s"] == 0.0


def test_what_would_be_refused_is_a_no(bench: Path, bank: Path) -> None:
    odd = '\n[[batteries]]\nserial = "ODD"\namp_hours = 51\n'
    written(bank, bank.read_text().replace("series = 4", "series = 5") + odd)
    done = check(bench, bank)
    assert done.exit_code == 1
    assert "ODD differs from" in done.stdout
    assert check(bank).exit_code == 1


def test_a_battery_of_an_approved_string_is_a_no_with_its_string(bench: Path, bank: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.prepare()
    serials = tuple(re.findall(r'serial = "(.+)"', bank.read_text()))
    Ledger(home.ledger_path).append(Issued("20260101-000000-0000", "Old", False, (serials,), "2026", "2027"))
    done = CliRunner().invoke(benchctl, ["--home", str(home.path), "check", str(bench), str(bank)])
    assert done.exit_code == 1
    assert f"{', '.join(serials)} stand in string 1 of Old" in done.stdout
    joined = written(bank, bank.read_text().replace("parallel = 1", 'parallel = 1\nprocedure = "lifepo4-12v-join"'))
    done = CliRunner().invoke(benchctl, ["--home", str(home.path), "check", str(bench), str(joined)])
    assert done.exit_code == 0
    assert "Matching voltages in the middle of the curve prove nothing" in done.stdout


def test_a_supply_that_gives_too_little_is_a_no(bench: Path, bank: Path) -> None:
    text = bench.read_text().replace('"DP811"', '"DP831"')
    done = check(written(bench, text), bank)
    assert done.exit_code == 1
    assert "14.6 V are needed" in done.stdout


def test_an_instrument_that_states_no_model_has_the_last_word(bench: Path, bank: Path) -> None:
    done = check(changed(bench, 'model = "34970A"\n', ""), bank, "--json")
    said = json.loads(done.stdout)
    assert (done.exit_code, said["feasible"], said["plan"]) == (0, None, None)
    assert said["notes"] == ["scan1 states no model: what it can do is known when it answers."]


def test_a_battery_without_a_date_is_a_note(bench: Path, bank: Path) -> None:
    done = check(bench, changed(bank, "manufactured = 2026-03-01\n", ""))
    assert done.exit_code == 0
    assert "No date of manufacture is stated for" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('isolation = "supply_off"', "isolated = true", "positions[1].isolated"),
        ('dialect = "rigol-dp800"', 'dialect = "rigol-dp8"', "instruments.psu1.dialect"),
        ('model = "DP811"', 'model = "DP81"', "instruments.psu1.model"),
        ('"psu1:1"', '"psu1:9"', "positions[1].supply"),
        ('"scan1:101"', '"scan1:999"', "positions[1].meter"),
    ],
)
def test_what_is_wrong_has_file_line_and_key(bench: Path, old: str, new: str, complaint: str) -> None:
    changed(bench, old, new)
    done = check(bench)
    assert done.exit_code == 2
    (first, *_) = done.stderr.splitlines()
    place, key, _ = first.split(": ", 2)
    assert key == complaint
    assert new in bench.read_text().splitlines()[int(place.rpartition(":")[2]) - 1]


def test_a_meter_is_no_supply(bench: Path) -> None:
    text = bench.read_text().replace('"rigol-dp800"', '"keysight-34970a"').replace('"DP811"', '"34970A"')
    done = check(written(bench, text))
    assert done.exit_code == 2
    assert "positions[1].supply: is a channel of psu1, which is no supply" in done.stderr


def test_a_fault_nobody_can_simulate_is_complained_about(bench: Path) -> None:
    pack = '\n[[simulation.packs]]\nposition = "P1"\nfaults = ["bms.tripp"]\n'
    done = check(written(bench, bench.read_text() + pack))
    assert done.exit_code == 2
    assert 'simulation.packs[1].faults: has "bms.tripp": there is no fault' in done.stderr
    assert "the nearest is bms.trip" in done.stderr


def test_a_banks_positions_are_looked_up_on_the_bench(bench: Path, bank: Path) -> None:
    written(bank, bank.read_text().rstrip("\n") + '\nposition = "P9"\n')
    assert check(bank).exit_code == 0
    assert check(bench, bank).exit_code == 2


@pytest.mark.parametrize("text", ["x = 1\n", "", "[bench\n", "[queries.a]\nwrite = 1\n", "[charge]\nvoltage_v = 15\n"])
def test_what_is_none_of_ours_or_wrong_has_a_sentence(tmp_path: Path, text: str) -> None:
    path = written(tmp_path / "x.toml", text)
    said = json.loads(check(path, "--json").stdout)
    assert said["ok"] is False
    assert all(each["file"] == str(path) and each["sentence"] for each in said["files"][0]["complaints"])
    assert check(path).exit_code == 2


def test_forty_batteries_for_two_positions_are_a_no_that_says_what_would_do(tmp_path: Path) -> None:
    batteries = "".join(f'[[batteries]]\nserial = "X{number}"\n\n' for number in range(40))
    head = bank_text((None,) * 4).partition("[[batteries]]")[0].replace("parallel = 1\n", "parallel = 10\n")
    done = check(written(tmp_path / "a.toml", bench_text(2)), written(tmp_path / "b.toml", head + batteries))
    assert done.exit_code == 1, done.stderr
    assert "serves 20 batteries" in done.stdout
    assert "Use more positions." in done.stdout


def test_a_battery_file_is_known_and_says_how_many_may_be_joined() -> None:
    said = check(shipped_folder("batteries") / "century-c12-100xsli.toml")
    assert said.exit_code == 0
    assert "battery Century C12-100XSLI: 12.8 V, 100 Ah; at most 4 in series, 2 in parallel" in said.stdout


def test_nothing_to_check_is_bad_usage() -> None:
    assert check().exit_code == 2


def test_the_diagrams_come_from_the_tables() -> None:
    done = check("--diagram", "lifepo4-12v-preseries")
    assert done.exit_code == 0
    assert done.stdout.count("stateDiagram-v2") == 2
    assert "    absorbing --> full: fill" in done.stdout
    assert "    verifying --> approved: approve" in done.stdout


def test_a_diagram_of_no_procedure_is_bad_usage() -> None:
    assert check("--diagram", "nothing-such").exit_code == 2
