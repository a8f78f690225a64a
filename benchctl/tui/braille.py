"""A curve as braille dots: two dot columns and four dot rows to a cell. Arithmetic only; the widget is in `chart`."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchctl.core.view.series import Slice, Span, joined

GAP_S = 300.0
"""Looks further apart than this are not joined by a line: what happened between them is not known."""

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high` in `parts` equal parts, each a round number."""

    low: float
    high: float
    parts: int

    def values(self) -> list[float]:
        """The numbers to write along the axis, highest first."""
        step = (self.high - self.low) / self.parts
        return [self.high - step * index for index in range(self.parts + 1)]


def scale(span: Span, parts: int, finest: float) -> Scale:
    """The tightest axis of round numbers around a span, in at least 2 parts; no part is smaller than `finest`."""
    exponent = math.floor(math.log10(finest))
    while True:
        for step in (mantissa * 10.0**exponent for mantissa in _STEPS):
            low = math.floor(span.low / step + 1e-9) * step
            if step >= finest * 0.999 and low + parts * step >= span.high - 1e-9:
                return Scale(low, low + parts * step, parts)
        exponent += 1


def columns(
    slices: Sequence[Slice], pick: Callable[[Slice], Span | None], start_s: float, end_s: float, count: int
) -> list[Span | None]:
    """At most one span for each of `count` dot columns between two times; None where nothing is known."""
    found: list[Span | None] = [None] * count
    width_s = max(end_s - start_s, 1e-9) / count
    before: tuple[Slice, Span] | None = None
    for piece in slices:
        span = pick(piece)
        if span is None:
            before = None
            continue
        column = _column(piece.start_s - start_s, width_s, count)
        found[column] = joined(found[column], span)
        if before is not None and piece.start_s - before[0].start_s <= GAP_S:
            _bridge(found, _column(before[0].start_s - start_s, width_s, count), before[1], column, span)
        before = piece, span
    return found


def _column(after_s: float, width_s: float, count: int) -> int:
    return min(count - 1, max(0, int(after_s / width_s)))


def _bridge(found: list[Span | None], first: int, start: Span, last: int, end: Span) -> None:
    """A straight line over the columns between two looks."""
    for column in range(first + 1, last):
        share = (column - first) / (last - first)
        level = _middle(start) * (1 - share) + _middle(end) * share
        found[column] = Span(level, level)


def _middle(span: Span) -> float:
    return (span.low + span.high) / 2


class Grid:
    """Dots of one curve, in cells."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.cells = [[0] * width for _ in range(height)]

    def draw(self, spans: Sequence[Span | None], axis: Scale) -> None:
        """Draw spans side by side, each joined to its neighbour. One for each dot column makes a line two dots thick,
        one for each cell a dotted line."""
        apart = 2 * self.width // len(spans)
        before: tuple[int, int] | None = None
        for x, span in enumerate(spans):
            if span is None:
                before = None
                continue
            top, bottom = self._row(span.high, axis), self._row(span.low, axis)
            reach = (top, bottom) if before is None else (min(top, before[1] + 1), max(bottom, before[0] - 1))
            for y in range(reach[0], reach[1] + 3 - apart):
                self._dot(apart * x, y)
            before = top, bottom

    def _dot(self, x: int, y: int) -> None:
        y = min(y, self.height * 4 - 1)
        self.cells[y // 4][x // 2] |= _DOTS[x % 2][y % 4]

    def _row(self, value: float, axis: Scale) -> int:
        rows = self.height * 4
        share = (axis.high - value) / (axis.high - axis.low)
        return min(rows - 1, max(0, round(share * (rows - 1))))
