"""A guard as a real process over a small engine script."""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchctl.guard.plan import Limits, Plan, Supply, write_plan

QUICK = Limits(start_s=4.0, stale_s=0.6, drill_s=0.6, off_s=1.0, settle_s=0.05, closer_s=10.0)

ENGINE_START = """
import os, signal, socket, sys, time
from benchctl.edge.lease import Lease
port, home = int(sys.argv[1]), sys.argv[2]
stops = []
held = signal.pthread_sigmask(signal.SIG_BLOCK, set())
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: stops.append(number))
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
lease, turn = Lease(int(sys.argv[sys.argv.index("--lease-fd") + 1])), 0
def a_turn():
    global turn
    time.sleep(0.02)
    turn += 1
    lease.stamp(turn)
    return lease.standing()
def mark(name, text=""):
    with open(os.path.join(home, "." + name), "w") as file:
        file.write(text)
    os.rename(os.path.join(home, "." + name), os.path.join(home, name))
def energise():
    while not lease.answered:
        a_turn()
    wire = socket.create_connection(("127.0.0.1", port))
    wire.sendall(b"OUTP CH1,ON\\nOUTP? CH1\\n")
    wire.recv(10)
    mark("energised")
    return wire
"""

CLOSER = """
import sys, pathlib
home = pathlib.Path(sys.argv[1])
log = home / "guard.jsonl"
(home / "closed").write_text(log.read_text() if log.exists() else "")
"""


class Guarded:
    """One guarded run in a home of its own. `engine` is what the engine does after its start."""

    def __init__(
        self,
        home: Path,
        engine: str,
        port: int,
        supplies: Sequence[Supply],
        limits: Limits = QUICK,
        closer: str = CLOSER,
        as_json: bool = True,
        log: str = "guard.jsonl",
        program: str = sys.executable,
        unreached: tuple[str, ...] = (),
        stdin_closed: bool = False,
        lock: bytes = b'{"run": "R1", "guard_pid": null, "engine_pid": null, "bench": "b"}',
    ) -> None:
        self.home = home
        (home / "engine.py").write_text(ENGINE_START + engine)
        (home / "closer.py").write_text(closer)
        lock_fd = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(lock_fd, lock)
        plan = Plan(
            run="R1",
            json=as_json,
            engine=(program, str(home / "engine.py"), str(port), str(home)),
            closer=(sys.executable, str(home / "closer.py"), str(home)),
            log=str(home / log),
            lock_fd=lock_fd,
            limits=limits,
            supplies=tuple(supplies),
            unreached=unreached,
        )
        write_plan(plan, home / "plan.json")
        guard = [sys.executable, "-m", "benchctl.guard", str(home / "plan.json")]
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *guard] if stdin_closed else guard,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=(lock_fd,),
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        os.close(lock_fd)

    def end(self) -> tuple[int, list[str]]:
        """Wait for the guard: its exit code and the lines on its standard output."""
        out, self.diagnostics = self.process.communicate(timeout=30)
        return self.process.returncode, out.splitlines()

    def verdict(self) -> tuple[int, dict[str, Any]]:
        """Wait for the guard: its exit code and its verdict line."""
        code, lines = self.end()
        assert len(lines) == 1, (lines, self.diagnostics)
        line: dict[str, Any] = json.loads(lines[0])
        return code, line

    def log(self) -> list[dict[str, Any]]:
        """The guard's own log."""
        return [json.loads(line) for line in (self.home / "guard.jsonl").read_text().splitlines()]

    def engine_pid(self) -> int:
        """What the lock file says the engine is."""
        pid: int = json.loads((self.home / "lock").read_text())["engine_pid"]
        return pid

    def await_mark(self, name: str) -> None:
        """Wait until the engine left this mark in the home."""
        for _ in range(1000):
            if (self.home / name).exists():
                return
            time.sleep(0.01)
        raise TimeoutError(name)
