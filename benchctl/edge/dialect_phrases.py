"""The questions and commands that a table of a dialect file comes to, its settings and switches spelt out, each with
the place in the file that it comes from, so that a complaint names that place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from benchctl.core.dialect.repertoire import Operation
from benchctl.core.dialect.template import TemplateFault, template
from benchctl.edge.dialect_speech import CommandTable, QueryTable, SettingTable, SpeechTable, SwitchTable
from benchctl.edge.toml_lines import KeyPath

SETTINGS: Mapping[str, tuple[Operation, Operation]] = MappingProxyType(
    {
        "voltage": (Operation.SET_VOLTAGE, Operation.READ_VOLTAGE),
        "current": (Operation.SET_CURRENT, Operation.READ_CURRENT),
        "ovp": (Operation.SET_OVP, Operation.READ_OVP),
        "ocp": (Operation.SET_OCP, Operation.READ_OCP),
        "watchdog": (Operation.SET_WATCHDOG, Operation.READ_WATCHDOG),
    }
)
"""What a setting is told and asked by."""

SWITCHES: Mapping[str, tuple[Operation, Operation, Operation]] = MappingProxyType(
    {
        "output": (Operation.OUTPUT_ON, Operation.OUTPUT_OFF, Operation.READ_OUTPUT),
        "ovp": (Operation.OVP_ON, Operation.OVP_OFF, Operation.READ_OVP_ON),
        "ocp": (Operation.OCP_ON, Operation.OCP_OFF, Operation.READ_OCP_ON),
        "watchdog": (Operation.WATCHDOG_ON, Operation.WATCHDOG_OFF, Operation.READ_WATCHDOG_ON),
        "sense": (Operation.SENSE_REMOTE, Operation.SENSE_LOCAL, Operation.READ_SENSE),
    }
)
"""What a switch is told on, told off and asked by."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, where it stands in the file, and where its text does."""

    name: str
    table: QueryTable
    path: KeyPath
    write: KeyPath


@dataclass(frozen=True, slots=True)
class Told:
    """A command, and where its text stands in the file."""

    operation: Operation
    table: CommandTable
    write: KeyPath


def questions(speech: SpeechTable, path: KeyPath) -> Iterator[Asked]:
    """Every question of the table at `path`."""
    for name, query in speech.queries.items():
        place = (*path, "queries", name)
        yield Asked(name, query, place, (*place, "write"))
    for name, setting in _settings(speech):
        place = (*path, "settings", name)
        yield _asked(_setting_query(setting, SETTINGS[name][1]), place)
    for name, switch in _switches(speech):
        place = (*path, "switches", name)
        if switch.ask is not None:
            yield _asked(_switch_query(switch, switch.ask, SWITCHES[name][2]), place)


def commands(speech: SpeechTable, path: KeyPath) -> Iterator[Told]:
    """Every command of the table at `path`."""
    for operation, command in speech.commands.items():
        yield Told(operation, command, (*path, "commands", operation, "write"))
    for name, setting in _settings(speech):
        command = CommandTable(write=setting.write, gap_s=setting.gap_s, source=setting.source)
        yield Told(SETTINGS[name][0], command, (*path, "settings", name, "write"))
    for name, switch in _switches(speech):
        for key, operation, writes in zip(("on", "off"), SWITCHES[name], (switch.on, switch.off), strict=False):
            if writes:
                command = CommandTable(write=writes, gap_s=switch.gap_s, source=switch.source)
                yield Told(operation, command, (*path, "switches", name, key))


def _asked(query: QueryTable, place: KeyPath) -> Asked:
    (operation,) = query.answers
    return Asked(operation.removeprefix("read_"), query, place, (*place, "ask"))


def _settings(speech: SpeechTable) -> Iterator[tuple[str, SettingTable]]:
    for name in SETTINGS:
        setting: SettingTable | None = getattr(speech.settings, name)
        if setting is not None:
            yield name, setting


def _switches(speech: SpeechTable) -> Iterator[tuple[str, SwitchTable]]:
    for name in SWITCHES:
        switch: SwitchTable | None = getattr(speech.switches, name)
        if switch is not None:
            yield name, switch


def _setting_query(setting: SettingTable, operation: Operation) -> QueryTable:
    return QueryTable(
        write=setting.ask,
        answer=setting.answer,
        pattern=setting.pattern,
        framing=setting.framing,
        answers={operation: _part(setting.answer)},
        source=setting.source,
    )


def _part(answer: str) -> str:
    try:
        return next((hole.name for hole in template(answer).parts()), "value")
    except TemplateFault:
        return "value"  # the builder complains of the template


def _switch_query(switch: SwitchTable, ask: str, operation: Operation) -> QueryTable:
    return QueryTable(
        write=ask, answer="{on}", words={"on": dict(switch.words)}, answers={operation: "on"}, source=switch.source
    )
