"""One step of a walk through an instrument's operations: asked or told, judged, and noted with its literal bytes.

Step             an operation that was tried, what was sent and answered, and what is found about it
Strides          makes steps on one channel and notes them; sans-IO
close_to, …      judges: None if an answer is right, else a sentence about what is wrong with it
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, TypeVar

from benchctl.core.dialect.dialogue import LinkFault, Unanswered
from benchctl.core.dialect.voice import Exchange, Missing, Number, Operation, ReplyFault, Text, Value, Voice, decode
from benchctl.core.model import Identity, Regulation

T = TypeVar("T")
Strode: TypeAlias = Generator[Exchange, bytes, T]
Judge: TypeAlias = Callable[[Value], str | None]

SILENCES = 3
"""After so many questions in a row without an answer, no more are asked."""


class Finding(StrEnum):
    """What is found about an operation."""

    FINE = "fine"
    WRONG = "wrong"
    UNANSWERED = "unanswered"
    SKIPPED = "not tried"


@dataclass(frozen=True, slots=True)
class Step:
    """`value` is what a setting was told, V or A. `made` are the pairs of bytes sent and answered (b"" for nothing),
    `means` the answer to the operation itself; a setting has none, what it was read back as stands in the sentence."""

    operation: Operation
    value: float | None
    made: tuple[tuple[bytes, bytes], ...]
    means: tuple[Value, ...]
    finding: Finding
    sentence: str


class Strides:
    """The steps on one channel. What the channel has no operation for makes no step."""

    def __init__(self, voice: Voice) -> None:
        self.voice = voice
        self.steps: list[Step] = []
        self.given_up: str | None = None
        self._silences = 0
        self._skipped: set[Operation] = set()

    def ask(self, operation: Operation, judge: Judge) -> Strode[Value | None]:
        """Ask one thing; what it answered, right or not. None: nothing that can be understood."""
        if not self._may(operation) or operation in self.voice.model.commands:
            return None
        made: list[tuple[bytes, bytes]] = []
        ask = self.voice.ask(operation)
        try:
            value = (yield from self._make(ask.exchange, made))[ask.field]
        except Unanswered as fault:
            self._note(operation, None, made, (), Finding.UNANSWERED, fault.detail)
            return None
        self._judged(operation, made, (value,), judge(value))
        return value

    def scan(self, judge: Judge) -> Strode[None]:
        """Read the channel in a scan, if the meter can."""
        if not self._may(Operation.SCAN):
            return
        made: list[tuple[bytes, bytes]] = []
        values: tuple[Value, ...] = ()
        try:
            for exchange in self.voice.dialect.scan(self.voice.model.name, [self.voice.channel]).exchanges:
                values = yield from self._make(exchange, made)
        except Unanswered as fault:
            self._note(Operation.SCAN, None, made, (), Finding.UNANSWERED, fault.detail)
            return
        self._judged(Operation.SCAN, made, values, next(filter(None, map(judge, values)), None))

    def tell(self, operation: Operation, value: float | None, proof: Operation | None, judge: Judge) -> Strode[bool]:
        """Give a setting or a command, read back by `proof` if the channel can, and ask for errors. True: taken."""
        if not self._may(operation):
            return False
        made: list[tuple[bytes, bytes]] = []
        try:
            for exchange in self.voice.tell(operation, value):
                yield from self._make(exchange, made)
        except Unanswered as fault:
            self._note(operation, value, made, (), Finding.UNANSWERED, fault.detail)
            return False
        wrong, sentence = yield from self._proven(proof, judge)
        error = yield from self.quietly(Operation.READ_ERROR)
        if isinstance(error, Number) and error.value:
            wrong, sentence = True, f"it reports error {error.value:g}"
        self._note(operation, value, made, (), Finding.WRONG if wrong else Finding.FINE, sentence)
        return not wrong

    def quietly(self, operation: Operation) -> Strode[Value | None]:
        """Ask without noting it; None where there is no such question, or no answer."""
        if not self._may(operation):
            return None
        ask = self.voice.ask(operation)
        try:
            return (yield from self._make(ask.exchange, []))[ask.field]
        except Unanswered:
            return None

    def skip(self, operation: Operation, why: str) -> None:
        """Do not try this operation, and say why."""
        if self.voice.can(operation):
            self._skipped.add(operation)
            self._note(operation, None, [], (), Finding.SKIPPED, why)

    def resume(self) -> None:
        """What comes now is said whether or not it has answered so far."""
        self.given_up, self._silences = None, 0

    def _may(self, operation: Operation) -> bool:
        return self.given_up is None and operation not in self._skipped and self.voice.can(operation)

    def _proven(self, proof: Operation | None, judge: Judge) -> Strode[tuple[bool, str]]:
        if proof is None or not self.voice.can(proof):
            return False, "taken"
        held = yield from self.ask(proof, judge)
        if held is None:
            return True, "it could not be read back"
        objection = judge(held)
        return objection is not None, f"read back {objection or shown(held)}"

    def _make(self, exchange: Exchange, made: list[tuple[bytes, bytes]]) -> Strode[tuple[Value, ...]]:
        made.append((exchange.write, b""))
        try:
            raw = yield exchange
            made[-1] = (exchange.write, raw)
            values = () if exchange.reply is None else decode(exchange.reply, raw)
        except (LinkFault, ReplyFault) as fault:
            self._silences += 1
            if self._silences >= SILENCES:
                self.given_up = f"{self._silences} questions in a row had no answer"
            raise Unanswered(fault.reason, fault.detail) from fault
        self._silences = 0 if exchange.reply is not None else self._silences
        return values

    def _judged(
        self, operation: Operation, made: list[tuple[bytes, bytes]], values: tuple[Value, ...], objection: str | None
    ) -> None:
        finding = Finding.FINE if objection is None else Finding.WRONG
        self._note(operation, None, made, values, finding, objection or ", ".join(map(shown, values)))

    def _note(
        self,
        operation: Operation,
        value: float | None,
        made: list[tuple[bytes, bytes]],
        means: tuple[Value, ...],
        finding: Finding,
        sentence: str,
    ) -> None:
        self.steps.append(Step(operation, value, tuple(made), means, finding, sentence))


# ---------------------------------------------------------------- judges


def any_answer(_value: Value) -> str | None:
    """Whatever is in the grammar of the question."""
    return None


def at_most(limit: float) -> Judge:
    """A number not beyond +-`limit`, or the instrument's own word that it has none."""

    def judge(value: Value) -> str | None:
        number = number_of(value)
        fine = isinstance(value, Missing) or (number is not None and abs(number) <= limit)
        return None if fine else f"{shown(value)}, which is beyond {limit:g}"

    return judge


def close_to(wanted: float, tolerance: float) -> Judge:
    """A number within the tolerance."""

    def judge(value: Value) -> str | None:
        number = number_of(value)
        fine = number is not None and abs(number - wanted) <= tolerance + 1e-9
        return None if fine else f"{shown(value)}, not {wanted:g}"

    return judge


def one_of(*wanted: Value) -> Judge:
    """One of these."""

    def judge(value: Value) -> str | None:
        return None if value in wanted else f"{shown(value)}, not {' or '.join(map(shown, wanted))}"

    return judge


def number_of(value: Value | None) -> float | None:
    """The number of an answer that is one."""
    return value.value if isinstance(value, Number) else None


def shown(value: Value) -> str:
    """An answer in words."""
    match value:
        case bool():
            return "on" if value else "off"
        case Number():
            return f"{value.value:g}"
        case Missing():
            return f"no value ({value.reason.value})"
        case Text():
            return value.text
        case Identity():
            return value.raw
        case Regulation():
            return value.value
