"""A simulated supply: settings with their limits, protections, outputs, and what its own meters say of the circuit.

No text here: which words mean which operation is the language's affair. Volts, amperes, operations of the dialect.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from benchctl.core.dialect import Model, Operation, OutputScope, Rating, SupplyChannel
from benchctl.core.model import Known, Ocp, Regulation
from benchctl.sim.circuit import Channel, ChannelSpec, Mode, Sense, Trip
from benchctl.sim.scpi import Misread, ScpiError

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

    `wired_sense`: sense leads go to the battery. Without them remote sense finds an open lead.
    """

    def __init__(self, channel: SupplyChannel, model: Model, circuit: Channel, wired_sense: bool, rng: Random) -> None:
        self.channel, self._model, self.circuit, self.wired_sense = channel, model, circuit, wired_sense
        self.range = channel.ratings[0]
        accuracy_v = min(self.range.ability.voltage_accuracy_v, 2 * MAX_OFFSET_V)
        self._volts = Error.drawn(rng, 1e-4, accuracy_v / 2)
        self._amps = Error.drawn(rng, 3e-4, MAX_OFFSET_A)
        self._rng = rng
        self.reset()

    def reset(self) -> None:
        """As at power-on: off, nothing set, protections at their maximum and not armed."""
        self.circuit.switch(False)
        self.circuit.clear_trip()
        self.range = self.channel.ratings[0]
        self.ovp_on = Operation.OVP_ON not in self._model.commands and self._can_ovp
        self.ocp_on = False
        self._apply_range()
        self.set_sense(remote=Operation.SENSE_REMOTE not in self._model.commands and self.wired_sense)

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
        for rating in self.channel.ratings:
            if rating.name.upper() == name.upper():
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
        wiring = self.circuit.wiring
        sense = Sense.REMOTE if remote else Sense.LOCAL
        self.circuit.rewire(replace(wiring, sense=sense, sense_open=remote and not self.wired_sense))

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
            return Limits(ability.ovp_min_v or 0.0, high_v, high_v)
        high_a = rating.ocp_max_a or ability.max_current_a * 1.1
        return Limits(rating.ocp_min_a or 0.0, high_a, high_a)

    # --- what the channel's own meters say ----------------------------------------------------------------------------

    def measured_v(self) -> float:
        """What the voltmeter shows, V: at the sense terminals if they are used."""
        return max(0.0, self._seen_v() * self._volts.gain + self._volts.offset + self._rng.gauss(0.0, NOISE_V))

    def measured_a(self) -> float:
        """What the ammeter shows, A: 0 while the output is off."""
        noise_a = self._rng.gauss(0.0, NOISE_A)
        if not self.circuit.on:
            return 0.0
        return max(0.0, self.circuit.reading.current_a * self._amps.gain + self._amps.offset + noise_a)

    def power_w(self) -> float:
        """What the display shows as power, W."""
        return max(0.0, self._seen_v() * self.circuit.reading.current_a) if self.circuit.on else 0.0

    def _seen_v(self) -> float:
        reading, wiring = self.circuit.reading, self.circuit.wiring
        return reading.battery_v if wiring.sense is Sense.REMOTE and not wiring.sense_open else reading.terminal_v

    def regulation(self) -> Regulation:
        """What the channel says it holds."""
        if not self.circuit.on:
            return Regulation.OFF
        return Regulation.CC if self.circuit.reading.mode is Mode.CC else Regulation.CV


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


Told = Callable[[Outlet, float], None]


class Supply:
    """All channels of one supply. `tell` sets and switches, `read` answers, `limits` bounds; raises `Misread`."""

    def __init__(
        self, model: Model, scope: OutputScope, circuits: Mapping[int, Channel], sensed: Sequence[int], rng: Random
    ) -> None:
        self._model, self._scope = model, scope
        self.outlets = {
            number: Outlet(channel, model, circuits[number], number in sensed, rng)
            for number, channel in model.channels.items()
        }

    @property
    def channels(self) -> tuple[int, ...]:
        """The channels there are."""
        return tuple(self.outlets)

    def reset(self) -> None:
        """Everything as at power-on."""
        for outlet in self.outlets.values():
            outlet.reset()

    def limits(self, operation: Operation, channel: int) -> Limits:
        """What a numeric setting can hold now."""
        return self.outlets[channel].limits(operation)

    def tell(self, operation: Operation, channel: int, value: float) -> None:
        """Carry out one setting; `value` counts only where the operation takes a number (V, A)."""
        outlet = self.outlets[channel]
        if operation in (Operation.OUTPUT_ON, Operation.OUTPUT_OFF):
            self._switch(outlet, operation is Operation.OUTPUT_ON)
        elif operation is Operation.CLEAR_TRIP:
            self._clear(outlet)
        elif (told := _TELLS.get(operation)) is not None:
            told(outlet, value)

    def select_range(self, channel: int, name: str) -> None:
        """Take a range by its name."""
        self.outlets[channel].select_range(name)

    def _switch(self, outlet: Outlet, on: bool) -> None:
        together = self.outlets.values() if self._scope is OutputScope.GLOBAL else (outlet,)
        for each in together:
            if on and Operation.CLEAR_TRIP not in self._model.commands:
                each.circuit.clear_trip()  # where nothing else can, switching on lifts the latch
            if not each.circuit.switch(on):
                raise Misread(ScpiError.CONFLICT)

    def _clear(self, outlet: Outlet) -> None:
        tripped = outlet.circuit.trip is not None
        outlet.circuit.clear_trip()
        if tripped and outlet.range.ability.clear_reenables is Known.YES:
            outlet.circuit.switch(True)

    def read(self, operation: Operation, channel: int) -> Scalar:
        """Answer one question of the dialect."""
        return _READS[operation](self.outlets[channel])

    def aside(self, name: str, channel: int) -> Scalar:
        """What the display shows beside it: the power, W."""
        return self.outlets[channel].power_w() if name.startswith("p") else 0.0


def _set_voltage(outlet: Outlet, value: float) -> None:
    outlet.circuit.set_voltage(value)


def _set_current(outlet: Outlet, value: float) -> None:
    outlet.circuit.set_limit(value)


def _set_ovp(outlet: Outlet, value: float) -> None:
    outlet.ovp_v = value
    outlet.arm()


def _set_ocp(outlet: Outlet, value: float) -> None:
    outlet.ocp_a = value
    outlet.arm()


def _ovp_switch(on: bool) -> Told:
    def told(outlet: Outlet, _value: float) -> None:
        outlet.ovp_on = on
        outlet.arm()

    return told


def _ocp_switch(on: bool) -> Told:
    def told(outlet: Outlet, _value: float) -> None:
        outlet.ocp_on = on
        outlet.arm()

    return told


_TELLS: dict[Operation, Told] = {
    Operation.SET_VOLTAGE: _set_voltage,
    Operation.SET_CURRENT: _set_current,
    Operation.SET_OVP: _set_ovp,
    Operation.SET_OCP: _set_ocp,
    Operation.OVP_ON: _ovp_switch(True),
    Operation.OVP_OFF: _ovp_switch(False),
    Operation.OCP_ON: _ocp_switch(True),
    Operation.OCP_OFF: _ocp_switch(False),
    Operation.SENSE_REMOTE: lambda outlet, _value: outlet.set_sense(remote=True),
    Operation.SENSE_LOCAL: lambda outlet, _value: outlet.set_sense(remote=False),
}

_READS: dict[Operation, Callable[[Outlet], Scalar]] = {
    Operation.MEASURE_VOLTAGE: Outlet.measured_v,
    Operation.MEASURE_CURRENT: Outlet.measured_a,
    Operation.READ_REGULATION: Outlet.regulation,
    Operation.READ_OUTPUT: lambda outlet: outlet.circuit.on,
    Operation.READ_VOLTAGE: lambda outlet: outlet.circuit.voltage_v,
    Operation.READ_CURRENT: lambda outlet: outlet.circuit.limit_a,
    Operation.READ_OVP: lambda outlet: outlet.ovp_v,
    Operation.READ_OVP_ON: lambda outlet: outlet.ovp_on,
    Operation.READ_OCP: lambda outlet: outlet.ocp_a,
    Operation.READ_OCP_ON: lambda outlet: outlet.ocp_on,
    Operation.READ_OVP_TRIP: lambda outlet: outlet.circuit.trip is Trip.OVP,
    Operation.READ_OCP_TRIP: lambda outlet: outlet.circuit.trip is Trip.OCP,
    Operation.READ_SENSE: lambda outlet: outlet.sense_remote,
    Operation.READ_RANGE: lambda outlet: outlet.range.name,
}
