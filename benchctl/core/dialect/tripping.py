"""What a supply says of its own protections: which of them has tripped, and still stands. Sans-IO.

A trip keeps the output off whatever is told. Clearing it is a matter of its own (`conversation.clear_trip`): some
supplies then do again what they were told before the trip.
"""

from collections.abc import Generator

from benchctl.core.dialect.dialogue import answers, flag
from benchctl.core.dialect.voice import Exchange, Operation, Voice

CLEARED_BY = "reset the position while the run is on, or clear it at the front panel"

TRIPS = {
    Operation.READ_OVP_TRIP: "over-voltage protection",
    Operation.READ_OCP_TRIP: "over-current protection",
    Operation.READ_WATCHDOG_TRIP: "watchdog",
}
"""The question, and what has tripped where it is answered with yes."""


def tripped(voice: Voice) -> Generator[Exchange, bytes, tuple[str, ...]]:
    """What has tripped, of all that this supply can say. Raises Unanswered."""
    said = yield from answers(voice, tuple(question for question in TRIPS if voice.can(question)))
    return tuple(TRIPS[question] for question, value in said.items() if flag(value))
