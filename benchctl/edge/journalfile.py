"""What a journal file is: one SQLite database with one table that only grows, and how it is made and opened to write.

Exactly one connection of the whole system writes to it and makes its checkpoints; that also keeps clear of the
WAL-reset fault of SQLite before 3.51.3. Never on a network file system.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from benchctl.core.errors import BenchctlError

FORMAT = 1
"""`PRAGMA user_version` of the journals this program writes and reads."""

SCHEMA = {
    "journal": "CREATE TABLE journal(seq INTEGER PRIMARY KEY, boot_id TEXT NOT NULL, boot_s REAL NOT NULL, "
    "wall TEXT NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, prev_hash TEXT NOT NULL, "
    "hash TEXT NOT NULL)",
    "journal_stays": "CREATE TRIGGER journal_stays BEFORE UPDATE ON journal "
    "BEGIN SELECT RAISE(ABORT, 'a journal is never changed'); END",
    "journal_keeps": "CREATE TRIGGER journal_keeps BEFORE DELETE ON journal "
    "BEGIN SELECT RAISE(ABORT, 'a journal is never shortened'); END",
    # INSERT OR REPLACE deletes without asking the trigger above.
    "journal_grows": "CREATE TRIGGER journal_grows BEFORE INSERT ON journal "
    "WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM journal) "
    "BEGIN SELECT RAISE(ABORT, 'a journal only grows at its end'); END",
}
"""Everything a journal file consists of, by name."""

_RESERVE_BYTES = 4 << 20  # of WAL: what 200 commits of a large bench take
_BUSY_MS = 2000
_SAFE_SQLITE = (3, 51, 3)
_REPAIRED_SQLITE = {(3, 44): 6, (3, 50): 7}

_FORBIDDEN = frozenset(
    (
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_DELETE,
        sqlite3.SQLITE_DROP_TABLE,
        sqlite3.SQLITE_DROP_TRIGGER,
        sqlite3.SQLITE_ALTER_TABLE,
        sqlite3.SQLITE_ATTACH,
    )
)


class JournalError(BenchctlError):
    """A journal cannot be read or written. The sentence says which and why."""


# The file appears under its name only when it is complete, so that no follower ever meets half a journal.
def lay_out(path: Path) -> None:
    """Make an empty journal file, durably. Raises FileExistsError, OSError or sqlite3.Error."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
    with closing(sqlite3.connect(draft, isolation_level=None)) as database:
        for sql in (f"PRAGMA user_version={FORMAT}", *SCHEMA.values()):
            database.execute(sql)
    try:
        os.link(draft, path)
    finally:
        draft.unlink()
    _flush_folder(path.parent)


def open_to_write(path: Path) -> sqlite3.Connection:
    """The one connection that writes. Raises sqlite3.Error or OSError."""
    # Made here, so that its faults are the caller's; used by the committer's thread, then by close(), never by two.
    database = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
    )
    try:
        for setting in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=0", "trusted_schema=OFF"):
            database.execute(f"PRAGMA {setting}").fetchall()
        database.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        _reserve(database)
        database.set_authorizer(_authorize)
        _flush_folder(path.parent)
    except (sqlite3.Error, OSError):
        database.close()
        raise
    return database


# Growing the WAL makes each flush wait for the file system's own bookkeeping as well (half as long again, measured).
# A transaction too big for the cache spills into the WAL; rolled back, it leaves the file grown and nothing in it.
def _reserve(database: sqlite3.Connection) -> None:
    (pages,) = database.execute("PRAGMA cache_size").fetchone()
    database.execute("PRAGMA cache_size=16")
    database.execute("BEGIN IMMEDIATE")
    database.execute("CREATE TABLE reserve(space)")
    database.execute("INSERT INTO reserve VALUES (zeroblob(?))", (_RESERVE_BYTES,))
    database.execute("ROLLBACK")
    database.execute(f"PRAGMA cache_size={pages}")


def sqlite_warning() -> str | None:
    """A sentence if this SQLite has the WAL-reset fault (before 3.51.3); None if not.

    It needs a second connection that writes or checkpoints, which this program never has.
    """
    version = sqlite3.sqlite_version_info
    if version >= _SAFE_SQLITE or version[2] >= _REPAIRED_SQLITE.get(version[:2], 1000):
        return None
    return (
        f"SQLite {sqlite3.sqlite_version} can damage a journal when a second program writes to it: "
        "never open the journal of a run with anything but benchctl (repaired in SQLite 3.51.3)"
    )


def _authorize(action: int, *_: object) -> int:
    return sqlite3.SQLITE_DENY if action in _FORBIDDEN else sqlite3.SQLITE_OK


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
