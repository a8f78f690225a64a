"""Which protections go with a set point: computed, never asked for.

Source of the formulas: safety 3.5 (pulse of at most 0.05 C); section 5 (OVP = V_cv + I * R_lead + 0.20 V, at most
15.0 V; OCP = 1.10 * I_set, or the least that can be set); section 4 (watchdog 15 s).
"""

from dataclasses import dataclass
from math import floor

from benchctl.core.dialect.egress import Envelope
from benchctl.core.mission import Mission, charge_current_a
from benchctl.core.model import Ocp, Settings, SupplyAbility
from benchctl.core.procedure import Procedure

PULSE_C_RATE = 0.05


def pulse_a(rated_ah: float, current_a: float) -> float:
    """The current of the pulse that proves whose meter is whose, in A: no harm to whatever battery it flows into."""
    return min(PULSE_C_RATE * rated_ah, current_a)


def protected(
    voltage_v: float, current_a: float, lift_v: float, ability: SupplyAbility, procedure: Procedure
) -> Settings:
    """A set point with its protections; None where the supply has no such protection that can be used.

    The OVP belongs to the procedure's charge voltage in every phase. `lift_v` is how far the leads' drop at this
    current lifts the supply's terminals above what is held at the battery.
    """
    safety = procedure.safety
    wanted_v = min(procedure.charge.voltage_v + lift_v + safety.ovp_margin_v, safety.ovp_max_v)
    ocp_a, watchdog_s = _ocp_a(safety.ocp_factor * current_a, ability), _watchdog_s(safety.watchdog_s, ability)
    return Settings(voltage_v, current_a, _ovp_v(wanted_v, ability), ocp_a, watchdog_s)


def _ovp_v(wanted_v: float, ability: SupplyAbility) -> float | None:
    if ability.ovp_min_v is None or ability.ovp_max_v is None:
        return None
    return round(min(max(wanted_v, ability.ovp_min_v), ability.ovp_max_v), 2)


def _ocp_a(wanted_a: float, ability: SupplyAbility) -> float | None:
    """A supply that cannot be set so low holds the least that it can: its current setting stays the first limit."""
    if ability.ocp is not Ocp.LEVEL or ability.ocp_min_a is None or ability.ocp_max_a is None:
        return None
    return round(min(max(wanted_a, ability.ocp_min_a), ability.ocp_max_a), 3)


def _watchdog_s(wanted_s: float, ability: SupplyAbility) -> float | None:
    """Whole seconds, as near to what is wanted as the supply can be set."""
    if ability.watchdog_min_s is None or ability.watchdog_max_s is None:
        return None
    return float(floor(min(max(wanted_s, ability.watchdog_min_s), ability.watchdog_max_s)))


def envelope(mission: Mission, place: str) -> Envelope:
    """The most a position may ever be told in this run, frozen before it begins: the charge of any battery, or of any
    group, that it serves."""
    line, ability, safety = mission.queues()[place], mission.supplies[place], mission.procedure.safety
    groups = {each.group for each in line if each.group is not None}
    loads = [(each,) for each in line] + [tuple(each for each in line if each.group == group) for group in groups]
    current_a = max((charge_current_a(mission, load, place) for load in loads), default=0.0)
    ocp_a = _ocp_a(safety.ocp_factor * current_a, ability)
    ovp_v, watchdog_s = _ovp_v(safety.ovp_max_v, ability), _watchdog_s(safety.watchdog_s, ability)
    return Envelope(mission.procedure.charge.voltage_v, current_a, ovp_v, ocp_a, watchdog_s)


def ovp_strong(ability: SupplyAbility, procedure: Procedure) -> bool:
    """The OVP can be put where an open sense lead would still trip it (below 1.05 times the charge voltage)."""
    low_v, high_v = ability.ovp_min_v, ability.ovp_max_v
    needed_v = procedure.charge.voltage_v + procedure.safety.ovp_margin_v
    return (
        low_v is not None
        and high_v is not None
        and low_v <= needed_v <= high_v
        and needed_v < 1.05 * procedure.charge.voltage_v
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A set point that is no longer ours. `theirs` None: the protection is off."""

    what: str
    ours: float
    theirs: float | None


def changed(ours: Settings, theirs: Settings) -> Change | None:
    """The first setting that the supply no longer holds, within 0.1 % or 10 mV / 10 mA; None when it holds all."""
    pairs = (
        ("voltage setting", ours.voltage_v, theirs.voltage_v),
        ("current setting", ours.current_a, theirs.current_a),
        ("over-voltage protection", ours.ovp_v, theirs.ovp_v),
        ("over-current protection", ours.ocp_a, theirs.ocp_a),
    )
    for what, mine, held in pairs:
        if mine is not None and (held is None or not abs(held - mine) <= max(0.001 * mine, 0.010)):
            return Change(what, mine, held)
    return None


def unwatched(ours: Settings, theirs: Settings) -> Change | None:
    """The watchdog that the supply took, if it is off now or waits for another time."""
    if ours.watchdog_s is None or (theirs.watchdog_s is not None and abs(theirs.watchdog_s - ours.watchdog_s) <= 0.5):
        return None
    return Change("watchdog", ours.watchdog_s, theirs.watchdog_s)
