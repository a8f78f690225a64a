"""A whole journal, row by row: the evidence that `acceptance` judges and states. Reads everything, believes little.

Facts of the run (a taper proven, a spread measured, a verdict) are kept as what the run said of itself; what counts
is what the samples and the answers of the instruments show.
"""

from collections.abc import Callable
from statistics import median

from benchctl.core import messages as m, rows as r
from benchctl.core.acceptance.proof_bench import BenchEvidence, PlaceEvidence, usable
from benchctl.core.acceptance.proof_hand import HandScan, HeldProbes, held_probes
from benchctl.core.acceptance.proof_match import Scan, ScanReadings, spread
from benchctl.core.acceptance.proof_moment import Moment
from benchctl.core.errors import BenchctlError
from benchctl.core.journal.chain import Row, Unparsable
from benchctl.core.journal.codec import Undecodable, body_of
from benchctl.core.model import Measurement, Reading, Regulation, RunState
from benchctl.core.probes import ProbesLifted

UNREADABLE_SHOWN = 20


class NoRecord(BenchctlError):
    """A journal that does not begin as a run does: nothing can be stated of it."""


class Story:
    """One run. Feed it rows in order with `take`."""

    def __init__(self, row: Row) -> None:
        """The first row. Raises `NoRecord` if it does not open a run."""
        opened = _readable(row)
        if not isinstance(opened, r.RunOpened):
            raise NoRecord("this journal does not begin with the opening of a run, so there is nothing to state of it")
        self.opened = opened
        self.began = self.last = _moment(row)
        self.bench = BenchEvidence(opened)
        self.unreadable: list[str] = []
        self.scans: list[Scan] = []
        self.identified: dict[str, m.Identified] = {}
        self.tapers: dict[str, tuple[Moment, m.TaperProven]] = {}
        self.counted: dict[str, float] = {}
        self.alarms: dict[str, tuple[Moment, m.AlarmRaised]] = {}
        self.alarm_changes: list[tuple[Moment, m.AlarmChanged]] = []
        self.prompts: dict[str, tuple[Moment, m.PromptAsked]] = {}
        self.answers: dict[str, tuple[Moment, m.PromptClosed]] = {}
        self.confirmed: dict[str, str | None] = {}  # probes that a person said were on, by whom
        self.wishes: list[tuple[Moment, m.StopRequested | m.OffRequested | m.ResetRequested]] = []
        self.notes: list[tuple[Moment, m.Noted]] = []
        self.interruptions: list[tuple[Moment, str]] = []
        self.guard_log: list[str] = []
        self.holds: list[tuple[Moment, m.PhaseEntered]] = []
        self.planned: m.Planned | None = None
        self.state: tuple[Moment, m.RunEntered] | None = None
        self.reached: tuple[Moment, m.VerdictReached] | None = None
        self.closed: tuple[Moment, r.RunClosed] | None = None
        self._readings: ScanReadings | None = None
        self._hand_scan = HandScan()
        self._probes = held_probes(opened.bench.positions, opened.meters, opened.procedure)
        self._starts = 0

    def take(self, row: Row) -> None:
        """The next row."""
        at = _moment(row)
        if at.boot_id != self.last.boot_id:
            self._rebooted(at)
        self.last = at
        try:
            body = body_of(row)
        except (Undecodable, Unparsable) as fault:
            self.unreadable.append(f"Row {row.seq} cannot be read: {fault}.")
            return
        if self.closed is not None and not isinstance(body, r.GuardLog):
            self.bench.contradictions.append(f"Row {row.seq} ({row.kind}) stands after the end of the run.")
        fold = _FOLDS.get(type(body))
        if fold is not None:
            fold(self, at, body)

    def _rebooted(self, at: Moment) -> None:
        self.interruptions.append((at, "Boot time began anew: the computer was restarted, or another clock was used."))
        self._readings = None
        self.bench.rebooted(at)

    # ------------------------------------------------------------ looks

    def _samples(self, at: Moment, body: r.Samples) -> None:
        # Which of a cycle's looks was judged first is not written down: with the meter's first, none is too late.
        for scanned in body.scanned:
            self._scanned(at, scanned)
        for look in body.polled:
            place = self.bench.place(look.position, at)
            if place is not None:
                self._polled(place, at, look)
        for probe in body.temperatures:
            self._probed(at, probe)
        for read in body.settings:
            self._settings_read(at, read)

    def _polled(self, place: PlaceEvidence, at: Moment, look: m.Polled) -> None:
        sample = look.sample
        read_s = max((part.at_s for part in (sample.voltage, sample.current)), default=at.boot_s)
        session = next((one for one in (place.session, place.before) if one is not None and one.covers(read_s)), None)
        if session is None and sample.output_on is True:
            if _after(read_s, place.off_at) and _after(read_s, place.on_at):
                self.bench.seen_on(place, at)
        elif session is not None and sample.output_on is False and session.end is None:
            session.seen_off()
        elif session is not None and sample.output_on is True and isinstance(sample.regulation, Regulation):
            voltage, current = sample.voltage, sample.current
            if isinstance(voltage, Reading) and isinstance(current, Reading) and usable(current, at):
                session.look(at, current, sample.regulation)

    def _scanned(self, at: Moment, scanned: m.MetersScanned) -> None:
        for name, reading in scanned.readings:
            place = self.bench.place(name, at)
            if place is None:
                continue
            if place.position.meter is None:
                self._shown(at, place, scanned.instrument, reading)
                continue
            resting = self.bench.metered(place, reading, at)
            if self._readings is None:
                continue
            if resting is not None and isinstance(reading, Reading):
                self._readings.take(resting.serial, name, at, reading)
            else:
                for battery in place.hangs:
                    self._readings.miss(battery.serial)

    def _shown(self, at: Moment, place: PlaceEvidence, instrument: str, measured: Measurement) -> None:
        """What the probes of a hand-held meter show; it counts where they are known to be."""
        probes = self._probes.get(instrument)
        fresh = isinstance(measured, Reading) and usable(measured, at)
        serial = None if probes is None else probes.read(place.position.name, measured, at)
        if serial is not None and fresh and serial in [one.serial for one in place.hangs]:
            self.bench.metered(place, measured, at)

    def _probed(self, at: Moment, probe: m.TemperatureRead) -> None:
        place = self.bench.place(probe.position, at)
        if place is not None and isinstance(probe.temperature, Reading):
            place.celsius.append(probe.temperature.value)
        elif place is not None:
            place.unprobed += 1

    # ------------------------------------------------------------ supplies

    def _intent(self, at: Moment, body: r.Intent) -> None:
        if isinstance(body.order, m.Program):
            place = self.bench.place(body.order.position, at)
            if place is not None:
                place.ordered = body.order.settings

    def _programmed(self, at: Moment, body: m.Programmed) -> None:
        place = self.bench.place(body.position, at)
        if place is not None:
            self.bench.programmed(place, body.settings, at)

    def _settings_read(self, at: Moment, body: m.SettingsRead) -> None:
        place = self.bench.place(body.position, at)
        if place is not None:
            self.bench.settings_read(place, body.settings, at)

    def _switched_on(self, at: Moment, body: m.SwitchedOn) -> None:
        place = self.bench.place(body.position, at)
        if place is not None:
            self.bench.switched_on(place, at)

    def _switched_off(self, at: Moment, body: m.SwitchedOff) -> None:
        place = self.bench.place(body.position, at)
        if place is not None:
            self.bench.switched_off(place, body.proven, at)

    def _lead_learned(self, at: Moment, body: m.LeadLearned) -> None:
        place = self.bench.place(body.position, at)
        if place is not None:
            place.learned_ohm = body.resistance_ohm

    def _identified(self, at: Moment, body: m.Identified) -> None:  # noqa: ARG002 - every fold has the same form
        self.identified[body.instrument] = body

    # ------------------------------------------------------------ the run's own words

    def _run_entered(self, at: Moment, body: m.RunEntered) -> None:
        self.state = (at, body)
        verifying = body.state is RunState.VERIFYING
        self._readings = ScanReadings(self.opened.procedure.match.readings) if verifying else None
        self._hand_scan = HandScan()

    def _spread_measured(self, at: Moment, body: m.SpreadMeasured) -> None:
        readings = self._readings or ScanReadings(self.opened.procedure.match.readings)
        verified = tuple(
            readings.verified(serial, battery.rest, self.opened.meters.get(readings.place(serial) or ""))
            for serial, battery in self.bench.batteries.items()
        )
        drifts = tuple(self._hand_scan.drifts.values())
        spread_v, uncertainty_v = spread(verified)
        if uncertainty_v is not None:
            uncertainty_v += max((drift.fall_v for drift in drifts), default=0.0)
        self.scans.append(Scan(at, body, verified, spread_v, uncertainty_v, drifts, self._hand_scan.unchecked))

    def _phase_entered(self, at: Moment, body: m.PhaseEntered) -> None:
        self.bench.phase_entered(body, at)
        if body.phase.value == "holding":
            self.holds.append((at, body))

    def _taper_proven(self, at: Moment, body: m.TaperProven) -> None:
        self.tapers[body.serial] = (at, body)

    def _counted(self, at: Moment, body: m.Counted) -> None:  # noqa: ARG002 - every fold has the same form
        self.counted[body.serial] = body.amp_hours

    def _prompt_asked(self, at: Moment, body: m.PromptAsked) -> None:
        self.prompts[body.prompt] = (at, body)
        probes = self._probes_of(body)
        if probes is not None and body.serial is not None:
            probes.asked(body.prompt, body.position or "", body.serial, at)

    def _probes_of(self, asked: m.PromptAsked) -> HeldProbes | None:
        place = self.bench.places.get(asked.position or "")
        if asked.kind is not m.PromptKind.HOLD_PROBES or place is None:
            return None
        return self._probes.get(place.position.hand_probed or "")

    def _answered(self, at: Moment, body: m.Answered) -> None:  # noqa: ARG002 - every fold has the same form
        asked = self.prompts.get(body.prompt)
        probes = None if asked is None else self._probes_of(asked[1])
        if probes is not None:
            probes.answered(body.prompt)
            self.confirmed[body.prompt] = body.operator

    def _prompt_closed(self, at: Moment, body: m.PromptClosed) -> None:
        self.answers[body.prompt] = (at, body)
        asked = self.prompts.get(body.prompt)
        if asked is None:
            return
        probes = self._probes_of(asked[1])
        if probes is not None:
            self._probes_closed(at, probes, asked[1].serial or "", body)
        elif body.value is not None and asked[1].kind is not m.PromptKind.HOLD_PROBES:
            self.bench.prompt_done(asked[1], at)

    def _probes_closed(self, at: Moment, probes: HeldProbes, serial: str, body: m.PromptClosed) -> None:
        """What the run took for a reading of that battery is one only if the rows show it."""
        battery = self.bench.batteries.get(serial)
        falling = self._readings is None and battery is not None and battery.falls(at)
        steady = probes.closed(body.prompt, by_itself=body.value is not None, falling=falling)
        if steady is None and body.value is not None:
            self.bench.contradictions.append(f"Row {at.seq} takes a reading by hand that the samples do not show.")
        if steady is not None:
            volts = median(one.reading.value for one in steady.taken)
            self.bench.read_by_hand(steady.serial, volts, steady.taken[-1].at)
        if steady is None or self._readings is None or battery is None or battery.rest is None:
            return
        age_s = steady.taken[0].at.since_s(battery.rest.since)
        settled = age_s is not None and age_s >= self.opened.procedure.rest.settled_after_s
        if not self._hand_scan.take(steady, settled):
            return
        for one in steady.taken:
            self._readings.take(steady.serial, steady.position, one.at, one.reading)

    def _probes_lifted(self, at: Moment, body: ProbesLifted) -> None:  # noqa: ARG002 - every fold has the same form
        if body.instrument in self._probes:
            self._probes[body.instrument].lifted()

    def _alarm_raised(self, at: Moment, body: m.AlarmRaised) -> None:
        self.alarms[body.alarm] = (at, body)

    def _alarm_changed(self, at: Moment, body: m.AlarmChanged) -> None:
        self.alarm_changes.append((at, body))

    def _wish(self, at: Moment, body: m.StopRequested | m.OffRequested | m.ResetRequested) -> None:
        self.wishes.append((at, body))

    def _noted(self, at: Moment, body: m.Noted) -> None:
        self.notes.append((at, body))

    def _planned(self, at: Moment, body: m.Planned) -> None:  # noqa: ARG002 - every fold has the same form
        self.planned = body

    def _started(self, at: Moment, body: m.Started) -> None:  # noqa: ARG002 - every fold has the same form
        self._starts += 1
        if self._starts > 1:
            self.interruptions.append((at, "The run was resumed after an interruption."))

    def _lost(self, at: Moment, body: m.GuardLost | m.JournalFailed) -> None:
        self.interruptions.append((at, body.detail))

    def _guard_log(self, at: Moment, body: r.GuardLog) -> None:
        self.interruptions.append((at, "The engine did not end this run by itself; the guard's log was adopted."))
        self.guard_log += body.lines

    def _verdict_reached(self, at: Moment, body: m.VerdictReached) -> None:
        self.reached = (at, body)

    def _run_closed(self, at: Moment, body: r.RunClosed) -> None:
        self.closed = (at, body)


def _readable(row: Row) -> r.Body:
    try:
        return body_of(row)
    except (Undecodable, Unparsable) as fault:
        raise NoRecord(f"the first row of this journal cannot be read: {fault}") from None


def _moment(row: Row) -> Moment:
    return Moment(row.seq, row.boot_id, row.boot_s, row.wall)


def _after(read_s: float, at: Moment | None) -> bool:
    return at is None or read_s > at.boot_s


_FOLDS: dict[type, Callable[..., None]] = {
    r.Samples: Story._samples,
    r.Intent: Story._intent,
    m.Programmed: Story._programmed,
    m.SettingsRead: Story._settings_read,
    m.SwitchedOn: Story._switched_on,
    m.SwitchedOff: Story._switched_off,
    m.LeadLearned: Story._lead_learned,
    m.Identified: Story._identified,
    m.RunEntered: Story._run_entered,
    m.SpreadMeasured: Story._spread_measured,
    m.PhaseEntered: Story._phase_entered,
    m.TaperProven: Story._taper_proven,
    m.Counted: Story._counted,
    m.PromptAsked: Story._prompt_asked,
    m.PromptClosed: Story._prompt_closed,
    m.Answered: Story._answered,
    ProbesLifted: Story._probes_lifted,
    m.AlarmRaised: Story._alarm_raised,
    m.AlarmChanged: Story._alarm_changed,
    m.StopRequested: Story._wish,
    m.OffRequested: Story._wish,
    m.ResetRequested: Story._wish,
    m.Noted: Story._noted,
    m.Planned: Story._planned,
    m.Started: Story._started,
    m.GuardLost: Story._lost,
    m.JournalFailed: Story._lost,
    r.GuardLog: Story._guard_log,
    m.VerdictReached: Story._verdict_reached,
    r.RunClosed: Story._run_closed,
}
