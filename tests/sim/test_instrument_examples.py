"""Every literal example of every dialect file, held against the simulated instrument of that family and model."""

from random import Random

import pytest

from benchctl.core.dialect import Dialect, Exchange, Operation, Voice, decode
from benchctl.edge.dialect_tables import ExampleTable
from benchctl.edge.dialects import shipped_dialects
from benchctl.sim.casting import dialect_file
from benchctl.sim.single import Attached, SingleInstrument

EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{index}-{example.operation}")
    for name in shipped_dialects()
    for index, example in enumerate(dialect_file(name).examples)
]


def exchanges(dialect: Dialect, example: ExampleTable) -> tuple[Exchange, ...]:
    """What benchctl asks of this model for this operation; empty for a setting."""
    if example.operation is Operation.SCAN:
        return dialect.scan(example.model, example.channels).exchanges
    channel = example.channel or next(iter(dialect.model(example.model).channels), 101)
    voice = Voice(dialect, dialect.model(example.model), channel, None)
    asked = voice.ask(example.operation) if example.receives else None
    return (asked.exchange,) if asked else ()


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_the_instrument_understands_what_is_really_sent(name: str, example: ExampleTable) -> None:
    instrument = SingleInstrument(name, example.model, Attached(soc=0.5), Random(1))
    session = instrument.connect()
    said = b"".join(session.handle(sent.encode("latin-1")) for sent in example.sends)
    assert bool(said) == bool(example.receives)
    for exchange in exchanges(instrument.dialect, example):
        assert exchange.reply is not None
        assert decode(exchange.reply, said)
    if instrument.dialect.write_terminator:
        assert session.handle(b"SYST:ERR?\n").lstrip(b"+") == b'0,"No error"\n'


@pytest.mark.parametrize(
    ("name", "model"), [(name, model) for name in shipped_dialects() for model in dialect_file(name).dialect.models]
)
def test_every_model_is_recognised_by_its_identity(name: str, model: str) -> None:
    instrument = SingleInstrument(name, model, Attached(), Random(1))
    dialect = instrument.dialect
    said = instrument.connect().handle(dialect.identify.write)
    assert dialect.identify.reply is not None
    (identity,) = decode(dialect.identify.reply, said)
    assert getattr(identity, "model", None) == model


@pytest.mark.parametrize(
    ("name", "model"), [(name, model) for name in shipped_dialects() for model in dialect_file(name).dialect.models]
)
def test_every_question_of_every_model_gets_an_answer_in_its_grammar(name: str, model: str) -> None:
    instrument = SingleInstrument(name, model, Attached(volts_v=13.0), Random(1))
    session = instrument.connect()
    found = instrument.dialect.model(model)
    for channel in found.channels or (101,):
        voice = Voice(instrument.dialect, found, channel, None)
        for operation in Operation:
            if voice.can(operation) and operation not in found.commands:
                exchange = voice.ask(operation).exchange
                assert exchange.reply is not None
                assert decode(exchange.reply, session.handle(exchange.write)), operation
