"""One connection to one instrument: a question goes out in one write, its whole reply comes back, or a reasoned fault.

    Link                 the port: `ask`, `close`
    open_link            opens one over pyvisa
    line_of              how the serial port of an instrument is set up

A link that has raised is closed and stays closed: after a late, torn or surplus reply nothing that comes next can be
told from an answer to the question before it (pyvisa-py stays one reply behind for ever). Only a new link goes on.
"""

from dataclasses import replace

from benchctl.core.dialect.dialogue import LinkFault
from benchctl.core.dialect.voice import Dialect, Serial
from benchctl.core.model import PYVISA_PY, AbsenceReason, InstrumentEntry
from benchctl.edge.asking import CarefulLink, Link
from benchctl.edge.messagelink import MessageLink
from benchctl.edge.portlink import PortLink
from benchctl.edge.resource import Transport, parse_resource

__all__ = ["Link", "line_of", "open_link"]

BYTES = (Transport.SOCKET, Transport.SERIAL)
"""What carries bytes without an end, rather than messages."""


def line_of(entry: InstrumentEntry, dialect: Dialect) -> Serial | None:
    """The serial port of this instrument, at the rate that is known of it; None where its family has none."""
    serial = dialect.transport.serial
    return serial if serial is None or entry.baud is None else replace(serial, baud=(entry.baud,))


def open_link(resource: str, serial: Serial | None, place: str, paced: bool, library: str = PYVISA_PY) -> Link:
    """Connect within 2 s, by this VISA library. A serial port gets the first rate of `serial` (None: it stays as it
    stands) and is drained first.

    `place` is the instrument's name for sentences; `paced`: see `CarefulLink`. Raises LinkFault: CLOSED when it is
    refused, not there, in use, or its library is missing; TIMEOUT when nobody answers; GARBLED when it never falls
    silent.
    """
    from benchctl.edge import visa  # only here: loading pyvisa is slow, and not every command opens an instrument

    try:
        kind = parse_resource(resource).kind
        link = _opened(resource, kind, serial, place, paced, library)
    except TimeoutError as fault:
        sentence = f"{place}: nobody answers at {resource} within {visa.CONNECT_S:g} s; is it on, is the address right?"
        raise LinkFault(AbsenceReason.TIMEOUT, sentence, visa.CONNECT_S) from fault
    except BlockingIOError as fault:
        raise LinkFault(AbsenceReason.CLOSED, f"{place}: another program holds {resource}", 0.0) from fault
    except (OSError, ValueError) as fault:
        raise LinkFault(AbsenceReason.CLOSED, f"{place}: cannot open {resource}: {_sentence(fault)}", 0.0) from fault
    if kind is Transport.SERIAL:
        _drain(link, place)
    return link


def _opened(
    resource: str, kind: Transport, serial: Serial | None, place: str, paced: bool, library: str
) -> CarefulLink:
    from benchctl.edge import visa

    if library == PYVISA_PY and kind in BYTES:
        return PortLink(visa.open_port(resource, serial), place, paced)
    return MessageLink(visa.open_messages(resource, serial, library), place, paced)


def _drain(link: CarefulLink, place: str) -> None:
    try:
        link.drain()
    except LinkFault:
        link.close()
        raise
    except OSError as fault:
        link.close()
        raise LinkFault(AbsenceReason.CLOSED, f"{place}: the port broke: {_sentence(fault)}", 0.0) from fault


def _sentence(fault: Exception) -> str:
    return str(fault.strerror or fault) if isinstance(fault, OSError) else str(fault)
