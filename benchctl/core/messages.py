"""Everything that goes into the core and comes out of it: small frozen values, nothing else.

Events (past tense) go in through `Bench.feed`; orders (imperative) and facts (past tense) come out.
Events and facts are journalled, one row each, under the snake_case name of their class; the looks of one poll
cycle (`Polled`, `MetersScanned`) share one row. Orders are journalled as `intent` only when they energise.
Every message can be written as plain JSON and read back (`core.codec`).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from benchctl.core.model import (
    AbsenceReason,
    Identity,
    Measurement,
    Phase,
    RunState,
    Settings,
    SupplySample,
    Verdict,
)
from benchctl.core.probes import DriftMeasured, ProbesLifted, ProbesRead, ProbesSeen
from benchctl.core.troubles import (
    AlarmChanged as AlarmChanged,
    AlarmRaised as AlarmRaised,
    FloodChanged as FloodChanged,
    GuardLost as GuardLost,
    HostWarned as HostWarned,
    JournalFailed as JournalFailed,
    Suspended as Suspended,
)
from benchctl.core.wishes import (
    AckRequested as AckRequested,
    Answered as Answered,
    OffRequested as OffRequested,
    ResetRequested as ResetRequested,
    StopRequested as StopRequested,
    Wish as Wish,
)

# ---------------------------------------------------------------- orders: core to machines


@dataclass(frozen=True, slots=True)
class Poll:
    """Look at a supply channel: V, I, regulation, output. Answered by `Polled`."""

    position: str


@dataclass(frozen=True, slots=True)
class ScanMeters:
    """Read these positions' meter channels of one instrument in one scan. Answered by `MetersScanned`."""

    instrument: str
    positions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadTemperature:
    """Read the temperature probe of a position. Answered by `TemperatureRead`."""

    position: str


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """Read back set points and protections of a supply channel, and its error queue. Answered by `SettingsRead`."""

    position: str


@dataclass(frozen=True, slots=True)
class Program:
    """Set all of it, read all of it back. Never switches. Answered by `Programmed` or `WireFailed`."""

    position: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class SwitchOn:
    """Output on, read back. The settings are the intent that must be on disk first. Answered by `SwitchedOn`."""

    position: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class SwitchOff:
    """Output off, read back; never waits for anything. Answered by `SwitchedOff`."""

    position: str


@dataclass(frozen=True, slots=True)
class ClearTrip:
    """Off, read back; then what the supply says has tripped is cleared, and the off is read back once more. `operator`
    lifts the latch. Answered by `TripCleared` or `WireFailed`."""

    position: str
    operator: str | None


@dataclass(frozen=True, slots=True)
class MoveLeads:
    """A person has said that these batteries now hang on this position, joined in parallel where there are several
    (a simulated bench has to be told)."""

    position: str
    serials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MoveProbes:
    """A person says that the probes of a hand-held meter are on this battery, or is to take them off (`serial` None):
    a simulated bench has to be told. `position` is the battery's."""

    instrument: str
    position: str
    serial: str | None


Order: TypeAlias = (
    Poll
    | ScanMeters
    | ReadTemperature
    | ReadSettings
    | Program
    | SwitchOn
    | SwitchOff
    | ClearTrip
    | MoveLeads
    | MoveProbes
)
ENERGISING = (Program, SwitchOn, ClearTrip)
"""Orders that wait for the commit of what caused them, with their intent committed first: the way up, and the clearing
of a trip, after which a supply may come on by itself."""

# ---------------------------------------------------------------- events: the outside to the core


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time has come to `at_s`. Not journalled."""


@dataclass(frozen=True, slots=True)
class Started:
    """The engine is up, the guard has drilled, the journal is open."""


@dataclass(frozen=True, slots=True)
class Polled:
    """A look at a supply channel, each part a reading or an absence."""

    position: str
    sample: SupplySample


@dataclass(frozen=True, slots=True)
class MetersScanned:
    """One scan of one meter: a reading or an absence for each position asked for, in that order."""

    instrument: str
    readings: tuple[tuple[str, Measurement], ...]


@dataclass(frozen=True, slots=True)
class TemperatureRead:
    """A position's probe, in degrees Celsius."""

    position: str
    temperature: Measurement


@dataclass(frozen=True, slots=True)
class SettingsRead:
    """Set points and protections as the supply states them. `errors` stood in its error queue, oldest first. `remote`:
    it says that remote control is taken, and not its front panel's; None: its family has no question for that."""

    position: str
    settings: Settings
    errors: tuple[str, ...] = ()
    remote: bool | None = None


@dataclass(frozen=True, slots=True)
class Programmed:
    """A `Program` was carried out and every part read back within tolerance; `settings` is what was read. `errors`
    stood in the supply's error queue afterwards, oldest first."""

    position: str
    settings: Settings
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SwitchedOn:
    """The output answers that it is on."""

    position: str


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """An off was sent. `proven`: the output answered off. `detail` says what was seen otherwise."""

    position: str
    proven: bool
    detail: str


@dataclass(frozen=True, slots=True)
class TripCleared:
    """What a `ClearTrip` came to. `off`: the output answered off each time. `cleared`: what had tripped and was told to
    clear. `standing`: what the supply says at the end has tripped."""

    position: str
    operator: str | None
    off: bool
    cleared: tuple[str, ...]
    standing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WireFailed:
    """An order could not be carried out. `position` None: it was for the instrument as a whole."""

    instrument: str
    position: str | None
    operation: str
    reason: AbsenceReason
    detail: str


@dataclass(frozen=True, slots=True)
class SettingRefused:
    """The supply did not take a set point: asked for and read back differ."""

    position: str
    what: str
    asked: float
    answered: float


@dataclass(frozen=True, slots=True)
class Identified:
    """An instrument's identity at (re)connection."""

    instrument: str
    identity: Identity


Sampled: TypeAlias = Polled | MetersScanned | TemperatureRead
Event: TypeAlias = (
    Ticked
    | Started
    | Sampled
    | SettingsRead
    | Programmed
    | SwitchedOn
    | SwitchedOff
    | TripCleared
    | WireFailed
    | SettingRefused
    | Identified
    | Wish
    | GuardLost
    | JournalFailed
    | Suspended
    | HostWarned
)

# ---------------------------------------------------------------- facts: the core to the journal


@dataclass(frozen=True, slots=True)
class RunEntered:
    """The run is in another state."""

    state: RunState
    why: str


@dataclass(frozen=True, slots=True)
class PhaseEntered:
    """A battery is in another phase. `position` None: it is not on the bench."""

    serial: str
    position: str | None
    phase: Phase
    why: str
    round: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a battery waits for, and until when at the latest (boot seconds; None: no limit)."""

    serial: str
    waiting_for: str
    until_s: float | None


@dataclass(frozen=True, slots=True)
class Counted:
    """The charge delivered in this run so far to a battery, together with those it was joined with meanwhile."""

    serial: str
    amp_hours: float


@dataclass(frozen=True, slots=True)
class LeadLearned:
    """Lead and contact resistance of a position, from supply voltage, meter voltage and current."""

    position: str
    resistance_ohm: float


class PromptKind(StrEnum):
    """What a person is asked to do."""

    CONNECT = "connect"  # hang a battery on a position's power, sense and meter leads
    PROBE = "probe"  # hang a battery on a position's meter leads only
    ISOLATE = "isolate"  # take the supply's leads off a battery
    HOLD_PROBES = "hold_probes"  # hold the probes of a hand-held meter on a battery
    JOIN = "join"  # join batteries in parallel, and hang them on a position as one
    SEPARATE = "separate"  # take them apart again; the meter leads stay on the first


@dataclass(frozen=True, slots=True)
class PromptAsked:
    """A person is needed. Answered with `done` (or `stop`). `joined` are the batteries to be joined or taken apart."""

    prompt: str
    kind: PromptKind
    text: str
    position: str | None
    serial: str | None
    joined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PromptClosed:
    """A prompt needs no answer any more. `value` None: it was withdrawn; `read`: probes were read by themselves."""

    prompt: str
    value: str | None
    operator: str | None


@dataclass(frozen=True, slots=True)
class TaperProven:
    """A charge ended as a full charge must: this current or less, at this voltage, for this long."""

    serial: str
    position: str
    taper_a: float
    limit_a: float
    voltage_v: float
    held_s: float
    amp_hours: float


@dataclass(frozen=True, slots=True)
class SpreadMeasured:
    """One common scan: a median voltage and a rest age for every battery read, spread and uncertainty over them."""

    round: int
    voltages_v: tuple[tuple[str, float], ...]
    rest_ages_s: tuple[tuple[str, float], ...]
    spread_v: float
    uncertainty_v: float
    limit_v: float
    outliers: tuple[str, ...]


class StepKind(StrEnum):
    """What a step of the plan is, so that it can be told when it will be as the run goes."""

    CHECK = "check"
    CHARGE = "charge"
    HANDS = "hands"  # at a place, before or after a charge
    TOP_UP = "top_up"
    REST = "rest"
    SCAN = "scan"
    JUDGE = "judge"


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A line of the plan of the night; times are seconds from the start of the run. `place` and `serial` None: it is
    for all of them; of a group, `serial` is its first battery."""

    text: str
    start_s: float
    end_s: float
    hands: bool
    kind: StepKind
    place: str | None
    serial: str | None


@dataclass(frozen=True, slots=True)
class Planned:
    """What will happen, who must be here and when."""

    steps: tuple[PlanStep, ...]
    permit: str
    permit_reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Noted:
    """A remark for the event list."""

    text: str


@dataclass(frozen=True, slots=True)
class WishRefused:
    """A wish could not be granted, and why. `wish` is its kind."""

    wish: str
    reason: str


@dataclass(frozen=True, slots=True)
class VerdictReached:
    """The end. The spread is None unless it covers the whole bank."""

    verdict: Verdict
    spread_v: float | None
    reasons: tuple[str, ...]


Fact: TypeAlias = (
    RunEntered
    | PhaseEntered
    | Waiting
    | Counted
    | LeadLearned
    | PromptAsked
    | PromptClosed
    | ProbesSeen
    | ProbesRead
    | ProbesLifted
    | DriftMeasured
    | AlarmRaised
    | AlarmChanged
    | FloodChanged
    | TaperProven
    | SpreadMeasured
    | Planned
    | Noted
    | WishRefused
    | VerdictReached
)
