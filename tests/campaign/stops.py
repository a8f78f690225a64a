"""`python -m tests.campaign stops [COUNT]`: a person stops a run in real processes; how soon is it sent, and verified?

A whole `benchctl run` on a simulated bench over sockets, at real time. Once both outputs are truly on, the stop is
pressed, in turn as the screen asks for it and by `benchctl stop`. Measured from the press (for the command, from the
start of its process): an output truly off, as the simulated supply itself says, and both proven off, by the journal.
"""

import os
import random
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchctl.core.journal.codec import body_of
from benchctl.core.messages import StopRequested, SwitchedOff
from benchctl.edge.follower import Follower
from benchctl.edge.home import Home
from benchctl.tui.outside import HomeOutside
from tests.campaign.trials import until
from tests.cli.workshop import Workshop

COUNT = 20
SENT_S = 0.5
VERIFIED_S = 2.0
POSITIONS = 2
WAYS = ("screen", "command")


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop: seconds from the press until the first output was seen off, and until all were proven."""

    way: str
    off_s: float
    proven_s: float


def main(arguments: list[str]) -> int:
    """Print a table. The exit code: 0 when every stop was within its limits."""
    count = int(arguments[0]) if arguments else COUNT
    stops = [_one(number) for number in range(count)]
    print(table(stops))
    return int(any(not each.off_s <= SENT_S or not each.proven_s <= VERIFIED_S for each in stops))


def _one(number: int) -> Stop:
    with TemporaryDirectory(prefix="stop-") as folder:
        return stop(Path(folder), WAYS[number % len(WAYS)], random.Random(number).uniform(0.0, 3.0))


def stop(folder: Path, way: str, after_s: float) -> Stop:
    """One run in this folder, stopped so long after its outputs came on. Raises TimeoutError."""
    shop = Workshop(folder, os.pathsep.join(sys.path))
    try:
        shop.serve(lock_step=False)
        running = shop.start()
        until(lambda: shop.output_on("psu1") and shop.output_on("psu2"))
        time.sleep(after_s)
        pressed_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        presser = threading.Thread(target=_press, args=(shop, way))
        presser.start()
        until(lambda: not (shop.output_on("psu1") and shop.output_on("psu2")))
        off_s = time.clock_gettime(time.CLOCK_BOOTTIME) - pressed_s
        presser.join()
        code, _ = running.end()
        assert code == 5, f"{way}: the run ended with {code}"
        return Stop(way, off_s, _proven_s(shop.home, pressed_s))
    finally:
        shop.close()


def _press(shop: Workshop, way: str) -> None:
    if way == "command":
        shop.command("stop")
    else:
        HomeOutside(Home(shop.home), ()).ask(StopRequested("Kim"))


def _proven_s(home: Path, pressed_s: float) -> float:
    """When the last of the outputs was proven off after the press, by the journal."""
    (path,) = (home / "runs").glob("*.db")
    with Follower(path) as journal:
        offs = [(row.boot_s, body_of(row)) for row in journal.rows() if row.boot_s > pressed_s]
    proven: dict[str, float] = {}
    for at_s, body in offs:
        if isinstance(body, SwitchedOff) and body.proven:
            proven.setdefault(body.position, at_s)
    return max(proven.values()) - pressed_s if len(proven) == POSITIONS else float("inf")


def table(stops: Sequence[Stop]) -> str:
    """A line for each way."""
    lines = [
        f"{'stop by':10} {'stops':>6} {'off: p50':>9} {'p99':>6} {'max':>6} {'proven: p50':>12} {'p99':>6} {'max':>6}"
    ]
    for way in dict.fromkeys(each.way for each in stops):
        mine = [each for each in stops if each.way == way]
        off, proven = sorted(each.off_s for each in mine), sorted(each.proven_s for each in mine)
        lines.append(f"{way:10} {len(mine):6} {_three(off, 9)} {_three(proven, 12)}")
    return "\n".join(lines)


def _three(ordered: Sequence[float], width: int) -> str:
    p99_s = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return f"{median(ordered):{width}.2f} {p99_s:6.2f} {ordered[-1]:6.2f}"
