"""A hand-held meter, seen again from the journal: on which battery its probes were, and what they read there steadily.

A reading on a hand-probed position says nothing by itself: the probes may lie anywhere. It belongs to the battery that
a prompt names only if the probes were seen off after the prompt was asked (or a person said that they are on), if it is
no reversed one, and if nothing was heard meanwhile of their leaving. What the run says of it is not believed.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, sqrt
from statistics import median

from benchctl.core.acceptance.proof_match import Drift, Taken, standard_error_v
from benchctl.core.acceptance.proof_moment import Moment
from benchctl.core.model import Measurement, MeterAbility, Position, Reading
from benchctl.core.procedure import Procedure

STEADY_S = 4.99
STEADY_V = 0.003
"""Steady: five seconds within 3 mV, or within the meter's own error."""

FALLING_V = 0.05
"""The same of a battery that comes from a charge: it falls for minutes, and is held against 0.1 V."""

OFF_LOOKS = 2
SILENCE_S = 5.0
"""After a longer silence nobody knows where the probes were."""

DRIFT_V = 0.002
"""Safety section 5: the first battery read again at the end, at most 2 mV beside its first reading."""


@dataclass(frozen=True, slots=True)
class Steady:
    """A battery read by hand: the readings that count."""

    instrument: str
    position: str
    serial: str
    taken: tuple[Taken, ...]


@dataclass(slots=True)
class _Asked:
    """An open prompt for the probes."""

    prompt: str
    position: str
    serial: str
    seen_off: bool
    confirmed: bool = False
    reversed: bool = False
    off_looks: int = 0
    run: deque[Taken] = field(default_factory=deque)


class HeldProbes:
    """The probes of one meter, row by row."""

    def __init__(self, instrument: str, ability: MeterAbility, procedure: Procedure) -> None:
        self._instrument = instrument
        self._offset_v = ability.offset_v
        self._open_v = procedure.start.asleep_below_v
        self._wanted = procedure.match.readings
        self._asked: _Asked | None = None
        self._held: tuple[str, str] | None = None
        self._stayed: tuple[str, float] | None = None
        self._last_s: float | None = None

    def asked(self, prompt: str, position: str, serial: str, at: Moment) -> None:
        """The probes are asked for: until they are read, nothing belongs to anybody."""
        self._held = None
        stayed = self._stayed is not None and self._stayed[0] == serial and at.boot_s - self._stayed[1] <= SILENCE_S
        self._asked = _Asked(prompt, position, serial, stayed)
        self._last_s = None

    def answered(self, prompt: str) -> None:
        """A person says that they are on; while they show a reversed voltage that is not so."""
        asked = self._asked
        if asked is not None and asked.prompt == prompt and not asked.reversed and not asked.confirmed:
            asked.confirmed, asked.off_looks = True, 0

    def lifted(self) -> None:
        """The run says that they are off."""
        self._held = None

    def read(self, position: str, measured: Measurement, at: Moment) -> str | None:
        """One reading; the serial of the battery on which the probes are known to be held, if they are."""
        if self._asked is not None:
            if position == self._asked.position:
                self._look(self._asked, measured, at)
            return None
        if self._held is None or position != self._held[1]:
            return None
        return self._hold(self._held[0], measured)

    def closed(self, prompt: str, *, by_itself: bool, falling: bool) -> Steady | None:
        """The prompt needs no answer any more; the readings it was closed for, if the rows show them. `falling`: of a
        battery right after its group's charge."""
        asked, self._asked = self._asked, None
        if asked is None or asked.prompt != prompt or not by_itself:
            return None
        tail = self._steady(asked, max(FALLING_V if falling else STEADY_V, self._offset_v))
        if not tail:
            return None
        self._held = asked.serial, asked.position
        self._stayed = asked.serial, tail[-1].reading.at_s
        return Steady(self._instrument, asked.position, asked.serial, tail[-self._wanted :])

    def _look(self, asked: _Asked, measured: Measurement, at: Moment) -> None:
        volts = measured.value if isinstance(measured, Reading) else inf
        if not isinstance(measured, Reading) or not abs(volts) < inf:
            asked.run.clear()
            asked.reversed = False
            return
        if self._last_s is not None and not 0.0 < measured.at_s - self._last_s <= SILENCE_S:
            asked.run.clear()
            asked.seen_off, asked.off_looks = False, 0
        self._last_s = measured.at_s
        off = not abs(volts) >= self._open_v
        asked.reversed = not off and not volts > 0.0
        asked.off_looks = asked.off_looks + 1 if off else 0
        asked.seen_off = asked.seen_off or asked.off_looks >= OFF_LOOKS
        if off and asked.off_looks >= self._wanted:
            asked.confirmed = False
        if off or asked.reversed or not (asked.seen_off or asked.confirmed):
            asked.run.clear()
        else:
            asked.run.append(Taken(at, measured))

    def _steady(self, asked: _Asked, band_v: float) -> tuple[Taken, ...]:
        """The end of the run, if it is long enough and has not moved; else nothing."""
        tail: list[Taken] = []
        for one in reversed(asked.run):
            tail.insert(0, one)
            if len(tail) >= self._wanted and tail[-1].reading.at_s - one.reading.at_s >= STEADY_S:
                volts = [each.reading.value for each in tail]
                return tuple(tail) if max(volts) - min(volts) <= band_v else ()
        return ()

    def _hold(self, serial: str, measured: Measurement) -> str | None:
        assert self._stayed is not None
        silent = measured.at_s - self._stayed[1] > SILENCE_S
        if isinstance(measured, Reading) and not silent and self._open_v <= measured.value < inf:
            self._stayed = serial, measured.at_s
            return serial
        if isinstance(measured, Reading) or silent:
            self._held = None
            self._stayed = None if silent else self._stayed
        return None


def held_probes(
    positions: tuple[Position, ...], meters: Mapping[str, MeterAbility | None], procedure: Procedure
) -> dict[str, HeldProbes]:
    """Every hand-held meter of a bench whose accuracy is known, by its name."""
    found: dict[str, HeldProbes] = {}
    for position in positions:
        ability = meters.get(position.name)
        if position.meter is None and position.hand_probed is not None and ability is not None:
            found.setdefault(position.hand_probed, HeldProbes(position.hand_probed, ability, procedure))
    return found


class HandScan:
    """One common scan by hand: who was read first by which meter, how many, and what the second reading showed."""

    def __init__(self) -> None:
        self._first: dict[str, Steady] = {}
        self._settled: dict[str, bool] = {}
        self._count: dict[str, int] = {}
        self.drifts: dict[str, Drift] = {}

    def take(self, steady: Steady, settled: bool) -> bool:
        """A battery was read, `settled` or still falling. False: it was the first one's second reading: the drift."""
        if steady.instrument not in self._first:
            self._settled[steady.instrument] = settled
        first = self._first.setdefault(steady.instrument, steady)
        if first is not steady and first.serial == steady.serial:
            self.drifts[steady.instrument] = _drift(first, steady, self._settled.get(steady.instrument, False))
            return False
        self._count[steady.instrument] = self._count.get(steady.instrument, 0) + 1
        self.drifts.pop(steady.instrument, None)  # whoever is read after it is not covered by it
        return True

    @property
    def unchecked(self) -> tuple[str, ...]:
        """Meters of which nobody knows whether they have drifted."""
        return tuple(name for name, count in self._count.items() if count > 1 and name not in self.drifts)


def _drift(first: Steady, again: Steady, settled: bool) -> Drift:
    before_v, after_v = ([one.reading.value for one in each.taken] for each in (first, again))
    limit_v = DRIFT_V + 2 * sqrt(standard_error_v(before_v) ** 2 + standard_error_v(after_v) ** 2)
    before, after = median(before_v), median(after_v)
    return Drift(again.taken[-1].at, first.instrument, first.serial, before, after, limit_v, settled)
