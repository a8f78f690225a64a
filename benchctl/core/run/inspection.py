"""What hangs on a position, looked at before a current may flow into it: seen at all, and what its voltage says."""

from benchctl.core.procedure import Procedure
from benchctl.core.run.output import Power
from benchctl.core.run.place import Place
from benchctl.core.run.wiring import battery_objection, temperature_objection

CHECK_LIMIT_S = 120.0
"""A battery that nobody could see for this long cannot be checked."""


class Inspection:
    """By the rules of one procedure."""

    def __init__(self, procedure: Procedure) -> None:
        self._procedure = procedure

    def seen(self, place: Place, at_s: float) -> bool:
        """Its output is proven off, and its meter and probe have just read what hangs there."""
        return place.power is Power.OFF and place.off_proven and place.gauge.seen(at_s)

    def objection(self, who: str, place: Place, at_s: float, *, just_charged: bool) -> str | None:
        """Why what hangs there may not be charged; None: it may. `just_charged` allows what a full one still shows."""
        if place.latched:
            return f"{place.name}: its latch stands. Look at its alarm."
        open_v = place.gauge.meter_v(at_s)
        if open_v is None or not self.seen(place, at_s):
            return f"{place.name}: no reading of {who}: {place.unseen()}"
        return self.voltage_objection(who, place, open_v, at_s, just_charged=just_charged)

    def voltage_objection(
        self, who: str, place: Place, open_v: float, at_s: float, *, just_charged: bool
    ) -> str | None:
        """The same of a voltage that was read just now, in volts, wherever the battery lies."""
        celsius, rules = place.gauge.probe_c(at_s), self._procedure
        if celsius is not None and (cold := temperature_objection(who, celsius, rules.safety)) is not None:
            return cold
        return battery_objection(who, place.name, open_v, rules.start, just_charged=just_charged)
