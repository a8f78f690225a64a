"""The parts of a view: what rows have said of each battery, position, prompt and alarm. None is "no row said so"."""

from dataclasses import dataclass, replace
from typing import TypeVar

from benchctl.core.messages import PlanStep, StepKind
from benchctl.core.model import AlarmState, Phase, Regulation, RunState, Verdict
from benchctl.core.probes import ProbesState
from benchctl.core.view.fields import Fields
from benchctl.core.view.wording import Tone, came_first

Member = TypeVar("Member", RunState, Phase, Regulation, AlarmState, Verdict, ProbesState, StepKind)

CHARGED = frozenset(
    (Phase.FULL, Phase.RESTING, Phase.RESTED, Phase.VERIFIED, Phase.OUTLIER, Phase.TRIPPED, Phase.FAILED)
)
"""Phases after a charge, however it ended."""


def member(kind: type[Member], text: str | None) -> Member | None:
    """The member of an enumeration with this value; None if there is none."""
    return next((known for known in kind if known.value == text), None)


@dataclass(frozen=True, slots=True)
class BatterySight:
    """One battery. `position` None: it is not on the bench. `until` is a wall-clock text, `until_s` boot seconds;
    `expected_ah` is what its charge is expected to take. In seconds of the run: it is in its phase
    since `since_s`, and its first charge ended at `charged_s`, one way or another."""

    serial: str
    group: str | None = None
    position: str | None = None
    phase: Phase | None = None
    why: str | None = None
    round: int | None = None
    waiting_for: str | None = None
    until_s: float | None = None
    until: str | None = None
    amp_hours: float | None = None
    expected_ah: float | None = None
    since_s: float | None = None
    charged_s: float | None = None

    def entered(self, body: Fields, at_s: float) -> "BatterySight":
        """In another phase; what it waited for in the old one is over."""
        phase, why = member(Phase, body.text("phase")), body.text("why")
        charged_s = at_s if self.charged_s is None and phase in CHARGED else self.charged_s
        charged_s = None if phase is Phase.WAITING else charged_s  # its charge is to come, or to come again
        entered = replace(self, phase=phase, position=body.text("position"), why=why, round=body.whole("round"))
        return replace(entered.left_alone(), since_s=at_s, charged_s=charged_s)

    def left_alone(self) -> "BatterySight":
        """Waiting for nothing that is known."""
        return replace(self, waiting_for=None, until_s=None, until=None)


@dataclass(frozen=True, slots=True)
class PositionSight:
    """One place on the bench, as its instruments last answered. Supply readings vanish when its output goes off."""

    name: str
    output_on: bool | None = None
    supply_v: float | None = None
    current_a: float | None = None
    regulation: Regulation | None = None
    meter_v: float | None = None
    temperature_c: float | None = None
    lead_ohm: float | None = None

    @property
    def voltage_v(self) -> float | None:
        """The battery's voltage: the supply's reading while its output is on, the meter's otherwise."""
        return self.supply_v if self.output_on else self.meter_v

    def polled(self, sample: Fields) -> "PositionSight":
        """With a new look at the supply."""
        volts, amps, output_on = sample.value("voltage"), sample.value("current"), sample.truth("output_on")
        regulation = member(Regulation, sample.text("regulation"))
        return replace(self, supply_v=volts, current_a=amps, regulation=regulation, output_on=output_on)

    def switched_off(self, proven: bool) -> "PositionSight":
        """After an off was sent; unless it is proven, nobody knows whether it is off."""
        output_on = False if proven else None
        return replace(self, output_on=output_on, supply_v=None, current_a=None, regulation=None)


@dataclass(frozen=True, slots=True)
class PromptSight:
    """Something a person is asked to do, since `wall`. Of a hand-held meter: what its probes show, and how steadily."""

    prompt: str
    kind: str | None
    text: str
    position: str | None
    serial: str | None
    wall: str
    probes: ProbesState | None = None
    reading_v: float | None = None


@dataclass(frozen=True, slots=True)
class AlarmSight:
    """An alarm and where it stands."""

    alarm: str
    state: AlarmState
    fault: str | None
    position: str | None
    serial: str | None
    latched: bool | None
    priority: str | None
    first_out: bool | None
    text: str | None
    value: float | None
    limit: float | None
    did: str | None
    look_at: str | None
    wall: str

    @property
    def marks(self) -> tuple[str, ...]:
        """Its priority in words, for positions are called P1 too, and whether it came first of all."""
        priority = None if self.priority is None else f"priority {self.priority.removeprefix('P')}"
        return tuple(filter(None, (priority, came_first(self.first_out))))


@dataclass(frozen=True, slots=True)
class EventSight:
    """A line of the event list; `times` counts how often it was said lately."""

    seq: int
    wall: str
    tone: Tone
    text: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class StepSight:
    """A line of the plan of the night as it looks now, in wall-clock texts; None: not known."""

    text: str
    start: str | None
    end: str | None
    hands: bool


@dataclass(frozen=True, slots=True)
class VerdictSight:
    """How the run ended. The spread is None unless it covers the whole bank."""

    verdict: Verdict
    spread_v: float | None
    reasons: tuple[str, ...]


def planned_sight(body: Fields) -> PlanStep | None:
    """A step of the plan as its row says it; None if it has no times."""
    start_s, end_s, kind = body.number("start_s"), body.number("end_s"), member(StepKind, body.text("kind"))
    if start_s is None or end_s is None or kind is None:
        return None
    hands, place, serial = body.truth("hands") or False, body.text("place"), body.text("serial")
    return PlanStep(body.text("text") or "", start_s, end_s, hands, kind, place, serial)


def prompt_sight(prompt: str, body: Fields, wall: str) -> PromptSight:
    """A prompt as its row asks it."""
    return PromptSight(
        prompt=prompt,
        kind=body.text("kind"),
        text=body.text("text") or "A person is needed.",
        position=body.text("position"),
        serial=body.text("serial"),
        wall=wall,
    )


def alarm_sight(alarm: str, body: Fields, wall: str) -> AlarmSight:
    """An alarm as its row raises it."""
    return AlarmSight(
        alarm=alarm,
        state=AlarmState.UNACK,
        fault=body.text("fault"),
        position=body.text("position"),
        serial=body.text("serial"),
        latched=body.truth("latched"),
        priority=body.text("priority"),
        first_out=body.truth("first_out"),
        text=body.text("text"),
        value=body.number("value"),
        limit=body.number("limit"),
        did=body.text("did"),
        look_at=body.text("look_at"),
        wall=wall,
    )
