"""How instruments behave as partners in conversation: what they complain of.

Settings and readings are judged where they are used (`place`, `limits`); here is what shows that a supply and this tool
no longer understand each other, or that somebody else talks to it, before it shows in a reading.
"""

from collections import defaultdict, deque
from collections.abc import Mapping

from benchctl.core import messages as m
from benchctl.core.run.alarms import Alarms
from benchctl.core.run.limits import Breach
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.output import Power
from benchctl.core.run.place import Place

MOST_ERRORS = 3
ERRORS_S = 600.0
"""Safety I36: more than three are a fault. In which time, it does not say: so long that one a minute is caught."""

SHOWN_ERRORS = 3

_NOT_ON = (Power.OFF, Power.PROGRAMMING, Power.SWITCHING_OFF)


class Partners:
    """All instruments of a run. `heard` is told of an event before anybody acts on it."""

    def __init__(self, places: Mapping[str, Place], alarms: Alarms, out: Outbox) -> None:
        self._places = places
        self._alarms = alarms
        self._out = out
        self._errors: defaultdict[str, deque[float]] = defaultdict(deque)

    def heard(self, event: m.Event, at_s: float) -> None:
        """What an event shows of the instrument that it came from."""
        if isinstance(event, m.Programmed | m.SettingsRead) and event.errors:
            self._complained(self._places[event.position], event.errors, at_s)

    def _complained(self, place: Place, errors: tuple[str, ...], at_s: float) -> None:
        """Entries of an error queue. What stands there before an output is on is from before, whoever caused it."""
        instrument = place.position.supply.instrument
        text = f"{instrument} reports {_listed(errors)}."
        if place.power in _NOT_ON:
            self._out.fact(m.Noted(f"{place.name}, its output off: {text} Nothing follows from that."))
            return
        lately = self._errors[instrument]
        lately.extend([at_s] * len(errors))
        while at_s - lately[0] > ERRORS_S:
            lately.popleft()
        if len(lately) <= MOST_ERRORS:
            breach = Breach("instrument_error", float(len(lately)), float(MOST_ERRORS), text)
            self._alarms.raise_(at_s, breach, place.name, "+".join(place.hangs) or None)
            self._alarms.calm("instrument_error", place.name)
            return
        text = f"{text} That makes {len(lately)} in {ERRORS_S / 60:.0f} minutes."
        place.give_up(at_s, Breach("error_queue", float(len(lately)), float(MOST_ERRORS), text))
        lately.clear()


def _listed(errors: tuple[str, ...]) -> str:
    more = len(errors) - SHOWN_ERRORS
    return "; ".join(errors[:SHOWN_ERRORS]) + (f"; and {more} more" if more > 0 else "")
