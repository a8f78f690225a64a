"""Every output off, and proven off, over the guard's own path to each supply.

Raw sockets and serial lines only, one thread per supply, so that a dead supply delays no other.
An OFF goes out before anything is asked.
"""

import os
import select
import socket
import termios
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TypeAlias

import serial

from benchctl.guard.plan import Check, SerialLine, Supply, address

CONNECT_S = 2.0
WRITE_S = 1.0
QUIET_S = 0.2
RETRY_S = 0.25
ATTEMPT_S = 5.0
LONGEST_REPLY = 256
FAULTS = (OSError, ValueError, termios.error)

Note: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether every channel of a supply said that it is off; if not, why that is not proven."""

    supply: str
    off: bool
    why: str

    @property
    def sentence(self) -> str:
        """The proof as a sentence for a person."""
        if self.off:
            return f"{self.supply}: output off, proven"
        return f"{self.supply}: output NOT proven off ({self.why}). Switch it off by hand and look at its line."


def boot_s() -> float:
    """Seconds since boot, suspends included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def switch_all_off(supplies: Sequence[Supply], deadline_s: float, note: Note) -> list[Proof]:
    """Switch every supply off and prove it, each again and again until proven or `deadline_s` from now are over.

    The last attempt may end up to `ATTEMPT_S` later. `note` is called from several threads and must not block.
    """
    end_s = boot_s() + deadline_s
    return _in_parallel(partial(_ladder, end_s=end_s, note=note), supplies, end_s)


def prove_all_off(supplies: Sequence[Supply]) -> list[Proof]:
    """Ask every supply once whether it is off, without switching."""
    return _in_parallel(partial(_attempt, orders=()), supplies, boot_s())


def _in_parallel(job: Callable[[Supply], Proof], supplies: Sequence[Supply], end_s: float) -> list[Proof]:
    proofs = {supply.name: Proof(supply.name, False, "its line hangs") for supply in supplies}

    def work(supply: Supply) -> None:
        proofs[supply.name] = job(supply)

    threads = [threading.Thread(target=work, args=(supply,), daemon=True) for supply in supplies]
    for supply, thread in zip(supplies, threads, strict=True):
        try:
            thread.start()
        except RuntimeError:  # no thread to be had: one after the other is slower, but it is off
            work(supply)
    threads = [thread for thread in threads if thread.ident is not None]
    for thread in threads:
        thread.join(max(0.0, end_s + ATTEMPT_S - boot_s()))
    return [proofs[supply.name] for supply in supplies]


def _ladder(supply: Supply, end_s: float, note: Note) -> Proof:
    attempt = 1
    while True:
        proof = _attempt(supply, supply.off + supply.lower if attempt > 2 else supply.off)
        note(f"attempt {attempt}: {proof.sentence}")
        if proof.off or boot_s() + RETRY_S > end_s:
            return proof
        time.sleep(RETRY_S)
        attempt += 1


def _attempt(supply: Supply, orders: tuple[bytes, ...]) -> Proof:
    try:
        with closing(_connect(supply)) as port:
            _talk(port.fileno(), supply, orders)
    except FAULTS as fault:
        return Proof(supply.name, False, str(fault) or type(fault).__name__)
    return Proof(supply.name, True, "")


def _talk(fd: int, supply: Supply, orders: tuple[bytes, ...]) -> None:
    for order in orders:
        _send(fd, order, supply.gap_s)
    _hush(fd)
    for check in supply.verify:
        _send(fd, check.ask, supply.gap_s)
        raw = _reply(fd, check, supply.reply_s)
        if not check.means_off(raw):
            raise ValueError(f"asked {check.ask!r} it answered {raw!r}")


def _connect(supply: Supply) -> socket.socket | serial.Serial:
    place = address(supply.resource)
    if isinstance(place, str):
        return _open_serial(place, supply.serial)
    port = socket.create_connection(_numeric(*place), CONNECT_S)
    port.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    port.setblocking(False)
    return port


@lru_cache
def _numeric(host: str, port: int) -> tuple[str, int]:
    """The host's numeric address, looked up once, in the drill: at night the name server may be the thing that died."""
    found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)[0][4]
    return str(found[0]), port


def _open_serial(path: str, line: SerialLine | None) -> serial.Serial:
    assert line is not None  # `Supply` is not made without it
    flow = {line.flow: True} if line.flow != "none" else {}
    return serial.Serial(path, line.baud, line.data_bits, line.parity, line.stop_bits, timeout=0, **flow)


def _send(fd: int, data: bytes, gap_s: float) -> None:
    end_s = boot_s() + WRITE_S
    while data:
        if not select.select([], [fd], [], max(0.0, end_s - boot_s()))[1]:
            raise TimeoutError(f"it does not take {data!r}")
        data = data[os.write(fd, data) :]
    time.sleep(gap_s)


def _receive(fd: int, wait_s: float) -> bytes:
    """What comes within `wait_s`; nothing if it stays silent. ConnectionError at the end of the line."""
    if not select.select([fd], [], [], max(0.0, wait_s))[0]:
        return b""
    if not (data := os.read(fd, LONGEST_REPLY)):
        raise ConnectionError("it closed the connection")
    return data


def _hush(fd: int) -> None:
    """Let answers to the engine's last questions pass by: on a serial line they outlive it."""
    end_s = boot_s() + 1.0
    while _receive(fd, QUIET_S) and boot_s() < end_s:
        pass


def _reply(fd: int, check: Check, reply_s: float) -> bytes:
    raw, end_s = b"", boot_s() + reply_s
    while not check.complete(raw) and len(raw) <= LONGEST_REPLY:
        by_silence = raw and check.end is None
        data = _receive(fd, QUIET_S if by_silence and check.count is None else end_s - boot_s())
        if not data and by_silence and check.count is None:
            break
        if not data:
            raise TimeoutError(f"no whole answer to {check.ask!r} within {reply_s:g} s, only {raw!r}")
        raw += data
    return raw
