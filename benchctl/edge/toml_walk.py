"""Where each key of a TOML text stands: a walk over the text that knows keys and where values end, nothing more.

`tomllib` says what a file means and whether it is TOML; it does not say on which line. This walk adds the lines. It
trusts nothing: on text that is not TOML it stops, with what it has seen so far, and judges nothing but double keys.
"""

import re
import tomllib
from bisect import bisect_left
from contextlib import suppress
from dataclasses import dataclass, field

KeyPath = tuple[str | int, ...]
"""A path of keys from the root, list positions counted from 0: `("positions", 1, "supply")`."""

MAX_DEPTH = 24
"""Keys in a path; our deepest files have five."""

_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_KEY = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*+"
_STRING = re.compile(
    r'"""(?:\\.|[^"\\]|"{1,2}(?!"))*+"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*+'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*+"'
    r"|'[^'\n]*+'",
    re.DOTALL,
)
_HEADER = re.compile(rf"(\[\[?)[ \t]*({_KEY})[ \t]*\]\]?")
_ASSIGNMENT = re.compile(rf"({_KEY})[ \t]*=[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_SPACE = re.compile(r"[ \t]*+")
_SCALAR = re.compile(r"[^,\]}#\n]++")
_LINE_END = re.compile(r"[ \t]*+(?:#[^\n]*+)?(?:\r?\n|\Z)")


class _Lost(Exception):
    """The text is not TOML from here on."""


class _TooDeep(Exception):
    """Keys within keys without end: reading them costs time and memory by the square."""


@dataclass(frozen=True, slots=True)
class Twice:
    """A key that is given again, with the lines of both."""

    path: KeyPath
    first_line: int
    line: int


@dataclass(slots=True)
class Walk:
    """The lines of a text's keys (`lines`), counted from 1, the keys given `twice`, and where a path is too deep."""

    text: str
    lines: dict[KeyPath, int] = field(default_factory=dict)
    twice: list[Twice] = field(default_factory=list)
    too_deep_line: int | None = None
    _at: int = 0
    _breaks: list[int] = field(default_factory=list)
    _given: dict[KeyPath, int] = field(default_factory=dict)
    _counts: dict[KeyPath, int] = field(default_factory=dict)

    def walk(self) -> "Walk":
        """Go through the text as far as it can be followed."""
        self._breaks = [found.start() for found in re.finditer("\n", self.text)]
        # what was seen so far stands; tomllib says what is wrong
        with suppress(_Lost, tomllib.TOMLDecodeError):
            try:
                self._document()
            except _TooDeep:
                self.too_deep_line = self._line()
        return self

    def _document(self) -> None:
        table: KeyPath = ()
        self._take(_BLANK)
        while self._at < len(self.text):
            if self.text[self._at] == "[":
                table = self._header()
            else:
                self._assignment(table)
            self._take(_LINE_END)
            self._take(_BLANK)

    def _header(self) -> KeyPath:
        line = self._line()
        found = self._take(_HEADER)
        keys = _keys(found[2])
        if found[1] == "[[":
            return self._next_of_array(self._resolved(keys[:-1], line), keys[-1], line)
        parent = self._resolved(keys[:-1], line)
        self._give((*parent, keys[-1]), line)
        return (*parent, keys[-1])

    def _next_of_array(self, parent: KeyPath, key: str, line: int) -> KeyPath:
        array = (*parent, key)
        self.lines.setdefault(array, line)
        index = self._counts.get(array, 0)
        self._counts[array] = index + 1
        self._give((*array, index), line)
        return (*array, index)

    def _resolved(self, keys: tuple[str, ...], line: int) -> KeyPath:
        """The path that these keys of a header mean: in an array of tables, its latest table."""
        path: KeyPath = ()
        for key in keys:
            path = (*path, key)
            self.lines.setdefault(path, line)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return path

    def _assignment(self, table: KeyPath) -> None:
        line = self._line()
        path = table
        for key in _keys(self._take(_ASSIGNMENT)[1]):
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._give(path, line)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        if len(path) > MAX_DEPTH:
            raise _TooDeep
        opening = self.text[self._at : self._at + 1]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        elif opening in ('"', "'"):
            self._take(_STRING)
        else:
            self._take(_SCALAR)

    def _array(self, path: KeyPath) -> None:
        self._at += 1
        index = 0
        self._take(_BLANK)
        while not self._passed("]"):
            self._give((*path, index), self._line())
            self._value((*path, index))
            index += 1
            self._take(_BLANK)
            if not self._passed(","):
                self._expect("]")
                return
            self._take(_BLANK)

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        self._take(_SPACE)
        if self._passed("}"):
            return
        self._assignment(path)
        self._take(_SPACE)
        while self._passed(","):
            self._take(_SPACE)
            self._assignment(path)
            self._take(_SPACE)
        self._expect("}")

    def _give(self, path: KeyPath, line: int) -> None:
        if path in self._given:
            self.twice.append(Twice(path, self._given[path], line))
            return
        self._given[path] = self.lines[path] = line

    def _line(self) -> int:
        return bisect_left(self._breaks, self._at) + 1

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self.text, self._at)
        if found is None:
            raise _Lost
        self._at = found.end()
        return found

    def _passed(self, sign: str) -> bool:
        if self.text.startswith(sign, self._at):
            self._at += len(sign)
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._passed(sign):
            raise _Lost


def _keys(dotted: str) -> tuple[str, ...]:
    """The keys of a dotted key; quoted ones are read by tomllib itself."""
    if dotted.count(".") > MAX_DEPTH:
        raise _TooDeep
    if '"' not in dotted and "'" not in dotted:
        return tuple(part.strip() for part in dotted.split("."))
    keys: list[str] = []
    level: object = tomllib.loads(f"{dotted} = 0")
    while isinstance(level, dict):
        key, level = next(iter(level.items()))
        keys.append(str(key))
    return tuple(keys)
