"""Frozen values <-> plain JSON, by the fields and type hints of their dataclasses; nothing is written by hand.

A dataclass is an object with exactly its fields, a StrEnum its value, a tuple a list, a Mapping an object. A union is
told apart by what its members look like in JSON: null, truth value, number, text, list, or the exact set of fields
(`Reading` has `value`, `Absence` has `reason`). A union that this does not tell apart is a bug and raises TypeError.
Reading is strict: an unknown or missing field or a value of another type is an error, never a guess.
Coders are built once for each class, on first use.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from math import isfinite
from operator import attrgetter
from types import NoneType, UnionType
from typing import TypeAlias, Union, cast, get_args, get_origin, get_type_hints

from benchctl.core.errors import BenchctlError
from benchctl.core.journal.chain import Json

Hint: TypeAlias = object
"""A type hint: a class, a union or a generic alias; these have no type in common."""

Encoder: TypeAlias = Callable[[object], Json]
Decoder: TypeAlias = Callable[[Json], object]

_encoders: dict[Hint, Encoder] = {}
_decoders: dict[Hint, Decoder] = {}

_PLAIN = (str, bool, int, NoneType)
_SHAPES: dict[type, type] = {str: str, bool: bool, int: int, float: float, NoneType: NoneType}
_NAMES = {str: "a text", bool: "true or false", int: "a whole number", NoneType: "null"}


class Undecodable(BenchctlError):
    """JSON does not say what its kind requires. `str()` names the place and what was expected there."""

    def __init__(self, sentence: str, place: str = "") -> None:
        super().__init__(f"{place}: {sentence}" if place else sentence)
        self.sentence, self.place = sentence, place

    def inside(self, outer: str | int) -> "Undecodable":
        """The same fault, seen from one level further out."""
        step = f"[{outer}]" if isinstance(outer, int) else str(outer)
        joint = "." if self.place and not self.place.startswith("[") else ""
        return Undecodable(self.sentence, f"{step}{joint}{self.place}")


# ---------------------------------------------------------------- writing


def encoder_of(hint: Hint) -> Encoder:
    """What writes values of that type. TypeError for a type without a form in JSON."""
    if hint not in _encoders:
        _encoders[hint] = _build_encoder(hint)
    return _encoders[hint]


def _build_encoder(hint: Hint) -> Encoder:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _encode_union(args)
    if origin is tuple:
        return _encode_tuple(args)
    if origin is Mapping:
        return _encode_mapping(encoder_of(args[1]))
    if hint is float:
        return _encode_float
    if hint in _PLAIN:
        return _encode_plain
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _encode_enum
    return _encode_fields(_dataclass(hint))


def _encode_plain(value: object) -> Json:
    return cast(Json, value)


# The checker lets a whole number pass for a float; the text of the row must not depend on that.
def _encode_float(value: object) -> Json:
    return float(cast(float, value))


def _encode_enum(value: object) -> Json:
    return cast(StrEnum, value).value


def _encode_fields(cls: type) -> Encoder:
    hints = _hints(cls)
    names = tuple(hints)
    values = _getter(names)
    converted = tuple((name, encoder_of(hint)) for name, hint in hints.items() if hint not in _PLAIN)

    def encode_fields(value: object) -> Json:
        data = dict(zip(names, values(value), strict=True))
        for name, encoder in converted:
            data[name] = encoder(data[name])
        return data

    return encode_fields


# `attrgetter` fetches all fields in one call, but gives a bare value for one field and refuses none.
def _getter(names: tuple[str, ...]) -> Callable[[object], tuple[Json, ...]]:
    if len(names) > 1:
        return cast("Callable[[object], tuple[Json, ...]]", attrgetter(*names))
    return lambda value: tuple(getattr(value, name) for name in names)


def _encode_union(args: tuple[Hint, ...]) -> Encoder:
    by_type = {cast(type, arg): encoder_of(arg) for arg in args}
    if float in by_type:
        by_type.setdefault(int, _encode_float)
    return lambda value: by_type[type(value)](value)


def _encode_tuple(args: tuple[Hint, ...]) -> Encoder:
    if len(args) == 2 and args[1] is Ellipsis:
        item = encoder_of(args[0])
        return lambda value: [item(each) for each in cast("tuple[object, ...]", value)]
    items = tuple(encoder_of(arg) for arg in args)
    return lambda value: [one(each) for one, each in zip(items, cast("tuple[object, ...]", value), strict=True)]


def _encode_mapping(item: Encoder) -> Encoder:
    return lambda value: {key: item(each) for key, each in cast("Mapping[str, object]", value).items()}


# ---------------------------------------------------------------- reading


def decoder_of(hint: Hint) -> Decoder:
    """What reads values of that type; it raises `Undecodable`. TypeError for a type without a form in JSON."""
    if hint not in _decoders:
        _decoders[hint] = _build_decoder(hint)
    return _decoders[hint]


def _build_decoder(hint: Hint) -> Decoder:
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _decode_union(args)
    if origin is tuple:
        return _decode_tuple(args)
    if origin is Mapping:
        return _decode_mapping(decoder_of(args[1]))
    if hint is float:
        return _decode_float
    if hint in _PLAIN:
        return _decode_plain(cast(type, hint))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _decode_enum(hint)
    return _decode_fields(_dataclass(hint))


def _decode_plain(cls: type) -> Decoder:
    def decode_plain(data: Json) -> object:
        if type(data) is not cls:  # not isinstance: True is an int to it
            raise Undecodable(f"expected {_NAMES[cls]}, found {found(data)}")
        return data

    return decode_plain


def _decode_float(data: Json) -> object:
    if type(data) is not float and type(data) is not int:
        raise Undecodable(f"expected a number, found {found(data)}")
    try:
        value = float(data)
    except OverflowError:
        value = float("inf")
    if not isfinite(value):
        raise Undecodable("expected a finite number")
    return value


def _decode_enum(cls: type[StrEnum]) -> Decoder:
    members: dict[Json, StrEnum] = {member.value: member for member in cls}

    def decode_enum(data: Json) -> object:
        if type(data) is not str or data not in members:
            raise Undecodable(f"expected one of {', '.join(cls)}, found {found(data)}")
        return members[data]

    return decode_enum


def _decode_fields(cls: type) -> Decoder:
    coders = {name: decoder_of(hint) for name, hint in _hints(cls).items()}
    needed = {field.name for field in fields(_dataclass(cls)) if field.default is MISSING}

    def decode_fields(data: Json) -> object:
        if not isinstance(data, dict):
            raise Undecodable(f"expected an object, found {found(data)}")
        if not needed <= data.keys() <= coders.keys():
            raise _misfit(data, {name: coder for name, coder in coders.items() if name in needed or name in data})
        return cls(**{name: _within(name, coders[name], value) for name, value in data.items()})

    return decode_fields


def _misfit(data: Mapping[str, Json], coders: Mapping[str, Decoder]) -> Undecodable:
    odd = sorted(data.keys() ^ coders.keys())[0]
    return Undecodable("this field is missing" if odd in coders else "there is no such field", _brief(odd))


def _decode_union(args: tuple[Hint, ...]) -> Decoder:
    by_shape: dict[type, Decoder] = {}
    by_fields: dict[frozenset[str], Decoder] = {}
    for arg in args:
        table: dict[object, Decoder]
        key: object
        if is_dataclass(arg):
            table, key = cast("dict[object, Decoder]", by_fields), frozenset(_hints(cast(type, arg)))
        else:
            table, key = cast("dict[object, Decoder]", by_shape), _shape(arg)
        if key in table:
            raise TypeError(f"the members of {args} cannot be told apart in JSON")
        table[key] = decoder_of(arg)
    if float in by_shape:
        by_shape.setdefault(int, _decode_float)

    def decode_union(data: Json) -> object:
        coder = by_fields.get(frozenset(data)) if isinstance(data, dict) else by_shape.get(type(data))
        if coder is None:
            raise Undecodable(f"found {found(data)}, which fits nothing that may stand here")
        return coder(data)

    return decode_union


def _shape(hint: Hint) -> type:
    if get_origin(hint) is tuple:
        return list
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return str
    return _SHAPES[cast(type, hint)]


def _decode_tuple(args: tuple[Hint, ...]) -> Decoder:
    if len(args) == 2 and args[1] is Ellipsis:
        item = decoder_of(args[0])
        return lambda data: tuple(_within(at, item, each) for at, each in enumerate(_list(data)))
    items = tuple(decoder_of(arg) for arg in args)

    def decode_tuple(data: Json) -> object:
        if len(_list(data)) != len(items):
            raise Undecodable(f"expected a list of {len(items)}")
        return tuple(_within(at, items[at], each) for at, each in enumerate(_list(data)))

    return decode_tuple


def _decode_mapping(item: Decoder) -> Decoder:
    def decode_mapping(data: Json) -> object:
        if not isinstance(data, dict):
            raise Undecodable(f"expected an object, found {found(data)}")
        return {key: _within(_brief(key), item, each) for key, each in data.items()}

    return decode_mapping


# ---------------------------------------------------------------- small parts


def _within(place: str | int, coder: Decoder, data: Json) -> object:
    try:
        return coder(data)
    except Undecodable as fault:
        raise fault.inside(place) from None


def _list(data: Json) -> list[Json]:
    if not isinstance(data, list):
        raise Undecodable(f"expected a list, found {found(data)}")
    return data


def found(data: Json) -> str:
    """A value as a complaint shows it: ASCII, cut short."""
    return _brief(ascii(data))


def _brief(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


def _hints(cls: type) -> dict[str, Hint]:
    hints: dict[str, Hint] = get_type_hints(cls)
    return {field.name: hints[field.name] for field in fields(cls)}


def _dataclass(hint: Hint) -> type:
    if not (isinstance(hint, type) and is_dataclass(hint)):
        raise TypeError(f"{hint} has no form in JSON")
    return hint
