"""The core's own conversations with the simulated instruments, in virtual time: what it asks is what it gets."""

import pytest

from benchctl.core.dialect.conversation import (
    Spot,
    identify,
    poll,
    program,
    run_conversation,
    scan_meters,
    switch_off,
    switch_on,
)
from benchctl.core.messages import Identified, MetersScanned, Polled, Programmed, SwitchedOff, SwitchedOn
from benchctl.core.model import Reading, Regulation, Sense, Settings
from benchctl.sim.bench import SimulatedBench
from tests.sim.rig import bench

RIGOL = Settings(voltage_v=14.6, current_a=5.0, ovp_v=15.0, ocp_a=6.0)
KORAD = Settings(voltage_v=14.6, current_a=2.0, ovp_v=None, ocp_a=None)


def spot(there: SimulatedBench, instrument: str, position: str, channel: int = 1) -> Spot:
    role = there.cast[instrument]
    voice = role.file.dialect.voice(role.model.name, channel)
    return Spot(instrument, position, voice, Sense.LOCAL)


@pytest.mark.parametrize(("instrument", "position", "settings"), [("psu1", "P1", RIGOL), ("psu2", "P2", KORAD)])
def test_a_supply_is_programmed_switched_on_polled_and_switched_off(
    instrument: str, position: str, settings: Settings
) -> None:
    there = bench()
    link, at = there.link(instrument), spot(there, instrument, position)
    assert isinstance(run_conversation(program(at, settings, None), link).event, Programmed)
    assert isinstance(run_conversation(switch_on(at, settings), link).event, SwitchedOn)
    there.advance(60.0)
    polled = run_conversation(poll(at, lambda: there.now_s), link).event
    assert isinstance(polled, Polled)
    assert isinstance(polled.sample.current, Reading)
    assert polled.sample.current.value == pytest.approx(settings.current_a, abs=0.02)
    assert (polled.sample.regulation, polled.sample.output_on) == (Regulation.CC, True)
    off = run_conversation(switch_off(at), link).event
    assert isinstance(off, SwitchedOff)
    assert off.proven
    assert not there.truth(position).output_on


def test_two_positions_are_scanned_together() -> None:
    there = bench()
    spots = [spot(there, "scan1", f"P{at}", 100 + at) for at in (1, 2)]
    scanned = run_conversation(scan_meters("scan1", spots, lambda: there.now_s), there.link("scan1")).event
    assert isinstance(scanned, MetersScanned)
    for name, reading in scanned.readings:
        assert isinstance(reading, Reading)
        assert reading.value == pytest.approx(there.truth(name).battery_v, abs=2e-3)


@pytest.mark.parametrize("instrument", ["psu1", "psu2", "scan1"])
def test_every_instrument_is_identified(instrument: str) -> None:
    there = bench()
    role = there.cast[instrument]
    found = run_conversation(identify(instrument, role.file.dialect, None), there.link(instrument)).event
    assert isinstance(found, Identified)
    assert found.identity.model == role.model.name
