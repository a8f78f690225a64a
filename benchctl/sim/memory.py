"""A connection to a simulated instrument without a socket, in the shape of `edge.link.Link`: for virtual time."""

from benchctl.core.dialect.dialogue import LinkFault
from benchctl.core.dialect.voice import Exchange, Line, printable
from benchctl.core.model import AbsenceReason
from benchctl.sim.servers import Hangup, Session


class MemoryLink:
    """Asks one question at a time of a session; what real time would wait for in vain is only named."""

    def __init__(self, place: str, session: Session) -> None:
        self._place, self._session = place, session
        self._closed = False

    def ask(self, exchange: Exchange) -> bytes:
        """Write the question, return the whole reply, b"" where none is due. Raises LinkFault; then it is closed."""
        if self._closed:
            raise self._fault(AbsenceReason.CLOSED, "the connection is closed", 0.0)
        try:
            raw = self._session.handle(exchange.write)
        except Hangup as fault:
            raise self._fault(AbsenceReason.CLOSED, f"the connection was closed ({fault})", 0.0) from fault
        if exchange.reply is None:
            if raw:
                raise self._fault(AbsenceReason.GARBLED, f"answers what was no question: {printable(raw)}", 0.0)
            return b""
        framing = exchange.reply.framing
        if not raw or (isinstance(framing, Line) and not framing.complete(raw)):
            raise self._fault(AbsenceReason.TIMEOUT, f"no reply in {exchange.timeout_s:g} s", exchange.timeout_s)
        return raw

    def close(self) -> None:
        """Free the connection. May be called twice."""
        self._closed = True

    def _fault(self, reason: AbsenceReason, detail: str, lost_s: float) -> LinkFault:
        self._closed = True
        return LinkFault(reason, f"{self._place}: {detail}", lost_s)
