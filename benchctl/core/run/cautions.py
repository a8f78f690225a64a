"""What is told of a position before it has to trip: warnings. Nothing is switched by them; they go by themselves.

Levels come from the procedure (`warn`) or stand here with their source. A warning is over when what it says has not
been so for a minute: an alarm that comes and goes every second is read by nobody.
"""

from collections.abc import Callable

from benchctl.core.procedure import SafetyRules
from benchctl.core.run.limits import Breach

CALM_S = 60.0

GROWN_SHARE = 1.3
"""A lead whose resistance has grown by 30 % since it was learned is getting worse (safety section 5)."""

WARM_C = 40.0
"""Safety section 5: warn 40 degrees Celsius."""

JUDGED_C_RATE = 0.05
"""Safety section 5: resistance is learned at 5 % of the rated current; below that the readings' own error shows."""


class Cautions:
    """Follows one position. `tell` is told of a warning, `calm` of its end by the fault's name."""

    def __init__(self, rules: SafetyRules, tell: Callable[[float, Breach], None], calm: Callable[[str], None]) -> None:
        self._rules = rules
        self._tell = tell
        self._calm = calm
        self._since: dict[tuple[str, str], float] = {}
        self._right_since: dict[tuple[str, str], float] = {}
        self._told: set[tuple[str, str]] = set()

    def volts(self, at_s: float, who: str, battery_v: float) -> None:
        """The battery's voltage as `who` sees it."""
        limit_v = self._rules.warn_v
        text = f"The {who} reads {battery_v:.3f} V at the battery; {limit_v:.2f} V are worth a warning."
        breach = Breach("high_voltage", battery_v, limit_v, text)
        self._follow(at_s, who, not battery_v <= limit_v, self._rules.warn_s, breach)

    def lead(self, at_s: float, resistance_ohm: float, learned_ohm: float, current_a: float, rated_ah: float) -> None:
        """Resistance of leads and contacts, while enough flows to tell."""
        if not current_a >= JUDGED_C_RATE * rated_ah:
            return
        rules = self._rules
        grown_v = (resistance_ohm - learned_ohm) * current_a
        grown = not resistance_ohm <= GROWN_SHARE * learned_ohm and not grown_v <= rules.supply_meter_warn_v
        limit_ohm = min(rules.lead_warn_ohm, GROWN_SHARE * learned_ohm) if grown else rules.lead_warn_ohm
        text = f"{1000 * resistance_ohm:.0f} milliohm; {1000 * learned_ohm:.0f} were learned."
        breach = Breach("lead_worse", resistance_ohm, limit_ohm, text)
        self._follow(at_s, "lead", grown or not resistance_ohm <= rules.lead_warn_ohm, rules.supply_meter_s, breach)

    def apart(self, at_s: float, supply_v: float, meter_v: float) -> None:
        """Supply (less the lead's drop) against meter."""
        rules, apart_v = self._rules, abs(supply_v - meter_v)
        text = f"The supply reads {supply_v:.3f} V at the battery, the meter {meter_v:.3f} V."
        breach = Breach("readings_apart", apart_v, rules.supply_meter_warn_v, text)
        self._follow(at_s, "meter", not apart_v <= rules.supply_meter_warn_v, rules.supply_meter_s, breach)

    def temperature(self, at_s: float, celsius: float) -> None:
        """The probe, in degrees Celsius."""
        limit_c = min(WARM_C, self._rules.max_temperature_c)
        breach = Breach("warm", celsius, limit_c, f"The probe reads {celsius:.1f} degrees Celsius.")
        self._follow(at_s, "probe", not celsius <= limit_c, 0.0, breach)

    def over(self) -> None:
        """The output is off: whatever was warned of under current is over, but for the warmth."""
        for key in [key for key in self._told if key[0] != "warm"]:
            self._end(key)
        self._since.clear()
        self._right_since.clear()

    def _follow(self, at_s: float, who: str, wrong: bool, delay_s: float, breach: Breach) -> None:
        key = breach.fault, who
        if not wrong:
            self._since.pop(key, None)
            if key in self._told and at_s - self._right_since.setdefault(key, at_s) >= CALM_S:
                self._end(key)
            return
        self._right_since.pop(key, None)
        if key not in self._told and at_s - self._since.setdefault(key, at_s) >= delay_s:
            self._told.add(key)
            self._tell(at_s, breach)

    def _end(self, key: tuple[str, str]) -> None:
        """Over for this one who sees it; over altogether when nobody else still does."""
        self._told.discard(key)
        if not any(fault == key[0] for fault, _ in self._told):
            self._calm(key[0])
