"""Writing a journal: one SQLite file a run, one connection that writes, in one thread that does nothing else.

Whoever appends never waits for the disk. Rows get their place and their hash at once; the committer takes all that
waits and makes it durable in one transaction (WAL, `synchronous=FULL`: one flush of the disk a commit). Checkpoints
are made by the committer too, and only while nothing waits. After the first fault nothing more is committed: what
was never durable must never be shown as done. A disk that is only full is no fault as long as there is ballast.
"""

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Protocol

from benchctl.core.journal.chain import GENESIS, Entry, Row, link
from benchctl.edge.disk import Disk
from benchctl.edge.follower import Follower, verify_file
from benchctl.edge.journalfile import JournalError, lay_out, open_to_write

_INSERT = "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_MAX_WAITING = 20_000  # rows; hours of a whole bench: a disk that far behind has failed
_CHECKPOINT_COMMITS = 200
_LOOK_S = 10.0  # between two looks at the room that is left


class Log(Protocol):
    """What the engine needs of a journal."""

    def append(self, entries: Sequence[Entry]) -> int:
        """Take rows in order; the seq of the last. Durable only when `committed` has been called with it."""

    def flush(self, timeout_s: float) -> None:
        """Wait until all is durable. `JournalError` if it fails or takes longer."""

    def close(self) -> None:
        """Make all durable and let go of the file. `JournalError` if rows could not be saved."""

    def pending_s(self) -> float:
        """For how many seconds of real time the oldest row waits to be durable; 0.0 if none does."""

    def slowest_s(self) -> float:
        """How long a row waited, or still waits, to be durable, at most, since this was asked last."""


class Journal:
    """The writer of one journal file. Made by `create` or `reopen`.

    `committed(seq)` is called after every commit, `failed(sentence)` at most once; both from the committer's thread,
    and neither may block.
    """

    def __init__(
        self,
        path: Path,
        database: sqlite3.Connection,
        boot_id: str,
        last: Row | None,
        committed: Callable[[int], None],
        failed: Callable[[str], None],
        disk: Disk,
    ) -> None:
        self._path, self._database, self._boot_id, self._disk = path, database, boot_id, disk
        self._inode = path.stat().st_ino
        self._committed, self._failed = committed, failed
        self._seq, self._hash = (last.seq, last.hash) if last else (0, GENESIS)
        self._durable = self._seq
        self._rows: list[Row] = []
        self._waiting: deque[tuple[int, float]] = deque()  # last seq and time of each append that is not durable yet
        self._broken: str | None = None
        self._closing = False
        self._slowest_s = 0.0
        self._commits = 0
        self._looked_at = 0.0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"journal {path.stem}", daemon=True)
        self._thread.start()

    @property
    def last_seq(self) -> int:
        """Seq of the last row appended; 0 if there is none."""
        return self._seq

    @property
    def last_hash(self) -> str:
        """Hash of the last row appended."""
        return self._hash

    @property
    def broken(self) -> str | None:
        """Why nothing is committed any more; None while all is well."""
        return self._broken

    def append(self, entries: Sequence[Entry]) -> int:
        """Give the entries their places at the end, in order; the seq of the last row. Never waits for the disk.

        After a failure the rows are dropped: their seq will never be committed. ValueError (nothing appended) if a
        text is not Unicode.
        """
        with self._changed:
            rows = self._linked(entries)
            if not rows:
                return self._seq
            self._seq, self._hash = rows[-1].seq, rows[-1].hash
            if self._broken is None:
                self._rows += rows
                self._waiting.append((self._seq, time.monotonic()))
            self._changed.notify_all()
            overrun = self._broken is None and len(self._rows) > _MAX_WAITING
        if overrun:
            self._break(f"the journal {self._path} is {_MAX_WAITING} rows behind: its disk has stopped")
        return rows[-1].seq

    def flush(self, timeout_s: float) -> None:
        """Wait until everything appended so far is durable. Raises `JournalError` if it fails or takes longer."""
        with self._changed:
            seq = self._seq
            done = self._changed.wait_for(lambda: self._broken is not None or self._durable >= seq, timeout_s)
            if self._durable < seq:
                why = self._broken or f"row {seq} is not on the disk after {timeout_s:g} s"
                raise JournalError(why if done else f"the disk of {self._path} is too slow: {why}")

    def pending_s(self) -> float:
        """For how many seconds of real time the oldest row waits to be durable; 0.0 if none does."""
        with self._changed:
            return self._oldest_s()

    def slowest_s(self) -> float:
        """How long a row waited, or still waits, to be durable, at most, since this was asked last."""
        with self._changed:
            slowest_s, self._slowest_s = max(self._slowest_s, self._oldest_s()), 0.0
            return slowest_s

    def _oldest_s(self) -> float:
        return time.monotonic() - self._waiting[0][1] if self._waiting else 0.0

    def close(self) -> None:
        """Commit what waits, fold the WAL into the file and let go of it. Safe to repeat.

        Raises `JournalError` if rows could not be saved.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        if self._broken is None:
            self._fold()
        self._database.close()
        if self._durable < self._seq:
            raise JournalError(f"{self._seq - self._durable} rows were lost: {self._broken}")

    def _linked(self, entries: Sequence[Entry]) -> list[Row]:
        rows: list[Row] = []
        seq, last_hash = self._seq, self._hash
        for entry in entries:
            row = link(entry, self._boot_id, seq + 1, last_hash)
            seq, last_hash = row.seq, row.hash
            rows.append(row)
        return rows

    # ------------------------------------------------------------ the committer's thread

    def _run(self) -> None:
        while rows := self._take():
            try:
                self._with_room(partial(self._commit, rows))
                if self._broken is None:
                    self._note_durable(rows[-1].seq)
                    self._committed(rows[-1].seq)
                    self._with_room(self._checkpoint)
                    self._look()
            except (sqlite3.Error, OSError) as fault:
                self._break(f"the journal {self._path} cannot be written: {fault}")

    def _take(self) -> list[Row]:
        with self._changed:
            self._changed.wait_for(lambda: self._rows or self._closing or self._broken)
            rows, self._rows = self._rows, []
            return rows

    def _with_room(self, work: Callable[[], None]) -> None:
        """Do it, if need be with the room of the ballast."""
        try:
            work()
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode != sqlite3.SQLITE_FULL or not self._disk.drop_ballast():
                raise
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            work()

    def _commit(self, rows: Sequence[Row]) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany(_INSERT, map(_columns, rows))
        self._disk.commit(self._database)
        if self._path.stat().st_ino != self._inode:
            raise OSError("the file was replaced while the run went on")

    def _note_durable(self, seq: int) -> None:
        with self._changed:
            self._durable = seq
            self._slowest_s = max(self._slowest_s, self._oldest_s())
            while self._waiting and self._waiting[0][0] <= seq:
                self._waiting.popleft()
            self._changed.notify_all()

    # Only while nothing waits: a checkpoint costs two flushes of the disk.
    def _checkpoint(self) -> None:
        self._commits += 1
        if self._commits >= _CHECKPOINT_COMMITS and not self._rows:
            self._database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            self._commits = 0

    def _look(self) -> None:
        if time.monotonic() - self._looked_at >= _LOOK_S:
            self._looked_at = time.monotonic()
            self._disk.look()

    def _break(self, sentence: str) -> None:
        with self._changed:
            first, self._broken = self._broken is None, self._broken or sentence
            self._rows.clear()
            self._changed.notify_all()
        if first:
            self._failed(sentence)

    # One file without companions is what people copy and keep; followers that still look prevent it, harmlessly.
    def _fold(self) -> None:
        with suppress(sqlite3.OperationalError):
            self._database.execute("PRAGMA busy_timeout=0")
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._database.execute("PRAGMA journal_mode=DELETE").fetchall()


def create(
    path: Path,
    boot_id: str,
    committed: Callable[[int], None],
    failed: Callable[[str], None],
    disk: Disk | None = None,
) -> Journal:
    """A new, empty journal. `boot_id` names the boot of the machine whose clock the rows carry. `disk` None: one
    without ballast.

    Raises `JournalError` if the file exists or cannot be made.
    """
    try:
        lay_out(path)
        database = open_to_write(path)
    except (sqlite3.Error, OSError) as fault:
        raise JournalError(f"the journal {path} cannot be made: {fault}") from fault
    return Journal(path, database, boot_id, None, committed, failed, disk or Disk(path.parent))


def reopen(path: Path, boot_id: str, committed: Callable[[int], None], failed: Callable[[str], None]) -> Journal:
    """An existing journal, to go on after its last row. The caller holds the home's lock.

    Raises `JournalError` if it is damaged, altered or cannot be opened: then nothing was written to it.
    """
    for flaw in verify_file(path, None):
        raise JournalError(f"the journal {path} cannot be continued: {flaw.sentence}")
    try:
        with Follower(path) as follower:
            last = follower.last()
        database = open_to_write(path)
    except (sqlite3.Error, OSError) as fault:
        raise JournalError(f"the journal {path} cannot be opened: {fault}") from fault
    return Journal(path, database, boot_id, last, committed, failed, Disk(path.parent))


def _columns(row: Row) -> tuple[object, ...]:
    return (row.seq, row.boot_id, row.boot_s, row.wall, row.actor, row.kind, row.body, row.prev_hash, row.hash)
