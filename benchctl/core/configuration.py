"""What batteries become when they are joined: voltage, capacity, current, energy. Arithmetic, and no opinion.

Series adds voltage and keeps capacity and current; parallel adds capacity and current and keeps voltage (guide,
"What's the difference?"). All strings of a configuration are alike: there is no way to say an uneven one.

A LiFePO4 cell has 3.2 V nominal and is full at 3.65 V, so a "12 V" and a "12.8 V" battery are the same unit: four
cells. Every voltage here is the nominal one, 12.8 V for such a unit, whatever it was called.
"""

from dataclasses import dataclass

CELL_V = 3.2
CELL_CHARGE_V = 3.65
_CELL_NAME_V = 3.0  # as batteries are called: 12, 24, 48 V
CELL_COUNTS = (2, 4, 8, 12, 16)
"""Cells of the batteries that are made: 6.4, 12.8, 25.6, 38.4 and 51.2 V."""
_SAME_V = 0.05


@dataclass(frozen=True, slots=True)
class BatteryKind:
    """What counts of a battery when it is joined. `cells` in series inside it; rated Ah; continuous amperes that its
    BMS lets out (`max_discharge_a`) and in (`max_charge_a`, None: not stated); `charge_v` fills it.

    `parallel_share`: of the sum of the currents, what the maker allows when batteries stand in parallel (1: all).
    """

    cells: int
    amp_hours: float
    max_discharge_a: float
    max_charge_a: float | None
    charge_v: float
    parallel_share: float

    @property
    def nominal_v(self) -> float:
        """12.8 V for four cells."""
        return round(self.cells * CELL_V, 1)


@dataclass(frozen=True, slots=True)
class Configuration:
    """`parallel` (>= 1) strings, each of `series` (>= 1) batteries of one kind."""

    series: int
    parallel: int
    kind: BatteryKind

    @property
    def name(self) -> str:
        """`4S2P`."""
        return f"{self.series}S{self.parallel}P"

    @property
    def batteries(self) -> int:
        """How many it takes."""
        return self.series * self.parallel

    @property
    def voltage_v(self) -> float:
        """Nominal."""
        return round(self.series * self.kind.nominal_v, 1)

    @property
    def amp_hours(self) -> float:
        """Those of one battery, times the strings."""
        return _plain(self.parallel * self.kind.amp_hours)

    @property
    def watt_hours(self) -> float:
        """At the nominal voltage, all that is rated."""
        return _plain(self.voltage_v * self.amp_hours)

    @property
    def max_discharge_a(self) -> float:
        """The most the bank gives continuously."""
        return _plain(self._together(self.kind.max_discharge_a))

    @property
    def full_current_a(self) -> float:
        """What wiring must carry: the sum over all strings, whatever share of it the maker recommends."""
        return _plain(self.parallel * self.kind.max_discharge_a)

    @property
    def max_charge_a(self) -> float | None:
        """The most the bank takes; None: not stated."""
        one = self.kind.max_charge_a
        return None if one is None else _plain(self._together(one))

    @property
    def charger_v(self) -> float:
        """What a charger of the finished bank is set to: 14.6, 29.2, 58.4 V for one, two, four units of 14.6 V."""
        return _plain(self.series * self.kind.charge_v)

    def _together(self, one_a: float) -> float:
        share = self.kind.parallel_share if self.parallel > 1 else 1.0
        return self.parallel * one_a * share


def kind(cells: int, amp_hours: float, max_discharge_a: float) -> BatteryKind:
    """A battery of which no more is known: charged to 3.65 V a cell, currents that add up in parallel."""
    return BatteryKind(cells, amp_hours, max_discharge_a, None, _plain(cells * CELL_CHARGE_V), 1.0)


def cells_of_battery(voltage_v: float) -> int | None:
    """The cells of a battery of this nominal voltage: 12 and 12.8 V are both four; None: no such battery is made."""
    return next((cells for cells in CELL_COUNTS if _named(voltage_v, cells)), None)


def units_in_series(voltage_v: float, cells: int) -> int | None:
    """How many batteries of `cells` cells make a system of this voltage; None: no number does."""
    for per_cell_v in (_CELL_NAME_V, CELL_V):
        count = round(voltage_v / (cells * per_cell_v))
        if count >= 1 and abs(voltage_v - count * cells * per_cell_v) <= _SAME_V:
            return count
    return None


def _named(voltage_v: float, cells: int) -> bool:
    return min(abs(voltage_v - cells * _CELL_NAME_V), abs(voltage_v - cells * CELL_V)) <= _SAME_V


def _plain(value: float) -> float:
    """Without the dust of binary fractions: 58.4, not 58.400000000000006."""
    return round(value, 6)
