"""Kinds: the bodies of journal rows, orders and wishes as plain JSON, by the snake_case names of their classes.

How a value becomes JSON is in `plain`. Orders and wishes look alike as JSON and therefore carry their kind in a tag, as
`kinds` does it. An unknown kind is an error: a journal written by another version is refused, not half understood.
"""

from typing import cast

from benchctl.core.journal.chain import Entry, Json, Row, canonical, parse
from benchctl.core.journal.kinds import classes_of, decode_as, decode_tagged, encode_as_is, encode_tagged, kind_of
from benchctl.core.journal.plain import Undecodable
from benchctl.core.messages import Order
from benchctl.core.rows import Body, Intent

__all__ = ["Undecodable", "body_of", "decode", "encode", "entry"]


def encode(value: object) -> dict[str, Json]:
    """A frozen value as a plain JSON object. A value of another type than its field declares is a bug and may raise."""
    return encode_tagged(value.order, "order") if type(value) is Intent else encode_as_is(value)


def decode(kind: str, data: Json) -> Body:
    """The body of a row of that kind. Raises `Undecodable`."""
    cls = classes_of(Body).get(kind)
    if cls is None:
        raise Undecodable(f"there is no kind of row called {kind!r}")
    if cls is Intent:
        return Intent(cast(Order, decode_tagged(Order, "order", data)))
    return cast(Body, decode_as(cls, data))


def entry(body: Body, *, at_s: float, wall: str, actor: str) -> Entry:
    """A body as the journal takes it: its kind, its canonical text, when (boot seconds and wall text) and by whom."""
    return Entry(at_s, wall, actor, kind_of(body), canonical(encode(body)))


def body_of(row: Row) -> Body:
    """What a row holds. Raises `Undecodable`, or `Unparsable` if the text is not JSON."""
    try:
        return decode(row.kind, parse(row.body))
    except Undecodable as fault:
        raise fault.inside(f"row {row.seq} ({row.kind})") from None
