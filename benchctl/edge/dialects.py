"""The dialect files of `instruments/`: read when they are asked for, and turned into what the core speaks by.

A dialect is found by its name or by an instrument's answer to `*IDN?`. A file with anything wrong in it is no
dialect: every complaint names the file, the line and the key.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchctl.core.dialect.voice import Dialect, IdentityReply, Model, ReplyFault, decode
from benchctl.core.errors import FileFault
from benchctl.core.model import Identity
from benchctl.edge.dialect_builder import Builder
from benchctl.edge.dialect_tables import DialectTable, ExampleTable
from benchctl.edge.schema import Checklist
from benchctl.edge.shipped import shipped_folder
from benchctl.edge.toml_lines import read_toml


@dataclass(frozen=True, slots=True)
class DialectFile:
    """A dialect and the literal examples its file gives for it."""

    dialect: Dialect
    examples: tuple[ExampleTable, ...]


@dataclass(frozen=True, slots=True)
class Recognised:
    """An instrument known by its answer to `*IDN?`."""

    dialect: Dialect
    model: Model
    identity: Identity


def shipped_dialects() -> tuple[str, ...]:
    """The names of the dialects that come with the program, sorted."""
    return tuple(sorted(path.stem for path in shipped_folder("instruments").glob("*.toml")))


@cache
def load_dialect(name: str) -> Dialect:
    """A shipped dialect by its name. Raises FileFault, also when there is none of that name."""
    if name not in shipped_dialects():
        known = ", ".join(shipped_dialects())
        raise FileFault.at(f"{name}.toml", None, "", f"is no dialect that is known; known are {known}")
    return load_dialect_file(shipped_folder("instruments") / f"{name}.toml").dialect


def load_dialect_file(path: Path) -> DialectFile:
    """A dialect from a file. Raises FileFault with everything that is wrong with it."""
    toml = read_toml(path)
    checklist = Checklist(toml)
    table = checklist.checked(DialectTable, toml.table, ())
    checklist.finish()
    assert table is not None
    built = Builder(checklist, table).dialect()
    checklist.finish()
    return DialectFile(built, tuple(table.examples))


def recognise(answer: bytes) -> Recognised | None:
    """Whose answer to `*IDN?` this is; None when no shipped dialect knows the family or the model.

    `answer` is the whole reply, terminator included. Raises FileFault for a broken dialect file.
    """
    for name in shipped_dialects():
        dialect = load_dialect(name)
        identity = _identity(dialect, answer)
        if identity is not None and identity.model in dialect.models:
            return Recognised(dialect, dialect.models[identity.model], identity)
    return None


def _identity(dialect: Dialect, answer: bytes) -> Identity | None:
    reply = dialect.identify.reply
    assert isinstance(reply, IdentityReply)
    try:
        (found,) = decode(reply, answer)
    except ReplyFault:
        return None
    return found if isinstance(found, Identity) else None
