"""Every cell of the fault matrix, and the table of what came of it.

python -m tests.campaign matrix [--seeds N] [--rows W3,I4] [--out FILE]
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import quantiles

from tests.faults.judging import Judged
from tests.faults.matrix import CELLS, Cell, play

WORKERS = 2


def main(arguments: list[str]) -> int:
    """Run and write. The exit code: 0 when no cell has a problem."""
    chosen = _parser().parse_args(arguments)
    rows = set(chosen.rows.split(",")) if chosen.rows else {cell.entry.row for cell in CELLS}
    jobs = [(cell, seed) for cell in CELLS if cell.entry.row in rows for seed in range(1, chosen.seeds + 1)]
    with ProcessPoolExecutor(WORKERS) as pool:
        found = [_said(job, judged) for job, judged in zip(jobs, pool.map(_played, jobs), strict=True)]
    text = table([(cell, judged) for (cell, _), judged in zip(jobs, found, strict=True)])
    if chosen.out is not None:
        chosen.out.write_text(text)
    print(text)
    return int(any(judged.problems for judged in found))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign matrix")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--rows", default="")
    parser.add_argument("--out", type=Path)
    return parser


def _said(job: tuple[Cell, int], judged: Judged) -> Judged:
    """As it goes, on standard error."""
    cell, seed = job
    soon = "-" if judged.latency_s is None else f"{judged.latency_s:.0f} s"
    print(f"{cell.name} (seed {seed}): {judged.first} {soon} {'; '.join(judged.problems)}", file=sys.stderr, flush=True)
    return judged


def _played(job: tuple[Cell, int]) -> Judged:
    cell, seed = job
    try:
        return play(cell, seed)
    except Exception as fault:  # noqa: BLE001  # a night that crashes is a finding, not the end of the campaign
        return Judged(None, None, None, None, (f"crashed: {fault!r}",))


def table(found: Sequence[tuple[Cell, Judged]]) -> str:
    """One line an entry: over its phases and seeds."""
    lines = [
        "| Row | Knob | Phases | Noticed as | Noticed | p50 s | p99 s | max s | budget s | Problems |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    entries = dict.fromkeys(cell.entry for cell, _ in found)
    for entry in entries:
        mine = [(cell, judged) for cell, judged in found if cell.entry is entry or cell.entry == entry]
        phases = ", ".join(dict.fromkeys(cell.moment.name for cell, _ in mine))
        named = ", ".join(sorted({judged.first or "nothing" for _, judged in mine}))
        good = sum(not judged.problems for _, judged in mine)
        times = [judged.latency_s for _, judged in mine if judged.latency_s is not None]
        bad = "; ".join(f"{cell.moment.name}: {', '.join(j.problems)}" for cell, j in mine if j.problems)
        figures = " | ".join(f"{each:.1f}" for each in _figures(times)) if times else "- | - | -"
        counted = f"{good}/{len(mine)}"
        lines.append(
            f"| {entry.row} | {entry.knobs} | {phases} | {named} | {counted} | {figures} | {entry.within_s:g} | {bad} |"
        )
    good = sum(not judged.problems for _, judged in found)
    return "\n".join([*lines, "", f"{good} of {len(found)} nights as they must be.", ""])


def _figures(times: Sequence[float]) -> tuple[float, float, float]:
    if len(times) == 1:
        return times[0], times[0], times[0]
    cuts = quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[98], max(times)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
