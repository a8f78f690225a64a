"""Batteries joined in parallel and charged as one: to its charge a group is one large battery.

What is shown of the group is shown of all of them together, and of none alone: whether each shared in the charge is
asked when they are apart again (`joining`).
"""

from benchctl.core.messages import Noted
from benchctl.core.mission import rated_ah_of
from benchctl.core.model import Battery, Phase, Verdict
from benchctl.core.run.charge import Look
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.unit import Unit


class Group:
    """The batteries that were joined. What happens to the group happens to each of them."""

    def __init__(self, name: str, members: tuple[Unit, ...], out: Outbox) -> None:
        self.members = members
        self.place = members[0].place
        self.serial = f"group {name} ({', '.join(unit.serial for unit in members)})"
        self.full_s: float | None = None
        self.broken: str | None = None
        self._out = out

    @property
    def batteries(self) -> tuple[Battery, ...]:
        """What it is made of."""
        return tuple(unit.battery for unit in self.members)

    # ------------------------------------------------------------ Charged

    @property
    def phase(self) -> Phase:
        """Where all of them stand."""
        return self.members[0].phase

    @property
    def rated_ah(self) -> float:
        """Rated capacity of all together, in ampere-hours."""
        return rated_ah_of(self.batteries)

    @property
    def since_full_ah(self) -> float:
        """Charge delivered to all together since they were last full, or since the run began."""
        return max(unit.since_full_ah for unit in self.members)

    def count(self, at_s: float, current_a: float) -> None:
        """Count the charge: what each takes of it is not known."""
        for unit in self.members:
            unit.count(at_s, current_a)

    def count_off(self) -> None:
        """Nothing flows any more."""
        for unit in self.members:
            unit.count_off()

    def go(self, trigger: str, why: str) -> None:
        """Pull a trigger of each one's table."""
        for unit in self.members:
            unit.go(trigger, why)

    def wait(self, what: str, until_s: float | None) -> None:
        """Say what each waits for."""
        for unit in self.members:
            unit.wait(what, until_s)

    def fill(self, look: Look, limit_a: float, held_s: float) -> None:
        """Together they are full; that each is, its reading alone has to show."""
        took_ah, rated_ah = self.since_full_ah, self.rated_ah
        self.full_s = look.at_s
        for unit in self.members:
            unit.fill(look, limit_a, held_s)
        share = f"{took_ah:.1f} Ah, {100 * took_ah / rated_ah:.0f} % of the {rated_ah:g} Ah of its batteries"
        self._out.fact(Noted(f"{self._name} took {share}; what each of them took is not known."))

    def opened(self, look: Look) -> None:
        """The current fell in a step by more than half of one battery's share: one has left, and nobody knows which."""
        why = f"the current of {self.serial} fell in a step to {look.current_a:.2f} A: a BMS opened, or a lead came off"
        self.broken = why
        for unit in self.members:
            unit.go("pause", why)
            unit.leave_group(why)

    def fail(self, verdict: Verdict, text: str) -> None:
        """None of them will be approved in this run."""
        for unit in self.members:
            unit.fail(verdict, text)

    def trip(self, text: str) -> None:
        """Latched until a person resets it."""
        for unit in self.members:
            unit.trip(text)

    @property
    def _name(self) -> str:
        return self.serial[0].upper() + self.serial[1:]
