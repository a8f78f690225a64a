"""The control port of a simulated bench: its clock in lock-step, and the hands that hang batteries on positions.

ASCII lines. The server greets `BENCH 1 <boot_id> <now_s>`. Then `ADVANCE <t_s>` and `NOW?` answer `NOW <t_s>`,
`HANDS <position> <serial-hex> …` (several: joined in parallel) and `PROBES <instrument> <serial-hex or ->` answer
`DONE`, anything else `ERROR <sentence>`.
One client has the clock; the next waits unanswered until it has gone. While there is none, time is real.
"""

import socket
from collections.abc import Callable
from typing import Protocol

from benchctl.sim.clock import BenchClock
from benchctl.sim.servers import Channel, Loop, accepted, listener

WORDS = "ADVANCE <t_s>, NOW?, HANDS <position> <serial-hex> or PROBES <instrument> <serial-hex or ->"
MAX_LINE = 4096
MAX_LEAP_S = 2_678_400.0
"""A month: what is caught up in a few seconds."""


class HandsFault(Exception):
    """The hands cannot do this; the sentence says why."""


class World(Protocol):
    """What the control port moves."""

    def advance(self, to_s: float) -> None:
        """Bring the physics to this time."""

    def hang(self, position: str, *serials: str) -> None:
        """Hang the batteries with these serial numbers on a position, joined in parallel. Raises `HandsFault`."""

    def hold(self, instrument: str, serial: str | None) -> None:
        """Put the probes of a hand-held meter on this battery; None: on nothing. Raises `HandsFault`."""


class ControlSession:
    """One client's conversation: bytes in, bytes out."""

    def __init__(self, clock: BenchClock, world: World) -> None:
        self._clock, self._world = clock, world
        self._buffer = b""

    def handle(self, data: bytes) -> bytes:
        """Answer every complete line."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        self._buffer = self._buffer[:MAX_LINE]
        return b"".join(self._answer(line.strip().decode("ascii", "replace")).encode() + b"\n" for line in lines)

    def _answer(self, line: str) -> str:
        words = line.split()
        try:
            if words == ["NOW?"]:
                return _now(self._clock.now_s())
            if len(words) == 2 and words[0] == "ADVANCE":
                return self._advance(float(words[1]))
            if len(words) >= 3 and words[0] == "HANDS":
                self._world.hang(words[1], *(bytes.fromhex(word).decode() for word in words[2:]))
                return "DONE"
            if len(words) == 3 and words[0] == "PROBES":
                self._world.hold(words[1], None if words[2] == "-" else bytes.fromhex(words[2]).decode())
                return "DONE"
        except HandsFault as fault:
            return f"ERROR {fault}"
        except ValueError:
            return f"ERROR not a number or not hexadecimal in: {line!a}"
        return f"ERROR say {WORDS}, not: {line!a}"

    def _advance(self, to_s: float) -> str:
        if not to_s - self._clock.now_s() <= MAX_LEAP_S:  # nor is it for nan
            return f"ERROR ADVANCE goes at most {MAX_LEAP_S:g} s ahead at a time"
        now_s = self._clock.advance(to_s)
        self._world.advance(now_s)
        return _now(now_s)


def _now(now_s: float) -> str:
    return f"NOW {now_s!r}"


class ControlPort:
    """The listening control port. It accepts no second client while one is there; the system's queue holds it."""

    def __init__(self, loop: Loop, clock: BenchClock, world: World, boot_id: str) -> None:
        self._loop, self._clock, self._world, self._boot_id = loop, clock, world, boot_id
        self._listener = listener(0)
        self._client: socket.socket | None = None
        self.address = "{}:{}".format(*self._listener.getsockname())
        loop.watch(self._listener.fileno(), self._accept)
        loop.on_close(self._close)

    def _accept(self, _events: int) -> None:
        client = accepted(self._listener)
        if client is None:
            return
        self._client = client
        self._loop.forget(self._listener.fileno())
        self._loop.bring_up()
        self._clock.hold()
        channel = Channel(self._loop, client.fileno(), ControlSession(self._clock, self._world), self._gone(client))
        channel.send(f"BENCH 1 {self._boot_id} {self._clock.now_s()!r}\n".encode())

    def _gone(self, client: socket.socket) -> Callable[[], None]:
        def gone() -> None:
            client.close()
            self._client = None
            self._clock.release()
            self._loop.watch(self._listener.fileno(), self._accept)

        return gone

    def _close(self) -> None:
        self._listener.close()
        if self._client is not None:
            self._client.close()
