"""The guard's own bytes, made from the dialect files: how to switch every channel of a supply off, and to see it off.

The guard knows no dialect. What it sends is what the dialect says; which replies mean off is worked out from the
grammar of the reply, and each is then read by that grammar to see that it really says so.
"""

from collections.abc import Iterable

from benchctl.core.dialect.grammar import Base, BitsField, WordField
from benchctl.core.dialect.voice import (
    Dialect,
    Exchange,
    FixedCount,
    Kind,
    Line,
    Model,
    Operation,
    Query,
    Reply,
    ReplyFault,
    UnknownModel,
    Voice,
    decode,
)
from benchctl.core.errors import FileFault
from benchctl.core.model import InstrumentEntry
from benchctl.edge.dialects import load_dialect
from benchctl.edge.link import line_of
from benchctl.guard.plan import Bits, Check, SerialLine, Supply, address

PARITIES = {"none": "N", "even": "E", "odd": "O"}
BASES = {Base.BYTE: 0, Base.DECIMAL: 10, Base.HEX: 16}


def guarded_supply(entry: InstrumentEntry, dialect: Dialect, model: Model) -> Supply:
    """The guard's way to one supply, with all channels that the model has.

    Raises ValueError with a sentence where the guard cannot reach it, or cannot tell by its answer that it is off.
    """
    voices = [dialect.voice(model.name, number) for number in model.channels]
    off = [exchange for voice in voices for exchange in voice.tell(Operation.OUTPUT_OFF)]
    resource = entry.off_resource or entry.resource
    return Supply(
        name=entry.name,
        resource=resource,
        off=_writes(off),
        lower=_writes(_insisting(voices, off)),
        verify=tuple(dict.fromkeys(_check(entry.name, voice) for voice in voices)),
        gap_s=max(exchange.gap_s for exchange in off),
        reply_s=max(voice.ask(Operation.READ_OUTPUT).exchange.timeout_s for voice in voices),
        serial=_line(entry, dialect) if isinstance(address(resource), str) else None,
    )


def _insisting(voices: list[Voice], off: list[Exchange]) -> list[Exchange]:
    """What is said where OFF alone has not helped: take remote control (somebody may have taken it at the front
    panel), OFF again, and the least current in any case."""
    remote = voices[0].tell(Operation.REMOTE) if voices[0].can(Operation.REMOTE) else ()
    able = [voice for voice in voices if voice.can(Operation.SET_CURRENT)]
    least = [exchange for voice in able for exchange in voice.tell(Operation.SET_CURRENT, 0.0)]
    return [*remote, *off, *least]


def _writes(exchanges: Iterable[Exchange]) -> tuple[bytes, ...]:
    """What is written, in order; the same thing twice in a row only once (a common switch of all channels)."""
    writes: list[bytes] = []
    for exchange in exchanges:
        if not writes or writes[-1] != exchange.write:
            writes.append(exchange.write)
    return tuple(writes)


def _check(name: str, voice: Voice) -> Check:
    ask = voice.ask(Operation.READ_OUTPUT)
    query = next(each for each in voice.model.queries.values() if Operation.READ_OUTPUT in each.answers)
    reply = ask.exchange.reply
    assert isinstance(reply, Reply)
    literals, bits = _meaning_off(reply, ask.field, query)
    if not literals and bits is None:
        raise ValueError(f"{name}: the guard cannot tell from the answer to {query.name} that the output is off.")
    count = reply.framing.count if isinstance(reply.framing, FixedCount) else None
    return Check(ask.exchange.write, _end(name, reply), count, literals, bits)


def _meaning_off(reply: Reply, index: int, query: Query) -> tuple[tuple[bytes, ...], Bits | None]:
    """The literal replies that mean off, or the bits that do. The guard reads a whole reply, not a part of one."""
    field = reply.fields[index]
    if isinstance(field, BitsField) and len(query.answer.pieces) == 1:
        return (), _bits(field)
    if isinstance(field, WordField) and len(query.answer.holes()) == 1:
        hole = query.answer.holes()[0].name
        off = [word for word, meaning in field.words.items() if meaning is False]
        whole = [query.answer.bind({hole: word.decode("ascii")}) for word in off]
        return tuple(each for each in whole if _reads_off(reply, index, each)), None
    return (), None


def _reads_off(reply: Reply, index: int, body: bytes) -> bool:
    """Whether the dialect itself takes this for off."""
    end = reply.framing.terminators[-1] if isinstance(reply.framing, Line) else b""
    try:
        return decode(reply, body + end)[index] is False
    except ReplyFault:
        return False


def _bits(field: BitsField) -> Bits | None:
    """The bits that all meanings of off share, if they tell them from all meanings of on."""
    off = [value for value, meaning in field.meanings.items() if meaning is False]
    if not off:
        return None
    mask = field.mask
    for value in off:
        mask &= ~(value ^ off[0])
    shared = off[0] & mask
    on = [value for value, meaning in field.meanings.items() if meaning is not False]
    return None if any(value & mask == shared for value in on) else Bits(mask, shared, BASES[field.base])


def _end(name: str, reply: Reply) -> bytes | None:
    if not isinstance(reply.framing, Line):
        return None
    if reply.framing.lines != 1:
        raise ValueError(f"{name}: the guard reads answers of one line only.")
    return reply.framing.terminators[-1]


def _line(entry: InstrumentEntry, dialect: Dialect) -> SerialLine | None:
    serial = line_of(entry, dialect)
    if serial is None:
        return None
    parity = PARITIES[serial.parity]
    return SerialLine(serial.baud[0], serial.data_bits, parity, float(serial.stop_bits), serial.flow)


def stated_supply(entry: InstrumentEntry) -> Supply | None:
    """The guard's way to an instrument that nobody asks who it is: by the dialect and model its entry states.

    None: it is a meter. Raises ValueError with a sentence where the entry does not say enough.
    """
    if entry.dialect is None or entry.model is None:
        raise ValueError(f"{entry.name}: the bench file does not say which dialect and model it is")
    try:
        dialect = load_dialect(entry.dialect)
        return guarded_supply(entry, dialect, dialect.model(entry.model)) if dialect.kind is Kind.SUPPLY else None
    except (FileFault, UnknownModel) as fault:
        raise ValueError(f"{entry.name}: {fault}") from fault
