"""The hash chain of a journal: rows, their canonical text, their hashes, and the check that finds what was altered.

A row's hash covers every column of the row and the hash of the row before it. Changed, missing, repeated and
reordered rows therefore show in the rows themselves. Rows cut off at the end do not: they show only against a
`Tail` kept elsewhere (the ledger). Nobody who can rewrite journal and ledger together is found out here.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from math import isfinite
from typing import NoReturn, TypeAlias

from benchctl.core.errors import BenchctlError

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
"""Plain JSON."""

GENESIS = "0" * 64
"""What the first row has for the hash of the row before it."""

_MAX_DEPTH = 32

_write = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode
_quote = json.encoder.encode_basestring_ascii


class Unparsable(BenchctlError):
    """A text is not the JSON this program writes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that has no place yet. `boot_s` is CLOCK_BOOTTIME seconds, `wall` an ISO-8601 UTC text, `body` canonical
    JSON; `actor` is `engine`, `operator:NAME`, `guard` or `recovery`."""

    boot_s: float
    wall: str
    actor: str
    kind: str
    body: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a journal. `seq` counts from 1 without gaps; `prev_hash` and `hash` are SHA-256 in hex."""

    seq: int
    boot_id: str
    boot_s: float
    wall: str
    actor: str
    kind: str
    body: str
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Tail:
    """How a finished journal ends: the number of its rows and the hash of the last."""

    rows: int
    last_hash: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is not as it was written. `seq` is the row (or line) where it shows, counted from 1."""

    seq: int
    sentence: str


def canonical(value: object) -> str:
    """The one text of a JSON value: sorted keys, no spaces, ASCII.

    Raises ValueError for NaN and infinities and TypeError for what is not JSON: both are bugs of the caller.
    """
    return _write(value)


def parse(text: str | bytes) -> Json:
    """The value of a JSON text. Refuses NaN, numbers out of range, repeated keys, lone surrogates and deep nesting.

    Raises `Unparsable`, whatever the text is.
    """
    try:
        value: Json = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as fault:
        raise Unparsable(f"this is not plain JSON: {str(fault)[:200]}") from None
    _check([value], -1)
    return value


def digest(seq: int, boot_id: str, entry: Entry, prev_hash: str) -> str:
    """The hash of a row: SHA-256, in hex, over the previous hash, a newline and the row's canonical text."""
    # + 0.0: a database keeps neither a whole number nor a negative zero in a column of reals.
    text = canonical([seq, boot_id, entry.boot_s + 0.0, entry.wall, entry.actor, entry.kind])
    # The body is by far the longest part: quoting it apart spares a second pass through the general encoder.
    return sha256(f"{prev_hash}\n{text[:-1]},{_quote(entry.body)}]".encode("ascii")).hexdigest()


def link(entry: Entry, boot_id: str, seq: int, prev_hash: str) -> Row:
    """The entry as row number `seq`, after the row whose hash is `prev_hash`. ValueError if a text is not Unicode."""
    "".join((boot_id, entry.wall, entry.actor, entry.kind, entry.body)).encode()
    own = digest(seq, boot_id, entry, prev_hash)
    return Row(seq, boot_id, entry.boot_s + 0.0, entry.wall, entry.actor, entry.kind, entry.body, prev_hash, own)


def verify(rows: Iterable[Row], tail: Tail | None) -> list[Flaw]:
    """Everything that is wrong with these rows, first things first; an empty list if nothing is.

    `tail` is what the ledger says of the end; None while there is no such word (the run is still open), and then
    rows cut off at the end are not found.
    """
    flaws: list[Flaw] = []
    seq, last_hash = 0, GENESIS
    for row in rows:
        flaws += _flaws_of(row, seq + 1, last_hash)
        seq, last_hash = row.seq, row.hash
    return flaws if tail is None else flaws + list(_flaws_of_tail(seq, last_hash, tail))


def _flaws_of(row: Row, expected_seq: int, last_hash: str) -> Iterator[Flaw]:
    if row.seq != expected_seq:
        yield Flaw(min(row.seq, expected_seq), f"row {row.seq} stands where row {expected_seq} belongs")
    if row.prev_hash != last_hash:
        yield Flaw(row.seq, f"row {row.seq} does not continue the row before it: one of the two was altered")
    if row.hash != _digest_of(row):
        yield Flaw(row.seq, f"row {row.seq} was altered: its hash does not fit its content")


def _digest_of(row: Row) -> str | None:
    entry = Entry(row.boot_s, row.wall, row.actor, row.kind, row.body)
    try:
        return digest(row.seq, row.boot_id, entry, row.prev_hash)
    except ValueError:  # an infinite time, or a previous hash that is no ASCII: no such row was ever written
        return None


def _flaws_of_tail(seq: int, last_hash: str, tail: Tail) -> Iterator[Flaw]:
    if seq < tail.rows:
        yield Flaw(seq + 1, f"the end was cut off: {seq} rows are left of {tail.rows}")
    elif seq > tail.rows:
        yield Flaw(tail.rows + 1, f"rows were added after the end: {seq} rows instead of {tail.rows}")
    elif last_hash != tail.last_hash:
        yield Flaw(seq, f"row {seq} is not the last row that the ledger knows: the journal was rewritten")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _distinct(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return value


# A night has a million values in its rows: a call for each would take longer than reading them.
def _check(value: list[Json] | dict[str, Json], depth: int) -> None:
    if depth >= _MAX_DEPTH and value:
        raise Unparsable(f"this is not plain JSON of this program: nested deeper than {_MAX_DEPTH}")
    if isinstance(value, dict):
        for key in value:
            _check_text(key)
    for item in value.values() if isinstance(value, dict) else value:
        if type(item) is str:
            _check_text(item)
        elif type(item) is float and not isfinite(item):
            raise Unparsable("a number is out of range")
        elif type(item) is dict or type(item) is list:
            _check(item, depth + 1)


def _check_text(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unparsable("a text holds half a character (a lone surrogate)") from None
