"""Shapes of files: pydantic tables, and a checklist that gathers everything that is wrong before it complains once.

pydantic finds the faults; the words are ours. Each complaint says what is written, and ends with what would be
right: the `description` of the field. Nothing is converted: "14.6" in quotes is a text, `true` is not 1.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Annotated, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from benchctl.core.errors import Complaint, FileFault
from benchctl.core.text import is_plain, safe_text
from benchctl.edge.toml_lines import KeyPath, TomlFile

M = TypeVar("M", bound=BaseModel)

NAME_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,32}", re.ASCII)
"""What names instruments, positions, batteries and groups, and may appear in prompts, file names and commands."""

_COMPLAINTS_MAX = 100
_FREE_TEXT_MAX = 64
_LONG_TEXT_MAX = 4096
_SAID_PLAINLY = "said_plainly"  # pydantic error type of a sentence that is already ours
_TYPES = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a table"}


class Table(BaseModel):
    """A table of a file: strict types, no unknown keys, no infinite numbers."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


def fault(sentence: str) -> PydanticCustomError:
    """What a validator of a field raises: what is wrong, to be followed by what would be right."""
    return PydanticCustomError(_SAID_PLAINLY, "{sentence}", {"sentence": sentence})


def _name(value: str) -> str:
    if not NAME_PATTERN.fullmatch(value):
        raise fault(f"is {shown(value)}, which is no name")
    return value


def _plain_text(value: str) -> str:
    if not value.strip():
        raise fault("is empty")
    if len(value) <= _LONG_TEXT_MAX and not is_plain(value):
        raise fault(f"is {shown(value)} with hidden characters or spaces around it")
    return value


def _day(value: date) -> date:
    if not 2000 <= value.year <= 2100:
        raise fault(f"is {value.isoformat()}, which no battery or calibration of today can have")
    return value


NAME_RIGHT = "1 to 32 of the characters A-Z a-z 0-9 . _ -, such as"
Name = Annotated[str, AfterValidator(_name), Field(description=f'{NAME_RIGHT} "P1"')]
PlainText = Annotated[str, AfterValidator(_plain_text)]
FreeText = Annotated[
    str,
    Field(max_length=_FREE_TEXT_MAX, description=f"1 to {_FREE_TEXT_MAX} visible characters"),
    AfterValidator(_plain_text),
]
Day = Annotated[date, AfterValidator(_day), Field(description="a date such as 2026-05-01, without quotes")]


class Checklist:
    """Everything that is wrong with one file. Tables that do not fit are None, so that checks go on with the rest."""

    def __init__(self, toml: TomlFile) -> None:
        self.toml = toml
        self._complaints: list[Complaint] = []
        self._unsound: set[KeyPath] = set()

    def complain(self, path: KeyPath, sentence: str) -> None:
        """Note what is wrong with a key and what would be right."""
        self._unsound.add(path)
        self._complaints.append(self.toml.complaint(path, sentence))

    def finish(self) -> None:
        """Raise `FileFault` with everything noted so far, if there is anything."""
        if not self._complaints:
            return
        first = sorted(self._complaints, key=lambda each: each.line or 0)[:_COMPLAINTS_MAX]
        more = len(self._complaints) - len(first)
        if more:
            first.append(Complaint(self.toml.file, first[-1].line, "", f"and {more} more; is this the right file?"))
        raise FileFault(first)

    def model(self, model: type[M], path: KeyPath = ()) -> M | None:
        """The table at a path, or None after complaining."""
        value = self._at(path)
        if not isinstance(value, dict):
            missing = value is None
            self.complain(path, f"{'is missing' if missing else _what(value)}; would be a table [{path[-1]}]")
            return None
        return self.checked(model, value, path)

    def checked(self, model: type[M], value: object, path: KeyPath) -> M | None:
        """A value that stands at a path (or is completed from elsewhere), or None after complaining."""
        try:
            return model.model_validate(value)
        except ValidationError as error:
            for each in error.errors(include_url=False):
                self._unsound.add((*path, *each["loc"][:1]))
                self._complaints.append(self._complaint(model, each, path))
            return None

    def models(self, model: type[M], path: KeyPath) -> list[tuple[KeyPath, M]]:
        """The fitting tables of a list `[[...]]` that must not be empty, each with its path."""
        value = self._at(path)
        if not isinstance(value, list) or not value:
            self.complain(path, f"{_what(value)}; would be tables [[{path[-1]}]]")
            return []
        found = ((each := (*path, index), self.model(model, each)) for index in range(len(value)))
        return [(each, table) for each, table in found if table is not None]

    def sound(self, path: KeyPath) -> dict[str, object]:
        """The keys of the table at a path that nothing was complained about; what they say can be compared."""
        value = self._at(path)
        keys = value.items() if isinstance(value, dict) else ()
        return {str(key): inner for key, inner in keys if (*path, key) not in self._unsound}

    def sound_texts(self, path: KeyPath) -> list[tuple[KeyPath, dict[str, str]]]:
        """The sound texts of every table of a list, or of a table of tables, each with its path."""
        value = self._at(path)
        parts = range(len(value)) if isinstance(value, list) else value if isinstance(value, dict) else ()
        return [
            ((*path, part), {key: text for key, text in self.sound((*path, part)).items() if isinstance(text, str)})
            for part in parts
        ]

    def known_tables(self, names: Iterable[str]) -> None:
        """Complain about tables of the file that are none of these."""
        for key in self.toml.table.keys() - set(names):
            self.complain((key,), unknown_key(key, names))

    def _at(self, path: KeyPath) -> object:
        value: object = self.toml.table
        for part in path:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int):
                value = value[part]
        return value

    def _complaint(self, model: type[BaseModel], error: ErrorDetails, path: KeyPath) -> Complaint:
        within = tuple(error["loc"])
        key = str(within[-1]) if within else ""
        if error["type"] == "extra_forbidden":
            sentence = unknown_key(key, _fields(model, within[:-1]))
        else:
            sentence = f"{_wrong(error)}; {_right(model, within)}"
        return self.toml.complaint((*path, *within), sentence)


def shown(value: object) -> str:
    """A value as a complaint shows it: harmless and short."""
    if isinstance(value, str):
        return f'"{safe_text(value, 40)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | date):
        return safe_text(_digits(value), 40)
    return _TYPES.get(type(value), "something else")


def unknown_key(key: str, known: Iterable[str]) -> str:
    """The sentence about a key that nobody knows, with the nearest one that is known."""
    return f"is not known; {nearest(key, known)}"


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean "amp_hours"?`, else the words there are."""
    words = {each.lower(): each for each in known}
    close = get_close_matches(word[:64].lower(), words, 1, 0.6)
    if close:
        return f'did you mean "{words[close[0]]}"?'
    return f"known are {', '.join(words.values())}" if words else "there are none here"


def _digits(value: date | float) -> str:
    # numbers of thousands of digits cannot be written out in decimal
    return str(value) if not isinstance(value, int) or abs(value) < 10**30 else "a huge number"


def _what(value: object) -> str:
    if value is None:
        return "is missing"
    if isinstance(value, list | dict):
        return "is empty" if not value else f"is {_TYPES[type(value)]}"
    return f"is {shown(value)}"


def _wrong(error: ErrorDetails) -> str:
    kind, value = error["type"], error["input"]
    if kind == "missing":
        return "is missing"
    if kind == _SAID_PLAINLY:
        return error["msg"]
    if kind in ("string_too_long", "too_long") and isinstance(value, str):
        return f"is {len(value)} characters long"
    if kind in ("greater_than", "greater_than_equal"):
        return f"is {shown(value)}, too small"
    if kind in ("less_than", "less_than_equal"):
        return f"is {shown(value)}, too large"
    if isinstance(value, str) and kind not in ("enum", "literal_error"):
        return _wrong_text(kind, value)
    if isinstance(value, datetime) and kind.startswith("date"):
        return "is a date with a time"
    return _what(value)


def _wrong_text(kind: str, value: str) -> str:
    number = re.fullmatch(r"\s*([+-]?\d+)(?:[.,](\d+))?\s*", value, re.ASCII)
    if kind.startswith(("float", "int")) and number:
        plain = f"{number[1]}.{number[2]}" if number[2] else number[1]
        comma = "with a decimal comma " if "," in value else ""
        return f"is the text {shown(value)} {comma}in quotes: write {safe_text(plain, 20)}"
    if kind.startswith("date") and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        return f"is the text {shown(value)} in quotes: write {value}"
    return f"is the text {shown(value)}"


def _right(model: type[BaseModel], within: KeyPath) -> str:
    while within and isinstance(within[-1], int):
        within = within[:-1]
    if not within:
        return "would be a table"
    described = _fields(model, within[:-1]).get(str(within[-1]))
    return f"would be {described}" if described else "see the documentation of this file"


def _fields(model: type[BaseModel], within: KeyPath) -> Mapping[str, str]:
    """The keys of a (nested) table, each with what would be right."""
    for part in within:
        if part not in model.model_fields:
            continue  # a place in a list, or a name in a table of tables
        nested = _table_in(model.model_fields[str(part)].annotation)
        if nested is None:
            return {}
        model = nested
    return {field.alias or name: _described(field) for name, field in model.model_fields.items()}


def _described(field: FieldInfo) -> str:
    """What would be right: the description of the field, or of the type that it may hold beside nothing."""
    held = (each for part in get_args(field.annotation) for each in getattr(part, "__metadata__", ()))
    own = (each.description for each in held if isinstance(each, FieldInfo))
    return field.description or next((each for each in own if each), "")


def _table_in(annotation: object) -> type[BaseModel] | None:
    """The table type inside `X`, `X | None`, `list[X]`, `dict[str, X]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_table_in(each) for each in getattr(annotation, "__args__", ()))
    return next((each for each in inner if each is not None), None)
