"""A journal without a disk, for tests in virtual time: rows become durable at once, or when the test says so."""

from collections.abc import Callable, Sequence

from benchctl.core.journal.chain import GENESIS, Entry, Row, link
from benchctl.edge.journalfile import JournalError


class MemoryJournal:
    """What `benchctl.edge.journal.Journal` is to the engine, with its rows in a list.

    `instant` True: `append` calls `committed` before it returns. False: `flush` does, so that a test can look at what
    happens between a fact and its commit. `fail` is a disk that broke.
    """

    def __init__(
        self, boot_id: str, committed: Callable[[int], None], failed: Callable[[str], None], *, instant: bool
    ) -> None:
        self._boot_id, self._committed, self._failed, self._instant = boot_id, committed, failed, instant
        self._waiting: list[Row] = []
        self._seq, self._hash = 0, GENESIS
        self.rows: list[Row] = []
        self.broken: str | None = None
        self.closed = False

    @property
    def last_seq(self) -> int:
        """Seq of the last row appended; 0 if there is none."""
        return self._seq

    @property
    def last_hash(self) -> str:
        """Hash of the last row appended."""
        return self._hash

    def append(self, entries: Sequence[Entry]) -> int:
        """Like the real one."""
        if self.closed:
            raise JournalError("the journal is closed")
        for entry in entries:
            row = link(entry, self._boot_id, self._seq + 1, self._hash)
            self._seq, self._hash = row.seq, row.hash
            if self.broken is None:
                self._waiting.append(row)
        last = self._seq
        if self._instant:
            self._commit()
        return last

    def flush(self, timeout_s: float) -> None:  # noqa: ARG002  # virtual time waits for nothing
        """Make everything durable; JournalError after `fail`."""
        if self.broken is not None:
            raise JournalError(self.broken)
        self._commit()

    def close(self) -> None:
        """Like the real one."""
        self._commit()
        self.closed = True

    def pending_s(self) -> float:
        """Nothing waits in virtual time."""
        return 0.0

    def slowest_s(self) -> float:
        """Nothing waits in virtual time."""
        return 0.0

    def rows_after(self, seq: int) -> list[Row]:
        """The durable rows after that one, as a follower sees them."""
        return self.rows[seq:]

    def fail(self, sentence: str) -> None:
        """Break the disk: what waits is lost, nothing is committed any more."""
        if self.broken is None:
            self.broken = sentence
            self._waiting.clear()
            self._failed(sentence)

    def _commit(self) -> None:
        if self._waiting:
            self.rows += self._waiting
            self._waiting.clear()
            self._committed(self.rows[-1].seq)
