"""Conversations with supplies that are unlike the DP800: literal bytes, poll to arming to off."""

import pytest

from benchctl.core.dialect.conversation import (
    Conversation,
    LinkFault,
    Spot,
    Told,
    identify,
    poll,
    program,
    read_settings,
    run_conversation,
    switch_off,
    switch_on,
)
from benchctl.core.messages import (
    Identified,
    Polled,
    Programmed,
    SettingRefused,
    SettingsRead,
    SwitchedOff,
    SwitchedOn,
    WireFailed,
)
from benchctl.core.model import AbsenceReason, Ocp, Reading, Regulation, Sense, Settings, SupplySample
from benchctl.edge.dialects import load_dialect
from tests.fakes import ManualClock, ScriptedLink

Pair = tuple[bytes, bytes | LinkFault | None]


def spot(dialect: str, model: str, channel: int) -> Spot:
    return Spot("psu1", "P1", load_dialect(dialect).voice(model, channel), Sense.LOCAL)


SPD = spot("siglent-spd3303x", "SPD3303X", 2)
E3631A = spot("keysight-e3631a", "E3631A", 2)
E3633A = spot("keysight-e3631a", "E3633A", 1)
E36313A = spot("keysight-e36300", "E36313A", 2)
N5764A = spot("keysight-n5700", "N5764A", 1)
DP2031 = spot("rigol-dp2000", "DP2031", 1)
SPOTS = [SPD, E3631A, E3633A, E36313A, N5764A, DP2031, spot("siglent-spd1000x", "SPD1168X", 1)]
CLOCK = ManualClock(100.0)
UNPROTECTED = Settings(voltage_v=14.6, current_a=1.0, ovp_v=None, ocp_a=None)
QUIET: Pair = (b"SYST:ERR?\n", b'+0,"No error"\n')
SPD_QUIET: Pair = (b"SYST:ERR?\n", b"0  No Error\n")
E3631A_QUIET: Pair = (b"SYST:ERR?\n", b'+0,"No error"\r\n')


def held(conversation: Conversation, *pairs: Pair) -> Told:
    """The conversation, held over exactly these bytes."""
    with ScriptedLink(*pairs) as link:
        return run_conversation(conversation, link)


# ---------------------------------------------------------------- Siglent: one hex word for both channels

SPD_HELD: list[Pair] = [(b"CH2:VOLT?\n", b"14.600\n"), (b"CH2:CURR?\n", b"1.000\n")]


def test_a_siglent_is_polled_with_one_hex_word_for_mode_and_output() -> None:
    told = held(
        poll(SPD, CLOCK),
        (b"MEAS:VOLT? CH2\n", b"14.600\n"),
        (b"MEAS:CURR? CH2\n", b"0.512\n"),
        (b"SYST:STAT?\n", b"0x0224\n"),
    )
    sample = SupplySample(Reading(14.6, 100.0, "14.600"), Reading(0.512, 100.0, "0.512"), Regulation.CV, True)
    assert told == Told(Polled("P1", sample), trusted=True)


@pytest.mark.parametrize("word", [b"0x0038\n", b"0x003C\n", b"0x0020\n", b"0224 No Error\n", b"0x\n"])
def test_a_siglent_in_series_or_parallel_or_out_of_its_wits_says_no_mode(word: bytes) -> None:
    told = held(
        poll(SPD, CLOCK), (b"MEAS:VOLT? CH2\n", b"14.600\n"), (b"MEAS:CURR? CH2\n", b"0.512\n"), (b"SYST:STAT?\n", word)
    )
    assert isinstance(told.event, Polled)
    assert getattr(told.event.sample.regulation, "reason", None) is AbsenceReason.GARBLED


def test_a_siglent_is_armed_with_what_it_has_and_nothing_else() -> None:
    told = held(
        program(SPD, UNPROTECTED, previous=None),
        (b"CH2:VOLT?\n", b"5.000\n"),
        (b"CH2:CURR 1.000\n", None),
        (b"CH2:CURR?\n", b"1.000\n"),
        (b"CH2:VOLT 14.600\n", None),
        (b"CH2:VOLT?\n", b"14.600\n"),
        *SPD_HELD,
        SPD_QUIET,
    )
    assert told == Told(Programmed("P1", UNPROTECTED), trusted=True)


def test_an_ovp_is_refused_before_anything_is_sent_where_there_is_none() -> None:
    told = held(program(SPD, Settings(14.6, 1.0, 15.2, None), previous=None))
    assert isinstance(told.event, WireFailed)
    assert told.event.reason is AbsenceReason.UNSUPPORTED


def test_a_siglent_is_switched_on_read_and_switched_off() -> None:
    on = held(switch_on(SPD, UNPROTECTED), *SPD_HELD, (b"OUTP CH2,ON\n", None), (b"SYST:STAT?\n", b"0x0224\n"))
    read = held(read_settings(SPD), *SPD_HELD, SPD_QUIET)
    off = held(switch_off(SPD), (b"OUTP CH2,OFF\n", None), (b"SYST:STAT?\n", b"0x0014\n"))
    assert on.event == SwitchedOn("P1")
    assert read.event == SettingsRead("P1", UNPROTECTED)
    assert off.event == SwitchedOff("P1", True, "")


# ---------------------------------------------------------------- E3631A: one switch for all outputs

E3631A_HELD: list[Pair] = [
    (b"INST:NSEL 2;:VOLT?\n", b"+1.46000000E+01\r\n"),
    (b"INST:NSEL 2;:CURR?\n", b"+1.00000000E+00\r\n"),
]


def test_an_e3631a_is_polled_with_the_channel_in_every_question() -> None:
    told = held(
        poll(E3631A, CLOCK),
        (b"INST:NSEL 2;:MEAS:VOLT?\n", b"+1.45990000E+01\r\n"),
        (b"INST:NSEL 2;:MEAS:CURR?\n", b"+2.96680300E-02\r\n"),
        (b"STAT:QUES:INST:ISUM2:COND?\n", b"+2\r\n"),
        (b"OUTP?\n", b"1\r\n"),
    )
    sample = SupplySample(
        Reading(14.599, 100.0, "+1.45990000E+01"), Reading(0.02966803, 100.0, "+2.96680300E-02"), Regulation.CV, True
    )
    assert told == Told(Polled("P1", sample), trusted=True)


def test_an_e3631a_that_reports_a_failure_has_no_mode() -> None:
    told = held(
        poll(E3631A, CLOCK),
        (b"INST:NSEL 2;:MEAS:VOLT?\n", b"+1.45990000E+01\r\n"),
        (b"INST:NSEL 2;:MEAS:CURR?\n", b"+2.96680300E-02\r\n"),
        (b"STAT:QUES:INST:ISUM2:COND?\n", b"+3\r\n"),
    )
    assert isinstance(told.event, Polled)
    assert getattr(told.event.sample.regulation, "reason", None) is AbsenceReason.GARBLED


def test_an_e3631a_is_identified_and_takes_remote_control() -> None:
    told = held(
        identify("psu1", E3631A.voice.dialect, E3631A.voice),
        (b"*IDN?\n", b"HEWLETT-PACKARD,E3631A,0,3.2-6.0-2.0\r\n"),
        (b"SYST:REM\n", None),
    )
    assert isinstance(told.event, Identified)
    assert (told.event.identity.model, told.event.identity.serial) == ("E3631A", "")


def test_an_e3631a_is_armed_switched_on_read_and_switched_off() -> None:
    armed = held(
        program(E3631A, UNPROTECTED, previous=None),
        (b"INST:NSEL 2;:VOLT?\n", b"+0.00000000E+00\r\n"),
        (b"INST:NSEL 2;:CURR 1.000\n", None),
        (b"INST:NSEL 2;:CURR?\n", b"+1.00000000E+00\r\n"),
        (b"INST:NSEL 2;:VOLT 14.600\n", None),
        *E3631A_HELD[:1],
        *E3631A_HELD,
        E3631A_QUIET,
    )
    on = held(switch_on(E3631A, UNPROTECTED), *E3631A_HELD, (b"OUTP ON\n", None), (b"OUTP?\n", b"1\r\n"))
    read = held(read_settings(E3631A), *E3631A_HELD, E3631A_QUIET)
    off = held(switch_off(E3631A), (b"OUTP OFF\n", None), (b"OUTP?\n", b"0\r\n"))
    assert armed.event == Programmed("P1", UNPROTECTED)
    assert on.event == SwitchedOn("P1")
    assert read.event == SettingsRead("P1", UNPROTECTED)
    assert off.event == SwitchedOff("P1", True, "")


# ---------------------------------------------------------------- ranges, order, protections


def test_an_e3633a_is_brought_into_the_range_that_does_a_charge() -> None:
    charge = Settings(14.6, 5.0, 15.2, 5.5)
    last: list[Pair] = [
        (b"VOLT?\n", b"+1.46000000E+01\r\n"),
        (b"CURR?\n", b"+5.00000000E+00\r\n"),
        (b"VOLT:PROT?\n", b"+1.52000000E+01\r\n"),
        (b"VOLT:PROT:STAT?\n", b"1\r\n"),
        (b"CURR:PROT?\n", b"+5.50000000E+00\r\n"),
        (b"CURR:PROT:STAT?\n", b"1\r\n"),
    ]
    told = held(
        program(E3633A, charge, previous=None),
        (b"VOLT:RANG?\n", b"P8V\r\n"),
        (b"VOLT:RANG P20V\n", None),
        (b"VOLT:RANG?\n", b"P20V\r\n"),
        (b"VOLT?\n", b"+0.00000000E+00\r\n"),
        (b"VOLT:PROT 15.20\n", None),
        last[2],
        (b"VOLT:PROT:STAT ON\n", None),
        last[3],
        (b"CURR:PROT 5.500\n", None),
        last[4],
        (b"CURR:PROT:STAT ON\n", None),
        last[5],
        (b"CURR 5.000\n", None),
        last[1],
        (b"VOLT 14.600\n", None),
        last[0],
        *last,
        E3631A_QUIET,
    )
    assert told.event == Programmed("P1", charge)


def test_an_n5700_raises_its_ovp_before_and_lowers_it_after_the_voltage() -> None:
    assert N5764A.voice.ability is not None
    assert N5764A.voice.ability.ovp_min_v == pytest.approx(15.35)
    charge = Settings(14.6, 10.0, 15.35, None)
    ocp: list[Pair] = [(b"CURR:PROT:STAT OFF\n", None), (b"CURR:PROT:STAT?\n", b"0\n")]
    ovp: list[Pair] = [(b"VOLT:PROT 15.348\n", None), (b"VOLT:PROT?\n", b"15.348\n")]
    current: list[Pair] = [(b"CURR 10.000\n", None), (b"CURR?\n", b"10.0\n")]
    voltage: list[Pair] = [(b"VOLT 14.598\n", None), (b"VOLT?\n", b"14.598\n")]
    last: list[Pair] = [voltage[1], current[1], ovp[1], ocp[1], QUIET]
    up = held(program(N5764A, charge, None), (b"VOLT?\n", b"0.0\n"), *ocp, *ovp, *current, *voltage, *last)
    down = held(program(N5764A, charge, None), (b"VOLT?\n", b"18.0\n"), *ocp, *voltage, *current, *ovp, *last)
    assert isinstance(up.event, Programmed)
    assert up.event == down.event


def test_an_e36313a_must_prove_that_its_ocp_is_off() -> None:
    told = held(
        program(E36313A, Settings(14.6, 2.0, 15.2, None), previous=None),
        (b"VOLT:SENS? (@2)\n", b"INT\n"),
        (b"VOLT? (@2)\n", b"+0.00000000E+00\n"),
        (b"CURR:PROT:STAT OFF,(@2)\n", None),
        (b"CURR:PROT:STAT? (@2)\n", b"0\n"),
        (b"VOLT:PROT 15.200,(@2)\n", None),
        (b"VOLT:PROT? (@2)\n", b"+1.52000000E+01\n"),
        (b"VOLT:PROT:STAT ON,(@2)\n", None),
        (b"VOLT:PROT:STAT? (@2)\n", b"1\n"),
        (b"CURR 2.000,(@2)\n", None),
        (b"CURR? (@2)\n", b"+2.00000000E+00\n"),
        (b"VOLT 14.600,(@2)\n", None),
        (b"VOLT? (@2)\n", b"+1.46000000E+01\n"),
        (b"VOLT? (@2)\n", b"+1.46000000E+01\n"),
        (b"CURR? (@2)\n", b"+2.00000000E+00\n"),
        (b"VOLT:PROT? (@2)\n", b"+1.52000000E+01\n"),
        (b"VOLT:PROT:STAT? (@2)\n", b"1\n"),
        (b"CURR:PROT:STAT? (@2)\n", b"0\n"),
        QUIET,
    )
    assert told.event == Programmed("P1", Settings(14.6, 2.0, 15.2, None))


@pytest.mark.parametrize("each", SPOTS, ids=lambda each: each.voice.model.name)
def test_what_a_supply_cannot_do_is_known_before_the_run(each: Spot) -> None:
    ability, voice = each.voice.ability, each.voice
    assert ability is not None
    unprotected = voice.model.name in ("SPD3303X", "SPD1168X", "E3631A")
    assert (ability.ovp_max_v is None) == unprotected
    assert (ability.ocp is Ocp.LEVEL) == (voice.model.name in ("E3633A", "DP2031"))
    assert ability.max_voltage_v >= 14.6


def test_a_supply_that_stays_in_the_wrong_range_is_refused_before_any_level_is_set() -> None:
    told = held(
        program(E3633A, Settings(14.6, 5.0, 15.2, 5.5), previous=None),
        (b"VOLT:RANG?\n", b"P8V\r\n"),
        (b"VOLT:RANG P20V\n", None),
        (b"VOLT:RANG?\n", b"P8V\r\n"),
    )
    assert told.event == SettingRefused("P1", "range P20V", 1.0, 0.0)
