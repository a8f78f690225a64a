"""Why a current fell: the taper and the step, told apart by readings alone."""

from collections.abc import Sequence
from math import exp

import pytest
from hypothesis import given, strategies as st

from benchctl.core.model import Regulation
from benchctl.core.run.charge import NO_CURRENT_S, AmpHours, ChargeJudge, Look, PulseJudge
from tests.core.values import shipped

C = 50.0
SET_V = 14.6
TAPER_A = 2.5
BLIND_A = 0.02
HOLD_S = 300
CV, CC = Regulation.CV, Regulation.CC


def judge() -> ChargeJudge:
    return ChargeJudge(C, SET_V, TAPER_A, BLIND_A, shipped().taper, shipped().bms)


def good(at_s: float, current_a: float = 2.0) -> Look:
    return Look(at_s, SET_V, current_a, CV)


def flowed() -> ChargeJudge:
    """A charge that came down naturally from its full current to just above the taper, long in CV."""
    one = judge()
    for second in range(-600, 0):
        one.feed(Look(second, SET_V, TAPER_A + 0.1 + 7.5 * exp(-(second + 600) / 100), CV))
    return one


def tapered_after(looks: Sequence[Look]) -> bool:
    one = flowed()
    for look in looks:
        one.feed(look)
    return one.tapered


def test_a_taper_held_for_its_time_is_proven() -> None:
    assert tapered_after([good(second) for second in range(HOLD_S + 1)])


def test_a_second_less_is_not() -> None:
    assert not tapered_after([good(second) for second in range(HOLD_S)])


SPOILT = {
    "above the limit": Look(150, SET_V, TAPER_A + 0.001, CV),
    "no current": Look(150, SET_V, 0.0, CV),
    "less than an open circuit may show": Look(150, SET_V, BLIND_A, CV),
    "out of the battery": Look(150, SET_V, -1.0, CV),
    "nan amperes": Look(150, SET_V, float("nan"), CV),
    "not CV": Look(150, SET_V, 2.0, CC),
    "regulating nothing": Look(150, SET_V, 2.0, Regulation.OFF),
    "voltage not known": Look(150, None, 2.0, CV),
    "nan volts": Look(150, float("nan"), 2.0, CV),
    "voltage low": Look(150, SET_V - 0.0201, 2.0, CV),
}


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT)
def test_each_condition_alone_breaks_the_proof(spoilt: Look) -> None:
    looks = [good(second) for second in range(HOLD_S + 1)]
    looks[150] = spoilt
    assert not tapered_after(looks)


def test_at_the_edges_the_proof_holds() -> None:
    edge = [Look(second, SET_V - 0.0199, TAPER_A, CV) for second in range(HOLD_S + 1)]
    assert tapered_after(edge)


def test_a_look_that_did_not_come_breaks_the_proof() -> None:
    one = flowed()
    for second in range(HOLD_S + 1):
        one.missed() if second == 150 else one.feed(good(second))
    assert not one.tapered


def test_a_silence_breaks_the_proof() -> None:
    assert not tapered_after([good(second) for second in range(HOLD_S + 12) if not 100 < second <= 111])


def test_an_empty_charge_never_tapers() -> None:
    one = judge()
    assert not one.tapered
    for second in range(2 * HOLD_S):
        one.feed(good(second))
    assert not one.tapered, "no more than the taper current ever flowed"


@given(
    st.lists(st.tuples(st.sampled_from([*SPOILT.values(), None]), st.integers(0, HOLD_S)), min_size=1, max_size=4),
    st.floats(0.03, 2.4),
)
def test_no_trace_with_a_bad_sample_in_its_last_hold_is_ever_tapered(
    spoils: list[tuple[Look | None, int]], current_a: float
) -> None:
    at = {second: look for look, second in spoils}
    one = flowed()
    for second in range(HOLD_S + 1):
        look = at.get(second, good(second, current_a))
        if look is None:
            one.missed()
        else:
            one.feed(Look(second, look.battery_v, look.current_a, look.regulation))
        assert not one.tapered


# ---------------------------------------------------------------- steps


def decaying(tau_s: float, plateau_a: float, peak_a: float, start_s: float = 0.0) -> list[Look]:
    """CC for a while, then the natural end of a charge: an exponential towards a plateau, in CV."""
    cc = [Look(start_s + second, 14.2, peak_a, CC) for second in range(20)]
    begin_s = start_s + 20
    return cc + [
        Look(begin_s + second, SET_V, plateau_a + (peak_a - plateau_a) * exp(-second / tau_s), CV)
        for second in range(900)
    ]


@given(tau_s=st.floats(6.0, 3000.0), plateau_a=st.floats(0.03, 4.0), peak_a=st.floats(5.0, 10.0))
def test_a_natural_decay_is_never_an_opened_circuit(tau_s: float, plateau_a: float, peak_a: float) -> None:
    one = judge()
    for look in decaying(tau_s, plateau_a, peak_a):
        one.feed(look)
        assert not one.opened


@given(
    tau_s=st.floats(20.0, 2000.0),
    plateau_a=st.floats(0.6, 4.0),
    when=st.integers(1, 900),
    gap_s=st.floats(0.2, 30.0),
    left_a=st.floats(-0.02, 0.02),
)
def test_an_opened_circuit_is_always_seen(
    tau_s: float, plateau_a: float, when: int, gap_s: float, left_a: float
) -> None:
    one = judge()
    looks = decaying(tau_s, plateau_a, 10.0)[:when]
    for look in looks:
        one.feed(look)
    for second in range(2 * HOLD_S):
        one.feed(Look(looks[-1].at_s + gap_s + second, SET_V, left_a, CV))
        assert one.opened
        assert not one.tapered


def test_once_opened_nothing_that_follows_is_a_taper() -> None:
    one = flowed()
    one.feed(Look(0, SET_V, 0.0, CV))
    for second in range(1, 1000):
        one.feed(good(second))
    assert one.opened
    assert not one.tapered


def test_half_gone_is_a_step_only_once_the_voltage_has_been_held() -> None:
    early, late = judge(), judge()
    for one, held_s in ((early, 5), (late, 70)):
        for second in range(held_s):
            one.feed(Look(second, SET_V, 6.0, CV))
        one.feed(Look(held_s, SET_V, 2.4, CV))
    assert not early.opened
    assert late.opened


def test_a_supply_in_cc_that_shows_nothing_yet_is_no_step() -> None:
    one = judge()
    one.feed(Look(0, 13.5, 10.0, CC))
    one.feed(Look(1, 13.5, 0.0, CC))
    assert not one.opened


def test_an_open_circuit_from_the_start_is_opened_after_a_minute_and_never_full() -> None:
    one = judge()
    for second in range(60):
        one.feed(Look(second, SET_V, 0.003, CV))
        assert not one.opened
    for second in range(60, 2 * HOLD_S):
        one.feed(Look(second, SET_V, 0.003, CV))
        assert one.opened
        assert not one.tapered


# ---------------------------------------------------------------- ampere-hours


def test_ampere_hours_are_trapezoids() -> None:
    count = AmpHours()
    for second in range(3601):
        count.feed(second, 10.0 * second / 3600)
    assert count.amp_hours == pytest.approx(5.0)


def test_a_gap_counts_with_its_larger_end() -> None:
    count = AmpHours()
    count.feed(0, 10.0)
    count.feed(3600, 0.0)
    assert count.amp_hours == pytest.approx(10.0)


def test_nothing_is_counted_over_an_off_nor_backwards() -> None:
    count = AmpHours()
    count.feed(0, 10.0)
    count.interrupt()
    count.feed(3600, 10.0)
    count.feed(3601, -20.0)
    assert count.amp_hours == 0.0


def test_what_a_supply_shows_where_nothing_flows_is_no_taper_however_slowly_the_current_sank_to_it() -> None:
    one, second, current_a = judge(), 0, 10.0
    while current_a > BLIND_A:
        one.feed(good(second, current_a))
        second, current_a = second + 1, 0.97 * current_a
    for later in range(second, second + 400):
        one.feed(good(later, BLIND_A))
    assert (one.opened, one.tapered) == (False, False)


# ---------------------------------------------------------------- the pulse


def still_after(*amps: float) -> list[bool]:
    """A look each half minute."""
    one = PulseJudge(C)
    return [one.feed(Look(NO_CURRENT_S / 2 * count, SET_V, current_a, CV)) for count, current_a in enumerate(amps)]


def test_a_pulse_that_does_not_flow_for_a_minute_shows_an_open_circuit() -> None:
    assert still_after(0.49, 0.0, 0.0) == [False, False, True]
    assert still_after(float("nan"), float("nan"), float("nan")) == [False, False, True]


def test_a_pulse_that_flows_again_starts_the_minute_anew() -> None:
    assert still_after(0.0, 0.5, 0.0, 0.0, 0.0) == [False, False, False, False, True]
