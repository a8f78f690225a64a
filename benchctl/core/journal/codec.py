"""Kinds: the bodies of journal rows, orders and wishes as plain JSON, by the snake_case names of their classes.

How a value becomes JSON is in `core.plain`. Orders and wishes look alike as JSON and therefore carry their kind in a
tag. An unknown kind is an error: a journal written by another version is refused, not half understood.
"""

import re
from functools import cache
from typing import TypeVar, cast, get_args

from benchctl.core.journal.chain import Entry, Json, Row, canonical, parse
from benchctl.core.journal.plain import Hint, Undecodable, decoder_of, encoder_of, found
from benchctl.core.messages import Order
from benchctl.core.rows import Body, Intent

__all__ = [
    "Undecodable",
    "body_of",
    "decode",
    "decode_as",
    "decode_tagged",
    "encode",
    "encode_tagged",
    "entry",
    "kind_of",
]

T = TypeVar("T")


def kind_of_class(cls: type) -> str:
    """The snake_case name of a class: `SwitchOn` is `switch_on`."""
    return _snake_case(cls.__name__)


def kind_of(body: object) -> str:
    """The kind under which a body is journalled."""
    return kind_of_class(type(body))


def encode(value: object) -> dict[str, Json]:
    """A frozen value as a plain JSON object. A value of another type than its field declares is a bug and may raise."""
    if type(value) is Intent:
        return encode_tagged(value.order, "order")
    return cast("dict[str, Json]", encoder_of(type(value))(value))


def decode(kind: str, data: Json) -> Body:
    """The body of a row of that kind. Raises `Undecodable`."""
    cls = _classes(Body).get(kind)
    if cls is None:
        raise Undecodable(f"there is no kind of row called {kind!r}")
    if cls is Intent:
        return Intent(cast(Order, decode_tagged(Order, "order", data)))
    return cast(Body, decode_as(cls, data))


def decode_as(cls: type[T], data: Json) -> T:
    """A value of the dataclass `cls`. Raises `Undecodable`."""
    return cast(T, decoder_of(cls)(data))


def encode_tagged(value: object, tag: str) -> dict[str, Json]:
    """Like `encode`, with the value's kind under `tag`."""
    return {tag: kind_of(value), **encode(value)}


def decode_tagged(union: Hint, tag: str, data: Json) -> object:
    """A member of the union of dataclasses `union`, named by the object's `tag`. Raises `Undecodable`."""
    if not isinstance(data, dict):
        raise Undecodable(f"expected an object, found {found(data)}")
    kind = data.get(tag)
    cls = _classes(union).get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise Undecodable(f"expected one of {', '.join(_classes(union))}, found {found(kind)}", tag)
    return decoder_of(cls)({name: value for name, value in data.items() if name != tag})


def entry(body: Body, *, at_s: float, wall: str, actor: str) -> Entry:
    """A body as the journal takes it: its kind, its canonical text, when (boot seconds and wall text) and by whom."""
    return Entry(at_s, wall, actor, kind_of(body), canonical(encode(body)))


def body_of(row: Row) -> Body:
    """What a row holds. Raises `Undecodable`, or `Unparsable` if the text is not JSON."""
    try:
        return decode(row.kind, parse(row.body))
    except Undecodable as fault:
        raise fault.inside(f"row {row.seq} ({row.kind})") from None


@cache
def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@cache
def _classes(union: Hint) -> dict[str, type]:
    return {kind_of_class(cls): cls for cls in cast("tuple[type, ...]", get_args(union))}
