"""Values that the tests of the decision core start from: a usual bench, a usual battery, the shipped procedure."""

from dataclasses import replace
from functools import cache

from benchctl.core.messages import Polled
from benchctl.core.mission import Mission
from benchctl.core.model import (
    Absence,
    AbsenceReason,
    Bank,
    Battery,
    BenchFile,
    ChannelRef,
    InstrumentEntry,
    Isolation,
    Known,
    MeterAbility,
    Ocp,
    OvpKind,
    OvpSenses,
    Position,
    Reading,
    Regulation,
    Sense,
    SupplyAbility,
    SupplySample,
)
from benchctl.core.procedure import Procedure
from benchctl.edge.procedurefile import load_procedure

SUPPLY = SupplyAbility(
    max_voltage_v=20.0,
    max_current_a=10.0,
    total_w=None,
    ovp_min_v=0.01,
    ovp_max_v=22.0,
    ovp_kind=OvpKind.DISCONNECT,
    ovp_senses=OvpSenses.OUTPUT,
    ocp=Ocp.LEVEL,
    ocp_min_a=0.01,
    ocp_max_a=110.0,
    remote_sense=True,
    bleeds_when_off=Known.NO,
    sinks=Known.NO,
    clear_reenables=Known.NO,
    watchdog_min_s=None,
    watchdog_max_s=None,
    voltage_accuracy_v=0.02,
)
METER = MeterAbility(gain=4.5e-5, offset_v=0.0006, range_v=100.0, relay=True)


@cache
def shipped() -> Procedure:
    """The shipped procedure."""
    return load_procedure("lifepo4-12v-preseries")


def position(number: int = 1) -> Position:
    """P1, P2, …: a supply and a meter channel of its own."""
    return Position(
        name=f"P{number}",
        supply=ChannelRef(f"psu{number}", 1),
        meter=ChannelRef("scan1", 100 + number),
        hand_probed=None,
        isolation=Isolation.SUPPLY_OFF,
        sense=Sense.LOCAL,
        lead_ohm=None,
        fuse_a=None,
        temperature=None,
    )


def instrument(name: str) -> InstrumentEntry:
    """One behind a socket."""
    return InstrumentEntry(name, "TCPIP::10.0.0.1::5555::SOCKET", None, None, None, None, None)


def battery(number: int = 1) -> Battery:
    """E1, E2, …: 50 Ah."""
    return Battery(f"E{number}", "Epoch", "12050A", "LiFePO4", 50.0, 25.0, None, None, None, 4)


def mission(batteries: int = 2, positions: int = 2) -> Mission:
    """So many batteries on so many positions, 20 degrees, nobody there."""
    places = tuple(position(number + 1) for number in range(positions))
    names = [*(place.supply.instrument for place in places), "scan1"]
    bank = Bank("Cabin", batteries, 1, tuple(battery(number + 1) for number in range(batteries)), None)
    return Mission(
        run="20260301-180000-0000",
        bench=BenchFile("b", False, None, tuple(instrument(name) for name in names), places),
        bank=bank,
        procedure=shipped(),
        identities={},
        supplies={place.name: SUPPLY for place in places},
        meters={place.name: METER for place in places},
        operator=None,
        temperature_c=20.0,
        attended=False,
        calibration_overdue=(),
    )


def on_first(given: Mission, **changes: object) -> Mission:
    """With its first position changed."""
    first, *others = given.bench.positions
    changed = replace(first, **changes)  # type: ignore[arg-type]  # names and types are the caller's
    return replace(given, bench=replace(given.bench, positions=(changed, *others)))


def reading(value: float, at_s: float = 0.0) -> Reading:
    """A number, as an instrument would have answered it."""
    return Reading(value, at_s, f"{value}")


def absent(at_s: float = 0.0) -> Absence:
    """No number."""
    return Absence(AbsenceReason.TIMEOUT, at_s, "no reply in 1 s")


def seen(
    volts: float, amps: float, regulation: Regulation = Regulation.CV, on: bool = True, at_s: float = 0.0
) -> Polled:
    """A complete look at P1."""
    return Polled("P1", SupplySample(reading(volts, at_s), reading(amps, at_s), regulation, on))


def unseen(place: str = "P1", at_s: float = 0.0) -> Polled:
    """A look without any answer."""
    nothing = absent(at_s)
    return Polled(place, SupplySample(nothing, nothing, nothing, nothing))
