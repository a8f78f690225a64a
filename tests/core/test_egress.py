"""The last door before a supply, held to every supply file that is shipped."""

import re

import pytest
from hypothesis import given, strategies as st

from benchctl.core.dialect.egress import Door, Envelope
from benchctl.core.dialect.repertoire import Kind, Operation
from benchctl.core.dialect.voice import OutOfRange, Voice
from benchctl.edge.dialects import load_dialect
from benchctl.edge.shipped import shipped_folder

MOST = Envelope(14.6, 10.0, 15.0, 11.0, 15.0)
BARE = Envelope(14.6, 10.0, None, None, None)
LIMITS = {
    Operation.SET_VOLTAGE: 14.6,
    Operation.SET_CURRENT: 10.0,
    Operation.SET_OVP: 15.0,
    Operation.SET_OCP: 11.0,
    Operation.SET_WATCHDOG: 15.0,
}
DIALECTS = [load_dialect(path.stem) for path in sorted(shipped_folder("instruments").glob("*.toml"))]
VOICES = [
    dialect.voice(name, channel)
    for dialect in DIALECTS
    if dialect.kind is Kind.SUPPLY
    for name, model in dialect.models.items()
    for channel in model.channels
]
DP832 = load_dialect("rigol-dp800")


def door(voice: Voice, envelope: Envelope = MOST, granted: bool = True) -> Door:
    made = Door({"P1": voice}, {"P1": envelope})
    if granted:
        made.granted.add("P1")
    return made


def lines(voice: Voice, operation: Operation, value: float | None = None) -> list[bytes]:
    return [exchange.write for exchange in voice.tell(operation, value)] if voice.can(operation) else []


def levels(voice: Voice, value: float) -> list[tuple[Operation, bytes]]:
    """The lines that set this number, as far as the channel can hold it."""
    found = []
    for operation in LIMITS:
        try:
            found += [(operation, line) for line in lines(voice, operation, value)]
        except OutOfRange:
            continue
    return found


def test_every_shipped_supply_is_let_do_what_a_charge_needs() -> None:
    for voice in VOICES:
        stops = [line for operation, line in levels(voice, 5.0) if door(voice).refusal(line) is not None]
        stops += [line for line in lines(voice, Operation.OUTPUT_ON) if door(voice).refusal(line) is not None]
        assert stops == [], voice.model.name


def test_an_off_and_a_question_pass_without_any_grant() -> None:
    for voice in VOICES:
        shut = door(voice, granted=False)
        asks = [
            voice.ask(each).exchange.write
            for query in voice.model.queries.values()
            for each in query.answers
            if voice.can(each)
        ]
        assert [line for line in [*lines(voice, Operation.OUTPUT_OFF), *asks] if shut.refusal(line)] == []


def test_nothing_that_energises_passes_without_a_grant() -> None:
    for voice in VOICES:
        shut = door(voice, granted=False)
        told = [line for _, line in levels(voice, 5.0)]
        ons = set(lines(voice, Operation.OUTPUT_ON)) - set(lines(voice, Operation.OUTPUT_OFF))
        assert [line for line in [*told, *ons] if shut.refusal(line) is None] == []


@given(value=st.floats(0.0, 200.0), which=st.integers(0, len(VOICES) - 1))
def test_no_level_above_the_envelope_passes(value: float, which: int) -> None:
    voice = VOICES[which]
    for operation, line in levels(voice, value):
        above = value > LIMITS[operation] + voice.step(operation)
        assert (door(voice).refusal(line) is not None) >= above, line


@given(
    number=st.from_regex(rb"[+-]?[0-9]{1,7}(\.[0-9]{1,10})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    which=st.integers(0, len(VOICES) - 1),
)
def test_whatever_number_stands_in_a_line_it_passes_only_inside_the_envelope(number: bytes, which: int) -> None:
    voice = VOICES[which]
    for operation, line in levels(voice, 7.0):
        scale = voice.model.commands[operation].scale
        changed = re.sub(rb"(?<![A-Za-z0-9])0*%d(\.0+)?(?=\D*$)" % round(7 * scale), lambda _: number, line)
        if changed != line and door(voice).refusal(changed) is None:
            assert 0 <= float(number) / scale <= LIMITS[operation] + 1e-6


@given(more=st.binary(min_size=1, max_size=60), which=st.integers(0, len(VOICES) - 1))
def test_nothing_rides_on_a_line_that_may_pass(more: bytes, which: int) -> None:
    voice = VOICES[which]
    for line in lines(voice, Operation.OUTPUT_ON):
        assert door(voice).refusal(line + more) is not None
        assert door(voice).refusal(more + line) is not None


@pytest.mark.parametrize(
    "line",
    [
        b":SOUR1:VOLT 14.6;:SOUR1:VOLT 30\n",
        b":SOUR1:VOLT 14.600\n:OUTP CH2,ON\n",
        b":SOUR2:VOLT 14.600\n",
        b":SOUR1:VOLT nan\n",
        b":SOUR1:VOLT -1.000\n",
        b":SOUR1:VOLT 1_4.6\n",
        b":SOUR1:VOLT 14.601\n",
        b":sour1:volt 14.600\n",
        b"*RST\n",
        b":OUTP:OVP:CLEAR CH1\n",
        b":OUTP CH2,ON\n",
        b"",
    ],
)
def test_what_does_not_pass(line: bytes) -> None:
    assert door(DP832.voice("DP832", 1)).refusal(line) is not None


def test_a_protection_is_not_switched_off_where_a_charge_stands_behind_it() -> None:
    voice = DP832.voice("DP832", 1)
    (off,) = lines(voice, Operation.OVP_OFF)
    assert door(voice).refusal(off) is not None
    assert door(voice, BARE).refusal(off) is None


def test_a_grant_is_for_one_position_and_an_off_takes_it() -> None:
    two = Door({"P1": DP832.voice("DP832", 1), "P2": DP832.voice("DP832", 2)}, {"P1": MOST, "P2": MOST})
    two.granted.add("P1")
    assert two.refusal(b":OUTP CH1,ON\n") is None
    assert two.refusal(b":OUTP CH2,ON\n") is not None
    two.granted.discard("P1")
    assert two.refusal(b":OUTP CH1,ON\n") is not None
