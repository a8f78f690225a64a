"""A person lifts a latch: what stands against it, what the supply is told first, and what comes of that.

Clearing a supply's own trip can switch its output on again (safety 0.1). So nothing is lifted before one order to the
supply has come back: off, proven; what has tripped, cleared; off, proven once more. Whatever else it answers, the latch
stands, and whoever asked is told what to do.
"""

from collections.abc import Mapping, Sequence

from benchctl.core.messages import ClearTrip, Noted, TripCleared, WireFailed
from benchctl.core.model import Phase
from benchctl.core.procedure import Procedure
from benchctl.core.run.alarms import Alarms
from benchctl.core.run.clearing import MEASURED, standing_cause
from benchctl.core.run.faults import FAULTS
from benchctl.core.run.limits import Breach
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.place import Place
from benchctl.core.run.unit import Unit


class Resetting:
    """Of all positions of a run. `lines`: the batteries that each position serves."""

    def __init__(
        self,
        procedure: Procedure,
        places: Mapping[str, Place],
        lines: Mapping[str, Sequence[Unit]],
        alarms: Alarms,
        out: Outbox,
    ) -> None:
        self._procedure = procedure
        self._places = places
        self._lines = lines
        self._alarms = alarms
        self._out = out

    def ask(self, at_s: float, position: str, operator: str | None) -> str | None:
        """Somebody wants the latch lifted: the supply is asked first. Or the sentence why it stays."""
        objection = self._objection(at_s, position)
        if objection is None:
            self._out.order(ClearTrip(position, operator))
        return objection

    def _objection(self, at_s: float, position: str) -> str | None:
        place = self._places.get(position)
        if place is None or not place.latched:
            return f"{position} has no latch to reset."
        if not place.off_proven:
            return f"{position} is not proven off yet."
        idle = place.idle(at_s)
        causes = (standing_cause(one, idle, self._procedure, at_s) for one in self._alarms.latches(position))
        return next((text for text in causes if text is not None), None)

    def cleared(self, at_s: float, event: TripCleared) -> str | None:
        """The supply's answer: the latch is lifted. Or the sentence why it stays."""
        if not event.off:
            return self._came_on(at_s, event)
        if event.standing:
            return _still_tripped(event)
        objection = self._objection(at_s, event.position)  # something may have happened meanwhile
        if objection is None:
            self._lift(event.position, event.operator)
        return objection

    def _came_on(self, at_s: float, event: TripCleared) -> str:
        when = f"after its {_all(event.cleared)} was cleared" if event.cleared else "before anything was cleared"
        text = f"The output answered that it is on, {when}."
        self._places[event.position].give_up(at_s, Breach("off_not_proven", None, None, text))
        return f"{event.position}: {text} It is switched off again; take its power leads off before you try again."

    def failed(self, at_s: float, position: str, event: WireFailed) -> str:
        """The supply could not be asked, or did not answer: whatever it was told, it is told OFF again."""
        self._places[position].release(at_s)
        return (
            f"{position}: its supply could not be asked what has tripped, or told to clear it ({event.detail}). OFF is "
            "sent again. Look at its cable and its front panel, then reset again."
        )

    def _lift(self, position: str, operator: str | None) -> None:
        self._note_words(position, operator)
        self._places[position].latched = False
        self._alarms.reset(position, operator)
        for unit in self._lines[position]:
            if unit.phase is Phase.TRIPPED:
                unit.reset()

    def _note_words(self, position: str, operator: str | None) -> None:
        """What nothing measures while the output is off is gone because a person says so."""
        for fault in (one.fault for one in self._alarms.latches(position) if one.fault not in MEASURED):
            text = f"{position}: reset on the word of {operator or 'the operator'}, for nothing measures it while off: "
            self._out.fact(Noted(text + FAULTS[fault].words))


def _still_tripped(event: TripCleared) -> str:
    tried = "still reads as tripped after it was cleared" if event.cleared else "has tripped and has no remote clear"
    return (
        f"{event.position}: its supply's {_all(event.standing)} {tried}. Its output is off. Look for the cause, clear "
        "the trip at the supply's front panel, then reset again."
    )


def _all(trips: Sequence[str]) -> str:
    return " and ".join(trips)
