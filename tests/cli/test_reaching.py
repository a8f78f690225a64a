"""Off for a supply that the guard does not reach: a simulated one behind VXI-11."""

from random import Random

import pytest

from benchctl.cli.reaching import Direct, all_off, stated_way
from benchctl.core.model import PYVISA_PY, InstrumentEntry
from benchctl.guard.plan import Supply
from benchctl.sim.single import Attached, SingleInstrument
from tests.fakes_lan import Vxi11Instrument


def entry(resource: str, dialect: str = "keysight-e36300", model: str | None = "E36312A") -> InstrumentEntry:
    return InstrumentEntry("psu1", resource, dialect, model, None, None, None)


def behind(single: SingleInstrument) -> Vxi11Instrument:
    session = single.connect()
    return Vxi11Instrument(session.handle)


def test_a_supply_behind_vxi_11_is_switched_off_and_proven() -> None:
    single = SingleInstrument("keysight-e36300", "E36312A", Attached(), Random(1))
    session = single.connect()
    session.handle(b"OUTP ON,(@1:3)\n")
    with behind(single) as instrument:
        way = stated_way(entry(instrument.resource))
        assert isinstance(way, Direct)
        (proof,) = all_off([way], 5.0, PYVISA_PY)
    assert proof.sentence == "psu1: output off, proven"
    assert [session.handle(b"OUTP? (@%d)\n" % channel).strip() for channel in (1, 2, 3)] == [b"0", b"0", b"0"]


def test_a_supply_that_is_gone_is_not_proven_off() -> None:
    with Vxi11Instrument(lambda _: b"") as instrument:
        way = stated_way(entry(instrument.resource))
    assert way is not None
    (proof,) = all_off([way], 5.0, PYVISA_PY)
    assert not proof.off
    assert "refused" in proof.why


def test_whom_the_guard_reaches_is_reached_in_the_guards_way() -> None:
    assert isinstance(stated_way(entry("TCPIP::127.0.0.1::9::SOCKET")), Supply)


def test_a_meter_is_not_switched() -> None:
    assert stated_way(entry("TCPIP::127.0.0.1::INSTR", "keysight-34970a", "34970A")) is None


@pytest.mark.parametrize(("dialect", "model"), [("abacus", "A1"), ("keysight-e36300", "E1"), ("keysight-e36300", None)])
def test_who_is_not_stated_cannot_be_switched_unasked(dialect: str, model: str | None) -> None:
    with pytest.raises(ValueError, match="psu1"):
        stated_way(entry("TCPIP::127.0.0.1::INSTR", dialect, model))
