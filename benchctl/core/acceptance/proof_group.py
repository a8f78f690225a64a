"""Batteries that were charged joined in parallel, seen again: what each showed alone, before and after.

The taper of a group proves that the group was full. That a battery of it shared in that charge to its end is proven by
its own voltage, alone, within minutes of it: it falls from the charge voltage like the others. One that had left the
charge stands below another that was read later, and so had longer to fall.
"""

from collections.abc import Iterator

from benchctl.core.acceptance.proof_match import standard_uncertainty_v
from benchctl.core.acceptance.proof_moment import Moment
from benchctl.core.model import MeterAbility
from benchctl.core.procedure import MatchRules

WINDOW_S = 600.0
"""A reading alone later than this after the charge no longer tells who shared in it (simulated: 0.1 V after 15 min)."""

NOTICE_S = 15.0
"""The charge ended at its last look; its output was proven off so much later at most."""


class Joined:
    """One group as it was joined. Volts are what the meter read of a battery alone."""

    def __init__(self, at: Moment, serials: tuple[str, ...], entry_v: dict[str, float]) -> None:
        self.at = at
        self.serials = serials
        self.entry_v = entry_v
        self.apart: Moment | None = None
        self.after: list[tuple[str, Moment, float]] = []

    def read_alone(self, serial: str, at: Moment, voltage_v: float) -> None:
        """One of its batteries by itself, after they were taken apart."""
        if self.apart is not None and serial in self.serials:
            self.after.append((serial, at, voltage_v))

    def first_after(self, serial: str, end: Moment) -> tuple[Moment, float] | None:
        """Its first timely reading alone after the charge that ended then; None: there is none."""
        own = ((at, volts) for one, at, volts in self._timely(end) if one == serial)
        return next(own, None)

    def falls(self, end: Moment, at: Moment) -> bool:
        """It is apart, and a reading at this moment would tell who shared in the charge that ended then."""
        return self.apart is not None and _in_time(end, at)

    def _timely(self, end: Moment) -> Iterator[tuple[str, Moment, float]]:
        for serial, at, volts in self.after:
            if _in_time(end, at):
                yield serial, at, volts

    def objections(self, serial: str, end: Moment, rules: MatchRules, ability: MeterAbility | None) -> Iterator[str]:
        """Why the taper of the group does not count for this battery."""
        yield from self._entry(rules, ability)
        if self.apart is None:
            yield "it was never taken out of its group, so nothing is known of it alone"
            return
        own = self.first_after(serial, end)
        others = [one for one in self._timely(end) if own is not None and one[0] != serial and one[1].seq > own[0].seq]
        if own is None or not others:
            yield f"within {WINDOW_S / 60:.0f} min of its group's charge it, and another after it, were not read alone"
            return
        high, _, high_v = max(others, key=lambda one: one[2])
        if not high_v <= own[1] + rules.spread_v:
            stood = f"{own[1]:.3f} V, when {high}, read later, stood at {high_v:.3f} V"
            yield f"after its group's charge it stood at {stood}"

    def _entry(self, rules: MatchRules, ability: MeterAbility | None) -> Iterator[str]:
        unread = [serial for serial in self.serials if serial not in self.entry_v]
        if unread or ability is None:
            yield f"it was joined with {', '.join(unread)} unread: whether they stood within the limit is not known"
            return
        (low_v, low), (high_v, high) = min(ends := [(v, s) for s, v in self.entry_v.items()]), max(ends)
        squares = sum(standard_uncertainty_v([volts], ability) ** 2 for volts in (low_v, high_v))
        if not high_v - low_v + 2 * squares**0.5 <= rules.spread_v:
            yield f"it was joined where {low} stood at {low_v:.3f} V and {high} at {high_v:.3f} V"


def _in_time(end: Moment, at: Moment) -> bool:
    age_s = at.since_s(end)
    return age_s is not None and 0.0 <= age_s <= WINDOW_S + NOTICE_S
