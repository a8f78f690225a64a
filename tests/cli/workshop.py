"""A place to try commands in: files, a home, and, if asked for, a simulated bench in a process of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

BENCH = """\
[bench]
name = "bench-1"

[instruments.psu1]
resource = "TCPIP::127.0.0.1::0::SOCKET"
dialect = "rigol-dp800"
model = "DP811"

[instruments.psu2]
resource = "TCPIP::127.0.0.1::0::SOCKET"
model = "DP832"
dialect = "rigol-dp800"

[instruments.scan1]
resource = "TCPIP::127.0.0.1::0::SOCKET"
dialect = "keysight-34970a"

[[positions]]
name = "P1"
supply = "psu1:1"
meter = "scan1:101"
isolation = "contactor"

[[positions]]
name = "P2"
supply = "psu2:1"
meter = "scan1:102"
isolation = "contactor"

[[simulation.packs]]
position = "P1"
soc = 0.97
amp_hours = 5

[[simulation.packs]]
position = "P2"
soc = 0.97
amp_hours = 5
"""

BANK = """\
[bank]
name = "Cabin"
series = 2
parallel = 1

[battery]
brand = "Epoch"
model = "1205A"
chemistry = "LiFePO4"
amp_hours = 5
max_charge_amps = 2.5

[[batteries]]
serial = "E1001"

[[batteries]]
serial = "E1002"
"""

PROCEDURE = """\
name = "quick"
[charge]
soft_start_s = 2
[rest]
min_s = 3600
max_s = 7200
settled_after_s = 1800
"""

Line = dict[str, Any]


class Workshop:
    """Files in a folder, a home beside them. `close` ends what still runs; `path` is its processes' PYTHONPATH."""

    def __init__(self, folder: Path, path: str | None = None) -> None:
        self._environment = None if path is None else os.environ | {"PYTHONPATH": path}
        self.home = folder / "home"
        self.source, self.bench = folder / "source.toml", folder / "bench.toml"
        self.bank, self.procedure = folder / "bank.toml", folder / "quick.toml"
        self.source.write_text(BENCH)
        self.bench.write_text(
            BENCH.replace("::0::", "::9::", 1).replace("::0::", "::10::", 1).replace("::0::", "::11::")
        )
        self.bank.write_text(BANK)
        self.procedure.write_text(PROCEDURE)
        self._processes: list[subprocess.Popen[str]] = []

    def serve(self, lock_step: bool = True) -> None:
        """Simulate the bench, in lock-step or at real time; afterwards `bench` is the file to run on."""
        words = ("benchctl.sim", str(self.source), "--write-bench", str(self.bench), "--seed", "3")
        sim = self._spawn((*words, "--lock-step") if lock_step else words)
        assert sim.stdout is not None
        assert "listens" in sim.stdout.readline()

    def words(self, *more: str, temperature: str | None = "22") -> list[str]:
        """The words of a run on this bench."""
        declared = () if temperature is None else ("--temperature", temperature)
        files = ("--bench", str(self.bench), "--procedure", str(self.procedure))
        return ["run", str(self.bank), *files, "--headless", "--json", *declared, *more]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command to its end."""
        argv = [sys.executable, "-m", "benchctl", "--home", str(self.home), *words]
        return subprocess.run(argv, capture_output=True, text=True, check=False)

    def start(self, *more: str) -> "Running":
        """A run in the background."""
        return Running(self._spawn(("benchctl", "--home", str(self.home), *self.words(*more))))

    def status(self) -> Line:
        """What `status --json` says."""
        return one_line(self.command("status", "--json"))

    def output_on(self, instrument: str) -> bool:
        """What the supply itself says, over a connection of our own."""
        found = re.search(rf'{instrument}"\]\nresource = "TCPIP::127.0.0.1::(\d+)', self.bench.read_text())
        assert found is not None
        with socket.create_connection(("127.0.0.1", int(found[1])), timeout=5.0) as link:
            link.sendall(b":OUTP? CH1\n")
            return link.recv(64).strip() == b"ON"

    def engine_pid(self) -> int:
        """The engine's process, as the lock says."""
        pid: int = json.loads((self.home / "lock").read_text())["engine_pid"]
        return pid

    def guard_log(self) -> Path:
        """The guard's own log of the one run of this home."""
        (log,) = (self.home / "runs").glob("*.guard.jsonl")
        return log

    def swap(self, one: str, other: str) -> None:
        """Exchange the addresses of two instruments in the bench file."""
        text = self.bench.read_text()
        found = [re.search(rf'{name}"\]\nresource = "([^"]+)', text) for name in (one, other)]
        first, second = (each[1] for each in found if each is not None)
        self.bench.write_text(text.replace(first, "HERE").replace(second, first).replace("HERE", second))

    def close(self) -> None:
        """End all processes that are left."""
        for process in reversed(self._processes):
            if process.poll() is None:
                process.kill()
            process.communicate()

    def _spawn(self, words: tuple[str, ...]) -> subprocess.Popen[str]:
        argv = [sys.executable, "-m", *words]
        pipe = subprocess.PIPE
        process = subprocess.Popen(argv, stdout=pipe, stderr=pipe, text=True, env=self._environment)
        self._processes.append(process)
        return process


class Running:
    """A run in the background, heard line by line. `complaints` is its standard error, once it has ended."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.complaints = process, ""

    def until(self, event: str) -> Line:
        """The next line of that event."""
        assert self.process.stdout is not None
        for text in self.process.stdout:
            line: Line = json.loads(text)
            if line["event"] == event:
                return line
        raise AssertionError(f"it ended before {event}: {self.process.communicate()[1]}")

    def end(self) -> tuple[int, Line]:
        """Exit code and last line."""
        out, self.complaints = self.process.communicate()
        last: Line = json.loads(out.splitlines()[-1])
        return self.process.returncode, last


def one_line(done: subprocess.CompletedProcess[str]) -> Line:
    """The one JSON line a command said."""
    (text,) = done.stdout.splitlines()
    line: Line = json.loads(text)
    return line


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to a process of this test."""
    os.kill(pid, number)
