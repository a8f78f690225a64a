"""What each knob of `faults` does to a simulated bench, and how it is undone. Wires have `fault_wire`."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from benchctl.core.dialect import Operation
from benchctl.sim.circuit import Trip, Wiring
from benchctl.sim.fault_device import (
    MEASURES,
    NOT_A_NUMBER,
    SETS,
    AilingDevice,
    Reader,
    Teller,
    Undo,
    cached,
    deaf_to,
    deaf_until_remote,
    flag_wrong,
    frozen,
    instead,
    says,
    scaled,
    shifted,
)
from benchctl.sim.foreign import foreign
from benchctl.sim.load import Open
from benchctl.sim.pack import Pack
from benchctl.sim.stand import Place, Unit
from benchctl.sim.supply import Scalar, Supply

TICK_S = 1.0
FLAKY_S = 1.0


@dataclass(frozen=True, slots=True)
class Struck:
    """Where a fault strikes: a position, the next one, its supply's and its meter's channel."""

    place: Place
    neighbour: Place
    supply: Supply
    ailing: AilingDevice
    meter: AilingDevice | None
    renamed: Callable[[str], Undo]
    """Lets another identity answer: `serial` or `firmware` is changed."""
    cut_off: Callable[[float], None]
    """Nothing is at the end of the supply's wire for so many seconds."""

    @property
    def channel(self) -> int:
        """The supply's channel."""
        return self.place.position.supply.channel

    @property
    def unit(self) -> Unit:
        """The battery that hangs there. Raises LookupError when none does."""
        if self.place.unit is None:
            raise LookupError(f"no battery hangs on {self.place.position.name}")
        return self.place.unit


Act = Callable[[Struck, float], Undo | None]


def _all(*undone: Undo) -> Undo:
    def undo() -> None:
        for each in undone:
            each()

    return undo


# ---------------------------------------------------------------- leads


def _wired(change: Callable[[Wiring], Wiring], repair: Callable[[Wiring], Wiring]) -> Act:
    def act(struck: Struck, _value: float) -> Undo:
        circuit = struck.place.circuit
        circuit.rewire(change(circuit.wiring))
        return lambda: circuit.rewire(repair(circuit.wiring))

    return act


def _resistance(struck: Struck, value: float) -> Undo:
    circuit, before = struck.place.circuit, struck.place.circuit.wiring
    circuit.rewire(replace(before, lead_ohm=value))
    return lambda: circuit.rewire(replace(circuit.wiring, lead_ohm=before.lead_ohm))


def _repeat(place: Place, every_s: float, act: Callable[[], None]) -> Undo:
    """Do it again and again at this place, until it is undone."""
    going = True

    def again() -> None:
        if going:
            act()
            place.schedule(place.now_s + every_s, again)

    def stop() -> None:
        nonlocal going
        going = False

    place.schedule(place.now_s + every_s, again)
    return stop


def _ramp(struck: Struck, value: float) -> Undo:
    circuit = struck.place.circuit

    def worse() -> None:
        wiring = circuit.wiring
        circuit.rewire(replace(wiring, lead_ohm=wiring.lead_ohm + value / 1000.0 / 60.0 * TICK_S))

    return _repeat(struck.place, TICK_S, worse)


def _flaky(struck: Struck, value: float) -> Undo:
    place, circuit = struck.place, struck.place.circuit

    def close() -> None:
        circuit.rewire(replace(circuit.wiring, lead_open=False))

    def open_() -> None:
        circuit.rewire(replace(circuit.wiring, lead_open=True))
        place.schedule(place.now_s + FLAKY_S, close)

    return _repeat(place, value, open_)


def _cross_leads(struck: Struck, _value: float) -> Undo:
    here, there = struck.place, struck.neighbour
    there.bring_up(here.now_s)

    def swap() -> None:
        one, other = here.circuit.load, there.circuit.load
        here.circuit.reconnect(other)
        there.circuit.reconnect(one)
        here.metered, there.metered = there.metered, here.metered

    swap()
    return swap


def _cross_meter(struck: Struck, _value: float) -> Undo:
    here, there = struck.place, struck.neighbour

    def swap() -> None:
        here.metered, there.metered = there.metered, here.metered

    swap()
    return swap


def _open_sense(struck: Struck, _value: float) -> Undo:
    outlet = struck.supply.outlets[struck.channel]
    before = outlet.wired_sense

    def put(wired: bool) -> None:
        outlet.wired_sense = wired
        outlet.set_sense(outlet.sense_remote)

    put(False)
    return lambda: put(before)


def _cross_sense(struck: Struck, _value: float) -> Undo:
    there = struck.neighbour
    reader = instead(Operation.MEASURE_VOLTAGE, lambda: there.circuit.reading.battery_v)
    return struck.ailing.read_by(struck.channel, reader)


def _local_sense(struck: Struck, _value: float) -> Undo:
    outlet = struck.supply.outlets[struck.channel]
    outlet.set_sense(remote=False)
    return _all(
        struck.ailing.told_by(struck.channel, deaf_to(Operation.SENSE_REMOTE)),
        struck.ailing.read_by(struck.channel, says(True, Operation.READ_SENSE)),
    )


# ---------------------------------------------------------------- batteries


def _pack(change: Callable[[Pack, float], None]) -> Act:
    def act(struck: Struck, value: float) -> None:
        change(struck.unit.pack, value)
        struck.place.circuit.break_down()

    return act


def _leak(struck: Struck, value: float) -> Undo:
    pack = struck.unit.pack
    pack.leak_a += value

    def undo() -> None:
        pack.leak_a = max(0.0, pack.leak_a - value)

    return undo


def _heater(struck: Struck, value: float) -> Undo:
    pack, drawing = struck.unit.pack, False

    def toggle() -> None:
        nonlocal drawing
        drawing = not drawing
        pack.leak_a = max(0.0, pack.leak_a + (value if drawing else -value))

    return _repeat(struck.place, 60.0, toggle)


def _emptied(struck: Struck, value: float) -> None:
    _hang(struck, Pack(replace(struck.unit.pack.spec, soc=value)))


def _swapped(struck: Struck, _value: float) -> None:
    spec = struck.unit.pack.spec
    _hang(struck, Pack(replace(spec, soc=0.5, resistance_factor=spec.resistance_factor * 1.6)))


def _hang(struck: Struck, pack: Pack) -> None:
    struck.unit.pack = pack
    struck.place.circuit.reconnect(pack)


def _foreign(name: str) -> Act:
    def act(struck: Struck, _value: float) -> Undo:
        circuit, pack = struck.place.circuit, struck.unit.pack
        circuit.reconnect(foreign(name, pack.spec.amp_hours))
        return lambda: circuit.reconnect(pack)

    return act


def _gone(struck: Struck, _value: float) -> Undo:
    circuit, before = struck.place.circuit, struck.place.circuit.load
    circuit.reconnect(Open())
    return lambda: circuit.reconnect(before)


def _open_bms(struck: Struck, _value: float) -> Undo:
    pack, circuit = struck.unit.pack, struck.place.circuit

    def put(open_: bool) -> None:
        pack.bms_stuck_open = open_
        circuit.break_down()

    put(True)
    return lambda: put(False)


def _hiccup(struck: Struck, value: float) -> Undo:
    pack, circuit = struck.unit.pack, struck.place.circuit

    def toggle() -> None:
        pack.bms_stuck_open = not pack.bms_stuck_open
        circuit.break_down()

    toggle()
    return _repeat(struck.place, value, toggle)


def _stuck_bms(pack: Pack, _value: float) -> None:
    pack.bms_stuck_closed = True


# ---------------------------------------------------------------- temperature


def _temperature(struck: Struck, value: float) -> Undo:
    place, before = struck.place, struck.place.ambient_c
    place.ambient_c = value
    if place.unit is not None:
        place.unit.pack.temperature_c = value

    def undo() -> None:
        place.ambient_c = before

    return undo


def _warming(struck: Struck, value: float) -> Undo:
    place = struck.place

    def warmer() -> None:
        place.ambient_c += value / 60.0 * TICK_S

    return _repeat(place, TICK_S, warmer)


# ---------------------------------------------------------------- supplies and meters


def _told(*tellers: Callable[[], Teller]) -> Act:
    def act(struck: Struck, _value: float) -> Undo:
        return _all(*(struck.ailing.told_by(struck.channel, teller()) for teller in tellers))

    return act


def _read(make: Callable[[Struck, float], Reader]) -> Act:
    return lambda struck, value: struck.ailing.read_by(struck.channel, make(struck, value))


def _metered(make: Callable[[Struck, float], Reader], probe: bool = False) -> Act:
    def act(struck: Struck, value: float) -> Undo:
        position = struck.place.position
        ref = position.temperature if probe else position.meter
        if struck.meter is None or ref is None:
            raise LookupError(f"{position.name} has no such channel")
        return struck.meter.read_by(ref.channel, make(struck, value))

    return act


def _pressed(operation: Operation) -> Act:
    def act(struck: Struck, _value: float) -> None:
        struck.ailing.tell(operation, struck.channel, 0.0)

    return act


def _turned(struck: Struck, value: float) -> None:
    now_v = struck.supply.read(Operation.READ_VOLTAGE, struck.channel)
    if isinstance(now_v, float):
        struck.supply.tell(Operation.SET_VOLTAGE, struck.channel, now_v + value)


def _circuit(name: str, unprotected: bool = False) -> Callable[[Struck, float], Undo]:
    """Turn one number of the circuit; `unprotected`: its OVP and OCP are dead, too."""

    def act(struck: Struck, value: float) -> Undo:
        circuit = struck.place.circuit
        before, was = getattr(circuit, name), circuit.unprotected

        def put(number: float | None, dead: bool) -> None:
            setattr(circuit, name, number)
            circuit.unprotected = dead
            circuit.break_down()

        put(value, unprotected or was)
        return lambda: put(before, was)

    return act


def _sinks(struck: Struck, value: float) -> Undo:
    circuit = struck.place.circuit

    def reader(operation: Operation, true: Scalar) -> Scalar:
        return -value if operation is Operation.MEASURE_CURRENT and circuit.on else true

    broken = _circuit("sink_a")(struck, value)
    sound = struck.ailing.read_by(struck.channel, reader)

    return _all(broken, sound)


def _trips(struck: Struck, _value: float) -> None:
    if struck.place.circuit.on:
        struck.place.circuit.force_trip(Trip.OVP)


def _lying(struck: Struck, _value: float) -> Undo:
    """OFF changes nothing but what it says."""
    said_off = not struck.place.circuit.on

    def teller(operation: Operation, value: float) -> float | None:
        nonlocal said_off
        if operation in (Operation.OUTPUT_OFF, Operation.OUTPUT_ON):
            said_off = operation is Operation.OUTPUT_OFF
        return None if operation is Operation.OUTPUT_OFF else value

    def reader(operation: Operation, true: Scalar) -> Scalar:
        return False if operation is Operation.READ_OUTPUT and said_off else true

    return _all(struck.ailing.told_by(struck.channel, teller), struck.ailing.read_by(struck.channel, reader))


def _reenables(struck: Struck, _value: float) -> Undo:
    def teller(operation: Operation, value: float) -> float | None:
        if operation is Operation.CLEAR_TRIP:
            struck.supply.tell(operation, struck.channel, value)
            struck.supply.tell(Operation.OUTPUT_ON, struck.channel, 0.0)
            return None
        return value

    return struck.ailing.told_by(struck.channel, teller)


def _mains_fail(struck: Struck, value: float) -> None:
    struck.supply.reset()
    struck.cut_off(value)


def _nothing(_struck: Struck, _value: float) -> None:
    """Nothing that can be seen from the bench."""


def _renamed(what: str) -> Act:
    return lambda struck, _value: struck.renamed(what)


ACTS: dict[str, Act] = {
    "lead.open": _wired(lambda one: replace(one, lead_open=True), lambda one: replace(one, lead_open=False)),
    "lead.swap": _wired(lambda one: replace(one, swapped=True), lambda one: replace(one, swapped=False)),
    "lead.short": _wired(lambda one: replace(one, shorted=True), lambda one: replace(one, shorted=False)),
    "lead.ohm": _resistance,
    "lead.cross": _cross_leads,
    "lead.ramp": _ramp,
    "lead.flaky": _flaky,
    "sense.open": _open_sense,
    "sense.cross": _cross_sense,
    "sense.local": _local_sense,
    "cell.high": _pack(Pack.raise_cell),
    "cell.short": _pack(lambda pack, _value: pack.short_cell()),
    "cell.leak": _leak,
    "cell.cap": _pack(Pack.shrink_cell),
    "cell.runaway": _warming,
    "pack.ohm": _pack(Pack.worsen),
    "pack.soc": _emptied,
    "pack.low": _pack(lambda pack, value: pack.lift(-value)),
    "pack.24v": _foreign("24v"),
    "pack.nmc3s": _foreign("nmc3s"),
    "pack.nmc4s": _foreign("nmc4s"),
    "pack.lead_acid": _foreign("lead_acid"),
    "pack.swap": _swapped,
    "pack.gone": _gone,
    "pack.heater": _heater,
    "rest.step": _pack(Pack.lift),
    "bms.trip": _open_bms,
    "bms.hiccup": _hiccup,
    "bms.sleep": _pack(lambda pack, _value: pack.fall_asleep()),
    "bms.stuck": _pack(_stuck_bms),
    "temp.set": _temperature,
    "probe.open": _metered(lambda _s, _v: says(9.9e37, Operation.MEASURE_TEMPERATURE), probe=True),
    "psu.ignore_set": _told(lambda: deaf_to(*SETS)),
    "psu.stuck_on": _told(lambda: deaf_to(Operation.OUTPUT_OFF)),
    "psu.lying_off": _lying,
    "psu.weld": _circuit("welded_v"),
    "psu.runaway": _circuit("excess_v", unprotected=True),
    "psu.overcurrent": _circuit("limit_factor", unprotected=True),
    "psu.sink": _sinks,
    "psu.trip": _trips,
    "psu.ot": _circuit("limit_factor"),
    "psu.clear_reenables": _reenables,
    "psu.pcycle": _mains_fail,
    "psu.wdog": _pressed(Operation.OUTPUT_OFF),
    "psu.wdog_lost": _nothing,
    "psu.bleed": _circuit("leak_ohm"),
    "psu.flag_wrong": _read(lambda _s, _v: flag_wrong),
    "psu.offset": _read(lambda _s, value: shifted(Operation.MEASURE_VOLTAGE, value)),
    "panel.on": _pressed(Operation.OUTPUT_ON),
    "panel.off": _pressed(Operation.OUTPUT_OFF),
    "panel.set": _turned,
    "panel.local": _told(deaf_until_remote),
    "meas.freeze": _read(lambda _s, _v: frozen()),
    "meas.cache": _read(lambda struck, value: cached(lambda: struck.place.now_s, value)),
    "meas.nan": _read(lambda _s, _v: says(NOT_A_NUMBER, *MEASURES)),
    "err.flood": _nothing,
    "idn.flip": _renamed("serial"),
    "idn.fw": _renamed("firmware"),
    "dmm.cross": _cross_meter,
    "dmm.offset": _metered(lambda _s, value: shifted(Operation.MEASURE, value)),
    "dmm.func": _metered(lambda _s, _v: scaled(Operation.MEASURE, 0.001)),
    "dmm.freeze": _metered(lambda _s, _v: frozen()),
    "dmm.nan": _metered(lambda _s, _v: says(9.9e37, Operation.MEASURE)),
}
