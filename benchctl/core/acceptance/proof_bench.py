"""What hung where, and what each position and battery went through: the bench as the journal shows it.

Reads rows, decides nothing. What a row says of a position or battery that the run does not have is kept as a
contradiction; `acceptance` approves nothing that contradicts itself.
"""

from collections.abc import Iterator

from benchctl.core.acceptance.proof_charge import FRESH_S, Session
from benchctl.core.acceptance.proof_group import Joined
from benchctl.core.acceptance.proof_moment import Moment
from benchctl.core.acceptance.proof_rest import Rest
from benchctl.core.messages import PhaseEntered, PromptAsked, PromptKind
from benchctl.core.model import Battery, Isolation, Measurement, Position, Reading, Sense, Settings
from benchctl.core.procedure import Procedure
from benchctl.core.rows import RunOpened

PERMITTED_OHM = 0.020
"""Of a two-wire lead's resistance, so much may be credited to the battery's voltage (safety A3)."""

SETTING_SHARE = 0.001
SETTING_A = 0.010


class BatteryEvidence:
    """One battery: where it hung, its sessions, its present rest."""

    def __init__(self, battery: Battery) -> None:
        self.battery = battery
        self.positions: list[str] = []
        self.sessions: list[Session] = []
        self.rest: Rest | None = None
        self.isolated: Moment | None = None
        self.joined: Joined | None = None  # the group of its last charge, or of the one to come
        self.alone_v: float | None = None
        self.round = 0

    @property
    def serial(self) -> str:
        """Its serial number."""
        return self.battery.serial

    @property
    def amp_hours(self) -> float:
        """Charge delivered in all sessions, in ampere-hours; with those it was joined with, where it was."""
        return sum(session.amp_hours for session in self.sessions)

    def falls(self, at: Moment) -> bool:
        """It has just come out of its group's charge."""
        end = self.sessions[-1].end if self.sessions else None
        return self.joined is not None and end is not None and self.joined.falls(end, at)

    def stood_alone(self, at: Moment, voltage_v: float) -> None:
        """A reading of it by itself, its output off."""
        self.alone_v = voltage_v
        if self.joined is not None:
            self.joined.read_alone(self.serial, at, voltage_v)


class PlaceEvidence:
    """One position: what hangs on it, its output, its settings as read back, its leads."""

    def __init__(self, position: Position) -> None:
        self.position = position
        self.hangs: tuple[BatteryEvidence, ...] = ()
        self.session: Session | None = None
        self.before: Session | None = None
        self.off_at: Moment | None = None
        self.on_at: Moment | None = None
        self.learned_ohm: float | None = None
        self.ordered: Settings | None = None
        self.settings: tuple[Moment, Settings] | None = None
        self.celsius: list[float] = []
        self.unprobed = 0

    @property
    def alone(self) -> BatteryEvidence | None:
        """The battery that hangs here by itself."""
        return self.hangs[0] if len(self.hangs) == 1 else None

    @property
    def lead_ohm(self) -> float | None:
        """Learned in this run, else as stated; None: not known, or sensed at the battery."""
        return self.learned_ohm if self.learned_ohm is not None else self.position.lead_ohm

    @property
    def credit_ohm(self) -> float:
        """What a taper proof may credit."""
        if self.position.sense is Sense.REMOTE:
            return 0.0
        return min(max(self.lead_ohm or 0.0, 0.0), PERMITTED_OHM)

    def confirmed_a(self, settings: Settings) -> float:
        """The current that was ordered, if the read-back confirms it; else the current that was read back."""
        ordered_a = None if self.ordered is None else self.ordered.current_a
        if ordered_a is None or abs(ordered_a - settings.current_a) > max(SETTING_SHARE * ordered_a, SETTING_A):
            return settings.current_a
        return ordered_a


def first_on(opened: RunOpened) -> dict[str, Battery]:
    """Which battery hangs on each position at the start.

    Stated positions are kept, and are those of a whole group; then groups, and after them single batteries, go, in file
    order, to the position that has the fewest; single ones to one without a group, if there is one.
    """
    queues: dict[str, list[Battery]] = {position.name: [] for position in opened.bench.positions}
    stated = {each.group: each.position for each in opened.bank.batteries if each.group and each.position in queues}
    left: list[list[Battery]] = []
    for battery in opened.bank.batteries:
        home = battery.position or (stated.get(battery.group) if battery.group else None)
        company = next((each for each in left if battery.group and each[0].group == battery.group), None)
        if home is not None:
            queues.get(home, []).append(battery)
        elif company is not None:
            company.append(battery)
        else:
            left.append([battery])
    for batteries in sorted(left if queues else (), key=lambda each: each[0].group is None):
        taken = {name for name, queue in queues.items() if batteries[0].group is None and any(b.group for b in queue)}
        shortest = min(queues.keys() - taken or queues, key=lambda name: (len(queues[name]), [*queues].index(name)))
        queues[shortest] += batteries
    return {name: queue[0] for name, queue in queues.items() if queue}


class BenchEvidence:
    """All positions and batteries of a run."""

    def __init__(self, opened: RunOpened) -> None:
        self._procedure: Procedure = opened.procedure
        self.batteries = {battery.serial: BatteryEvidence(battery) for battery in opened.bank.batteries}
        self.places = {position.name: PlaceEvidence(position) for position in opened.bench.positions}
        self.contradictions: list[str] = []
        for name, battery in first_on(opened).items():
            self._hang(self.places[name], (self.batteries[battery.serial],))

    def place(self, name: str, at: Moment) -> PlaceEvidence | None:
        """The position of that name; an unknown one is a contradiction."""
        if name not in self.places:
            self.contradictions.append(f"Row {at.seq} speaks of position {name}, which this bench does not have.")
        return self.places.get(name)

    def sessions_after(self, at: Moment) -> Iterator[Session]:
        """Sessions that began after a row."""
        for battery in self.batteries.values():
            yield from (session for session in battery.sessions if session.start.seq > at.seq)

    # ------------------------------------------------------------ hands

    def prompt_done(self, asked: PromptAsked, at: Moment) -> None:
        """A person has said that it is done: leads are where the prompt put them."""
        place, first = self.places.get(asked.position or ""), self.batteries.get(asked.serial or "")
        joined = tuple(self.batteries[serial] for serial in asked.joined if serial in self.batteries)
        if place is None or first is None or len(joined) < len(asked.joined):
            who = f"{', '.join(asked.joined) or asked.serial} on {asked.position}"
            self.contradictions.append(f"Row {at.seq} closes a prompt about {who}: not in this run.")
            return
        if place.alone is not None and place.alone.rest is not None:
            place.alone.rest.leave()
        match asked.kind:
            case PromptKind.ISOLATE:
                self._isolated(place, first, at)
            case PromptKind.JOIN:
                self._joined(place, joined, at)
            case PromptKind.SEPARATE:
                self._separated(place, first, at)
            case _:
                self._hang(place, (first,))

    def _hang(self, place: PlaceEvidence, batteries: tuple[BatteryEvidence, ...]) -> None:
        for other in self.places.values():
            other.hangs = tuple(one for one in other.hangs if one not in batteries)
        place.hangs = batteries
        for battery in batteries:
            if place.position.name not in battery.positions:
                battery.positions.append(place.position.name)

    def _joined(self, place: PlaceEvidence, batteries: tuple[BatteryEvidence, ...], at: Moment) -> None:
        entry_v = {one.serial: one.alone_v for one in batteries if one.alone_v is not None}
        joined = Joined(at, tuple(one.serial for one in batteries), entry_v)
        for battery in batteries:
            battery.joined, battery.alone_v = joined, None
        self._hang(place, batteries)

    def _separated(self, place: PlaceEvidence, first: BatteryEvidence, at: Moment) -> None:
        if first not in place.hangs:
            self.contradictions.append(f"Row {at.seq} takes {first.serial} out of a group that did not hang there.")
            return
        for battery in place.hangs:
            if battery.joined is not None:
                battery.joined.apart = at
            self._isolated(place, battery, at)
        self._hang(place, (first,))

    def _isolated(self, place: PlaceEvidence, battery: BatteryEvidence, at: Moment) -> None:
        battery.isolated = at
        if battery not in place.hangs:
            self.contradictions.append(f"Row {at.seq} isolates {battery.serial}, which did not hang on that position.")
        elif battery.sessions and battery.sessions[-1].end is not None:
            battery.rest = Rest(self._procedure.rest, at)

    def phase_entered(self, fact: PhaseEntered, at: Moment) -> None:
        """The run's own word on what hangs where has to be the same."""
        battery = self.batteries.get(fact.serial)
        where = next((name for name, place in self.places.items() if battery in place.hangs), None)
        if battery is None:
            self.contradictions.append(f"Row {at.seq} speaks of battery {fact.serial}, which is not in this run.")
        elif where != fact.position:
            seen, told = where or "beside the bench", fact.position or "beside the bench"
            self.contradictions.append(f"Row {at.seq} has {fact.serial} {_on(told)}; by its prompts it is {_on(seen)}.")
        else:
            battery.round = max(battery.round, fact.round)

    # ------------------------------------------------------------ outputs

    def switched_on(self, place: PlaceEvidence, at: Moment) -> None:
        """A session begins for what hangs there; a rest there is over."""
        place.on_at, place.off_at = at, None
        if not place.hangs:
            self.contradictions.append(f"Row {at.seq} switches {place.position.name} on, where nothing hangs.")
            return
        joined = None if place.alone is not None else place.hangs[0].joined
        batteries = tuple(one.battery for one in place.hangs)
        session = Session(self._procedure, batteries, joined, place.position.name, at)
        for battery in place.hangs:
            battery.rest = battery.isolated = battery.alone_v = None
            battery.joined = joined
            battery.sessions.append(session)
        place.session = session
        if place.settings is not None:
            session.program(place.settings[0], place.settings[1], place.confirmed_a(place.settings[1]))

    def switched_off(self, place: PlaceEvidence, proven: bool, at: Moment) -> None:
        """Only a proven off ends a session and begins a rest."""
        if not proven:
            place.off_at = None
            return
        place.off_at = at
        session, place.session = place.session, None
        if session is not None:
            session.close(at)
            place.before = session
            self._begin_rest(place, session, at)

    def _begin_rest(self, place: PlaceEvidence, session: Session, at: Moment) -> None:
        """A group rests when it has been taken apart, not before."""
        if place.position.isolation is not Isolation.MANUAL and session.joined is None:
            self.batteries[session.serials[0]].rest = Rest(self._procedure.rest, at)

    def programmed(self, place: PlaceEvidence, settings: Settings, at: Moment) -> None:
        """Set points and protections, read back."""
        place.settings = (at, settings)
        if place.session is not None:
            place.session.program(at, settings, place.confirmed_a(settings))

    def settings_read(self, place: PlaceEvidence, settings: Settings, at: Moment) -> None:
        """Set points, read back on the way. A charge at another voltage than the one it was set to has to hold anew."""
        place.settings = (at, settings)
        if place.session is not None:
            place.session.read_back(settings)

    def seen_on(self, place: PlaceEvidence, at: Moment) -> None:
        """A look says that an output is on which nobody has switched on."""
        place.on_at, place.off_at = at, None
        for battery in place.hangs:
            if battery.rest is not None:
                battery.rest.powered.append(at)

    # ------------------------------------------------------------ meters

    def metered(self, place: PlaceEvidence, reading: Measurement, at: Moment) -> BatteryEvidence | None:
        """A meter's word on what hangs there. The battery it belongs to, if that is at rest and the reading is good."""
        battery = place.alone
        if not isinstance(reading, Reading) or not usable(reading, at):
            return None
        if place.session is not None:
            place.session.metered(at, reading, place.credit_ohm)
        elif battery is not None:
            battery.stood_alone(at, reading.value)
            if battery.rest is not None:
                battery.rest.read(at, reading.value)
                return battery
        return None

    def read_by_hand(self, serial: str, volts: float, at: Moment) -> None:
        """A hand-held meter has read a battery steadily; alone, unless it hangs with others or is being charged."""
        battery = self.batteries.get(serial)
        place = next((one for one in self.places.values() if battery in one.hangs), None)
        alone = place is None or (place.alone is not None and place.session is None)
        if battery is not None and alone:
            battery.stood_alone(at, volts)

    def rebooted(self, at: Moment) -> None:
        """Boot seconds begin anew: what was under way is cut, and every rest has to be earned again."""
        for place in self.places.values():
            if place.session is not None:
                place.session.cut = "boot time began anew"
                place.session = None
            place.before = place.off_at = None
        for battery in self.batteries.values():
            if battery.rest is not None:
                battery.rest.begin_again(at, "boot time began anew")


def usable(reading: Reading, at: Moment) -> bool:
    """Taken about when its row was written; an old value in a new row proves nothing."""
    return abs(at.boot_s - reading.at_s) <= FRESH_S


def _on(where: str) -> str:
    return where if where == "beside the bench" else f"on {where}"
