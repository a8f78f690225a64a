"""A curve that never grows: voltage and current over time, kept as the smallest and largest of equal slices of time.

When the slices run out, each two neighbours become one of twice the width: no peak is ever lost, only its exact moment.
"""

from dataclasses import dataclass

SLICES = 512
"""The most slices a curve keeps: more than two for each column of the widest screen."""


@dataclass(frozen=True, slots=True)
class Span:
    """The smallest and the largest of some numbers."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Slice:
    """What was seen in one slice of time; None where nothing was."""

    start_s: float
    voltage_v: Span | None
    current_a: Span | None


class Series:
    """Voltage and current of one battery; times in seconds from the start of the run, in rising order."""

    def __init__(self, width_s: float = 1.0, slices: int = SLICES) -> None:
        self.width_s = width_s
        self.slices: list[Slice] = []
        self._most = slices

    def add(self, at_s: float, voltage_v: float | None, current_a: float | None) -> None:
        """Take in one look."""
        start_s = self._start(at_s)
        new = Slice(start_s, _point(voltage_v), _point(current_a))
        if self.slices and self.slices[-1].start_s >= start_s:
            self.slices[-1] = _joined(self.slices[-1], new)
        else:
            self.slices.append(new)
        while len(self.slices) > self._most:
            self._halve()

    def _start(self, at_s: float) -> float:
        return at_s // self.width_s * self.width_s

    def _halve(self) -> None:
        self.width_s *= 2
        halved: list[Slice] = []
        for piece in self.slices:
            start_s = self._start(piece.start_s)
            if halved and halved[-1].start_s == start_s:
                halved[-1] = _joined(halved[-1], piece)
            else:
                halved.append(Slice(start_s, piece.voltage_v, piece.current_a))
        self.slices = halved


def joined(first: Span | None, second: Span | None) -> Span | None:
    """The span over both; None only if both are."""
    if first is None or second is None:
        return first or second
    return Span(min(first.low, second.low), max(first.high, second.high))


def _joined(first: Slice, second: Slice) -> Slice:
    voltage_v = joined(first.voltage_v, second.voltage_v)
    return Slice(first.start_s, voltage_v, joined(first.current_a, second.current_a))


def _point(value: float | None) -> Span | None:
    return None if value is None else Span(value, value)
