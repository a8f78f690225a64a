"""One rest of one battery, seen again from the journal: how old, how steep, and what disturbed it.

A rest begins where the output is proven off and the battery isolated. A gap in its readings, a step up, or a restart
of the computer begins it anew. While its leads are elsewhere nothing is read and nothing is claimed of its curve.
"""

from collections import deque
from dataclasses import dataclass

from benchctl.core.acceptance.proof_moment import Moment
from benchctl.core.procedure import RestRules

WINDOW_S = 1800.0
"""A slope is fitted over the last half hour of a curve."""

LEAST_S = 600.0
"""A curve shorter than this has no slope worth the name."""


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What began a rest anew, and when."""

    at: Moment
    why: str


class Rest:
    """The rest that follows a session."""

    def __init__(self, rules: RestRules, since: Moment) -> None:
        self._rules = rules
        self.since = since
        self.disturbances: list[Disturbance] = []
        self.gaps: list[tuple[Moment, float]] = []
        self.powered: list[Moment] = []
        self.readings = 0
        self._curve: deque[tuple[Moment, float]] = deque()

    def read(self, at: Moment, voltage_v: float) -> None:
        """One reading while it hangs on its meter."""
        self.readings += 1
        if self._curve and not self._continues(at, voltage_v):
            return
        self._curve.append((at, voltage_v))
        while at.boot_s - self._curve[0][0].boot_s > WINDOW_S:
            self._curve.popleft()

    def _continues(self, at: Moment, voltage_v: float) -> bool:
        before, before_v = self._curve[-1]
        gap_s, step_v = at.boot_s - before.boot_s, voltage_v - before_v
        if gap_s > self._rules.gap_s:
            self.gaps.append((at, gap_s))
            self.begin_again(at, f"it was not read for {gap_s:.0f} s")
            return False
        if step_v > self._rules.max_step_v:
            self.begin_again(at, f"its voltage rose by {1000 * step_v:.0f} mV in a step")
            return False
        return True

    def begin_again(self, at: Moment, why: str) -> None:
        """What was rested so far does not count."""
        self.disturbances.append(Disturbance(at, why))
        self.since = at
        self._curve.clear()

    def leave(self) -> None:
        """Its leads are taken elsewhere: the curve ends, the rest does not."""
        self._curve.clear()

    def slope_v_per_h(self) -> float | None:
        """Least squares over the end of the curve; None if there is no curve, or too short a one."""
        if len(self._curve) < 3 or self._curve[-1][0].boot_s - self._curve[0][0].boot_s < LEAST_S:
            return None
        hours = [(at.boot_s - self._curve[0][0].boot_s) / 3600 for at, _ in self._curve]
        volts = [value for _, value in self._curve]
        count, total, squares = len(hours), sum(hours), sum(hour * hour for hour in hours)
        product = sum(hour * volt for hour, volt in zip(hours, volts, strict=True))
        return (count * product - total * sum(volts)) / (count * squares - total * total)
