"""Files before anyone asks what they mean: every key has its line, everything else is a fault with one."""

import hashlib
import os
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, strategies as st

from benchctl.core.errors import FileFault
from benchctl.edge.toml_lines import MAX_BYTES, KeyPath, dotted, parse_toml, read_toml
from tests.nested import nested

Value: TypeAlias = "int | float | bool | str | list[Value] | dict[str, Value]"


def complaint(data: bytes) -> tuple[int | None, str, str]:
    with pytest.raises(FileFault) as caught:
        parse_toml(data, "f.toml")
    return caught.value.line, caught.value.key, caught.value.sentence


class Writer:
    """Writes random values as TOML and notes on which line it put each key."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.text = ""
        self.lines: dict[KeyPath, int] = {}

    def mark(self, path: KeyPath) -> None:
        self.lines[path] = self.text.count("\n") + 1

    def pad(self, choices: tuple[str, ...]) -> None:
        self.text += self.draw(st.sampled_from(choices))

    def between(self) -> None:
        self.pad(("", "", "\n", "  # [x]\n", "# a = 1\n\n", "\t"))

    def key(self, key: str) -> None:
        bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
        basic = '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'
        spellings = [basic] + ([key] if bare else []) + ([f"'{key}'"] if "'" not in key else [])
        self.text += self.draw(st.sampled_from(spellings))

    def document(self, table: dict[str, Value]) -> None:
        plain = {key: value for key, value in table.items() if not isinstance(value, dict) or self.draw(st.booleans())}
        self.assignments((), plain)
        for key in table.keys() - plain.keys():
            value = table[key]
            assert isinstance(value, dict)
            self.table((key,), value)

    def table(self, path: KeyPath, table: dict[str, Value]) -> None:
        self.between()
        self.mark(path)
        self.text += "["
        for place, part in enumerate(path):
            self.text += "." if place else ""
            self.pad(("", " "))
            self.key(str(part))
        self.text += self.draw(st.sampled_from(("]\n", " ] # c\n")))
        self.assignments(path, table)

    def assignments(self, path: KeyPath, table: dict[str, Value]) -> None:
        for key, value in table.items():
            self.between()
            self.assignment((*path, key), value)
            self.text += self.draw(st.sampled_from(("\n", " # = ] }\n")))

    def assignment(self, path: KeyPath, value: Value) -> None:
        self.mark(path)
        self.key(str(path[-1]))
        self.pad(("=", " = ", "\t= "))
        self.value(path, value)

    def value(self, path: KeyPath, value: Value) -> None:
        if isinstance(value, dict):
            self.inline(path, value)
        elif isinstance(value, list):
            self.array(path, value)
        elif isinstance(value, str):
            self.string(value)
        else:
            self.text += "true" if value is True else "false" if value is False else repr(value)

    def string(self, value: str) -> None:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        spellings = [f'"{escaped}"', f'"""\n{escaped}"""', f'"""\\\n  {escaped}"""']
        if "'" not in value:
            spellings += [f"'''\n{value}'''"] + ([f"'{value}'"] if "\n" not in value else [])
        self.text += self.draw(st.sampled_from(spellings)) if not value.startswith((" ", "\n")) else spellings[0]

    def array(self, path: KeyPath, values: list[Value]) -> None:
        self.text += "["
        for index, value in enumerate(values):
            self.pad(("", "\n", " ", " # ,]\n  "))
            self.mark((*path, index))
            self.value((*path, index), value)
            self.pad(("", "\n", " "))
            if index < len(values) - 1:
                self.text += ","
        self.pad(("", "\n") if not values else ("", ",", ",\n", "\n,  # last\n"))
        self.text += "]"

    def inline(self, path: KeyPath, table: dict[str, Value]) -> None:
        self.text += "{"
        for place, (key, value) in enumerate(table.items()):
            self.text += ", " if place else ""
            self.assignment((*path, key), value)
        self.text += "}"


KEYS = st.text("abcxyz_-019 .\"'#=[]é", min_size=1, max_size=6)
SCALARS = st.one_of(
    st.integers(-1000, 1000), st.floats(-1e6, 1e6), st.booleans(), st.text("ab \"'#=[]{},\\\né", max_size=8)
)
VALUES: st.SearchStrategy[Value] = nested(SCALARS, KEYS, width=3)


@st.composite
def written(draw: st.DrawFn) -> Writer:
    writer = Writer(draw)
    writer.document(draw(st.dictionaries(KEYS, VALUES, max_size=5)))
    return writer


@given(written())
def test_every_key_of_any_file_has_its_line(writer: Writer) -> None:
    toml = parse_toml(writer.text.encode(), "f.toml")
    assert toml.table == tomllib.loads(writer.text)
    assert {path: toml.line(path) for path in writer.lines} == writer.lines


@given(written())
def test_lines_are_the_same_with_the_line_ends_of_another_system(writer: Writer) -> None:
    toml = parse_toml(writer.text.replace("\n", "\r\n").encode(), "f.toml")
    assert {path: toml.line(path) for path in writer.lines} == writer.lines


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_tables_of_a_list_have_their_lines(sizes: list[int]) -> None:
    text = ""
    lines: dict[KeyPath, int] = {}
    for index, size in enumerate(sizes):
        lines["list", index] = text.count("\n") + 1
        text += "[[list]]\n" + "".join(f"k{n} = {n}\n" for n in range(size)) + "\n[list.sub]\nx = 1\n[[list.more]]\n"
        lines["list", index, "sub", "x"] = text.count("\n") - 1
        lines["list", index, "more", 0] = text.count("\n")
    toml = parse_toml(text.encode(), "f.toml")
    assert {path: toml.line(path) for path in lines} == lines


@given(st.binary(max_size=200))
def test_random_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(FileFault):
        parse_toml(data, "f.toml")


@given(st.text("ab=[]{}\"'.,#\n\r\t \\1-:T\x00é", max_size=60))
def test_random_signs_of_the_grammar_are_read_or_refused(text: str) -> None:
    try:
        toml = parse_toml(text.encode(), "f.toml")
    except FileFault:
        return
    for path in paths_of(toml.table):
        assert path in toml.lines


def paths_of(value: object, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Every path of keys that is really there."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in children:
        yield (*path, key)
        yield from paths_of(inner, (*path, key))


def test_a_missing_key_has_the_line_of_its_table() -> None:
    assert parse_toml(b"\n\n[a]\nb = 1\n", "f.toml").line(("a", "c", 3)) == 3


def test_the_literal_bytes_are_kept_and_hashed() -> None:
    toml = parse_toml(b"a = 1\r\n", "f.toml")
    assert toml.text == "a = 1\r\n"
    assert toml.sha256 == hashlib.sha256(b"a = 1\r\n").hexdigest()


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("a = 1\na = 2\n", 2, "a", "given twice, first on line 1"),
        ("[t]\nx = 1\n[u]\n[t]\n", 4, "t", "given twice, first on line 1"),
        ("[[l]]\nx = 1\n[[l]]\nx = 1\ny = 2\nx = 3\n", 6, "l[2].x", "given twice, first on line 4"),
        ("a = {b = 1, b = 2}\n", 1, "a.b", "given twice"),
        ("[positions]\nx = 1\n[positions]\n", 3, "positions", "[[positions]]"),
        ("[[l]]\n[l]\n", 2, "l", "[[name]]"),
        ("[c]\nv = 14,6\n", 2, "c.v", "decimal comma"),
        ("[c]\nv = True\n", 2, "c.v", "would be true or false"),
        ("[c]\nv = null\n", 2, "c.v", "leave the key out"),
        ("[c]\nv = bench-1\n", 2, "c.v", "without quotes"),
        ("[c]\nv = “x”\n", 2, "c.v", "curly quotes"),
        ("[c]\nv = 30 A\n", 2, "c.v", "unit behind the number"),
        ("[c]\nv = 05\n", 2, "c.v", "superfluous zero"),
        ("[c]\nv = .5\n", 2, "c.v", "begins with a point"),
        ("[c]\nv = 5.\n", 2, "c.v", "ends with a point"),
        ("[c]\nv = 2026-02-30\n", 2, "c.v", "no date of the calendar"),
        ("[c]\nv = 01.05.2026\n", 2, "c.v", "no date of the calendar"),
        ("[c]\nv =\n", 2, "c.v", "has no value"),
        ("[c]\nv: 4\n", 2, "", "has a colon"),
        ("[c]\nv = 'x\n", 2, "c.v", "a text that does not end"),
        ('[c]\nv = "C:\\dev"\n', 2, "c.v", "has a backslash"),
        ("[c]\nkäse = 1\n", 2, "", "is no key"),
        ("[c]\nv = [1,\n2\n", 3, "c.v[2]", "not TOML"),
        ('[c]\nv = "a\x00"\n', 2, "c.v", "control character"),
        ("a" + ".a" * 5000 + " = 1", 1, "", "nested too deeply"),
        ("a = " + "[" * 5000, 1, "", "nested too deeply"),
        ("a = " + "{a = " * 5000, 1, "", "nested too deeply"),
        ("\na = " + "9" * 5000, 2, "", "thousands of digits"),
    ],
)
def test_what_people_really_write_has_its_own_sentence(text: str, line: int, key: str, words: str) -> None:
    found = complaint(text.encode())
    assert found[:2] == (line, key)
    assert words in found[2]


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"\xef\xbb\xbfa = 1\n", 1, "byte order mark"),
        ("a = 1\n".encode("utf-16"), 1, "UTF-16"),
        ("a = 1\nb = 'Hütte'\n".encode("latin-1"), 2, "not UTF-8"),
        (b"#" * (MAX_BYTES + 1), None, "bigger than 256 KiB"),
    ],
)
def test_what_is_not_text_is_refused(data: bytes, line: int | None, words: str) -> None:
    found = complaint(data)
    assert found[0] == line
    assert words in found[2]


def test_every_double_key_is_named_at_once() -> None:
    with pytest.raises(FileFault) as caught:
        parse_toml(b"a = 1\nb = 1\na = 2\nb = 2\n", "f.toml")
    assert [(each.line, each.key) for each in caught.value.complaints] == [(3, "a"), (4, "b")]


def test_a_missing_file_is_a_fault_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(FileFault, match="does not exist"):
        read_toml(tmp_path / "none.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileFault, match="is a folder"):
        read_toml(tmp_path)


def test_a_named_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(FileFault, match="no file but"):
        read_toml(tmp_path / "pipe.toml")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "f.toml").touch(mode=0)
    with pytest.raises(FileFault, match="may not be read"):
        read_toml(tmp_path / "f.toml")


def test_a_name_that_no_file_can_have_is_a_fault() -> None:
    with pytest.raises(FileFault, match="cannot be read"):
        read_toml(Path("a\x00b"))


def test_hostile_names_are_shown_harmlessly() -> None:
    assert dotted(("a\x1b[2J", 0, "b\n")) == "a[2J[1].b "
    with pytest.raises(FileFault) as caught:
        read_toml(Path("no\x1b]52;c;x\x07.toml"))
    assert "\x1b" not in str(caught.value)
