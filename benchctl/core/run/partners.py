"""How instruments behave as partners in conversation: what they complain of, how slow they are, how often a connection
had to be opened again.

Settings and readings are judged where they are used (`place`, `limits`); here is what shows that an instrument and this
tool no longer understand each other, or that somebody else talks to it, before it shows in a reading.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from math import ceil

from benchctl.core import messages as m
from benchctl.core.model import Absence, AbsenceReason
from benchctl.core.run.alarms import Alarms
from benchctl.core.run.cautions import CALM_S
from benchctl.core.run.limits import Breach
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.output import Power
from benchctl.core.run.place import Place
from benchctl.core.run.window import forget, keep

MOST_ERRORS = 3
ERRORS_S = 600.0
"""Safety I36: more than three are a fault. In which time, it does not say: so long that one a minute is caught."""

SHOWN_ERRORS = 3

SLOW_S = 1.0
SLOW_SHARE = 0.95
LOOKS_S = 60.0
"""Safety I35: more than a second, by the 95th percentile of a minute. Of whole looks, from the order to the last answer
and with what the instrument was busy with before: every tenth follows the settings' read-back. One is due every second,
and three seconds without one are a fault of their own (`silent`); so a supply that needed a second for the look alone
would be silent behind its settings within ten: too late for a warning."""

LEAST_LOOKS = 20
"""Of fewer the slowest alone would be the 95th percentile."""

MOST_REOPENINGS = 5
HOUR_S = 3600.0
"""Safety I27: more than five an hour."""

_NOT_ON = (Power.OFF, Power.PROGRAMMING, Power.SWITCHING_OFF)
_OVER_S = {"slow_instrument": CALM_S, "noisy_line": HOUR_S}
"""How long it must have been otherwise before a warning is over."""


class Partners:
    """All instruments of a run. `heard` is told of an event before anybody acts on it, `ordered` of what went out."""

    def __init__(self, places: Mapping[str, Place], alarms: Alarms, out: Outbox) -> None:
        self._places = places
        self._alarms = alarms
        self._out = out
        self._supplied: dict[str, str] = {}
        for name, place in places.items():
            self._supplied.setdefault(place.position.supply.instrument, name)
        self._errors: defaultdict[str, deque[tuple[float]]] = defaultdict(deque)
        self._asked_s: dict[str, float] = {}
        self._looks: defaultdict[str, deque[tuple[float, float]]] = defaultdict(deque)
        self._known: set[str] = set()
        self._hung_up: set[str] = set()
        self._reopenings: defaultdict[str, deque[tuple[float]]] = defaultdict(deque)
        self._warned_s: dict[tuple[str, str], float] = {}

    def ordered(self, orders: Iterable[m.Order], at_s: float) -> None:
        """What is asked of them now."""
        self._asked_s |= {order.position: at_s for order in orders if isinstance(order, m.Poll)}

    def heard(self, event: m.Event, at_s: float) -> None:
        """What an event shows of the instrument that it came from."""
        match event:
            case m.Polled(position, sample):
                self._looked(position, at_s)
                parts = (sample.voltage, sample.current, sample.regulation, sample.output_on)
                self._missed(self._supply(position), parts)
            case m.Programmed() | m.SettingsRead():
                self._complained(self._places[event.position], event.errors, at_s)
            case m.MetersScanned(instrument, readings):
                self._missed(instrument, [reading for _, reading in readings])
            case m.WireFailed(instrument, reason=AbsenceReason.CLOSED):
                self._hung_up.add(instrument)
            case m.Identified(instrument):
                self._opened(instrument, at_s)

    def tick(self, at_s: float) -> None:
        """Is anything over that was warned of?"""
        for (fault, instrument), last_s in tuple(self._warned_s.items()):
            if at_s - last_s >= _OVER_S[fault]:
                del self._warned_s[fault, instrument]
                self._alarms.calm(fault, self._supplied.get(instrument), instrument)

    def _supply(self, position: str) -> str:
        return self._places[position].position.supply.instrument

    # ------------------------------------------------------------ the error queue

    def _complained(self, place: Place, errors: tuple[str, ...], at_s: float) -> None:
        """Entries of an error queue. What stands there before an output is on is from before, whoever caused it."""
        if not errors:
            return
        instrument = self._supply(place.name)
        text = f"{instrument} reports {_listed(errors)}."
        if place.power in _NOT_ON:
            self._out.fact(m.Noted(f"{place.name}, its output off: {text} Nothing follows from that."))
            return
        lately = self._errors[instrument]
        lately.extend([(at_s,)] * len(errors))
        forget(lately, at_s, ERRORS_S)
        if len(lately) <= MOST_ERRORS:
            breach = Breach("instrument_error", float(len(lately)), float(MOST_ERRORS), text)
            self._alarms.raise_(at_s, breach, place.name, "+".join(place.hangs) or None)
            self._alarms.calm("instrument_error", place.name)
            return
        text = f"{text} That makes {len(lately)} in {ERRORS_S / 60:.0f} minutes."
        place.give_up(at_s, Breach("error_queue", float(len(lately)), float(MOST_ERRORS), text))
        lately.clear()

    # ------------------------------------------------------------ how long a look takes

    def _looked(self, position: str, at_s: float) -> None:
        """A look has come, whole or not."""
        instrument, took_s = self._supply(position), at_s - self._asked_s.pop(position, at_s)
        looks = self._looks[instrument]
        keep(looks, at_s, took_s, LOOKS_S)
        if not took_s <= SLOW_S and len(looks) >= LEAST_LOOKS:
            self._judge_pace(instrument, at_s, percentile([took for _, took in looks], SLOW_SHARE))

    def _judge_pace(self, instrument: str, at_s: float, slow_s: float) -> None:
        if not slow_s <= SLOW_S:
            text = f"{instrument} needs up to {slow_s:.1f} s for a look; one is due every second."
            self._warn(instrument, at_s, Breach("slow_instrument", slow_s, SLOW_S, text))

    # ------------------------------------------------------------ how often it is opened again

    def _missed(self, instrument: str, parts: Sequence[object]) -> None:
        """A connection that the other end closed is opened again for that, and not for what came over it."""
        if any(isinstance(part, Absence) and part.reason is AbsenceReason.CLOSED for part in parts):
            self._hung_up.add(instrument)

    def _opened(self, instrument: str, at_s: float) -> None:
        """It was recognised over a new connection: for the first time, after a hang-up, or because of a reply that was
        late, torn, garbled or doubled."""
        if instrument not in self._known or instrument in self._hung_up:
            self._known.add(instrument)
            self._hung_up.discard(instrument)
            return
        lately = self._reopenings[instrument]
        lately.append((at_s,))
        forget(lately, at_s, HOUR_S)
        if len(lately) > MOST_REOPENINGS or ("noisy_line", instrument) in self._warned_s:
            text = f"{instrument}: opened again {len(lately)} times within an hour."
            self._warn(instrument, at_s, Breach("noisy_line", float(len(lately)), float(MOST_REOPENINGS), text))

    def _warn(self, instrument: str, at_s: float, breach: Breach) -> None:
        """At the position that it supplies; a meter's is everybody's."""
        if (breach.fault, instrument) not in self._warned_s:
            self._alarms.raise_(at_s, breach, self._supplied.get(instrument), None, instrument)
        self._warned_s[breach.fault, instrument] = at_s


def percentile(values: Sequence[float], share: float) -> float:
    """The least of these that is not exceeded by this share of them (nearest rank)."""
    return sorted(values)[ceil(share * len(values)) - 1]


def _listed(errors: tuple[str, ...]) -> str:
    more = len(errors) - SHOWN_ERRORS
    return "; ".join(errors[:SHOWN_ERRORS]) + (f"; and {more} more" if more > 0 else "")
