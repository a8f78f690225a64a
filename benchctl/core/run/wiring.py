"""What an open-circuit voltage says about a battery that was just hung on a position. Sentences, in plain words."""

from benchctl.core.procedure import SafetyRules, StartRules


def battery_objection(serial: str, place: str, open_v: float, rules: StartRules, *, just_charged: bool) -> str | None:
    """Why this battery may not be charged here; None: it may. `just_charged` allows what a full battery still shows."""
    seen = f"{place} reads {open_v:.2f} V from {serial}"
    if open_v <= -rules.asleep_below_v:
        return f"{seen}: the polarity is reversed. Change the leads, check the fuse."
    if open_v < rules.asleep_below_v:
        return f"{seen}: its BMS sleeps, or a lead is open. Check the leads; a sleeping battery has to be woken first."
    if open_v < rules.min_v:
        return f"{seen}: too deeply discharged (below {rules.min_v:.1f} V), or a battery of fewer cells."
    if open_v >= rules.refuse_above_v:
        return f"{seen}: this is no battery of this procedure; has it more cells?"
    if open_v > rules.max_v and not just_charged:
        return f"{seen}: above {rules.max_v:.1f} V it is not rested, or not LiFePO4. Let it rest, check its label."
    return None if open_v == open_v else f"{seen}: no reading."


def temperature_objection(serial: str, celsius: float, rules: SafetyRules) -> str | None:
    """Why a battery of this temperature may not be charged; None: it may."""
    if rules.min_temperature_c <= celsius <= rules.max_temperature_c:
        return None
    window = f"{rules.min_temperature_c:.0f} to {rules.max_temperature_c:.0f}"
    return f"{serial} has {celsius:.1f} degrees Celsius: batteries are charged at {window} degrees only."
