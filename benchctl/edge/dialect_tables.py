"""The shape of a dialect file: what may stand in which table, and what would be right where something is not.

Only shapes here. What the tables mean, and whether they fit together, is worked out in `dialects`.
"""

from typing import Annotated, Literal

from pydantic import Field

from benchctl.core.dialect.voice import Kind, OutputScope, RegulationSource
from benchctl.core.model import AbsenceReason, Known, Ocp, OvpKind, OvpSenses
from benchctl.edge.dialect_speech import (
    Bytes,
    Command,
    FramingTable,
    OperationField,
    Seconds,
    Source,
    SpeechTable,
    enum_of,
)
from benchctl.edge.schema import FreeText, Name, Table

Volts = Annotated[float, Field(gt=0.0, le=2000.0, description="volts above 0, such as 30.0")]
Amps = Annotated[float, Field(gt=0.0, le=2000.0, description="amperes above 0, such as 3.0")]
KnownField = Annotated[Known, Field(strict=False, description=enum_of(Known))]
OvpKindField = Annotated[OvpKind, Field(strict=False, description=enum_of(OvpKind))]
OvpSensesField = Annotated[OvpSenses, Field(strict=False, description=enum_of(OvpSenses))]
RegulationField = Annotated[RegulationSource, Field(strict=False, description=enum_of(RegulationSource))]
OcpField = Annotated[Ocp, Field(strict=False, description=enum_of(Ocp))]
WatchdogSeconds = Annotated[float, Field(ge=1.0, le=36000.0, description="whole seconds from 1, such as 15")]
Above = Annotated[float, Field(ge=0.0, le=50.0, description="percent above the voltage setting, from 0 to 50")]
Percent = Annotated[float, Field(ge=0.0, le=10.0, description="percent of the setting, from 0 to 10")]
Offset = Annotated[float, Field(ge=0.0, le=10.0, description="volts from 0 to 10, such as 0.02")]


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


class IdentityTable(Table):
    """`[identity]`: patterns with the groups maker, model, serial and firmware; the first that fits a reply counts."""

    write: Command = "*IDN?"
    patterns: list[str] = Field(min_length=1, description="a list of regular expressions with a group (?P<model>...)")
    framing: FramingTable | None = None


class TimingTable(Table):
    """`[timing]`: what holds where a query or a command says nothing else; `command_gap_s` behind commands only."""

    gap_s: Seconds
    command_gap_s: Seconds | None = None
    timeout_s: Seconds


class TraitsTable(Table):
    """`[traits]`: what a supply family does by itself."""

    output_scope: OutputScope = Field(strict=False, description=enum_of(OutputScope))
    output_on_at_power_on: KnownField
    regulation: RegulationField = RegulationSource.ANSWERED
    bleeds_when_off: KnownField
    clear_reenables: KnownField
    ocp: OcpField
    ovp_kind: OvpKindField
    ovp_senses: OvpSensesField
    sinks: KnownField


class ModelTraitsTable(Table):
    """`[variants.NAME.traits]`: what these models do otherwise than their family."""

    bleeds_when_off: KnownField | None = None
    clear_reenables: KnownField | None = None
    ocp: OcpField | None = None
    ovp_kind: OvpKindField | None = None
    ovp_senses: OvpSensesField | None = None
    sinks: KnownField | None = None


class OrderTable(Table):
    """`[order]`: in which order settings are given when the voltage goes up (`raising`) and down (`lowering`)."""

    raising: list[OperationField] = Field(description='a list such as ["set_current", "set_ovp", "set_voltage"]')
    lowering: list[OperationField] = Field(description='a list such as ["set_voltage", "set_ovp", "set_current"]')


class RatingTable(Table):
    """Part of what an output can do in one range, or what several ranges have in common. Steps are its resolution.

    Protections have the steps of the settings, unless their own are stated. `range` is how it is selected."""

    range: str | None = Field(default=None, description="how the range is selected, if there are several")
    remote_sense: bool | None = Field(default=None, description="true or false")
    max_voltage_v: Volts | None = None
    max_current_a: Amps | None = None
    voltage_step_v: Volts | None = None
    current_step_a: Amps | None = None
    ovp_min_v: Volts | None = None
    ovp_max_v: Volts | None = None
    ovp_above_set_percent: Above | None = None
    ovp_step_v: Volts | None = None
    ocp_min_a: Amps | None = None
    ocp_max_a: Amps | None = None
    ocp_step_a: Amps | None = None
    watchdog_min_s: WatchdogSeconds | None = None
    watchdog_max_s: WatchdogSeconds | None = None
    accuracy_percent: Percent | None = None
    accuracy_offset_v: Offset | None = None


class RangeTable(RatingTable):
    """The whole of it: an entry of `channels`, completed by `ratings` of its variant and of the file.

    Accuracy is left out where no source states it: then it is not known.
    """

    remote_sense: bool = Field(description="true or false")
    max_voltage_v: Volts
    max_current_a: Amps
    voltage_step_v: Volts
    current_step_a: Amps


class AccuracyTable(Table):
    """`[models.NAME.meter.accuracy]`: limits of error at 14.6 V, in the range used; `offset_v` the card's own.

    `confidence` is high where the source states them for this model and range, medium where they are made from
    other figures of a source, and coarser than these. From memory there are none."""

    range_v: Volts
    of_reading_percent: float = Field(ge=0.0, le=5.0, description="percent")
    of_range_percent: float = Field(ge=0.0, le=5.0, description="percent")
    offset_v: float = Field(ge=0.0, le=1.0, description="volts")
    confidence: Literal["high", "medium"] = Field(description='"high" or "medium"')
    source: Source


class MeterTable(Table):
    """`[models.NAME.meter]`: the channels that can be measured, as ranges `"101-120"`, and how well."""

    channels: list[str] = Field(min_length=1, description='a list such as ["101-120", "201-220"]')
    most: int = Field(ge=1, le=1000, description="how many channels one scan may have")
    relay: bool = Field(description="true or false")
    accuracy: AccuracyTable


class VariantTable(SpeechTable):
    """`[variants.NAME]`: what some models of a family have otherwise than the rest."""

    without: list[OperationField] = Field(default_factory=list, description='a list such as ["set_ovp"]')
    traits: ModelTraitsTable | None = None
    ratings: RatingTable = RatingTable()


class ModelTable(Table):
    """`[models]`, by name: the channels of a supply, as `1` or `1-3`, each with its ranges; or what a meter measures.

    `also`: other names of the same instrument. `variant`: the one of `[variants]` that it is."""

    also: list[str] = Field(default_factory=list, description='a list of model names such as ["DP832A"]')
    variant: Name | None = None
    total_w: float | None = Field(default=None, gt=0.0, description="watts over all channels")
    channels: dict[str, list[RatingTable]] = Field(
        default_factory=dict, description="a table such as { 1-2 = [{ max_voltage_v = 30.0, max_current_a = 3.0 }] }"
    )
    meter: MeterTable | None = None
    source: Source


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


class DialectTable(SpeechTable):
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
    ratings: RatingTable = RatingTable()
    variants: dict[Name, VariantTable] = Field(default_factory=dict)
    models: dict[str, ModelTable] = Field(min_length=1, description="a table [models] with one model or more")
    examples: list[ExampleTable] = Field(min_length=12, description="twelve or more tables [[examples]]")
