"""What every link does, whatever carries its bytes: one question at a time, gaps kept, closed for good after a fault.

Link             the port: `ask`, `close`
CarefulLink      what links over bytes and links over messages have in common
"""

import time
from abc import ABC, abstractmethod
from typing import Protocol

from benchctl.core.dialect.dialogue import LinkFault
from benchctl.core.dialect.framing import MAX_REPLY_BYTES
from benchctl.core.dialect.voice import Exchange, IdentityReply, Line, Reply, printable
from benchctl.core.model import AbsenceReason

DRAIN_SILENCE_S = 0.2
"""A port without messages is clean when it has been silent for so long after opening."""

DRAIN_LIMIT_S = 2.0
"""A port that is still talking after so long is not an instrument that waits for questions."""


class Link(Protocol):
    """A connection that asks one question at a time."""

    def ask(self, exchange: Exchange) -> bytes:
        """Write the question, return the whole reply with its terminator, b"" where none is due. Raises LinkFault."""

    def close(self) -> None:
        """Free the connection. May be called twice."""


class Closable(Protocol):
    """What a link talks through."""

    def close(self) -> None:
        """Free it. May be called twice."""


class CarefulLink(ABC):
    """A link. `place` names it in sentences; `paced` False leaves out the gaps that real instruments need between
    commands (a simulated instrument needs none)."""

    def __init__(self, port: Closable, place: str, paced: bool) -> None:
        self._closable = port
        self._place = place
        self._paced = paced
        self._ready_s = 0.0
        self._closed = False

    def ask(self, exchange: Exchange) -> bytes:
        """See `Link.ask`."""
        if self._closed:
            raise LinkFault(AbsenceReason.CLOSED, f"{self._place}: the connection is closed", 0.0)
        try:
            self._keep_gap()
            raw = self._exchange(exchange)
        except OSError as fault:
            self.close()
            raise self._broken(fault) from fault
        except LinkFault:
            self.close()
            raise
        if self._paced:
            self._ready_s = time.monotonic() + exchange.gap_s
        return raw

    def close(self) -> None:
        """See `Link.close`."""
        self._closed = True
        self._closable.close()

    def drain(self) -> None:
        """Throw away what comes until the line is silent. Raises LinkFault when it never is; OSError."""
        end_s = time.monotonic() + DRAIN_LIMIT_S
        while self._unasked(DRAIN_SILENCE_S):
            if time.monotonic() > end_s:
                sentence = f"{self._place}: the port talks unasked for {DRAIN_LIMIT_S:g} s; is it the right one?"
                raise LinkFault(AbsenceReason.GARBLED, sentence, DRAIN_LIMIT_S)

    @abstractmethod
    def _exchange(self, exchange: Exchange) -> bytes:
        """Write, and have the whole reply. Raises LinkFault, OSError."""

    @abstractmethod
    def _unasked(self, within_s: float) -> bytes:
        """What comes within this time without a question; b"" if nothing does. Raises OSError."""

    def _keep_gap(self) -> None:
        wait_s = self._ready_s - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)

    def _refuse_unasked(self, raw: bytes) -> None:
        if raw:
            raise self._garbled("bytes came that nobody asked for", raw)

    def _refuse_overrun(self, reply: Reply | IdentityReply, raw: bytes) -> None:
        """Not to wait out the time for an end that cannot come any more."""
        framing = reply.framing
        torn = isinstance(framing, Line) and raw.count(framing.terminators[-1]) >= framing.lines
        if len(raw) > longest(reply) or (torn and not framing.complete(raw)):
            raise self._garbled("more came than one reply", raw)

    def _late(self, raw: bytes, timeout_s: float) -> LinkFault:
        if raw:
            return LinkFault(
                AbsenceReason.GARBLED, f"{self._place}: only '{printable(raw)}' came within {timeout_s:g} s", timeout_s
            )
        return LinkFault(AbsenceReason.TIMEOUT, f"{self._place}: no reply within {timeout_s:g} s", timeout_s)

    def _garbled(self, what: str, raw: bytes) -> LinkFault:
        return LinkFault(AbsenceReason.GARBLED, f"{self._place}: {what}: '{printable(raw)}'", 0.0)

    def _broken(self, fault: OSError) -> LinkFault:
        sentence = f"{self._place}: the connection broke: {fault.strerror or fault}"
        return LinkFault(AbsenceReason.CLOSED, sentence, 0.0)


def longest(reply: Reply | IdentityReply) -> int:
    """The most bytes that this reply can have."""
    return reply.max_bytes if isinstance(reply, Reply) else MAX_REPLY_BYTES
