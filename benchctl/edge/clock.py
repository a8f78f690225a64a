"""Clocks: durations by the boot-time clock, labels by the wall clock, real or of a simulated bench.

`BootClock` is the machine's. `LockStepClock` is that of a simulated bench: its time stands still until this program
asks it to move, so that a night can pass in a minute and no hiccup of the host is a late sample.
"""

import math
import re
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from benchctl.core.errors import BenchctlError

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_REPLY_S = 10.0
_MAX_LINE = 256
_GREETING = re.compile(r"BENCH 1 (\S{1,64}) (\S{1,40})", re.ASCII)
_NOW = re.compile(r"NOW (\S{1,40})", re.ASCII)
_NUMBER = re.compile(r"\d{1,15}(\.\d{1,20})?([eE][+-]?\d{1,3})?", re.ASCII)
_NAME = re.compile(r"[!-~]{1,64}", re.ASCII)


class ClockLost(BenchctlError):
    """The clock of the simulated bench is gone or does not keep to its protocol. Nothing can go on."""


class Wake(Protocol):
    """Something that ends a wait early; a `threading.Event` is one."""

    def is_set(self) -> bool:
        """Whether there is something to do."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait, at most that many seconds, until there is."""


class Clock(Protocol):
    """What the engine knows of time."""

    @property
    def boot_id(self) -> str:
        """Names the boot whose seconds `now_s` counts."""

    def now_s(self) -> float:
        """Boot time in seconds; it counts suspend and never steps."""

    def awake_s(self) -> float:
        """Like `now_s`, but it stands still while the computer sleeps."""

    def wall(self) -> str:
        """The wall time as an ISO-8601 UTC text with milliseconds. For labels only."""

    def wait_until(self, at_s: float, wake: Wake) -> bool:
        """Let time come to `at_s`, or less if `wake` is set before; True if it is set."""

    def reach(self, at_s: float) -> None:
        """Somebody has really waited for something until `at_s`: time has come at least to there."""


class BootClock:
    """The clock of this machine."""

    def __init__(self) -> None:
        self._boot_id = _BOOT_ID.read_text(encoding="ascii").strip()

    @property
    def boot_id(self) -> str:
        """The kernel's ID of this boot."""
        return self._boot_id

    def now_s(self) -> float:
        """CLOCK_BOOTTIME in seconds."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def awake_s(self) -> float:
        """CLOCK_MONOTONIC in seconds, which is CLOCK_BOOTTIME without suspends."""
        return time.clock_gettime(time.CLOCK_MONOTONIC)

    def wall(self) -> str:
        """The wall time as an ISO-8601 UTC text."""
        return wall_now()

    def wait_until(self, at_s: float, wake: Wake) -> bool:
        """Wait for `at_s` or for `wake`; True if it is set."""
        while (left_s := at_s - self.now_s()) > 0.0 and not wake.wait(left_s):
            pass  # a wait runs on CLOCK_MONOTONIC, which stands still in suspend: ask the right clock again
        return wake.is_set()

    def reach(self, at_s: float) -> None:
        """Nothing to do: it has come by itself."""


class LockStepClock:
    """The clock of a simulated bench; as long as this is connected, its time moves only from here.

    Any thread may ask; moves come one after another. `speed` is the most simulated seconds a real second may bring;
    None: as fast as it goes. The wall time is that of the connection plus the simulated time since.
    """

    def __init__(self, host: str, port: int, speed: float | None) -> None:
        """Raises `ClockLost` if there is no such clock, or another client has it."""
        self._name = f"the clock of the simulated bench at {host}:{port}"
        self._speed = speed
        self._lock = threading.Lock()
        try:
            self._link = socket.create_connection((host, port), _REPLY_S)
        except OSError as fault:
            raise ClockLost(f"{self._name} cannot be reached: {fault}; is `benchctl sim` running?") from fault
        self._link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = self._link.makefile("rb")
        try:
            self._boot_id, self._start_s = self._greeting()
        except ClockLost:
            self.close()
            raise
        self._now_s = self._start_s
        self._start_wall = datetime.now(UTC)
        self._moved_at = time.monotonic()

    @property
    def boot_id(self) -> str:
        """The simulated bench's ID of this boot."""
        return self._boot_id

    def now_s(self) -> float:
        """The simulated time in seconds. Asks nobody: it has not moved since it was last moved from here."""
        return self._now_s

    def awake_s(self) -> float:
        """The simulated time: a simulated computer never sleeps."""
        return self._now_s

    def wall(self) -> str:
        """The wall time at connection plus the simulated time since, as an ISO-8601 UTC text."""
        return _text(self._start_wall + timedelta(seconds=self._now_s - self._start_s))

    def wait_until(self, at_s: float, wake: Wake) -> bool:
        """Move time to `at_s` unless `wake` is set; True if it is. Raises `ClockLost`.

        Call it only while no instrument owes an answer: simulated time does not wait for one.
        """
        if self._speed is not None:
            at_s = self._throttled(at_s, wake, self._speed)
        elif wake.is_set():
            return True
        self.reach(at_s)
        return wake.is_set()

    def reach(self, at_s: float) -> None:
        """Move time to `at_s` if it is not there yet. Raises `ClockLost`."""
        with self._lock:
            if at_s <= self._now_s:
                return
            reached_s = self._number(_NOW, self._asked(f"ADVANCE {at_s!r}"))
            if reached_s < at_s:
                raise ClockLost(f"{self._name} went to {reached_s!r} when asked for {at_s!r}")
            self._now_s = reached_s
            self._moved_at = time.monotonic()

    def hands(self, position: str, *serials: str) -> None:
        """Tell the simulated bench that the batteries with these serials now hang on that position, joined in parallel.

        Raises `ClockLost`.
        """
        hung = " ".join(serial.encode().hex() for serial in serials)
        self._told(f"{len(serials)} batteries hang on {position}", "HANDS", position, hung)

    def probes(self, instrument: str, serial: str | None) -> None:
        """Tell the simulated bench on which battery the probes of a hand-held meter are now; None: on none. Raises
        `ClockLost`."""
        where = "-" if serial is None else serial.encode().hex()
        self._told(f"the probes of {instrument} were moved", "PROBES", instrument, where)

    def _told(self, what: str, word: str, name: str, serial_hex: str) -> None:
        if not _NAME.fullmatch(name):
            raise ClockLost(f"{self._name} can only be told names without spaces, not {name!r}")
        with self._lock:
            answer = self._asked(f"{word} {name} {serial_hex}")
        if answer != "DONE":
            raise ClockLost(f"{self._name} answered {answer!r} when told that {what}")

    def close(self) -> None:
        """Let go of the clock; simulated time then runs by itself, at real speed."""
        self._lines.close()
        self._link.close()

    # How far time may go: all the way after the real wait that the speed asks for, less if woken before.
    def _throttled(self, at_s: float, wake: Wake, speed: float) -> float:
        due = self._moved_at + (at_s - self._now_s) / speed
        left_s = due - time.monotonic()
        if left_s > 0.0 and wake.wait(left_s):
            return min(at_s, self._now_s + (time.monotonic() - self._moved_at) * speed)
        return self._now_s if wake.is_set() else at_s

    def _greeting(self) -> tuple[str, float]:
        line = self._received("it greeted no one (another program has the clock?)")
        found = _GREETING.fullmatch(line)
        if found is None:
            raise ClockLost(f"{self._name} greeted with {line!r}: that is no benchctl simulation of this version")
        return found[1], self._seconds(found[2])

    def _asked(self, command: str) -> str:
        try:
            self._link.sendall(command.encode("ascii") + b"\n")
        except OSError as fault:
            raise ClockLost(f"{self._name} is gone: {fault}") from fault
        return self._received(f"it did not answer {command.split()[0]}")

    def _received(self, silence: str) -> str:
        try:
            line = self._lines.readline(_MAX_LINE)
        except TimeoutError as fault:
            raise ClockLost(f"{self._name} is stuck: {silence} within {_REPLY_S:g} s") from fault
        except OSError as fault:
            raise ClockLost(f"{self._name} is gone: {fault}") from fault
        if not line.endswith(b"\n"):
            raise ClockLost(f"{self._name} is gone: the simulated bench closed the connection")
        return line.decode("ascii", "backslashreplace").rstrip("\r\n")

    def _number(self, form: re.Pattern[str], line: str) -> float:
        found = form.fullmatch(line)
        if found is None:
            raise ClockLost(f"{self._name} answered {line!r} instead of a time")
        return self._seconds(found[1])

    def _seconds(self, text: str) -> float:
        if not _NUMBER.fullmatch(text) or not math.isfinite(seconds := float(text)):
            raise ClockLost(f"{self._name} said {text!r} instead of a time")
        return seconds


def wall_now() -> str:
    """The wall time as an ISO-8601 UTC text, where no other clock is needed."""
    return _text(datetime.now(UTC))


def later(wall: str, seconds: float) -> str:
    """A wall time so many seconds after another, as the same kind of text."""
    return _text(datetime.fromisoformat(wall).astimezone(UTC) + timedelta(seconds=seconds))


def _text(wall: datetime) -> str:
    return wall.strftime("%Y-%m-%dT%H:%M:%S.") + f"{wall.microsecond // 1000:03d}Z"
