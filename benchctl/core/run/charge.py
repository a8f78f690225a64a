"""Why a current fell: judged from the readings of one charge, newest last. Only judgement, no orders.

`ChargeJudge` is fed good readings only; what is missing is not fed, and what was not fed proves nothing.
A charge is full only through `taper_held_s`; a current that stopped in a step is `opened`, whatever follows.
"""

from collections import deque
from dataclasses import dataclass

from benchctl.core.model import Regulation
from benchctl.core.procedure import BmsRules, TaperRules
from benchctl.core.run.limits import FLOWING_C_RATE

NO_CURRENT_S = 60.0
"""A supply that holds its voltage for this long without a current to speak of feeds an open circuit."""

SETTLED_S = 60.0
"""After a step in voltage the fast part of a battery's polarisation has followed within this time."""

SMOOTH_S = 10.0
"""A taper is proven over readings at most this far apart; a longer silence starts the proof again."""

HALVED_C_RATE = 0.02
"""Below this rate a halved current is a supply's noise or a balancing resistor, not a step."""


@dataclass(frozen=True, slots=True)
class Look:
    """One good look at a charging battery: amperes, what the supply holds, and the battery's volts where they are
    known just now (None: they are not, and then nothing is proven by them)."""

    at_s: float
    battery_v: float | None
    current_a: float
    regulation: Regulation


class ChargeJudge:
    """Follows one uninterrupted charge of one battery. `blind_a` is what a supply may show where nothing flows."""

    def __init__(
        self, amp_hours: float, set_v: float, taper_a: float, blind_a: float, taper: TaperRules, bms: BmsRules
    ) -> None:
        self._c = amp_hours
        self._set_v = set_v
        self._taper_a = taper_a
        self._blind_a = blind_a
        self._taper = taper
        self._bms = bms
        self._recent: deque[Look] = deque()
        self._tapering_since_s: float | None = None
        self._cv_since_s: float | None = None
        self._first_s: float | None = None
        self._last_s: float | None = None
        self.opened = False
        self.peak_a = 0.0

    def feed(self, look: Look) -> None:
        """Take one look in."""
        self._recent.append(look)
        if look.regulation is not Regulation.CV:
            self._cv_since_s = None
        elif self._cv_since_s is None:
            self._cv_since_s = look.at_s
        while len(self._recent) > 2 and look.at_s - self._recent[0].at_s > self._bms.drop_window_s:
            self._recent.popleft()
        self._first_s = look.at_s if self._first_s is None else self._first_s
        self.peak_a = max(self.peak_a, look.current_a)
        self.opened = self.opened or self._fell_in_a_step(look) or self._never_flowed(look, self._first_s)
        self._follow_taper(look)
        self._last_s = look.at_s

    def _fell_in_a_step(self, now: Look) -> bool:
        """Gone within the window, or, once the voltage has been held for a while, halved (safety section 5).

        A nearly full battery sheds half its current within seconds of any step in voltage; none sheds all of it.
        The look before always counts, however long ago it was: a step in a silence is still a step.
        """
        before_a = max(look.current_a for look in self._recent)
        rules, c = self._bms, self._c
        nothing_a = max(rules.to_c_rate * c / 10, self._blind_a)
        gone = before_a > rules.from_c_rate * c and now.current_a < rules.to_c_rate * c
        vanished = before_a > min(rules.to_c_rate, FLOWING_C_RATE) * c and now.current_a < nothing_a
        halved = before_a > HALVED_C_RATE * c and now.current_a < rules.drop_share * before_a
        return now.regulation is not Regulation.CC and (gone or vanished or (halved and self._held(now.at_s)))

    def _held(self, at_s: float) -> bool:
        return self._cv_since_s is not None and at_s - self._cv_since_s > SETTLED_S

    def _never_flowed(self, now: Look, first_s: float) -> bool:
        lasting = now.at_s - first_s >= NO_CURRENT_S and now.regulation is Regulation.CV
        return lasting and self.peak_a < self._bms.to_c_rate * self._c

    def _follow_taper(self, look: Look) -> None:
        silent = self._last_s is not None and look.at_s - self._last_s > SMOOTH_S
        proven = (
            look.regulation is Regulation.CV
            and self._blind_a < look.current_a <= self._taper_a
            and look.battery_v is not None
            and look.battery_v >= self._set_v - self._taper.voltage_margin_v
            and self.flowed
            and not self.opened
        )
        if not proven:
            self._tapering_since_s = None
        elif self._tapering_since_s is None or silent:
            self._tapering_since_s = look.at_s

    def missed(self) -> None:
        """A look that did not come, or came without a number: the taper has to hold anew."""
        self._tapering_since_s = None

    @property
    def flowed(self) -> bool:
        """More than the taper current has flowed. An open circuit is at its charge voltage too, without any current."""
        return self.peak_a > self._taper_a

    def taper_held_s(self, at_s: float) -> float:
        """For how long the taper has been proven without a break, in seconds."""
        return 0.0 if self._tapering_since_s is None else at_s - self._tapering_since_s

    @property
    def tapered(self) -> bool:
        """The taper is proven for the whole of its hold time."""
        return self._last_s is not None and self.taper_held_s(self._last_s) >= self._taper.hold_s


class PulseJudge:
    """Follows the pulse before a charge: it earns nothing and no step counts, only that no current comes."""

    def __init__(self, amp_hours: float) -> None:
        self._least_a = FLOWING_C_RATE * amp_hours
        self._still_since_s: float | None = None

    def feed(self, look: Look) -> bool:
        """Take one look in. True: for a minute no current to speak of has flowed."""
        if look.current_a >= self._least_a:
            self._still_since_s = None
        elif self._still_since_s is None:
            self._still_since_s = look.at_s
        return self._still_since_s is not None and look.at_s - self._still_since_s >= NO_CURRENT_S


class AmpHours:
    """Charge delivered, by trapezoids over good readings; a gap is bridged with the larger of its two ends."""

    def __init__(self) -> None:
        self.amp_hours = 0.0
        self._last: tuple[float, float] | None = None

    def feed(self, at_s: float, current_a: float) -> None:
        """Take one current reading in."""
        if self._last is not None:
            before_s, before_a = self._last
            span_s = at_s - before_s
            mean_a = (before_a + current_a) / 2 if span_s <= SMOOTH_S else max(before_a, current_a)
            self.amp_hours += max(0.0, mean_a) * span_s / 3600
        self._last = (at_s, current_a)

    def interrupt(self) -> None:
        """The output is off: nothing is delivered until the next reading."""
        self._last = None
