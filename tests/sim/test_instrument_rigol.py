"""A simulated Rigol DP811A, byte for byte. What must be answered is from the DP800 Programming Guide."""

import pytest

from benchctl.core.model import Sense
from tests.sim.rig import Talk, bench


@pytest.fixture
def psu() -> Talk:
    return Talk(bench(), "psu1")


def test_identity_has_the_familys_form(psu: Talk) -> None:
    maker, model, serial, firmware = psu(b"*IDN?\n").decode().rstrip("\n").split(",")
    assert (maker, model) == ("RIGOL TECHNOLOGIES", "DP811A")
    assert serial.startswith("DP8")
    assert firmware.count(".") == 2


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b":SOUR1:VOLT 14.6\n:SOUR1:VOLT?\n", b"14.600\n"),
        (b"VOLT 14.6\nVOLT?\n", b"14.600\n"),
        (b"volt 500mV;volt?\n", b"0.500\n"),
        (b":SOURce1:VOLTage:LEVel:IMMediate:AMPLitude 3.25\n:SOUR:VOLT:LEV?\n", b"3.250\n"),
        (b":SOUR1:VOLT? MAX\n", b"20.000\n"),
        (b":SOUR1:CURR 9.5;CURR?\n", b"9.5000\n"),
        (b":OUTP:OVP:VAL CH1,8.8\n:OUTP:OVP:VAL? CH1\n", b"8.800\n"),
        (b":VOLT:PROT 15;PROT?\n", b"15.000\n"),
        (b":OUTP:OVP CH1,ON\n:OUTP:OVP? CH1\n", b"ON\n"),
        (b":VOLTage:PROTection:STATe 1\n:OUTPut:OVP:STATe? CH1\n", b"ON\n"),
        (b":OUTP:OCP:VAL CH1,10.5\n:OUTP:OCP:VAL? CH1\n", b"10.5000\n"),
        (b":OUTP:OVP:QUES? CH1\n", b"NO\n"),
        (b":OUTP? CH1\n", b"OFF\n"),
        (b":OUTPut:STATe?\n", b"OFF\n"),
        (b":OUTP:MODE? CH1\n", b"CV\n"),
        (b":OUTP:RANG?\n", b"20V/10A\n"),
        (b":OUTP:RANG P40V\n:OUTP:RANG?;:CURR? MAX\n", b"40V/5A;5.0000\n"),
        (b":OUTP:SENS? CH1\n:OUTP:SENS CH1,ON\n:OUTP:SENS? CH1\n", b"OFF\nON\n"),
        (b":APPL CH1,5,1\n:APPL?\n", b"CH1:20V/10A,5.000,1.000\n"),
        (b":INST CH1\n:INST?;:INST:NSEL?\n", b"CH1;1\n"),
        (b"*OPC?;*TST?;*STB?;*ESE 32;*ESE?\n", b"1;0;0;32\n"),
        (b":SYST:ERR?\n", b'0,"No error"\n'),
        (b":SYST:REM\n:SYST:ERR?\n", b'0,"No error"\n'),
        (b"VOLT 5\n*RST\nVOLT?\n", b"0.000\n"),
        (b"\n\r\n;\n*OPC?\r\n", b"1\n"),
    ],
)
def test_what_is_set_is_answered(psu: Talk, sent: bytes, answered: bytes) -> None:
    assert psu(sent) == answered


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"FOO:BAR 1\n", b'-113,"Undefined header"\n'),
        (b"OUTPU CH1,ON\n", b'-113,"Undefined header"\n'),
        (b"VOLT 20.5\n", b'-222,"Data out of range"\n'),
        (b"VOLT -1\n", b'-222,"Data out of range"\n'),
        (b"VOLT\n", b'-109,"Missing parameter"\n'),
        (b"VOLT abc\n", b'-104,"Data type error"\n'),
        (b"VOLT 5HZ\n", b'-131,"Invalid suffix"\n'),
        (b"OUTP CH1,MAYBE\n", b'-224,"Illegal parameter value"\n'),
        (b"OUTP CH2,ON\n", b'-224,"Illegal parameter value"\n'),
        (b"OUTP? CH1,1,2\n", b'-108,"Parameter not allowed"\n'),
        (b"OUTP:RANG P30V\n", b'-224,"Illegal parameter value"\n'),
        (b"\xff\xfe\n", b'-102,"Syntax error"\n'),
        (b"x" * 9000 + b"\n", b'-102,"Syntax error"\n'),
    ],
)
def test_what_is_wrong_goes_to_the_queue_and_is_never_answered(psu: Talk, sent: bytes, error: bytes) -> None:
    assert psu(sent) == b""
    assert psu(b"SYST:ERR?\n") == error
    assert psu(b"SYST:ERR?\n") == b'0,"No error"\n'
    assert psu(b"VOLT?\n") == b"0.000\n"


def test_the_error_queue_ends_with_its_overflow(psu: Talk) -> None:
    psu(b"FOO\n" * 30)
    errors = psu(b"SYST:ERR?\n" * 21).splitlines()
    assert errors[18:] == [b'-113,"Undefined header"', b'-350,"Queue overflow"', b'0,"No error"']


def test_a_command_error_shows_in_the_event_register_until_it_is_read(psu: Talk) -> None:
    psu(b"*CLS;FOO\n")
    assert psu(b"*ESR?;*ESR?\n") == b"32;0\n"


def test_a_line_may_come_in_pieces_and_several_at_once(psu: Talk) -> None:
    assert psu(b"VOL") == b""
    assert psu(b"T 5;VOLT") == b""
    assert psu(b"?\nCURR?\n*OPC") == b"5.000\n10.0000\n"
    assert psu(b"?\n") == b"1\n"


def test_connections_share_one_state_but_not_their_lines() -> None:
    there = bench()
    first, second = Talk(there, "psu1"), Talk(there, "psu1")
    first(b"VOLT 7\nVO")
    assert second(b"VOLT?\n") == b"7.000\n"


def test_off_the_voltmeter_sees_the_battery_and_no_current_flows(psu: Talk) -> None:
    volts, amps, watts = map(float, psu(b"MEAS:ALL?\n").split(b","))
    assert volts == pytest.approx(13.06, abs=0.05)
    assert (amps, watts) == (0.0, 0.0)


def test_the_limit_holds_in_cc_and_the_leads_drop_their_share() -> None:
    there = bench(lead_ohm=0.02)
    psu = Talk(there, "psu1")
    psu(b":SOUR1:VOLT 14.6;CURR 10;:OUTP CH1,ON\n")
    volts, amps, _ = map(float, psu(b"MEAS:ALL?\n").split(b","))
    truth = there.truth("P1")
    assert psu(b"OUTP:MODE? CH1;:OUTP? CH1\n") == b"CC;ON\n"
    assert amps == pytest.approx(10.0, abs=0.01)
    assert truth.terminal_v - truth.battery_v == pytest.approx(0.2, abs=1e-6)
    assert volts == pytest.approx(truth.terminal_v, abs=0.01)


def test_remote_sense_measures_at_the_battery() -> None:
    there = bench(Sense.REMOTE, lead_ohm=0.05)
    psu = Talk(there, "psu1")
    psu(b":OUTP:SENS CH1,ON\n:SOUR1:VOLT 14.6;CURR 10;:OUTP CH1,ON\n")
    assert psu.number(b"MEAS:ALL? CH1\n") == pytest.approx(there.truth("P1").battery_v, abs=0.01)


def test_remote_sense_without_sense_leads_lets_the_output_rise() -> None:
    there = bench(Sense.LOCAL)
    psu = Talk(there, "psu1")
    psu(b"VOLT 13.2;CURR 10;:OUTP CH1,ON\n")
    before_v = there.truth("P1").terminal_v
    psu(b":OUTP:SENS CH1,ON\n")
    assert before_v == pytest.approx(13.2)
    assert there.truth("P1").terminal_v > before_v + 0.1


def test_over_voltage_trips_for_certain_and_stays_off_until_it_is_cleared(psu: Talk) -> None:
    psu(b":OUTP:OVP:VAL CH1,12;:OUTP:OVP CH1,ON;:VOLT 14.6;:CURR 1;:OUTP CH1,ON\n")
    assert psu(b"OUTP?;:OUTP:OVP:QUES? CH1\n") == b"OFF;YES\n"
    psu(b"*CLS;:OUTP CH1,ON\n")
    assert psu(b"OUTP?;:SYST:ERR?\n") == b'OFF;-221,"Settings conflict"\n'
    psu(b":OUTP:OVP:CLEAR CH1\n:OUTP:OVP:VAL CH1,15\n:OUTP CH1,ON\n")
    assert psu(b"OUTP?;:OUTP:OVP:QUES? CH1\n") == b"ON;NO\n"


def test_over_current_trips_after_its_delay_and_not_at_once() -> None:
    there = bench()
    psu = Talk(there, "psu1")
    psu(b":OUTP:OCP:VAL CH1,2;:OUTP:OCP CH1,ON;:VOLT 14.6;:CURR 5;:OUTP CH1,ON\n")
    assert psu(b"OUTP?\n") == b"ON\n"
    there.advance(3.0)
    assert psu(b"OUTP?;:OUTP:OCP:QUES? CH1\n") == b"OFF;YES\n"


def test_a_range_changes_only_while_the_output_is_off(psu: Talk) -> None:
    psu(b"VOLT 14;:OUTP CH1,ON\n:OUTP:RANG P40V\n")
    assert psu(b"SYST:ERR?;:OUTP:RANG?\n") == b'-221,"Settings conflict";20V/10A\n'
