"""SCPI as an instrument reads it: a line taken apart, a header held against the manual's notation.

No instrument state here and no meaning: what a command does is in `language`, who does it in `supply` and `scanner`.
The notation is that of the manuals: `[:SOURce[<ch>]]:VOLTage[:LEVel]` matches long and short forms in any case, with
and without its optional nodes.
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
    """One command or query: its whole header in capitals from its leading colon, and its arguments in capitals."""

    header: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A place for an argument: what fits there. `numeric`: what does not fit is of the wrong type, not illegal."""

    pattern: re.Pattern[str]
    optional: bool
    numeric: bool


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a message unit carries: channels as it names them, the texts of one or two numbers, a switch, a word."""

    channels: tuple[str, ...] | None = None
    number: str | None = None
    second: str | None = None
    switch: bool | None = None
    word: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """One way to say a thing: the header's pattern, the parameters, and the name of the thing."""

    header: re.Pattern[str]
    parameters: tuple[Parameter, ...]
    verb: str


_TOKENS = re.compile(r"<ch>|[\[\]?*]|[A-Za-z][A-Za-z0-9]*")
_MARKS = {"<ch>": r"(?P<ch>\d+)", "[": "(?:", "]": ")?", "?": r"\?", "*": r"\*"}
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?\s*[A-Z]{0,3}|MIN(?:IMUM)?|MAX(?:IMUM)?|DEF(?:AULT)?"
_HOLES = {
    "<ch>": r"(?P<ch>\w+)",
    "<list>": r"(?P<list>[\d:,\s]*)",
    "<number>": f"(?P<number>{_NUMBER})",
    "<second>": f"(?P<second>{_NUMBER})",
    "<switch>": "(?P<switch>ON|OFF|1|0)",
    "<word>": r"(?P<word>[\w.]+)",
    "<any>": "[^(].*",
}
_SWITCHES = {"ON": True, "1": True, "OFF": False, "0": False}


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
    header, _, rest = text.replace("\t", " ").partition(" ")
    arguments = tuple(each.strip().upper() for each in _split(rest, ",")) if rest.strip() else ()
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


# ---------------------------------------------------------------- the manual's notation


def form(notation: str, verb: str) -> Form:
    """A form from notation: `:OUTPut[:STATe] [CH<ch>,]<switch>`.

    `<ch>` in the header is the channel's digit. Parameters: `CH<ch>`, `(@<list>)`, `<number>`, `<switch>`, `<word>`,
    `<any>`, or `A|B` for words; a comma inside the brackets marks an optional one.
    """
    header, _, rest = notation.partition(" ")
    return Form(re.compile(_header(header)), _parameters(rest), verb)


def _header(notation: str) -> str:
    return _TOKENS.sub(_token, notation)


def _token(match: re.Match[str]) -> str:
    text = match.group()
    if text in _MARKS:
        return _MARKS[text]
    short = "".join(letter for letter in text if not letter.islower())
    rest = text.upper().removeprefix(short)
    return f"{short}(?:{rest})?" if rest else short


def _parameters(notation: str) -> tuple[Parameter, ...]:
    parts = re.findall(r"\[[^\]]*\]|[^,\[\]]+", notation)
    return tuple(_parameter(part.strip()) for part in parts if part.strip())


def _parameter(text: str) -> Parameter:
    bare = text.strip("[],")
    pieces = re.split(r"(<\w+>)", bare)
    if "|" in bare:
        source = "(?P<word>{})".format("|".join(_TOKENS.sub(_token, each) for each in bare.split("|")))
    else:
        source = "".join(_HOLES.get(piece) or re.escape(piece.upper()) for piece in pieces)
    return Parameter(re.compile(source), text.startswith("["), "<number>" in bare or "<second>" in bare)


# ---------------------------------------------------------------- matching


def bind(forms: tuple[Form, ...], unit: Unit) -> tuple[str, Arguments]:
    """The thing a unit says, and with what. Raises `Misread` with the nearest error."""
    error = ScpiError.HEADER
    for candidate in forms:
        match = candidate.header.fullmatch(unit.header)
        if match is None:
            continue
        try:
            return candidate.verb, _arguments(candidate, match.groupdict().get("ch"), unit.arguments)
        except Misread as fault:
            error = fault.error
    raise Misread(error)


def _arguments(candidate: Form, digit: str | None, given: tuple[str, ...]) -> Arguments:
    taken = {} if digit is None else {"ch": digit}
    rest = list(given)
    for parameter in candidate.parameters:
        match = parameter.pattern.fullmatch(rest[0]) if rest else None
        if match is not None:
            taken.update(match.groupdict())
            del rest[0]
        elif not parameter.optional:
            raise Misread(_complaint(parameter, rest))
    if rest:
        raise Misread(ScpiError.NOT_ALLOWED)
    switch = taken.get("switch")
    return Arguments(
        channels=_channels(taken),
        number=taken.get("number"),
        second=taken.get("second"),
        switch=None if switch is None else _SWITCHES[switch],
        word=taken.get("word"),
    )


def _complaint(parameter: Parameter, rest: list[str]) -> ScpiError:
    if not rest or rest[0] == "":
        return ScpiError.MISSING
    return ScpiError.TYPE if parameter.numeric else ScpiError.ILLEGAL


def _channels(taken: dict[str, str]) -> tuple[str, ...] | None:
    if "list" in taken:
        return channel_list(taken["list"])
    return (taken["ch"],) if "ch" in taken else None


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
    value = float(match.group(1)) * _SCALES[match.group(2)]
    if not minimum - 1e-9 <= value <= maximum + 1e-9:
        raise Misread(ScpiError.RANGE)
    return value
