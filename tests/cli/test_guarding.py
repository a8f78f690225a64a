"""The guard's bytes against the dialects they are made from: for every model that is shipped."""

import pytest

from benchctl.cli.guarding import guarded_supply, stated_supply
from benchctl.core.dialect.grammar import Base, BitsField, WordField
from benchctl.core.dialect.voice import Kind, Line, Operation, Reply
from benchctl.core.model import InstrumentEntry
from benchctl.edge.dialects import load_dialect, shipped_dialects
from benchctl.guard.plan import Bits, Check, SerialLine

SOCKET = "TCPIP::127.0.0.1::9::SOCKET"


def shipped_supplies() -> list[tuple[str, str]]:
    dialects = [load_dialect(name) for name in shipped_dialects()]
    supplies = [each for each in dialects if each.kind is Kind.SUPPLY]
    return [(each.name, model) for each in supplies for model in dict.fromkeys(m.name for m in each.models.values())]


def entry(dialect: str | None, model: str | None, resource: str = SOCKET, off: str | None = None) -> InstrumentEntry:
    return InstrumentEntry("psu1", resource, dialect, model, None, None, off)


def replies(reply: Reply, field: int) -> dict[bytes, bool]:
    """Every reply about an output that the grammar knows by itself, and whether it means off."""
    asked = reply.fields[field]
    if isinstance(asked, WordField):
        end = reply.framing.terminators[-1] if isinstance(reply.framing, Line) else b""
        return {word + end: meaning is False for word, meaning in asked.words.items()}
    assert isinstance(asked, BitsField)
    return {written(asked.base, value): meaning is False for value, meaning in asked.meanings.items()}


def written(base: Base, value: int) -> bytes:
    return {Base.BYTE: bytes([value]), Base.HEX: b"0x%04x\n" % value, Base.DECIMAL: b"%d\n" % value}[base]


@pytest.mark.parametrize(("name", "model_name"), shipped_supplies())
def test_the_guard_takes_for_off_what_the_dialect_takes_for_off(name: str, model_name: str) -> None:
    dialect = load_dialect(name)
    model = dialect.model(model_name)
    supply = guarded_supply(entry(name, model_name), dialect, model)
    for number in model.channels:
        ask = dialect.voice(model_name, number).ask(Operation.READ_OUTPUT)
        assert isinstance(ask.exchange.reply, Reply)
        for raw, off in replies(ask.exchange.reply, ask.field).items():
            checks = [check for check in supply.verify if check.ask == ask.exchange.write]
            assert off in [check.means_off(raw) for check in checks]  # of several channels in one reply, its own


@pytest.mark.parametrize(("name", "model_name"), shipped_supplies())
def test_every_channel_is_switched_off_first_of_all(name: str, model_name: str) -> None:
    dialect = load_dialect(name)
    supply = guarded_supply(entry(name, model_name), dialect, dialect.model(model_name))
    for number in dialect.model(model_name).channels:
        for exchange in dialect.voice(model_name, number).tell(Operation.OUTPUT_OFF):
            assert exchange.write in supply.off
    assert set(supply.off) <= set(supply.lower)


def test_a_serial_supply_has_its_line() -> None:
    supply = stated_supply(entry("korad-ka3005p", "KA3005P", "ASRL/dev/ttyUSB0::INSTR"))
    assert supply is not None
    assert supply.serial == SerialLine(9600, 8, "N", 1.0, "none")
    assert supply.verify == (Check(b"STATUS?", None, 1, (), Bits(0x40, 0, 0)),)
    assert supply.off == (b"OUT0",)


def test_a_detour_stated_for_the_guard_is_the_guards_way() -> None:
    supply = stated_supply(entry("rigol-dp800", "DP811", "USB0::0x1AB1::0x0E11::DP8::INSTR", SOCKET))
    assert supply is not None
    assert supply.resource == SOCKET


def test_a_supply_that_the_guard_cannot_reach() -> None:
    with pytest.raises(ValueError, match="off_resource"):
        stated_supply(entry("rigol-dp800", "DP811", "USB0::0x1AB1::0x0E11::DP8::INSTR"))


def test_a_meter_needs_no_guard() -> None:
    assert stated_supply(entry("keysight-34970a", "34970A")) is None


@pytest.mark.parametrize(("dialect", "model"), [(None, "DP811"), ("rigol-dp800", None), ("rigol-dp800", "DP9")])
def test_who_is_not_stated_cannot_be_switched_unasked(dialect: str | None, model: str | None) -> None:
    with pytest.raises(ValueError, match="psu1"):
        stated_supply(entry(dialect, model))
