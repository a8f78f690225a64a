"""`benchctl off`, its second half: straight to every supply of a bench file, which is also the proof."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchctl.cli.reaching import Way, all_off, stated_way, way_to
from benchctl.cli.rollcall import met
from benchctl.core.errors import FileFault, Refusal
from benchctl.core.model import BenchFile, InstrumentEntry
from benchctl.edge.benchfile import load_bench
from benchctl.edge.home import Home
from benchctl.guard.outputs import Proof

DIRECT_S = 10.0
"""How long every supply has."""


def bench_off(home: Home, bench: Path | None) -> list[Proof]:
    """Every supply of that bench off, else of the last run's: a proof for each. Raises FileFault."""
    return _all_off(_file(home, bench))


def _file(home: Home, bench: Path | None) -> BenchFile:
    if bench is None and not home.last_bench_path.exists():
        sentence = "there was no run in this home yet; name the bench with --bench FILE"
        raise FileFault.at(str(home.last_bench_path), None, "", sentence)
    return load_bench(bench or home.last_bench_path)


def _all_off(bench: BenchFile) -> list[Proof]:
    """Straight to every supply; who says neither dialect nor model is asked who it is."""
    with ThreadPoolExecutor(max_workers=len(bench.instruments)) as pool:
        known = pool.map(lambda entry: _known(entry, bench.visa), bench.instruments)
        found = [each for each in known if each is not None]
    reached = iter(all_off([each for each in found if not isinstance(each, Proof)], DIRECT_S, bench.visa))
    return [each if isinstance(each, Proof) else next(reached) for each in found]


def _known(entry: InstrumentEntry, library: str) -> Way | Proof | None:
    """The way to a supply, or why there is none; None for a meter."""
    try:
        if entry.dialect is not None and entry.model is not None:
            return stated_way(entry)
        there = met(entry, library)
        return way_to(there.entry, there.dialect, there.model)
    except (FileFault, Refusal, ValueError) as fault:
        return Proof(entry.name, False, str(fault))
