"""Somebody takes a simulated supply in local control: what it obeys then, what it answers, and who may take it back."""

import pytest

from benchctl.core.model import BenchFile, ChannelRef, Isolation, Position, Sense
from benchctl.edge.benchfile import SimulatedPack
from benchctl.sim.bench import SimulatedBench
from benchctl.sim.faults import parse
from tests.sim.rig import Talk, entry

ON = {
    "eez-bb3": b"SYST:REM\nOUTP:PROT:MEAS OFF\nSOUR1:VOLT 14.6\nSOUR1:CURR 5\nOUTP ON,CH1\n",
    "ea-ps9000": b"SYST:LOCK ON\nVOLT 14.6\nCURR 5\nOUTP ON\n",
    "rigol-dp800": b":SYST:REM\n:OUTP:RANG P20V\n:VOLT 14.6;:CURR 5;:OUTP CH1,ON\n",
}
OFF = {"eez-bb3": b"OUTP OFF,CH1\n", "ea-ps9000": b"OUTP OFF\n", "rigol-dp800": b":OUTP CH1,OFF\n"}


def struck(dialect: str, model: str) -> Talk:
    """On and charging, then in local control."""
    position = Position(
        "P1", ChannelRef("psu1", 1), ChannelRef("scan1", 101), None, Isolation.SUPPLY_OFF, Sense.LOCAL, 0.01, None, None
    )
    instruments = (entry("psu1", dialect=dialect, model=model), entry("scan1"))
    file = BenchFile("bench-1", False, None, instruments, (position,))
    packs = (SimulatedPack("P1", 0.5, 50.0, (), None),)
    bench = SimulatedBench(file, packs, 7, faults=[parse("panel.local@10s")])
    talk = Talk(bench, "psu1")
    talk(ON[dialect])
    bench.advance(20.0)
    return talk


@pytest.mark.parametrize(
    ("dialect", "model", "out"),
    [
        ("eez-bb3", "BB3", b"OUTP? CH1\n"),
        ("ea-ps9000", "PS 9040-20 T", b"OUTP?\n"),
        ("rigol-dp800", "DP811A", b":OUTP? CH1\n"),
    ],
)
def test_nothing_is_obeyed(dialect: str, model: str, out: bytes) -> None:
    talk = struck(dialect, model)
    talk(OFF[dialect])
    assert talk(out).strip() in (b"1", b"ON")


def test_a_bb3_says_so_and_is_taken_back_by_whoever_asks() -> None:
    talk = struck("eez-bb3", "BB3")
    assert talk(b"SYST:COMM:RLST?\n") == b'"LOC"\r\n'
    talk(b"SYST:REM\n" + OFF["eez-bb3"])
    assert talk(b"SYST:COMM:RLST?\n") == b'"REM"\r\n'
    assert talk(b"OUTP? CH1\n") == b"0\r\n"


def test_all_of_its_channels_are_in_local_control() -> None:
    talk = struck("eez-bb3", "BB3")
    talk(b"SOUR3:VOLT 7\n")
    assert float(talk(b"SOUR3:VOLT?\n")) == 0.0


def test_an_ea_says_so_and_keeps_it() -> None:
    talk = struck("ea-ps9000", "PS 9040-20 T")
    assert talk(b"SYST:LOCK:OWN?\n") == b"LOCAL\n"
    talk(b"SYST:LOCK ON\n" + OFF["ea-ps9000"])
    assert talk(b"OUTP?;:SYST:LOCK:OWN?\n") == b"ON;LOCAL\n"


def test_a_rigol_obeys_again_once_remote_control_is_taken() -> None:
    talk = struck("rigol-dp800", "DP811A")
    talk(b":SYST:REM\n" + OFF["rigol-dp800"])
    assert talk(b":OUTP? CH1\n") == b"OFF\n"
