"""Which batteries stand on a simulated bench: named scenarios, each reproducible from its seed.

A scenario says how a whole run must end; the batteries here are what makes it end so. Belongs here: numbers about
batteries. Does not: instruments, faults on a wire, time. The same name, seed and count always give the same batteries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Final

from benchctl.sim.pack import CELLS, PackSpec

WAKE_V_PER_CELL: Final = 2.5

Batch = list[PackSpec]


def default_spec(rng: Random, amp_hours: float, soc: float | None = None, cells: int = CELLS) -> PackSpec:
    """A sound fresh battery of which nothing else is stated: 27 to 33 % charged unless `soc` (0..1) says otherwise.

    Its cells differ by at most 0.5 % of charge at the end of a charge: 0.3 % of state and 0.2 % of capacity.
    """
    drawn = rng.uniform(0.27, 0.33)
    return PackSpec(
        amp_hours=amp_hours,
        soc=drawn if soc is None else soc,
        soc_offsets=tuple(rng.uniform(-0.0015, 0.0015) for _ in range(cells)),
        capacity_factors=tuple(rng.uniform(0.999, 1.001) for _ in range(cells)),
        resistance_factor=rng.uniform(0.95, 1.05),
        near_full_factor=rng.uniform(0.95, 1.05),
        self_discharge_per_month=rng.uniform(0.01, 0.025),
        bms_wake_v=WAKE_V_PER_CELL * cells,
    )


def scenario(name: str, seed: int, count: int, amp_hours: float, cells: int = CELLS) -> tuple[PackSpec, ...]:
    """The batteries of scenario `name`, in the order of positions; which one is odd depends on the seed."""
    if name not in _CHANGES:
        raise ValueError(f"unknown scenario {name!r}; known: {', '.join(SCENARIOS)}")
    if count < 1:
        raise ValueError(f"a scenario needs at least one battery, got {count}")
    rng = Random(f"{name}/{seed}")
    batch = _matched(rng, count, amp_hours, cells)
    _CHANGES[name](rng, batch)
    return tuple(batch)


def _matched(rng: Random, count: int, amp_hours: float, cells: int) -> Batch:
    """Fresh sound batteries with a charge drawn from as many slices of 27..33 %, so that no two are alike."""
    slices = list(range(count))
    rng.shuffle(slices)
    charges = (0.27 + 0.06 * (place + rng.uniform(0.1, 0.9)) / count for place in slices)
    return [default_spec(rng, amp_hours, soc, cells) for soc in charges]


def _as_they_are(rng: Random, batch: Batch) -> None:
    """All alike: every battery tapers, all rest within 20 mV of each other near 13.49 V."""
    del rng, batch


def _imbalance_one(rng: Random, batch: Batch) -> None:
    """One battery has been stored long and polarises eight times more near full.

    It tapers 3.7 % of its charge too early and rests about 0.14 V low. Two hours at 0.02C bring in what is missing,
    and it then rests within 0.05 V of the others. Holds from 5 to 45 degC at 0.1C and more; a weaker charge or a warmer
    bench fills it further, and the first difference shrinks below 0.1 V.
    """
    place = rng.randrange(len(batch))
    batch[place] = replace(batch[place], near_full_factor=rng.uniform(7.5, 8.5))


def _shift_one(rng: Random, batch: Batch) -> None:
    """One battery has cells of another make, which rest lower when full.

    It takes all its charge and tapers like the others, then rests 0.18 V below them, and still 0.14 V after two holds.
    """
    place = rng.randrange(len(batch))
    batch[place] = replace(batch[place], full_shift_v=rng.uniform(-0.194, -0.186))


def _raise_one_cell(rng: Random, batch: Batch) -> None:
    """One battery has one cell 6 to 8 % ahead and balancing too weak to matter.

    That cell passes 3.80 V while the battery reads about 14.1 V at 0.2C, and about 13.9 V at 0.05C; the BMS opens each
    time and the charge never reaches its taper.
    """
    place, cell = rng.randrange(len(batch)), rng.randrange(batch[0].cells)
    offsets = list(batch[place].soc_offsets)
    offsets[cell] += rng.uniform(0.06, 0.08)
    batch[place] = replace(batch[place], soc_offsets=tuple(offsets), balance_c_rate=0.0002)


_CHANGES: Final[dict[str, Callable[[Random, Batch], None]]] = {
    "matched": _as_they_are,
    "imbalanced": _imbalance_one,
    "outlier": _shift_one,
    "bms-trip": _raise_one_cell,
    "late-wave": _as_they_are,
    "group": _as_they_are,
}
SCENARIOS: Final = tuple(_CHANGES)
