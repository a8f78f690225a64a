"""What is said to a family and what comes back, as tables of a dialect file: questions, commands, settings, switches.

A setting is a number that is told and read back, a switch is told on and off and may be asked: each is one entry.
What is no such pair is a question or a command by itself. `dialect_phrases` spells them out.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from benchctl.core.dialect.grammar import Base
from benchctl.core.dialect.voice import Operation
from benchctl.edge.schema import FreeText, Name, Table, fault, nearest, shown


def _latin_1(value: str) -> str:
    if any(ord(each) > 0xFF for each in value):
        raise fault(f"is {shown(value)}, which has characters that are no bytes")
    return value


def _operation(value: object) -> object:
    if not isinstance(value, str) or value not in list(Operation):
        raise fault(f"is {shown(value)}, which is no operation; {nearest(str(value), list(Operation))}")
    return Operation(value)


def enum_of(values: type[StrEnum]) -> str:
    """The values of an enumeration, as the end of a complaint."""
    return "one of " + ", ".join(f'"{value}"' for value in values)


Bytes = Annotated[
    str, AfterValidator(_latin_1), Field(description=r'bytes as text, such as "ON\n"; a byte beyond ASCII as "\u00bc"')
]
Seconds = Annotated[float, Field(ge=0.0, le=60.0, description="seconds from 0 to 60, such as 0.1")]
Command = Annotated[str, Field(min_length=1, description='a command such as ":SOUR{channel}:VOLT {value:.3f}"')]
Source = Annotated[
    str, Field(min_length=3, description='where it is from: a manual and page, a recording, or "unverified"')
]
OperationField = Annotated[Operation, BeforeValidator(_operation), Field(description='such as "set_voltage"')]
Part = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_-]*(\{channel\})?$", description='a part such as "output", or "output{channel}"')
]
Mask = Annotated[int, Field(ge=1, le=0xFFFFFFFF, description="a mask such as 0x41")]
Meaning = Annotated[bool | str, Field(description='true, false, "CV", "CC", "OFF" or a text')]
Fragments = Annotated[
    dict[Name, str], Field(description='texts to put into writes, such as { select = "INST:NSEL {channel};:" }')
]


class FramingTable(Table):
    """Where a reply ends, when it is not one line: so many lines, so many bytes, or silence."""

    lines: int | None = Field(default=None, ge=1, le=64, description="a number of lines from 1")
    bytes: int | None = Field(default=None, ge=1, le=4096, description="a number of bytes from 1")
    silence_s: float | None = Field(default=None, gt=0.0, le=5.0, description="seconds above 0, such as 0.05")


class BitsTable(Table):
    """Some bits of an answered integer: `values` is what is left under `mask` and what it means."""

    mask: Mask
    values: dict[str, Meaning] = Field(min_length=1, description="a table such as { 0x00 = false, 0x40 = true }")


class QueryTable(Table):
    """`[queries.NAME]`: a question. `answer` is a template of its reply; `pattern` replaces the shape made from it.

    An answer that is one integer has a `base`: of its `bits` a field is made by their values, of a flag by its one bit.
    """

    write: Command
    answer: Command
    pattern: str | None = Field(default=None, description="a regular expression with one group a part")
    framing: FramingTable | None = None
    answers: dict[OperationField, Part] = Field(min_length=1, description='a table such as { read_output = "output" }')
    words: dict[str, dict[str, Meaning]] = Field(
        default_factory=dict, description="tables of words and meanings, by part"
    )
    base: Base | None = Field(default=None, strict=False, description=enum_of(Base))
    bits: dict[Name, BitsTable] = Field(default_factory=dict)
    flags: dict[Name, Mask] = Field(default_factory=dict, description="a table such as { ovp = 0x01, ocp = 0x02 }")
    scale: dict[str, float] = Field(default_factory=dict, description="factors, by part")
    overload: dict[str, float] = Field(default_factory=dict, description="sizes that mean out of range, by part")
    each: str | None = Field(default=None, description='what joins the answers of several channels, such as ","')
    gap_s: Seconds | None = None
    timeout_s: Seconds | None = None
    timeout_per_channel_s: Seconds = 0.0
    otherwise: FreeText = ""
    source: Source


class CommandTable(Table):
    """`[commands.OPERATION]`: one write or several. `acknowledge`: the words that come back after each, if any do."""

    write: list[Command] = Field(min_length=1, description='a list of commands such as [":OUTP CH{channel},ON"]')
    acknowledge: list[Bytes] = Field(default_factory=list, description='a list of words such as ["OK"]')
    scale: float = Field(default=1.0, description="a factor")
    gap_s: Seconds | None = None
    timeout_s: Seconds | None = None
    source: Source


class SettingTable(Table):
    """`[settings]`: a number that is told (`write`) and asked for (`ask`). The answer has one part, the number."""

    write: list[Command] = Field(min_length=1, description='a list of commands such as ["VOLT {value:.3f}"]')
    ask: Command = Field(description='a question such as "VOLT?"')
    answer: Command = Field(description='a template of its reply such as "{voltage:.3f}"')
    pattern: str | None = Field(default=None, description="a regular expression with one group")
    framing: FramingTable | None = None
    gap_s: Seconds | None = None
    source: Source


class SwitchTable(Table):
    """`[switches]`: what is told `on`, and `off`, and asked for if there is a question; `words` are its answers."""

    on: list[Command] = Field(min_length=1, description='a list of commands such as ["OUTP ON"]')
    off: list[Command] = Field(default_factory=list, description='a list of commands such as ["OUTP OFF"]')
    ask: Command | None = Field(default=None, description='a question such as "OUTP?"')
    words: dict[str, bool] = Field(default_factory=dict, description='a table such as { "1" = true, "0" = false }')
    gap_s: Seconds | None = None
    source: Source


class SettingsTable(Table):
    """`[settings]`, by what is set."""

    voltage: SettingTable | None = None
    current: SettingTable | None = None
    ovp: SettingTable | None = None
    ocp: SettingTable | None = None
    watchdog: SettingTable | None = None


class SwitchesTable(Table):
    """`[switches]`, by what is switched; of `sense`, on is remote sense and off is local."""

    output: SwitchTable | None = None
    ovp: SwitchTable | None = None
    ocp: SwitchTable | None = None
    watchdog: SwitchTable | None = None
    sense: SwitchTable | None = None


class SpeechTable(Table):
    """What can be said: of a family, or of those of its models that say it otherwise."""

    fragments: Fragments = Field(default_factory=dict)
    queries: dict[Name, QueryTable] = Field(default_factory=dict)
    commands: dict[OperationField, CommandTable] = Field(default_factory=dict)
    settings: SettingsTable = SettingsTable()
    switches: SwitchesTable = SwitchesTable()
