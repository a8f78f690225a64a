"""The probes of a hand-held meter on their way to a battery: from when on is what they show that battery's voltage?

Only judgement, no orders. A voltage counts when the probes were seen off after they were asked for (so that no battery
is ever read for another one on which they still lie), or a person has said that they are on; when red is on plus; and
when it has not moved for some seconds. A reversed voltage never counts, whoever says so.
"""

from collections import deque
from dataclasses import dataclass
from math import inf

from benchctl.core.model import Measurement, Reading
from benchctl.core.probes import ProbesState

LIFTED_LOOKS = 2
"""So many readings in a row on nothing, and the probes were taken off: a slip is shorter."""

STEADY_S = 5.0
STEADY_V = 0.003
"""A voltage is steady if it stays within this (or the meter's own error) for this long."""

FALLING_V = 0.05
"""Right after a charge a voltage falls by some millivolts a second for minutes, and is held against 0.1 V: this much
may it move in the same time."""

CREEP_SHARE = 1 / 3
"""Of that band: how far the means of its earlier and its later half may lie apart. A contact that settles creeps."""

GAP_S = 5.0
"""After a longer silence nobody knows where the probes have been."""


@dataclass(frozen=True, slots=True)
class ProbesRules:
    """Volts: below `open_v` there is no battery, `error_v` is the meter's limit of error beside its gain, within
    `apart_v` of what the supply holds is the same battery. `readings`: how many make a steady reading, at least."""

    open_v: float
    error_v: float
    apart_v: float
    readings: int

    def band_v(self, *, falling: bool) -> float:
        """What a steady voltage may move, or one that is read right after a charge."""
        return max(FALLING_V if falling else STEADY_V, self.error_v)


class ProbesJudge:
    """Follows the probes from the prompt until they are read. `lifted`: they have been on this battery all the time;
    `falling`: it has just been charged."""

    def __init__(self, rules: ProbesRules, *, lifted: bool, falling: bool = False) -> None:
        self._rules = rules
        self._band_v = rules.band_v(falling=falling)
        self._lifted = lifted
        self._confirmed = False
        self._open_looks = 0
        self._last_s: float | None = None
        self._run: deque[Reading] = deque()
        self.state: ProbesState | None = None
        self.asleep = False

    def confirm(self) -> bool:
        """A person says that they are on the battery. False: they are the wrong way round, and that is not so."""
        if self.state is ProbesState.REVERSED:
            return False
        if not self._confirmed:
            self._confirmed, self._open_looks = True, 0
        return True

    @property
    def taken(self) -> tuple[Reading, ...]:
        """The last readings of a steady voltage; none unless it is steady."""
        return tuple(self._run)[-self._rules.readings :] if self.state is ProbesState.STEADY else ()

    def feed(self, measured: Measurement, held_v: float | None) -> ProbesState:
        """Take one reading or its absence in. `held_v`: what the supply holds at that battery now, if anything."""
        self.state = self._judged(measured, held_v)
        if self.state not in (ProbesState.UNSTEADY, ProbesState.STEADY, ProbesState.ELSEWHERE):
            self._run.clear()
        return self.state

    def _judged(self, measured: Measurement, held_v: float | None) -> ProbesState:
        if not isinstance(measured, Reading) or not abs(measured.value) < inf:
            return ProbesState.SILENT
        self._mind_gap(measured.at_s)
        if not abs(measured.value) >= self._rules.open_v:
            return self._seen_open()
        self._open_looks = 0
        if not measured.value > 0.0:
            return ProbesState.REVERSED
        if not (self._lifted or self._confirmed):
            return ProbesState.NOT_LIFTED
        self._run.append(measured)
        if not self._steady():
            return ProbesState.UNSTEADY
        here = held_v is None or abs(measured.value - held_v) <= self._rules.apart_v
        return ProbesState.STEADY if here or self._confirmed else ProbesState.ELSEWHERE

    def _mind_gap(self, at_s: float) -> None:
        if self._last_s is not None and not 0.0 < at_s - self._last_s <= GAP_S:
            self._lifted, self._open_looks = False, 0
            self._run.clear()
        self._last_s = at_s

    def _seen_open(self) -> ProbesState:
        """Off, or on a battery that sleeps; where a person has said that they are on, that is clear after a while."""
        self._open_looks += 1
        self._lifted = self._lifted or self._open_looks >= LIFTED_LOOKS
        if self._confirmed and self._open_looks >= self._rules.readings:
            self._confirmed, self.asleep = False, True
        return ProbesState.OPEN

    def _steady(self) -> bool:
        run, rules = self._run, self._rules
        while len(run) > rules.readings and run[-1].at_s - run[1].at_s >= STEADY_S:
            run.popleft()
        if len(run) < rules.readings or not run[-1].at_s - run[0].at_s >= STEADY_S:
            return False
        volts = [one.value for one in run]
        half = len(volts) // 2
        creep_v = abs(sum(volts[-half:]) - sum(volts[:half])) / half
        return max(volts) - min(volts) <= self._band_v and creep_v <= CREEP_SHARE * self._band_v
