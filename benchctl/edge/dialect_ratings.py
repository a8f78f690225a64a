"""What a channel can do, worked out from the tables of a dialect file: ratings, limits of error, lists of channels."""

import math
import re

from benchctl.core.dialect.repertoire import Rating
from benchctl.core.model import MeterAbility, SupplyAbility
from benchctl.edge.dialect_tables import DialectTable, MeterTable, ModelTable, RangeTable, TraitsTable, VariantTable

REFERENCE_V = 14.6
"""Where a supply's accuracy, and an OVP's floor that goes with the voltage, are worked out: a charge's voltage."""


def rating(made: RangeTable, traits: TraitsTable, total_w: float | None) -> Rating:
    """What a supply channel can do in one of its ranges. `total_w`: over all channels, None where that is no limit."""
    at_v = min(REFERENCE_V, made.max_voltage_v)
    ability = SupplyAbility(
        max_voltage_v=made.max_voltage_v,
        max_current_a=made.max_current_a,
        total_w=total_w,
        ovp_min_v=_ovp_floor_v(made, at_v),
        ovp_max_v=made.ovp_max_v,
        ovp_kind=traits.ovp_kind,
        ovp_senses=traits.ovp_senses,
        ocp=traits.ocp,
        ocp_min_a=made.ocp_min_a,
        ocp_max_a=made.ocp_max_a,
        remote_sense=made.remote_sense,
        bleeds_when_off=traits.bleeds_when_off,
        sinks=traits.sinks,
        clear_reenables=traits.clear_reenables,
        watchdog_min_s=made.watchdog_min_s,
        watchdog_max_s=made.watchdog_max_s,
        voltage_accuracy_v=_accuracy_v(made, at_v),
    )
    return Rating(
        name=made.range or "",
        ability=ability,
        voltage_step_v=made.voltage_step_v,
        current_step_a=made.current_step_a,
        ovp_step_v=made.ovp_step_v or made.voltage_step_v,
        ocp_step_a=made.ocp_step_a or made.current_step_a,
    )


def _accuracy_v(made: RangeTable, at_v: float) -> float | None:
    if made.accuracy_percent is None or made.accuracy_offset_v is None:
        return None
    return made.accuracy_percent / 100 * at_v + made.accuracy_offset_v


def variant_of(table: DialectTable, model: ModelTable) -> VariantTable:
    """What a model has otherwise than its family; nothing, for most."""
    return VariantTable() if model.variant is None else table.variants[model.variant]


def model_traits(variant: VariantTable, family: TraitsTable) -> TraitsTable:
    """The traits of a family as a variant of it has them."""
    own = variant.traits.model_dump(exclude_none=True) if variant.traits else {}
    return family.model_copy(update=own)


def _ovp_floor_v(made: RangeTable, at_v: float) -> float | None:
    if made.ovp_min_v is None:
        return None
    coupled_v = at_v * (1 + made.ovp_above_set_percent / 100) if made.ovp_above_set_percent else 0.0
    return max(made.ovp_min_v, math.ceil(coupled_v * 100 - 1e-6) / 100)


def meter_ability(made: MeterTable) -> MeterAbility:
    """Limits of error of a meter in its range, the card's own offset included."""
    exact = made.accuracy
    offset_v = exact.of_range_percent / 100 * exact.range_v + exact.offset_v
    return MeterAbility(exact.of_reading_percent / 100, offset_v, exact.range_v, made.relay)


def channel_numbers(text: str) -> range:
    """The channels of `"101-120"` or `"101"`; empty for anything else."""
    span = re.fullmatch(r"([0-9]{1,4})(?:-([0-9]{1,4}))?", text)
    return range(int(span[1]), int(span[2] or span[1]) + 1) if span else range(0)
