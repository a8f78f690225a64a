"""The bench floor: positions, the batteries that queue for them, and who is served next.

Knows what hangs where and what each battery needs; knows nothing of verdicts. A position serves one battery at a
time; a battery gets a current only after its leads are on, its output is proven off and its voltage looks right.
"""

from benchctl.core.messages import PromptKind
from benchctl.core.mission import Mission
from benchctl.core.model import Isolation, Measurement, Phase, Reading, Verdict
from benchctl.core.probes import Errand
from benchctl.core.run.alarms import Alarms
from benchctl.core.run.faultrow import Action
from benchctl.core.run.faults import FAULTS
from benchctl.core.run.hands import Hands, is_done
from benchctl.core.run.held import Job, Taken
from benchctl.core.run.inspection import CHECK_LIMIT_S, Inspection
from benchctl.core.run.joining import Joining
from benchctl.core.run.limits import Breach
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.place import Place
from benchctl.core.run.proving import WiringProof
from benchctl.core.run.resetting import Resetting
from benchctl.core.run.resistance import Resistance
from benchctl.core.run.room import Room
from benchctl.core.run.rota import MeterRota
from benchctl.core.run.unit import Need, Unit

MAX_TOP_UPS = 6
"""More are needed only where no rest window will ever fit all."""


class Floor:
    """Places and units of one run."""

    def __init__(self, mission: Mission, out: Outbox) -> None:
        self._mission = mission
        self._procedure = mission.procedure
        self._out = out
        self.alarms = Alarms(out)
        self.hands = Hands(out)
        room = Room(mission.temperature_c)
        self.places: dict[str, Place] = {}
        self.lines: dict[str, list[Unit]] = {}
        for name, line in mission.queues().items():
            position, supply = mission.place(name), mission.supplies[name]
            place = Place(position, supply, self._procedure, out, self._alarm, self._calm, room)
            place.hang(line[0].serial)
            self.places[name] = place
            self.lines[name] = [Unit(mission, battery, place) for battery in line]
        by_serial = {unit.serial: unit for line in self.lines.values() for unit in line}
        self.units: dict[str, Unit] = {battery.serial: by_serial[battery.serial] for battery in mission.bank.batteries}
        self.rota = self._rota()
        self.emergency: Breach | None = None
        self.proof = WiringProof(self.places, mission.meters, mission.procedure.cells, out)
        self.to_see: list[Job] = []
        self._inspection = Inspection(self._procedure)
        self.resetting = Resetting(self._procedure, self.places, self.lines, self.alarms, out)
        self._joinings = {
            place: Joining(mission, name, self.lines[place], self.hands, self.proof, out, self.to_see)
            for place, name in mission.groups().items()
        }

    def _rota(self) -> MeterRota:
        positions = tuple(place.position for place in self.places.values())
        abilities = {p.meter.instrument: self._mission.meters[p.name] for p in positions if p.meter is not None}
        relay = {instrument: ability is None or ability.relay for instrument, ability in abilities.items()}
        rest = self._procedure.rest
        return MeterRota(positions, relay, min(rest.sample_s, rest.gap_s / 2), self._out)

    def _alarm(self, place: Place, at_s: float, breach: Breach) -> None:
        """Whoever hangs there without being charged is no longer left alone: its rest, or its check, proves nothing."""
        action = FAULTS[breach.fault].action
        self.emergency = self.emergency or (breach if action is Action.ALL else None)
        self.alarms.raise_(at_s, breach, place.name, "+".join(place.hangs) or None)
        alone = place.tenant is None and action is not Action.WARN
        for serial in place.hangs if alone else ():
            self.units[serial].trip(f"{serial}: {breach.text}")

    def _calm(self, place: Place, fault: str) -> None:
        self.alarms.calm(fault, place.name)

    # ------------------------------------------------------------ questions

    @property
    def all(self) -> list[Unit]:
        """Every battery, in bank order."""
        return list(self.units.values())

    @property
    def first(self) -> list[Unit]:
        """The battery that hangs on each position at the start."""
        return [line[0] for line in self.lines.values()]

    @property
    def resting(self) -> list[Unit]:
        """Whose rest clock runs."""
        return [unit for unit in self.all if unit.at_rest]

    @property
    def shared(self) -> bool:
        """Some position serves several batteries."""
        return any(len(line) > 1 for line in self.lines.values())

    @property
    def slow_scan(self) -> bool:
        """A common scan takes a person some minutes."""
        return self.shared or any(place.by_hand for place in self.places.values())

    @property
    def energised(self) -> bool:
        """Some output is on or may be."""
        return any(place.energised for place in self.places.values())

    @property
    def proven_off(self) -> bool:
        """Every output is proven off."""
        return all(place.off_proven and not place.energised for place in self.places.values())

    @property
    def latched(self) -> list[Place]:
        """Positions that a person has to look at."""
        return [place for place in self.places.values() if place.latched]

    @property
    def wanting(self) -> bool:
        """Some battery needs its position, and can have it."""
        return any(unit.need is not Need.NOTHING and not self.stuck(unit) for unit in self.all)

    def not_off(self) -> tuple[str, ...]:
        """Sentences about outputs that are not proven off."""
        return tuple(
            f"{place.name}: its output is NOT proven off: switch it off by hand, now."
            for place in self.places.values()
            if place.energised or not place.off_proven
        )

    @property
    def settled(self) -> bool:
        """Nobody can be charged any further without a person, and no group has still to be taken apart and read."""
        apart = all(one.over or self.places[name].latched for name, one in self._joinings.items())
        return apart and all(unit.at_rest or self.stuck(unit) for unit in self.all)

    def stuck(self, unit: Unit) -> bool:
        """Nothing more happens to it without a person."""
        return unit.out_of_play or (unit.place.latched and not unit.active and unit.phase is not Phase.FULL)

    def hanging(self, place: Place) -> Unit | None:
        """Who hangs there alone."""
        return None if place.joined else self.units.get("".join(place.hangs))

    def seen(self, unit: Unit, at_s: float) -> bool:
        """Its output is proven off, and its meter and probe have just read it."""
        return self._inspection.seen(unit.place, at_s)

    def objection(self, unit: Unit, at_s: float) -> str | None:
        """Why it may not be charged; None: it may."""
        return self._inspection.objection(unit.serial, unit.place, at_s, just_charged=unit.amp_hours > 0)

    # ------------------------------------------------------------ time and readings

    def tick(self, at_s: float, hurry: bool) -> None:
        """What is due on supplies and meters. A meter whose leads are being moved is left alone."""
        self.to_see.clear()
        self.alarms.tick(at_s)
        for place in self.places.values():
            place.tick(at_s)
        wanted = {name for name, place in self.places.items() if not self.hands.asked(place)}
        # before a latch is lifted its cause is looked for: by the probes, too
        checking = hurry or bool(self.latched) or any(unit.phase is Phase.CHECKING for unit in self.all)
        hurry = hurry or self.proof.awaits_meter(at_s)
        self.rota.tick(at_s, wanted, energised=self.energised, checking=checking, hurry=hurry)

    def metered(self, name: str, reading: Measurement, at_s: float) -> Unit | None:
        """A meter's reading of whatever hangs there; who that is, unless its leads are being moved."""
        place = self.places[name]
        if self.hands.asked(place):
            return None
        place.metered(at_s, reading)
        unit = self.hanging(place)
        if unit is not None and isinstance(reading, Reading):
            unit.rested(at_s, reading.value)
        return unit

    def held(self, taken: Taken) -> None:
        """A hand-held meter has read a battery, of a group perhaps."""
        joining = self._joinings.get(taken.job.unit.place.name)
        if joining is not None:
            joining.held(taken)

    def prove(self, at_s: float) -> None:
        """Does the current of the position on trial move its own meter, and no other?"""
        trial = self.proof.trial
        if trial is not None:
            tenant = self.places[trial.place].tenant
            for one, breach in self.proof.follow(at_s, None if tenant is None else tenant.rated_ah):
                self._refuse(at_s, one, breach)

    def _refuse(self, at_s: float, one: Resistance, breach: Breach) -> None:
        """Off and latched where it still hangs; whoever lies beside the bench by now is not approved either."""
        place = self.places[one.place]
        if set(place.hangs) & set(one.serials):
            place.give_up(at_s, breach)
        for serial in one.serials:
            self.units[serial].fail(Verdict.REJECTED, f"{serial}: {breach.text}")

    def all_off(self, at_s: float) -> None:
        """Every output off; nothing is waited for."""
        for place in self.places.values():
            place.release(at_s)

    # ------------------------------------------------------------ serving

    def advance(self, at_s: float) -> None:
        """Isolate who is full, then give every free position to whoever needs it next."""
        for line in self.lines.values():
            for unit in line:
                self._isolate(unit, at_s)
                unit.settle(at_s)
            self._serve(line, at_s)

    def _isolate(self, unit: Unit, at_s: float) -> None:
        """Full and proven off: the rest begins, at once or when a person has taken the leads off."""
        place = unit.place
        if unit.phase is not Phase.FULL or place.energised or not place.off_proven:
            return
        if place.joined:
            self.hands.ask(PromptKind.SEPARATE, place, *(self.units[serial] for serial in place.hangs))
        elif place.position.isolation is Isolation.MANUAL and place.attached:
            self.hands.ask(PromptKind.ISOLATE, place, unit)
        else:
            unit.begin_rest(at_s)

    def _serve(self, line: list[Unit], at_s: float) -> None:
        place = line[0].place
        held = place.latched or place.energised or self.hands.asked(place)
        if held or any(unit.phase is Phase.FULL for unit in line):
            return
        joining = self._joinings.get(place.name)
        if joining is not None and not joining.over:
            joining.advance(at_s)
            return
        wanting = [unit for unit in line if unit.need is not Need.NOTHING]
        if wanting:
            self._bring_on(min(wanting, key=lambda unit: unit.where is None), at_s)

    def _bring_on(self, unit: Unit, at_s: float) -> None:
        if at_s < unit.not_before_s:
            return
        if unit.need is not Need.RETRY and (unit.phase is not Phase.CHECKING or unit.where is None):
            self._connect(unit, at_s)
        elif self.seen(unit, at_s) or (at_s - unit.not_before_s > CHECK_LIMIT_S and not unit.place.by_hand):
            self._check(unit, at_s)
        if unit.place.by_hand and not unit.active and not unit.out_of_play and unit.phase is not Phase.CONNECTING:
            self.to_see.append(Job(Errand.CHARGE, unit))

    def _connect(self, unit: Unit, at_s: float) -> None:
        if unit.phase is not Phase.CONNECTING:
            unit.go("connect", "it is next at its position")
            unit.wait("its leads", None)
        if unit.where is not None and unit.place.attached:
            unit.place.gauge.forget()
            unit.not_before_s = at_s
            unit.go("check", "open-circuit voltage, polarity")
            limit_s = None if unit.place.by_hand else at_s + CHECK_LIMIT_S
            unit.wait("the meter's probes on it" if unit.place.by_hand else "its meter", limit_s)
        else:
            self.hands.ask(PromptKind.CONNECT, unit.place, unit)

    def _check(self, unit: Unit, at_s: float) -> None:
        objection = self.objection(unit, at_s)
        if objection is None and self.proof.trial is not None:
            unit.not_before_s = at_s
            return
        if objection is None:
            self.start(unit, at_s)
        else:
            unit.fail(Verdict.REJECTED if self.seen(unit, at_s) else Verdict.NOT_PROVEN, objection)

    def start(self, unit: Unit, at_s: float) -> None:
        """Charge it; its voltage is known and looks right."""
        open_v = unit.place.gauge.meter_v(at_s)
        assert open_v is not None
        self.proof.begin(at_s, unit.place)
        unit.start(at_s, open_v)

    def top_up(self, at_s: float) -> bool:
        """Whoever would be too old when the youngest is rested is charged again, so that one scan fits all."""
        if not self.resting or any(unit.out_of_play or self.stuck(unit) for unit in self.all):
            return False
        rules = self._procedure.rest
        scan_s = max(at_s, max(unit.rest_since_s for unit in self.resting) + rules.min_s)
        scan_s += self._procedure.match.scan_max_s if self.slow_scan else 0.0
        old = [unit for unit in self.resting if scan_s - unit.rest_since_s > rules.max_s]
        for unit in old:
            self._top_up(unit)
        return any(not unit.out_of_play for unit in old)

    def _top_up(self, unit: Unit) -> None:
        if unit.topped_up >= MAX_TOP_UPS:
            why = "it still did not rest within one window with the others."
            unit.fail(Verdict.NOT_PROVEN, f"{unit.serial}: topped up {unit.topped_up} times, {why}")
        elif unit.need is Need.NOTHING:
            unit.topped_up += 1
            unit.need = Need.CHARGE
            unit.wait("a top-up: it would have rested too long at the common scan", None)

    # ------------------------------------------------------------ wishes

    def answer(self, prompt: str, value: str, operator: str | None) -> str | None:
        """A prompt is answered; the sentence why that is not so, if it is not."""
        known = self.hands.find(prompt)
        if known is None:
            return f"No prompt {prompt} is open."
        if not is_done(value):
            return f"{prompt} is answered with done, when it is done."
        gone = self.hanging(known.place)
        if gone is not None and gone.rest is not None:
            gone.rest.leave()
        self.hands.answer(prompt, value, operator)
        return None
