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

    def hang(self, position: str, serial: str, at_s: float) -> None:
        """The battery `serial` now hangs on `position`.

        A serial number seen for the first time names the battery that hangs there already, if nobody has named it;
        else the next one that waits beside the bench; else a fresh one. Raises `HandsFault`.
        """
        place = self._places.get(position)
        if place is None:
            raise HandsFault(f"there is no position {position}; there are {', '.join(self._places)}")
        if place.unit is not None and place.unit.serial == serial:
            return
        known = self._known(serial, at_s)
        if known is None and place.unit is not None and place.unit.serial is None:
            place.unit.serial = serial
        else:
            self._lay_aside(place.hang(known or self._named(serial, at_s), at_s))

    def hold(self, instrument: str, serial: str | None) -> None:
        """Put the probes of a meter on this battery, wherever it is; None: on nothing. Raises `HandsFault`."""
        hung = [place.unit for place in self._places.values() if place.unit is not None]
        found = next((unit for unit in (*hung, *self._aside.values()) if unit.serial == serial), None)
        if serial is None:
            self._probes.pop(instrument, None)
        elif found is None:
            raise HandsFault(f"there is no battery {serial} on this bench")
        else:
            self._probes[instrument] = found

    def probed_v(self, instrument: str, at_s: float) -> float:
        """What stands between the probes of a meter; 0 V on nothing."""
        unit = self._probes.get(instrument)
        if unit is None:
            return 0.0
        place = next((each for each in self._places.values() if each.unit is unit), None)
        if place is not None:
            place.bring_up(at_s)
            return place.circuit.reading.battery_v
        unit.rest(at_s)
        return unit.pack.ahead(0.0)[0]

    def _known(self, serial: str, at_s: float) -> Unit | None:
        """The battery of this number taken in hand, from another position or from beside the bench."""
        for place in self._places.values():
            if place.unit is not None and place.unit.serial == serial:
                return place.hang(None, at_s)
        return self._aside.pop(serial, None)

    def _named(self, serial: str, at_s: float) -> Unit:
        if len(self._aside) + len(self._places) >= MAX_UNITS:
            raise HandsFault(f"there are {MAX_UNITS} batteries on this bench already")
        unit = self._waiting.pop(0) if self._waiting else Unit(self._fresh(serial), None, at_s)
        unit.serial = serial
        return unit

    def _lay_aside(self, unit: Unit | None) -> None:
        if unit is None:
            return
        if unit.serial is None:
            self._waiting.append(unit)
        else:
            self._aside[unit.serial] = unit
