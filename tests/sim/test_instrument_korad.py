"""A simulated KA3005P, byte for byte: nothing ends a message. Evidence: the sigrok wiki page of the family."""

import pytest

from tests.sim.rig import Talk, bench


@pytest.fixture
def psu() -> Talk:
    return Talk(bench(), "psu2")


def test_identity(psu: Talk) -> None:
    assert psu(b"*IDN?").startswith(b"KORAD KA3005P V5.8 SN:")


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"VSET1:12.34VSET1?", b"12.34"),
        (b"VSET1:05.00VSET1?", b"05.00"),
        (b"VSET1:5VSET1?", b"05.00"),
        (b"ISET1:1.234ISET1?", b"1.234"),
        (b"VSET1:99.00VSET1?", b"00.00"),
        (b"STATUS?", b"\x11"),
        (b"OVP1OCP1STATUS?", b"\xb1"),
        (b"OVP1OVP0STATUS?", b"\x11"),
        (b"BEEP0RCL1SAV5LOCK0STATUS?", b"\x01"),
        (b"xyz*\n\rSTATUS?", b"\x11"),
        (b"IOUT1?", b"0.000"),
    ],
)
def test_commands_follow_each_other_without_an_end(psu: Talk, sent: bytes, answered: bytes) -> None:
    assert psu(sent) == answered


def test_a_command_may_come_byte_by_byte(psu: Talk) -> None:
    said = b"".join(psu(bytes([byte])) for byte in b"VSET1:12.34VSET1?STATUS?")
    assert said == b"12.34\x11"


def test_output_and_regulation_are_bits_of_one_byte(psu: Talk) -> None:
    assert psu(b"VSET1:14.60ISET1:2.000OUT1STATUS?") == b"\x50"  # on, CC, beep
    assert float(psu(b"IOUT1?")) == pytest.approx(2.0, abs=0.01)
    assert psu(b"OUT0STATUS?") == b"\x11"


def test_a_voltage_below_the_battery_is_cv_and_draws_nothing(psu: Talk) -> None:
    assert psu(b"VSET1:12.00ISET1:2.000OUT1STATUS?") == b"\x51"
    assert float(psu(b"IOUT1?")) == pytest.approx(0.0, abs=0.01)


def test_an_armed_ocp_ends_a_charge_in_cc_without_a_flag() -> None:
    there = bench()
    psu = Talk(there, "psu2")
    psu(b"VSET1:14.60ISET1:2.000OCP1OUT1")
    there.advance(5.0)
    assert psu(b"STATUS?") == b"\x31"
    assert psu(b"OCP0OUT1STATUS?") == b"\x50"
