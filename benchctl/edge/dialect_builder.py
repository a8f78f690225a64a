"""From the tables of a dialect file to the dialect: templates and patterns compiled, parts and fields matched up.

Nothing is decided here that a file does not say. What does not fit together is complained of, and building goes on,
so that a file's faults come out all at once.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchctl.core.dialect.grammar import (
    IdentityReply,
    Reply,
    WordField,
)
from benchctl.core.dialect.repertoire import (
    Command,
    MeterChannels,
    Model,
    Operation,
    OutputScope,
    Query,
    Rating,
    RegulationSource,
    Serial,
    SupplyChannel,
    Transport,
)
from benchctl.core.dialect.template import Template, TemplateFault, template
from benchctl.core.dialect.voice import Dialect, Exchange
from benchctl.core.model import Known
from benchctl.edge.dialect_checks import check_range, check_whole
from benchctl.edge.dialect_phrases import Asked, Told, commands, questions
from benchctl.edge.dialect_ratings import channel_numbers, meter_ability, model_traits, rating, variant_of
from benchctl.edge.dialect_replies import Replies
from benchctl.edge.dialect_speech import SpeechTable
from benchctl.edge.dialect_tables import (
    DialectTable,
    MeterTable,
    ModelTable,
    RangeTable,
    RatingTable,
    VariantTable,
)
from benchctl.edge.schema import Checklist
from benchctl.edge.toml_lines import KeyPath

_WORDS = {"channel", "channels", "count", "range"}


class Builder:
    """Turns the tables of one file into a dialect, complaining about what does not fit together."""

    def __init__(self, checklist: Checklist, table: DialectTable) -> None:
        self.check = checklist
        self.table = table
        self.replies = Replies(checklist, table.transport.read_terminators)
        self._fragments: Mapping[str, str] = table.fragments

    def dialect(self) -> Dialect:
        """The dialect; worth nothing if there were complaints. Raises FileFault when the file is not even a whole."""
        table = self.table
        check_whole(self.check, table)
        self.check.finish()
        models: dict[str, Model] = {}
        for name, made in table.models.items():
            for model in self._models(name, made):
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
            regulation=table.traits.regulation if table.traits else RegulationSource.ANSWERED,
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
        patterns = [self.replies.pattern(text, ("identity", "patterns", at)) for at, text in enumerate(made.patterns)]
        for index, pattern in enumerate(patterns):
            groups = set(pattern.groupindex)
            if "model" not in groups or groups - {"maker", "model", "serial", "firmware"}:
                sentence = "would have a group (?P<model>...), and maker, serial and firmware where they are stated"
                self.replies.complain(("identity", "patterns", index), sentence)
        return Exchange(
            query="identify",
            write=self._written(made.write, ("identity", "write")).bind({}) + self._end(),
            reply=IdentityReply(self.replies.framing(made.framing, ("identity", "framing")), tuple(patterns)),
            gap_s=self.table.timing.gap_s,
            timeout_s=self.table.timing.timeout_s,
        )

    # ------------------------------------------------------------ questions

    def _query(self, asked: Asked, channels: Sequence[int]) -> Query:
        timing, made, path = self.table.timing, asked.table, asked.path
        answer = self._template(made.answer, (*path, "answer"))
        parts = [hole.name for hole in answer.parts()]
        fields = [*parts, *made.bits, *made.flags]
        apart = self.replies.apart(made, fields, channels, path)
        firsts = {operation: next(iter(found.values())) for operation, found in apart.items() if found}
        return Query(
            name=asked.name,
            write=self._written(made.write, asked.write),
            answer=answer,
            fields=tuple(fields),
            reply=self.replies.reply(made, answer, parts, path),
            answers=self.replies.answers(made, fields, path) | firsts,
            told_apart=apart,
            each=made.each,
            gap_s=timing.gap_s if made.gap_s is None else made.gap_s,
            timeout_s=timing.timeout_s if made.timeout_s is None else made.timeout_s,
            timeout_per_channel_s=made.timeout_per_channel_s,
            otherwise=made.otherwise,
        )

    # ------------------------------------------------------------ settings

    def _command(self, told: Told) -> Command:
        timing, made = self.table.timing, told.table
        usual_gap_s = timing.gap_s if timing.command_gap_s is None else timing.command_gap_s
        acknowledge = None
        if made.acknowledge:
            words = {word.encode("latin-1"): True for word in made.acknowledge}
            whole = re.compile(rb"(.*)", re.DOTALL)
            acknowledge = Reply(self.replies.framing(None, told.write), whole, (WordField(words),), (1,))
        return Command(
            operation=told.operation,
            writes=tuple(self._written(text, told.write) for text in made.write),
            acknowledge=acknowledge,
            scale=made.scale,
            gap_s=usual_gap_s if made.gap_s is None else made.gap_s,
            timeout_s=timing.timeout_s if made.timeout_s is None else made.timeout_s,
        )

    def _written(self, text: str, path: KeyPath) -> Template:
        for name, fragment in self._fragments.items():
            text = text.replace(f"{{{name}}}", fragment)
        found = self._template(text, path)
        for hole in found.holes():
            if hole.name not in _WORDS and not (hole.name == "value" and hole.spec):
                self.replies.complain(
                    path, f"has a hole {{{hole.name}}}; would be channel, channels, count, range or value:.3f"
                )
        return found

    def _template(self, text: str, path: KeyPath) -> Template:
        try:
            return template(text)
        except TemplateFault as error:
            self.replies.complain(path, f"cannot be read: {error}; would be a command with holes such as {{channel}}")
            return Template(())

    # ------------------------------------------------------------ models

    def _models(self, name: str, made: ModelTable) -> list[Model]:
        variant = variant_of(self.table, made)
        path: KeyPath = ("variants", made.variant or "")
        self._fragments = {**self.table.fragments, **variant.fragments}
        channels = self._channels(name, made, variant)
        places: list[tuple[SpeechTable, KeyPath]] = [(self.table, ()), (variant, path)]
        asks = [self._query(each, tuple(channels)) for table, at in places for each in questions(table, at)]
        tells = [self._command(each) for table, at in places for each in commands(table, at)]
        without = set(variant.without)
        queries = {each.name: _less(each, without) for each in asks}
        told = {each.operation: each for each in tells if each.operation not in without}
        meter = self._meter(made.meter, ("models", name, "meter")) if made.meter else None
        names = (name, *made.also)
        return [Model(each, names, channels, meter, queries, told) for each in names]

    def _channels(self, name: str, made: ModelTable, variant: VariantTable) -> dict[int, SupplyChannel]:
        channels: dict[int, SupplyChannel] = {}
        for span, parts in made.channels.items():
            path = ("models", name, "channels", span)
            ratings = [self._rating(made, variant, part, (*path, index)) for index, part in enumerate(parts)]
            for number in channel_numbers(span):
                channels[number] = SupplyChannel(number, str(number), tuple(each for each in ratings if each))
        return channels

    def _rating(self, made: ModelTable, variant: VariantTable, part: RatingTable, path: KeyPath) -> Rating | None:
        assert self.table.traits is not None
        common = (self.table.ratings, variant.ratings, part)
        whole = {key: value for each in common for key, value in each.model_dump(exclude_none=True).items()}
        checked = self.check.checked(RangeTable, whole, path)
        if checked is None:
            return None
        check_range(self.check, checked, path)
        return rating(checked, model_traits(variant, self.table.traits), made.total_w)

    def _meter(self, made: MeterTable, path: KeyPath) -> MeterChannels:
        numbers: set[int] = set()
        for index, text in enumerate(made.channels):
            span = channel_numbers(text)
            numbers.update(span)
            if not span:
                self.replies.complain((*path, "channels", index), 'would be a range such as "101-120"')
        return MeterChannels(frozenset(numbers), made.most, meter_ability(made))


def _less(query: Query, without: set[Operation]) -> Query:
    if without.isdisjoint(query.answers):
        return query
    answers = {operation: field for operation, field in query.answers.items() if operation not in without}
    apart = {operation: fields for operation, fields in query.told_apart.items() if operation not in without}
    return replace(query, answers=answers, told_apart=apart)
