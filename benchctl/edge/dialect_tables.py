"""The shape of a dialect file: what may stand in which table, and what would be right where something is not.

Only shapes here. What the tables mean, and whether they fit together, is worked out in `dialects`.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from benchctl.core.dialect.grammar import Base
from benchctl.core.dialect.voice import Kind, Operation, OutputScope, RegulationSource
from benchctl.core.model import AbsenceReason, Known, Ocp, OvpKind, OvpSenses
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
Volts = Annotated[float, Field(gt=0.0, le=2000.0, description="volts above 0, such as 30.0")]
Amps = Annotated[float, Field(gt=0.0, le=2000.0, description="amperes above 0, such as 3.0")]
Command = Annotated[str, Field(min_length=1, description='a command such as ":SOUR{channel}:VOLT {value:.3f}"')]
Source = Annotated[
    str, Field(min_length=3, description='where it is from: a manual and page, a recording, or "unverified"')
]
KnownField = Annotated[Known, Field(strict=False, description=enum_of(Known))]
OvpKindField = Annotated[OvpKind, Field(strict=False, description=enum_of(OvpKind))]
OvpSensesField = Annotated[OvpSenses, Field(strict=False, description=enum_of(OvpSenses))]
RegulationField = Annotated[RegulationSource, Field(strict=False, description=enum_of(RegulationSource))]
OcpField = Annotated[Ocp, Field(strict=False, description=enum_of(Ocp))]
OperationField = Annotated[Operation, BeforeValidator(_operation), Field(description='such as "set_voltage"')]
Part = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9_-]*(\{channel\})?$", description='a part such as "output", or "output{channel}"')
]
Fragments = Annotated[
    dict[Name, str], Field(description='texts to put into writes, such as { select = "INST:NSEL {channel};:" }')
]
Meaning = Annotated[bool | str, Field(description='true, false, "CV", "CC", "OFF" or a text')]


class SerialTable(Table):
    """`[transport.serial]`"""

    baud: list[int] = Field(min_length=1, description="a list of baud rates to try, such as [9600]")
    data_bits: Literal[7, 8] = Field(description="7 or 8")
    parity: Literal["none", "even", "odd"] = Field(description='"none", "even" or "odd"')
    stop_bits: Literal[1, 2] = Field(description="1 or 2")
    flow: Literal["none", "rtscts", "dsrdtr", "xonxoff"] = Field(description='"none", "rtscts", "dsrdtr" or "xonxoff"')


class TransportTable(Table):
    """`[transport]`: how the family is reached, and how lines end. An empty `write_terminator` means none."""

    socket_port: int | None = Field(default=None, ge=1, le=65535, description="a port from 1 to 65535")
    usbtmc: bool = Field(description="true or false")
    vxi11: bool = Field(description="true or false")
    write_terminator: Bytes
    read_terminators: list[Bytes] = Field(description=r'a list such as ["\r\n", "\n"]; empty if replies have no end')
    serial: SerialTable | None = None


class FramingTable(Table):
    """Where a reply ends, when it is not one line: so many lines, so many bytes, or silence."""

    lines: int | None = Field(default=None, ge=1, le=64, description="a number of lines from 1")
    bytes: int | None = Field(default=None, ge=1, le=4096, description="a number of bytes from 1")
    silence_s: float | None = Field(default=None, gt=0.0, le=5.0, description="seconds above 0, such as 0.05")


class IdentityTable(Table):
    """`[identity]`: patterns with the groups maker, model, serial and firmware; the first that fits a reply counts."""

    write: Command = "*IDN?"
    patterns: list[str] = Field(min_length=1, description="a list of regular expressions with a group (?P<model>...)")
    framing: FramingTable | None = None


class TimingTable(Table):
    """`[timing]`: what holds where a query or a command says nothing else."""

    gap_s: Seconds
    timeout_s: Seconds


class TraitsTable(Table):
    """`[traits]`: what a supply family does by itself."""

    output_scope: OutputScope = Field(strict=False, description=enum_of(OutputScope))
    output_on_at_power_on: KnownField
    regulation: RegulationField = RegulationSource.ANSWERED
    bleeds_when_off: KnownField
    clear_reenables: KnownField
    watchdog: bool = Field(description="true or false")
    ocp: OcpField
    ovp_kind: OvpKindField
    ovp_senses: OvpSensesField
    sinks: KnownField


class ModelTraitsTable(Table):
    """`[models.traits]`: what these models do otherwise than their family."""

    bleeds_when_off: KnownField | None = None
    clear_reenables: KnownField | None = None
    watchdog: bool | None = None
    ocp: OcpField | None = None
    ovp_kind: OvpKindField | None = None
    ovp_senses: OvpSensesField | None = None
    sinks: KnownField | None = None


class OrderTable(Table):
    """`[order]`: in which order settings are given when the voltage goes up (`raising`) and down (`lowering`)."""

    raising: list[OperationField] = Field(description='a list such as ["set_current", "set_ovp", "set_voltage"]')
    lowering: list[OperationField] = Field(description='a list such as ["set_voltage", "set_ovp", "set_current"]')


class BitsTable(Table):
    """Some bits of an answered integer: `of` names the part, `values` what is left under `mask` and what it means."""

    of: Name
    base: Base = Field(strict=False, description=enum_of(Base))
    mask: int = Field(ge=1, le=0xFFFFFFFF, description="a mask such as 0x41")
    values: dict[str, Meaning] = Field(min_length=1, description="a table such as { 0x00 = false, 0x40 = true }")


class QueryTable(Table):
    """`[queries.NAME]`: a question. `answer` is a template of its reply; `pattern` replaces the shape made from it."""

    write: Command
    answer: Command
    pattern: str | None = Field(default=None, description="a regular expression with one group a part")
    framing: FramingTable | None = None
    answers: dict[OperationField, Part] = Field(min_length=1, description='a table such as { read_output = "output" }')
    words: dict[str, dict[str, Meaning]] = Field(
        default_factory=dict, description="tables of words and meanings, by part"
    )
    bits: dict[str, BitsTable] = Field(default_factory=dict)
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


class RangeTable(Table):
    """`[[models.channels.ranges]]`: what a channel can do in one range; steps are its resolution.

    Protections have the steps of the settings, unless their own are stated."""

    name: str = Field(default="", description="how the range is selected, if there are several")
    max_voltage_v: Volts
    max_current_a: Amps
    voltage_step_v: Volts
    current_step_a: Amps
    ovp_min_v: Volts | None = None
    ovp_max_v: Volts | None = None
    ovp_above_set_percent: float = Field(default=0.0, ge=0.0, le=50.0, description="percent above the voltage setting")
    ovp_step_v: Volts | None = None
    ocp_min_a: Amps | None = None
    ocp_max_a: Amps | None = None
    ocp_step_a: Amps | None = None
    accuracy_percent: float = Field(ge=0.0, le=10.0, description="percent of the setting")
    accuracy_offset_v: float = Field(ge=0.0, le=10.0, description="volts")


class ChannelTable(Table):
    """`[[models.channels]]`: a channel of a supply. `token` is its name in commands, its number if left out."""

    number: int = Field(ge=1, le=999, description="a channel number from 1")
    token: str | None = Field(default=None, description="text")
    remote_sense: bool = Field(description="true or false")
    ranges: list[RangeTable] = Field(min_length=1, description="one table or more [[models.channels.ranges]]")


class AccuracyTable(Table):
    """`[models.meter.accuracy]`: limits of error at 14.6 V, in the range that is used; `offset_v` the card's own."""

    range_v: Volts
    of_reading_percent: float = Field(ge=0.0, le=5.0, description="percent")
    of_range_percent: float = Field(ge=0.0, le=5.0, description="percent")
    offset_v: float = Field(ge=0.0, le=1.0, description="volts")
    source: Source


class MeterTable(Table):
    """`[models.meter]`: the channels that can be measured, as ranges `"101-120"`, and how well."""

    channels: list[str] = Field(min_length=1, description='a list such as ["101-120", "201-220"]')
    most: int = Field(ge=1, le=1000, description="how many channels one scan may have")
    relay: bool = Field(description="true or false")
    accuracy: AccuracyTable


class ModelTable(Table):
    """`[[models]]`: models alike, with what they have otherwise than the family."""

    names: list[str] = Field(min_length=1, description='a list of model names such as ["DP832", "DP832A"]')
    source: Source
    total_w: float | None = Field(default=None, gt=0.0, description="watts over all channels")
    without: list[OperationField] = Field(default_factory=list, description='a list such as ["set_ovp"]')
    traits: ModelTraitsTable | None = None
    fragments: Fragments = Field(default_factory=dict)
    queries: dict[Name, QueryTable] = Field(default_factory=dict)
    commands: dict[OperationField, CommandTable] = Field(default_factory=dict)
    channels: list[ChannelTable] = Field(default_factory=list)
    meter: MeterTable | None = None


class ExampleTable(Table):
    """`[[examples]]`: literal bytes from outside evidence. Without `receives` nothing comes back."""

    model: str
    channel: int | None = None
    channels: list[int] = Field(default_factory=list)
    operation: OperationField
    value: float | None = None
    sends: list[Bytes] = Field(min_length=1, description="the bytes sent, one text a write")
    receives: Bytes | None = None
    means: bool | float | str | list[float] | dict[str, str] | None = None
    absent: AbsenceReason | None = Field(default=None, strict=False, description=enum_of(AbsenceReason))
    note: str | None = None
    source: Source


class DialectTable(Table):
    """A whole file."""

    name: Name
    title: FreeText
    kind: Kind = Field(strict=False, description=enum_of(Kind))
    notes: list[str] = Field(default_factory=list)
    transport: TransportTable
    identity: IdentityTable
    timing: TimingTable
    traits: TraitsTable | None = None
    order: OrderTable | None = None
    fragments: Fragments = Field(default_factory=dict)
    queries: dict[Name, QueryTable]
    commands: dict[OperationField, CommandTable] = Field(default_factory=dict)
    models: list[ModelTable] = Field(min_length=1, description="one table or more [[models]]")
    examples: list[ExampleTable] = Field(min_length=12, description="twelve or more tables [[examples]]")
