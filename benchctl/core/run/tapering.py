"""Does the current fall while the voltage is held? A battery that fills takes less and less; a leak does not.

Only judgement, no orders. Means of a minute are compared, so that neither a supply's noise (0.01 C) nor its coarse
display (0.1 A) is taken for a course: sixty looks that are each wrong by a step of the display are wrong by far less.
"""

from collections import deque
from dataclasses import dataclass

FALL_SHARE = 0.10
FALL_S = 1800.0
"""Safety section 5, B14: in CV the current falls by a tenth in half an hour, or there is no taper."""

MEAN_S = 60.0

NEAR_C_RATE = 0.01
NEAR_A = 0.150
"""So near to its taper limit a current is not judged: balancing resistors make steps of this size (safety A3), and a
tail that creeps over the limit is still a taper. What hangs there for good is ended by the longest time in CV."""


@dataclass(frozen=True, slots=True)
class Stall:
    """Amperes, as means of a minute, half an hour apart: the current does not fall."""

    before_a: float
    now_a: float


class Tapering:
    """Follows one stretch of CV. `taper_a` is the current at which the charge is full."""

    def __init__(self, taper_a: float, amp_hours: float) -> None:
        self._judged_a = taper_a + max(NEAR_C_RATE * amp_hours, NEAR_A)
        self._minutes: deque[tuple[float, float]] = deque()
        self._minute: list[float] = []
        self._from_s = 0.0

    def forget(self) -> None:
        """The voltage is not held, or at another set point: what was seen says nothing about what comes."""
        self._minutes.clear()
        self._minute.clear()

    def feed(self, at_s: float, current_a: float) -> Stall | None:
        """Take one look in; with the last look of a minute it shows whether the current still falls."""
        self._from_s = self._from_s if self._minute else at_s
        self._minute.append(current_a)
        if not at_s - self._from_s >= MEAN_S:
            return None
        now_a = sum(self._minute) / len(self._minute)
        self._minutes.append((at_s, now_a))
        self._minute.clear()
        return self._judged(at_s, now_a)

    def _judged(self, at_s: float, now_a: float) -> Stall | None:
        """Against the youngest mean that is half an hour old; none is before CV has lasted so long."""
        while len(self._minutes) > 1 and at_s - self._minutes[1][0] >= FALL_S:
            self._minutes.popleft()
        then_s, before_a = self._minutes[0]
        if not at_s - then_s >= FALL_S or now_a <= self._judged_a or now_a <= (1 - FALL_SHARE) * before_a:
            return None
        return Stall(before_a, now_a)
