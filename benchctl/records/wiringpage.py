"""A wiring sheet as one HTML page with a drawing in it. No script, nothing from outside; every text is escaped."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from benchctl.core.planning.wiring import Seat, WiringSheet, sizes
from benchctl.core.text import safe_text

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_STYLE = (
    "body{font:15px/1.4 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#111}"
    "table{border-collapse:collapse}td,th{border:1px solid #999;padding:.25em .6em;text-align:left}"
    "svg{width:100%;height:auto}svg text{font:13px sans-serif}@media print{body{margin:0}}"
)
_BOX_W, _BOX_H, _GAP_X, _GAP_Y, _LEFT, _TOP = 160, 76, 34, 46, 70, 46
_ROW = 16
"""Characters that find room beside each other in a box: a serial number, up to twice as long, takes two rows."""


def page(sheet: WiringSheet, title: str) -> str:
    """The whole page. `title` is shown, whatever is in it."""
    made = sheet.configuration
    head = f"{made.name}: {made.voltage_v:g} V, {made.amp_hours:g} Ah, up to {made.full_current_a:g} A"
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{_safe(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_safe(title)}</h1><p>{_safe(head)}</p>",
        drawing(sheet),
        *_table("Which battery where, from the negative end", ("place", "serial"), _seats(sheet)),
        *_table("Interconnects, in this order", ("", "from", "to", "by"), _steps(sheet)),
        *_list("What carries and protects it", tuple(sizes(sheet))),
        *_list("Settings", sheet.settings),
        *_list("To connect", sheet.connecting),
        *_list("To disconnect", sheet.disconnecting),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _seats(sheet: WiringSheet) -> list[tuple[str, ...]]:
    return [(seat.name, seat.serial or "") for string in sheet.strings for seat in string]


def _steps(sheet: WiringSheet) -> list[tuple[str, ...]]:
    return [(str(number), each.start, each.end, each.by) for number, each in enumerate(sheet.joints, 1)]


def drawing(sheet: WiringSheet) -> str:
    """The bank as SVG: a row a string, the negative bus bar on the left, the positive one on the right. The numbers
    are those of the interconnects."""
    numbers = {each.start: number for number, each in enumerate(sheet.joints, 1)}
    columns, rows = sheet.configuration.series, sheet.configuration.parallel
    right = _LEFT + columns * (_BOX_W + _GAP_X) + 120
    bottom = _TOP + rows * (_BOX_H + _GAP_Y)
    width, height = right + 200, bottom + 50
    shapes = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="wiring">',
        f'<rect x="0" y="0" width="{width}" height="{height}" fill="#fff"/>',
        _line(30, _TOP - 16, 30, bottom, "#111", 8),
        _line(right, _TOP - 16, right, bottom, "#b00", 8),
        _text(10, _TOP - 24, "negative bus bar"),
        _text(right - 60, _TOP - 24, "positive bus bar"),
    ]
    for row, string in enumerate(sheet.strings):
        shapes += _string(string, sheet.string_fuse_a, _TOP + row * (_BOX_H + _GAP_Y), right)
        shapes += _numbered(string, numbers, _TOP + row * (_BOX_H + _GAP_Y) + _BOX_H // 2, right)
    y = bottom - 8
    shapes += [
        *_fuse(right + 14, _TOP - 4, f"{sheet.main_fuse_a} A", right),
        _line(right + 102, _TOP - 4, right + 196, _TOP - 4, "#b00", 4),
        _text(right + 106, _TOP - 14, "to inverter +"),
        _text(right + 14, _TOP + 24, sheet.main_cable.name),
        _line(30, y, 30, height - 20, "#111", 4),
        _text(44, height - 16, f"to inverter -, {sheet.main_cable.name}"),
    ]
    return "\n".join([*shapes, "</svg>"])


def _string(string: Sequence[Seat], fuse_a: int | None, y: int, right: int) -> Iterator[str]:
    middle = y + _BOX_H // 2
    yield _line(30, middle, _LEFT + _GAP_X, middle, "#111", 3)
    for column, seat in enumerate(string):
        x = _LEFT + _GAP_X + column * (_BOX_W + _GAP_X)
        if column:
            yield _line(x - _GAP_X, middle, x, middle, "#555", 3)
        yield f'<rect x="{x}" y="{y}" width="{_BOX_W}" height="{_BOX_H}" rx="5" fill="#eef4ee" stroke="#333"/>'
        yield _text(x + 8, y + 18, f"place {seat.name}")
        for row, part in enumerate(_rows(safe_text(seat.serial or "serial:", 2 * _ROW))):
            yield _text(x + 8, y + 36 + 16 * row, part)
        yield _text(x + 6, y + 70, "-")
        yield _text(x + _BOX_W - 14, y + 70, "+")
    end = _LEFT + _GAP_X + len(string) * (_BOX_W + _GAP_X) - _GAP_X
    yield _line(end, middle, right, middle, "#b00", 3)
    if fuse_a is not None:
        yield from _fuse(end + 14, middle, f"{fuse_a} A", end)


def _rows(serial: str) -> Iterator[str]:
    return (serial[start : start + _ROW] for start in range(0, len(serial), _ROW))


def _numbered(string: Sequence[Seat], numbers: Mapping[str, int], y: int, right: int) -> Iterator[str]:
    yield _text(_LEFT - 14, y - 6, str(numbers[f"{string[0].name} negative"]))
    for column, seat in enumerate(string[:-1], 1):
        x = _LEFT + _GAP_X + column * (_BOX_W + _GAP_X) - _GAP_X
        yield _text(x + 10, y - 6, str(numbers[f"{seat.name} positive"]))
    yield _text(right - 20, y - 14, str(numbers[f"{string[-1].name} positive"]))


def _fuse(x: int, y: int, size: str, start: int) -> Iterator[str]:
    yield _line(start, y, x, y, "#b00", 3)
    yield f'<rect x="{x}" y="{y - 9}" width="88" height="18" fill="#fff" stroke="#b00" stroke-width="2"/>'
    yield _text(x + 6, y + 4, f"fuse {size}")


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"<h2>{_safe(title)}</h2><table><tr>" + "".join(f"<th>{_safe(each)}</th>" for each in heads) + "</tr>"
    for row in rows:
        yield "<tr>" + "".join(f"<td>{_safe(each)}</td>" for each in row) + "</tr>"
    yield "</table>"


def _list(title: str, sentences: Sequence[str]) -> Iterator[str]:
    yield f"<h2>{_safe(title)}</h2><ol>" + "".join(f"<li>{_safe(each)}</li>" for each in sentences) + "</ol>"


def _line(x1: int, y1: int, x2: int, y2: int, colour: str, width: int) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" stroke-width="{width}"/>'


def _text(x: int, y: int, text: str) -> str:
    return f'<text x="{x}" y="{y}">{_safe(text)}</text>'


def _safe(text: str) -> str:
    return escape(safe_text(text, 500))
