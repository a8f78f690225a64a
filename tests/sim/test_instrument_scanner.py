"""A simulated 34970A, byte for byte. What must be answered is from the 34970A/34972A Command Reference."""

import re

import pytest

from tests.sim.rig import Talk, bench

READING = rb"[+-]\d\.\d{8}E[+-]\d\d"


@pytest.fixture
def scan() -> Talk:
    return Talk(bench(), "scan1")


def test_identity(scan: Talk) -> None:
    assert scan(b"*IDN?\n") == b"HEWLETT-PACKARD,34970A,0,13-2-2\n"


def test_one_line_configures_scans_and_answers_in_ascending_order(scan: Talk) -> None:
    said = scan(b"CONF:VOLT:DC 100,(@102,101);:VOLT:DC:NPLC 10,(@102,101);:READ?\n")
    assert re.fullmatch(READING + b"," + READING + b"\n", said)
    first, second = map(float, said.split(b","))
    assert first == pytest.approx(13.06, abs=0.02)
    assert second == pytest.approx(12.9, abs=0.05)


@pytest.mark.parametrize(
    "line",
    [
        b"MEAS:VOLT:DC? 100,(@101)\n",
        b"MEASure:VOLTage:DC? AUTO,DEF,(@101)\n",
        b"meas:volt? (@101)\n",
        b"CONF:VOLT:DC (@101)\nROUT:SCAN (@101)\nINIT\nFETC?\n",
        b"CONF:VOLT:DC 100,(@101:105)\nSCAN (@101)\nREAD?\n",
    ],
)
def test_a_channel_is_read_in_every_way_the_manual_gives(scan: Talk, line: bytes) -> None:
    assert re.fullmatch(READING + b"\n", scan(line))
    assert scan(b"SYST:ERR?\n") == b'+0,"No error"\n'


def test_the_scan_list_is_a_block(scan: Talk) -> None:
    assert scan(b"ROUT:SCAN?\n") == b"#13(@)\n"
    scan(b"CONF:VOLT:DC 100,(@101,102,103)\n")
    assert scan(b"ROUT:SCAN?;:ROUT:SCAN:SIZE?\n") == b"#214(@101,102,103);+3\n"


def test_the_meter_sees_the_battery_with_little_noise_and_a_small_fixed_error() -> None:
    there = bench()
    scan = Talk(there, "scan1")
    readings = [scan.number(b"MEAS:VOLT:DC? 100,(@101)\n") for _ in range(50)]
    mean_v = sum(readings) / len(readings)
    assert mean_v == pytest.approx(there.truth("P1").battery_v, abs=1.5e-3)
    assert 2e-5 < (max(readings) - min(readings)) / 4 < 2e-4


def test_temperature_is_that_of_the_room(scan: Talk) -> None:
    said = scan(b"CONF:TEMP TC,K,(@111);:TEMP:TRAN:TC:RJUN:TYPE INT,(@111);:TEMP:NPLC 10,(@111);:READ?\n")
    assert float(said) == pytest.approx(21.0, abs=1.0)


def test_a_channel_without_a_probe_is_an_overload(scan: Talk) -> None:
    assert scan(b"MEAS:TEMP? TC,K,(@120)\n") == b"+9.90000000E+37\n"


def test_an_open_channel_reads_about_nothing(scan: Talk) -> None:
    assert abs(scan.number(b"MEAS:VOLT:DC? 100,(@320)\n")) < 2e-3


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"MEAS:VOLT:DC? 100,(@401)\n", b'-224,"Illegal parameter value"\n'),
        (b"READ?\n", b'-221,"Settings conflict"\n'),
        (b"FETC?\n", b'-230,"Data corrupt or stale"\n'),
        (b"ROUT:SCAN (@105)\n", b'-221,"Settings conflict"\n'),
        (b"MEAS:VOLT:DC?\n", b'-109,"Missing parameter"\n'),
        (b"OUTP ON\n", b'-113,"Undefined header"\n'),
    ],
)
def test_what_is_wrong_goes_to_the_queue(scan: Talk, sent: bytes, error: bytes) -> None:
    assert scan(sent) == b""
    assert scan(b"SYST:ERR?\n") == error


def test_readings_can_carry_their_channel(scan: Talk) -> None:
    scan(b"FORM:READ:CHAN ON\n")
    assert scan(b"MEAS:VOLT:DC? 100,(@101)\n").endswith(b",101\n")
