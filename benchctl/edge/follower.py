"""Reading a journal file: by any number of followers, of a run that goes on, was killed, or is long over.

A follower opens the file read-only, never writes a row and never checkpoints. SQLite still rebuilds its shared index
(`-shm`) for a reader when the writer was killed, so the last committed rows are there without anybody repairing
anything. Where that index cannot be made (a read-only folder), the follower reads a private copy, which does not grow.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from benchctl.core.journal import chain
from benchctl.core.journal.chain import Flaw, Row, Tail
from benchctl.edge.journalfile import FORMAT, SCHEMA, JournalError

# ValueError: SQLite's own words about a damaged file can hold bytes of it that are no text.
_DAMAGE = (sqlite3.Error, ValueError, OSError)
_COLUMNS = (int, str, float, str, str, str, str, str, str)
# NOT INDEXED: an index that somebody added could answer with other values than the table holds.
_ALL = "SELECT seq, boot_id, boot_s, wall, actor, kind, body, prev_hash, hash FROM journal NOT INDEXED ORDER BY seq"
_LAST = f"{_ALL} DESC LIMIT 1"
_AFTER = _ALL.replace("ORDER BY", "WHERE seq > ? ORDER BY") + " LIMIT ?"


class Follower:
    """A read-only view of one journal file. Not for use by two threads at once."""

    def __init__(self, path: Path) -> None:
        """Raises `JournalError` if there is no journal, or one of another format."""
        self._path = path
        self._copy: TemporaryDirectory[str] | None = None
        try:
            self._database = self._open()
        except JournalError:
            self._drop_copy()
            raise
        except _DAMAGE as fault:
            self._drop_copy()
            raise _unreadable(path, fault) from fault

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def rows_after(self, seq: int, limit: int = 5000) -> list[Row]:
        """The committed rows after row `seq` in order, at most `limit`; call again with the last seq for more.

        Raises `JournalError` if the file is damaged.
        """
        return list(self._select(_AFTER, (seq, limit)))

    def rows(self) -> Iterator[Row]:
        """All rows committed until now, one by one, of whatever seq. Raises `JournalError` where damage begins."""
        return self._select(_ALL, ())

    def last(self) -> Row | None:
        """The last committed row; None if there is none yet."""
        return next(self._select(_LAST, ()), None)

    def flaws(self) -> Iterator[Flaw]:
        """What is wrong with the file apart from its rows: strange objects in it, or damaged pages."""
        flaws = [Flaw(0, sentence) for sentence in self._strange_objects()]
        yield from flaws
        if not flaws:
            yield from (Flaw(0, f"the file is damaged: {text}") for text in self._damages())

    def close(self) -> None:
        """Let go of the file. Safe to repeat."""
        self._database.close()
        self._drop_copy()

    def _select(self, sql: str, values: tuple[int, ...]) -> Iterator[Row]:
        try:
            yield from map(_row, self._database.execute(sql, values))
        except _DAMAGE as fault:
            raise _unreadable(self._path, fault) from fault

    def _open(self) -> sqlite3.Connection:
        if not self._path.is_file():
            raise JournalError(f"there is no journal {self._path}")
        try:
            return _connect(self._path)
        except sqlite3.OperationalError:
            self._copy = TemporaryDirectory(prefix="benchctl-")
            return _connect(_copied(self._path, Path(self._copy.name)))

    def _drop_copy(self) -> None:
        if self._copy is not None:
            self._copy.cleanup()

    def _strange_objects(self) -> Iterator[str]:
        found = dict(self._database.execute("SELECT name, sql FROM sqlite_schema").fetchall())
        yield from (f"`{name}` is missing or altered" for name, sql in SCHEMA.items() if found.get(name) != sql)
        yield from (f"{name!r} does not belong in a journal" for name in found.keys() - SCHEMA.keys())

    def _damages(self) -> list[str]:
        answers = self._database.execute("PRAGMA integrity_check(5)").fetchall()
        return [str(text) for (text,) in answers if text != "ok"]


def verify_file(path: Path, tail: Tail | None) -> list[Flaw]:
    """Everything that is wrong with a journal file, rows first; an empty list if nothing is.

    `tail` is the ledger's word on the end of a finished run; None while there is none. Seq 0 is the file as a whole.
    Never raises for what the file holds.
    """
    try:
        with Follower(path) as follower:
            return _flaws_of_rows(follower, tail) + list(follower.flaws())
    except (JournalError, *_DAMAGE) as fault:
        return [Flaw(0, str(fault))]


def _flaws_of_rows(follower: Follower, tail: Tail | None) -> list[Flaw]:
    damage: list[Flaw] = []
    flaws = chain.verify(_until_damage(follower.rows(), damage), tail)
    return sorted([*damage, *flaws], key=lambda flaw: flaw.seq)


def _until_damage(rows: Iterator[Row], damage: list[Flaw]) -> Iterator[Row]:
    seq = 0
    try:
        for row in rows:
            yield row
            seq = row.seq
    except JournalError as fault:
        damage.append(Flaw(seq + 1, str(fault)))


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    try:
        database.execute("PRAGMA query_only=ON")
        database.execute("PRAGMA trusted_schema=OFF")
        database.execute("PRAGMA busy_timeout=2000")
        _check(path, database)
    except (JournalError, *_DAMAGE):
        database.close()
        raise
    return database


def _check(path: Path, database: sqlite3.Connection) -> None:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version != FORMAT:
        raise JournalError(f"{path} is no journal of this version: its format is {version}, expected {FORMAT}")
    # Before anything is selected from it: a view called `journal` could compute for ever.
    (sql,) = database.execute("SELECT sql FROM sqlite_schema WHERE name = 'journal'").fetchone() or (None,)
    if sql != SCHEMA["journal"]:
        raise JournalError(f"{path} is no journal: its table `journal` is missing or altered")


def _copied(path: Path, folder: Path) -> Path:
    for source in (path, path.with_name(f"{path.name}-wal")):
        if source.is_file():
            shutil.copyfile(source, folder / source.name)
    return folder / path.name


def _row(values: tuple[object, ...]) -> Row:
    for value, cls in zip(values, _COLUMNS, strict=True):
        if type(value) is not cls:
            raise ValueError(f"row {values[0]} holds {type(value).__name__} where {cls.__name__} belongs")
    return Row(*values)  # type: ignore[arg-type]  # just checked


def _unreadable(path: Path, fault: Exception) -> JournalError:
    return JournalError(f"the journal {path} cannot be read: {fault}")
