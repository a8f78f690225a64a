"""Which meter belongs to which supply: proven by the first current into each position, one position at a time.

Current into a position must move its own meter, and nobody else's that is at rest (safety 3.5; W7, W8, W15). Until that
is proven for the battery that hangs there, nobody else's current is switched on.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from benchctl.core.messages import Noted
from benchctl.core.model import MeterAbility
from benchctl.core.run.limits import Breach
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.place import Place

LEAST_V = 0.003
"""A step smaller than this says nothing, whatever the meter."""

OTHERS_SHARE = 0.2
"""Of the own step: what others may move by themselves."""

FLOWING_C_RATE = 0.01
"""From this current on the own meter has to have moved."""

PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Trial:
    """One position's first current: what the meters of all that are at rest read before it."""

    place: str
    serial: str
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
    """What a trial came to: proven in these words, or a breach; neither: not yet."""

    proven: str | None = None
    breach: Breach | None = None


def judge(trial: Trial, sight: Sight) -> Finding:
    """Hold the meters of now against those of before."""
    moved_v = {name: volts - trial.before_v[name] for name, volts in sight.now_v.items() if name in trial.before_v}
    least_v = max(LEAST_V, 5 * sight.meter.offset_v)
    own_v = moved_v.get(trial.place)
    # only a rise counts: whoever has just been charged falls
    others = {name: volts for name, volts in moved_v.items() if name != trial.place and volts > 0.0}
    other, other_v = max(others.items(), key=lambda each: each[1], default=("", 0.0))
    if own_v is None or not sight.current_a >= FLOWING_C_RATE * sight.rated_ah:
        return Finding()
    if own_v >= least_v and other_v < max(least_v, OTHERS_SHARE * own_v):
        return Finding(proven=f"{trial.place}: {sight.current_a:.2f} A moved its own meter by {1000 * own_v:.0f} mV.")
    if sight.flowing_s < PATIENCE_S:
        return Finding()
    return Finding(breach=_wrong(trial, sight, own_v, other, other_v, least_v))


def _wrong(trial: Trial, sight: Sight, own_v: float, other: str, other_v: float, least_v: float) -> Breach:
    text = f"{sight.current_a:.2f} A into {trial.place} moved its meter by {1000 * own_v:.0f} mV"
    if other_v >= least_v:
        text += f", and that of {other} by {1000 * other_v:.0f} mV: leads are crossed, or batteries are joined"
    return Breach("wrong_battery", own_v, least_v, text + ".")


class WiringProof:
    """Whose meter is proven to be whose, and who is on trial. `meters` by position; None: no wired meter."""

    def __init__(self, places: Mapping[str, Place], meters: Mapping[str, MeterAbility | None], out: Outbox) -> None:
        self._places, self._meters, self._out = places, meters, out
        self._proven: set[tuple[str, str]] = set()
        self.trial: Trial | None = None

    def begin(self, at_s: float, place: Place, serial: str) -> None:
        """A current is about to be switched on: put the position on trial, unless this battery has been there."""
        if (place.name, serial) not in self._proven:
            self.trial = Trial(place.name, serial, self._metered(at_s, place))

    def awaits_meter(self, at_s: float) -> bool:
        """A current flows on trial, and every reading of the meter helps."""
        return self.trial is not None and self._places[self.trial.place].flowing(at_s) is not None

    def follow(self, at_s: float, rated_ah: float | None) -> None:
        """Judge the trial by what is metered now. `rated_ah` None: its charge is over, and nothing was shown."""
        trial = self.trial
        assert trial is not None
        place, meter = self._places[trial.place], self._meters[trial.place]
        if rated_ah is None or meter is None:
            self.trial = None
        elif (flowing := place.flowing(at_s)) is not None:
            self._conclude(at_s, trial, judge(trial, Sight(self._metered(at_s, place), *flowing, rated_ah, meter)))

    def _conclude(self, at_s: float, trial: Trial, finding: Finding) -> None:
        if finding.proven is not None:
            self._proven.add((trial.place, trial.serial))
            self._out.fact(Noted(finding.proven))
            self.trial = None
        elif finding.breach is not None:
            self.trial = None
            self._places[trial.place].give_up(at_s, finding.breach)

    def _metered(self, at_s: float, tried: Place) -> dict[str, float]:
        """What the meters read where nothing is being charged, and at the position on trial."""
        seen = [one for one in self._places.values() if one is tried or not one.energised]
        return {one.name: volts for one in seen if (volts := one.gauge.meter_v(at_s)) is not None}
