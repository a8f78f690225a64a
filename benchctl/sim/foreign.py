"""Batteries that are no 4-cell LiFePO4 battery: a straight line of voltage over charge, and a resistance.

Enough to see how they look from a charger's side; figures from the makers' usual open-circuit tables.
"""

from typing import Final

_KINDS: Final = {
    # (V empty, V full, charge at the start, ohm * Ah)
    "flat": (8.5, 12.0, 0.0, 4.0),
    "24v": (24.0, 27.2, 0.30, 4.0),
    "nmc3s": (9.9, 12.6, 0.50, 3.0),
    "nmc4s": (13.2, 16.8, 0.50, 4.0),
    "lead_acid": (11.8, 12.9, 0.60, 12.0),
}


class Foreign:
    """A battery of another kind, without a BMS."""

    accepts_charge = accepts_discharge = True

    def __init__(self, empty_v: float, full_v: float, soc: float, ohm: float, amp_hours: float) -> None:
        self._empty_v, self._full_v, self._soc, self._ohm, self._amp_hours = empty_v, full_v, soc, ohm, amp_hours

    def ahead(self, dt_s: float) -> tuple[float, float]:
        """Its voltage and its resistance; the length of a step does not matter."""
        del dt_s
        return self._empty_v + (self._full_v - self._empty_v) * self._soc, self._ohm

    def step(self, current_a: float, dt_s: float) -> None:
        """Charge flows in or out."""
        self._soc += current_a * dt_s / 3600.0 / self._amp_hours

    def offer(self, voltage_v: float) -> None:
        """Nothing to wake."""


def foreign(kind: str, amp_hours: float) -> Foreign:
    """A fresh one of this kind: `flat`, `24v`, `nmc3s`, `nmc4s`, `lead_acid`."""
    empty_v, full_v, soc, ohm_ah = _KINDS[kind]
    return Foreign(empty_v, full_v, soc, ohm_ah / amp_hours, amp_hours)
