"""Does the spread of a resting bank still close?"""

import pytest

from benchctl.core.run.trend import Trend


def trend_of(slope_v_per_h: float, minutes: int) -> Trend:
    trend = Trend()
    for minute in range(minutes + 1):
        trend.feed(60.0 * minute, 0.2 + slope_v_per_h * minute / 60)
    return trend


@pytest.mark.parametrize(("slope", "closing"), [(-0.006, True), (-0.004, False), (0.0, False), (0.02, False)])
def test_it_closes_when_it_shrinks_fast_enough(slope: float, closing: bool) -> None:
    assert trend_of(slope, 40).closing(0.005) is closing


def test_nothing_is_claimed_of_less_than_a_quarter_of_an_hour() -> None:
    assert not trend_of(-0.1, 14).closing(0.005)
    assert trend_of(-0.1, 15).closing(0.005)


def test_what_was_before_is_forgotten() -> None:
    trend = trend_of(-0.1, 40)
    trend.forget()
    trend.feed(3600.0, 0.1)
    assert not trend.closing(0.005)


def test_only_the_last_half_hour_counts() -> None:
    trend = trend_of(-0.1, 60)
    for minute in range(61, 95):
        trend.feed(60.0 * minute, 0.1)
    assert not trend.closing(0.005)
