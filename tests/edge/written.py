"""Journal files for tests: how one is written, read back, and altered behind the program's back."""

import sqlite3
from contextlib import closing
from pathlib import Path

from benchctl.core.journal.chain import Entry, Row, Tail
from benchctl.core.journal.codec import body_of, entry
from benchctl.core.messages import Noted
from benchctl.edge.follower import Follower
from benchctl.edge.journal import Journal, create


def note(text: str) -> Entry:
    return entry(Noted(text), at_s=5.0, wall="2026-05-01T00:00:00.000Z", actor="engine")


def nothing(_: object) -> None:
    """For who does not care."""


def opened(path: Path) -> Journal:
    return create(path, "boot-1", nothing, nothing)


def written(path: Path, rows: int) -> Tail:
    """A closed journal of so many rows."""
    journal = opened(path)
    journal.append([note(f"row {number}") for number in range(1, rows + 1)])
    journal.close()
    return Tail(journal.last_seq, journal.last_hash)


def read(path: Path) -> list[Row]:
    with Follower(path) as follower:
        return list(follower.rows())


def texts(path: Path) -> list[str]:
    bodies = [body_of(row) for row in read(path)]
    return [body.text for body in bodies if isinstance(body, Noted)]


def tamper(path: Path, *statements: str) -> None:
    """What somebody with a database tool does: the triggers out of the way, the change, the triggers back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        triggers = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            database.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            database.execute(statement)
        for _, sql in triggers:
            database.execute(sql)
