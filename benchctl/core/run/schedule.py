"""The night before it begins: who charges when, whose hands are needed when, and whether it can work at all.

Times are estimates in seconds from the start of the run; the run itself follows readings, not this plan.
Fresh batteries arrive at about 30 % (guide), so 70 % of the rated capacity is what a charge is expected to take where
the bank file states no other arrival charge. The longest charge that is begun at all rests on the guide's 30 % alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchctl.core.bank import too_coarse
from benchctl.core.identity import string_objections
from benchctl.core.messages import Planned, PlanStep, StepKind
from benchctl.core.mission import (
    ARRIVAL_SHARE,
    Mission,
    charge_current_a,
    charge_left_s,
    missing_ah,
    missing_ah_of,
    rated_ah_of,
)
from benchctl.core.model import Battery, Isolation, Known
from benchctl.core.run.consequences import objections, remarks
from benchctl.core.run.joining import SHOWN_S
from benchctl.core.run.protection import ovp_strong

TOP_UP_S = 2400.0
MOVE_S = 300.0
PART_S = 120.0
"""To take a group apart."""

PROBE_S = 60.0
LONGEST_CHARGE_S = 36 * 3600.0


@dataclass(frozen=True, slots=True)
class Permit:
    """May this run be left alone? `against` says why not; `reasons` say all that follows from the bench."""

    against: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def unattended(self) -> bool:
        """Nothing stands against it."""
        return not self.against


def charge_time_s(mission: Mission, batteries: Sequence[Battery], place: str) -> float:
    """Expected time from the arrival charge to the end of the taper, in seconds, of one battery or several joined."""
    return charge_left_s(missing_ah_of(batteries), 0.0, charge_current_a(mission, batteries, place))


def _usual_time_s(mission: Mission, batteries: Sequence[Battery], place: str) -> float:
    """The same for batteries that arrive as the guide has it, whatever is stated of them."""
    usual_ah = missing_ah(rated_ah_of(batteries), None)
    return charge_left_s(usual_ah, 0.0, charge_current_a(mission, batteries, place))


def arrival(batteries: Sequence[Battery]) -> str:
    """From which charge an estimate starts, in words: as stated, or as the guide has it."""
    if all(battery.arrival_soc is None for battery in batteries):
        return f"from about {100 * ARRIVAL_SHARE:.0f} %"
    shares = [ARRIVAL_SHARE if each.arrival_soc is None else each.arrival_soc for each in batteries]
    low, high = f"{100 * min(shares):.0f}", f"{100 * max(shares):.0f}"
    return f"from {low} %" if low == high else f"from {low} to {high} %"


def _charges(mission: Mission, place: str, line: tuple[Battery, ...]) -> tuple[tuple[Battery, ...], ...]:
    """What is charged as one on a position, in order."""
    return (line,) if place in mission.groups() else tuple((battery,) for battery in line)


def _named(batteries: tuple[Battery, ...]) -> str:
    serials = ", ".join(battery.serial for battery in batteries)
    return serials if len(batteries) == 1 else f"group {batteries[0].group} ({serials})"


def refusals(mission: Mission) -> tuple[str, ...]:
    """Why this run cannot be started at all; empty: it can."""
    found = list(string_objections(mission.bank, mission.procedure))
    for place, line in mission.queues().items():
        found += _place_refusals(mission, place, line)
    if mission.temperature_c is None and any(mission.place(name).temperature is None for name in mission.queues()):
        found.append("No temperature: a position has no probe, so state the batteries' temperature with --temperature.")
    elif mission.temperature_c is not None:
        found += _temperature_refusal(mission, mission.temperature_c)
    for place, name in mission.groups().items():
        found += _group_refusals(mission, place, name)
    permit = permit_of(mission)
    if not permit.unattended and not mission.attended:
        found += [*permit.against, "A run that needs a person is started with --attended."]
    return tuple(dict.fromkeys(found))


def _place_refusals(mission: Mission, place: str, line: tuple[Battery, ...]) -> list[str]:
    found = []
    position, ability, meter = mission.place(place), mission.supplies[place], mission.meters[place]
    charge, rest = mission.procedure.charge, mission.procedure.rest
    if meter is None:
        found.append(f"{place}: nothing is known of what its meter can do.")
    elif not meter.range_v >= mission.procedure.safety.instant_v:
        found.append(f"{place}: its meter reads up to {meter.range_v:g} V; {charge.voltage_v:.1f} V and more are met.")
    elif too_coarse(meter, charge.voltage_v, mission.procedure.match):
        found.append(f"{place}: its meter is too coarse to prove {mission.procedure.match.spread_v:.3f} V.")
    if position.meter is None and not ovp_strong(ability, mission.procedure):
        limit_v = 1.05 * charge.voltage_v
        found.append(
            f"{place}: its supply's over-voltage protection cannot be set below {limit_v:.2f} V, and a meter held by "
            "hand watches over no charge: wire a meter for good, or use another supply."
        )
    if not ability.max_voltage_v >= charge.voltage_v:
        found.append(
            f"{place}: its supply gives at most {ability.max_voltage_v:.1f} V; {charge.voltage_v:.1f} V are needed."
        )
    if position.sense.value == "remote" and not ability.remote_sense:
        found.append(f'{place}: its supply has no remote sense; write sense = "local" and connect it so.')
    if position.isolation is Isolation.SUPPLY_OFF and ability.bleeds_when_off is Known.YES:
        found.append(f"{place}: its supply bleeds the battery when off; isolation must be contactor or manual.")
    found += [
        f"{_named(charge)}: charging it on {place} would take more than 36 h; use a larger supply."
        for charge in _charges(mission, place, line)
        if not _usual_time_s(mission, charge, place) <= LONGEST_CHARGE_S
    ]
    wave = len(line) > 1 and place not in mission.groups()
    if wave and not _top_ups_s(mission, place, line) <= rest.max_s - rest.min_s:
        found.append(
            f"{place} serves {len(line)} batteries: the early ones cannot be topped up within "
            f"{(rest.max_s - rest.min_s) / 3600:.1f} h, so their rest ages would not fit one scan. Use more positions."
        )
    return found


def _group_refusals(mission: Mission, place: str, name: str) -> list[str]:
    """A group has its position for itself, can be read by hand in time, and is full about when the others are."""
    line, rest = mission.queues()[place], mission.procedure.rest
    others = [battery.serial for battery in line if battery.group != name]
    if others:
        return [f"{place} has group {name} and {', '.join(others)}: a position with a group serves that group alone."]
    found = []
    if not PART_S + (len(line) + 1) * PROBE_S <= SHOWN_S:
        most, minutes = int((SHOWN_S - PART_S) / PROBE_S) - 1, f"{SHOWN_S / 60:.0f} min"
        found.append(
            f"Group {name} has {len(line)} batteries: by hand at most {most} can be read one by one within {minutes} "
            "after the charge. Make smaller groups."
        )
    ends_s = _plan_places(mission, [])
    early_s, span_s = max(ends_s.values()) - ends_s[place], rest.max_s - rest.min_s
    if not early_s + len(line) * PROBE_S <= span_s:
        found.append(
            f"Group {name} on {place} would be full {early_s / 3600:.1f} h before the last: its batteries would "
            f"rest too long, and a group is not topped up. Make the positions' shares more alike."
        )
    return found


def _top_ups_s(mission: Mission, place: str, line: tuple[Battery, ...]) -> float:
    """How much longer the first battery of a line has rested than the last when the common scan is over, in seconds.

    For every further battery: a top-up, the leads moved to it, and moved to it once more for the scan.
    """
    moves = 3 if mission.place(place).isolation is Isolation.MANUAL else 2
    return (len(line) - 1) * (TOP_UP_S + moves * MOVE_S)


def _temperature_refusal(mission: Mission, celsius: float) -> list[str]:
    safety = mission.procedure.safety
    if safety.min_temperature_c <= celsius <= safety.max_temperature_c:
        return []
    window = f"{safety.min_temperature_c:.0f} to {safety.max_temperature_c:.0f}"
    return [f"{celsius:.1f} degrees Celsius: batteries are charged at {window} degrees only."]


def permit_of(mission: Mission) -> Permit:
    """Computed from what the bench can do and from the hands the plan needs."""
    against = list(objections(mission))
    for place, line in mission.queues().items():
        unguarded = mission.unguarded(place)
        if unguarded is not None:
            against.append(
                f"{place}: the guard has no way to {unguarded.name} at {unguarded.resource}, so a person must be here; "
                "an off_resource (a socket or a serial port) would give it one."
            )
        if mission.place(place).isolation is Isolation.MANUAL:
            against.append(f"{place}: isolation is manual, so a person must take the leads off.")
        if mission.place(place).meter is None:
            against.append(f"{place}: its meter is held by hand, so a person must hold the probes when asked.")
        if place in mission.groups():
            name = mission.groups()[place]
            against.append(f"{place} charges group {name}: a person must join it, take it apart and read each battery.")
        elif len(line) > 1:
            against.append(f"{place} serves {len(line)} batteries, so a person must move its leads.")
    known = remarks(mission)
    if against:
        return Permit(tuple(against), (*against, *known))
    good = "Every supply has an over-voltage protection that is low enough; no leads need moving; the guard watches."
    return Permit((), (good, *known))


class _Probes:
    """One meter that is held by hand: it can be at one battery at a time."""

    def __init__(self) -> None:
        self._taken: list[tuple[float, float]] = []

    def take(self, wanted_s: float, for_s: float) -> float:
        """When they can be had for so long, not before `wanted_s`; from then on they are taken."""
        begin_s = wanted_s
        for taken_s, free_s in sorted(self._taken):
            if begin_s < free_s and taken_s < begin_s + for_s:
                begin_s = free_s
        self._taken.append((begin_s, begin_s + for_s))
        return begin_s


def plan_of(mission: Mission) -> Planned:
    """The plan of the night."""
    steps = [_common(StepKind.CHECK, "Check instruments, wiring and batteries", 0.0, 60.0)]
    full_s = max(_plan_places(mission, steps).values())
    full_s = _plan_top_ups(mission, full_s, steps)
    rest = mission.procedure.rest
    steps.append(
        _common(StepKind.REST, f"Rest, at least {_hours(rest.min_s)}, at most {_hours(rest.max_s)}", full_s, rest.min_s)
    )
    verify_s = full_s + rest.min_s
    steps.append(_scan_step(mission, verify_s))
    steps.append(_common(StepKind.JUDGE, "Approve, or balance and rest again", verify_s, 60.0))
    permit = permit_of(mission)
    word = "may run unattended" if permit.unattended else "attended only"
    return Planned(tuple(sorted(steps, key=lambda step: step.start_s)), word, permit.reasons)


def _scan_step(mission: Mission, verify_s: float) -> PlanStep:
    text = "Common scan of all batteries"
    if any(mission.place(name).meter is None for name in mission.queues()):
        text += ": hold the probes on each when asked"
    elif any(len(line) > 1 for line in mission.queues().values()):
        text += ": move the meter leads when asked"
    else:
        return _common(StepKind.SCAN, text, verify_s, 60.0)
    return replace(_common(StepKind.SCAN, text, verify_s, 900.0), hands=True)


def _plan_places(mission: Mission, steps: list[PlanStep]) -> dict[str, float]:
    """When each position is done with its line, in seconds; `steps` gets what happens there."""
    probes = {mission.place(name).hand_probed: _Probes() for name in mission.queues()}
    return {
        name: _plan_place(mission, name, line, steps, probes[mission.place(name).hand_probed])
        for name, line in mission.queues().items()
    }


def _plan_place(
    mission: Mission, place: str, line: tuple[Battery, ...], steps: list[PlanStep], probes: _Probes
) -> float:
    at_s = 60.0
    if place in mission.groups():
        return _plan_group(mission, place, line, steps, probes)
    manual, probed = mission.place(place).isolation is Isolation.MANUAL, mission.place(place).meter is None
    for number, battery in enumerate(line):
        if number:
            steps.append(_by_hand(f"Move {place}'s leads to {battery.serial}", at_s, MOVE_S, place, battery))
            at_s += MOVE_S
        if probed:
            at_s = probes.take(at_s, PROBE_S)
            steps.append(_by_hand(f"Hold the probes on {battery.serial}, at {place}", at_s, PROBE_S, place, battery))
        end_s = at_s + charge_time_s(mission, (battery,), place)
        if probed:
            hold_s = mission.procedure.taper.hold_s
            end_s = probes.take(end_s - hold_s, hold_s) + hold_s
            steps.append(
                _by_hand(f"Clip the probes to {battery.serial}: its taper", end_s - hold_s, hold_s, place, battery)
            )
        steps.append(_charge(f"Charge {battery.serial} on {place}, {arrival((battery,))}", at_s, end_s, place, battery))
        at_s = end_s
        if manual:
            steps.append(_by_hand(f"Take {place}'s power leads off {battery.serial}", at_s, MOVE_S, place, battery))
            at_s += MOVE_S
    return at_s


def _plan_group(
    mission: Mission, place: str, line: tuple[Battery, ...], steps: list[PlanStep], probes: _Probes
) -> float:
    """Read alone, joined, charged as one, taken apart and read alone again."""
    name, others = line[0].group, ", ".join(battery.serial for battery in line[1:])
    joining_s, probed = len(line) * PROBE_S + MOVE_S, mission.place(place).meter is None
    who = f"{line[0].serial}, {others}" if probed else others
    begun_s = probes.take(60.0, joining_s + PROBE_S) if probed else 60.0
    joined_s = begun_s + joining_s
    steps.append(_by_hand(f"{place}: read {who} alone, then join group {name}", begun_s, joining_s, place, line[0]))
    if probed:
        steps.append(_by_hand(f"Hold the probes on group {name}, at {place}", joined_s, PROBE_S, place, line[0]))
    parting_s = PART_S + (len(line) + 1) * PROBE_S
    full_s = joined_s + charge_time_s(mission, line, place)
    if probed:
        hold_s = mission.procedure.taper.hold_s
        full_s = probes.take(full_s - hold_s, hold_s + parting_s) + hold_s
    current_a = charge_current_a(mission, line, place)
    text = f"Charge {_named(line)} as one on {place} at {current_a:.1f} A, {arrival(line)}"
    steps.append(_charge(text, joined_s, full_s, place, line[0]))
    if probed:
        text = f"Clip the probes to {line[0].serial}: group {name}'s taper"
        steps.append(_by_hand(text, full_s - hold_s, hold_s, place, line[0]))
    text = f"{place}: take group {name} apart at once, read each battery alone within {SHOWN_S / 60:.0f} min"
    steps.append(_by_hand(text, full_s, parting_s, place, line[0]))
    return full_s + parting_s


def _plan_top_ups(mission: Mission, at_s: float, steps: list[PlanStep]) -> float:
    """The early batteries of each position get a top-up, so that all rest ages fit the window at one scan."""
    end_s = at_s
    for place, line in mission.queues().items():
        if place in mission.groups():
            continue
        turn_s = at_s
        for battery in line[:-1]:
            text = f"Move {place}'s leads to {battery.serial}, top it up"
            step = _by_hand(text, turn_s, MOVE_S + TOP_UP_S, place, battery)
            steps.append(replace(step, kind=StepKind.TOP_UP))
            turn_s += MOVE_S + TOP_UP_S
        end_s = max(end_s, turn_s)
    return end_s


def _common(kind: StepKind, text: str, at_s: float, for_s: float) -> PlanStep:
    return PlanStep(text, at_s, at_s + for_s, False, kind, None, None)


def _by_hand(text: str, at_s: float, for_s: float, place: str, battery: Battery) -> PlanStep:
    return PlanStep(text, at_s, at_s + for_s, True, StepKind.HANDS, place, battery.serial)


def _charge(text: str, at_s: float, end_s: float, place: str, battery: Battery) -> PlanStep:
    return PlanStep(text, at_s, end_s, False, StepKind.CHARGE, place, battery.serial)


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:g} h"
