"""The battery's arithmetic and its BMS."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from benchctl.sim.cell import rest_voltage_v, temperature_factor
from benchctl.sim.pack import Pack, PackSpec

socs = st.floats(-0.04, 1.09)
STILL = PackSpec(self_discharge_per_month=0.0, balance_c_rate=0.0)


@pytest.mark.parametrize(
    ("soc", "pack_v"), [(0.10, 11.9), (0.20, 12.7), (0.50, 13.06), (0.80, 13.24), (0.90, 13.26), (0.98, 13.40)]
)
def test_the_rest_curve_meets_the_published_points(soc: float, pack_v: float) -> None:
    assert 4 * rest_voltage_v(soc) == pytest.approx(pack_v, abs=0.005)


@given(socs, st.floats(1e-4, 0.5))
def test_more_charge_never_rests_lower(soc: float, more: float) -> None:
    assert rest_voltage_v(soc + more) > rest_voltage_v(soc)


@given(st.lists(st.tuples(st.floats(-20, 20), st.sampled_from([0.1, 1.0, 10.0])), max_size=60))
def test_charge_is_conserved(flow: list[tuple[float, float]]) -> None:
    pack = Pack(replace(STILL, soc=0.5))
    for current_a, dt_s in flow:
        pack.step(current_a, dt_s)
    moved_ah = sum(current_a * dt_s for current_a, dt_s in flow) / 3600.0
    assert pack.delivered_ah == pytest.approx(moved_ah)
    assert all(soc == pytest.approx(0.5 + moved_ah / 100.0) for soc in pack.cell_socs)


@settings(max_examples=40)
@given(st.floats(0.1, 0.9), st.floats(0.02, 0.5))
def test_charging_costs_energy_and_discharging_does_too(soc: float, c_rate: float) -> None:
    pack = Pack(replace(STILL, soc=soc))
    for current_a in (100.0 * c_rate, -100.0 * c_rate):
        for _ in range(30):
            pack.step(current_a, 10.0)
            assert (pack.voltage_v - pack.rest_v) * current_a > 0.0


@settings(max_examples=40)
@given(st.floats(0.1, 0.95), st.floats(-0.5, 0.5), st.integers(1, 100))
def test_a_step_may_be_cut_into_pieces(soc: float, c_rate: float, pieces: int) -> None:
    whole, cut = Pack(replace(STILL, soc=soc)), Pack(replace(STILL, soc=soc))
    whole.step(100.0 * c_rate, 10.0)
    for _ in range(pieces):
        cut.step(100.0 * c_rate, 10.0 / pieces)
    assert cut.soc == pytest.approx(whole.soc)
    assert cut.voltage_v == pytest.approx(whole.voltage_v, abs=0.010)


@given(st.floats(0.1, 1.0), st.floats(0.0, 50.0), st.sampled_from([0.0, 0.1, 1.0, 10.0]))
def test_the_forecast_is_what_then_happens(soc: float, current_a: float, dt_s: float) -> None:
    pack = Pack(replace(STILL, soc=soc, amp_hours=100.0))
    pack.step(current_a, 1.0)
    emf_v, ohm = pack.ahead(dt_s)
    pack.step(current_a, dt_s)
    assert pack.voltage_v == pytest.approx(emf_v + current_a * ohm, abs=0.010)


@given(st.floats(20.0, 300.0), st.floats(0.05, 0.95), st.floats(-0.2, 0.2))
def test_only_the_c_rate_counts_not_the_size(amp_hours: float, soc: float, c_rate: float) -> None:
    one, other = Pack(PackSpec(soc=soc)), Pack(PackSpec(amp_hours=amp_hours, soc=soc))
    for _ in range(5):
        one.step(100.0 * c_rate, 10.0)
        other.step(amp_hours * c_rate, 10.0)
    assert other.voltage_v == pytest.approx(one.voltage_v, abs=1e-6)


@pytest.mark.parametrize("dt_s", [0.1, 10.0, 600.0])
def test_no_step_length_makes_it_diverge(dt_s: float) -> None:
    pack = Pack(PackSpec(soc=0.5))
    pack.step(20.0, 1.0)
    for _ in range(50):
        pack.step(0.0, dt_s)
        assert pack.rest_v - 1e-3 <= pack.voltage_v <= 13.6


def test_cold_makes_it_stiffer_and_warmth_softer() -> None:
    assert temperature_factor(0.0) == pytest.approx(2.0)
    voltages = []
    for temperature_c in (0.0, 25.0, 45.0):
        pack = Pack(PackSpec(soc=0.5))
        pack.temperature_c = temperature_c
        pack.step(20.0, 10.0)
        voltages.append(pack.voltage_v)
    assert voltages == sorted(voltages, reverse=True)


def test_a_leak_drains_it_at_rest() -> None:
    pack = Pack(PackSpec(soc=0.5, self_discharge_per_month=0.0))
    pack.leak_a = 1.0
    pack.step(0.0, 3600.0)
    assert pack.soc == pytest.approx(0.49)
    assert pack.delivered_ah == 0.0


def test_self_discharge_is_its_share_a_month() -> None:
    pack = Pack(PackSpec(soc=0.5, self_discharge_per_month=0.03))
    pack.step(0.0, 730 * 3600.0)
    assert pack.soc == pytest.approx(0.47)


def trip(pack: Pack, dt_s: float = 1.0) -> None:
    while not pack.bms_open:
        pack.step(10.0, dt_s)


def test_the_bms_opens_on_one_high_cell_and_then_takes_no_charge_but_shows_its_voltage() -> None:
    pack = Pack(PackSpec(soc=0.93, soc_offsets=(0.0, 0.0, 0.06, 0.0)))
    trip(pack)
    assert 3.80 < max(pack.cell_voltages_v) < 3.81
    assert not pack.accepts_charge
    assert pack.accepts_discharge
    before = pack.soc
    pack.step(10.0, 1.0)
    assert pack.current_a == 0.0
    assert pack.soc < before
    assert 13.3 < pack.voltage_v < 14.2


def test_it_closes_again_below_the_release_voltage_and_opens_again() -> None:
    pack = Pack(PackSpec(soc=0.93, soc_offsets=(0.0, 0.0, 0.06, 0.0)))
    for _ in range(3):
        trip(pack)
        while pack.bms_open:
            assert max(pack.cell_voltages_v) > 3.55
            pack.step(0.0, 1.0)
        assert max(pack.cell_voltages_v) < 3.60


def test_a_spike_shorter_than_the_delay_opens_nothing() -> None:
    pack = Pack(PackSpec(soc=0.99))
    for _ in range(20):
        pack.step(150.0, 0.5)
        pack.step(0.0, 30.0)
    assert not pack.bms_open


def test_a_bms_stuck_closed_never_opens_whatever_the_cells_do() -> None:
    pack = Pack(PackSpec(soc=0.99))
    pack.bms_stuck_closed = True
    for _ in range(60):
        pack.step(20.0, 10.0)
    assert max(pack.cell_voltages_v) > 3.80
    assert not pack.bms_open


def test_an_empty_cell_puts_it_to_sleep_and_a_charger_wakes_it() -> None:
    pack = Pack(PackSpec(soc=0.02))
    while not pack.bms_asleep:
        pack.step(-10.0, 10.0)
    assert pack.voltage_v == 0.0
    assert not pack.accepts_discharge
    pack.offer(5.0)
    assert pack.bms_asleep
    pack.offer(13.6)
    pack.step(1.0, 1.0)
    assert pack.voltage_v > 9.0


@pytest.mark.parametrize("soc", [0.0, 1.0])
def test_the_ends_of_the_scale_are_awake(soc: float) -> None:
    pack = Pack(PackSpec(soc=soc))
    pack.step(0.0, 10.0)
    assert not pack.bms_open


def test_the_shift_is_whole_at_full_and_in_proportion_below() -> None:
    full, low = (Pack(PackSpec(soc=soc, full_shift_v=-0.16)) for soc in (1.0, 0.25))
    assert full.rest_v == pytest.approx(4 * rest_voltage_v(1.0) - 0.16)
    assert low.rest_v == pytest.approx(4 * rest_voltage_v(0.25) - 0.04)


@pytest.mark.parametrize(
    "knob",
    [
        {"amp_hours": 0.0}, {"amp_hours": float("nan")}, {"soc": 1.01}, {"soc": -0.1}, {"soc_offsets": (0.0, 0.0)},
        {"capacity_factors": (1.0, 1.0, 1.0, 0.0)}, {"near_full_factor": 0.0}, {"resistance_factor": float("inf")},
        {"leak_a": -1.0}, {"bms_release_v": 3.80}, {"bms_trip_v": 5.0}, {"temperature_c": 200.0},
    ],
)  # fmt: skip
def test_what_no_battery_can_be_is_refused_by_name(knob: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(knob))):
        PackSpec(**knob)


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="step"):
        Pack(PackSpec()).step(0.0, -1.0)
