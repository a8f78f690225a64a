"""`benchctl demo` as its own process: a night to its verdict, and whatever ends it ends everything."""

import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from benchctl.cli.main import benchctl
from benchctl.cli.stage import Play, bank_text, set_stage
from benchctl.edge.benchfile import load_bench
from benchctl.edge.home import Home
from benchctl.records.verification import verify

Line = dict[str, Any]
COMMAND = (sys.executable, "-m", "benchctl", "demo", "--headless")
END_S = 60.0


@contextmanager
def demo(*words: str, home: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """A demo in a process group of its own, all of which is gone afterwards."""
    environ: Mapping[str, str] = {**os.environ} if home is None else {**os.environ, "BENCHCTL_HOME": str(home)}
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [*COMMAND, *words], stdout=pipe, stderr=pipe, text=True, env=environ, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=END_S)


def lines(process: subprocess.Popen[str]) -> Iterator[Line]:
    assert process.stdout is not None
    return (json.loads(text) for text in process.stdout)


def until(process: subprocess.Popen[str], event: str) -> list[Line]:
    return list(takewhile(lambda line: line["event"] != event, lines(process)))


# ---------------------------------------------------------------- one whole night (bench_demo plays them all)

NEARLY_FULL = tuple(word for place in range(1, 5) for word in ("--fault", f"pack.soc:0.97/P{place}"))
"""What happens happens at the end: hours at full current only repeat themselves, in `tests/test_nights.py` for less."""


def test_matched_batteries_are_approved(tmp_path: Path) -> None:
    with demo("--json", "--seed", "5", *NEARLY_FULL, home=tmp_path) as process:
        said = list(lines(process))
        code = process.wait(END_S)
    assert (code, said[-1]["event"], said[-1]["verdict"]) == (0, "verdict", "approved")
    assert 0.0 < said[-1]["spread_v"] < 0.1
    assert sum(line["event"] == "taper_proven" for line in said) == 4
    assert verify(Home(tmp_path), said[-1]["run"]) == []


# ---------------------------------------------------------------- ends


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_run_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with demo("--json", "--speed", "60", home=tmp_path) as process:
        until(process, "switched_on")
        process.send_signal(number)
        said = list(lines(process))
        assert process.wait(END_S) == 5
    assert said[-1]["verdict"] == "stopped"
    assert sum(line["event"] == "switched_off" and line["proven"] for line in said) >= 4


def test_a_demo_that_is_killed_leaves_nothing_behind(tmp_path: Path) -> None:
    with demo("--json", "--speed", "60", home=tmp_path) as process:
        until(process, "switched_on")
        process.kill()
        said = list(lines(process))
        assert process.stderr is not None
        process.stderr.read()  # to the end: whoever could write there is gone
    assert said[-1]["verdict"] == "stopped"
    clock = load_bench(tmp_path / "demo-served.toml").clock
    assert clock is not None
    assert not listens(clock)


def listens(address: str) -> bool:
    """Whether the simulated bench is there, after the time it needs to notice that it is alone."""
    port = f"{int(address.rpartition(':')[2]):04X}"
    listening = (line.split()[1:4] for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return any(local.endswith(f":{port}") and state == "0A" for local, _, state in listening)


# ---------------------------------------------------------------- without a night


def test_without_a_home_a_fresh_one_is_made_and_said() -> None:
    with demo("--speed", "1") as process:
        assert process.stdout is not None
        said = process.stdout.readline()
    path = Path(said.rstrip("\n").rpartition(" ")[2])
    assert path.name.startswith("benchctl-demo-")
    assert (path / "demo-bank.toml").is_file()


def test_serial_numbers_are_new_each_time() -> None:
    serials = [{each["serial"] for each in tomllib.loads(bank_text((None,) * 4))["batteries"]} for _ in range(2)]
    assert len(serials[0] | serials[1]) == 8


def test_the_bench_ends_with_the_stage(tmp_path: Path) -> None:
    with set_stage(tmp_path, Play("late-wave", 1), tmp_path / "served.toml") as stage:
        file = load_bench(stage.bench)
    assert len(file.positions) == 2
    assert file.clock is not None
    assert not listens(file.clock)


@pytest.mark.parametrize("words", [("--scenario", "nothing-such"), ("--speed", "0"), ("--seed", "x"), ()])
def test_what_cannot_be_played_is_bad_usage(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(benchctl, ["--home", str(tmp_path), "demo", *words])  # no words: there is no terminal
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr


# ---------------------------------------------------------------- the computer fails


def test_a_disk_that_takes_nothing_more_leaves_every_output_off(tmp_path: Path) -> None:
    with demo("--json", "--fault", "host.disk@20s", home=tmp_path) as process:
        *_, last = lines(process)
        assert process.wait(END_S) == 6
    assert (last["event"], last["verdict"]) == ("verdict", "not_proven")
    assert "cannot be written" in " ".join(last["reasons"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("demo", "--headless", "--fault", "host.kil@3m"), "there are host.kill"),
        (("demo", "--headless", "--fault", "host.kill:3@3m"), "takes a time and nothing else"),
        (("demo", "--headless", "--fault", "host.kill@3m/P1"), "takes a time and nothing else"),
        (("demo", "--headless", "--fault", "host.kill@soon"), "is no time"),
        (("sim", "bench.toml", "--fault", "host.kill@3m"), "in `benchctl demo` only"),
    ],
)
def test_what_is_no_fault_of_the_computer_is_refused(words: tuple[str, ...], sentence: str) -> None:
    said = CliRunner().invoke(benchctl, words)
    assert said.exit_code == 2
    assert sentence in said.stderr
