"""The watchdog of a simulated supply: hears nothing for so many seconds, and latches the output off.

After the maker's guide of the N6900 (p. 252): any word on any remote interface winds it up; the output is latched off,
and what was programmed stays; off, and 60 s, at power-on.
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from benchctl.sim.circuit import Channel, Trip

POWER_ON_S = 60.0
SOON_S = 1e-6


class Timer(Protocol):
    """The time of the place where the supply's output is."""

    now_s: float

    def schedule(self, at_s: float, act: Callable[[], None]) -> None:
        """Have something happen at this time."""


class Watchdog:
    """Of one output. `delay_s` is for how long it waits."""

    def __init__(self, circuit: Channel, timer: Timer) -> None:
        self._circuit, self._timer = circuit, timer
        self._heard_s = 0.0
        self._looks_s: float | None = None
        self.reset()

    def reset(self) -> None:
        """As at power-on."""
        self.on, self.delay_s = False, POWER_ON_S

    @property
    def bitten(self) -> bool:
        """It has latched the output off, and that stands."""
        return self._circuit.trip is Trip.WATCHDOG

    def heard(self) -> None:
        """A word has come."""
        self._heard_s = self._timer.now_s
        if self.on and self._looks_s is None:
            self._look_later()

    def arm(self, on: bool) -> None:
        """Switch it."""
        self.on = on
        self._look_later()

    def wait_for(self, delay_s: float) -> None:
        """Another delay, in seconds."""
        self.delay_s = delay_s
        self._look_later()

    def bite(self) -> None:
        """Latch the output off, if it is armed."""
        if self.on:
            self._circuit.force_trip(Trip.WATCHDOG)

    def _look_later(self) -> None:
        self._looks_s = self._heard_s + self.delay_s
        self._timer.schedule(self._looks_s, partial(self._look, self._looks_s))

    def _look(self, at_s: float) -> None:
        if at_s != self._looks_s:
            return  # it was told otherwise meanwhile
        self._looks_s = None
        if not self.on or self.bitten:
            return
        if self._heard_s + self.delay_s <= at_s + SOON_S:
            self.bite()
        else:
            self._look_later()
