"""Did a charge end as a full charge must? Judged again from the looks that were journalled, by its own arithmetic.

This is the independent witness of `acceptance`: it shares no code with what ran the charge. Rule (safety section 5,
A3): the supply in CV at the procedure's voltage, current above zero and at most min(0.05 C, half the set current),
the battery's own voltage at most the permitted margin below, all held for the procedure's time without a gap or a
step in the current, and more than the taper current must have flowed before.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from benchctl.core.model import Regulation
from benchctl.core.procedure import BmsRules, TaperRules

GAP_S = 10.0
"""Looks further apart than this prove nothing about the time between them."""

TURN_S = 0.5
"""A row may be written this much after its looks were judged, so a hold may look shorter by as much."""

PAIRING_V = 0.0005
"""A two-wire drop is credited with a current up to a second older or younger than the meter's reading."""

ENDING_S = 30.0
"""A proof stands if it was complete at most this long before the output was off: an off may need a second try."""

SETTING_V = 0.015
"""What a set point may read back below the voltage that was set: 0.1 %."""

STEP_FLOOR_C = 0.02
"""Below this rate (1/h) a halved current is a supply's own noise, not a step."""

SETTLED_S = 60.0
"""A nearly full battery sheds more than half its current within seconds of any rise in voltage, but never all of it:
a halved current is a step only when the voltage has been held for this long."""


@dataclass(frozen=True, slots=True)
class SupplyLook:
    """One complete look at a supply whose output is on. `row_s` is when it was journalled, `read_s` when the current
    was read; `battery_v` is the meter's voltage with the permitted lead drop (None: no fresh one)."""

    row_s: float
    read_s: float
    current_a: float
    regulation: Regulation
    battery_v: float | None


class Lack(Enum):
    """What a look lacks to be part of a taper."""

    STEP = auto()
    NOT_CV = auto()
    NO_CURRENT = auto()
    ABOVE_LIMIT = auto()
    NO_METER = auto()
    LOW_VOLTAGE = auto()
    NEVER_FLOWED = auto()


@dataclass(frozen=True, slots=True)
class TaperNumbers:
    """What the end of a charge came to: amperes, volts, seconds. None where no look says so."""

    set_v: float | None
    set_a: float | None
    limit_a: float | None
    peak_a: float | None
    current_a: float | None
    battery_v: float | None
    least_v: float
    held_s: float
    hold_s: float


class TaperFollower:
    """Follows one charge session, look by look; every new set point starts it again. The same one told once more (with
    a watchdog that was off) only breaks the hold: the current was looked at on both sides of it.

    `share` is that of the smallest battery in the capacity: where several hang side by side, one that leaves takes only
    its own share of the current along.
    """

    def __init__(self, taper: TaperRules, bms: BmsRules, rated_ah: float, voltage_v: float, share: float = 1.0) -> None:
        self._taper = taper
        self._bms = bms
        self._rated_ah = rated_ah
        self._left = 1.0 - share * (1.0 - bms.drop_share)
        self._voltage_v = voltage_v
        self._set: tuple[float, float] | None = None
        self._begin_again()

    def retarget(self, voltage_v: float, current_a: float) -> None:
        """Set points as told: volts read back, and the current the supply was set to."""
        if self._set == (voltage_v, current_a):
            self.broken_off()
            return
        self._set = (voltage_v, current_a)
        self._begin_again()

    def _begin_again(self) -> None:
        self._recent: deque[SupplyLook] = deque()
        self._first: SupplyLook | None = None
        self._last: SupplyLook | None = None
        self._cv_since_s: float | None = None
        self._held_s = 0.0
        self._proved_s: float | None = None
        self._lack: Lack | None = None
        self._step: tuple[float, float] | None = None
        self._longest_gap_s = 0.0
        self._peak_a: float | None = None

    @property
    def limit_a(self) -> float | None:
        """The current at or below which this charge counts as tapered; None before a set point was read back."""
        if self._set is None:
            return None
        return min(self._taper.current_c_rate * self._rated_ah, self._taper.max_share_of_set * self._set[1])

    @property
    def least_v(self) -> float:
        """The least battery voltage that counts, in volts."""
        return self._voltage_v - self._taper.voltage_margin_v

    def see(self, look: SupplyLook) -> None:
        """Take one look in, in order."""
        self._peak_a = look.current_a if self._peak_a is None else max(self._peak_a, look.current_a)
        self._follow_step(look)
        self._lack = self._lacking(look)
        self._hold(look)
        self._last = look

    def broken_off(self) -> None:
        """The output was seen off, or nothing is known for a while: what follows has to hold anew."""
        self._first, self._held_s, self._proved_s = None, 0.0, None

    def _follow_step(self, look: SupplyLook) -> None:
        """More than half gone within the window, or from a good current to none (safety section 5). The look before
        always counts: a step in a silence is one."""
        self._recent.append(look)
        while len(self._recent) > 2 and look.row_s - self._recent[0].row_s > self._bms.drop_window_s:
            self._recent.popleft()
        before_a, rated_ah, rules = max(one.current_a for one in self._recent), self._rated_ah, self._bms
        settled = self._cv_for_s(look) > SETTLED_S
        halved = settled and before_a > STEP_FLOOR_C * rated_ah and look.current_a < self._left * before_a
        gone = before_a > rules.from_c_rate * rated_ah and look.current_a < rules.to_c_rate * rated_ah
        vanished = before_a > rules.to_c_rate * rated_ah and look.current_a < rules.to_c_rate * rated_ah / 10
        if (halved or gone or vanished) and look.regulation is not Regulation.CC and self._step is None:
            self._step = (before_a, look.current_a)

    def _cv_for_s(self, look: SupplyLook) -> float:
        if look.regulation is not Regulation.CV:
            self._cv_since_s = None
        elif self._cv_since_s is None:
            self._cv_since_s = look.row_s
        return 0.0 if self._cv_since_s is None else look.row_s - self._cv_since_s

    def _lacking(self, look: SupplyLook) -> Lack | None:
        limit_a = self.limit_a or 0.0
        if self._step is not None:
            return Lack.STEP
        if look.regulation is not Regulation.CV:
            return Lack.NOT_CV
        if not look.current_a > 0.0:
            return Lack.NO_CURRENT
        if not look.current_a <= limit_a:
            return Lack.ABOVE_LIMIT
        if look.battery_v is None:
            return Lack.NO_METER
        if not look.battery_v >= self.least_v - PAIRING_V:
            return Lack.LOW_VOLTAGE
        return None if self._peak_a is not None and self._peak_a > limit_a else Lack.NEVER_FLOWED

    def _hold(self, look: SupplyLook) -> None:
        gap_s = 0.0 if self._last is None else look.row_s - self._last.row_s
        self._longest_gap_s = max(self._longest_gap_s, gap_s)
        if self._lack is not None:
            self._first, self._held_s = None, 0.0
        elif self._first is None or gap_s > GAP_S:
            self._first, self._held_s = look, 0.0
        else:
            self._held_s = max(look.row_s - self._first.row_s, look.read_s - self._first.read_s)
        if self._held_s >= self._taper.hold_s - TURN_S:
            self._proved_s = look.row_s

    # ------------------------------------------------------------ what came of it

    def numbers(self) -> TaperNumbers:
        """The numbers at the end."""
        last = self._last
        return TaperNumbers(
            set_v=None if self._set is None else self._set[0],
            set_a=None if self._set is None else self._set[1],
            limit_a=self.limit_a,
            peak_a=self._peak_a,
            current_a=None if last is None else last.current_a,
            battery_v=None if last is None else last.battery_v,
            least_v=self.least_v,
            held_s=self._held_s,
            hold_s=self._taper.hold_s,
        )

    def missing(self, end_s: float | None) -> str | None:
        """Why this charge is not proven complete; None: it is. `end_s` is when its output was proven off."""
        if self._set is None or self._last is None:
            return "no complete reading shows how its charge ended"
        if not self._set[0] >= self._voltage_v - SETTING_V:
            return f"its charge ended at {self._set[0]:.2f} V, not at {self._voltage_v:.2f} V"
        if self._lack is None and self._held_s >= self._taper.hold_s - TURN_S:
            return None
        if self._proved_s is not None and end_s is not None and 0 <= end_s - self._proved_s <= ENDING_S:
            return None
        return self._too_short() if self._lack is None else self._lacks(self._lack, self._last)

    def _too_short(self) -> str:
        gap = f"; readings were up to {self._longest_gap_s:.0f} s apart" if self._longest_gap_s > GAP_S else ""
        return f"its taper held for {self._held_s:.1f} s instead of {self._taper.hold_s:.0f} s{gap}"

    def _lacks(self, lack: Lack, last: SupplyLook) -> str:
        limit_a, peak_a = self.limit_a or 0.0, self._peak_a or 0.0
        before_a, after_a = self._step or (0.0, 0.0)
        volts = "" if last.battery_v is None else f"{last.battery_v:.3f} V"
        return {
            Lack.STEP: f"its current fell in a step from {before_a:.2f} A to {after_a:.2f} A: that is no taper",
            Lack.NOT_CV: f"its supply held {last.regulation.value} at the end, not CV",
            Lack.NO_CURRENT: f"its current was {last.current_a:.3f} A at the end: nothing flowed",
            Lack.ABOVE_LIMIT: f"its current was still {last.current_a:.3f} A, above the taper limit of {limit_a:.3f} A",
            Lack.NO_METER: "the meter gave no fresh reading of its voltage at the end of its charge",
            Lack.LOW_VOLTAGE: f"it stood at {volts} at the end of its charge, below {self.least_v:.3f} V",
            Lack.NEVER_FLOWED: f"never more than {peak_a:.2f} A flowed, so nothing tapered to {limit_a:.2f} A",
        }[lack]
