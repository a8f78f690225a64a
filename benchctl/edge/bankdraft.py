"""A bank that is being described: what a person stated of it, and the bank file that says so.

The file's text is the only thing that leaves here; whether it makes sense is for its reader to say (`bankfile`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from benchctl.core.model import NOT_STATED, Allowed
from benchctl.core.planning.batterymodel import BatteryModel
from benchctl.edge.bankfile import CELLS
from benchctl.edge.batteryfile import find_battery

PROCEDURES = {CELLS: None, 8: "lifepo4-24v-preseries"}
"""What fresh batteries of so many cells need; None: it need not be said."""

JOINING = {CELLS: "lifepo4-12v-join", 8: "lifepo4-24v-join"}
"""And what those need that join a string in use."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What every battery is: `cells` in series, rated Ah, and the amperes with which its maker lets it be charged.
    `allowed` is how many may be joined, as far as nothing but the file will say so."""

    brand: str
    model: str
    cells: int
    amp_hours: float
    max_charge_a: float
    allowed: Allowed


@dataclass(frozen=True, slots=True)
class Unit:
    """One battery; what is not stated is None. `manufactured` is an ISO date."""

    serial: str
    manufactured: str | None
    position: str | None
    group: str | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A bank as it was stated. `origin` says where."""

    origin: str
    name: str
    series: int
    parallel: int
    procedure: str | None
    kind: Kind
    arrival_soc: float | None
    units: tuple[Unit, ...]


def kind_of(model: BatteryModel, max_charge_a: float) -> Kind:
    """A battery of a model that is known. What the program knows of it by itself is not written down once more."""
    allowed = NOT_STATED if find_battery(model.brand, model.model) else model.allowed()
    return Kind(model.brand, model.model, model.cells, model.amp_hours, max_charge_a, allowed)


def procedure_for(cells: int, *, joins: bool) -> str | None:
    """What the file says of the procedure, for 4 or 8 cells."""
    return JOINING[cells] if joins else PROCEDURES[cells]


def group_of(number: int, size: int, total: int) -> str | None:
    """The group of a battery (`number` from 0) when so many neighbours are charged as one; the last alone has none."""
    first = number - number % size
    return f"G{number // size + 1}" if size > 1 and total - first > 1 else None


def file_text(draft: Draft) -> str:
    """The bank file."""
    return "\n".join(_lines(draft)) + "\n"


def _lines(draft: Draft) -> Iterator[str]:
    yield from (f"# {draft.origin}", "[bank]", f"name = {_quoted(draft.name)}")
    yield from (f"series = {draft.series}", f"parallel = {draft.parallel}")
    if draft.procedure is not None:
        yield f"procedure = {_quoted(draft.procedure)}"
    kind = draft.kind
    yield from ("", "[battery]", f"brand = {_quoted(kind.brand)}", f"model = {_quoted(kind.model)}")
    yield from ('chemistry = "LiFePO4"', f"amp_hours = {kind.amp_hours:g}", f"max_charge_amps = {kind.max_charge_a:g}")
    if kind.cells != CELLS:
        yield f"cells = {kind.cells}"
    for key, most in (("max_series", kind.allowed.series), ("max_parallel", kind.allowed.parallel)):
        if most is not None:
            yield f"{key} = {most}"
    if draft.arrival_soc is not None:
        yield f"arrival_soc = {draft.arrival_soc:g}"
    for unit in draft.units:
        yield from ("", "[[batteries]]", f"serial = {_quoted(unit.serial)}")
        yield from (f"manufactured = {day}" for day in (unit.manufactured,) if day is not None)
        yield from (f"position = {_quoted(name)}" for name in (unit.position,) if name is not None)
        yield from (f"group = {_quoted(name)}" for name in (unit.group,) if name is not None)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
