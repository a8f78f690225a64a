"""A home on disk with the journal of a story in it, and ways to tamper with it behind the program's back."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from benchctl.core.journal.codec import entry
from benchctl.core.model import Verdict
from benchctl.core.rows import RunClosed
from benchctl.core.view.walltime import later
from benchctl.edge.home import Home
from benchctl.edge.journal import create
from benchctl.edge.journalfile import SCHEMA
from benchctl.edge.ledger import Ledger, RunLine
from tests.records.stories import BOOT_S, RUN, SERIALS, STARTED, Tale


def kept(folder: Path, tale: Tale, *, in_ledger: bool = True, verdict: Verdict | None = None) -> Home:
    """A home with that journal on disk and its line in the ledger, which may be given another verdict."""
    home = Home(folder / "home")
    home.prepare()
    journal = create(home.journal_path(RUN), "boot-1", lambda _seq: None, lambda _why: None)
    journal.append([entry(b, at_s=BOOT_S + s, wall=later(STARTED, s) or "", actor="engine") for s, b in tale])
    journal.close()
    if in_ledger:
        Ledger(home.ledger_path).append(_line(tale, journal.last_seq, journal.last_hash, verdict))
    return home


def _line(tale: Tale, count: int, last_hash: str, verdict: Verdict | None) -> RunLine:
    closed = next(body for _, body in reversed(tale) if isinstance(body, RunClosed))
    return RunLine(
        run=RUN,
        bank="Cabin",
        bench="bench-1",
        simulated=False,
        started=STARTED,
        ended=later(STARTED, tale[-1][0]) or "",
        verdict=verdict or closed.verdict,
        reasons=closed.reasons,
        spread_v=closed.spread_v,
        rows=count,
        last_hash=last_hash,
        serials=SERIALS,
    )


def tampered(home: Home, *statements: str) -> None:
    """SQL on the journal file as an attacker would: the triggers are taken off and put back."""
    guards = [name for name in SCHEMA if name != "journal"]
    with closing(sqlite3.connect(home.journal_path(RUN), isolation_level=None)) as database:
        for name in guards:
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
        for name in guards:
            database.execute(SCHEMA[name])


def ledger_edited(home: Home, change: Callable[[str], str]) -> None:
    """The ledger's text, changed."""
    home.ledger_path.write_text(change(home.ledger_path.read_text()))
