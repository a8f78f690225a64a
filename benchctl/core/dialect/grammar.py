"""What an instrument may answer, and what it then means. Bytes in, typed values out, or a reasoned fault.

Every reply is hostile: it becomes a value only when all of it is in the grammar of the question. A number is
`[+-]?digits[.digits][e[+-]digits]` in ASCII and nothing else; Python's `float` (which reads `nan`, `1_0.5` and
full-width digits) only ever sees text that has passed that. SCPI's "no value" (9.91E37) and "out of range"
(9.9E37) are values too: `Missing`, with the reason.

A reply is read in three steps: its *framing* (where does it end), its *shape* (which bytes are which field),
and each *field's* own grammar. Framing or shape amiss is a `ReplyFault`, and the connection is then in doubt.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from benchctl.core.dialect.framing import MAX_REPLY_BYTES, Framing, ReplyFault, garbled, printable
from benchctl.core.model import AbsenceReason, Identity, Regulation

__all__ = [
    "MAX_REPLY_BYTES",
    "Base",
    "BitsField",
    "Field",
    "Framing",
    "IdentityReply",
    "Meaning",
    "Missing",
    "Number",
    "NumberField",
    "Reply",
    "ReplyFault",
    "Text",
    "TextField",
    "Value",
    "WordField",
    "decode",
    "garbled",
    "identity",
    "number",
    "printable",
    "repeated",
]

_NUMBER = re.compile(rb"[+-]?\d{1,12}(?:\.\d{1,12})?(?:[eE][+-]?\d{1,3})?")
_PRINTABLE = re.compile(rb"[ -~]*")
_OVERLOAD = 9.9e37
_NOT_A_NUMBER = (9.905e37, 9.915e37)


class Number(NamedTuple):
    """A number an instrument answered, with its literal text."""

    value: float
    raw: str


class Missing(NamedTuple):
    """The instrument itself says that it has no number: `NOT_A_NUMBER` or `OVERLOAD`."""

    reason: AbsenceReason
    raw: str


class Text(NamedTuple):
    """Printable ASCII an instrument answered. Show it escaped, never send it."""

    text: str


Value: TypeAlias = Number | Missing | Text | bool | Regulation | Identity


def number(raw: bytes) -> Number | Missing:
    """Read one number strictly. Raises ReplyFault(GARBLED) for all that is not exactly one number."""
    if _NUMBER.fullmatch(raw) is None:
        if raw.lower() == b"nan":
            return Missing(AbsenceReason.NOT_A_NUMBER, raw.decode("ascii"))
        raise garbled("not a number", raw)
    text = raw.decode("ascii")
    value = float(text)
    size = abs(value)
    if size < _OVERLOAD:
        return Number(value, text)
    if _NOT_A_NUMBER[0] <= size <= _NOT_A_NUMBER[1]:
        return Missing(AbsenceReason.NOT_A_NUMBER, text)
    if size < _NOT_A_NUMBER[0]:
        return Missing(AbsenceReason.OVERLOAD, text)
    raise garbled("a number out of all range", raw)


# ---------------------------------------------------------------- fields: what a part of a reply means


class Base(StrEnum):
    """How a bit field is written."""

    BYTE = "byte"  # one raw byte
    HEX = "hex"  # 0x0224 or 0224
    DECIMAL = "decimal"


Meaning: TypeAlias = bool | Regulation | Text


@dataclass(frozen=True, slots=True)
class NumberField:
    """A number; `scale` is what the answered number is multiplied by to get volts, amperes, degrees.

    `overload`: an answered number of this size or more is the family's word for "out of range".
    """

    scale: float
    overload: float = math.inf

    def read(self, raw: bytes) -> Value:
        """Raises ReplyFault unless the bytes are one number."""
        answered = number(raw)
        if isinstance(answered, Missing):
            return answered
        if abs(answered.value) >= self.overload:
            return Missing(AbsenceReason.OVERLOAD, answered.raw)
        if self.scale == 1.0:
            return answered
        return Number(answered.value * self.scale, answered.raw)


@dataclass(frozen=True, slots=True)
class WordField:
    """One of a list of words."""

    words: Mapping[bytes, Meaning]

    def read(self, raw: bytes) -> Value:
        """Raises ReplyFault for any word that is not on the list."""
        meaning = self.words.get(raw)
        if meaning is None:
            raise garbled(f"none of {', '.join(printable(word) for word in self.words)}", raw)
        return meaning


@dataclass(frozen=True, slots=True)
class BitsField:
    """Some bits of an integer: what is left under `mask` has a meaning."""

    base: Base
    mask: int
    meanings: Mapping[int, Meaning]

    def read(self, raw: bytes) -> Value:
        """Raises ReplyFault when the bytes are no such integer or the bits have no meaning."""
        meaning = self.meanings.get(_integer(self.base, raw) & self.mask)
        if meaning is None:
            raise garbled("bits without a meaning", raw)
        return meaning


@dataclass(frozen=True, slots=True)
class TextField:
    """Text as it comes: printable ASCII; or, `raw`, any bytes (made printable), where bits are read apart."""

    raw: bool = False

    def read(self, raw: bytes) -> Value:
        """Raises ReplyFault for anything but printable ASCII."""
        if self.raw:
            return Text(printable(raw))
        if _PRINTABLE.fullmatch(raw) is None:
            raise garbled("not printable ASCII", raw)
        return Text(raw.decode("ascii"))


Field: TypeAlias = NumberField | WordField | BitsField | TextField

_HEX = re.compile(rb"(?:0[xX])?([0-9A-Fa-f]{1,8})")
_DECIMAL = re.compile(rb"\+?(\d{1,10})")


def _integer(base: Base, raw: bytes) -> int:
    if base is Base.BYTE:
        if len(raw) != 1:
            raise garbled("not one byte", raw)
        return raw[0]
    match = (_HEX if base is Base.HEX else _DECIMAL).fullmatch(raw)
    if match is None:
        raise garbled(f"not a {base} integer", raw)
    return int(match[1], 16 if base is Base.HEX else 10)


# ---------------------------------------------------------------- replies


@dataclass(frozen=True, slots=True)
class Reply:
    """How one question is answered: framing, shape (`pattern`, one group a part), and the fields.

    `parts[i]` is the group that `fields[i]` reads: several fields may read one part (bits of one status byte).
    """

    framing: Framing
    pattern: re.Pattern[bytes]
    fields: tuple[Field, ...]
    parts: tuple[int, ...]
    max_bytes: int = MAX_REPLY_BYTES
    plan: tuple[tuple[Callable[[bytes], Value], int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        plan = tuple((f.read, part) for f, part in zip(self.fields, self.parts, strict=True))
        object.__setattr__(self, "plan", plan)


@dataclass(frozen=True, slots=True)
class IdentityReply:
    """How `*IDN?` is answered: the first pattern that fits all of it gives maker, model, serial and firmware."""

    framing: Framing
    patterns: tuple[re.Pattern[bytes], ...]


def repeated(reply: Reply, field: int, between: str, times: int) -> Reply:
    """The reply to a question asked of several channels at once: exactly `times` answers, of each the one field."""
    shape = re.escape(between.encode("ascii")).join([reply.pattern.pattern] * times)
    groups, part = reply.pattern.groups, reply.parts[field]
    return Reply(
        framing=reply.framing,
        pattern=re.compile(shape, re.DOTALL),
        fields=(reply.fields[field],) * times,
        parts=tuple(part + groups * index for index in range(times)),
        max_bytes=reply.max_bytes * times,
    )


def decode(reply: Reply | IdentityReply, raw: bytes) -> tuple[Value, ...]:
    """One value for each field of the reply, in order. Raises ReplyFault for everything else.

    `raw` is the whole frame as it came, terminator included.
    """
    if isinstance(reply, IdentityReply):
        return (identity(reply, raw),)
    if len(raw) > reply.max_bytes:
        raise garbled(f"{len(raw)} bytes where {reply.max_bytes} at most may come", raw)
    match = reply.pattern.fullmatch(reply.framing.body(raw))
    if match is None:
        raise garbled("not the shape of an answer to this question", raw)
    return tuple([read(match[part]) for read, part in reply.plan])


def identity(reply: IdentityReply, raw: bytes) -> Identity:
    """Take an identity apart; what an instrument does not state is empty. Raises ReplyFault when no pattern fits."""
    if len(raw) > MAX_REPLY_BYTES:
        raise garbled("an identity of more than 256 bytes", raw)
    body = reply.framing.body(raw)
    for pattern in reply.patterns:
        match = pattern.fullmatch(body)
        if match is not None:
            part = {name: printable(value or b"").strip() for name, value in match.groupdict().items()}
            return Identity(
                maker=part.get("maker", ""),
                model=part.get("model", ""),
                serial=part.get("serial", ""),
                firmware=part.get("firmware", ""),
                raw=printable(raw),
            )
    raise ReplyFault(AbsenceReason.WRONG_INSTRUMENT, f"an identity of another family: '{printable(raw)}'")
