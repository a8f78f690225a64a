"""One battery on its way: what it needs next, how its charges ended, its rest. Pulls the triggers of its phase table.

What happens while its output is on is in `charging`. Nothing here forgets a failure but a person's reset.
"""

from dataclasses import dataclass
from enum import Enum, auto

from benchctl.core.messages import Counted, PhaseEntered, TaperProven, Waiting
from benchctl.core.mission import Mission
from benchctl.core.model import Battery, MeterAbility, Phase, Verdict
from benchctl.core.run.charge import AmpHours, Look
from benchctl.core.run.charging import Charging, Kind, charge_of
from benchctl.core.run.phases import BatteryModel
from benchctl.core.run.place import Place
from benchctl.core.run.rest import RestJudge

COUNT_S = 60.0
MAX_DISTURBANCES = 3
"""A rest that is disturbed more often than this is no rest, however often it is begun again."""


class Need(Enum):
    """What a battery needs from its position next."""

    NOTHING = auto()
    CHARGE = auto()
    HOLD = auto()
    RETRY = auto()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why this battery keeps the run from approval, and what the run's verdict is on its account."""

    verdict: Verdict
    text: str


class Unit:
    """One battery."""

    def __init__(self, mission: Mission, battery: Battery, place: Place) -> None:
        self.battery = battery
        self.serial = battery.serial
        self.place = place
        self._mission = mission
        self._procedure = mission.procedure
        self._out = place.out
        self._model = BatteryModel()
        self._amp_hours = AmpHours()
        self._counted_s = 0.0
        self._full_ah = 0.0
        self.need = self._begun = Need.CHARGE
        self.round = 0
        self.topped_up = 0
        self.not_before_s = 0.0
        self.rest: RestJudge | None = None
        self.failure: Failure | None = None
        self._charging: Charging | None = None
        self._opened_times = 0
        self._disturbances = 0

    # ------------------------------------------------------------ phases

    @property
    def phase(self) -> Phase:
        """Where the battery stands."""
        return self._model.state

    def go(self, trigger: str, why: str) -> None:
        """Pull a trigger of the table; the new phase is a fact."""
        self._model.trigger(trigger)
        self._out.fact(PhaseEntered(self.serial, self.where, self.phase, why, self.round))

    @property
    def where(self) -> str | None:
        """The position it hangs on; None: it lies beside the bench."""
        return self.place.name if self.serial in self.place.hangs else None

    def wait(self, what: str, until_s: float | None) -> None:
        """Say what it waits for."""
        self._out.fact(Waiting(self.serial, what, until_s))

    def fail(self, verdict: Verdict, text: str) -> None:
        """This battery will not be approved in this run."""
        self._lose("fail", verdict, text, "")

    def trip(self, text: str) -> None:
        """Latched until a person resets it."""
        self._lose("trip", Verdict.TRIPPED, text, "a person: acknowledge, look, reset")

    def _lose(self, trigger: str, verdict: Verdict, text: str, waits_for: str) -> None:
        """What comes first counts: a battery that is lost already is not lost again."""
        if self.out_of_play:
            return
        self.failure = Failure(verdict, text)
        self.need = Need.NOTHING
        self.rest = None
        self.go(trigger, text)
        self.wait(waits_for, None)

    def reset(self) -> None:
        """A person has lifted the latch: it starts again, with everything still to be earned."""
        self.failure = None
        self.need = Need.CHARGE
        self.go("reset", "reset by a person")
        self.wait("its turn", None)

    @property
    def active(self) -> bool:
        """It has its position's output, or is on the way to or from it."""
        return self._charging is not None and self.place.tenant is self._charging

    @property
    def out_of_play(self) -> bool:
        """Nothing more will happen to it without a person."""
        return self.phase in (Phase.TRIPPED, Phase.FAILED)

    @property
    def at_rest(self) -> bool:
        """Full, isolated, and its rest clock runs."""
        return self.rest is not None and self.phase in (Phase.RESTING, Phase.RESTED, Phase.VERIFIED, Phase.OUTLIER)

    # ------------------------------------------------------------ charging

    @property
    def meter_ability(self) -> MeterAbility | None:
        """What the meter at its position can do."""
        return self._mission.meters[self.place.name]

    @property
    def rated_ah(self) -> float:
        """Rated capacity in ampere-hours."""
        return self.battery.amp_hours

    @property
    def amp_hours(self) -> float:
        """Charge delivered in this run, in ampere-hours."""
        return self._amp_hours.amp_hours

    @property
    def since_full_ah(self) -> float:
        """Charge delivered since it was last full, or since the run began."""
        return self.amp_hours - self._full_ah

    def start(self, at_s: float, open_v: float) -> None:
        """The battery was checked on its position: begin what it needs."""
        self.rest = None
        need, self.need = self.need, Need.NOTHING
        self._begun = need
        kind, why = Kind.FULL, f"{open_v:.3f} V open circuit"
        if need is Need.HOLD:
            kind, why = Kind.HOLD, "it rests too low"
        elif need is Need.RETRY:
            kind, why = Kind.RETRY, "retry after the current stopped"
        elif open_v < self._procedure.precharge.below_v:
            kind, why = Kind.DEEP, f"{open_v:.2f} V: deeply discharged"
        self._charging = charge_of(self._mission, self, (self.battery,), kind, at_s)
        self._charging.begin(at_s, open_v, why)

    def join(self, charging: Charging) -> None:
        """The others of its group are charged with it, as one."""
        self.rest, self.need, self._charging = None, Need.NOTHING, charging
        self._begun = Need.NOTHING

    def count(self, at_s: float, current_a: float) -> None:
        """Count the charge."""
        self._amp_hours.feed(at_s, current_a)
        if at_s - self._counted_s >= COUNT_S:
            self._counted_s = at_s
            self._out.fact(Counted(self.serial, round(self.amp_hours, 4)))

    def count_off(self) -> None:
        """Nothing flows any more."""
        self._amp_hours.interrupt()
        self._out.fact(Counted(self.serial, round(self.amp_hours, 4)))

    def fill(self, look: Look, limit_a: float, held_s: float) -> None:
        """Its taper is proven; the look that ends it has a voltage, or it would not."""
        assert look.battery_v is not None
        self._full_ah = self.amp_hours
        self._out.fact(
            TaperProven(
                serial=self.serial,
                position=self.place.name,
                taper_a=look.current_a,
                limit_a=limit_a,
                voltage_v=look.battery_v,
                held_s=held_s,
                amp_hours=round(self.amp_hours, 4),
            )
        )
        self.go("fill", f"{look.current_a:.2f} A, at most {limit_a:.2f} A for {held_s:.0f} s")
        self.wait("its output to be off", None)

    def leave_group(self, why: str) -> None:
        """What was shown of its group shows nothing of itself: it has to earn its own taper, alone."""
        self.need = Need.CHARGE
        self.wait(f"a charge of its own: {why}", None)

    def opened(self, look: Look) -> None:
        """The current stopped in a step: an opened BMS or an open lead. Never full; a bounded number of tries."""
        self._opened_times += 1
        rules = self._procedure.bms
        seen = f"the current stopped in a step at {look.current_a:.2f} A: its BMS opened, or a lead came off"
        if self._opened_times > rules.max_retries:
            self.fail(Verdict.REJECTED, f"{self.serial}: {seen} ({self._opened_times} times); it never tapered.")
            return
        self.need = Need.RETRY
        self.not_before_s = look.at_s + rules.retry_off_s
        self.go("pause", seen)
        self.wait(f"the BMS to close again (try {self._opened_times} of {rules.max_retries})", self.not_before_s)

    def break_off(self, at_s: float, why: str) -> None:
        """Off, and begin again: something that a person has to do for this charge was not done."""
        assert self._charging is not None
        self._charging.break_off(at_s)
        self.need = self._begun
        self.go("pause", why)
        self.wait("its turn", None)

    @property
    def awaits_probes(self) -> bool:
        """Its taper is there, and only a meter that is held by hand is missing to prove it."""
        ripe = self._charging is not None and self._charging.ripe
        return ripe and self.active and self.phase is Phase.ABSORBING and self.place.by_hand

    # ------------------------------------------------------------ rest

    def begin_rest(self, at_s: float) -> None:
        """Off and isolated: the rest clock starts. Where the meter is held by hand, no curve is drawn of it."""
        rules = self._procedure.rest
        self.rest = RestJudge(rules, at_s)
        if self.place.by_hand or self.where is None:
            self.rest.leave()
        self.go("rest", "output off, isolated")
        self.wait("its rest", at_s + rules.min_s)

    def rested(self, at_s: float, voltage_v: float) -> None:
        """One resting voltage; a disturbed rest starts again, but not for ever."""
        if self.rest is None or not self.at_rest:
            return
        self.rest.feed(at_s, voltage_v)
        why = self.rest.disturbed
        if why is None:
            return
        self._disturbances += 1
        if self._disturbances > MAX_DISTURBANCES:
            times = f"{self._disturbances} times, at last: {why}"
            self.fail(Verdict.NOT_PROVEN, f"{self.serial}: its rest was disturbed {times}.")
        else:
            stepped = self.rest.stepped
            self._begin_rest_again(at_s, why)
            if stepped:
                self._earn_again(why)

    def _begin_rest_again(self, at_s: float, why: str) -> None:
        self.rest = RestJudge(self._procedure.rest, at_s)
        if self.phase is not Phase.RESTING:
            self.go("disturb", why)
        self.wait(f"its rest, begun again: {why}", at_s + self._procedure.rest.min_s)

    def _earn_again(self, why: str) -> None:
        """A step may be another battery, or another meter: what was proven of it before is proven no more."""
        self.need = Need.CHARGE
        self.wait(f"a charge to the taper, for its rest was disturbed: {why}", None)

    @property
    def rest_since_s(self) -> float:
        """When its rest began (boot seconds); it must be at rest."""
        assert self.rest is not None
        return self.rest.since_s

    def settle(self, at_s: float) -> None:
        """Old enough to be compared?"""
        rules = self._procedure.rest
        if self.phase is Phase.RESTING and self.rest is not None and self.rest.age_s(at_s) >= rules.min_s:
            self.go("settle", f"{rules.min_s / 3600:.1f} h of rest")
            self.wait("the others, then the common scan", self.rest.since_s + rules.max_s)
