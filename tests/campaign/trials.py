"""`python -m tests.campaign trials [COUNT]`: an engine is ended or held in real processes; how soon is all off?

A whole `benchctl run` on a simulated bench over sockets, at real time, with the guard and its limits as they are. Once
an output is truly on, the engine's process is killed, stopped, deadlocked or left without memory. Measured from the
blow: the output truly off (as the simulated supply has it), and proven off by the guard (its own log).
"""

import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.cli.workshop import Workshop

COUNT = 200
AT_ONCE = 4
LIMIT_S = 10.0
LATEST_S = 6.0
"""The blow falls so long after the output came on at the latest: in the soft start, on the way up, or at the target."""

START_S = 120.0
"""Patience with the start of a run, which is not what is measured: some start at once, on whatever cores there are."""

PATIENCE_S = 60.0
SUPPLIES = 2
WAYS = ("SIGKILL", "SIGSTOP", "deadlock", "memory")

BLOWS = """\
import signal, sys, threading
if "benchctl.engine" in sys.orig_argv:
    lock = threading.Lock()
    def wait_for_itself(number, frame):
        lock.acquire()
        lock.acquire()
    def want_memory(number, frame):
        taken = []
        while True:
            taken.append(bytearray(1 << 20))
    signal.signal(signal.SIGRTMIN, wait_for_itself)
    signal.signal(signal.SIGRTMAX, want_memory)
"""
"""Read by every interpreter of a trial at its start: the engine's main thread waits for itself, or takes all memory it
may have, when told to."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: seconds from the blow until the output was truly off, and until the guard had proven it."""

    way: str
    off_s: float
    proven_s: float


def main(arguments: list[str]) -> int:
    """Print a histogram. The exit code: 0 when every output was off and proven within ten seconds."""
    count = int(arguments[0]) if arguments else COUNT
    trials = run_all(count)
    print(table(trials))
    return int(any(not each.proven_s <= LIMIT_S or not each.off_s <= LIMIT_S for each in trials))


def run_all(count: int) -> list[Trial]:
    """So many trials, some at a time, the ways in turn."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(_one, range(count)))


def _one(number: int) -> Trial:
    with TemporaryDirectory(prefix="trial-") as folder:
        return trial(Path(folder), WAYS[number % len(WAYS)], random.Random(number).uniform(0.0, LATEST_S))


def trial(folder: Path, way: str, after_s: float) -> Trial:
    """One run in this folder, struck so long after its first output came on. Raises TimeoutError."""
    (folder / "sitecustomize.py").write_text(BLOWS)
    shop = Workshop(folder, os.pathsep.join((str(folder), *sys.path)))
    try:
        shop.serve(lock_step=False)
        running = shop.start()
        until(lambda: running.process.poll() is not None or shop.output_on("psu1"), START_S, 0.1)
        assert running.process.poll() is None, f"the run ended before an output was on: {running.end()}"
        time.sleep(after_s)
        struck_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        strike(shop.engine_pid(), way)
        until(lambda: not shop.output_on("psu1"))
        off_s = time.clock_gettime(time.CLOCK_BOOTTIME) - struck_s
        code, _ = running.end()
        assert code == 6, f"{way}: the run ended with {code}"
        return Trial(way, off_s, _proven_s(shop.guard_log(), struck_s))
    finally:
        shop.close()


def strike(pid: int, way: str) -> None:
    """End or hold the engine's process."""
    match way:
        case "SIGKILL":
            os.kill(pid, signal.SIGKILL)
        case "SIGSTOP":
            os.kill(pid, signal.SIGSTOP)
        case "deadlock":
            os.kill(pid, signal.SIGRTMIN)
        case _:
            resource.prlimit(pid, resource.RLIMIT_AS, (1 << 20, 1 << 20))
            os.kill(pid, signal.SIGRTMAX)


def until(met: Callable[[], bool], patience_s: float = PATIENCE_S, look_s: float = 0.02) -> None:
    """Wait for it. Raises TimeoutError."""
    end_s = time.monotonic() + patience_s
    while not met():
        if time.monotonic() > end_s:
            raise TimeoutError(f"not within {patience_s:g} s")
        time.sleep(look_s)


def _proven_s(log: Path, struck_s: float) -> float:
    """When the last of the supplies was proven off after the blow, by the guard's own log."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    proofs = [line["boot_s"] for line in lines if line["boot_s"] > struck_s and "output off, proven" in line["text"]]
    return max(proofs[:SUPPLIES]) - struck_s if len(proofs) >= SUPPLIES else float("inf")


def table(trials: Sequence[Trial]) -> str:
    """A line for each way, and how many of each fell into each second."""
    ways = dict.fromkeys(each.way for each in trials)
    lines = (
        f"{'way':10} {'trials':>6} {'off: min':>9} {'median':>7} {'p99':>6} {'max':>6} {'proven max':>11}",
        *(_line(way, [each for each in trials if each.way == way]) for way in ways),
        _line("all", trials),
        *(_second(trials, second) for second in range(int(LIMIT_S))),
    )
    within = sum(each.off_s <= LIMIT_S and each.proven_s <= LIMIT_S for each in trials)
    return "\n".join([*lines, f"{within} of {len(trials)} off and proven within {LIMIT_S:g} s"])


def _second(trials: Sequence[Trial], second: int) -> str:
    struck = [each.way for each in trials if second <= each.proven_s < second + 1]
    ways = "".join(f"{way} {struck.count(way):3}  " for way in WAYS)
    return f"proven in {second} to {second + 1} s: {len(struck):4}  {ways}{'#' * len(struck)}"


def _line(what: str, trials: Sequence[Trial]) -> str:
    off = sorted(each.off_s for each in trials)
    p99_s = off[min(len(off) - 1, int(0.99 * len(off)))]
    slowest_s = max(each.proven_s for each in trials)
    return f"{what:10} {len(off):6} {off[0]:9.2f} {median(off):7.2f} {p99_s:6.2f} {off[-1]:6.2f} {slowest_s:11.2f}"
