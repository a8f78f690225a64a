"""A link over whole messages: VXI-11, HiSLIP, USB and GPIB, where the instrument marks the end of what it says.

The end of a message is taken for the end of a line, if the line does not say it itself; everything else about the
framing that the dialect states holds here too. A message too long, too short or in two is no answer.

The same link reads sockets and serial ports of a VISA library that is not pyvisa-py: byte by byte, for their bytes
have no end that the library would know.
"""

import time
from typing import Protocol

from benchctl.core.dialect.voice import Exchange, IdentityReply, Line, Reply, Silence
from benchctl.edge.asking import CarefulLink, longest


class Messages(Protocol):
    """What carries messages; `stream` True: bytes without an end. Failures are OSError, silence is TimeoutError."""

    stream: bool

    def write(self, data: bytes) -> None:
        """Send all of it as one message."""

    def read(self, most: int, timeout_s: float) -> tuple[bytes, bool]:
        """At most so many bytes, and whether a message ended with them."""

    def close(self) -> None:
        """Free it. May be called twice."""


class MessageLink(CarefulLink):
    """See `CarefulLink`."""

    def __init__(self, messages: Messages, place: str, paced: bool) -> None:
        super().__init__(messages, place, paced)
        self._messages = messages

    def _exchange(self, exchange: Exchange) -> bytes:
        if self._messages.stream:
            self._refuse_unasked(self._unasked(0.0))
        self._messages.write(exchange.write)
        return b"" if exchange.reply is None else self._reply(exchange.reply, exchange.timeout_s)

    def _reply(self, reply: Reply | IdentityReply, timeout_s: float) -> bytes:
        framing = reply.framing
        silence_s = framing.silence_s if isinstance(framing, Silence) else None
        end_s, raw, ended = time.monotonic() + timeout_s, b"", False
        while not framing.complete(raw) and not (ended and not isinstance(framing, Line)):
            last_s = end_s - time.monotonic() if silence_s is None or not raw else silence_s
            try:
                part, ended = self._part(reply, raw, last_s)
            except TimeoutError as fault:
                if raw and silence_s is not None:
                    break
                raise self._late(raw, timeout_s) from fault
            raw += part
            self._refuse_overrun(reply, raw)
            if ended and isinstance(framing, Line) and not raw.endswith(framing.terminators):
                raw += framing.terminators[-1]
        return raw

    def _part(self, reply: Reply | IdentityReply, raw: bytes, last_s: float) -> tuple[bytes, bool]:
        if last_s <= 0:
            raise TimeoutError
        most = 1 if self._messages.stream else longest(reply) + 1 - len(raw)
        return self._messages.read(most, last_s)

    def _unasked(self, within_s: float) -> bytes:
        try:
            return self._messages.read(1, within_s)[0]
        except TimeoutError:
            return b""
