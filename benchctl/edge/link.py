"""One connection to one instrument: a question goes out in one write, its whole reply comes back, or a reasoned fault.

    Link                 the port: `ask`, `close`
    open_link            opens one over pyvisa: a TCP socket or a serial port

A link that has raised is closed and stays closed: after a late, torn or surplus reply nothing that comes next can be
told from an answer to the question before it (pyvisa-py stays one reply behind for ever). Only a new link goes on.
Bytes that nobody asked for, before a question or after its reply, count as such a fault.
"""

import array
import fcntl
import select
import termios
import time
from typing import Protocol

from benchctl.core.dialect import Exchange, IdentityReply, Line, Reply, Serial, Silence, printable
from benchctl.core.dialogue import LinkFault
from benchctl.core.framing import MAX_REPLY_BYTES
from benchctl.core.model import AbsenceReason
from benchctl.edge.resource import Transport, parse_resource

DRAIN_SILENCE_S = 0.2
"""A serial port is clean when it has been silent for so long after opening."""

DRAIN_LIMIT_S = 2.0
"""A port that is still talking after so long is not an instrument that waits for questions."""


class Link(Protocol):
    """A connection that asks one question at a time."""

    def ask(self, exchange: Exchange) -> bytes:
        """Write the question, return the whole reply with its terminator, b"" where none is due. Raises LinkFault."""

    def close(self) -> None:
        """Free the connection. May be called twice."""


class Port(Protocol):
    """Bytes in and out of an open file descriptor. Failures are OSError."""

    fd: int

    def write(self, data: bytes) -> None:
        """Send all of it in one piece."""

    def read(self, count: int) -> bytes:
        """Take these many bytes, which have arrived already."""

    def close(self) -> None:
        """Free it. May be called twice."""


class PortLink:
    """A link over a byte port. `place` names it in sentences; `paced` False leaves out the gaps that real
    instruments need between commands (a simulated instrument needs none)."""

    def __init__(self, port: Port, place: str, paced: bool) -> None:
        self._port = port
        self._place = place
        self._paced = paced
        self._ready_s = 0.0
        self._closed = False
        self._count = array.array("i", [0])
        self._poll = select.poll()
        self._poll.register(port.fd, select.POLLIN)

    def ask(self, exchange: Exchange) -> bytes:
        """See `Link.ask`."""
        if self._closed:
            raise LinkFault(AbsenceReason.CLOSED, f"{self._place}: the connection is closed", 0.0)
        try:
            return self._exchange(exchange)
        except OSError as fault:
            self.close()
            raise self._broken(fault) from fault
        except LinkFault:
            self.close()
            raise

    def close(self) -> None:
        """See `Link.close`."""
        self._closed = True
        self._port.close()

    def drain(self) -> None:
        """Throw away what comes until the line is silent. Raises LinkFault when it never is."""
        end_s = time.monotonic() + DRAIN_LIMIT_S
        while self._poll.poll(DRAIN_SILENCE_S * 1000):
            self._take()
            if time.monotonic() > end_s:
                sentence = f"{self._place}: the port talks unasked for {DRAIN_LIMIT_S:g} s; is it the right one?"
                raise LinkFault(AbsenceReason.GARBLED, sentence, DRAIN_LIMIT_S)

    def _exchange(self, exchange: Exchange) -> bytes:
        self._keep_gap()
        if self._poll.poll(0):
            raise self._garbled("bytes came that nobody asked for", self._take())
        self._port.write(exchange.write)
        raw = b"" if exchange.reply is None else self._reply(exchange.reply, exchange.timeout_s)
        if self._paced:
            self._ready_s = time.monotonic() + exchange.gap_s
        return raw

    def _keep_gap(self) -> None:
        wait_s = self._ready_s - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)

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

    def _refuse_overrun(self, reply: Reply | IdentityReply, raw: bytes) -> None:
        """Not to wait out the time for an end that cannot come any more."""
        framing = reply.framing
        limit = reply.max_bytes if isinstance(reply, Reply) else MAX_REPLY_BYTES
        torn = isinstance(framing, Line) and raw.count(framing.terminators[-1]) >= framing.lines
        if len(raw) > limit or (torn and not framing.complete(raw)):
            raise self._garbled("more came than one reply", raw)

    def _take(self) -> bytes:
        """All that has arrived. Readable with nothing to read means that the other side is gone."""
        fcntl.ioctl(self._port.fd, termios.FIONREAD, self._count)
        if not self._count[0]:
            raise ConnectionResetError("the instrument closed it")
        return self._port.read(self._count[0])

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


def open_link(resource: str, serial: Serial | None, place: str, paced: bool) -> Link:
    """Connect within 2 s to `TCPIP::HOST::PORT::SOCKET`, or to `ASRL/dev/NAME::INSTR` at the first rate of `serial`
    (None: as the port stands); a serial port is drained first.

    `place` is the instrument's name for sentences; `paced`: see `PortLink`. Raises LinkFault: CLOSED when it is
    refused, not there, in use or of another kind; TIMEOUT when nobody answers; GARBLED when it never falls silent.
    """
    from benchctl.edge import visa  # only here: loading pyvisa is slow, and not every command opens an instrument

    try:
        kind = _carrier(resource)
        port = visa.open_port(resource, serial)
    except TimeoutError as fault:
        sentence = f"{place}: nobody answers at {resource} within {visa.CONNECT_S:g} s; is it on, is the address right?"
        raise LinkFault(AbsenceReason.TIMEOUT, sentence, visa.CONNECT_S) from fault
    except BlockingIOError as fault:
        raise LinkFault(AbsenceReason.CLOSED, f"{place}: another program holds {resource}", 0.0) from fault
    except (OSError, ValueError) as fault:
        raise LinkFault(AbsenceReason.CLOSED, f"{place}: cannot open {resource}: {_sentence(fault)}", 0.0) from fault
    link = PortLink(port, place, paced)
    if kind is Transport.SERIAL:
        _drain(link)
    return link


def _carrier(resource: str) -> Transport:
    """Socket or serial port; any other kind must not even be tried, for opening it may hang or raise anything."""
    kind = parse_resource(resource).kind
    if kind not in (Transport.SOCKET, Transport.SERIAL):
        raise ValueError(
            "only a raw socket (TCPIP::HOST::PORT::SOCKET) or a serial port (ASRL/dev/NAME::INSTR) will do"
        )
    return kind


def _drain(link: PortLink) -> None:
    try:
        link.drain()
    except LinkFault:
        link.close()
        raise


def _sentence(fault: Exception) -> str:
    return str(fault.strerror or fault) if isinstance(fault, OSError) else str(fault)
