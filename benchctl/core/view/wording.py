"""The words a person reads: one sentence for each kind of journal row, one phrase for each state. No rule lives here.

Screen, `status` and the headless printer all say it the same way, because they all say it from here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from benchctl.core.journal.chain import Unparsable, parse
from benchctl.core.model import RunState, Verdict
from benchctl.core.probes import ProbesState
from benchctl.core.view.fields import Fields


class Tone(StrEnum):
    """How loud a line is. Each tone has its own symbol, so that no one has to see its colour."""

    QUIET = "quiet"
    GOOD = "good"
    ASK = "ask"
    WARN = "warn"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence and how loud it is."""

    tone: Tone
    text: str


# Each goes on where the state's own name ends.
STATE_PHRASES: dict[RunState, str] = {
    RunState.IDLE: "nothing is running",
    RunState.CHECKING: "instruments, wiring and every battery",
    RunState.CHARGING: "alone or in its group, until the current has tapered",
    RunState.RESTING: "each battery by itself, before they are compared",
    RunState.VERIFYING: "all batteries compared in one scan",
    RunState.BALANCING: "the batteries that rest low are topped up",
    RunState.APPROVED: "these batteries may be joined in series",
    RunState.REJECTED: "do not join these batteries in series",
    RunState.NOT_PROVEN: "nothing is approved",
    RunState.TRIPPED: "a person is needed",
    RunState.STOPPED: "by the operator; nothing is approved",
    RunState.REFUSED: "nothing was switched on",
}


PROBES_PHRASES: dict[ProbesState, str] = {
    ProbesState.SILENT: "the meter gives no reading",
    ProbesState.NOT_LIFTED: "not seen off since they were asked for: lift them once, or answer that they are on it",
    ProbesState.OPEN: "nothing there yet",
    ProbesState.REVERSED: "REVERSED: red is on minus, turn the probes",
    ProbesState.UNSTEADY: "not steady yet, hold them still",
    ProbesState.ELSEWHERE: "not what the supply holds there: is it the right battery?",
    ProbesState.STEADY: "steady",
}


def volts(value: float | None) -> str:
    """`14.352 V`, or dashes where nothing is known."""
    return "--.--- V" if value is None else f"{value:.3f} V"


def amperes(value: float | None) -> str:
    """`20.00 A`, or dashes where nothing is known."""
    return "--.-- A" if value is None else f"{value:.2f} A"


def amp_hours(value: float | None) -> str:
    """`72.4 Ah`, or dashes where nothing is known."""
    return "--.- Ah" if value is None else f"{value:.1f} Ah"


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `2 h`, `2 h 10 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return " ".join(parts)


def sentence(kind: str, body: Fields) -> Line | None:
    """What a row has to say in the event list; None where it says nothing."""
    say = _SENTENCES.get(kind)
    return None if say is None else say(body)


def _run_opened(body: Fields) -> Line:
    bank, by = body.part("bank"), body.text("operator") or "an operator who gave no name"
    batteries = len(bank.parts("batteries"))
    return _quiet(f"Run {body.text('run')} opened by {by}: {bank.text('name')}, {batteries} batteries.")


def _run_entered(body: Fields) -> Line | None:
    if body.text("state") in set(Verdict):  # the verdict's own row says it
        return None
    return _quiet(_because(str(body.text("state")).replace("_", " ").capitalize(), body))


_PHASE_TONES = {
    "full": Tone.GOOD,
    "verified": Tone.GOOD,
    "outlier": Tone.WARN,
    "tripped": Tone.ALARM,
    "failed": Tone.ALARM,
}


def _phase_entered(body: Fields) -> Line:
    phase = body.text("phase")
    return Line(_PHASE_TONES.get(phase or "", Tone.QUIET), _because(f"{_who(body)} {phase}", body))


def _switched_off(body: Fields) -> Line:
    position, detail = body.text("position"), body.text("detail")
    if body.truth("proven"):
        return _quiet(f"{position} output off, proven by its answer.")
    return Line(Tone.ALARM, f"{position} output NOT proven off{f': {detail}' if detail else ''}.")


def _trip_cleared(body: Fields) -> Line:
    position, cleared, standing = body.text("position"), body.texts("cleared"), body.texts("standing")
    if not body.truth("off"):
        return Line(Tone.ALARM, f"{position} output answered that it is on when a trip was to be cleared.")
    if standing:
        return Line(Tone.WARN, f"{position} output off; its supply says tripped: {', '.join(standing)}.")
    if cleared:
        return _quiet(f"{position} {', '.join(cleared)} cleared; its output was off before and after, by its answer.")
    return _quiet(f"{position} output off, proven by its answer; nothing was to be cleared.")


def _wire_failed(body: Fields) -> Line:
    where = body.text("position") or body.text("instrument")
    doing = (body.text("operation") or "exchange").replace("_", " ")
    return Line(Tone.WARN, _because(f"{where} {doing} failed: {body.text('reason')}", body, "detail"))


def _setting_refused(body: Fields) -> Line:
    what, asked, answered = body.text("what"), body.number("asked"), body.number("answered")
    return Line(Tone.WARN, f"{body.text('position')} did not take its {what}: asked {asked}, read back {answered}.")


def _lead_learned(body: Fields) -> Line | None:
    ohm = body.number("resistance_ohm")
    return None if ohm is None else _quiet(f"{body.text('position')} leads and contacts measure {ohm * 1000:.1f} mOhm.")


_TOLD_PROBES = (ProbesState.REVERSED, ProbesState.ELSEWHERE, ProbesState.NOT_LIFTED)


def _probes_seen(body: Fields) -> Line | None:
    state = next((one for one in _TOLD_PROBES if one == body.text("state")), None)
    if state is None:
        return None
    shown = f"The probes asked for on {body.text('serial')} read {volts(body.number('voltage_v'))}"
    return Line(Tone.WARN, f"{shown}: {_stop(PROBES_PHRASES[state])}")


def _probes_read(body: Fields) -> Line:
    return _quiet(f"{body.text('serial')} reads {volts(body.number('voltage_v'))} by {body.text('instrument')}.")


def _drift_measured(body: Fields) -> Line | None:
    first_v, again_v, limit_v = (body.number(name) for name in ("first_v", "again_v", "limit_v"))
    if first_v is None or again_v is None or limit_v is None:
        return None
    moved = f"{body.text('serial')} read again: {1000 * (again_v - first_v):+.1f} mV"
    if body.truth("settled") is False:
        return _quiet(f"{moved}; it had not settled yet, so its fall counts with the uncertainty.")
    good = abs(again_v - first_v) <= limit_v
    return Line(Tone.QUIET if good else Tone.WARN, f"{moved}, {1000 * limit_v:.1f} mV allowed.")


def _prompt_closed(body: Fields) -> Line | None:
    value, by = body.text("value"), body.text("operator")
    if value == "read":
        return None
    if value is None:
        return _quiet("A prompt was withdrawn: it needs no answer any more.")
    return _quiet(f"Answered {value!r}{f' by {by}' if by else ''}.")


def came_first(first_out: bool | None) -> str | None:
    """How it is said of an alarm that no other trip stood when it came; None: nothing is."""
    return "first" if first_out else None


def _alarm_raised(body: Fields) -> Line:
    place = " ".join(filter(None, (body.text("position"), body.text("serial"))))
    who = ", ".join(filter(None, (place, came_first(body.truth("first_out")))))
    tone = Tone.ALARM if body.truth("latched") else Tone.WARN
    said = (f"{who}:" if who else None, body.text("text"), body.text("did"))
    return Line(tone, " ".join(filter(None, said)))


def _alarm_changed(body: Fields) -> Line:
    words = {"normal": "is over", "ack": "was acknowledged", "rtn_unack": "went away by itself", "unack": "stands"}
    word, by = words.get(body.text("state") or "", "changed"), body.text("operator")
    return _quiet(f"Alarm {body.text('alarm')} {word}{f' by {by}' if by else ''}.")


def _flood_changed(body: Fields) -> Line:
    return Line(Tone.ALARM if body.truth("flooding") else Tone.QUIET, body.text("text") or "Alarms came at once.")


def _taper_proven(body: Fields) -> Line:
    held_s = body.number("held_s")
    for_s = f" for {duration(held_s)}" if held_s is not None else ""
    took, level = amperes(body.number("taper_a")), volts(body.number("voltage_v"))
    return Line(Tone.GOOD, f"{_who(body)} is full: {took} at {level}{for_s}, {amp_hours(body.number('amp_hours'))}.")


def _spread_measured(body: Fields) -> Line:
    spread, bound, limit = (volts(body.number(name)) for name in ("spread_v", "uncertainty_v", "limit_v"))
    outliers = body.texts("outliers")
    rest = f" Outside: {', '.join(outliers)}." if outliers else ""
    return Line(Tone.WARN if outliers else Tone.GOOD, f"Spread {spread}, uncertainty {bound}, limit {limit}.{rest}")


def _planned(body: Fields) -> Line:
    ends = [end for step in body.parts("steps") if (end := step.number("end_s")) is not None]
    takes = f", about {duration(max(ends))}" if ends else ""
    return _quiet(f"Plan made{takes}; {body.text('permit') or 'no permit stated'}.")


def _wish_refused(body: Fields) -> Line:
    wish = (body.text("wish") or "wish").replace("_", " ")
    return Line(Tone.WARN, _because(f"Not done ({wish})", body, "reason"))


def _verdict_reached(body: Fields) -> Line:
    verdict = body.text("verdict") or "no verdict"
    tone = Tone.GOOD if verdict == Verdict.APPROVED else Tone.ALARM
    return Line(tone, f"Verdict: {verdict.replace('_', ' ')}. {' '.join(body.texts('reasons'))}".strip())


def _guard_log(body: Fields) -> Line | None:
    lines = [_logged(line) for line in body.texts("lines")]
    return Line(Tone.WARN, f"The guard acted: {'; '.join(lines)}") if lines else None


def _logged(line: str) -> str:
    """The words of a line of the guard's log; the line itself where it is torn or cut."""
    try:
        entry = parse(line)
    except Unparsable:
        return line
    return (Fields(entry).text("text") if isinstance(entry, dict) else None) or line


def _asked(wish: str) -> Callable[[Fields], Line]:
    return lambda body: _quiet(f"{wish}{f' by {by}' if (by := body.text('operator')) else ''}.")


def _told(text: str) -> Callable[[Fields], Line]:
    return lambda body: Line(Tone.ALARM, _because(text, body, "detail"))


def _because(text: str, body: Fields, name: str = "why") -> str:
    why = body.text(name)
    return f"{text}: {_stop(why)}" if why else f"{text}."


def _stop(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _who(body: Fields) -> str:
    return " ".join(filter(None, (body.text("position"), body.text("serial"))))


def _quiet(text: str) -> Line:
    return Line(Tone.QUIET, text)


_SENTENCES: dict[str, Callable[[Fields], Line | None]] = {
    "run_opened": _run_opened,
    "run_entered": _run_entered,
    "phase_entered": _phase_entered,
    "switched_on": lambda body: _quiet(f"{body.text('position')} output on."),
    "switched_off": _switched_off,
    "trip_cleared": _trip_cleared,
    "wire_failed": _wire_failed,
    "setting_refused": _setting_refused,
    "lead_learned": _lead_learned,
    "prompt_asked": lambda body: Line(Tone.ASK, body.text("text") or "A person is needed."),
    "prompt_closed": _prompt_closed,
    "probes_seen": _probes_seen,
    "probes_read": _probes_read,
    "drift_measured": _drift_measured,
    "alarm_raised": _alarm_raised,
    "alarm_changed": _alarm_changed,
    "flood_changed": _flood_changed,
    "taper_proven": _taper_proven,
    "spread_measured": _spread_measured,
    "planned": _planned,
    "noted": lambda body: _quiet(body.text("text") or ""),
    "wish_refused": _wish_refused,
    "verdict_reached": _verdict_reached,
    "guard_log": _guard_log,
    "stop_requested": _asked("Stop asked for"),
    "off_requested": _asked("Everything off asked for"),
    "ack_requested": _asked("Acknowledgement asked for"),
    "reset_requested": _asked("Reset asked for"),
    "suspended": _told("This computer slept, outputs go off"),
    "guard_lost": _told("The guard is gone, outputs go off"),
    "journal_failed": _told("The journal cannot be trusted, outputs go off"),
}
