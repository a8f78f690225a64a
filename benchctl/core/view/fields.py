"""A journal row's body, asked by name. What is absent, or of another type than asked for, is None: never zero.

Every text that leaves here is safe to print: no control characters, no reordering of the reader's line (`core.text`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from benchctl.core.text import safe_text

TEXT_LIMIT = 400
"""The longest text shown, in characters."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The plain JSON object of a row or of a part of it."""

    body: Mapping[str, object]

    def text(self, name: str) -> str | None:
        """The text called `name`, safe to print; None if there is none or it is empty."""
        return _text(self.body.get(name))

    def number(self, name: str) -> float | None:
        """The finite number called `name`; a truth value is no number."""
        return _number(self.body.get(name))

    def whole(self, name: str) -> int | None:
        """The whole number called `name`."""
        value = self.body.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def truth(self, name: str) -> bool | None:
        """The truth value called `name`."""
        value = self.body.get(name)
        return value if isinstance(value, bool) else None

    def part(self, name: str) -> "Fields":
        """The object called `name`; an empty one if there is none."""
        value = self.body.get(name)
        return Fields(value) if isinstance(value, Mapping) else Fields({})

    def parts(self, name: str) -> tuple["Fields", ...]:
        """The objects in the list called `name`."""
        return tuple(Fields(item) for item in self._list(name) if isinstance(item, Mapping))

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts in the list called `name`, safe to print."""
        return tuple(text for text in map(_text, self._list(name)) if text is not None)

    def pairs(self, name: str) -> tuple[tuple[str, "Fields"], ...]:
        """The list called `name` of (text, object) pairs, as a tuple of pairs is written in JSON."""
        return tuple((key, Fields(item)) for key, item in self._pairs(name) if isinstance(item, Mapping))

    def numbers(self, name: str) -> tuple[tuple[str, float], ...]:
        """The list called `name` of (text, number) pairs."""
        found = ((key, _number(item)) for key, item in self._pairs(name))
        return tuple((key, number) for key, number in found if number is not None)

    def value(self, name: str) -> float | None:
        """The value of the measurement called `name`; None where it is an absence."""
        return self.part(name).number("value")

    def _list(self, name: str) -> list[object]:
        value = self.body.get(name)
        return value if isinstance(value, list) else []

    def _pairs(self, name: str) -> list[tuple[str, object]]:
        rows = [item for item in self._list(name) if isinstance(item, list) and len(item) == 2]
        return [(key, item[1]) for item in rows if (key := _text(item[0])) is not None]


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    honest = value.isascii() and value.isprintable() and len(value) <= TEXT_LIMIT  # nearly all of a night's rows
    return (value if honest else safe_text(value, TEXT_LIMIT)) or None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e300 else None  # neither infinite nor not a number, nor an endless whole one
