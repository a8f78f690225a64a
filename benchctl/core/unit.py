"""One battery on its way: charge, rest, and what its readings prove. Pulls the triggers of its phase table.

Process rules live here (step limits: what ends a charge, and as what); safety limits live in `limits` and end in
`breached`. A charge that ends in any other way than by its taper is never full.
"""

from dataclasses import dataclass
from enum import Enum, auto

from benchctl.core.charge import AmpHours, ChargeJudge, Look
from benchctl.core.limits import Breach
from benchctl.core.messages import Counted, PhaseEntered, TaperProven, Waiting
from benchctl.core.mission import Mission, charge_current_a, taper_limit_a
from benchctl.core.model import Battery, MeterAbility, Phase, Regulation, Verdict
from benchctl.core.phases import BatteryModel
from benchctl.core.place import Place
from benchctl.core.rest import RestJudge

COUNT_S = 60.0


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
        self._session_ah = 0.0
        self.set_a = charge_current_a(mission, battery, place.name)
        self.taper_a = taper_limit_a(mission, battery, self.set_a)
        self.need = Need.CHARGE
        self.round = 0
        self.not_before_s = 0.0
        self.rest: RestJudge | None = None
        self.failure: Failure | None = None
        self._judge: ChargeJudge | None = None
        self._opened_times = 0
        self._deadline_s = 0.0
        self._cv_deadline_s: float | None = None
        self._ended_by: str | None = None

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
        return self.place.name if self.place.hangs == self.serial else None

    def wait(self, what: str, until_s: float | None) -> None:
        """Say what it waits for."""
        self._out.fact(Waiting(self.serial, what, until_s))

    def fail(self, verdict: Verdict, text: str) -> None:
        """This battery will not be approved in this run."""
        self.failure = Failure(verdict, text)
        self.need = Need.NOTHING
        self.go("fail", text)
        self.wait("", None)

    @property
    def active(self) -> bool:
        """It has its position's output, or is on the way to or from it."""
        return self.place.tenant is self

    @property
    def out_of_play(self) -> bool:
        """Nothing more will happen to it without a person."""
        return self.phase in (Phase.TRIPPED, Phase.FAILED)

    @property
    def at_rest(self) -> bool:
        """Full, isolated, and its rest clock runs."""
        return self.rest is not None and self.phase in (Phase.RESTING, Phase.RESTED, Phase.VERIFIED, Phase.OUTLIER)

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

    # ------------------------------------------------------------ starting a charge

    def start(self, at_s: float, open_v: float) -> None:
        """The battery was checked on its position: begin what it needs."""
        self.rest = None
        self._ended_by = None
        self._cv_deadline_s = None
        self._session_ah = self.amp_hours
        need, self.need = self.need, Need.NOTHING
        if need is Need.HOLD:
            self._begin_hold(at_s, open_v)
        elif need is Need.RETRY:
            self._begin_gently(at_s, open_v, "retry after the current stopped", self._procedure.bms.retry_voltage_v)
        elif open_v < self._procedure.precharge.below_v:
            self._begin_gently(at_s, open_v, f"{open_v:.2f} V: deeply discharged", self._procedure.charge.voltage_v)
        else:
            self.go("charge", f"{open_v:.3f} V open circuit")
            self._begin(at_s, open_v, self._procedure.charge.voltage_v, self.set_a, self._charge_limit_s())
            self.wait(f"the taper below {self.taper_a:.2f} A", self._deadline_s)

    def _charge_limit_s(self) -> float:
        charge = self._procedure.charge
        full_s = charge.cc_time_factor * self.rated_ah / self.set_a * 3600
        return min(full_s, charge.max_cc_s) + charge.max_cv_s

    def _begin(self, at_s: float, open_v: float, voltage_v: float, current_a: float, limit_s: float) -> None:
        self._deadline_s = at_s + limit_s
        self._judged(voltage_v)
        self.place.energise(self, open_v, voltage_v, current_a)

    def _judged(self, voltage_v: float) -> None:
        self._judge = ChargeJudge(self.rated_ah, voltage_v, self.taper_a, self._procedure.taper, self._procedure.bms)

    def _begin_gently(self, at_s: float, open_v: float, why: str, voltage_v: float) -> None:
        retry = self.phase is Phase.WAITING
        limit_s = self._procedure.bms.retry_max_s if retry else self._procedure.precharge.max_s
        rate = self._procedure.bms.retry_current_c_rate if retry else self._procedure.precharge.current_c_rate
        self.go("precharge", why)
        self._begin(at_s, open_v, voltage_v, min(rate * self.rated_ah, self.set_a), limit_s)
        self.wait(f"a gentle charge to {voltage_v:.1f} V", self._deadline_s)

    def _begin_hold(self, at_s: float, open_v: float) -> None:
        rules = self._procedure.balance
        self.go("hold", "it rests too low")
        current_a = min(rules.hold_current_c_rate * self.rated_ah, self.set_a)
        self._begin(at_s, open_v, rules.hold_voltage_v, current_a, rules.hold_max_s)
        self.wait(f"the balancing hold at {rules.hold_voltage_v:.1f} V", self._deadline_s)

    # ------------------------------------------------------------ while the output is on (Tenant)

    def powered(self) -> None:
        """The target is reached and read back."""
        self._judged(self.place.target_v)

    def counted(self, at_s: float, current_a: float) -> None:
        """Count the charge; beyond the limit the charge is not proven, whatever else it looks like."""
        self._amp_hours.feed(at_s, current_a)
        if at_s - self._counted_s >= COUNT_S:
            self._counted_s = at_s
            self._out.fact(Counted(self.serial, round(self.amp_hours, 4)))
        limit_ah = self._procedure.charge.max_amp_hours_factor * self.rated_ah
        if not self.amp_hours - self._session_ah <= limit_ah:
            self._give_up(at_s, f"It took more than {limit_ah:.1f} Ah without becoming full.")

    def looked(self, look: Look) -> None:
        """Judge the charge by one more look."""
        if self._judge is None or self._ended_by is not None:
            return
        self._judge.feed(look)
        if self._judge.opened:
            self._opened(look)
        elif self.phase is Phase.HOLDING:
            self._follow_hold(look.at_s)
        elif self.phase is Phase.PRECHARGING:
            self._follow_gently(look)
        else:
            self._follow_charge(look)

    def _follow_charge(self, look: Look) -> None:
        assert self._judge is not None
        if self.phase is Phase.CHARGING and look.regulation is Regulation.CV:
            self._cv_deadline_s = look.at_s + self._procedure.charge.max_cv_s
            self.go("absorb", f"{self._procedure.charge.voltage_v:.2f} V reached at {look.current_a:.2f} A")
            self.wait(f"the taper below {self.taper_a:.2f} A", self._cv_deadline_s)
        if self.phase is Phase.ABSORBING and self._judge.tapered:
            self._fill(look)
        elif look.at_s > self._deadline_s or (self._cv_deadline_s is not None and look.at_s > self._cv_deadline_s):
            self._give_up(look.at_s, "Time ran out before the current tapered.")

    def _fill(self, look: Look) -> None:
        assert self._judge is not None
        self._ended_by = "taper"
        held_s = self._judge.taper_held_s(look.at_s)
        volts = look.battery_v if look.battery_v is not None else 0.0
        self._out.fact(
            TaperProven(
                self.serial, self.place.name, look.current_a, self.taper_a, volts, held_s, round(self.amp_hours, 4)
            )
        )
        self.go("fill", f"{look.current_a:.2f} A, at most {self.taper_a:.2f} A for {held_s:.0f} s")
        self.wait("its output to be off", None)
        self.place.release(look.at_s)

    def _follow_hold(self, at_s: float) -> None:
        if at_s >= self._deadline_s:
            self._raise_to_full(at_s, "the hold is over; the taper is still to be earned")

    def _follow_gently(self, look: Look) -> None:
        """A gentle charge ends well above the deep discharge, or (a retry) at its voltage or its time."""
        retried = self._opened_times > 0
        reached = look.regulation is Regulation.CV if retried else self._recovered(look)
        if reached and (not retried or look.current_a <= self.taper_a / 2 or look.at_s >= self._deadline_s):
            self._raise_to_full(look.at_s, "the gentle charge is done")
        elif look.at_s > self._deadline_s:
            self._give_up(look.at_s, "Time ran out in the gentle charge.")

    def _recovered(self, look: Look) -> bool:
        return look.battery_v is not None and look.battery_v >= self._procedure.precharge.below_v + 0.2

    def _raise_to_full(self, at_s: float, why: str) -> None:
        self._deadline_s = at_s + self._charge_limit_s()
        self.go("charge", why)
        self.wait(f"the taper below {self.taper_a:.2f} A", self._deadline_s)
        self.place.retarget(self._procedure.charge.voltage_v, self.set_a)

    # ------------------------------------------------------------ how a charge ends without being full

    def _opened(self, look: Look) -> None:
        """The current stopped in a step: an opened BMS or an open lead. Never full; a bounded number of tries."""
        self._ended_by = "opened"
        self._opened_times += 1
        rules = self._procedure.bms
        seen = f"the current stopped in a step at {look.current_a:.2f} A: its BMS opened, or a lead came off"
        self.place.release(look.at_s)
        if self._opened_times > rules.max_retries:
            self.fail(Verdict.REJECTED, f"{self.serial}: {seen} ({self._opened_times} times); it never tapered.")
            return
        self.need = Need.RETRY
        self.not_before_s = look.at_s + rules.retry_off_s
        self.go("pause", seen)
        self.wait(f"the BMS to close again (try {self._opened_times} of {rules.max_retries})", self.not_before_s)

    def _give_up(self, at_s: float, why: str) -> None:
        if self._ended_by is None:
            self._ended_by = "limit"
            self.place.release(at_s)
            self.fail(Verdict.NOT_PROVEN, f"{self.serial}: {why} Its charge is not proven.")

    def breached(self, breach: Breach) -> None:
        """A safety limit is not kept: the battery is latched."""
        self._ended_by = breach.fault
        self.trip(f"{self.serial}: {breach.text}")

    def trip(self, text: str) -> None:
        """Latched until a person resets it."""
        if self.out_of_play:
            return
        self.failure = Failure(Verdict.TRIPPED, text)
        self.need = Need.NOTHING
        self.go("trip", text)
        self.wait("a person: acknowledge, look, reset", None)

    def reset(self) -> None:
        """A person has lifted the latch: it starts again, with everything still to be earned."""
        self.failure = None
        self.rest = None
        self.need = Need.CHARGE
        self.go("reset", "reset by a person")
        self.wait("its turn", None)

    # ------------------------------------------------------------ after the output is off

    def off(self) -> None:
        """The output is proven off."""
        self._amp_hours.interrupt()
        self._out.fact(Counted(self.serial, round(self.amp_hours, 4)))

    def begin_rest(self, at_s: float) -> None:
        """Off and isolated: the rest clock starts."""
        rules = self._procedure.rest
        self.rest = RestJudge(rules, at_s)
        self.go("rest", "output off, isolated")
        self.wait("its rest", at_s + rules.min_s)

    def rested(self, at_s: float, voltage_v: float) -> None:
        """One resting voltage; a disturbed rest starts again."""
        if self.rest is None or not self.at_rest:
            return
        self.rest.feed(at_s, voltage_v)
        if self.rest.disturbed is not None:
            self._begin_rest_again(at_s, self.rest.disturbed)

    def _begin_rest_again(self, at_s: float, why: str) -> None:
        self.rest = RestJudge(self._procedure.rest, at_s)
        if self.phase is not Phase.RESTING:
            self.go("disturb", why)
        self.wait(f"its rest, begun again: {why}", at_s + self._procedure.rest.min_s)

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
