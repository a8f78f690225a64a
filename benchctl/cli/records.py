"""`benchctl records`: the acceptance records of a home, each computed from its journal when it is asked for."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from benchctl.cli.faults import NO, complain, warn
from benchctl.cli.options import json_option, operator_option, person, word
from benchctl.cli.place import Place, pass_place
from benchctl.cli.saying import one_line, say
from benchctl.core.errors import Refusal
from benchctl.core.journal.chain import Json, canonical
from benchctl.core.view.fields import Fields

run_argument = click.argument("run", callback=word, metavar="ID")


@click.group()
def records() -> None:
    """Acceptance records: list, show, verify, export; void an approval, check after the wiring."""


@records.command("list")
@json_option
@pass_place
def list_(place: Place, as_json: bool) -> None:
    """All runs of this home, newest first."""
    from benchctl.records.listing import list_records  # here and below: each loads only what it needs

    found = list_records(place.home())
    if as_json:
        one_line(found)
        return
    for item in found:
        say(_line(item))
    if not found:
        say("There is no record in this home.")


@records.command()
@run_argument
@json_option
@pass_place
def show(place: Place, run: str, as_json: bool) -> None:
    """One record, as a sheet to read or as one line of JSON."""
    from benchctl.edge.clock import wall_now
    from benchctl.records.certificate import show as record_of
    from benchctl.records.sheet import render_text

    record = record_of(place.home(), run, wall_now())
    click.echo(canonical(record) if as_json else render_text(record).rstrip("\n"))


@records.command()
@click.argument("run_or_file", callback=word, metavar="ID|FILE")
@json_option
@pass_place
@click.pass_context
def verify(ctx: click.Context, place: Place, run_or_file: str, as_json: bool) -> None:
    """Is it as it was written? Finds any row that was changed, left out, moved or cut off. Exit code 1: it is not."""
    from benchctl.records.verification import examine

    found = examine(place.home(), run_or_file)
    if as_json:
        one_line({"sound": found.sound, "flaws": list(found.flaws), "notes": list(found.notes)})
    else:
        for flaw in found.flaws:
            say(flaw)
        say(f"{run_or_file}: {'as it was written.' if found.sound else 'NOT as it was written.'}")
        for note in found.notes:
            warn(note)
    ctx.exit(0 if found.sound else NO)


@records.command()
@run_argument
@click.option("--format", "form", required=True, metavar="FORMAT", help="json, csv, parquet, bdf, html or pdf.")
@click.option("-o", "--output", "path", required=True, metavar="FILE", help="Where to; - is standard output.")
@click.option("--force", is_flag=True, help="Overwrite the file if there is one.")
@pass_place
@click.pass_context
def export(ctx: click.Context, place: Place, run: str, form: str, path: str, force: bool) -> None:
    """Write one record to a file, complete or not at all."""
    from benchctl.edge.clock import wall_now
    from benchctl.records.exports import export as write

    sys.stdout.flush()
    try:
        write(place.home(), run, form, path, wall_now(), force=force)
    except Refusal as refusal:  # no run was refused here
        complain(refusal)
        ctx.exit(NO)


@records.command()
@run_argument
@click.option("--string", type=click.IntRange(1, 256), metavar="N", help="Only this one of several strings.")
@click.option("--operator", callback=person, required=True, metavar="NAME", help="Who says so; goes on record.")
@click.option("--why", callback=word, required=True, metavar="TEXT", help="The reason; goes on record.")
@json_option
@pass_place
@click.pass_context
def void(
    ctx: click.Context, place: Place, run: str, string: int | None, operator: str, why: str, as_json: bool
) -> None:
    """Say that an approved string was never joined, or is taken apart: its approval is void, its batteries are free.

    The record of the run stays as it is. Exit code 1 if there is nothing that could become void.
    """
    from benchctl.cli.wishes import finish
    from benchctl.edge.passports import void as voided

    finish(ctx, as_json, lambda: voided(place.home(), run, string, operator, why))


@records.command()
@run_argument
@click.option("--meter", callback=person, metavar="NAME", help="A meter of the bench, in your hand.")
@click.option("--bench", type=click.Path(path_type=Path), metavar="BENCH.toml", help="Default: bench.toml of the home.")
@operator_option
@json_option
@pass_place
@click.pass_context
def commission(
    ctx: click.Context,
    place: Place,
    run: str,
    meter: str | None,
    bench: Path | None,
    operator: str | None,
    as_json: bool,
) -> None:
    """Check an approved bank after the wiring, before its strings are joined: which battery is where, and its voltage.

    For every battery: scan the serial number that stands there, put the probes on it, press Enter (without --meter:
    type the volts). Then each string from end to end. Answers are taken from standard input, one a line. Exit code 0:
    all is right, and the strings' passports are complete. 1: something is not, or there is nothing to be joined.
    """
    from benchctl.cli.commissioning import commissioned

    home = place.home()
    try:
        right = commissioned(home, run, meter, bench or home.bench_path, operator, as_json)
    except Refusal as refusal:  # of a meter: no run was refused here
        complain(refusal)
        right = False
    ctx.exit(0 if right else NO)


def _line(item: Mapping[str, Json]) -> str:
    """One run in one line; what is not known is said so."""
    fields = Fields(item)
    verdict = (fields.text("verdict") or f"no verdict, {fields.text('state')}").replace("_", " ")
    spread_v = fields.number("spread_v")
    spread = "" if spread_v is None else f", spread {1000 * spread_v:.1f} mV"
    where = " (simulated)" if fields.truth("simulated") else ""
    return f"{fields.text('run')}  {verdict}{spread}  {fields.text('bank') or 'unknown bank'}{where}"
