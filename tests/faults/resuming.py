"""Who went on after a fault, and by whose leave: nobody resets anything in these nights, so what waits for a person, or
for a new run, must never be switched on again, and what goes on by itself keeps its pause."""

from collections.abc import Iterator
from math import inf

from benchctl.core import messages as m
from benchctl.core.model import Phase
from benchctl.core.rows import Body, Intent
from benchctl.core.run.faultrow import Action
from benchctl.core.run.faults import ROWS
from tests.faults.stage import FaultNight


def wrongly_resumed(night: FaultNight) -> Iterator[str]:
    """Every order to switch on, by the record, that came without the leave that its position's fault asks for."""
    places = [one.name for one in night.file.positions]
    barred: dict[str, tuple[float, str]] = {}
    for at_s, body in night.bodies():
        match body:
            case Intent(order=m.SwitchOn(position=place)) if at_s < barred.get(place, (0.0, ""))[0]:
                yield f"{place} was switched on again at {at_s:.0f} s, after {barred[place][1]}"
            case _:
                leave = _leave(at_s, body, night)
                barred |= {place: max(leave, barred.get(place, leave)) for place in _struck(body, places)}


def _struck(body: Body, places: list[str]) -> list[str]:
    """Where nobody may go on just like that from here on."""
    match body:
        case m.AlarmRaised(latched=True, fault=fault, position=place):
            return places if place is None or ROWS[fault].action is Action.ALL else [place]
        case m.PhaseEntered(phase=Phase.WAITING | Phase.FAILED, position=str(place)):
            return [place]
        case _:
            return []


def _leave(at_s: float, body: Body, night: FaultNight) -> tuple[float, str]:
    """Until when, and what for. A battery that waits goes on by itself: at once, but after an opened BMS."""
    match body:
        case m.PhaseEntered(phase=Phase.WAITING, why=why):
            pause_s = night.mission.procedure.bms.retry_off_s if "stopped in a step" in why else 0.0
            return at_s + pause_s, why
        case m.PhaseEntered(why=why):
            return inf, why
        case _:
            return inf, getattr(body, "fault", "")
