"""What `benchctl plan` is asked: the words of the command line as a target, a battery and what its maker allows."""

from dataclasses import dataclass, replace
from pathlib import Path

from benchctl.core.configuration import (
    CELL_COUNTS,
    BatteryKind,
    Configuration,
    cells_of_battery,
    kind,
    units_in_series,
)
from benchctl.core.errors import UsageFault
from benchctl.core.joinable import MAX_PARALLEL, MAX_SERIES
from benchctl.core.model import NOT_STATED, Allowed
from benchctl.core.planning.advice import no_tap
from benchctl.core.planning.batterymodel import BatteryModel
from benchctl.core.planning.target import Impossible, Limits, Target, system_name
from benchctl.edge.batteryfile import load_battery

_USUAL_V = 12.8
_USUAL_AH = 100.0  # the battery of the guide's examples
_UNKNOWN = ", where its maker says no other number"


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
    battery: str | None
    battery_volts: float | None
    battery_amp_hours: float | None
    battery_max_amps: float | None
    max_parallel: int | None
    max_series: int | None
    tap: float | None
    bank: Path | None
    approved: str | None


def target_of(asked: Asked) -> Target:
    """What the bank is to be. Raises UsageFault where too little or too much was said."""
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


def refuse_beside_bank(asked: Asked) -> None:
    """A bank says all there is to say of its size. Raises UsageFault."""
    if asked.bank is not None and asked.approved is not None:
        raise UsageFault("--bank FILE or --approved ID: one bank at a time.")
    size = (asked.voltage, asked.load_watts, asked.hours, asked.amp_hours, asked.kwh, asked.batteries, asked.usable)
    if any(each is not None for each in (*size, asked.battery_volts, asked.battery_amp_hours)):
        raise UsageFault(
            "--bank and --approved say how large the bank is and of what: leave the sizes out, or the bank."
        )


def _refuse_contradictions(asked: Asked) -> None:
    sizes = (("--amp-hours", asked.amp_hours), ("--kwh", asked.kwh), ("--load-watts with --hours", asked.load_watts))
    stated = [name for name, value in sizes if value is not None]
    if len(stated) > 1:
        raise UsageFault(f"{' and '.join(stated)} each say how large the bank must be: state one of them.")
    if (asked.load_watts is None) != (asked.hours is None):
        raise UsageFault("--load-watts and --hours go together: how much, and for how long.")
    if asked.battery is not None and (asked.battery_volts is not None or asked.battery_amp_hours is not None):
        raise UsageFault("--battery names a model with its volts and amp-hours: leave the numbers out, or the name.")


def model_of(asked: Asked) -> BatteryModel | None:
    """The model that was named, if one was. Raises FileFault."""
    return None if asked.battery is None else load_battery(asked.battery)


def battery_of(asked: Asked, model: BatteryModel | None) -> BatteryKind:
    """One battery, as far as it was said. Raises UsageFault for one that nobody makes."""
    refuse_current(asked, model)
    if model is not None:
        return with_current(model.kind(), asked)
    volts = _USUAL_V if asked.battery_volts is None else asked.battery_volts
    cells = cells_of_battery(volts)
    if cells is None:
        made = ", ".join(f"{3 * count} or {3.2 * count:g}" for count in CELL_COUNTS)
        raise UsageFault(f"No LiFePO4 battery with its own BMS has {volts:g} V; --battery-volts would be {made}.")
    amp_hours = _USUAL_AH if asked.battery_amp_hours is None else asked.battery_amp_hours
    return with_current(kind(cells, amp_hours, amp_hours), asked)


def with_current(battery: BatteryKind, asked: Asked) -> BatteryKind:
    """The battery with the current that was stated for it, where one was."""
    return battery if asked.battery_max_amps is None else replace(battery, max_discharge_a=asked.battery_max_amps)


def limits_of(asked: Asked, model: BatteryModel | None) -> Limits:
    """How many may be joined. Raises UsageFault for more than the maker of a named model allows."""
    allowed = allowed_of(asked, NOT_STATED if model is None else model.allowed())
    known = Limits(MAX_SERIES, MAX_PARALLEL, _UNKNOWN, _UNKNOWN) if model is None else model.limits()
    return Limits(
        known.series if allowed.series is None else allowed.series,
        known.parallel if allowed.parallel is None else allowed.parallel,
        known.series_by if asked.max_series is None else " by --max-series",
        known.parallel_by if asked.max_parallel is None else " by --max-parallel",
    )


def refuse_current(asked: Asked, model: BatteryModel | None) -> None:
    """Nobody gets more out of a battery than its maker allows. Raises UsageFault."""
    if model is not None:
        _refuse_more("--battery-max-amps", asked.battery_max_amps, model.max_discharge_a, model.allowed().source)


def refuse_tap(asked: Asked, made: Configuration) -> None:
    """Raises Impossible where a part of a string was to be tapped, UsageFault where that would be no part of it."""
    if asked.tap is None:
        return
    bank = system_name(made.voltage_v)
    if units_in_series(asked.tap, made.series * made.kind.cells) == 1:
        raise UsageFault(f"--tap {asked.tap:g} is the whole {bank} bank and no part of a string: leave it out.")
    if asked.tap > made.voltage_v:
        raise UsageFault(
            f"--tap {asked.tap:g} is more than the {bank} of the bank, so no part of a string: ask for it as --voltage."
        )
    raise Impossible(no_tap(asked.tap, made))


def allowed_of(asked: Asked, stated: Allowed) -> Allowed:
    """How many may be joined, by whoever states it and by the command line, which may not say more. Raises
    UsageFault."""
    _refuse_more("--max-series", asked.max_series, stated.series, stated.source)
    _refuse_more("--max-parallel", asked.max_parallel, stated.parallel, stated.source)
    if asked.max_series is None and asked.max_parallel is None:
        return stated
    return Allowed(
        stated.series if asked.max_series is None else asked.max_series,
        stated.parallel if asked.max_parallel is None else asked.max_parallel,
        " and ".join(filter(None, ("the command line", stated.source))),
    )


def _refuse_more(name: str, said: float | None, most: float | None, source: str) -> None:
    if said is not None and most is not None and said > most:
        raise UsageFault(f"{name} {said:g}: {source}, allows {most:g}.")


def assumed(asked: Asked, target: Target, battery: BatteryKind, model: BatteryModel | None) -> tuple[str, ...]:
    """What was taken for granted because nobody said it."""
    found = []
    if model is None and asked.battery_amp_hours is None and asked.bank is None and asked.approved is None:
        found.append(f"Each battery is taken to hold {battery.amp_hours:g} Ah: state --battery-amp-hours.")
    if asked.battery_max_amps is None and (model is None or model.max_discharge_a is None):
        found.append(f"Each battery is taken to give {battery.max_discharge_a:g} A (1 C): state --battery-max-amps.")
    if model is not None and model.charge_v is None:
        found.append(
            f"Each battery is taken to be full at {battery.charge_v:g} V: its file does not say, ask its maker."
        )
    if target.load_w is not None and asked.usable is None:
        found.append("All of the rated capacity is counted, and no loss in an inverter: state --usable for a reserve.")
    return tuple(found)
