"""What a fault strikes on a simulated bench, and what turning a knob is: an act that may be undone."""

from collections.abc import Callable
from dataclasses import dataclass

from benchctl.sim.fault_device import AilingDevice, Undo
from benchctl.sim.stand import Place, Unit
from benchctl.sim.supply import Supply


@dataclass(frozen=True, slots=True)
class Struck:
    """Where a fault strikes: a position, the next one, its supply's and its meter's channel."""

    place: Place
    neighbour: Place
    supply: Supply
    ailing: AilingDevice
    meter: AilingDevice | None
    renamed: Callable[[str], Undo]
    """Lets another identity answer: `serial` or `firmware` is changed."""
    complains: Callable[[int], None]
    """So many errors are in the supply's queue, if it has one."""
    cut_off: Callable[[float], None]
    """Nothing is at the end of the supply's wire for so many seconds."""

    @property
    def channel(self) -> int:
        """The supply's channel."""
        return self.place.position.supply.channel

    @property
    def unit(self) -> Unit:
        """The battery that hangs there. Raises LookupError when none does."""
        if self.place.unit is None:
            raise LookupError(f"no battery hangs on {self.place.position.name}")
        return self.place.unit


Act = Callable[[Struck, float], Undo | None]


def together(*undone: Undo) -> Undo:
    """Undo all of these."""

    def undo() -> None:
        for each in undone:
            each()

    return undo


def repeat(place: Place, every_s: float, act: Callable[[], None]) -> Undo:
    """Do it again and again at this place, until it is undone."""
    going = True

    def again() -> None:
        if going:
            act()
            place.schedule(place.now_s + every_s, again)

    def stop() -> None:
        nonlocal going
        going = False

    place.schedule(place.now_s + every_s, again)
    return stop
