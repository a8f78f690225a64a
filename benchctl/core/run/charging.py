"""One charge of one battery, from its checked open-circuit voltage to its output proven off, and how it ends.

Process rules live here (step limits: what ends a charge, and as what); safety limits live in `limits` and end in
`breached`. A charge that ends in any other way than by its taper is never full. A gentle charge and a hold earn
nothing by themselves: they lead to the full charge voltage, where the taper is still to be earned.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Protocol

from benchctl.core.mission import Mission, charge_current_a, cold_limit_a, taper_limit_a
from benchctl.core.model import Battery, Phase, Regulation, Verdict
from benchctl.core.procedure import BmsRules, Procedure
from benchctl.core.run.charge import ChargeJudge, Look, PulseJudge
from benchctl.core.run.limits import Breach
from benchctl.core.run.place import Place
from benchctl.core.run.tapering import Tapering

RECOVERED_V = 0.2
"""So far above the deep discharge a gentle start is over."""

JUDGED_SHARE = 0.15
"""From this share of the capacity on, beyond the gentle start, level counts: a good pack that arrives nearly empty is
low for a while (A3)."""

DEAD_V_PER_CELL = 3.2
"""Below so many volts for each cell under charge a cell is shorted, or it is no LiFePO4 battery of as many cells
(safety B5, B9: 12.8 V for four)."""


class Kind(Enum):
    """What a charge begins as."""

    FULL = auto()
    DEEP = auto()  # from deep discharge
    RETRY = auto()  # after the current stopped in a step
    HOLD = auto()  # to bring a low one in


@dataclass(frozen=True, slots=True)
class Course:
    """How a charge begins: volts, amperes, seconds at most, the trigger of its phase, and what it waits for."""

    voltage_v: float
    current_a: float
    limit_s: float
    trigger: str
    waits_for: str


class Charged(Protocol):
    """The battery, or the batteries joined in parallel, as the charge needs them."""

    serial: str
    place: Place

    @property
    def phase(self) -> Phase:
        """Where it stands."""

    @property
    def rated_ah(self) -> float:
        """Rated capacity in ampere-hours."""

    @property
    def since_full_ah(self) -> float:
        """Charge delivered since it was last full, or since the run began."""

    def count(self, at_s: float, current_a: float) -> None:
        """Count the charge."""

    def count_off(self) -> None:
        """Nothing flows any more."""

    def go(self, trigger: str, why: str) -> None:
        """Pull a trigger of the table."""

    def wait(self, what: str, until_s: float | None) -> None:
        """Say what it waits for."""

    def fill(self, look: Look, limit_a: float, held_s: float) -> None:
        """It is full."""

    def opened(self, look: Look) -> None:
        """Its current stopped in a step."""

    def fail(self, verdict: Verdict, text: str) -> None:
        """It will not be approved in this run."""

    def trip(self, text: str) -> None:
        """Latched."""


class Charging:
    """The tenant of a place. `set_a` is the current of the full charge, `taper_a` its taper limit; `share` is that of
    the smallest battery in the capacity: 1, unless several are charged as one."""

    def __init__(
        self, battery: Charged, procedure: Procedure, kind: Kind, set_a: float, taper_a: float, share: float = 1.0
    ) -> None:
        self._battery = battery
        self._procedure = procedure
        self._bms = shared_bms(procedure.bms, share)
        self._kind = kind
        self._set_a = set_a
        self._taper_a = taper_a
        self._judge: ChargeJudge | None = None
        self._pulse = PulseJudge(battery.rated_ah)
        self._tapering = Tapering(taper_a, battery.rated_ah)
        self._deadline_s = 0.0
        self._cv_deadline_s: float | None = None
        self._gentle_ah = 0.0
        self.ripe = False

    def begin(self, at_s: float, open_v: float, why: str) -> None:
        """Order the first set point, at the battery's own voltage."""
        course = self._course()
        self._deadline_s = at_s + course.limit_s
        self._battery.go(course.trigger, why)
        self._battery.wait(course.waits_for, self._deadline_s)
        self._battery.place.energise(self, open_v, course.voltage_v, course.current_a)

    def _course(self) -> Course:
        rules, full_v = self._procedure, self._procedure.charge.voltage_v
        match self._kind:
            case Kind.HOLD:
                hold, what = rules.balance, f"the balancing hold at {rules.balance.hold_voltage_v:.1f} V"
                return Course(hold.hold_voltage_v, self._amps(hold.hold_current_c_rate), hold.hold_max_s, "hold", what)
            case Kind.RETRY:
                bms, what = rules.bms, f"a gentle charge to {rules.bms.retry_voltage_v:.1f} V"
                current_a = self._amps(bms.retry_current_c_rate)
                return Course(bms.retry_voltage_v, current_a, bms.retry_max_s, "precharge", what)
            case Kind.DEEP:
                current_a, what = self._amps(rules.precharge.current_c_rate), f"{self._recovered_v:.1f} V, gently"
                return Course(full_v, current_a, self._gentle_limit_s(current_a), "precharge", what)
        return Course(full_v, self._set_a, self._full_limit_s, "charge", self._taper_text)

    def _amps(self, c_rate: float) -> float:
        return min(c_rate * self._battery.rated_ah, self._set_a)

    def _gentle_limit_s(self, current_a: float) -> float:
        """The same charge takes a smaller supply longer."""
        rules = self._procedure.precharge
        return rules.max_s * rules.current_c_rate * self._battery.rated_ah / current_a

    @property
    def _full_limit_s(self) -> float:
        charge = self._procedure.charge
        cc_s = min(charge.cc_time_factor * self._battery.rated_ah / self._set_a * 3600, charge.max_cc_s)
        return min(cc_s + charge.max_cv_s, charge.max_total_s)

    @property
    def _recovered_v(self) -> float:
        return self._procedure.precharge.below_v + RECOVERED_V

    @property
    def _taper_text(self) -> str:
        return f"the taper below {self._taper_a:.2f} A"

    # ------------------------------------------------------------ Tenant

    @property
    def rated_ah(self) -> float:
        """Rated capacity in ampere-hours."""
        return self._battery.rated_ah

    @property
    def taper_a(self) -> float:
        """Its taper limit in amperes."""
        return self._taper_a

    def powered(self) -> None:
        """The target is reached and read back: judge by what is seen from here on."""
        target = self._battery.place.output.target
        assert target is not None
        rules = self._procedure
        blind_a = rules.safety.off_current_a
        self._judge = ChargeJudge(self.rated_ah, target.voltage_v, self._taper_a, blind_a, rules.taper, self._bms)

    def missed(self) -> None:
        """What was not seen proves nothing."""
        if self._judge is not None:
            self._judge.missed()

    def counted(self, at_s: float, current_a: float) -> None:
        """Count the charge; beyond the limit the charge is not proven, whatever else it looks like."""
        self._battery.count(at_s, current_a)
        limit_ah = self._procedure.charge.max_amp_hours_factor * self.rated_ah
        if not self._battery.since_full_ah <= limit_ah:
            self._give_up(at_s, f"It took more than {limit_ah:.1f} Ah without becoming full.")

    def pulsed(self, look: Look) -> None:
        """Nothing is earned at the pulse; one that does not flow shows an opened BMS or an open lead."""
        if self._pulse.feed(look):
            self.break_off(look.at_s)
            self._battery.opened(look)

    def looked(self, look: Look) -> None:
        """Judge the charge by one more look."""
        assert self._judge is not None
        self._judge.feed(look)
        if self._judge.opened:
            self.break_off(look.at_s)
            self._battery.opened(look)
        elif self._battery.phase is Phase.HOLDING:
            self._follow_hold(look.at_s)
        elif self._battery.phase is Phase.PRECHARGING:
            self._follow_gently(look)
        else:
            self._follow_charge(look, self._judge)

    def off(self) -> None:
        """The output is proven off."""
        self._battery.count_off()

    def breached(self, breach: Breach) -> None:
        """A safety limit is not kept: the battery is latched."""
        self._battery.trip(f"{self._battery.serial}: {breach.text}")

    # ------------------------------------------------------------ rules

    def _follow_charge(self, look: Look, judge: ChargeJudge) -> None:
        if look.regulation is not Regulation.CV or self._cv_deadline_s is None:
            self._cv_deadline_s = look.at_s + self._procedure.charge.max_cv_s
        if self._battery.phase is Phase.CHARGING and look.regulation is Regulation.CV:
            self._battery.go("absorb", f"{self._procedure.charge.voltage_v:.2f} V reached at {look.current_a:.2f} A")
            self._battery.wait(self._taper_text, min(self._cv_deadline_s, self._deadline_s))
        self._ripen(look)
        if self._battery.phase is Phase.ABSORBING and judge.tapered:
            self.break_off(look.at_s)
            self._battery.fill(look, self._taper_a, judge.taper_held_s(look.at_s))
        elif not look.at_s <= min(self._deadline_s, self._cv_deadline_s):
            self._give_up(look.at_s, "Time ran out before the current tapered.")
        elif self._looks_dead(look):
            self._reject(look)
        else:
            self._follow_fall(look)

    def _follow_fall(self, look: Look) -> None:
        """Safety B14. Hold and gentle charge never come here (A8)."""
        if self._battery.phase is not Phase.ABSORBING or look.regulation is not Regulation.CV:
            self._tapering.forget()
            return
        stall = self._tapering.feed(look.at_s, look.current_a)
        if stall is not None:
            seen = f"{stall.now_a:.2f} A flow, {stall.before_a:.2f} A did half an hour ago"
            self._give_up(look.at_s, f"The current does not taper: {seen}.")

    def _ripen(self, look: Look) -> None:
        """The taper is there and only a meter that is held by hand is missing to prove it."""
        absorbing = self._battery.phase is Phase.ABSORBING and look.regulation is Regulation.CV
        if self.ripe or not absorbing or not look.current_a <= self._taper_a:
            return
        self.ripe = True
        if self._battery.place.by_hand and self._cv_deadline_s is not None:
            until_s = min(self._cv_deadline_s, self._deadline_s)
            self._battery.wait(f"the meter's probes on it, to prove {self._taper_text}", until_s)

    def _level_v(self, look: Look) -> float | None:
        """How high it stands: by the meter, or by the supply where a person holds the meter. Proves nothing."""
        return self._battery.place.level_v if look.battery_v is None else look.battery_v

    def _looks_dead(self, look: Look) -> bool:
        level_v, taken_ah = self._level_v(look), self._battery.since_full_ah - self._gentle_ah
        judged = taken_ah >= JUDGED_SHARE * self.rated_ah
        return judged and level_v is not None and not level_v >= DEAD_V_PER_CELL * self._procedure.cells

    def _reject(self, look: Look) -> None:
        self.break_off(look.at_s)
        level_v = self._level_v(look)
        assert level_v is not None
        seen = f"{self._battery.serial}: only {level_v:.2f} V after {self._battery.since_full_ah:.1f} Ah"
        what = f"a cell is shorted or dead, or it is no {self._procedure.cells}-cell LiFePO4 battery."
        self._battery.fail(Verdict.REJECTED, f"{seen}: {what}")

    def _follow_hold(self, at_s: float) -> None:
        if at_s >= self._deadline_s:
            self._raise_to_full(at_s, "the hold is over; the taper is still to be earned")

    def _follow_gently(self, look: Look) -> None:
        """A gentle start ends above the deep discharge; a retry at its voltage, when little flows or time is up."""
        late = look.at_s >= self._deadline_s
        if self._kind is Kind.RETRY:
            done = look.regulation is Regulation.CV and (late or look.current_a <= self._taper_a / 2)
        else:
            level_v = self._level_v(look)
            done = level_v is not None and level_v >= self._recovered_v
        if done:
            self._raise_to_full(look.at_s, "the gentle charge is done")
        elif late:
            self._give_up(look.at_s, "Time ran out in the gentle charge.")

    def _raise_to_full(self, at_s: float, why: str) -> None:
        self._gentle_ah = self._battery.since_full_ah
        self._deadline_s = at_s + self._full_limit_s
        self._battery.go("charge", why)
        self._battery.wait(self._taper_text, self._deadline_s)
        self._battery.place.retarget(self._procedure.charge.voltage_v, self._set_a)

    def _give_up(self, at_s: float, why: str) -> None:
        self.break_off(at_s)
        self._battery.fail(Verdict.NOT_PROVEN, f"{self._battery.serial}: {why} Its charge is not proven.")

    def break_off(self, at_s: float) -> None:
        """It ends here, and this alone earns nothing; the position tells it of no look any more."""
        self._battery.place.release(at_s)


def charge_of(mission: Mission, battery: Charged, batteries: Sequence[Battery], kind: Kind, at_s: float) -> Charging:
    """A charge of these batteries as one, at the planned current; less for what its probe finds cold."""
    place, rated_ah = battery.place, [each.amp_hours for each in batteries]
    set_a = charge_current_a(mission, batteries, place.name)
    if place.position.temperature is not None:
        celsius = place.gauge.probe_c(at_s)
        set_a = min(set_a, cold_limit_a(float("nan") if celsius is None else celsius, min(rated_ah)))
    taper_a = taper_limit_a(mission, batteries, set_a)
    return Charging(battery, mission.procedure, kind, set_a, taper_a, min(rated_ah) / sum(rated_ah))


def shared_bms(rules: BmsRules, share: float) -> BmsRules:
    """The rules by which a step in the current is seen when it is one battery's share of it that is gone."""
    return replace(rules, drop_share=1 - (1 - rules.drop_share) * share)
