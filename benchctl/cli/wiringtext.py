"""A wiring sheet as text for a terminal, 80 columns."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from benchctl.core.planning.wiring import Seat, WiringSheet, sizes

_WIDTH = 80


def lines(sheet: WiringSheet) -> Iterator[str]:
    """All of it."""
    made = sheet.configuration
    yield f"Wiring of {made.name}: {made.voltage_v:g} V, {made.amp_hours:g} Ah, up to {made.full_current_a:g} A"
    yield ""
    for string in sheet.strings:
        yield from _drawn(string, sheet.string_fuse_a)
    yield f"      bus bars for {sheet.bus_bar_a} A: negative from one end, positive from the other"
    yield f"      positive bus bar ---[fuse {sheet.main_fuse_a} A]--- {sheet.main_cable.name} --- inverter"
    yield ""
    yield from _numbered("Interconnects, in this order:", [f"{j.start} to {j.end}: {j.by}" for j in sheet.joints])
    yield from _numbered("What carries and protects it:", list(sizes(sheet)))
    yield from _numbered("Settings:", sheet.settings)
    yield from _numbered("To connect:", sheet.connecting)
    yield from _numbered("To disconnect:", sheet.disconnecting)


def _drawn(string: Sequence[Seat], fuse_a: int | None) -> Iterator[str]:
    """`(-)--[1.1 E1001]--[1.2 E1002]--(fuse 125 A)--(+)`, broken where it grows too long."""
    row = f"{string[0].string:>3}  (-)"
    parts = [f"--[{_seat(seat)}]" for seat in string]
    parts.append("--(+)" if fuse_a is None else f"--(fuse {fuse_a} A)--(+)")
    for part in parts:
        if len(row) + len(part) > _WIDTH:
            yield row
            row = " " * 8
        row += part
    yield row


def _seat(seat: Seat) -> str:
    return seat.name if seat.serial is None else f"{seat.name} {seat.serial}"


def _numbered(title: str, sentences: Sequence[str]) -> Iterator[str]:
    yield title
    for number, sentence in enumerate(sentences, 1):
        yield from wrap(f"{number:>3}. {sentence}", _WIDTH, subsequent_indent="     ", break_on_hyphens=False)
    yield ""
