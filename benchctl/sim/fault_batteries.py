"""What goes wrong with leads, batteries and their BMS, and with the temperature."""

from collections.abc import Callable
from dataclasses import replace

from benchctl.core.dialect.voice import Operation
from benchctl.sim.fault_device import Undo, deaf_to, instead, says
from benchctl.sim.fault_struck import Act, Struck, repeat, together
from benchctl.sim.foreign import foreign
from benchctl.sim.load import Open
from benchctl.sim.pack import Pack
from benchctl.sim.wiring import Pole, Wiring

TICK_S = 1.0
FLAKY_S = 1.0

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


def _ramp(struck: Struck, value: float) -> Undo:
    circuit = struck.place.circuit

    def worse() -> None:
        wiring = circuit.wiring
        circuit.rewire(replace(wiring, lead_ohm=wiring.lead_ohm + value / 1000.0 / 60.0 * TICK_S))

    return repeat(struck.place, TICK_S, worse)


def _flaky(struck: Struck, value: float) -> Undo:
    place, circuit = struck.place, struck.place.circuit

    def close() -> None:
        circuit.rewire(replace(circuit.wiring, lead_open=False))

    def open_() -> None:
        circuit.rewire(replace(circuit.wiring, lead_open=True))
        place.schedule(place.now_s + FLAKY_S, close)

    return repeat(place, value, open_)


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


def _open_sense(pole: Pole) -> Act:
    def act(struck: Struck, _value: float) -> Undo:
        circuit = struck.place.circuit
        came_off = {pole} - circuit.wiring.open_sense

        def undo() -> None:
            circuit.rewire(replace(circuit.wiring, open_sense=circuit.wiring.open_sense - came_off))

        circuit.rewire(replace(circuit.wiring, open_sense=circuit.wiring.open_sense | {pole}))
        return undo

    return act


def _left_link(struck: Struck, value: float) -> Undo:
    here, there = struck.place, struck.neighbour
    if here is there:
        raise LookupError(f"{here.position.name} has no neighbour to be joined to")
    cut: Undo | None = None
    left = True

    def join() -> None:
        nonlocal cut
        there.bring_up(here.now_s)
        if there.now_s > here.now_s + 1e-6:  # it has been looked at since: they meet there
            here.schedule(there.now_s, join)
        elif left:
            cut = here.link_to(there, value / 1000.0)

    def undo() -> None:
        nonlocal left
        left = False
        if cut is not None:
            cut()

    join()
    return undo


def _cross_sense(struck: Struck, _value: float) -> Undo:
    there = struck.neighbour
    reader = instead(Operation.MEASURE_VOLTAGE, lambda: there.circuit.reading.battery_v)
    return struck.ailing.read_by(struck.channel, reader)


def _local_sense(struck: Struck, _value: float) -> Undo:
    outlet = struck.supply.outlets[struck.channel]
    outlet.set_sense(remote=False)
    return together(
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

    return repeat(struck.place, 60.0, toggle)


def _emptied(struck: Struck, value: float) -> None:
    _hang(struck, Pack(replace(struck.unit.pack.spec, soc=value)))


def _swapped(struck: Struck, value: float) -> None:
    spec = struck.unit.pack.spec
    _hang(struck, Pack(replace(spec, soc=value, resistance_factor=spec.resistance_factor * 1.6)))


def _hang(struck: Struck, pack: Pack) -> None:
    struck.unit.pack = pack
    struck.place.rehang()


def _foreign(name: str) -> Act:
    def act(struck: Struck, _value: float) -> Undo:
        struck.place.circuit.reconnect(foreign(name, struck.unit.pack.spec.amp_hours))
        return struck.place.rehang

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
    return repeat(struck.place, value, toggle)


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

    return repeat(place, TICK_S, warmer)


BATTERY_ACTS: dict[str, Act] = {
    "lead.open": _wired(lambda one: replace(one, lead_open=True), lambda one: replace(one, lead_open=False)),
    "lead.swap": _wired(lambda one: replace(one, swapped=True), lambda one: replace(one, swapped=False)),
    "lead.short": _wired(lambda one: replace(one, shorted=True), lambda one: replace(one, shorted=False)),
    "lead.ohm": _resistance,
    "lead.cross": _cross_leads,
    "lead.ramp": _ramp,
    "lead.flaky": _flaky,
    "link.left": _left_link,
    "sense.open+": _open_sense(Pole.PLUS),
    "sense.open-": _open_sense(Pole.MINUS),
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
    "pack.flat": _foreign("flat"),
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
    "dmm.cross": _cross_meter,
}
