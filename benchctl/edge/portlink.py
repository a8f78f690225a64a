"""A link over a byte port with a file descriptor: a TCP socket or a serial port.

Bytes that nobody asked for, before a question or after its reply, are a fault like a reply that is late or torn.
"""

import select
import time
from typing import Protocol

from benchctl.core.dialect.voice import Exchange, IdentityReply, Reply, Silence
from benchctl.edge.asking import CarefulLink


class Port(Protocol):
    """Bytes in and out of an open file descriptor. Failures are OSError."""

    fd: int

    def write(self, data: bytes) -> None:
        """Send all of it in one piece."""

    def take(self) -> bytes:
        """What has arrived at a port that is readable; b"" when the other side is gone."""

    def close(self) -> None:
        """Free it. May be called twice."""


class PortLink(CarefulLink):
    """See `CarefulLink`."""

    def __init__(self, port: Port, place: str, paced: bool) -> None:
        super().__init__(port, place, paced)
        self._port = port
        self._poll = select.poll()
        self._poll.register(port.fd, select.POLLIN)

    def _exchange(self, exchange: Exchange) -> bytes:
        self._refuse_unasked(self._unasked(0.0))
        self._port.write(exchange.write)
        return b"" if exchange.reply is None else self._reply(exchange.reply, exchange.timeout_s)

    def _reply(self, reply: Reply | IdentityReply, timeout_s: float) -> bytes:
        framing = reply.framing
        silence_s = framing.silence_s if isinstance(framing, Silence) else None
        end_s = time.monotonic() + timeout_s
        raw = b""
        while not framing.complete(raw):
            ending_s = silence_s if raw else None
            if self._poll.poll(1000 * (max(0.0, end_s - time.monotonic()) if ending_s is None else ending_s)):
                raw += self._take()
                self._refuse_overrun(reply, raw)
            elif ending_s is not None:
                break
            else:
                raise self._late(raw, timeout_s)
        return raw

    def _unasked(self, within_s: float) -> bytes:
        return self._take() if self._poll.poll(within_s * 1000) else b""

    def _take(self) -> bytes:
        raw = self._port.take()
        if not raw:
            raise ConnectionResetError("the instrument closed it")
        return raw
