"""What can happen to bytes on their way: lost, late, torn, garbled, doubled, and connections that break.

A session asks its `Trouble` at every exchange. Time is an argument. What comes late stands before the next answer of
the same connection, where a client that has not given that connection up takes it for an answer to something else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from benchctl.sim.servers import Hangup, Session

TIMEOUT_S = 1.0
"""An answer that takes longer is late to every client (safety section 4)."""


@dataclass(slots=True)
class Strike:
    """One fault of a wire. `once`: it is over after the first exchange it has struck."""

    name: str
    value: float
    from_s: float
    until_s: float
    once: bool

    def strikes(self, at_s: float) -> bool:
        """Whether it does so now."""
        return self.from_s <= at_s < self.until_s


class Trouble:
    """All faults of one instrument's connections."""

    def __init__(self) -> None:
        self._strikes: list[Strike] = []
        self._slept_s = 0.0

    def add(self, name: str, value: float, from_s: float, span_s: float | None, once: bool) -> None:
        """From this time on, for so long; None: for ever, or once."""
        until_s = inf if span_s is None else from_s + span_s
        self._strikes.append(Strike(name, value, from_s, until_s, once and span_s is None))

    def now(self, at_s: float) -> list[Strike]:
        """What strikes now."""
        return [strike for strike in self._strikes if strike.strikes(at_s)] if self._strikes else []

    def sleep(self, span_s: float) -> None:
        """An answer came in time, but so late."""
        self._slept_s += span_s

    def slept_s(self) -> float:
        """How long answers were waited for since this was last asked: without a socket nobody else measures it."""
        slept_s, self._slept_s = self._slept_s, 0.0
        return slept_s

    def spent(self, strike: Strike) -> None:
        """It has struck."""
        if strike.once:
            self._strikes.remove(strike)


class TroubledSession:
    """One connection to an instrument through whatever is wrong with its wire. `now_s` is the bench's time."""

    def __init__(self, session: Session, trouble: Trouble, now_s: Callable[[], float]) -> None:
        self._session, self._trouble, self._now_s = session, trouble, now_s
        self._late = self._before = b""
        self._last_s = now_s()

    def handle(self, data: bytes) -> bytes:
        """Take what arrived; what is to be sent. Raises Hangup when the connection breaks."""
        now_s = self._now_s()
        silent_s, self._last_s = now_s - self._last_s, now_s
        strikes = self._trouble.now(now_s)
        for strike in strikes:
            if strike.name in _BREAKING and (strike.name != "net.idle" or silent_s >= strike.value):
                self._trouble.spent(strike)
                raise Hangup(strike.name)
            if strike.name == "net.blackhole":
                return b""
        reply = self._session.handle(data)
        late, self._late = self._late, b""
        for strike in strikes:
            if reply and strike.name in _ON_THE_WAY_BACK:
                reply = self._struck(strike, data, reply)
                self._trouble.spent(strike)
        if not reply:
            return b""
        self._before = reply
        return late + reply

    def _struck(self, strike: Strike, data: bytes, reply: bytes) -> bytes:
        if strike.name in ("net.late", "net.slice") or (strike.name == "net.lag" and strike.value >= TIMEOUT_S):
            cut = len(reply) // 2 if strike.name == "net.slice" else 0
            self._late, reply = self._late + reply[cut:], reply[:cut]
            return reply
        if strike.name == "net.lag":
            self._trouble.sleep(strike.value)
        if strike.name == "net.garble":
            middle = len(reply) // 2
            return reply[: max(middle - 1, 0)] + b"\xff#" + reply[middle + 1 :]
        doubled = {"net.merge": self._before + reply, "net.duplicate": reply + reply, "net.echo": data + reply}
        return doubled.get(strike.name, b"" if strike.name == "net.drop1" else reply)


_ON_THE_WAY_BACK = (
    "net.drop1", "net.late", "net.slice", "net.garble", "net.merge", "net.duplicate", "net.echo", "net.lag",
)  # fmt: skip
_BREAKING = ("net.reset", "net.refused", "net.idle")
