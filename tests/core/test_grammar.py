"""Nothing malformed ever becomes a number, a word or an identity."""

import math
import re
from string import printable as ascii_printable

import pytest
from hypothesis import given, strategies as st

from benchctl.core.dialect.framing import FixedCount, Line, Silence, printable
from benchctl.core.dialect.grammar import (
    Base,
    BitsField,
    IdentityReply,
    Missing,
    Number,
    NumberField,
    Reply,
    ReplyFault,
    Text,
    TextField,
    WordField,
    decode,
    identity,
    number,
    repeated,
)
from benchctl.core.model import AbsenceReason, Regulation

LF = Line((b"\r\n", b"\n"))
ONE = Reply(LF, re.compile(b"(.*)", re.DOTALL), (NumberField(1.0),), (1,))
NUMBER = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,3})?")


@given(st.floats(-1e37, 1e37, allow_nan=False).map(lambda value: f"{value:+.8E}"))
def test_a_number_in_the_grammar_is_read_as_it_stands(text: str) -> None:
    assert number(text.encode()) == Number(float(text), text)


@given(st.binary(max_size=24) | st.text(ascii_printable, max_size=24).map(str.encode))
def test_bytes_become_a_number_only_inside_the_grammar(raw: bytes) -> None:
    try:
        value = number(raw)
    except ReplyFault:
        return
    if isinstance(value, Number):
        assert NUMBER.fullmatch(raw.decode("ascii"))
        assert math.isfinite(value.value)
        assert abs(value.value) < 9.9e37


@pytest.mark.parametrize(
    "raw",
    [
        b"", b" ", b"+", b".5", b"5.", b"1_0.5", b"0x10", b"inf", b"-inf", b"Infinity", b"1e9999", b"1e+38",
        b"1.0 ", b" 1.0", b"1,5", b"1.0V", b"--1", b"1..0", b"1e", b"1\x00", b"\x001", b"1\n", b"1;2", b"1 2",
        b"0" * 300, b"1234567890123", "１４.６".encode(), "１".encode("utf-16"), b"\xb2", "१".encode(), b"9.9E400",
        b"\x1b[31m1",
    ],
)  # fmt: skip
def test_what_float_would_take_or_a_person_would_guess_is_no_number(raw: bytes) -> None:
    with pytest.raises(ReplyFault) as fault:
        number(raw)
    assert fault.value.reason is AbsenceReason.GARBLED


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"9.91E37", AbsenceReason.NOT_A_NUMBER),
        (b"+9.91000000E+37", AbsenceReason.NOT_A_NUMBER),
        (b"NaN", AbsenceReason.NOT_A_NUMBER),
        (b"9.9E37", AbsenceReason.OVERLOAD),
        (b"-9.90000000E+37", AbsenceReason.OVERLOAD),
    ],
)
def test_scpi_says_that_it_has_no_number(raw: bytes, reason: AbsenceReason) -> None:
    assert number(raw) == Missing(reason, raw.decode())


@given(st.binary(max_size=40))
def test_a_fault_can_be_shown(raw: bytes) -> None:
    with pytest.raises(ReplyFault) as fault:
        decode(ONE, raw + b"?")
    assert fault.value.detail.isprintable()


@given(st.binary(max_size=400))
def test_a_reply_is_values_or_a_fault_and_never_anything_else(raw: bytes) -> None:
    try:
        values = decode(ONE, raw)
    except ReplyFault:
        return
    assert len(values) == 1
    assert raw.endswith(b"\n")
    assert raw.count(b"\n") == 1


@pytest.mark.parametrize("raw", [b"1.0", b"1.0\n\n", b"\n1.0\n", b"1.0\n2.0\n", b"1.0\r", b"", b"1\x00.0\n"])
def test_a_line_short_long_or_doubled_is_garbled(raw: bytes) -> None:
    with pytest.raises(ReplyFault) as fault:
        decode(ONE, raw)
    assert fault.value.reason is AbsenceReason.GARBLED


def test_either_terminator_of_a_family_ends_a_line() -> None:
    assert decode(ONE, b"1.5\r\n") == decode(ONE, b"1.5\n") == (Number(1.5, "1.5"),)


def test_a_reply_of_300_bytes_is_garbled_whatever_it_says() -> None:
    words = Reply(LF, re.compile(b"(.*)", re.DOTALL), (TextField(),), (1,))
    with pytest.raises(ReplyFault, match="256 at most"):
        decode(words, b"A" * 299 + b"\n")


def test_framings_tell_when_a_reply_is_whole() -> None:
    assert LF.complete(b"1.0\n")
    assert not LF.complete(b"1.0\r")
    assert not Line((b"\n",), 2).complete(b"1\n")
    assert Line((b"\n",), 2).complete(b"1\n2\n")
    assert FixedCount(5).complete(b"12.34")
    assert not FixedCount(5).complete(b"12.3")
    assert not Silence(0.05).complete(b"anything")


def test_silence_without_a_byte_is_a_timeout() -> None:
    reply = Reply(Silence(0.05), re.compile(b"(.{5}).?", re.DOTALL), (NumberField(1.0),), (1,))
    assert decode(reply, b"1.234K") == (Number(1.234, "1.234"),)
    with pytest.raises(ReplyFault) as fault:
        decode(reply, b"")
    assert fault.value.reason is AbsenceReason.TIMEOUT


def test_a_count_too_many_is_garbled() -> None:
    reply = Reply(FixedCount(1), re.compile(b"(.)", re.DOTALL), (TextField(raw=True),), (1,))
    assert decode(reply, b"\x41") == (Text("A"),)
    with pytest.raises(ReplyFault):
        decode(reply, b"AB")


def test_words_are_exact() -> None:
    field = WordField({b"ON": True, b"OFF": False})
    assert field.read(b"ON") is True
    for other in (b"on", b"ON ", b"1", b"", b"O", b"\xd0N"):
        with pytest.raises(ReplyFault):
            field.read(other)


@given(st.integers(0, 255))
def test_bits_of_one_byte(value: int) -> None:
    field = BitsField(Base.BYTE, 0x41, {0: Regulation.OFF, 1: Regulation.OFF, 0x40: Regulation.CC, 0x41: Regulation.CV})
    expected = Regulation.OFF if not value & 0x40 else Regulation.CV if value & 1 else Regulation.CC
    assert field.read(bytes([value])) is expected


@pytest.mark.parametrize(("base", "raw"), [(Base.HEX, b"0x0224"), (Base.HEX, b"0224"), (Base.DECIMAL, b"+548")])
def test_bits_written_out(base: Base, raw: bytes) -> None:
    assert BitsField(base, 0x20, {0: False, 0x20: True}).read(raw) is True


@pytest.mark.parametrize(
    ("base", "raw"), [(Base.HEX, b"0x"), (Base.HEX, b"0x123456789"), (Base.DECIMAL, b"-1"), (Base.BYTE, b"")]
)
def test_bits_that_are_no_integer_are_garbled(base: Base, raw: bytes) -> None:
    with pytest.raises(ReplyFault):
        BitsField(base, 0x20, {0: False, 0x20: True}).read(raw)


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=20), st.integers(1, 20))
def test_a_scan_has_exactly_as_many_readings_as_channels(values: list[float], asked: int) -> None:
    reply = repeated(Reply(LF, re.compile(b"([^,]*)", re.DOTALL), (NumberField(1.0),), (1,)), 0, ",", asked)
    raw = ",".join(f"{value:+.8E}" for value in values).encode() + b"\n"
    if len(values) == asked:
        assert [value.raw for value in decode(reply, raw) if isinstance(value, Number)] == raw.decode().strip().split(
            ","
        )
    else:
        with pytest.raises(ReplyFault):
            decode(reply, raw)


def test_one_overload_in_a_scan_leaves_the_others() -> None:
    reply = repeated(Reply(LF, re.compile(b"([^,]*)", re.DOTALL), (NumberField(1.0),), (1,)), 0, ",", 2)
    assert decode(reply, b"+1.3E+01,+9.9E+37\n") == (
        Number(13.0, "+1.3E+01"),
        Missing(AbsenceReason.OVERLOAD, "+9.9E+37"),
    )


def test_a_scaled_number_keeps_its_literal_text() -> None:
    assert NumberField(0.01).read(b"1460") == Number(14.6, "1460")


@given(st.binary(max_size=300))
def test_an_identity_is_printable_or_refused(raw: bytes) -> None:
    reply = IdentityReply(LF, (re.compile(rb"(?P<maker>[^,]*),(?P<model>.*)", re.DOTALL),))
    try:
        (found,) = decode(reply, raw)
    except ReplyFault:
        return
    for text in (getattr(found, name) for name in ("maker", "model", "serial", "firmware", "raw")):
        assert text.isascii()
        assert text == "" or text.isprintable()


def test_bytes_are_shown_without_their_powers() -> None:
    assert printable(b"[@click=app.quit]\x1b[2J\xc2\x9b\n") == "[@click=app.quit]\\x1b[2J\\xc2\\x9b\\x0a"
    assert len(printable(b"A" * 1000)) == 256


def test_bits_that_are_read_apart_later_come_printable() -> None:
    assert TextField(raw=True).read(b"\x1b41") == Text(printable(b"\x1b41"))
    with pytest.raises(ReplyFault):
        TextField().read(b"\x1b41")


def test_an_identity_of_more_than_256_bytes_is_garbled_even_if_it_would_fit() -> None:
    anyone = IdentityReply(LF, (re.compile(rb"(?P<model>x+)"),))
    assert identity(anyone, b"x" * 255 + b"\n").model == "x" * 255
    with pytest.raises(ReplyFault) as fault:
        identity(anyone, b"x" * 256 + b"\n")
    assert fault.value.reason is AbsenceReason.GARBLED
