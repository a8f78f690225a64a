"""The verification of a rested bank: collects the common scan, states the spread, and decides what follows.

Holds what is known of the bank as a whole: the scan under way, the trend of the spread, the balancing round.
"""

from benchctl.core.bank import Spread, spread_of
from benchctl.core.messages import PromptKind, SpreadMeasured
from benchctl.core.mission import Mission
from benchctl.core.model import Measurement, Phase
from benchctl.core.probes import Errand
from benchctl.core.run.drift import drifted
from benchctl.core.run.floor import Floor
from benchctl.core.run.held import Job, Taken
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.scan import CommonScan, Decision, Finding, Next, decide, slopes
from benchctl.core.run.trend import Trend
from benchctl.core.run.unit import Need, Unit

AGAIN_S = 600.0
"""While a spread is still closing, the next look at it is this much later."""

MAX_MISFITS = 10
MAX_DRIFTS = 3
"""A hand-held meter that drifts in so many scans proves nothing any more."""


class Verification:
    """One bank's common scans, over all rounds."""

    def __init__(self, mission: Mission, floor: Floor, out: Outbox) -> None:
        self._mission = mission
        self._rest = mission.procedure.rest
        self._match = mission.procedure.match
        self._floor = floor
        self._out = out
        self._scan: CommonScan | None = None
        self._trend = Trend()
        self._not_before_s = 0.0
        self._misfits = self._drifts = 0
        self.round = 0
        self.spread_v: float | None = None

    def ready(self, at_s: float) -> bool:
        """Every battery has rested long enough, and it is time to look (again)."""
        settled = all(unit.phase is not Phase.RESTING for unit in self._floor.all)
        return settled and at_s >= self._not_before_s

    def begin(self, at_s: float) -> None:
        """Start a common scan of everybody at rest. What an earlier one found no longer counts."""
        self.spread_v = None
        self._scan = CommonScan(self._mission, self._floor.resting, at_s)

    def metered(self, unit: Unit | None, reading: Measurement) -> None:
        """A reading of a battery, which the scan may be waiting for."""
        if unit is not None and self._scan is not None and self._scan.due().get(unit.place) is unit:
            self._scan.take(unit, reading)

    def jobs(self) -> list[Job]:
        """What the scan under way still wants of the hand-held meters."""
        return [] if self._scan is None else self._scan.jobs()

    def held(self, taken: Taken) -> None:
        """A hand-held meter has read a battery."""
        if self._scan is None or taken.job.errand not in (Errand.SCAN, Errand.AGAIN):
            return
        drift = self._scan.take_held(taken)
        if drift is not None:
            self._out.fact(drift)

    def follow_trend(self, at_s: float) -> None:
        """The spread over a common rest, while all hang on their meters."""
        on_meter = [unit for unit in self._floor.resting if unit.where is not None]
        volts = [value for unit in on_meter if (value := unit.place.gauge.meter_v(at_s)) is not None]
        if len(volts) == len(self._floor.units):
            self._trend.feed(at_s, max(volts) - min(volts))
        elif len(on_meter) < len(self._floor.units):
            self._trend.forget()

    def complete(self) -> bool:
        """Everybody was read, or could not be. Until then, ask for the probes where they are needed."""
        assert self._scan is not None
        self._scan.forget_lost()
        for place, unit in self._scan.due().items():
            if unit.where is None and not place.by_hand:
                self._floor.hands.ask(PromptKind.PROBE, place, unit)
        return not self._scan.waiting and not self._scan.jobs()

    def unread(self) -> tuple[str, ...]:
        """Sentences about who could not be read, and who is missing; empty: the scan covers the bank."""
        assert self._scan is not None
        found = {one.serial for one in self._scan.found(self._floor.resting)}
        return tuple(
            f"{unit.serial}: the meter gave no reading at the common scan."
            for unit in self._floor.resting
            if unit.serial not in found
        )

    @property
    def covers_bank(self) -> bool:
        """Every battery of the bank is at rest and was read."""
        assert self._scan is not None
        return len(self._scan.found(self._floor.resting)) == len(self._floor.units)

    @property
    def in_window(self) -> bool:
        """All readings lie within the scan's time, and each inside its battery's rest window."""
        assert self._scan is not None
        times = self._scan.read_at_s
        ages = [times[unit.serial] - unit.rest_since_s for unit in self._floor.resting]
        together = self._scan.length_s <= self._match.scan_max_s
        return together and all(self._rest.min_s <= age <= self._rest.max_s for age in ages)

    def overdue(self, at_s: float) -> bool:
        """A person takes longer over the probes than scan or rest may last: what comes now can fit no more."""
        if self._scan is None or not self._scan.jobs():
            return False
        begun_s = min(self._scan.read_at_s.values(), default=at_s)
        oldest_s = min((unit.rest_since_s for unit in self._scan.waiting if unit.at_rest), default=at_s)
        return not (at_s - begun_s <= self._match.scan_max_s and at_s - oldest_s <= self._rest.max_s)

    def misfit(self, at_s: float) -> bool:
        """A scan that did not fit is tried again a little later; True: it was tried often enough."""
        self._scan = None
        self._misfits += 1
        self._not_before_s = at_s + (0.0 if self._floor.slow_scan else self._again_s)
        return self._misfits >= MAX_MISFITS

    @property
    def drift(self) -> str | None:
        """What a hand-held meter that has drifted over the scan showed, in a sentence; None: none has."""
        assert self._scan is not None
        found = next((one for one in self._scan.drift.found if drifted(one)), None)
        if found is None:
            return None
        read = f"{found.instrument} read {found.first_v:.4f} V from {found.serial} and {found.again_v:.4f} V at the end"
        return f"{read}: it has drifted, or its probes made no good contact; {1000 * found.limit_v:.1f} mV are allowed."

    def drifted(self, at_s: float) -> bool:
        """A scan over which the meter drifted is made again a little later; True: it was made often enough."""
        self._scan = None
        self._drifts += 1
        self._not_before_s = at_s + self._again_s
        return self._drifts >= MAX_DRIFTS

    def judge(self, at_s: float) -> Decision:
        """State the spread of a complete scan and decide; batteries are passed or named."""
        assert self._scan is not None
        finding = self._finding(self._scan, at_s)
        decision = decide(finding, self._match)
        self._state(finding, decision, self._scan)
        self._scan = None
        for unit in self._floor.all:
            self._mark(unit, unit.serial in decision.outliers)
        if decision.next is Next.REST_ON:
            self._not_before_s = at_s + self._again_s
        if decision.next in (Next.REST_ON, Next.BALANCE):
            self.spread_v = None
        if decision.next is Next.BALANCE:
            self._balance(decision.low)
        return decision

    @property
    def _again_s(self) -> float:
        return min(AGAIN_S, 0.1 * self._rest.max_s)

    def _finding(self, scan: CommonScan, at_s: float) -> Finding:
        found = tuple(scan.found(self._floor.resting))
        spread = spread_of(found)
        unsettled, drifting = slopes(self._floor.resting, self._rest, at_s)
        return Finding(
            found=found,
            spread=Spread(spread.spread_v, spread.uncertainty_v + scan.drift.fall_v),
            unsettled=unsettled,
            drifting=drifting,
            closing=self._trend.closing(self._match.closing_v_per_h),
            time_left=self._time_left(at_s),
            rounds_left=self.round < self._mission.procedure.balance.max_rounds,
        )

    def _time_left(self, at_s: float) -> bool:
        spare_s = self._match.scan_max_s if self._floor.slow_scan else 60.0
        oldest_s = max(at_s - unit.rest_since_s for unit in self._floor.resting)
        return oldest_s + self._again_s + spare_s <= self._rest.max_s

    def _state(self, finding: Finding, decision: Decision, scan: CommonScan) -> None:
        self.spread_v = finding.spread.spread_v
        ages = tuple((u.serial, scan.read_at_s[u.serial] - u.rest_since_s) for u in self._floor.resting)
        self._out.fact(
            SpreadMeasured(
                round=self.round,
                voltages_v=tuple((one.serial, one.voltage_v) for one in finding.found),
                rest_ages_s=ages,
                spread_v=finding.spread.spread_v,
                uncertainty_v=finding.spread.uncertainty_v,
                limit_v=self._match.spread_v,
                outliers=decision.outliers,
            )
        )

    def _mark(self, unit: Unit, stands_out: bool) -> None:
        if stands_out and unit.phase is not Phase.OUTLIER:
            unit.go("stand_out", "it does not agree with the others")
        elif not stands_out and unit.phase is not Phase.VERIFIED:
            unit.go("pass_", "it agrees with the others")

    def _balance(self, low: tuple[str, ...]) -> None:
        self.round += 1
        self._trend.forget()
        for serial in low:
            unit = self._floor.units[serial]
            unit.need, unit.round = Need.HOLD, self.round
