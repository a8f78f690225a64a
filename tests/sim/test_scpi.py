"""SCPI lines as an instrument reads them, against forms written as in the manuals."""

import pytest

from benchctl.sim.notation import Arguments, Forms, form
from benchctl.sim.scpi import Misread, ScpiError, channel_list, number, units

FORMS = Forms(
    (
        form(":OUTPut[:STATe] [CH<ch>,]<switch>", "switch"),
        form(":OUTPut[:STATe]? [CH<ch>]", "read"),
        form("[:SOURce[<ch>]]:VOLTage[:LEVel][:IMMediate][:AMPLitude] <number>", "set"),
        form(":OUTPut:RANGe [CH<ch>,]P20V|P40V", "range"),
        form(":MEASure[:SCALar]:VOLTage[:DC]? [<number>,](@<list>)", "scan"),
        form("*IDN?", "identify"),
    )
)


def said(line: str) -> list[tuple[str, Arguments]]:
    return [FORMS.bind(unit) for unit in units(line)]


@pytest.mark.parametrize(
    "line", ["OUTP CH1,ON", ":outp ch1,on", "OUTPut:STATe CH1,1", "  :OUTP:STAT  CH1 , On ", "OUTP\tCH1,ON"]
)
def test_long_and_short_forms_in_any_case_say_the_same(line: str) -> None:
    assert said(line) == [("switch", Arguments(channels=("1",), switch=True))]


@pytest.mark.parametrize("line", ["VOLT 5.1", ":SOUR:VOLT 5.1", "SOURCE:VOLTAGE:LEVEL:IMMEDIATE:AMPLITUDE 5.1"])
def test_optional_nodes_may_be_there_or_not(line: str) -> None:
    assert said(line) == [("set", Arguments(number="5.1"))]


def test_the_header_digit_names_the_channel() -> None:
    assert said("SOUR2:VOLT 5") == [("set", Arguments(channels=("2",), number="5"))]


def test_after_a_semicolon_the_path_goes_on_and_a_colon_begins_anew() -> None:
    line = "OUTP:STAT CH1,ON;STAT? CH1;:VOLT 3;*IDN?;:OUTP:RANG P20V"
    assert [verb for verb, _ in said(line)] == ["switch", "read", "set", "identify", "range"]


def test_channel_lists_hold_commas_of_their_own() -> None:
    assert said("MEAS:VOLT? 100,(@101,103:104)") == [("scan", Arguments(channels=("101", "103", "104"), number="100"))]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("OUTPU CH1,ON", ScpiError.HEADER),
        ("OUTP:STATUS CH1,ON", ScpiError.HEADER),
        ("SOUR1:VOLT 3;OUTP CH1,ON", ScpiError.HEADER),
        ("VOLT", ScpiError.MISSING),
        ("VOLT abc", ScpiError.TYPE),
        ("OUTP CH1,MAYBE", ScpiError.ILLEGAL),
        ("OUTP CH1,ON,OFF", ScpiError.NOT_ALLOWED),
        ("OUTP:RANG P30V", ScpiError.ILLEGAL),
    ],
)
def test_what_is_wrong_is_named(line: str, error: ScpiError) -> None:
    with pytest.raises(Misread) as caught:
        said(line)
    assert caught.value.error is error


@pytest.mark.parametrize(
    ("text", "value"), [("5", 5.0), ("400MV", 0.4), ("1.5 V", 1.5), ("MAX", 20.0), ("MINIMUM", 0.0), ("5E-1", 0.5)]
)
def test_numbers_take_units_and_words(text: str, value: float) -> None:
    assert number(text, 0.0, 20.0, 1.0) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "error"), [("20.1", ScpiError.RANGE), ("-1", ScpiError.RANGE), ("5HZ", ScpiError.SUFFIX)]
)
def test_numbers_out_of_their_limits_are_refused(text: str, error: ScpiError) -> None:
    with pytest.raises(Misread) as caught:
        number(text, 0.0, 20.0, 1.0)
    assert caught.value.error is error


@pytest.mark.parametrize("text", ["1:9999999", "a", "1:b", "-3"])
def test_a_list_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Misread):
        channel_list(text)
