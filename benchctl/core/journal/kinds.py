"""Values as plain JSON under their kind, the snake_case name of their class, in a tag; for what a file holds by itself.

Knows no message: whoever only leaves a wish or looks who holds a home loads none of them.
"""

import re
from functools import cache
from typing import TypeVar, cast, get_args

from benchctl.core.journal.chain import Json
from benchctl.core.journal.plain import Hint, Undecodable, decoder_of, encoder_of, found

T = TypeVar("T")


def kind_of_class(cls: type) -> str:
    """The snake_case name of a class: `SwitchOn` is `switch_on`."""
    return _snake_case(cls.__name__)


def kind_of(body: object) -> str:
    """The kind under which a body is journalled."""
    return kind_of_class(type(body))


def encode_as_is(value: object) -> dict[str, Json]:
    """A frozen value as an object of its fields. A value of another type than its field declares may raise."""
    return cast("dict[str, Json]", encoder_of(type(value))(value))


def decode_as(cls: type[T], data: Json) -> T:
    """A value of the dataclass `cls`. Raises `Undecodable`."""
    return cast(T, decoder_of(cls)(data))


def encode_tagged(value: object, tag: str) -> dict[str, Json]:
    """Like `encode_as_is`, with the value's kind under `tag`."""
    return {tag: kind_of(value), **encode_as_is(value)}


def decode_tagged(union: Hint, tag: str, data: Json) -> object:
    """A member of the union of dataclasses `union`, named by the object's `tag`. Raises `Undecodable`."""
    if not isinstance(data, dict):
        raise Undecodable(f"expected an object, found {found(data)}")
    kind, known = data.get(tag), classes_of(union)
    cls = known.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise Undecodable(f"expected one of {', '.join(known)}, found {found(kind)}", tag)
    return decoder_of(cls)({name: value for name, value in data.items() if name != tag})


@cache
def classes_of(union: Hint) -> dict[str, type]:
    """The dataclasses of a union by their kinds."""
    return {kind_of_class(cls): cls for cls in cast("tuple[type, ...]", get_args(union))}


@cache
def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
