"""How one instrument family speaks, as data: the bytes of every question and setting, and what the answers mean.

A `Dialect` is what a file in `instruments/` says. A `Voice` is a dialect bound to one model, channel and range,
with all its bytes made ready: the only way a command comes into being. Numbers are checked against the ratings
and rounded down to the channel's resolution, so that an instrument is never told more than was asked for.

Who talks, when and in what order is `conversation`'s affair; nothing here reads or writes anything.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchctl.core.dialect.framing import FixedCount, Framing, Line, ReplyFault, Silence, printable
from benchctl.core.dialect.grammar import IdentityReply, Missing, Number, Reply, Text, Value, decode, repeated
from benchctl.core.dialect.repertoire import (
    NUMBERED,
    Ask,
    Command,
    Exchange,
    Kind,
    Look,
    MeterChannels,
    Model,
    Operation,
    OutOfRange,
    OutputScope,
    Query,
    Rating,
    RegulationSource,
    Scan,
    Serial,
    SupplyChannel,
    Transport,
    UnknownChannel,
    UnknownModel,
    Unsupported,
)
from benchctl.core.model import Known, MeterAbility, SupplyAbility

__all__ = [
    "Ask",
    "Command",
    "Dialect",
    "Exchange",
    "FixedCount",
    "Framing",
    "IdentityReply",
    "Kind",
    "Line",
    "Look",
    "MeterChannels",
    "Missing",
    "Model",
    "Number",
    "Operation",
    "OutOfRange",
    "OutputScope",
    "Query",
    "Rating",
    "RegulationSource",
    "Reply",
    "ReplyFault",
    "Scan",
    "Serial",
    "Silence",
    "SupplyChannel",
    "Text",
    "Transport",
    "UnknownChannel",
    "UnknownModel",
    "Unsupported",
    "Value",
    "Voice",
    "decode",
    "printable",
]


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """A file of `instruments/`. `models` has an entry for every name a model goes by.

    `raising` and `lowering` are the orders in which settings are given when the voltage goes up and down.
    """

    name: str
    title: str
    kind: Kind
    transport: Transport
    write_terminator: bytes
    identify: Exchange
    models: Mapping[str, Model]
    output_scope: OutputScope
    output_on_at_power_on: Known
    regulation: RegulationSource
    raising: tuple[Operation, ...]
    lowering: tuple[Operation, ...]

    def model(self, name: str) -> Model:
        """The model of that name. Raises UnknownModel with a sentence."""
        found = self.models.get(name)
        if found is None:
            raise UnknownModel(f"'{printable(name.encode())}' is no model of {self.name}: {', '.join(self.models)}")
        return found

    def voice(self, model: str, channel: int, range_name: str | None = None) -> "Voice":
        """The dialect as spoken to one channel; make it once and keep it. Raises UnknownModel or UnknownChannel."""
        return Voice(self, self.model(model), channel, range_name)

    def scan(self, model: str, channels: Sequence[int]) -> Scan:
        """One reading of each of these channels, each named once. Raises UnknownModel, UnknownChannel, Unsupported."""
        return _scan(self, self.model(model), tuple(sorted(set(channels))))


class Voice:
    """A dialect bound to one channel of one model, in one range: all bytes made ready."""

    __slots__ = ("_asks", "_commands", "_looks", "_rating", "_tells", "_words", "channel", "dialect", "meter", "model")

    def __init__(self, dialect: Dialect, model: Model, channel: int, range_name: str | None) -> None:
        self.dialect = dialect
        self.model = model
        self.channel = channel
        self._rating = _rating(model, channel, range_name)
        self.meter: MeterAbility | None = model.meter.ability if model.meter else None
        supply = model.channels.get(channel)
        self._words = {
            "channel": supply.token if supply else str(channel),
            "channels": str(channel),
            "count": "1",
            "range": self._rating.name if self._rating else "",
        }
        self._asks = self._ready_asks()
        self._tells: dict[Operation, tuple[Exchange, ...]] = {}
        self._looks: dict[tuple[Operation, ...], Look] = {}

    @property
    def ability(self) -> SupplyAbility | None:
        """What the supply channel can do in its range; None for a meter."""
        return self._rating.ability if self._rating else None

    @property
    def range_name(self) -> str | None:
        """The range that `CONFIGURE` selects and `READ_RANGE` must answer; None where there is nothing to select."""
        return self._rating.name if self._rating and self._rating.name else None

    def step(self, operation: Operation) -> float:
        """Resolution of the number that a setting takes, V, A or s. Raises Unsupported for a meter."""
        return self._rated().step(operation)

    def limits(self, operation: Operation) -> tuple[float, float]:
        """The least and the most that a setting of a number can be, V, A or s. Raises Unsupported where it has none."""
        rating = self._rated()
        ability = rating.ability
        low, high = {
            Operation.SET_VOLTAGE: (0.0, ability.max_voltage_v),
            Operation.SET_CURRENT: (0.0, ability.max_current_a),
            Operation.SET_OVP: (ability.ovp_min_v, ability.ovp_max_v),
            Operation.SET_OCP: (ability.ocp_min_a, ability.ocp_max_a),
            Operation.SET_WATCHDOG: (ability.watchdog_min_s, ability.watchdog_max_s),
        }[operation]
        if low is None or high is None:
            raise Unsupported(f"{self.model.name} ({self.dialect.name}) has no level for {operation}")
        return low, high

    def can(self, operation: Operation) -> bool:
        """Has this channel such an operation?"""
        return operation in self._asks or self._command(operation) is not None

    def ask(self, operation: Operation) -> Ask:
        """The question that answers this operation. Raises Unsupported."""
        ask = self._asks.get(operation)
        if ask is None:
            raise Unsupported(f"{self.model.name} ({self.dialect.name}) has no question for {operation}")
        return ask

    def look(self, operations: tuple[Operation, ...]) -> Look:
        """The fewest questions that answer all these operations, in order of first use. Raises Unsupported."""
        look = self._looks.get(operations)
        if look is None:
            asks = [self.ask(operation) for operation in operations]
            exchanges = list({id(ask.exchange): ask.exchange for ask in asks}.values())
            where = {id(exchange): index for index, exchange in enumerate(exchanges)}
            look = Look(tuple(exchanges), tuple((where[id(ask.exchange)], ask.field) for ask in asks))
            self._looks[operations] = look
        return look

    def tell(self, operation: Operation, value: float | None = None) -> tuple[Exchange, ...]:
        """The writes of one setting, in order. Those that take a number need `value`, in volts, amperes or seconds.

        Raises Unsupported, or OutOfRange for a number the channel cannot hold.
        """
        command = self._command(operation)
        if command is None:
            raise Unsupported(f"{self.model.name} ({self.dialect.name}) has no command for {operation}")
        ready = self._tells.get(operation)
        if ready is None:
            ready = self._ready_tell(command)
            self._tells[operation] = ready
        if operation not in NUMBERED:
            return ready
        number = self._held(operation, value) * command.scale
        return tuple(
            Exchange(e.query, e.write % number if b"%" in e.write else e.write, e.reply, e.gap_s, e.timeout_s)
            for e in ready
        )

    def _ready_asks(self) -> dict[Operation, Ask]:
        asks = {Operation.IDENTIFY: Ask(self.dialect.identify, 0)}
        for query in self.model.queries.values():
            exchange = _exchange(self.dialect, query, self._words, 1)
            fields = {operation: query.field(operation, self.channel) for operation in query.answers}
            asks |= {op: Ask(exchange, field) for op, field in fields.items() if field is not None}
        return {operation: ask for operation, ask in asks.items() if self._has(operation)}

    def _command(self, operation: Operation) -> Command | None:
        return self.model.commands.get(operation) if self._has(operation) else None

    def _has(self, operation: Operation) -> bool:
        # sense terminals belong to a channel, not to a model
        return operation not in _SENSE or self._rating is None or self._rating.ability.remote_sense

    def _ready_tell(self, command: Command) -> tuple[Exchange, ...]:
        end = self.dialect.write_terminator
        return tuple(
            Exchange(
                command.operation.value,
                write.bind(self._words) + end,
                command.acknowledge,
                command.gap_s,
                command.timeout_s,
            )
            for write in command.writes
        )

    def _held(self, operation: Operation, value: float | None) -> float:
        low, high = self.limits(operation)
        if value is None or not low <= value <= high:
            raise OutOfRange(f"{operation} {value}: {self.model.name} takes {low:g} to {high:g}")
        return rounded_down(value, self.step(operation))

    def _rated(self) -> Rating:
        if self._rating is None:
            raise Unsupported(f"{self.model.name} ({self.dialect.name}) is a meter: it holds no settings")
        return self._rating


_SENSE = (Operation.SENSE_REMOTE, Operation.SENSE_LOCAL, Operation.READ_SENSE)


def rounded_down(value: float, step: float) -> float:
    """The largest multiple of `step` that is not above `value` (a millionth of a step is forgiven)."""
    return math.floor(value / step + 1e-6) * step


def _rating(model: Model, channel: int, range_name: str | None) -> Rating | None:
    if model.meter is not None:
        if channel not in model.meter.numbers:
            raise UnknownChannel(f"{model.name} has no channel {channel} that can be measured")
        return None
    supply = model.channels.get(channel)
    if supply is None:
        raise UnknownChannel(f"{model.name} has no channel {channel}: {', '.join(map(str, model.channels))}")
    for rating in supply.ratings:
        if range_name is None or rating.name == range_name:
            return rating
    names = ", ".join(rating.name for rating in supply.ratings)
    raise UnknownChannel(f"{model.name} channel {channel} has no range {range_name}: {names}")


def _exchange(dialect: Dialect, query: Query, words: Mapping[str, str], channels: int) -> Exchange:
    write = query.write.bind(words) + dialect.write_terminator
    timeout_s = query.timeout_s + channels * query.timeout_per_channel_s
    reply = query.reply_of(words["channel"]) if "channel" in words else query.reply
    return Exchange(query.name, write, reply, query.gap_s, timeout_s)


def _scan(dialect: Dialect, model: Model, channels: tuple[int, ...]) -> Scan:
    query = next((q for q in model.queries.values() if Operation.SCAN in q.answers), None)
    if query is None or query.each is None or model.meter is None:
        raise Unsupported(f"{model.name} ({dialect.name}) cannot scan")
    wrong = [channel for channel in channels if channel not in model.meter.numbers]
    if wrong or not 0 < len(channels) <= model.meter.most:
        raise UnknownChannel(f"{model.name} scans 1 to {model.meter.most} of its channels; asked: {channels}")
    words = {"channels": ",".join(map(str, channels)), "count": str(len(channels)), "range": ""}
    asked = _exchange(dialect, query, words, len(channels))
    reply = repeated(query.reply, query.answers[Operation.SCAN], query.each, len(channels))
    return Scan((Exchange(asked.query, asked.write, reply, asked.gap_s, asked.timeout_s),), channels)
