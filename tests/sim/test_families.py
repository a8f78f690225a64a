"""Every model of every family that has lines and words, walked: what SCPI and IEEE 488.2 promise holds for all."""

import re
from random import Random

import pytest

from benchctl.core.dialect.voice import Exchange, Number, Operation, Voice, decode
from benchctl.edge.dialects import shipped_dialects
from benchctl.sim.casting import dialect_file
from benchctl.sim.family import FOLDER, table
from benchctl.sim.instrument import Instrument
from benchctl.sim.servers import Session
from benchctl.sim.single import SingleInstrument
from tests.sim.strangers import load, models

SUPPLIES = [(name, model) for name, model in models() if dialect_file(name).dialect.model(model).channels]
SCPI_SUPPLIES = [(name, model) for name, model in SUPPLIES if "supply" in (table(name).speaks or ())]
SETTINGS = {Operation.SET_VOLTAGE: Operation.READ_VOLTAGE, Operation.SET_CURRENT: Operation.READ_CURRENT}


class Driven:
    """A supply in remote control, on one of its channels."""

    def __init__(self, dialect: str, model: str) -> None:
        self.single: SingleInstrument = load(dialect, model, ohms=100.0)
        self.session: Session = self.single.connect()
        found = self.single.model
        self.voice = Voice(self.single.dialect, found, max(found.channels), None)
        for operation in (Operation.REMOTE, Operation.CONFIGURE):
            if self.voice.can(operation):
                self.send(*self.voice.tell(operation))

    def send(self, *exchanges: Exchange) -> None:
        for exchange in exchanges:
            assert self.session.handle(exchange.write) == b""

    def read(self, operation: Operation) -> float:
        ask = self.voice.ask(operation)
        assert ask.exchange.reply is not None
        value = decode(ask.exchange.reply, self.session.handle(ask.exchange.write))[ask.field]
        assert isinstance(value, Number)
        return value.value


def high(driven: Driven, operation: Operation) -> float:
    assert isinstance(driven.single.instrument, Instrument)
    return driven.single.instrument.device.limits(operation, driven.voice.channel).high


def test_every_family_table_belongs_to_a_dialect_file() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} - {"common"} <= set(shipped_dialects())


@pytest.mark.parametrize(("dialect", "model"), models())
def test_ieee_488_2_is_understood_by_all(dialect: str, model: str) -> None:
    session = load(dialect, model, ohms=10.0).connect()
    said = session.handle(b"*CLS;*ESE 32;*SRE 4;*OPC;*WAI\n*ESE?\n*SRE?\n*ESR?\n*STB?\n*OPC?\n*TST?\n").split()
    assert [int(each) for each in said] == [32, 4, 1, 0, 1, 0]


@pytest.mark.parametrize(("dialect", "model"), models())
def test_what_nobody_understands_is_an_error_and_no_answer(dialect: str, model: str) -> None:
    session = load(dialect, model, ohms=10.0).connect()
    assert session.handle(b"*CLS;:FOO:BAR? 1\n\xff\xfe\n") == b""
    assert int(session.handle(b"*ESR?\n")) & 0x20


@pytest.mark.parametrize("dialect", shipped_dialects())
def test_no_line_whatever_it_says_stops_an_instrument(dialect: str) -> None:
    rng = Random(7)
    file = dialect_file(dialect)
    single = load(dialect, next(iter(file.dialect.models)), ohms=10.0)
    session = single.connect()
    lines = [text for example in file.examples for text in example.sends]
    for _ in range(300):
        line = bytearray(rng.choice(lines).encode("latin-1"))
        for _ in range(rng.randrange(4)):
            at = rng.randrange(len(line) + 1)
            line[at : at + rng.randrange(3)] = rng.choice(
                (b"", b"9E99", b"?", b";", b",", b"(@1:3)", b" MAX", b"1.2.3", b"\xff")
            )
        session.handle(bytes(line) + b"\n")
    session.handle(b"\n*CLS\n")
    assert session.handle(file.dialect.identify.write)


@pytest.mark.parametrize(("dialect", "model"), SUPPLIES)
@pytest.mark.parametrize("setting", SETTINGS)
def test_any_case_and_any_space_set_the_same(dialect: str, model: str, setting: Operation) -> None:
    driven = Driven(dialect, model)
    value = high(driven, setting) / 2
    for exchange in driven.voice.tell(setting, value):
        driven.session.handle(b"  " + exchange.write.lower().replace(b" ", b"  ").replace(b",", b" , "))
    assert driven.read(SETTINGS[setting]) == pytest.approx(value, abs=0.01)


@pytest.mark.parametrize(("dialect", "model"), SCPI_SUPPLIES)
@pytest.mark.parametrize("setting", SETTINGS)
def test_the_least_and_the_most_can_be_set_by_name(dialect: str, model: str, setting: Operation) -> None:
    driven = Driven(dialect, model)
    for word, expected in ((b"MAXimum", high(driven, setting)), (b"min", 0.0)):
        for exchange in driven.voice.tell(setting, high(driven, setting)):
            driven.session.handle(re.sub(rb"(VOLT|CURR|LIM) [\d.]+", rb"\1 " + word, exchange.write))
        assert driven.read(SETTINGS[setting]) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(("dialect", "model"), SCPI_SUPPLIES)
def test_a_setting_is_spelled_out_in_full(dialect: str, model: str) -> None:
    driven = Driven(dialect, model)
    driven.session.handle(b":INST:NSEL %d\n" % driven.voice.channel)
    value = high(driven, Operation.SET_VOLTAGE) / 2
    driven.session.handle(b":SOURce:VOLTage:LEVel:IMMediate:AMPLitude %.2f\n" % value)
    assert driven.read(Operation.READ_VOLTAGE) == pytest.approx(value, abs=0.02)


@pytest.mark.parametrize(("dialect", "model"), SUPPLIES)
def test_several_questions_in_one_line_are_answered_in_one(dialect: str, model: str) -> None:
    driven = Driven(dialect, model)
    wanted = (Operation.READ_VOLTAGE, Operation.READ_CURRENT, Operation.READ_OUTPUT)
    asked = [driven.voice.ask(each).exchange.write.decode().strip().lstrip(":") for each in wanted]
    line = ";:".join(part.replace("\n", ";:") for part in asked)
    said = driven.session.handle(f"{line};*OPC?\n".encode())
    assert said.count(b";") == len(wanted)
    assert said.strip().endswith(b";1")


@pytest.mark.parametrize(("dialect", "model"), SUPPLIES)
@pytest.mark.parametrize("setting", SETTINGS)
def test_more_than_it_can_is_refused_and_nothing_changes(dialect: str, model: str, setting: Operation) -> None:
    driven = Driven(dialect, model)
    before = driven.read(SETTINGS[setting])
    driven.session.handle(b"*CLS\n")
    for exchange in driven.voice.tell(setting, high(driven, setting)):
        driven.session.handle(re.sub(rb"[\d.]+(?=(,\(@\d+\))?\n$)", b"9999", exchange.write))
    assert driven.read(SETTINGS[setting]) == before
    assert int(driven.session.handle(b"*ESR?\n")) & 0x10
