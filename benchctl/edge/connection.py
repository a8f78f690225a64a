"""The connection to one instrument over the hours: opened when needed, dropped when in doubt, recognised when reopened.

After a reopening the order is fixed: the OFFs that are owed, then the identity, then everything else. An OFF is not
kept waiting by doubts about who is there; anything else is.
"""

from collections.abc import Callable

from benchctl.core.dialect.conversation import (
    Asker,
    Clock,
    Conversation,
    LinkFault,
    Spot,
    Told,
    identify,
    run_conversation,
    switch_off,
)
from benchctl.core.dialect.egress import Door
from benchctl.core.dialect.voice import Dialect, Exchange, Voice
from benchctl.core.messages import Event, Identified, SwitchedOff, WireFailed
from benchctl.core.model import AbsenceReason, Identity
from benchctl.edge.link import Link

RECOGNISE_S = 600.0
"""How often an instrument that has not been away is asked again who it is."""

LinkFactory = Callable[[], Link]
"""Opens a new link. Raises LinkFault."""


def same_unit(one: Identity, other: Identity) -> bool:
    """Whether two identities are of one and the same piece of equipment; its firmware may have changed."""
    return (one.maker, one.model, one.serial) == (other.maker, other.model, other.serial)


class Connection:
    """Used by one thread. `voice` is any channel's of the instrument (it takes remote control), None for none. `door`:
    what every line to a supply has to pass; None for a meter.

    `lost_s` adds up the nominal seconds waited in vain, `learnt` what a reopening brought (`Identified`, and
    `SwitchedOff` for OFFs that were owed); both are taken and reset by their reader.
    """

    def __init__(
        self,
        instrument: str,
        dialect: Dialect,
        pinned: Identity,
        voice: Voice | None,
        open_link: LinkFactory,
        now_s: Clock,
        door: Door | None,
    ) -> None:
        self._instrument = instrument
        self._dialect = dialect
        self._pinned = pinned
        self._voice = voice
        self._open_link = open_link
        self._now_s = now_s
        self._door = door
        self._link: Link | None = None
        self._recognised_s: float | None = None
        self._owed: dict[str, Spot] = {}
        self.openings = 0
        self.lost_s = 0.0
        self.learnt: list[Event] = []

    def ask(self, exchange: Exchange) -> bytes:
        """Make one exchange on the open link, if the door lets it out. Raises LinkFault; unless that was the door, the
        link is then gone."""
        if self._door is not None and (why := self._door.refusal(exchange.write)) is not None:
            raise LinkFault(AbsenceReason.NOT_MEASURED, f"{self._instrument}: not sent: {why}", 0.0)
        if self._link is None:
            raise LinkFault(AbsenceReason.CLOSED, f"{self._instrument}: the connection was closed", 0.0)
        try:
            reply = self._link.ask(exchange)
        except LinkFault as fault:
            self.lost_s += fault.lost_s
            self.drop()
            raise
        if self._door is not None:
            self._door.heard(exchange.write, reply)
        return reply

    def hold(self, conversation: Conversation, asker: Asker) -> Told:
        """Hold a conversation; when it leaves doubt about the connection, the link is dropped."""
        told = run_conversation(conversation, asker)
        if not told.trusted:
            self.drop()
        return told

    def make_ready(self) -> None:
        """Have an open link to the pinned instrument, with nothing owed. Raises LinkFault with the reason."""
        if self._link is None:
            self._open()
            self._pay()
        if self._recognised_s is None or self._now_s() - self._recognised_s >= RECOGNISE_S:
            self._recognise()

    def switch_off(self, spot: Spot) -> SwitchedOff:
        """OFF at once; over a new link when the old one fails. What is not proven is owed at the next reopening."""
        try:
            event = self._off_twice(spot)
        except LinkFault as fault:
            event = SwitchedOff(spot.position, False, fault.detail)
        if event.proven:
            self.settle(spot)
        else:
            self.owe(spot)
        return event

    def owe(self, spot: Spot) -> None:
        """This output may be on against our will: OFF comes first when the link is opened again."""
        self._owed[spot.position] = spot

    def settle(self, spot: Spot) -> None:
        """Nothing is owed to this output any more."""
        self._owed.pop(spot.position, None)

    def drop(self) -> None:
        """Close the link. Whoever answers next has to be recognised first."""
        self._recognised_s = None
        if self._link is not None:
            self._link.close()
            self._link = None

    def _open(self) -> None:
        try:
            self._link = self._open_link()
        except LinkFault as fault:
            self.lost_s += fault.lost_s
            raise
        self.openings += 1

    def _pay(self) -> None:
        for spot in tuple(self._owed.values()):
            event = self._off(spot)
            self.learnt.append(event)
            if event.proven:
                self.settle(spot)
            elif self._link is None:
                raise LinkFault(AbsenceReason.CLOSED, event.detail, 0.0)

    def _off_twice(self, spot: Spot) -> SwitchedOff:
        event = SwitchedOff(spot.position, False, "")
        for _ in range(2):
            if self._link is None:
                self._open()
            event = self._off(spot)
            if self._link is not None:
                break
        if event.proven and self._recognised_s is None:
            self._recognise()
        return event

    def _off(self, spot: Spot) -> SwitchedOff:
        event = self.hold(switch_off(spot), self).event
        assert isinstance(event, SwitchedOff)
        return event

    def _recognise(self) -> None:
        first = self._recognised_s is None
        event = self.hold(identify(self._instrument, self._dialect, self._voice), self).event
        if isinstance(event, WireFailed):
            raise LinkFault(event.reason, event.detail, 0.0)
        assert isinstance(event, Identified)
        if not same_unit(self._pinned, event.identity):
            self.drop()
            raise self._stranger(event.identity)
        self._recognised_s = self._now_s()
        if first:
            self.learnt.append(event)

    def _stranger(self, seen: Identity) -> LinkFault:
        sentence = (
            f"{self._instrument}: '{seen.raw}' answers where '{self._pinned.raw}' was at the start; "
            "put the cables back, or begin a new run"
        )
        return LinkFault(AbsenceReason.WRONG_INSTRUMENT, sentence, 0.0)
