"""How far a run has come, said every half hour of its own time: a person who reads along must never think it stuck.

Looks are not told row by row; this folds them and says, for each battery at work, what it takes now.
"""

from collections.abc import Iterator

from benchctl.core.messages import Counted, MetersScanned, PhaseEntered, Polled, PromptAsked, PromptKind
from benchctl.core.model import Phase, Reading
from benchctl.core.probes import ProbesLifted, ProbesRead
from benchctl.core.rows import Body, Samples
from benchctl.core.view.wording import amp_hours, amperes, volts

_CHARGING = (Phase.PRECHARGING, Phase.CHARGING, Phase.ABSORBING, Phase.HOLDING)
_RESTING = (Phase.RESTING, Phase.RESTED)


def half_hour(wall: str) -> str:
    """The half hour of the day that a wall-clock text of the journal lies in."""
    return wall[:13] + ("" if wall[14:15] < "3" else "+")


class Progress:
    """Knows the last looks at every position, who hangs there, and what each battery has taken. What the probes of a
    hand-held meter show is a battery's only once it was read."""

    def __init__(self) -> None:
        self._said: str | None = None
        self._phases: dict[str, tuple[str | None, Phase]] = {}
        self._taken_ah: dict[str, float] = {}
        self._polled: dict[str, Polled] = {}
        self._metered_v: dict[str, float] = {}
        self._by_hand: set[str] = set()

    def lines(self, wall: str, body: Body) -> tuple[str, ...]:
        """Take a row in. Whatever is to be said of it: nothing, except at the first looks of a half hour."""
        match body:
            case PhaseEntered():
                self._phases[body.serial] = body.position, body.phase
            case Counted():
                self._taken_ah[body.serial] = body.amp_hours
            case PromptAsked(kind=PromptKind.HOLD_PROBES, position=str(position)):
                self._by_hand.add(position)
            case ProbesRead():
                self._metered_v[body.position] = body.voltage_v
            case ProbesLifted():
                self._metered_v.pop(body.position, None)
            case Samples():
                return self._looked(wall, body)
        return ()

    def _looked(self, wall: str, samples: Samples) -> tuple[str, ...]:
        self._polled.update((look.position, look) for look in samples.polled)
        for scan in samples.scanned:
            self._metered_v.update((name, level_v) for name, level_v in _values(scan) if name not in self._by_hand)
        before, self._said = self._said, half_hour(wall)
        return tuple(self._all()) if before not in (None, self._said) else ()

    def _all(self) -> Iterator[str]:
        for serial, (position, phase) in sorted(self._phases.items(), key=lambda each: each[1][0] or "~"):
            if position is not None and phase in _CHARGING:
                yield f"{position} {serial} {phase}: {self._charging(position)}, {self._taken(serial)}."
            elif position is not None and phase in _RESTING:
                yield f"{position} {serial} {phase}: {volts(self._metered_v.get(position))}."

    def _charging(self, position: str) -> str:
        look = self._polled.get(position)
        voltage, current = (look.sample.voltage, look.sample.current) if look else (None, None)
        level = voltage.value if isinstance(voltage, Reading) else None
        takes = current.value if isinstance(current, Reading) else None
        return f"{volts(level)} {amperes(takes)}"

    def _taken(self, serial: str) -> str:
        return f"{amp_hours(self._taken_ah.get(serial))} in"


def _values(scan: MetersScanned) -> Iterator[tuple[str, float]]:
    yield from ((name, reading.value) for name, reading in scan.readings if isinstance(reading, Reading))
