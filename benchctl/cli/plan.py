"""`benchctl plan`: how large a bank, of what, and how it is wired. Nothing is measured and no run is begun."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from benchctl.cli.options import json_option, quantity, whole
from benchctl.cli.plantable import choices, explained
from benchctl.cli.saying import one_line, say
from benchctl.cli.wiringtext import lines
from benchctl.core.configuration import CELL_COUNTS, BatteryKind, Configuration, cells_of_battery, kind
from benchctl.core.errors import UsageFault
from benchctl.core.model import Bank
from benchctl.core.planning.advice import no_tap, warnings_for
from benchctl.core.planning.sizing import Option, options
from benchctl.core.planning.target import MAX_PARALLEL, MAX_SERIES, Impossible, Limits, Target
from benchctl.core.planning.wiring import wiring as wired
from benchctl.edge.bankfile import load_bank
from benchctl.edge.home import write_atomic
from benchctl.records.wiringpage import page

_RUN_M = 2.0
_FILE = click.Path(path_type=Path)
_AMP_HOURS = quantity(0.1, 2000.0, "100")
_AMPERES = quantity(0.1, 5000.0, "100")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was said on the command line; None: it was not."""

    voltage: float | None
    load_watts: float | None
    hours: float | None
    amp_hours: float | None
    kwh: float | None
    usable: float | None
    batteries: int | None
    battery_volts: float | None
    battery_amp_hours: float | None
    battery_max_amps: float | None
    max_parallel: int | None
    max_series: int | None
    tap: float | None
    bank: Path | None


@click.command()
@click.option("--voltage", callback=quantity(1, 1000, "48"), metavar="V", help="The system: 12, 24, 36 or 48 V.")
@click.option("--amp-hours", callback=quantity(0.1, 100000, "200"), metavar="AH", help="What it must hold.")
@click.option("--kwh", callback=quantity(0.001, 10000, "10"), metavar="KWH", help="Or what it must hold as energy.")
@click.option("--load-watts", callback=quantity(0.1, 999999, "500"), metavar="W", help="Or the load it must run,")
@click.option("--hours", callback=quantity(0.01, 10000, "10"), metavar="H", help="and for how long.")
@click.option("--usable", callback=quantity(1, 100, "80"), metavar="PERCENT", help="Of the rated capacity; else 100.")
@click.option("--batteries", callback=whole(1, 256, "8"), metavar="N", help="How many batteries are at hand.")
@click.option("--bank", type=_FILE, metavar="FILE", help="Or a bank as its file describes it.")
@click.option("--battery-volts", callback=quantity(0.1, 1000, "12.8"), metavar="V", help="Of one battery; else 12.8.")
@click.option("--battery-amp-hours", callback=_AMP_HOURS, metavar="AH", help="Of one battery.")
@click.option("--battery-max-amps", callback=_AMPERES, metavar="A", help="What one battery gives without pause.")
@click.option("--max-parallel", callback=whole(1, 64, "4"), metavar="N", help="What the maker allows; else 4.")
@click.option("--max-series", callback=whole(1, 16, "4"), metavar="N", help="What the maker allows; else 4.")
@click.option("--tap", callback=quantity(0.1, 1000, "12"), metavar="V", help="May this be taken from part of a string?")
@click.option("--wiring", is_flag=True, help="Print the wiring sheet of the best configuration.")
@click.option("--run-length-m", callback=quantity(0.1, 100, "2"), metavar="M", help="Bus bars to inverter; else 2 m.")
@click.option("--html", type=_FILE, metavar="FILE", help="Write the wiring sheet as a page, too.")
@json_option
def plan(as_json: bool, wiring: bool, run_length_m: float | None, html: Path | None, **said: Any) -> None:
    """Size a bank: from a target and a battery to configurations, best first; or from the batteries at hand.

    \b
    benchctl plan --voltage 48 --amp-hours 200 --battery-amp-hours 100
    benchctl plan --load-watts 500 --hours 10 --battery-amp-hours 100
    benchctl plan --batteries 8 --battery-amp-hours 100 --wiring
    benchctl plan --bank bank.toml --wiring --html wiring.html

    12 V and 12.8 V are the same unit; voltages are shown as nominal, 12.8 V for such a unit. Best is what needs the
    fewest batteries; of equals, the higher voltage. Exit code 1: it cannot be built, and why. With --json one array,
    best first.
    """
    asked = Asked(**said)
    try:
        found, serials, assumed = _found(asked)
    except Impossible:
        if as_json:
            one_line([])
        raise
    sheet = wired(found[0].configuration, serials, _RUN_M if run_length_m is None else run_length_m)
    if html is not None:
        write_atomic(html, page(sheet, f"Wiring of {found[0].configuration.name}").encode())
    if as_json:
        one_line([_numbers(each, assumed) for each in found])
    else:
        for line in (*choices(found), *explained(found[0], assumed), *(("", *lines(sheet)) if wiring else ())):
            say(line)


def _found(asked: Asked) -> tuple[tuple[Option, ...], tuple[str | None, ...], tuple[str, ...]]:
    """The configurations, best first; whose serial numbers stand where, as far as known; what was taken for granted.
    Raises Impossible."""
    if asked.bank is not None:
        return _of_bank(asked, load_bank(asked.bank))
    target, battery = _target(asked), _battery(asked)
    found = options(target, battery, _limits(asked))
    if asked.tap is not None:
        raise Impossible(no_tap(asked.tap, found[0].configuration))
    return found, (), _assumed(asked, target, battery)


def _of_bank(asked: Asked, bank: Bank) -> tuple[tuple[Option, ...], tuple[str | None, ...], tuple[str, ...]]:
    first, limits = bank.batteries[0], _limits(asked)
    if bank.series > limits.series or bank.parallel > limits.parallel:
        raise Impossible(
            f"{bank.name}: {bank.series}S{bank.parallel}P is more than the {limits.series} in series and "
            f"{limits.parallel} in parallel that makers usually allow. Yours allows more? --max-series, --max-parallel."
        )
    battery = kind(first.cells, first.amp_hours, asked.battery_max_amps or first.amp_hours)
    made = Configuration(bank.series, bank.parallel, replace(battery, max_charge_a=first.max_charge_a))
    option = Option(made, None, None, 0, warnings_for(made, None, 0))
    return (option,), tuple(each.serial for each in bank.batteries), _assumed(asked, Target(), battery)


# ---------------------------------------------------------------- what was asked


def _target(asked: Asked) -> Target:
    _refuse_contradictions(asked)
    sized = asked.amp_hours is not None or asked.kwh is not None or asked.load_watts is not None
    if not sized and asked.batteries is None:
        raise UsageFault(
            "Say what the bank must hold (--amp-hours with --voltage, --kwh, or --load-watts with --hours), "
            "or how many --batteries are at hand."
        )
    if asked.amp_hours is not None and asked.voltage is None:
        raise UsageFault("--amp-hours at which --voltage? 200 Ah are four times the energy at 48 V as at 12 V.")
    return Target(
        voltage_v=asked.voltage,
        amp_hours=asked.amp_hours,
        watt_hours=None if asked.kwh is None else 1000 * asked.kwh,
        load_w=asked.load_watts,
        hours=asked.hours,
        usable=1.0 if asked.usable is None else asked.usable / 100,
        at_hand=asked.batteries,
    )


def _refuse_contradictions(asked: Asked) -> None:
    sizes = (("--amp-hours", asked.amp_hours), ("--kwh", asked.kwh), ("--load-watts with --hours", asked.load_watts))
    stated = [name for name, value in sizes if value is not None]
    if len(stated) > 1:
        raise UsageFault(f"{' and '.join(stated)} each say how large the bank must be: state one of them.")
    if (asked.load_watts is None) != (asked.hours is None):
        raise UsageFault("--load-watts and --hours go together: how much, and for how long.")


def _battery(asked: Asked) -> BatteryKind:
    volts = 12.8 if asked.battery_volts is None else asked.battery_volts
    cells = cells_of_battery(volts)
    if cells is None:
        made = ", ".join(f"{3 * count} or {3.2 * count:g}" for count in CELL_COUNTS)
        raise UsageFault(f"No LiFePO4 battery with its own BMS has {volts:g} V; --battery-volts would be {made}.")
    if asked.battery_amp_hours is None:
        raise UsageFault("Say what one battery holds: --battery-amp-hours, such as 100.")
    one_c = asked.battery_amp_hours
    return kind(cells, asked.battery_amp_hours, one_c if asked.battery_max_amps is None else asked.battery_max_amps)


def _limits(asked: Asked) -> Limits:
    return Limits(asked.max_series or MAX_SERIES, asked.max_parallel or MAX_PARALLEL, "")


def _assumed(asked: Asked, target: Target, battery: BatteryKind) -> tuple[str, ...]:
    """What was taken for granted because nobody said it."""
    found = []
    if asked.battery_max_amps is None:
        found.append(f"Each battery is taken to give {battery.max_discharge_a:g} A (1 C): state --battery-max-amps.")
    if target.load_w is not None and asked.usable is None:
        found.append("All of the rated capacity is counted, and no loss in an inverter: state --usable for a reserve.")
    return tuple(found)


# ---------------------------------------------------------------- what is answered


def _numbers(option: Option, assumed: Sequence[str]) -> dict[str, object]:
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
        "warnings": [*option.warnings, *assumed],
    }
