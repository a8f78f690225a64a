"""What is connected to this machine, and who listens on one small network that the user has named.

serial_ports     serial ports with the USB identity of their adapters; nothing is sent
visa_resources   what a VISA library lists by itself, without a broadcast into any network
listening        addresses of a network that take a connection
answer_to        one question to a socket
"""

import socket
import time
import warnings
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchctl.core.dialect.framing import MAX_REPLY_BYTES
from benchctl.core.model import PYVISA_PY

CONNECT_S = 0.3
ANSWER_S = 1.0
AT_ONCE = 32
BY_ID = Path("/dev/serial/by-id")


@dataclass(frozen=True, slots=True)
class UsbIdentity:
    """Who a USB device says it is. `serial` is what stays the same whatever it is plugged into."""

    vendor: int
    product: int
    serial: str | None
    name: str | None


@dataclass(frozen=True, slots=True)
class SerialPort:
    """A serial port. `by_id` is its path by the adapter's serial number, which does not depend on the order in which
    the adapters were found; None where the system has none."""

    device: str
    by_id: str | None
    usb: UsbIdentity | None

    @property
    def resource(self) -> str:
        """For a bench file."""
        return f"ASRL{self.by_id or self.device}::INSTR"


def serial_ports(by_id: Path = BY_ID) -> tuple[SerialPort, ...]:
    """Every serial port of this machine."""
    from serial.tools import list_ports

    stable = _stable_names(by_id)
    ports = []
    for found in sorted(list_ports.comports(), key=lambda port: str(port.device)):
        usb = None
        if found.vid is not None and found.pid is not None:
            usb = UsbIdentity(found.vid, found.pid, found.serial_number, found.product)
        ports.append(SerialPort(found.device, stable.get(str(Path(found.device).resolve())), usb))
    return tuple(ports)


def _stable_names(folder: Path) -> dict[str, str]:
    try:
        return {str(link.resolve()): str(link) for link in sorted(folder.iterdir())}
    except OSError:
        return {}


def visa_resources(library: str) -> tuple[str, ...]:
    """USB and GPIB instruments by pyvisa-py; all that another library lists. Raises OSError where it is missing.

    pyvisa-py would also broadcast into every network of the machine: not without being asked.
    """
    from benchctl.edge.visa import listed  # only here: loading pyvisa is slow

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about software for ways that nobody asked for
        return listed(library, local_only=library == PYVISA_PY)


def listening(hosts: Iterable[str], ports: Iterable[int]) -> list[tuple[str, int]]:
    """Which of these take a TCP connection within 0.3 s; at most 32 are tried at a time."""
    places = [(host, port) for host in hosts for port in sorted(set(ports))]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return [place for place, open_ in zip(places, pool.map(_takes, places), strict=True) if open_]


def _takes(place: tuple[str, int]) -> bool:
    try:
        socket.create_connection(place, timeout=CONNECT_S).close()
    except OSError:
        return False
    return True


def answer_to(question: bytes, place: tuple[str, int]) -> bytes:
    """The line that comes back within a second; b"" if none does."""
    end_s, raw = time.monotonic() + ANSWER_S, b""
    try:
        with socket.create_connection(place, timeout=CONNECT_S) as link:
            link.sendall(question)
            while not raw.endswith(b"\n") and len(raw) < MAX_REPLY_BYTES:
                link.settimeout(max(0.001, end_s - time.monotonic()))
                part = link.recv(MAX_REPLY_BYTES - len(raw))
                if not part:
                    break
                raw += part
    except OSError:
        """What has come so far is the answer."""
    return raw
