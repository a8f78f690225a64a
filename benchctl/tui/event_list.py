"""The last events, newest at the bottom, each told in full."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.widget import Widget

from benchctl.core.view.wording import Tone
from benchctl.tui.ink import ALARM, DIM, TEXT, TONE_SIGNS, folded, ink, line, lines

_STYLES = {Tone.QUIET: DIM, Tone.ALARM: ALARM}


@dataclass(frozen=True, slots=True)
class EventShown:
    """An event and the time of day it is shown with."""

    time: str
    tone: Tone
    text: str
    times: int


class EventList(Widget, can_focus=False):
    """As many of the newest events as fit."""

    def __init__(self) -> None:
        super().__init__(id="events")
        self._events: Sequence[EventShown] = ()

    def show(self, events: Sequence[EventShown]) -> None:
        """Show these events, oldest first."""
        if events != self._events:
            self._events = events
            self.refresh()

    def render(self) -> Content:
        """The newest events, from the bottom up, none of them cut at the top."""
        shown: list[Content] = []
        for event in reversed(self._events):
            told = _told(event, self.size.width)
            if len(shown) + len(told) > self.size.height:
                break
            shown = told + shown
        return lines(*shown)


def _told(event: EventShown, width: int) -> list[Content]:
    sign, colour = TONE_SIGNS[event.tone]
    head = line(ink(f" {event.time} ", DIM), ink(f"{sign} ", f"bold {colour}"))
    again = ink(f"  ({event.times} times)", DIM) if event.times > 1 else Content("")
    text = line(ink(event.text, _STYLES.get(event.tone, TEXT)), again)
    pieces = folded(text, width - head.cell_length - 1, 3)
    return [line(head if index == 0 else ink(" " * head.cell_length), piece) for index, piece in enumerate(pieces)]
