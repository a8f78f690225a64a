"""The bench file: what instruments stand on the bench, and which of their channels make a position.

Whether an instrument can do what its position needs is a question to its dialect, not to this file.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchctl.core.model import PYVISA_PY, BenchFile, InstrumentEntry, Position
from benchctl.edge.benchchecks import check_bauds, check_packs, check_positions, check_resources, check_simulated
from benchctl.edge.benchtables import (
    BenchTable,
    InstrumentTable,
    PackTable,
    PositionTable,
    channel_ref,
)
from benchctl.edge.schema import NAME_PATTERN, NAME_RIGHT, Checklist, unknown_key
from benchctl.edge.toml_lines import read_toml


@dataclass(frozen=True, slots=True)
class SimulatedPack:
    """A battery of a simulated bench. None is chosen from the seed. `position` None: it waits beside the bench.

    `soc` 0 to 1, `amp_hours` 1 to 2000, `cells` 4 or 8 in series. What the words of `faults` mean, the simulated
    bench knows.
    """

    position: str | None
    soc: float | None
    amp_hours: float | None
    faults: tuple[str, ...]
    cells: int | None


def load_bench(path: Path, *, to_serve: bool = False) -> BenchFile:
    """Read a bench file. `to_serve`: it is to be simulated, or only looked at: port 0 is then a port to be chosen.

    Raises `FileFault` with everything that is wrong.
    """
    return _load(path, to_serve)[0]


def load_packs(path: Path) -> tuple[SimulatedPack, ...]:
    """The `[[simulation.packs]]` of a bench file, in file order. Raises `FileFault`."""
    return _load(path, to_serve=True)[1]


def _load(path: Path, to_serve: bool) -> tuple[BenchFile, tuple[SimulatedPack, ...]]:
    checklist = Checklist(read_toml(path))
    checklist.known_tables(("bench", "instruments", "positions", "simulation"))
    bench = checklist.model(BenchTable, ("bench",))
    entries = _instruments(checklist)
    positions = checklist.models(PositionTable, ("positions",))
    packs = _packs(checklist)
    check_resources(checklist, to_serve)
    check_bauds(checklist)
    check_simulated(checklist, to_serve)
    check_positions(checklist)
    check_packs(checklist)
    checklist.finish()
    assert bench is not None
    places = tuple(_position(each) for _, each in positions)
    return BenchFile(bench.name, bench.simulated, bench.clock, entries, places, bench.visa), packs


def _instruments(checklist: Checklist) -> tuple[InstrumentEntry, ...]:
    table = checklist.toml.table.get("instruments")
    if not isinstance(table, dict) or not table:
        checklist.complain(("instruments",), "is missing or empty; would be tables [instruments.NAME], one for each")
        return ()
    for name in table:
        if not NAME_PATTERN.fullmatch(name):
            checklist.complain(("instruments", name), f'is no name; would be {NAME_RIGHT} "psu1"')
    found = [(name, checklist.model(InstrumentTable, ("instruments", name))) for name in table]
    return tuple(_entry(name, each) for name, each in found if each is not None)


def _packs(checklist: Checklist) -> tuple[SimulatedPack, ...]:
    simulation = checklist.toml.table.get("simulation", {})
    if not isinstance(simulation, dict):
        checklist.complain(("simulation",), "is no table; would be [[simulation.packs]] tables")
        return ()
    for key in simulation.keys() - {"packs"}:
        checklist.complain(("simulation", key), unknown_key(key, ("packs",)))
    packs = checklist.models(PackTable, ("simulation", "packs")) if simulation.get("packs", []) != [] else []
    return tuple(_pack(each) for _, each in packs)


def _pack(table: PackTable) -> SimulatedPack:
    return SimulatedPack(table.position, table.soc, table.amp_hours, tuple(table.faults), table.cells)


def _entry(name: str, each: InstrumentTable) -> InstrumentEntry:
    due = each.calibration_due.isoformat() if each.calibration_due else None
    return InstrumentEntry(
        name, each.resource, each.dialect, each.model, each.serial, due, each.off_resource, each.baud, each.firmware
    )


def _position(each: PositionTable) -> Position:
    wired = ":" in each.meter
    return Position(
        name=each.name,
        supply=channel_ref(each.supply),
        meter=channel_ref(each.meter) if wired else None,
        hand_probed=None if wired else each.meter,
        isolation=each.isolation,
        sense=each.sense,
        lead_ohm=each.lead_ohms,
        fuse_a=each.fuse_amps,
        temperature=channel_ref(each.temperature) if each.temperature else None,
    )


def bench_text(bench: BenchFile) -> str:
    """The text of a bench file that reads as this value."""
    blocks = [("[bench]", _bench_keys(bench))]
    blocks += [(f"[instruments.{json.dumps(each.name)}]", _instrument_keys(each)) for each in bench.instruments]
    blocks += [("[[positions]]", _position_keys(each)) for each in bench.positions]
    return "\n".join("\n".join((header, *_assignments(keys), "")) for header, keys in blocks)


def _bench_keys(bench: BenchFile) -> dict[str, object]:
    visa = None if bench.visa == PYVISA_PY else bench.visa
    return {"name": bench.name, "simulated": bench.simulated, "clock": bench.clock, "visa": visa}


def _instrument_keys(entry: InstrumentEntry) -> dict[str, object]:
    keys = ("resource", "dialect", "model", "serial", "firmware", "off_resource", "baud")
    due = date.fromisoformat(entry.calibration_due) if entry.calibration_due else None
    return {key: getattr(entry, key) for key in keys} | {"calibration_due": due}


def _position_keys(position: Position) -> dict[str, object]:
    return {
        "name": position.name,
        "supply": str(position.supply),
        "meter": str(position.meter or position.hand_probed),
        "isolation": position.isolation.value,
        "sense": position.sense.value,
        "lead_ohms": position.lead_ohm,
        "fuse_amps": position.fuse_a,
        "temperature": str(position.temperature) if position.temperature else None,
    }


def _assignments(keys: dict[str, object]) -> Iterator[str]:
    for key, value in keys.items():
        if value is not None:
            # a JSON string, number or boolean is a TOML one as well; a date stands bare
            yield f"{key} = {value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)}"
