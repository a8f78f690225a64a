"""Has a battery far more resistance than the others? What the pulses of one bench show, held against each other.

Only judgement, no orders. A battery on the plateau of its curve answers a pulse by its resistance alone; one that is
nearly full or nearly empty polarises many times more, and is not compared.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median

from benchctl.core.run.limits import Breach

PLATEAU_V_PER_CELL = (3.20, 3.34)
"""Open-circuit volts of a cell between which its voltage says nothing of its charge, and hardly rises with it: about
25 to 97 %. [A]"""

LEAST_BATTERIES = 3
"""Two that differ say nothing of which of them is wrong."""

TIMES = 3.0
"""Safety 6.2, row B7 [A]: more than three times the median of the others. Sound ones of a delivery differ by a few
percent, and by a factor of 1.6 from 0 to 25 degrees Celsius."""


@dataclass(frozen=True, slots=True)
class Resistance:
    """What a pulse into these batteries (several: joined) at a position showed, in ohm. Capacity in ampere-hours."""

    place: str
    serials: tuple[str, ...]
    rated_ah: float
    ohm: float


def on_plateau(open_v: float, cells: int) -> bool:
    """Its resistance can be held against that of others."""
    low_v, high_v = PLATEAU_V_PER_CELL
    return low_v <= open_v / cells <= high_v


def too_high(measured: Iterable[Resistance]) -> Iterator[tuple[Resistance, Breach]]:
    """Whoever has far more than the others of the same capacity."""
    everyone = tuple(measured)
    for one in everyone:
        others = [other.ohm for other in everyone if other is not one and other.rated_ah == one.rated_ah]
        if len(others) + 1 < LEAST_BATTERIES:
            continue
        usual_ohm = median(others)
        if not one.ohm <= TIMES * usual_ohm:
            seen = f"The pulse showed {1000 * one.ohm:.1f} milliohm, of the others {1000 * usual_ohm:.1f}"
            text = f"{seen}; the limit is {1000 * TIMES * usual_ohm:.1f} milliohm."
            yield one, Breach("high_resistance", one.ohm, TIMES * usual_ohm, text)
