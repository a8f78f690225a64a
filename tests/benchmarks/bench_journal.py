"""What durability costs: one poll cycle's samples in the journal, against a bare append and fdatasync on the same disk.

    python -m tests.benchmarks.bench_journal [FOLDER] [CYCLES]

The two take turns, cycle by cycle, so that a busy machine troubles both alike. The journal's time runs from `append`
to the end of `flush`: placing, hashing, the way to the committer's thread, the commit and the way back. The folder
(default: the working directory) decides which disk is measured; a RAM disk says nothing.
"""

import os
import sys
import time
import timeit
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchctl.core.journal.chain import GENESIS, Entry, Row, link
from benchctl.core.journal.codec import entry
from benchctl.core.messages import MetersScanned, Polled
from benchctl.core.model import Reading, Regulation, SupplySample
from benchctl.core.rows import Samples
from benchctl.edge.journal import create
from benchctl.edge.journalfile import sqlite_warning

TARGET = 1.3
"""Ratio of the medians, at 16 positions."""

WALL = "2026-05-01T21:30:00.125Z"


def samples(positions: int, at_s: float) -> Samples:
    """The looks of one poll cycle at so many positions, meters included."""
    names = [f"P{number}" for number in range(1, positions + 1)]
    voltage, current = Reading(14.6001, at_s, "14.6001"), Reading(19.9987, at_s + 0.0014, "19.9987")
    polled = tuple(Polled(name, SupplySample(voltage, current, Regulation.CC, True)) for name in names)
    scanned = MetersScanned("scan1", tuple((name, Reading(14.5987, at_s, "+1.45987000E+01")) for name in names))
    return Samples(polled, (scanned,), ())


def row(positions: int, at_s: float) -> Entry:
    """The same, as the journal takes it."""
    return entry(samples(positions, at_s), at_s=at_s, wall=WALL, actor="engine")


def placed(looks: Samples) -> Row:
    """All that the engine's own thread does for a row."""
    return link(entry(looks, at_s=1.0, wall=WALL, actor="engine"), "b" * 36, 1, GENESIS)


def alternate(folder: Path, positions: int, cycles: int) -> dict[str, list[float]]:
    """Seconds of every cycle, for the bare file and for the journal."""
    journal = create(folder / f"{positions}.db", "b" * 36, lambda _: None, print)
    handle = os.open(folder / f"{positions}.bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    times: dict[str, list[float]] = {"append + fdatasync": [], "journal": []}
    for cycle in range(cycles):
        taken = row(positions, 1000.0 + cycle)
        text = (taken.body + "x" * 300 + "\n").encode()  # the journal's other columns weigh about 300 bytes
        start = time.perf_counter()
        os.write(handle, text)
        os.fdatasync(handle)
        between = time.perf_counter()
        journal.append([taken])
        journal.flush(60)
        times["journal"].append(time.perf_counter() - between)
        times["append + fdatasync"].append(between - start)
    journal.close()
    os.close(handle)
    return times


def report(positions: int, times: dict[str, list[float]]) -> float:
    """Print the figures in milliseconds; the ratio of the medians."""
    for name, each in times.items():
        ordered = sorted(each)
        late = ordered[int(len(ordered) * 0.99)]
        figures = "  ".join(f"{value * 1e3:7.3f}" for value in (ordered[0], median(ordered), late, ordered[-1]))
        print(f"{positions:3d} positions  {name:20s} {figures}")
    ratio = median(times["journal"]) / median(times["append + fdatasync"])
    print(f"{positions:3d} positions  ratio of medians {ratio:.2f}")
    return ratio


def report_hashing() -> None:
    """Print what the engine's own thread spends on a row."""
    for positions in (4, 16):
        place = partial(placed, samples(positions, 1.0))
        best = min(timeit.repeat(place, number=100, repeat=20)) / 100
        print(f"{positions:3d} positions  encode + hash {best * 1e6:.0f} us")


def main() -> int:
    """0 if the journal of a large bench keeps to the target, 1 if not."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    cycles = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    print(sqlite_warning() or "SQLite is sound")
    report_hashing()
    print(f"{'milliseconds':35s}     min   median      p99      max")
    with TemporaryDirectory(dir=folder, prefix="bench-") as place:
        ratios = {n: report(n, alternate(Path(place), n, cycles)) for n in (4, 16)}
    return int(ratios[16] > TARGET)


if __name__ == "__main__":
    sys.exit(main())
