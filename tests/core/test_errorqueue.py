"""The error queue of a supply by its literal bytes: what is asked, how far it is read, and that it fails nothing."""

from collections.abc import Sequence

import pytest

from benchctl.core.dialect.conversation import LinkFault, Spot, Told, program, read_settings, run_conversation
from benchctl.core.dialect.errorqueue import MOST_ENTRIES
from benchctl.core.messages import Programmed, SettingsRead
from benchctl.core.model import Sense, Settings
from benchctl.edge.dialects import load_dialect
from tests.fakes import ScriptedLink, late

Pair = tuple[bytes, bytes | LinkFault | None]

RIGOL = Spot("psu1", "P1", load_dialect("rigol-dp800").voice("DP832", 2), Sense.LOCAL)
RIGOL_SET = Settings(14.6, 3.0, 15.2, 3.3)
RIGOL_HELD: Sequence[Pair] = (
    (b":SOUR2:VOLT?\n", b"14.600\n"),
    (b":SOUR2:CURR?\n", b"3.0000\n"),
    (b":OUTP:OVP:VAL? CH2\n", b"15.200\n"),
    (b":OUTP:OVP? CH2\n", b"ON\n"),
    (b":OUTP:OCP:VAL? CH2\n", b"3.3000\n"),
    (b":OUTP:OCP? CH2\n", b"ON\n"),
)
KEYSIGHT = Spot("psu2", "P2", load_dialect("keysight-e36300").voice("E36313A", 2), Sense.LOCAL)
KEYSIGHT_SET = Settings(14.6, 2.0, 15.2, None)
KEYSIGHT_HELD: Sequence[Pair] = (
    (b"VOLT? (@2)\n", b"+1.46000000E+01\n"),
    (b"CURR? (@2)\n", b"+2.00000000E+00\n"),
    (b"VOLT:PROT? (@2)\n", b"+1.52000000E+01\n"),
    (b"VOLT:PROT:STAT? (@2)\n", b"1\n"),
    (b"CURR:PROT:STAT? (@2)\n", b"0\n"),
)
TTI = Spot("psu3", "P3", load_dialect("tti-cpx").voice("CPX400DP", 1), Sense.LOCAL)
TTI_SET = Settings(14.6, 5.0, 15.2, 5.5)
TTI_HELD: Sequence[Pair] = (
    (b"V1?\n", b"V1 14.60\r\n"),
    (b"I1?\n", b"I1 5.000\r\n"),
    (b"OVP1?\n", b"VP1 15.20\r\n"),
    (b"OCP1?\n", b"CP1 5.50\r\n"),
)
KORAD = Spot("psu4", "P4", load_dialect("korad-ka3005p").voice("KA3005P", 1), Sense.LOCAL)
EA = Spot("psu5", "P5", load_dialect("ea-ps9000").voice("PS 9080-60 T", 1), Sense.LOCAL)


def settings_of(spot: Spot, *pairs: Pair) -> Told:
    """The settings of a channel, read over exactly these bytes."""
    with ScriptedLink(*pairs) as link:
        return run_conversation(read_settings(spot), link)


def test_a_rigol_is_asked_until_its_queue_is_empty() -> None:
    told = settings_of(
        RIGOL,
        *RIGOL_HELD,
        (b":SYST:ERR?\n", b'-113,"Undefined header"\n'),
        (b":SYST:ERR?\n", b'-222,"Data out of range"\n'),
        (b":SYST:ERR?\n", b'0,"No error"\n'),
    )
    errors = ('-113,"Undefined header"', '-222,"Data out of range"')
    assert told == Told(SettingsRead("P1", RIGOL_SET, errors), trusted=True)


def test_a_keysight_says_that_there_is_none_with_a_sign() -> None:
    told = settings_of(
        KEYSIGHT,
        *KEYSIGHT_HELD,
        (b"SYST:ERR?\n", b'-410,"Query INTERRUPTED"\n'),
        (b"SYST:ERR?\n", b'+0,"No error"\n'),
    )
    assert told == Told(SettingsRead("P2", KEYSIGHT_SET, ('-410,"Query INTERRUPTED"',)), trusted=True)


def test_a_tti_has_a_register_with_a_number() -> None:
    told = settings_of(TTI, *TTI_HELD, (b"EER?\n", b"115\r\n"), (b"EER?\n", b"0\r\n"))
    assert told == Told(SettingsRead("P3", TTI_SET, ("115",)), trusted=True)


def test_a_korad_has_none_and_is_not_asked() -> None:
    told = settings_of(KORAD, (b"VSET1?", b"14.60"), (b"ISET1?", b"3.000"), (b"STATUS?", b"\x11"))
    assert told == Told(SettingsRead("P4", Settings(14.6, 3.0, None, None)), trusted=True)


def test_an_ea_is_not_asked_because_that_would_acknowledge_its_alarms() -> None:
    told = settings_of(
        EA, (b"VOLT?\n", b"14.60V\n"), (b"CURR?\n", b"5.00A\n"), (b"VOLT:PROT?\n", b"15.20V\n"),
        (b"CURR:PROT?\n", b"5.50A\n"), (b"SYST:LOCK:OWN?\n", b"REMOTE\n"),
    )  # fmt: skip
    assert told == Told(SettingsRead("P5", TTI_SET, remote=True), trusted=True)


def test_it_is_asked_after_a_live_channel_was_set_too() -> None:
    with ScriptedLink(
        *RIGOL_HELD, (b":SYST:ERR?\n", b'-221,"Settings conflict"\n'), (b":SYST:ERR?\n", b"0,\n")
    ) as link:
        told = run_conversation(program(RIGOL, RIGOL_SET, previous=RIGOL_SET), link)
    assert told == Told(Programmed("P1", RIGOL_SET, ('-221,"Settings conflict"',)), trusted=True)


def test_a_queue_without_an_end_is_read_no_further_than_so_many_entries() -> None:
    entry = (b":SYST:ERR?\n", b'-350,"Queue overflow"\n')
    told = settings_of(RIGOL, *RIGOL_HELD, *[entry] * MOST_ENTRIES)
    assert isinstance(told.event, SettingsRead)
    assert told.event.errors == ('-350,"Queue overflow"',) * MOST_ENTRIES


@pytest.mark.parametrize("answer", [late(), b'0,"No err', b'none,"No error"\n', b'0,"No \xff error"\n'])
def test_a_queue_that_cannot_be_read_fails_nothing_but_the_connection(answer: bytes | LinkFault) -> None:
    told = settings_of(RIGOL, *RIGOL_HELD, (b":SYST:ERR?\n", b"-100,\n"), (b":SYST:ERR?\n", answer))
    assert told == Told(SettingsRead("P1", RIGOL_SET, ("-100,",)), trusted=False)


def test_the_words_of_an_entry_are_foreign_and_long_ones_are_cut() -> None:
    told = settings_of(
        RIGOL,
        *RIGOL_HELD,
        (b":SYST:ERR?\n", b"-100,\\" + b"x" * 200 + b"\n"),
        (b":SYST:ERR?\n", b'+9.91E37,""\n'),
        (b":SYST:ERR?\n", b"0,\n"),
    )
    assert isinstance(told.event, SettingsRead)
    assert told.event.errors == ("-100,\\x5c" + "x" * 70 + "…", '+9.91E37,""')
