"""The lines across the screen: header, plan, alarms, prompt, verdict, answers and keys. Each shows what it is given."""

from dataclasses import dataclass
from datetime import datetime

from textual.content import Content
from textual.events import Click
from textual.widget import Widget

from benchctl.core.messages import PromptKind
from benchctl.core.model import AlarmState, Verdict
from benchctl.core.view.sights import AlarmSight, PromptSight, StepSight, VerdictSight
from benchctl.core.view.wording import PROBES_PHRASES, volts
from benchctl.tui.ink import ACCENT, DIM, GROUND, SECOND, TEXT, ends, folded, ink, line, lines

SAME_NIGHT_S = 18 * 3600
"""Nearer than this a time of day needs no weekday."""


class Bar(Widget, can_focus=False):
    """A widget that draws whatever lines it was given last, and is as high as they are."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self._lines: list[Content] = []

    def put(self, shown: list[Content]) -> int:
        """Show these lines; returns how many rows that takes, 0 hides the bar."""
        if shown != self._lines or self.display != bool(shown):
            self._lines = shown
            self.display = bool(shown)
            self.styles.height = len(shown)
            self.refresh()
        return len(shown)

    def render(self) -> Content:
        """The lines."""
        return lines(*self._lines)


@dataclass(frozen=True, slots=True)
class HeaderShown:
    """Who, what, how and when. `sign` is a symbol and its colour; `silent` says how long no row has come."""

    bank: str | None
    run: str | None
    procedure: str | None
    sign: tuple[str, str]
    label: str
    phrase: str
    simulated: bool
    now: datetime
    silent: str | None


def header_lines(shown: HeaderShown, width: int) -> list[Content]:
    """Two lines: what runs here and the time; the state in words."""
    badge = ink(" SIMULATED ", f"bold {GROUND} on {SECOND}") if shown.simulated else Content("")
    time = line(badge, ink(f"  {shown.now:%a %H:%M:%S} ", f"bold {TEXT}"))
    what = line(ink(" benchctl", f"bold {ACCENT}"), ink(f"  {shown.bank}" if shown.bank else "", f"bold {TEXT}"))
    for part in filter(None, (shown.run, shown.procedure)):
        longer = line(what, ink(f"  {part}", DIM))
        what = longer if longer.cell_length + time.cell_length < width else what
    sign, colour = shown.sign
    state = line(ink(f" {sign} {shown.label.upper()}", f"bold {colour}"), ink(f"  {shown.phrase}"))
    quiet = ink(f" {shown.silent} ", f"bold {GROUND} on {SECOND}") if shown.silent else Content("")
    return [ends(what, time, width), ends(state, quiet, width)]


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step of the plan in local time."""

    step: StepSight
    start: datetime | None
    end: datetime | None


def plan_line(steps: list[StepShown], permit: str | None, now: datetime, width: int) -> list[Content]:
    """One line: when hands are needed next, and when all of it ends."""
    if not steps:
        return []
    ends_at = max((each.end for each in steps if each.end is not None), default=None)
    hands = next((each for each in steps if each.step.hands and (each.end is None or each.end > now)), None)
    when = f"{time_of_day(hands.start, now)} {hands.step.text}" if hands is not None else ""
    words = "   hands needed " if hands is not None else "   no hands needed any more"
    first = line(ink(words, DIM), ink(when, f"bold {TEXT}"))
    last = line(ink("  ends about ", DIM), ink(time_of_day(ends_at, now), f"bold {TEXT}"), ink(" "))
    unattended = ink(f"   {permit}" if permit else "", DIM)
    fits = first.cell_length + unattended.cell_length + last.cell_length <= width
    return [ends(line(first, unattended) if fits else first, last, width)]


def plan_lines(steps: list[StepShown], now: datetime, width: int, rows: int) -> list[Content]:
    """The plan of the night: what has ended, what is now (►), what comes, and where hands are needed."""
    title = [ink("Plan of the night", f"bold {TEXT}")] if steps else []
    return (title + [piece for each in steps for piece in _step_lines(each, now, width)])[:rows]


def _step_lines(each: StepShown, now: datetime, width: int) -> list[Content]:
    over = each.end is not None and each.end <= now
    present = not over and (each.start is None or each.start <= now)
    style = DIM if over else f"bold {TEXT}" if present else TEXT
    sign = ink("► " if present else "✓ " if over else "· ", ACCENT if present else DIM)
    span = f"{_clock(each.start)}–{_clock(each.end)}  "
    hands = ink("HANDS  ", f"bold {SECOND}") if each.step.hands and not over else Content("")
    first, *more = folded(line(hands, ink(each.step.text, style)), width - len(span) - 2, 3)
    return [line(sign, ink(span, style), first), *_indented(more, len(span) + 2)]


_ALARM_STATES = {AlarmState.ACK: "acknowledged", AlarmState.RTN_UNACK: "gone by itself, not acknowledged"}


def foremost(alarms: list[AlarmSight]) -> AlarmSight:
    """Of those that nobody has acknowledged, or else of all, the one that came first of all, or the most urgent."""
    fresh = [alarm for alarm in alarms if alarm.state is not AlarmState.ACK]
    return min(fresh or alarms, key=lambda each: (not each.first_out, each.priority or ""))


def alarm_lines(alarms: list[AlarmSight], flood: str | None, width: int) -> list[Content]:
    """The foremost alarm: what, what was done, what to look at. In a flood (`flood`, a sentence) that is said above."""
    if not alarms:
        return []
    alarm = foremost(alarms)
    count = f" {len(alarms)} alarms" if len(alarms) > 1 else " ALARM" if alarm.latched else " WARNING"
    state = ", ".join(filter(None, (*alarm.marks, _ALARM_STATES.get(alarm.state))))
    where = " ".join(filter(None, (alarm.position, alarm.serial)))
    seen = f"R resets {alarm.position or 'it'}" if alarm.latched else ""
    hint = seen if alarm.state is AlarmState.ACK else "A acknowledges"
    head = line(ink(f" ▲{count}", "bold"), ink(f"  {where}  ", "bold"), ink(state))
    said = " ".join(filter(None, (alarm.text, alarm.did, f"Look at: {alarm.look_at}" if alarm.look_at else None)))
    flooded = [] if flood is None else folded(ink(f" ▲ {flood}", "bold"), width, 2)
    return [*flooded, ends(head, ink(f"  {hint} ", "bold"), width), *_indented(folded(ink(said), width - 4, 3))]


def prompt_lines(prompts: list[PromptSight], width: int) -> list[Content]:
    """The oldest open prompt, and the one key that answers it."""
    if not prompts:
        return []
    prompt, more = prompts[0], f"  (1 of {len(prompts)})" if len(prompts) > 1 else ""
    probes = prompt.kind == PromptKind.HOLD_PROBES
    how = "read by itself when it is steady" if probes else "press Enter when it is done"
    head = ends(ink(f" ► A PERSON IS NEEDED{more}", "bold"), ink(f"  {how} ", "bold"), width)
    said = folded(ink(prompt.text, "bold"), width - 4, 3)
    return [Content(""), head, *_indented(said), *(_probes_lines(prompt, width) if probes else []), Content("")]


def _probes_lines(prompt: PromptSight, width: int) -> list[Content]:
    """What the probes show just now, and what that means."""
    phrase = "the meter is asked" if prompt.probes is None else PROBES_PHRASES[prompt.probes]
    shown = line(ink(f"{volts(prompt.reading_v):>9}", "bold"), ink(f"  {phrase}", "bold"))
    return _indented(folded(shown, width - 4, 2))


_VERDICTS = {
    Verdict.APPROVED: "✓  APPROVED",
    Verdict.REJECTED: "✗  REJECTED",
    Verdict.TRIPPED: "▲  TRIPPED",
    Verdict.STOPPED: "■  STOPPED",
    Verdict.NOT_PROVEN: "?  NOT PROVEN",
    Verdict.REFUSED: "✗  REFUSED",
}


def verdict_lines(verdict: VerdictSight, limit_v: float | None, width: int, rows: int) -> list[Content]:
    """The end: verdict, spread, and every reason that fits."""
    spread = "" if verdict.spread_v is None else f"spread {verdict.spread_v:.3f} V"
    limit = "" if not spread or limit_v is None else f" (limit {limit_v:.3f} V)"
    head = ends(ink(f"  {_VERDICTS[verdict.verdict]}", "bold"), ink(f"{spread}{limit}  ", "bold"), width)
    said = [piece for reason in verdict.reasons for piece in folded(ink(reason), width - 7, 2)]
    return [Content(""), head, *_indented(said[: max(1, rows - 3)], 5), Content("")]


def interrupted_lines(width: int) -> list[Content]:
    """A run that nobody goes on with."""
    head = ends(ink("  ?  INTERRUPTED", "bold"), Content(""), width)
    what = "`benchctl off` proves every output off. `benchctl resume` goes on with the run."
    return [Content(""), head, *_indented(folded(ink(what), width - 7, 3), 5), Content("")]


def hint_lines(sentence: str, colour: str, width: int) -> list[Content]:
    """One sentence, always with room for one line; a long one takes two."""
    return _indented(folded(ink(sentence, colour), width - 2, 2), 1)


def _indented(pieces: list[Content], by: int = 3) -> list[Content]:
    return [line(ink(" " * by), piece) for piece in pieces]


def time_of_day(when: datetime | None, now: datetime) -> str:
    """A time of day, with the weekday where the time alone could be mistaken for a nearer one."""
    if when is None:
        return "--:--"
    return f"{when:%H:%M}" if abs((when - now).total_seconds()) < SAME_NIGHT_S else f"{when:%a %H:%M}"


def _clock(when: datetime | None) -> str:
    return "--:--" if when is None else f"{when:%H:%M}"


class Key(Widget, can_focus=False):
    """One key of the footer; a click is as good as the key."""

    def __init__(self, key: str, word: str, action: str) -> None:
        super().__init__(classes="key", id=f"key-{key.lower()}")
        self._text = line(ink(f" {key} ", "bold" if action == "stop" else f"bold {ACCENT}"), ink(f"{word} "))
        self._action = action
        self.styles.width = self._text.cell_length

    def render(self) -> Content:
        """The key and its word."""
        return self._text

    async def on_click(self, event: Click) -> None:
        """Do what the key does."""
        event.stop()
        await self.run_action(f"screen.{self._action}")
