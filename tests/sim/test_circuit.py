"""The circuit of one channel: regulation, leads, bleeding, protections."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from benchctl.sim.circuit import Channel, ChannelSpec, Mode, Output, Trip, solve
from benchctl.sim.load import Load, Open, ParallelPacks, Resistor, Source
from benchctl.sim.pack import Pack, PackSpec
from benchctl.sim.wiring import Pole, Sense, Wiring

REMOTE = Wiring(lead_ohm=0.02, sense=Sense.REMOTE)
LOCAL = Wiring(lead_ohm=0.02)


def channel(load: Load, spec: ChannelSpec | None = None, wiring: Wiring = LOCAL, volts: float = 14.6) -> Channel:
    made = Channel(load, spec, wiring)
    made.set_voltage(volts)
    made.set_limit(10.0)
    return made


def switched_on(load: Load, spec: ChannelSpec | None = None, wiring: Wiring = LOCAL, volts: float = 14.6) -> Channel:
    made = channel(load, spec, wiring, volts)
    assert made.switch(True)
    return made


@given(
    st.floats(0, 30), st.floats(0, 20), st.floats(0, 20), st.floats(0.001, 1e4), st.floats(0, 0.2),
    st.sampled_from(Sense), st.frozensets(st.sampled_from(Pole)), st.booleans(),
    st.one_of(st.none(), st.floats(1, 1e5)),
)  # fmt: skip
def test_ohms_law_and_energy_hold_everywhere(
    set_v: float,
    limit_a: float,
    emf_v: float,
    ohm: float,
    lead: float,
    sense: Sense,
    open_sense: frozenset[Pole],
    on: bool,
    bleed: float | None,
) -> None:
    spec, wiring = ChannelSpec(bleed_ohm=bleed), Wiring(lead, sense, open_sense)
    reading = solve(Output(set_v, limit_a, on), spec, wiring, Source(emf_v, ohm))
    current_a = reading.current_a
    assert reading.battery_v == pytest.approx(emf_v + current_a * ohm)
    assert reading.terminal_v == pytest.approx(reading.battery_v + current_a * lead, abs=1e-9)
    assert current_a <= limit_a + 1e-12
    assert current_a >= 0.0 or (bleed is not None and -current_a <= emf_v / bleed)
    assert on or current_a <= 0.0
    if reading.mode is Mode.CC:
        assert current_a == limit_a
    elif reading.mode is Mode.CV and current_a > 0.0:
        rise = 0.025 * len(open_sense) if sense is Sense.REMOTE else 0.0
        assert wiring.sensed_v(reading.battery_v, reading.terminal_v) == pytest.approx(set_v * (1.0 + rise))


def test_a_resistor_draws_what_it_must_and_the_limit_caps_it() -> None:
    made = switched_on(Resistor(1.46), wiring=Wiring(), volts=14.6)
    assert made.reading.current_a == pytest.approx(10.0)
    made.set_limit(5.0)
    assert made.reading.mode is Mode.CC
    assert made.reading.terminal_v == pytest.approx(7.3)


def test_remote_sense_makes_up_for_the_leads_and_local_sense_does_not() -> None:
    local, remote = switched_on(Resistor(14.6)), switched_on(Resistor(14.6), wiring=REMOTE)
    assert local.reading.terminal_v == pytest.approx(14.6)
    assert local.reading.battery_v < 14.59
    assert remote.reading.battery_v == pytest.approx(14.6)
    assert remote.reading.terminal_v == pytest.approx(14.62)


BOTH = frozenset(Pole)


def test_open_sense_leads_raise_the_output_by_five_percent() -> None:
    made = switched_on(Open(), wiring=Wiring(0.02, Sense.REMOTE, BOTH))
    assert made.reading.terminal_v == pytest.approx(15.33)


def test_open_sense_leads_are_the_same_as_local_sense_but_for_the_rise() -> None:
    lifted = switched_on(Resistor(14.6), wiring=Wiring(0.02, Sense.REMOTE, BOTH))
    local = switched_on(Resistor(14.6), wiring=LOCAL, volts=15.33)
    assert lifted.reading == local.reading


@pytest.mark.parametrize("pole", Pole)
def test_one_open_sense_lead_is_half_of_that(pole: Pole) -> None:
    made = switched_on(Resistor(14.6), wiring=Wiring(0.02, Sense.REMOTE, frozenset({pole})))
    current_a = 14.965 / (14.6 + 0.01)
    assert made.reading.current_a == pytest.approx(current_a)
    assert made.sensed_v == pytest.approx(14.6 * 1.025)
    assert made.reading.battery_v == pytest.approx(14.965 - 0.01 * current_a)
    assert made.reading.terminal_v == pytest.approx(14.965 + 0.01 * current_a)


@pytest.mark.parametrize(("open_sense", "lost_v"), [(frozenset(), 0.0), ({Pole.MINUS}, 0.1), (BOTH, 0.2)])
def test_in_cc_the_supply_sees_what_its_sense_leads_leave_of_the_drop(
    open_sense: frozenset[Pole], lost_v: float
) -> None:
    made = switched_on(Source(13.4), wiring=Wiring(0.02, Sense.REMOTE, frozenset(open_sense)))
    assert made.reading.mode is Mode.CC
    assert made.sensed_v - made.reading.battery_v == pytest.approx(10.0 * 0.02 * lost_v / 0.2)


def test_local_sense_needs_no_sense_leads() -> None:
    made = switched_on(Resistor(14.6), wiring=Wiring(0.02, Sense.LOCAL, BOTH))
    assert made.reading == switched_on(Resistor(14.6)).reading


@pytest.mark.parametrize(("open_sense", "trip"), [(frozenset(), None), (BOTH, Trip.OVP)])
def test_an_ovp_that_looks_at_the_sense_leads_sees_what_is_sensed(open_sense: frozenset[Pole], trip: Trip) -> None:
    made = channel(Resistor(14.6), ChannelSpec(ovp_at_sense=True), Wiring(0.02, Sense.REMOTE, open_sense))
    made.set_ovp(14.8)
    made.switch(True)
    assert made.trip is trip


def test_nothing_on_the_leads_is_no_current_at_the_set_voltage() -> None:
    made = switched_on(Open())
    assert made.reading.terminal_v == pytest.approx(14.6)
    assert made.reading.current_a == pytest.approx(0.0, abs=1e-6)
    made.switch(False)
    assert made.reading.terminal_v == 0.0


def test_an_open_lead_leaves_the_battery_to_itself() -> None:
    made = switched_on(Pack(PackSpec(soc=0.5)))
    made.rewire(Wiring(lead_open=True))
    reading = made.step(1.0)
    assert (reading.current_a, reading.terminal_v) == (0.0, 14.6)
    assert 13.0 < reading.battery_v < 13.2


def test_a_supply_below_the_battery_takes_nothing_from_it() -> None:
    made = switched_on(Source(13.2), volts=13.0)
    assert made.reading.current_a == 0.0
    assert made.reading.terminal_v == 13.2


@pytest.mark.parametrize("on", [True, False])
def test_the_bleeder_drains_the_battery_unless_something_blocks(on: bool) -> None:
    bleeding = channel(Source(13.2), ChannelSpec(bleed_ohm=1000.0), volts=1.0)
    blocking = channel(Source(13.2), ChannelSpec(bleed_ohm=1000.0, reverse_blocking=True), volts=1.0)
    for made in (bleeding, blocking):
        made.switch(on)
    assert bleeding.reading.current_a == pytest.approx(-0.0132, rel=1e-3)
    assert blocking.reading.current_a == 0.0
    assert blocking.reading.battery_v == 13.2
    assert blocking.reading.terminal_v == (1.0 if on else 0.0)


def test_a_bleeder_shows_in_the_charge_of_a_resting_battery() -> None:
    pack = Pack(PackSpec(soc=0.5, self_discharge_per_month=0.0))
    made = channel(pack, ChannelSpec(bleed_ohm=13.06))
    for _ in range(360):
        made.step(10.0)
    assert pack.delivered_ah == pytest.approx(-1.0, rel=0.02)


def test_a_charge_goes_through_cc_to_cv_and_tapers() -> None:
    pack = Pack(PackSpec(amp_hours=50.0, soc=0.93))
    made = switched_on(pack, wiring=REMOTE)
    modes = [made.step(5.0).mode for _ in range(600)]
    assert modes[0] is Mode.CC
    assert modes[-1] is Mode.CV
    assert modes == sorted(modes, key=[Mode.CC, Mode.CV].index)
    assert made.reading.battery_v == pytest.approx(14.6)
    assert 0.0 < made.reading.current_a < 2.5


def test_an_opened_bms_looks_like_an_open_circuit_at_the_set_voltage() -> None:
    pack = Pack(PackSpec(amp_hours=50.0, soc=0.93, soc_offsets=(0.06, 0, 0, 0)))
    made = switched_on(pack, wiring=REMOTE)
    while not pack.bms_open:
        made.step(1.0)
    assert made.reading.current_a == 10.0
    reading = made.step(1.0)
    assert (reading.current_a, reading.battery_v, reading.mode) == (0.0, 14.6, Mode.CV)
    made.switch(False)
    assert 13.5 < made.reading.battery_v < 14.2


def test_the_bms_hunts_while_the_charger_stays_on_and_no_cell_passes_its_trip() -> None:
    pack = Pack(PackSpec(amp_hours=50.0, soc=0.93, soc_offsets=(0.06, 0, 0, 0)))
    made = switched_on(pack, wiring=REMOTE)
    flowing, highest_v = [], 0.0
    for _ in range(7200):
        flowing.append(made.step(1.0).current_a > 0.0)
        highest_v = max(highest_v, *pack.cell_voltages_v)
    assert sum(a and not b for a, b in pairwise(flowing)) >= 3
    assert highest_v < 3.85


def test_a_sleeping_battery_wakes_by_the_charger() -> None:
    pack = Pack(PackSpec(soc=0.2))
    pack.fall_asleep()
    made = channel(pack, volts=13.6)
    assert made.step(1.0).battery_v == 0.0
    made.switch(True)
    assert made.step(1.0).current_a == 0.0
    assert made.step(1.0).current_a > 0.0


def test_ovp_latches_the_output_off_until_cleared_and_clearing_does_not_switch_it_on() -> None:
    made = switched_on(Open())
    made.set_ovp(14.8)
    made.set_voltage(15.0)
    assert made.trip is Trip.OVP
    assert not made.on
    assert not made.switch(True)
    made.set_voltage(14.6)
    made.clear_trip()
    assert not made.on
    assert made.switch(True)
    assert made.trip is None


def test_ovp_counts_the_lead_drop_unless_it_looks_at_the_sense_leads() -> None:
    for at_sense, tripped in ((False, Trip.OVP), (True, None)):
        made = channel(Resistor(1.46), ChannelSpec(ovp_at_sense=at_sense), REMOTE)
        made.set_ovp(14.7)
        made.switch(True)
        made.step(1.0)
        assert made.trip is tripped


def test_ocp_waits_its_delay_and_latches() -> None:
    made = switched_on(Resistor(1.0), ChannelSpec(ocp_delay_s=0.5))
    made.set_ocp(8.0)
    made.step(0.3)
    assert made.trip is None
    made.step(0.3)
    assert made.trip is Trip.OCP
    assert made.reading.current_a == 0.0
    assert made.reading.mode is Mode.OFF


def test_ocp_above_the_limit_never_trips_except_where_cc_itself_trips() -> None:
    for in_cc, tripped in ((False, None), (True, Trip.OCP)):
        made = switched_on(Resistor(1.0), ChannelSpec(ocp_trips_in_cc=in_cc))
        made.set_ocp(11.0)
        for _ in range(10):
            made.step(1.0)
        assert made.trip is tripped


@given(st.floats(0, 32), st.sampled_from([0.001, 0.01, 0.02, 0.0005]))
def test_set_points_take_the_channels_resolution(value: float, step: float) -> None:
    made = Channel(Open(), ChannelSpec(voltage_step_v=step))
    made.set_voltage(value)
    assert abs(made.voltage_v - value) <= step / 2 + 1e-9
    assert made.voltage_v / step == pytest.approx(round(made.voltage_v / step))
    again = made.voltage_v
    made.set_voltage(again)
    assert made.voltage_v == again


@pytest.mark.parametrize("value", [-0.1, 33.0, float("nan"), float("inf")])
def test_a_set_point_beyond_the_channel_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="voltage_v"):
        Channel(Open()).set_voltage(value)


def test_a_group_shares_the_current_and_levels() -> None:
    low, high = Pack(PackSpec(soc=0.2)), Pack(PackSpec(soc=0.5))
    made = switched_on(ParallelPacks([low, high]), wiring=REMOTE)
    reading = made.step(1.0)
    assert low.current_a + high.current_a == pytest.approx(reading.current_a)
    assert low.current_a > high.current_a
    made.switch(False)
    for _ in range(360):
        made.step(10.0)
    assert high.current_a < 0.0 < low.current_a
    assert high.soc - low.soc < 0.25


def test_a_group_goes_on_without_a_battery_whose_bms_opened() -> None:
    bad, good = Pack(PackSpec(soc=0.93, soc_offsets=(0.06, 0, 0, 0))), Pack(PackSpec(soc=0.9))
    made = switched_on(ParallelPacks([bad, good]), wiring=REMOTE)
    while not bad.bms_open:
        made.step(10.0)
    reading = made.step(1.0)
    assert bad.current_a == 0.0
    assert good.current_a == pytest.approx(reading.current_a)
    assert reading.current_a > 0.0
