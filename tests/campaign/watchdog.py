"""`python -m tests.campaign watchdog [COUNT]`: engine and guard are killed together; how soon is all off?

A whole `benchctl run` on a simulated bench over sockets, at real time, whose supplies have a watchdog. Once an output
is truly on, both processes are held, so that neither sees the other end, and killed. From then on nobody says a word to
a supply. Measured until the output is truly off, as the simulation itself has it: to ask the supply would be a word.
"""

import json
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.campaign.trials import AT_ONCE, LATEST_S, until
from tests.cli.workshop import BENCH, PROCEDURE, Workshop

COUNT = 20
DELAY_S = 15.0
TOLERANCE_S = 1.0
"""The simulated watchdog is exact; so much for a busy computer."""

WATCHED = BENCH.replace("rigol-dp800", "keysight-n6900").replace("DP811", "N6951A").replace("DP832", "N6952A")


class WatchedShop(Workshop):
    """A bench of N6900 supplies, and the port that says what is true."""

    def __init__(self, folder: Path, delay_s: float) -> None:
        super().__init__(folder, os.pathsep.join(sys.path))
        self.source.write_text(WATCHED)
        self.procedure.write_text(f"{PROCEDURE}[safety]\nwatchdog_s = {delay_s:g}\n")
        self.truth: socket.socket | None = None

    def serve(self, lock_step: bool = False) -> None:
        """At real time."""
        del lock_step
        sim = self._spawn(("tests.campaign.truth", str(self.source), str(self.bench)))
        assert sim.stdout is not None
        self.truth = socket.create_connection(("127.0.0.1", int(sim.stdout.readline())), timeout=5.0)

    def truly_on(self, position: str) -> bool:
        """Whether the output of this position is on."""
        assert self.truth is not None
        self.truth.sendall(f"{position}\n".encode())
        return self.truth.recv(16) == b"1\n"

    def kill_both(self) -> None:
        """Guard and engine, at one moment."""
        lock = json.loads((self.home / "lock").read_text())
        pids = [lock["guard_pid"], lock["engine_pid"]]
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in pids:
                os.kill(pid, number)

    def close(self) -> None:
        """See `Workshop.close`."""
        if self.truth is not None:
            self.truth.close()
        super().close()


@dataclass(frozen=True, slots=True)
class Bite:
    """One trial: seconds from the blow until the first output was truly off, and how long its watchdog waits."""

    off_s: float
    delay_s: float

    @property
    def fine(self) -> bool:
        """In time."""
        return self.off_s <= self.delay_s + TOLERANCE_S


def main(arguments: list[str]) -> int:
    """Print a table. The exit code: 0 when every output was off in time."""
    count = int(arguments[0]) if arguments else COUNT
    with ThreadPoolExecutor(AT_ONCE) as pool:
        bites = list(pool.map(_one, range(count)))
    print(table(bites))
    return int(not all(each.fine for each in bites))


def _one(number: int) -> Bite:
    with TemporaryDirectory(prefix="watchdog-") as folder:
        return trial(Path(folder), random.Random(number).uniform(0.0, LATEST_S), DELAY_S)


def trial(folder: Path, after_s: float, delay_s: float) -> Bite:
    """One run in this folder, left alone so long after its first output came on. Raises TimeoutError."""
    shop = WatchedShop(folder, delay_s)
    try:
        shop.serve()
        shop.start()
        until(lambda: shop.truly_on("P1"))
        time.sleep(after_s)
        shop.kill_both()
        killed_s = time.monotonic()
        until(lambda: not shop.truly_on("P1") and not shop.truly_on("P2"))
        return Bite(time.monotonic() - killed_s, delay_s)
    finally:
        shop.close()


def table(bites: Sequence[Bite]) -> str:
    """What came of them."""
    off = sorted(each.off_s for each in bites)
    fine = sum(each.fine for each in bites)
    return (
        f"{len(off)} trials, engine and guard killed, watchdog {bites[0].delay_s:g} s: truly off after {off[0]:.2f} to "
        f"{off[-1]:.2f} s, half of them within {median(off):.2f} s\n"
        f"{fine} of {len(off)} within {bites[0].delay_s:g} s and {TOLERANCE_S:g} s"
    )
