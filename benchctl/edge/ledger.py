"""The ledger of a home: one chained line for every finished run, every latch, acknowledgement and reset, and all that
becomes of an approved string.

It keeps how each finished journal ends, so that a journal whose end was cut off is found; and it keeps which latches
still stand when no engine is there to know it. Lines are canonical JSON, each with the hash of the line before it
(`prev`) and its own (`hash`, over the line without it). A line that a power cut tore is told apart from an altered
one: it stands last, and was never reported as written. Lines cut off cleanly at the end show only against the
journals: a closed journal without its line.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias, TypeVar

from benchctl.core.errors import BenchctlError
from benchctl.core.journal.chain import GENESIS, Flaw, Json, Tail, Unparsable, canonical, parse
from benchctl.core.journal.kinds import decode_as
from benchctl.core.journal.plain import Undecodable, encoder_of
from benchctl.core.model import Verdict
from benchctl.core.passport import Commissioned, Issued, Passport, Voided, passports

BENCH_PLACE = "bench"
"""What `reset` is given to lift a latch that belongs to no position."""

_MAX_TORN = 4096  # characters of a torn line that are kept


class LedgerError(BenchctlError):
    """The ledger cannot be read, written or trusted."""


@dataclass(frozen=True, slots=True)
class RunLine:
    """A finished run. `started` and `ended` are wall-clock texts; `rows` and `last_hash` are how its journal ends."""

    run: str
    bank: str
    bench: str
    simulated: bool
    started: str
    ended: str
    verdict: Verdict
    reasons: tuple[str, ...]
    spread_v: float | None
    rows: int
    last_hash: str
    serials: tuple[str, ...]

    def tail(self) -> Tail:
        """How the run's journal ends."""
        return Tail(self.rows, self.last_hash)


@dataclass(frozen=True, slots=True)
class LatchLine:
    """An alarm that stays until a person resets it. `position` None: the bench as a whole."""

    alarm: str
    run: str
    bench: str
    position: str | None
    serial: str | None
    fault: str
    text: str
    wall: str

    @property
    def place(self) -> str:
        """What `reset` is given to lift it."""
        return BENCH_PLACE if self.position is None else self.position


@dataclass(frozen=True, slots=True)
class AckLine:
    """A person has seen an alarm. It stands as before."""

    alarm: str
    operator: str | None
    wall: str


@dataclass(frozen=True, slots=True)
class ResetLine:
    """A person says that the cause of the latches of a place is gone."""

    position: str
    operator: str | None
    wall: str


@dataclass(frozen=True, slots=True)
class TornLine:
    """What was left of a line that a power cut tore, taken out of the way by the next one."""

    text: str


@dataclass(frozen=True, slots=True)
class StandingLatch:
    """A latch nobody has reset, and whether somebody has acknowledged it."""

    latch: LatchLine
    acknowledged: bool


Line: TypeAlias = RunLine | LatchLine | AckLine | ResetLine | Issued | Voided | Commissioned | TornLine
T = TypeVar("T", bound=Line)

_TAGS: dict[str, type[Line]] = {
    "latch": LatchLine,
    "ack": AckLine,
    "reset": ResetLine,
    "passport": Issued,
    "void": Voided,
    "commissioned": Commissioned,
    "torn": TornLine,
}
_TAG_OF = {cls: tag for tag, cls in _TAGS.items()}


class Ledger:
    """The ledger file of a home. Reading needs nothing; whoever appends holds the home's lock."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, line: Line) -> None:
        """Write a line durably at the end. Raises `LedgerError` if that failed; the line may then be torn."""
        new = not self._path.exists()
        try:
            with closing(_Handle(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, fcntl.LOCK_EX)) as handle:
                handle.write(_continued(handle.read(), line, handle))
            if new:
                _flush_folder(self._path.parent)
        except OSError as fault:
            raise LedgerError(f"the ledger {self._path} cannot be written: {fault}") from fault

    def lines(self) -> tuple[Line, ...]:
        """Every line that can be understood, in order, whether or not the chain holds there (that is for `verify`)."""
        return tuple(line for each in self._pieces()[0] if (line := _understood(each)) is not None)

    def runs(self) -> tuple[RunLine, ...]:
        """The finished runs, oldest first."""
        return self._of(RunLine)

    def run_line(self, run: str) -> RunLine | None:
        """The last line of that run; None if it never finished here."""
        return next((line for line in reversed(self.runs()) if line.run == run), None)

    def standing_latches(self) -> tuple[StandingLatch, ...]:
        """The latches nobody has reset, oldest first.

        Raises `LedgerError` if the ledger was altered: a latch may be missing from it.
        """
        self._unaltered("latches")
        standing: dict[str, StandingLatch] = {}
        for line in self.lines():
            _fold(standing, line)
        return tuple(standing.values())

    def verify(self) -> list[Flaw]:
        """Everything that was altered, with its line number; an empty list if nothing was. A torn end is no flaw."""
        flaws: list[Flaw] = []
        last_hash = GENESIS
        for number, text in enumerate(self._pieces()[0], 1):
            flaws += [Flaw(number, sentence) for sentence in _complaints(number, text, last_hash)]
            last_hash = _hash_in(text) or last_hash
        return flaws

    def torn(self) -> str | None:
        """What stands after the last whole line; None if nothing does. The next `append` takes it out of the way."""
        rest = self._pieces()[1]
        return _shown(rest) if rest else None

    def passports(self, now: str) -> tuple[Passport, ...]:
        """Every approved string's passport as it stands at wall time `now`, oldest first.

        Raises `LedgerError` if the ledger was altered: an approval may be missing from it.
        """
        self._unaltered("approvals")
        return passports(self._of(Issued), self._of(Commissioned), self._of(Voided), now)

    def _unaltered(self, what: str) -> None:
        for flaw in self.verify():
            raise LedgerError(f"the ledger {self._path} was altered, so {what} may be missing: {flaw.sentence}")

    def _of(self, cls: type[T]) -> tuple[T, ...]:
        return tuple(line for line in self.lines() if isinstance(line, cls))

    def _pieces(self) -> tuple[list[bytes], bytes]:
        try:
            with closing(_Handle(self._path, os.O_RDONLY, fcntl.LOCK_SH)) as handle:
                return _split(handle.read())
        except FileNotFoundError:
            return [], b""
        except OSError as fault:
            raise LedgerError(f"the ledger {self._path} cannot be read: {fault}") from fault


class _Handle:
    """The open file, locked against a writer in another process for as long as it is open."""

    def __init__(self, path: Path, flags: int, lock: int) -> None:
        self._handle = os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._handle, lock)

    def read(self) -> bytes:
        return os.pread(self._handle, os.fstat(self._handle).st_size, 0)

    def cut(self, size: int) -> None:
        os.ftruncate(self._handle, size)

    def write(self, text: bytes) -> None:
        while text:
            text = text[os.write(self._handle, text) :]
        os.fsync(self._handle)

    def close(self) -> None:
        os.close(self._handle)


def _continued(content: bytes, line: Line, handle: _Handle) -> bytes:
    """The bytes to append. A torn end goes first: it moves into a line of its own."""
    whole, rest = _split(content)
    last_hash = next((own for text in reversed(whole) if (own := _hash_in(text))), GENESIS)
    if not rest:
        missing = b"" if content.endswith(b"\n") or not content else b"\n"
        return missing + _chained(line, last_hash)
    handle.cut(len(content) - len(rest))
    torn = _chained(TornLine(_shown(rest)), last_hash)
    return torn + _chained(line, _hash_in(torn) or GENESIS)


def _split(content: bytes) -> tuple[list[bytes], bytes]:
    """The whole lines, and what is torn. A last line that lacks nothing but its line feed is whole."""
    *whole, rest = content.split(b"\n")
    if rest and not _is_itself(rest):
        return whole, rest
    return ([*whole, rest] if rest else whole), b""


def _chained(line: Line, prev: str) -> bytes:
    tag = _TAG_OF.get(type(line))
    body = encoder_of(type(line))(line)
    data: dict[str, Json] = {**(body if tag is None and isinstance(body, dict) else {str(tag): body}), "prev": prev}
    return canonical({**data, "hash": _digest(data)}).encode() + b"\n"


def _digest(data: dict[str, Json]) -> str:
    return sha256(canonical(data).encode()).hexdigest()


def _object(text: bytes) -> dict[str, Json]:
    try:
        data = parse(text)
    except Unparsable:
        return {}
    return data if isinstance(data, dict) else {}


def _hash_in(text: bytes) -> str | None:
    own = _object(text).get("hash")
    return own if isinstance(own, str) else None


def _is_itself(text: bytes) -> bool:
    data = _object(text)
    bare = {name: value for name, value in data.items() if name != "hash"}
    return data.get("hash") == _digest(bare) and canonical(data).encode() == text.rstrip(b"\n")


def _complaints(number: int, text: bytes, last_hash: str) -> Iterator[str]:
    if _object(text).get("prev") != last_hash:
        yield f"line {number} does not continue the line before it: a line was altered, removed or moved"
    if not _is_itself(text):
        yield f"line {number} was altered: its hash does not fit its content"
    elif _understood(text) is None:
        yield f"line {number} is of no known kind"


def _understood(text: bytes) -> Line | None:
    data = {name: value for name, value in _object(text).items() if name not in ("prev", "hash")}
    tag = next(iter(data)) if len(data) == 1 else ""
    try:
        return decode_as(_TAGS[tag], data[tag]) if tag in _TAGS else decode_as(RunLine, data)
    except Undecodable:
        return None


def _fold(standing: dict[str, StandingLatch], line: Line) -> None:
    match line:
        case LatchLine(alarm=alarm, run=run):
            standing[f"{run} {alarm}"] = StandingLatch(line, acknowledged=False)
        case AckLine(alarm=alarm):
            for key, each in standing.items():
                if each.latch.alarm == alarm:
                    standing[key] = StandingLatch(each.latch, acknowledged=True)
        case ResetLine(position=place):
            for key in [key for key, each in standing.items() if each.latch.place == place]:
                del standing[key]


def _shown(rest: bytes) -> str:
    return rest.decode("utf-8", "backslashreplace")[:_MAX_TORN]


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
