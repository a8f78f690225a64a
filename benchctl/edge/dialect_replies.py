"""From the tables of a dialect file to what may be answered: framing, shape, fields, and which field is meant.

What does not fit together is complained of, once, and reading goes on.
"""

import math
import re
from collections.abc import Sequence

from benchctl.core.dialect.framing import FixedCount, Framing, Line, Silence
from benchctl.core.dialect.grammar import (
    Base,
    BitsField,
    Field,
    Meaning,
    NumberField,
    Reply,
    Text,
    TextField,
    WordField,
)
from benchctl.core.dialect.repertoire import Operation
from benchctl.core.dialect.template import Template
from benchctl.core.model import Regulation
from benchctl.edge.dialect_speech import BitsTable, FramingTable, QueryTable, enum_of
from benchctl.edge.schema import Checklist
from benchctl.edge.toml_lines import KeyPath

_OF_CHANNEL = "{channel}"


class Replies:
    """Turns the answer side of a file's questions into replies. `ends` are the family's line ends."""

    def __init__(self, checklist: Checklist, ends: Sequence[str]) -> None:
        self._check = checklist
        self._ends = ends
        self._said: set[tuple[KeyPath, str]] = set()

    def complain(self, path: KeyPath, sentence: str) -> None:
        """Complain once, however many models share the table."""
        if (path, sentence) not in self._said:
            self._said.add((path, sentence))
            self._check.complain(path, sentence)

    def answers(self, made: QueryTable, fields: list[str], path: KeyPath) -> dict[Operation, int]:
        """Which field answers which operation, whatever the channel."""
        found: dict[Operation, int] = {}
        for operation, field in made.answers.items():
            if field in fields:
                found[operation] = fields.index(field)
            elif not field.endswith(_OF_CHANNEL):
                self.complain((*path, "answers", operation), f"would be a part of the answer: {', '.join(fields)}")
        return found

    def apart(
        self, made: QueryTable, fields: list[str], channels: Sequence[int], path: KeyPath
    ) -> dict[Operation, dict[int, int]]:
        """Where one answer tells of several channels: the field of each channel of the model."""
        apart: dict[Operation, dict[int, int]] = {}
        for operation, field in made.answers.items():
            if field.endswith(_OF_CHANNEL):
                names = {number: field.replace(_OF_CHANNEL, str(number)) for number in channels}
                apart[operation] = {number: fields.index(name) for number, name in names.items() if name in fields}
                if len(apart[operation]) != len(names):
                    right = f"would be a part of the answer for each channel: {', '.join(names.values())}"
                    self.complain((*path, "answers", operation), right)
        return apart

    def reply(self, made: QueryTable, answer: Template, parts: list[str], path: KeyPath) -> Reply:
        """How an answer is read. `parts` are the names of its holes."""
        echoes = len(answer.holes()) != len(parts)
        if echoes and (made.pattern or made.each):
            self.complain((*path, "answer"), "has a hole {channel}; would have no pattern and no `each` then")
        plain = answer.echoing("1") if echoes else answer
        shape = self.pattern(made.pattern, (*path, "pattern")) if made.pattern else plain.pattern(made.each or "")
        if shape.groups != len(parts):
            self.complain((*path, "pattern"), f"has {shape.groups} groups; would have {len(parts)}, one a part")
        for key in ("words", "scale", "overload"):
            for part in getattr(made, key):
                if part not in parts:
                    where = (*path, key, part)
                    self.complain(where, f"is no part of the answer; would be one of {', '.join(parts)}")
        numbers = {hole.name for hole in answer.parts() if hole.spec}
        fields = [self._field(made, part, part in numbers, path) for part in parts]
        bits = self._status(made, parts, path)
        groups = (*range(1, len(parts) + 1), *(1 for _ in bits))
        return Reply(self.framing(made.framing, (*path, "framing")), shape, (*fields, *bits), groups)

    def _field(self, made: QueryTable, part: str, is_number: bool, path: KeyPath) -> Field:
        words = made.words.get(part)
        if words is not None:
            place = (*path, "words", part)
            return WordField({word.encode("latin-1"): self._meaning(each, place) for word, each in words.items()})
        if is_number:
            return NumberField(made.scale.get(part, 1.0), made.overload.get(part, math.inf))
        return TextField(raw=made.base is not None)

    def _status(self, made: QueryTable, parts: list[str], path: KeyPath) -> list[BitsField]:
        if made.base is None:
            if made.bits or made.flags:
                self.complain((*path, "base"), f"is missing; would be {enum_of(Base)}")
            return []
        if len(parts) != 1 or not (made.bits or made.flags):
            self.complain((*path, "base"), "would stand where the answer is one integer, with bits or flags")
        bits = [self._bits(made.base, each, (*path, "bits", name)) for name, each in made.bits.items()]
        return bits + [BitsField(made.base, mask, {0: False, mask: True}) for mask in made.flags.values()]

    def _bits(self, base: Base, made: BitsTable, path: KeyPath) -> BitsField:
        values: dict[int, Meaning] = {}
        for text, each in made.values.items():
            if re.fullmatch(r"0x[0-9A-Fa-f]{1,8}|\d{1,10}", text) is None:
                self.complain((*path, "values", text), "would be an integer such as 0x40")
            else:
                values[int(text, 0)] = self._meaning(each, path)
        return BitsField(base, made.mask, values)

    def _meaning(self, value: bool | str, path: KeyPath) -> Meaning:
        if isinstance(value, bool):
            return value
        if value in ("CV", "CC", "OFF"):
            return Regulation(value)
        if not value.isprintable() or not value.isascii():
            self.complain(path, "has a meaning that is not plain text")
        return Text(value)

    def pattern(self, text: str, path: KeyPath) -> re.Pattern[bytes]:
        """A regular expression over bytes."""
        try:
            return re.compile(text.encode("latin-1"), re.DOTALL)
        except (re.error, UnicodeEncodeError) as error:
            self.complain(path, f"is no regular expression: {error}; would be one over bytes")
            return re.compile(rb"(?P<model>)")

    def framing(self, made: FramingTable | None, path: KeyPath) -> Framing:
        """Where a reply ends: one line, unless the table says otherwise."""
        if made is not None and [made.bytes, made.silence_s, made.lines].count(None) != 2:
            self.complain(path, "would have exactly one of lines, bytes and silence_s")
        if made is not None and made.bytes is not None:
            return FixedCount(made.bytes)
        if made is not None and made.silence_s is not None:
            return Silence(made.silence_s)
        ends = sorted((end.encode("latin-1") for end in self._ends), key=len, reverse=True)
        if not ends or any(not end.endswith(ends[-1]) for end in ends) or not ends[-1]:
            self.complain(path, "would be bytes or silence_s, as replies have no common terminator")
            return FixedCount(1)
        return Line(tuple(ends), made.lines if made is not None and made.lines else 1)
