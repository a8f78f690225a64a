"""What can be said to a family of instruments and by which of its models: operations, questions, settings, ratings.

Values only. `dialect` binds them to a channel and makes the bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from benchctl.core.dialect.grammar import IdentityReply, Reply
from benchctl.core.dialect.template import Template
from benchctl.core.model import MeterAbility, SupplyAbility


class Operation(StrEnum):
    """Everything benchctl may want of an instrument."""

    IDENTIFY = "identify"
    REMOTE = "remote"
    READ_REMOTE = "read_remote"
    CONFIGURE = "configure"
    READ_RANGE = "read_range"
    MEASURE_VOLTAGE = "measure_voltage"
    MEASURE_CURRENT = "measure_current"
    READ_REGULATION = "read_regulation"
    READ_OUTPUT = "read_output"
    SET_VOLTAGE = "set_voltage"
    READ_VOLTAGE = "read_voltage"
    SET_CURRENT = "set_current"
    READ_CURRENT = "read_current"
    SET_OVP = "set_ovp"
    READ_OVP = "read_ovp"
    OVP_ON = "ovp_on"
    OVP_OFF = "ovp_off"
    READ_OVP_ON = "read_ovp_on"
    SET_OCP = "set_ocp"
    READ_OCP = "read_ocp"
    OCP_ON = "ocp_on"
    OCP_OFF = "ocp_off"
    READ_OCP_ON = "read_ocp_on"
    READ_OVP_TRIP = "read_ovp_trip"
    READ_OCP_TRIP = "read_ocp_trip"
    SET_WATCHDOG = "set_watchdog"
    READ_WATCHDOG = "read_watchdog"
    WATCHDOG_ON = "watchdog_on"
    WATCHDOG_OFF = "watchdog_off"
    READ_WATCHDOG_ON = "read_watchdog_on"
    READ_WATCHDOG_TRIP = "read_watchdog_trip"
    CLEAR_TRIP = "clear_trip"
    OUTPUT_ON = "output_on"
    OUTPUT_OFF = "output_off"
    SENSE_REMOTE = "sense_remote"
    SENSE_LOCAL = "sense_local"
    READ_SENSE = "read_sense"
    READ_ERROR = "read_error"
    MEASURE = "measure"
    SCAN = "scan"
    MEASURE_TEMPERATURE = "measure_temperature"


NUMBERED = (
    Operation.SET_VOLTAGE,
    Operation.SET_CURRENT,
    Operation.SET_OVP,
    Operation.SET_OCP,
    Operation.SET_WATCHDOG,
)
"""Settings that take a number; no other has one."""

WATCHDOG = (
    Operation.SET_WATCHDOG,
    Operation.READ_WATCHDOG,
    Operation.WATCHDOG_ON,
    Operation.WATCHDOG_OFF,
    Operation.READ_WATCHDOG_ON,
    Operation.READ_WATCHDOG_TRIP,
)
"""A watchdog is used if all of it is there: told, read back, let go, and seen when it has bitten."""

WATCHDOG_STEP_S = 1.0


class UnknownModel(LookupError):
    """The dialect file has no such model."""


class UnknownChannel(LookupError):
    """The model has no such channel or range."""


class Unsupported(LookupError):
    """The instrument has no such operation."""


class OutOfRange(ValueError):
    """A setting that the channel cannot hold, or that is no number."""


class Kind(StrEnum):
    """What a dialect's instruments are."""

    SUPPLY = "supply"
    METER = "meter"


class RegulationSource(StrEnum):
    """How it is known what a supply regulates."""

    ANSWERED = "answered"
    INFERRED = "inferred"  # from its readings and its set points: the family has no live answer


class OutputScope(StrEnum):
    """What the output switch switches."""

    CHANNEL = "channel"
    GLOBAL = "global"  # all channels at once
    MASTER = "master"  # a channel is on when its own and a common switch are


@dataclass(frozen=True, slots=True)
class Serial:
    """How the serial port is set up: baud rates in the order to try them, and words.

    `parity` is none, even or odd; `flow` is none, rtscts, dsrdtr or xonxoff.
    """

    baud: tuple[int, ...]
    data_bits: int
    parity: str
    stop_bits: int
    flow: str


@dataclass(frozen=True, slots=True)
class Transport:
    """How the family is reached. `socket_port` None: it has no raw socket."""

    socket_port: int | None
    serial: Serial | None
    usbtmc: bool
    vxi11: bool


@dataclass(frozen=True, slots=True)
class Exchange:
    """One write and what must come back. The wire stays silent for `gap_s` after it.

    `reply` None: nothing comes back. `timeout_s`: how long the reply may take. `query` names it in messages.
    """

    query: str
    write: bytes
    reply: Reply | IdentityReply | None
    gap_s: float
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Query:
    """A question, its answer, and the operations it answers (each by the index of a field).

    `each` None: asked of one channel. Else asked of many at once: the answer repeats for each, joined by `each`.
    `told_apart`: where one answer tells of several channels, the field of each channel; `answers` has the first.
    `otherwise`: what is wrong, and what to do, when a meter answers "no" to `READ_RANGE`; "" where it is not asked.
    """

    name: str
    write: Template
    answer: Template
    fields: tuple[str, ...]
    reply: Reply
    answers: Mapping[Operation, int]
    told_apart: Mapping[Operation, Mapping[int, int]]
    each: str | None
    gap_s: float
    timeout_s: float
    timeout_per_channel_s: float
    otherwise: str

    def field(self, operation: Operation, channel: int) -> int | None:
        """Which field answers this for a channel; None when the answer says nothing of it."""
        apart = self.told_apart.get(operation)
        return self.answers.get(operation) if apart is None else apart.get(channel)

    def reply_of(self, channel: str) -> Reply:
        """The reply to expect from a channel of this name: an answer of another channel is none."""
        if self.answer.holes() == self.answer.parts():
            return self.reply
        return replace(self.reply, pattern=self.answer.echoing(channel).pattern(self.each or ""))


@dataclass(frozen=True, slots=True)
class Command:
    """A setting: one write or several, in order. `acknowledge`: what comes back after each, if anything does."""

    operation: Operation
    writes: tuple[Template, ...]
    acknowledge: Reply | None
    scale: float
    gap_s: float
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Rating:
    """What a channel can do in one of its ranges (`name` "" when there is but one).

    Steps are the resolution of its settings, in V and A; protections may have coarser ones. A watchdog counts whole
    seconds.
    """

    name: str
    ability: SupplyAbility
    voltage_step_v: float
    current_step_a: float
    ovp_step_v: float
    ocp_step_a: float

    def step(self, operation: Operation) -> float:
        """Resolution of the number that a setting takes, V, A or s."""
        return {
            Operation.SET_VOLTAGE: self.voltage_step_v,
            Operation.SET_CURRENT: self.current_step_a,
            Operation.SET_OVP: self.ovp_step_v,
            Operation.SET_OCP: self.ocp_step_a,
            Operation.SET_WATCHDOG: WATCHDOG_STEP_S,
        }[operation]


@dataclass(frozen=True, slots=True)
class SupplyChannel:
    """A channel of a supply. `token` is how commands name it. The first range is used unless another is named."""

    number: int
    token: str
    ratings: tuple[Rating, ...]


@dataclass(frozen=True, slots=True)
class MeterChannels:
    """The channels of a meter and what each can do. `most` is how many can be read in one scan."""

    numbers: frozenset[int]
    most: int
    ability: MeterAbility


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """One model of a family, with the family's questions and settings as this model has them."""

    name: str
    names: tuple[str, ...]
    channels: Mapping[int, SupplyChannel]
    meter: MeterChannels | None
    queries: Mapping[str, Query]
    commands: Mapping[Operation, Command]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question and which field of its decoded answer is meant."""

    exchange: Exchange
    field: int


@dataclass(frozen=True, slots=True)
class Look:
    """Several operations asked at once, each question once.

    `picks[i]` says which exchange, and which field of its answer, answers the i-th operation.
    """

    exchanges: tuple[Exchange, ...]
    picks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """Several meter channels in one go. Field i of the last exchange's answer is the reading of `channels[i]`."""

    exchanges: tuple[Exchange, ...]
    channels: tuple[int, ...]
