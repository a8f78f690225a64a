"""A bank file's batteries as a configuration: only what is identical adds up. Values and sentences."""

from collections.abc import Iterator
from dataclasses import replace

from benchctl.core.configuration import BatteryKind, Configuration, kind
from benchctl.core.identity import mixtures
from benchctl.core.joinable import Allowed, too_many
from benchctl.core.model import Bank, Battery
from benchctl.core.planning.advice import warnings_for
from benchctl.core.planning.batterymodel import BatteryModel
from benchctl.core.planning.sizing import Option
from benchctl.core.planning.target import Impossible


def option_of(bank: Bank, model: BatteryModel | None, allowed: Allowed, max_discharge_a: float | None) -> Option:
    """The bank as it is written down. `model`: what its maker says of its batteries, where that is known.

    Raises Impossible for a mixed string, for capacities that do not add up, for more than is allowed, and for a model
    that is another battery than the bank file says.
    """
    reasons = (*_unlike(bank), *too_many(bank.series, bank.parallel, allowed), *_another(bank.batteries[0], model))
    if reasons:
        raise Impossible("\n".join(reasons))
    made = Configuration(bank.series, bank.parallel, _kind(bank.batteries[0], model, max_discharge_a))
    mixed = (f"{each} Side by side a mix is more forgiving, but not ideal." for each in mixtures(bank))
    return Option(made, None, None, 0, (*warnings_for(made, None, 0), *mixed))


def _kind(battery: Battery, model: BatteryModel | None, max_discharge_a: float | None) -> BatteryKind:
    known = kind(battery.cells, battery.amp_hours, battery.amp_hours) if model is None else model.kind()
    stated = known if max_discharge_a is None else replace(known, max_discharge_a=max_discharge_a)
    return replace(stated, max_charge_a=battery.max_charge_a)


def _unlike(bank: Bank) -> Iterator[str]:
    if bank.series > 1:
        yield from (f"{each} A series string must be of one brand, model and capacity." for each in mixtures(bank))
    elif len({each.amp_hours for each in bank.batteries}) > 1:
        yield "Batteries of several capacities stand in this bank: a plan is for identical ones, side by side too."


def _another(battery: Battery, model: BatteryModel | None) -> Iterator[str]:
    if model is None:
        return
    if (battery.cells, battery.amp_hours) != (model.cells, model.amp_hours):
        yield (
            f"The bank file says {battery.cells} cells and {battery.amp_hours:g} Ah, but {model.name} has "
            f"{model.cells} cells and {model.amp_hours:g} Ah: correct the one that is wrong."
        )
