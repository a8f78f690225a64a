"""Alarms of a run and their states (ISA-18.2): raised, acknowledged, reset and resumed are four different things.

A trip is latched: it stands, seen or not, until a person resets it. A warning goes by itself: unseen it has returned
(RTN_UNACK) until somebody acknowledges it, seen it is normal again. An alarm is unique for its fault, its position and
(where that does not tell them apart) its instrument while it stands. Acknowledging never switches anything on, and
neither does a reset: what is reset has to be connected and checked again.
"""

from collections import deque
from dataclasses import dataclass

from benchctl.core.messages import AlarmChanged, AlarmRaised, FloodChanged
from benchctl.core.model import AlarmState
from benchctl.core.run.faultrow import Action
from benchctl.core.run.faults import FAULTS
from benchctl.core.run.limits import Breach
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.window import forget

FLOOD_ALARMS = 10
"""More within `FLOOD_S` are a flood: nobody reads them one by one (safety 3.4)."""

FLOOD_S = 600.0


@dataclass(slots=True)
class Standing:
    """An alarm that has not returned to normal, raised at `raised_s` (boot seconds) by `value`, where it has one, of
    `instrument`, where several may have it at one position (or at none)."""

    alarm: str
    fault: str
    position: str | None
    latched: bool
    raised_s: float
    state: AlarmState
    value: float | None
    instrument: str | None


class Alarms:
    """All alarms of a run."""

    def __init__(self, out: Outbox) -> None:
        self._out = out
        self._standing: dict[str, Standing] = {}
        self._lately: deque[tuple[float, str, str]] = deque()
        self._flooding = False

    def raise_(
        self, at_s: float, breach: Breach, position: str | None, serial: str | None, instrument: str | None = None
    ) -> None:
        """An alarm by its row in the table, unless the same one stands already. One that has returned is back."""
        one = self._find(breach.fault, position, instrument)
        if one is None:
            self._enter(at_s, breach, position, serial, instrument)
        elif one.state is AlarmState.RTN_UNACK:
            self._change(one, AlarmState.UNACK, None)

    def _enter(
        self, at_s: float, breach: Breach, position: str | None, serial: str | None, instrument: str | None
    ) -> None:
        row, alarm = FAULTS[breach.fault], self._out.next_alarm()
        latched = row.action is not Action.WARN
        first_out = latched and not any(one.latched for one in self._standing.values())
        self._standing[alarm] = Standing(
            alarm, row.fault, position, latched, at_s, AlarmState.UNACK, breach.value, instrument
        )
        self._out.fact(
            AlarmRaised(
                alarm=alarm,
                fault=row.fault,
                position=position,
                serial=serial,
                latched=latched,
                text=f"{row.words} {breach.text}",
                value=breach.value,
                limit=breach.limit,
                did=row.did,
                look_at=row.look_at,
                priority=row.priority,
                first_out=first_out,
            )
        )
        self._lately.append((at_s, alarm, f"{position or 'the bench'}: {row.words}"))
        self.tick(at_s)

    def calm(self, fault: str, position: str | None, instrument: str | None = None) -> None:
        """What was warned of is over. A latched alarm knows no such thing."""
        one = self._find(fault, position, instrument)
        if one is None or one.latched or one.state is AlarmState.RTN_UNACK:
            return
        self._change(one, AlarmState.RTN_UNACK if one.state is AlarmState.UNACK else AlarmState.NORMAL, None)

    def acknowledge(self, alarm: str, operator: str | None) -> bool:
        """Somebody has seen it; False: there is no such alarm to acknowledge."""
        one = self._standing.get(alarm)
        if one is None or one.state is AlarmState.ACK:
            return False
        self._change(one, AlarmState.ACK if one.state is AlarmState.UNACK else AlarmState.NORMAL, operator)
        return True

    def reset(self, position: str, operator: str | None) -> None:
        """The latches of a position are lifted by a person."""
        for one in self.latches(position):
            self._change(one, AlarmState.NORMAL, operator)

    def latches(self, position: str) -> tuple[Standing, ...]:
        """The trips that stand at a position."""
        return tuple(one for one in self._standing.values() if one.latched and one.position == position)

    def tick(self, at_s: float) -> None:
        """Is it a flood, and does it go on?"""
        forget(self._lately, at_s, FLOOD_S)
        flooding = len(self._lately) > FLOOD_ALARMS
        if flooding is self._flooding:
            return
        self._flooding, count = flooding, len(self._lately)
        _, first, words = self._lately[0] if self._lately else (at_s, "", "")
        text = f"{count} alarms within {FLOOD_S / 60:.0f} minutes. The first was {first}, {words}"
        self._out.fact(FloodChanged(flooding, count, first, text if flooding else "Alarms are few again."))

    def _find(self, fault: str, position: str | None, instrument: str | None) -> Standing | None:
        sought, all_ = (fault, position, instrument), self._standing.values()
        return next((one for one in all_ if (one.fault, one.position, one.instrument) == sought), None)

    def _change(self, one: Standing, state: AlarmState, operator: str | None) -> None:
        one.state = state
        if state is AlarmState.NORMAL:
            del self._standing[one.alarm]
        self._out.fact(AlarmChanged(one.alarm, state, operator))
