"""One meter whose probes a person holds: which battery they are wanted on, whether they are there, what they read.

The prompt closes by itself when the voltage is steady (`steady` says when). From then on the probes are held: what the
meter reads goes to the position like any wired meter's reading, until the probes are seen off. Then they are asked for
again. Nobody else's voltage ever passes for this battery's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchctl.core.messages import MoveProbes, ScanMeters
from benchctl.core.model import Measurement, Reading
from benchctl.core.probes import Errand, ProbesLifted, ProbesRead, ProbesSeen, ProbesState
from benchctl.core.run.hands import READ, Hands
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.steady import GAP_S, ProbesJudge, ProbesRules
from benchctl.core.run.unit import Unit

LOOK_S = 0.95
"""A meter without relays is asked every second while its probes are wanted."""

_ASK = "Put the probes of {meter} on {battery}, red on plus"
_ALONE = "Put the probes of {meter} on {serial} alone, wherever it lies, red on plus"
_TEXTS = {
    Errand.CHECK: _ASK + ": is it the battery that it should be?",
    Errand.ENTRY: _ALONE + ": its voltage before its group is joined.",
    Errand.CHARGE: _ASK + ", and leave them on: its first current follows.",
    Errand.TAPER: "Clip the probes of {meter} to {battery}, red on plus, for its taper. Leave them on.",
    Errand.APART: _ALONE + ": has it shared in its group's charge?",
    Errand.SCAN: _ASK + ": its rested voltage.",
    Errand.AGAIN: _ASK + ", once more: has the meter drifted since the first reading?",
}

STAYING = (Errand.CHARGE, Errand.TAPER)
"""What the probes stay on for."""

APART_FROM_POSITION = (Errand.ENTRY, Errand.APART)
"""What is read of a battery wherever it lies: it says nothing of what hangs on its position."""


@dataclass(frozen=True, slots=True)
class Job:
    """The probes are wanted on a battery, for this."""

    errand: Errand
    unit: Unit


@dataclass(frozen=True, slots=True)
class Taken:
    """What a job brought: the readings of a steady voltage; or of a battery on which a person says that the probes are,
    and that shows nothing, the last one."""

    job: Job
    readings: tuple[Reading, ...]


class HeldMeter:
    """The probes of one instrument. One job at a time."""

    def __init__(self, instrument: str, rules: ProbesRules, hands: Hands, out: Outbox) -> None:
        self.instrument = instrument
        self._rules = rules
        self._hands = hands
        self._out = out
        self.job: Job | None = None
        self.held = False
        self._judge = ProbesJudge(rules, lifted=False)
        self._prompt: str | None = None
        self._state: ProbesState | None = None
        self._asked = False
        self._next_s = self._begun_s = 0.0
        self._on: tuple[str, float] | None = None

    def follow(self, at_s: float, wanted: Sequence[Job]) -> None:
        """Go where the probes are wanted; the job at hand first, as long as it is wanted."""
        if self.job is not None and self.job not in wanted:
            self._change(self.job, wanted)
        if self.job is None and wanted:
            self._begin(at_s, wanted[0])
        if self.job is not None and not self._asked and at_s >= self._next_s:
            self._asked, self._next_s = True, at_s + LOOK_S
            self._out.order(ScanMeters(self.instrument, (self.job.unit.place.name,)))

    def confirm(self) -> str | None:
        """A person says that the probes are on the battery that is asked for; the sentence why that cannot be so."""
        job = self.job
        assert job is not None
        if not self._judge.confirm():
            return f"The probes on {job.unit.serial} are the wrong way round. Turn them: red on plus, black on minus."
        self._out.order(MoveProbes(self.instrument, job.unit.place.name, job.unit.serial))
        return None

    def metered(self, at_s: float, name: str, measured: Measurement) -> Taken | None:
        """A reading of the meter, or its absence; what the job has brought with it, if that is all it needed."""
        self._asked = False
        job = self.job
        if job is None or job.unit.place.name != name or not measured.at_s >= self._begun_s:
            return None
        if self.held:
            self._hold(at_s, job, measured)
            return None
        state = self._judge.feed(measured, job.unit.place.held_v(at_s))
        self._tell(job, state, measured)
        if self._judge.asleep and job.errand in (Errand.CHECK, Errand.CHARGE):
            job.unit.place.metered(at_s, measured)  # a person says that this is all it shows
        if self._judge.asleep and job.errand in APART_FROM_POSITION and isinstance(measured, Reading):
            return Taken(job, (measured,))
        return self._take(job) if state is ProbesState.STEADY else None

    # ------------------------------------------------------------ from job to job

    def _begin(self, at_s: float, job: Job) -> None:
        self.job, self._begun_s = job, at_s
        stayed = self._on is not None and self._on[0] == job.unit.serial and at_s - self._on[1] <= GAP_S
        self._ask(job, stayed)

    def _change(self, job: Job, wanted: Sequence[Job]) -> None:
        """Probes that are held where they are wanted next, too, just stay on."""
        following = wanted[0] if wanted else None
        if self.held and following is not None and following.unit is job.unit and following.errand in STAYING:
            self.job = following
        else:
            self._end(job)

    def _ask(self, job: Job, stayed: bool) -> None:
        """`stayed`: they have been on this very battery all the time, or were seen to leave it."""
        self.held, self._state = False, None
        self._judge = ProbesJudge(self._rules, lifted=stayed, falling=job.errand is Errand.APART)
        unit, place = job.unit, job.unit.place
        battery = f"{unit.serial} at {unit.where}" if unit.where is not None else f"{unit.serial}, beside the bench"
        text = _TEXTS[job.errand].format(meter=self.instrument, serial=unit.serial, battery=battery)
        self._prompt = self._hands.ask_for_probes(place, unit, text)

    def _end(self, job: Job) -> None:
        if self.held:
            self._lift(job)
        if self._prompt is not None:
            self._hands.close(self._prompt, None)
        self.job = self._prompt = None
        self.held = False
        self._out.order(MoveProbes(self.instrument, job.unit.place.name, None))

    def _lift(self, job: Job) -> None:
        place = job.unit.place
        place.gauge.lift()
        self._out.fact(ProbesLifted(self.instrument, place.name, job.unit.serial))

    # ------------------------------------------------------------ readings

    def _tell(self, job: Job, state: ProbesState, measured: Measurement) -> None:
        if state is self._state or self._prompt is None:
            return
        self._state = state
        volts = measured.value if isinstance(measured, Reading) else None
        self._out.fact(ProbesSeen(self._prompt, job.unit.place.name, job.unit.serial, state, volts))

    def _take(self, job: Job) -> Taken:
        readings = self._judge.taken
        volts = median(one.value for one in readings)
        assert self._prompt is not None
        self._hands.close(self._prompt, READ)
        self.held, self._prompt = True, None
        self._on = job.unit.serial, readings[-1].at_s
        self._out.fact(ProbesRead(self.instrument, job.unit.place.name, job.unit.serial, job.errand, volts))
        return Taken(job, readings)

    def _hold(self, at_s: float, job: Job, measured: Measurement) -> None:
        """On until they are seen off; after a silence nobody knows."""
        assert self._on is not None
        silent = measured.at_s - self._on[1] > GAP_S
        if isinstance(measured, Reading) and not silent and measured.value >= self._rules.open_v:
            self._on = job.unit.serial, measured.at_s
            job.unit.place.metered(at_s, measured)
        elif isinstance(measured, Reading) or silent:
            self._lift(job)
            self._ask(job, stayed=not silent and at_s - self._on[1] <= GAP_S)
