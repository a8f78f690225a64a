"""The last door before the supplies of a virtual night: the real filter, as the engine hangs it.

Nothing that a night asks for may be held back, and nothing else may leave: one refusal fails the night.
"""

from collections.abc import Mapping

from benchctl.core.dialect.egress import Door
from benchctl.core.dialect.voice import Exchange
from benchctl.core.mission import Mission
from benchctl.core.run.protection import envelope
from benchctl.edge.link import Link
from benchctl.edge.wire import Spots


class HeldBack(AssertionError):
    """A line was asked for that may not leave."""


class StrictDoor(Door):
    """Ends the night at the first line that it holds back."""

    def refusal(self, line: bytes) -> str | None:
        """See `Door.refusal`. Raises HeldBack instead of telling why."""
        why = super().refusal(line)
        if why is not None:
            raise HeldBack(why)
        return None


class Doors:
    """One for each supply that is used, with the envelopes of the mission."""

    def __init__(self, mission: Mission, used: Mapping[str, Spots]) -> None:
        most = {name: envelope(mission, name) for name, line in mission.queues().items() if line}
        self.of: dict[str, Door] = {}
        self._at: dict[str, Door] = {}
        for name, spots in used.items():
            if spots.supply:
                self.of[name] = StrictDoor({place: spot.voice for place, spot in spots.supply.items()}, most)
                self._at |= dict.fromkeys(spots.supply, self.of[name])

    def grant(self, position: str) -> None:
        """Its intent is on disk."""
        self._at[position].granted.add(position)

    def shut(self, position: str) -> None:
        """An off was said."""
        self._at[position].granted.discard(position)


class GuardedLink:
    """A connection that has such a door before it, or none."""

    def __init__(self, link: Link, door: Door | None) -> None:
        self._link, self._door = link, door

    def ask(self, exchange: Exchange) -> bytes:
        """See `Asker`."""
        if self._door is None:
            return self._link.ask(exchange)
        self._door.refusal(exchange.write)
        reply = self._link.ask(exchange)
        self._door.heard(exchange.write, reply)
        return reply


__all__ = ["Doors", "GuardedLink", "HeldBack"]
