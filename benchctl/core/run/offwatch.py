"""What must not be while an output is off: that it is on, or that it only says that it is off.

The counterpart of `limits` for the time between charges; safety rows I3, I7 and I8. The same manner: what is seen is
fed in, breaches come out, and nothing here decides what happens next.
"""

from collections.abc import Iterator

from benchctl.core.model import Reading, SupplyAbility, SupplySample
from benchctl.core.procedure import SafetyRules
from benchctl.core.run.limits import Breach

HELD_UP_V = 0.050
"""A battery this near the last set voltage, or above it, has not been let go."""

LOOKS = 2
"""So many looks in a row must say so."""

DRIVEN_V = 0.100
"""A battery that was let go and rises by this much from one reading to the next is driven, or is another one."""

LET_GO_S = 600.0
FALLEN_V = 0.150
"""A battery that is let go falls this far within minutes, and never rises again."""


def idle_current_a(rules: SafetyRules, ability: SupplyAbility) -> float:
    """What a supply may show where nothing flows, in amperes: 0.1 % of its range, or what the procedure allows."""
    return max(rules.off_current_a, 0.001 * ability.max_current_a)


class OffWatch:
    """Follows one position from output off to the next output on. `set_v` is what it held until `off_s`; None: nothing
    that is known."""

    def __init__(self, rules: SafetyRules, ability: SupplyAbility, set_v: float | None, off_s: float) -> None:
        self._rules = rules
        self._off_s = off_s
        self._fallen = False
        self._held_up = 0
        self._least_a = idle_current_a(rules, ability)
        self._set_v = set_v
        self._lying = 0
        self._last_v: float | None = None

    def look(self, sample: SupplySample, meter_v: float | None) -> Iterator[Breach]:
        """A look at the supply, and what the meter shows just now (None: nothing)."""
        if sample.output_on is True:
            yield Breach("off_not_proven", None, None, "The output is on and should be off.")
        self._lying = self._lying + 1 if self._flows(sample, meter_v) else 0
        if self._lying >= LOOKS:
            text = "The supply says that its output is off, but a current flows and the battery is held up."
            yield Breach("off_not_proven", None, None, text)

    def _flows(self, sample: SupplySample, meter_v: float | None) -> bool:
        if self._set_v is None or meter_v is None or not isinstance(sample.current, Reading):
            return False
        return not sample.current.value <= self._least_a and not meter_v <= self._set_v - HELD_UP_V

    def volts(self, at_s: float, meter_v: float) -> Iterator[Breach]:
        """After an off nothing may hold the battery up or drive it higher: a welded relay, a supply that runs away."""
        if self._set_v is None:
            return
        limit_v = self._rules.trip_v
        if not meter_v <= limit_v:
            text = f"The meter reads {meter_v:.3f} V with the output off; the limit is {limit_v:.2f} V."
            yield Breach("over_voltage", meter_v, limit_v, text)
        last_v, self._last_v = self._last_v, meter_v
        if last_v is not None and not meter_v <= last_v + DRIVEN_V:
            text = f"The battery rose from {last_v:.3f} V to {meter_v:.3f} V with the output off."
            yield Breach("driven", meter_v, last_v + DRIVEN_V, text)
        self._fallen = self._fallen or meter_v <= self._set_v - FALLEN_V
        held_up = not meter_v <= self._set_v - HELD_UP_V and (self._fallen or at_s - self._off_s > LET_GO_S)
        self._held_up = self._held_up + 1 if held_up else 0
        if self._held_up >= LOOKS:
            text = f"The meter reads {meter_v:.3f} V with the output off: something holds the battery up."
            yield Breach("off_not_proven", meter_v, self._set_v - HELD_UP_V, text)
