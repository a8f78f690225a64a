"""Why a run may not be approved: every objection to it, in sentences, from the evidence alone. None: it is proven.

Written against safety sections A, 5 and 7.1 (I-9 to I-13), not against the code that runs a bench. Comparisons are so
written that what is not provably inside is outside.
"""

import re
from collections.abc import Iterator
from hashlib import sha256

from benchctl.core.acceptance.proof_bench import BatteryEvidence
from benchctl.core.acceptance.proof_match import Scan, Verified, least_uncertainty_v
from benchctl.core.acceptance.proof_moment import Moment
from benchctl.core.acceptance.proof_story import Story
from benchctl.core.model import Battery, MeterAbility
from benchctl.core.procedure import Procedure

NOTICE_S = 15.0
"""A run notices an off within one idle turn, so a rest may be older than the run knew by as much."""

COUNTING_SHARE = 0.02
"""Two ways to count ampere-hours may differ by as much (safety section 5)."""

SAME_V = 0.002
"""A spread that the run stated and one that its readings give may differ by as much: noise of one more reading."""

CEILINGS: tuple[tuple[str, float, float], ...] = (
    ("charge.voltage_v", 14.0, 14.6),
    ("charge.max_amp_hours_factor", 0.0, 1.10),
    ("taper.current_c_rate", 0.0, 0.05),
    ("taper.max_share_of_set", 0.0, 0.5),
    ("taper.voltage_margin_v", 0.0, 0.020),
    ("bms.drop_share", 0.0, 0.5),
    ("bms.from_c_rate", 0.0, 0.1),
    ("rest.gap_s", 0.0, 300.0),
    ("rest.max_fall_v_per_h", 0.0, 0.020),
    ("rest.max_rise_v_per_h", 0.0, 0.002),
    ("rest.max_step_v", 0.0, 0.010),
    ("match.spread_v", 0.0, 0.100),
    ("match.min_v", 13.20, 13.80),
    ("match.max_v", 13.20, 13.80),
    ("match.readings", 5, 1000),
    ("match.scan_max_s", 0.0, 900.0),
    ("match.min_limit_to_uncertainty", 4.0, 1000.0),
)
"""What no procedure can loosen, by key: least and greatest value for four cells. Volts belong to cells, but for the
spread, which is that of two batteries."""

CELLS = 4
"""Of the batteries to which these belong."""


def objections(story: Story) -> list[str]:
    """Everything that stands against an approval, apart from what the journal says of its own verdict."""
    scan = story.scans[-1] if story.scans else None
    found = [*_rows(story), *_bank(story), *_procedure(story.opened.procedure), *_instruments(story, scan)]
    for battery in story.bench.batteries.values():
        found += battery_objections(story, battery, scan)
    found += _match(story, scan)
    found += _end(story, scan)
    return list(dict.fromkeys(found))


def _rows(story: Story) -> Iterator[str]:
    yield from story.unreadable
    yield from story.bench.contradictions
    if story.opened.simulated != story.opened.bench.simulated:
        yield "The run and its bench file disagree about whether the bench is simulated."


# ---------------------------------------------------------------- the bank and its batteries


def _bank(story: Story) -> Iterator[str]:
    bank = story.opened.bank
    needed, given = bank.series * bank.parallel, len(bank.batteries)
    if needed != given or not given:
        yield f"The bank is {bank.series}s{bank.parallel}p and needs {needed} batteries; it has {given}."
    serials = [battery.serial.strip().casefold() for battery in bank.batteries]
    for serial in sorted({one for one in serials if serials.count(one) > 1}):
        yield f"The serial number {serial} stands for more than one battery."
    for battery in bank.batteries:
        if battery.chemistry.casefold() != story.opened.procedure.chemistry.casefold():
            yield f"{battery.serial} is {battery.chemistry}; the procedure is for {story.opened.procedure.chemistry}."
        if battery.cells != story.opened.procedure.cells:
            yield f"{battery.serial} has {battery.cells} cells; the procedure is for {story.opened.procedure.cells}."
        if bank.series > 1:
            yield from _unlike(battery, bank.batteries[0])


def _unlike(battery: Battery, first: Battery) -> Iterator[str]:
    mine = (battery.brand.casefold(), battery.model.casefold(), battery.amp_hours)
    if mine != (first.brand.casefold(), first.model.casefold(), first.amp_hours):
        yield f"{battery.serial} is of another brand, model or capacity than {first.serial}."


def battery_objections(story: Story, battery: BatteryEvidence, scan: Scan | None) -> list[str]:
    """What stands against one battery, each beginning with its serial number."""
    found = [*_charge(story, battery)]
    if battery.sessions:
        found += _rest(story, battery, scan)
    if scan is not None:
        found += _reading(story, battery, scan)
    return [f"{battery.serial}: {sentence}." for sentence in found]


def _charge(story: Story, battery: BatteryEvidence) -> Iterator[str]:
    if not battery.sessions:
        yield "no charge is recorded"
        return
    last = battery.sessions[-1]
    missing = last.missing()
    if missing is not None:
        yield missing
    if last.joined is not None and last.end is not None:
        ability = story.opened.meters.get(last.position)
        yield from last.joined.objections(battery.serial, last.end, story.opened.procedure.match, ability)
    for session in battery.sessions:
        limit_ah = story.opened.procedure.charge.max_amp_hours_factor * session.rated_ah
        if not session.amp_hours <= limit_ah * (1 + COUNTING_SHARE):
            yield f"{session.amp_hours:.1f} Ah went in at one charge, more than {limit_ah:.1f} Ah"
        if session.peak_v is not None and not session.peak_v < story.opened.procedure.safety.instant_v:
            yield f"it stood at {session.peak_v:.2f} V while it was charged"


def _rest(story: Story, battery: BatteryEvidence, scan: Scan | None) -> Iterator[str]:
    rest, verified = battery.rest, None if scan is None else scan.of(battery.serial)
    if rest is None:
        yield "it has no rest after its last charge: it was not seen off and isolated"
        return
    if rest.powered:
        yield f"its position's output was on while it rested (row {rest.powered[0].seq})"
    if verified is None:
        return
    if verified.age_s is None:
        yield "its age of rest is not known: no verifying reading belongs to it"
        return
    yield from _age(story.opened.procedure, verified.age_s)
    yield from _slope(story, verified)


def _age(procedure: Procedure, age_s: float) -> Iterator[str]:
    rules = procedure.rest
    if not age_s >= rules.min_s:
        yield f"it had rested {_hours(age_s)} when it was read, less than {_hours(rules.min_s)}"
    if not age_s <= rules.max_s + NOTICE_S:
        yield f"it had rested {_hours(age_s)} when it was read, more than {_hours(rules.max_s)}"


def _slope(story: Story, verified: Verified) -> Iterator[str]:
    rules, slope = story.opened.procedure.rest, verified.slope_v_per_h
    ability = story.opened.meters.get(verified.position or "")
    if slope is None:
        return
    if not slope >= -rules.max_fall_v_per_h:
        yield f"it lost {-1000 * slope:.1f} mV an hour at rest, more than {1000 * rules.max_fall_v_per_h:.0f} mV"
    if not slope <= rules.max_rise_v_per_h + (ability.offset_v if ability is not None else 0.0):
        yield f"it rose by {1000 * slope:.1f} mV an hour at rest"


def _reading(story: Story, battery: BatteryEvidence, scan: Scan) -> Iterator[str]:
    verified, rules = scan.of(battery.serial), story.opened.procedure.match
    if verified is None or verified.voltage_v is None:
        count = 0 if verified is None else len(verified.taken)
        yield f"the common scan has {count} good readings of it, not {rules.readings}"
    elif not rules.min_v <= verified.voltage_v <= rules.max_v:
        yield f"it rests at {verified.voltage_v:.3f} V, outside {rules.min_v:.2f} to {rules.max_v:.2f} V"


# ---------------------------------------------------------------- the match


def _match(story: Story, scan: Scan | None) -> Iterator[str]:
    if scan is None:
        yield "No common scan was made."
        return
    rules = story.opened.procedure.match
    yield from _spread(scan, rules.spread_v)
    if not (scan.length_s is not None and scan.length_s <= rules.scan_max_s):
        yield f"The readings of the common scan do not lie within {rules.scan_max_s:.0f} s."
    yield from _drift(scan)
    for session in story.bench.sessions_after(scan.at):
        who = ", ".join(session.serials)
        yield f"{who}: its position was switched on after the common scan (row {session.start.seq})."


def _drift(scan: Scan) -> Iterator[str]:
    """A meter held by hand reads the first battery once more at the end."""
    for name in scan.unchecked:
        yield f"{name} did not read its first battery again at the end of the common scan: nobody knows if it drifted."
    for drift in scan.drifts:
        if not drift.within:
            yield (
                f"{drift.instrument} read {drift.first_v:.4f} V from {drift.serial} and at the end of the common scan "
                f"{drift.again_v:.4f} V: it drifted by more than {1000 * drift.limit_v:.1f} mV."
            )


def _spread(scan: Scan, limit_v: float) -> Iterator[str]:
    if scan.spread_v is None or scan.uncertainty_v is None:
        yield "The spread cannot be computed: not every battery was read with a meter of known accuracy."
        return
    if not scan.spread_v + scan.uncertainty_v <= limit_v:
        yield (
            f"The spread of {scan.spread_v:.4f} V and its uncertainty of {scan.uncertainty_v:.4f} V "
            f"exceed {limit_v:.3f} V."
        )
    if not abs(scan.spread_v - scan.journalled.spread_v) <= SAME_V:
        yield f"The run stated a spread of {scan.journalled.spread_v:.4f} V; its readings give {scan.spread_v:.4f} V."


# ---------------------------------------------------------------- instruments and procedure


def _instruments(story: Story, scan: Scan | None) -> Iterator[str]:
    for name in overdue(story, story.last if scan is None else scan.at):
        yield f"The calibration of {name} is overdue: nothing can be approved with it."
    procedure = story.opened.procedure
    for place in story.bench.places.values():
        name = place.position.name
        ability = story.opened.meters.get(name)
        if ability is not None and too_coarse(ability, procedure):
            yield f"{name}: its meter is too coarse to prove {procedure.match.spread_v:.3f} V."
    held = sorted({one.position.hand_probed for one in story.bench.places.values() if one.position.hand_probed})
    if held and not story.opened.attended:
        yield f"{', '.join(held)}: held by hand, and the run was not attended."
    used = [place for place in story.bench.places.values() if place.on_at is not None]
    if story.opened.temperature_c is None and any(not place.celsius for place in used):
        yield "The batteries' temperature was neither declared nor read by a probe."


def overdue(story: Story, at: Moment) -> list[str]:
    """Instruments whose calibration was overdue at the start, as stated, or by its date when the scan was made."""
    today = _day(at.wall)
    late = [
        one.name
        for one in story.opened.bench.instruments
        if one.calibration_due is not None and (today is None or not today <= one.calibration_due)
    ]
    return sorted({*late, *story.opened.calibration_overdue})


def too_coarse(ability: MeterAbility, procedure: Procedure) -> bool:
    """Its own uncertainty of a difference leaves too little of the limit."""
    uncertainty_v = least_uncertainty_v(ability, procedure.charge.voltage_v)
    return not procedure.match.spread_v >= procedure.match.min_limit_to_uncertainty * uncertainty_v


def _procedure(procedure: Procedure) -> Iterator[str]:
    if sha256(procedure.text.encode()).hexdigest() != procedure.sha256:
        yield "The procedure's text is not the one its SHA-256 was made of."
    for key, least, greatest in CEILINGS:
        section, name = key.split(".")
        value = getattr(getattr(procedure, section), name)
        if name.endswith(("_v", "_v_per_h")) and key != "match.spread_v":
            least, greatest = least * procedure.cells / CELLS, greatest * procedure.cells / CELLS
        if not least <= value <= greatest:
            yield f"The procedure's {key} is {value:g}; an approval needs {least:g} to {greatest:g}."


# ---------------------------------------------------------------- the end


def _end(story: Story, scan: Scan | None) -> Iterator[str]:
    for name, place in story.bench.places.items():
        if place.on_at is not None and place.off_at is None:
            yield f"{name}: its output is not proven off at the end (last seen on in row {place.on_at.seq})."
    if story.reached is not None and scan is not None and story.reached[0].seq < scan.at.seq:
        yield "The verdict stands before the common scan it should follow from."


def _hours(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 3600 else f"{seconds / 3600:.3f} h"


def _day(wall: str) -> str | None:
    found = re.match(r"\d{4}-\d\d-\d\d(?=[T ])", wall, re.ASCII)
    return None if found is None else found[0]
