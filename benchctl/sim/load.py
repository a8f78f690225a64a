"""What can hang on a supply's leads: batteries, alone or in parallel, a resistor, a fixed voltage, nothing.

Pure. Every load answers as a voltage behind a resistance for the coming step, so that the circuit has a closed form.
Currents in A, positive into the load.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Protocol

from benchctl.sim.pack import NO_PATH_OHM, Pack


class Load(Protocol):
    """Whatever is on the leads: a voltage behind a resistance, which may refuse a direction."""

    @property
    def accepts_charge(self) -> bool:
        """Whether current can flow into it."""
        ...

    @property
    def accepts_discharge(self) -> bool:
        """Whether current can flow out of it."""
        ...

    def ahead(self, dt_s: float) -> tuple[float, float]:
        """(V, ohm): its terminals will show V + current * ohm at the end of the next `dt_s`."""
        ...

    def step(self, current_a: float, dt_s: float) -> None:
        """Let `current_a` flow into it for `dt_s`."""
        ...

    def offer(self, voltage_v: float) -> None:
        """Tell it what stands on its terminals (V)."""
        ...


class _Passive:
    """A load without memory."""

    accepts_charge: bool = True
    accepts_discharge: bool = True

    def __init__(self, volts: float, ohms: float) -> None:
        if not (isfinite(volts) and isfinite(ohms) and ohms > 0.0):
            raise ValueError(f"{volts} V behind {ohms} ohm is no load")
        self._thevenin = (volts, ohms)

    def ahead(self, dt_s: float) -> tuple[float, float]:
        """The same at every instant."""
        del dt_s
        return self._thevenin

    def step(self, current_a: float, dt_s: float) -> None:
        """Nothing to move on."""

    def offer(self, voltage_v: float) -> None:
        """Nothing to wake."""


class Resistor(_Passive):
    """A plain resistance (ohm)."""

    def __init__(self, ohms: float) -> None:
        super().__init__(0.0, ohms)


class Source(_Passive):
    """A fixed voltage (V) behind `ohms`: a reference, or a battery of another kind."""

    def __init__(self, volts: float, ohms: float = 0.01) -> None:
        super().__init__(volts, ohms)


class Open(_Passive):
    """Nothing on the leads."""

    def __init__(self) -> None:
        super().__init__(0.0, NO_PATH_OHM)


class ParallelPacks:
    """Batteries joined in parallel and charged as one group; they also level among themselves."""

    def __init__(self, packs: Sequence[Pack]) -> None:
        if not packs:
            raise ValueError("a group needs at least one battery")
        self.packs = tuple(packs)

    @property
    def accepts_charge(self) -> bool:
        """Whether any of them still lets current in."""
        return any(pack.accepts_charge for pack in self.packs)

    @property
    def accepts_discharge(self) -> bool:
        """Whether any of them is awake."""
        return any(pack.accepts_discharge for pack in self.packs)

    def ahead(self, dt_s: float) -> tuple[float, float]:
        """The group as one voltage behind one resistance."""
        volts, ohms, _ = self._join(0.0, dt_s)
        return volts, ohms

    def step(self, current_a: float, dt_s: float) -> None:
        """Share `current_a` among the batteries by their voltages."""
        volts, ohms, joined = self._join(current_a, dt_s)
        node_v = volts + current_a * ohms
        shares = {id(pack): (node_v - pack_v) / pack_ohm for pack, pack_v, pack_ohm in joined}
        for pack in self.packs:
            pack.step(shares.get(id(pack), 0.0), dt_s)

    def offer(self, voltage_v: float) -> None:
        """Every battery sees the same terminals."""
        for pack in self.packs:
            pack.offer(voltage_v)

    def _join(self, current_a: float, dt_s: float) -> tuple[float, float, list[tuple[Pack, float, float]]]:
        joined = [(pack, *pack.ahead(dt_s)) for pack in self.packs if pack.accepts_discharge]
        while joined:
            siemens = sum(1.0 / ohm for _, _, ohm in joined)
            volts = sum(pack_v / ohm for _, pack_v, ohm in joined) / siemens
            node_v = volts + current_a / siemens
            # A battery whose BMS opened against charge stands aside until the others fall below it.
            staying = [each for each in joined if each[0].accepts_charge or node_v <= each[1]]
            if len(staying) == len(joined):
                return volts, 1.0 / siemens, joined
            joined = staying
        return max((pack.ahead(dt_s)[0] for pack in self.packs), default=0.0), NO_PATH_OHM, []
