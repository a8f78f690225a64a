"""What a night with a fault came to: what was noticed first, how soon, and whether what must hold did hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from benchctl.core import messages as m
from benchctl.core.model import Absence, Phase, RunState, Verdict
from benchctl.core.rows import Body, Samples
from benchctl.core.run.warningtable import MOMENTS, WARNINGS
from tests.faults.resuming import wrongly_resumed
from tests.faults.stage import FaultNight

OFF_S = 3.5
"""From noticing (or, where it is at once, from the fault) to the output truly off (safety section 4)."""

CELL_V = 3.95
"""No cell may truly see more while its BMS works: it opens at 3.80 V after a second."""

ENDS = {
    "current stopped in a step": "opened",
    "Time ran out": "no_taper",
    "does not taper": "no_taper",
    "without becoming full": "too_much_charge",
    "a cell is shorted or dead": "dead_cell",
    "rest was disturbed": "rest_disturbed",
    "gave no reading at the common scan": "unread",
    "loses its voltage too fast": "outlier",
    "outside 13.20": "outlier",
    "the middle of the bank": "outlier",
}
"""How a battery's end or the run's reasons name the process fault (`core.faults.PROCESS`)."""


QUIET = {"missing_look", "rest_disturbed"}
WELCOME = QUIET | {row.fault for row in WARNINGS} - MOMENTS
"""What may come before the fault is named, without naming it: another warning before a trip is welcome."""


class Output(Enum):
    """What must truly become of the output that was struck."""

    OFF = "off"  # within 3.5 s of noticing
    STAYS = "cannot be switched off; a person is called"
    UNTOUCHED = "not switched by this fault"


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that was noticed: which row, when, at what position, in what words."""

    fault: str
    at_s: float
    place: str | None
    text: str


def seen(night: FaultNight) -> list[Seen]:
    """Everything that was noticed from the strike on, in order."""
    struck_s = night.watched.struck_s
    assert struck_s is not None
    return [one for at_s, body in night.bodies() if at_s >= struck_s for one in _noticed(at_s, body)]


def _noticed(at_s: float, body: Body) -> Iterator[Seen]:
    match body:
        case m.AlarmRaised():
            yield Seen(body.fault, at_s, body.position, body.text)
        case m.PhaseEntered(phase=Phase.WAITING | Phase.FAILED):
            yield from _ended(at_s, body.position, body.why)
        case m.Waiting() if "its rest, begun again" in body.waiting_for:
            yield Seen("rest_disturbed", at_s, None, body.waiting_for)
        case m.RunEntered(state=RunState.REFUSED):
            yield Seen("refused", at_s, None, body.why)
        case m.VerdictReached():
            for reason in body.reasons:
                yield from _ended(at_s, None, reason)
        case m.SpreadMeasured() if body.outliers:
            yield Seen("outlier", at_s, None, ", ".join(body.outliers))
        case Samples():
            yield from _missed(at_s, body)


def _ended(at_s: float, place: str | None, why: str) -> Iterator[Seen]:
    for words, fault in ENDS.items():
        if words in why:
            yield Seen(fault, at_s, place, why)
    if " reads " in why and place is not None:
        yield Seen("refused", at_s, place, why)


def _missed(at_s: float, samples: Samples) -> Iterator[Seen]:
    for look in samples.polled:
        if isinstance(look.sample.voltage, Absence) or isinstance(look.sample.output_on, Absence):
            yield Seen("missing_look", at_s, look.position, str(look.sample.voltage))
    for scan in samples.scanned:
        for position, reading in scan.readings:
            if isinstance(reading, Absence):
                yield Seen("missing_look", at_s, position, reading.detail)


@dataclass(frozen=True, slots=True)
class Demand:
    """What one night must show. `shows`: the rows that may name it first; empty: nothing may trip, all goes on."""

    shows: tuple[str, ...]
    within_s: float
    output: Output
    approved: bool
    others: bool
    """The other battery must be charged to its end."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found. `problems` empty: the night is as it must be."""

    first: str | None
    latency_s: float | None
    off_s: float | None
    verdict: Verdict | None
    problems: tuple[str, ...]


def judge(night: FaultNight, demand: Demand) -> Judged:
    """Hold a night that is over against its demand."""
    struck_s = night.watched.struck_s
    if struck_s is None:
        return Judged(None, None, None, _verdict(night), ("the fault never struck: its phase did not come",))
    noticed = seen(night)
    quiet = (WELCOME if demand.shows else QUIET) - {*demand.shows}
    loud = [one for one in noticed if one.fault not in quiet]
    first = loud[0] if loud else None
    latency_s = None if first is None else first.at_s - struck_s
    off_s = None if night.watched.off_s is None else night.watched.off_s - struck_s
    problems = (
        *_noticing(first, latency_s, demand),
        *_safety(night, demand, latency_s, off_s),
        *_verdicts(night, demand),
        *wrongly_resumed(night),
        *_record(night, first),
        *_others(night, demand),
    )
    return Judged(first.fault if first else None, latency_s, off_s, _verdict(night), problems)


def _verdict(night: FaultNight) -> Verdict | None:
    return None if night.verdict is None else night.verdict.verdict


def _noticing(first: Seen | None, latency_s: float | None, demand: Demand) -> Iterator[str]:
    if not demand.shows:
        if first is not None:
            yield f"noticed as {first.fault}, but it is harmless: {first.text}"
    elif first is None or latency_s is None:
        yield "not noticed"
    elif first.fault not in demand.shows:
        yield f"noticed as {first.fault}, not as {' or '.join(demand.shows)}: {first.text}"
    elif latency_s > demand.within_s + 0.001:
        yield f"noticed after {latency_s:.1f} s, later than {demand.within_s:g} s"


def _trips(night: FaultNight) -> Iterator[tuple[float, m.AlarmRaised]]:
    return ((at_s, one) for at_s, one in night.bodies() if isinstance(one, m.AlarmRaised) and one.latched)


def _safety(night: FaultNight, demand: Demand, latency_s: float | None, off_s: float | None) -> Iterator[str]:
    if night.watched.highest_cell_v > CELL_V:
        yield f"a cell truly saw {night.watched.highest_cell_v:.2f} V"
    if demand.output is Output.OFF and latency_s is not None and night.watched.was_on:
        if off_s is None:
            yield "the output never went off"
        elif off_s - latency_s > OFF_S:
            yield f"truly off {off_s - latency_s:.1f} s after it was noticed"
    latched_s = next((at_s for at_s, one in _trips(night) if one.position == "P1"), None)
    last_on_s = night.watched.last_on_s
    if latched_s is not None and demand.output is Output.OFF and (last_on_s or 0.0) > latched_s + OFF_S:
        yield "energised behind its latch"


def _verdicts(night: FaultNight, demand: Demand) -> Iterator[str]:
    verdict = _verdict(night)
    if verdict is None and demand.output is not Output.STAYS:
        yield "no verdict was reached"
    elif demand.approved and verdict is not Verdict.APPROVED:
        yield f"ended {verdict}, though nothing that matters was wrong"
    elif not demand.approved and verdict is Verdict.APPROVED:
        yield "approved"


def _record(night: FaultNight, first: Seen | None) -> Iterator[str]:
    """An alarm is on record with its words, what was done, and the looks of the minute before it."""
    if first is None:
        return
    raised = [alarm for at_s, alarm in _trips(night) if at_s == first.at_s]
    for alarm in raised:
        if not (alarm.text and alarm.did and alarm.look_at):
            yield f"{alarm.alarm} is recorded without its words"
        if not any(
            isinstance(body, Samples) and first.at_s - 60 <= at_s <= first.at_s for at_s, body in night.bodies()
        ):
            yield f"{alarm.alarm} has no looks before it on record"


def _others(night: FaultNight, demand: Demand) -> Iterator[str]:
    if not demand.others:
        return
    full = any(isinstance(body, m.TaperProven) and body.serial == "E2" for _, body in night.bodies())
    if not full:
        yield "the other battery did not get to its taper"
