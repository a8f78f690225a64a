"""The real outside of the loop: wires, clock, inbox. One small adapter for each port."""

import threading
import time
from collections.abc import Callable, Mapping

from benchctl.core.dialect.egress import Door, Envelope
from benchctl.core.messages import (
    MoveLeads,
    MoveProbes,
    Order,
    Program,
    ReadTemperature,
    ScanMeters,
    SwitchOff,
    SwitchOn,
    Wish,
)
from benchctl.core.model import InstrumentEntry
from benchctl.core.rows import RunOpened
from benchctl.edge.clock import BootClock, Clock, LockStepClock
from benchctl.edge.dialects import load_dialect
from benchctl.edge.inbox import Answer, Inbox
from benchctl.edge.link import Link, line_of, open_link
from benchctl.edge.wire import Outcome, Wire, spots

HEAR_EVERY_S = 0.1
"""The inbox is looked into this often (real seconds)."""

STEP_S = 0.25
"""Where time passes by itself, one wait is no longer than this, so that wishes are heard."""

CLOSE_S = 3.0


class Gathering:
    """Outcomes on their way from the wires' threads to the loop's. `together`: whoever waits is woken once, when all
    are there, for in lock-step none is used before the last has come; waking is what a turn mostly costs."""

    def __init__(self, together: bool) -> None:
        self._together = together
        self._changed = threading.Condition()
        self._came: list[Outcome] = []
        self._wanted = 1

    def put(self, outcome: Outcome) -> None:
        """From any thread."""
        with self._changed:
            self._came.append(outcome)
            if len(self._came) >= self._wanted:
                self._changed.notify()

    def take(self, outstanding: int, timeout_s: float) -> list[Outcome]:
        """What has come; waits for the first, or for all that are outstanding, at most so many real seconds."""
        with self._changed:
            self._wanted = outstanding if self._together else 1
            self._changed.wait_for(lambda: len(self._came) >= self._wanted, timeout_s)
            came, self._came = self._came, []
            return came


class Wires:
    """All instruments of a run."""

    def __init__(self, opened: RunOpened, envelopes: Mapping[str, Envelope], now_s: Callable[[], float]) -> None:
        self._envelopes = envelopes
        self._doors: dict[str, Door] = {}
        self._outcomes = Gathering(together=opened.bench.clock is not None)
        self._positions = {position.name: position for position in opened.bench.positions}
        self._wires = {entry.name: self._wire(entry, opened, now_s) for entry in opened.bench.instruments}
        self.outstanding = 0

    def _wire(self, entry: InstrumentEntry, opened: RunOpened, now_s: Callable[[], float]) -> Wire:
        assert entry.dialect is not None
        dialect = load_dialect(entry.dialect)
        pinned = opened.identities[entry.name]
        paced = not opened.bench.simulated or entry.resource.startswith("ASRL")
        used = spots(entry.name, dialect, entry.model or pinned.model, opened.bench.positions)

        def connect() -> Link:
            line = line_of(entry, dialect)
            return open_link(entry.resource, line, entry.name, paced=paced, library=opened.bench.visa)

        door = None
        if used.supply:
            door = Door({name: spot.voice for name, spot in used.supply.items()}, self._envelopes)
            self._doors |= dict.fromkeys(used.supply, door)
        return Wire(entry.name, dialect, pinned, used, connect, self._outcomes.put, now_s, door)

    def energise(self, order: Program | SwitchOn) -> None:
        """Hand on an order whose intent is on disk, and let it through the door, until the next off."""
        self._doors[order.position].granted.add(order.position)
        self.submit(order)

    def submit(self, order: Order) -> None:
        """Hand an order to its instrument. An off shuts the door of its position."""
        if isinstance(order, SwitchOff):
            self._doors[order.position].granted.discard(order.position)
        self.outstanding += 1
        self._wires[self._instrument(order)].submit(order)

    def _instrument(self, order: Order) -> str:
        match order:
            case ScanMeters(instrument):
                return instrument
            case ReadTemperature(position):
                probe = self._positions[position].temperature
                assert probe is not None
                return probe.instrument
            case MoveLeads() | MoveProbes():
                raise LookupError("leads and probes are moved by hand")
        return self._positions[order.position].supply.instrument

    def take(self, timeout_s: float) -> list[Outcome]:
        """Outcomes that have arrived; waits for the first, in lock-step for all."""
        found = self._outcomes.take(self.outstanding, timeout_s)
        self.outstanding -= len(found)
        return found

    def close(self) -> None:
        """End all wires, together; waiting OFFs still leave."""
        for wire in self._wires.values():
            wire.close(0.0)
        end = time.monotonic() + CLOSE_S
        for wire in self._wires.values():
            wire.close(max(0.0, end - time.monotonic()))


def open_clock(opened: RunOpened, speed: float | None) -> BootClock | LockStepClock:
    """The bench's own clock, or this machine's. Raises ClockLost."""
    if opened.bench.clock is None:
        return BootClock()
    host, _, port = opened.bench.clock.rpartition(":")
    return LockStepClock(host, int(port), speed)


class BenchTime:
    """Time as the loop sees it. `wake` is set by signals."""

    def __init__(self, clock: Clock, wake: threading.Event) -> None:
        self._clock = clock
        self._wake = wake
        self.lock_step = isinstance(clock, LockStepClock)

    def now_s(self) -> float:
        """Boot seconds."""
        return self._clock.now_s()

    def wall(self) -> str:
        """Now, as a label."""
        return self._clock.wall()

    def pass_until(self, at_s: float, for_hands: bool) -> None:
        """Wait, or let simulated time jump; never faster than a person where one is waited for."""
        if not self.lock_step:
            at_s = min(at_s, self._clock.now_s() + STEP_S)
        elif for_hands:
            step_s = min(STEP_S, at_s - self._clock.now_s())
            self._wake.wait(step_s)
            at_s = self._clock.now_s() + step_s
        self._clock.wait_until(at_s, self._wake)
        self._wake.clear()

    def waited(self, seconds: float) -> None:
        """A wire has waited in vain."""
        if seconds > 0:
            self._clock.reach(self._clock.now_s() + seconds)


class InboxWishes:
    """The inbox folder."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._next = 0.0

    def received(self) -> list[tuple[str, Wish]]:
        """New wishes, a few times a second."""
        now = time.monotonic()
        if now < self._next:
            return []
        self._next = now + HEAR_EVERY_S
        return [(one.id, one.wish) for one in self._inbox.received()]

    def answer(self, wish: str, accepted: bool, sentence: str) -> None:
        """Tell who asked."""
        self._inbox.answer(wish, Answer(accepted, sentence))


class ClockHands:
    """A simulated bench has to be told what hangs where; a real one sees it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def moved(self, position: str, *serials: str) -> None:
        """These batteries now hang there."""
        if isinstance(self._clock, LockStepClock):
            self._clock.hands(position, *serials)

    def held(self, instrument: str, serial: str | None) -> None:
        """The probes of this meter are on that battery now, or on none."""
        if isinstance(self._clock, LockStepClock):
            self._clock.probes(instrument, serial)
