"""Bodies of journal rows that are no messages of the core: how a run opens and closes, and what shares a row.

Kind of a row = class name in snake_case, as for messages; written and read by `core.codec`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from benchctl.core.messages import Event, Fact, MetersScanned, Order, Polled, SettingsRead, TemperatureRead
from benchctl.core.model import Bank, BenchFile, Identity, MeterAbility, SupplyAbility, Verdict
from benchctl.core.procedure import Procedure


@dataclass(frozen=True, slots=True)
class Samples:
    """All looks of one poll cycle; `settings` are the set points that were read back in it, in most cycles none."""

    polled: tuple[Polled, ...]
    scanned: tuple[MetersScanned, ...]
    temperatures: tuple[TemperatureRead, ...]
    settings: tuple[SettingsRead, ...] = ()


@dataclass(frozen=True, slots=True)
class Intent:
    """An order after which an output may be on, on disk before it leaves. Written as the order's fields beside `order`,
    its kind."""

    order: Order


@dataclass(frozen=True, slots=True)
class RunOpened:
    """The first row of every journal: all that governs the run.

    `supplies` and `meters` are by position (a position without a wired meter has None), `identities` by instrument.
    `temperature_c` is what the operator declared. `calibration_overdue` names instruments. `remarks` are sentences on
    the batteries that are no reason to refuse them (ages, mixtures, what they were before).
    """

    run: str
    bench: BenchFile
    bank: Bank
    procedure: Procedure
    operator: str | None
    temperature_c: float | None
    attended: bool
    simulated: bool
    identities: Mapping[str, Identity]
    supplies: Mapping[str, SupplyAbility]
    meters: Mapping[str, MeterAbility | None]
    version: str
    permit: str
    permit_reasons: tuple[str, ...]
    calibration_overdue: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunClosed:
    """The last row of every finished journal. `spread_v` is None unless it covers the whole bank."""

    verdict: Verdict
    reasons: tuple[str, ...]
    spread_v: float | None
    why: str


@dataclass(frozen=True, slots=True)
class GuardLog:
    """What a guard did while no engine was there to write it down: its own log, line by line, as found."""

    lines: tuple[str, ...]


Body: TypeAlias = Event | Fact | Samples | Intent | RunOpened | RunClosed | GuardLog
"""Whatever a journal row can hold."""
