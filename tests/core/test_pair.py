"""A reading of the meter between two looks at the supply."""

import pytest
from hypothesis import given, strategies as st

from benchctl.core.run.pair import Pair, Seen

VOLTS = st.floats(10.0, 15.0)
SHARES = st.floats(0.0, 1.0)


def pair(before_v: float, after_v: float, share: float, meter_v: float) -> Pair:
    """Looks at 10 s and 11 s under 4 A."""
    return Pair(Seen(10.0, before_v, 4.0), Seen(11.0, after_v, 4.0), 10.0 + share, meter_v)


@given(VOLTS, st.floats(-0.5, 0.5), SHARES)
def test_a_steady_rise_or_fall_puts_nothing_between_supply_and_meter(
    start_v: float, slope: float, share: float
) -> None:
    truly_v = start_v + slope * share
    one = pair(start_v, start_v + slope, share, truly_v)
    assert one.supply().voltage_v == pytest.approx(truly_v)
    assert one.nearest_v(0.0) == pytest.approx(truly_v)


@given(VOLTS, VOLTS, SHARES, VOLTS)
def test_the_nearest_is_never_outside_the_two_looks_and_never_further_than_either(
    before_v: float, after_v: float, share: float, meter_v: float
) -> None:
    nearest_v = pair(before_v, after_v, share, meter_v).nearest_v(0.0)
    assert min(before_v, after_v) <= nearest_v <= max(before_v, after_v)
    assert abs(nearest_v - meter_v) <= min(abs(before_v - meter_v), abs(after_v - meter_v))


def test_the_drop_of_the_leads_is_taken_off_at_each_look_by_its_own_current() -> None:
    one = Pair(Seen(10.0, 14.10, 4.0), Seen(11.0, 14.10, 2.0), 10.5, 14.0)
    assert one.nearest_v(0.02) == pytest.approx(14.02)
    assert one.supply().current_a == pytest.approx(3.0)


def test_two_looks_of_the_same_moment_count_as_the_later_one() -> None:
    assert Pair(Seen(10.0, 13.0, 4.0), Seen(10.0, 14.0, 4.0), 10.0, 14.0).supply().voltage_v == 14.0
