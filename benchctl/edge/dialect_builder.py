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
    RegulationSource,
    Serial,
    SupplyChannel,
    Transport,
)
from benchctl.core.dialect.template import Template, TemplateFault, template
from benchctl.core.dialect.voice import Dialect, Exchange
from benchctl.core.model import Known
from benchctl.edge.dialect_checks import check_whole
from benchctl.edge.dialect_ratings import channel_numbers, meter_ability, rating
from benchctl.edge.dialect_replies import Replies
from benchctl.edge.dialect_tables import (
    ChannelTable,
    CommandTable,
    DialectTable,
    MeterTable,
    ModelTable,
    QueryTable,
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
        for index, made in enumerate(table.models):
            for model in self._models(made, ("models", index)):
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
            write=self._template(made.write, ("identity", "write")).bind({}) + self._end(),
            reply=IdentityReply(self.replies.framing(made.framing, ("identity", "framing")), tuple(patterns)),
            gap_s=self.table.timing.gap_s,
            timeout_s=self.table.timing.timeout_s,
        )

    # ------------------------------------------------------------ questions

    def _query(self, name: str, made: QueryTable, path: KeyPath, channels: Sequence[int]) -> Query:
        timing = self.table.timing
        answer = self._template(made.answer, (*path, "answer"))
        parts = [hole.name for hole in answer.parts()]
        fields = [*parts, *made.bits]
        apart = self.replies.apart(made, fields, channels, path)
        firsts = {operation: next(iter(found.values())) for operation, found in apart.items() if found}
        return Query(
            name=name,
            write=self._template(made.write, (*path, "write")),
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

    def _command(self, operation: Operation, made: CommandTable, path: KeyPath) -> Command:
        timing = self.table.timing
        acknowledge = None
        if made.acknowledge:
            words = {word.encode("latin-1"): True for word in made.acknowledge}
            whole = re.compile(rb"(.*)", re.DOTALL)
            acknowledge = Reply(self.replies.framing(None, path), whole, (WordField(words),), (1,))
        return Command(
            operation=operation,
            writes=tuple(self._template(text, (*path, "write")) for text in made.write),
            acknowledge=acknowledge,
            scale=made.scale,
            gap_s=timing.gap_s if made.gap_s is None else made.gap_s,
            timeout_s=timing.timeout_s if made.timeout_s is None else made.timeout_s,
        )

    def _template(self, text: str, path: KeyPath) -> Template:
        if path[-1] == "write":
            for name, fragment in self._fragments.items():
                text = text.replace(f"{{{name}}}", fragment)
        try:
            found = template(text)
        except TemplateFault as error:
            self.replies.complain(path, f"cannot be read: {error}; would be a command with holes such as {{channel}}")
            return Template(())
        if path[-1] == "write":
            for hole in found.holes():
                if hole.name not in _WORDS and not (hole.name == "value" and hole.spec):
                    self.replies.complain(
                        path, f"has a hole {{{hole.name}}}; would be channel, channels, count, range or value:.3f"
                    )
        return found

    # ------------------------------------------------------------ models

    def _models(self, made: ModelTable, path: KeyPath) -> list[Model]:
        self._fragments = {**self.table.fragments, **made.fragments}
        numbers = [each.number for each in made.channels]
        table = self.table
        queries = {n: self._query(n, each, ("queries", n), numbers) for n, each in table.queries.items()}
        commands = {o: self._command(o, each, ("commands", o)) for o, each in table.commands.items()}
        own_queries = {n: self._query(n, each, (*path, "queries", n), numbers) for n, each in made.queries.items()}
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
                self.replies.complain((*path, "channels", index), 'would be a range such as "101-120"')
        return MeterChannels(frozenset(numbers), made.most, meter_ability(made))


def _less(query: Query, without: set[Operation]) -> Query:
    if without.isdisjoint(query.answers):
        return query
    answers = {operation: field for operation, field in query.answers.items() if operation not in without}
    apart = {operation: fields for operation, fields in query.told_apart.items() if operation not in without}
    return replace(query, answers=answers, told_apart=apart)
