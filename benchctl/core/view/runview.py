"""What a run looks like now: the fold of its journal rows, for the screen, `status` and the headless printer.

The law here: a view knows what rows said and nothing else. What no row has said is None, never zero.
It decides nothing, and every text in it is safe to print.
"""

import copy
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice

from benchctl.core.messages import PlanStep, PromptKind
from benchctl.core.mission import missing_ah
from benchctl.core.model import AlarmState, RunState, Verdict
from benchctl.core.probes import ProbesState
from benchctl.core.view.fields import Fields
from benchctl.core.view.series import Series
from benchctl.core.view.sights import (
    AlarmSight,
    BatterySight,
    EventSight,
    PositionSight,
    PromptSight,
    VerdictSight,
    alarm_sight,
    member,
    planned_sight,
    prompt_sight,
)
from benchctl.core.view.walltime import later, seconds_between
from benchctl.core.view.wording import sentence

EVENTS = 400  # lines of the event list that are kept
ECHO = 16  # a sentence still among so many last ones is counted, not repeated: every position may fail in its turn


class RunView:
    """One run, row by row, in order of `seq`. A kind of row that is not known here changes only `seq` and time."""

    def __init__(self) -> None:
        self.seq = 0
        self.wall: str | None = None  # of the last row
        self.started: str | None = None  # wall-clock text of the first row
        self.elapsed_s = 0.0  # from the first row to the last
        self.run: str | None = None
        self.state: RunState | None = None
        self.state_since_s = 0.0  # like `elapsed_s`
        self.why: str | None = None
        self.closed = False
        self.bank: str | None = None
        self.bench: str | None = None
        self.procedure: str | None = None
        self.title: str | None = None
        self.operator: str | None = None
        self.simulated: bool | None = None
        self.permit: str | None = None
        self.permit_reasons: tuple[str, ...] = ()
        self.plan: tuple[PlanStep, ...] = ()
        self.positions: dict[str, PositionSight] = {}
        self.batteries: dict[str, BatterySight] = {}
        self.prompts: dict[str, PromptSight] = {}  # open ones only, oldest first
        self.alarms: dict[str, AlarmSight] = {}  # not normal ones only, oldest first
        self.flood: str | None = None  # a sentence while so many alarms come that none is read by itself
        self.events: deque[EventSight] = deque(maxlen=EVENTS)
        self.series: dict[str, Series] = {}  # by serial; of a group by its first serial
        self.verdict: VerdictSight | None = None
        self.spread_v: float | None = None
        self.uncertainty_v: float | None = None
        self.limit_v: float | None = None
        self.readings_by_hand = 0  # so many times a hand-held meter has read a battery
        self._probed: set[str] = set()  # positions whose meter is held by hand
        self._held: set[str] = set()  # those on which it is held just now
        self._boot_s: float | None = None

    def apply(self, seq: int, boot_s: float, wall: str, kind: str, body: Mapping[str, object]) -> None:
        """Take in the next row. `body` is the row's JSON object."""
        self._advance(seq, boot_s, wall)
        asked = Fields(body)
        fold = _FOLDS.get(kind)
        if fold is not None:
            fold(self, asked)
        self._tell(kind, asked)

    def at(self, position: str) -> tuple[BatterySight, ...]:
        """The batteries that hang on a position: one, a group, or none."""
        return tuple(battery for battery in self.batteries.values() if battery.position == position)

    def elsewhere(self) -> tuple[BatterySight, ...]:
        """The batteries that are not on the bench."""
        return tuple(battery for battery in self.batteries.values() if battery.position is None)

    def without_engine(self) -> "RunView":
        """The same run with nobody there to look: what only a living engine can know is unknown."""
        left = copy.copy(self)
        left.positions = {name: PositionSight(name, lead_ohm=seen.lead_ohm) for name, seen in self.positions.items()}
        left.batteries = {serial: seen.left_alone() for serial, seen in self.batteries.items()}
        return left

    def _advance(self, seq: int, boot_s: float, wall: str) -> None:
        if self._boot_s is not None and self.wall is not None:
            rebooted = boot_s < self._boot_s
            step_s = (seconds_between(self.wall, wall) or 0.0) if rebooted else boot_s - self._boot_s
            self.elapsed_s += max(0.0, step_s)
        self.seq, self._boot_s, self.wall = seq, boot_s, wall
        self.started = self.started or wall

    def _tell(self, kind: str, body: Fields) -> None:
        line = sentence(kind, body)
        if line is None or not line.text:
            return
        recent = islice(reversed(self.events), ECHO)
        before = next((event for event in recent if event.text == line.text), None)
        if before is not None:
            self.events.remove(before)
        times = 1 if before is None else before.times + 1
        self.events.append(EventSight(self.seq, self.wall or "", line.tone, line.text, times))

    def left_s(self, until_s: float) -> float | None:
        """How long it is from the last row until then (boot seconds)."""
        return None if self._boot_s is None else until_s - self._boot_s

    def _until(self, until_s: float | None) -> str | None:
        if until_s is None or self.wall is None or self._boot_s is None:
            return None
        return later(self.wall, until_s - self._boot_s)

    # one fold for each kind of row that changes something

    def _run_opened(self, body: Fields) -> None:
        bench, bank, procedure = body.part("bench"), body.part("bank"), body.part("procedure")
        self.run, self.state, self.operator = body.text("run"), RunState.CHECKING, body.text("operator")
        self.bank, self.bench = bank.text("name"), bench.text("name")
        self.procedure, self.title = procedure.text("name"), procedure.text("title")
        self.simulated, self.permit = body.truth("simulated"), body.text("permit")
        self.permit_reasons = body.texts("permit_reasons")
        for position in bench.parts("positions"):
            name = position.text("name")
            self._see(name, lambda seen: seen)
            if name is not None and position.text("hand_probed") is not None:
                self._probed.add(name)
        for battery in bank.parts("batteries"):
            self._stated(battery)

    def _stated(self, battery: Fields) -> None:
        group, position = battery.text("group"), battery.text("position")
        rated_ah = battery.number("amp_hours")
        expected_ah = None if rated_ah is None else missing_ah(rated_ah, battery.number("arrival_soc"))
        self._meet(battery, lambda seen: replace(seen, group=group, position=position, expected_ah=expected_ah))

    def _see(self, name: str | None, change: Callable[[PositionSight], PositionSight]) -> None:
        """Change what is known of a position; a row that names none changes nothing."""
        if name is not None:
            self.positions[name] = change(self.positions.get(name, PositionSight(name)))

    def _meet(self, body: Fields, change: Callable[[BatterySight], BatterySight]) -> None:
        """Change what is known of the row's battery; a row that names none changes nothing."""
        serial = body.text("serial")
        if serial is not None:
            self.batteries[serial] = change(self.batteries.get(serial, BatterySight(serial)))

    def _run_entered(self, body: Fields) -> None:
        self.state, self.why = member(RunState, body.text("state")), body.text("why")
        self.state_since_s = self.elapsed_s

    def _phase_entered(self, body: Fields) -> None:
        self._meet(body, lambda seen: seen.entered(body, self.elapsed_s))
        comer = self.batteries.get(body.text("serial") or "")
        if comer is not None and comer.position is not None:
            self._take_off(comer.position, comer)

    def _take_off(self, position: str, comer: BatterySight) -> None:
        """Whoever hung there before and is not of the comer's group has been taken off."""
        for seen in self.at(position):
            if seen.serial != comer.serial and (seen.group is None or seen.group != comer.group):
                self.batteries[seen.serial] = replace(seen, position=None)

    def _waiting(self, body: Fields) -> None:
        waiting_for, until_s = body.text("waiting_for"), body.number("until_s")
        until = self._until(until_s)
        self._meet(body, lambda seen: replace(seen, waiting_for=waiting_for, until_s=until_s, until=until))

    def _counted(self, body: Fields) -> None:
        self._meet(body, lambda seen: replace(seen, amp_hours=body.number("amp_hours")))

    def _samples(self, body: Fields) -> None:
        readings = [pair for scan in body.parts("scanned") for pair in scan.pairs("readings")]
        for look in body.parts("polled"):
            self._polled(look)
        for name, reading in readings:
            self._metered(name, reading.number("value"))
        for look in body.parts("temperatures"):
            self._temperature(look)
        self._draw([look.text("position") for look in body.parts("polled")] + [name for name, _ in readings])

    def _polled(self, look: Fields) -> None:
        self._see(look.text("position"), lambda seen: seen.polled(look.part("sample")))

    def _metered(self, name: str, volts: float | None) -> None:
        """A wired meter's reading is the battery's; that of probes only while they are held on it."""
        if name in self._probed:
            self.prompts |= {
                each.prompt: replace(each, reading_v=volts)
                for each in self.prompts.values()
                if each.kind == PromptKind.HOLD_PROBES and each.position == name
            }
        known = volts if name not in self._probed or name in self._held else None
        self._see(name, lambda seen: replace(seen, meter_v=known))

    def _probes_seen(self, body: Fields) -> None:
        prompt = self.prompts.get(body.text("prompt") or "")
        if prompt is not None:
            state, volts = member(ProbesState, body.text("state")), body.number("voltage_v")
            self.prompts[prompt.prompt] = replace(prompt, probes=state, reading_v=volts)

    def _probes_read(self, body: Fields) -> None:
        self.readings_by_hand += 1
        self._held.add(body.text("position") or "")
        self._see(body.text("position"), lambda seen: replace(seen, meter_v=body.number("voltage_v")))

    def _probes_lifted(self, body: Fields) -> None:
        self._held.discard(body.text("position") or "")
        self._see(body.text("position"), lambda seen: replace(seen, meter_v=None))

    def _temperature(self, look: Fields) -> None:
        self._see(look.text("position"), lambda seen: replace(seen, temperature_c=look.value("temperature")))

    def _draw(self, names: list[str | None]) -> None:
        for seen in (self.positions[name] for name in dict.fromkeys(names) if name is not None):
            batteries = self.at(seen.name)
            if batteries:
                curve = self.series.setdefault(batteries[0].serial, Series())
                curve.add(self.elapsed_s, seen.voltage_v, seen.current_a if seen.output_on else None)

    def _switched_on(self, body: Fields) -> None:
        self._see(body.text("position"), lambda seen: replace(seen, output_on=True))

    def _switched_off(self, body: Fields) -> None:
        self._see(body.text("position"), lambda seen: seen.switched_off(body.truth("proven") is True))

    def _trip_cleared(self, body: Fields) -> None:
        self._see(body.text("position"), lambda seen: seen.switched_off(body.truth("off") is True))

    def _lead_learned(self, body: Fields) -> None:
        self._see(body.text("position"), lambda seen: replace(seen, lead_ohm=body.number("resistance_ohm")))

    def _prompt_asked(self, body: Fields) -> None:
        prompt = body.text("prompt")
        if prompt is not None:
            self.prompts[prompt] = prompt_sight(prompt, body, self.wall or "")

    def _prompt_closed(self, body: Fields) -> None:
        self.prompts.pop(body.text("prompt") or "", None)

    def _alarm_raised(self, body: Fields) -> None:
        alarm = body.text("alarm")
        if alarm is not None:
            self.alarms[alarm] = alarm_sight(alarm, body, self.wall or "")

    def _flood_changed(self, body: Fields) -> None:
        self.flood = body.text("text") if body.truth("flooding") else None

    def _alarm_changed(self, body: Fields) -> None:
        alarm, state = self.alarms.get(body.text("alarm") or ""), member(AlarmState, body.text("state"))
        if alarm is None or state is None:
            return
        if state is AlarmState.NORMAL:
            del self.alarms[alarm.alarm]
        else:
            self.alarms[alarm.alarm] = replace(alarm, state=state)

    def _spread_measured(self, body: Fields) -> None:
        self.spread_v, self.uncertainty_v = body.number("spread_v"), body.number("uncertainty_v")
        self.limit_v = body.number("limit_v")

    def _planned(self, body: Fields) -> None:
        self.permit, self.permit_reasons = body.text("permit"), body.texts("permit_reasons")
        self.plan = tuple(filter(None, (planned_sight(step) for step in body.parts("steps"))))

    def _verdict_reached(self, body: Fields) -> None:
        verdict = member(Verdict, body.text("verdict"))
        if verdict is not None:
            self.verdict = VerdictSight(verdict, body.number("spread_v"), body.texts("reasons"))
            self.state = RunState(verdict.value)

    def _run_closed(self, body: Fields) -> None:
        self._verdict_reached(body)
        self.closed, self.why, self.prompts = True, body.text("why"), {}
        self.batteries = {serial: seen.left_alone() for serial, seen in self.batteries.items()}


_FOLDS: dict[str, Callable[[RunView, Fields], None]] = {
    "run_opened": RunView._run_opened,
    "run_entered": RunView._run_entered,
    "phase_entered": RunView._phase_entered,
    "waiting": RunView._waiting,
    "counted": RunView._counted,
    "samples": RunView._samples,
    "switched_on": RunView._switched_on,
    "switched_off": RunView._switched_off,
    "trip_cleared": RunView._trip_cleared,
    "lead_learned": RunView._lead_learned,
    "prompt_asked": RunView._prompt_asked,
    "prompt_closed": RunView._prompt_closed,
    "probes_seen": RunView._probes_seen,
    "probes_read": RunView._probes_read,
    "probes_lifted": RunView._probes_lifted,
    "alarm_raised": RunView._alarm_raised,
    "alarm_changed": RunView._alarm_changed,
    "flood_changed": RunView._flood_changed,
    "spread_measured": RunView._spread_measured,
    "planned": RunView._planned,
    "verdict_reached": RunView._verdict_reached,
    "run_closed": RunView._run_closed,
}
