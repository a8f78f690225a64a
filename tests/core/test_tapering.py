"""Whether the current falls while the voltage is held: a tenth in half an hour (B14), at its boundaries."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from benchctl.core.run.tapering import Stall, Tapering

TAPER_A = 2.5
AMP_HOURS = 50.0


def stalls(current_a: Callable[[int], float], seconds: int) -> list[tuple[int, Stall]]:
    """What is found in a look a second, and when."""
    tapering = Tapering(TAPER_A, AMP_HOURS)
    found = ((at_s, tapering.feed(float(at_s), current_a(at_s))) for at_s in range(seconds))
    return [(at_s, stall) for at_s, stall in found if stall is not None]


def test_a_current_that_stands_is_found_when_half_an_hour_can_be_compared() -> None:
    (first_s, stall), *_ = stalls(lambda _: 5.0, 2000)
    assert 1800 <= first_s <= 1800 + 2 * 61
    assert stall.before_a == pytest.approx(5.0)
    assert stall.now_a == pytest.approx(5.0)


@pytest.mark.parametrize(("share", "found"), [(0.904, True), (0.899, False)])
def test_a_tenth_in_half_an_hour_and_half_a_minute_is_enough(share: float, found: bool) -> None:
    assert bool(stalls(lambda at_s: 10.0 * share ** (at_s / 1800), 4000)) is found


@pytest.mark.parametrize(("current_a", "found"), [(3.01, True), (2.99, False)])
def test_a_tail_near_its_limit_is_not_judged(current_a: float, found: bool) -> None:
    assert bool(stalls(lambda _: current_a, 4000)) is found


def test_a_small_battery_is_judged_from_a_balancing_step_above_its_limit_on() -> None:
    tapering = Tapering(0.25, 5.0)
    assert all(tapering.feed(float(at_s), 0.39) is None for at_s in range(4000))


def test_a_current_that_rises_after_it_fell_does_not_fall() -> None:
    found = stalls(lambda at_s: 6.0 if at_s < 1000 else 4.0 + at_s / 1000, 4000)
    assert found[0][0] >= 1800


def test_what_was_before_another_set_point_says_nothing() -> None:
    tapering = Tapering(TAPER_A, AMP_HOURS)
    for start_s in (0, 1700, 3400):
        tapering.forget()
        assert all(tapering.feed(float(at_s), 5.0) is None for at_s in range(start_s, start_s + 1700))


def test_a_current_that_is_no_number_is_no_fall() -> None:
    assert stalls(lambda _: float("nan"), 2000)


@given(
    start_a=st.floats(2.6, 100.0),
    noise=st.lists(st.floats(-0.5, 0.5), min_size=60, max_size=60),
    step_a=st.sampled_from([0.001, 0.01, 0.1]),
)
def test_a_taper_of_a_fifth_survives_noise_and_a_coarse_display(
    start_a: float, noise: list[float], step_a: float
) -> None:
    def shown(at_s: int) -> float:
        true_a: float = start_a * pow(0.8, at_s / 1800) + 0.002 * AMP_HOURS * noise[at_s % 60]
        return round(true_a / step_a) * step_a

    assert stalls(shown, 4000) == []


def test_a_taper_down_to_a_balancing_current_is_no_stall() -> None:
    currents = [2.0 * 0.5 ** (at_s / 1800) + 0.15 for at_s in range(8000)]
    assert all(after < before for before, after in pairwise(currents))
    assert stalls(lambda at_s: currents[at_s], 8000) == []
