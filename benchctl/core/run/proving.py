"""Which meter belongs to which supply: proven by the first current into each position, one position at a time.

Current into a position must move its own meter, and nobody else's that is at rest (safety 3.5; W7, W8, W15). Until that
is proven for the battery that hangs there, no more than a pulse flows into it, and nobody else's current is switched
on. Where a person holds the meter, the first current is that of the charge: there is no time for a pulse before it.

The pulse shows the battery's resistance, too, which is held against that of the others (`resistance`; B7).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchctl.core.messages import Noted
from benchctl.core.model import MeterAbility
from benchctl.core.run.limits import FLOWING_C_RATE, GIVEN_SHARE, Breach
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.place import Place
from benchctl.core.run.resistance import Resistance, on_plateau, too_high

LEAST_V = 0.003
"""A step smaller than this says nothing, whatever the meter."""

OTHERS_SHARE = 0.2
"""Of the own step: what others may move by themselves."""

PULSE_S = 3.0
"""So long the current has flowed before it proves anything (safety 3.5)."""

PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Trial:
    """One position's first current: what the meters of all that are at rest read before it."""

    place: str
    serials: tuple[str, ...]
    before_v: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen of a trial: the meters now, the current, for how long it has flowed, what the own meter can do."""

    now_v: Mapping[str, float]
    current_a: float
    flowing_s: float
    rated_ah: float
    meter: MeterAbility


@dataclass(frozen=True, slots=True)
class Finding:
    """What a trial came to: the own meter has moved by so much, and no other; or a breach, and whose meters moved that
    should not have; neither: not yet."""

    moved_v: float | None = None
    breach: Breach | None = None
    others: tuple[str, ...] = ()


def judge(trial: Trial, sight: Sight) -> Finding:
    """Hold the meters of now against those of before."""
    moved_v = {name: volts - trial.before_v[name] for name, volts in sight.now_v.items() if name in trial.before_v}
    least_v = max(LEAST_V, 5 * sight.meter.offset_v)
    own_v = moved_v.get(trial.place)
    flows = sight.current_a >= FLOWING_C_RATE * sight.rated_ah and sight.flowing_s >= PULSE_S
    if own_v is None or not flows:
        return Finding()
    still_v = max(least_v, OTHERS_SHARE * own_v)
    # only a rise counts: whoever has just been charged falls
    risen_v = {name: volts for name, volts in moved_v.items() if name != trial.place and volts > 0.0}
    others = {name: volts for name, volts in risen_v.items() if not volts < still_v}
    if own_v >= least_v and not others:
        return Finding(moved_v=own_v)
    if sight.flowing_s < PATIENCE_S:
        return Finding()
    return Finding(breach=_wrong(trial, sight, own_v, others, least_v), others=tuple(others))


def _wrong(trial: Trial, sight: Sight, own_v: float, others: Mapping[str, float], least_v: float) -> Breach:
    text = f"{sight.current_a:.2f} A into {trial.place} moved its meter by {1000 * own_v:.0f} mV"
    if others:
        which = ", ".join(f"{name} by {1000 * volts:.0f} mV" for name, volts in others.items())
        text += f", and that of {which}: leads are crossed, or batteries are joined"
    return Breach("wrong_battery", own_v, least_v, text + ".")


class WiringProof:
    """Whose meter is proven to be whose, and who is on trial. `meters` by position; None: it proves nothing. `cells`
    of each battery."""

    def __init__(
        self, places: Mapping[str, Place], meters: Mapping[str, MeterAbility | None], cells: int, out: Outbox
    ) -> None:
        self._places, self._meters, self._cells, self._out = places, meters, cells, out
        self._proven: set[tuple[str, tuple[str, ...]]] = set()
        self._measured: dict[tuple[str, ...], Resistance] = {}
        self.trial: Trial | None = None

    def begin(self, at_s: float, place: Place) -> None:
        """A current is about to be switched on: put the position on trial, unless what hangs there has been there."""
        tried = (place.name, place.hangs) not in self._proven and self._meters[place.name] is not None
        place.on_trial = tried and not place.by_hand
        if tried:
            self.trial = Trial(place.name, place.hangs, self._metered(at_s, place))

    def awaits_meter(self, at_s: float) -> bool:
        """A current flows on trial, and every reading of the meter helps."""
        return self.trial is not None and self._places[self.trial.place].flowing(at_s) is not None

    def follow(self, at_s: float, rated_ah: float | None) -> list[tuple[Resistance, Breach]]:
        """Judge the trial by what is metered now. `rated_ah` None: its charge is over, and nothing was shown. Whoever
        is found to have far more resistance than the others: here or elsewhere by now, and not proven any more."""
        trial = self.trial
        assert trial is not None
        place, meter = self._places[trial.place], self._meters[trial.place]
        assert meter is not None
        if rated_ah is None:
            self.trial = None
        elif (flowing := place.flowing(at_s)) is not None:
            sight = Sight(self._metered(at_s, place), *flowing, rated_ah, meter)
            return self._conclude(at_s, place, trial, sight)
        return []

    def _conclude(self, at_s: float, place: Place, trial: Trial, sight: Sight) -> list[tuple[Resistance, Breach]]:
        finding = judge(trial, sight)
        if finding.breach is not None:
            self.trial = None
            for name in (trial.place, *finding.others):  # what is joined is not charged from its other end either
                self._places[name].give_up(at_s, finding.breach)
        if finding.moved_v is None:
            return []
        self.trial = None
        self._proven.add((trial.place, trial.serials))
        self._note(place, trial, sight, finding.moved_v)
        high = list(self._too_high())
        if all(one.serials != trial.serials for one, _ in high):
            place.acquit()
        return high

    def _note(self, place: Place, trial: Trial, sight: Sight, moved_v: float) -> None:
        """On record: the current, the step, and where it can be compared the resistance."""
        what = f"a pulse of {sight.current_a:.2f} A" if place.pulse_a is not None else f"{sight.current_a:.2f} A"
        text = f"{trial.place}: {what} moved its own meter by {1000 * moved_v:.0f} mV"
        held = place.pulse_a is not None and sight.current_a >= GIVEN_SHARE * place.pulse_a
        if held and on_plateau(trial.before_v[trial.place], self._cells):
            ohm = moved_v / sight.current_a
            self._measured[trial.serials] = Resistance(trial.place, trial.serials, sight.rated_ah, ohm)
            text += f", {1000 * ohm:.1f} milliohm"
        self._out.fact(Noted(f"{text}."))

    def _too_high(self) -> Iterator[tuple[Resistance, Breach]]:
        """What is wrong is compared no more, and has to be proven anew."""
        for one, breach in list(too_high(self._measured.values())):
            del self._measured[one.serials]
            self._proven.discard((one.place, one.serials))
            yield one, breach

    def _metered(self, at_s: float, tried: Place) -> dict[str, float]:
        """What the meters read where nothing is being charged, and at the position on trial."""
        seen = [one for one in self._places.values() if one is tried or not one.energised]
        return {one.name: volts for one in seen if (volts := one.gauge.meter_v(at_s)) is not None}
