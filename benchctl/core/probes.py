"""What a journal says of a hand-held meter: what its probes were asked for, what they showed, what was read.

The meter's single readings stand in the samples, like any other's. `SCAN` and `AGAIN` are the verifying readings.
"""

from dataclasses import dataclass
from enum import StrEnum


class ProbesState(StrEnum):
    """What the probes of a hand-held meter show while they are asked for."""

    SILENT = "silent"  # the meter gives no reading
    NOT_LIFTED = "not_lifted"  # they have not been seen off since they were asked for
    OPEN = "open"  # on nothing, or on a battery whose BMS sleeps
    REVERSED = "reversed"  # red is on minus
    UNSTEADY = "unsteady"  # a voltage that still moves
    ELSEWHERE = "elsewhere"  # steady, but not what the supply holds there
    STEADY = "steady"  # taken


class Errand(StrEnum):
    """What the probes of a hand-held meter are asked for."""

    CHECK = "check"  # the open-circuit voltage, before the first output goes on
    ENTRY = "entry"  # its voltage alone, before its group is joined
    CHARGE = "charge"  # the same right before a charge, and its first current
    TAPER = "taper"  # the voltage at the battery while its taper is proven
    APART = "apart"  # its voltage alone, right after the charge of its group
    SCAN = "scan"  # the rested voltage
    AGAIN = "again"  # the scan's first battery once more: has the meter drifted?


@dataclass(frozen=True, slots=True)
class ProbesSeen:
    """What the probes asked for by a prompt show has changed. `voltage_v` None: there is no reading."""

    prompt: str
    position: str
    serial: str
    state: ProbesState
    voltage_v: float | None


@dataclass(frozen=True, slots=True)
class ProbesRead:
    """A steady reading of a battery by a hand-held meter: the median of some readings in a row, in volts."""

    instrument: str
    position: str
    serial: str
    errand: Errand
    voltage_v: float


@dataclass(frozen=True, slots=True)
class ProbesLifted:
    """The probes have left the battery on which they were held, or nothing is known of them any more."""

    instrument: str
    position: str
    serial: str


@dataclass(frozen=True, slots=True)
class DriftMeasured:
    """The first battery of a hand-probed scan, read again at its end: its two medians, in volts, and what they may
    differ. `settled` False: it had not rested long enough to stand still, as a test procedure may have it; its own fall
    is then no drift of the meter, and counts with the uncertainty."""

    instrument: str
    serial: str
    first_v: float
    again_v: float
    limit_v: float
    settled: bool
