"""Shipped meters and scanners, scanned with literal bytes: how they are asked differs, what comes of it must not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from benchctl.core.dialect.conversation import LinkFault, Spot, Told, run_conversation, scan_meters
from benchctl.core.dialect.voice import Exchange
from benchctl.core.messages import MetersScanned
from benchctl.core.model import Absence, AbsenceReason, Measurement, Reading, Sense
from benchctl.edge.dialects import load_dialect
from tests.fakes import ManualClock, ScriptedLink, late

Pair = tuple[bytes, bytes | LinkFault | None]

CLOCK = ManualClock(100.0)

AGILENT_LINE = b"CONF:VOLT:DC 100;:VOLT:DC:NPLC 10;:READ?\n"
KEITHLEY_SETUP = b":SENS:VOLT:REL:STAT 0;:VOLT:DC:AVER OFF;:CALC1:VOLT:DC:MATH:STAT OFF\n"
KEITHLEY_LINE = (
    b':SENS:FUNC "VOLT:DC";:SENS:VOLT:RANG:AUTO 0;:SENS:VOLT:RANG 100;:SENS:VOLT:NPLC 10;:SENS:VOLT:AZER 1;:READ?\n'
)
M300_SETUP: Sequence[Pair] = [
    (b"FORM:READ:UNIT OFF\n", None),
    (b"FORM:READ:TIME OFF\n", None),
    (b"FORM:READ:CHAN OFF\n", None),
    (b"FORM:READ:ALAR OFF\n", None),
    (b"TRIG:SOUR IMM\n", None),
    (b"TRIG:COUN 1\n", None),
]


def spot(family: str, model: str, channel: int = 1, position: str = "P1") -> Spot:
    """A position on a channel of a shipped family."""
    return Spot("meter1", position, load_dialect(family).voice(model, channel), Sense.REMOTE)


def scanned(spots: Sequence[Spot], *pairs: Pair) -> tuple[list[Measurement], bool]:
    """What a scan over exactly these bytes comes to, and whether the connection is still trusted."""
    with ScriptedLink(*pairs) as link:
        told: Told = run_conversation(scan_meters("meter1", spots, CLOCK), link)
    assert isinstance(told.event, MetersScanned)
    assert [position for position, _ in told.event.readings] == [each.position for each in spots]
    return [reading for _, reading in told.event.readings], told.trusted


def reasons(readings: Sequence[Measurement]) -> list[AbsenceReason | None]:
    """Why each is absent; None for a reading."""
    return [each.reason if isinstance(each, Absence) else None for each in readings]


@dataclass(frozen=True, slots=True)
class Answering:
    """A link that is a function."""

    ask: Callable[[Exchange], bytes]


def one_by_one_2700(channel: int) -> list[Pair]:
    """What makes a 2700 read this one channel."""
    at = b"(@%d)" % channel
    return [
        (b"INIT:CONT OFF\n", None),
        (b"ROUT:SCAN:LSEL NONE\n", None),
        (b"FORM:ELEM READ,CHAN\n", None),
        (b"TRIG:SOUR IMM\n", None),
        (b"TRIG:COUN 1\n", None),
        (b"SAMP:COUN 1\n", None),
        (b"SENS:FUNC 'VOLT'," + at + b"\n", None),
        (b"SENS:VOLT:RANG 100," + at + b"\n", None),
        (b"SENS:VOLT:NPLC 5," + at + b"\n", None),
        (b"ROUT:SCAN " + at + b"\n", None),
        (b"ROUT:SCAN:TSO IMM\n", None),
        (b"ROUT:SCAN:LSEL INT\n", None),
    ]


# ---------------------------------------------------------------- single meters


def test_a_single_meter_is_set_and_read_in_one_line() -> None:
    readings, trusted = scanned([spot("keysight-34401a", "34401A")], (AGILENT_LINE, b"+1.45998730E+01\r\n"))
    assert readings == [Reading(14.599873, 100.0, "+1.45998730E+01")]
    assert trusted


def test_what_the_one_line_does_not_set_is_told_before_it() -> None:
    pairs: list[Pair] = [(KEITHLEY_SETUP, None), (KEITHLEY_LINE, b"1.459987E+01\n"), (b"ROUT:TERM?\n", b"FRON\n")]
    readings, trusted = scanned([spot("keithley-dmm6500", "DMM6500")], *pairs)
    assert readings == [Reading(14.59987, 100.0, "1.459987E+01")]
    assert trusted


def test_an_open_lead_is_an_overload_of_a_meter_still_trusted() -> None:
    readings, trusted = scanned([spot("keysight-34401a", "34401A")], (AGILENT_LINE, b"+9.90000000E+37\n"))
    assert reasons(readings) == [AbsenceReason.OVERLOAD]
    assert trusted


def test_an_owon_has_its_own_word_for_overload() -> None:
    pairs: list[Pair] = [(b"CONF:VOLT:DC 50\n", None), (b"RATE S\n", None), (b"MEAS1?\n", b"1.000000E+09\r\n")]
    pairs.append((b"FUNC1?\n", b'"VOLT"\r\n'))
    readings, trusted = scanned([spot("owon-xdm1041", "XDM1041")], *pairs)
    assert reasons(readings) == [AbsenceReason.OVERLOAD]
    assert trusted


@pytest.mark.parametrize(
    "reply", [b"+1.45998730E+01,+1.45998730E+01\n", b"+1.4599873OE+01\n", b'+0,"No error"\n', b"\n"]
)
def test_what_is_no_single_number_is_no_reading(reply: bytes) -> None:
    readings, trusted = scanned([spot("keysight-34401a", "34401A")], (AGILENT_LINE, reply))
    assert reasons(readings) == [AbsenceReason.GARBLED]
    assert not trusted


def test_a_meter_that_refuses_part_of_the_line_answers_nothing_and_is_not_trusted() -> None:
    readings, trusted = scanned([spot("keysight-34401a", "34401A")], (AGILENT_LINE, late()))
    assert reasons(readings) == [AbsenceReason.TIMEOUT]
    assert not trusted


# ---------------------------------------------------------------- what a person may have pressed


@pytest.mark.parametrize("answer", [b"14.59987\n", b"9.9E+37\n"])
def test_a_meter_on_its_other_terminals_has_no_reading_and_says_what_to_look_at(answer: bytes) -> None:
    pairs: list[Pair] = [(KEITHLEY_SETUP, None), (KEITHLEY_LINE, answer), (b"ROUT:TERM?\n", b"REAR\n")]
    readings, trusted = scanned([spot("keithley-dmm6500", "DMM6500")], *pairs)
    assert reasons(readings) == [AbsenceReason.WRONG_INPUT]
    assert isinstance(readings[0], Absence)
    assert "terminals" in readings[0].detail
    assert trusted


def test_a_meter_that_does_not_say_what_it_measures_has_no_reading() -> None:
    pairs: list[Pair] = [(KEITHLEY_SETUP, None), (KEITHLEY_LINE, b"14.59987\n"), (b"ROUT:TERM?\n", late())]
    readings, trusted = scanned([spot("keithley-dmm6500", "DMM6500")], *pairs)
    assert reasons(readings) == [AbsenceReason.TIMEOUT]
    assert not trusted


def test_a_scanner_on_its_front_terminals_has_no_reading_of_any_channel() -> None:
    spots = [spot("keithley-daq6510", "DAQ6510", channel, f"P{channel}") for channel in (101, 102)]

    def answer(exchange: Exchange) -> bytes:
        if exchange.write == b"ROUT:TERM?\n":
            return b"FRON\n"
        channel = b"101" if b"101" in exchange.write else b"102"
        return b"" if exchange.reply is None else b"1.310100E+01," + channel + b"\n"

    told = run_conversation(scan_meters("meter1", spots, CLOCK), Answering(answer))
    assert isinstance(told.event, MetersScanned)
    assert reasons([reading for _, reading in told.event.readings]) == [AbsenceReason.WRONG_INPUT] * 2


# ---------------------------------------------------------------- scanners


def test_one_question_scans_all_channels_and_each_position_gets_its_own() -> None:
    spots = [spot("rigol-m300", "M300", channel, f"P{channel}") for channel in (203, 101, 120)]
    question = (b"MEAS:VOLT:DC? 20,DEF,(@101,120,203)\n", b"+1.310100000E+01,+1.312000000E+01,+1.320300000E+01\n")
    readings, trusted = scanned(spots, *M300_SETUP, question)
    assert [each.value for each in readings if isinstance(each, Reading)] == [13.203, 13.101, 13.12]
    assert trusted


def test_a_scan_short_of_a_reading_gives_none_to_anybody() -> None:
    spots = [spot("rigol-m300", "M300", channel, f"P{channel}") for channel in (101, 102)]
    readings, trusted = scanned(spots, *M300_SETUP, (b"MEAS:VOLT:DC? 20,DEF,(@101,102)\n", b"+1.310100000E+01\n"))
    assert reasons(readings) == [AbsenceReason.GARBLED, AbsenceReason.GARBLED]
    assert not trusted


def test_an_overload_in_a_scan_is_that_channels_alone() -> None:
    spots = [spot("rigol-m300", "M300", channel, f"P{channel}") for channel in (101, 102)]
    question = (b"MEAS:VOLT:DC? 20,DEF,(@101,102)\n", b"+9.9E+37,+1.310200000E+01\n")
    readings, trusted = scanned(spots, *M300_SETUP, question)
    assert reasons(readings) == [AbsenceReason.OVERLOAD, None]
    assert trusted


def test_a_2700_is_read_a_channel_at_a_time() -> None:
    spots = [spot("keithley-2700", "2700", channel, f"P{channel}") for channel in (102, 101)]
    readings, trusted = scanned(
        spots,
        *one_by_one_2700(102),
        (b"READ?\n", b"+1.31020000E+01,102\n"),
        *one_by_one_2700(101),
        (b"READ?\n", b"+1.31010000E+01,101\n"),
    )
    assert readings == [Reading(13.102, 100.0, "+1.31020000E+01"), Reading(13.101, 100.0, "+1.31010000E+01")]
    assert trusted


def test_another_channels_reading_is_never_taken_for_this_ones() -> None:
    spots = [spot("keithley-2700", "2700", channel, f"P{channel}") for channel in (101, 102, 103)]
    readings, trusted = scanned(
        spots,
        *one_by_one_2700(101),
        (b"READ?\n", b"+1.31010000E+01,101\n"),
        *one_by_one_2700(102),
        (b"READ?\n", b"+1.31010000E+01,101\n"),
    )
    assert reasons(readings) == [None, AbsenceReason.GARBLED, AbsenceReason.NOT_MEASURED]
    assert not trusted


def test_a_daq6510_closes_reads_and_names_the_channel() -> None:
    at = b"(@101)"
    setup = b"VOLT:DC:REL 0, %b;:VOLT:DC:AVER OFF, %b;:CALC1:VOLT:DC:MATH:STAT OFF, %b;:TRAC:CLE\n" % (at, at, at)
    line = (
        b"FUNC 'VOLT:DC', %b;:VOLT:DC:RANG 100, %b;:VOLT:DC:NPLC 10, %b;:VOLT:DC:AZER ON, %b;:ROUT:CHAN:CLOS %b;"
        b':READ? "defbuffer1", READ, CHAN\n' % (at, at, at, at, at)
    )
    rear: Pair = (b"ROUT:TERM?\n", b"REAR\n")
    readings, trusted = scanned(
        [spot("keithley-daq6510", "DAQ6510", 101)], (setup, None), (line, b"1.310100E+01,101\n"), rear
    )
    assert readings == [Reading(13.101, 100.0, "1.310100E+01")]
    assert trusted


@pytest.mark.parametrize(
    ("family", "model", "most_v"),
    [
        ("keysight-34401a", "34401A", 0.002),
        ("keysight-34461a", "34461A", 0.002),
        ("keithley-dmm6500", "DMM6500", 0.002),
        ("keithley-2000", "2000", 0.002),
        ("siglent-sdm3000", "SDM3065X", 0.004),
        ("rigol-dm3000", "DM3068", 0.004),
        ("owon-xdm1041", "XDM1041", 0.015),
        ("rs-hmc8012", "HMC8012", 0.005),
        ("fluke-8845a", "8846A", 0.002),
        ("keithley-daq6510", "DAQ6510", 0.003),
        ("keithley-2700", "2700", 0.002),
        ("rigol-m300", "M300", 0.005),
    ],
)
def test_a_meter_is_in_a_range_that_holds_the_charging_voltage_with_a_stated_accuracy(
    family: str, model: str, most_v: float
) -> None:
    meter = load_dialect(family).model(model).meter
    assert meter is not None
    assert meter.ability.range_v > 15.2
    assert 0.0005 < meter.ability.gain * 14.6 + meter.ability.offset_v < most_v
