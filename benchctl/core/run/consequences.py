"""What follows from what a supply can and cannot do, in plain words: shown before the start, kept in the record.

`objections` stand against a run that nobody watches; `remarks` only say how the run deals with it. What makes a run
impossible altogether is in `schedule.refusals`.
"""

from collections.abc import Callable, Iterable, Iterator

from benchctl.core.mission import Mission
from benchctl.core.model import Isolation, Known, Ocp, OvpKind, OvpSenses, Position, Sense, SupplyAbility
from benchctl.core.procedure import Procedure
from benchctl.core.run.protection import ovp_strong

_Rule = Callable[[Position, SupplyAbility, Procedure], Iterator[str]]


def objections(mission: Mission) -> tuple[str, ...]:
    """Why a person must be here, as far as the supplies go; places that share a reason are named together."""
    return _together(mission, _objections)


def remarks(mission: Mission) -> tuple[str, ...]:
    """What else is known beforehand about the supplies, and what is done about it."""
    return _together(mission, _remarks)


def _objections(position: Position, able: SupplyAbility, procedure: Procedure) -> Iterator[str]:
    if able.ovp_max_v is None:
        yield "the supply has no over-voltage protection that can be set, so a person must be here."
    elif not ovp_strong(able, procedure):
        limit_v = 1.05 * procedure.charge.voltage_v
        yield f"the over-voltage protection cannot be set below {limit_v:.2f} V, so a person must be here."
    if able.ovp_kind is OvpKind.CROWBAR and position.fuse_a is None:
        yield "a tripped OVP shorts the output and with it the battery; without fuse_amps stated a person must be here."
    if able.sinks is Known.YES and position.isolation is not Isolation.CONTACTOR:
        yield "the supply can draw from the battery, so a person must be here, or a contactor."


def _remarks(position: Position, able: SupplyAbility, _procedure: Procedure) -> Iterator[str]:
    if able.ovp_max_v is not None and able.ovp_senses is not OvpSenses.SENSE:
        yield "the OVP is taken to look at the output terminals: the drop in the leads is added to it."
    if able.ovp_max_v is not None and able.ovp_kind is OvpKind.UNKNOWN and position.fuse_a is None:
        yield "what a tripped OVP does to a battery is not known: it may short it, and no fuse_amps is stated."
    if able.sinks is Known.UNKNOWN and position.isolation is not Isolation.CONTACTOR:
        yield "whether the supply can draw from a battery is not known: current out of the battery is a trip."
    if able.ocp is not Ocp.LEVEL:
        yield "no OCP that can be armed while charging: the current setting and the software trip stand in."
    if able.clear_reenables is not Known.NO:
        yield "clearing a trip may switch the output on: it is cleared by a person, with the output proven off."
    if able.bleeds_when_off is Known.UNKNOWN and position.isolation is Isolation.SUPPLY_OFF:
        sees = "the slope of the rest decides" if position.meter is not None else "without a rest curve nobody sees it"
        yield f"whether the supply bleeds a battery while off is not known: {sees}."
    if position.meter is None:
        yield "the meter is held by hand: between its readings only the supply's own readings and OVP watch a charge."
        yield "the meter is held by hand: no rest curve is drawn, and a contact that warms up later is not seen."
    if position.sense is Sense.LOCAL:
        yield "two-wire: the leads' resistance is measured, and their drop is taken off the supply's reading."
    if able.watchdog_max_s is None:
        yield "no watchdog: with engine and guard both dead the supply holds its set voltage until a person comes."


def _together(mission: Mission, rule: _Rule) -> tuple[str, ...]:
    places: dict[str, list[str]] = {}
    for name in mission.queues():
        for text in rule(mission.place(name), mission.supplies[name], mission.procedure):
            places.setdefault(text, []).append(name)
    return tuple(f"{_listed(names)}: {text}" for text, names in places.items())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
