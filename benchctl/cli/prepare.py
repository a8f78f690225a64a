"""From files to a run that can be started: read, meet the instruments, see what they can do, judge whether it may be.

    Wanted      what was asked for on the command line
    Files       bench, bank and procedure, read and sound
    Prepared    all that the engine and the guard are given

Nothing here energises anything, and nothing is written.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from benchctl import __version__
from benchctl.cli.guarding import guarded_supply
from benchctl.cli.rollcall import Present, roll_call
from benchctl.core.dialect.voice import Kind, Operation, OutputScope, UnknownChannel, Voice
from benchctl.core.errors import FileFault, Refusal, UsageFault
from benchctl.core.identity import history_objections, remarks, string_objections, to_come
from benchctl.core.mission import Mission, guard_reaches
from benchctl.core.model import Bank, BenchFile, ChannelRef, MeterAbility, Position, SupplyAbility
from benchctl.core.passport import Passport
from benchctl.core.procedure import Procedure
from benchctl.core.rows import RunOpened
from benchctl.core.run.schedule import permit_of, refusals
from benchctl.edge.bankfile import load_bank
from benchctl.edge.benchfile import load_bench
from benchctl.edge.procedurefile import DEFAULT, load_procedure
from benchctl.guard.plan import Supply

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A run as it was asked for. `procedure` None: the bank's, or the default; `temperature_c` None: the bench measures
    it; `clock_checked_by` None: nobody vouches for a clock that shows less than the record."""

    bank: Path
    bench: Path
    procedure: str | None
    operator: str | None
    temperature_c: float | None
    attended: bool
    clock_checked_by: str | None


@dataclass(frozen=True, slots=True)
class Files:
    """What the user wrote."""

    bench: BenchFile
    bank: Bank
    procedure: Procedure


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that may be started: its first row, the guard's way to every supply, the supplies to which it has none,
    and what a person should know."""

    opened: RunOpened
    supplies: tuple[Supply, ...]
    unreached: tuple[str, ...]
    notes: tuple[str, ...]


def read_files(wanted: Wanted) -> Files:
    """All three files. Raises UsageFault with everything that is wrong in any of them, file by file."""
    faults: list[str] = []
    bench = _read(faults, lambda: load_bench(wanted.bench))
    bank = _read(faults, lambda: load_bank(wanted.bank, bench))
    procedure = _read(faults, lambda: load_procedure(wanted.procedure or stated_procedure(bank)))
    if bench is None or bank is None or procedure is None:
        raise UsageFault("\n".join(faults))
    return Files(bench, bank, procedure)


def stated_procedure(bank: Bank | None) -> str:
    """The procedure to go by where none is asked for: the one that the bank names, else the default."""
    return bank.procedure if bank is not None and bank.procedure is not None else DEFAULT


def prepared(files: Files, wanted: Wanted, run: str, today: date, standing: Mapping[str, Passport]) -> Prepared:
    """Judge the batteries, meet everything on the bench, judge the run. Raises Refusal with every reason that can be
    known together. `standing` are the passports that bind this bench's batteries (`core.passport.standing`).
    """
    bank, procedure = files.bank, files.procedure
    _refuse((*string_objections(bank, procedure), *history_objections(bank, procedure, standing)))
    present = roll_call(files.bench.instruments, files.bench.visa)
    mission = _mission(files, wanted, run, today, present)
    _refuse(refusals(mission))
    present_supplies = [each for each in present.values() if each.dialect.kind is Kind.SUPPLY]
    unreached = tuple(each.entry.name for each in present_supplies if not guard_reaches(each.entry))
    notes = tuple(each.note for each in present.values() if each.note is not None)
    said = (*remarks(bank, procedure, standing), *to_come(bank, str(today)))
    return Prepared(_opened(mission, said), guarded_supplies(present_supplies), unreached, notes)


def _refuse(reasons: tuple[str, ...]) -> None:
    if reasons:
        raise Refusal(*reasons)


def guarded_supplies(present: Iterable[Present]) -> tuple[Supply, ...]:
    """The guard's way to every supply on the bench that it can reach, used or not. Raises Refusal.

    A supply that it cannot reach makes the run attended only; one that it could reach, but whose answers it cannot
    read, is refused.
    """
    faults: list[str] = []
    supplies = []
    for each in present:
        if guard_reaches(each.entry):
            try:
                supplies.append(guarded_supply(each.entry, each.dialect, each.model))
            except ValueError as fault:
                faults.append(f"{each.entry.name}: {fault} Without a guard nothing is charged.")
    if faults:
        raise Refusal(*faults)
    return tuple(supplies)


def _read(faults: list[str], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except FileFault as fault:
        faults.append(str(fault))
        return None


def _mission(files: Files, wanted: Wanted, run: str, today: date, present: Mapping[str, Present]) -> Mission:
    supplies, meters = abilities(files.bench.positions, present)
    entries = tuple(present[entry.name].entry for entry in files.bench.instruments)
    return Mission(
        run=run,
        bench=replace(files.bench, instruments=entries),
        bank=files.bank,
        procedure=files.procedure,
        identities={name: each.identity for name, each in present.items()},
        supplies=supplies,
        meters=meters,
        operator=wanted.operator,
        temperature_c=wanted.temperature_c,
        attended=wanted.attended,
        calibration_overdue=tuple(e.name for e in entries if e.calibration_due and e.calibration_due < str(today)),
    )


def _opened(mission: Mission, said: tuple[str, ...]) -> RunOpened:
    permit = permit_of(mission)
    return RunOpened(
        run=mission.run,
        bench=mission.bench,
        bank=mission.bank,
        procedure=mission.procedure,
        operator=mission.operator,
        temperature_c=mission.temperature_c,
        attended=mission.attended,
        simulated=mission.bench.simulated,
        identities=mission.identities,
        supplies=mission.supplies,
        meters=mission.meters,
        version=__version__,
        permit="may run unattended" if permit.unattended else "attended only",
        permit_reasons=permit.reasons,
        calibration_overdue=mission.calibration_overdue,
        remarks=said,
    )


def abilities(
    positions: tuple[Position, ...], present: Mapping[str, Present]
) -> tuple[dict[str, SupplyAbility], dict[str, MeterAbility | None]]:
    """What each position's channels can do, by position. Raises Refusal with all that cannot do what they are for."""
    faults = _shared_switches(positions, present)
    supplies: dict[str, SupplyAbility] = {}
    meters: dict[str, MeterAbility | None] = {}
    for position in positions:
        voice = _voice(faults, position.name, "supply", position.supply, present)
        if voice is not None and voice.ability is not None:
            supplies[position.name] = voice.ability
        voice = _voice(faults, position.name, "meter", position.measured_by, present)
        meters[position.name] = voice.meter if voice is not None else None
        voice = _voice(faults, position.name, "temperature", position.temperature, present)
        if voice is not None and not voice.can(Operation.MEASURE_TEMPERATURE):
            faults.append(f"{position.name}: {voice.model.name} measures no temperature, so no probe can be on it.")
    if faults:
        raise Refusal(*faults)
    return supplies, meters


def _shared_switches(positions: tuple[Position, ...], present: Mapping[str, Present]) -> list[str]:
    """Positions on one output switch would be switched off, and on, with each other."""
    users: dict[str, list[str]] = {}
    for position in positions:
        if present[position.supply.instrument].dialect.output_scope is OutputScope.GLOBAL:
            users.setdefault(position.supply.instrument, []).append(position.name)
    return [
        f"{' and '.join(names)}: {supply} has one switch for all its outputs, so it can serve one position only."
        for supply, names in users.items()
        if len(names) > 1
    ]


def _voice(
    faults: list[str], place: str, use: str, channel: ChannelRef | None, present: Mapping[str, Present]
) -> Voice | None:
    if channel is None:
        return None
    there = present[channel.instrument]
    kind = Kind.SUPPLY if use == "supply" else Kind.METER
    if there.dialect.kind is not kind:
        faults.append(f"{place}: {channel.instrument} is a {there.model.name}, which is no {kind.value} for its {use}.")
        return None
    try:
        return there.dialect.voice(there.model.name, channel.channel)
    except UnknownChannel as fault:
        faults.append(f"{place}: its {use} {channel} is not there: {fault}.")
        return None
