"""How a meter comes to its readings: functions, ranges, scan list, counts, trigger and memory. No words in here.

After the command references of the 34401A, the 34970A (scan list, sweep), the Keithley 2700 (walk, elements) and the
DAQ6510 (a scan as a program).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from benchctl.core.dialect.voice import Operation
from benchctl.sim.family import Measures
from benchctl.sim.meter import OVER_RANGE, OVERLOAD
from benchctl.sim.scpi import Misread, ScpiError
from benchctl.sim.verbs import Device

MAX_READINGS = 2000
VOLTS = "VOLT"
UNITS = {"VOLT": "VDC", "VOLT:AC": "VAC", "CURR": "ADC", "CURR:AC": "AAC", "RES": "OHM", "FRES": "OHM4W", "TEMP": "C"}


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a channel."""

    value: float
    channel: int
    function: str


class Acquisition:
    """The state of a meter between a trigger and an answer."""

    def __init__(self, device: Device, measures: Measures) -> None:
        self._device, self._measures = device, measures
        self.reset()

    def reset(self) -> None:
        """As at power-on: direct voltage, automatic range, one reading a trigger."""
        self.function = VOLTS
        self.samples = self.triggers = self.scans = 1
        self.elements = self._measures.elements
        self._functions: dict[int, str] = {}
        self._ranges: dict[tuple[str, int], float | None] = {}
        self.list: tuple[int, ...] = ()
        self.closed: tuple[int, ...] = ()
        self.memory: tuple[Reading, ...] = ()
        self._at = 0

    # --- what is set --------------------------------------------------------------------------------------------------

    def configure(self, function: str, channels: Iterable[int], range_v: float | None) -> None:
        """`CONF`, `MEAS`: this function on these channels, one reading; on a scanner they are the list."""
        named = tuple(sorted(set(channels)))
        self.choose(function, named)
        self.set_range(function, named, range_v)
        self.samples, self.triggers, self.memory = 1, 1, ()
        if named and self._measures.scan == "sweep":
            self.list = named

    def choose(self, function: str, channels: Iterable[int]) -> None:
        """`FUNC`: this function, on these channels or on the input."""
        named = tuple(channels)
        self._functions.update(dict.fromkeys(named, function))
        if not named:
            self.function = function

    def chosen(self, channel: int | None) -> str:
        """The function of a channel, or of the input."""
        return self.function if channel is None else self._functions.get(channel, self.function)

    def set_range(self, function: str, channels: Iterable[int], range_v: float | None) -> None:
        """The range that holds this value; None: automatic."""
        for channel in tuple(channels) or self._device.channels:
            self._ranges[function, channel] = None if range_v is None else self._holding(function, range_v)

    def range_of(self, function: str, channel: int) -> float | None:
        """The range of a channel; None: automatic."""
        return self._ranges.get((function, channel))

    def _holding(self, function: str, value: float) -> float:
        if function != VOLTS:
            return value
        return next((each for each in self._measures.ranges_v if each >= value - 1e-9), self._measures.ranges_v[-1])

    def scan(self, channels: Iterable[int]) -> None:
        """`ROUT:SCAN`: on a sweeping scanner only configured channels can be. Raises `Misread`."""
        wanted = tuple(dict.fromkeys(channels))
        if self._measures.scan == "sweep":
            wanted = tuple(sorted(wanted))
            if any(channel not in self._functions for channel in wanted):
                raise Misread(ScpiError.CONFLICT)
        self.list, self.memory, self._at = wanted, (), 0

    # --- what is read -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """A trigger, or a whole scan: readings into memory. Raises `Misread` when there is nothing to scan."""
        if self._measures.scan == "program" and self.list:
            self._take(self.list * self.scans)
        else:
            self.read()

    def read(self) -> None:
        """A trigger that is no scan's: readings into memory. Raises `Misread` when there is nothing to scan."""
        wanted = self.samples * self.triggers
        if self._measures.scan == "sweep" and self.list:
            self._take(self.list * wanted)
        elif self._measures.scan == "sweep" and not self.closed:
            raise Misread(ScpiError.CONFLICT)
        else:
            self._take(tuple(self._next() for _ in range(min(wanted, MAX_READINGS))))

    def each(self, channels: tuple[int, ...]) -> None:
        """One reading of each of these."""
        self._take(channels)

    def _take(self, channels: tuple[int, ...]) -> None:
        self.memory = tuple(self._reading(channel) for channel in channels[:MAX_READINGS])

    def _next(self) -> int:
        if self._measures.scan == "walk" and self.list:
            self._at += 1
            return self.list[(self._at - 1) % len(self.list)]
        return self.closed[0] if self.closed else self._device.channels[0]

    def _reading(self, channel: int) -> Reading:
        function = self.chosen(channel)
        return Reading(self._quantity(function, channel), channel, function)

    def _quantity(self, function: str, channel: int) -> float:
        """In V, A, ohm, degrees Celsius, Hz or s; 9.9E37 for more than the range can show."""
        if function == "TEMP":
            return float(self._device.read(Operation.MEASURE_TEMPERATURE, channel))
        if function != VOLTS:
            return float(self._device.aside(function, channel))
        value = float(self._device.read(Operation.MEASURE, channel))
        range_v = self.range_of(function, channel)
        shown = range_v is None or abs(value) <= OVER_RANGE * range_v or abs(value) >= OVERLOAD
        return value if shown else math.copysign(OVERLOAD, value)

    def taken(self) -> tuple[Reading, ...]:
        """What is in memory. Raises `Misread` when nothing is."""
        if not self.memory:
            raise Misread(ScpiError.STALE)
        return self.memory

    def dropped(self) -> tuple[Reading, ...]:
        """What is in memory, which is then empty."""
        memory, self.memory = self.memory, ()
        return memory
