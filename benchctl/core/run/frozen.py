"""Do a supply's readings still follow what it gives? Safety row I16, amendment A3.

On the plateau of a battery the readings of a sound supply stand still for a minute, on coarse steps for many. So
readings that stand still are a suspicion and nothing more. Then the set point is lowered on purpose, by a little and
for a moment (a dither): readings that move are alive, and the set point is put back at once; readings that do not are
frozen. A dither never raises a set point above the target, and it leaves the protections as they are.
"""

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum, auto

from benchctl.core.messages import Noted
from benchctl.core.model import Regulation, Settings
from benchctl.core.run.limits import Breach
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.output import Output
from benchctl.core.run.pair import Seen

STILL_LOOKS = 30
"""So many looks in a row that are all alike are a suspicion (safety row I16: 30 samples, T 30 s)."""

DITHER_V = 0.020
"""In CV (safety A3). Twice the coarsest step of a dialect's voltage, and less than what counts as a sag."""

DITHER_SHARE = 0.05
"""In CC: of the set current. Less than what counts as over-current (1.1) or as given too little (0.9)."""

DITHER_LOOKS = 10
"""A reading that has not followed by then never will: a supply that averages its readings does so over a second."""

SETTLING_LOOKS = 3
"""Looks that do not count after the set point was put back: one in which it takes effect, one that may still show an
average with what was before, and one to be sure."""

AGAIN_S = 600.0
"""A supply that followed is not dithered again before: with coarse steps it stands still on the whole plateau, and a
dither of five seconds in ten minutes at 0.95 of the current costs less than a thousandth of the charge's time."""

CLEAR_OF_TAPER = 1.25
"""At the full voltage nothing is suspected at less than this many times the taper limit. The current falls by less than
a quarter in half a minute, so a dither never reaches into the five minutes that prove the taper, and the current that
has to have flowed before them is seen after it, too: a new set point begins the proof again."""


class _Stage(Enum):
    WATCHING = auto()
    LOWERING = auto()
    LOW = auto()
    RAISING = auto()
    SETTLING = auto()


class FreezeWatch:
    """Follows the readings of one supply at its target; orders the dither and its end by itself."""

    def __init__(self, name: str, output: Output, out: Outbox) -> None:
        self._name, self._output, self._out = name, output, out
        self._stage = _Stage.WATCHING
        self._still: tuple[float, float] | None = None
        self._looks = self._dither_looks = 0
        self._excused = False
        self._what = ""
        self._followed_s: float | None = None

    @property
    def dithering(self) -> bool:
        """The set point is not the target, or was not a moment ago, or is told again: looks say nothing of the charge's
        course."""
        return self._stage is not _Stage.WATCHING

    def forget(self) -> None:
        """Another set point was ordered, or off: a dither under way is none any more."""
        self._stage, self._still, self._looks = _Stage.WATCHING, None, 0

    def look(self, seen: Seen, regulation: Regulation, least_a: float) -> Iterator[Breach]:
        """A complete look at the supply while it holds its target, or what it was lowered to. Up to `least_a` amperes
        nothing is suspected: so little may not follow, or proves the taper just now."""
        if not self.dithering:
            self._suspect(seen, regulation, least_a)
            return
        self._dither_looks += 1
        if self._stage is _Stage.LOW:
            yield from self._judge(seen)
        elif self._dither_looks >= SETTLING_LOOKS:
            self.forget()

    def programmed(self) -> bool:
        """A set point is in the supply and read back. True: no new one, but the dither's or the target told again."""
        ours, self._dither_looks = self.dithering, 0
        self._stage = _Stage.LOW if self._stage is _Stage.LOWERING else _Stage.SETTLING if ours else _Stage.WATCHING
        return ours

    def excuses(self, breach: Breach) -> bool:
        """An order on the way up failed. True: it was the dither's, and the target is told once more: a wire that
        stumbles must not cost a charge that would have gone on without a dither. Not a second time; and a supply that
        does not take a setting is none that stumbles."""
        excused = self.dithering and breach.fault == "wire_failed" and not self._excused
        if excused:
            self._excused = True
            self._put_back()
        return excused

    def tell_again(self) -> None:
        """The target is told once more, for what is no set point: looks settle as they do after a dither, and one that
        is under way is over. A failure is not excused."""
        self._excused = True
        self._put_back()

    def _suspect(self, seen: Seen, regulation: Regulation, least_a: float) -> None:
        now = seen.voltage_v, seen.current_a
        self._looks = self._looks + 1 if now == self._still else 1
        self._still = now
        rested = self._followed_s is None or seen.at_s - self._followed_s >= AGAIN_S
        if self._looks >= STILL_LOOKS and rested and seen.current_a > least_a and regulation is not Regulation.OFF:
            self._lower(regulation)

    def _lower(self, regulation: Regulation) -> None:
        target = self._output.target
        assert target is not None
        low, self._what = lowered(target, regulation)
        self._stage, self._excused = _Stage.LOWERING, False
        self._output.lower(low)

    def _judge(self, seen: Seen) -> Iterator[Breach]:
        alike = self._looks + self._dither_looks
        if (seen.voltage_v, seen.current_a) != self._still:
            self._followed_s = seen.at_s
            self._out.fact(Noted(f"{self._name}: its supply's readings stood still, and followed {self._what}."))
            self._put_back()
        elif self._dither_looks >= DITHER_LOOKS:
            text = f"{seen.voltage_v:.3f} V and {seen.current_a:.3f} A in {alike} looks, in spite of {self._what}."
            yield Breach("frozen", float(alike), float(STILL_LOOKS + DITHER_LOOKS), text)

    def _put_back(self) -> None:
        self._stage = _Stage.RAISING
        self._output.climb()


def lowered(target: Settings, regulation: Regulation) -> tuple[Settings, str]:
    """A set point that shows in the readings and charges no more than the target does, and what it is in words."""
    if regulation is Regulation.CV:
        low = replace(target, voltage_v=target.voltage_v - DITHER_V)
        return low, f"a voltage setting that is {1000 * DITHER_V:.0f} mV lower"
    low = replace(target, current_a=(1 - DITHER_SHARE) * target.current_a)
    return low, f"a current setting that is {100 * DITHER_SHARE:.0f} % lower"
