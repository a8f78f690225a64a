"""How the batteries of one group come together and apart: read alone, joined, charged as one, taken apart, read again.

Batteries that stand apart would drive a current into each other that nothing limits: they are joined only within the
procedure's spread (issue: 0.1 V). After the charge each is read alone within minutes; who does not show that it shared
in the charge to its end is charged alone, and has to earn its own taper or is found out by that.
"""

from statistics import median

from benchctl.core.bank import Alone, RestedVoltage, matched, rested_voltage, spread_of, unshared
from benchctl.core.messages import Noted, PromptKind
from benchctl.core.mission import Mission
from benchctl.core.model import Phase, Verdict
from benchctl.core.probes import Errand
from benchctl.core.run.charging import Kind, charge_of
from benchctl.core.run.group import Group
from benchctl.core.run.hands import Hands
from benchctl.core.run.held import APART_FROM_POSITION, Job, Taken
from benchctl.core.run.inspection import CHECK_LIMIT_S, Inspection
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.proving import WiringProof
from benchctl.core.run.unit import Unit

SHOWN_S = 600.0
"""So long after a charge one that had left it stands more than 0.1 V below one that shared in it (four of 50 Ah at
10 A, simulated, one opened at 14.59 V: 0.15 V lower after ten minutes, 0.10 V after 15, 0.02 V after an hour)."""


class Joining:
    """One group at its position. `over`: each of its batteries is one of its own again. `to_see`: the batteries on
    which the probes of a hand-held meter are wanted."""

    def __init__(
        self,
        mission: Mission,
        name: str,
        line: list[Unit],
        hands: Hands,
        proof: WiringProof,
        out: Outbox,
        to_see: list[Job],
    ) -> None:
        self._mission = mission
        self._match = mission.procedure.match
        self._name = name
        self._line = line
        self._place = line[0].place
        self._hands = hands
        self._proof = proof
        self._out = out
        self._to_see = to_see
        self._held_v: float | None = None
        self._inspection = Inspection(mission.procedure)
        self._entry: dict[str, RestedVoltage] = {}
        self._group: Group | None = None
        self._unread: list[Unit] = []
        self._after: list[Alone] = []
        self._seen_from: tuple[str, float] | None = None
        self._over = False

    @property
    def over(self) -> bool:
        """Nothing more is done with them as a group."""
        return self._over or all(unit.out_of_play for unit in self._line)

    def advance(self, at_s: float) -> None:
        """The next step; the position is free, and nobody is being waited for."""
        if self._place.joined:
            self._as_one(at_s)
        elif self._group is None:
            self._gather(at_s)
        else:
            self._read_again(at_s, self._group)

    def held(self, taken: Taken) -> None:
        """A hand-held meter has read one of them alone."""
        if taken.job.errand in APART_FROM_POSITION:
            self._held_v = median(one.value for one in taken.readings)

    # ------------------------------------------------------------ before

    def _gather(self, at_s: float) -> None:
        living = [unit for unit in self._line if not unit.out_of_play]
        unread = [unit for unit in living if unit.serial not in self._entry]
        if unread:
            self._read(unread[0], at_s)
        elif len(living) < 2:
            self._over = True
        else:
            self._join(living)

    def _read(self, unit: Unit, at_s: float) -> None:
        if unit.phase is Phase.WAITING:
            unit.go("connect", f"group {self._name} is gathered")
            unit.wait("its voltage alone, before its group is joined", None)
        if not self._met(unit, Errand.ENTRY, at_s):
            return
        objection, verdict = self._alone_objection(unit, at_s), self._verdict(at_s)
        open_v = self._take_alone_v(at_s)
        if objection is not None or open_v is None:
            unit.fail(verdict, objection or f"{unit.serial} was not read.")
            return
        ability, meter = self._mission.meters[self._place.name], self._place.position.measured_by
        assert ability is not None
        assert meter is not None
        self._entry[unit.serial] = rested_voltage(unit.serial, (open_v,), ability, meter.instrument)
        unit.wait("the others of its group", None)
        if self._place.by_hand:
            self._gather(at_s)

    def _join(self, living: list[Unit]) -> None:
        """The entry window: spread and uncertainty together within the limit."""
        found = [self._entry[unit.serial] for unit in living]
        spread, limit_v = spread_of(found), self._match.spread_v
        stand = ", ".join(f"{one.serial} {one.voltage_v:.3f} V" for one in found)
        apart = f"{spread.spread_v:.3f} V apart (uncertainty {spread.uncertainty_v:.3f} V, limit {limit_v:.3f} V)"
        if matched(spread, self._match):
            self._out.fact(Noted(f"Group {self._name}: {stand}; {apart}. They may be joined."))
            self._hands.ask(PromptKind.JOIN, self._place, *living)
            return
        text = f"Group {self._name} is not joined: {stand}, {apart}. Charge them one by one: leave out their group."
        for unit in living:
            unit.fail(Verdict.NOT_PROVEN, text)

    # ------------------------------------------------------------ as one

    def _as_one(self, at_s: float) -> None:
        living = [unit for unit in self._line if unit.where is not None and not unit.out_of_play]
        if self._group is not None and self._group.broken is not None:
            self._hands.ask(PromptKind.SEPARATE, self._place, *self._group.members)
            return
        for unit in living:
            self._bring_up(unit)
        group = Group(self._name, tuple(living), self._out)
        if self._place.by_hand:
            self._to_see.append(Job(Errand.CHARGE, living[0]))
        if not self._ready(group.serial, at_s):
            return
        objection = self._joint_objection(group, at_s)
        if objection is not None:
            group.fail(self._verdict(at_s), objection)
        elif self._proof.trial is None:
            self._charge(group, at_s)

    def _bring_up(self, unit: Unit) -> None:
        if unit.phase is Phase.WAITING:
            unit.go("connect", f"group {self._name} is joined")
        if unit.phase is Phase.CONNECTING:
            unit.go("check", "joined in parallel: voltage, polarity")
            unit.wait("its meter", None)

    def _joint_objection(self, group: Group, at_s: float) -> str | None:
        charged = self._group is not None
        objection = self._objection(group.serial, at_s, just_charged=charged)
        joint_v = self._place.gauge.meter_v(at_s)
        if objection is not None or joint_v is None or charged:
            return objection
        alone = [self._entry[unit.serial].voltage_v for unit in group.members]
        low_v, high_v = min(alone) - self._match.spread_v, max(alone) + self._match.spread_v
        if low_v <= joint_v <= high_v:
            return None
        window = f"alone its batteries stood at {min(alone):.3f} to {max(alone):.3f} V"
        return f"{self._place.name} reads {joint_v:.3f} V from {group.serial}, but {window}: look at the links."

    def _charge(self, group: Group, at_s: float) -> None:
        open_v = self._place.gauge.meter_v(at_s)
        assert open_v is not None
        deep = open_v < self._mission.procedure.precharge.below_v
        charging = charge_of(self._mission, group, group.batteries, Kind.DEEP if deep else Kind.FULL, at_s)
        for unit in group.members:
            unit.join(charging)
        self._group, self._after = group, []
        self._unread = [*group.members, group.members[0]]
        self._proof.begin(at_s, self._place)
        charging.begin(at_s, open_v, f"{open_v:.3f} V joined in parallel")

    # ------------------------------------------------------------ after

    def _read_again(self, at_s: float, group: Group) -> None:
        """Each alone, and the first once more at the end, so that everyone has another that was read later."""
        if group.broken is not None:
            self._over = True
        elif not self._unread or self._late(group, at_s):
            self._judge(group)
        elif self._met(self._unread[0], Errand.APART, at_s):
            unit, volts = self._unread.pop(0), self._take_alone_v(at_s)
            if volts is not None:
                self._after.append(Alone(unit.serial, volts, at_s))
            if self._place.by_hand:
                self._read_again(at_s, group)

    def _late(self, group: Group, at_s: float) -> bool:
        """A reading alone shows nothing of the charge any more: whom it was not shown of has to earn its own taper."""
        assert group.full_s is not None
        return not at_s <= group.full_s + SHOWN_S

    def _judge(self, group: Group) -> None:
        assert group.full_s is not None
        self._over = True
        serials = [unit.serial for unit in group.members]
        found = unshared(serials, self._after, group.full_s + SHOWN_S, self._match.spread_v)
        for unit in group.members:
            why = found.get(unit.serial)
            if why is not None and not unit.out_of_play:
                self._out.fact(Noted(f"{unit.serial} has not shown that it shared in its group's charge: {why}."))
                unit.leave_group(why)

    # ------------------------------------------------------------ readings

    def _met(self, unit: Unit, errand: Errand, at_s: float) -> bool:
        """It has been read alone, or could not be. Until then, ask for the probes of the meter, or for its leads."""
        if self._place.by_hand:
            if self._held_v is None:
                self._to_see.append(Job(errand, unit))
            return self._held_v is not None
        if unit.where is None:
            self._hands.ask(PromptKind.PROBE, self._place, unit)
            return False
        return self._ready(unit.serial, at_s)

    def _ready(self, who: str, at_s: float) -> bool:
        if self._seen_from is None or self._seen_from[0] != who:
            self._seen_from = who, at_s
        late = at_s - self._seen_from[1] > CHECK_LIMIT_S and not self._place.by_hand
        return self._seen(at_s) or late

    def _take_alone_v(self, at_s: float) -> float | None:
        held_v, self._held_v = self._held_v, None
        return held_v if self._place.by_hand else self._place.gauge.meter_v(at_s)

    def _alone_objection(self, unit: Unit, at_s: float) -> str | None:
        """Why a battery that was read alone is not joined; None: it may be."""
        charged = unit.amp_hours > 0
        if self._held_v is None:
            return self._objection(unit.serial, at_s, just_charged=charged)
        return self._inspection.voltage_objection(unit.serial, self._place, self._held_v, at_s, just_charged=charged)

    def _seen(self, at_s: float) -> bool:
        return self._inspection.seen(self._place, at_s)

    def _objection(self, who: str, at_s: float, *, just_charged: bool) -> str | None:
        return self._inspection.objection(who, self._place, at_s, just_charged=just_charged)

    def _verdict(self, at_s: float) -> Verdict:
        """Of what was seen and is not right; what was not seen is only not proven."""
        return Verdict.REJECTED if self._held_v is not None or self._seen(at_s) else Verdict.NOT_PROVEN
