"""What goes wrong with supplies and meters: with what they do, and with what they say."""

from collections.abc import Callable

from benchctl.core.dialect.voice import Operation
from benchctl.sim.circuit import Trip
from benchctl.sim.fault_device import (
    MEASURES,
    NOT_A_NUMBER,
    SETS,
    Local,
    Reader,
    Teller,
    Undo,
    cached,
    deaf_to,
    flag_off,
    flag_wrong,
    frozen,
    says,
    scaled,
    shifted,
)
from benchctl.sim.fault_struck import Act, Struck, together
from benchctl.sim.outlet import Scalar


def _told(*tellers: Callable[[], Teller]) -> Act:
    def act(struck: Struck, _value: float) -> Undo:
        return together(*(struck.ailing.told_by(struck.channel, teller()) for teller in tellers))

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


def _bitten(struck: Struck, _value: float) -> None:
    watchdog = struck.supply.outlets[struck.channel].watchdog
    if watchdog is None:
        struck.ailing.tell(Operation.OUTPUT_OFF, struck.channel, 0.0)  # as one that nobody knew of would
    else:
        watchdog.bite()


def _unwatched(struck: Struck, _value: float) -> None:
    watchdog = struck.supply.outlets[struck.channel].watchdog
    if watchdog is not None:
        watchdog.on = False


def _turned(struck: Struck, value: float) -> None:
    """No knob turns a supply below zero or beyond what it can give."""
    now_v = struck.supply.read(Operation.READ_VOLTAGE, struck.channel)
    if isinstance(now_v, float):
        turned_v = min(max(now_v + value, 0.0), struck.place.circuit.spec.max_voltage_v)
        struck.supply.tell(Operation.SET_VOLTAGE, struck.channel, turned_v)


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

    return together(broken, sound)


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

    return together(struck.ailing.told_by(struck.channel, teller), struck.ailing.read_by(struck.channel, reader))


def _reenables(struck: Struck, _value: float) -> Undo:
    def teller(operation: Operation, value: float) -> float | None:
        if operation is Operation.CLEAR_TRIP:
            struck.supply.tell(operation, struck.channel, value)
            struck.supply.tell(Operation.OUTPUT_ON, struck.channel, 0.0)
            return None
        return value

    return struck.ailing.told_by(struck.channel, teller)


def _local(struck: Struck, _value: float) -> Undo:
    """The whole supply, whichever channel it is struck for."""
    local, ailing = Local(), struck.ailing
    undone = [(ailing.told_by(each, local.teller), ailing.read_by(each, local.reader)) for each in ailing.channels]
    return together(*(undo for pair in undone for undo in pair))


def _mains_fail(struck: Struck, value: float) -> None:
    struck.supply.reset()
    struck.cut_off(value)


def _complains(struck: Struck, value: float) -> None:
    struck.complains(round(value))


def _renamed(what: str) -> Act:
    return lambda struck, _value: struck.renamed(what)


INSTRUMENT_ACTS: dict[str, Act] = {
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
    "psu.wdog": _bitten,
    "psu.wdog_lost": _unwatched,
    "psu.bleed": _circuit("leak_ohm"),
    "psu.flag_wrong": _read(lambda _s, _v: flag_wrong),
    "psu.flag_off": _read(lambda _s, _v: flag_off),
    "psu.offset": _read(lambda _s, value: shifted(Operation.MEASURE_VOLTAGE, value)),
    "panel.on": _pressed(Operation.OUTPUT_ON),
    "panel.off": _pressed(Operation.OUTPUT_OFF),
    "panel.set": _turned,
    "panel.local": _local,
    "meas.freeze": _read(lambda _s, _v: frozen()),
    "meas.cache": _read(lambda struck, value: cached(lambda: struck.place.now_s, value)),
    "meas.nan": _read(lambda _s, _v: says(NOT_A_NUMBER, *MEASURES)),
    "err.flood": _complains,
    "idn.flip": _renamed("serial"),
    "idn.fw": _renamed("firmware"),
    "dmm.offset": _metered(lambda _s, value: shifted(Operation.MEASURE, value)),
    "dmm.func": _metered(lambda _s, _v: scaled(Operation.MEASURE, 0.001)),
    "dmm.freeze": _metered(lambda _s, _v: frozen()),
    "dmm.nan": _metered(lambda _s, _v: says(9.9e37, Operation.MEASURE)),
}
