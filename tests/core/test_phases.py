"""The tables: every phase can be reached, ends are ends, and the diagrams show exactly the arrows."""

import re

import pytest
from transitions import MachineError

from benchctl.core.model import Phase, RunState
from benchctl.core.run.phases import BATTERY_TABLE, ENDS, RUN_TABLE, Arrow, BatteryModel, RunModel, mermaid

TABLES = [(BATTERY_TABLE, Phase.WAITING, Phase), (RUN_TABLE, RunState.IDLE, RunState)]


def reachable(table: tuple[Arrow, ...], start: Phase | RunState) -> set[Phase | RunState]:
    found = {start}
    while more := {arrow.target for arrow in table if found & set(arrow.sources)} - found:
        found |= more
    return found


@pytest.mark.parametrize(("table", "start", "all_"), TABLES)
def test_every_phase_can_be_reached(
    table: tuple[Arrow, ...], start: Phase | RunState, all_: type[Phase] | type[RunState]
) -> None:
    assert reachable(table, start) == set(all_)


def test_an_ended_run_goes_nowhere() -> None:
    assert not {source for arrow in RUN_TABLE for source in arrow.sources} & set(ENDS)


def test_every_live_state_of_a_run_can_be_stopped_and_left_unproven() -> None:
    for trigger in ("stop", "not_prove"):
        (arrow,) = (arrow for arrow in RUN_TABLE if arrow.trigger == trigger)
        assert set(arrow.sources) == set(RunState) - set(ENDS)


def test_every_live_phase_can_trip_and_fail() -> None:
    for trigger in ("trip", "fail"):
        (arrow,) = (arrow for arrow in BATTERY_TABLE if arrow.trigger == trigger)
        assert set(arrow.sources) == set(Phase) - {Phase.TRIPPED, Phase.FAILED}


def test_a_tripped_battery_leaves_only_by_a_reset_and_a_failed_one_never() -> None:
    out = {(source, arrow.trigger) for arrow in BATTERY_TABLE for source in arrow.sources}
    assert {trigger for source, trigger in out if source is Phase.TRIPPED} == {"reset"}
    assert not {trigger for source, trigger in out if source is Phase.FAILED}


def test_only_absorbing_becomes_full_and_only_full_rests() -> None:
    into = {(source, arrow.target) for arrow in BATTERY_TABLE for source in arrow.sources}
    assert {source for source, target in into if target is Phase.FULL} == {Phase.ABSORBING}
    assert {source for source, target in into if target is Phase.RESTING} - {Phase.FULL} == {
        Phase.RESTED,
        Phase.VERIFIED,
        Phase.OUTLIER,
    }


def test_only_a_verification_approves() -> None:
    (arrow,) = (arrow for arrow in RUN_TABLE if arrow.target is RunState.APPROVED)
    assert arrow.sources == (RunState.VERIFYING,)


@pytest.mark.parametrize(("table", "start", "all_"), TABLES)
def test_the_diagram_shows_exactly_the_arrows(table: tuple[Arrow, ...], start: Phase | RunState, all_: type) -> None:
    text = mermaid("a title", table, start)
    drawn = set(re.findall(r"^    (\w+) --> (\w+): (\w+)$", text, re.MULTILINE))
    assert drawn == {(s.value, a.target.value, a.trigger.rstrip("_")) for a in table for s in a.sources}
    assert f"    [*] --> {start.value}\n" in text


def test_the_run_diagram_ends_where_the_run_does() -> None:
    text = mermaid("run", RUN_TABLE, RunState.IDLE)
    assert set(re.findall(r"^    (\w+) --> \[\*\]$", text, re.MULTILINE)) == {end.value for end in ENDS}


def test_what_the_table_does_not_allow_is_a_defect() -> None:
    for model, trigger in ((BatteryModel(), "fill"), (RunModel(), "approve")):
        with pytest.raises(MachineError):
            model.trigger(trigger)
