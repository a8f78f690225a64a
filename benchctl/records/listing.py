"""Which records a home has: the finished runs of its ledger, and journals that have no line there (yet)."""

from benchctl.core.journal.chain import Json, Unparsable
from benchctl.core.journal.codec import Undecodable, body_of
from benchctl.core.rows import RunOpened
from benchctl.edge.follower import Follower
from benchctl.edge.home import Home, busy
from benchctl.edge.journalfile import JournalError
from benchctl.edge.ledger import Ledger, RunLine

RUNNING, INTERRUPTED, FINISHED, UNREADABLE, MISSING = "running", "interrupted", "finished", "unreadable", "missing"


def list_records(home: Home) -> list[dict[str, Json]]:
    """One object a run, newest first: `run`, `bank`, `bench`, `simulated`, `started`, `ended`, `verdict`, `reasons`,
    `spread_v`, `serials`, and `state`: finished | running | interrupted | unreadable | missing (its journal is gone).

    What is not known is null. Nothing is verified here.
    """
    lines = {line.run: line for line in Ledger(home.ledger_path).runs()}
    journals = home.run_ids()
    holder = busy(home)
    at_work = None if holder is None else holder.run
    runs = sorted({*lines, *journals}, reverse=True)
    return [_item(home, run, lines.get(run), run in journals, run == at_work) for run in runs]


def _item(home: Home, run: str, line: RunLine | None, journal: bool, at_work: bool) -> dict[str, Json]:
    if line is not None:
        return _finished(line, FINISHED if journal else MISSING)
    opened = _opened(home, run)
    if opened is None:
        return {**_unknown(run), "state": UNREADABLE}
    return {
        **_unknown(run),
        "bank": opened[1].bank.name,
        "bench": opened[1].bench.name,
        "simulated": opened[1].simulated,
        "started": opened[0],
        "serials": [battery.serial for battery in opened[1].bank.batteries],
        "state": RUNNING if at_work else INTERRUPTED,
    }


def _finished(line: RunLine, state: str) -> dict[str, Json]:
    return {
        "run": line.run,
        "bank": line.bank,
        "bench": line.bench,
        "simulated": line.simulated,
        "started": line.started,
        "ended": line.ended,
        "verdict": line.verdict.value,
        "reasons": [*line.reasons],
        "spread_v": line.spread_v,
        "serials": [*line.serials],
        "state": state,
    }


def _unknown(run: str) -> dict[str, Json]:
    names = ("bank", "bench", "simulated", "started", "ended", "verdict", "spread_v")
    return {"run": run, **dict.fromkeys(names), "reasons": [], "serials": []}


def _opened(home: Home, run: str) -> tuple[str, RunOpened] | None:
    try:
        with Follower(home.journal_path(run)) as follower:
            rows = follower.rows_after(0, 1)
        body = body_of(rows[0]) if rows else None
    except (JournalError, Undecodable, Unparsable):
        return None
    return (rows[0].wall, body) if isinstance(body, RunOpened) else None
