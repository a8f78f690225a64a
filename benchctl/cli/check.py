"""`benchctl check`: is what is written sound, and can it be done? Nothing is connected and nothing is written."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from benchctl.cli.faults import NO, WRONG, warn
from benchctl.cli.feasibility import Feasibility, of_bank, of_both
from benchctl.cli.filecheck import Checked, checked
from benchctl.cli.options import json_option
from benchctl.cli.place import Place, pass_place
from benchctl.cli.prepare import stated_procedure
from benchctl.cli.saying import one_line, say
from benchctl.core.errors import UsageFault
from benchctl.core.journal.codec import encode
from benchctl.core.messages import Planned
from benchctl.core.model import Bank, BenchFile, Phase, RunState
from benchctl.core.procedure import Procedure
from benchctl.core.run.phases import BATTERY_TABLE, RUN_TABLE, mermaid
from benchctl.edge.home import Home
from benchctl.edge.passports import passports_binding
from benchctl.edge.procedurefile import load_procedure


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--diagram", metavar="PROCEDURE", help="Print the state machines of a procedure as Mermaid diagrams.")
@json_option
@pass_place
@click.pass_context
def check(ctx: click.Context, place: Place, files: tuple[Path, ...], diagram: str | None, as_json: bool) -> None:
    """Validate bench, bank, battery, procedure and dialect files, each known by its content.

    Every complaint has file, line and key. A bench and a bank together: whether it can be done, and the plan of the
    night, and whether a battery stands in an approved string of this home; a procedure file among them is the one to
    go by, else the one that the bank names. Exit codes: 0 all is well, 2 a file is wrong, 1 the files
    are sound, but together they would be refused.
    """
    if not files and diagram is None:
        raise UsageFault("Name one file or more to check, or --diagram PROCEDURE.")
    if files and diagram is not None:
        raise UsageFault("Files to check or --diagram PROCEDURE, one at a time.")
    if diagram is not None:
        _print_diagrams(load_procedure(diagram), as_json)
        return
    found = _checked_all(files)
    wrong = any(each.content is None for each in found)
    judged = None if wrong else _judged(found, place.home())
    (_print_json if as_json else _print)(found, judged)
    ctx.exit(WRONG if wrong else NO if judged is not None and judged.feasible is False else 0)


def _checked_all(files: Sequence[Path]) -> list[Checked]:
    """Benches first, for a bank's positions are looked up on its bench, if there is exactly one."""
    first = [checked(path) for path in files]
    benches = [each.content for each in first if isinstance(each.content, BenchFile)]
    if len(benches) != 1:
        return first
    return [
        checked(path, benches[0]) if isinstance(each.content, Bank) else each
        for path, each in zip(files, first, strict=True)
    ]


def _judged(found: Sequence[Checked], home: Home) -> Feasibility | None:
    """One bank, on one bench if there is one; more of either would leave open who is meant."""
    banks = [each.content for each in found if isinstance(each.content, Bank)]
    benches = [each.content for each in found if isinstance(each.content, BenchFile)]
    procedures = [each.content for each in found if isinstance(each.content, Procedure)]
    if len(banks) != 1 or len(benches) > 1:
        return None
    bank, bench = banks[0], benches[0] if benches else None
    procedure = procedures[0] if len(procedures) == 1 else load_procedure(stated_procedure(bank))
    known = passports_binding(home, simulated=bench is not None and bench.simulated)
    return of_bank(bank, procedure, known) if bench is None else of_both(bench, bank, procedure, known)


# ---------------------------------------------------------------- for people


def _print(found: Sequence[Checked], judged: Feasibility | None) -> None:
    for each in found:
        if each.content is not None:
            say(each.sentence)
        for complaint in each.complaints:
            warn(str(complaint))
    if judged is not None:
        for line in _judgement(judged):
            say(line)


def _judgement(judged: Feasibility) -> Iterator[str]:
    if judged.feasible is False:
        yield "It would be refused:"
        yield from judged.reasons
    if judged.plan is not None:
        yield f"It can be done; {judged.plan.permit}."
        yield from judged.plan.permit_reasons
        yield "The plan of the night, in hours and minutes from the start:"
        yield from _steps(judged.plan)
    yield from judged.notes


def _steps(plan: Planned) -> Iterator[str]:
    for step in plan.steps:
        hands = "  [hands needed]" if step.hands else ""
        yield f"  {_hours(step.start_s)} to {_hours(step.end_s)}  {step.text}{hands}"


def _hours(seconds: float) -> str:
    return f"{int(seconds // 3600):2d}:{int(seconds // 60 % 60):02d}"


# ---------------------------------------------------------------- for programs


def _print_json(found: Sequence[Checked], judged: Feasibility | None) -> None:
    one_line(
        {
            "ok": all(each.content is not None for each in found) and (judged is None or judged.feasible is not False),
            "files": [_file(each) for each in found],
            "feasible": None if judged is None else judged.feasible,
            "reasons": [] if judged is None else list(judged.reasons),
            "notes": [] if judged is None else list(judged.notes),
            "plan": None if judged is None or judged.plan is None else encode(judged.plan),
        }
    )


def _file(each: Checked) -> dict[str, object]:
    complaints = [encode(complaint) for complaint in each.complaints]
    kind = None if each.kind is None else each.kind.value
    return {"file": each.file, "kind": kind, "ok": each.content is not None, "complaints": complaints}


def _print_diagrams(procedure: Procedure, as_json: bool) -> None:
    run = mermaid(f"{procedure.name}, the run", RUN_TABLE, RunState.IDLE)
    battery = mermaid(f"{procedure.name}, each battery", BATTERY_TABLE, Phase.WAITING)
    if as_json:
        one_line({"procedure": procedure.name, "run": run, "battery": battery})
    else:
        click.echo(f"{run}\n{battery}", nl=False)
