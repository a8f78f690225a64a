"""VISA resource strings taken apart: the address of an instrument as a bench file states it.

Only what the wire can open and nothing that VISA would guess: `TCPIP::192.168.1.20:5555`, which pyvisa takes for a
host of that odd name, is refused here.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})"
_SOCKET = re.compile(rf"TCPIP(\d{{0,2}})::({_HOST})::(\d{{1,5}})::SOCKET", re.IGNORECASE | re.ASCII)
_INSTR = re.compile(
    rf"TCPIP(\d{{0,2}})::({_HOST})(?:,(\d{{1,5}}))?(?:::([A-Z][A-Z0-9,_]{{0,30}}))?::INSTR", re.IGNORECASE | re.ASCII
)  # after the host's comma: VXI-11's core port, for whom no port mapper can be asked (pyvisa-py's spelling)
_SERIAL = re.compile(r"ASRL(\d{1,3}|COM\d{1,3}|/dev/[A-Za-z0-9._/:+-]{1,200})::INSTR", re.IGNORECASE | re.ASCII)
_NUMBER = r"(?:0x[0-9A-F]{1,4}|\d{1,5})"
_USB = re.compile(
    rf"USB(\d{{0,2}})::({_NUMBER})::({_NUMBER})::([A-Za-z0-9._-]{{1,64}})(?:::(\d{{1,2}}))?(?:::INSTR)?",
    re.IGNORECASE | re.ASCII,
)
_GPIB = re.compile(r"GPIB(\d{0,2})::(\d{1,2})(?:::(\d{1,2}))?::INSTR", re.IGNORECASE | re.ASCII)

SHAPES = "TCPIP::192.168.1.20::5555::SOCKET, TCPIP::192.168.1.20::INSTR, ASRL/dev/ttyUSB0::INSTR or USB::…::INSTR"
"""What would be right, for a complaint."""


class Transport(StrEnum):
    """What carries the bytes."""

    SOCKET = "socket"
    INSTR = "instr"  # VXI-11 or HiSLIP
    SERIAL = "serial"
    USB = "usb"
    GPIB = "gpib"


@dataclass(frozen=True, slots=True)
class Resource:
    """An address. `host` of a socket or LAN instrument, `port` (0 to 65535) of a socket or as stated for VXI-11,
    `device` of a serial port.

    `spelling` is the text as written with its keywords in capitals; `canonical` is one spelling for all spellings
    of an address: equal canonicals are one instrument.
    """

    kind: Transport
    host: str | None
    port: int | None
    device: str | None
    canonical: str
    spelling: str

    @property
    def loopback(self) -> bool:
        """Whether this can only be a program on this machine: a loopback address or a pseudo terminal."""
        if self.device is not None:
            return self.device.startswith("/dev/pts/")
        return self.host is not None and is_loopback(self.host)


def parse_resource(text: str) -> Resource:
    """Take a resource string apart. Raises ValueError with a sentence that says what is wrong."""
    for pattern, build in ((_SOCKET, _socket), (_INSTR, _instr), (_SERIAL, _serial), (_USB, _usb), (_GPIB, _gpib)):
        found = pattern.fullmatch(text)
        if found is not None:
            return build(found)
    raise ValueError("is not a VISA resource")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its very address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _socket(found: re.Match[str]) -> Resource:
    board, host, port = found[1] or "0", found[2].lower(), _port(found[3])
    return Resource(
        Transport.SOCKET, _address(host), port, None, f"TCPIP{int(board)}::{host}::{port}::SOCKET", _spelling(found[0])
    )


def _instr(found: re.Match[str]) -> Resource:
    board, host, name = found[1] or "0", found[2].lower(), (found[4] or "inst0").lower()
    port = _port(found[3]) if found[3] else None
    where = host if port is None else f"{host},{port}"
    return Resource(
        Transport.INSTR, _address(host), port, None, f"TCPIP{int(board)}::{where}::{name}::INSTR", _spelling(found[0])
    )


def _serial(found: re.Match[str]) -> Resource:
    return Resource(Transport.SERIAL, None, None, found[1], f"ASRL{found[1]}::INSTR", _spelling(found[0]))


def _usb(found: re.Match[str]) -> Resource:
    maker, model = (int(each, 16 if each.lower().startswith("0x") else 10) for each in (found[2], found[3]))
    canonical = f"USB{int(found[1] or 0)}::{maker:#06x}::{model:#06x}::{found[4]}::{int(found[5] or 0)}::INSTR"
    return Resource(Transport.USB, None, None, None, canonical, _spelling(found[0]))


def _gpib(found: re.Match[str]) -> Resource:
    address = int(found[2])
    if address > 30:
        raise ValueError(f"names GPIB address {address}, but they end at 30")
    second = f"::{int(found[3])}" if found[3] else ""
    return Resource(
        Transport.GPIB, None, None, None, f"GPIB{int(found[1] or 0)}::{address}{second}::INSTR", _spelling(found[0])
    )


def _port(text: str) -> int:
    port = int(text)
    if port > 65535:
        raise ValueError(f"names port {port}, but ports end at 65535")
    return port


def _address(host: str) -> str:
    """Refuses what looks like an IPv4 address and is none: `192.168.1.256`."""
    if re.fullmatch(r"[0-9.]+", host):
        try:
            ip_address(host)
        except ValueError:
            raise ValueError(f"names {host}, which is not an IP address") from None
    return host


def _spelling(text: str) -> str:
    kind, _, rest = text.partition("::")
    address, _, last = rest.rpartition("::")
    keyword = kind if kind[:4].upper() == "ASRL" else kind.upper()
    parts = (keyword[:4].upper() + keyword[4:], address, last.upper() if last.isalpha() else last)
    return "::".join(part for part in parts if part)
