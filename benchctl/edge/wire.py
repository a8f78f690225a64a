"""One instrument, one thread, one queue: orders in, exactly one outcome for each out, whatever happens.

    Spots                which channel of this instrument each position uses, for what
    Outcome              what became of an order, and the time that was waited in vain
    Wire                 the thread

Between any two exchanges an OFF may step in: it waits for one reply at most (its timeout, 1 s), never for a whole
conversation. A conversation that would energise the same channel is given up; others go on after it.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from benchctl.core.dialect.conversation import (
    Clock,
    Conversation,
    LinkFault,
    Spot,
    Told,
    conversation,
    unanswered,
)
from benchctl.core.dialect.egress import Door
from benchctl.core.dialect.voice import Dialect, Exchange
from benchctl.core.messages import (
    ENERGISING,
    ClearTrip,
    Event,
    MoveLeads,
    MoveProbes,
    Order,
    Program,
    Programmed,
    ReadTemperature,
    ScanMeters,
    SwitchedOn,
    SwitchOff,
    SwitchOn,
)
from benchctl.core.model import AbsenceReason, Identity, Position, Settings
from benchctl.edge.connection import Connection, LinkFactory
from benchctl.edge.orders import OrderQueue


@dataclass(frozen=True, slots=True)
class Spots:
    """The channels of one instrument by position: as supply, as meter, as thermometer."""

    supply: Mapping[str, Spot]
    meter: Mapping[str, Spot]
    temperature: Mapping[str, Spot]

    def of(self, order: Order) -> tuple[Spot, ...]:
        """The channels an order is about. Raises LookupError when it is not for this instrument."""
        match order:
            case ScanMeters(_, positions):
                return tuple(self.meter[position] for position in positions)
            case ReadTemperature(position):
                return (self.temperature[position],)
            case MoveLeads() | MoveProbes():
                raise LookupError("leads and probes are moved by hand, not by a wire")
        return (self.supply[order.position],)

    def any_supply(self) -> Spot | None:
        """One that can take remote control; None for a meter."""
        return next(iter(self.supply.values()), None)


def spots(instrument: str, dialect: Dialect, model: str, positions: Iterable[Position]) -> Spots:
    """What these positions use of an instrument. Raises UnknownModel or UnknownChannel with a sentence."""
    supply: dict[str, Spot] = {}
    meter: dict[str, Spot] = {}
    temperature: dict[str, Spot] = {}
    for position in positions:
        uses = ((supply, position.supply), (meter, position.measured_by), (temperature, position.temperature))
        for found, channel in uses:
            if channel and channel.instrument == instrument:
                voice = dialect.voice(model, channel.channel)
                found[position.name] = Spot(instrument, position.name, voice, position.sense)
    return Spots(supply, meter, temperature)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an order. The last of `events` answers it; any before it were learnt on the way, at a reopening.
    `lost_s`: nominal seconds of real time waited in vain for it (a lock-step clock has to move by them)."""

    order: Order
    events: tuple[Event, ...]
    lost_s: float


class Wire:
    """The thread of one instrument, started at once.

    `pinned` is who the instrument was at the start of the run. `outcome` is called in the wire's thread (or, for an
    order that is refused, in the submitter's) and must neither block nor raise. `now_s` stamps every reading. `door`:
    what every line to a supply has to pass; None for a meter.
    """

    def __init__(
        self,
        instrument: str,
        dialect: Dialect,
        pinned: Identity,
        spots: Spots,
        open_link: LinkFactory,
        outcome: Callable[[Outcome], None],
        now_s: Clock,
        door: Door | None = None,
    ) -> None:
        self._instrument = instrument
        self._spots = spots
        self._outcome = outcome
        self._now_s = now_s
        remote = spots.any_supply()
        voice = remote.voice if remote else None
        self._connection = Connection(instrument, dialect, pinned, voice, open_link, now_s, door)
        self._queue = OrderQueue()
        self._unanswered: list[Order] = []
        self._live: dict[str, Settings] = {}
        self._live_opening = 0
        self._thread = threading.Thread(target=self._run, name=f"wire {instrument}", daemon=True)
        self._thread.start()

    def submit(self, order: Order) -> None:
        """Queue an order; its outcome comes by itself, also when it is refused. Raises LookupError when it is not
        for this instrument."""
        self._spots.of(order)
        for rejected, why in self._queue.put(order):
            self._refuse(rejected, why)

    def close(self, patience_s: float) -> bool:
        """Carry out waiting OFFs, give up the rest, free the connection. False: the thread is still busy after
        `patience_s`."""
        for order in self._queue.close():
            self._refuse(order, "given up: the wire is being closed")
        self._thread.join(patience_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while orders := self._queue.take():
                self._carry_out(orders)
        finally:
            # also after a bug: nobody may wait for an outcome for ever
            self._connection.drop()
            for order in (*self._unanswered, *self._queue.end()):
                self._refuse(order, "the wire has ended")

    def _carry_out(self, orders: list[Order]) -> None:
        self._unanswered += orders
        if isinstance(orders[0], SwitchOff):
            self._switch_off(orders)
        else:
            self._deliver(orders[0], self._outcome_of(orders[0]))

    def _outcome_of(self, order: Order) -> Event:
        try:
            self._connection.make_ready()
        except LinkFault as fault:
            return unanswered(order, self._instrument, fault.reason, fault.detail, self._now_s())
        told = self._connection.hold(self._conversation(order), _Interruptible(self._ask, order))
        self._remember(order, told)
        return told.event

    def _conversation(self, order: Order) -> Conversation:
        known = self._known(order.position) if isinstance(order, Program) else None
        return conversation(order, self._instrument, self._spots.of(order), known, self._now_s)

    def _ask(self, exchange: Exchange, order: Order) -> bytes:
        """One exchange of an order's conversation, after any OFF that has come meanwhile."""
        while offs := self._queue.take_offs():
            self._unanswered += offs
            self._switch_off(offs)
            if isinstance(order, ENERGISING) and self._spots.of(offs[0]) == self._spots.of(order):
                raise LinkFault(AbsenceReason.NOT_MEASURED, "given up: OFF was ordered meanwhile", 0.0)
        return self._connection.ask(exchange)

    def _switch_off(self, orders: list[Order]) -> None:
        (spot,) = self._spots.of(orders[0])
        self._live.pop(spot.position, None)
        event = self._connection.switch_off(spot)
        for order in orders:
            self._deliver(order, event)

    def _known(self, position: str) -> Settings | None:
        """What a live channel certainly holds; nothing is certain about one that is off, or after a reopening."""
        if self._live_opening != self._connection.openings:
            self._live.clear()
        return self._live.get(position)

    def _remember(self, order: Order, told: Told) -> None:
        if not isinstance(order, ENERGISING):
            return
        (spot,) = self._spots.of(order)
        match order, told.event:
            case SwitchOn(_, settings), SwitchedOn():
                self._live[order.position] = settings
                self._live_opening = self._connection.openings
                self._connection.settle(spot)
            case Program(_, settings), Programmed() if order.position in self._live:
                self._live[order.position] = settings
            case _:
                self._live.pop(order.position, None)
        if isinstance(order, SwitchOn | ClearTrip) and not told.trusted:
            self._connection.owe(spot)

    def _deliver(self, order: Order, event: Event) -> None:
        connection = self._connection
        outcome = Outcome(order, (*connection.learnt, event), connection.lost_s)
        connection.learnt, connection.lost_s = [], 0.0
        self._unanswered.remove(order)
        self._outcome(outcome)

    def _refuse(self, order: Order, why: str) -> None:
        reason, detail = AbsenceReason.NOT_MEASURED, f"{self._instrument}: {why}"
        self._outcome(Outcome(order, (unanswered(order, self._instrument, reason, detail, self._now_s()),), 0.0))


@dataclass(frozen=True, slots=True)
class _Interruptible:
    """Asks on behalf of an order, letting OFFs go first."""

    ask_for: Callable[[Exchange, Order], bytes]
    order: Order

    def ask(self, exchange: Exchange) -> bytes:
        return self.ask_for(exchange, self.order)
