"""Conversations with literal bytes: what goes out, in which order, and what the answers come to."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from benchctl.core.dialect.conversation import (
    Conversation,
    LinkFault,
    Spot,
    Told,
    conversation,
    identify,
    poll,
    program,
    read_settings,
    read_temperature,
    run_conversation,
    scan_meters,
    switch_off,
    switch_on,
    unanswered,
)
from benchctl.core.messages import (
    ClearTrip,
    Event,
    Identified,
    MetersScanned,
    MoveLeads,
    Order,
    Poll,
    Polled,
    Program,
    Programmed,
    ReadTemperature,
    ScanMeters,
    SettingRefused,
    SettingsRead,
    SwitchedOff,
    SwitchedOn,
    SwitchOff,
    TemperatureRead,
    WireFailed,
)
from benchctl.core.model import Absence, AbsenceReason, Reading, Regulation, Sense, Settings, SupplySample
from benchctl.edge.dialects import load_dialect
from tests.fakes import ManualClock, ScriptedLink, late

Pair = tuple[bytes, bytes | LinkFault | None]

RIGOL = load_dialect("rigol-dp800")
KORAD = load_dialect("korad-ka3005p")
SCANNER = load_dialect("keysight-34970a")
DP811 = Spot("psu1", "P1", RIGOL.voice("DP811", 1), Sense.REMOTE)
DP832 = Spot("psu1", "P2", RIGOL.voice("DP832", 2), Sense.LOCAL)
KA3005P = Spot("psu2", "P3", KORAD.voice("KA3005P", 1), Sense.LOCAL)
CLOCK = ManualClock(100.0)

CHARGE = Settings(voltage_v=14.6, current_a=3.0, ovp_v=15.2, ocp_a=3.3)
KORAD_CHARGE = Settings(voltage_v=14.6, current_a=3.0, ovp_v=None, ocp_a=None)

DP832_HELD: Sequence[Pair] = [
    (b":SOUR2:VOLT?\n", b"14.600\n"),
    (b":SOUR2:CURR?\n", b"3.0000\n"),
    (b":OUTP:OVP:VAL? CH2\n", b"15.200\n"),
    (b":OUTP:OVP? CH2\n", b"ON\n"),
    (b":OUTP:OCP:VAL? CH2\n", b"3.3000\n"),
    (b":OUTP:OCP? CH2\n", b"ON\n"),
]

NO_ERROR: Pair = (b":SYST:ERR?\n", b'0,"No error"\n')


def held(conversation: Conversation, *pairs: Pair) -> Told:
    """The conversation, held over exactly these bytes."""
    with ScriptedLink(*pairs) as link:
        return run_conversation(conversation, link)


def sample_of(event: Event) -> SupplySample:
    assert isinstance(event, Polled)
    return event.sample


# ---------------------------------------------------------------- looking


def test_a_poll_asks_a_shared_question_once_and_keeps_the_literal_text() -> None:
    told = held(
        poll(DP832, CLOCK),
        (b":MEAS:ALL? CH2\n", b"14.6000,1.2345,18.024\n"),
        (b":OUTP:MODE? CH2\n", b"CV\n"),
        (b":OUTP? CH2\n", b"ON\n"),
    )
    sample = SupplySample(Reading(14.6, 100.0, "14.6000"), Reading(1.2345, 100.0, "1.2345"), Regulation.CV, True)
    assert told == Told(Polled("P2", sample), trusted=True)


def test_a_korad_is_polled_with_fixed_counts_and_one_status_byte() -> None:
    told = held(poll(KA3005P, CLOCK), (b"VOUT1?", b"14.60"), (b"IOUT1?", b"1.234"), (b"STATUS?", b"\x41"))
    sample = SupplySample(Reading(14.6, 100.0, "14.60"), Reading(1.234, 100.0, "1.234"), Regulation.CV, True)
    assert told == Told(Polled("P3", sample), trusted=True)


def test_after_the_first_failure_of_a_poll_nothing_more_is_asked() -> None:
    told = held(poll(DP832, CLOCK), (b":MEAS:ALL? CH2\n", b"14.6000,1.2345,18.024\n"), (b":OUTP:MODE? CH2\n", late()))
    sample = sample_of(told.event)
    assert isinstance(sample.voltage, Reading)
    assert isinstance(sample.regulation, Absence)
    assert sample.regulation.reason is AbsenceReason.TIMEOUT
    assert isinstance(sample.output_on, Absence)
    assert sample.output_on.reason is AbsenceReason.NOT_MEASURED
    assert not told.trusted


@pytest.mark.parametrize(
    ("reply", "reason", "trusted"),
    [
        (b"14.6O00,1.2345,18.024\n", AbsenceReason.GARBLED, False),
        (b"1.2345\n", AbsenceReason.GARBLED, False),
        (b"", AbsenceReason.GARBLED, False),
        (b"201.0000,1.2345,18.024\n", AbsenceReason.GARBLED, False),
        (b"-201.0000,1.2345,18.024\n", AbsenceReason.GARBLED, False),
        (b"9.9E37,1.2345,18.024\n", AbsenceReason.OVERLOAD, True),
        (b"9.91E37,1.2345,18.024\n", AbsenceReason.NOT_A_NUMBER, True),
    ],
)
def test_what_cannot_be_a_voltage_is_an_absence_with_its_reason(
    reply: bytes, reason: AbsenceReason, trusted: bool
) -> None:
    rest: list[Pair] = [(b":OUTP:MODE? CH2\n", b"CV\n"), (b":OUTP? CH2\n", b"ON\n")]
    torn = reason is AbsenceReason.GARBLED and b"201" not in reply
    told = held(poll(DP832, CLOCK), (b":MEAS:ALL? CH2\n", reply), *([] if torn else rest))
    voltage = sample_of(told.event).voltage
    assert isinstance(voltage, Absence)
    assert (voltage.reason, told.trusted) == (reason, trusted)


def test_a_current_beyond_500_a_is_no_current() -> None:
    told = held(
        poll(DP832, CLOCK),
        (b":MEAS:ALL? CH2\n", b"14.6000,500.1,18.024\n"),
        (b":OUTP:MODE? CH2\n", b"CV\n"),
        (b":OUTP? CH2\n", b"ON\n"),
    )
    current = sample_of(told.event).current
    assert isinstance(current, Absence)
    assert current.reason is AbsenceReason.GARBLED


def test_settings_are_read_with_the_protections_that_are_on() -> None:
    told = held(read_settings(DP832), *DP832_HELD[:-1], (b":OUTP:OCP? CH2\n", b"OFF\n"), NO_ERROR)
    assert told == Told(SettingsRead("P2", Settings(14.6, 3.0, 15.2, None)), trusted=True)


def test_a_protection_without_a_level_that_is_on_acts_at_the_set_point() -> None:
    told = held(read_settings(KA3005P), (b"VSET1?", b"14.60"), (b"ISET1?", b"3.000\x4f"), (b"STATUS?", b"\xb1"))
    assert told == Told(SettingsRead("P3", Settings(14.6, 3.0, 14.6, 3.0)), trusted=True)


def test_settings_that_do_not_come_fail_with_the_reason() -> None:
    told = held(read_settings(DP832), (b":SOUR2:VOLT?\n", late()))
    assert isinstance(told.event, WireFailed)
    assert (told.event.operation, told.event.reason) == ("read_settings", AbsenceReason.TIMEOUT)
    assert not told.trusted


def test_a_set_point_that_the_supply_itself_has_no_number_for_is_not_read() -> None:
    told = held(read_settings(DP832), (b":SOUR2:VOLT?\n", b"9.91E37\n"), *DP832_HELD[1:])
    assert isinstance(told.event, WireFailed)
    assert told.event.reason is AbsenceReason.NOT_A_NUMBER


# ---------------------------------------------------------------- programming


def test_arming_sets_everything_and_reads_each_back_before_the_next() -> None:
    told = held(
        program(DP832, CHARGE, previous=None),
        (b":SOUR2:VOLT?\n", b"12.000\n"),
        (b":OUTP:OVP CH2,ON\n", None),
        (b":OUTP:OVP? CH2\n", b"ON\n"),
        (b":OUTP:OVP:VAL CH2,15.200\n", None),
        (b":OUTP:OVP:VAL? CH2\n", b"15.200\n"),
        (b":OUTP:OCP CH2,ON\n", None),
        (b":OUTP:OCP? CH2\n", b"ON\n"),
        (b":OUTP:OCP:VAL CH2,3.300\n", None),
        (b":OUTP:OCP:VAL? CH2\n", b"3.3000\n"),
        (b":SOUR2:CURR 3.000\n", None),
        (b":SOUR2:CURR?\n", b"3.0000\n"),
        (b":SOUR2:VOLT 14.600\n", None),
        (b":SOUR2:VOLT?\n", b"14.600\n"),
        *DP832_HELD,
        NO_ERROR,
    )
    assert told == Told(Programmed("P2", CHARGE), trusted=True)


def test_from_a_higher_voltage_the_voltage_is_lowered_first() -> None:
    told = held(
        program(DP832, CHARGE, previous=None),
        (b":SOUR2:VOLT?\n", b"30.000\n"),
        (b":SOUR2:VOLT 14.600\n", None),
        (b":SOUR2:VOLT?\n", b"30.000\n"),
    )
    assert told == Told(SettingRefused("P2", "set_voltage", 14.6, 30.0), trusted=True)


def test_a_range_and_a_sense_that_are_right_are_left_alone() -> None:
    told = held(
        program(DP811, CHARGE, previous=None),
        (b":OUTP:RANG?\n", b"20V/10A\n"),
        (b":OUTP:SENS? CH1\n", b"ON\n"),
        (b":SOUR1:VOLT?\n", late()),
    )
    assert isinstance(told.event, WireFailed)


def test_a_range_and_a_sense_that_are_wrong_are_set_and_proven() -> None:
    told = held(
        program(DP811, CHARGE, previous=None),
        (b":OUTP:RANG?\n", b"40V/5A\n"),
        (b":OUTP:RANG P20V\n", None),
        (b":OUTP:RANG?\n", b"20V/10A\n"),
        (b":OUTP:SENS? CH1\n", b"OFF\n"),
        (b":OUTP:SENS CH1,ON\n", None),
        (b":OUTP:SENS? CH1\n", b"OFF\n"),
    )
    assert told == Told(SettingRefused("P1", "remote sense", 1.0, 0.0), trusted=True)


def test_a_sense_that_is_taken_leads_on_to_the_set_points() -> None:
    told = held(
        program(DP811, CHARGE, previous=None),
        (b":OUTP:RANG?\n", b"20V/10A\n"),
        (b":OUTP:SENS? CH1\n", b"OFF\n"),
        (b":OUTP:SENS CH1,ON\n", None),
        (b":OUTP:SENS? CH1\n", b"ON\n"),
        (b":SOUR1:VOLT?\n", late()),
    )
    assert isinstance(told.event, WireFailed)


def test_remote_sense_on_a_channel_without_sense_terminals_is_not_pretended() -> None:
    told = held(program(Spot("psu1", "P2", DP832.voice, Sense.REMOTE), CHARGE, previous=None))
    assert isinstance(told.event, WireFailed)
    assert told.event.reason is AbsenceReason.UNSUPPORTED


def test_a_korad_must_prove_that_its_protections_are_off() -> None:
    told = held(
        program(KA3005P, KORAD_CHARGE, previous=None),
        (b"VSET1?", b"12.00"),
        (b"OVP0", None),
        (b"STATUS?", b"\x01"),
        (b"OCP0", None),
        (b"STATUS?", b"\x21"),
    )
    assert told == Told(SettingRefused("P3", "ocp_off", 0.0, 1.0), trusted=True)


def test_a_protection_that_trips_in_cc_is_never_armed() -> None:
    told = held(program(KA3005P, Settings(14.6, 3.0, None, 3.3), previous=None))
    assert isinstance(told.event, WireFailed)
    assert told.event.reason is AbsenceReason.UNSUPPORTED


def test_a_live_channel_is_told_only_what_differs_and_proves_all() -> None:
    told = held(
        program(DP832, CHARGE, previous=Settings(13.2, 3.0, 15.2, 3.3)),
        (b":SOUR2:VOLT 14.600\n", None),
        (b":SOUR2:VOLT?\n", b"14.600\n"),
        *DP832_HELD,
        NO_ERROR,
    )
    assert told == Told(Programmed("P2", CHARGE), trusted=True)


@pytest.mark.parametrize(
    ("answered", "taken"),
    [(b"14.610\n", True), (b"14.590\n", True), (b"14.616\n", False), (b"14.584\n", False)],
)
def test_what_is_read_back_may_differ_by_a_thousandth(answered: bytes, taken: bool) -> None:
    """0.1 % of 14.6 V is 14.6 mV; the DP832 resolves 10 mV."""
    rest = [*DP832_HELD, NO_ERROR] if taken else []
    told = held(
        program(DP832, CHARGE, previous=Settings(13.2, 3.0, 15.2, 3.3)),
        (b":SOUR2:VOLT 14.600\n", None),
        (b":SOUR2:VOLT?\n", answered),
        *rest,
    )
    assert isinstance(told.event, Programmed) is taken


def test_a_setting_changed_behind_our_back_shows_in_the_last_look() -> None:
    told = held(
        program(DP832, CHARGE, previous=CHARGE),
        *DP832_HELD[:2],
        (b":OUTP:OVP:VAL? CH2\n", b"33.000\n"),
        *DP832_HELD[3:],
    )
    assert told == Told(SettingRefused("P2", "over-voltage protection", 15.2, 33.0), trusted=True)


def test_nothing_at_all_is_sent_when_the_supply_cannot_hold_a_number() -> None:
    told = held(program(DP832, Settings(31.0, 3.0, None, None), previous=None))
    assert isinstance(told.event, WireFailed)
    assert told.event.reason is AbsenceReason.UNSUPPORTED


# ---------------------------------------------------------------- switching


def test_on_comes_after_a_complete_read_back_and_is_read_back_itself() -> None:
    told = held(switch_on(DP832, CHARGE), *DP832_HELD, (b":OUTP CH2,ON\n", None), (b":OUTP? CH2\n", b"ON\n"))
    assert told == Told(SwitchedOn("P2"), trusted=True)


def test_nothing_is_switched_on_that_holds_something_else() -> None:
    told = held(switch_on(DP832, CHARGE), *DP832_HELD[:3], (b":OUTP:OVP? CH2\n", b"OFF\n"), *DP832_HELD[4:])
    assert told == Told(SettingRefused("P2", "over-voltage protection on", 1.0, 0.0), trusted=True)


def test_an_output_that_does_not_come_on_is_refused() -> None:
    no_trip = [(b":OUTP:OVP:QUES? CH2\n", b"NO\n"), (b":OUTP:OCP:QUES? CH2\n", b"NO\n")]
    stays_off = [(b":OUTP CH2,ON\n", None), (b":OUTP? CH2\n", b"OFF\n")]
    told = held(switch_on(DP832, CHARGE), *DP832_HELD, *stays_off, *no_trip)
    assert told == Told(SettingRefused("P2", "output on", 1.0, 0.0), trusted=True)


def test_off_is_the_first_thing_said() -> None:
    told = held(switch_off(DP832), (b":OUTP CH2,OFF\n", None), (b":OUTP? CH2\n", b"OFF\n"))
    assert told == Told(SwitchedOff("P2", True, ""), trusted=True)


def test_off_is_said_again_after_taking_control_when_it_was_not_heard() -> None:
    told = held(
        switch_off(DP832),
        (b":OUTP CH2,OFF\n", None),
        (b":OUTP? CH2\n", b"ON\n"),
        (b":SYST:REM\n", None),
        (b":OUTP CH2,OFF\n", None),
        (b":OUTP? CH2\n", b"OFF\n"),
    )
    assert told == Told(SwitchedOff("P2", True, ""), trusted=True)


def test_an_output_that_stays_on_is_not_proven_off() -> None:
    told = held(switch_off(KA3005P), (b"OUT0", None), (b"STATUS?", b"\x41"), (b"OUT0", None), (b"STATUS?", b"\x41"))
    assert told == Told(SwitchedOff("P3", False, "the output answers on after two OFFs"), trusted=True)


def test_off_without_an_answer_is_not_proven() -> None:
    told = held(switch_off(DP832), (b":OUTP CH2,OFF\n", None), (b":OUTP? CH2\n", late()))
    assert told == Told(SwitchedOff("P2", False, "output: psu1: no reply within 1 s"), trusted=False)


# ---------------------------------------------------------------- meters and names


def scanner_spot(position: str, channel: int) -> Spot:
    return Spot("scan1", position, SCANNER.voice("34972A", channel), Sense.LOCAL)


CONFIGURE: Sequence[Pair] = [
    (b"FORM:READ:CHAN OFF;:FORM:READ:TIME OFF;:FORM:READ:UNIT OFF;:FORM:READ:ALAR OFF\n", None),
    (b"TRIG:SOUR IMM;:TRIG:COUN 1\n", None),
]
SCAN = b"CONF:VOLT:DC 100,(@101,103);:VOLT:DC:NPLC 10,(@101,103);:READ?\n"


def test_a_scan_is_one_exchange_and_each_position_gets_its_own_channel() -> None:
    spots = [scanner_spot("P1", 103), scanner_spot("P2", 101)]
    told = held(scan_meters("scan1", spots, CLOCK), *CONFIGURE, (SCAN, b"+1.33010000E+01,+9.90000000E+37\n"))
    assert isinstance(told.event, MetersScanned)
    (first, overload), (second, reading) = told.event.readings
    assert (first, second) == ("P1", "P2")
    assert reading == Reading(13.301, 100.0, "+1.33010000E+01")
    assert isinstance(overload, Absence)
    assert overload.reason is AbsenceReason.OVERLOAD
    assert told.trusted


def test_a_scan_with_a_reading_too_few_is_no_scan() -> None:
    spots = [scanner_spot("P1", 103), scanner_spot("P2", 101)]
    told = held(scan_meters("scan1", spots, CLOCK), *CONFIGURE, (SCAN, b"+1.33010000E+01\n"))
    assert isinstance(told.event, MetersScanned)
    assert all(isinstance(reading, Absence) for _, reading in told.event.readings)
    assert not told.trusted


def narrow_spot(position: str, channel: int) -> Spot:
    """On a scanner that reads one channel a scan."""
    model = SCANNER.models["34972A"]
    assert model.meter is not None
    narrow = replace(model, meter=replace(model.meter, most=1))
    dialect = replace(SCANNER, models={**SCANNER.models, narrow.name: narrow})
    return Spot("scan1", position, dialect.voice("34972A", channel), Sense.LOCAL)


def test_more_channels_than_one_scan_takes_are_read_in_several() -> None:
    first, second = (SCAN.replace(b"101,103", channel) for channel in (b"103", b"101"))
    told = held(
        scan_meters("scan1", [narrow_spot("P1", 103), narrow_spot("P2", 101)], CLOCK),
        *CONFIGURE,
        (first, b"+1.33020000E+01\n"),
        *CONFIGURE,
        (second, b"+1.33010000E+01\n"),
    )
    assert told.event == MetersScanned(
        "scan1",
        (("P1", Reading(13.302, 100.0, "+1.33020000E+01")), ("P2", Reading(13.301, 100.0, "+1.33010000E+01"))),
    )


def test_after_a_scan_that_failed_the_next_is_not_begun() -> None:
    spots = [narrow_spot("P1", 103), narrow_spot("P2", 101)]
    told = held(scan_meters("scan1", spots, CLOCK), *CONFIGURE, (SCAN.replace(b"101,103", b"103"), late()))
    assert isinstance(told.event, MetersScanned)
    assert [one.reason for _, one in told.event.readings if isinstance(one, Absence)] == [
        AbsenceReason.TIMEOUT,
        AbsenceReason.NOT_MEASURED,
    ]
    assert not told.trusted


def test_a_temperature_is_a_reading_in_degrees() -> None:
    ask = b"CONF:TEMP TC,K,(@111);:TEMP:TRAN:TC:RJUN:TYPE INT,(@111);:TEMP:NPLC 10,(@111);:READ?\n"
    told = held(read_temperature(scanner_spot("P1", 111), CLOCK), *CONFIGURE, (ask, b"+2.12320000E+01\n"))
    assert told == Told(TemperatureRead("P1", Reading(21.232, 100.0, "+2.12320000E+01")), trusted=True)


def test_a_temperature_probe_that_a_meter_cannot_read_is_unsupported() -> None:
    told = held(read_temperature(DP832, CLOCK))
    assert isinstance(told.event, TemperatureRead)
    assert isinstance(told.event.temperature, Absence)
    assert told.event.temperature.reason is AbsenceReason.UNSUPPORTED


def test_an_identity_is_taken_and_then_control() -> None:
    idn = b"RIGOL TECHNOLOGIES,DP832,DP8C194205678,00.01.14\n"
    told = held(identify("psu1", RIGOL, DP832.voice), (b"*IDN?\n", idn), (b":SYST:REM\n", None))
    assert isinstance(told.event, Identified)
    assert told.event.identity.serial == "DP8C194205678"


def test_an_instrument_that_needs_no_taking_of_control_is_only_asked_who_it_is() -> None:
    told = held(identify("psu2", KORAD, KA3005P.voice), (b"*IDN?", b"KORADKA3005PV2.0"))
    assert isinstance(told.event, Identified)
    assert told.event.identity.model == "KA3005P"


def test_another_family_is_the_wrong_instrument() -> None:
    told = held(identify("psu1", RIGOL, None), (b"*IDN?\n", b"Siglent Technologies,SPD3303X,S1,1.0\n"))
    assert isinstance(told.event, WireFailed)
    assert told.event.reason is AbsenceReason.WRONG_INSTRUMENT
    assert not told.trusted


@pytest.mark.parametrize(
    ("order", "kind"),
    [
        (Poll("P1"), Polled),
        (ScanMeters("scan1", ("P1", "P2")), MetersScanned),
        (ReadTemperature("P1"), TemperatureRead),
        (SwitchOff("P1"), SwitchedOff),
        (Program("P1", CHARGE), WireFailed),
        (ClearTrip("P1", "Kim"), WireFailed),
    ],
)
def test_every_order_that_cannot_be_carried_out_has_its_own_kind_of_outcome(order: Order, kind: type) -> None:
    assert isinstance(unanswered(order, "psu1", AbsenceReason.CLOSED, "gone", 100.0), kind)


def test_an_order_that_no_wire_carries_out_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(LookupError):
        conversation(MoveLeads("P1", ("E1",)), "psu1", [DP832], None, CLOCK)


def test_a_probe_is_read_for_the_order_that_asks_for_it() -> None:
    talk = conversation(ReadTemperature("P2"), "psu1", [DP832], None, CLOCK)
    assert isinstance(held(talk).event, TemperatureRead)


def test_a_scanner_that_does_not_take_its_setting_reads_no_probe() -> None:
    first, *_ = CONFIGURE
    told = held(read_temperature(scanner_spot("P1", 111), CLOCK), (first[0], late()))
    assert isinstance(told.event, TemperatureRead)
    assert isinstance(told.event.temperature, Absence)
    assert told.event.temperature.reason is AbsenceReason.TIMEOUT
    assert not told.trusted
