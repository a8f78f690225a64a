"""Closing what an engine could not close itself: nothing of its journal is lost, and nothing is claimed for it."""

from collections.abc import Callable

from benchctl.core.journal.chain import parse
from benchctl.core.journal.codec import body_of, entry
from benchctl.core.messages import Noted, VerdictReached
from benchctl.core.model import Verdict
from benchctl.core.rows import GuardLog, RunClosed, RunOpened
from benchctl.core.view.runview import RunView
from benchctl.edge.clock import BootClock
from benchctl.edge.follower import Follower
from benchctl.edge.home import Home
from benchctl.edge.journal import reopen
from benchctl.edge.ledger import Ledger
from benchctl.engine.closing import close_journal, enter_in_ledger


def unclosed_runs(home: Home) -> tuple[str, ...]:
    """Runs whose journals are here and that the ledger does not know, oldest first."""
    known = {line.run for line in Ledger(home.ledger_path).runs()}
    return tuple(run for run in reversed(home.run_ids()) if run not in known)


def opened_of(home: Home, run: str) -> RunOpened | None:
    """How a run began; None when not even that reached the disk."""
    if not home.journal_path(run).exists():
        return None
    with Follower(home.journal_path(run)) as follower:
        first = next(iter(follower.rows()), None)
    body = body_of(first) if first is not None else None
    return body if isinstance(body, RunOpened) else None


def close_interrupted(home: Home, run: str, why: str) -> tuple[str, ...]:
    """Adopt the guard's log, close the run as not proven, enter it in the ledger; what was found, in sentences.

    The caller holds the home's lock and has proven every output off. Raises JournalError when the journal is damaged.
    """
    opened = opened_of(home, run)
    if opened is None:
        return (f"Run {run} ended before its first row reached the disk.",)
    view, closed = _state_of(home, run)
    reasons = (why, *_found(view))
    verdict = closed or VerdictReached(Verdict.NOT_PROVEN, None, reasons)
    if closed is None:
        _write_end(home, run, verdict, reasons)
    enter_in_ledger(home, opened, verdict)
    return reasons


def _state_of(home: Home, run: str) -> tuple[RunView, VerdictReached | None]:
    view, closed = RunView(), None
    with Follower(home.journal_path(run)) as follower:
        for row in follower.rows():
            data = parse(row.body)
            assert isinstance(data, dict)
            view.apply(row.seq, row.boot_s, row.wall, row.kind, data)
            if row.kind == "run_closed":
                body = body_of(row)
                assert isinstance(body, RunClosed)
                closed = VerdictReached(body.verdict, body.spread_v, body.reasons)
    return view, closed


def _found(view: RunView) -> tuple[str, ...]:
    """What the journal says about the moment it broke off."""
    phases = ", ".join(f"{battery.serial} {battery.phase}" for battery in view.batteries.values())
    on = [name for name, position in view.positions.items() if position.output_on]
    return (
        f"The journal ends at {view.wall or 'an unknown time'} in state {view.state}: {phases or 'no battery'}.",
        f"Outputs on at that moment, by the journal: {', '.join(on) or 'none'}.",
    )


def _write_end(home: Home, run: str, verdict: VerdictReached, reasons: tuple[str, ...]) -> None:
    clock = BootClock()
    broken: list[str] = []
    journal = reopen(home.journal_path(run), clock.boot_id, _ignore, broken.append)
    at_s, wall = clock.now_s(), clock.wall()
    rows: list[GuardLog | Noted | VerdictReached] = [Noted(reason) for reason in reasons]
    lines = _guard_lines(home, run)
    if lines:
        rows.insert(0, GuardLog(lines))
    rows.append(verdict)
    journal.append([entry(row, at_s=at_s, wall=wall, actor="recovery") for row in rows])
    close_journal(journal, verdict, "interrupted", at_s, wall, "recovery")


_ignore: Callable[[int], None] = lambda _seq: None  # noqa: E731  # the flush at the end is what counts


def _guard_lines(home: Home, run: str) -> tuple[str, ...]:
    path = home.guard_log_path(run)
    if not path.exists():
        return ()
    return tuple(path.read_text(encoding="utf-8", errors="replace").splitlines())
