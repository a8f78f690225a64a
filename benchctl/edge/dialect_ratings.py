"""What a channel can do, worked out from the tables of a dialect file: ratings, limits of error, lists of channels."""

import re

from benchctl.core.model import MeterAbility, SupplyAbility
from benchctl.core.repertoire import Rating
from benchctl.edge.dialect_tables import ChannelTable, MeterTable, ModelTable, RangeTable, TraitsTable

REFERENCE_V = 14.6
"""Where a supply's accuracy is worked out: the voltage of a charge."""


def rating(model: ModelTable, channel: ChannelTable, made: RangeTable, traits: TraitsTable) -> Rating:
    """What a supply channel can do in one of its ranges."""
    at_v = min(REFERENCE_V, made.max_voltage_v)
    ability = SupplyAbility(
        max_voltage_v=made.max_voltage_v,
        max_current_a=made.max_current_a,
        total_w=model.total_w,
        ovp_min_v=made.ovp_min_v,
        ovp_max_v=made.ovp_max_v,
        ocp=traits.ocp,
        remote_sense=channel.remote_sense,
        bleeds_when_off=traits.bleeds_when_off,
        clear_reenables=traits.clear_reenables,
        watchdog=traits.watchdog,
        voltage_accuracy_v=made.accuracy_percent / 100 * at_v + made.accuracy_offset_v,
    )
    return Rating(made.name, ability, made.voltage_step_v, made.current_step_a, made.ocp_min_a, made.ocp_max_a)


def meter_ability(made: MeterTable) -> MeterAbility:
    """Limits of error of a meter in its range, the card's own offset included."""
    exact = made.accuracy
    offset_v = exact.of_range_percent / 100 * exact.range_v + exact.offset_v
    return MeterAbility(exact.of_reading_percent / 100, offset_v, exact.range_v, made.relay)


def channel_numbers(text: str) -> range:
    """The channels of `"101-120"` or `"101"`; empty for anything else."""
    span = re.fullmatch(r"([0-9]{1,4})(?:-([0-9]{1,4}))?", text)
    return range(int(span[1]), int(span[2] or span[1]) + 1) if span else range(0)
