"""One instrument without a bench: the same thing hangs on every one of its channels."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from benchctl.core.errors import UsageFault
from benchctl.core.model import ChannelRef, Isolation, Position, Sense
from benchctl.sim.bench import AMP_HOURS, instrument
from benchctl.sim.casting import dialect_file, named_model
from benchctl.sim.family import build
from benchctl.sim.fleet import default_spec
from benchctl.sim.identity import identity
from benchctl.sim.load import Load, Open, Resistor, Source
from benchctl.sim.meter import Meter
from benchctl.sim.pack import Pack
from benchctl.sim.servers import Session
from benchctl.sim.stand import Place
from benchctl.sim.supply import Supply
from benchctl.sim.verbs import Device

SOURCE_OHM = 0.01


@dataclass(frozen=True, slots=True)
class Attached:
    """What hangs on the terminals: one of a battery (charge 0 to 1), a resistance, a voltage; or nothing."""

    soc: float | None = None
    load_ohm: float | None = None
    volts_v: float | None = None

    def load(self, rng: Random) -> Load:
        """A fresh one of it. Raises UsageFault for what cannot be."""
        try:
            if self.soc is not None:
                return Pack(default_spec(rng, AMP_HOURS, self.soc))
            if self.load_ohm is not None:
                return Resistor(self.load_ohm)
            return Open() if self.volts_v is None else Source(self.volts_v, SOURCE_OHM)
        except ValueError as fault:
            raise UsageFault(f"nothing such can hang on the terminals: {fault}") from fault


class SingleInstrument:
    """One instrument and what hangs on each of its channels. `advance` says what time it is."""

    def __init__(self, dialect: str, model: str | None, attached: Attached, rng: Random) -> None:
        file = dialect_file(dialect)
        self._attached = attached
        self.dialect = file.dialect
        self.model = named_model(file, model) if model else next(iter(file.dialect.models.values()))
        said = identity(file, self.model, None, None, rng)
        self._build = build(self.dialect, self.model)
        outputs = (*self.model.channels, *(each.number for each in self._build.others))
        numbers = outputs or (1,)  # a meter's channels all see the one battery
        self._places = {number: _place(number, attached.load(rng), rng) for number in numbers}
        self.instrument = instrument(file, self.model, self._device(rng), said)
        self._now_s = 0.0

    def advance(self, to_s: float) -> None:
        """Move the physics on to this time."""
        self._now_s = to_s
        for place in self._places.values():
            place.bring_up(to_s)

    def connect(self) -> Session:
        """A fresh connection."""
        return self.instrument.connect()

    def _device(self, rng: Random) -> Device:
        channels = self.model.meter
        if channels is None:
            circuits = {number: place.circuit for number, place in self._places.items()}
            sensed = [each.number for each in self.model.channels.values() if each.ratings[0].ability.remote_sense]
            return Supply(self.model, self.dialect.output_scope, circuits, sensed, rng, self._build, self._places)
        place = next(iter(self._places.values()))
        volts = dict.fromkeys(channels.numbers, _volts(place))
        degrees = dict.fromkeys(channels.numbers, lambda: place.ambient_c)
        return Meter(channels, volts, degrees, rng, self._attached.load_ohm)


def _volts(place: Place) -> Callable[[], float]:
    return lambda: place.circuit.reading.battery_v


def _place(number: int, load: Load, rng: Random) -> Place:
    ref = ChannelRef("it", number)
    place = Place(Position(f"P{number}", ref, None, None, Isolation.MANUAL, Sense.LOCAL, None, None, None), rng)
    place.circuit.reconnect(load)
    return place
