"""A 12.8 V battery, or a 25.6 V one: four LiFePO4 cells in series, or eight, behind a battery management system (BMS).

Pure: the only inputs are a current and a length of time. Belongs here: charge, voltage, balancing, the BMS. Does not:
supplies, leads, meters, faults on a wire. Currents in A, positive while charging.

The BMS defaults are those of the UE-12Li300BL sheet (field-notes.md 4.4): opens at 3.80 V per cell, closes at 3.60 V.
3.60 V per cell is 14.4 V, below the 14.6 V of a charge, so an opened BMS hunts as long as the charger stays on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Final

from benchctl.sim.cell import Cell, Decay, temperature_factor

CELLS: Final = 4
PER_CELL: Final = (1.0,) * CELLS
NO_OFFSET: Final = (0.0,) * CELLS
# Straps, terminals and the BMS's transistors, for one ampere-hour: 4 mohm in a 100 Ah battery.
CONNECTION_OHM_AH: Final = 0.40
NO_PATH_OHM: Final = 1e9
BALANCE_WINDOW_V: Final = 0.010
HOURS_PER_MONTH: Final = 730.0

_RANGES: Final[dict[str, tuple[float, float]]] = {
    "amp_hours": (1.0, 2000.0),
    "soc": (0.0, 1.0),
    "resistance_factor": (0.05, 100.0),
    "near_full_factor": (0.01, 1e4),
    "full_shift_v": (-0.2, 1.0),
    "self_discharge_per_month": (0.0, 1.0),
    "leak_a": (0.0, 100.0),
    "balance_c_rate": (0.0, 0.1),
    "balance_start_v": (3.0, 4.5),
    "bms_trip_v": (3.4, 4.5),
    "bms_release_v": (3.0, 4.5),
    "bms_delay_s": (0.0, 60.0),
    "bms_sleep_v": (1.0, 3.2),
    "bms_wake_v": (1.0, 30.0),
    "temperature_c": (-40.0, 85.0),
}


@dataclass(frozen=True, slots=True)
class PackSpec:
    """The true state and make of one battery. Thresholds in V are per cell, `bms_wake_v` is at the terminals.

    `soc_offsets`, one a cell, are added to `soc`. `near_full_factor` multiplies the polarisation that ends a charge.
    `full_shift_v` is how much higher the whole battery rests when full, in proportion less at a lower charge.
    """

    amp_hours: float = 100.0
    soc: float = 0.30
    soc_offsets: tuple[float, ...] = NO_OFFSET
    capacity_factors: tuple[float, ...] = PER_CELL
    resistance_factor: float = 1.0
    near_full_factor: float = 1.0
    full_shift_v: float = 0.0
    self_discharge_per_month: float = 0.02
    leak_a: float = 0.0
    balance_c_rate: float = 0.0015
    balance_start_v: float = 3.48
    bms_trip_v: float = 3.80
    bms_release_v: float = 3.60
    bms_delay_s: float = 1.0
    bms_sleep_v: float = 2.50
    bms_wake_v: float = 10.0
    temperature_c: float = 25.0

    def __post_init__(self) -> None:
        """Refuse what no battery can be; the message names the field."""
        for name, (low, high) in _RANGES.items():
            _require(name, getattr(self, name), low, high)
        if self.cells not in (CELLS, 2 * CELLS):
            raise ValueError(f"soc_offsets needs {CELLS} or {2 * CELLS} values, got {self.cells}")
        for name, low, high in (("soc_offsets", -1.0, 1.0), ("capacity_factors", 0.05, 2.0)):
            self._require_per_cell(name, low, high)
        if self.bms_release_v >= self.bms_trip_v:
            raise ValueError(f"bms_release_v {self.bms_release_v} must be below bms_trip_v {self.bms_trip_v}")

    @property
    def cells(self) -> int:
        """How many are in series."""
        return len(self.soc_offsets)

    def _require_per_cell(self, name: str, low: float, high: float) -> None:
        values: tuple[float, ...] = getattr(self, name)
        if len(values) != self.cells:
            raise ValueError(f"{name} needs {self.cells} values, got {len(values)}")
        for value in values:
            _require(name, value, low, high)


def _require(name: str, value: float, low: float, high: float) -> None:
    if not (isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} {value} is outside {low}..{high}")


class Pack:
    """One battery. `step` moves it on; `ahead` tells the circuit how it will answer a current."""

    def __init__(self, spec: PackSpec) -> None:
        self.spec = spec
        self.current_a = 0.0
        self.delivered_ah = 0.0
        self.bms_stuck_closed = False
        self.bms_stuck_open = False
        self._overcharge_open = False
        self._asleep = self._bleeding = False
        self._over_s = self._under_s = 0.0
        self._leak_a = spec.leak_a
        self._temperature_c = spec.temperature_c
        self._dt_s = 1.0
        self.cells = tuple(_cell(spec, i) for i in range(spec.cells))
        self._drain()
        self._warm()

    # --- ground truth -------------------------------------------------------------------------------------------------

    @property
    def cell_voltages_v(self) -> tuple[float, ...]:
        """True voltage of every cell (V)."""
        return tuple(cell.voltage_v for cell in self.cells)

    @property
    def cell_socs(self) -> tuple[float, ...]:
        """True charge of every cell as a fraction of its own capacity; a little above 1 after a long hold."""
        return tuple(cell.soc for cell in self.cells)

    @property
    def soc(self) -> float:
        """Mean charge of the cells (fraction)."""
        return sum(cell.soc for cell in self.cells) / len(self.cells)

    @property
    def rest_v(self) -> float:
        """What the terminals would show after an endless rest (V), were the BMS awake."""
        return sum(cell.rest_v for cell in self.cells)

    @property
    def bms_open(self) -> bool:
        """True while no charging current can pass: a cell was too high, or the BMS sleeps."""
        return self._overcharge_open or self._asleep or self.bms_stuck_open

    @property
    def bms_asleep(self) -> bool:
        """True while the terminals are dead after an empty cell."""
        return self._asleep

    @property
    def accepts_charge(self) -> bool:
        """Whether current can flow in."""
        return not self.bms_open

    @property
    def accepts_discharge(self) -> bool:
        """Whether current can flow out; the charge transistor's diode lets it, a sleeping BMS does not."""
        return not self._asleep

    @property
    def voltage_v(self) -> float:
        """Terminal voltage now (V) with the last current still flowing and nothing else driving the terminals."""
        if self._asleep:
            return 0.0
        return sum(cell.voltage_v for cell in self.cells) + self.current_a * self._connection_ohm

    # --- knobs that a fault may turn on the way -----------------------------------------------------------------------

    @property
    def leak_a(self) -> float:
        """Parasitic load inside the battery (A); it drains all cells."""
        return self._leak_a

    @leak_a.setter
    def leak_a(self, leak_a: float) -> None:
        _require("leak_a", leak_a, *_RANGES["leak_a"])
        self._leak_a = leak_a
        self._drain()

    @property
    def temperature_c(self) -> float:
        """Temperature of the cells (degC)."""
        return self._temperature_c

    @temperature_c.setter
    def temperature_c(self, temperature_c: float) -> None:
        _require("temperature_c", temperature_c, *_RANGES["temperature_c"])
        self._temperature_c = temperature_c
        self._warm()

    def fall_asleep(self) -> None:
        """Put the BMS to sleep as an empty cell would: the terminals go to 0 V until `offer` wakes it."""
        self._asleep = True

    def offer(self, voltage_v: float) -> None:
        """Show the BMS what stands on the terminals from outside (V); a charger's voltage wakes it."""
        if self._asleep and voltage_v >= self.spec.bms_wake_v:
            self._asleep = False
            self._under_s = 0.0

    def short_cell(self) -> None:
        """One cell is a piece of wire from here on, and the BMS lets it pass."""
        self.bms_stuck_closed = True
        self.cells = (_ShortedCell(self.cells[0].capacity_ah, 0.0), *self.cells[1:])

    def raise_cell(self, share: float) -> None:
        """One cell is ahead of the others by this share of its charge."""
        self.cells[0].soc += share

    def shrink_cell(self, share: float) -> None:
        """One cell has only this share of its capacity."""
        self.cells[0].capacity_ah *= share
        self._warm()
        self.cells[0].set_step(Decay.over(self._dt_s))

    def worsen(self, factor: float) -> None:
        """Every resistance is this many times larger."""
        self.spec = replace(self.spec, resistance_factor=self.spec.resistance_factor * factor)
        self._warm()

    def lift(self, volts: float) -> None:
        """The whole battery rests this much higher (V) when full."""
        for cell in self.cells:
            cell.full_shift_v += volts / len(self.cells)

    # --- the physics --------------------------------------------------------------------------------------------------

    def ahead(self, dt_s: float) -> tuple[float, float]:
        """(V, ohm): after a step of `dt_s` at a constant current the terminals will show V + current * ohm.

        Solving with the end of the step instead of its beginning keeps a CV charge from hunting at any step length;
        `dt_s` = 0 gives the open voltage and the ohmic resistance of this instant.
        """
        if self._asleep:
            return 0.0, NO_PATH_OHM
        self._use_step(dt_s)
        total_v, total_ohm = 0.0, self._connection_ohm
        for cell in self.cells:
            volts, ohm = cell.ahead(self.current_a)
            total_v += volts
            total_ohm += ohm
        return total_v, total_ohm

    def step(self, current_a: float, dt_s: float) -> None:
        """Let `current_a` (A) flow for `dt_s` seconds; a direction the BMS blocks carries nothing."""
        if dt_s != self._dt_s:
            self._use_step(dt_s)
        if (current_a > 0.0 and (self._overcharge_open or self.bms_stuck_open)) or self._asleep:
            current_a = 0.0
        self.current_a = current_a
        self.delivered_ah += current_a * dt_s / 3600.0
        highest_v, lowest_v = -inf, inf
        for cell in self.cells:
            volts = cell.step(current_a)
            if volts > highest_v:
                highest_v = volts
            if volts < lowest_v:
                lowest_v = volts
        self._balance(highest_v, lowest_v)
        self._guard_top(highest_v, dt_s)
        self._guard_bottom(lowest_v, dt_s)

    def _balance(self, highest_v: float, lowest_v: float) -> None:
        """Bleed the cells that are both near full and ahead of the lowest: bleeding all alike would balance nothing."""
        if highest_v <= self.spec.balance_start_v and not self._bleeding:
            return
        above_v = max(self.spec.balance_start_v, lowest_v + BALANCE_WINDOW_V)
        bleed_a = self.spec.balance_c_rate * self.spec.amp_hours
        for cell in self.cells:
            cell.bleed_a = bleed_a if cell.voltage_v > above_v else 0.0
        self._bleeding = highest_v > above_v

    def _guard_top(self, highest_v: float, dt_s: float) -> None:
        if self.bms_stuck_closed:
            self._overcharge_open = False
            return
        limit = self.spec
        crossed = highest_v < limit.bms_release_v if self._overcharge_open else highest_v > limit.bms_trip_v
        self._over_s = self._over_s + dt_s if crossed else 0.0
        if crossed and self._over_s >= limit.bms_delay_s:
            self._overcharge_open = not self._overcharge_open
            self._over_s = 0.0

    def _guard_bottom(self, lowest_v: float, dt_s: float) -> None:
        if lowest_v >= self.spec.bms_sleep_v or self.current_a > 0.0 or self.bms_stuck_closed:
            self._under_s = 0.0
            return
        self._under_s += dt_s
        if self._under_s >= self.spec.bms_delay_s:
            self._asleep = True

    def _use_step(self, dt_s: float) -> None:
        if dt_s == self._dt_s:
            return
        if not dt_s >= 0.0:
            raise ValueError(f"a step of {dt_s} s")
        self._dt_s = dt_s
        decay = Decay.over(dt_s)
        for cell in self.cells:
            cell.set_step(decay)

    def _drain(self) -> None:
        spec = self.spec
        own_a = spec.self_discharge_per_month * spec.amp_hours / HOURS_PER_MONTH
        for cell in self.cells:
            cell.drain_a = own_a + self._leak_a

    def _warm(self) -> None:
        factor = self.spec.resistance_factor * temperature_factor(self._temperature_c)
        self._connection_ohm = CONNECTION_OHM_AH * self.spec.resistance_factor / self.spec.amp_hours
        for cell in self.cells:
            cell.set_resistance(factor, self.spec.near_full_factor)


class _ShortedCell(Cell):
    """No voltage, hardly any resistance."""

    __slots__ = ()

    def step(self, current_a: float) -> float:
        del current_a
        self.voltage_v = 0.0
        return 0.0

    def ahead(self, last_a: float) -> tuple[float, float]:
        del last_a
        return 0.0, self.ohmic_ohm


def _cell(spec: PackSpec, index: int) -> Cell:
    capacity_ah = spec.amp_hours * spec.capacity_factors[index]
    return Cell(capacity_ah, spec.soc + spec.soc_offsets[index], spec.full_shift_v / spec.cells)
