"""The night before it begins: queues, currents, refusals, the permit and the plan."""

from dataclasses import replace
from itertools import pairwise

import pytest

from benchctl.core.messages import StepKind
from benchctl.core.mission import Mission, charge_current_a, cold_limit_a, guard_reaches, taper_limit_a
from benchctl.core.model import ChannelRef, Isolation, Known, MeterAbility, Sense
from benchctl.core.run.schedule import permit_of, plan_of, refusals
from benchctl.guard.plan import address
from tests.core.driven import by_hand
from tests.core.values import METER, SUPPLY, instrument, mission, on_first, shipped


def serials(given: Mission) -> dict[str, list[str]]:
    return {name: [battery.serial for battery in line] for name, line in given.queues().items()}


# ---------------------------------------------------------------- queues


def test_batteries_take_the_positions_in_file_order() -> None:
    assert serials(mission(5, 2)) == {"P1": ["E1", "E3", "E5"], "P2": ["E2", "E4"]}


def test_a_stated_position_is_kept_and_the_others_go_where_there_is_least() -> None:
    given = mission(4, 2)
    batteries = (given.bank.batteries[0], *(replace(b, position="P1") for b in given.bank.batteries[1:3]))
    given = replace(given, bank=replace(given.bank, batteries=(*batteries, given.bank.batteries[3])))
    assert serials(given) == {"P1": ["E2", "E3"], "P2": ["E1", "E4"]}


def test_a_position_without_a_battery_has_no_queue() -> None:
    assert serials(mission(1, 2)) == {"P1": ["E1"]}


def grouped(groups: str, positions: int = 1, **changes: object) -> Mission:
    """Batteries E1, E2, …, each in the group of its letter; `-` in none."""
    given = mission(len(groups), positions)
    named = zip(given.bank.batteries, groups, strict=True)
    batteries = tuple(
        replace(one, group=None if name == "-" else name, **changes)  # type: ignore[arg-type]  # the caller's
        for one, name in named
    )
    return replace(given, bank=replace(given.bank, batteries=batteries), attended=True)


@pytest.mark.parametrize(
    ("groups", "positions", "lines"),
    [
        ("AABB", 2, {"P1": ["E1", "E2"], "P2": ["E3", "E4"]}),
        ("ABAB", 2, {"P1": ["E1", "E3"], "P2": ["E2", "E4"]}),
        ("-AA-", 3, {"P1": ["E2", "E3"], "P2": ["E1"], "P3": ["E4"]}),
        ("-AA-", 2, {"P1": ["E2", "E3"], "P2": ["E1", "E4"]}),
        ("AA-", 1, {"P1": ["E1", "E2", "E3"]}),
    ],
)
def test_a_group_stays_together_and_others_go_where_there_is_none(
    groups: str, positions: int, lines: dict[str, list[str]]
) -> None:
    assert serials(grouped(groups, positions)) == lines


def test_the_position_of_one_is_that_of_its_group() -> None:
    given = grouped("AAB", 2)
    batteries = (*given.bank.batteries[:1], replace(given.bank.batteries[1], position="P2"), given.bank.batteries[2])
    assert serials(replace(given, bank=replace(given.bank, batteries=batteries))) == {"P1": ["E3"], "P2": ["E1", "E2"]}


# ---------------------------------------------------------------- currents


def current_a(given: Mission) -> float:
    return charge_current_a(given, given.bank.batteries[:1], "P1")


def test_the_procedure_gives_the_current() -> None:
    assert current_a(mission()) == pytest.approx(10.0)


def test_the_least_of_all_limits_counts() -> None:
    given = mission()
    assert current_a(on_first(given, fuse_a=5.0)) == pytest.approx(4.0)
    assert current_a(replace(given, supplies={"P1": replace(SUPPLY, max_current_a=3.0)})) == 3.0
    assert current_a(replace(given, supplies={"P1": replace(SUPPLY, total_w=100.0)})) == pytest.approx(100 / 14.8)
    frail = replace(given.bank.batteries[0], max_charge_a=2.0)
    assert current_a(replace(given, bank=replace(given.bank, batteries=(frail,)))) == 2.0


def group_a(given: Mission) -> float:
    return charge_current_a(given, given.bank.batteries, "P1")


STRONG = replace(SUPPLY, max_current_a=200.0)


@pytest.mark.parametrize(
    ("one_a", "stated_a", "amps"),
    [(50.0, None, 25.0), (18.0, None, 18.0), (18.0, 22.0, 22.0), (18.0, 12.0, 12.0)],
    ids=["0.5 C of one", "the maker's for one", "the maker's for a group", "which need not add up"],
)
def test_a_groups_current_is_what_one_of_it_could_bear_alone(one_a: float, stated_a: float | None, amps: float) -> None:
    given = grouped("AAAA", max_charge_a=one_a, max_group_charge_a=stated_a)
    assert group_a(replace(given, supplies={"P1": STRONG})) == pytest.approx(amps)


def test_a_small_group_gets_its_share_of_the_sum() -> None:
    assert group_a(replace(grouped("AA"), supplies={"P1": STRONG})) == pytest.approx(20.0), "0.2 C of 100 Ah"


def test_a_cold_group_gets_what_one_of_it_may_have() -> None:
    given = replace(grouped("AA"), supplies={"P1": STRONG}, temperature_c=3.0)
    assert group_a(given) == pytest.approx(5.0)


def test_the_taper_of_a_group_is_held_against_the_sum() -> None:
    given = grouped("AAAA")
    assert taper_limit_a(given, given.bank.batteries, 40.0) == pytest.approx(10.0)


def test_a_power_limit_is_shared_by_the_positions_of_one_supply() -> None:
    given = mission()
    places = tuple(
        replace(place, supply=ChannelRef("psu1", number)) for number, place in enumerate(given.bench.positions, 1)
    )
    given = replace(given, bench=replace(given.bench, positions=places))
    given = replace(given, supplies=dict.fromkeys(given.supplies, replace(SUPPLY, total_w=100.0)))
    assert current_a(given) == pytest.approx(50 / 14.8)


@pytest.mark.parametrize(
    ("celsius", "rate"), [(-1.0, 0.1), (4.9, 0.1), (5.0, 0.2), (9.9, 0.2), (10.0, 1.0), (float("nan"), 0.1)]
)
def test_the_cold_allows_less(celsius: float, rate: float) -> None:
    assert cold_limit_a(celsius, 50.0) == pytest.approx(50.0 * rate)


def test_a_declared_cold_lowers_the_current() -> None:
    assert current_a(replace(mission(), temperature_c=3.0)) == pytest.approx(5.0)


def test_the_taper_is_at_most_half_of_what_is_set() -> None:
    given = mission()
    battery = given.bank.batteries[:1]
    assert taper_limit_a(given, battery, 10.0) == pytest.approx(2.5)
    assert taper_limit_a(given, battery, 3.0) == pytest.approx(1.5)


# ---------------------------------------------------------------- refusals


def test_a_usual_bench_is_not_refused_and_may_be_left_alone() -> None:
    assert refusals(mission()) == ()
    assert permit_of(mission()).unattended


def refused(given: Mission) -> str:
    return " ".join(refusals(given))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"meter": None, "hand_probed": "dmm1"}, "held by hand, so a person must hold the probes"),
        ({"isolation": Isolation.MANUAL}, "--attended"),
    ],
)
def test_a_position_that_cannot(change: dict[str, object], word: str) -> None:
    assert word in refused(on_first(mission(), **change))


@pytest.mark.parametrize(
    ("ability", "word"),
    [
        (replace(SUPPLY, max_voltage_v=12.0), "14.6 V are needed"),
        (replace(SUPPLY, ovp_min_v=None, ovp_max_v=None), "--attended"),
        (replace(SUPPLY, ovp_min_v=15.33), "--attended"),
        (replace(SUPPLY, bleeds_when_off=Known.YES), "bleeds"),
        (replace(SUPPLY, max_current_a=0.9), "36 h"),
    ],
)
def test_a_supply_that_cannot(ability: object, word: str) -> None:
    given = mission()
    assert word in refused(replace(given, supplies={**given.supplies, "P1": ability}))  # type: ignore[dict-item]


def test_an_attended_run_needs_no_ovp() -> None:
    weak = replace(mission(1, 1), supplies={"P1": replace(SUPPLY, ovp_min_v=None, ovp_max_v=None)})
    assert refusals(replace(weak, attended=True)) == ()
    assert not permit_of(weak).unattended


def held(batteries: int = 1, positions: int = 1) -> Mission:
    """The usual bench, every meter held by a person, who is there."""
    return by_hand(mission(batteries, positions))


def test_a_meter_held_by_hand_needs_a_person_and_is_then_no_reason_to_refuse() -> None:
    assert refusals(held()) == ()
    assert "--attended" in refused(replace(held(), attended=False))


@pytest.mark.parametrize("ovp_min_v", [None, 15.33])
def test_a_meter_held_by_hand_makes_up_for_no_weak_ovp(ovp_min_v: float | None) -> None:
    weak = replace(SUPPLY, ovp_min_v=ovp_min_v)
    assert "watches over no charge" in refused(replace(held(), supplies={"P1": weak}))


def test_the_plan_says_when_the_probes_are_wanted() -> None:
    hands = [step.text for step in plan_of(held()).steps if step.hands]
    assert hands == [
        "Hold the probes on E1, at P1",
        "Clip the probes to E1: its taper",
        "Common scan of all batteries: hold the probes on each when asked",
    ]


def test_remote_sense_that_is_not_there() -> None:
    given = on_first(mission(1, 1), sense=Sense.REMOTE)
    assert "no remote sense" in refused(replace(given, supplies={"P1": replace(SUPPLY, remote_sense=False)}))


def test_a_meter_that_is_too_coarse() -> None:
    coarse = MeterAbility(0.005, 0.01, 20.0, False)
    assert "too coarse" in refused(replace(mission(1, 1), meters={"P1": coarse}))


def test_the_temperature_is_declared_or_probed() -> None:
    unknown = replace(mission(1, 2), temperature_c=None)
    assert "--temperature" in refused(unknown)
    assert refusals(on_first(unknown, temperature=ChannelRef("scan1", 111))) == (), "nor has the unused position"


@pytest.mark.parametrize(("celsius", "fine"), [(-0.1, False), (0.0, True), (45.0, True), (46.0, False)])
def test_the_declared_temperature_is_in_the_window(celsius: float, fine: bool) -> None:
    assert (refusals(replace(mission(), temperature_c=celsius)) == ()) is fine


def test_a_mixed_string_is_refused() -> None:
    given = mission()
    batteries = (given.bank.batteries[0], replace(given.bank.batteries[1], model="other"))
    assert "differs" in refused(replace(given, bank=replace(given.bank, batteries=batteries)))


@pytest.mark.parametrize(("batteries", "fits"), [(1, True), (2, True), (3, True), (4, False)])
def test_waves_fit_one_scan_or_are_refused(batteries: int, fits: bool) -> None:
    found = refused(replace(mission(batteries, 1), attended=True))
    assert (found == "") is fits
    assert fits or "rest ages would not fit" in found


def test_waves_need_a_person() -> None:
    assert "--attended" in refused(mission(3, 2))


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (grouped("AA-"), "P1 has group A and E3: a position with a group serves that group alone."),
        (grouped("A" * 8), "by hand at most 7 can be read one by one within 10 min after the charge"),
        (grouped("AABBB", 2), "Group A on P1 would be full 3.5 h before the last"),
        (replace(grouped("AA"), attended=False), "P1 charges group A: a person must join it"),
    ],
    ids=["company", "too many", "too unlike", "nobody there"],
)
def test_a_group_that_cannot_be_charged_is_refused(given: Mission, word: str) -> None:
    assert word in refused(given)


@pytest.mark.parametrize("given", [grouped("AAAA"), grouped("AABB", 2), grouped("AA-", 2)])
def test_groups_that_can_be_charged_are_not_refused(given: Mission) -> None:
    assert refusals(given) == ()


def test_a_group_read_by_hand_is_planned_with_its_probes() -> None:
    given = on_first(grouped("AA-", 2), meter=None, hand_probed="dmm1")
    assert refusals(given) == ()
    hands = [step.text for step in plan_of(given).steps if step.hands and "group A" in step.text]
    assert hands == [
        "P1: read E1, E2 alone, then join group A",
        "Hold the probes on group A, at P1",
        "Clip the probes to E1: group A's taper",
        "P1: take group A apart at once, read each battery alone within 10 min",
    ]


@pytest.mark.parametrize("given", [mission(4, 4), grouped("AABB", 2)], ids=["alone", "groups"])
def test_one_meter_held_by_hand_is_wanted_at_one_place_at_a_time(given: Mission) -> None:
    places = tuple(replace(each, meter=None, hand_probed="dmm1") for each in given.bench.positions)
    planned = plan_of(replace(given, attended=True, bench=replace(given.bench, positions=places)))
    hands = [step for step in planned.steps if step.hands]
    assert all(one.end_s <= other.start_s for one, other in pairwise(hands)), hands
    charges = [step for step in planned.steps if step.kind is StepKind.CHARGE]
    assert len({step.end_s for step in charges}) == len(charges), "whoever waits for the probes charges on"


# ---------------------------------------------------------------- the plan


def test_the_plan_of_a_group_says_when_hands_join_it_and_take_it_apart() -> None:
    planned = plan_of(grouped("AAAA"))
    assert [(step.text, step.hands) for step in planned.steps][1:4] == [
        ("P1: read E2, E3, E4 alone, then join group A", True),
        ("Charge group A (E1, E2, E3, E4) as one on P1 at 10.0 A, from about 30 %", False),
        ("P1: take group A apart at once, read each battery alone within 10 min", True),
    ]
    assert planned.permit == "attended only"
    charge = planned.steps[2]
    assert charge.end_s - charge.start_s == pytest.approx(0.7 * 200 / 10 * 3600 + 2400)


def test_the_plan_of_a_simple_night() -> None:
    planned = plan_of(mission())
    assert planned.permit == "may run unattended"
    assert not any(step.hands for step in planned.steps)
    rest = next(step for step in planned.steps if step.text.startswith("Rest"))
    assert rest.end_s - rest.start_s == shipped().rest.min_s
    assert rest.start_s == pytest.approx(60 + 0.7 * 5 * 3600 + 2400), "70 % of 50 Ah at 10 A, and the absorption"


def test_the_plan_says_whose_hands_are_needed_when() -> None:
    planned = plan_of(replace(mission(3, 2), attended=True))
    hands = [step for step in planned.steps if step.hands]
    assert [step.text for step in hands] == [
        "Move P1's leads to E3",
        "Move P1's leads to E1, top it up",
        "Common scan of all batteries: move the meter leads when asked",
    ]
    assert planned.permit == "attended only"
    assert [step.start_s for step in planned.steps] == sorted(step.start_s for step in planned.steps)


def test_manual_isolation_is_planned_too() -> None:
    planned = plan_of(on_first(mission(1, 1), isolation=Isolation.MANUAL))
    assert [step.text for step in planned.steps if step.hands] == ["Take P1's power leads off E1"]


@pytest.mark.parametrize("resource", ["USB0::0x1AB1::0x0E11::DP8::INSTR", "TCPIP::10.0.0.1::INSTR", "ASRL1::INSTR"])
def test_a_supply_out_of_the_guards_reach_needs_a_person(resource: str) -> None:
    given = over(resource, None)
    (reason,) = permit_of(given).against
    assert f"P1: the guard has no way to psu1 at {resource}" in reason
    assert refusals(replace(given, attended=True)) == ()


@pytest.mark.parametrize("detour", ["TCPIP::10.0.0.9::5025::SOCKET", "ASRL/dev/serial/by-id/usb-1::INSTR"])
def test_a_detour_for_the_guard_will_do(detour: str) -> None:
    assert permit_of(over("USB0::0x1AB1::0x0E11::DP8::INSTR", detour)).unattended


@pytest.mark.parametrize(
    "resource",
    [
        "TCPIP::10.0.0.1::5555::SOCKET",
        "ASRL/dev/ttyUSB0::INSTR",
        "ASRL1::INSTR",
        "ASRLCOM3::INSTR",
        "TCPIP::10.0.0.1::INSTR",
        "TCPIP::10.0.0.1::hislip0,4880::INSTR",
        "USB0::1::2::X::INSTR",
        "GPIB0::5::INSTR",
    ],
)
def test_what_the_permit_takes_for_the_guards_reach_is_the_guards_reach(resource: str) -> None:
    try:
        reached = bool(address(resource))
    except ValueError:
        reached = False
    assert guard_reaches(replace(instrument("psu1"), resource=resource)) == reached


def over(resource: str, detour: str | None) -> Mission:
    """The usual bench with one battery, its supply reached in another way."""
    given = mission(1, 1)
    first, *others = given.bench.instruments
    entries = (replace(first, resource=resource, off_resource=detour), *others)
    return replace(given, bench=replace(given.bench, instruments=entries))


# ---------------------------------------------------------------- how full they arrive


def arriving(*shares: float | None) -> Mission:
    """Batteries on positions of their own, each stated to be about so full."""
    given = mission(len(shares), len(shares))
    batteries = tuple(replace(one, arrival_soc=soc) for one, soc in zip(given.bank.batteries, shares, strict=True))
    return replace(given, bank=replace(given.bank, batteries=batteries))


def test_an_estimate_starts_from_what_is_stated_and_else_from_the_guides_share() -> None:
    texts = [step.text for step in plan_of(arriving(None, 0.45, 1.0)).steps]
    assert texts[1:4] == [
        "Charge E1 on P1, from about 30 %",
        "Charge E2 on P2, from 45 %",
        "Charge E3 on P3, from 100 %",
    ]


def test_the_fuller_a_battery_arrives_the_sooner_it_is_done() -> None:
    ends_s = [step.end_s for step in plan_of(arriving(None, 0.30, 0.65, 1.0)).steps[1:5]]
    assert ends_s[0] == ends_s[1] > ends_s[2] > ends_s[3]
    assert ends_s[0] - ends_s[3] == pytest.approx(2 * (ends_s[0] - ends_s[2]))


def test_no_stated_charge_lets_a_battery_begin_that_would_take_too_long_from_the_guides() -> None:
    slow = arriving(0.99, 0.99)
    slow = replace(slow, supplies=dict.fromkeys(slow.supplies, replace(SUPPLY, max_current_a=0.9)))
    assert any("36 h" in reason for reason in refusals(slow))


def test_a_group_says_from_where_to_where_its_batteries_arrive() -> None:
    given = grouped("AA")
    first, second = given.bank.batteries
    given = replace(given, bank=replace(given.bank, batteries=(replace(first, arrival_soc=0.5), second)))
    assert any("from 30 to 50 %" in step.text for step in plan_of(given).steps)


@pytest.mark.parametrize(
    ("meter", "why"),
    [
        (None, "P1: nothing is known of what its meter can do."),
        (replace(METER, range_v=14.9), "P1: its meter reads up to 14.9 V; 14.6 V and more are met."),
    ],
)
def test_a_meter_that_cannot_see_what_may_come_is_refused(meter: MeterAbility | None, why: str) -> None:
    given = mission()
    assert why in refusals(replace(given, meters={**given.meters, "P1": meter}))
