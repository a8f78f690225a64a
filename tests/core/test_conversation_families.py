"""Conversations with supplies unlike the Rigol, with literal bytes: a family that selects its channel in the same write
(R&S HMP), and one that speaks no SCPI and tells of CV and CC by its readings alone (Aim-TTi CPX)."""

from collections.abc import Sequence

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
from benchctl.core.messages import Identified, Polled, Programmed, SettingRefused, SettingsRead, SwitchedOff, SwitchedOn
from benchctl.core.model import Reading, Regulation, Sense, Settings, SupplySample
from benchctl.edge.dialects import load_dialect
from tests.fakes import ManualClock, ScriptedLink

Pair = tuple[bytes, bytes | LinkFault | None]

HMP = load_dialect("rs-hmp")
TTI = load_dialect("tti-cpx")
HMP4040 = Spot("psu1", "P1", HMP.voice("HMP4040", 2), Sense.LOCAL)
CPX400DP = Spot("psu2", "P2", TTI.voice("CPX400DP", 1), Sense.LOCAL)
CLOCK = ManualClock(100.0)

HMP_CHARGE = Settings(voltage_v=14.6, current_a=5.0, ovp_v=15.2, ocp_a=None)
TTI_CHARGE = Settings(voltage_v=14.6, current_a=5.0, ovp_v=15.2, ocp_a=5.5)

HMP_HELD: Sequence[Pair] = [
    (b"INST:NSEL 2\nVOLT?\n", b"14.600\n"),
    (b"INST:NSEL 2\nCURR?\n", b"5.0000\n"),
    (b"INST:NSEL 2\nVOLT:PROT:LEV?\n", b"15.200\n"),
    (b"INST:NSEL 2\nVOLT:PROT:MODE?\n", b"measured\n"),
    (b"INST:NSEL 2\nFUSE:STAT?\n", b"0\n"),
]
TTI_HELD: Sequence[Pair] = [
    (b"V1?\n", b"V1 14.60\r\n"),
    (b"I1?\n", b"I1 5.000\r\n"),
    (b"OVP1?\n", b"VP1 15.20\r\n"),
    (b"OCP1?\n", b"CP1 5.50\r\n"),
]

HMP_QUIET: Pair = (b"SYST:ERR?\n", b'0,"No error"\n')
TTI_QUIET: Pair = (b"EER?\n", b"0\r\n")


def held(conversation: Conversation, *pairs: Pair) -> Told:
    """The conversation, held over exactly these bytes."""
    with ScriptedLink(*pairs) as link:
        return run_conversation(conversation, link)


# ---------------------------------------------------------------- R&S HMP: the channel is selected in the same write


def test_an_hmp_is_named_and_taken_under_control() -> None:
    idn = b"HAMEG,HMP4040,103781,HW50020001/SW2.51\n"
    told = held(identify("psu1", HMP, HMP4040.voice), (b"*IDN?\n", idn), (b"SYST:REM\n", None))
    assert isinstance(told.event, Identified)
    assert (told.event.identity.model, told.event.identity.serial) == ("HMP4040", "103781")


def test_an_hmp_is_armed_with_its_fuse_off_and_its_ovp_measured() -> None:
    told = held(
        program(HMP4040, HMP_CHARGE, previous=None),
        (b"INST:NSEL 2\nVOLT?\n", b"0.000\n"),
        (b"INST:NSEL 2\nFUSE:STAT OFF\n", None),
        (b"INST:NSEL 2\nFUSE:STAT?\n", b"0\n"),
        (b"INST:NSEL 2\nVOLT:PROT:MODE MEAS\n", None),
        (b"INST:NSEL 2\nVOLT:PROT:MODE?\n", b"measured\n"),
        (b"INST:NSEL 2\nVOLT:PROT:LEV 15.200\n", None),
        (b"INST:NSEL 2\nVOLT:PROT:LEV?\n", b"15.200\n"),
        (b"INST:NSEL 2\nCURR 5.000\n", None),
        (b"INST:NSEL 2\nCURR?\n", b"5.0000\n"),
        (b"INST:NSEL 2\nVOLT 14.600\n", None),
        (b"INST:NSEL 2\nVOLT?\n", b"14.600\n"),
        *HMP_HELD,
        HMP_QUIET,
    )
    assert told == Told(Programmed("P1", HMP_CHARGE), trusted=True)


def test_an_hmp_that_keeps_its_fuse_is_refused() -> None:
    told = held(
        program(HMP4040, HMP_CHARGE, previous=None),
        (b"INST:NSEL 2\nVOLT?\n", b"0.000\n"),
        (b"INST:NSEL 2\nFUSE:STAT OFF\n", None),
        (b"INST:NSEL 2\nFUSE:STAT?\n", b"1\n"),
    )
    assert told == Told(SettingRefused("P1", "ocp_off", 0.0, 1.0), trusted=True)


def test_an_hmp_comes_on_by_its_own_switch_and_the_common_one() -> None:
    told = held(
        switch_on(HMP4040, HMP_CHARGE),
        *HMP_HELD,
        (b"INST:NSEL 2\nOUTP:SEL ON\n", None),
        (b"OUTP:GEN ON\n", None),
        (b"INST:NSEL 2\nOUTP:SEL?\n", b"1\n"),
    )
    assert told == Told(SwitchedOn("P1"), trusted=True)


@pytest.mark.parametrize(("bits", "regulation"), [(b"1\n", Regulation.CC), (b"2\n", Regulation.CV)])
def test_an_hmp_is_polled_by_its_bits(bits: bytes, regulation: Regulation) -> None:
    told = held(
        poll(HMP4040, CLOCK),
        (b"INST:NSEL 2\nMEAS:VOLT?\n", b"13.412\n"),
        (b"INST:NSEL 2\nMEAS:CURR?\n", b"5.0000\n"),
        (b"STAT:QUES:INST:ISUM2:COND?\n", bits),
        (b"INST:NSEL 2\nOUTP:SEL?\n", b"1\n"),
    )
    sample = SupplySample(Reading(13.412, 100.0, "13.412"), Reading(5.0, 100.0, "5.0000"), regulation, True)
    assert told == Told(Polled("P1", sample), trusted=True)


def test_the_settings_of_an_hmp_are_read() -> None:
    assert held(read_settings(HMP4040), *HMP_HELD, HMP_QUIET) == Told(SettingsRead("P1", HMP_CHARGE), trusted=True)


def test_an_hmp_goes_off_by_its_own_switch_alone_so_that_the_other_channels_stay() -> None:
    told = held(
        switch_off(HMP4040),
        (b"INST:NSEL 2\nOUTP:SEL OFF\n", None),
        (b"INST:NSEL 2\nOUTP:SEL?\n", b"1\n"),
        (b"SYST:REM\n", None),
        (b"INST:NSEL 2\nOUTP:SEL OFF\n", None),
        (b"INST:NSEL 2\nOUTP:SEL?\n", b"0\n"),
    )
    assert told == Told(SwitchedOff("P1", True, ""), trusted=True)


# ---------------------------------------------------------------- Aim-TTi CPX: mnemonics, and CV and CC by the readings


def test_a_cpx_is_named_and_taken_under_control() -> None:
    idn = b"THURLBY THANDAR, CPX400DP, 599542, 2.03-4.12\r\n"
    told = held(identify("psu2", TTI, CPX400DP.voice), (b"*IDN?\n", idn), (b"CONFIG 2\n", None))
    assert isinstance(told.event, Identified)
    assert (told.event.identity.model, told.event.identity.serial) == ("CPX400DP", "599542")


def test_a_cpx_is_armed_with_both_levels() -> None:
    told = held(
        program(CPX400DP, TTI_CHARGE, previous=None),
        (b"V1?\n", b"V1 0.00\r\n"),
        (b"OVP1 15.2\n", None),
        (b"OVP1?\n", b"VP1 15.20\r\n"),
        (b"OCP1 5.50\n", None),
        (b"OCP1?\n", b"CP1 5.50\r\n"),
        (b"I1 5.000\n", None),
        (b"I1?\n", b"I1 5.000\r\n"),
        (b"V1 14.60\n", None),
        (b"V1?\n", b"V1 14.60\r\n"),
        *TTI_HELD,
        TTI_QUIET,
    )
    assert told == Told(Programmed("P2", TTI_CHARGE), trusted=True)


def test_a_cpx_that_answers_for_its_other_output_is_not_believed() -> None:
    told = held(read_settings(CPX400DP), (b"V1?\n", b"V2 14.60\r\n"))
    assert not told.trusted


def test_a_cpx_comes_on_and_answers_so() -> None:
    told = held(switch_on(CPX400DP, TTI_CHARGE), *TTI_HELD, (b"OP1 1\n", None), (b"OP1?\n", b"1\r\n"))
    assert told == Told(SwitchedOn("P2"), trusted=True)


@pytest.mark.parametrize(
    ("volts", "amperes", "output", "regulation"),
    [
        ("13.412", "5.000", b"1\r\n", Regulation.CC),
        ("14.600", "1.234", b"1\r\n", Regulation.CV),
        ("13.412", "1.234", b"1\r\n", Regulation.OFF),
        ("13.302", "0.000", b"0\r\n", Regulation.OFF),
    ],
)
def test_what_a_cpx_regulates_is_worked_out(volts: str, amperes: str, output: bytes, regulation: Regulation) -> None:
    told = held(
        poll(CPX400DP, CLOCK),
        (b"V1O?\n", f"{volts}V\r\n".encode()),
        (b"I1O?\n", f"{amperes}A\r\n".encode()),
        (b"V1?\n", b"V1 14.60\r\n"),
        (b"I1?\n", b"I1 5.000\r\n"),
        (b"OP1?\n", output),
    )
    voltage, current = Reading(float(volts), 100.0, volts), Reading(float(amperes), 100.0, amperes)
    sample = SupplySample(voltage, current, regulation, output == b"1\r\n")
    assert told == Told(Polled("P2", sample), trusted=True)


def test_the_settings_of_a_cpx_are_read() -> None:
    assert held(read_settings(CPX400DP), *TTI_HELD, TTI_QUIET) == Told(SettingsRead("P2", TTI_CHARGE), trusted=True)


def test_a_cpx_goes_off() -> None:
    told = held(switch_off(CPX400DP), (b"OP1 0\n", None), (b"OP1?\n", b"0\r\n"))
    assert told == Told(SwitchedOff("P2", True, ""), trusted=True)


def test_a_cpx_that_did_not_hear_is_taken_under_control_and_told_again() -> None:
    told = held(
        switch_off(CPX400DP),
        (b"OP1 0\n", None),
        (b"OP1?\n", b"1\r\n"),
        (b"CONFIG 2\n", None),
        (b"OP1 0\n", None),
        (b"OP1?\n", b"0\r\n"),
    )
    assert told == Told(SwitchedOff("P2", True, ""), trusted=True)
