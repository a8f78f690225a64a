"""A plan as a person reads it: a table of the configurations, and what must be known about the best. 80 columns."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from benchctl.core.planning.advice import before_joining, purpose
from benchctl.core.planning.sizing import Option
from benchctl.core.planning.target import system_name

_WIDTH = 80
_HEAD = f"{'':7}{'system':>7}{'batteries':>11}{'volts':>7}{'Ah':>8}{'kWh':>8}{'max A':>8}{'charger':>9}"


def choices(found: Sequence[Option]) -> Iterator[str]:
    """One line for each configuration, best first."""
    loaded = found[0].load_a is not None
    yield _HEAD + (f"{'load':>8}{'for':>7}" if loaded else "")
    for each in found:
        made = each.configuration
        row = (
            f"{made.name:<7}{system_name(made.voltage_v):>7}{made.batteries:>11}{made.voltage_v:>7g}{made.amp_hours:>8g}"
            f"{made.watt_hours / 1000:>8.2f}{made.max_discharge_a:>8g}{made.charger_v:>7g} V"
        )
        yield row + (f"{each.load_a:>6.1f} A{each.lasts_h:>5.1f} h" if each.load_a and each.lasts_h else "")


def explained(best: Option, assumed: Sequence[str]) -> Iterator[str]:
    """What must be known about the first of them."""
    made = best.configuration
    yield ""
    many = "1 battery" if made.batteries == 1 else f"{made.batteries} batteries"
    yield from wrap(f"Best: {made.name}, {many}. {_joined(made.series, made.parallel)}", _WIDTH)
    told = purpose(made)
    sentences = (*(() if told is None else (told,)), *before_joining(made))
    yield from _listed(sentences, "- ")
    yield from _listed((*best.warnings, *assumed), "! ")


def _joined(series: int, parallel: int) -> str:
    if series == 1:
        return "" if parallel == 1 else f"{parallel} in parallel: capacity and current add up, voltage stays."
    string = f"{series} in series: voltage adds up, capacity and current stay."
    return string if parallel == 1 else f"{parallel} strings of {string}"


def _listed(sentences: Sequence[str], mark: str) -> Iterator[str]:
    for sentence in sentences:
        yield from wrap(mark + sentence, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
