"""Before anything new begins: whatever an earlier run left open is made safe, closed and told.

A run is open when its journal is here and the ledger does not know its end: engine and guard were both gone before
they could write it (power, kill). Its outputs are switched off and proven off first; then its journal is closed as
`not_proven`. Where that could not be proven on a real bench, a latch stands until a person resets it.
"""

from collections.abc import Iterator, Sequence

from benchctl.cli.reaching import Way, all_off, stated_way
from benchctl.core.errors import BenchctlError, Refusal
from benchctl.core.model import BenchFile
from benchctl.core.rows import RunOpened
from benchctl.edge.clock import BootClock
from benchctl.edge.clockwatch import clock_objection
from benchctl.edge.home import Home
from benchctl.edge.ledger import BENCH_PLACE, LatchLine, Ledger
from benchctl.engine.recovery import close_interrupted, opened_of, unclosed_runs
from benchctl.guard.plan import LIMITS

GONE_S = 1.0
"""Patience with a simulated bench, which may well have ended with its run."""


def made_safe(home: Home, patience_s: float = LIMITS.drill_s) -> Iterator[str]:
    """Close every open run; what was found and done, sentence by sentence. The caller holds the home's lock.

    `patience_s` is how long a supply may take to be off. Raises Refusal where a journal cannot be read.
    """
    for run in unclosed_runs(home):
        try:
            yield from _closed(home, run, patience_s)
        except Refusal:
            raise
        except BenchctlError as fault:
            raise Refusal(
                f"Run {run} was interrupted, and its journal cannot be read: {fault}. Move {home.journal_path(run)} "
                "to another folder to keep it, then start again."
            ) from fault


def standing_latches(home: Home, bench: BenchFile) -> tuple[str, ...]:
    """Why nothing may start on this bench: a sentence for each latch that nobody has reset. Raises LedgerError."""
    places = {position.name for position in bench.positions} | {BENCH_PLACE}
    standing = [each.latch for each in Ledger(home.ledger_path).standing_latches()]
    return tuple(
        f"{latch.place}: {latch.text} (run {latch.run}). When its cause is gone: benchctl reset {latch.place}"
        for latch in standing
        if latch.bench == bench.name and latch.place in places
    )


def clock_doubt(home: Home, wall: str) -> str | None:
    """Why this computer's clock, which shows `wall`, cannot be right: a run on a real bench has ended later than that.
    None: nothing speaks against it. A simulated night ends by its own clock and says nothing."""
    ends = (line.ended for line in reversed(Ledger(home.ledger_path).runs()) if not line.simulated)
    return next((objection for end in ends if (objection := clock_objection(wall, end)) is not None), None)


def _closed(home: Home, run: str, patience_s: float) -> Iterator[str]:
    opened = opened_of(home, run)
    if opened is None:
        yield f"Run {run} was interrupted before it had begun: nothing was switched on in it."
        return
    yield f"Run {run} was interrupted: neither its engine nor its guard was left to end it."
    proofs = tuple(_switched_off(opened.bench, min(patience_s, GONE_S) if opened.simulated else patience_s))
    yield from proofs
    _latch_unproven(home, opened, proofs)
    yield from close_interrupted(home, run, f"interrupted: nobody was left to end it; {' '.join(proofs)}")[1:]


def _switched_off(bench: BenchFile, patience_s: float) -> Iterator[str]:
    """Every supply of the bench off; a sentence for each."""
    ways: list[Way] = []
    for entry in bench.instruments:
        try:
            way = stated_way(entry)
        except ValueError as fault:
            yield f"{fault}: {UNPROVEN}"
        else:
            ways += [way] if way is not None else []
    yield from (f"{proof.sentence}." for proof in all_off(ways, patience_s, bench.visa))


UNPROVEN = "output NOT proven off."


def _latch_unproven(home: Home, opened: RunOpened, proofs: Sequence[str]) -> None:
    open_ends = [proof for proof in proofs if "NOT proven" in proof]
    if open_ends and not opened.simulated:
        latch = LatchLine(
            alarm=f"recovery-{opened.run}",
            run=opened.run,
            bench=opened.bench.name,
            position=None,
            serial=None,
            fault="off_not_proven",
            text=f"After an interruption not every output was proven off. {' '.join(open_ends)}",
            wall=BootClock().wall(),
        )
        Ledger(home.ledger_path).append(latch)
