"""Supply against meter at one position: each is held against the other, and both teach what the leads take.

Only judgement, no orders: breaches are for the position to act on, warnings go to its cautions.
"""

from collections.abc import Iterator

from benchctl.core.messages import LeadLearned
from benchctl.core.run.cautions import Cautions
from benchctl.core.run.gauge import Gauge
from benchctl.core.run.lead import Lead
from benchctl.core.run.limits import FLOWING_C_RATE, Breach, SafetyWatch
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.pair import Pair, Seen

LEARNING_C_RATE = 0.02
"""From this current on a pair of readings shows the resistance of leads and contacts."""


class Comparison:
    """Follows one position from one battery to the next; what is known of the leads is `lead`'s."""

    def __init__(self, place: str, lead: Lead, gauge: Gauge, cautions: Cautions, out: Outbox) -> None:
        self._place = place
        self._lead = lead
        self._gauge = gauge
        self._cautions = cautions
        self._out = out
        self._metered: tuple[float, float] | None = None

    def forget(self) -> None:
        """Another set point: what was metered before belongs to no look that comes."""
        self._metered = None

    def metered(self, at_s: float, meter_v: float) -> None:
        """A reading of the meter, after the last look at the supply; the next look completes the pair."""
        self._metered = at_s, meter_v

    def looked(
        self, before: Seen | None, after: Seen, watch: SafetyWatch, rated_ah: float, pulse: bool
    ) -> Iterator[Breach]:
        """Breaches of the pair that a look completes, if it does. `pulse`: it earns nothing, so no lead is learned from
        it, and no taper proven."""
        metered, self._metered = self._metered, None
        if before is None or metered is None:
            return
        pair = Pair(before, after, *metered)
        if not pair.most_a >= FLOWING_C_RATE * rated_ah:
            yield from watch.open_lead(pair)
        if not pulse:
            yield from self._compare(pair, watch, rated_ah)

    def _compare(self, pair: Pair, watch: SafetyWatch, rated_ah: float) -> Iterator[Breach]:
        at_s, supply = pair.after.at_s, pair.supply()
        self._gauge.credit(pair.metered_s, pair.meter_v + self._lead.credit_v(supply.current_a))
        if supply.current_a > LEARNING_C_RATE * rated_ah:
            yield from self._judge_lead(at_s, supply, pair.meter_v, watch, rated_ah)
        if self._lead.known:
            battery_v = pair.nearest_v(self._lead.drop_ohm)
            yield from watch.back_check(at_s, battery_v, pair.meter_v)
            self._cautions.apart(at_s, battery_v, pair.meter_v)

    def _judge_lead(
        self, at_s: float, supply: Seen, meter_v: float, watch: SafetyWatch, rated_ah: float
    ) -> Iterator[Breach]:
        resistance_ohm = self._lead.learn(supply.voltage_v - meter_v, supply.current_a)
        if self._lead.just_learned:
            self._out.fact(LeadLearned(self._place, self._lead.drop_ohm))
        if resistance_ohm is None:
            return
        yield from watch.lead(resistance_ohm, supply.current_a)
        if self._lead.known:
            self._cautions.lead(at_s, resistance_ohm, self._lead.drop_ohm, supply.current_a, rated_ah)
