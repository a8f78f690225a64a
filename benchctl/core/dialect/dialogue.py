"""The parts that every conversation with an instrument is made of: one question, one setting, one look. Sans-IO.

A generator yields the exchange it wants made and is sent the raw reply; a failed exchange is thrown into it as
`LinkFault`. What it returns is `Told`: one outcome, and whether the connection can still be trusted.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from benchctl.core.dialect.voice import Exchange, Missing, Number, Operation, ReplyFault, Value, Voice, decode
from benchctl.core.errors import BenchctlError
from benchctl.core.messages import Event
from benchctl.core.model import Absence, AbsenceReason, Measurement, Reading, Sense

T = TypeVar("T")

VOLTAGE_LIMIT_V = 200.0
CURRENT_LIMIT_A = 500.0
TEMPERATURE_LIMIT_C = 200.0
WATCHDOG_LIMIT_S = 36000.0
"""Sizes beyond which a number is no measurement of this bench, but half of one, or two in one."""

DOUBTFUL = frozenset(
    {AbsenceReason.TIMEOUT, AbsenceReason.CLOSED, AbsenceReason.GARBLED, AbsenceReason.WRONG_INSTRUMENT}
)
"""Reasons after which the next bytes on a connection may belong to an earlier question."""


class LinkFault(BenchctlError):
    """An exchange that could not be made. `lost_s`: nominal seconds of real time that were waited in vain."""

    def __init__(self, reason: AbsenceReason, detail: str, lost_s: float) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.lost_s = lost_s


class Unanswered(BenchctlError):
    """A question of a conversation that brought no usable answer."""

    def __init__(self, reason: AbsenceReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Told:
    """The outcome of an order. `trusted` False: the connection must not carry another question."""

    event: Event
    trusted: bool


@dataclass(frozen=True, slots=True)
class Spot:
    """A channel of an instrument, as one position of the bench uses it. `sense` counts for supplies only."""

    instrument: str
    position: str
    voice: Voice
    sense: Sense


Clock: TypeAlias = Callable[[], float]
"""Boot time in seconds, asked when a reply has come."""

Conversation: TypeAlias = Generator[Exchange, bytes, Told]
Answer: TypeAlias = tuple[Value, float] | Absence
"""A decoded value and the boot time at which it came, or why there is none."""


class Asker(Protocol):
    """Whatever can carry an exchange."""

    def ask(self, exchange: Exchange) -> bytes:
        """The whole reply, terminator included; b"" where none is due. Raises LinkFault."""


def run_conversation(conversation: Generator[Exchange, bytes, T], link: Asker) -> T:
    """Hold a conversation over a link to its end. A fault of the link is the conversation's to tell, not raised."""
    try:
        exchange = next(conversation)
        while True:
            try:
                raw = link.ask(exchange)
            except LinkFault as fault:
                exchange = conversation.throw(fault)
            else:
                exchange = conversation.send(raw)
    except StopIteration as end:
        told: T = end.value
        return told


def asked(exchange: Exchange) -> Generator[Exchange, bytes, tuple[Value, ...]]:
    """Make one exchange; the decoded fields of its reply, none where none is due. Raises Unanswered."""
    try:
        raw = yield exchange
        return () if exchange.reply is None else decode(exchange.reply, raw)
    except (LinkFault, ReplyFault) as fault:
        raise Unanswered(fault.reason, f"{exchange.query}: {fault.detail}") from fault


def answered(voice: Voice, operation: Operation) -> Generator[Exchange, bytes, Value]:
    """Ask one thing. Raises Unanswered, Unsupported."""
    ask = voice.ask(operation)
    values = yield from asked(ask.exchange)
    return values[ask.field]


def answers(voice: Voice, operations: tuple[Operation, ...]) -> Generator[Exchange, bytes, dict[Operation, Value]]:
    """Ask several things, shared questions once. Raises Unanswered, Unsupported."""
    view = voice.look(operations)
    replies = []
    for exchange in view.exchanges:
        replies.append((yield from asked(exchange)))  # noqa: PERF401  # a comprehension cannot yield
    return {op: replies[index][field] for op, (index, field) in zip(operations, view.picks, strict=True)}


def told(voice: Voice, operation: Operation, value: float | None = None) -> Generator[Exchange, bytes, None]:
    """Give one setting or command. Raises Unanswered, Unsupported, OutOfRange."""
    for exchange in voice.tell(operation, value):
        yield from asked(exchange)


def look(
    voice: Voice, operations: tuple[Operation, ...], now_s: Clock
) -> Generator[Exchange, bytes, tuple[Answer, ...]]:
    """Ask several things, shared questions once; an answer or an absence for each, in order. Raises nothing."""
    able = tuple(operation for operation in operations if voice.can(operation))
    view = voice.look(able)
    replies = yield from _each(view.exchanges, now_s)
    picked: dict[Operation, Answer] = {}
    for operation, (index, field) in zip(able, view.picks, strict=True):
        reply = replies[index]
        picked[operation] = reply if isinstance(reply, Absence) else (reply[0][field], reply[1])
    return tuple(picked[op] if op in picked else _unsupported(voice, op, now_s()) for op in operations)


def _each(
    exchanges: tuple[Exchange, ...], now_s: Clock
) -> Generator[Exchange, bytes, list[tuple[tuple[Value, ...], float] | Absence]]:
    replies: list[tuple[tuple[Value, ...], float] | Absence] = []
    fault: Unanswered | None = None
    for exchange in exchanges:
        if fault is not None:
            replies.append(Absence(AbsenceReason.NOT_MEASURED, now_s(), f"not asked after {fault.detail}"))
            continue
        try:
            values = yield from asked(exchange)
            replies.append((values, now_s()))
        except Unanswered as unanswered:
            fault = unanswered
            replies.append(Absence(fault.reason, now_s(), fault.detail))
    return replies


def measurement(answer: Answer, limit: float) -> Measurement:
    """An answer as a reading, if it is a number that can be true: not beyond +-`limit`."""
    if isinstance(answer, Absence):
        return answer
    value, at_s = answer
    if isinstance(value, Missing):
        return Absence(value.reason, at_s, f"the instrument has no value: '{value.raw}'")
    if isinstance(value, Number) and abs(value.value) <= limit:
        return Reading(value.value, at_s, value.raw)
    return Absence(AbsenceReason.GARBLED, at_s, f"cannot be true: {value}")


def trusted(*answers: object) -> bool:
    """Whether none of these is an absence that puts the connection in doubt."""
    return not any(isinstance(answer, Absence) and answer.reason in DOUBTFUL for answer in answers)


def level(value: Value, limit: float) -> float:
    """The number of a set point. Raises Unanswered when it is none, or beyond +-`limit`."""
    found = measurement((value, 0.0), limit)
    if isinstance(found, Absence):
        raise Unanswered(found.reason, found.detail)
    return found.value


def flag(value: Value) -> bool:
    """The state of a switch. Raises Unanswered when the answer is none."""
    if isinstance(value, bool):
        return value
    raise Unanswered(AbsenceReason.GARBLED, f"neither on nor off: {value}")


def _unsupported(voice: Voice, operation: Operation, at_s: float) -> Absence:
    return Absence(AbsenceReason.UNSUPPORTED, at_s, f"{voice.model.name} has no question for {operation}")
