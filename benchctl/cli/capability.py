"""What an instrument of a dialect can do, for people and for programs: what a run's permit and refusals follow from."""

from benchctl.core.dialect.voice import Dialect, Model, Operation, Rating, SupplyChannel, Voice
from benchctl.core.model import Known, MeterAbility, Ocp, OvpKind, SupplyAbility

CHARGE_V = 14.6
"""Where the accuracy of a meter counts."""


def capabilities(dialect: Dialect) -> list[dict[str, object]]:
    """A table for each model of the family."""
    return [_table(dialect, model) for model in dict.fromkeys(dialect.models.values())]


def sentences(dialect: Dialect) -> list[str]:
    """The same as a line for each channel that differs, or for a meter."""
    alike = {model.names: model for model in dialect.models.values()}
    return [line for model in alike.values() for line in _lines(model)]


def accuracy_v(ability: MeterAbility) -> float:
    """The limit of error of a meter at 14.6 V, in volts."""
    return ability.gain * CHARGE_V + ability.offset_v


def _table(dialect: Dialect, model: Model) -> dict[str, object]:
    names: dict[str, object] = {"model": model.name, "names": list(model.names)}
    if model.meter is not None:
        ability = model.meter.ability
        return names | {
            "channels": sorted(model.meter.numbers),
            "channels_in_one_scan": model.meter.most,
            "range_v": ability.range_v,
            "accuracy_v_at_14_6_v": round(accuracy_v(ability), 6),
            "relay": ability.relay,
            "temperature": Voice(dialect, model, min(model.meter.numbers), None).can(Operation.MEASURE_TEMPERATURE),
        }
    return names | {"channels": [_channel(dialect, model, each) for each in model.channels.values()]}


def _channel(dialect: Dialect, model: Model, channel: SupplyChannel) -> dict[str, object]:
    voice = Voice(dialect, model, channel.number, None)
    ability = channel.ratings[0].ability
    return {
        "channel": channel.number,
        "max_voltage_v": ability.max_voltage_v,
        "max_current_a": ability.max_current_a,
        "total_w": ability.total_w,
        "ovp": _ovp(ability),
        "ocp": ability.ocp.value,
        "remote_sense": ability.remote_sense,
        "bleeds_when_off": ability.bleeds_when_off.value,
        "sinks": ability.sinks.value,
        "clear_reenables": ability.clear_reenables.value,
        "watchdog": _watchdog(ability),
        "voltage_accuracy_v": None if ability.voltage_accuracy_v is None else round(ability.voltage_accuracy_v, 6),
        "reads_trips": voice.can(Operation.READ_OVP_TRIP),
    }


def _ovp(ability: SupplyAbility) -> dict[str, object] | None:
    if ability.ovp_max_v is None:
        return None
    span = {"min_v": ability.ovp_min_v, "max_v": ability.ovp_max_v}
    return {**span, "does": ability.ovp_kind.value, "senses": ability.ovp_senses.value}


def _watchdog(ability: SupplyAbility) -> dict[str, object] | None:
    if ability.watchdog_max_s is None:
        return None
    return {"min_s": ability.watchdog_min_s, "max_s": ability.watchdog_max_s}


def _lines(model: Model) -> list[str]:
    name = " ".join(model.names)
    if model.meter is not None:
        able = model.meter.ability
        many = f"{len(model.meter.numbers)} channels, " if len(model.meter.numbers) > 1 else ""
        return [f"{name}: {many}{1000 * accuracy_v(able):.1f} mV at 14.6 V in the range of {able.range_v:g} V"]
    found: dict[str, list[str]] = {}
    for channel in model.channels.values():
        found.setdefault(_words(channel.ratings[0]), []).append(str(channel.number))
    if len(found) == 1:
        return [f"{name}: {text}" for text in found]
    return [f"{name} channel {'+'.join(which)}: {text}" for text, which in found.items()]


def _words(rating: Rating) -> str:
    ability = rating.ability
    parts = [f"{ability.max_voltage_v:g} V {ability.max_current_a:g} A"]
    if ability.total_w is not None:
        parts.append(f"{ability.total_w:g} W in all")
    parts.append("no OVP" if ability.ovp_max_v is None else f"OVP {ability.ovp_min_v:g} to {ability.ovp_max_v:g} V")
    if ability.ovp_max_v is not None and ability.ovp_kind is OvpKind.CROWBAR:
        parts.append("which shorts the output")
    parts.append({Ocp.LEVEL: "OCP", Ocp.TRIPS_IN_CC: "OCP that trips in CC", Ocp.NONE: "no OCP"}[ability.ocp])
    parts += ["sense leads"] if ability.remote_sense else []
    parts += ["bleeds when off"] if ability.bleeds_when_off is Known.YES else []
    parts += ["clearing a trip switches on"] if ability.clear_reenables is Known.YES else []
    parts += ["can draw from the battery"] if ability.sinks is Known.YES else []
    parts += ["watchdog"] if ability.watchdog_max_s is not None else []
    parts += ["accuracy not stated"] if ability.voltage_accuracy_v is None else []
    return ", ".join(parts)
