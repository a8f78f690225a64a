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
    barred: dict[str, tuple[float, str]] = {}
    for at_s, body in night.bodies():
        match body:
            case Intent(order=m.SwitchOn(position=place)) if at_s < barred.get(place, (0.0, ""))[0]:
                yield f"{place} was switched on again at {at_s:.0f} s, after {barred[place][1]}"
        for place, until_s, why in _bars(at_s, body, night):
            barred[place] = max((until_s, why), barred.get(place, (0.0, "")))


def _bars(at_s: float, body: Body, night: FaultNight) -> Iterator[tuple[str, float, str]]:
    """Where nobody may go on just like that, until when, and what for. A battery that waits goes on by itself: at once,
    but after an opened BMS."""
    match body:
        case m.AlarmRaised(latched=True, fault=fault, position=place):
            everywhere = place is None or ROWS[fault].action is Action.ALL
            for one in night.file.positions:
                if everywhere or one.name == place:
                    yield one.name, inf, fault
        case m.PhaseEntered(phase=Phase.FAILED, position=str(place), why=why):
            yield place, inf, why
        case m.PhaseEntered(phase=Phase.WAITING, position=str(place), why=why) if "stopped in a step" in why:
            yield place, at_s + night.mission.procedure.bms.retry_off_s, why
