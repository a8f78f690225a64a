"""Where the hand-held meters of a bench are wanted: what each battery needs them for, and in which order.

Before anything goes on, on every battery; at each charge, for the voltage to begin at and while the first current
shows that the leads are its own; at the taper, which only the meter proves; and in the common scan.
"""

from collections.abc import Iterator, Sequence

from benchctl.core.messages import MetersScanned
from benchctl.core.mission import Mission
from benchctl.core.model import Measurement
from benchctl.core.probes import Errand
from benchctl.core.run.floor import Floor
from benchctl.core.run.held import HeldMeter, Job, Taken
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.place import Place
from benchctl.core.run.steady import ProbesRules
from benchctl.core.run.unit import Need, Unit

INTRODUCED_S = 15.0
"""So long a charge is watched by the meter in its beginning: supply and meter are held against each other."""

ALONE_S = 60.0
"""A first current without the meter is broken off after this long: nothing shows yet where it flows."""


class Probing:
    """All hand-held meters of a bench; none, where every meter is wired."""

    def __init__(self, mission: Mission, floor: Floor, out: Outbox) -> None:
        self._floor = floor
        self._meters: dict[str, HeldMeter] = {}
        for place in floor.places.values():
            name, ability = place.position.hand_probed, mission.meters[place.name]
            if place.by_hand and name is not None and ability is not None:
                rules = mission.procedure
                match, apart_v = rules.match.readings, rules.safety.supply_meter_trip_v
                probes = ProbesRules(rules.start.asleep_below_v, ability.offset_v, apart_v, match)
                self._meters.setdefault(name, HeldMeter(name, probes, floor.hands, out))
        self._objections: dict[str, str | None] = {}
        self._introduced: set[str] = set()
        self._alone_s: dict[str, float] = {}

    @property
    def active(self) -> bool:
        """Probes are wanted somewhere: look every second."""
        return any(meter.job is not None for meter in self._meters.values())

    def holds(self, instrument: str) -> bool:
        """It is a meter that a person holds."""
        return instrument in self._meters

    def follow(self, at_s: float, scan: Sequence[Job], *, checking: bool) -> None:
        """Once a tick: who is introduced by now, and where the probes are wanted next."""
        self._introduce(at_s)
        jobs = [*self._charges(), *self._tapers(), *(self._checks() if checking else ()), *scan]
        for name, meter in self._meters.items():
            meter.follow(at_s, [job for job in jobs if job.unit.place.position.hand_probed == name])

    def withdraw(self) -> None:
        """The run is over: nothing is wanted any more."""
        for meter in self._meters.values():
            meter.follow(0.0, ())

    def confirm(self, place: Place) -> str | None:
        """A person says that the probes asked for at this position are on; the sentence why that is not so, if it is
        not."""
        name = place.position.hand_probed
        assert name is not None
        return self._meters[name].confirm()

    def metered(self, event: MetersScanned, at_s: float) -> list[Taken]:
        """Readings of a hand-held meter; the jobs that are done with them."""
        meter = self._meters[event.instrument]
        found = [self._metered(meter, name, reading, at_s) for name, reading in event.readings]
        return [one for one in found if one is not None]

    def _metered(self, meter: HeldMeter, name: str, reading: Measurement, at_s: float) -> Taken | None:
        return meter.metered(at_s, name, reading)

    # ------------------------------------------------------------ before anything goes on

    def looked_over(self, at_s: float, late: bool) -> bool:
        """Every battery on a hand-probed position was seen, or cannot be, its output being not proven off in time."""
        for unit in self._first:
            if self._floor.seen(unit, at_s) or (late and not _idle(unit)):
                self._objections[unit.serial] = self._floor.objection(unit, at_s)
        return all(unit.serial in self._objections for unit in self._first)

    @property
    def objections(self) -> tuple[str, ...]:
        """Why batteries may not be charged, as they were seen."""
        return tuple(text for text in self._objections.values() if text is not None)

    @property
    def _first(self) -> list[Unit]:
        return [unit for unit in self._floor.first if unit.place.by_hand]

    # ------------------------------------------------------------ jobs

    def _checks(self) -> Iterator[Job]:
        for unit in self._first:
            if unit.serial not in self._objections and _idle(unit):
                yield Job(Errand.CHECK, unit)

    def _charges(self) -> Iterator[Job]:
        """Those who charge already come first: their current flows."""
        starting = [unit for unit in self._by_hand if unit.active and unit.serial not in self._introduced]
        yield from (Job(Errand.CHARGE, unit) for unit in starting)
        yield from self._floor.to_see

    def _tapers(self) -> Iterator[Job]:
        """They wait while a group is apart: what its batteries show of its charge is gone within minutes."""
        if not any(job.errand is Errand.APART for job in self._floor.to_see):
            yield from (Job(Errand.TAPER, unit) for unit in self._by_hand if unit.awaits_probes)

    @property
    def _by_hand(self) -> list[Unit]:
        """Of a group that is joined, the first: the others stand at its voltage."""
        return [one for one in self._floor.all if one.place.by_hand and one.serial not in one.place.hangs[1:]]

    def _introduce(self, at_s: float) -> None:
        """Introduced: the first current has moved the meter, and supply and meter have agreed for a while."""
        for unit in self._by_hand:
            flowing, trial = unit.place.flowing(at_s), self._floor.proof.trial
            tried = trial is not None and trial.place == unit.place.name
            if not unit.active:
                self._introduced.discard(unit.serial)
            elif flowing is not None and flowing[1] >= INTRODUCED_S and not tried:
                self._introduced.add(unit.serial)
            self._mind_absence(unit, at_s)

    def _mind_absence(self, unit: Unit, at_s: float) -> None:
        waits = unit.active and unit.need is Need.NOTHING
        alone = waits and unit.serial not in self._introduced and unit.place.gauge.meter_v(at_s) is None
        if not alone:
            self._alone_s.pop(unit.serial, None)
        elif not at_s - self._alone_s.setdefault(unit.serial, at_s) <= ALONE_S:
            for serial in unit.place.hangs:
                why = "the probes were not held on it while its first current flowed"
                self._floor.units[serial].break_off(at_s, why)


def _idle(unit: Unit) -> bool:
    return unit.place.off_proven and not unit.place.energised and not unit.place.latched
