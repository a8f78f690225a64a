"""The nouns: readings, batteries, positions, benches. Frozen values, no behaviour beyond asking them.

A measured number is never a bare float: it is a `Reading`, or an `Absence` that says why there is none.
Nothing here has a default where a value may be missing; `None` always means "not stated" or "does not apply".
Units stand in the names: volts `_v`, amperes `_a`, seconds of boot time `_s`, ohms `_ohm`, degrees Celsius `_c`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class AbsenceReason(StrEnum):
    """Why a number is not there."""

    TIMEOUT = "timeout"  # no reply in time
    CLOSED = "closed"  # the connection is gone or was refused
    GARBLED = "garbled"  # a reply came, but not in the grammar of the question
    NOT_A_NUMBER = "not_a_number"  # the instrument itself says that it has no value
    OVERLOAD = "overload"  # the instrument itself says that the value is out of its range
    WRONG_INSTRUMENT = "wrong_instrument"  # another instrument than the pinned one answers
    NOT_MEASURED = "not_measured"  # the question was not asked: an earlier one of the same job failed
    UNSUPPORTED = "unsupported"  # this instrument has no such question
    WRONG_INPUT = "wrong_input"  # the meter says that it measures something else: other terminals, another function


@dataclass(frozen=True, slots=True)
class Allowed:
    """The most batteries in series and strings in parallel, both >= 1; None: nobody says. `source`: who does."""

    series: int | None
    parallel: int | None
    source: str


NOT_STATED = Allowed(None, None, "")


@dataclass(frozen=True, slots=True)
class Reading:
    """A number an instrument really answered, with its time (boot seconds) and its literal text."""

    value: float
    at_s: float
    raw: str


@dataclass(frozen=True, slots=True)
class Absence:
    """The lack of a number, with its time (boot seconds) and a sentence for the technician."""

    reason: AbsenceReason
    at_s: float
    detail: str


Measurement: TypeAlias = Reading | Absence


class Regulation(StrEnum):
    """What a supply says it is holding."""

    CV = "CV"
    CC = "CC"
    OFF = "OFF"  # output off, or on and holding neither


@dataclass(frozen=True, slots=True)
class SupplySample:
    """One look at a supply channel: all of it asked in one job, in this order."""

    voltage: Measurement
    current: Measurement
    regulation: Regulation | Absence
    output_on: bool | Absence


@dataclass(frozen=True, slots=True)
class Settings:
    """What a supply channel is told to hold. `ovp_v` and `ocp_a` are None where the supply has no such thing
    that can be used while charging; the wire then proves that it is off. `watchdog_s` is for how long it may hear
    nothing before it switches off by itself; None: it has no watchdog, or that is off."""

    voltage_v: float
    current_a: float
    ovp_v: float | None
    ocp_a: float | None
    watchdog_s: float | None = None  # journals from before it have none


@dataclass(frozen=True, slots=True)
class Identity:
    """Who an instrument says it is (`*IDN?` taken apart), with the literal reply."""

    maker: str
    model: str
    serial: str
    firmware: str
    raw: str


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """A channel of an instrument of the bench file: `psu1:1`."""

    instrument: str
    channel: int

    def __str__(self) -> str:
        return f"{self.instrument}:{self.channel}"


class Isolation(StrEnum):
    """How a battery is cut off from its supply while it rests."""

    CONTACTOR = "contactor"
    SUPPLY_OFF = "supply_off"
    MANUAL = "manual"


class Sense(StrEnum):
    """Where the supply regulates: at the battery by sense leads, or at its own terminals."""

    REMOTE = "remote"
    LOCAL = "local"


HAND_PROBED_CHANNEL = 1
"""What a meter whose probes a person holds measures with."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place on the bench: one supply channel and one meter channel.

    `meter` None with `hand_probed` an instrument name: a meter whose probes a person holds.
    """

    name: str
    supply: ChannelRef
    meter: ChannelRef | None
    hand_probed: str | None
    isolation: Isolation
    sense: Sense
    lead_ohm: float | None
    fuse_a: float | None
    temperature: ChannelRef | None

    @property
    def measured_by(self) -> ChannelRef | None:
        """The meter channel that reads its battery, wired or held by hand; None: there is no meter."""
        if self.meter is not None or self.hand_probed is None:
            return self.meter
        return ChannelRef(self.hand_probed, HAND_PROBED_CHANNEL)


@dataclass(frozen=True, slots=True)
class InstrumentEntry:
    """One instrument of the bench file. `calibration_due` is an ISO date.

    `baud` is the rate of its serial port, in bits a second: stated, or the first at which it answered. `firmware` is
    the one that it has to have, None: any.
    """

    name: str
    resource: str
    dialect: str | None
    model: str | None
    serial: str | None
    calibration_due: str | None
    off_resource: str | None
    baud: int | None = None  # journals from before it have none
    firmware: str | None = None  # as above


PYVISA_PY = "@py"
"""The VISA library that is used where no other is asked for: pyvisa-py."""


@dataclass(frozen=True, slots=True)
class BenchFile:
    """What stands on the bench. `clock` is the address of a simulated bench's clock, if it has one.

    `visa` is the VISA library by which instruments are reached, as pyvisa names it: `@py`, or `@ivi` for the one that
    is installed on the machine.
    """

    name: str
    simulated: bool
    clock: str | None
    instruments: tuple[InstrumentEntry, ...]
    positions: tuple[Position, ...]
    visa: str = PYVISA_PY  # journals from before it have none


@dataclass(frozen=True, slots=True)
class Battery:
    """One unit of `cells` cells in series (4: 12.8 V, 8: 25.6 V). `position` and `group` as the bank file states them;
    `manufactured` an ISO date.

    `max_group_charge_a` is what its maker allows for a parallel group of any size; None: not stated. `arrival_soc` is
    about how full it arrives, 0 to 1; None: not stated. Estimates rest on it, and nothing else.
    """

    serial: str
    brand: str
    model: str
    chemistry: str
    amp_hours: float
    max_charge_a: float
    manufactured: str | None
    position: str | None
    group: str | None
    cells: int
    max_group_charge_a: float | None = None
    arrival_soc: float | None = None


@dataclass(frozen=True, slots=True)
class Bank:
    """Identical strings of batteries, in file order. `procedure` is the one that the bank file names, if it does;
    `allowed` is how many may be joined, by their maker or by the file."""

    name: str
    series: int
    parallel: int
    batteries: tuple[Battery, ...]
    procedure: str | None
    allowed: Allowed = NOT_STATED


class Ocp(StrEnum):
    """What an over-current protection does. Only `LEVEL` may be armed while a charge runs in CC."""

    LEVEL = "level"
    TRIPS_IN_CC = "trips_in_cc"
    NONE = "none"


class Known(StrEnum):
    """A property of an instrument that a source states, denies, or leaves open."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class OvpKind(StrEnum):
    """What a tripped over-voltage protection does to the battery that hangs on it."""

    DISCONNECT = "disconnect"
    DOWNPROGRAM = "downprogram"  # pulls the output towards 0 V, with a load across it
    CROWBAR = "crowbar"  # shorts the output
    UNKNOWN = "unknown"


class OvpSenses(StrEnum):
    """Where an over-voltage protection looks."""

    OUTPUT = "output"  # at the output terminals: the drop in the leads adds
    SENSE = "sense"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SupplyAbility:
    """What one supply channel can do, from its dialect file and model.

    `ovp_min_v`/`ovp_max_v` None: no OVP that can be set; `ocp_min_a`/`ocp_max_a` the same. `total_w` None: no limit
    over all channels. `sinks`: it can draw current from the battery of its own accord. `watchdog_min_s`/
    `watchdog_max_s`: whole seconds of silence after which it can switch off by itself; None: it has no such watchdog.
    `voltage_accuracy_v` None: not known.
    """

    max_voltage_v: float
    max_current_a: float
    total_w: float | None
    ovp_min_v: float | None
    ovp_max_v: float | None
    ovp_kind: OvpKind
    ovp_senses: OvpSenses
    ocp: Ocp
    ocp_min_a: float | None
    ocp_max_a: float | None
    remote_sense: bool
    bleeds_when_off: Known
    sinks: Known
    clear_reenables: Known
    watchdog_min_s: float | None
    watchdog_max_s: float | None
    voltage_accuracy_v: float | None


@dataclass(frozen=True, slots=True)
class MeterAbility:
    """What one meter channel can do at 14.6 V: `a = gain * |V| + offset`, limits of error, not standard deviations.

    `relay` True: a scanner, whose relays wear.
    """

    gain: float
    offset_v: float
    range_v: float
    relay: bool


class RunState(StrEnum):
    """Where a run stands."""

    IDLE = "idle"
    CHECKING = "checking"
    CHARGING = "charging"
    RESTING = "resting"
    VERIFYING = "verifying"
    BALANCING = "balancing"
    APPROVED = "approved"
    REJECTED = "rejected"
    NOT_PROVEN = "not_proven"
    TRIPPED = "tripped"
    STOPPED = "stopped"
    REFUSED = "refused"


class Phase(StrEnum):
    """Where a battery stands."""

    WAITING = "waiting"
    CONNECTING = "connecting"
    CHECKING = "checking"
    PRECHARGING = "precharging"
    CHARGING = "charging"
    ABSORBING = "absorbing"
    FULL = "full"
    RESTING = "resting"
    RESTED = "rested"
    HOLDING = "holding"
    VERIFIED = "verified"
    OUTLIER = "outlier"
    TRIPPED = "tripped"
    FAILED = "failed"


class Verdict(StrEnum):
    """How a run ended. The exit codes of `run` and `demo` follow from it."""

    APPROVED = "approved"
    REJECTED = "rejected"
    TRIPPED = "tripped"
    STOPPED = "stopped"
    NOT_PROVEN = "not_proven"
    REFUSED = "refused"


class AlarmState(StrEnum):
    """ISA-18.2 states of an alarm. A latched one stands until it is reset; only one that is not latched returns."""

    NORMAL = "normal"
    UNACK = "unack"
    ACK = "ack"
    RTN_UNACK = "rtn_unack"


class Priority(StrEnum):
    """How soon a person has to know (safety 3.4)."""

    P1 = "P1"  # an output tripped, or is not proven off
    P2 = "P2"  # the run is worse off
    P3 = "P3"  # for the record
