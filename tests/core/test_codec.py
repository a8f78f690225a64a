"""Every message as JSON and back, and nothing else read as one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from enum import StrEnum
from types import NoneType
from typing import get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings, strategies as st

from benchctl.core.journal.chain import GENESIS, canonical, link, parse
from benchctl.core.journal.codec import Undecodable, body_of, decode, encode, entry
from benchctl.core.journal.kinds import decode_as, decode_tagged, encode_tagged, kind_of
from benchctl.core.journal.plain import decoder_of, encoder_of
from benchctl.core.messages import (
    Answered,
    MetersScanned,
    Order,
    Poll,
    Polled,
    StopRequested,
    SwitchedOff,
    SwitchOn,
    VerdictReached,
    Wish,
)
from benchctl.core.model import Absence, AbsenceReason, BenchFile, Reading, Regulation, Settings, SupplySample, Verdict
from benchctl.core.rows import Body, Intent, Samples
from tests.nested import nested

POLLED = Polled("P1", SupplySample(Reading(14.6, 5.0, "14.60"), Reading(2.0, 5.1, "2.0"), Regulation.CV, True))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def values_of(hint: object) -> st.SearchStrategy[object]:
    """Any value of that type hint."""
    if get_origin(hint) is Mapping:
        return st.dictionaries(st.text(), values_of(get_args(hint)[1]), max_size=2)
    if get_origin(hint) is tuple and get_args(hint)[-1] is Ellipsis:
        return st.lists(values_of(get_args(hint)[0]), max_size=2).map(tuple)
    if get_origin(hint) is tuple:
        return st.tuples(*map(values_of, get_args(hint)))
    if get_args(hint):
        return st.one_of(*map(values_of, get_args(hint)))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    if isinstance(hint, type) and is_dataclass(hint):
        return st.builds(hint, **{name: values_of(part) for name, part in get_type_hints(hint).items()})
    plain = {str: st.text(), float: NUMBERS, int: st.integers(), bool: st.booleans(), NoneType: st.none()}
    return plain[hint]  # type: ignore[index]  # a hint that is left over is one of these classes


@pytest.mark.parametrize("kind", [kind for kind in get_args(Body) if kind is not Intent])
def test_every_body_has_coders(kind: type) -> None:
    assert callable(encoder_of(kind))
    assert callable(decoder_of(kind))


@settings(max_examples=200)
@given(st.one_of(*map(values_of, get_args(Body))))
def test_a_body_survives_its_row(body: Body) -> None:
    row = link(entry(body, at_s=5.0, wall="2026-05-01T00:00:00.000Z", actor="engine"), "boot", 1, GENESIS)
    assert body_of(row) == body


def test_the_text_of_a_row_is_pinned() -> None:
    samples = Samples(
        (POLLED,), (MetersScanned("dmm1", (("P1", Absence(AbsenceReason.TIMEOUT, 6.0, "no reply")),)),), ()
    )
    assert canonical(encode(samples)) == (
        '{"polled":[{"position":"P1","sample":{"current":{"at_s":5.1,"raw":"2.0","value":2.0},"output_on":true,'
        '"regulation":"CV","voltage":{"at_s":5.0,"raw":"14.60","value":14.6}}}],"scanned":[{"instrument":"dmm1",'
        '"readings":[["P1",{"at_s":6.0,"detail":"no reply","reason":"timeout"}]]}],"settings":[],"temperatures":[]}'
    )


def test_kinds_are_class_names_in_snake_case() -> None:
    assert kind_of(SwitchedOff("P1", True, "")) == "switched_off"


def test_an_intent_carries_the_kind_of_its_order() -> None:
    intent = Intent(SwitchOn("P1", Settings(14.6, 5.0, 15.0, None)))
    data = encode(intent)
    assert data["order"] == "switch_on"
    assert decode("intent", data) == intent


def test_a_whole_number_is_written_as_the_float_it_stands_for() -> None:
    written = '{"current_a":5.0,"ocp_a":6.0,"ovp_v":null,"voltage_v":14.0,"watchdog_s":15.0}'
    assert canonical(encode(Settings(14, 5, None, 6, 15))) == written


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        entry(VerdictReached(Verdict.APPROVED, number, ()), at_s=5.0, wall="", actor="engine")


def spoilt(**change: object) -> dict[str, object]:
    return {**encode(SwitchedOff("P1", True, "")), **change}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"position":"P1","proven":true}', "detail: this field is missing"),
        ('{"position":"P1","proven":true,"detail":"","by":1}', "by: there is no such field"),
        ('{"position":"P1","proven":1,"detail":""}', "proven: expected true or false, found 1"),
        ('{"position":null,"proven":true,"detail":""}', "position: expected a text, found None"),
        ("[]", "expected an object, found []"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(Undecodable) as fault:
        decode("switched_off", parse(text))
    assert str(fault.value) == complaint


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(Undecodable, match="no kind of row called 'switched_of'"):
        decode("switched_of", {})


def test_the_place_of_a_fault_is_named_to_the_field() -> None:
    data = encode(Samples((POLLED, POLLED), (), ()))
    data["polled"][1]["sample"]["voltage"]["value"] = "14.6"  # type: ignore[index,call-overload]  # plain JSON
    with pytest.raises(Undecodable, match=r"^polled\[1\]\.sample\.voltage\.value: expected a number, found '14.6'$"):
        decode("samples", data)


@pytest.mark.parametrize("value", [True, "14.6", None, float("nan"), float("inf"), 10**400])
def test_only_a_finite_number_is_a_number(value: float) -> None:
    with pytest.raises(Undecodable):
        decode_as(Reading, {"value": value, "at_s": 0.0, "raw": ""})


@pytest.mark.parametrize("value", [{"value": 1.0}, {"reason": "timeout", "at_s": 0.0, "raw": ""}, "x", 1])
def test_what_is_neither_reading_nor_absence_is_refused(value: object) -> None:
    with pytest.raises(Undecodable):
        decode("temperature_read", {"position": "P1", "temperature": value})  # type: ignore[dict-item]  # hostile


@settings(max_examples=200)
@given(st.one_of(*map(values_of, get_args(Order))))
def test_an_order_survives_its_tag(order: Order) -> None:
    assert decode_tagged(Order, "order", parse(canonical(encode_tagged(order, "order")))) == order


def test_a_tag_decides_between_values_that_look_alike() -> None:
    assert decode_tagged(Wish, "wish", {"wish": "stop_requested", "operator": None}) == StopRequested(None)
    assert decode_tagged(Order, "order", {"order": "poll", "position": "P1"}) == Poll("P1")


@pytest.mark.parametrize("tag", [None, 1, [], {}, "polled", "answered "])
def test_a_tag_that_names_nothing_is_refused(tag: object) -> None:
    data = encode_tagged(Answered("p1", "done", None), "wish") | {"wish": tag}
    with pytest.raises(Undecodable, match=r"^wish: expected one of stop_requested"):
        decode_tagged(Wish, "wish", data)  # type: ignore[arg-type]  # hostile


def test_a_bench_file_survives() -> None:
    bench = BenchFile("b", True, None, (), ())
    assert decode_as(BenchFile, parse(canonical(encode(bench)))) == bench


def test_a_field_that_was_added_later_may_be_missing() -> None:
    data = encode(BenchFile("b", True, None, (), ()))
    del data["visa"]
    assert decode_as(BenchFile, data).visa == "@py"


@dataclass(frozen=True)
class TwoTexts:
    one: str | Regulation


def test_a_union_that_json_cannot_tell_apart_is_a_bug() -> None:
    with pytest.raises(TypeError, match="cannot be told apart"):
        decoder_of(TwoTexts)


@given(nested(st.none() | st.booleans() | st.integers() | st.text(), st.text()))
def test_foreign_json_is_read_or_refused(data: object) -> None:
    with pytest.raises(Undecodable):
        decode("polled", data)  # type: ignore[arg-type]  # hostile
