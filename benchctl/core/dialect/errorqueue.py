"""What a supply complains of by itself: its queue of errors, read until it is empty. Sans-IO.

Set points are proven by their read-back; this is for what no read-back shows: a word that was not understood, a second
client, a self test that failed. It is asked only where the dialect file has the question, which is where asking changes
nothing else. A queue that cannot be read fails nothing: what was ordered has been done and read back by then.
"""

from collections.abc import Generator
from dataclasses import dataclass

from benchctl.core.dialect.dialogue import LinkFault
from benchctl.core.dialect.voice import Exchange, Number, Operation, ReplyFault, Voice, decode, printable
from benchctl.core.text import safe_text

MOST_ENTRIES = 20
"""A queue is read no further in one look: SCPI's are about that deep, and a live channel is looked at every second."""

ENTRY_LETTERS = 80


@dataclass(frozen=True, slots=True)
class Complaints:
    """Entries of a queue as they were answered, oldest first, fit to show. `trusted` False: the last question brought
    nothing that can be read, and the connection must not carry another."""

    entries: tuple[str, ...]
    trusted: bool


def complaints(voice: Voice) -> Generator[Exchange, bytes, Complaints]:
    """Read the queue away, if there is a question for it. Raises nothing."""
    found: list[str] = []
    if not voice.can(Operation.READ_ERROR):
        return Complaints((), True)
    ask = voice.ask(Operation.READ_ERROR)
    reply = ask.exchange.reply
    assert reply is not None  # a question has one
    while len(found) < MOST_ENTRIES:
        try:
            raw = yield ask.exchange
            code = decode(reply, raw)[ask.field]
        except (LinkFault, ReplyFault):
            return Complaints(tuple(found), False)
        if isinstance(code, Number) and code.value == 0.0:
            break
        found.append(safe_text(printable(raw.strip()), ENTRY_LETTERS))
    return Complaints(tuple(found), True)
