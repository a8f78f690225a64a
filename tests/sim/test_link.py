"""Two batteries that are still joined: how they level, and how the current of one supply divides among them."""

import pytest
from hypothesis import given, strategies as st

from benchctl.sim.circuit import Channel, Mode
from benchctl.sim.link import Link
from benchctl.sim.load import Open, ParallelPacks
from benchctl.sim.pack import Pack, PackSpec

OHM = 0.002


def channel(pack: Pack, volts: float, limit_a: float) -> Channel:
    """Off at 0 A."""
    made = Channel(pack)
    made.set_voltage(volts)
    made.set_limit(limit_a)
    made.switch(limit_a > 0.0)
    return made


class Joined:
    """Two batteries with a supply each, and the link."""

    def __init__(
        self,
        one: PackSpec,
        two: PackSpec,
        ohm: float = OHM,
        amps: tuple[float, float] = (0.0, 0.0),
        volts: float = 14.6,
    ) -> None:
        self.packs = Pack(one), Pack(two)
        self.channels = channel(self.packs[0], volts, amps[0]), channel(self.packs[1], volts, amps[1])
        self.link = Link(*self.channels, ohm)

    def step(self, dt_s: float = 1.0) -> None:
        for each in self.channels:
            each.step(dt_s)

    @property
    def posts_v(self) -> tuple[float, float]:
        return self.channels[0].reading.battery_v, self.channels[1].reading.battery_v


SOC, OHMS, AMPS = st.floats(0.02, 0.9), st.floats(1e-4, 1.0), st.floats(0.0, 20.0)


@given(SOC, SOC, OHMS, AMPS)
def test_what_the_supply_gives_divides_among_both_and_the_rest_goes_through_the_link(
    one: float, two: float, ohm: float, given_a: float
) -> None:
    joined = Joined(PackSpec(soc=one), PackSpec(soc=two), ohm, (given_a, 0.0), volts=20.0)
    joined.step()
    first_a, second_a = (pack.current_a for pack in joined.packs)
    assert first_a + second_a == pytest.approx(joined.channels[0].reading.current_a, abs=1e-6)
    assert joined.posts_v[0] - joined.posts_v[1] == pytest.approx(second_a * ohm, abs=1e-6)


def test_the_levelling_current_is_what_ohms_law_says() -> None:
    high, low = PackSpec(soc=0.9), PackSpec(soc=0.2)
    (high_v, high_ohm), (low_v, low_ohm) = Pack(high).ahead(1.0), Pack(low).ahead(1.0)
    joined = Joined(high, low)
    joined.step()
    assert joined.packs[1].current_a == pytest.approx((high_v - low_v) / (high_ohm + low_ohm + OHM))
    assert joined.packs[0].current_a == pytest.approx(-joined.packs[1].current_a)


def test_a_link_without_resistance_is_a_group() -> None:
    joined = Joined(PackSpec(soc=0.3), PackSpec(soc=0.5), 1e-7, (5.0, 0.0))
    group = channel_of_group = Channel(ParallelPacks([Pack(PackSpec(soc=0.3)), Pack(PackSpec(soc=0.5))]))
    channel_of_group.set_voltage(14.6)
    channel_of_group.set_limit(5.0)
    channel_of_group.switch(True)
    for _ in range(600):
        joined.step()
        group.step(1.0)
    assert joined.posts_v[0] == pytest.approx(group.reading.battery_v, abs=1e-5)


def test_two_supplies_share_a_cv_charge_and_settle() -> None:
    joined = Joined(PackSpec(soc=0.97), PackSpec(soc=0.96), OHM, (20.0, 20.0), volts=13.7)
    for _ in range(300):
        joined.step()
    given_a = [each.reading.current_a for each in joined.channels]
    joined.step()
    assert [each.reading.mode for each in joined.channels] == [Mode.CV, Mode.CV]
    assert [each.reading.current_a for each in joined.channels] == pytest.approx(given_a, rel=0.02)
    assert sum(pack.current_a for pack in joined.packs) == pytest.approx(sum(given_a), rel=0.02)


def test_a_battery_whose_bms_opened_leaves_the_current_to_the_other() -> None:
    joined = Joined(PackSpec(soc=0.6), PackSpec(soc=0.6), OHM, (10.0, 0.0))
    joined.packs[0].bms_stuck_open = True
    joined.step()
    joined.step()
    assert joined.packs[0].current_a == 0.0
    assert joined.packs[1].current_a == pytest.approx(10.0)


def test_a_sleeping_battery_wakes_by_the_other() -> None:
    joined = Joined(PackSpec(soc=0.6), PackSpec(soc=0.2))
    joined.packs[1].fall_asleep()
    joined.step()
    assert joined.packs[1].current_a == 0.0
    joined.step()
    assert joined.packs[1].current_a > 0.0


def test_with_both_closed_to_charge_nothing_flows() -> None:
    joined = Joined(PackSpec(soc=0.6), PackSpec(soc=0.6), OHM, (10.0, 0.0))
    for pack in joined.packs:
        pack.bms_stuck_open = True
    joined.step()
    joined.step()
    assert [each.reading.current_a for each in joined.channels] == [0.0, 0.0]
    assert [pack.current_a for pack in joined.packs] == pytest.approx([0.0, 0.0], abs=1e-6)


def test_a_link_to_nothing_is_no_load() -> None:
    joined, alone = (
        Joined(PackSpec(soc=0.6), PackSpec(soc=0.6), OHM, (10.0, 0.0)),
        channel(Pack(PackSpec(soc=0.6)), 14.6, 10.0),
    )
    joined.channels[1].reconnect(Open())
    joined.step()
    alone.step(1.0)
    assert joined.channels[0].reading.battery_v == pytest.approx(alone.reading.battery_v)


def test_after_the_cut_each_is_by_itself() -> None:
    joined = Joined(PackSpec(soc=0.9), PackSpec(soc=0.2), OHM, (5.0, 0.0))
    joined.step()
    joined.link.cut()
    joined.step()
    assert [pack.current_a for pack in joined.packs] == [5.0, 0.0]
