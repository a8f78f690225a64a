"""Byte ports over pyvisa and pyvisa-py: open, write, read a known count, close. No framing, no judgement.

Imported only by `edge.link`, and only when an instrument is opened: pyvisa takes 0.1 s to load.

Why a socket session of our own: pyvisa-py 0.8 ignores the result of connecting (a refused port "opens"), raises bare
`Exception`, cannot set NODELAY (two small writes in a row then cost 40 ms), and spins until its timeout when the peer
has closed. Opening is therefore done here with real errors, and reading is only asked for bytes that are already there.
"""

import fcntl
import socket
import threading
from contextlib import ExitStack
from typing import Any, cast

import pyvisa
from pyvisa.constants import ControlFlow, InterfaceType, Parity, SerialTermination, StatusCode, StopBits
from pyvisa.errors import VisaIOError
from pyvisa.resources import MessageBasedResource, SerialInstrument, TCPIPSocket
from pyvisa_py.sessions import Session
from pyvisa_py.tcpip import TCPIPSocketSession

from benchctl.core.dialect import Serial

CONNECT_S = 2.0
"""Longest wait for a connection."""

TRANSFER_MS = 1000
"""Longest wait for a write to leave, or for bytes that are known to be there."""

KEEPALIVE = ((socket.TCP_KEEPIDLE, 5), (socket.TCP_KEEPINTVL, 2), (socket.TCP_KEEPCNT, 3))
"""A pulled cable is noticed within 11 s even when nothing is asked."""

QUIET = (StatusCode.success_max_count_read, StatusCode.success_device_not_present)
"""Not worth a warning: reading exactly what was asked for."""

FLOWS = {
    "none": ControlFlow.none,
    "xonxoff": ControlFlow.xon_xoff,
    "rtscts": ControlFlow.rts_cts,
    "dsrdtr": ControlFlow.dtr_dsr,
}

_opening = threading.Lock()


class _ProvenSocketSession(TCPIPSocketSession):  # type: ignore[misc]  # pyvisa-py ships no types
    """pyvisa-py's socket session, connected for certain or not at all. Opening raises OSError."""

    def _connect(self) -> StatusCode:
        address = (self.parsed.host_address, int(self.parsed.port))
        self.interface = socket.create_connection(address, timeout=CONNECT_S)
        self.interface.setblocking(True)
        self.interface.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.interface.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in KEEPALIVE:
            self.interface.setsockopt(socket.IPPROTO_TCP, option, value)
        return StatusCode.success


def _resources() -> pyvisa.ResourceManager:
    """The one resource manager of the process, with our socket session in place of pyvisa-py's."""
    with _opening:
        manager = pyvisa.ResourceManager("@py")
        if Session.get_session_class(InterfaceType.tcpip, "SOCKET") is not _ProvenSocketSession:
            Session.register(InterfaceType.tcpip, "SOCKET")(_ProvenSocketSession)
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
        self.fd: int = self._library.sessions[self._session].interface.fileno()

    def write(self, data: bytes) -> None:
        """All of it in one piece."""
        try:
            self._library.write(self._session, data)
        except VisaIOError as fault:
            raise OSError(f"the write failed: {fault.description}") from fault

    def read(self, count: int) -> bytes:
        """These many bytes, which must have arrived already."""
        try:
            return bytes(self._library.read(self._session, count)[0])
        except VisaIOError as fault:
            raise OSError(f"the read failed: {fault.description}") from fault

    def close(self) -> None:
        """Free the port. May be called twice."""
        self._open.close()


def open_port(resource: str, line: Serial | None) -> VisaPort:
    """Open `TCPIP::HOST::PORT::SOCKET`, or `ASRL/dev/NAME::INSTR` with the settings of `line` (None: as they stand).

    Raises OSError with a sentence when it cannot be opened: unreachable, refused, not there, or held by another
    process (BlockingIOError); ValueError when pyvisa does not know the resource.
    """
    try:
        instrument = _resources().open_resource(resource, open_timeout=int(CONNECT_S * 1000))
    except VisaIOError as fault:
        raise ValueError(f"{fault.description}") from fault
    if isinstance(instrument, SerialInstrument):
        return _serial_port(instrument, line)
    assert isinstance(instrument, TCPIPSocket), "the caller passes sockets and serial ports only"
    return VisaPort(instrument)


def _serial_port(instrument: SerialInstrument, line: Serial | None) -> VisaPort:
    port = VisaPort(instrument)
    try:
        # pyvisa-py opens without exclusion: two programs on one port would each take half of every reply
        fcntl.flock(port.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        instrument.end_input = SerialTermination.none
        if line is not None:
            instrument.baud_rate = line.baud[0]
            instrument.data_bits = line.data_bits
            instrument.parity = Parity[line.parity]
            instrument.stop_bits = StopBits(10 * line.stop_bits)
            instrument.flow_control = FLOWS[line.flow]
    except OSError:
        port.close()
        raise
    return port
