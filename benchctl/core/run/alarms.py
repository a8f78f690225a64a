"""Alarms of a run and their states (ISA-18.2): raised, acknowledged, reset are three different things.

An alarm is unique for its fault and position while it stands. Acknowledging never switches anything on.
"""

from dataclasses import dataclass

from benchctl.core.messages import AlarmChanged, AlarmRaised
from benchctl.core.model import AlarmState
from benchctl.core.run.faults import FAULTS
from benchctl.core.run.limits import Breach
from benchctl.core.run.outbox import Outbox


@dataclass(slots=True)
class Standing:
    """An alarm that has not returned to normal."""

    alarm: str
    fault: str
    position: str | None
    state: AlarmState


class Alarms:
    """All alarms of a run."""

    def __init__(self, out: Outbox) -> None:
        self._out = out
        self._standing: dict[str, Standing] = {}

    def raise_(self, breach: Breach, position: str | None, serial: str | None, did: str) -> None:
        """A latched alarm, unless the same one stands already."""
        if any(one.fault == breach.fault and one.position == position for one in self._standing.values()):
            return
        row = FAULTS[breach.fault]
        alarm = self._out.next_alarm()
        self._standing[alarm] = Standing(alarm, breach.fault, position, AlarmState.UNACK)
        text = f"{row.words} {breach.text}"
        self._out.fact(
            AlarmRaised(alarm, row.fault, position, serial, True, text, breach.value, breach.limit, did, row.look_at)
        )

    def acknowledge(self, alarm: str, operator: str | None) -> bool:
        """Somebody has seen it; False: there is no such alarm to acknowledge."""
        one = self._standing.get(alarm)
        if one is None or one.state is not AlarmState.UNACK:
            return False
        one.state = AlarmState.ACK
        self._out.fact(AlarmChanged(alarm, AlarmState.ACK, operator))
        return True

    def reset(self, position: str, operator: str | None) -> bool:
        """The latches of a position are lifted by a person; False: none stands there."""
        mine = [one for one in self._standing.values() if one.position == position]
        for one in mine:
            del self._standing[one.alarm]
            self._out.fact(AlarmChanged(one.alarm, AlarmState.NORMAL, operator))
        return bool(mine)
