"""What a record states of instruments and positions: who they are, how they were set, what they can tell."""

from benchctl.core.acceptance.proof_bench import PlaceEvidence
from benchctl.core.acceptance.proof_judgement import overdue
from benchctl.core.acceptance.proof_moment import Moment
from benchctl.core.acceptance.proof_story import Story
from benchctl.core.journal.chain import Json
from benchctl.core.journal.codec import encode
from benchctl.core.model import Identity, InstrumentEntry, Isolation, Position, Sense

ISOLATIONS = {
    Isolation.CONTACTOR: "a contactor opens when the output is off",
    Isolation.SUPPLY_OFF: "the supply's output is off; it is known not to bleed",
    Isolation.MANUAL: "a person takes the power leads off",
}


def instruments(story: Story, at: Moment) -> Json:
    """One object for each instrument of the bench file."""
    late = set(overdue(story, at))
    return [_instrument(story, entry, entry.name in late) for entry in story.opened.bench.instruments]


def _instrument(story: Story, entry: InstrumentEntry, late: bool) -> Json:
    again = story.identified.get(entry.name)
    identity = story.opened.identities.get(entry.name) or (again.identity if again else None)
    return {
        "name": entry.name,
        "resource": entry.resource,
        "dialect": entry.dialect,
        **_identity(identity),
        "calibration_due": entry.calibration_due,
        "calibration": _calibration(entry.calibration_due, late),
    }


def _identity(identity: Identity | None) -> dict[str, Json]:
    if identity is None:
        nobody: dict[str, Json] = dict.fromkeys(("maker", "model", "serial", "firmware", "idn"))
        return {**nobody, "identity_note": "It was never identified in this run."}
    return {
        "maker": identity.maker,
        "model": identity.model,
        "serial": identity.serial,
        "firmware": identity.firmware,
        "idn": identity.raw,
        "identity_note": None,
    }


def _calibration(due: str | None, late: bool) -> str:
    if late:
        return "overdue"
    return "not stated" if due is None else "in calibration"


def positions(story: Story) -> Json:
    """One object for each position of the bench file."""
    return [_position(story, place) for place in story.bench.places.values()]


def _position(story: Story, place: PlaceEvidence) -> Json:
    position, ability = place.position, story.opened.meters.get(place.position.name)
    return {
        "name": position.name,
        "supply": str(position.supply),
        "meter": None if position.measured_by is None else str(position.measured_by),
        "meter_note": _meter_note(position),
        "meter_accuracy": None if ability is None else encode(ability),
        "meter_accuracy_note": "The accuracy of its meter is not known." if ability is None else None,
        "isolation": position.isolation.value,
        "isolation_means": ISOLATIONS[position.isolation],
        "sense": position.sense.value,
        "fuse_a": position.fuse_a,
        "fuse_note": "not stated" if position.fuse_a is None else None,
        **_lead(place),
        **_protections(place),
        "temperature": _probed(place),
    }


def _meter_note(position: Position) -> str | None:
    if position.meter is not None:
        return None
    if position.hand_probed is None:
        return "There is no meter here."
    return "held by hand: read when a person was asked for the probes, and only then"


def _lead(place: PlaceEvidence) -> dict[str, Json]:
    ohm, note = place.lead_ohm, None
    if place.position.sense is Sense.REMOTE:
        note = "sensed at the battery: the leads take nothing from its voltage"
    elif place.learned_ohm is not None:
        note = "learned in this run from supply, meter and current"
    else:
        note = "neither stated nor learned: no lead drop was credited" if ohm is None else "as the bench file states"
    return {"lead_ohm": ohm, "lead_note": note, "lead_credit_ohm": place.credit_ohm}


def _protections(place: PlaceEvidence) -> dict[str, Json]:
    if place.settings is None:
        return {"settings": None, "settings_note": "Nothing was programmed here in this run."}
    at, settings = place.settings
    return {"settings": {**encode(settings), "at": at.stated()}, "settings_note": _armed(place)}


def _armed(place: PlaceEvidence) -> str:
    assert place.settings is not None
    settings = place.settings[1]
    words = {"over-voltage": settings.ovp_v, "over-current": settings.ocp_a, "watchdog": settings.watchdog_s}
    missing = [word for word, value in words.items() if value is None]
    text = "as the supply read them back"
    return text + "".join(f"; it has no {word} protection that can be used while charging" for word in missing)


def _probed(place: PlaceEvidence) -> Json:
    if place.position.temperature is None:
        return {"probe": None, "min_c": None, "max_c": None, "note": "No probe here: the temperature is as declared."}
    low, high = (min(place.celsius), max(place.celsius)) if place.celsius else (None, None)
    note = "The probe never answered." if not place.celsius else None
    return {"probe": str(place.position.temperature), "min_c": low, "max_c": high, "note": note}
