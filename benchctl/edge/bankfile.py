"""The bank file: which batteries are to become which strings.

A mixed string is written down here as it is, brand by brand: that it must not be built is the core's to say.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from benchctl.core.model import NOT_STATED, Allowed, Bank, Battery, BenchFile
from benchctl.edge.batteryfile import find_battery
from benchctl.edge.procedurefile import DEFAULT, shipped_procedures
from benchctl.edge.schema import NAME_RIGHT, Checklist, Day, FreeText, Name, Table, nearest, shown
from benchctl.edge.toml_lines import TomlFile, read_toml

MAX_BATTERIES = 256

_COUNT = "a whole number from 1 on, such as"
_AMP_HOURS = "the rated amp-hours of one battery, from 1 to 2000, such as 100"
_AMPERES = "the amperes its maker allows, above 0, up to 2000, such as 50"
_GROUP_AMPERES = "the amperes its maker allows for a whole parallel group, above 0, up to 2000, or left out"
_IN_SERIES = "the most in series that their maker allows, such as 4, or left out"
_IN_PARALLEL = "the most in parallel that their maker allows, such as 4, or left out"
_SOC = "about how full they arrive, from 0 to 1, such as 0.30, or left out"
_VISIBLE = "1 to 64 visible characters, such as"
_CELLS = "its cells in series: 4 (a 12.8 V battery) or 8 (25.6 V)"

CELLS: Final = 4
"""Of a battery of which the file says nothing else: it is a 12.8 V unit."""


class BankTable(Table):
    """What is to be built."""

    name: FreeText = Field(description=f'{_VISIBLE} "Cabin 48 V"')
    series: int = Field(ge=1, le=MAX_BATTERIES, description=f"{_COUNT} 4: the batteries in a string")
    parallel: int = Field(ge=1, le=MAX_BATTERIES, description=f"{_COUNT} 1: the strings side by side")
    procedure: Name | None = Field(None, description=f'the name of a procedure, such as "{DEFAULT}", or left out')


class KindTable(Table):
    """What every battery must be."""

    brand: FreeText = Field(description=f'{_VISIBLE} "Epoch"')
    model: FreeText = Field(description=f'{_VISIBLE} "12100A"')
    chemistry: FreeText = Field(description='the chemistry, "LiFePO4"')
    amp_hours: float = Field(ge=1, le=2000, description=_AMP_HOURS)
    max_charge_amps: float = Field(gt=0, le=2000, description=_AMPERES)
    cells: Literal[4, 8] = Field(CELLS, description=_CELLS)
    max_group_charge_amps: float | None = Field(None, gt=0, le=2000, description=_GROUP_AMPERES)
    max_series: int | None = Field(None, ge=1, le=MAX_BATTERIES, description=_IN_SERIES)
    max_parallel: int | None = Field(None, ge=1, le=MAX_BATTERIES, description=_IN_PARALLEL)
    arrival_soc: float | None = Field(None, ge=0, le=1, description=_SOC)


class BatteryTable(Table):
    """One battery, and where it differs from what it must be."""

    serial: Name = Field(description=f'{NAME_RIGHT} "E1001"')
    manufactured: Day | None = Field(None, description="a date such as 2026-05-01, without quotes, or left out")
    position: Name | None = Field(None, description='the name of a position of the bench, such as "P1", or left out')
    group: Name | None = Field(None, description='the name of its parallel group, such as "A", or left out')
    brand: FreeText | None = Field(None, description=f'{_VISIBLE} "Epoch", or left out')
    model: FreeText | None = Field(None, description=f'{_VISIBLE} "12100A", or left out')
    chemistry: FreeText | None = Field(None, description='the chemistry, "LiFePO4", or left out')
    amp_hours: float | None = Field(None, ge=1, le=2000, description=f"{_AMP_HOURS}, or left out")
    max_charge_amps: float | None = Field(None, gt=0, le=2000, description=f"{_AMPERES}, or left out")
    cells: Literal[4, 8] | None = Field(None, description=f"{_CELLS}, or left out")
    arrival_soc: float | None = Field(None, ge=0, le=1, description=_SOC)


def load_bank(path: Path, bench: BenchFile | None = None) -> Bank:
    """Read a bank file; with a bench, positions that it does not have are wrong too.

    A position may be named for several batteries: they take it in turn, in file order. Raises `FileFault` with
    everything that is wrong.
    """
    return read_bank(read_toml(path), bench)


def read_bank(toml: TomlFile, bench: BenchFile | None) -> Bank:
    """What a bank file says (see `load_bank`)."""
    checklist = Checklist(toml)
    checklist.known_tables(("bank", "battery", "batteries"))
    bank = checklist.model(BankTable, ("bank",))
    kind = checklist.model(KindTable, ("battery",))
    batteries = checklist.models(BatteryTable, ("batteries",))
    _check_procedure(checklist)
    _check_count(checklist)
    _check_serials(checklist)
    _check_groups(checklist)
    maker = _maker(checklist)
    if bench is not None:
        _check_positions(checklist, [each.name for each in bench.positions])
    checklist.finish()
    assert bank is not None
    assert kind is not None
    found = tuple(_battery(each, kind) for _, each in batteries)
    return Bank(bank.name, bank.series, bank.parallel, found, bank.procedure, _allowed(kind, maker))


def _check_procedure(checklist: Checklist) -> None:
    """A procedure that a bank file names comes with the program: one of the user's own is named on the command line."""
    name = checklist.sound(("bank",)).get("procedure")
    if isinstance(name, str) and name not in shipped_procedures():
        sentence = f"is {shown(name)}, no procedure that comes with benchctl; {nearest(name, shipped_procedures())}"
        checklist.complain(("bank", "procedure"), sentence)


def _maker(checklist: Checklist) -> Allowed:
    """What the maker of a known model says of joining it; a file may state less, and no more."""
    kind = checklist.sound(("battery",))
    brand, model = kind.get("brand"), kind.get("model")
    known = find_battery(brand, model) if isinstance(brand, str) and isinstance(model, str) else None
    if known is None:
        return NOT_STATED
    for key, most in (("max_series", known.max_series), ("max_parallel", known.max_parallel)):
        stated = kind.get(key)
        if isinstance(stated, int) and most is not None and stated > most:
            sentence = f"is {stated}, but {most} by the maker of {known.name} ({known.source}); would be {most} or less"
            checklist.complain(("battery", key), sentence)
    return known.allowed()


def _allowed(kind: KindTable, maker: Allowed) -> Allowed:
    """As the file states it, where it does; else by the maker."""
    if kind.max_series is None and kind.max_parallel is None:
        return maker
    series = maker.series if kind.max_series is None else kind.max_series
    parallel = maker.parallel if kind.max_parallel is None else kind.max_parallel
    return Allowed(series, parallel, " and ".join(filter(None, ("the bank file", maker.source))))


def _check_count(checklist: Checklist) -> None:
    """The batteries listed are the batteries needed, those with faults of their own counted too."""
    bank = checklist.sound(("bank",))
    series, parallel, listed = bank.get("series"), bank.get("parallel"), checklist.toml.table.get("batteries")
    if not isinstance(series, int) or not isinstance(parallel, int):
        return
    needed = series * parallel
    if needed == 1:
        sentence = "is 1, and parallel is 1: one battery has none to be matched with; would be 2 or more"
        checklist.complain(("bank", "series"), sentence)
    elif isinstance(listed, list) and len(listed) != needed:
        sentence = f"times parallel, {series} x {parallel}, needs {needed} batteries, but {len(listed)} are listed"
        right = f"would be {needed} [[batteries]] tables, or other numbers"
        checklist.complain(("bank", "series"), f"{sentence}; {right}")


def _check_serials(checklist: Checklist) -> None:
    """Every battery has a serial number of its own, whatever its capitals."""
    lines: dict[str, int] = {}
    for path, battery in checklist.sound_texts(("batteries",)):
        serial = battery.get("serial")
        if serial is None:
            continue
        if serial.lower() in lines:
            sentence = f"is {shown(serial)}, which line {lines[serial.lower()]} has already"
            checklist.complain((*path, "serial"), f"{sentence}; would be each battery's own")
        lines.setdefault(serial.lower(), checklist.toml.line((*path, "serial")))


def _check_groups(checklist: Checklist) -> None:
    """A group is several batteries, and hangs on one position as one."""
    _check_company(checklist)
    positions: dict[str, str] = {}
    for path, battery in checklist.sound_texts(("batteries",)):
        if "group" not in battery or "position" not in battery:
            continue
        first = positions.setdefault(battery["group"], battery["position"])
        if battery["position"] != first:
            sentence = (
                f"is {shown(battery['position'])}, but its group hangs on {shown(first)}; would be {shown(first)}"
            )
            checklist.complain((*path, "position"), sentence)


def _check_company(checklist: Checklist) -> None:
    named = [(path, battery["group"]) for path, battery in checklist.sound_texts(("batteries",)) if "group" in battery]
    for path, group in named:
        if sum(each == group for _, each in named) == 1:
            sentence = f"is {shown(group)}, which no other battery has; would be left out, or stand at 2 or more"
            checklist.complain((*path, "group"), sentence)


def _check_positions(checklist: Checklist, positions: Collection[str]) -> None:
    for path, battery in checklist.sound_texts(("batteries",)):
        position = battery.get("position")
        if position is not None and position not in positions:
            sentence = f"is {shown(position)}, which the bench does not have; {nearest(position, positions)}"
            checklist.complain((*path, "position"), sentence)


def _battery(each: BatteryTable, kind: KindTable) -> Battery:
    return Battery(
        serial=each.serial,
        brand=kind.brand if each.brand is None else each.brand,
        model=kind.model if each.model is None else each.model,
        chemistry=kind.chemistry if each.chemistry is None else each.chemistry,
        amp_hours=kind.amp_hours if each.amp_hours is None else each.amp_hours,
        max_charge_a=kind.max_charge_amps if each.max_charge_amps is None else each.max_charge_amps,
        manufactured=each.manufactured.isoformat() if each.manufactured else None,
        position=each.position,
        group=each.group,
        cells=kind.cells if each.cells is None else each.cells,
        max_group_charge_a=kind.max_group_charge_amps,
        arrival_soc=kind.arrival_soc if each.arrival_soc is None else each.arrival_soc,
    )
