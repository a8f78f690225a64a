"""What a record states of one battery: its charges, its taper, its rest and its verifying reading."""

from benchctl.core.acceptance.proof_bench import BatteryEvidence
from benchctl.core.acceptance.proof_charge import Session
from benchctl.core.acceptance.proof_group import Joined
from benchctl.core.acceptance.proof_judgement import battery_objections
from benchctl.core.acceptance.proof_match import Scan, Verified
from benchctl.core.acceptance.proof_moment import stated
from benchctl.core.acceptance.proof_rest import Rest
from benchctl.core.acceptance.proof_story import Story
from benchctl.core.journal.chain import Json
from benchctl.core.journal.codec import encode


def batteries(story: Story) -> Json:
    """One object for each battery of the bank, in file order."""
    return [_battery(story, evidence) for evidence in story.bench.batteries.values()]


def _battery(story: Story, evidence: BatteryEvidence) -> Json:
    battery, scan = evidence.battery, story.scans[-1] if story.scans else None
    missing: list[Json] = [*battery_objections(story, evidence, scan)]
    return {
        "serial": battery.serial,
        "brand": battery.brand,
        "model": battery.model,
        "chemistry": battery.chemistry,
        "amp_hours": battery.amp_hours,
        "max_charge_a": battery.max_charge_a,
        "manufactured": battery.manufactured,
        "manufactured_note": "not stated" if battery.manufactured is None else None,
        "group": battery.group,
        "positions": [*evidence.positions],
        "charged_ah": evidence.amp_hours if evidence.sessions else None,
        "charged_note": _charged_note(evidence),
        "charged_as_journalled_ah": story.counted.get(battery.serial),
        "sessions": [_session(session) for session in evidence.sessions],
        **_taper(story, evidence),
        **_rest(evidence.rest, scan, battery.serial, _by_hand(story, evidence)),
        **_verifying(story, scan, battery.serial),
        "balancing_round": evidence.round,
        "proven": not missing,
        "missing": missing,
    }


def _charged_note(evidence: BatteryEvidence) -> str | None:
    if not evidence.sessions:
        return "It was not charged in this run."
    group = next((one.serials for one in evidence.sessions if one.joined is not None), None)
    return None if group is None else f"{', '.join(group)} took it together; what each of them took is not known."


def _session(session: Session) -> Json:
    last = session.settings[-1][1] if session.settings else None
    return {
        "position": session.position,
        "batteries": [*session.serials],
        "joined": None if session.joined is None else _joined(session, session.joined),
        "start": session.start.stated(),
        "end": stated(session.end),
        "end_note": None if session.end is not None else "Its output was never proven off.",
        "amp_hours": session.amp_hours if session.looks else None,
        "amp_hours_note": None if session.looks else "No reading of its current is recorded.",
        "peak_a": session.peak_a,
        "peak_v": session.peak_v,
        "settings": None if last is None else encode(last),
        "settings_note": "as the supply read them back, last" if last is not None else "No set point was read back.",
        "readings": session.looks,
    }


def _joined(session: Session, joined: Joined) -> Json:
    """What each battery of a group showed alone: volts before it was joined, and soon after the charge."""
    end, serials = session.end, joined.serials
    after = {serial: None if end is None else joined.first_after(serial, end) for serial in serials}
    return {
        "at": joined.at.stated(),
        "apart": stated(joined.apart),
        "alone_before_v": {serial: joined.entry_v.get(serial) for serial in serials},
        "alone_after_v": {serial: None if first is None else first[1] for serial, first in after.items()},
    }


def _taper(story: Story, evidence: BatteryEvidence) -> dict[str, Json]:
    if not evidence.sessions:
        return {"taper": None, "taper_note": "It was not charged in this run, so nothing tapered."}
    session = evidence.sessions[-1]
    missing, numbers = session.missing(), session.taper.numbers()
    told = story.tapers.get(evidence.serial)
    taper: dict[str, Json] = {
        "proven": missing is None,
        "current_a": numbers.current_a,
        "limit_a": numbers.limit_a,
        "battery_v": numbers.battery_v,
        "least_v": numbers.least_v,
        "set_v": numbers.set_v,
        "set_a": numbers.set_a,
        "peak_a": numbers.peak_a,
        "held_s": numbers.held_s,
        "hold_s": numbers.hold_s,
        "as_journalled": None if told is None else encode(told[1]),
    }
    return {"taper": taper, "taper_note": None if missing is None else f"Not proven: {missing}."}


def _by_hand(story: Story, evidence: BatteryEvidence) -> bool:
    return any(story.bench.places[name].position.meter is None for name in evidence.positions)


def _rest(rest: Rest | None, scan: Scan | None, serial: str, by_hand: bool) -> dict[str, Json]:
    if rest is None:
        return {"rest": None, "rest_note": "It has no rest after its last charge."}
    verified = None if scan is None else scan.of(serial)
    slope = None if verified is None else verified.slope_v_per_h
    stands: dict[str, Json] = {
        "since": rest.since.stated(),
        "age_at_reading_s": None if verified is None else verified.age_s,
        "slope_v_per_h": slope,
        "slope_note": None if slope is not None else _no_slope(rest, by_hand),
        "readings": rest.readings,
        "gaps": [{"at": at.stated(), "seconds": seconds} for at, seconds in rest.gaps],
        "begun_again": [{"at": one.at.stated(), "why": one.why} for one in rest.disturbances],
        "output_seen_on": [at.stated() for at in rest.powered],
    }
    return {"rest": stands, "rest_note": None}


def _no_slope(rest: Rest, by_hand: bool) -> str:
    if by_hand:
        return "No rest curve: its meter was held by hand."
    why = "it was not on its meter for ten minutes before it was read" if rest.readings else "it was never read"
    return f"No rest curve: {why}."


def _verifying(story: Story, scan: Scan | None, serial: str) -> dict[str, Json]:
    verified = None if scan is None else scan.of(serial)
    if verified is None or not verified.taken:
        return {"verifying": None, "verifying_note": "No common scan has a reading of it."}
    note = None if verified.voltage_v is not None else "Too few good readings for a median."
    return {"verifying": _verified(story, verified), "verifying_note": note}


def _verified(story: Story, verified: Verified) -> Json:
    place = story.bench.places.get(verified.position or "")
    meter = None if place is None else place.position.measured_by
    identity = None if meter is None else story.opened.identities.get(meter.instrument)
    readings: list[Json] = [
        {"raw": one.reading.raw, "voltage_v": one.reading.value, "at_s": one.reading.at_s, **_row(one.at.stated())}
        for one in verified.taken
    ]
    return {
        "voltage_v": verified.voltage_v,
        "standard_uncertainty_v": verified.standard_uncertainty_v,
        "position": verified.position,
        "meter": None if meter is None else str(meter),
        "meter_serial": None if identity is None else identity.serial,
        "at": verified.taken[-1].at.stated(),
        "readings": readings,
        "absent": verified.absent,
    }


def _row(at: Json) -> dict[str, Json]:
    assert isinstance(at, dict)
    return {"row": at["row"], "wall": at["wall"]}
