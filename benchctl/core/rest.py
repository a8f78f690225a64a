"""Is a battery at rest, and does it stay there: judged from its resting voltage. Only judgement, no orders.

The rest clock starts when the output is proven off and the battery is isolated; a gap in the readings longer than the
rule allows, or a step, starts it again. A battery that is off the bench leaves no curve: then nothing is claimed of it.
"""

from collections import deque

from benchctl.core.procedure import RestRules

SLOPE_WINDOW_S = 1800.0
"""Slopes are fitted over the last half hour: 1 mV/h is then well above a 6½-digit meter's noise."""


class RestJudge:
    """Follows one rest of one battery."""

    def __init__(self, rules: RestRules, since_s: float) -> None:
        self._rules = rules
        self.since_s = since_s
        self._points: deque[tuple[float, float]] = deque()
        self.disturbed: str | None = None

    def feed(self, at_s: float, voltage_v: float) -> None:
        """Take one resting voltage in."""
        if self._points:
            self._check_step(at_s, voltage_v)
        self._points.append((at_s, voltage_v))
        while at_s - self._points[0][0] > SLOPE_WINDOW_S:
            self._points.popleft()

    def _check_step(self, at_s: float, voltage_v: float) -> None:
        before_s, before_v = self._points[-1]
        if at_s - before_s > self._rules.gap_s:
            self.disturbed = f"no reading for {at_s - before_s:.0f} s"
        elif voltage_v - before_v > self._rules.max_step_v:
            self.disturbed = f"the voltage rose by {1000 * (voltage_v - before_v):.0f} mV in a step"

    def leave(self) -> None:
        """The leads are taken away on purpose: what follows is a new curve of the same rest."""
        self._points.clear()

    def age_s(self, at_s: float) -> float:
        """How long it has rested, in seconds."""
        return at_s - self.since_s

    @property
    def last_seen_s(self) -> float | None:
        """When it was last read; None: never in this rest."""
        return self._points[-1][0] if self._points else None

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
