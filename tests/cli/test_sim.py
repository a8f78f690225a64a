"""`benchctl sim`: what it takes and refuses; the serving itself is tested beside the simulator."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchctl.cli.main import benchctl
from benchctl.cli.stage import bench_text
from benchctl.edge.benchfile import load_bench

RIGOL = ("--dialect", "rigol-dp800")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Name a bench file"),
        (("x.toml", *RIGOL), "not both"),
        (("x.toml",), "does not exist"),
        (("x.toml", "--battery", "0"), "--battery goes with --dialect"),
        ((*RIGOL, "--lock-step"), "--lock-step goes with a bench file"),
        ((*RIGOL, "--port", "0", "--serial"), "--port and --serial"),
        ((*RIGOL, "--battery", "0", "--volts", "2"), "--battery and --volts"),
        ((*RIGOL, "--battery", "1.5"), "'1.5' is no number"),
        ((*RIGOL, "--load-ohms", "0"), "'0' is no number"),
        ((*RIGOL, "--port", "70000"), "70000"),
        ((*RIGOL, "--model", "DP999"), "'DP999' is no model"),
        (("--dialect", "abacus"), "no dialect 'abacus'"),
    ],
)
def test_what_makes_no_sense_has_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    done = CliRunner().invoke(benchctl, ["sim", *words], catch_exceptions=False)
    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in done.stderr


@pytest.mark.parametrize(("words", "kind"), [(("--battery", "0.5"), "TCPIP"), (("--serial", "--volts", "12"), "ASRL")])
def test_one_instrument_says_where_it_is_and_ends_when_told(words: tuple[str, ...], kind: str) -> None:
    command = [sys.executable, "-m", "benchctl", "sim", *RIGOL, "--model", "DP832", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        process.terminate()
        assert process.wait() == 0
    assert said["resource"].startswith(kind)
    assert (said["dialect"], said["model"]) == ("rigol-dp800", "DP832")


def test_a_served_bench_writes_the_file_that_a_run_uses(tmp_path: Path) -> None:
    bench, served = tmp_path / "bench.toml", tmp_path / "served.toml"
    bench.write_text(bench_text(2))
    words = [str(bench), "--write-bench", str(served), "--lock-step", "--seed", "7"]
    command = [sys.executable, "-m", "benchctl", "sim", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "listens (seed 7)" in process.stdout.readline()
        file = load_bench(served)
        process.terminate()
        assert process.wait() == 0
    assert file.simulated
    assert file.clock is not None
