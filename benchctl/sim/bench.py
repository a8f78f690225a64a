"""A whole simulated bench, built from a bench file: positions with batteries, and the instruments that see them.

No socket and no clock in here: `advance` says what time it is, and everything that is looked at is brought up to that.
The same file, seed, words and times give the same bytes for ever.
"""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from benchctl.core.dialect.voice import Model
from benchctl.core.errors import UsageFault
from benchctl.core.model import BenchFile, InstrumentEntry, Position
from benchctl.edge.benchfile import SimulatedPack
from benchctl.edge.dialects import DialectFile
from benchctl.sim.casting import Cast, cast
from benchctl.sim.circuit import Channel
from benchctl.sim.family import build
from benchctl.sim.fault_acts import ACTS
from benchctl.sim.fault_device import AilingDevice, Undo
from benchctl.sim.fault_struck import Struck
from benchctl.sim.fault_wire import Trouble, TroubledSession
from benchctl.sim.faults import SENSE, Injection, Target, parse
from benchctl.sim.fleet import default_spec
from benchctl.sim.hands import Hands
from benchctl.sim.identity import changed_identity, identity
from benchctl.sim.instrument import Instrument
from benchctl.sim.korad import StreamInstrument
from benchctl.sim.load import Open
from benchctl.sim.memory import MemoryLink
from benchctl.sim.meter import Meter, Probe
from benchctl.sim.pack import CELLS, Pack, PackSpec
from benchctl.sim.scpi import ScpiError
from benchctl.sim.servers import Session
from benchctl.sim.stand import Place, Truth, Unit
from benchctl.sim.status import manner
from benchctl.sim.supply import Supply
from benchctl.sim.verbs import Device

AMP_HOURS = 100.0
"""Of a battery of which no file says it."""


class Station:
    """An instrument on its bench: before it hears a word, what it sees is brought up to the present."""

    def __init__(self, bench: "SimulatedBench", played: Instrument | StreamInstrument, sees: Sequence[Place]) -> None:
        self._bench, self.instrument, self._sees = bench, played, tuple(sees)
        self.trouble = Trouble()

    def connect(self) -> Session:
        """A fresh connection."""
        session = StationSession(self, self.instrument.connect())
        return TroubledSession(session, self.trouble, lambda: self._bench.now_s)

    def bring_up(self) -> None:
        """Move what the instrument sees to the bench's time."""
        now_s = self._bench.now_s
        for place in self._sees:
            if place.now_s != now_s:
                place.bring_up(now_s)


class StationSession:
    """One connection to an instrument on its bench."""

    def __init__(self, station: Station, session: Session) -> None:
        self._station, self._session = station, session

    def handle(self, data: bytes) -> bytes:
        """See `Session.handle`."""
        self._station.bring_up()
        return self._session.handle(data)


class SimulatedBench:
    """The world of a bench file. `specs` are the true batteries, first of the positions in file order, then of those
    that wait; what they leave out is in `packs`, and what those leave out comes from the seed."""

    def __init__(
        self,
        file: BenchFile,
        packs: Sequence[SimulatedPack],
        seed: int,
        specs: Sequence[PackSpec] = (),
        faults: Sequence[Injection] = (),
    ) -> None:
        stated = [_injection(pack, fault) for pack in packs for fault in pack.faults]
        self.file, self._seed, self._packs = file, seed, packs
        self.now_s = 0.0
        self.places = {each.name: Place(each, self._rng(f"position/{each.name}")) for each in file.positions}
        self._hands = Hands(self.places, self._hung(list(specs)), self._fresh)
        self.cast = {entry.name: cast(entry, file.positions) for entry in file.instruments}
        self._supplies: dict[str, Supply] = {}
        self._ailing: dict[str, AilingDevice] = {}
        self.stations = {entry.name: self._station(entry, self.cast[entry.name]) for entry in file.instruments}
        for injection in (*stated, *faults):
            self.inject(injection)
        for place in self.places.values():
            place.bring_up(0.0)

    def advance(self, to_s: float) -> None:
        """It is now this time, in seconds from the start; never back."""
        self.now_s = max(self.now_s, to_s)

    def hang(self, position: str, *serials: str) -> None:
        """The batteries `serials` now hang on `position`, joined in parallel. Raises `HandsFault`."""
        self._hands.hang(position, serials, self.now_s)

    def hold(self, instrument: str, serial: str | None) -> None:
        """The probes of a hand-held meter are on this battery now; None: on nothing. Raises `HandsFault`."""
        self._hands.hold(instrument, serial)

    def truth(self, position: str) -> Truth:
        """What is really so at a position now. Raises KeyError for one that is not there."""
        place = self.places[position]
        place.bring_up(self.now_s)
        return place.truth()

    @property
    def energised(self) -> bool:
        """Whether any output of a position is on."""
        return any(place.circuit.live for place in self.places.values())

    def link(self, instrument: str) -> MemoryLink:
        """A connection without a socket, as the wire's conversations want it."""
        return MemoryLink(instrument, self.stations[instrument].connect())

    # --- faults -------------------------------------------------------------------------------------------------------

    def inject(self, injection: Injection) -> None:
        """Have a fault strike at its time. Raises UsageFault for a place that is not there, or has no such leads."""
        knob, name = injection.knob, injection.place or next(iter(self.places))
        if knob.target is Target.WIRE:
            station = self.stations.get(name) or self.stations[self._place(name).position.supply.instrument]
            station.trouble.add(knob.name, injection.value, injection.at_s, injection.span_s, knob.once)
            return
        place = self._place(name)
        if knob.name.startswith(SENSE) and not place.wired_sense:
            hint = 'a bench file for `benchctl sim` may state sense = "remote"'
            raise UsageFault(f"{knob.name} strikes sense leads, and {name} has none: its sense is local; {hint}")

        def begin() -> None:
            try:
                undo = ACTS[knob.name](self._struck(place), injection.value)
            except LookupError:
                return  # nothing is there to be struck any more
            if undo is not None and injection.span_s is not None:
                place.schedule(place.now_s + injection.span_s, undo)

        place.schedule(injection.at_s, begin)

    def _place(self, name: str) -> Place:
        place = self.places.get(name)
        if place is None:
            raise UsageFault(f"a fault strikes {name}, but the bench has {', '.join((*self.places, *self.stations))}")
        return place

    def _struck(self, place: Place) -> Struck:
        position = place.position
        others = list(self.places.values())
        return Struck(
            place=place,
            neighbour=others[(others.index(place) + 1) % len(others)],
            supply=self._supplies[position.supply.instrument],
            ailing=self._ailing[position.supply.instrument],
            meter=self._meter_of(position),
            renamed=lambda what: self._rename(position.supply.instrument, what),
            complains=lambda count: self._complain(position.supply.instrument, count),
            cut_off=lambda span_s: self._cut_off(position.supply.instrument, place.now_s, span_s),
        )

    def _meter_of(self, position: Position) -> AilingDevice | None:
        name = position.hand_probed if position.meter is None else position.meter.instrument
        return None if name is None else self._ailing[name]

    def _cut_off(self, instrument: str, from_s: float, span_s: float) -> None:
        self.stations[instrument].trouble.add("net.refused", 0.0, from_s, span_s, once=False)

    def _complain(self, instrument: str, count: int) -> None:
        played = self.stations[instrument].instrument
        if isinstance(played, Instrument):
            for _ in range(count):
                played.status.report(ScpiError.HEADER)

    def _rename(self, instrument: str, what: str) -> Undo:
        played = self.stations[instrument].instrument
        before = played.identity
        played.identity = changed_identity(self.cast[instrument].file.dialect, before, what)

        def undo() -> None:
            played.identity = before

        return undo

    # --- batteries ----------------------------------------------------------------------------------------------------

    def _rng(self, name: str) -> Random:
        return Random(f"{self._seed}/{name}")

    def _hung(self, specs: list[PackSpec]) -> list[Pack]:
        """Hang a battery on every position; returns those that wait beside the bench."""
        for name, place in self.places.items():
            spec = specs.pop(0) if specs else self._stated(name)
            place.hang((Unit(Pack(spec), None, 0.0),), 0.0)
        waiting = [self._spec(pack, f"waiting/{at}") for at, pack in enumerate(self._packs) if pack.position is None]
        return [Pack(spec) for spec in specs or waiting]

    def _stated(self, position: str) -> PackSpec:
        found = next((pack for pack in self._packs if pack.position == position), None)
        return self._spec(found, f"pack/{position}")

    def _fresh(self, serial: str) -> Pack:
        return Pack(self._spec(None, f"serial/{serial}"))

    def _spec(self, pack: SimulatedPack | None, name: str) -> PackSpec:
        usual = next((each.amp_hours for each in self._packs if each.amp_hours is not None), AMP_HOURS)
        amp_hours = usual if pack is None or pack.amp_hours is None else pack.amp_hours
        cells = pack.cells if pack is not None and pack.cells is not None else self._usual_cells()
        return default_spec(self._rng(name), amp_hours, None if pack is None else pack.soc, cells)

    def _usual_cells(self) -> int:
        return next((each.cells for each in self._packs if each.cells is not None), CELLS)

    # --- instruments --------------------------------------------------------------------------------------------------

    def _station(self, entry: InstrumentEntry, role: Cast) -> Station:
        rng = self._rng(f"instrument/{entry.name}")
        said = identity(role.file, role.model, entry.serial, entry.firmware, rng)
        sees = [place for place in self.places.values() if role.sees(entry.name, place.position)]
        sound = self._supply(entry.name, role, rng) if role.model.channels else self._meter(entry.name, role, rng)
        if isinstance(sound, Supply):
            self._supplies[entry.name] = sound
        device = self._ailing[entry.name] = AilingDevice(sound)
        return Station(self, instrument(role.file, role.model, device, said), sees)

    def _supply(self, name: str, role: Cast, rng: Random) -> Supply:
        circuits = {number: Channel(Open()) for number in role.model.channels}
        sensed, timers = [], {}
        for place in self.places.values():
            ref = place.position.supply
            if ref.instrument == name:
                circuits[ref.channel], timers[ref.channel] = place.circuit, place
                sensed += [ref.channel] if place.wired_sense else []
        built = build(role.file.dialect, role.model)
        return Supply(role.model, role.file.dialect.output_scope, circuits, sensed, rng, built, timers)

    def _meter(self, name: str, role: Cast, rng: Random) -> Meter:
        channels = role.model.meter
        if channels is None:
            raise UsageFault(f"{name}: a {role.model.name} neither supplies nor measures; choose another model")
        volts: dict[int, Probe] = {}
        degrees: dict[int, Probe] = {}
        for place in self.places.values():
            position = place.position
            if position.meter is not None and position.meter.instrument == name:
                volts[position.meter.channel] = _volts_of(place)
            if position.temperature is not None and position.temperature.instrument == name:
                degrees[position.temperature.channel] = _degrees_of(place)
        if any(place.position.hand_probed == name for place in self.places.values()):
            volts |= dict.fromkeys(channels.numbers, lambda: self._hands.probed_v(name, self.now_s))
        return Meter(channels, volts, degrees, rng)


def _injection(pack: SimulatedPack, text: str) -> Injection:
    injection = parse(text)
    if pack.position is None and injection.place is None:
        raise UsageFault(f"the fault '{text}' is stated for a pack beside the bench; say where it strikes: {text}/P1")
    return replace(injection, place=injection.place or pack.position)


def instrument(file: DialectFile, model: Model, device: Device, said: str) -> Instrument | StreamInstrument:
    """An instrument of the kind the family needs: with line ends, or without."""
    if not file.dialect.write_terminator:
        return StreamInstrument(file.dialect, model, device, said)
    return Instrument(file.dialect, model, device, said, manner(file))


def _volts_of(place: Place) -> Probe:
    return lambda: place.metered.circuit.reading.battery_v


def _degrees_of(place: Place) -> Probe:
    return lambda: place.ambient_c
