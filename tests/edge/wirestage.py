"""A wire on a stage: a real one over loopback sockets, and at its end enough of a supply to be awkward."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from queue import Queue

from benchctl.core.dialect.voice import Exchange
from benchctl.core.messages import (
    Order,
)
from benchctl.core.model import (
    ChannelRef,
    Identity,
    Isolation,
    Position,
    Sense,
    Settings,
)
from benchctl.edge.dialects import load_dialect
from benchctl.edge.link import Link, open_link
from benchctl.edge.wire import Outcome, Wire, spots
from tests.fakes import LoopbackInstrument, ManualClock

RIGOL = load_dialect("rigol-dp800")
IDN = b"RIGOL TECHNOLOGIES,DP832,DP8C194205678,00.01.14\n"
PINNED = Identity("RIGOL TECHNOLOGIES", "DP832", "DP8C194205678", "00.01.14", IDN.decode().strip())
BRIEFLY_S = 0.03
CHARGE = Settings(14.6, 3.0, 15.2, 3.3)


def position(name: str, channel: int) -> Position:
    return Position(
        name,
        supply=ChannelRef("psu1", channel),
        meter=None,
        hand_probed=None,
        isolation=Isolation.MANUAL,
        sense=Sense.LOCAL,
        lead_ohm=None,
        fuse_a=None,
        temperature=None,
    )


CHANNELS = spots("psu1", RIGOL, "DP832", [position("P1", 1), position("P2", 2)])


class Dp832:
    """Enough of a two-channel supply to be set, switched and asked, with hooks to be awkward."""

    def __init__(self) -> None:
        self.idn = IDN
        self.on = {1: False, 2: False}
        self.mute: set[bytes] = set()
        self.ignored = threading.Semaphore(0)
        self.before: Callable[[bytes], None] = lambda _: None
        self.levels: dict[bytes, bytes] = {}

    def answer(self, sent: bytes) -> bytes:
        """All the lines of one write."""
        return b"".join(self._line(line) for line in sent.splitlines())

    def _line(self, line: bytes) -> bytes:
        self.before(line)
        if line in self.mute:
            self.ignored.release()
            return b""
        if b"?" in line:
            return self._ask(line)
        verb, _, value = line.rpartition(b" ")
        if verb == b":OUTP":
            self.on[int(value[2:3])] = value.endswith(b"ON")
        elif b"CH" in value:
            channel, _, value = value.partition(b",")
            self.levels[verb + b"? " + channel] = value
        else:
            self.levels[verb + b"?"] = value
        return b""

    def _ask(self, line: bytes) -> bytes:
        if line == b"*IDN?":
            return self.idn
        if line == b":SYST:ERR?":
            return b'0,"No error"\n'
        if line.startswith(b":OUTP? CH"):
            return b"ON\n" if self.on[int(line[-1:])] else b"OFF\n"
        if line.startswith(b":MEAS"):
            return b"14.6000,1.2345,18.024\n"
        if line.startswith(b":OUTP:MODE"):
            return b"CV\n"
        return self.levels.get(line, b"12.000") + b"\n"


class Impatient:
    """A link that waits only briefly for what the supply will not answer, and patiently for all else, so that a busy
    machine changes nothing. What is not answered has at least been heard."""

    def __init__(self, link: Link, supply: Dp832) -> None:
        self._link = link
        self._supply = supply

    def ask(self, exchange: Exchange) -> bytes:
        """See `Link.ask`."""
        if exchange.write.strip() not in self._supply.mute:
            return self._link.ask(replace(exchange, timeout_s=5.0))
        try:
            return self._link.ask(replace(exchange, timeout_s=BRIEFLY_S))
        finally:
            assert self._supply.ignored.acquire(timeout=5)

    def close(self) -> None:
        """See `Link.close`."""
        self._link.close()


class Bench:
    """A wire, the instrument at its end, and what came out."""

    def __init__(self, supply: Dp832, instrument: LoopbackInstrument) -> None:
        self.supply = supply
        self.instrument = instrument
        self.outcomes: Queue[Outcome] = Queue()
        self.clock = ManualClock(100.0)
        self.wire = Wire("psu1", RIGOL, PINNED, CHANNELS, self.open_link, self.outcomes.put, self.clock)

    def open_link(self) -> Link:
        """A new connection, without the gaps that a real instrument needs."""
        return Impatient(open_link(self.instrument.resource, None, "psu1", paced=False), self.supply)

    def next(self) -> Outcome:
        """The next outcome, whatever it is of."""
        return self.outcomes.get(timeout=10)

    def outcome_of(self, order: Order) -> Outcome:
        """Submit and wait."""
        self.wire.submit(order)
        outcome = self.next()
        assert outcome.order == order
        return outcome

    def sent(self) -> list[bytes]:
        """All lines the instrument has been sent."""
        return b"".join(self.instrument.received).splitlines()

    def forget(self) -> None:
        """Look only at what is sent from now on."""
        self.instrument.received.clear()


@contextmanager
def bench() -> Iterator[Bench]:
    """A bench, closed in the end."""
    supply = Dp832()
    with LoopbackInstrument(supply.answer) as instrument:
        it = Bench(supply, instrument)
        try:
            yield it
        finally:
            assert it.wire.close(10)
