"""The plan of one guarded run, made ready while files and instruments could still be read.

The command line writes it; the guard reads it once, at its start, and needs no other file afterwards.
Bytes travel as hex. Seconds are real boot time, in a simulation too.
"""

import json
import os
import re
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_SOCKET = re.compile(r"TCPIP\d*::([A-Za-z0-9._-]+)::(\d{1,5})::SOCKET", re.IGNORECASE)
_SERIAL = re.compile(r"ASRL(/[^:]+)::INSTR", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long the guard waits: for the first stamp, between stamps, for a drill, for the outputs to be proven
    off after an interruption, before it looks at them again, and for the closer."""

    start_s: float
    stale_s: float
    drill_s: float
    off_s: float
    settle_s: float
    closer_s: float


LIMITS = Limits(start_s=20.0, stale_s=4.0, drill_s=6.0, off_s=60.0, settle_s=0.5, closer_s=30.0)


@dataclass(frozen=True, slots=True)
class SerialLine:
    """A serial line's settings: parity N, E or O; flow none, xonxoff, rtscts or dsrdtr."""

    baud: int
    data_bits: int
    parity: str
    stop_bits: float
    flow: str


@dataclass(frozen=True, slots=True)
class Bits:
    """Off, where reply AND mask is value. `base` 2, 10 or 16 reads the reply as text, 0 as big-endian bytes."""

    mask: int
    value: int
    base: int


@dataclass(frozen=True, slots=True)
class Check:
    """One question to a supply, and the replies that mean off.

    The reply ends with the bytes `end`, or after `count` bytes, or, both None, when the line falls silent.
    It means off by its `bits`, or, None, if it is literally one of `off`; blanks and line ends around a reply
    that has no fixed count do not matter.
    """

    ask: bytes
    end: bytes | None
    count: int | None
    off: tuple[bytes, ...]
    bits: Bits | None

    def complete(self, raw: bytes) -> bool:
        """Whether the reply has come to its stated end."""
        if self.count is not None:
            return len(raw) >= self.count
        return self.end is not None and raw.endswith(self.end)

    def means_off(self, raw: bytes) -> bool:
        """Whether this reply, whole and nothing but it, says that the output is off. Raises ValueError."""
        if self.count is not None and len(raw) != self.count:
            return False
        text = raw if self.count is not None else raw.strip(b" \t\r\n\0")
        if self.bits is None:
            return text in self.off
        number = int(text, self.bits.base) if self.bits.base else int.from_bytes(text, "big")
        return bool(text) and number & self.bits.mask == self.bits.value


@dataclass(frozen=True, slots=True)
class Supply:
    """A supply and the ready-made bytes that switch all its channels off and prove it.

    `lower` sets the least current of every channel, from the third attempt on; it may be empty. `gap_s` is kept
    after every write, `reply_s` is the patience for one reply. `serial` is None on a socket.
    """

    name: str
    resource: str
    off: tuple[bytes, ...]
    lower: tuple[bytes, ...]
    verify: tuple[Check, ...]
    gap_s: float
    reply_s: float
    serial: SerialLine | None

    def __post_init__(self) -> None:
        if not self.off or not self.verify:
            raise ValueError(f"{self.name}: the guard has no bytes that switch it off and prove it.")
        if isinstance(address(self.resource), str) and self.serial is None:
            raise ValueError(f"{self.name}: the settings of its serial line are missing.")


@dataclass(frozen=True, slots=True)
class Plan:
    """One guarded run. `engine` and `closer` are argument vectors; `--lease-fd N` is added to the engine's.

    `unreached` names supplies to which the guard has no way: an attended run's engine alone switches them off.
    """

    run: str
    json: bool
    engine: tuple[str, ...]
    closer: tuple[str, ...]
    log: str
    lock_fd: int
    limits: Limits
    supplies: tuple[Supply, ...]
    unreached: tuple[str, ...] = ()


def address(resource: str) -> tuple[str, int] | str:
    """Host and port of a raw socket, or the path of a serial line. ValueError where the guard cannot reach."""
    if (found := _SOCKET.fullmatch(resource)) and 0 < int(found[2]) < 65536:
        return found[1], int(found[2])
    if found := _SERIAL.fullmatch(resource):
        return found[1]
    raise ValueError(f"{resource!a} is neither a raw socket nor a serial line; state an off_resource that is.")


def write_plan(plan: Plan, path: Path) -> None:
    """Write the plan to a new file that only its owner can read. Raises OSError, also where the file exists."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(fd, "w", encoding="ascii") as file:
        json.dump(asdict(plan), file, default=bytes.hex, indent=1)


def read_plan(path: Path) -> Plan:
    """Read a plan back. Raises OSError, or ValueError, KeyError, TypeError where it is not a plan of ours."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), encoding="ascii") as file:
        about = os.fstat(file.fileno())
        if about.st_uid != os.geteuid() or stat.S_IMODE(about.st_mode) & 0o077:
            raise ValueError(f"{path}: a plan must belong to its user and be readable to nobody else.")
        table: dict[str, Any] = json.load(file)
    table["engine"], table["closer"] = tuple(table["engine"]), tuple(table["closer"])
    table["limits"] = Limits(**table["limits"])
    table["unreached"] = tuple(table["unreached"])
    table["supplies"] = tuple(_supply(entry) for entry in table["supplies"])
    return Plan(**table)


def _supply(table: dict[str, Any]) -> Supply:
    read = dict(table, off=_strings(table["off"]), lower=_strings(table["lower"]))
    read["verify"] = tuple(_check(entry) for entry in table["verify"])
    read["serial"] = table["serial"] and SerialLine(**table["serial"])
    return Supply(**read)


def _check(table: dict[str, Any]) -> Check:
    read = dict(table, ask=bytes.fromhex(table["ask"]), off=_strings(table["off"]))
    read["end"] = None if table["end"] is None else bytes.fromhex(table["end"])
    read["bits"] = table["bits"] and Bits(**table["bits"])
    return Check(**read)


def _strings(texts: list[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(text) for text in texts)
