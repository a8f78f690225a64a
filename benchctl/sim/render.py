"""Answers written out: a dialect's reply grammar run forwards, from values to text.

`core.grammar` reads what these functions write; a value the grammar has no word for cannot be answered.
"""

from collections.abc import Callable

from benchctl.core.dialect.grammar import Base, BitsField, Field, Meaning, NumberField, WordField
from benchctl.core.dialect.template import Hole
from benchctl.core.dialect.voice import Model, Number, Operation, Query, Text
from benchctl.core.model import Regulation
from benchctl.sim.family import Writes
from benchctl.sim.outlet import Scalar

_VOLTS = (Operation.MEASURE_VOLTAGE, Operation.READ_VOLTAGE, Operation.READ_OVP)
_AMPS = (Operation.MEASURE_CURRENT, Operation.READ_CURRENT, Operation.READ_OCP)

NO_NUMBER = 9e37
"""From here on a number means that there is none (SCPI 1999, 7.2.1.5)."""

Answer = Callable[[int], str]
Read = Callable[[Operation, int], Scalar]
Aside = Callable[[str, int], Scalar]
"""What stands in a part of an answer that no operation asks for, by the part's name: the power in `MEAS:ALL?`."""


def answer(query: Query, read: Read, aside: Aside) -> Answer:
    """The reply text to a query, as a function of the channel."""
    holes = query.answer.parts()
    pieces: list[str | Answer] = [
        piece
        if isinstance(piece, str)
        else _part(query, holes.index(piece), piece, read, aside)
        if piece in holes
        else str
        for piece in query.answer.pieces
    ]
    if len(pieces) == 1 and callable(only := pieces[0]):
        return only
    return lambda channel: "".join([piece if isinstance(piece, str) else piece(channel) for piece in pieces])


def written(model: Model, operation: Operation, writes: Writes) -> Callable[[Scalar], str]:
    """How a family writes what answers an operation, also where no query of its dialect file asks for it alone."""
    found = _shown(model, operation)
    if found is None:
        return lambda value: _unshown(model, value, writes)
    hole, field = found
    if isinstance(field, WordField):
        words = {_plain(meaning): word.decode("latin-1") for word, meaning in reversed(list(field.words.items()))}
        return lambda value: _word(words, value)
    if isinstance(field, NumberField) and hole.spec:
        shape, scale = f"%{hole.spec}{_unit(operation, writes)}", field.scale
        return lambda value: shape % (_number(value) / scale)
    return lambda value: _unshown(model, value, writes)


def _unit(operation: Operation, writes: Writes) -> str:
    return writes.volts if operation in _VOLTS else writes.amps if operation in _AMPS else ""


def _shown(model: Model, operation: Operation) -> tuple[Hole, Field] | None:
    for query in model.queries.values():
        index = query.answers.get(operation)
        if index is not None and operation not in query.told_apart:
            return query.answer.parts()[query.reply.parts[index] - 1], query.reply.fields[index]
    return None


def _unshown(model: Model, value: Scalar, writes: Writes) -> str:
    if isinstance(value, bool):
        return writes.on if value else writes.off
    if not isinstance(value, float):
        return str(value)
    found = _shown(model, Operation.READ_VOLTAGE) or _shown(model, Operation.MEASURE_VOLTAGE)
    return f"%{found[0].spec}" % value if found is not None and found[0].spec else f"{value:.3f}"


def _part(query: Query, index: int, hole: Hole, read: Read, aside: Aside) -> Answer:
    own = query.reply.fields[index]
    bits = [
        (field, _getter(query, at, read, aside))
        for at, field in enumerate(query.reply.fields)
        if isinstance(field, BitsField) and query.reply.parts[at] == index + 1
    ]
    if bits:
        return _bits(bits)
    get = _getter(query, index, read, aside)
    if isinstance(own, NumberField):
        shape, scale = f"%{hole.spec or 's'}", own.scale
        return lambda channel: _written(shape, _number(get(channel)), scale)
    if isinstance(own, WordField):
        words = {_plain(meaning): word.decode("latin-1") for word, meaning in reversed(list(own.words.items()))}
        return lambda channel: _word(words, get(channel))
    return lambda channel: str(get(channel))


def _getter(query: Query, index: int, read: Read, aside: Aside) -> Callable[[int], Scalar]:
    apart = [(each, number) for each, of in query.told_apart.items() for number, field in of.items() if field == index]
    if apart:
        return lambda _channel: read(*apart[0])
    operation = next((each for each, field in query.answers.items() if field == index), None)
    if operation is None:
        name = query.fields[index]
        return lambda channel: aside(name, channel)
    found = operation
    return lambda channel: read(found, channel)


def _written(shape: str, value: float, scale: float) -> str:
    """As the family writes numbers; what SCPI says where there is none is written as SCPI says it."""
    return f"{value:.2E}" if abs(value) >= NO_NUMBER else shape % (value / scale)


def _number(value: Scalar) -> float:
    return value if isinstance(value, float) else float(str(value))


def _plain(meaning: Meaning | Number) -> Scalar:
    return meaning.text if isinstance(meaning, Text) else meaning  # type: ignore[return-value]


def _word(words: dict[Scalar, str], value: Scalar) -> str:
    found = words.get(value)
    if found is not None:
        return found
    # A family without a word for "neither" shows CV; any other gap shows its first word.
    return words.get(Regulation.CV) or next(iter(words.values()))


def _bits(fields: list[tuple[BitsField, Callable[[int], Scalar]]]) -> Answer:
    base = fields[0][0].base
    meanings = [({_plain(each): value for value, each in reversed(list(f.meanings.items()))}, get) for f, get in fields]

    def text(channel: int) -> str:
        total = 0
        for values, get in meanings:
            value = values.get(get(channel))
            total |= values.get(Regulation.CV, 0) if value is None else value
        return _integer(base, total)

    return text


def _integer(base: Base, value: int) -> str:
    if base is Base.BYTE:
        return chr(value)
    return f"0x{value:04X}" if base is Base.HEX else str(value)
