"""Bench and bank together, before anything is connected: can it be done, who must be here, and how long does it take?

The instruments are taken at the word of the bench file. Where it does not say what they are, that is known when they
answer.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchctl.cli.prepare import abilities
from benchctl.cli.rollcall import Present
from benchctl.core.errors import Refusal
from benchctl.core.identity import history_objections, remarks, string_objections, to_come
from benchctl.core.messages import Planned
from benchctl.core.mission import Mission
from benchctl.core.model import Bank, BenchFile, Identity, InstrumentEntry
from benchctl.core.passport import Passport
from benchctl.core.procedure import Procedure
from benchctl.core.run.schedule import plan_of, refusals
from benchctl.edge.clock import wall_now
from benchctl.edge.dialects import load_dialect

ROOM_C = 20.0
"""Taken for the temperature where no probe says it: a run has to be told with `--temperature`."""


@dataclass(frozen=True, slots=True)
class Feasibility:
    """`feasible` None: nothing speaks against it, the instruments have the last word. `notes` say what is open."""

    feasible: bool | None
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    plan: Planned | None


def of_bank(bank: Bank, procedure: Procedure, standing: Mapping[str, Passport]) -> Feasibility:
    """What can be said of a bank alone. `standing`: the passports that bind its batteries."""
    reasons = (*string_objections(bank, procedure), *history_objections(bank, procedure, standing))
    said = (*remarks(bank, procedure, standing), *to_come(bank, wall_now()[:10]))
    return Feasibility(False if reasons else None, reasons, said, None)


def of_both(bench: BenchFile, bank: Bank, procedure: Procedure, standing: Mapping[str, Passport]) -> Feasibility:
    """What can be said of a bank on a bench."""
    alone = of_bank(bank, procedure, standing)
    open_ = tuple(_unstated(bench.instruments))
    if open_ or alone.reasons:
        return Feasibility(alone.feasible, alone.reasons, (*open_, *alone.notes), None)
    try:
        mission = _mission(bench, bank, procedure)
    except Refusal as refusal:
        return Feasibility(False, refusal.reasons, (), None)
    reasons = refusals(mission)
    notes = (*_temperature(bench), *alone.notes)
    return Feasibility(not reasons, reasons, notes, None if reasons else plan_of(mission))


def _unstated(entries: tuple[InstrumentEntry, ...]) -> Iterator[str]:
    for entry in entries:
        missing = [what for what in ("dialect", "model") if getattr(entry, what) is None]
        if missing:
            yield f"{entry.name} states no {' and no '.join(missing)}: what it can do is known when it answers."


def _temperature(bench: BenchFile) -> Iterator[str]:
    if any(position.temperature is None for position in bench.positions):
        yield "Not every position has a probe: state the batteries' temperature with `run --temperature`."


def _mission(bench: BenchFile, bank: Bank, procedure: Procedure) -> Mission:
    present = {entry.name: _taken_at_its_word(entry) for entry in bench.instruments}
    supplies, meters = abilities(bench.positions, present)
    return Mission(
        run="",
        bench=bench,
        bank=bank,
        procedure=procedure,
        identities={},
        supplies=supplies,
        meters=meters,
        operator=None,
        temperature_c=ROOM_C,
        attended=True,
        calibration_overdue=(),
    )


def _taken_at_its_word(entry: InstrumentEntry) -> Present:
    assert entry.dialect is not None
    assert entry.model is not None
    dialect = load_dialect(entry.dialect)
    return Present(entry, dialect, dialect.models[entry.model], Identity("", entry.model, "", "", ""))
