"""Is it at rest, and does it stay there."""

from math import exp

import pytest
from hypothesis import given, strategies as st

from benchctl.core.run.rest import RestJudge
from tests.core.values import shipped

RULES = shipped().rest


def resting(since_s: float = 0.0) -> RestJudge:
    return RestJudge(RULES, since_s)


def relaxed_v(age_s: float) -> float:
    return 13.45 + 0.9 * exp(-age_s / 60) + 0.2 * exp(-age_s / 700)


def test_a_natural_relaxation_disturbs_nothing() -> None:
    rest = resting()
    for age_s in range(1, 14400, 10):
        rest.feed(age_s, relaxed_v(age_s))
    assert rest.disturbed is None


@pytest.mark.parametrize(("gap_s", "disturbed"), [(RULES.gap_s, False), (RULES.gap_s + 0.1, True)])
def test_a_gap_disturbs(gap_s: float, disturbed: bool) -> None:
    rest = resting()
    rest.feed(1000.0 - 990.0, 13.5)
    rest.feed(10.0 + gap_s, 13.4)
    assert (rest.disturbed is not None) is disturbed


def test_a_rest_that_was_never_read_from_its_start_is_disturbed() -> None:
    rest = resting(since_s=100.0)
    rest.feed(100.0 + RULES.gap_s + 1, 13.5)
    assert rest.disturbed == "no reading for 301 s"


def test_leads_that_were_moved_end_the_curve_and_disturb_nothing() -> None:
    rest = resting()
    rest.feed(10.0, 14.2)
    rest.leave()
    rest.feed(7000.0, 13.45)
    assert rest.disturbed is None
    assert rest.slope_v_per_h() is None


@pytest.mark.parametrize(
    ("age_s", "step_v", "disturbed"),
    [
        (30.0, 0.0099, False),
        (30.0, 0.0101, True),
        (30.0, -1.2, False),
        (70.0, -0.9, False),
        (70.0, -1.1, True),
        (5500.0, -0.0099, False),
        (5500.0, -0.0101, True),
        (5500.0, 0.0101, True),
        (5500.0, float("nan"), True),
    ],
)
def test_steps(age_s: float, step_v: float, disturbed: bool) -> None:
    rest = resting()
    for second in range(0, int(age_s), 10):
        rest.feed(second, 13.5)
    rest.feed(age_s, 13.5 + step_v)
    assert (rest.disturbed is not None) is disturbed


def test_the_age_runs_from_the_isolation() -> None:
    assert resting(100.0).age_s(7300.0) == 7200.0


def test_no_slope_is_claimed_of_less_than_ten_minutes() -> None:
    rest = resting()
    for second in range(0, 600, 10):
        rest.feed(second, 13.5)
    assert rest.slope_v_per_h() is None
    rest.feed(600.0, 13.5)
    assert rest.slope_v_per_h() == pytest.approx(0.0)


@given(st.floats(-0.1, 0.1), st.floats(13.0, 13.8))
def test_the_slope_is_that_of_the_last_half_hour(slope_v_per_h: float, start_v: float) -> None:
    rest = resting()
    for second in range(0, 7201, 10):
        bent = 0.0 if second >= 5400 else 0.3 * exp(-second / 600)
        rest.feed(second, start_v + bent + slope_v_per_h * second / 3600)
    assert rest.slope_v_per_h() == pytest.approx(slope_v_per_h, abs=1e-6)
