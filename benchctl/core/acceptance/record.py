"""The independent verifier: what a journal proves, as a record. Its input is the rows and nothing else.

It shares no rule, no arithmetic and no state with what runs a bench (a test reads its imports): a charge that ended
too early, a wrong age or a spread that was computed wrongly is found here a second time, from the raw readings.
An approval that the journal states and the readings do not prove is disputed, loudly; nothing is ever upgraded.

What is missing is null, with a sentence beside it. The record is plain JSON; the same rows give the same text.
`digest` is the SHA-256 of the canonical record without it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from benchctl.core.acceptance import accept_battery, accept_bench, accept_events
from benchctl.core.acceptance.proof_judgement import objections
from benchctl.core.acceptance.proof_moment import stated
from benchctl.core.acceptance.proof_story import NoRecord, Story
from benchctl.core.departures import departures
from benchctl.core.journal.chain import Flaw, Json, Row, canonical, verify
from benchctl.core.model import Verdict
from benchctl.core.procedure import Procedure

__all__ = ["FORM", "NoRecord", "assess", "digest_of"]

BY_HAND = "No rest curve, attended: the meter was held by hand; which battery it was held on rests on the operator."
FORM = "benchctl acceptance record 1"
FLAWS_SHOWN = 20

SIMULATED = "SIMULATED BENCH: not an acceptance of real batteries."
DISPUTED = "DISPUTED: the journal says approved, and its readings do not prove it."
ALTERED = "ALTERED: the journal is not as it was written."


def assess(rows: Iterable[Row]) -> dict[str, Json]:
    """The record of a journal that goes on, was interrupted, or is closed. Raises `NoRecord`."""
    reader = _Reader()
    flaws = verify(reader.through(rows), None)
    if reader.story is None:
        raise NoRecord("this journal has no rows yet, so there is nothing to state of it")
    record = _record(reader.story, reader.last_hash, flaws)
    return {**record, "digest": digest_of(record)}


def digest_of(record: Mapping[str, Json]) -> str:
    """SHA-256 (hex) of the canonical text of a record without its digest."""
    bare = {key: value for key, value in record.items() if key != "digest"}
    return sha256(canonical(bare).encode("ascii")).hexdigest()


class _Reader:
    """Lets the chain's check and the story read the same rows in one go: a night has many."""

    def __init__(self) -> None:
        self.story: Story | None = None
        self.last_hash = ""

    def through(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            if self.story is None:
                self.story = Story(row)
            else:
                self.story.take(row)
            self.last_hash = row.hash
            yield row


# ---------------------------------------------------------------- verdict


@dataclass(frozen=True, slots=True)
class _Ruling:
    """The verdict as journalled (None: none yet), what the readings make of it, and why."""

    journalled: Verdict | None
    reasons: tuple[str, ...]
    recomputed: Verdict | None
    objections: tuple[str, ...]

    @property
    def agrees(self) -> bool | None:
        return None if self.journalled is None else self.journalled is self.recomputed


def _rule(story: Story, flaws: list[Flaw]) -> _Ruling:
    journalled, reasons = _journalled(story)
    against = (*(f"{ALTERED} {flaw.sentence}." for flaw in flaws[:FLAWS_SHOWN]), *objections(story))
    if journalled is None or journalled is not Verdict.APPROVED:
        return _Ruling(journalled, reasons, journalled, against)
    return _Ruling(journalled, reasons, Verdict.NOT_PROVEN if against else Verdict.APPROVED, against)


def _journalled(story: Story) -> tuple[Verdict | None, tuple[str, ...]]:
    if story.closed is not None:
        return story.closed[1].verdict, story.closed[1].reasons
    return (None, ()) if story.reached is None else (story.reached[1].verdict, story.reached[1].reasons)


def _stated_verdict(ruling: _Ruling) -> dict[str, Json]:
    note = "It has no verdict yet: the run goes on, or was interrupted." if ruling.journalled is None else None
    return {
        "verdict": None if ruling.recomputed is None else ruling.recomputed.value,
        "verdict_note": note,
        "journalled": None if ruling.journalled is None else ruling.journalled.value,
        "journalled_reasons": [*ruling.reasons],
        "recomputed": None if ruling.recomputed is None else ruling.recomputed.value,
        "agrees": ruling.agrees,
        "disputed": ruling.agrees is False,
        "proven": not ruling.objections,
        "objections": [*ruling.objections],
    }


# ---------------------------------------------------------------- the record


def _record(story: Story, last_hash: str, flaws: list[Flaw]) -> dict[str, Json]:
    opened, ruling = story.opened, _rule(story, flaws)
    at = story.scans[-1].at if story.scans else story.last
    return {
        "form": FORM,
        "run": opened.run,
        "benchctl": opened.version,
        "simulated": opened.simulated,
        "headline": [*_headline(story, ruling, flaws)],
        **_stated_verdict(ruling),
        **_times(story),
        "operator": opened.operator,
        "operator_note": "Nobody gave a name." if opened.operator is None else None,
        "attended": opened.attended,
        "bank": {"name": opened.bank.name, "series": opened.bank.series, "parallel": opened.bank.parallel},
        "bench": {"name": opened.bench.name, "simulated": opened.bench.simulated},
        "procedure": _procedure(opened.procedure),
        "permit": {"permit": opened.permit, "reasons": [*opened.permit_reasons]},
        "remarks": [*opened.remarks],
        "temperature": _temperature(opened.temperature_c),
        "instruments": accept_bench.instruments(story, at),
        "positions": accept_bench.positions(story),
        "batteries": accept_battery.batteries(story),
        **accept_events.match(story),
        **accept_events.course(story),
        "journal": _journal(story, last_hash, flaws),
    }


def _headline(story: Story, ruling: _Ruling, flaws: list[Flaw]) -> Iterator[str]:
    if story.opened.simulated or story.opened.bench.simulated:
        yield SIMULATED
    if flaws:
        yield ALTERED
    if ruling.agrees is False:
        yield DISPUTED
    if any(place.position.meter is None and place.on_at is not None for place in story.bench.places.values()):
        yield BY_HAND
    found = departures(story.opened.procedure)
    if found:
        yield f"The procedure is not the full one: it {', '.join(found)}."


def _times(story: Story) -> dict[str, Json]:
    closed = story.closed or story.reached
    state = None if story.state is None else story.state[1].state.value
    return {
        "started": story.began.stated(),
        "ended": stated(None if closed is None else closed[0]),
        "ended_note": None if closed is not None else "The run goes on, or was interrupted.",
        "closed": story.closed is not None,
        "why": None if story.closed is None else story.closed[1].why,
        "last_state": state,
    }


def _procedure(procedure: Procedure) -> Json:
    return {
        "name": procedure.name,
        "title": procedure.title,
        "sha256": procedure.sha256,
        "departures": [*departures(procedure)],
        "text": procedure.text,
    }


def _temperature(declared_c: float | None) -> Json:
    note = "Nobody declared a temperature; see the probes of the positions." if declared_c is None else "as declared"
    return {"declared_c": declared_c, "note": note}


def _journal(story: Story, last_hash: str, flaws: list[Flaw]) -> Json:
    return {
        "rows": story.last.seq,
        "last_hash": last_hash,
        "sound": not flaws,
        "flaws": [{"row": flaw.seq, "sentence": flaw.sentence} for flaw in flaws[:FLAWS_SHOWN]],
    }
