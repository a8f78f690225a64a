"""Where a reply ends: after a line, after so many bytes, or when nothing more comes. And how a broken one is told of.

A frame is taken whole or not at all: a byte too many or too few means that question and answer no longer belong
together.
"""

from dataclasses import dataclass
from typing import TypeAlias

from benchctl.core.model import AbsenceReason

MAX_REPLY_BYTES = 256


class ReplyFault(Exception):
    """A reply that is no answer to the question. After it, nothing on the connection can be trusted."""

    def __init__(self, reason: AbsenceReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def printable(raw: bytes) -> str:
    """The bytes as text that is safe to journal and to show: all but printable ASCII is escaped, at most 256 long."""
    text = raw[:MAX_REPLY_BYTES].decode("latin-1")
    return "".join(c if " " <= c <= "~" and c != "\\" else f"\\x{ord(c):02x}" for c in text)


def garbled(what: str, raw: bytes) -> ReplyFault:
    """The fault of a reply that is not in the grammar of its question."""
    return ReplyFault(AbsenceReason.GARBLED, f"{what}: '{printable(raw)}'")


@dataclass(frozen=True, slots=True)
class Line:
    """`lines` lines, each ended by one of these terminators (longest first)."""

    terminators: tuple[bytes, ...]
    lines: int = 1

    def complete(self, buffer: bytes) -> bool:
        """Has all of the reply arrived?"""
        return buffer.endswith(self.terminators) and self._count(buffer) >= self.lines

    def body(self, raw: bytes) -> bytes:
        """The reply without its last terminator; a line too few or too many is a fault."""
        for terminator in self.terminators:
            if raw.endswith(terminator):
                if self._count(raw) != self.lines:
                    raise garbled(f"{self._count(raw)} lines where {self.lines} must come", raw)
                return raw[: -len(terminator)]
        raise garbled("a line without its end", raw)

    def _count(self, buffer: bytes) -> int:
        return buffer.count(self.terminators[-1])


@dataclass(frozen=True, slots=True)
class FixedCount:
    """Exactly this many bytes, with no terminator."""

    count: int

    def complete(self, buffer: bytes) -> bool:
        """Has all of the reply arrived?"""
        return len(buffer) >= self.count

    def body(self, raw: bytes) -> bytes:
        """The reply itself; a byte too few or too many is a fault."""
        if len(raw) != self.count:
            raise garbled(f"{len(raw)} bytes where {self.count} must come", raw)
        return raw


@dataclass(frozen=True, slots=True)
class Silence:
    """Whatever arrives until the line has been silent for `silence_s` seconds."""

    silence_s: float

    def complete(self, buffer: bytes) -> bool:  # noqa: ARG002  one signature for all framings
        """Never known from the bytes alone."""
        return False

    def body(self, raw: bytes) -> bytes:
        """The reply itself; nothing at all is a timeout, not an empty answer."""
        if not raw:
            raise ReplyFault(AbsenceReason.TIMEOUT, "no reply")
        return raw


Framing: TypeAlias = Line | FixedCount | Silence
