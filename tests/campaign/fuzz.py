"""`python -m tests.campaign fuzz [COUNT]`: replies nobody should send, a million of each kind by default.

Every kind of reply that the shipped dialects know is fed with mutated answers. What is accepted is judged by a second,
independent reading: a number must be plain ASCII digits, and nothing but `ReplyFault` may ever be raised.
"""

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from benchctl.core.dialect.voice import IdentityReply, Number, Operation, Reply, ReplyFault, Value, Voice, decode
from benchctl.core.model import Identity
from benchctl.edge.dialects import load_dialect, shipped_dialects

COUNT = 1_000_000
SEED = 20260301
SEEDS = (
    *(b"14.6000", b"14.6000,1.2345,18.02", b"CV", b"ON", b"1", b"0x0224", b"+1.46000000E+01", b"nan", b"inf", b"1_0.5"),
    *(b"9.9E37", b"9.91E37", b"-9.9E+37", b"1e999", b"", b"V1 14.600", b"14.60 V", b"\xff\x00", b"12\r\n14"),
    *(b'0,"No error"', b"THURLBY THANDAR, CPX400DP, 598547, 2.03-4.12"),
)
ALPHABET = b'0123456789+-.eE,;:_ \t\r\n\0\x1b"xXABCVONF\xd9\xa0\xff'


@dataclass(slots=True)
class Tally:
    """What became of the replies of one kind."""

    accepted: int = 0
    refused: int = 0
    wrong: int = 0


def main(arguments: list[str]) -> int:
    """Print a row for each kind; 0 when nothing malformed was accepted."""
    count = int(arguments[0]) if arguments else COUNT
    replies = dict(kinds())
    print(f"{'kind of reply':40} {'accepted':>10} {'refused':>10} {'wrong':>6}")
    wrong = 0
    for name, reply in replies.items():
        tally = fuzz(reply, count)
        wrong += tally.wrong
        print(f"{name:40} {tally.accepted:>10} {tally.refused:>10} {tally.wrong:>6}", flush=True)
    return 1 if wrong else 0


def kinds() -> Iterator[tuple[str, Reply | IdentityReply]]:
    """One reply of each shape and field type that the dialects use."""
    for name in shipped_dialects():
        dialect = load_dialect(name)
        reply = dialect.identify.reply
        assert reply is not None
        yield "identity", reply
        for ask in asks(dialect.voice(next(iter(dialect.models)), first_channel(name))):
            yield f"{type(ask.framing).__name__}: {', '.join(type(field).__name__ for field in ask.fields)}", ask


def asks(voice: Voice) -> Iterator[Reply]:
    """The replies of everything that can be asked."""
    for operation in Operation:
        with suppress(LookupError):
            reply = voice.ask(operation).exchange.reply
            if isinstance(reply, Reply):
                yield reply


def first_channel(name: str) -> int:
    """A channel that the dialect's first model has."""
    model = next(iter(load_dialect(name).models.values()))
    return min(model.channels) if model.channels else min(model.meter.numbers) if model.meter else 1


def fuzz(reply: Reply | IdentityReply, count: int) -> Tally:
    """So many mutated answers."""
    rng, tally = random.Random(SEED), Tally()
    for _ in range(count):
        raw = mutated(rng)
        try:
            values = decode(reply, raw)
        except ReplyFault:
            tally.refused += 1
            continue
        tally.accepted += 1
        tally.wrong += not all(sound(value) for value in values)
    return tally


def mutated(rng: random.Random) -> bytes:
    """A seed with up to four bytes changed, put in or taken out, and mostly a line end."""
    raw = bytearray(rng.choice(SEEDS))
    for _ in range(rng.randrange(5)):
        place = rng.randrange(len(raw) + 1)
        raw[place : place + rng.randrange(2)] = bytes([rng.choice(ALPHABET)] * rng.randrange(2))
    return bytes(raw) + (b"\n" if rng.random() < 0.8 else b"")


def sound(value: Value) -> bool:
    """Read without the grammar under test: numbers in ASCII digits, finite, of a possible size; names that print."""
    if isinstance(value, Number):
        text = value.raw
        return text.isascii() and not set(text) - set("0123456789+-.eE") and -9.9e37 < value.value < 9.9e37
    if isinstance(value, Identity):
        words = (value.maker, value.model, value.serial, value.firmware)
        return all(word.isascii() and (word.isprintable() or not word) for word in words)
    return True
