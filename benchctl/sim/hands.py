"""The hands of a simulated bench: which battery hangs on which position, which lie beside it, and where the probes of
a hand-held meter are."""

from collections.abc import Callable, Mapping, Sequence

from benchctl.sim.control import HandsFault
from benchctl.sim.pack import Pack
from benchctl.sim.stand import Place, Unit

MAX_UNITS = 1000


class Hands:
    """All batteries, hung and laid aside. `fresh` makes one that no file speaks of, for a serial number."""

    def __init__(self, places: Mapping[str, Place], waiting: Sequence[Pack], fresh: Callable[[str], Pack]) -> None:
        self._places, self._fresh = places, fresh
        self._waiting = [Unit(pack, None, 0.0) for pack in waiting]
        self._aside: dict[str, Unit] = {}
        self._probes: dict[str, Unit] = {}

    def hang(self, position: str, serials: tuple[str, ...], at_s: float) -> None:
        """The batteries of these numbers now hang on `position`, joined in parallel where there are several.

        A serial number seen for the first time names the battery that hangs there already, if nobody has named it;
        else the next one that waits beside the bench; else a fresh one. Raises `HandsFault`.
        """
        place = self._places.get(position)
        if place is None:
            raise HandsFault(f"there is no position {position}; there are {', '.join(self._places)}")
        units = tuple(self._taken(place, serial, at_s) for serial in serials)
        if units == place.units:
            return
        for unit in place.hang(units, at_s):
            if unit not in units:
                self._lay_aside(unit)

    def hold(self, instrument: str, serial: str | None) -> None:
        """Put the probes of a meter on this battery, wherever it is; None: on nothing. A serial number seen for the
        first time names the next one that waits beside the bench. Raises `HandsFault` if none does."""
        hung = [unit for place in self._places.values() for unit in place.units]
        found = next((unit for unit in (*hung, *self._aside.values()) if unit.serial == serial), None)
        if serial is None:
            self._probes.pop(instrument, None)
        elif found is None and self._waiting:
            self._probes[instrument] = self._aside[serial] = self._waiting.pop(0)
            self._probes[instrument].serial = serial
        elif found is None:
            raise HandsFault(f"there is no battery {serial} on this bench")
        else:
            self._probes[instrument] = found

    def probed_v(self, instrument: str, at_s: float) -> float:
        """What stands between the probes of a meter; 0 V on nothing."""
        unit = self._probes.get(instrument)
        if unit is None:
            return 0.0
        place = next((each for each in self._places.values() if unit in each.units), None)
        if place is not None:
            place.metered.bring_up(at_s)
            return place.metered.circuit.reading.battery_v
        unit.rest(at_s)
        return unit.pack.ahead(0.0)[0]

    def _taken(self, place: Place, serial: str, at_s: float) -> Unit:
        known = self._known(place, serial, at_s)
        nameless = next((unit for unit in place.units if unit.serial is None), None)
        if known is None and nameless is not None:
            nameless.serial = serial
            return nameless
        return known or self._named(serial, at_s)

    def _known(self, here: Place, serial: str, at_s: float) -> Unit | None:
        """The battery of this number: there already, or taken from another position or from beside the bench."""
        for place in self._places.values():
            for unit in place.units:
                if unit.serial == serial and place is not here:
                    place.hang(tuple(other for other in place.units if other is not unit), at_s)
                if unit.serial == serial:
                    return unit
        return self._aside.pop(serial, None)

    def _named(self, serial: str, at_s: float) -> Unit:
        if len(self._aside) + len(self._places) >= MAX_UNITS:
            raise HandsFault(f"there are {MAX_UNITS} batteries on this bench already")
        unit = self._waiting.pop(0) if self._waiting else Unit(self._fresh(serial), None, at_s)
        unit.serial = serial
        return unit

    def _lay_aside(self, unit: Unit) -> None:
        if unit.serial is None:
            self._waiting.append(unit)
        else:
            self._aside[unit.serial] = unit
