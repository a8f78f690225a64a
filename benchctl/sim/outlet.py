"""One output of a simulated supply: settings with their limits, protections, and what its own meters say.

Volts, amperes, operations of the dialect; no text.
"""

import math
from dataclasses import dataclass, replace
from random import Random

from benchctl.core.dialect.voice import Model, Operation, Rating, SupplyChannel
from benchctl.core.model import Known, Ocp, Regulation
from benchctl.sim.circuit import Channel, ChannelSpec, Mode
from benchctl.sim.scpi import Misread, ScpiError
from benchctl.sim.watchdog import POWER_ON_S, Timer, Watchdog
from benchctl.sim.wiring import Pole, Sense

BLEED_OHM = 4700.0
"""What a supply that is known to bleed has across its output."""
NOISE_V = 0.0004
NOISE_A = 0.0003
MAX_OFFSET_V = 0.003
MAX_OFFSET_A = 0.002

Scalar = float | bool | str | Regulation


@dataclass(frozen=True, slots=True)
class Limits:
    """What a setting can hold, and what it holds at power-on."""

    low: float
    high: float
    default: float


@dataclass(frozen=True, slots=True)
class Error:
    """The fixed error of one built-in meter: reading = true * gain + offset."""

    gain: float
    offset: float

    @classmethod
    def drawn(cls, rng: Random, gain: float, offset: float) -> "Error":
        """An error within these limits."""
        return cls(1.0 + rng.uniform(-gain, gain), rng.uniform(-offset, offset))


class Outlet:
    """One channel: the circuit behind it, and the settings a circuit does not keep while they are off.

    `wired_sense`: sense leads go to the battery. Without them remote sense finds both open.
    """

    def __init__(
        self,
        channel: SupplyChannel,
        model: Model,
        circuit: Channel,
        wired_sense: bool,
        rng: Random,
        ovp_above: float = 0.0,
        timer: Timer | None = None,
    ) -> None:
        self.channel, self._model, self.circuit, self._wired_sense = channel, model, circuit, wired_sense
        circuit.rewire(replace(circuit.wiring, open_sense=frozenset() if wired_sense else frozenset(Pole)))
        self.sign, self.ovp_above = 1.0, ovp_above
        self.watchdog = Watchdog(circuit, timer) if timer is not None and _can_watch(channel) else None
        self.range = _lowest(channel)
        accuracy_v = min(self.range.ability.voltage_accuracy_v or math.inf, 2 * MAX_OFFSET_V)
        self._volts = Error.drawn(rng, 1e-4, accuracy_v / 2)
        self._amps = Error.drawn(rng, 3e-4, MAX_OFFSET_A)
        self._rng = rng
        self.reset()

    def reset(self) -> None:
        """As at power-on: off, nothing set, protections at their maximum and not armed."""
        self.armed = False
        self.circuit.switch(False)
        self.circuit.clear_trip()
        self.range = _lowest(self.channel)
        self.ovp_on = Operation.OVP_ON not in self._model.commands and self._can_ovp
        self.ocp_on = False
        if self.watchdog is not None:
            self.watchdog.reset()
        self._apply_range()
        self.set_sense(remote=Operation.SENSE_REMOTE not in self._model.commands and self._wired_sense)

    def _apply_range(self) -> None:
        self.circuit.spec = _spec(self.range)
        self.circuit.set_voltage(0.0)
        self.circuit.set_limit(self.limits(Operation.SET_CURRENT).default)
        self.ovp_v = self.limits(Operation.SET_OVP).default
        self.ocp_a = self.limits(Operation.SET_OCP).default
        self.arm()

    @property
    def _can_ovp(self) -> bool:
        return self.range.ability.ovp_max_v is not None

    def arm(self) -> None:
        """Hand the protections to the circuit as they are set."""
        self.circuit.set_ovp(self.ovp_v if self.ovp_on else None)
        self.circuit.set_ocp(self.ocp_a if self.ocp_on else None)

    def select_range(self, name: str) -> None:
        """Take another range; a live output refuses. Raises `Misread`."""
        by_voltage = sorted(self.channel.ratings, key=lambda each: each.ability.max_voltage_v)
        wanted = {"LOW": by_voltage[0].name, "HIGH": by_voltage[-1].name}.get(name.upper(), name)
        for rating in self.channel.ratings:
            if rating.name.upper() == wanted.upper():
                if rating is not self.range:
                    self._change_range(rating)
                return
        raise Misread(ScpiError.ILLEGAL)

    def _change_range(self, rating: Rating) -> None:
        if self.circuit.on:
            raise Misread(ScpiError.CONFLICT)
        self.range = rating
        self._apply_range()

    def set_sense(self, remote: bool) -> None:
        """Regulate at the sense terminals, or at the output."""
        self.sense_remote = remote
        self.circuit.rewire(replace(self.circuit.wiring, sense=Sense.REMOTE if remote else Sense.LOCAL))

    def limits(self, operation: Operation) -> Limits:
        """What a setting of this channel can hold in its range."""
        rating = self.range
        ability = rating.ability
        if operation is Operation.SET_VOLTAGE:
            return Limits(0.0, ability.max_voltage_v, 0.0)
        if operation is Operation.SET_CURRENT:
            return Limits(0.0, ability.max_current_a, ability.max_current_a)
        if operation is Operation.SET_OVP:
            high_v = ability.ovp_max_v or ability.max_voltage_v * 1.1
            low_v = self.circuit.voltage_v * self.ovp_above if self.ovp_above else ability.ovp_min_v or 0.0
            return Limits(low_v, high_v, high_v)
        if operation is Operation.SET_WATCHDOG:
            return Limits(ability.watchdog_min_s or 0.0, ability.watchdog_max_s or POWER_ON_S, POWER_ON_S)
        high_a = ability.ocp_max_a or ability.max_current_a * 1.1
        return Limits(ability.ocp_min_a or 0.0, high_a, high_a)

    # --- what the channel's own meters say ----------------------------------------------------------------------------

    def measured_v(self) -> float:
        """What the voltmeter shows, V: at the sense terminals if they are used."""
        return max(0.0, self.circuit.sensed_v * self._volts.gain + self._volts.offset + self._rng.gauss(0.0, NOISE_V))

    def measured_a(self) -> float:
        """What the ammeter shows, A: 0 while the output is off."""
        noise_a = self._rng.gauss(0.0, NOISE_A)
        if not self.circuit.on:
            return 0.0
        return max(0.0, self.circuit.reading.current_a * self._amps.gain + self._amps.offset + noise_a)

    def power_w(self) -> float:
        """What the display shows as power, W."""
        return max(0.0, self.circuit.sensed_v * self.circuit.reading.current_a) if self.circuit.on else 0.0

    @property
    def says_on(self) -> bool:
        """What it answers when it is asked whether it is on: what it was told, while its watchdog holds it off."""
        return self.circuit.on or (self.armed and self.bitten)

    @property
    def bitten(self) -> bool:
        """Its watchdog holds it off."""
        return self.watchdog is not None and self.watchdog.bitten

    def regulation(self) -> Regulation:
        """What the channel says it holds."""
        if not self.circuit.on:
            return Regulation.OFF
        return Regulation.CC if self.circuit.reading.mode is Mode.CC else Regulation.CV


def _lowest(channel: SupplyChannel) -> Rating:
    """The range that a supply has at power-on: that of the least voltage, whatever benchctl then wants."""
    return min(channel.ratings, key=lambda each: each.ability.max_voltage_v)


def _can_watch(channel: SupplyChannel) -> bool:
    return channel.ratings[0].ability.watchdog_max_s is not None


def _spec(rating: Rating) -> ChannelSpec:
    ability = rating.ability
    return ChannelSpec(
        max_voltage_v=ability.max_voltage_v,
        max_current_a=ability.max_current_a,
        voltage_step_v=rating.voltage_step_v,
        current_step_a=rating.current_step_a,
        bleed_ohm=BLEED_OHM if ability.bleeds_when_off is Known.YES else None,
        ocp_trips_in_cc=ability.ocp is Ocp.TRIPS_IN_CC,
    )
