"""The screen's outside for real: a home on disk, the clock of this place, a run in a process of its own."""

import json
import os
import re
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path

from benchctl.core.journal.chain import Row
from benchctl.core.messages import AckRequested, ResetRequested, StopRequested, Wish
from benchctl.edge import latches
from benchctl.edge.follower import Follower
from benchctl.edge.home import Holder, Home, busy, write_atomic
from benchctl.edge.inbox import NoAnswer, ask
from benchctl.edge.ledger import Ledger
from benchctl.tui.port import JournalRow, LatchShown, Standing, Told

ANSWER_S, STOP_ANSWER_S = 5.0, 1.5
"""How long an engine may take to answer; after the shorter time a stop goes by signal too."""

RESERVED = {"bench.toml", "last-bench.toml"}
"""Files of a home that are no banks."""

_MOST_BANKS, _BANK_BYTES = 20, 64 << 10
_BANK = re.compile(rb"^\s*\[bank\]", re.MULTILINE)


class LocalClock:
    """Wall clock and time zone of this machine."""

    def now(self) -> datetime:
        """Now, here."""
        return datetime.now().astimezone()

    def monotonic_s(self) -> float:
        """Seconds that only go forward."""
        return time.monotonic()

    def pressed_s(self, event_s: float) -> float:
        """As the event says: it is stamped when the key is read, however busy the screen is."""
        return event_s

    def local(self, wall: str) -> datetime | None:
        """A journal's text in this machine's time zone; None if it is no time."""
        try:
            return datetime.fromisoformat(wall).astimezone()
        except (ValueError, OverflowError):
            return None


class HomeOutside:
    """A home on disk. All but `ask` belong to one thread: that one that follows."""

    def __init__(
        self,
        home: Home,
        places: Sequence[Path],
        answer_s: float = ANSWER_S,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`places` are the folders in which bank files are looked for."""
        self._home, self._places, self._answer_s, self._pause = home, places, answer_s, pause
        self._follower: tuple[str, Follower] | None = None
        self._latches: tuple[tuple[int, int], tuple[LatchShown, ...]] | None = None  # with the ledger's time and size

    def standing(self) -> Standing:
        """What runs here, or ran last."""
        holder, newest = busy(self._home), next(iter(self._home.run_ids()), None)
        if holder is None:
            return Standing(newest, alive=False, starting=False, latches=self._latched())
        begun = holder.run is not None and self._home.journal_path(holder.run).is_file()
        return Standing(holder.run if begun else newest, alive=begun, starting=not begun, latches=())

    def rows_after(self, run: str, seq: int) -> Sequence[JournalRow]:
        """The next rows of that run's journal."""
        if self._follower is None or self._follower[0] != run:
            self.close()
            self._follower = run, Follower(self._home.journal_path(run))
        return [_plain(row) for row in self._follower[1].rows_after(seq, limit=1000)]

    def close(self) -> None:
        """Let go of the journal."""
        if self._follower is not None:
            self._follower[1].close()
            self._follower = None

    def ask(self, wish: Wish) -> Told:
        """Post a wish to the engine, or where there is none, write to the ledger what can be written there."""
        holder = busy(self._home)
        if holder is None:
            return self._without_engine(wish)
        stop = isinstance(wish, StopRequested)
        patience_s = min(self._answer_s, STOP_ANSWER_S) if stop else self._answer_s
        try:
            answer = ask(self._home.inbox_dir, wish, patience_s, self._pause)
        except NoAnswer as silence:
            return _signalled(holder) if stop else Told(accepted=False, sentence=str(silence))
        return Told(answer.accepted, answer.sentence)

    def bank_files(self) -> Sequence[Path]:
        """Bank files in the places to look, newest first."""
        found = {path.resolve(): path for place in self._places for path in place.glob("*.toml") if _is_bank(path)}
        return sorted(found.values(), key=_changed, reverse=True)[:_MOST_BANKS]

    def keep_bank(self, name: str, text: str) -> Path:
        """Write a bank file into the home, over none that is there; its path."""
        self._home.prepare()
        stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "bank"
        taken = {path.name for path in self._home.path.glob("*.toml")}
        names = (f"{stem}{f'-{number}' if number else ''}.toml" for number in count())
        path = self._home.path / next(name for name in names if name not in taken | RESERVED)
        write_atomic(path, text.encode())
        return path

    def _latched(self) -> tuple[LatchShown, ...]:
        path = self._home.ledger_path
        with suppress(FileNotFoundError):
            status = path.stat()
            stamp = status.st_mtime_ns, status.st_size
            if self._latches is None or self._latches[0] != stamp:
                self._latches = stamp, _standing_in(path)
            return self._latches[1]
        return ()

    def _without_engine(self, wish: Wish) -> Told:
        match wish:
            case AckRequested():
                answer = latches.acknowledge(self._home, wish.alarm, wish.operator)
            case ResetRequested():
                answer = latches.reset(self._home, wish.position, wish.operator)
            case _:
                return Told(accepted=False, sentence="Nothing is running here.")
        return Told(answer.accepted, answer.sentence)


def _standing_in(ledger: Path) -> tuple[LatchShown, ...]:
    return tuple(
        LatchShown(each.latch.alarm, each.latch.place, each.latch.serial, each.latch.text, each.acknowledged)
        for each in Ledger(ledger).standing_latches()
    )


def _plain(row: Row) -> JournalRow:
    try:
        body = json.loads(row.body)  # eight times as fast as the strict reader, and a night has 50 000 rows
    except (ValueError, RecursionError):  # for `records verify` to complain about; a screen shows what it can
        body = {}
    return JournalRow(row.seq, row.boot_s, row.wall, row.kind, body if isinstance(body, dict) else {})


def _signalled(holder: Holder) -> Told:
    """A stop that nobody answered goes to the process itself: that works with a full or broken disk."""
    pid = holder.engine_pid or holder.guard_pid
    if pid is None:
        return Told(accepted=False, sentence="Nobody answered, and nobody is known to signal: use `benchctl off`.")
    try:
        os.kill(pid, signal.SIGTERM)
    except OSError as fault:
        return Told(accepted=False, sentence=f"Nobody answered, and the signal failed ({fault}): use `benchctl off`.")
    return Told(accepted=True, sentence="No answer yet: the stop also went as a signal. Watch the outputs.")


def _is_bank(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return path.is_file() and _BANK.search(file.read(_BANK_BYTES)) is not None
    except OSError:
        return False


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
