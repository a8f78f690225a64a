"""A supply's own watchdog: whether it has bitten, and how it is let go. Sans-IO. `programming` sets it and reads back.

It is the one layer that still switches off when engine and guard are both dead (safety 0.2): the instrument hears
nothing for so many seconds, and latches its output off. What it was told does not change by that: some go on saying
that they are on, and clearing the trip would switch them on again.
"""

from collections.abc import Generator

from benchctl.core.dialect.dialogue import Answer, Unanswered, answered, flag, told
from benchctl.core.dialect.voice import Exchange, Operation, Voice
from benchctl.core.model import Absence, AbsenceReason


def truly_on(voice: Voice) -> Generator[Exchange, bytes, bool]:
    """The output answers that it is on, and no watchdog holds it off. Raises Unanswered, Unsupported."""
    on = flag((yield from answered(voice, Operation.READ_OUTPUT)))
    return on and not (yield from bitten(voice))


def bitten(voice: Voice) -> Generator[Exchange, bytes, bool]:
    """The watchdog has tripped, and that stands. Raises Unanswered."""
    if not voice.can(Operation.READ_WATCHDOG_TRIP):
        return False
    return flag((yield from answered(voice, Operation.READ_WATCHDOG_TRIP)))


def unbitten(on: bool | Absence, trip: Answer) -> bool | Absence:
    """As `truly_on`, of a look; what is not known of the trip is not known of the output."""
    if on is not True or isinstance(trip, Absence):
        return trip if on is True and isinstance(trip, Absence) else on
    value, at_s = trip
    if not isinstance(value, bool):
        return Absence(AbsenceReason.GARBLED, at_s, f"neither tripped nor not: {value}")
    return not value


def let_go(voice: Voice) -> Generator[Exchange, bytes, bool]:
    """Switch it off, once the output is proven off: in a long rest, or when the run is over, it would latch a supply
    that nobody talks to. Whether the connection can still be trusted."""
    if not voice.can(Operation.WATCHDOG_OFF):
        return True
    try:
        yield from told(voice, Operation.WATCHDOG_OFF)
    except Unanswered:
        return False
    return True
