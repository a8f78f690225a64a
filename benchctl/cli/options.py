"""What can be said after a command, read strictly: a number is a number, a name is a name."""

import re
from collections.abc import Callable

import click

from benchctl.core.text import safe_text

_NUMBER = re.compile(r"[+-]?\d{1,6}(?:\.\d{1,6})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,6}", re.ASCII)
_NAME_LENGTH = 64

Read = Callable[[click.Context, click.Parameter, str | None], float | None]


def quantity(low: float, high: float, example: str) -> Read:
    """Reads a decimal number with a point, from `low` to `high`: `nan`, `1e3`, `1_0` and `14,6` are none."""

    def read(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
        if value is None:
            return None
        if _NUMBER.fullmatch(value) is None or not low <= float(value) <= high:
            raise click.BadParameter(f"{safe_text(value)!r} is no number from {low:g} to {high:g}, such as {example}")
        return float(value)

    return read


def whole(low: int, high: int, example: str) -> Callable[[click.Context, click.Parameter, str | None], int | None]:
    """Reads a whole number, from `low` to `high`."""

    def read(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
        if value is None:
            return None
        if _WHOLE.fullmatch(value) is None or not low <= int(value) <= high:
            raise click.BadParameter(f"{safe_text(value)!r} is no whole number from {low} to {high}, such as {example}")
        return int(value)

    return read


def person(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    """Reads a name as it goes into the record: 1 to 64 visible characters."""
    if value is not None and (not 0 < len(value) <= _NAME_LENGTH or safe_text(value) != value):
        raise click.BadParameter(f"{safe_text(value)!r} is no name: 1 to {_NAME_LENGTH} visible characters")
    return value


def word(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    """Reads an ID, a position or an answer: 1 to 200 visible characters."""
    if not value or safe_text(value) != value:
        raise click.BadParameter(f"{safe_text(value)!r} is not 1 to 200 visible characters")
    return value


operator_option = click.option("--operator", callback=person, metavar="NAME", help="Who you are; goes on record.")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on one line, for programs.")

FAULT_HELP = "What goes wrong, and when: lead.open@30m/P2. May be said again; `benchctl sim --faults` lists what can."


def stated_faults(_ctx: click.Context, _param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Reads `NAME[:VALUE]@TIME[+DURATION][/PLACE]`; what the simulator would not understand is refused here."""
    from benchctl.sim.faults import parse  # only here: `--help` needs no simulator

    for text in value:
        parse(text)
    return value
