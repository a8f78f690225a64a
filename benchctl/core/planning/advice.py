"""What must be said beside a configuration. Sentences for the person who is going to build it, from the guide."""

from collections.abc import Iterator

from benchctl.core.configuration import Configuration
from benchctl.core.joinable import unusual
from benchctl.core.planning.target import system_name

TOUCH_LIMIT_V = 60.0
"""Direct voltage above which a bare terminal is dangerous to touch (IEC 60364-4-41, extra-low voltage)."""

NEAR_LIMIT = 0.9

_SYSTEMS = (
    (4, "12 V: RVs, vans, boats and small off-grid setups; parallel adds capacity."),
    (8, "24 V: mid-size off-grid cabins and homes; half the current of 12 V for the same power."),
    (12, "36 V: trolling motors and carts; check that an inverter for it exists."),
    (16, "48 V: whole-home solar and larger loads; a quarter of the current of 12 V, the thinnest wires."),
)


def warnings_for(configuration: Configuration, load_a: float | None, left_over: int) -> tuple[str, ...]:
    """What is unusual or near a limit in this configuration."""
    return tuple(_warnings(configuration, load_a, left_over))


def _warnings(configuration: Configuration, load_a: float | None, left_over: int) -> Iterator[str]:
    if configuration.charger_v > TOUCH_LIMIT_V:
        yield f"Charged, it has {configuration.charger_v:g} V: above {TOUCH_LIMIT_V:g} V bare terminals are dangerous."
    yield from unusual(configuration.series, configuration.parallel)
    if load_a is not None and load_a > NEAR_LIMIT * configuration.max_discharge_a:
        yield (
            f"The load draws {load_a:.0f} A of at most {configuration.max_discharge_a:g} A, "
            "and more as the voltage falls: take a string more, or a higher voltage."
        )
    if configuration.kind.parallel_share < 1 and configuration.parallel > 1:
        yield (
            f"Its maker counts {configuration.kind.parallel_share:.0%} of the summed current in parallel: "
            f"{configuration.max_discharge_a:g} A, not {configuration.full_current_a:g} A."
        )
    if left_over:
        find = "finds" if left_over == 1 else "find"
        yield f"{left_over} of the batteries {find} no place: every string must be identical, as long as the others."


def before_joining(configuration: Configuration) -> Iterator[str]:
    """What the guide asks for before these batteries are joined."""
    if configuration.series > 1:
        yield "Every string identical: same number, brand, model, and age if possible. Never mix in a series string."
        yield (
            "Before they are joined, each battery is charged to full alone (or in a parallel group), rests 2 to 4 h "
            "and is within 0.1 V of the others: that is what `benchctl run` does."
        )
        yield "In series they cannot share charge: the first BMS to disconnect takes its whole string off line."
    elif configuration.parallel > 1:
        yield "Charge them all to full first. Parallel equalizes by itself; a mix is more forgiving, but not ideal."
        yield "If one BMS disconnects, the others go on."
    if configuration.parallel > 1:
        unit = "battery" if configuration.series == 1 else "string"
        yield f"A fuse on the positive lead of every {unit}, and wiring for the whole current: see --wiring."
    yield "No external BMS: each battery has its own. (Bare cells would need one.)"
    system = system_name(configuration.voltage_v)
    yield f"Inverter and charge controller must be for {system}: their input decides, the runtime only sizes the rest."
    if configuration.series > 1:
        yield (
            f"Never take {system_name(configuration.kind.nominal_v)} from one battery of a string: "
            "use a DC-DC converter from the whole bank."
        )


def purpose(configuration: Configuration) -> str | None:
    """What systems of this voltage are for."""
    cells = configuration.series * configuration.kind.cells
    return next((text for count, text in _SYSTEMS if count == cells), None)


def no_tap(tap_v: float, configuration: Configuration) -> str:
    """Why nothing is taken from between the batteries of a string, and what to do instead."""
    bank = system_name(configuration.voltage_v)
    return (
        f"Never tap {tap_v:g} V from part of a {bank} string, whatever the chemistry. The tapped battery is drained "
        "and the others are not; in series they cannot share, so it grows with every cycle until its BMS takes the "
        f"whole string off line. Use a DC-DC converter from {bank} down to {tap_v:g} V: all batteries then share "
        "the load equally."
    )
