"""A bank file's batteries as a configuration: only what is identical adds up. Values and sentences."""

from collections.abc import Iterator
from dataclasses import replace

from benchctl.core.configuration import BatteryKind, Configuration, kind
from benchctl.core.identity import mixtures, string_objections
from benchctl.core.model import Bank, Battery
from benchctl.core.planning.advice import warnings_for
from benchctl.core.planning.batterymodel import BatteryModel
from benchctl.core.planning.sizing import Option
from benchctl.core.planning.target import Impossible
from benchctl.core.procedure import Procedure


def option_of(bank: Bank, procedure: Procedure, model: BatteryModel | None, max_discharge_a: float | None) -> Option:
    """The bank as it is written down. `procedure`: whose rules it has to keep; `model`: what its maker says of its
    batteries, where that is known.

    Raises Impossible for what a run would refuse too (more than is allowed, a mixed string, another chemistry or number
    of cells, ages apart), for capacities that do not add up, and for a model that is another battery than the bank
    file says.
    """
    reasons = (*string_objections(bank, procedure), *_capacities(bank), *_another(bank.batteries[0], model))
    if reasons:
        raise Impossible("\n".join(reasons))
    made = Configuration(bank.series, bank.parallel, _kind(bank, model, max_discharge_a))
    mixed = (f"{each} Side by side a mix is more forgiving, but not ideal." for each in mixtures(bank))
    return Option(made, None, None, 0, (*warnings_for(made, None, 0), *mixed))


def _kind(bank: Bank, model: BatteryModel | None, max_discharge_a: float | None) -> BatteryKind:
    """One battery of the bank; each may be charged with the least that any of them may."""
    first = bank.batteries[0]
    known = kind(first.cells, first.amp_hours, first.amp_hours) if model is None else model.kind()
    stated = known if max_discharge_a is None else replace(known, max_discharge_a=max_discharge_a)
    return replace(stated, max_charge_a=min(each.max_charge_a for each in bank.batteries))


def _capacities(bank: Bank) -> Iterator[str]:
    if bank.series == 1 and len({each.amp_hours for each in bank.batteries}) > 1:
        yield "Batteries of several capacities stand in this bank: a plan is for identical ones, side by side too."


def _another(battery: Battery, model: BatteryModel | None) -> Iterator[str]:
    if model is None:
        return
    if (battery.cells, battery.amp_hours) != (model.cells, model.amp_hours):
        yield (
            f"The bank file says {battery.cells} cells and {battery.amp_hours:g} Ah, but {model.name} has "
            f"{model.cells} cells and {model.amp_hours:g} Ah: correct the one that is wrong."
        )
    if model.max_charge_a is not None and battery.max_charge_a > model.max_charge_a:
        yield (
            f"The bank file says that {battery.max_charge_a:g} A may charge a battery, but the maker of {model.name} "
            f"allows {model.max_charge_a:g} A: correct max_charge_amps."
        )
