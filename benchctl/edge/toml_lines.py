"""A user's TOML file: its bytes, its values, and the line of every key.

Everything that can be wrong with a file before anyone asks what it means ends here, as a `FileFault`: missing,
unreadable, too big, not text, not TOML, a key given twice. There are no includes: a file is all there is.
"""

import hashlib
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchctl.core.errors import Complaint, FileFault
from benchctl.core.text import safe_text
from benchctl.edge.toml_walk import KeyPath, Walk

__all__ = ["MAX_BYTES", "KeyPath", "TomlFile", "dotted", "parse_toml", "read_toml"]

MAX_BYTES = 256 * 1024
"""No honest file comes near (safety specification 8.3)."""

_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_TRAPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"=\s*\d{1,4}[-./]\d{1,2}[-./]\d{1,4}"), "is no date of the calendar; would be one such as 2026-05-01"),
    (re.compile(r"=\s*[+-]?\d+,\d"), "has a decimal comma; would be a number with a point, such as 14.6"),
    (re.compile(r"=\s*(?:True|False|TRUE|FALSE|yes|no|on|off)\b"), "is no TOML value; would be true or false"),
    (re.compile(r"=\s*(?:None|null|nil)\b"), "is no TOML value; leave the key out if there is nothing to state"),
    (re.compile("[“”„‘’]"), 'has curly quotes; would be straight quotes: "text"'),
    (re.compile(r"=\s*[+-]?\.\d"), "begins with a point; would be a number such as 0.5"),
    (re.compile(r"=\s*[+-]?\d+\.(?!\d)"), "ends with a point; would be a number such as 5.0"),
    (re.compile(r"=\s*[+-]?0\d"), "begins with a superfluous zero; would be a number such as 5"),
    (re.compile(r"=\s*[+-]?[\d.]+\s*[A-Za-z%]"), "has a unit behind the number; would be the bare number"),
    (re.compile(r"=\s*(?:#.*)?$"), "has no value; give it one or leave the key out"),
    (re.compile(r"=\s*[A-Za-z_]"), 'is text without quotes; would be in quotes: "text"'),
    (re.compile(r"^\s*[A-Za-z_]\w*\s*:"), "has a colon; would be `key = value`"),
    (
        re.compile(r"^\s*[^\s=#\[\"'A-Za-z0-9_-]|^[^=#\"']*[^\x00-\x7f][^=]*="),
        "is no key; would be one of A-Z a-z 0-9 _ -",
    ),
    (re.compile(r"\\"), "has a backslash; would be doubled, or the text in single quotes"),
)


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A well-formed file: `table` as tomllib reads it, `sha256` (hex) of its bytes, `file` as the user named it."""

    file: str
    text: str
    sha256: str
    table: dict[str, object]
    lines: Mapping[KeyPath, int]

    def line(self, path: KeyPath) -> int:
        """The line of a key, counted from 1; of a key that is not there, that of the nearest table around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def complaint(self, path: KeyPath, sentence: str) -> Complaint:
        """What is wrong with a key, and what would be right, at its place."""
        return Complaint(self.file, self.line(path), dotted(path), safe_text(sentence, 400))


def read_toml(path: Path) -> TomlFile:
    """Read a file. Raises `FileFault` only."""
    file = safe_text(str(path))
    try:
        data = _bytes_of(path)
    except (OSError, ValueError) as error:
        raise FileFault.at(file, None, "", _cannot_read(error)) from error
    if data is None:
        raise FileFault.at(file, None, "", "is no file but a folder or device; would be a TOML file")
    return parse_toml(data, file)


def parse_toml(data: bytes, file: str) -> TomlFile:
    """Take bytes for a TOML file of that name. Raises `FileFault` only."""
    if len(data) > MAX_BYTES:
        raise FileFault.at(file, None, "", f"is bigger than {MAX_BYTES // 1024} KiB; no bench, bank or procedure is")
    text = _decoded(data, file)
    walk = Walk(text.replace("\r\n", "\n")).walk()
    if walk.too_deep_line is not None:
        raise FileFault.at(file, walk.too_deep_line, "", "is nested too deeply; would be tables and lists of tables")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FileFault(_syntax(str(error), walk, file)) from error
    except ValueError as error:
        line = _last_line(walk)
        raise FileFault.at(file, line, "", "has a number of thousands of digits; write a shorter one") from error
    return TomlFile(file, text, hashlib.sha256(data).hexdigest(), table, walk.lines)


def dotted(path: KeyPath) -> str:
    """A path as a complaint shows it; lists are counted from 1: `positions[2].supply`."""
    shown = ""
    for part in path:
        shown += f"[{part + 1}]" if isinstance(part, int) else f".{safe_text(part, 40)}"
    return shown.removeprefix(".")


def _bytes_of(path: Path) -> bytes | None:
    # non-blocking, so that a named pipe cannot hold the program up before its kind is known
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            return None
        return opened.read(MAX_BYTES + 1)


def _cannot_read(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "does not exist; check the name and the folder"
    if isinstance(error, IsADirectoryError):
        return "is a folder; would be a TOML file"
    if isinstance(error, PermissionError):
        return "may not be read by this user; change its permissions"
    return f"cannot be read: {safe_text(str(error))}"


def _decoded(data: bytes, file: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileFault.at(file, 1, "", "is UTF-16 text; save it as UTF-8")
    if data.startswith(b"\xef\xbb\xbf"):
        raise FileFault.at(file, 1, "", "begins with a byte order mark; save it as UTF-8 without one")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileFault.at(file, line, "", "is not UTF-8 text here; save the file as UTF-8") from error


def _syntax(message: str, walk: Walk, file: str) -> list[Complaint]:
    if walk.twice and re.match("Cannot|Duplicate", message):
        return [_double(each.path, each.first_line, each.line, walk, file) for each in walk.twice[:100]]
    found = _PLACE.search(message)
    line = int(found[1]) if found and found[1] else _last_line(walk)
    key = next((path for path in reversed(walk.lines) if walk.lines[path] == line), ())
    written = walk.text.split("\n")[line - 1]
    said = safe_text(_PLACE.sub("", message))
    hint = next((hint for trap, hint in _TRAPS if trap.search(written)), None)
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", written):
        hint = "has a control character; retype the line"
    elif said.startswith("Cannot"):
        hint = "is given before in another way; would be given once, or as [[name]] for each table of a list"
    elif re.search("character|Unterminated|Expected \"'", said):
        hint = hint or "is a text that does not end; would end with a quote, on its line"
    return [Complaint(file, line, dotted(key), hint or f"is not TOML: {said}; would be `key = value` or [table]")]


def _double(path: KeyPath, first_line: int, line: int, walk: Walk, file: str) -> Complaint:
    sentence = f"is given twice, first on line {first_line}; keep one"
    if walk.text.split("\n")[line - 1].lstrip().startswith("[") and len(path) == 1:
        sentence += f", or write [[{dotted(path)}]] for each table of a list"
    return Complaint(file, line, dotted(path), sentence)


def _last_line(walk: Walk) -> int:
    """Where the walk saw its last key: what is still open at the end of a text began there."""
    return max(walk.lines.values(), default=1)
