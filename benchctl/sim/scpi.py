"""SCPI as an instrument reads it: a line taken apart, and the texts of numbers and channel lists.

No instrument state here and no meaning: what can be said is in `notation` and `language`, who does it in the devices.
"""

import re
from dataclasses import dataclass
from enum import Enum


class ScpiError(Enum):
    """Errors of IEEE 488.2 and SCPI-99 vol. 2, 21.8, that this simulator can meet: number and text."""

    NONE = (0, "No error")
    SYNTAX = (-102, "Syntax error")
    TYPE = (-104, "Data type error")
    NOT_ALLOWED = (-108, "Parameter not allowed")
    MISSING = (-109, "Missing parameter")
    HEADER = (-113, "Undefined header")
    SUFFIX = (-131, "Invalid suffix")
    LOCAL = (-201, "Invalid while in local")
    CONFLICT = (-221, "Settings conflict")
    STALE = (-230, "Data corrupt or stale")
    RANGE = (-222, "Data out of range")
    ILLEGAL = (-224, "Illegal parameter value")
    OVERFLOW = (-350, "Queue overflow")


class Misread(Exception):
    """A message unit the instrument does not take; it goes into the error queue, never into a reply."""

    def __init__(self, error: ScpiError) -> None:
        super().__init__(error.value[1])
        self.error = error


@dataclass(frozen=True, slots=True)
class Unit:
    """One command or query: its whole header in capitals from its leading colon, and its arguments as they came."""

    header: str
    arguments: tuple[str, ...]


_HEADER_END = re.compile(r"\s+|(?<=\?)(?=\(@)")
"""White space; some clients leave it out between a query and a channel list."""


# ---------------------------------------------------------------- messages


def units(message: str) -> list[Unit]:
    """The commands of one line. After `;` a header without a colon goes on in the path of the one before it."""
    found: list[Unit] = []
    path = ":"
    for text in _split(message, ";"):
        if not (stripped := text.strip()):
            continue
        unit, path = _unit(stripped, path)
        found.append(unit)
    return found


def _unit(text: str, path: str) -> tuple[Unit, str]:
    header, _, rest = _HEADER_END.sub(" ", text, count=1).partition(" ")
    arguments = tuple(each.strip() for each in _split(rest, ",")) if rest.strip() else ()
    if header.startswith("*"):
        return Unit(header.upper(), arguments), path
    absolute = (header if header.startswith(":") else path + header).upper()
    return Unit(absolute, arguments), absolute[: absolute.rfind(":") + 1]


def _split(text: str, separator: str) -> list[str]:
    """Split outside quotes and parentheses."""
    if '"' not in text and "(" not in text and "'" not in text:
        return text.split(separator)
    parts, depth, quote, start = [], 0, "", 0
    for index, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == separator and depth <= 0:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


def channel_list(text: str) -> tuple[str, ...]:
    """`101:103,110` as single channels. Raises `Misread` for a list that is none, or spans over 1000 channels."""
    channels: list[str] = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        first, _, last = part.partition(":")
        if not first.isdigit() or (last and not last.isdigit()) or int(last or first) - int(first) > 1000:
            raise Misread(ScpiError.ILLEGAL)
        channels.extend(map(str, range(int(first), int(last or first) + 1)))
    return tuple(channels)


_SCALES = {"": 1.0, "V": 1.0, "A": 1.0, "S": 1.0, "MV": 1e-3, "MA": 1e-3, "UV": 1e-6, "UA": 1e-6, "KV": 1e3}


def number(text: str, minimum: float, maximum: float, default: float) -> float:
    """A number's text as a value between limits: `5`, `400mV`, `MAX`. Raises `Misread` when it is out of them."""
    word = text[:3]
    if word in ("MIN", "MAX", "DEF"):
        return {"MIN": minimum, "MAX": maximum, "DEF": default}[word]
    match = re.fullmatch(r"(.*?[\d.])\s*([A-Z]{0,3})", text)
    if match is None or match.group(2) not in _SCALES:
        raise Misread(ScpiError.SUFFIX)
    try:
        value = float(match.group(1)) * _SCALES[match.group(2)]
    except ValueError as fault:
        raise Misread(ScpiError.TYPE) from fault
    if not minimum - 1e-9 <= value <= maximum + 1e-9:
        raise Misread(ScpiError.RANGE)
    return value
