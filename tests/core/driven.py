"""A whole core in the hands of a script: every order is answered at once, by batteries that are simple to reason about.

A battery takes its set current for `cc_s`, then the current decays with `tau_s` while the voltage is held; at rest it
shows `rest_v`. The procedure is the shipped one with short waits, so that a run is a few hundred ticks.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import exp
from typing import TypeVar

from benchctl.core import messages as m
from benchctl.core.mission import Mission
from benchctl.core.model import Phase, Regulation, RunState, Sense, Settings, SupplySample
from benchctl.core.procedure import Procedure
from benchctl.core.run.bench import Bench
from tests.core.values import absent, mission, reading, shipped

Trouble = Callable[[m.Order, float], m.Event | None]
"""What an order is answered instead of the usual; None: as usual."""

HELD = "dmm1"

T = TypeVar("T", bound=m.Fact)


def short() -> Procedure:
    """The shipped procedure with short waits."""
    full = shipped()
    return replace(
        full,
        charge=replace(full.charge, soft_start_s=2.0, max_cv_s=400.0),
        taper=replace(full.taper, hold_s=20.0),
        bms=replace(full.bms, retry_off_s=30.0, retry_max_s=60.0),
        rest=replace(full.rest, min_s=120.0, max_s=400.0, gap_s=40.0, settled_after_s=60.0),
        match=replace(full.match, scan_max_s=60.0),
        balance=replace(full.balance, hold_max_s=60.0),
    )


@dataclass
class Cell:
    """A battery, or a group as one. `opens_s`: so long after power-on its current stops in a step. `grows_v`: each
    charge lifts it."""

    open_v: float = 13.2
    rest_v: float = 13.45
    cc_s: float = 20.0
    tau_s: float = 15.0
    opens_s: float | None = None
    grows_v: float = 0.0
    on_s: float | None = None
    charged: bool = False

    def current_a(self, at_s: float, set_a: float) -> float:
        """What flows into it."""
        assert self.on_s is not None
        age_s = at_s - self.on_s
        if self.opens_s is not None and age_s >= self.opens_s:
            return 0.0
        return set_a if age_s <= self.cc_s else set_a * exp(-(age_s - self.cc_s) / self.tau_s)

    @property
    def still_v(self) -> float:
        """What it shows without a current."""
        return self.rest_v if self.charged else self.open_v


@dataclass
class Channel:
    """A supply channel."""

    settings: Settings | None = None
    on: bool = False


@dataclass
class Driven:
    """A bench under way. `at_s` is the time; it moves by whole seconds."""

    mission: Mission
    cells: dict[str, Cell] = field(default_factory=dict)
    trouble: Trouble = lambda _order, _at: None
    at_s: float = 0.0

    def __post_init__(self) -> None:
        self.bench = Bench(self.mission)
        self.facts: list[tuple[float, m.Fact]] = []
        self.orders: list[tuple[float, m.Order]] = []
        self.channels = {name: Channel() for name in self.mission.queues()}
        self.hangs = {name: line[0].serial for name, line in self.mission.queues().items()}
        self.probed: str | None = None
        self.turned = False
        self.cells = {b.serial: Cell() for b in self.mission.bank.batteries} | self.cells

    # ------------------------------------------------------------ driving

    def start(self) -> "Driven":
        """The first event."""
        self.feed(m.Started())
        return self

    def feed(self, *events: m.Event) -> list[m.Fact]:
        """Feed these, and all the answers they lead to."""
        waiting: deque[m.Event] = deque(events)
        mine: list[m.Fact] = []
        while waiting:
            orders, facts = self.bench.feed(waiting.popleft(), self.at_s)
            self.facts += ((self.at_s, fact) for fact in facts)
            mine += facts
            for order in orders:
                self.orders.append((self.at_s, order))
                answer = self.trouble(order, self.at_s) or self._usual(order)
                if answer is not None:
                    waiting.append(answer)
        return mine

    def seconds(self, count: float) -> "Driven":
        """Let so much time pass, a tick a second."""
        for _ in range(int(count)):
            self.at_s += 1.0
            self.feed(m.Ticked())
        return self

    def until(self, met: Callable[["Driven"], bool], limit_s: float = 5000.0) -> "Driven":
        """Tick until something is so; it must be within the limit."""
        end_s = self.at_s + limit_s
        while not met(self):
            assert self.at_s < end_s, f"still {self.bench.state} after {limit_s} s: {self.facts[-5:]}"
            self.seconds(1)
        return self

    def until_state(self, state: RunState) -> "Driven":
        """Tick until the run is there."""
        return self.until(lambda one: one.bench.state is state)

    def until_phase(self, serial: str, phase: Phase) -> "Driven":
        """Tick until the battery is there."""
        return self.until(lambda one: one.phase(serial) is phase)

    def to_the_end(self, limit_s: float = 5000.0) -> m.VerdictReached:
        """Tick until the verdict."""
        self.until(lambda one: one.bench.verdict is not None, limit_s)
        assert self.bench.verdict is not None
        return self.bench.verdict

    def done(self) -> None:
        """Answer every open prompt."""
        closed = {fact.prompt for fact in self.told(m.PromptClosed)}
        for prompt in self.told(m.PromptAsked):
            if prompt.prompt not in closed:
                self.feed(m.Answered(prompt.prompt, "done", "Kim"))

    # ------------------------------------------------------------ questions

    def told(self, kind: type[T]) -> list[T]:
        """All facts of a kind."""
        return [fact for _, fact in self.facts if isinstance(fact, kind)]

    def phase(self, serial: str) -> Phase:
        """Where a battery stands."""
        found = [fact.phase for fact in self.told(m.PhaseEntered) if fact.serial == serial]
        return found[-1] if found else Phase.WAITING

    def phases(self, serial: str) -> list[str]:
        """Where it has been."""
        return [fact.phase.value for fact in self.told(m.PhaseEntered) if fact.serial == serial]

    def states(self) -> list[str]:
        """Where the run has been."""
        return [fact.state.value for fact in self.told(m.RunEntered)]

    def ons(self, since_s: float = 0.0) -> list[float]:
        """When something was switched on."""
        return [at_s for at_s, order in self.orders if isinstance(order, m.SwitchOn) and at_s >= since_s]

    @property
    def lit(self) -> list[str]:
        """Positions whose output is on."""
        return [name for name, channel in self.channels.items() if channel.on]

    # ------------------------------------------------------------ the world

    def cell(self, place: str) -> Cell:
        """Who hangs there; of a group `E1+E2`, as one."""
        return self.cells.setdefault(self.hangs[place], Cell())

    def _usual(self, order: m.Order) -> m.Event | None:
        match order:
            case m.Poll(place):
                return m.Polled(place, self.look(place))
            case m.ScanMeters(instrument, places):
                read_v = self.probed_v if instrument == HELD else self.meter_v
                readings = tuple((place, reading(read_v(place), self.at_s)) for place in places)
                return m.MetersScanned(instrument, readings)
            case m.ReadTemperature(place):
                return m.TemperatureRead(place, reading(20.0, self.at_s))
            case m.ReadSettings(place):
                settings = self.channels[place].settings
                assert settings is not None
                return m.SettingsRead(place, settings)
            case m.MoveLeads(place, serials):
                self.hangs[place] = "+".join(serials)
                return None
            case m.MoveProbes(_, _, probed):
                self.probed = probed
                return None
        return self._switch(order)

    def probed_v(self, _place: str) -> float:
        """What stands between the probes of the hand-held meter: a battery on a position, one beside it, nothing."""
        where = next((place for place, serials in self.hangs.items() if self.probed in serials.split("+")), None)
        beside_v = 0.0 if self.probed is None else self.cells[self.probed].still_v
        volts = beside_v if where is None else self.meter_v(where)
        return -volts if self.turned else volts

    def _switch(self, order: m.Program | m.SwitchOn | m.SwitchOff | m.ClearTrip) -> m.Event:
        channel, cell = self.channels[order.position], self.cell(order.position)
        match order:
            case m.Program(place, settings):
                # charged anew from where it is lifted to; by a dither it is not
                lifted = channel.settings is not None and settings.voltage_v > channel.settings.voltage_v + 0.1
                channel.settings = settings
                cell.on_s = self.at_s if lifted and channel.on and cell.opens_s is None else cell.on_s
                return m.Programmed(place, settings)
            case m.SwitchOn(place, _):
                channel.on, cell.on_s = True, self.at_s
                return m.SwitchedOn(place)
            case m.ClearTrip(place, operator):
                return m.TripCleared(place, operator, True, (), ())
        for serial in {*self.hangs[order.position].split("+"), self.hangs[order.position]} if channel.on else ():
            one = self.cells[serial]
            one.charged, one.rest_v = True, one.rest_v + one.grows_v
        channel.on, cell.on_s = False, None
        return m.SwitchedOff(order.position, True, "")

    def look(self, place: str) -> SupplySample:
        """The supply's view."""
        channel, cell = self.channels[place], self.cell(place)
        if not channel.on or channel.settings is None:
            return SupplySample(reading(0.0, self.at_s), reading(0.0, self.at_s), Regulation.OFF, False)
        amps = cell.current_a(self.at_s, channel.settings.current_a)
        regulation = Regulation.CC if amps >= channel.settings.current_a else Regulation.CV
        return SupplySample(reading(self.meter_v(place), self.at_s), reading(amps, self.at_s), regulation, True)

    def meter_v(self, place: str) -> float:
        """The meter's view."""
        channel, cell = self.channels[place], self.cell(place)
        if not channel.on or channel.settings is None:
            return cell.still_v
        in_cc = cell.current_a(self.at_s, channel.settings.current_a) >= channel.settings.current_a
        return min(channel.settings.voltage_v, 14.0) if in_cc else channel.settings.voltage_v


def run_of(batteries: int = 2, positions: int = 2, attended: bool = False, **cells: Cell) -> Driven:
    """So many batteries on so many positions, with the short procedure; started."""
    given = replace(mission(batteries, positions), procedure=short(), attended=attended)
    return Driven(given, cells).start()


def by_hand(given: Mission) -> Mission:
    """The same bench with one meter that a person holds, sense leads at the batteries, and somebody there."""
    places = tuple(replace(one, meter=None, hand_probed=HELD, sense=Sense.REMOTE) for one in given.bench.positions)
    return replace(given, bench=replace(given.bench, positions=places), attended=True)


def held_run(batteries: int = 2, positions: int = 2, **cells: Cell) -> Driven:
    """So many batteries on so many positions, read by hand; with the short procedure; started."""
    given = replace(by_hand(mission(batteries, positions)), procedure=short())
    return Driven(given, cells).start()


def no_reading(place: str) -> SupplySample:
    """A look without any answer."""
    del place
    nothing = absent()
    return SupplySample(nothing, nothing, nothing, nothing)
