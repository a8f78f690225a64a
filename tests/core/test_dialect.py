"""A voice says what its file says, within what its channel can hold."""

import math
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from benchctl.core.dialect.template import TemplateFault, template
from benchctl.core.dialect.voice import (
    Operation,
    OutOfRange,
    Reply,
    ReplyFault,
    UnknownChannel,
    UnknownModel,
    Unsupported,
    decode,
)
from benchctl.core.model import Known, Ocp
from benchctl.edge.dialects import load_dialect

RIGOL = load_dialect("rigol-dp800")
KORAD = load_dialect("korad-ka3005p")
SCANNER = load_dialect("keysight-34970a")
LOOK = (
    Operation.MEASURE_VOLTAGE,
    Operation.MEASURE_CURRENT,
    Operation.READ_REGULATION,
    Operation.READ_OUTPUT,
)
LIMITED = (Operation.SET_VOLTAGE, Operation.SET_CURRENT, Operation.SET_OVP, Operation.SET_OCP)


def test_a_shared_question_is_asked_once() -> None:
    look = RIGOL.voice("DP811", 1).look(LOOK)
    assert [exchange.query for exchange in look.exchanges] == ["measure", "mode", "output"]
    assert look.picks == ((0, 0), (0, 1), (1, 0), (2, 0))


def test_one_status_byte_answers_several_operations() -> None:
    look = KORAD.voice("KA3005P", 1).look(LOOK)
    assert [exchange.write for exchange in look.exchanges] == [b"VOUT1?", b"IOUT1?", b"STATUS?"]


def test_a_question_is_made_ready_once() -> None:
    voice = RIGOL.voice("DP832", 2)
    assert voice.ask(Operation.READ_OUTPUT).exchange is voice.ask(Operation.READ_OUTPUT).exchange
    assert voice.look(LOOK) is voice.look(LOOK)


@given(st.sampled_from(LIMITED), st.floats())
def test_no_number_leaves_that_the_channel_cannot_hold(operation: Operation, value: float) -> None:
    voice = RIGOL.voice("DP811", 1)
    ceiling = {"set_voltage": 20.0, "set_current": 10.0, "set_ovp": 22.0, "set_ocp": 11.0}[operation]
    try:
        (exchange,) = voice.tell(operation, value)
    except OutOfRange:
        assert not (0.01 <= value <= ceiling)
        return
    sent = Decimal(exchange.write.decode().rstrip("\n").replace(",", " ").split()[-1])
    assert 0 <= sent <= Decimal(str(ceiling))


@given(st.floats(0.0, 30.0))
def test_a_setting_is_never_rounded_up(value: float) -> None:
    (exchange,) = KORAD.voice("KA3005P", 1).tell(Operation.SET_VOLTAGE, value)
    sent = float(exchange.write.removeprefix(b"VSET1:"))
    assert len(exchange.write) == len("VSET1:00.00")
    assert value - 0.010001 <= sent <= value + 1e-7


@pytest.mark.parametrize("value", [14.6, 14.61, 0.29, 1.1, 13.57, 2.3])
def test_a_multiple_of_the_step_is_sent_as_it_is(value: float) -> None:
    (exchange,) = KORAD.voice("KA3005P", 1).tell(Operation.SET_VOLTAGE, value)
    assert exchange.write == b"VSET1:%05.2f" % value


@pytest.mark.parametrize("value", [math.nan, math.inf, -0.001, 20.01, None])
def test_what_is_no_setting_is_refused(value: float | None) -> None:
    with pytest.raises(OutOfRange, match="DP811 takes 0 to 20"):
        RIGOL.voice("DP811", 1).tell(Operation.SET_VOLTAGE, value)


def test_the_dp811_is_used_in_its_20_v_range() -> None:
    voice = RIGOL.voice("DP811", 1)
    assert voice.range_name == "P20V"
    assert [exchange.write for exchange in voice.tell(Operation.CONFIGURE)] == [b":OUTP:RANG P20V\n"]
    assert voice.ability is not None
    assert (voice.ability.max_voltage_v, voice.ability.max_current_a) == (20.0, 10.0)
    other = RIGOL.voice("DP811", 1, "P40V")
    assert other.ability is not None
    assert other.ability.max_current_a == 5.0


def test_what_is_not_known_of_a_supply_stays_unknown() -> None:
    ability = RIGOL.voice("DP832", 1).ability
    assert ability is not None
    assert (ability.bleeds_when_off, ability.clear_reenables) == (Known.UNKNOWN, Known.UNKNOWN)
    assert ability.ocp is Ocp.LEVEL


def test_a_korad_has_no_protection_that_can_be_used() -> None:
    voice = KORAD.voice("KA3005P", 1)
    assert voice.ability is not None
    assert (voice.ability.ovp_max_v, voice.ability.ocp) == (None, Ocp.TRIPS_IN_CC)
    assert not voice.can(Operation.SET_OVP)
    with pytest.raises(Unsupported):
        voice.tell(Operation.SET_OCP, 1.0)


def test_sense_terminals_belong_to_a_channel() -> None:
    assert not RIGOL.voice("DP821", 1).can(Operation.SENSE_REMOTE)
    assert RIGOL.voice("DP821", 2).can(Operation.SENSE_REMOTE)
    with pytest.raises(Unsupported):
        RIGOL.voice("DP832", 1).ask(Operation.READ_SENSE)


def test_what_is_not_in_the_file_is_named() -> None:
    with pytest.raises(UnknownModel, match="DP999"):
        RIGOL.voice("DP999", 1)
    with pytest.raises(UnknownChannel, match="DP832 has no channel 4"):
        RIGOL.voice("DP832", 4)
    with pytest.raises(UnknownChannel, match="no range P8V"):
        RIGOL.voice("DP811", 1, "P8V")
    with pytest.raises(UnknownChannel, match="no channel 121"):
        SCANNER.voice("34970A", 121)


def test_a_scan_names_each_channel_once_in_ascending_order() -> None:
    scan = SCANNER.scan("34970A", [103, 101, 103, 102])
    assert scan.channels == (101, 102, 103)
    assert scan.exchanges[-1].write.count(b"(@101,102,103)") == 2
    reply = scan.exchanges[-1].reply
    assert isinstance(reply, Reply)
    assert len(reply.fields) == 3


def test_a_scan_of_every_channel_may_answer_more_than_one_reading_could() -> None:
    channels = [slot + number for slot in (100, 200, 300) for number in range(1, 21)]
    reply = SCANNER.scan("34972A", channels).exchanges[-1].reply
    assert reply is not None
    assert len(decode(reply, b",".join([b"+1.33120000E+01"] * 60) + b"\n")) == 60


@pytest.mark.parametrize("channels", [[], [101, 121], [99]])
def test_a_scan_of_what_is_not_there_is_refused(channels: list[int]) -> None:
    with pytest.raises(UnknownChannel):
        SCANNER.scan("34970A", channels)


def test_a_hostile_answer_to_a_large_scan_is_refused_at_once() -> None:
    reply = SCANNER.scan("34972A", range(101, 121)).exchanges[-1].reply
    assert reply is not None
    for raw in (b"," * 4000 + b"\n", b"1" * 4000 + b"\n", b",".join([b"1.0"] * 21) + b"\n"):
        with pytest.raises(ReplyFault):
            decode(reply, raw)


def test_a_supply_cannot_scan() -> None:
    with pytest.raises(Unsupported, match="cannot scan"):
        RIGOL.scan("DP832", [1])


def test_the_meter_states_its_limit_of_error() -> None:
    meter = SCANNER.voice("34970A", 101).meter
    assert meter is not None
    assert meter.relay
    assert meter.gain * 14.6 + meter.offset_v == pytest.approx(0.00212, abs=0.00001)


@pytest.mark.parametrize("text", ["VOLT {value:s}", "VOLT {value:.3f", "VOLT }", "VOLT {Value}", "VÖLT", "{value:%s}"])
def test_a_template_with_an_odd_hole_is_no_template(text: str) -> None:
    with pytest.raises(TemplateFault):
        template(text)


def test_a_percent_sign_stays_one() -> None:
    assert template("DUTY 50%").bind({}) == b"DUTY 50%"
    assert template("DUTY 50%,{value:.1f}").bind({}) % 2.5 == b"DUTY 50%,2.5"
