"""A night on which something goes wrong: the real core, loop, connections and dialects; a fault strikes in a phase.

As `tests.night`, but a connection that is in doubt is closed and opened again as on a real bench (`edge.connection`),
and ground truth is looked at every second: what the battery really saw, not what was reported.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from benchctl.core import messages as m
from benchctl.core.dialect.conversation import LinkFault, unanswered
from benchctl.core.dialect.dialogue import Conversation
from benchctl.core.journal.codec import body_of
from benchctl.core.mission import Mission
from benchctl.core.model import BenchFile, ChannelRef, Identity, Isolation, Phase, RunState, Sense, Settings
from benchctl.core.procedure import Procedure
from benchctl.core.rows import Body
from benchctl.core.run.bench import Bench
from benchctl.edge.connection import Connection
from benchctl.edge.dialects import load_dialect
from benchctl.edge.procedurefile import load_procedure
from benchctl.edge.wire import Outcome, Spots
from benchctl.engine.durable import Durable
from benchctl.engine.loop import Loop
from benchctl.sim.bench import SimulatedBench
from benchctl.sim.faults import Injection, parse
from benchctl.sim.pack import PackSpec
from tests.fakes import CalmHost
from tests.fakes_journal import MemoryJournal
from tests.night import GoodGuard, MemoryWires, Teller, VirtualTime, Wishes, bank_of, bench_file, family_of

LONGEST_S = 40 * 3600.0


class Wires(MemoryWires):
    """Every order at once, over a real `Connection` to an instrument in memory, which is reopened when in doubt.

    `switched` is called after every order that switches.
    """

    def __init__(
        self,
        sim: SimulatedBench,
        mission: Mission,
        identities: Mapping[str, Identity],
        now_s: Callable[[], float],
        switched: Callable[[float], None],
    ) -> None:
        super().__init__(sim, mission, now_s)
        self._switched = switched
        self._connections = {
            one.name: self._connection(sim, one.name, self.spots[one.name], identities[one.name], now_s)
            for one in mission.bench.instruments
        }

    def _connection(
        self, sim: SimulatedBench, name: str, at: Spots, pinned: Identity, now_s: Callable[[], float]
    ) -> Connection:
        remote = at.any_supply()
        voice = remote.voice if remote else None
        return Connection(
            name, sim.cast[name].file.dialect, pinned, voice, lambda: sim.link(name), now_s, self._doors.of.get(name)
        )

    def _carry_out(self, order: m.Order, name: str) -> None:
        connection = self._connections[name]
        event = self._event(order, name, connection)
        if isinstance(order, m.SwitchOff | m.SwitchOn):
            self._switched(self._now_s())
        events = (*connection.learnt, event)
        lost_s = connection.lost_s + self._sim.stations[name].trouble.slept_s()
        connection.learnt, connection.lost_s = [], 0.0
        self._outcomes.append(Outcome(order, events, lost_s))

    def _event(self, order: m.Order, name: str, connection: Connection) -> m.Event:
        at = self.spots[name].of(order)
        if isinstance(order, m.SwitchOff):
            self._known.pop(order.position, None)
            return connection.switch_off(at[0])
        try:
            connection.make_ready()
        except LinkFault as fault:
            return unanswered(order, name, fault.reason, fault.detail, self._now_s())
        told = connection.hold(self._conversation(order, name), connection)
        if isinstance(told.event, m.SwitchedOn):
            connection.settle(at[0])
        self._keep(order, told.event)
        return told.event

    def _keep(self, order: m.Order, event: m.Event) -> None:
        if not isinstance(order, m.Program | m.SwitchOn):
            return
        live = isinstance(event, m.Programmed) and order.position in self._known
        if live or isinstance(event, m.SwitchedOn):
            self._known[order.position] = order.settings
        else:
            self._known.pop(order.position, None)


@dataclass(frozen=True, slots=True)
class Moment:
    """When a fault strikes: so many seconds after E1 (or the run) has entered this phase. None: from the start."""

    name: str
    phase: Phase | RunState | None
    after_s: float


START = Moment("checking", None, 0.0)
SOFT = Moment("soft start", Phase.CHARGING, 5.0)
CC = Moment("CC", Phase.CHARGING, 90.0)
CV = Moment("CV", Phase.ABSORBING, 90.0)
REST = Moment("rest", Phase.RESTING, 6000.0)
SCAN = Moment("scan", RunState.VERIFYING, 0.0)
TAPER = Moment("taper", Phase.ABSORBING, 900.0)
"""Below the taper limit, which these nights reach 840 s after CV; its hold of 300 s has begun."""

HOLD = Moment("hold", Phase.HOLDING, 120.0)
MOMENTS = (START, SOFT, CC, CV, TAPER, REST, SCAN, HOLD)


@dataclass(slots=True)
class Watched:
    """What truly was at the position that was struck, from the fault on."""

    struck_s: float | None = None
    off_s: float | None = None
    highest_cell_v: float = 0.0
    was_on: bool = False
    last_on_s: float | None = None


@dataclass(slots=True)
class FaultNight:
    """One run of two batteries (or more), E1 on P1 and E2 on P2, with faults that strike at a moment of E1's night."""

    faults: Sequence[str]
    moment: Moment
    seed: int = 1
    specs: Sequence[PackSpec] = ()
    sense: Sense = Sense.LOCAL
    probes: bool = False
    supply: str = "DP811"
    procedure: Procedure | None = None
    span_s: float = LONGEST_S
    """How long after the fault there is anything to see."""
    watched: Watched = field(default_factory=Watched)
    wishes: Wishes = field(default_factory=Wishes)
    verdict: m.VerdictReached | None = None
    sim: SimulatedBench = field(init=False)
    bench: Bench = field(init=False)
    journal: MemoryJournal = field(init=False)
    loop: Loop = field(init=False)
    file: BenchFile = field(init=False)
    mission: Mission = field(init=False)
    time: VirtualTime = field(init=False)
    _read: int = 0
    _bodies: list[tuple[float, Body]] = field(default_factory=list)
    _due_s: float | None = None

    def __post_init__(self) -> None:
        specs = self.specs or usual_specs(self.seed)
        self.file = _file(len(specs), self.sense, self.probes, self.supply)
        early = [parse(text) for text in self.faults] if self.moment == START else []
        if early:
            self.watched.struck_s = 0.0
        self.sim = SimulatedBench(self.file, (), self.seed, specs, [_at(one, 0.0) for one in early])
        self.mission = _mission(self.file, specs, self.procedure or load_procedure("lifepo4-12v-preseries"), self.sim)
        durable = Durable()
        self.journal = MemoryJournal("virtual", durable.committed, durable.failed, instant=True)
        self.time = VirtualTime(self.sim, self._every)
        self.bench = Bench(self.mission)
        wires = Wires(self.sim, self.mission, self.mission.identities, self.time.now_s, self._look)
        rank = {one.name: number for number, one in enumerate(self.file.positions)}
        self.loop = Loop(
            self.bench,
            wires,
            self.time,
            self.journal,
            durable,
            self.wishes,
            GoodGuard(),
            Teller(),
            self,
            CalmHost(durable),
            rank,
        )
        for name, line in self.mission.queues().items():
            self.sim.hang(name, line[0].serial)

    def moved(self, place: str, *serials: str) -> None:
        """Hands."""
        self.sim.hang(place, *serials)

    def held(self, instrument: str, serial: str | None) -> None:
        """Hands."""
        self.sim.hold(instrument, serial)

    def run(self) -> "FaultNight":
        """To the verdict, or until nothing more is of interest."""
        try:
            self.verdict = self.loop.run()
        except _EnoughError:
            self.verdict = None
        return self

    # ------------------------------------------------------------ every turn

    def _every(self, at_s: float) -> None:
        struck_s = self.time.now_s() if self.watched.struck_s is None else self.watched.struck_s
        if at_s >= min(struck_s + self.span_s, LONGEST_S):
            raise _EnoughError
        if self.watched.struck_s is None:
            self._follow()
            if self._due_s is None or at_s < self._due_s:
                return
            self._strike(at_s)
        self._look(at_s)

    def _follow(self) -> None:
        rows = self.journal.rows
        for row in rows[self._read :]:
            if row.kind in ("phase_entered", "run_entered") and self._due_s is None:
                body = body_of(row)
                entered = isinstance(body, m.PhaseEntered) and body.serial == "E1" and body.phase is self.moment.phase
                if entered or (isinstance(body, m.RunEntered) and body.state is self.moment.phase):
                    self._due_s = row.boot_s + self.moment.after_s
        self._read = len(rows)

    def _strike(self, at_s: float) -> None:
        self.watched.struck_s = at_s
        self.watched.was_on = self.sim.truth("P1").output_on
        for text in self.faults:
            self.sim.inject(_at(parse(text), at_s))

    def _look(self, at_s: float) -> None:
        if self.watched.struck_s is None:
            return
        truth, watched = self.sim.truth("P1"), self.watched
        if truth.cell_voltages_v is not None:
            watched.highest_cell_v = max(watched.highest_cell_v, *truth.cell_voltages_v)
        if truth.output_on:
            watched.was_on = True
            watched.last_on_s = at_s
        elif watched.was_on and watched.off_s is None:
            watched.off_s = at_s

    # ------------------------------------------------------------ questions

    def bodies(self) -> list[tuple[float, Body]]:
        """Everything that was journalled, with its time; each row is decoded once."""
        self._bodies += [(row.boot_s, body_of(row)) for row in self.journal.rows[len(self._bodies) :]]
        return self._bodies


class _EnoughError(Exception):
    """Nothing more of this night is of interest."""


def _at(one: Injection, at_s: float) -> Injection:
    return replace(one, at_s=at_s + one.at_s, place=one.place or "P1")


def usual_specs(seed: int, soc: float = 0.93, count: int = 2) -> tuple[PackSpec, ...]:
    """Sound batteries, nearly full, so that a night is short."""
    from random import Random

    from benchctl.sim.fleet import default_spec

    rng = Random(f"faults/{seed}")
    return tuple(default_spec(rng, 50.0, soc + rng.uniform(-0.002, 0.002)) for _ in range(count))


def _file(count: int, sense: Sense, probes: bool, supply: str) -> BenchFile:
    isolation = Isolation.SUPPLY_OFF if supply.startswith("DP8") else Isolation.CONTACTOR
    file = bench_file(count, isolation, supply=supply)
    places = tuple(
        replace(one, sense=sense, temperature=ChannelRef("scan1", 110 + number) if probes else None)
        for number, one in enumerate(file.positions, 1)
    )
    return replace(file, positions=places)


def _mission(file: BenchFile, specs: Sequence[PackSpec], procedure: Procedure, sim: SimulatedBench) -> Mission:
    model = file.instruments[0].model
    assert model is not None
    ability = load_dialect(family_of(model)).voice(model, 1).ability
    assert ability is not None
    meters = {}
    for one in file.positions:
        assert one.meter is not None
        meters[one.name] = load_dialect("keysight-34970a").voice("34970A", one.meter.channel).meter
    return Mission(
        run="20260301-180000-0000",
        bench=file,
        bank=bank_of(len(specs), specs[0].amp_hours),
        procedure=procedure,
        identities={one.name: who(sim, one.name) for one in file.instruments},
        supplies=dict.fromkeys(meters, ability),
        meters=meters,
        operator="Kim",
        temperature_c=None if file.positions[0].temperature else 20.0,
        attended=False,
        calibration_overdue=(),
    )


def who(sim: SimulatedBench, name: str) -> Identity:
    """Who an instrument of the bench says it is."""
    from benchctl.core.dialect.conversation import identify, run_conversation

    told = run_conversation(identify(name, sim.cast[name].file.dialect, None), sim.link(name))
    assert isinstance(told.event, m.Identified)
    return told.event.identity


__all__ = ["CC", "CV", "HOLD", "MOMENTS", "REST", "SCAN", "SOFT", "START", "Conversation", "FaultNight", "Settings"]
