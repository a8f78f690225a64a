"""What a file is, and all that is wrong with it: kind by content, then the checks of its kind.

    checked              one file, whatever it is
    Checked              what it is, and the complaints about it

A bench file is also held against the dialects it names, which reading it for a run leaves to the instruments.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from benchctl.core.departures import departures
from benchctl.core.dialect.voice import Dialect, Kind as InstrumentKind, UnknownChannel, UnknownModel
from benchctl.core.errors import Complaint, FileFault, UsageFault
from benchctl.core.model import Bank, BenchFile, ChannelRef, InstrumentEntry
from benchctl.core.planning.batterymodel import BatteryModel
from benchctl.core.procedure import Procedure
from benchctl.edge.bankfile import load_bank
from benchctl.edge.batteryfile import BatteryModelTable, load_battery_file
from benchctl.edge.benchfile import SimulatedPack, load_bench, load_packs
from benchctl.edge.dialects import DialectFile, load_dialect, load_dialect_file, shipped_dialects
from benchctl.edge.procedurefile import SECTIONS, load_procedure
from benchctl.edge.schema import nearest, shown
from benchctl.edge.toml_lines import KeyPath, TomlFile, read_toml
from benchctl.sim.faults import parse

Content = BenchFile | Bank | Procedure | DialectFile | BatteryModel
Found = Iterator[tuple[KeyPath, str]]


class FileKind(StrEnum):
    """What a file can be."""

    BATTERY = "battery"
    BENCH = "bench"
    BANK = "bank"
    DIALECT = "dialect"
    PROCEDURE = "procedure"


_TABLES: Final[Mapping[FileKind, frozenset[str]]] = {
    FileKind.BENCH: frozenset(("bench", "instruments", "positions", "simulation")),
    FileKind.BANK: frozenset(("bank", "battery", "batteries")),
    FileKind.DIALECT: frozenset(
        (
            *("kind", "transport", "identity", "timing", "traits", "order", "queries", "commands"),
            *("settings", "switches", "ratings", "variants", "models", "examples"),
        )
    ),
    FileKind.PROCEDURE: frozenset((*SECTIONS, "chemistry", "cells")),
    FileKind.BATTERY: frozenset(BatteryModelTable.model_fields),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was looked at. `kind` None: it is none of those we know. `content` None: something is wrong."""

    file: str
    kind: FileKind | None
    complaints: tuple[Complaint, ...]
    content: Content | None

    @property
    def sentence(self) -> str:
        """What it is."""
        assert self.content is not None
        return f"{self.file}: {described(self.content)}"


def checked(path: Path, bench: BenchFile | None = None) -> Checked:
    """Look at one file. With `bench`, the positions that a bank file names have to be there."""
    kind = None
    try:
        toml = read_toml(path)
        kind = _kind(toml)
        if kind is None:
            sentence = "is none of ours: it has no table of a bench, bank, battery, procedure or dialect file"
            raise FileFault.at(toml.file, None, "", sentence)
        return Checked(str(path), kind, (), _content(path, toml, kind, bench))
    except FileFault as fault:
        return Checked(str(path), kind, fault.complaints, None)


def _kind(toml: TomlFile) -> FileKind | None:
    """The kind with which it has most tables in common: one stray table makes no other file of it."""
    common = {kind: len(tables & toml.table.keys()) for kind, tables in _TABLES.items()}
    best = max(common, key=lambda kind: common[kind])
    return best if common[best] else None


def _content(path: Path, toml: TomlFile, kind: FileKind, bench: BenchFile | None) -> Content:
    match kind:
        case FileKind.BENCH:
            return _bench(path, toml)
        case FileKind.BANK:
            return load_bank(path, bench)
        case FileKind.DIALECT:
            return load_dialect_file(path)
        case FileKind.PROCEDURE:
            return load_procedure(str(path.absolute()))
        case FileKind.BATTERY:
            return load_battery_file(path)


# ---------------------------------------------------------------- a bench and its dialects


def _bench(path: Path, toml: TomlFile) -> BenchFile:
    head = toml.table.get("bench")
    served = isinstance(head, dict) and head.get("simulated") is True  # else it may yet be: port 0 is then allowed
    bench = load_bench(path, to_serve=not served)
    found = [toml.complaint(key, sentence) for key, sentence in _objections(bench, load_packs(path))]
    if found:
        raise FileFault(found)
    return bench


def _objections(bench: BenchFile, packs: tuple[SimulatedPack, ...]) -> Found:
    for entry in bench.instruments:
        yield from _entry_objections(entry)
    stated = {entry.name: entry for entry in bench.instruments}
    for number, position in enumerate(bench.positions):
        uses = (("supply", position.supply), ("meter", position.meter), ("temperature", position.temperature))
        for use, channel in uses:
            if channel is not None:
                for sentence in _channel_objections(use, channel, stated[channel.instrument]):
                    yield ("positions", number, use), sentence
    for number, pack in enumerate(packs):
        for fault in pack.faults:
            try:
                parse(fault)
            except UsageFault as refusal:
                yield ("simulation", "packs", number, "faults"), f"has {shown(fault)}: {refusal}"


def _entry_objections(entry: InstrumentEntry) -> Found:
    if entry.dialect is None:
        return
    if entry.dialect not in shipped_dialects():
        sentence = f"is {shown(entry.dialect)}, no dialect there is; {nearest(entry.dialect, shipped_dialects())}"
        yield ("instruments", entry.name, "dialect"), sentence
    elif entry.model is not None and entry.model not in (dialect := load_dialect(entry.dialect)).models:
        sentence = f"is {shown(entry.model)}, no model of {dialect.name}; {nearest(entry.model, dialect.models)}"
        yield ("instruments", entry.name, "model"), sentence


def known_dialect(entry: InstrumentEntry) -> Dialect | None:
    """The dialect that a bench file states, if there is such a one with such a model."""
    if entry.dialect is None or entry.dialect not in shipped_dialects():
        return None
    dialect = load_dialect(entry.dialect)
    return dialect if entry.model is None or entry.model in dialect.models else None


def _channel_objections(use: str, channel: ChannelRef, entry: InstrumentEntry) -> Iterator[str]:
    dialect = known_dialect(entry)
    if dialect is None:
        return
    wanted = InstrumentKind.SUPPLY if use == "supply" else InstrumentKind.METER
    if dialect.kind is not wanted:
        yield f"is a channel of {entry.name}, which is no {wanted.value}; would be one of another instrument"
    elif entry.model is not None:
        try:
            dialect.voice(entry.model, channel.channel)
        except (UnknownChannel, UnknownModel) as fault:
            yield f"is {channel}: {fault}"


# ---------------------------------------------------------------- in words


def described(content: Content) -> str:
    """What it is, in a line."""
    match content:
        case BenchFile():
            simulated = " (simulated)" if content.simulated else ""
            instruments, positions = len(content.instruments), len(content.positions)
            return f"bench {content.name}{simulated}: {instruments} instruments, {positions} positions"
        case Bank():
            each, size = content.batteries[0], f"{content.series}S{content.parallel}P"
            many = len(content.batteries)
            return f"bank {content.name}: {size}, {many} batteries, {each.brand} {each.model} {each.amp_hours:g} Ah"
        case Procedure():
            ways = departures(content)
            usual = f"{content.charge.voltage_v:g} V, rest 2 to 4 h, 0.1 V"
            return f"procedure {content.name}: {'; '.join(ways) if ways else usual}"
        case DialectFile():
            dialect, models = content.dialect, ", ".join(content.dialect.models)
            return f"dialect {dialect.name} ({dialect.kind.value}): {models}; {len(content.examples)} examples"
        case BatteryModel():
            limits = content.limits()
            most = f"at most {limits.series} in series, {limits.parallel} in parallel"
            return f"battery {content.name}: {content.kind().nominal_v:g} V, {content.amp_hours:g} Ah; {most}"
