"""What follows from a supply's nature: each trait alone, against a supply of which nothing bad is known."""

from dataclasses import replace

import pytest

from benchctl.core.mission import Mission
from benchctl.core.model import Isolation, Known, Ocp, OvpKind, OvpSenses, Position, Sense, SupplyAbility
from benchctl.core.run.consequences import objections, remarks
from tests.core.values import SUPPLY, mission

HARMLESS = replace(
    SUPPLY,
    ovp_senses=OvpSenses.SENSE,
    sinks=Known.NO,
    bleeds_when_off=Known.NO,
    clear_reenables=Known.NO,
    watchdog_min_s=1.0,
    watchdog_max_s=3600.0,
)


def given(able: SupplyAbility, **place: object) -> Mission:
    whole = mission()
    wanted = {"sense": Sense.REMOTE, "isolation": Isolation.SUPPLY_OFF, "fuse_a": None} | place
    places: tuple[Position, ...] = tuple(replace(each, **wanted) for each in whole.bench.positions)  # type: ignore[arg-type]
    bench = replace(whole.bench, positions=places)
    return replace(whole, bench=bench, supplies={each.name: able for each in places})


def test_of_a_harmless_supply_nothing_is_said() -> None:
    assert objections(given(HARMLESS)) == ()
    assert remarks(given(HARMLESS)) == ()


@pytest.mark.parametrize(
    ("able", "words"),
    [
        (replace(HARMLESS, ovp_min_v=None, ovp_max_v=None), "no over-voltage protection that can be set"),
        (replace(HARMLESS, ovp_min_v=15.35), "cannot be set below 15.33 V"),
        (replace(HARMLESS, ovp_kind=OvpKind.CROWBAR), "shorts the output"),
        (replace(HARMLESS, sinks=Known.YES), "can draw from the battery"),
    ],
)
def test_a_dangerous_trait_needs_a_person(able: SupplyAbility, words: str) -> None:
    (sentence,) = objections(given(able))
    assert words in sentence


@pytest.mark.parametrize(
    ("able", "words"),
    [
        (replace(HARMLESS, ovp_senses=OvpSenses.OUTPUT), "drop in the leads is added"),
        (replace(HARMLESS, ovp_kind=OvpKind.UNKNOWN), "may short it"),
        (replace(HARMLESS, sinks=Known.UNKNOWN), "can draw from a battery is not known"),
        (replace(HARMLESS, ocp=Ocp.TRIPS_IN_CC), "no OCP that can be armed"),
        (replace(HARMLESS, clear_reenables=Known.YES), "clearing a trip may switch the output on"),
        (replace(HARMLESS, bleeds_when_off=Known.UNKNOWN), "the slope of the rest decides"),
        (replace(HARMLESS, watchdog_max_s=None), "no watchdog"),
    ],
)
def test_a_trait_that_is_dealt_with_is_said(able: SupplyAbility, words: str) -> None:
    (sentence,) = remarks(given(able))
    assert words in sentence


def test_two_wires_are_said() -> None:
    (sentence,) = remarks(given(HARMLESS, sense=Sense.LOCAL))
    assert "two-wire" in sentence


def test_a_fuse_allows_a_crowbar() -> None:
    assert objections(given(replace(HARMLESS, ovp_kind=OvpKind.CROWBAR), fuse_a=15.0)) == ()


def test_a_contactor_allows_a_sinking_supply() -> None:
    assert objections(given(replace(HARMLESS, sinks=Known.YES), isolation=Isolation.CONTACTOR)) == ()


def test_a_fuse_and_a_contactor_answer_what_is_not_known() -> None:
    unknown = replace(HARMLESS, ovp_kind=OvpKind.UNKNOWN, sinks=Known.UNKNOWN)
    assert remarks(given(unknown, fuse_a=15.0, isolation=Isolation.CONTACTOR)) == ()


def test_places_that_share_a_reason_are_named_together() -> None:
    (sentence,) = remarks(given(replace(HARMLESS, watchdog_max_s=None)))
    names = ", ".join(mission().queues())
    assert sentence.startswith(f"{names}: ")
