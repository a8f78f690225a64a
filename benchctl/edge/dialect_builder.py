"""From the tables of a dialect file to the dialect: templates and patterns compiled, parts and fields matched up.

Nothing is decided here that a file does not say. What does not fit together is complained of, and building goes on,
so that a file's faults come out all at once.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from benchctl.core.dialect import Dialect, Exchange
from benchctl.core.framing import FixedCount, Framing, Line, Silence
from benchctl.core.grammar import (
    BitsField,
    Field,
    IdentityReply,
    Meaning,
    NumberField,
    Reply,
    Text,
    TextField,
    WordField,
)
from benchctl.core.model import Known, Regulation
from benchctl.core.repertoire import (
    Command,
    MeterChannels,
    Model,
    Operation,
    OutputScope,
    Query,
    Serial,
    SupplyChannel,
    Transport,
)
from benchctl.core.template import Template, TemplateFault, template
from benchctl.edge.dialect_checks import check_whole
from benchctl.edge.dialect_ratings import channel_numbers, meter_ability, rating
from benchctl.edge.dialect_tables import (
    BitsTable,
    ChannelTable,
    CommandTable,
    DialectTable,
    FramingTable,
    MeterTable,
    ModelTable,
    QueryTable,
)
from benchctl.edge.schema import Checklist
from benchctl.edge.toml_lines import KeyPath

_WORDS = {"channel", "channels", "range"}


class Builder:
    """Turns the tables of one file into a dialect, complaining about what does not fit together."""

    def __init__(self, checklist: Checklist, table: DialectTable) -> None:
        self.check = checklist
        self.table = table

    def dialect(self) -> Dialect:
        """The dialect; worth nothing if there were complaints. Raises FileFault when the file is not even a whole."""
        table = self.table
        check_whole(self.check, table)
        self.check.finish()
        queries = {name: self._query(name, each, ("queries", name)) for name, each in table.queries.items()}
        commands = {each: self._command(each, made, ("commands", each)) for each, made in table.commands.items()}
        models: dict[str, Model] = {}
        for index, made in enumerate(table.models):
            for model in self._models(made, ("models", index), queries, commands):
                models[model.name] = model
        order = table.order
        return Dialect(
            name=table.name,
            title=table.title,
            kind=table.kind,
            transport=self._transport(),
            write_terminator=self._end(),
            identify=self._identify(),
            models=models,
            output_scope=table.traits.output_scope if table.traits else OutputScope.CHANNEL,
            output_on_at_power_on=table.traits.output_on_at_power_on if table.traits else Known.NO,
            raising=tuple(order.raising) if order else (),
            lowering=tuple(order.lowering) if order else (),
        )

    def _end(self) -> bytes:
        return self.table.transport.write_terminator.encode("latin-1")

    def _transport(self) -> Transport:
        made = self.table.transport
        serial = made.serial
        port = None
        if serial is not None:
            baud = tuple(serial.baud)
            port = Serial(baud, serial.data_bits, serial.parity, serial.stop_bits, serial.flow)
        return Transport(
            socket_port=made.socket_port,
            serial=port,
            usbtmc=made.usbtmc,
            vxi11=made.vxi11,
        )

    def _identify(self) -> Exchange:
        made = self.table.identity
        patterns = [self._pattern(text, ("identity", "patterns", at)) for at, text in enumerate(made.patterns)]
        for index, pattern in enumerate(patterns):
            groups = set(pattern.groupindex)
            if "model" not in groups or groups - {"maker", "model", "serial", "firmware"}:
                sentence = "would have a group (?P<model>...), and maker, serial and firmware where they are stated"
                self.check.complain(("identity", "patterns", index), sentence)
        return Exchange(
            query="identify",
            write=self._template(made.write, ("identity", "write")).bind({}) + self._end(),
            reply=IdentityReply(self._framing(made.framing, ("identity", "framing")), tuple(patterns)),
            gap_s=self.table.timing.gap_s,
            timeout_s=self.table.timing.timeout_s,
        )

    # ------------------------------------------------------------ questions

    def _query(self, name: str, made: QueryTable, path: KeyPath) -> Query:
        timing = self.table.timing
        answer = self._template(made.answer, (*path, "answer"))
        parts = [hole.name for hole in answer.holes()]
        fields = [*parts, *made.bits]
        return Query(
            name=name,
            write=self._template(made.write, (*path, "write")),
            answer=answer,
            fields=tuple(fields),
            reply=self._reply(made, answer, parts, path),
            answers=self._answers(made, fields, path),
            each=made.each,
            gap_s=timing.gap_s if made.gap_s is None else made.gap_s,
            timeout_s=timing.timeout_s if made.timeout_s is None else made.timeout_s,
            timeout_per_channel_s=made.timeout_per_channel_s,
        )

    def _answers(self, made: QueryTable, fields: list[str], path: KeyPath) -> dict[Operation, int]:
        found: dict[Operation, int] = {}
        for operation, field in made.answers.items():
            if field in fields:
                found[operation] = fields.index(field)
            else:
                self.check.complain(
                    (*path, "answers", operation), f"would be a part of the answer: {', '.join(fields)}"
                )
        return found

    def _reply(self, made: QueryTable, answer: Template, parts: list[str], path: KeyPath) -> Reply:
        shape = self._pattern(made.pattern, (*path, "pattern")) if made.pattern else answer.pattern(made.each or "")
        if shape.groups != len(parts):
            self.check.complain((*path, "pattern"), f"has {shape.groups} groups; would have {len(parts)}, one a part")
        for key in ("words", "scale"):
            for part in getattr(made, key):
                if part not in parts:
                    where = (*path, key, part)
                    self.check.complain(where, f"is no part of the answer; would be one of {', '.join(parts)}")
        numbers = {hole.name for hole in answer.holes() if hole.spec}
        fields = [self._field(made, part, part in numbers, path) for part in parts]
        fields += [self._bits(bits, (*path, "bits", name)) for name, bits in made.bits.items()]
        of = [*parts, *(bits.of for bits in made.bits.values())]
        groups = tuple(parts.index(part) + 1 if part in parts else 0 for part in of)
        if 0 in groups:
            self.check.complain((*path, "bits"), f"would be bits `of` one of the parts {', '.join(parts)}")
        return Reply(self._framing(made.framing, (*path, "framing")), shape, tuple(fields), groups)

    def _field(self, made: QueryTable, part: str, is_number: bool, path: KeyPath) -> Field:
        words = made.words.get(part)
        if words is not None:
            place = (*path, "words", part)
            return WordField({word.encode("latin-1"): self._meaning(each, place) for word, each in words.items()})
        if is_number:
            return NumberField(made.scale.get(part, 1.0))
        return TextField(raw=any(bits.of == part for bits in made.bits.values()))

    def _bits(self, made: BitsTable, path: KeyPath) -> BitsField:
        values: dict[int, Meaning] = {}
        for text, each in made.values.items():
            if re.fullmatch(r"0x[0-9A-Fa-f]{1,8}|\d{1,10}", text) is None:
                self.check.complain((*path, "values", text), "would be an integer such as 0x40")
            else:
                values[int(text, 0)] = self._meaning(each, path)
        return BitsField(made.base, made.mask, values)

    def _meaning(self, value: bool | str, path: KeyPath) -> Meaning:
        if isinstance(value, bool):
            return value
        if value in ("CV", "CC", "OFF"):
            return Regulation(value)
        if not value.isprintable() or not value.isascii():
            self.check.complain(path, "has a meaning that is not plain text")
        return Text(value)

    # ------------------------------------------------------------ settings

    def _command(self, operation: Operation, made: CommandTable, path: KeyPath) -> Command:
        timing = self.table.timing
        acknowledge = None
        if made.acknowledge:
            words = {word.encode("latin-1"): True for word in made.acknowledge}
            whole = re.compile(rb"(.*)", re.DOTALL)
            acknowledge = Reply(self._framing(None, path), whole, (WordField(words),), (1,))
        return Command(
            operation=operation,
            writes=tuple(self._template(text, (*path, "write")) for text in made.write),
            acknowledge=acknowledge,
            scale=made.scale,
            gap_s=timing.gap_s if made.gap_s is None else made.gap_s,
            timeout_s=timing.timeout_s if made.timeout_s is None else made.timeout_s,
        )

    def _template(self, text: str, path: KeyPath) -> Template:
        try:
            found = template(text)
        except TemplateFault as error:
            self.check.complain(path, f"cannot be read: {error}; would be a command with holes such as {{channel}}")
            return Template(())
        if path[-1] == "write":
            for hole in found.holes():
                if hole.name not in _WORDS and not (hole.name == "value" and hole.spec):
                    self.check.complain(
                        path, f"has a hole {{{hole.name}}}; would be channel, channels, range or value:.3f"
                    )
        return found

    def _pattern(self, text: str, path: KeyPath) -> re.Pattern[bytes]:
        try:
            return re.compile(text.encode("latin-1"), re.DOTALL)
        except (re.error, UnicodeEncodeError) as error:
            self.check.complain(path, f"is no regular expression: {error}; would be one over bytes")
            return re.compile(rb"(?P<model>)")

    def _framing(self, made: FramingTable | None, path: KeyPath) -> Framing:
        if made is not None and [made.bytes, made.silence_s, made.lines].count(None) != 2:
            self.check.complain(path, "would have exactly one of lines, bytes and silence_s")
        if made is not None and made.bytes is not None:
            return FixedCount(made.bytes)
        if made is not None and made.silence_s is not None:
            return Silence(made.silence_s)
        ends = sorted((end.encode("latin-1") for end in self.table.transport.read_terminators), key=len, reverse=True)
        if not ends or any(not end.endswith(ends[-1]) for end in ends) or not ends[-1]:
            self.check.complain(path, "would be bytes or silence_s, as replies have no common terminator")
            return FixedCount(1)
        return Line(tuple(ends), made.lines if made is not None and made.lines else 1)

    # ------------------------------------------------------------ models

    def _models(
        self, made: ModelTable, path: KeyPath, queries: Mapping[str, Query], commands: Mapping[Operation, Command]
    ) -> list[Model]:
        own_queries = {n: self._query(n, each, (*path, "queries", n)) for n, each in made.queries.items()}
        own_commands = {o: self._command(o, each, (*path, "commands", o)) for o, each in made.commands.items()}
        without = set(made.without)
        all_queries = {n: _less(each, without) for n, each in {**queries, **own_queries}.items()}
        all_commands = {o: each for o, each in {**commands, **own_commands}.items() if o not in without}
        channels = {each.number: self._channel(made, each) for each in made.channels}
        meter = self._meter(made.meter, (*path, "meter")) if made.meter else None
        names = tuple(made.names)
        return [Model(name, names, channels, meter, all_queries, all_commands) for name in names]

    def _channel(self, model: ModelTable, made: ChannelTable) -> SupplyChannel:
        assert self.table.traits is not None
        ratings = tuple(rating(model, made, each, self.table.traits) for each in made.ranges)
        return SupplyChannel(made.number, made.token or str(made.number), ratings)

    def _meter(self, made: MeterTable, path: KeyPath) -> MeterChannels:
        numbers: set[int] = set()
        for index, text in enumerate(made.channels):
            span = channel_numbers(text)
            numbers.update(span)
            if not span:
                self.check.complain((*path, "channels", index), 'would be a range such as "101-120"')
        return MeterChannels(frozenset(numbers), made.most, meter_ability(made))


def _less(query: Query, without: set[Operation]) -> Query:
    if without.isdisjoint(query.answers):
        return query
    answers = {operation: field for operation, field in query.answers.items() if operation not in without}
    return replace(query, answers=answers)
