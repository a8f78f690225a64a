"""Is a battery at rest, and does it stay there: judged from its resting voltage. Only judgement, no orders.

The rest clock starts when the output is proven off and the battery is isolated; a gap in the readings longer than the
rule allows (from the very start on), or a step, starts it again. A battery that is off the bench leaves no curve: then
nothing is claimed of it.
"""

from collections import deque

from benchctl.core.procedure import RestRules
from benchctl.core.run.window import keep

SLOPE_WINDOW_S = 1800.0
"""Slopes are fitted over the last half hour: 1 mV/h is then well above a 6½-digit meter's noise."""

CUT_OFF_V = 1.0
"""A fall as large as this in one step is no relaxation: the battery was taken away, or its BMS opened."""

FIRST_FALL_S = 60.0
"""In the first minute after a charge even a sound battery falls fast."""


class RestJudge:
    """Follows one rest of one battery."""

    def __init__(self, rules: RestRules, since_s: float) -> None:
        self._rules = rules
        self.since_s = since_s
        self._points: deque[tuple[float, float]] = deque()
        self._seen_s: float | None = since_s
        self.disturbed: str | None = None
        self.stepped = False

    def feed(self, at_s: float, voltage_v: float) -> None:
        """Take one resting voltage in. A NaN is a disturbance."""
        if self._seen_s is not None and not at_s - self._seen_s <= self._rules.gap_s:
            self.disturbed = f"no reading for {at_s - self._seen_s:.0f} s"
        elif self._points:
            self._check_step(at_s, voltage_v - self._points[-1][1])
        self._seen_s = at_s
        keep(self._points, at_s, voltage_v, SLOPE_WINDOW_S)

    def _check_step(self, at_s: float, step_v: float) -> None:
        """Up is never natural. Down is, in the beginning; not once it has settled, and never by volts."""
        least_v = -CUT_OFF_V if self.age_s(at_s) > FIRST_FALL_S else -float("inf")
        if self.settled(at_s):
            least_v = -self._rules.max_step_v
        if not least_v <= step_v <= self._rules.max_step_v:
            way = "fell" if step_v < 0 else "rose"
            self.stepped = True
            self.disturbed = f"the voltage {way} by {1000 * abs(step_v):.0f} mV in a step"

    def leave(self) -> None:
        """The leads are taken away on purpose: what follows is a new curve of the same rest."""
        self._points.clear()
        self._seen_s = None

    def settled(self, at_s: float) -> bool:
        """Old enough that it should hardly move any more."""
        return self.age_s(at_s) >= self._rules.settled_after_s

    def age_s(self, at_s: float) -> float:
        """How long it has rested, in seconds."""
        return at_s - self.since_s

    def slope_v_per_h(self) -> float | None:
        """Least-squares slope over the last half hour; None without at least ten minutes of readings."""
        if len(self._points) < 3 or self._points[-1][0] - self._points[0][0] < SLOPE_WINDOW_S / 3:
            return None
        return fitted_slope(self._points) * 3600


def fitted_slope(points: "deque[tuple[float, float]]") -> float:
    """Least-squares slope of (x, y) points, in units of y over x; needs two different x."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    over = sum((x - mean_x) * (y - mean_y) for x, y in points)
    return over / sum((x - mean_x) ** 2 for x, _ in points)
