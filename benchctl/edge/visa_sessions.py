"""pyvisa-py's network sessions, made to fail for certain: connected or not, whole or broken, closed at once.

Imported only by `edge.visa`. Why sessions of our own: pyvisa-py 0.8 ignores the result of connecting (a refused port
"opens"), raises bare `Exception`, cannot set NODELAY on a socket (two small writes in a row then cost 40 ms), spins
until its timeout when the peer has closed, and takes leave of a dead VXI-11 instrument for five more seconds.
"""

import random
import socket
import struct
import time
from typing import Any

from pyvisa.constants import InterfaceType, ResourceAttribute, StatusCode
from pyvisa_py.protocols import hislip, rpc
from pyvisa_py.sessions import Session
from pyvisa_py.tcpip import (
    TCPIPInstrHiSLIP,
    TCPIPInstrSession,
    TCPIPInstrVxi11,
    TCPIPSocketSession,
    Vxi11CoreClient,
)

CONNECT_S = 2.0
"""Longest wait for a connection."""

KEEPALIVE = ((socket.TCP_KEEPIDLE, 5), (socket.TCP_KEEPINTVL, 2), (socket.TCP_KEEPCNT, 3))
"""A pulled cable is noticed within 11 s even when nothing is asked."""


MOST_AT_ONCE = 4096
"""Bytes: more than any reply here has."""

LONGEST_RECORD = 1 << 20
"""Bytes of one RPC record: no answer of an instrument here is a thousandth of it."""


class ProvenSocketSession(TCPIPSocketSession):  # type: ignore[misc]  # pyvisa-py ships no types
    """A raw socket. Opening, reading and writing raise OSError.

    One system call a read and one a write: with sixteen threads each further one costs a change of threads.
    """

    def _connect(self) -> StatusCode:
        address = (self.parsed.host_address, int(self.parsed.port))
        self.interface = socket.create_connection(address, timeout=CONNECT_S)
        self.interface.setblocking(True)
        _keep_alive(self.interface)
        return StatusCode.success

    def take(self) -> bytes:
        """What has arrived, and nothing is waited for; b"" when the other side is gone."""
        return bytes(self.interface.recv(MOST_AT_ONCE, socket.MSG_DONTWAIT))

    def write(self, data: bytes) -> tuple[int, StatusCode]:
        """All of it at once: an instrument whose buffers are full of questions reads no more."""
        count = self.interface.send(data, socket.MSG_DONTWAIT)
        return count, StatusCode.success if count == len(data) else StatusCode.error_io


class CoreClient(Vxi11CoreClient):  # type: ignore[misc]
    """VXI-11's core channel, which knows a hang-up when it sees one."""

    def do_call(self) -> None:
        """Send the call that is packed, and have the unpacker at its reply. Raises OSError, RPCError."""
        self.sock.settimeout(self.timeout)
        call = self.packer.get_buf()
        self.sock.sendall(struct.pack(">I", len(call) | LAST) + call)
        end_s = time.monotonic() + self.timeout
        while True:
            self.unpacker.reset(self._record(end_s))
            number, _ = self.unpacker.unpack_replyheader()
            if number == self.lastxid:
                return
            if number > self.lastxid:
                raise rpc.RPCError(f"an answer to call {number} came, but only {self.lastxid} were made")

    def _record(self, end_s: float) -> bytes:
        record, last = b"", False
        while not last:
            (header,) = struct.unpack(">I", self._exactly(4, end_s))
            last = bool(header & LAST)
            record += self._exactly(header & ~LAST, end_s)
        return record

    def _exactly(self, count: int, end_s: float) -> bytes:
        if count > LONGEST_RECORD:
            raise rpc.RPCError(f"an answer of {count} bytes was announced")
        data = b""
        while len(data) < count:
            self.sock.settimeout(max(0.001, end_s - time.monotonic()))
            part = self.sock.recv(count - len(data))
            if not part:
                raise ConnectionResetError("the instrument closed it")
            data += part
        return data


LAST = 0x80000000
"""Set in the length of a record's last fragment."""


class ProvenVxi11Session(TCPIPInstrVxi11):  # type: ignore[misc]
    """A VXI-11 link. Opening raises OSError; a link that has failed is hung up without taking leave."""

    def after_parsing(self) -> None:
        """Connect, and create the link."""
        self.interface = _core_channel(self.parsed.host_address)
        self.keepalive, self.sound = True, True
        try:
            _keep_alive(self.interface.sock)
            self.client_id = random.getrandbits(31)
            self._create_link()
        except BaseException:
            self.interface.close()
            raise
        _message_attributes(self)

    def _create_link(self) -> None:
        name = self.parsed.lan_device_name
        error, self.link, _, most = self.interface.create_link(self.client_id, 0, self.lock_timeout, name)
        if error:
            raise ConnectionError(f"the instrument gives no VXI-11 link to {name} (error {int(error)})")
        self.max_recv_size = min(most, 1 << 16)

    def read(self, count: int) -> tuple[bytes, StatusCode]:
        """See pyvisa-py."""
        data, status = super().read(count)
        self.sound = self.sound and status >= 0
        return data, status

    def write(self, data: bytes) -> tuple[int, StatusCode]:
        """See pyvisa-py."""
        count, status = super().write(data)
        self.sound = self.sound and status >= 0
        return count, status

    def close(self) -> StatusCode:
        """See pyvisa-py."""
        if self.sound:
            status: StatusCode = super().close()
            return status
        self.interface.close()
        return StatusCode.success


class ProvenHislipSession(TCPIPInstrHiSLIP):  # type: ignore[misc]
    """A HiSLIP session. Opening raises OSError, and leaves nothing open when it does."""

    def after_parsing(self) -> None:
        """Connect both channels."""
        name, _, port = self.parsed.lan_device_name.partition(",")
        where = self.parsed.host_address, int(port or hislip.PORT)
        _probe(*where)  # pyvisa-py alone waits 5 s for an address at which nobody is
        self.interface = hislip.Instrument.__new__(hislip.Instrument)
        try:
            self.interface.__init__(where[0], timeout=CONNECT_S, port=where[1], sub_address=name)
        except (OSError, RuntimeError, AssertionError, struct.error) as fault:
            for channel in ("_sync", "_async"):
                if hasattr(self.interface, channel):
                    getattr(self.interface, channel).close()
            raise ConnectionError(f"no HiSLIP session: {fault}") from fault
        _keep_alive(self.interface._sync)
        _message_attributes(self)


class ProvenInstrSession(TCPIPInstrSession):  # type: ignore[misc]
    """VXI-11 or HiSLIP, by the device name."""

    def __new__(cls, manager: Any, name: str, parsed: Any, open_timeout: int | None = None) -> Any:
        """As pyvisa-py chooses."""
        by_hislip = parsed.lan_device_name.lower().startswith("hislip")
        kind = ProvenHislipSession if by_hislip else ProvenVxi11Session
        return kind(manager, name, parsed, open_timeout)


def register() -> None:
    """Put these in place of pyvisa-py's."""
    for kind, session in (("SOCKET", ProvenSocketSession), ("INSTR", ProvenInstrSession)):
        if Session.get_session_class(InterfaceType.tcpip, kind) is not session:
            Session.register(InterfaceType.tcpip, kind)(session)


def _message_attributes(session: Session) -> None:
    """A message ends with END and with nothing else."""
    session.attrs[ResourceAttribute.send_end_enabled] = True
    session.attrs[ResourceAttribute.termchar_enabled] = False
    session.attrs[ResourceAttribute.termchar] = ord("\n")


def _core_channel(where: str) -> CoreClient:
    host, _, stated = where.partition(",")
    port = int(stated) if stated else None
    _probe(host, rpc.PMAP_PORT if port is None else port)
    try:
        return CoreClient(host, port, int(CONNECT_S * 1000))
    except rpc.RPCError as fault:
        raise ConnectionError(f"no VXI-11 core channel: {fault}") from fault


def _probe(host: str, port: int) -> None:
    socket.create_connection((host, port), timeout=CONNECT_S).close()


def _keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEPALIVE:
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
