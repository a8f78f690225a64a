"""From a view to what each part of the screen shows: sorting and wording, no widgets, no waiting."""

from datetime import datetime

from textual.content import Content

from benchctl.core.model import AlarmState, RunState
from benchctl.core.view.outlook import full_about, outlook
from benchctl.core.view.runview import RunView
from benchctl.core.view.sights import AlarmSight
from benchctl.core.view.wording import STATE_PHRASES, duration
from benchctl.tui.bars import HeaderShown, StepShown, hint_lines, time_of_day
from benchctl.tui.cards import CardShown
from benchctl.tui.chart import Curve
from benchctl.tui.event_list import EventShown
from benchctl.tui.ink import DIM, STATE_SIGNS, WARN
from benchctl.tui.port import Clock, LatchShown, Standing

SILENT_S = 30.0
"""Longer without a row of a living run is worth saying."""


def interrupted(view: RunView | None, standing: Standing) -> bool:
    """Whether a run was begun, did not end, and nobody is there to go on with it."""
    return view is not None and view.run is not None and not view.closed and not standing.alive


def header(view: RunView | None, standing: Standing, clock: Clock, news_s: float) -> HeaderShown:
    """What the header shows."""
    state = (view.state if view is not None else None) or RunState.IDLE
    sign, label, phrase = STATE_SIGNS[state], state.value.replace("_", " "), STATE_PHRASES[state]
    if interrupted(view, standing):
        sign, label, phrase = ("?", WARN), "interrupted", "the engine is gone; nobody knows what the outputs do"
    elif view is None and standing.run is not None:
        sign, label, phrase = ("●", DIM), "reading", "the journal is read from its beginning"
    elif standing.starting:
        sign, label, phrase = ("●", DIM), "starting", "the files are read, every instrument is asked who it is"
    waited_s = clock.monotonic_s() - news_s
    silent = standing.alive and view is not None and not view.closed and waited_s > SILENT_S
    return HeaderShown(
        bank=view.bank if view is not None else None,
        run=view.run if view is not None else None,
        procedure=view.procedure if view is not None else None,
        sign=sign,
        label=label,
        phrase=phrase,
        simulated=view is not None and view.simulated is True,
        now=now(view, standing, clock),
        silent=f"last row {duration(waited_s)} ago" if silent else None,
    )


def news(standing: Standing, reading: int | None) -> str | None:
    """What comes, while there is no run to see; None if nothing does."""
    if reading is not None:
        return f"Reading the journal: {reading} rows so far …"
    return "The run is starting. Nothing is switched on before every check." if standing.starting else None


def now(view: RunView | None, standing: Standing, clock: Clock) -> datetime:
    """The time to show: a simulated run has its own, which is that of its newest row."""
    running = view is not None and view.simulated is True and standing.alive and not view.closed
    simulated = clock.local(view.wall) if running and view is not None and view.wall is not None else None
    return simulated or clock.now()


def cards(view: RunView, clock: Clock, chosen: int, at: datetime) -> tuple[CardShown, ...]:
    """A card for each position."""
    alarmed = {alarm.position for alarm in view.alarms.values() if alarm.state is not AlarmState.NORMAL}
    return tuple(
        CardShown(
            position=seen,
            batteries=view.at(seen.name),
            until=_time_of(next((each.until for each in view.at(seen.name)), None), clock, at),
            full=_time_of(full_about(view, seen.name), clock, at),
            chosen=index == chosen,
            alarmed=seen.name in alarmed,
            over=view.closed,
        )
        for index, seen in enumerate(view.positions.values())
    )


def _time_of(wall: str | None, clock: Clock, at: datetime) -> str | None:
    when = clock.local(wall) if wall is not None else None
    return None if when is None else time_of_day(when, at)


def curve(view: RunView, clock: Clock, chosen: int) -> Curve:
    """The curve of the chosen position's battery."""
    names = list(view.positions)
    name = names[chosen] if chosen < len(names) else ""
    serial = next((battery.serial for battery in view.at(name)), "")
    series = view.series.get(serial)
    started = clock.local(view.started) if view.started is not None else None
    return Curve(f"{name}  {serial}".strip(), tuple(series.slices) if series is not None else (), started)


def events(view: RunView, clock: Clock, most: int) -> tuple[EventShown, ...]:
    """The newest events, oldest first."""
    newest = list(view.events)[-most:]
    return tuple(EventShown(_clock(each.wall, clock), each.tone, each.text, each.times) for each in newest)


def _clock(wall: str, clock: Clock) -> str:
    when = clock.local(wall)
    return "--:--" if when is None else f"{when:%H:%M}"


def plan(view: RunView, clock: Clock) -> list[StepShown]:
    """The plan as it looks now, in local time."""
    return [
        StepShown(
            step,
            clock.local(step.start) if step.start is not None else None,
            clock.local(step.end) if step.end is not None else None,
        )
        for step in outlook(view).steps
    ]


def alarms(view: RunView | None, standing: Standing) -> list[AlarmSight]:
    """Alarms to show: those of a run that is not over, otherwise the latches that outlived theirs."""
    if view is not None and (standing.alive or interrupted(view, standing)):
        return list(view.alarms.values())
    return [] if standing.alive else [_latched(latch) for latch in standing.latches]


def _latched(latch: LatchShown) -> AlarmSight:
    return AlarmSight(
        alarm=latch.alarm,
        state=AlarmState.ACK if latch.acknowledged else AlarmState.UNACK,
        fault=None,
        position=latch.position,
        serial=latch.serial,
        latched=True,
        priority=None,
        first_out=None,
        text=latch.text,
        value=None,
        limit=None,
        did=None,
        look_at=None,
        wall="",
    )


def elsewhere(view: RunView, width: int) -> list[Content]:
    """The batteries that are not on the bench, in at most two lines; none if all are, or the run is over."""
    off = () if view.closed else view.elsewhere()
    told = ", ".join(f"{each.serial} {each.phase.value if each.phase is not None else 'not met yet'}" for each in off)
    return hint_lines(f"Not on the bench: {told}", DIM, width) if off else []


def hint(view: RunView | None, standing: Standing) -> str:
    """What a person can do next, when nothing else says so."""
    if standing.latches and not standing.alive:
        return "Find the cause of what stands latched, then press A and R. No run starts before."
    if view is not None and view.closed:
        return f"S starts the next run. Record: benchctl records show {view.run}"
    return "Q leaves this screen; the run goes on without it." if standing.alive else ""
