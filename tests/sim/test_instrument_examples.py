"""Every literal example of every dialect file, held against the simulated instrument of that family and model."""

from random import Random

import pytest

from benchctl.core.dialect.voice import Dialect, Exchange, Model, Number, Operation, Voice, decode
from benchctl.edge.dialect_tables import ExampleTable
from benchctl.edge.dialects import shipped_dialects
from benchctl.sim.casting import dialect_file
from benchctl.sim.servers import Session
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
    model = dialect.model(example.model)
    voice = Voice(dialect, model, example.channel or channels(model)[0], None)
    asked = voice.ask(example.operation) if example.receives else None
    return (asked.exchange,) if asked else ()


def channels(model: Model) -> tuple[int, ...]:
    return tuple(model.channels) if model.meter is None else tuple(sorted(model.meter.numbers))


def prepare(instrument: SingleInstrument, session: Session, channel: int) -> None:
    """What benchctl says once to an instrument, before all else: some obey or answer in a known form only then."""
    voice = Voice(instrument.dialect, instrument.model, channel, None)
    wanted = Operation.REMOTE if instrument.model.meter is None else Operation.CONFIGURE
    for exchange in voice.tell(wanted) if voice.can(wanted) else ():
        session.handle(exchange.write)


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_the_instrument_understands_what_is_really_sent(name: str, example: ExampleTable) -> None:
    instrument = SingleInstrument(name, example.model, Attached(soc=0.5), Random(1))
    session = instrument.connect()
    prepare(instrument, session, example.channel or channels(instrument.model)[0])
    said = b"".join(session.handle(sent.encode("latin-1")) for sent in example.sends)
    assert bool(said) == bool(example.receives)
    for exchange in exchanges(instrument.dialect, example):
        assert exchange.reply is not None
        assert decode(exchange.reply, said)
    voice = Voice(instrument.dialect, instrument.model, channels(instrument.model)[0], None)
    if voice.can(Operation.READ_ERROR):
        asked = voice.ask(Operation.READ_ERROR)
        assert asked.exchange.reply is not None
        value = decode(asked.exchange.reply, session.handle(asked.exchange.write))[asked.field]
        assert isinstance(value, Number)
        assert value.value == 0.0


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
    for channel in channels(found):
        voice = Voice(instrument.dialect, found, channel, None)
        prepare(instrument, session, channel)
        for operation in Operation:
            if voice.can(operation) and operation not in found.commands:
                exchange = voice.ask(operation).exchange
                assert exchange.reply is not None
                assert decode(exchange.reply, session.handle(exchange.write)), operation
