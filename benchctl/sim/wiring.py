"""The leads of one position, and where its supply takes its voltage from.

    supply + ------ half of lead_ohm ------ + battery - ------ half of lead_ohm ------ - supply
           R                              |           |                              R
    sense  + -----------------------------+           +----------------------------- -

A supply ties each sense terminal to its own output terminal of that pole through a protection resistor R. While both
sense leads are on the battery, R carries next to nothing. A sense lead that is off hands its pole over to R: what is
lost in that pole's lead is made up for no more, and as R stands before the input that senses, the output rises.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite
from typing import Final

OPEN_SENSE_RISE: Final = 0.05
"""With both sense leads off: Keysight E36300 user's guide p. 33 (field-notes.md 4.5), "approximately 5 %" in what it
calls a return to local sensing. Half of it with one off, as the two resistors are alike and in series."""


class Sense(StrEnum):
    """Where the supply takes its voltage from."""

    LOCAL = "local"
    REMOTE = "remote"


class Pole(StrEnum):
    """Which of the two sense leads."""

    PLUS = "+"
    MINUS = "-"


@dataclass(frozen=True, slots=True)
class Wiring:
    """The leads of one position: resistance out and back (ohm), sense, and what may be wrong with them."""

    lead_ohm: float = 0.0
    sense: Sense = Sense.LOCAL
    open_sense: frozenset[Pole] = frozenset()
    lead_open: bool = False
    swapped: bool = False
    shorted: bool = False

    def __post_init__(self) -> None:
        """Refuse a resistance no lead can have."""
        require("lead_ohm", self.lead_ohm, low=0.0)

    @property
    def open_share(self) -> float:
        """Of the two sense leads, how much of remote sense is missing: 0, 0.5 or 1."""
        return len(self.open_sense) / len(Pole)

    @property
    def _lost_share(self) -> float:
        """Of the leads' drop, how much is not made up for."""
        return 1.0 if self.sense is Sense.LOCAL else self.open_share

    def regulated(self, set_v: float, load_ohm: float) -> tuple[float, float]:
        """The voltage held (V), and the resistance between where it is held and the battery's own voltage (ohm)."""
        rise = OPEN_SENSE_RISE * self.open_share if self.sense is Sense.REMOTE else 0.0
        return set_v * (1.0 + rise), load_ohm + self._lost_share * self.lead_ohm

    def sensed_v(self, battery_v: float, terminal_v: float) -> float:
        """What stands where the supply senses (V), by its own voltmeter, too: between the battery's poles, its own
        terminals, or one of each."""
        return (1.0 - self._lost_share) * battery_v + self._lost_share * terminal_v


def require(name: str, value: float, low: float = -inf, high: float = inf) -> None:
    """Raises ValueError for what is no number within these bounds."""
    if not (isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} {value} is outside {low}..{high}")
