"""One position on a stage: its orders and alarms are written down, and so is what its tenant hears."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from benchctl.core import messages as m
from benchctl.core.model import Position, Settings, SupplyAbility
from benchctl.core.run.charge import Look
from benchctl.core.run.faultrow import Action
from benchctl.core.run.faults import FAULTS
from benchctl.core.run.limits import Breach
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.output import Power
from benchctl.core.run.place import Place
from benchctl.core.run.room import Room
from tests.core.values import SUPPLY, position, reading, seen, shipped


@dataclass
class Guest:
    """A tenant that writes down what it is told."""

    rated_ah: float = 50.0
    taper_a: float = 2.5
    heard: list[str] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    pulses: list[Look] = field(default_factory=list)

    def powered(self) -> None:
        self.heard.append("powered")

    def looked(self, look: Look) -> None:
        self.looks.append(look)

    def pulsed(self, look: Look) -> None:
        self.pulses.append(look)

    def missed(self) -> None:
        self.heard.append("missed")

    def counted(self, at_s: float, current_a: float) -> None:
        """Not of interest."""

    def off(self) -> None:
        self.heard.append("off")

    def breached(self, breach: Breach) -> None:
        self.heard.append(breach.fault)


class Stage:
    """One place, its orders and its alarms."""

    def __init__(self, where: Position | None = None, supply: SupplyAbility = SUPPLY) -> None:
        self.out = Outbox()
        self.alarms: list[str] = []
        self.warnings: list[str] = []
        self.told: list[str] = []
        self.place = Place(where or position(), supply, shipped(), self.out, self._alarm, self._calm, Room(20.0))
        self.place.hang("E1")
        self.guest = Guest()

    def _alarm(self, _place: Place, _at_s: float, breach: Breach) -> None:
        warns = FAULTS[breach.fault].action is Action.WARN
        (self.warnings if warns else self.alarms).append(breach.fault)
        self.told.append(breach.fault)

    def _calm(self, _place: Place, fault: str) -> None:
        self.warnings.remove(fault)

    def orders(self) -> list[m.Order]:
        return [order for order in self.out.take()[0] if not isinstance(order, m.Poll)]

    def up_to(self, power: Power) -> "Stage":
        """Along the usual way up, from time 0 on; output on at 0, target (or pulse, on trial) reached at 11."""
        steps = self._way_up()
        while self.place.power is not power:
            next(steps)
        self.out.take()
        return self

    def _way_up(self) -> Iterator[None]:
        place = self.place
        place.release(0.0)
        place.switched_off(0.0, True, "")
        yield
        place.energise(self.guest, 13.2, 14.6, 10.0)
        yield
        self.programmed()
        yield
        place.switched_on(0.0)
        yield
        for second in range(1, 11):
            place.polled(second, seen(13.2, 0.0, at_s=second))
            place.metered(second, reading(13.2, second))
        place.tick(10.0)
        yield
        place.polled(11.0, seen(13.2, 0.0, at_s=11.0))
        self.programmed()
        yield

    def programmed(self, held: Settings | None = None) -> None:
        """The supply holds what it was told, or, on its own steps, `held`."""
        told = held or self.place.output.present
        assert told is not None
        self.place.programmed(told)

    def gives_up(self, fault: str) -> None:
        """Off, latched, and told why."""
        assert self.alarms == [fault]
        assert m.SwitchOff("P1") in self.orders()
        assert self.place.latched
