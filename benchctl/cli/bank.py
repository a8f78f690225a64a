"""`benchctl bank new`: a bank file from the command line, by the same hand that writes it for the screen."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from benchctl.cli.filecheck import described
from benchctl.cli.options import person, quantity, whole
from benchctl.cli.prepare import stated_procedure
from benchctl.cli.saying import say
from benchctl.core.errors import Refusal, UsageFault
from benchctl.core.identity import string_objections
from benchctl.edge.bankanswers import Wrong, day
from benchctl.edge.bankdraft import PROCEDURES, Draft, Unit, file_text, group_of, kind_of, procedure_for
from benchctl.edge.bankfile import MAX_BATTERIES, read_bank
from benchctl.edge.batteryfile import load_battery
from benchctl.edge.clock import wall_now
from benchctl.edge.home import write_atomic
from benchctl.edge.procedurefile import load_procedure
from benchctl.edge.toml_lines import parse_toml

_COUNT = whole(1, MAX_BATTERIES, "4")
_ORIGIN = "Written by `benchctl bank new`."


def _day(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else day(value, wall_now()[:10])
    except Wrong as wrong:
        raise click.BadParameter(str(wrong)) from None


@dataclass(frozen=True, slots=True)
class Stated:
    """What was said on the command line; None: it was not."""

    name: str
    battery: str
    max_charge_amps: float | None
    series: int
    parallel: int | None
    serials: tuple[str, ...]
    manufactured: str | None
    group_size: int | None
    arrival_soc: float | None
    joins: bool


@click.group()
def bank() -> None:
    """Bank files: write one."""


@bank.command()
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE", help="What to write.")
@click.option("--name", required=True, callback=person, metavar="NAME", help="What the bank is called.")
@click.option(
    "--battery", required=True, metavar="NAME|FILE", help="A model that comes with benchctl, or your own file."
)
@click.option("--max-charge-amps", callback=quantity(0.1, 2000, "50"), metavar="A", help="Where the model says none.")
@click.option("--series", required=True, callback=_COUNT, metavar="N", help="Batteries in a string.")
@click.option("--parallel", callback=_COUNT, metavar="N", help="Strings side by side; else 1.")
@click.option("--serial", "serials", multiple=True, metavar="SERIAL", help="Of each battery, string by string.")
@click.option("--manufactured", callback=_day, metavar="DATE", help="Of all of them, such as 2026-05-01.")
@click.option("--group-size", callback=_COUNT, metavar="N", help="So many neighbours are charged as one; else 1.")
@click.option("--arrival-soc", callback=quantity(0, 1, "0.30"), metavar="SHARE", help="About how full they arrive.")
@click.option("--join", "joins", is_flag=True, help="They join a string that has been in use.")
def new(output: Path, **said: Any) -> None:
    """Write a bank file, over none that is there; what a run would refuse of it is said, and nothing is written.

    \b
    benchctl bank new -o bank.toml --name Cabin --battery kilovault-3600-hlx --series 2 --serial E1 --serial E2
    """
    if output.exists():
        raise UsageFault(f"{output} is there already: name another file, or move that one away.")
    draft = _draft(Stated(**said))
    text = file_text(draft)
    bank = read_bank(parse_toml(text.encode(), f"{output} (not written)"), None)
    objections = string_objections(bank, load_procedure(stated_procedure(bank)))
    if objections:
        raise Refusal(*objections)
    write_atomic(output, text.encode())
    say(f"{output}: {described(bank)}")


def _draft(stated: Stated) -> Draft:
    """Raises UsageFault, FileFault."""
    model = load_battery(stated.battery)
    most_a = model.max_charge_a if stated.max_charge_amps is None else stated.max_charge_amps
    if most_a is None:
        raise UsageFault(
            f"How many amperes may {model.name} be charged with? Its file does not say: --max-charge-amps."
        )
    if model.cells not in PROCEDURES:
        raise UsageFault(
            f"{model.name} has {model.cells} cells: batteries of 4 (12.8 V) or 8 (25.6 V) are charged here."
        )
    procedure = procedure_for(model.cells, joins=stated.joins)
    size = stated.group_size or 1
    units = tuple(
        Unit(serial, stated.manufactured, None, group_of(number, size, len(stated.serials)))
        for number, serial in enumerate(stated.serials)
    )
    kind = kind_of(model, most_a)
    parallel = stated.parallel or 1
    return Draft(_ORIGIN, stated.name, stated.series, parallel, procedure, kind, stated.arrival_soc, units)
