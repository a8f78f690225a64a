"""The whole core: events and time in, orders and facts out. Pure; the same against real instruments and in a test.

`Bench` moves the run through its table and gives every event to the part it concerns. Off always goes first: `stop`,
`off`, a lost guard, a broken journal and a computer that slept switch everything off before all else.
"""

from benchctl.core import messages as m
from benchctl.core.mission import Mission
from benchctl.core.model import RunState, Verdict
from benchctl.core.run.finish import verdict_of
from benchctl.core.run.floor import Floor
from benchctl.core.run.hands import is_done
from benchctl.core.run.inspection import CHECK_LIMIT_S
from benchctl.core.run.limits import Breach
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.output import OFF_LIMIT_S
from benchctl.core.run.partners import Partners
from benchctl.core.run.phases import AT_WORK, ENDS, RunModel
from benchctl.core.run.probing import Probing
from benchctl.core.run.scan import Decision, Next
from benchctl.core.run.schedule import plan_of, refusals
from benchctl.core.run.unit import Failure
from benchctl.core.run.verifying import Verification
from benchctl.core.run.warningtable import MOMENTS

SLOWEST_S = 10.0

_Supply = m.Polled | m.SettingsRead | m.Programmed | m.SwitchedOn | m.SwitchedOff | m.TripCleared | m.TemperatureRead
_COLLAPSES = {m.GuardLost: "guard_lost", m.JournalFailed: "journal_failed", m.Suspended: "suspended"}
_ENDING = {
    Verdict.APPROVED: "approve",
    Verdict.REJECTED: "reject",
    Verdict.TRIPPED: "trip",
    Verdict.STOPPED: "stop",
    Verdict.NOT_PROVEN: "not_prove",
    Verdict.REFUSED: "refuse",
}


class Bench:
    """One run, from `Started` to its verdict."""

    def __init__(self, mission: Mission) -> None:
        self._mission = mission
        self._out = Outbox()
        self._model = RunModel()
        self._floor = Floor(mission, self._out)
        self._partners = Partners(self._floor.places, self._floor.alarms, self._out)
        self._verification = Verification(mission, self._floor, self._out)
        self._probing = Probing(mission, self._floor, self._out)
        self._began_s = 0.0
        self._entered_s = 0.0
        self._ending: tuple[Verdict, tuple[str, ...]] | None = None
        self._ending_since_s: float | None = None
        self.verdict: m.VerdictReached | None = None

    # ------------------------------------------------------------ the door

    @property
    def state(self) -> RunState:
        """Where the run stands."""
        return self._model.state

    @property
    def waits_for_hands(self) -> bool:
        """A prompt is open."""
        return self._floor.hands.busy

    def feed(self, event: m.Event, at_s: float) -> tuple[tuple[m.Order, ...], tuple[m.Fact, ...]]:
        """Take one event in at its time (boot seconds); everything it causes, in order."""
        if self.verdict is None:
            self._partners.heard(event, at_s)
            self._dispatch(event, at_s)
            self._clear_the_bench(at_s)
            self._partners.ordered(self._out.orders, at_s)
        return self._out.take()

    def next_due_s(self, at_s: float) -> float:
        """When the next `Ticked` is wanted at the latest."""
        quick = self._hurry or self._ending is not None or self._floor.energised or self._probing.active
        return at_s + (1.0 if quick else min(SLOWEST_S, self._mission.procedure.rest.sample_s))

    @property
    def _hurry(self) -> bool:
        """Readings are waited for. Not while a person is: relays wear."""
        return self.state is RunState.CHECKING or (self.state is RunState.VERIFYING and not self.waits_for_hands)

    def _dispatch(self, event: m.Event, at_s: float) -> None:
        match event:
            case m.Ticked():
                self._tick(at_s)
            case m.Started():
                self._begin(at_s)
            case m.MetersScanned():
                self._metered(event, at_s)
            case m.WireFailed() | m.SettingRefused() | m.Identified():
                self._wire(event, at_s)
            case m.StopRequested() | m.OffRequested():
                self._stop(at_s, event.operator)
            case m.Answered() | m.AckRequested() | m.ResetRequested():
                self._wish(event, at_s)
            case m.HostWarned():
                self._warn(at_s, event)
            case m.GuardLost() | m.JournalFailed() | m.Suspended():
                self._collapse(at_s, event)
            case _:
                self._supply(event, at_s)

    def _go(self, trigger: str, why: str) -> None:
        self._model.trigger(trigger)
        self._out.fact(m.RunEntered(self.state, why))

    # ------------------------------------------------------------ events

    def _supply(self, event: _Supply, at_s: float) -> None:
        place = self._floor.places[event.position]
        match event:
            case m.Polled():
                place.polled(at_s, event)
            case m.SettingsRead():
                place.settings_read(at_s, event)
            case m.Programmed():
                place.programmed(event.settings)
            case m.SwitchedOn():
                place.switched_on(at_s)
            case m.SwitchedOff():
                place.switched_off(at_s, event.proven, event.detail)
            case m.TripCleared():
                self._refuse("reset", self._floor.resetting.cleared(at_s, event))
            case _:
                place.probed(at_s, event.temperature)

    def _metered(self, event: m.MetersScanned, at_s: float) -> None:
        if self._probing.holds(event.instrument):
            for taken in self._probing.metered(event, at_s):
                self._floor.held(taken)
                self._verification.held(taken)
        else:
            self._scanned(event, at_s)
        self._floor.prove(at_s)
        self._verification.follow_trend(at_s)

    def _scanned(self, event: m.MetersScanned, at_s: float) -> None:
        self._floor.rota.answered(event.instrument)
        for name, reading in event.readings:
            unit = self._floor.metered(name, reading, at_s)
            self._verification.metered(unit, reading)

    def _wire(self, event: m.WireFailed | m.SettingRefused | m.Identified, at_s: float) -> None:
        match event:
            case m.SettingRefused():
                text = f"{event.what}: {event.asked:g} was asked for, {event.answered:g} is set."
                breach = Breach("setting_refused", event.answered, event.asked, text)
                self._floor.places[event.position].failed(at_s, breach)
            case m.WireFailed(position=str(name), operation="program" | "switch_on"):
                self._floor.places[name].failed(at_s, Breach("wire_failed", None, None, event.detail))
            case m.WireFailed(position=str(name), operation="clear_trip"):
                self._refuse("reset", self._floor.resetting.failed(at_s, name, event))
            case m.WireFailed(position=str(name), operation="read_settings"):
                self._floor.places[name].settings_missed(at_s, event.detail)
            case _:
                """A silent instrument shows in its missing looks; an identity is for the record."""

    def _wish(self, event: m.Answered | m.AckRequested | m.ResetRequested, at_s: float) -> None:
        match event:
            case m.Answered(value=value) if value.casefold() == "stop" and self._floor.hands.find(event.prompt):
                self._stop(at_s, event.operator)
                return
            case m.Answered():
                kind, objection = "answer", self._answer(event)
            case m.AckRequested():
                known = self._floor.alarms.acknowledge(event.alarm, event.operator)
                kind, objection = "ack", None if known else f"There is no alarm {event.alarm} to acknowledge."
            case m.ResetRequested() if self._ending is not None:
                kind, objection = "reset", "The run is ending; reset it when it is over."
            case _:
                kind, objection = "reset", self._floor.resetting.ask(at_s, event.position, event.operator)
        self._refuse(kind, objection)

    def _refuse(self, kind: str, objection: str | None) -> None:
        if objection is not None:
            self._out.fact(m.WishRefused(kind, objection))

    def _answer(self, event: m.Answered) -> str | None:
        asked = self._floor.hands.find(event.prompt)
        if asked is not None and asked.kind is m.PromptKind.HOLD_PROBES and is_done(event.value):
            return self._probing.confirm(asked.place)
        return self._floor.answer(event.prompt, event.value, event.operator)

    # ------------------------------------------------------------ ends

    def _stop(self, at_s: float, operator: str | None) -> None:
        self._floor.all_off(at_s)
        self._end(Verdict.STOPPED, (f"Stopped by {operator or 'the operator'}.",))

    def _warn(self, at_s: float, event: m.HostWarned) -> None:
        alarms = self._floor.alarms
        alarms.raise_(at_s, Breach(event.fault, event.value, event.limit, event.detail), None, None)
        if event.fault in MOMENTS:
            alarms.calm(event.fault, None)

    def _collapse(self, at_s: float, event: m.GuardLost | m.JournalFailed | m.Suspended) -> None:
        self._floor.all_off(at_s)
        breach = Breach(_COLLAPSES[type(event)], None, None, event.detail)
        self._floor.alarms.raise_(at_s, breach, None, None)
        self._end(Verdict.NOT_PROVEN, (event.detail,))

    def _clear_the_bench(self, at_s: float) -> None:
        """Some faults leave no neighbour on: every output off, and the run ends."""
        breach = self._floor.emergency
        if breach is not None and self._ending is None:
            self._floor.all_off(at_s)
            self._end(Verdict.TRIPPED, (breach.text,))

    def _end(self, verdict: Verdict, reasons: tuple[str, ...]) -> None:
        if self._ending is None:
            self._ending = verdict, reasons
            self._probing.withdraw()
            self._floor.hands.withdraw()

    def _finish(self, at_s: float) -> None:
        """The verdict is a fact when every output is proven off, or cannot be: then a person has to, and is told so."""
        assert self._ending is not None
        self._ending_since_s = at_s if self._ending_since_s is None else self._ending_since_s
        hopeless = at_s - self._ending_since_s > OFF_LIMIT_S
        if self.state in ENDS or not (self._floor.proven_off or hopeless):
            return
        verdict, reasons = self._ending
        if hopeless and not self._floor.proven_off:
            verdict = Verdict.TRIPPED if self.state in AT_WORK and verdict is not Verdict.STOPPED else verdict
            reasons = (*self._floor.not_off(), *reasons)
        self._go(_ENDING[verdict], reasons[0] if reasons else verdict.value)
        self.verdict = m.VerdictReached(verdict, self._covering_spread_v(), reasons)
        self._out.fact(self.verdict)

    def _covering_spread_v(self) -> float | None:
        whole = all(unit.failure is None for unit in self._floor.all)
        return self._verification.spread_v if whole else None

    def _conclude(self, reasons: tuple[str, ...], verdict: Verdict | None) -> None:
        """The end of the work: nothing is switched on any more. Every battery's own failure counts."""
        failures = [unit.failure for unit in self._floor.all if unit.failure is not None]
        if not failures and verdict is None:
            failures = [Failure(Verdict.TRIPPED, f"{place.name} is latched.") for place in self._floor.latched]
        self._end(*verdict_of(failures, reasons, verdict, self._mission.calibration_overdue))

    # ------------------------------------------------------------ time

    def _tick(self, at_s: float) -> None:
        self._floor.tick(at_s, self._hurry)
        self._partners.tick(at_s)
        if self._ending is not None:
            self._finish(at_s)
            return
        match self.state:
            case RunState.CHECKING:
                self._check(at_s)
            case RunState.CHARGING | RunState.BALANCING:
                self._charge(at_s)
            case RunState.RESTING:
                self._rest(at_s)
            case RunState.VERIFYING:
                self._verify(at_s)
        if self._ending is None:
            self._probing.follow(at_s, self._verification.jobs(), checking=self.state is RunState.CHECKING)

    def _begin(self, at_s: float) -> None:
        self._began_s = at_s
        self._go("begin", "the guard has drilled")
        self._out.fact(plan_of(self._mission))
        self._floor.all_off(at_s)
        reasons = refusals(self._mission)
        if reasons:
            self._end(Verdict.REFUSED, reasons)
            return
        for unit in self._floor.first:
            unit.go("connect", "its leads are on")
            unit.go("check", "open-circuit voltage, polarity")

    def _check(self, at_s: float) -> None:
        """Every battery that hangs on the bench must look right before anything is switched on."""
        late = at_s - self._began_s > CHECK_LIMIT_S
        wired = [unit for unit in self._floor.first if not unit.place.by_hand]
        looked_over = self._probing.looked_over(at_s, late)
        if not looked_over or not (late or all(self._floor.seen(unit, at_s) for unit in wired)):
            return
        reasons = tuple(text for unit in wired if (text := self._floor.objection(unit, at_s)) is not None)
        reasons = (*reasons, *self._probing.objections)
        if reasons:
            self._end(Verdict.REFUSED, reasons)
            return
        self._go("charge", "every battery on the bench looks right")
        self._floor.advance(at_s)

    def _charge(self, at_s: float) -> None:
        self._floor.advance(at_s)
        self._entered_s = at_s
        if self._floor.settled and not self._floor.top_up(at_s):
            self._go("rest", "every battery that can be is full and isolated")

    def _rest(self, at_s: float) -> None:
        floor = self._floor
        for unit in floor.all:
            unit.settle(at_s)
        if floor.wanting or floor.top_up(at_s):
            self._go("charge", "a battery needs its position again")
        elif self._waits_for_reset(at_s):
            return
        elif all(floor.stuck(unit) for unit in floor.all):
            self._conclude((), None)
        elif self._verification.ready(at_s):
            self._go("verify", "every battery has rested")
            self._verification.begin(at_s)

    def _waits_for_reset(self, at_s: float) -> bool:
        """An attended run gives a person until the window's end to lift a latch."""
        if not (self._mission.attended and self._floor.latched):
            return False
        oldest_s = max((at_s - unit.rest_since_s for unit in self._floor.resting), default=at_s - self._entered_s)
        return oldest_s < self._mission.procedure.rest.max_s

    def _verify(self, at_s: float) -> None:
        verification = self._verification
        if self._floor.wanting:
            self._go("charge", "a battery needs its position again")
        elif verification.overdue(at_s):
            self._scan_again(at_s)
        elif not verification.complete():
            return
        elif (unread := verification.unread()) or not verification.covers_bank:
            self._conclude(unread, None)
        elif (drift := verification.drift) is not None:
            self._scan_without_drift(drift, at_s)
        elif verification.in_window:
            self._follow(verification.judge(at_s))
        else:
            self._scan_again(at_s)

    def _scan_again(self, at_s: float) -> None:
        if self._verification.misfit(at_s):
            self._conclude(("The readings of the common scan never fitted into one rest window.",), Verdict.NOT_PROVEN)
        else:
            self._go("rest", "the scan did not fit the rest window")

    def _scan_without_drift(self, seen: str, at_s: float) -> None:
        if self._verification.drifted(at_s):
            self._conclude((seen,), Verdict.NOT_PROVEN)
        else:
            self._go("rest", "the scan is made again: " + seen)

    def _follow(self, decision: Decision) -> None:
        match decision.next:
            case Next.REST_ON:
                self._go("rest", "not yet: " + decision.reasons[0])
            case Next.BALANCE:
                self._go("balance", f"round {self._verification.round}: " + decision.reasons[0])
            case Next.APPROVE:
                self._conclude((), Verdict.APPROVED)
            case Next.REJECT:
                self._conclude(decision.reasons, Verdict.REJECTED)
            case _:
                self._conclude(decision.reasons, Verdict.NOT_PROVEN)
