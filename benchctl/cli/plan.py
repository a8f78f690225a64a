"""`benchctl plan`: how large a bank, of what, and how it is wired. Nothing is measured and no run is begun."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from benchctl.cli.options import json_option, quantity, whole
from benchctl.cli.place import Place, pass_place
from benchctl.cli.planasked import (
    Asked,
    allowed_of,
    assumed,
    battery_of,
    limits_of,
    model_of,
    refuse_beside_bank,
    refuse_current,
    refuse_tap,
    target_of,
)
from benchctl.cli.plantable import choices, explained
from benchctl.cli.saying import one_line, say
from benchctl.cli.wiringtext import lines
from benchctl.core.errors import UsageFault
from benchctl.core.identity import shipped_name
from benchctl.core.model import NOT_STATED, Allowed, Bank
from benchctl.core.planning.banks import option_of
from benchctl.core.planning.batterymodel import BatteryModel
from benchctl.core.planning.sizing import Option, options
from benchctl.core.planning.target import Impossible, Target
from benchctl.core.planning.wiring import WiringSheet, wiring as wired
from benchctl.core.procedure import Procedure, Purpose
from benchctl.edge.bankfile import load_bank
from benchctl.edge.batteryfile import find_battery
from benchctl.edge.home import write_atomic
from benchctl.edge.passports import NotJoinable, approved_bank
from benchctl.edge.procedurefile import load_procedure
from benchctl.records.wiringpage import page

_RUN_M = 2.0
_PRACTICE = "Approved on a simulated bench: practice, not to be built."
_FILE = click.Path(path_type=Path)
_AMP_HOURS = quantity(0.1, 2000.0, "100")
_AMPERES = quantity(0.1, 5000.0, "100")


@dataclass(frozen=True, slots=True)
class Answer:
    """A title; the configurations, best first; whose serial numbers stand where and what model they are, as far as
    that is known; what was taken for granted."""

    title: str
    found: tuple[Option, ...]
    serials: tuple[str, ...]
    model: BatteryModel | None
    assumed: tuple[str, ...]

    def sheet(self, run_m: float) -> WiringSheet:
        """The wiring sheet of the best. Raises Impossible."""
        settings = () if self.model is None else self.model.settings()
        return wired(self.found[0].configuration, self.serials, run_m, settings)


@click.command()
@click.option("--voltage", callback=quantity(1, 1000, "48"), metavar="V", help="The system: 12, 24, 36 or 48 V.")
@click.option("--amp-hours", callback=quantity(0.1, 100000, "200"), metavar="AH", help="What it must hold.")
@click.option("--kwh", callback=quantity(0.001, 10000, "10"), metavar="KWH", help="Or what it must hold as energy.")
@click.option("--load-watts", callback=quantity(0.1, 999999, "500"), metavar="W", help="Or the load it must run,")
@click.option("--hours", callback=quantity(0.01, 10000, "10"), metavar="H", help="and for how long.")
@click.option("--usable", callback=quantity(1, 100, "80"), metavar="PERCENT", help="Of the rated capacity; else 100.")
@click.option("--batteries", callback=whole(1, 256, "8"), metavar="N", help="How many batteries are at hand.")
@click.option("--bank", type=_FILE, metavar="FILE", help="Or a bank as its file describes it.")
@click.option("--approved", metavar="ID", help="Or a bank that this run has approved.")
@click.option("--battery", metavar="NAME|FILE", help="A model that comes with benchctl, or a file of your own.")
@click.option("--battery-volts", callback=quantity(0.1, 1000, "12.8"), metavar="V", help="Of one battery; else 12.8.")
@click.option("--battery-amp-hours", callback=_AMP_HOURS, metavar="AH", help="Of one battery; else 100.")
@click.option("--battery-max-amps", callback=_AMPERES, metavar="A", help="What one gives without pause; else 1 C.")
@click.option("--max-parallel", callback=whole(1, 64, "4"), metavar="N", help="What the maker allows; else 4.")
@click.option("--max-series", callback=whole(1, 16, "4"), metavar="N", help="What the maker allows; else 4.")
@click.option("--tap", callback=quantity(0.1, 1000, "12"), metavar="V", help="May this be taken from part of a string?")
@click.option("--wiring", is_flag=True, help="Print the wiring sheet of the best configuration.")
@click.option("--run-length-m", callback=quantity(0.1, 100, "2"), metavar="M", help="Bus bars to inverter; else 2 m.")
@click.option("--html", type=_FILE, metavar="FILE", help="Write the wiring sheet as a page, too.")
@json_option
@pass_place
def plan(
    place: Place, /, as_json: bool, wiring: bool, run_length_m: float | None, html: Path | None, **said: Any
) -> None:
    """Size a bank: from a target and a battery to configurations, best first; or from the batteries at hand.

    \b
    benchctl plan --voltage 48 --amp-hours 200 --battery-amp-hours 100
    benchctl plan --load-watts 500 --hours 10 --battery kilovault-3600-hlx
    benchctl plan --batteries 8 --battery-amp-hours 100 --wiring
    benchctl plan --bank bank.toml --wiring --html wiring.html
    benchctl plan --approved 20261128-084512-1a2b --wiring

    12 V and 12.8 V are the same unit; voltages are shown as nominal, 12.8 V for such a unit. Best is what needs the
    fewest batteries; of equals, the higher voltage. Exit code 1: it cannot be built, and why. With --json one array,
    best first.
    """
    run_m = _RUN_M if run_length_m is None else run_length_m
    try:
        answer = _answer(Asked(**said), place)
        sheet = answer.sheet(run_m) if wiring or html is not None else None
    except (Impossible, NotJoinable):
        if as_json:
            one_line([])
        raise
    if html is not None and sheet is not None:
        _write_page(html, page(sheet, answer.title))
    if as_json:
        one_line([_numbers(each, answer.assumed) for each in answer.found])
    else:
        _print(answer, sheet if wiring else None)


def _answer(asked: Asked, place: Place) -> Answer:
    """Raises Impossible, UsageFault, FileFault, NotJoinable, LedgerError, JournalError."""
    if asked.approved is not None:
        refuse_beside_bank(asked)
        approved = approved_bank(place.home(), asked.approved)
        practice = (_PRACTICE,) if approved.simulated else ()
        return _of_bank(asked, approved.bank, approved.procedure, practice)
    if asked.bank is not None:
        refuse_beside_bank(asked)
        bank = load_bank(asked.bank)
        return _of_bank(asked, bank, _rules_for(bank), ())
    target, model = target_of(asked), model_of(asked)
    battery = battery_of(asked, model)
    found = options(target, battery, limits_of(asked, model))
    refuse_tap(asked, found[0].configuration)
    title = f"Wiring of {found[0].configuration.name}"
    return Answer(title, found, (), model, assumed(asked, target, battery, model))


def _rules_for(bank: Bank) -> Procedure:
    """The procedure that a bank names, or the one for batteries like its first."""
    return load_procedure(bank.procedure or shipped_name(Purpose.PRESERIES, bank.batteries[0].cells))


def _of_bank(asked: Asked, bank: Bank, rules: Procedure, remarks: tuple[str, ...]) -> Answer:
    first = bank.batteries[0]
    model = model_of(asked) or find_battery(first.brand, first.model)
    refuse_current(asked, model)
    allowed = allowed_of(asked, _allowed(bank, model))
    option = option_of(replace(bank, allowed=allowed), rules, model, asked.battery_max_amps)
    refuse_tap(asked, option.configuration)
    serials = tuple(each.serial for each in bank.batteries)
    taken = (*remarks, *assumed(asked, Target(), option.configuration.kind, model))
    title = " ".join((f"Wiring of {bank.name}: {option.configuration.name}.", *remarks))
    return Answer(title, (option,), serials, model, taken)


def _allowed(bank: Bank, model: BatteryModel | None) -> Allowed:
    return bank.allowed if model is None or bank.allowed != NOT_STATED else model.allowed()


# ---------------------------------------------------------------- what is answered


def _write_page(path: Path, text: str) -> None:
    if not path.name or path.is_dir():
        raise UsageFault(f"--html {path} is a folder; would be a file, such as wiring.html")
    if not path.parent.is_dir():
        raise UsageFault(f"there is no folder {path.parent} to write {path.name} to")
    write_atomic(path, text.encode())


def _numbers(option: Option, taken: Sequence[str]) -> dict[str, object]:
    made = option.configuration
    return {
        "series": made.series,
        "parallel": made.parallel,
        "batteries": made.batteries,
        "bank_volts": made.voltage_v,
        "bank_amp_hours": made.amp_hours,
        "bank_watt_hours": made.watt_hours,
        "max_discharge_amps": made.max_discharge_a,
        "charger_volts": made.charger_v,
        "warnings": [*option.warnings, *taken],
    }


def _print(answer: Answer, sheet: WiringSheet | None) -> None:
    for line in (*choices(answer.found), *explained(answer.found[0], answer.assumed)):
        say(line)
    if sheet is not None:
        for line in ("", *lines(sheet)):
            say(line)
