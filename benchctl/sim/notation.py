"""The notation of instrument manuals, and a command held against it.

`[:SOURce[<ch>]]:VOLTage[:LEVel] <number>[,(@<list>)]` matches long and short forms in any case, with and without its
optional nodes. No meaning in here: a form only names the thing that is said.
"""

import re
from dataclasses import dataclass
from functools import cache

from benchctl.sim.scpi import Misread, ScpiError, Unit, channel_list

MAX_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Parameter:
    """A place for an argument: what fits, as pattern and, for a word, its short form; one, or `all` that follow."""

    fits: tuple[tuple[re.Pattern[str], str | None], ...]
    optional: bool
    numeric: bool
    all: bool = False


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a message unit carries: channels as it names them, numbers as texts, a switch, a word, a text.

    `function` is the measuring function that its header names.
    """

    channels: tuple[str, ...] | None = None
    number: str | None = None
    second: str | None = None
    third: str | None = None
    switch: bool | None = None
    word: str | None = None
    text: str | None = None
    function: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """One way to say a thing: the header's pattern, the parameters, and the name of the thing."""

    header: re.Pattern[str]
    parameters: tuple[Parameter, ...]
    verb: str


_FUNCTIONS = {
    "VOLT:AC": "VOLTage:AC",
    "VOLT": "VOLTage[:DC]",
    "CURR:AC": "CURRent:AC",
    "CURR": "CURRent[:DC]",
    "RES": "RESistance",
    "FRES": "FRESistance",
    "FREQ": "FREQuency[:VOLTage]",
    "PER": "PERiod[:VOLTage]",
    "TEMP": "TEMPerature",
    "CONT": "CONTinuity",
    "DIOD": "DIODe",
    "CAP": "CAPacitance",
}
_TOKENS = re.compile(r"<\w+>|[\[\]?*]|[A-Za-z][A-Za-z0-9]*")
_MARKS = {"<ch>": r"(?P<ch>\d+)", "<n>": r"\d?", "[": "(?:", "]": ")?", "?": r"\?", "*": r"\*"}
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:E[+-]?\d+)?\s*[A-Z]{0,3}|MIN(?:IMUM)?|MAX(?:IMUM)?|DEF(?:AULT)?"
_HOLES = {
    "<ch>": r"(?P<ch>\w+)",
    "<list>": r"(?P<list>[\d:,\s]*)",
    "<number>": f"(?P<number>{_NUMBER})",
    "<second>": f"(?P<second>{_NUMBER})",
    "<third>": f"(?P<third>{_NUMBER})",
    "<switch>": "(?P<switch>ON|OFF|1|0)",
    "<word>": r"(?P<word>[\w.]+)",
    "<text>": r"(?P<text>[^(].*)",
    "<any>": r"[^(].*",
}
_REST = re.compile("(?P<text>.*)", re.DOTALL)
_SWITCHES = {"ON": True, "1": True, "OFF": False, "0": False}


# ---------------------------------------------------------------- the manual's notation


@cache
def form(notation: str, verb: str) -> Form:
    """A form from notation: `:OUTPut[:STATe] [CH<ch>,]<switch>`.

    In the header: `<ch>` the channel's digit, `<n>` a digit or none that means nothing, `<fn>` a measuring function.
    Parameters: `CH<ch>`, `(@<list>)`, `<number>`, `<switch>`, `<word>`, `<text>`, `<any>`, `<rest>` for all that
    follow, or `A|B` for words; brackets around it, with the comma, mark an optional one.
    """
    header, _, rest = notation.partition(" ")
    return Form(re.compile(_header(header)), _parameters(rest), verb)


def _header(notation: str) -> str:
    return _TOKENS.sub(_token, notation)


def _token(match: re.Match[str]) -> str:
    text = match.group()
    if text == "<fn>":
        return f"(?P<fn>{'|'.join(map(_header, _FUNCTIONS.values()))})"
    if text in _MARKS:
        return _MARKS[text]
    short = _short(text)
    rest = text.upper().removeprefix(short)
    return f"{short}(?:{rest})?" if rest else short


def _short(word: str) -> str:
    return "".join(letter for letter in word if not letter.islower())


_NAMED = tuple((name, re.compile(_header(notation))) for name, notation in _FUNCTIONS.items())


def function(text: str) -> str | None:
    """A measuring function by any of its names: `volt:dc`, `"VOLTAGE"`; None when it is none."""
    bare = text.strip("\"' ").upper()
    return next((name for name, pattern in _NAMED if pattern.fullmatch(bare)), None)


def _parameters(notation: str) -> tuple[Parameter, ...]:
    parts = re.findall(r"\[[^\]]*\]|[^,\[\]]+", notation)
    return tuple(_parameter(part.strip()) for part in parts if part.strip())


def _parameter(text: str) -> Parameter:
    bare = text.strip("[],")
    if bare == "<rest>":
        return Parameter(((_REST, None),), text.startswith("["), numeric=False, all=True)
    alternatives = bare.split("|")
    if len(alternatives) > 1:
        fits = tuple((re.compile(_TOKENS.sub(_token, each)), _short(each)) for each in alternatives)
        return Parameter(fits, text.startswith("["), numeric=False)
    pieces = re.split(r"(<\w+>)", bare)
    source = "".join(_HOLES.get(piece) or re.escape(piece.upper()) for piece in pieces)
    numeric = any(hole in bare for hole in ("<number>", "<second>", "<third>"))
    return Parameter(((re.compile(source, re.DOTALL), None),), text.startswith("["), numeric)


# ---------------------------------------------------------------- matching


class Forms:
    """All that an instrument understands, in the order to try it."""

    def __init__(self, forms: tuple[Form, ...]) -> None:
        self._forms = forms
        self._candidates: dict[str, list[tuple[Form, re.Match[str]]]] = {}

    def bind(self, unit: Unit) -> tuple[str, Arguments]:
        """The thing a unit says, and with what. Raises `Misread` with the nearest error."""
        error = ScpiError.HEADER
        for candidate, match in self._matching(unit.header):
            try:
                return candidate.verb, _arguments(candidate, match.groupdict(), unit.arguments)
            except Misread as fault:
                error = fault.error
        raise Misread(error)

    def _matching(self, header: str) -> list[tuple[Form, re.Match[str]]]:
        found = self._candidates.get(header)
        if found is None:
            if len(self._candidates) >= MAX_REMEMBERED:
                self._candidates.clear()
            matches = ((each, each.header.fullmatch(header)) for each in self._forms)
            found = [(each, match) for each, match in matches if match is not None]
            self._candidates[header] = found
        return found


def _arguments(candidate: Form, named: dict[str, str | None], given: tuple[str, ...]) -> Arguments:
    taken = {name: text for name, text in named.items() if text is not None}
    rest = list(given)
    for parameter in candidate.parameters:
        if parameter.all and rest:
            rest = [",".join(rest)]
        found = _fitting(parameter, rest[0]) if rest else None
        if found is not None:
            taken |= found
            del rest[0]
        elif not parameter.optional:
            raise Misread(_complaint(parameter, rest))
    if rest:
        raise Misread(ScpiError.NOT_ALLOWED)
    return _carried(taken)


def _fitting(parameter: Parameter, text: str) -> dict[str, str] | None:
    """What an argument says, by name; None when it does not fit. A quoted text keeps its case."""
    capitals = text if text[:1] in ("'", '"') else text.upper()
    for pattern, short in parameter.fits:
        match = pattern.fullmatch(capitals)
        if match is not None:
            return match.groupdict() if short is None else {"word": short}
    return None


def _carried(taken: dict[str, str]) -> Arguments:
    switch, named = taken.get("switch"), taken.get("fn")
    return Arguments(
        channels=_channels(taken),
        number=taken.get("number"),
        second=taken.get("second"),
        third=taken.get("third"),
        switch=None if switch is None else _SWITCHES[switch],
        word=taken.get("word"),
        text=taken.get("text"),
        function=None if named is None else function(named),
    )


def _complaint(parameter: Parameter, rest: list[str]) -> ScpiError:
    if not rest or rest[0] == "":
        return ScpiError.MISSING
    return ScpiError.TYPE if parameter.numeric else ScpiError.ILLEGAL


def _channels(taken: dict[str, str]) -> tuple[str, ...] | None:
    if "list" in taken:
        return channel_list(taken["list"])
    return (taken["ch"],) if "ch" in taken else None
