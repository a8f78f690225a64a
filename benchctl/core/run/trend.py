"""Does the spread of a resting bank still close? Judged over the last half hour of a common rest."""

from collections import deque

from benchctl.core.run.rest import SLOPE_WINDOW_S, fitted_slope
from benchctl.core.run.window import keep


class Trend:
    """The spread over time."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque()

    def feed(self, at_s: float, spread_v: float) -> None:
        """Take one spread of all batteries in."""
        keep(self._points, at_s, spread_v, SLOPE_WINDOW_S)

    def forget(self) -> None:
        """Not all rest together any more."""
        self._points.clear()

    def closing(self, at_least_v_per_h: float) -> bool:
        """It shrinks at least this fast; without half the window of readings nothing is claimed."""
        if len(self._points) < 3 or self._points[-1][0] - self._points[0][0] < SLOPE_WINDOW_S / 2:
            return False
        return fitted_slope(self._points) * 3600 <= -at_least_v_per_h
