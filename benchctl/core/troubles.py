"""What goes wrong around a run, as events, and the alarms that come of all that goes wrong, as facts."""

from dataclasses import dataclass

from benchctl.core.model import AlarmState, Priority


@dataclass(frozen=True, slots=True)
class GuardLost:
    """The guard no longer answers the lease: nothing may be energised."""

    detail: str


@dataclass(frozen=True, slots=True)
class JournalFailed:
    """A commit failed or took too long: the file can no longer be trusted."""

    detail: str


@dataclass(frozen=True, slots=True)
class Suspended:
    """The computer slept, and nobody looked at anything meanwhile."""

    detail: str


@dataclass(frozen=True, slots=True)
class HostWarned:
    """The computer has a trouble that stops nothing yet; `value` and `limit` in the unit of its row of faults."""

    fault: str
    value: float
    limit: float
    detail: str


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """What, at what value against which limit, what was done, what to look at. `latched` False: it goes by itself;
    `first_out`: no other trip stood then."""

    alarm: str
    fault: str
    position: str | None
    serial: str | None
    latched: bool
    text: str
    value: float | None
    limit: float | None
    did: str
    look_at: str
    priority: Priority
    first_out: bool


@dataclass(frozen=True, slots=True)
class AlarmChanged:
    """An alarm was acknowledged, reset, or returned to normal by itself."""

    alarm: str
    state: AlarmState
    operator: str | None


@dataclass(frozen=True, slots=True)
class FloodChanged:
    """So many alarms came at once that one line says more than each; `flooding` False: they are few again."""

    flooding: bool
    count: int
    first: str
    text: str
