"""Supply and meter at one moment: a reading of the meter lies between two looks at the supply.

A full battery rises by 60 mV a second when its charge begins, so a look that is a second older than the meter's reading
differs from it by more than what is a fault. Nothing here decides what is one.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """What the supply said at a moment (seconds of the boot-time clock): its volts and amperes."""

    at_s: float
    voltage_v: float
    current_a: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A meter's reading, and the looks at the supply before and after it; the set point was the same in both."""

    before: Seen
    after: Seen
    metered_s: float
    meter_v: float

    def supply(self) -> Seen:
        """The supply at the moment of the meter's reading, on a straight line between the looks."""
        span_s = self.after.at_s - self.before.at_s
        share = 1.0 if span_s <= 0 else min(max((self.metered_s - self.before.at_s) / span_s, 0.0), 1.0)
        voltage_v = self.before.voltage_v + share * (self.after.voltage_v - self.before.voltage_v)
        current_a = self.before.current_a + share * (self.after.current_a - self.before.current_a)
        return Seen(self.metered_s, voltage_v, current_a)

    @property
    def most_a(self) -> float:
        """The larger current of the two looks."""
        return max(self.before.current_a, self.after.current_a)

    def nearest_v(self, drop_ohm: float) -> float:
        """The supply's voltage at the battery, in V, that comes nearest to the meter's between the two looks: whatever
        the battery did in between, it passed there."""
        one_v, other_v = (look.voltage_v - look.current_a * drop_ohm for look in (self.before, self.after))
        low_v, high_v = min(one_v, other_v), max(one_v, other_v)
        return self.meter_v if low_v <= self.meter_v <= high_v else low_v if self.meter_v < low_v else high_v
