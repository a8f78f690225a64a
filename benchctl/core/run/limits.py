"""Safety limits of an energised position. The plainest code in the house: each check reads like its row in the table.

Every check is written so that what is not provably inside is a breach (`not value <= limit`; a NaN never passes).
A breach means: output off, latch, and these words for the technician. Nothing here decides what happens next.
Thresholds come from the procedure; their sources stand in its file and in safety section 5.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from benchctl.core.model import Regulation
from benchctl.core.procedure import SafetyRules
from benchctl.core.run.pair import Pair
from benchctl.core.run.window import keep

FLOWING_C_RATE = 0.01
"""From this current on it is one to speak of: the voltage that is held is the battery's, its meter has to have moved,
and if it is gone at once it was cut off."""

REVERSE_A = -0.050
"""A current below this flows out of the battery; above it is a meter's zero (safety W14)."""

SHORT_V = 5.0
"""A current that is limited below this flows into no battery (safety W12)."""

GIVEN_SHARE = 0.9
"""A supply that says CC gives at least so much of what is set: its own error is far below a tenth."""

WARMING_K = 1.0
WARMING_S = 60.0

ABOVE_ROOM_K = 15.0
"""A charge at half the rated current warms a sound battery by a few kelvin (safety B13)."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One limit that is not provably kept: which, by what value against which limit, in the unit of the text."""

    fault: str
    value: float | None
    limit: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Armed:
    """What the position was armed with: set volts and amperes, rated ampere-hours. `full` False: below the charge
    voltage (soft start, hold, gentle charge), where a current that rises again means nothing (safety A8)."""

    set_v: float
    set_a: float
    amp_hours: float
    full: bool


class SafetyWatch:
    """Follows one energised position from output on to output off."""

    def __init__(self, rules: SafetyRules, armed: Armed, on_at_s: float) -> None:
        self._rules = rules
        self._armed = armed
        self._last_look_s = on_at_s
        self._since: dict[str, float] = {}
        self._count: dict[str, int] = {}
        self._cc: deque[tuple[float, float]] = deque()
        self._cv: deque[tuple[float, float]] = deque()
        self._warming: deque[tuple[float, float]] = deque()

    def rearm(self, armed: Armed) -> None:
        """The set point was changed on purpose: trends start again."""
        self.dither(armed)
        self._cc.clear()
        self._cv.clear()

    def dither(self, armed: Armed) -> None:
        """The set point was lowered for a moment, or is put back: trends wait, and go on from where they were."""
        self._armed = armed

    def look(
        self,
        at_s: float,
        supply_v: float,
        battery_v: float,
        current_a: float,
        regulation: Regulation,
        steady: bool = True,
    ) -> Iterator[Breach]:
        """Breaches of one complete look at the supply; `battery_v` is its voltage less the lead's drop. `steady` False:
        in a dither, where the course of the readings is the tool's own doing."""
        yield from self.silence(at_s)
        self._last_look_s = at_s
        yield from self.volts(at_s, "supply", battery_v)
        yield from self._current(current_a)
        yield from self._sag(at_s, supply_v, regulation)
        yield from self._short(supply_v, current_a, regulation)
        if steady:
            yield from self._falling(at_s, supply_v, current_a, regulation)
            yield from self._rising(at_s, current_a, regulation)
        yield from self._slack(at_s, current_a, regulation)
        yield from self._unheld(at_s, supply_v, current_a, regulation)

    def silence(self, at_s: float) -> Iterator[Breach]:
        """No complete look for too long."""
        silent_s = at_s - self._last_look_s
        if not silent_s <= self._rules.missing_s:
            yield Breach("silent", silent_s, self._rules.missing_s, f"No usable reading for {silent_s:.1f} s.")

    def volts(self, at_s: float, who: str, battery_v: float) -> Iterator[Breach]:
        """The battery's voltage as `who` sees it."""
        rules = self._rules
        inside = battery_v <= rules.trip_v
        lasting = self._lasts(f"over {who}", at_s, not inside) >= rules.trip_s
        if not battery_v <= rules.instant_v or (not inside and lasting):
            limit_v = rules.trip_v if battery_v <= rules.instant_v else rules.instant_v
            text = f"The {who} reads {battery_v:.3f} V at the battery; the limit is {limit_v:.2f} V."
            yield Breach("over_voltage", battery_v, limit_v, text)

    def _current(self, current_a: float) -> Iterator[Breach]:
        limit_a = self._rules.current_factor * self._armed.set_a + 0.010
        if self._counts("over current", not current_a <= limit_a) >= 2:
            text = f"{current_a:.3f} A flow; {self._armed.set_a:.3f} A were set."
            yield Breach("over_current", current_a, limit_a, text)
        if self._counts("reverse", not current_a >= REVERSE_A) >= 2:
            yield Breach("reverse_current", current_a, REVERSE_A, f"{current_a:.3f} A flow out of the battery.")

    def _sag(self, at_s: float, supply_v: float, regulation: Regulation) -> Iterator[Breach]:
        floor_v = self._armed.set_v - self._rules.sag_v
        low = regulation is Regulation.CV and not supply_v >= floor_v
        if self._lasts("sag", at_s, low) >= self._rules.sag_s:
            text = f"The supply holds {supply_v:.3f} V in CV; {self._armed.set_v:.3f} V were set."
            yield Breach("sag", supply_v, floor_v, text)

    def _short(self, supply_v: float, current_a: float, regulation: Regulation) -> Iterator[Breach]:
        if regulation is Regulation.CC and not supply_v >= SHORT_V:
            yield Breach("voltage_fell", supply_v, SHORT_V, f"{current_a:.2f} A flow at {supply_v:.2f} V: a short.")

    def _falling(self, at_s: float, supply_v: float, current_a: float, regulation: Regulation) -> Iterator[Breach]:
        if regulation is not Regulation.CC:
            # a battery that collapses leaves CV in the same moment; an open circuit says nothing of one
            self._cc.clear()
            if regulation is Regulation.CV and current_a >= FLOWING_C_RATE * self._armed.amp_hours:
                self._cc.append((at_s, supply_v))
            return
        keep(self._cc, at_s, supply_v, self._rules.cc_fall_s)
        fall_v = self._cc[0][1] - supply_v
        if not fall_v <= self._rules.cc_fall_v:
            text = f"The voltage fell by {1000 * fall_v:.0f} mV within {self._rules.cc_fall_s:.0f} s."
            yield Breach("voltage_fell", fall_v, self._rules.cc_fall_v, text)

    def _slack(self, at_s: float, current_a: float, regulation: Regulation) -> Iterator[Breach]:
        """CC, and yet less than is set: the flag is wrong, or the supply has come down by itself (I15, I37)."""
        floor_a = GIVEN_SHARE * self._armed.set_a
        low = regulation is Regulation.CC and not current_a >= floor_a
        if self._lasts("slack", at_s, low) >= self._rules.sag_s:
            text = f"The supply says CC and gives {current_a:.3f} A; {self._armed.set_a:.3f} A were set."
            yield Breach("not_regulated", current_a, floor_a, text)

    def _unheld(self, at_s: float, supply_v: float, current_a: float, regulation: Regulation) -> Iterator[Breach]:
        """Neither CC nor CV, and yet it charges (I15): whatever is judged in one of them would be judged in none.

        That is as true where the flag is worked out from the readings: these are then at neither of the set points.
        """
        least_a = FLOWING_C_RATE * self._armed.amp_hours
        flows = regulation is Regulation.OFF and not current_a < least_a
        if self._lasts("unheld", at_s, flows) >= self._rules.sag_s:
            text = f"The supply holds neither voltage nor current, and {current_a:.3f} A flow at {supply_v:.3f} V."
            yield Breach("not_regulated", current_a, least_a, text)

    def _rising(self, at_s: float, current_a: float, regulation: Regulation) -> Iterator[Breach]:
        """Safety A3: more than max(5 %, 0.01 C, 150 mA) above the least of the last ten minutes, for a minute."""
        if regulation is not Regulation.CV or not self._armed.full:
            self._cv.clear()
            return
        _keep_minima(self._cv, at_s, current_a, 600.0)
        least_a = self._cv[0][1]
        limit_a = least_a + max(0.05 * least_a, 0.01 * self._armed.amp_hours, 0.150)
        if self._lasts("rising", at_s, not current_a <= limit_a) >= 60.0:
            text = f"The current rose from {least_a:.3f} A to {current_a:.3f} A while the voltage was held."
            yield Breach("current_rose", current_a, limit_a, text)

    def lead(self, resistance_ohm: float, current_a: float) -> Iterator[Breach]:
        """Resistance of leads and contacts, and the heat in them; two pairs of readings in a row must be wrong."""
        heat_w = current_a**2 * resistance_ohm
        if (
            self._counts(
                "lead", not (resistance_ohm <= self._rules.lead_trip_ohm and heat_w <= self._rules.lead_trip_w)
            )
            < 2
        ):
            return
        if not resistance_ohm <= self._rules.lead_trip_ohm:
            text = f"Leads and contacts have {1000 * resistance_ohm:.0f} milliohm."
            yield Breach("lead_hot", resistance_ohm, self._rules.lead_trip_ohm, text)
        else:
            yield Breach("lead_hot", heat_w, self._rules.lead_trip_w, f"{heat_w:.1f} W heat leads and contacts.")

    def open_lead(self, pair: Pair) -> Iterator[Breach]:
        """Nothing flows to speak of (W2), so no lead takes anything, known or not: what the supply holds must have
        reached the battery. A battery that stands above it says nothing: a set point may have been lowered."""
        rules = self._rules
        supply_v = pair.nearest_v(0.0)
        apart_v = supply_v - pair.meter_v
        if not apart_v <= rules.supply_meter_instant_v:
            text = f"The supply holds {supply_v:.3f} V and the meter reads {pair.meter_v:.3f} V"
            text += f" while {pair.most_a:.3f} A flow: a power lead is open."
            yield Breach("back_check", apart_v, rules.supply_meter_instant_v, text)

    def back_check(self, at_s: float, supply_v: float, meter_v: float) -> Iterator[Breach]:
        """Supply (less the lead's drop) against meter."""
        rules = self._rules
        apart_v = abs(supply_v - meter_v)
        lasting = self._lasts("back check", at_s, not apart_v <= rules.supply_meter_trip_v) >= rules.supply_meter_s
        if not apart_v <= rules.supply_meter_instant_v or (not apart_v <= rules.supply_meter_trip_v and lasting):
            text = f"The supply reads {supply_v:.3f} V at the battery, the meter {meter_v:.3f} V."
            yield Breach("back_check", apart_v, rules.supply_meter_trip_v, text)

    def temperature(self, at_s: float, celsius: float, beside_c: float | None) -> Iterator[Breach]:
        """The probe, in degrees Celsius: inside the window, not far above its surroundings (None: nobody knows them),
        and not rising fast (B13: more than 1 K in a minute)."""
        rules = self._rules
        if not rules.min_temperature_c <= celsius <= rules.max_temperature_c:
            limit_c = rules.min_temperature_c if celsius < rules.min_temperature_c else rules.max_temperature_c
            yield Breach("temperature", celsius, limit_c, f"The probe reads {celsius:.1f} degrees Celsius.")
        if beside_c is not None and not celsius - beside_c <= ABOVE_ROOM_K:
            text = f"The battery has {celsius:.1f} degrees Celsius, its surroundings {beside_c:.1f}."
            yield Breach("warming", celsius - beside_c, ABOVE_ROOM_K, text)
        keep(self._warming, at_s, celsius, WARMING_S)
        rise_k = celsius - min(before for _, before in self._warming)
        if self._counts("warming", not rise_k <= WARMING_K) >= 2:
            text = f"The battery warmed by {rise_k:.1f} K within a minute."
            yield Breach("warming", rise_k, WARMING_K, text)

    def _lasts(self, what: str, at_s: float, wrong: bool) -> float:
        """For how long `what` has been wrong without a break; 0 while it is right."""
        if not wrong:
            self._since.pop(what, None)
            return 0.0
        return at_s - self._since.setdefault(what, at_s)

    def _counts(self, what: str, wrong: bool) -> int:
        """In how many looks in a row `what` has been wrong."""
        self._count[what] = self._count.get(what, 0) + 1 if wrong else 0
        return self._count[what]


def _keep_minima(points: deque[tuple[float, float]], at_s: float, value: float, window_s: float) -> None:
    """A monotonic queue: its first point is the least value of the window."""
    while points and points[-1][1] >= value:
        points.pop()
    keep(points, at_s, value, window_s)
