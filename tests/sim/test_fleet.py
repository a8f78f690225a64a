"""Every scenario's batteries end as the scenario's name says, for every seed."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from benchctl.sim.fleet import SCENARIOS, default_spec, scenario
from benchctl.sim.pack import Pack, PackSpec
from tests.sim.test_pack_charging import HOUR_S, Charge, charge, hold, rest

SEEDS = range(20)
COUNT = 3


def packs(name: str, seed: int, amp_hours: float = 50.0, temperature_c: float = 25.0) -> list[Pack]:
    specs = scenario(name, seed, COUNT, amp_hours)
    return [Pack(replace(spec, temperature_c=temperature_c)) for spec in specs]


def charge_and_rest(pack: Pack, c_rate: float = 0.2) -> float:
    assert charge(pack, c_rate).tapered
    return rest(pack, 2 * HOUR_S)


def again(pack: Pack) -> float:
    hold(pack)
    return charge_and_rest(pack)


def odd_one(name: str, seed: int) -> int:
    usual = scenario("matched", seed, COUNT, 50.0)[0]
    for place, spec in enumerate(scenario(name, seed, COUNT, 50.0)):
        odd = abs(spec.near_full_factor - 1.0) > 0.1 or spec.full_shift_v != usual.full_shift_v
        if odd or max(spec.soc_offsets) > 0.05:
            return place
    raise AssertionError(name)


def others_and_odd(voltages: list[float], odd: int) -> tuple[list[float], float]:
    return [v for place, v in enumerate(voltages) if place != odd], voltages[odd]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", ["matched", "late-wave", "group"])
def test_matched_batteries_agree(name: str, seed: int) -> None:
    voltages = [charge_and_rest(pack) for pack in packs(name, seed)]
    assert max(voltages) - min(voltages) < 0.020
    assert min(voltages) > 13.45


@pytest.mark.parametrize("seed", SEEDS)
def test_the_batteries_of_a_group_may_be_joined(seed: int) -> None:
    voltages = [pack.voltage_v for pack in packs("group", seed)]
    assert max(voltages) - min(voltages) < 0.095


@pytest.mark.parametrize("seed", SEEDS)
def test_the_imbalanced_battery_rests_low_until_a_hold_brings_it_in(seed: int) -> None:
    fleet, odd = packs("imbalanced", seed), odd_one("imbalanced", seed)
    others, low = others_and_odd([charge_and_rest(pack) for pack in fleet], odd)
    assert min(others) - low > 0.12
    assert low > 13.30
    brought_in = again(fleet[odd])
    assert max(*others, brought_in) - min(*others, brought_in) < 0.06


@pytest.mark.parametrize("seed", SEEDS)
def test_the_outlier_tapers_and_stays_low_after_two_holds(seed: int) -> None:
    fleet, odd = packs("outlier", seed), odd_one("outlier", seed)
    others, low = others_and_odd([charge_and_rest(pack) for pack in fleet], odd)
    assert min(others) - low > 0.125
    for _ in range(2):
        low = again(fleet[odd])
        assert min(others) - low > 0.115
        assert low > 13.30


def retry(pack: Pack) -> Charge:
    rest(pack, 900.0)
    return charge(pack, 0.05, set_v=14.2)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_high_cell_opens_the_bms_in_the_charge_and_in_both_retries(seed: int) -> None:
    fleet, odd = packs("bms-trip", seed), odd_one("bms-trip", seed)
    for place, pack in enumerate(fleet):
        assert charge(pack).bms_opened is (place == odd)
    results = [retry(fleet[odd]) for _ in range(2)]
    assert all(result.bms_opened and not result.tapered for result in results)
    assert max(result.highest_cell_v for result in results) < 3.83


@pytest.mark.parametrize(
    ("amp_hours", "temperature_c", "c_rate"), [(20.0, 5.0, 0.1), (300.0, 45.0, 0.1), (100.0, 20.0, 0.5)]
)
def test_the_ends_do_not_hang_on_size_temperature_or_current(
    amp_hours: float, temperature_c: float, c_rate: float
) -> None:
    for name in ("imbalanced", "outlier"):
        fleet, odd = packs(name, 7, amp_hours, temperature_c), odd_one(name, 7)
        others, low = others_and_odd([charge_and_rest(pack, c_rate) for pack in fleet], odd)
        assert max(others) - min(others) < 0.030
        assert min(others) - low > 0.11
        after = again(fleet[odd])
        assert (min(others) - after > 0.10) is (name == "outlier")
    fleet = packs("bms-trip", 7, amp_hours, temperature_c)
    assert charge(fleet[odd_one("bms-trip", 7)], c_rate).bms_opened


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_seed_gives_the_same_batteries_and_no_two_are_alike(name: str) -> None:
    specs = scenario(name, 3, 16, 100.0)
    assert specs == scenario(name, 3, 16, 100.0)
    assert specs != scenario(name, 4, 16, 100.0)
    assert len({spec.soc for spec in specs}) == 16
    assert all(0.27 <= spec.soc <= 0.33 for spec in specs)


@pytest.mark.parametrize("name", ["imbalanced", "outlier", "bms-trip"])
def test_which_battery_is_odd_depends_on_the_seed(name: str) -> None:
    assert {odd_one(name, seed) for seed in range(30)} == set(range(COUNT))


def test_one_battery_is_a_fleet_too() -> None:
    assert all(len(scenario(name, 0, 1, 100.0)) == 1 for name in SCENARIOS)


def test_unknown_names_and_empty_benches_are_refused() -> None:
    with pytest.raises(ValueError, match="matched"):
        scenario("nonsense", 0, 4, 100.0)
    with pytest.raises(ValueError, match="at least one"):
        scenario("matched", 0, 0, 100.0)


@pytest.mark.parametrize("soc", [None, 0.0, 0.75, 1.0])
def test_a_battery_of_which_nothing_is_stated_is_sound(soc: float | None) -> None:
    spec = default_spec(Random(1), 80.0, soc)
    assert isinstance(spec, PackSpec)
    assert spec.amp_hours == 80.0
    assert 0.27 <= spec.soc <= 0.33 if soc is None else spec.soc == soc
    assert max(spec.soc_offsets) - min(spec.soc_offsets) <= 0.003
