"""Ports over pyvisa: open, write, read, close. No framing, no judgement.

    open_port        a socket or serial port of pyvisa-py as a byte port with a file descriptor
    open_messages    anything else, by pyvisa-py or by the VISA library that is installed on the machine

Imported only by `edge.link`, and only when an instrument is opened: pyvisa takes 0.1 s to load.
"""

import array
import fcntl
import struct
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import pyvisa
from pyvisa.constants import ControlFlow, InterfaceType, Parity, SerialTermination, StatusCode, StopBits
from pyvisa.errors import VisaIOError
from pyvisa.resources import MessageBasedResource, SerialInstrument, TCPIPSocket
from pyvisa_py.protocols.rpc import RPCError
from pyvisa_py.sessions import Session

from benchctl.core.dialect.voice import Serial
from benchctl.core.model import PYVISA_PY
from benchctl.edge.visa_sessions import CONNECT_S, ProvenSocketSession, register

__all__ = ["CONNECT_S", "VisaMessages", "VisaPort", "listed", "open_messages", "open_port"]

TRANSFER_MS = 1000
"""Longest wait for a write to leave, or for bytes that are known to be there."""

QUIET = (StatusCode.success_max_count_read, StatusCode.success_device_not_present)
"""Not worth a warning: reading exactly what was asked for."""

FAULTS = (RPCError, RuntimeError, ValueError, AssertionError, LookupError, EOFError, TypeError, struct.error)
"""What pyvisa-py raises, besides OSError and VisaIOError, when the other side does not keep to its protocol."""

FLOWS = {
    "none": ControlFlow.none,
    "xonxoff": ControlFlow.xon_xoff,
    "rtscts": ControlFlow.rts_cts,
    "dsrdtr": ControlFlow.dtr_dsr,
}

_opening = threading.Lock()


def resource_manager(library: str) -> pyvisa.ResourceManager:
    """The one resource manager of the process for this library. Raises OSError or ValueError when it is not there."""
    with _opening:
        manager = pyvisa.ResourceManager(library)
        if library == PYVISA_PY:
            register()
    return manager


class VisaPort:
    """An open socket or serial port. Every failure is an OSError with a sentence."""

    def __init__(self, resource: MessageBasedResource) -> None:
        self._library = cast(Any, resource.visalib)  # pyvisa-py's, whose sessions pyvisa's own type does not know
        self._session = resource.session
        self._open = ExitStack()
        self._open.callback(resource.close)
        self._open.enter_context(resource.ignore_warning(*QUIET))
        resource.timeout = TRANSFER_MS
        session = self._library.sessions[self._session]
        self.fd: int = session.interface.fileno()
        self._taking: Callable[[], bytes] = session.take if isinstance(session, ProvenSocketSession) else self._arrived

    def write(self, data: bytes) -> None:
        """All of it in one piece."""
        try:
            self._library.write(self._session, data)
        except VisaIOError as fault:
            raise OSError(f"the write failed: {fault.description}") from fault

    def take(self) -> bytes:
        """What has arrived at a port that is readable; b"" when the other side is gone."""
        try:
            return self._taking()
        except VisaIOError as fault:
            raise OSError(f"the read failed: {fault.description}") from fault

    def _arrived(self) -> bytes:
        count = array.array("i", [0])
        fcntl.ioctl(self.fd, termios.FIONREAD, count)
        return bytes(self._library.read(self._session, count[0])[0]) if count[0] else b""

    def close(self) -> None:
        """Free the port. May be called twice."""
        self._open.close()


class VisaMessages:
    """An instrument whose messages have an end of their own (VXI-11, HiSLIP, USB, GPIB); `stream` True: a socket or a
    serial port, whose bytes have none. Every failure is an OSError with a sentence; silence is a TimeoutError."""

    def __init__(self, resource: MessageBasedResource) -> None:
        self.stream = isinstance(resource, SerialInstrument | TCPIPSocket)
        self._resource = resource
        self._open = ExitStack()
        self._open.callback(self._close)
        self._open.enter_context(resource.ignore_warning(*QUIET))

    def write(self, data: bytes) -> None:
        """All of it as one message with its END."""
        with _told("the write", None):
            self._resource.timeout = TRANSFER_MS
            count = self._resource.visalib.write(self._resource.session, data)[0]
        if count != len(data):
            raise OSError(f"only {count} of {len(data)} bytes were taken")

    def read(self, most: int, timeout_s: float) -> tuple[bytes, bool]:
        """At most so many bytes, and whether a message ended with them."""
        with _told("the read", None):
            self._resource.timeout = max(1.0, 1000 * timeout_s)
            data, status = self._resource.visalib.read(self._resource.session, most)
        return bytes(data), not self.stream and status != StatusCode.success_max_count_read

    def close(self) -> None:
        """Free it. May be called twice."""
        self._open.close()

    def _close(self) -> None:
        try:
            self._resource.close()
        except (VisaIOError, OSError, *FAULTS):
            """The other side was gone before."""


def open_port(resource: str, line: Serial | None) -> VisaPort:
    """Open `TCPIP::HOST::PORT::SOCKET`, or `ASRL/dev/NAME::INSTR` with the settings of `line` (None: as they stand).

    Raises OSError with a sentence when it cannot be opened: unreachable, refused, not there, or held by another
    process (BlockingIOError); ValueError when pyvisa does not know the resource.
    """
    try:
        instrument = resource_manager(PYVISA_PY).open_resource(resource, open_timeout=int(CONNECT_S * 1000))
    except VisaIOError as fault:
        raise ValueError(f"{fault.description}") from fault
    if isinstance(instrument, SerialInstrument):
        return _serial_port(instrument, line)
    assert isinstance(instrument, TCPIPSocket), "the caller passes sockets and serial ports only"
    return VisaPort(instrument)


def open_messages(resource: str, line: Serial | None, library: str) -> VisaMessages:
    """Open any resource by this VISA library (`@py`, `@ivi`); a serial port with the settings of `line`.

    Raises OSError with a sentence when it cannot be opened, ValueError when the library is not there or does not know
    the resource.
    """
    with _told("opening", None):
        manager = resource_manager(library)
        instrument = manager.open_resource(resource, open_timeout=int(CONNECT_S * 1000))
    if not isinstance(instrument, MessageBasedResource):
        instrument.close()
        raise OSError("it is not an instrument that takes messages")
    messages = VisaMessages(instrument)
    if isinstance(instrument, SerialInstrument):
        with _told("opening", messages.close):
            _set_up(instrument, line)
    return messages


def _serial_port(instrument: SerialInstrument, line: Serial | None) -> VisaPort:
    port = VisaPort(instrument)
    try:
        # pyvisa-py opens without exclusion: two programs on one port would each take half of every reply
        fcntl.flock(port.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _set_up(instrument, line)
    except OSError:
        port.close()
        raise
    return port


def _set_up(instrument: SerialInstrument, line: Serial | None) -> None:
    instrument.end_input = SerialTermination.none
    if line is not None:
        instrument.baud_rate = line.baud[0]
        instrument.data_bits = line.data_bits
        instrument.parity = Parity[line.parity]
        instrument.stop_bits = StopBits(10 * line.stop_bits)
        instrument.flow_control = FLOWS[line.flow]


@contextmanager
def _told(what: str, undo: Any) -> Iterator[None]:
    """Whatever the library raises, as an OSError with a sentence; `undo` is called first, if there is any."""
    try:
        yield
    except (VisaIOError, OSError, *FAULTS) as fault:
        if undo is not None:
            undo()
        raise _as_os_error(what, fault) from fault


def _as_os_error(what: str, fault: Exception) -> OSError:
    if isinstance(fault, VisaIOError):
        silent = fault.error_code == StatusCode.error_timeout
        return TimeoutError(f"{what} took too long") if silent else OSError(f"{what} failed: {fault.description}")
    return fault if isinstance(fault, OSError) else OSError(f"{what} failed: {fault}")


def listed(library: str, local_only: bool) -> tuple[str, ...]:
    """The resources that a library lists. `local_only` (pyvisa-py): on this machine's own buses. Raises OSError."""
    with _told("listing", None):
        manager = resource_manager(library)
        if not local_only:
            return tuple(manager.list_resources("?*"))
        kinds = {key: session for key, session in Session.iter_valid_session_classes() if key[1] == "INSTR"}
        buses = (InterfaceType.usb, InterfaceType.gpib)
        return tuple(sorted(each for key, kind in kinds.items() if key[0] in buses for each in kind.list_resources()))
