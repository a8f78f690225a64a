"""The common scan: what is collected, and what follows from it."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from benchctl.core.bank import RestedVoltage, spread_of
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.place import Place
from benchctl.core.run.rest import RestJudge
from benchctl.core.run.room import Room
from benchctl.core.run.scan import CommonScan, Decision, Finding, Next, decide, slopes
from benchctl.core.run.unit import Unit
from tests.core.values import SUPPLY, absent, mission, reading, shipped

RULES = shipped().match
U = 0.0007  # standard, of each; 2 mV expanded for a difference


def finding(*volts: float, u: float = U) -> Finding:
    found = tuple(RestedVoltage(f"E{n}", v, u, "m") for n, v in enumerate(volts, 1))
    return Finding(found, spread_of(found), (), (), closing=False, time_left=False, rounds_left=False)


ALIKE = (13.50, 13.49, 13.51, 13.48)
ONE_LOW = (13.50, 13.49, 13.51, 13.34)


def decided(found: Finding) -> Decision:
    return decide(found, RULES)


def test_all_alike_is_approved() -> None:
    decision = decided(finding(*ALIKE))
    assert (decision.next, decision.outliers, decision.low) == (Next.APPROVE, (), ())


@pytest.mark.parametrize(("u", "next_"), [(U, Next.APPROVE), (0.0036, Next.NOT_PROVEN)])
def test_inside_the_guard_band_nothing_is_proven(u: float, next_: Next) -> None:
    decision = decided(finding(13.50, 13.41, u=u))
    assert decision.next is next_
    assert bool(decision.outliers) is (next_ is Next.NOT_PROVEN)


def test_one_low_is_held_while_rounds_are_left() -> None:
    decision = decided(replace(finding(*ONE_LOW), rounds_left=True))
    assert (decision.next, decision.outliers, decision.low) == (Next.BALANCE, ("E4",), ("E4",))


def test_one_low_is_rejected_by_name_when_none_is() -> None:
    decision = decided(finding(*ONE_LOW))
    assert (decision.next, decision.outliers) == (Next.REJECT, ("E4",))
    assert decision.reasons[0].startswith("E4 rests at 13.340 V, 0.16")


def test_a_spread_that_closes_is_waited_for_while_there_is_time() -> None:
    closing = replace(finding(*ONE_LOW), closing=True, rounds_left=True)
    assert decided(replace(closing, time_left=True)).next is Next.REST_ON
    assert decided(closing).next is Next.BALANCE


def test_who_has_not_settled_is_waited_for_and_then_not_proven() -> None:
    unsettled = replace(finding(*ALIKE), unsettled=("E1",))
    assert decided(replace(unsettled, time_left=True)).next is Next.REST_ON
    assert decided(unsettled).next is Next.NOT_PROVEN


def test_a_drifting_battery_is_rejected_at_once_and_never_held() -> None:
    for found in (finding(*ALIKE), finding(*ONE_LOW)):
        decision = decided(replace(found, drifting=("E2",), closing=True, time_left=True, rounds_left=True))
        assert decision.next is Next.REJECT
        assert "E2" in decision.outliers


@pytest.mark.parametrize(("volts", "low"), [((13.19, 13.20), ("E1",)), ((13.0, 13.0), ("E1", "E2"))])
def test_alike_but_too_low_is_held_then_rejected(volts: tuple[float, ...], low: tuple[str, ...]) -> None:
    decision = decided(replace(finding(*volts), rounds_left=True))
    assert (decision.next, decision.low) == (Next.BALANCE, low)
    assert decided(finding(*volts)).next is Next.REJECT


def test_alike_but_too_high_is_rejected_and_held_by_nobody() -> None:
    decision = decided(replace(finding(13.81, 13.80), rounds_left=True))
    assert (decision.next, decision.outliers) == (Next.REJECT, ("E1",))


def test_nobody_is_held_because_another_stands_too_high() -> None:
    decision = decided(replace(finding(13.50, 14.55), rounds_left=True))
    assert (decision.next, decision.low) == (Next.REJECT, ())
    assert "E2" in decision.outliers


@given(
    st.lists(st.floats(12.5, 14.2), min_size=1, max_size=6),
    st.floats(0.0, 0.03),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([(), ("E1",)]),
    st.sampled_from([(), ("E1",)]),
)
def test_nothing_but_agreement_in_the_window_is_ever_approved(
    volts: list[float], u: float, closing: bool, time: bool, rounds: bool, slow: tuple[str, ...], drift: tuple[str, ...]
) -> None:
    found = replace(
        finding(*volts, u=u), unsettled=slow, drifting=drift, closing=closing, time_left=time, rounds_left=rounds
    )
    decision = decided(found)
    fine = (
        max(volts) - min(volts) + found.spread.uncertainty_v <= RULES.spread_v
        and all(RULES.min_v <= v <= RULES.max_v for v in volts)
        and not slow
        and not drift
    )
    assert (decision.next is Next.APPROVE) is fine
    assert decision.reasons
    if decision.next in (Next.REJECT, Next.BALANCE):
        assert decision.outliers, "somebody is named"
    if not rounds:
        assert decision.next is not Next.BALANCE
    if not time:
        assert decision.next is not Next.REST_ON


# ---------------------------------------------------------------- collecting


def scan_of(at_s: float) -> tuple[CommonScan, Unit]:
    given_ = mission(1, 1)
    where, nobody = given_.bench.positions[0], Room(None)
    place = Place(where, SUPPLY, shipped(), Outbox(), lambda *_alarm: None, lambda *_calm: None, nobody)
    place.hang("E1")
    unit = Unit(given_, given_.bank.batteries[0], place)
    return CommonScan(given_, [unit], at_s), unit


def test_five_readings_make_a_voltage() -> None:
    scan, unit = scan_of(100.0)
    for second in range(5):
        assert scan.waiting == [unit]
        scan.take(unit, reading(13.5 + 0.001 * second, 101.0 + second))
    assert not scan.waiting
    assert scan.found([unit])[0].voltage_v == pytest.approx(13.502)
    assert scan.read_at_s == {"E1": 105.0}


def test_what_was_read_before_the_scan_is_no_part_of_it() -> None:
    scan, unit = scan_of(100.0)
    scan.take(unit, reading(13.5, 99.9))
    assert scan.read_at_s == {}


def test_five_absences_and_it_was_not_measured() -> None:
    scan, unit = scan_of(100.0)
    for second in range(5):
        scan.take(unit, absent(101.0 + second))
    assert not scan.waiting
    assert scan.found([unit]) == []


def test_nobody_waits_for_a_battery_that_left_its_rest() -> None:
    scan, unit = scan_of(100.0)
    assert not unit.at_rest
    scan.forget_lost()
    assert not scan.waiting


# ---------------------------------------------------------------- who still moves


@pytest.mark.parametrize(("age_s", "late"), [(12590.0, False), (12600.0, True)])
@pytest.mark.parametrize(
    ("slope_v_per_h", "moves"), [(0.0025, False), (0.0027, True), (-0.0199, False), (-0.0201, True)]
)
def test_who_moves_is_waited_for_and_a_fault_only_near_the_end(
    age_s: float, late: bool, slope_v_per_h: float, moves: bool
) -> None:
    """The meter's own 0.6 mV may look like a rise of so much an hour; 3.5 h are late in 2 to 4 h."""
    _, unit = scan_of(0.0)
    unit.rest = RestJudge(shipped().rest, 0.0)
    for second in range(10800, int(age_s) + 1, 10):
        unit.rest.feed(second, 13.5 + slope_v_per_h * (second - 10800) / 3600)
    named = ("E1",) if moves else ()
    assert slopes([unit], shipped().rest, age_s) == (((), named) if late else (named, ()))


def test_a_battery_that_left_no_curve_is_judged_by_neither() -> None:
    _, unit = scan_of(0.0)
    assert slopes([unit], shipped().rest, 7200.0) == ((), ())
