"""Windows of time: points with their time first, oldest first, of which the old ones are forgotten."""

from collections import deque
from typing import TypeVar

Point = TypeVar("Point", bound=tuple[float, *tuple[object, ...]])


def forget(points: deque[Point], at_s: float, window_s: float) -> None:
    """Drop those that are older than the window, in seconds; one that is just as old stays."""
    while points and at_s - points[0][0] > window_s:
        points.popleft()


def keep(points: deque[tuple[float, float]], at_s: float, value: float, window_s: float) -> None:
    """Take one more point in, and drop those that are older than the window, in seconds."""
    points.append((at_s, value))
    forget(points, at_s, window_s)
