"""A whole night in virtual time: the real core, the real loop, the real dialects and the simulated bench, no socket.

Only the outside is fake: time is a number, the journal a list, the wire a function call.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from benchctl.core import messages as m
from benchctl.core.dialect.conversation import Asker, Conversation, conversation, run_conversation
from benchctl.core.dialect.voice import Exchange, Voice
from benchctl.core.journal.chain import Row
from benchctl.core.journal.codec import body_of, entry
from benchctl.core.journal.kinds import kind_of_class
from benchctl.core.mission import Mission
from benchctl.core.model import (
    Bank,
    Battery,
    BenchFile,
    ChannelRef,
    Identity,
    InstrumentEntry,
    Isolation,
    MeterAbility,
    Position,
    Sense,
    Settings,
    SupplyAbility,
)
from benchctl.core.procedure import Procedure
from benchctl.core.rows import Body, RunOpened
from benchctl.core.run.bench import Bench
from benchctl.core.run.schedule import permit_of
from benchctl.edge.dialects import load_dialect
from benchctl.edge.procedurefile import load_procedure
from benchctl.edge.wire import Outcome, Spots, spots
from benchctl.engine.durable import Durable
from benchctl.engine.loop import Loop
from benchctl.sim.bench import SimulatedBench
from benchctl.sim.fleet import scenario
from benchctl.sim.pack import PackSpec
from tests.doors import Doors, GuardedLink
from tests.fakes import CalmHost
from tests.fakes_journal import MemoryJournal

START = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)


def position(number: int, isolation: Isolation = Isolation.SUPPLY_OFF, by_hand: bool = False) -> Position:
    """P1, P2, …: a DP811 of its own and a scanner channel; `by_hand`: and a meter that a person holds."""
    return Position(
        name=f"P{number}",
        supply=ChannelRef(f"psu{number}", 1),
        meter=None if by_hand else ChannelRef("scan1", 100 + number),
        hand_probed="dmm1" if by_hand else None,
        isolation=isolation,
        sense=Sense.LOCAL,
        lead_ohm=None,
        fuse_a=None,
        temperature=None,
    )


def bench_file(
    channels: int, isolation: Isolation = Isolation.SUPPLY_OFF, by_hand: bool = False, supply: str = "DP811"
) -> BenchFile:
    """DP811s (or other supplies) and a 34970A; `by_hand`: a 34461A instead, for all positions."""
    supplies = [instrument(f"psu{n}", family_of(supply), supply) for n in range(1, channels + 1)]
    return BenchFile(
        name="night",
        simulated=True,
        clock=None,
        instruments=(*supplies, HELD if by_hand else SCANNER),
        positions=tuple(position(n, isolation, by_hand) for n in range(1, channels + 1)),
    )


def family_of(supply: str) -> str:
    """The dialect of a supply of these nights, by its model."""
    return next(dialect for model, dialect in _FAMILIES.items() if supply.startswith(model))


_FAMILIES = {"DP8": "rigol-dp800", "N69": "keysight-n6900", "BB3": "eez-bb3", "PS 9": "ea-ps9000"}


def instrument(name: str, dialect: str, model: str) -> InstrumentEntry:
    return InstrumentEntry(name, f"TCPIP::127.0.0.1::1::SOCKET#{name}", dialect, model, None, None, None)


SCANNER = instrument("scan1", "keysight-34970a", "34970A")
HELD = instrument("dmm1", "keysight-34461a", "34461A")


def bank_of(count: int, amp_hours: float = 50.0, cells: int = 4, groups: str = "") -> Bank:
    """E1, E2, … in one string; with `groups` such as `AABB`, each in the group of its letter."""
    batteries = tuple(
        Battery(f"E{n}", "Epoch", "12050A", "LiFePO4", amp_hours, amp_hours / 2, None, None, group, cells)
        for n, group in zip(range(1, count + 1), groups or [None] * count, strict=True)
    )
    return Bank("Cabin", count, 1, batteries, None)


class VirtualTime:
    """A number."""

    lock_step = True

    def __init__(self, bench: SimulatedBench, every: Callable[[float], None]) -> None:
        self._bench = bench
        self._every = every
        self._now_s = 0.0

    def now_s(self) -> float:
        return self._now_s

    def wall(self) -> str:
        return (START + timedelta(seconds=self._now_s)).isoformat(timespec="milliseconds")

    def pass_until(self, at_s: float, for_hands: bool) -> None:
        del for_hands
        self._now_s = at_s
        self._bench.advance(at_s)
        self._every(at_s)

    def waited(self, seconds: float) -> None:
        self._now_s += seconds
        self._bench.advance(self._now_s)


Tamper = Callable[[str, float, Exchange, bytes], bytes]
"""What becomes of a reply on its way: (instrument, time, exchange, raw reply) to the raw reply that arrives. Raises
LinkFault for one that never does."""


@dataclass
class TamperedLink:
    """A connection with somebody in between."""

    name: str
    link: Asker
    tamper: Tamper
    now_s: Callable[[], float]

    def ask(self, exchange: Exchange) -> bytes:
        """See `Asker`."""
        return self.tamper(self.name, self.now_s(), exchange, self.link.ask(exchange))


class MemoryWires:
    """Every order is carried out at once, by the real conversation, over an instrument in memory."""

    def __init__(
        self, sim: SimulatedBench, mission: Mission, now_s: Callable[[], float], tamper: "Tamper | None" = None
    ) -> None:
        file = mission.bench
        self._sim = sim
        self._now_s = now_s
        self._tamper = tamper
        self.spots = {one.name: _spots(one, file.positions) for one in file.instruments}
        self._doors = Doors(mission, self.spots)
        self._links = {one.name: self._link(one.name) for one in file.instruments}
        self._positions = {one.name: one for one in file.positions}
        self._known: dict[str, Settings] = {}
        self._outcomes: list[Outcome] = []

    def _link(self, name: str) -> Asker:
        link = GuardedLink(self._sim.link(name), self._doors.of.get(name))
        return link if self._tamper is None else TamperedLink(name, link, self._tamper, self._now_s)

    @property
    def outstanding(self) -> int:
        return len(self._outcomes)

    def take(self, timeout_s: float) -> list[Outcome]:
        del timeout_s
        taken, self._outcomes = self._outcomes, []
        return taken

    def energise(self, order: m.Program | m.SwitchOn) -> None:
        """See `Hardware.energise`."""
        self._doors.grant(order.position)
        self.submit(order)

    def submit(self, order: m.Order) -> None:
        """See `Hardware.submit`."""
        if isinstance(order, m.SwitchOff):
            self._doors.shut(order.position)
        self._carry_out(order, self._instrument(order))

    def _carry_out(self, order: m.Order, name: str) -> None:
        told = run_conversation(self._conversation(order, name), self._links[name])
        self._outcomes.append(Outcome(order, (told.event,), 0.0))
        if not told.trusted:
            self._links[name] = self._link(name)
        if isinstance(order, m.SwitchOn) or (isinstance(order, m.Program) and order.position in self._known):
            self._known[order.position] = order.settings
        elif isinstance(order, m.SwitchOff):
            self._known.pop(order.position, None)

    def _conversation(self, order: m.Order, name: str) -> Conversation:
        known = self._known.get(order.position) if isinstance(order, m.Program) else None
        return conversation(order, name, self.spots[name].of(order), known, self._now_s)

    def _instrument(self, order: m.Order) -> str:
        if isinstance(order, m.ScanMeters):
            return order.instrument
        if isinstance(order, m.ReadTemperature):
            probe = self._positions[order.position].temperature
            assert probe is not None
            return probe.instrument
        return self._positions[order.position].supply.instrument


def _spots(entry_: InstrumentEntry, positions: Sequence[Position]) -> Spots:
    assert entry_.dialect is not None
    assert entry_.model is not None
    return spots(entry_.name, load_dialect(entry_.dialect), entry_.model, positions)


@dataclass
class Wishes:
    """What people want, and what they were told."""

    waiting: list[tuple[str, m.Wish]] = field(default_factory=list)
    answers: list[tuple[str, bool, str]] = field(default_factory=list)

    def received(self) -> list[tuple[str, m.Wish]]:
        taken, self.waiting = self.waiting, []
        return taken

    def answer(self, wish: str, accepted: bool, sentence: str) -> None:
        self.answers.append((wish, accepted, sentence))


class GoodGuard:
    """A guard that answers until it is lost."""

    answered = True
    lost: str | None = None

    def stamp(self, turn: int) -> None:
        """Answered at once."""

    def standing(self) -> str | None:
        return self.lost


class Teller:
    """Keeps what people were told."""

    def __init__(self) -> None:
        self.told: list[Body] = []

    def tell(self, wall: str, body: Body) -> None:
        del wall
        self.told.append(body)


def mission_of(
    file: BenchFile, bank: Bank, procedure: Procedure | None, attended: bool, temperature_c: float
) -> Mission:
    """What a run on these instruments is given; every instrument is named with dialect and model."""
    entries = {one.name: one for one in file.instruments}
    abilities: dict[str, SupplyAbility] = {}
    meters: dict[str, MeterAbility | None] = {}
    for one in file.positions:
        ability, meter = _voice(entries, one.supply).ability, one.measured_by
        assert ability is not None
        assert meter is not None
        abilities[one.name], meters[one.name] = ability, _voice(entries, meter).meter
    return Mission(
        run="20260301-180000-0000",
        bench=file,
        bank=bank,
        procedure=procedure or load_procedure("lifepo4-12v-preseries"),
        identities={one.name: Identity("maker", one.model or "", one.name, "1", "") for one in file.instruments},
        supplies=abilities,
        meters=meters,
        operator="Kim",
        temperature_c=temperature_c,
        attended=attended,
        calibration_overdue=(),
    )


def _voice(entries: dict[str, InstrumentEntry], ref: ChannelRef) -> Voice:
    entry_ = entries[ref.instrument]
    assert entry_.dialect is not None
    assert entry_.model is not None
    return load_dialect(entry_.dialect).voice(entry_.model, ref.channel)


class Night:
    """One run in virtual time. `groups` such as `AABB` joins its batteries.
    `labelled`: how many cells the labels of the batteries state, where that is not the truth."""

    def __init__(
        self,
        specs: Sequence[PackSpec],
        channels: int,
        seed: int = 1,
        procedure: Procedure | None = None,
        isolation: Isolation = Isolation.SUPPLY_OFF,
        attended: bool = False,
        every: Callable[["Night", float], None] = lambda _night, _at: None,
        tamper: Tamper | None = None,
        by_hand: bool = False,
        supply: str = "DP811",
        labelled: int | None = None,
        groups: str = "",
        file: BenchFile | None = None,
        temperature_c: float = 20.0,
    ) -> None:
        self.file = file or bench_file(channels, isolation, by_hand, supply)
        self.sim = SimulatedBench(self.file, (), seed, specs)
        bank = bank_of(len(specs), specs[0].amp_hours, labelled or specs[0].cells, groups)
        self.mission = mission_of(self.file, bank, procedure, attended, temperature_c)
        self.durable = Durable()
        self.journal = MemoryJournal("virtual", self.durable.committed, self.durable.failed, instant=True)
        self.time = VirtualTime(self.sim, self._every)
        self.wishes = Wishes()
        self.teller = Teller()
        self.guard = GoodGuard()
        self.bench = Bench(self.mission)
        self._hook = every
        self.wires = self._wires(tamper)
        rank = {one.name: number for number, one in enumerate(self.file.positions)}
        self.loop = Loop(
            self.bench,
            self.wires,
            self.time,
            self.journal,
            self.durable,
            self.wishes,
            self.guard,
            self.teller,
            self,
            CalmHost(self.durable),
            rank,
        )
        self._open()

    def _wires(self, tamper: Tamper | None) -> MemoryWires:
        return MemoryWires(self.sim, self.mission, self.time.now_s, tamper)

    def _open(self) -> None:
        mission, permit = self.mission, permit_of(self.mission)
        opened = RunOpened(
            run=mission.run,
            bench=mission.bench,
            bank=mission.bank,
            procedure=mission.procedure,
            operator=mission.operator,
            temperature_c=mission.temperature_c,
            attended=mission.attended,
            simulated=True,
            identities=mission.identities,
            supplies=mission.supplies,
            meters=mission.meters,
            version="0",
            permit="may run unattended" if permit.unattended else "attended only",
            permit_reasons=permit.reasons,
            calibration_overdue=mission.calibration_overdue,
            remarks=(),
        )
        self.journal.append([entry(opened, at_s=0.0, wall=self.time.wall(), actor="engine")])
        for name, line in mission.queues().items():
            self.sim.hang(name, line[0].serial)

    def moved(self, place: str, *serials: str) -> None:
        """Hands: these batteries hang there now."""
        self.sim.hang(place, *serials)

    def held(self, instrument: str, serial: str | None) -> None:
        """Hands: the probes are on that battery now."""
        self.sim.hold(instrument, serial)

    def _every(self, at_s: float) -> None:
        self._hook(self, at_s)

    def run(self) -> m.VerdictReached:
        """To the verdict."""
        return self.loop.run()

    # ------------------------------------------------------------ questions

    def rows(self) -> list[Row]:
        return self.journal.rows

    def bodies(self, *kinds: type) -> list[Body]:
        names = {kind_of_class(kind) for kind in kinds}
        return [body_of(row) for row in self.journal.rows if row.kind in names]

    def digest(self) -> str:
        return hashlib.sha256("".join(row.hash for row in self.journal.rows).encode()).hexdigest()


def answers_prompts(night: Night, at_s: float) -> None:
    """A person who does at once what is asked."""
    del at_s
    for row in night.journal.rows[-40:]:
        if row.kind == "prompt_asked":
            body = body_of(row)
            assert isinstance(body, m.PromptAsked)
            done = f"done {body.prompt}"
            known = {name for name, _ in night.wishes.waiting} | {name for name, _, _ in night.wishes.answers}
            if done not in known:
                night.wishes.waiting.append((done, m.Answered(body.prompt, "done", "Kim")))


def scenario_night(name: str, seed: int = 1) -> Night:
    """A demo scenario as a virtual night."""
    hands = name in ("late-wave", "group")
    specs, groups = scenario(name, seed, 4, 50.0), "AABB" if name == "group" else ""
    return Night(specs, 2 if hands else 4, seed, attended=hands, every=answers_prompts, groups=groups)


__all__ = ["Night", "answers_prompts", "bank_of", "bench_file", "replace", "scenario_night"]
