"""What a record states of a run's course: scans, rounds, alarms, prompts, wishes, notes, interruptions."""

from benchctl.core.acceptance.proof_match import Drift, Scan
from benchctl.core.acceptance.proof_moment import Moment, stated
from benchctl.core.acceptance.proof_story import Story
from benchctl.core.journal.chain import Json
from benchctl.core.journal.codec import encode
from benchctl.core.messages import PromptAsked, PromptKind

NO_SPREAD = "It cannot be computed: not every battery was read with a meter of known accuracy."


def match(story: Story) -> dict[str, Json]:
    """The last common scan, and every one before it."""
    rounds: Json = [_round(scan) for scan in story.scans]
    if not story.scans:
        return {"match": None, "match_note": "No common scan was made.", "scans": rounds}
    scan = story.scans[-1]
    limit_v = story.opened.procedure.match.spread_v
    both = None if scan.spread_v is None or scan.uncertainty_v is None else scan.spread_v + scan.uncertainty_v
    last: dict[str, Json] = {
        "at": scan.at.stated(),
        "spread_v": scan.spread_v,
        "uncertainty_v": scan.uncertainty_v,
        "spread_note": None if both is not None else NO_SPREAD,
        "together_v": both,
        "limit_v": limit_v,
        "within": None if both is None else both <= limit_v,
        "method": "expanded uncertainty (k = 2) of the difference of two readings, taken as uncorrelated",
        "meters": [*_meters(story, scan)],
        "length_s": scan.length_s,
        "drifts": [_drift(drift) for drift in scan.drifts],
        "as_journalled": {"spread_v": scan.journalled.spread_v, "uncertainty_v": scan.journalled.uncertainty_v},
    }
    return {"match": last, "match_note": None, "scans": rounds}


def _meters(story: Story, scan: Scan) -> list[str]:
    places = [story.bench.places.get(one.position or "") for one in scan.verified]
    meters = [place.position.measured_by for place in places if place is not None]
    return sorted({meter.instrument for meter in meters if meter is not None})


def _drift(drift: Drift) -> Json:
    """A meter held by hand: its first battery, read again at the end."""
    return {
        "meter": drift.instrument,
        "serial": drift.serial,
        "first_v": drift.first_v,
        "again_v": drift.again_v,
        "limit_v": drift.limit_v,
        "settled": drift.settled,
        "within": drift.within,
    }


def _round(scan: Scan) -> Json:
    return {
        "round": scan.journalled.round,
        "at": scan.at.stated(),
        "spread_v": scan.spread_v,
        "uncertainty_v": scan.uncertainty_v,
        "outliers": [*scan.journalled.outliers],
        "voltages_v": {one.serial: one.voltage_v for one in scan.verified},
    }


def course(story: Story) -> dict[str, Json]:
    """Everything that happened on the way and that a reader of the record should know."""
    return {
        "holds": [{"at": at.stated(), "serial": one.serial, "round": one.round} for at, one in story.holds],
        "alarms": [_alarm(story, alarm) for alarm in story.alarms],
        "prompts": [_prompt(story, at, asked) for at, asked in story.prompts.values()],
        "wishes": [_wish(at, encode(wish), type(wish).__name__) for at, wish in story.wishes],
        "notes": [{"at": at.stated(), "text": note.text} for at, note in story.notes],
        "interruptions": [{"at": at.stated(), "text": text} for at, text in story.interruptions],
        "guard_log": [*story.guard_log],
    }


def _alarm(story: Story, name: str) -> Json:
    at, alarm = story.alarms[name]
    changes: list[Json] = [
        {"at": when.stated(), "state": change.state.value, "operator": change.operator}
        for when, change in story.alarm_changes
        if change.alarm == name
    ]
    return {**encode(alarm), "at": at.stated(), "changes": changes}


def _prompt(story: Story, at: Moment, asked: PromptAsked) -> Json:
    when, answer = story.answers.get(asked.prompt, (None, None))
    operator = story.confirmed.get(asked.prompt) or (None if answer is None else answer.operator)
    done = answer is not None and answer.value is not None
    by_itself = done and asked.kind is PromptKind.HOLD_PROBES
    return {
        **encode(asked),
        "asked": at.stated(),
        "closed": stated(when),
        "done": done,
        "operator": operator,
        "operator_note": None if operator is not None or not done or by_itself else "Whoever answered gave no name.",
        "by_itself": by_itself,
    }


def _wish(at: Moment, body: dict[str, Json], name: str) -> Json:
    return {**body, "at": at.stated(), "wish": name}
