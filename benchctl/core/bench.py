"""The whole core: events and time in, orders and facts out. Pure; the same against real instruments and in a test.

`Bench` moves the run through its table and gives every event to the part it concerns. Off always goes first: `stop`,
`off`, a lost guard and a broken journal switch everything off before anything else is considered.
"""

from benchctl.core import messages as m
from benchctl.core.alarms import Alarms
from benchctl.core.bank import spread_of
from benchctl.core.finish import verdict_of
from benchctl.core.hands import Hands
from benchctl.core.limits import Breach
from benchctl.core.mission import Mission
from benchctl.core.model import Isolation, Measurement, Phase, Reading, RunState, Verdict
from benchctl.core.outbox import Outbox
from benchctl.core.phases import ENDS, RunModel
from benchctl.core.place import Place, Power
from benchctl.core.rota import MeterRota
from benchctl.core.scan import CommonScan, Decision, Finding, Next, decide, slopes
from benchctl.core.schedule import plan_of, refusals
from benchctl.core.trend import Trend
from benchctl.core.unit import Need, Unit
from benchctl.core.wiring import battery_objection

CHECK_LIMIT_S = 120.0
VERIFY_AGAIN_S = 600.0
"""While a spread is still closing, the next look at it is this much later."""


class Bench:
    """One run, from `Started` to its verdict."""

    def __init__(self, mission: Mission) -> None:
        self._mission = mission
        self._procedure = mission.procedure
        self._out = Outbox()
        self._model = RunModel()
        self._alarms = Alarms(self._out)
        self._hands = Hands(self._out)
        self._places: dict[str, Place] = {}
        self._units: dict[str, Unit] = {}
        self._lines: dict[str, list[Unit]] = {}
        self._build()
        relay = {p.position.meter.instrument: self._relay(p.name) for p in self._places.values() if p.position.meter}
        positions = tuple(place.position for place in self._places.values())
        self._rota = MeterRota(positions, relay, mission.procedure.rest.sample_s, self._out)
        self._scan: CommonScan | None = None
        self._trend = Trend()
        self._round = 0
        self._began_s = 0.0
        self._verify_not_before_s = 0.0
        self._ending: tuple[Verdict, tuple[str, ...]] | None = None
        self._spread_v: float | None = None
        self.verdict: m.VerdictReached | None = None

    def _build(self) -> None:
        for name, line in self._mission.queues().items():
            place = Place(
                self._mission.place(name), self._mission.supplies[name], self._procedure, self._out, self._alarm
            )
            self._places[name] = place
            self._lines[name] = [Unit(self._mission, battery, place) for battery in line]
            place.hang(line[0].serial)
        by_serial = {unit.serial: unit for line in self._lines.values() for unit in line}
        self._units = {battery.serial: by_serial[battery.serial] for battery in self._mission.bank.batteries}

    def _relay(self, name: str) -> bool:
        ability = self._mission.meters[name]
        return ability is None or ability.relay

    # ------------------------------------------------------------ the door

    @property
    def state(self) -> RunState:
        """Where the run stands."""
        return self._model.state

    @property
    def waits_for_hands(self) -> bool:
        """A prompt is open."""
        return self._hands.busy

    def feed(self, event: m.Event, at_s: float) -> tuple[tuple[m.Order, ...], tuple[m.Fact, ...]]:
        """Take one event in at its time (boot seconds); everything it causes, in order."""
        if self.verdict is None or isinstance(event, m.SwitchedOff):
            self._dispatch(event, at_s)
        return self._out.take()

    def next_due_s(self, at_s: float) -> float:
        """When the next `Ticked` is wanted at the latest."""
        quick = self.state in (RunState.CHECKING, RunState.VERIFYING) or self._ending is not None
        quick = quick or any(place.energised for place in self._places.values())
        return at_s + (1.0 if quick else self._procedure.rest.sample_s)

    def _dispatch(self, event: m.Event, at_s: float) -> None:
        match event:
            case m.Ticked():
                self._tick(at_s)
            case m.Started():
                self._begin(at_s)
            case (
                m.Polled() | m.SettingsRead() | m.Programmed() | m.SwitchedOn() | m.SwitchedOff() | m.TemperatureRead()
            ):
                self._supply(event, at_s)
            case m.MetersScanned():
                self._metered(event, at_s)
            case m.WireFailed() | m.SettingRefused():
                self._failed(event, at_s)
            case m.StopRequested() | m.OffRequested():
                self._stop(at_s, event.operator)
            case m.Answered() | m.AckRequested() | m.ResetRequested():
                self._wish(event)
            case m.GuardLost():
                self._collapse(at_s, Breach("guard_lost", None, None, event.detail))
            case m.JournalFailed():
                self._collapse(at_s, Breach("journal_failed", None, None, event.detail))
            case m.Identified():
                pass

    def _go(self, trigger: str, why: str) -> None:
        self._model.trigger(trigger)
        self._out.fact(m.RunEntered(self.state, why))

    # ------------------------------------------------------------ events of instruments

    def _supply(
        self,
        event: m.Polled | m.SettingsRead | m.Programmed | m.SwitchedOn | m.SwitchedOff | m.TemperatureRead,
        at_s: float,
    ) -> None:
        place = self._places[event.position]
        match event:
            case m.Polled():
                place.polled(at_s, event)
            case m.SettingsRead():
                place.settings_read(at_s, event)
            case m.Programmed():
                place.programmed(at_s)
            case m.SwitchedOn():
                place.switched_on(at_s)
            case m.SwitchedOff():
                place.switched_off(at_s, event.proven)
            case m.TemperatureRead():
                place.probed(at_s, event.temperature)

    def _metered(self, event: m.MetersScanned, at_s: float) -> None:
        self._rota.answered(event.instrument)
        for name, reading in event.readings:
            place = self._places[name]
            place.metered(at_s, reading)
            unit = self._units.get(place.hangs or "")
            if unit is not None:
                self._resting(unit, reading, at_s)
        self._follow_trend(at_s)

    def _resting(self, unit: Unit, reading: Measurement, at_s: float) -> None:
        if isinstance(reading, Reading):
            unit.rested(at_s, reading.value)
        if self._scan is not None and self._scan.due().get(unit.place) is unit and not self._hands.asked(unit.place):
            self._scan.take(unit, at_s, reading.value if isinstance(reading, Reading) else None)

    def _follow_trend(self, at_s: float) -> None:
        """The spread over a common rest, while all hang on their meters."""
        units = list(self._units.values())
        volts = [unit.place.fresh_meter_v(at_s) for unit in units if unit.at_rest and unit.where is not None]
        known = [value for value in volts if value is not None]
        if len(known) == len(units):
            self._trend.feed(at_s, max(known) - min(known))

    def _failed(self, event: m.WireFailed | m.SettingRefused, at_s: float) -> None:
        if isinstance(event, m.SettingRefused):
            text = f"{event.what}: {event.asked} was asked for, {event.answered} is set."
            self._places[event.position].give_up(at_s, Breach("setting_refused", event.answered, event.asked, text))
            return
        if event.position is None:
            self._rota.answered(event.instrument)
            return
        place = self._places[event.position]
        if event.operation == "poll":
            place.poll_failed()
        elif event.operation in ("program", "switch_on"):
            place.give_up(at_s, Breach("wire_failed", None, None, event.detail))

    def _alarm(self, place: Place, breach: Breach) -> None:
        self._alarms.raise_(breach, place.name, place.hangs, "Its output was switched off.")

    # ------------------------------------------------------------ wishes

    def _wish(self, event: m.Answered | m.AckRequested | m.ResetRequested) -> None:
        match event:
            case m.Answered():
                self._answer(event)
            case m.AckRequested():
                if not self._alarms.acknowledge(event.alarm, event.operator):
                    self._out.fact(m.WishRefused("ack", f"There is no alarm {event.alarm} to acknowledge."))
            case m.ResetRequested():
                self._reset(event)

    def _answer(self, event: m.Answered) -> None:
        known = self._hands.find(event.prompt)
        if known is None:
            self._out.fact(m.WishRefused("answer", f"No prompt {event.prompt} is open."))
        elif event.value.casefold() not in ("", "done", "ok", "yes", "y"):
            self._out.fact(m.WishRefused("answer", f"{event.prompt} is answered with done, when it is done."))
        else:
            self._leave(known.place)
            self._hands.answer(event.prompt, event.value, event.operator)

    def _leave(self, place: Place) -> None:
        """The leads are about to be taken from what hangs there: its curve ends, its rest does not."""
        unit = self._units.get(place.hangs or "")
        if unit is not None and unit.rest is not None:
            unit.rest.leave()

    def _reset(self, event: m.ResetRequested) -> None:
        place = self._places.get(event.position)
        if place is None or not place.latched:
            self._out.fact(m.WishRefused("reset", f"{event.position} has no latch to reset."))
        elif not place.off_proven:
            self._out.fact(m.WishRefused("reset", f"{event.position} is not proven off yet."))
        else:
            place.latched = False
            self._alarms.reset(place.name, event.operator)
            for unit in self._lines[place.name]:
                if unit.phase is Phase.TRIPPED:
                    unit.reset()

    # ------------------------------------------------------------ ends

    def _stop(self, at_s: float, operator: str | None) -> None:
        self._all_off(at_s)
        self._end(Verdict.STOPPED, (f"Stopped by {operator or 'the operator'}.",))

    def _collapse(self, at_s: float, breach: Breach) -> None:
        self._all_off(at_s)
        self._alarms.raise_(breach, None, None, "Every output was switched off.")
        self._end(Verdict.NOT_PROVEN, (breach.text,))

    def _all_off(self, at_s: float) -> None:
        for place in self._places.values():
            place.release(at_s)

    def _end(self, verdict: Verdict, reasons: tuple[str, ...]) -> None:
        if self._ending is None:
            self._ending = verdict, reasons
            self._hands.withdraw()

    def _finish(self, at_s: float) -> None:
        """The verdict is a fact when every output is proven off."""
        assert self._ending is not None
        if self.state not in ENDS and all(place.off_proven and not place.energised for place in self._places.values()):
            verdict, reasons = self._ending
            self._go(_ENDING[verdict], reasons[0] if reasons else verdict.value)
            self.verdict = m.VerdictReached(verdict, self._spread_v, reasons)
            self._out.fact(self.verdict)

    # ------------------------------------------------------------ time

    def _tick(self, at_s: float) -> None:
        for place in self._places.values():
            place.tick(at_s)
        energised = any(place.energised for place in self._places.values())
        self._rota.tick(at_s, self._wanted(), energised, self.state in (RunState.CHECKING, RunState.VERIFYING))
        if self._ending is not None:
            self._finish(at_s)
        elif self.state is RunState.CHECKING:
            self._check(at_s)
        elif self.state in (RunState.CHARGING, RunState.BALANCING):
            self._advance(at_s)
        elif self.state is RunState.RESTING:
            self._rest(at_s)
        elif self.state is RunState.VERIFYING:
            self._verify(at_s)

    def _wanted(self) -> set[str]:
        return {name for name, place in self._places.items() if not self._hands.asked(place)}

    # ------------------------------------------------------------ checking

    def _begin(self, at_s: float) -> None:
        self._began_s = at_s
        self._go("begin", "the guard has drilled")
        self._out.fact(plan_of(self._mission))
        reasons = refusals(self._mission)
        if reasons:
            self._refuse(reasons)
            return
        for place in self._places.values():
            place.release(at_s)
            unit = self._lines[place.name][0]
            unit.go("connect", "its leads are on")
            unit.go("check", "open-circuit voltage, polarity")

    def _refuse(self, reasons: tuple[str, ...]) -> None:
        for place in self._places.values():
            place.off_proven = True
        self._end(Verdict.REFUSED, reasons)
        self._finish(self._began_s)

    def _check(self, at_s: float) -> None:
        """Every battery that hangs on the bench must look right before anything is switched on."""
        first = [line[0] for line in self._lines.values()]
        late = at_s - self._began_s > CHECK_LIMIT_S
        if not late and any(not self._seen(unit, at_s) for unit in first):
            return
        reasons = [reason for unit in first if (reason := self._objection(unit, at_s)) is not None]
        if reasons:
            self._end(Verdict.REFUSED, tuple(reasons))
            return
        self._go("charge", "every battery on the bench looks right")
        for unit in first:
            self._start(unit, at_s)

    def _seen(self, unit: Unit, at_s: float) -> bool:
        place = unit.place
        return place.power is Power.OFF and place.off_proven and place.fresh_meter_v(at_s) is not None

    def _objection(self, unit: Unit, at_s: float) -> str | None:
        if not self._seen(unit, at_s):
            return f"{unit.place.name}: no reading of {unit.serial}: {unit.place.unseen()}"
        open_v = unit.place.fresh_meter_v(at_s)
        assert open_v is not None
        again = unit.amp_hours > 0 or self._round > 0
        return battery_objection(unit.serial, unit.place.name, open_v, self._procedure.start, just_charged=again)

    def _start(self, unit: Unit, at_s: float) -> None:
        open_v = unit.place.fresh_meter_v(at_s)
        if open_v is not None:
            unit.start(at_s, open_v)

    # ------------------------------------------------------------ charging

    def _advance(self, at_s: float) -> None:
        for line in self._lines.values():
            for unit in line:
                self._isolate(unit, at_s)
                unit.settle(at_s)
            self._serve(line, at_s)
        if self._settled():
            self._after_charge(at_s)

    def _settled(self) -> bool:
        return all(unit.at_rest or unit.out_of_play or self._blocked(unit) for unit in self._units.values())

    def _blocked(self, unit: Unit) -> bool:
        return unit.place.latched and not unit.active and unit.phase is not Phase.FULL

    def _after_charge(self, at_s: float) -> None:
        if not self._top_up(at_s):
            self._go("rest", "every battery that can be is full and isolated")

    def _isolate(self, unit: Unit, at_s: float) -> None:
        """Full and proven off: the rest begins, at once or when a person has taken the leads off."""
        place = unit.place
        if unit.phase is not Phase.FULL or place.energised or not place.off_proven:
            return
        if place.position.isolation is Isolation.MANUAL and place.attached:
            self._hands.ask(m.PromptKind.ISOLATE, place, unit)
        else:
            unit.begin_rest(at_s)

    def _serve(self, line: list[Unit], at_s: float) -> None:
        """Give the position to the first battery of its line that needs it."""
        place = line[0].place
        if place.latched or place.energised or self._hands.asked(place):
            return
        if any(unit.phase is Phase.FULL for unit in line):
            return
        wanting = [unit for unit in line if unit.need is not Need.NOTHING and not unit.out_of_play]
        if not wanting:
            return
        hanging = [unit for unit in wanting if unit.where is not None]
        self._bring_on((hanging or wanting)[0], at_s)

    def _bring_on(self, unit: Unit, at_s: float) -> None:
        if at_s < unit.not_before_s:
            return
        if unit.need is Need.RETRY:
            self._start(unit, at_s)
        elif unit.phase is not Phase.CHECKING:
            self._connect(unit)
        elif self._seen(unit, at_s):
            self._check_one(unit, at_s)

    def _connect(self, unit: Unit) -> None:
        if unit.phase is not Phase.CONNECTING:
            unit.go("connect", "it is next at its position")
            unit.wait("its leads", None)
        if unit.where is not None and unit.place.attached:
            unit.place.meter = None
            unit.go("check", "open-circuit voltage, polarity")
        else:
            self._hands.ask(m.PromptKind.CONNECT, unit.place, unit)

    def _check_one(self, unit: Unit, at_s: float) -> None:
        objection = self._objection(unit, at_s)
        if objection is None:
            self._start(unit, at_s)
        else:
            unit.fail(Verdict.REJECTED, objection)

    # ------------------------------------------------------------ resting

    def _rest(self, at_s: float) -> None:
        for unit in self._units.values():
            unit.settle(at_s)
        if any(unit.need is not Need.NOTHING for unit in self._units.values()) or self._top_up(at_s):
            self._go("charge", "a battery needs its position again")
        elif all(unit.out_of_play or self._blocked(unit) for unit in self._units.values()):
            self._conclude(())
        elif self._ready(at_s):
            self._go("verify", "every battery has rested")
            resting = [unit for unit in self._units.values() if unit.at_rest]
            self._scan = CommonScan(self._mission, resting, at_s)

    def _ready(self, at_s: float) -> bool:
        settled = all(unit.phase is not Phase.RESTING for unit in self._units.values())
        return settled and at_s >= self._verify_not_before_s

    def _top_up(self, at_s: float) -> bool:
        """Whoever would be too old when the youngest is rested is charged again, so that one scan fits all."""
        rests = {unit.serial: unit.rest for unit in self._units.values() if unit.at_rest and unit.rest is not None}
        if not rests or self._hopeless():
            return False
        rules = self._procedure.rest
        scan_s = max(at_s, max(rest.since_s for rest in rests.values()) + rules.min_s)
        scan_s += self._procedure.match.scan_max_s if self._probing() else 0.0
        old = [self._units[serial] for serial, rest in rests.items() if rest.age_s(scan_s) > rules.max_s]
        for unit in old:
            unit.need = Need.CHARGE
            unit.wait("a top-up: it would have rested too long at the common scan", None)
        return bool(old)

    def _hopeless(self) -> bool:
        return any(unit.out_of_play for unit in self._units.values())

    def _probing(self) -> bool:
        return any(len(line) > 1 for line in self._lines.values())

    # ------------------------------------------------------------ verifying

    def _verify(self, at_s: float) -> None:
        assert self._scan is not None
        for place, unit in self._scan.due().items():
            if unit.where is None:
                self._hands.ask(m.PromptKind.PROBE, place, unit)
        if not self._scan.waiting:
            self._judge(self._scan, at_s)

    def _judge(self, scan: CommonScan, at_s: float) -> None:
        self._scan = None
        resting = [unit for unit in self._units.values() if unit.at_rest]
        found = scan.found(resting)
        unread = [unit.serial for unit in resting if unit.serial not in {one.serial for one in found}]
        if unread or len(found) < len(self._units):
            self._conclude(tuple(f"{serial}: the meter gave no reading at the common scan." for serial in unread))
            return
        if self._too_late(scan):
            self._go("rest", "the scan took too long")
            return
        unsettled, drifting = slopes(resting, self._procedure.rest, at_s)
        finding = Finding(
            found=tuple(found),
            spread=spread_of(found),
            unsettled=unsettled,
            drifting=drifting,
            closing=self._trend.closing(self._procedure.match.closing_v_per_h),
            time_left=self._time_left(at_s),
            rounds_left=self._round < self._procedure.balance.max_rounds,
            coarse=False,
        )
        decision = decide(finding, self._procedure.match)
        self._state_spread(finding, decision, scan)
        self._follow(decision, at_s)

    def _too_late(self, scan: CommonScan) -> bool:
        """All readings lie within the scan's time, and each inside its battery's window."""
        rules = self._procedure.rest
        times = scan.read_at_s
        if max(times.values()) - min(times.values()) > self._procedure.match.scan_max_s:
            return True
        ages = [unit.rest.age_s(times[unit.serial]) for unit in self._units.values() if unit.rest is not None]
        return any(not rules.min_s <= age <= rules.max_s for age in ages)

    def _time_left(self, at_s: float) -> bool:
        rules, spare_s = self._procedure.rest, self._procedure.match.scan_max_s if self._probing() else 60.0
        oldest_s = max(unit.rest.age_s(at_s) for unit in self._units.values() if unit.rest is not None)
        return oldest_s + min(VERIFY_AGAIN_S, 0.1 * rules.max_s) + spare_s <= rules.max_s

    def _state_spread(self, finding: Finding, decision: Decision, scan: CommonScan) -> None:
        self._spread_v = finding.spread.spread_v
        ages = {u.serial: u.rest.age_s(scan.read_at_s[u.serial]) for u in self._units.values() if u.rest is not None}
        self._out.fact(
            m.SpreadMeasured(
                self._round,
                tuple((one.serial, one.voltage_v) for one in finding.found),
                tuple(ages.items()),
                finding.spread.spread_v,
                finding.spread.uncertainty_v,
                self._procedure.match.spread_v,
                decision.outliers,
            )
        )

    def _follow(self, decision: Decision, at_s: float) -> None:
        for serial, unit in self._units.items():
            stands_out = serial in decision.outliers
            if stands_out and unit.phase is not Phase.OUTLIER:
                unit.go(
                    "stand_out", f"it rests at {unit.place.meter.value:.3f} V" if unit.place.meter else "it stands out"
                )
            elif not stands_out and unit.phase is not Phase.VERIFIED:
                unit.go("pass_", "it agrees with the others")
        match decision.next:
            case Next.REST_ON:
                self._verify_not_before_s = at_s + min(VERIFY_AGAIN_S, 0.1 * self._procedure.rest.max_s)
                self._go("rest", "the spread is still closing: " + decision.reasons[0])
            case Next.BALANCE:
                self._balance(decision)
            case Next.APPROVE:
                self._conclude(())
            case Next.REJECT | Next.NOT_PROVEN:
                verdict = Verdict.REJECTED if decision.next is Next.REJECT else Verdict.NOT_PROVEN
                self._conclude(decision.reasons, verdict)

    def _balance(self, decision: Decision) -> None:
        self._round += 1
        for serial in decision.low:
            unit = self._units[serial]
            unit.need, unit.round = Need.HOLD, self._round
        self._trend = Trend()
        self._go("balance", f"round {self._round}: " + " ".join(decision.reasons))

    def _conclude(self, reasons: tuple[str, ...], verdict: Verdict | None = None) -> None:
        """The end of the work: nothing is switched on any more. Every battery's own failure counts."""
        failures = [unit.failure for unit in self._units.values() if unit.failure is not None]
        if any(unit.failure for unit in self._units.values()) and len(failures) < len(self._units):
            self._spread_v = None
        final, why = verdict_of(failures, reasons, verdict, self._mission.calibration_overdue)
        self._end(final, why)


_ENDING = {
    Verdict.APPROVED: "approve",
    Verdict.REJECTED: "reject",
    Verdict.TRIPPED: "trip",
    Verdict.STOPPED: "stop",
    Verdict.NOT_PROVEN: "not_prove",
    Verdict.REFUSED: "refuse",
}
