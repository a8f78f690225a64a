"""A position of a simulated bench: a supply channel, its leads, and the battery that hangs there, brought up lazily.

Time is an argument. A place is moved on only when somebody looks at it or changes it, always exactly to the time given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from math import inf
from random import Random

from benchctl.core.model import Position, Sense
from benchctl.sim.circuit import Channel
from benchctl.sim.link import Link
from benchctl.sim.load import Load, Open, ParallelPacks
from benchctl.sim.pack import Pack
from benchctl.sim.wiring import Wiring

ENERGISED_STEP_S = 1.0
REST_STEP_S = 10.0
LEAD_OHM = (0.006, 0.010)
AMBIENT_C = (20.5, 21.5)


@dataclass(slots=True)
class Unit:
    """A battery: its physics, its serial number once somebody has named it, and the time it has been brought to."""

    pack: Pack
    serial: str | None
    now_s: float

    def rest(self, to_s: float) -> None:
        """Lie on the side, open circuit, until `to_s`."""
        while (dt_s := _step(self.now_s, to_s, REST_STEP_S)) > 0.0:
            self.pack.step(0.0, dt_s)
            self.now_s += dt_s


@dataclass(frozen=True, slots=True)
class Truth:
    """What is really so at a position. What hangs nowhere has no voltages: None. Of batteries joined in parallel:
    `E1+E2`, the cells of all, their mean charge, and whether any BMS is open."""

    serial: str | None
    cell_voltages_v: tuple[float, ...] | None
    battery_v: float
    terminal_v: float
    current_a: float
    soc: float | None
    output_on: bool
    bms_open: bool | None


class Place:
    """One position. `units` hang there, joined in parallel where there are several."""

    def __init__(self, position: Position, rng: Random) -> None:
        self.position = position
        lead_ohm = rng.uniform(*LEAD_OHM) if position.lead_ohm is None else position.lead_ohm
        self.circuit = Channel(Open(), wiring=Wiring(lead_ohm=lead_ohm))
        self.ambient_c = rng.uniform(*AMBIENT_C)
        self.units: tuple[Unit, ...] = ()
        self.now_s = 0.0
        self.metered: Place = self
        self.linked: tuple[Place, ...] = (self,)
        self._link: Link | None = None
        self._to_come: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def schedule(self, at_s: float, act: Callable[[], None]) -> None:
        """Have something happen here at this time exactly; what lies in the past happens at the next look."""
        heappush(self._to_come, (at_s, next(self._order), act))

    def _due_s(self) -> float:
        return self._to_come[0][0] if self._to_come else inf

    @property
    def wired_sense(self) -> bool:
        """Whether sense leads go to the battery."""
        return self.position.sense is Sense.REMOTE

    def bring_up(self, to_s: float) -> None:
        """Move the physics on to this time, and that of the position that a link joins to this one."""
        while True:
            first = min(self.linked, key=Place._due_s)
            due_s = first._due_s()
            if due_s <= self.now_s + 1e-6:
                heappop(first._to_come)[2]()
                continue
            longest_s = ENERGISED_STEP_S if any(each.circuit.live for each in self.linked) else REST_STEP_S
            if (dt_s := _step(self.now_s, min(to_s, due_s), longest_s)) <= 0.0:
                return
            for each in self.linked:
                each.circuit.step(dt_s)
                each.now_s += dt_s

    def link_to(self, other: "Place", ohm: float) -> Callable[[], None] | None:
        """Join what hangs here and there through `ohm`; both have been brought to the same time. Returns what takes the
        link away; None: one of them is joined already, and stays so."""
        if self._link is not None or other._link is not None:
            return None
        self._link = other._link = Link(self.circuit, other.circuit, ohm)
        self.linked = other.linked = (self, other)
        return self._unlink

    def _unlink(self) -> None:
        if self._link is not None:
            self._link.cut()
        for each in self.linked:
            each.linked, each._link = (each,), None

    @property
    def unit(self) -> Unit | None:
        """The battery that hangs there, or the first of several; None: nothing does."""
        return self.units[0] if self.units else None

    def hang(self, units: tuple[Unit, ...], at_s: float) -> tuple[Unit, ...]:
        """Hang others on the leads, joined in parallel, or none; returns those that were there. A link that was left
        goes, too."""
        self.bring_up(at_s)
        self._unlink()
        before, self.units = self.units, units
        for unit in before:
            unit.now_s = self.now_s
        for unit in units:
            unit.rest(self.now_s)
        self.rehang()
        return before

    def rehang(self) -> None:
        """Put on the leads what hangs there, as it is now."""
        self.circuit.reconnect(self._load())

    def _load(self) -> Load:
        packs = [unit.pack for unit in self.units]
        if not packs:
            return Open()
        return packs[0] if len(packs) == 1 else ParallelPacks(packs)

    def truth(self) -> Truth:
        """What is really so, at the time the place has been brought to."""
        reading, packs = self.circuit.reading, [unit.pack for unit in self.units]
        on_the_leads = bool(packs) and (len(packs) > 1 or packs[0] is self.circuit.load)
        return Truth(
            serial="+".join(unit.serial for unit in self.units if unit.serial is not None) or None,
            cell_voltages_v=tuple(v for pack in packs for v in pack.cell_voltages_v) if on_the_leads else None,
            battery_v=reading.battery_v,
            terminal_v=reading.terminal_v,
            current_a=reading.current_a,
            soc=sum(pack.soc for pack in packs) / len(packs) if packs else None,
            output_on=self.circuit.live,
            bms_open=any(pack.bms_open for pack in packs) if packs else None,
        )


def _step(now_s: float, to_s: float, longest_s: float) -> float:
    """The next step towards `to_s`. Whole microseconds: equal ticks of a long clock then stay equal steps."""
    return min(longest_s, round(to_s - now_s, 6))
