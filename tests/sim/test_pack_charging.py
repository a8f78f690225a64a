"""How a battery charges, tapers and rests, driven by an ideal charger in virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest

from benchctl.sim.pack import Pack, PackSpec

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Charge:
    """How an ideal charge ended."""

    tapered: bool
    bms_opened: bool
    cv_to_taper_s: float
    highest_cell_v: float


def drive(pack: Pack, set_v: float, limit_a: float, dt_s: float) -> float:
    """One step of an ideal supply without leads; the current (A)."""
    emf_v, ohm = pack.ahead(dt_s)
    current_a = max(0.0, min(limit_a, (set_v - emf_v) / ohm)) if pack.accepts_charge else 0.0
    pack.step(current_a, dt_s)
    return current_a


def coarse(pack: Pack, c_rate: float) -> float:
    """A step (s) fine enough for where the battery is."""
    return 60.0 if max(pack.cell_socs) < 0.8 and c_rate <= 0.2 else 10.0


def charge(pack: Pack, c_rate: float = 0.2, set_v: float = 14.6, dt_s: float | None = None) -> Charge:
    """CC then CV until the current stays at or below 0.05C (at most half the set current) for five minutes."""
    ah = pack.spec.amp_hours
    limit_a, taper_a = c_rate * ah, min(0.05, c_rate / 2) * ah
    spent_s = cv_s = low_s = to_taper_s = highest_v = 0.0
    while spent_s < 60 * HOUR_S:
        step_s = dt_s or coarse(pack, c_rate)
        current_a = drive(pack, set_v, limit_a, step_s)
        highest_v = max(highest_v, *pack.cell_voltages_v)
        if pack.bms_open:
            return Charge(False, True, to_taper_s, highest_v)
        spent_s += step_s
        cv_s += step_s if current_a < limit_a else 0.0
        low_s = low_s + step_s if current_a <= taper_a else 0.0
        to_taper_s = to_taper_s if low_s else cv_s
        if low_s >= 300.0:
            return Charge(True, False, to_taper_s, highest_v)
    return Charge(False, False, to_taper_s, highest_v)


def rest(pack: Pack, seconds: float, dt_s: float = 30.0) -> float:
    """Leave it alone; the terminal voltage then (V)."""
    for _ in range(round(seconds / dt_s)):
        pack.step(0.0, dt_s)
    return pack.voltage_v


def hold(pack: Pack, seconds: float = 2 * HOUR_S, dt_s: float = 10.0) -> None:
    """The balancing hold: 14.4 V at no more than 0.02C."""
    for _ in range(round(seconds / dt_s)):
        drive(pack, 14.4, 0.02 * pack.spec.amp_hours, dt_s)


def relaxation(pack: Pack) -> Iterator[tuple[float, float]]:
    """(minutes, V) after switch-off, every half minute for four hours."""
    for half_minutes in range(1, 481):
        pack.step(0.0, 30.0)
        yield half_minutes / 2, pack.voltage_v


def charged() -> Pack:
    pack = Pack(PackSpec())
    assert charge(pack).tapered
    return pack


def test_a_charge_at_a_fifth_c_tapers_in_ten_to_forty_minutes_of_cv() -> None:
    pack = Pack(PackSpec())
    result = charge(pack)
    assert result.tapered
    assert 600.0 <= result.cv_to_taper_s <= 2400.0
    assert 0.98 <= pack.soc <= 1.005
    assert result.highest_cell_v < 3.66


def test_a_full_battery_relaxes_as_the_field_reports() -> None:
    curve = dict(relaxation(charged()))
    assert 14.0 <= curve[2.0] <= 14.2
    assert 13.55 <= curve[20.0] <= 13.65
    assert all(13.40 <= curve[minutes] <= 13.55 for minutes in (60.0, 120.0, 180.0, 240.0))


def test_the_rest_is_steep_early_and_nearly_flat_from_two_hours_on() -> None:
    curve = dict(relaxation(charged()))
    slopes = {minute: 60.0 * (curve[minute + 1.0] - curve[minute]) for minute in range(30, 239)}
    assert slopes[30] < -0.020
    assert all(-0.010 <= slopes[minute] <= 0.0 for minute in range(120, 239))


def test_a_charge_that_stopped_early_rests_far_below_a_full_one() -> None:
    pack = Pack(PackSpec(soc=0.30))
    while pack.soc < 0.60:
        drive(pack, 14.6, 20.0, 10.0)
    assert 13.0 < rest(pack, 2 * HOUR_S) < 13.2


@pytest.mark.parametrize("temperature_c", [0.0, 25.0, 45.0])
@pytest.mark.parametrize("c_rate", [0.02, 0.1, 0.2, 0.5])
@pytest.mark.parametrize("amp_hours", [20.0, 300.0])
def test_every_sound_battery_tapers_and_rests_full(temperature_c: float, c_rate: float, amp_hours: float) -> None:
    start = 0.05 if c_rate > 0.1 else 0.80
    pack = Pack(PackSpec(amp_hours=amp_hours, soc=start, temperature_c=temperature_c))
    result = charge(pack, c_rate)
    assert result.tapered
    assert result.cv_to_taper_s < 3 * HOUR_S
    assert 13.40 <= rest(pack, 2 * HOUR_S) <= 13.58


@pytest.mark.parametrize("ahead", [(0.005, 0, 0, 0), (0.005, 0.005, 0, 0), (0, -0.005, -0.005, -0.005)])
@pytest.mark.parametrize("temperature_c", [0.0, 45.0])
def test_half_a_percent_between_cells_trips_no_bms(ahead: tuple[float, ...], temperature_c: float) -> None:
    pack = Pack(PackSpec(soc=0.8, soc_offsets=ahead, temperature_c=temperature_c))
    for c_rate in (0.5, 0.2, 0.02):
        result = charge(pack, c_rate)
        assert result.tapered
        assert result.highest_cell_v < 3.76
        rest(pack, HOUR_S)
    hold(pack)
    assert not pack.bms_open


def test_a_cell_three_percent_ahead_opens_the_bms_while_the_battery_reads_far_less_than_full() -> None:
    pack = Pack(PackSpec(soc=0.8, soc_offsets=(0.0, 0.03, 0.0, 0.0)))
    result = charge(pack, dt_s=1.0)
    assert result.bms_opened
    assert 3.80 < result.highest_cell_v < 3.81


def test_a_cell_three_percent_behind_is_almost_invisible_at_rest() -> None:
    level, behind = Pack(PackSpec(soc=0.85)), Pack(PackSpec(soc=0.85, soc_offsets=(-0.03, 0.0, 0.0, 0.0)))
    assert abs(rest(level, 60.0) - rest(behind, 60.0)) < 0.005


def test_the_current_of_a_full_battery_does_not_fall_like_an_opening_bms() -> None:
    pack = charged()
    rest(pack, 2 * HOUR_S)
    currents = [drive(pack, 14.6, 20.0, 1.0) for _ in range(600)]
    assert currents[0] == 20.0
    assert all(later > 0.5 * now for now, later in zip(currents, currents[3:], strict=False))
    assert 0.0 < currents[-1] <= 5.0


@pytest.mark.parametrize("dt_s", [0.1, 1.0])
def test_the_length_of_a_step_changes_nothing_that_matters(dt_s: float) -> None:
    fine, coarse_pack = Pack(PackSpec(soc=0.92)), Pack(PackSpec(soc=0.92))
    first, second = charge(fine, dt_s=dt_s), charge(coarse_pack, dt_s=10.0)
    assert second.cv_to_taper_s == pytest.approx(first.cv_to_taper_s, abs=30.0)
    assert coarse_pack.soc == pytest.approx(fine.soc, abs=5e-4)
    assert rest(coarse_pack, HOUR_S) == pytest.approx(rest(fine, HOUR_S), abs=0.003)


@pytest.mark.parametrize("dt_s", [0.1, 1.0, 10.0])
def test_a_cv_charge_does_not_hunt(dt_s: float) -> None:
    pack = Pack(PackSpec(soc=0.97))
    currents = [drive(pack, 14.6, 20.0, dt_s) for _ in range(round(3000 / dt_s))]
    assert all(later <= now * 1.002 for now, later in pairwise(currents))
    assert pack.voltage_v == pytest.approx(14.6, abs=0.003)


def test_balancing_narrows_the_cells_of_a_battery_that_is_held_full() -> None:
    def spread(pack: Pack) -> float:
        return max(pack.cell_socs) - min(pack.cell_socs)

    balanced, left = (Pack(PackSpec(soc=0.97, soc_offsets=(0.004, 0, 0, 0), balance_c_rate=c)) for c in (0.0015, 0.0))
    for pack in (balanced, left):
        hold(pack, 4 * HOUR_S)
    assert spread(left) == pytest.approx(0.004)
    assert spread(balanced) < 0.003
