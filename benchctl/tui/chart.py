"""The curve of one battery: volts solid on the left axis, amperes dotted on the right one, wall-clock time below."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from benchctl.core.text import safe_text
from benchctl.core.view.series import Slice, Span, joined
from benchctl.tui.braille import Grid, Scale, columns, scale
from benchctl.tui.ink import ACCENT, DIM, GROUND, RULE, SECOND, TEXT

LEFT, RIGHT = 7, 6
AIRY = 10
"""From this height on, a line above the curve stays empty."""
TICKS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720)
TICK_CELLS = 9
"""The fewest cells from one time label to the next."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What is drawn: whose it is, its slices, and the local time at second 0 of them."""

    title: str
    slices: tuple[Slice, ...]
    started: datetime | None


class Chart(Widget, can_focus=False):
    """Draws a `Curve`. Never more than two points a column, however long the night."""

    def __init__(self) -> None:
        super().__init__(id="chart")
        self._curve: Curve | None = None
        self._strips: list[Strip] = []
        self._drawn: Size | None = None

    def show(self, curve: Curve) -> None:
        """Draw another curve, or more of the same."""
        if curve != self._curve:
            self._curve, self._drawn = curve, None
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the widget."""
        if self._drawn != self.size:
            self._strips, self._drawn = picture(self._curve, *self.size), self.size
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, _style(TEXT))


def picture(curve: Curve | None, width: int, height: int) -> list[Strip]:
    """The lines of a chart of `width` by `height` cells; fewer where there is nothing to draw or no room."""
    air = [_wide("", width, DIM)] * (height >= AIRY)
    inner, rows = width - LEFT - RIGHT, height - 2 - len(air)
    if curve is None or inner < 20 or rows < 2:
        return []
    volts, amps = _range(curve.slices, _voltage), _range(curve.slices, _current)
    if volts is None:
        return [*air, _title(curve.title, width, False), _wide("       No voltage yet.", width, DIM)]
    return [*air, _title(curve.title, width, amps is not None), *_plot(curve, volts, amps, inner, rows)]


def _plot(curve: Curve, volts: Span, amps: Span | None, width: int, height: int) -> list[Strip]:
    start_s, end_s = curve.slices[0].start_s, max(curve.slices[-1].start_s, curve.slices[0].start_s + 60)
    parts = 4 if height >= 9 else 2
    left, right = scale(volts, parts, 0.05), scale(Span(0.0, amps.high if amps else 0.0), parts, 0.5)
    solid, dotted = Grid(width, height), Grid(width, height)
    solid.draw(columns(curve.slices, _voltage, start_s, end_s, 2 * width), left)
    if amps is not None:
        dotted.draw(columns(curve.slices, _current, start_s, end_s, width), right)
    labels = _labels(left, right, height, amps is not None)
    body = [_row(solid.cells[y], dotted.cells[y], *labels.get(y, ("", ""))) for y in range(height)]
    return [*body, _times(curve.started, start_s, end_s, width)]


def _labels(left: Scale, right: Scale, height: int, amps: bool) -> dict[int, tuple[str, str]]:
    rows = [round(index * (height - 1) / left.parts) for index in range(left.parts + 1)]
    volts = [f"{value:.2f}" for value in left.values()]
    amperes = [f"{value:.1f}" if amps else "" for value in right.values()]
    return dict(zip(rows, zip(volts, amperes, strict=True), strict=True))


def _row(solid: Sequence[int], dotted: Sequence[int], volts: str, amps: str) -> Strip:
    segments = [Segment(f"{volts:>{LEFT - 2}} ", _style(ACCENT)), Segment("┤" if volts else "│", _style(RULE))]
    for over, cells in groupby(zip(solid, dotted, strict=True), key=lambda cell: bool(cell[0])):
        dots = "".join(chr(0x2800 + (first | second)) if first | second else " " for first, second in cells)
        segments.append(Segment(dots, _style(ACCENT if over else SECOND)))
    segments += [Segment("├" if amps else "│", _style(RULE)), Segment(f" {amps:<{RIGHT - 2}}", _style(SECOND))]
    return Strip(segments)


def _title(title: str, width: int, amps: bool) -> Strip:
    legend = [Segment("━━ V ", _style(ACCENT)), *([Segment("   ┄┄ A ", _style(SECOND))] if amps else [])]
    room = width - sum(len(segment.text) for segment in legend)
    return Strip([*_wide(f" {title}", room, TEXT), *legend])


def _times(started: datetime | None, start_s: float, end_s: float, width: int) -> Strip:
    text = [" "] * (LEFT + width + RIGHT)
    if started is not None:
        for column, label in _ticks(started + timedelta(seconds=start_s), end_s - start_s, width):
            text[LEFT + column : LEFT + column + len(label)] = label
    return Strip([Segment("".join(text), _style(DIM))])


def _ticks(first: datetime, length_s: float, width: int) -> list[tuple[int, str]]:
    """Column and label of each full hour (or part of one) that has room, and of the first moment."""
    minutes = next((step for step in TICKS_MIN if step * 60 / length_s * width >= TICK_CELLS), TICKS_MIN[-1])
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    passed_s = (first - midnight).total_seconds()
    after_s = -passed_s % (minutes * 60)
    ticks = []
    while after_s <= length_s:
        column = int(after_s / length_s * (width - 1))
        if column + 5 <= width:
            ticks.append((column, f"{first + timedelta(seconds=after_s):%H:%M}"))
        after_s += minutes * 60
    return ticks


def _range(slices: Sequence[Slice], pick: Callable[[Slice], Span | None]) -> Span | None:
    found: Span | None = None
    for piece in slices:
        found = joined(found, pick(piece))
    return found


def _voltage(piece: Slice) -> Span | None:
    return piece.voltage_v


def _current(piece: Slice) -> Span | None:
    return piece.current_a


def _wide(text: str, width: int, colour: str) -> Strip:
    return Strip([Segment(safe_text(text), _style(colour))]).adjust_cell_length(width, _style(colour))


@cache
def _style(colour: str) -> Style:
    return Style(color=colour, bgcolor=GROUND)
