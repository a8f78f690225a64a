"""The probes of a hand-held meter: whose voltage is it that they show, and since when? No other ever passes for it."""

from collections.abc import Iterable

import pytest
from hypothesis import given, strategies as st

from benchctl.core.model import Measurement
from benchctl.core.probes import ProbesState
from benchctl.core.run.steady import ProbesJudge, ProbesRules
from tests.core.values import absent, reading

RULES = ProbesRules(open_v=0.5, error_v=0.0006, apart_v=0.05, readings=5)
OFF = (0.0, 0.0)
S = ProbesState


def fed(judge: ProbesJudge, volts: Iterable[float | None], from_s: float = 1.0, held_v: float | None = None) -> float:
    """One reading a second; None: no reading. The time of the next one."""
    at_s = from_s
    for value in volts:
        judge.feed(absent(at_s) if value is None else reading(value, at_s), held_v)
        at_s += 1.0
    return at_s


def judge_after(*volts: float | None, lifted: bool = False, held_v: float | None = None) -> ProbesJudge:
    judge = ProbesJudge(RULES, lifted=lifted)
    fed(judge, volts, held_v=held_v)
    return judge


def test_steady_after_they_were_seen_off() -> None:
    judge = judge_after(*OFF, *[13.4] * 6)
    assert judge.state is S.STEADY
    assert [one.value for one in judge.taken] == [13.4] * 5


@pytest.mark.parametrize("count", [1, 5])
def test_not_before_five_seconds(count: int) -> None:
    judge = judge_after(*OFF, *[13.4] * count)
    assert (judge.state, judge.taken) == (S.UNSTEADY, ())


def test_whatever_lies_there_already_is_not_read() -> None:
    assert judge_after(*[13.4] * 30).state is S.NOT_LIFTED


def test_a_slip_is_no_lifting() -> None:
    assert judge_after(13.4, 0.0, *[13.4] * 30).state is S.NOT_LIFTED


def test_a_person_may_say_that_they_are_on() -> None:
    judge = judge_after(13.4)
    assert judge.confirm()
    fed(judge, [13.4] * 6, from_s=2.0)
    assert judge.state is S.STEADY


def test_reversed_probes_are_told_and_never_read() -> None:
    assert judge_after(*OFF, *[-13.4] * 30).state is S.REVERSED


def test_a_person_cannot_say_that_a_reversed_voltage_is_right() -> None:
    judge = judge_after(*OFF, -13.4)
    assert not judge.confirm()
    fed(judge, [-13.4] * 30, from_s=4.0)
    assert judge.state is S.REVERSED


def test_once_turned_round_they_are_read() -> None:
    assert judge_after(*OFF, *[-13.4] * 5, *[13.4] * 6).state is S.STEADY


@pytest.mark.parametrize("moving", [[13.40, 13.41] * 5, [13.40 + 0.0006 * n for n in range(12)]])
def test_a_voltage_that_moves_is_not_read(moving: list[float]) -> None:
    assert judge_after(*OFF, *moving).state is S.UNSTEADY


def test_only_the_steady_end_counts() -> None:
    judge = judge_after(*OFF, 12.0, 13.0, 13.2, *[13.4] * 6)
    assert {one.value for one in judge.taken} == {13.4}


def test_a_missing_reading_begins_it_anew() -> None:
    judge = judge_after(*OFF, *[13.4] * 5, None, *[13.4] * 5)
    assert judge.state is S.UNSTEADY


def test_after_a_silence_nobody_knows_where_they_were() -> None:
    judge = judge_after(*OFF, *[13.4] * 3)
    fed(judge, [13.4] * 30, from_s=20.0)
    assert judge.state is S.NOT_LIFTED


def test_an_old_reading_in_a_new_answer_proves_nothing() -> None:
    judge = judge_after(*OFF, *[13.4] * 3)
    judge.feed(reading(13.4, 3.0), None)
    assert judge.state is S.NOT_LIFTED


def test_a_voltage_that_the_supply_does_not_hold_is_another_batterys() -> None:
    assert judge_after(*OFF, *[13.4] * 6, held_v=14.6).state is S.ELSEWHERE
    assert judge_after(*OFF, *[14.57] * 6, held_v=14.6).state is S.STEADY


def test_a_sleeping_battery_is_one_on_which_a_person_says_they_are() -> None:
    judge = judge_after(*OFF)
    judge.confirm()
    fed(judge, [0.1] * 4, from_s=3.0)
    assert not judge.asleep
    fed(judge, [0.1], from_s=7.0)
    assert judge.asleep


volts = st.sampled_from([None, 0.0, 0.3, -0.2, 13.38, 13.4, 13.401, -13.4, -13.401, 14.6, float("nan"), float("inf")])
gaps = st.sampled_from([0.0, 1.0, 1.0, 1.0, 1.0, 6.0])
steps = st.lists(st.tuples(volts, gaps, st.booleans()), max_size=60)


def fed_steps(judge: ProbesJudge, given_steps: list[tuple[float | None, float, bool]]) -> list[Measurement]:
    at_s, said = 0.0, []
    for value, gap_s, confirmed in given_steps:
        at_s += gap_s
        if confirmed:
            judge.confirm()
        said.append(absent(at_s) if value is None else reading(value, at_s))
        judge.feed(said[-1], None)
    return said


@given(steps)
def test_what_is_taken_is_always_whole_right_way_round_and_steady(
    given_steps: list[tuple[float | None, float, bool]],
) -> None:
    judge = ProbesJudge(RULES, lifted=False)
    said = fed_steps(judge, given_steps)
    if judge.state is S.STEADY:
        values = [one.value for one in judge.taken]
        assert list(judge.taken) == said[-5:]
        assert all(13.0 < value < 15.0 for value in values)
        assert max(values) - min(values) <= RULES.band_v(falling=False)
        assert judge.taken[-1].at_s - judge.taken[0].at_s >= 4.0


def off(value: float | None) -> bool:
    return value is not None and abs(value) < RULES.open_v


@given(st.lists(st.tuples(volts, gaps), max_size=60))
def test_nobody_elses_voltage_is_taken_without_a_lifting_or_a_word(
    given_steps: list[tuple[float | None, float]],
) -> None:
    """Probes that were never off for two looks in a row are still on the battery before."""
    judge = ProbesJudge(RULES, lifted=False)
    fed_steps(judge, [(13.4 if off(value) else value, gap_s, False) for value, gap_s in given_steps])
    assert judge.taken == ()
