"""One LiFePO4 cell: charge, rest voltage and polarisation. No time source, no randomness: `dt_s` is given.

The rest voltage is a flat curve that stays below 3.38 V up to 103 % of the rated charge. Everything a charger sees
above it is polarisation, and the part of it that grows by a factor e for every 1.8 % of charge near full is what makes
a charge taper at 3.65 V and yet rest at 3.37 V. The exponential form keeps the ratio of two unequal cells' overvoltages
constant however long a charge is held: a cell 0.5 % ahead stays below 3.80 V, one 3 % ahead does not.

Currents in A, positive while charging; voltages in V; charge as a fraction of the capacity in Ah.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import exp
from typing import Final

# Rest voltage (V) against charge. From 10 to 98 % a quarter of the pack figures in libraries.md section 6; ours beyond.
OCV_KNOTS: Final = (
    (-0.050, 2.000), (0.000, 2.600), (0.050, 2.870), (0.100, 2.975), (0.200, 3.175), (0.300, 3.225),
    (0.400, 3.250), (0.500, 3.265), (0.650, 3.2875), (0.800, 3.310), (0.900, 3.315), (0.950, 3.327),
    (0.965, 3.336), (0.980, 3.350), (0.990, 3.3625), (1.000, 3.3725), (1.030, 3.3775), (1.100, 3.4100),
)  # fmt: skip
GRID_PER_UNIT: Final = 1000

# Resistances for one ampere-hour (ohm * Ah): a cell of 100 Ah has a hundredth of each. 1.6 mohm ohmic at 100 Ah.
OHMIC_OHM_AH: Final = 0.16
FAST_OHM_AH: Final = 0.10
PLATEAU_OHM_AH: Final = 0.12
NEAR_FULL_OHM_AH: Final = 1.45  # at KNEE_SOC, 25 degC
KNEE_SOC: Final = 0.970
KNEE_WIDTH: Final = 0.018
STEEPEST: Final = 10.0  # keeps the exponential finite in a cell that a defeated BMS lets overcharge

FAST_S: Final = 15.0
# (share, time constant in s) of the polarisation: fitted to 14.0 V in minutes, 13.6 V in 20 min, flat after two hours.
SLOW_PARTS: Final = ((0.50, 110.0), (0.42, 600.0), (0.08, 4800.0))


def _grid() -> tuple[float, ...]:
    low, high = OCV_KNOTS[0][0], OCV_KNOTS[-1][0]
    points = round((high - low) * GRID_PER_UNIT)
    return tuple(_between_knots(low + i / GRID_PER_UNIT) for i in range(points + 1))


def _between_knots(soc: float) -> float:
    for (left, left_v), (right, right_v) in pairwise(OCV_KNOTS):
        if soc <= right:
            return left_v + (right_v - left_v) * (soc - left) / (right - left)
    return OCV_KNOTS[-1][1]


_OCV_V: Final = _grid()
_LOWEST_SOC: Final = OCV_KNOTS[0][0]
_LAST: Final = len(_OCV_V) - 2


def rest_voltage_v(soc: float) -> float:
    """Rest voltage of one cell (V) at `soc` (1.0 is the rated charge); outside the table the end slope goes on."""
    place = (soc - _LOWEST_SOC) * GRID_PER_UNIT
    index = int(place)
    if index > _LAST:
        index = _LAST
    elif place < 0.0:
        index = 0
    below = _OCV_V[index]
    return below + (place - index) * (_OCV_V[index + 1] - below)


def temperature_factor(temperature_c: float) -> float:
    """How much larger every resistance is than at 25 degC: twice at 0 degC, 0.57 at 45 degC."""
    return float(2.0 ** ((25.0 - temperature_c) / 25.0))


@dataclass(frozen=True, slots=True)
class Decay:
    """What is left of each polarisation after one step; exact for a constant current, whatever the step's length."""

    hours: float
    fast: float
    first: float
    second: float
    third: float

    @staticmethod
    def over(dt_s: float) -> Decay:
        """The factors for a step of `dt_s` seconds."""
        slow = (exp(-dt_s / tau_s) for _, tau_s in SLOW_PARTS)
        return Decay(dt_s / 3600.0, exp(-dt_s / FAST_S), *slow)


class Cell:
    """One cell. `step` runs a few hundred million times in a campaign, so it is one flat run of plain arithmetic."""

    __slots__ = (
        "_decay", "_fast_gain", "_fast_v", "_first_gain", "_first_v", "_full_ohm", "_near_full_ohm", "_plateau_ohm",
        "_second_gain", "_second_v", "_soc_per_a", "_third_gain", "_third_v", "bleed_a",
        "capacity_ah", "drain_a", "full_shift_v", "ohmic_ohm", "soc", "voltage_v",
    )  # fmt: skip

    def __init__(self, capacity_ah: float, soc: float, full_shift_v: float = 0.0) -> None:
        self.capacity_ah = capacity_ah
        self.soc = soc
        self.full_shift_v = full_shift_v
        self.drain_a = 0.0
        self.bleed_a = 0.0
        self._fast_v = self._first_v = self._second_v = self._third_v = 0.0
        self.voltage_v = self.rest_v
        self.set_resistance(1.0, 1.0)
        self.set_step(Decay.over(1.0))

    @property
    def rest_v(self) -> float:
        """The voltage this cell would show after an endless rest (V)."""
        return rest_voltage_v(self.soc) + self.full_shift_v * self.soc

    def set_resistance(self, factor: float, near_full_factor: float) -> None:
        """Scale every resistance by `factor`, and the near-full polarisation by `near_full_factor` on top."""
        per_ah = factor / self.capacity_ah
        self.ohmic_ohm = OHMIC_OHM_AH * per_ah
        self._fast_gain = FAST_OHM_AH * per_ah
        self._plateau_ohm = PLATEAU_OHM_AH * per_ah
        self._near_full_ohm = NEAR_FULL_OHM_AH * per_ah * near_full_factor
        self._full_ohm = self._polarisation_ohm()

    def set_step(self, decay: Decay) -> None:
        """Prepare for steps of another length."""
        self._decay = decay
        self._soc_per_a = decay.hours / self.capacity_ah
        shares = [share for share, _ in SLOW_PARTS]
        self._first_gain = shares[0] * (1.0 - decay.first)
        self._second_gain = shares[1] * (1.0 - decay.second)
        self._third_gain = shares[2] * (1.0 - decay.third)

    def _polarisation_ohm(self) -> float:
        steepness = min((self.soc - KNEE_SOC) / KNEE_WIDTH, STEEPEST)
        return self._plateau_ohm + self._near_full_ohm * exp(steepness)

    def step(self, current_a: float) -> float:
        """Let `current_a` flow for the prepared step; the cell's voltage at its end (V), current still flowing."""
        net_a = current_a - self.drain_a - self.bleed_a
        soc = self.soc = self.soc + net_a * self._soc_per_a
        steepness = (soc - KNEE_SOC) / KNEE_WIDTH
        if steepness > STEEPEST:
            steepness = STEEPEST
        full_ohm = self._full_ohm = self._plateau_ohm + self._near_full_ohm * exp(steepness)
        # Only charging is hindered near full: a full cell gives its first ampere-hours as readily as any.
        slow_v = net_a * (full_ohm if net_a > 0.0 else self._plateau_ohm)
        decay = self._decay
        fast = decay.fast
        fast_v = self._fast_v = self._fast_v * fast + net_a * self._fast_gain * (1.0 - fast)
        first_v = self._first_v = self._first_v * decay.first + slow_v * self._first_gain
        second_v = self._second_v = self._second_v * decay.second + slow_v * self._second_gain
        third_v = self._third_v = self._third_v * decay.third + slow_v * self._third_gain
        place = (soc - _LOWEST_SOC) * GRID_PER_UNIT
        index = int(place)
        if not 0.0 <= place < _LAST:
            index = 0 if place < 0.0 else _LAST
        below = _OCV_V[index]
        rest_v = below + (place - index) * (_OCV_V[index + 1] - below) + self.full_shift_v * soc
        self.voltage_v = rest_v + fast_v + first_v + second_v + third_v + net_a * self.ohmic_ohm
        return self.voltage_v

    def ahead(self, last_a: float) -> tuple[float, float]:
        """(V, ohm): at the end of the next step the voltage will be V + current * ohm.

        The instantaneous resistance would make a controller that samples hunt near full, where a step's own
        polarisation outweighs the ohmic part many times. `last_a` tells how far the knee will have moved.
        """
        decay = self._decay
        growth = 1.0 + max(last_a, 0.0) * self._soc_per_a / KNEE_WIDTH
        slow_gain = self._first_gain + self._second_gain + self._third_gain
        ohm = self.ohmic_ohm + self._fast_gain * (1.0 - decay.fast) + self._full_ohm * growth * slow_gain
        left_v = self._fast_v * decay.fast + self._first_v * decay.first
        left_v += self._second_v * decay.second + self._third_v * decay.third
        soc = self.soc + last_a * self._soc_per_a
        return rest_voltage_v(soc) + self.full_shift_v * soc + left_v - (self.drain_a + self.bleed_a) * ohm, ohm
