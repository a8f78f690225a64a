"""A simulated supply: all its outputs, and what each operation does to one or reads of one.

No text here: which words mean which operation is the language's affair.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from types import MappingProxyType

from benchctl.core.dialect.voice import Model, Operation, OutputScope, SupplyChannel
from benchctl.core.model import Known
from benchctl.sim.circuit import Channel, Trip
from benchctl.sim.family import Build, OtherOutput
from benchctl.sim.load import Open
from benchctl.sim.outlet import Limits, Outlet, Scalar
from benchctl.sim.scpi import Misread, ScpiError
from benchctl.sim.watchdog import POWER_ON_S, Timer, Watchdog

Told = Callable[[Outlet, float], None]


def other_channel(other: OtherOutput, like: SupplyChannel) -> SupplyChannel:
    """An output that no dialect file describes, in the manner of one that is described."""
    rating = like.ratings[0]
    ability = replace(
        rating.ability, max_voltage_v=abs(other.volts), max_current_a=other.amps, ovp_min_v=0.0, remote_sense=False
    )
    return SupplyChannel(other.number, str(other.number), (replace(rating, name="", ability=ability),))


_PLAIN = Build()
_NO_TIMERS: Mapping[int, Timer] = MappingProxyType({})
_SIGNED = (Operation.SET_VOLTAGE, Operation.READ_VOLTAGE, Operation.MEASURE_VOLTAGE)


class Supply:
    """All channels of one supply. `tell` sets and switches, `read` answers, `limits` bounds; raises `Misread`."""

    def __init__(
        self,
        model: Model,
        scope: OutputScope,
        circuits: Mapping[int, Channel],
        sensed: Sequence[int],
        rng: Random,
        built: Build = _PLAIN,
        timers: Mapping[int, Timer] = _NO_TIMERS,
    ) -> None:
        self._model, self._scope = model, scope
        self._live = scope is not OutputScope.MASTER
        self.outlets = {
            number: Outlet(channel, model, circuits[number], number in sensed, rng, built.ovp_above, timers.get(number))
            for number, channel in model.channels.items()
        }
        for other in built.others:
            channel = other_channel(other, next(iter(model.channels.values())))
            circuit = circuits.get(other.number) or Channel(Open())
            self.outlets[other.number] = Outlet(channel, model, circuit, False, rng)
            self.outlets[other.number].sign = math.copysign(1.0, other.volts)

    @property
    def channels(self) -> tuple[int, ...]:
        """The channels there are."""
        return tuple(self.outlets)

    def reset(self) -> None:
        """Everything as at power-on."""
        self._live = self._scope is not OutputScope.MASTER
        for outlet in self.outlets.values():
            outlet.reset()

    def heard(self) -> None:
        """A word has come on a remote interface: whatever it says, it winds up the watchdog."""
        for outlet in self.outlets.values():
            if outlet.watchdog is not None:
                outlet.watchdog.heard()

    def master(self, on: bool) -> None:
        """The common switch, where there is one: channels whose own switch is on follow it."""
        self._live = on
        for outlet in self.outlets.values():
            if outlet.armed:
                self._turn(outlet, on)

    def limits(self, operation: Operation, channel: int) -> Limits:
        """What a numeric setting can hold now."""
        outlet = self.outlets[channel]
        limits = outlet.limits(operation)
        if operation is Operation.SET_VOLTAGE and outlet.sign < 0.0:
            return Limits(-limits.high, 0.0, 0.0)
        return limits

    def tell(self, operation: Operation, channel: int, value: float) -> None:
        """Carry out one setting; `value` counts only where the operation takes a number (V, A)."""
        outlet = self.outlets[channel]
        if operation in (Operation.OUTPUT_ON, Operation.OUTPUT_OFF):
            self._switch(outlet, operation is Operation.OUTPUT_ON)
        elif operation is Operation.CLEAR_TRIP:
            self._clear(outlet)
        elif (told := _TELLS.get(operation)) is not None:
            told(outlet, value * outlet.sign if operation in _SIGNED else value)

    def select_range(self, channel: int, name: str) -> None:
        """Take a range by its name."""
        self.outlets[channel].select_range(name)

    def _switch(self, outlet: Outlet, on: bool) -> None:
        together = self.outlets.values() if self._scope is OutputScope.GLOBAL else (outlet,)
        for each in together:
            each.armed = on
            self._turn(each, on and self._live)

    def _turn(self, outlet: Outlet, on: bool) -> None:
        if on and Operation.CLEAR_TRIP not in self._model.commands:
            outlet.circuit.clear_trip()  # where nothing else can, switching on lifts the latch
        if not outlet.circuit.switch(on) and not outlet.bitten:
            raise Misread(ScpiError.CONFLICT)

    def _clear(self, outlet: Outlet) -> None:
        tripped = outlet.circuit.trip is not None
        outlet.circuit.clear_trip()
        if tripped and outlet.armed and outlet.range.ability.clear_reenables is Known.YES:
            outlet.circuit.switch(True)

    def read(self, operation: Operation, channel: int) -> Scalar:
        """Answer one question of the dialect; the output's is that of its own switch, where there is a master too."""
        outlet = self.outlets[channel]
        if operation is Operation.READ_OUTPUT and self._scope is OutputScope.MASTER:
            return outlet.armed and outlet.circuit.trip is None
        value = _READS[operation](outlet)
        return value * outlet.sign if outlet.sign < 0.0 and operation in _SIGNED and isinstance(value, float) else value

    def aside(self, name: str, channel: int) -> Scalar:
        """What the display shows beside it: the power, W; `live` and `master`, whether output and master are on."""
        if name == "master":
            return self._live
        if name == "live":
            return self.outlets[channel].circuit.on
        return self.outlets[channel].power_w() if name.startswith("p") else 0.0


def _set_voltage(outlet: Outlet, value: float) -> None:
    if value * outlet.ovp_above > outlet.ovp_v:
        raise Misread(ScpiError.CONFLICT)
    outlet.circuit.set_voltage(value)


def _set_current(outlet: Outlet, value: float) -> None:
    outlet.circuit.set_limit(value)


def _told_watchdog(told: Callable[[Watchdog, float], None]) -> Told:
    def tell(outlet: Outlet, value: float) -> None:
        if outlet.watchdog is not None:
            told(outlet.watchdog, value)

    return tell


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
    Operation.SET_WATCHDOG: _told_watchdog(Watchdog.wait_for),
    Operation.WATCHDOG_ON: _told_watchdog(lambda watchdog, _value: watchdog.arm(True)),
    Operation.WATCHDOG_OFF: _told_watchdog(lambda watchdog, _value: watchdog.arm(False)),
    Operation.SENSE_REMOTE: lambda outlet, _value: outlet.set_sense(remote=True),
    Operation.SENSE_LOCAL: lambda outlet, _value: outlet.set_sense(remote=False),
}

_READS: dict[Operation, Callable[[Outlet], Scalar]] = {
    Operation.MEASURE_VOLTAGE: Outlet.measured_v,
    Operation.MEASURE_CURRENT: Outlet.measured_a,
    Operation.READ_REGULATION: Outlet.regulation,
    Operation.READ_OUTPUT: lambda outlet: outlet.says_on,
    Operation.READ_VOLTAGE: lambda outlet: outlet.circuit.voltage_v,
    Operation.READ_CURRENT: lambda outlet: outlet.circuit.limit_a,
    Operation.READ_OVP: lambda outlet: outlet.ovp_v,
    Operation.READ_OVP_ON: lambda outlet: outlet.ovp_on,
    Operation.READ_OCP: lambda outlet: outlet.ocp_a,
    Operation.READ_OCP_ON: lambda outlet: outlet.ocp_on,
    Operation.READ_OVP_TRIP: lambda outlet: outlet.circuit.trip is Trip.OVP,
    Operation.READ_OCP_TRIP: lambda outlet: outlet.circuit.trip is Trip.OCP,
    Operation.READ_WATCHDOG: lambda outlet: POWER_ON_S if outlet.watchdog is None else outlet.watchdog.delay_s,
    Operation.READ_WATCHDOG_ON: lambda outlet: outlet.watchdog is not None and outlet.watchdog.on,
    Operation.READ_WATCHDOG_TRIP: lambda outlet: outlet.bitten,
    Operation.READ_REMOTE: lambda _outlet: True,  # nobody stands at its front panel
    Operation.READ_SENSE: lambda outlet: outlet.sense_remote,
    Operation.READ_RANGE: lambda outlet: outlet.range.name,
}
