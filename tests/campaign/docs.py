"""`docs/faults.md`, written from the table of faults, the matrix and the knobs of the simulated bench.

python -m tests.campaign docs [--check]
"""

from collections.abc import Iterator
from pathlib import Path

from benchctl.cli.hostfaults import KINDS
from benchctl.core.run.faultrow import FaultRow
from benchctl.core.run.faults import ROWS
from benchctl.sim.faults import KNOBS, Knob
from tests.faults.elsewhere import CATALOGUE, OPEN, SHOWN
from tests.faults.matrix import ENTRIES

PATH = Path(__file__).parents[2] / "docs" / "faults.md"

HEAD = """\
# Faults

Written by `python -m tests.campaign docs` from `benchctl/core/run/faults.py` and `warningtable.py`, `tests/faults` and
`benchctl/sim/faults.py`; a test fails when it is out of date. Change those files, not this one.

## What the tool notices, and what it does then

Priority: P1 an output tripped or is not proven off; P2 the run is worse off; P3 for the record. *Within* is the time
from the moment the threshold is crossed until OFF is sent, on the supply's own readings at 1 Hz; where the meter is
needed and is a relay scanner, up to two of its readings (20 s) longer. Thresholds in `code style` are keys of the
procedure.
"""

PRACTICE = """\
## Faults to practise with

`benchctl demo --fault NAME[:VALUE]@TIME[+DURATION][/PLACE]`, the same for `benchctl sim`, and in a bench file
`[[simulation.packs]] faults = ["NAME@TIME"]`. TIME is simulated: `90s`, `30m`, `2h`. PLACE is a position; for a
connection it may be an instrument. `--fault` may be said more than once.
"""

MATRIX = """\
## How each row of the catalogue is shown

The numbers are those of the safety specification, section 6. *Nights*: a whole simulated night each, with the fault
striking in that phase, held against what the battery truly saw (`tests/faults`). The full matrix is
`python -m tests.campaign matrix`.
"""


def main(arguments: list[str]) -> int:
    """Write the page, or with --check say whether it is up to date (exit code 1: it is not)."""
    if "--check" in arguments:
        return int(not PATH.exists() or PATH.read_text() != page())
    PATH.write_text(page())
    return 0


def page() -> str:
    """The whole page."""
    parts = [HEAD, "\n".join(_noticed()), MATRIX, "\n".join(_shown()), PRACTICE, "\n".join(_knobs())]
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _noticed() -> Iterator[str]:
    yield "| Fault | Seen in | Threshold | Within | Priority | Done | Goes on | Catalogue |"
    yield "|---|---|---|---|---|---|---|---|"
    for row in ROWS.values():
        yield _line(row)
    yield ""
    for row in ROWS.values():
        yield f"- **{row.fault}**: {row.words} Look at: {row.look_at}."


def _line(row: FaultRow) -> str:
    ids = " ".join(row.catalogue)
    return (
        f"| {row.fault} | {row.signal} | {row.threshold} | {row.budget_s:g} s | {row.priority} | {row.action.value} "
        f"| {row.resume.value} | {ids} |"
    )


def _shown() -> Iterator[str]:
    yield "| Row | Shown by | Noticed as |"
    yield "|---|---|---|"
    for row in CATALOGUE:
        yield from _row(row)


def _row(row: str) -> Iterator[str]:
    for entry in ENTRIES:
        if entry.row == row:
            phases = ", ".join(moment.name for moment in entry.moments)
            named = ", ".join(entry.shows) or "nothing: it is harmless"
            yield f"| {row} | nights: `{entry.knobs}` in {phases} | {named} |"
    if row in SHOWN:
        file, function = SHOWN[row]
        yield f"| {row} | `{file}::{function}` | |"
    if row in OPEN:
        yield f"| {row} | not simulated: {OPEN[row]} | |"


def _knobs() -> Iterator[str]:
    yield "| Name | What goes wrong | Value |"
    yield "|---|---|---|"
    for knob in KNOBS:
        yield f"| `{knob.name}` | {knob.target.value}: {knob.does} | {_value(knob)} |"
    for name, kind in KINDS.items():
        yield f"| `{name}` | computer, in `demo` only: {kind.does} | |"


def _value(knob: Knob) -> str:
    taken = knob.value
    return "" if taken is None else f"{taken.low:g} to {taken.high:g} {taken.unit}, usually {taken.usual:g}"
