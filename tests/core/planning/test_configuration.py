"""What batteries become when they are joined: the examples of the guide, and any bank against its own batteries."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from benchctl.core.configuration import CELL_COUNTS, BatteryKind, Configuration, cells_of_battery, kind, units_in_series

TWELVE = kind(4, 100.0, 100.0)
KINDS = st.builds(
    kind,
    st.sampled_from(CELL_COUNTS),
    st.integers(1, 5000).map(lambda tenths: tenths / 10),
    st.integers(1, 5000).map(lambda tenths: tenths / 10),
)


@pytest.mark.parametrize(
    ("series", "parallel", "volts", "amp_hours", "amps", "charger_v"),
    [
        (1, 1, 12.8, 100, 100, 14.6),
        (1, 2, 12.8, 200, 200, 14.6),
        (1, 3, 12.8, 300, 300, 14.6),
        (1, 4, 12.8, 400, 400, 14.6),
        (2, 1, 25.6, 100, 100, 29.2),
        (4, 1, 51.2, 100, 100, 58.4),
        (2, 2, 25.6, 200, 200, 29.2),
        (4, 2, 51.2, 200, 200, 58.4),
    ],
)
def test_the_guides_examples(
    series: int, parallel: int, volts: float, amp_hours: float, amps: float, charger_v: float
) -> None:
    made = Configuration(series, parallel, TWELVE)
    assert (made.voltage_v, made.amp_hours, made.max_discharge_a, made.charger_v, made.batteries) == (
        volts,
        amp_hours,
        amps,
        charger_v,
        series * parallel,
    )


@given(KINDS, st.integers(1, 8), st.integers(1, 16))
def test_a_bank_is_what_building_it_battery_by_battery_gives(unit: BatteryKind, series: int, parallel: int) -> None:
    made = Configuration(series, parallel, unit)
    voltage_v = charger_v = 0.0
    for _ in range(series):
        voltage_v += made.kind.nominal_v
        charger_v += made.kind.charge_v
    amp_hours = amps = 0.0
    for _ in range(parallel):
        amp_hours += made.kind.amp_hours
        amps += made.kind.max_discharge_a
    assert made.voltage_v == pytest.approx(voltage_v)
    assert made.charger_v == pytest.approx(charger_v)
    assert made.amp_hours == pytest.approx(amp_hours)
    assert made.max_discharge_a == pytest.approx(amps)
    assert made.watt_hours == pytest.approx(series * parallel * made.kind.nominal_v * made.kind.amp_hours)


def test_a_maker_may_count_less_than_the_sum_in_parallel() -> None:
    made = Configuration(1, 4, replace(TWELVE, parallel_share=0.8))
    assert (made.max_discharge_a, made.full_current_a) == (320.0, 400.0)
    assert Configuration(2, 1, replace(TWELVE, parallel_share=0.8)).max_discharge_a == 100.0


@pytest.mark.parametrize(
    ("said_v", "cells"), [(12, 4), (12.8, 4), (24, 8), (25.6, 8), (48, 16), (51.2, 16), (13.5, None)]
)
def test_a_battery_is_known_by_its_name_and_by_its_nominal_voltage(said_v: float, cells: int | None) -> None:
    assert cells_of_battery(said_v) == cells


@pytest.mark.parametrize(
    ("system_v", "series"), [(12, 1), (24, 2), (25.6, 2), (36, 3), (48, 4), (51.2, 4), (30, None), (6, None)]
)
def test_how_many_twelve_volt_batteries_make_a_system(system_v: float, series: int | None) -> None:
    assert units_in_series(system_v, 4) == series
