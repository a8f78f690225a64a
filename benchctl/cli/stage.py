"""The stage of a demo: a bank of batteries nobody has seen before, a bench, and a process that simulates it.

The simulated bench ends with whoever uses it: it is tied to a pipe that only the demo and its run hold open, so that
it is gone even when both were killed. Ctrl-C in the terminal does not reach it: the run has to end in order first.
"""

import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchctl.core.errors import BenchctlError
from benchctl.edge.home import write_atomic

BATTERIES: Final = 4
AMP_HOURS: Final = 50.0
END_S = 10.0

_BANK = """\
# Written by `benchctl demo`: batteries that exist nowhere else.
[bank]
name = "Demo 48 V"
series = {count}
parallel = 1

[battery]
brand = "Demo"
model = "LFP-12-50"
chemistry = "LiFePO4"
amp_hours = {amp_hours:g}
max_charge_amps = {max_charge_amps:g}
"""

_BATTERY = """
[[batteries]]
serial = "D{batch}-{number}"
manufactured = 2026-03-01
"""

_BENCH = """\
# Written by `benchctl demo`: what its simulated bench is made of.
[bench]
name = "{name}"

[instruments.scan1]
resource = "TCPIP::127.0.0.1::0::SOCKET"
dialect = "keysight-34970a"
model = "34970A"
"""

_POSITION = """
[instruments.psu{number}]
resource = "TCPIP::127.0.0.1::0::SOCKET"
dialect = "rigol-dp800"
model = "DP811"

[[positions]]
name = "P{number}"
supply = "psu{number}:1"
meter = "scan1:{channel}"
isolation = "supply_off"
"""


class StageFault(BenchctlError):
    """The simulated bench could not be set up."""


@dataclass(frozen=True, slots=True)
class Play:
    """What is to be played."""

    scenario: str
    seed: int
    faults: tuple[str, ...] = ()

    @property
    def positions(self) -> int:
        """How many batteries can be charged at a time."""
        return 2 if self.scenario in ("late-wave", "group") else BATTERIES

    @property
    def groups(self) -> tuple[str | None, ...]:
        """In which parallel group each battery is charged."""
        return ("A", "A", "B", "B") if self.scenario == "group" else (None,) * BATTERIES


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that is set: the files for the run, and a handle that keeps the bench alive wherever it is open."""

    bank: Path
    bench: Path
    leash: int


def bank_text(groups: Sequence[str | None]) -> str:
    """A bank whose serial numbers are new each time."""
    batch = secrets.token_hex(2).upper()
    batteries = (
        _BATTERY.format(batch=batch, number=number) + (f'group = "{group}"\n' if group is not None else "")
        for number, group in enumerate(groups, 1)
    )
    head = _BANK.format(count=BATTERIES, amp_hours=AMP_HOURS, max_charge_amps=AMP_HOURS / 2)
    return head + "".join(batteries)


def bench_text(positions: int) -> str:
    """A bench of one DP811 a position and a 34970A. Its name is new each time, for so are its instruments."""
    places = (_POSITION.format(number=number, channel=100 + number) for number in range(1, positions + 1))
    return _BENCH.format(name=f"demo-{secrets.token_hex(2)}") + "".join(places)


@contextmanager
def set_stage(folder: Path, play: Play, served: Path) -> Iterator[Stage]:
    """Write the files into `folder` and simulate the bench while this lasts; `served` is where the bench file for the
    run is put. Raises StageFault."""
    bank, bench = folder / "demo-bank.toml", folder / "demo-bench.toml"
    try:
        write_atomic(bank, bank_text(play.groups).encode())
        write_atomic(bench, bench_text(play.positions).encode())
    except OSError as fault:
        raise StageFault(f"the demo's files cannot be written: {fault}") from fault
    bench_process = _simulation(bench, play, served)
    try:
        assert bench_process.stdin is not None
        _await_listening(bench_process)
        yield Stage(bank, served, bench_process.stdin.fileno())
    finally:
        _end(bench_process)


def _simulation(bench: Path, play: Play, served: Path) -> subprocess.Popen[bytes]:
    words = ["--write-bench", str(served), "--lock-step", "--leashed", f"--seed={play.seed}"]
    cast = ["--scenario", play.scenario, f"--batteries={BATTERIES}", f"--amp-hours={AMP_HOURS:g}"]
    cast += [f"--fault={fault}" for fault in play.faults]
    return subprocess.Popen(  # noqa: S603  (ourselves)
        [sys.executable, "-m", "benchctl.sim", str(bench), *words, *cast],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        process_group=0,
    )


def _await_listening(process: subprocess.Popen[bytes]) -> None:
    """It says one line, when every port listens and the bench file is written."""
    assert process.stdout is not None
    if not process.stdout.readline():
        raise StageFault(f"the simulated bench did not come up; it ended with {process.wait()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(END_S)
    process.kill()
    process.wait()
    process.stdout.close()
