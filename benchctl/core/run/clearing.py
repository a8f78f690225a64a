"""Is the cause of a trip gone? A person lifts a latch, and only when nothing that is measured says that it stands.

What an idle position shows is held against each fault: the battery's voltage and temperature, the supply's current with
its output off. That a silent supply answers again is shown by its proven off, without which nobody comes here. A bad
lead or a wrong flag shows under current only: there the reset rests on the word of whoever asks for it, which is noted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from benchctl.core.procedure import Procedure
from benchctl.core.run.alarms import Standing
from benchctl.core.run.wiring import battery_objection

COOLED_K = 10.0
COOLED_S = 1800.0
"""Safety B11: a battery that was too warm is charged again below 35 degrees Celsius (10 K below 45), after half an
hour at the earliest."""

THAWED_K = 3.0
"""Safety B12: one that was too cold is charged again above 3 degrees Celsius (3 K above 0)."""

FLOWING = ("over_current", "reverse_current", "off_not_proven")
HIGH = ("over_voltage", "driven")
MEASURED = (*FLOWING, *HIGH, "temperature", "warming", "meter_lost")
"""Faults whose cause an idle position can show to be gone."""


@dataclass(frozen=True, slots=True)
class Idle:
    """A position with its output off: volts and degrees Celsius of what hangs there, amperes by the supply; None: not
    read just now. `least_a`: what the supply may show where nothing flows. `serial` empty: nothing hangs there."""

    place: str
    serial: str
    volts: float | None
    celsius: float | None
    current_a: float | None
    least_a: float
    metered: bool


def standing_cause(alarm: Standing, idle: Idle, procedure: Procedure, at_s: float) -> str | None:
    """Why the latch of this alarm may not be lifted yet; None: nothing that is measured speaks against it."""
    return next(_causes(alarm, idle, procedure, at_s), None)


def _causes(alarm: Standing, idle: Idle, procedure: Procedure, at_s: float) -> Iterator[str]:
    if alarm.fault in FLOWING:
        yield from _current(idle)
    if alarm.fault in ("temperature", "warming"):
        yield from _warmth(alarm, idle, procedure, at_s)
    if idle.volts is not None and idle.serial:
        yield from _voltage(alarm, idle, idle.volts, procedure)
    elif alarm.fault == "meter_lost" and idle.metered:
        yield f"{idle.place}: its meter still gives no reading. Look at its cable and its leads, then reset."


def _current(idle: Idle) -> Iterator[str]:
    if idle.current_a is None:
        yield f"{idle.place}: its supply has not shown its current since. Wait for its next look, then reset."
    elif not abs(idle.current_a) <= idle.least_a:
        yield (
            f"{idle.place}: its supply still shows {idle.current_a:.3f} A with its output off ({idle.least_a:.3f} A at "
            "most are its zero). Take its power leads off, then reset."
        )


def _voltage(alarm: Standing, idle: Idle, volts: float, procedure: Procedure) -> Iterator[str]:
    limit_v = procedure.safety.warn_v
    objection = battery_objection(idle.serial, idle.place, volts, procedure.start, just_charged=True)
    if alarm.fault in HIGH and not volts <= limit_v:
        yield f"{idle.place} still reads {volts:.3f} V; a reset needs {limit_v:.2f} V or less."
    elif objection is not None:
        yield objection


def _warmth(alarm: Standing, idle: Idle, procedure: Procedure, at_s: float) -> Iterator[str]:
    rules, celsius = procedure.safety, idle.celsius
    hot = alarm.value is not None and not alarm.value <= rules.max_temperature_c
    cold = alarm.value is not None and not alarm.value >= rules.min_temperature_c
    least_c = rules.min_temperature_c + (THAWED_K if cold else 0.0)
    most_c = rules.max_temperature_c - (COOLED_K if hot else 0.0)
    if celsius is None:
        yield f"{idle.place}: its temperature probe gives no reading. Look at its cable, then reset."
    elif not least_c <= celsius <= most_c:
        window = f"{least_c:.0f} to {most_c:.0f}"
        yield f"{idle.place}: its probe reads {celsius:.1f} degrees Celsius; a reset needs {window}. Let it come back."
    elif hot and not at_s - alarm.raised_s >= COOLED_S:
        minutes = (COOLED_S - (at_s - alarm.raised_s)) / 60
        yield f"{idle.place}: it was too warm. A reset needs half an hour since then: {minutes:.0f} min are left."
