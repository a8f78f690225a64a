"""One supply channel, its leads and what hangs on them, solved in closed form for one step of time.

    supply --- lead_ohm (out and back) --- load: Pack | ParallelPacks | Resistor | Source | Open

Pure: no clock, no wire, no text of any instrument. A supply here sources current; the only way back into it is the
bleeder across its output (field-notes.md 4.5: it drains the battery while the output is off). Trips latch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf

from benchctl.sim.load import Load
from benchctl.sim.wiring import Sense, Wiring, require


class Mode(StrEnum):
    """What the supply says it regulates."""

    OFF = "OFF"
    CV = "CV"
    CC = "CC"


class Trip(StrEnum):
    """Which protection latched the output off."""

    OVP = "OVP"
    OCP = "OCP"
    WATCHDOG = "watchdog"


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """What one channel can do. `bleed_ohm` None: nothing across the output. Blocking: no way back from the battery."""

    max_voltage_v: float = 32.0
    max_current_a: float = 20.0
    voltage_step_v: float = 0.001
    current_step_a: float = 0.001
    bleed_ohm: float | None = None
    reverse_blocking: bool = False
    ovp_at_sense: bool = False
    ocp_delay_s: float = 0.5
    ocp_trips_in_cc: bool = False

    def __post_init__(self) -> None:
        """Refuse what no channel can be."""
        for name in ("max_voltage_v", "max_current_a", "voltage_step_v", "current_step_a"):
            require(name, getattr(self, name), low=1e-9)
        require("ocp_delay_s", self.ocp_delay_s, low=0.0)
        if self.bleed_ohm is not None:
            require("bleed_ohm", self.bleed_ohm, low=1e-3)


@dataclass(frozen=True, slots=True)
class Reading:
    """The true state of the circuit: at the supply's terminals (V), at the battery's (V), out of the supply (A)."""

    terminal_v: float
    battery_v: float
    current_a: float
    mode: Mode


@dataclass(frozen=True, slots=True)
class Output:
    """What the supply is told: set voltage (V), current limit (A), output on."""

    voltage_v: float = 0.0
    limit_a: float = 0.0
    on: bool = False


def solve(output: Output, spec: ChannelSpec, wiring: Wiring, load: Load, dt_s: float = 0.0) -> Reading:
    """The circuit at the end of the next `dt_s` seconds."""
    emf_v, ohm = load.ahead(dt_s)
    if wiring.swapped or wiring.shorted:
        return _miswired(output, wiring, emf_v)
    if wiring.lead_open:
        terminal_v, mode = (output.voltage_v, Mode.CV) if output.on else (0.0, Mode.OFF)
        return Reading(terminal_v, emf_v, 0.0, mode)
    if not output.on:
        return _held_up(emf_v, ohm, spec, wiring, load, 0.0, Mode.OFF)
    regulated_v, regulated_ohm = wiring.regulated(output.voltage_v, ohm)
    wanted_a = (regulated_v - emf_v) / regulated_ohm
    if wanted_a < 0.0:
        return _held_up(emf_v, ohm, spec, wiring, load, regulated_v, Mode.CV)
    if not load.accepts_charge:
        return Reading(regulated_v, regulated_v, 0.0, Mode.CV)
    current_a = min(wanted_a, output.limit_a)
    battery_v = emf_v + current_a * ohm
    mode = Mode.CV if wanted_a <= output.limit_a else Mode.CC
    return Reading(battery_v + current_a * wiring.lead_ohm, battery_v, current_a, mode)


def _miswired(output: Output, wiring: Wiring, emf_v: float) -> Reading:
    """Leads on the wrong poles, or touching each other: the supply feeds what is no battery to it, at its limit."""
    seen_v = 0.0 if wiring.shorted else -emf_v
    if not output.on:
        return Reading(seen_v, seen_v, 0.0, Mode.OFF)
    return Reading(max(seen_v, 0.0) + output.limit_a * wiring.lead_ohm, seen_v, output.limit_a, Mode.CC)


def _held_up(
    emf_v: float, ohm: float, spec: ChannelSpec, wiring: Wiring, load: Load, set_v: float, mode: Mode
) -> Reading:
    """The battery stands above the supply: nothing flows but the bleeder's current."""
    if spec.reverse_blocking or not load.accepts_discharge:
        return Reading(set_v, emf_v, 0.0, mode)
    if spec.bleed_ohm is None:
        return Reading(emf_v, emf_v, 0.0, mode)
    bleed_a = emf_v / (ohm + wiring.lead_ohm + spec.bleed_ohm)
    return Reading(bleed_a * spec.bleed_ohm, emf_v - bleed_a * ohm, -bleed_a, mode)


class Channel:
    """One supply channel with its load: set points, protections, latched trips, and `step`.

    What may be broken in it (`fault_acts` turns these): `excess_v` above what is set, `limit_factor` on the current
    limit, `sink_a` drawn while on, `welded_v` given while off, `leak_ohm` across the output, `unprotected`.
    """

    def __init__(self, load: Load, spec: ChannelSpec | None = None, wiring: Wiring | None = None) -> None:
        self.load = load
        self._joined: Load | None = None
        self.spec = spec or ChannelSpec()
        self.wiring = wiring or Wiring()
        self.voltage_v = 0.0
        self.limit_a = 0.0
        self.ovp_v: float | None = None
        self.ocp_a: float | None = None
        self.trip: Trip | None = None
        self._on = False
        self._dt_s = 0.0
        self._over_s = 0.0
        self.excess_v = 0.0
        self.limit_factor = 1.0
        self.sink_a = 0.0
        self.welded_v: float | None = None
        self.leak_ohm: float | None = None
        self.unprotected = False
        self.reading = self._solve()

    @property
    def live(self) -> bool:
        """Whether the power stage is connected to the terminals, whatever the supply believes."""
        return self._on or self.welded_v is not None

    @property
    def on(self) -> bool:
        """Whether the output is truly on; a trip has switched it off."""
        return self._on

    @property
    def sensed_v(self) -> float:
        """What truly stands where the supply senses (V)."""
        return self.wiring.sensed_v(self.reading.battery_v, self.reading.terminal_v)

    @property
    def into_load_a(self) -> float:
        """What truly flows into what hangs on the leads (A); leads that are swapped or shorted feed nothing."""
        return 0.0 if self.wiring.swapped or self.wiring.shorted else self.reading.current_a

    def set_voltage(self, voltage_v: float) -> None:
        """Set the voltage (V), rounded to the channel's resolution; refuse what it cannot give."""
        self.voltage_v = _settable(voltage_v, self.spec.voltage_step_v, self.spec.max_voltage_v, "voltage_v")
        self._refresh()

    def set_limit(self, limit_a: float) -> None:
        """Set the current limit (A), rounded to the channel's resolution; refuse what it cannot give."""
        self.limit_a = _settable(limit_a, self.spec.current_step_a, self.spec.max_current_a, "limit_a")
        self._refresh()

    def switch(self, on: bool) -> bool:
        """Switch the output; false if a latched trip keeps it off."""
        if on and self.trip is not None:
            return False
        self._on = on
        self._over_s = 0.0
        self._refresh()
        return True

    def set_ovp(self, level_v: float | None) -> None:
        """Arm the over-voltage trip at `level_v` (V), or disarm it with None."""
        self.ovp_v = None if level_v is None else _settable(level_v, self.spec.voltage_step_v, inf, "level_v")
        self._refresh()

    def set_ocp(self, level_a: float | None) -> None:
        """Arm the over-current trip at `level_a` (A), or disarm it with None."""
        self.ocp_a = None if level_a is None else _settable(level_a, self.spec.current_step_a, inf, "level_a")

    def clear_trip(self) -> None:
        """Release the latch; the output stays off."""
        self.trip = None

    def rewire(self, wiring: Wiring) -> None:
        """Change the leads (a fault, or its repair)."""
        self.wiring = wiring
        self._refresh()

    def reconnect(self, load: Load) -> None:
        """Put something else on the leads."""
        self.load = load
        self._refresh()

    def join(self, joined: Load | None) -> None:
        """What hangs on the leads is joined to something else: the leads see both as this. None: no more."""
        self._joined = joined
        self._refresh()

    @property
    def _seen(self) -> Load:
        return self.load if self._joined is None else self._joined

    def step(self, dt_s: float) -> Reading:
        """Move the circuit and its load on by `dt_s` seconds."""
        self._dt_s = dt_s
        self.reading = self._solve()
        self._seen.step(self.into_load_a, dt_s)
        self._seen.offer(self.reading.battery_v)
        self._protect(dt_s)
        return self.reading

    def _solve(self) -> Reading:
        if self.sink_a and self._on:
            return self._sinking()
        output = Output(self.voltage_v + self.excess_v, self.limit_a * self.limit_factor, self._on)
        if self.welded_v is not None and not self._on:
            output = Output(self.welded_v, self.limit_a, True)
        spec = self.spec if self.leak_ohm is None else replace(self.spec, bleed_ohm=self.leak_ohm)
        return solve(output, spec, self.wiring, self._seen, self._dt_s)

    def _sinking(self) -> Reading:
        emf_v, ohm = self._seen.ahead(self._dt_s)
        battery_v = emf_v - self.sink_a * ohm
        return Reading(battery_v - self.sink_a * self.wiring.lead_ohm, battery_v, -self.sink_a, Mode.CV)

    def break_down(self) -> None:
        """Something in here was changed from outside: see what follows at once."""
        self._refresh()

    def force_trip(self, trip: Trip) -> None:
        """A protection latches without a cause."""
        self._latch(trip)

    def _refresh(self) -> None:
        # A command acts at once; the last step's length keeps a CV reading from jumping to the ohmic answer.
        self.reading = self._solve()
        self._protect(0.0)

    def _protect(self, dt_s: float) -> None:
        if not self._on or self.unprotected:
            return
        if self.ovp_v is not None and self._ovp_sees_v() > self.ovp_v:
            self._latch(Trip.OVP)
        elif self.ocp_a is not None:
            self._over_s = self._over_s + dt_s if self._over_current(self.ocp_a) else 0.0
            if self._over_s > 0.0 and self._over_s >= self.spec.ocp_delay_s:
                self._latch(Trip.OCP)

    def _ovp_sees_v(self) -> float:
        at_sense = self.spec.ovp_at_sense and self.wiring.sense is Sense.REMOTE
        return self.sensed_v if at_sense else self.reading.terminal_v

    def _over_current(self, level_a: float) -> bool:
        in_cc = self.spec.ocp_trips_in_cc and self.reading.mode is Mode.CC
        return in_cc or self.reading.current_a > level_a

    def _latch(self, trip: Trip) -> None:
        self.trip = trip
        self._on = False
        self._over_s = 0.0
        self.reading = self._solve()


def _settable(value: float, step: float, highest: float, name: str) -> float:
    require(name, value, low=0.0, high=highest)
    # Dividing by the whole number of steps in a unit keeps 14.6 exactly 14.6.
    per_unit = round(1.0 / step)
    return min(round(value * per_unit) / per_unit if per_unit else round(value / step) * step, highest)
