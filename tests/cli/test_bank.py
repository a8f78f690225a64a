"""`benchctl bank new`: what is stated becomes a file that `check` takes, or is refused in a sentence."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchctl.cli.main import benchctl
from benchctl.edge.bankfile import load_bank

KNOWN = ("--name", "Cabin", "--battery", "kilovault-3600-hlx")
PAIR = ("--series", "2", "--serial", "E1", "--serial", "E2")


def new(output: Path, *words: str) -> Result:
    return CliRunner().invoke(benchctl, ("bank", "new", "-o", str(output), *words))


def test_what_is_stated_is_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bank.toml"
    more = ("--manufactured", "2026-05-01", "--arrival-soc", "0.45", "--group-size", "2", "--join")
    done = new(path, *KNOWN, *PAIR, *more)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == f"{path}: bank Cabin: 2S1P, 2 batteries, KiloVault 3600 HLX 300 Ah\n"
    bank = load_bank(path)
    assert bank.procedure == "lifepo4-12v-join"
    assert [(each.serial, each.group, each.manufactured, each.arrival_soc) for each in bank.batteries] == [
        ("E1", "G1", "2026-05-01", 0.45),
        ("E2", "G1", "2026-05-01", 0.45),
    ]


def test_a_model_of_the_users_own_brings_what_its_maker_allows_into_the_file(tmp_path: Path) -> None:
    model = tmp_path / "mine.toml"
    model.write_text(
        'brand = "Mine"\nmodel = "24-100"\nchemistry = "LiFePO4"\nnominal_volts = 25.6\namp_hours = 100\n'
        'max_charge_amps = 50\nmax_series = 2\nsource = "its label"\n'
    )
    path = tmp_path / "bank.toml"
    assert new(path, "--name", "Cabin", "--battery", str(model), *PAIR).exit_code == 0
    bank = load_bank(path)
    assert (bank.allowed.series, bank.procedure, bank.batteries[0].cells) == (2, "lifepo4-24v-preseries", 8)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((*KNOWN, "--series", "5", *(part for n in range(5) for part in ("--serial", f"E{n}"))), 7, "4 are allowed"),
        ((*KNOWN, "--series", "3", *PAIR[2:]), 2, "needs 3 batteries, but 2 are listed"),
        ((*KNOWN, "--series", "2", "--serial", "E1", "--serial", "e1"), 2, "has already"),
        ((*KNOWN, "--series", "2", "--serial", "[/x]", "--serial", "E1"), 2, 'is "[/x]", which is no name'),
        ((*KNOWN, "--series", "1e9", *PAIR[2:]), 2, "is no whole number"),
        ((*KNOWN, *PAIR, "--manufactured", "2026-02-30"), 2, "That is a date such as 2026-05-01"),
        ((*KNOWN, *PAIR, "--manufactured", "2099-01-01"), 2, "is still to come"),
        (("--name", "C", "--battery", "kilovolt", *PAIR), 2, "known are battle-born-bb5012"),
        (("--name", "C", "--battery", "battle-born-bb5012", *PAIR), 2, "--max-charge-amps"),
    ],
)
def test_what_will_not_do_is_said_and_nothing_is_written(
    tmp_path: Path, words: tuple[str, ...], code: int, sentence: str
) -> None:
    path = tmp_path / "bank.toml"
    done = new(path, *words)
    assert done.exit_code == code
    assert sentence in done.stderr
    assert not path.exists()


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bank.toml"
    path.write_text("mine")
    done = new(path, *KNOWN, *PAIR)
    assert (done.exit_code, path.read_text()) == (2, "mine")
