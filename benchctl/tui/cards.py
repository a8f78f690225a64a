"""A card for each position: who hangs there, in which phase, volts, amperes, ampere-hours, and what it waits for."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from benchctl.core.model import Phase, Regulation
from benchctl.core.view.sights import BatterySight, PositionSight
from benchctl.core.view.wording import amp_hours, amperes, volts
from benchctl.tui.ink import ACCENT, ALARM, DIM, PHASE_SIGNS, TEXT, ends, folded, ink, line, lines

CARD_WIDTH, CARD_HEIGHT = 38, 4
"""The narrowest card, and the height of every card without the line between cards."""


UNDER_WAY = frozenset(Phase) - {Phase.VERIFIED, Phase.OUTLIER, Phase.TRIPPED, Phase.FAILED}
"""Phases that are in the past once the run has ended."""


@dataclass(frozen=True, slots=True)
class CardShown:
    """What one card shows. `until` (by when it has time) and `full` (when it is expected to be full, as far as that is
    known) are times of day; `over`: the run has ended."""

    position: PositionSight
    batteries: tuple[BatterySight, ...]
    until: str | None
    full: str | None
    chosen: bool
    alarmed: bool
    over: bool


class CardPicked(Message):
    """A card was clicked."""

    def __init__(self, position: str) -> None:
        super().__init__()
        self.position = position


class Card(Widget, can_focus=False):
    """One position."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: CardShown | None = None

    def show(self, shown: CardShown) -> None:
        """Show what is known now; draws only what changed."""
        if shown != self._shown:
            self._shown = shown
            self.set_class(shown.chosen, "chosen")
            self.set_class(shown.alarmed, "alarmed")
            self.refresh()

    def render(self) -> Content:
        """The card's four lines."""
        shown, width = self._shown, self.size.width
        if shown is None:
            return Content("")
        return lines(_head(shown, width), _numbers(shown, width), *_wait(shown, width))

    def on_click(self, event: Click) -> None:
        """A click chooses this position."""
        event.stop()
        if self._shown is not None:
            self.post_message(CardPicked(self._shown.position.name))


def _head(shown: CardShown, width: int) -> Content:
    phase = shown.batteries[0].phase if shown.batteries else None
    sign, colour = ("", DIM) if phase is None else PHASE_SIGNS[phase]
    words = "empty" if not shown.batteries else "not met yet" if phase is None else phase.value
    if shown.over and phase in UNDER_WAY:
        sign, colour, words = "■", DIM, f"was {words}"
    serials = " + ".join(battery.serial for battery in shown.batteries)
    place = ink(shown.position.name, f"bold {ACCENT if shown.chosen else DIM}")
    name = line(place, ink("  "), ink(serials, f"bold {TEXT}"))
    return ends(name, ink(f" {sign} {words}", f"bold {colour}"), width)


def _numbers(shown: CardShown, width: int) -> Content:
    seen = shown.position
    voltage = ink(f"{volts(seen.voltage_v):>8}", f"bold {TEXT}" if seen.voltage_v is not None else DIM)
    counted = shown.batteries[0].amp_hours if shown.batteries else None
    charge = ink(f"{amp_hours(counted):>9}", TEXT if counted is not None else DIM)
    return ends(line(voltage, ink("  "), _output(seen)), charge, width)


def _output(seen: PositionSight) -> Content:
    if seen.output_on is None:
        return ink("  output unknown", DIM)
    if not seen.output_on:
        return ink("      off", DIM)
    mode = seen.regulation.value if seen.regulation in (Regulation.CC, Regulation.CV) else "on"
    return line(ink(f"{amperes(seen.current_a):>8}", f"bold {TEXT}"), ink(f"  {mode}", ACCENT))


def _wait(shown: CardShown, width: int) -> list[Content]:
    first = shown.batteries[0] if shown.batteries else BatterySight("")
    if first.waiting_for is not None:
        full = ink(f"full about {shown.full}  ", f"bold {TEXT}") if shown.full else Content("")
        until = ink(f"by {shown.until}  ", f"bold {TEXT}") if shown.until else Content("")
        return folded(line(full, until, ink(first.waiting_for, DIM)), width, 2)
    bad = first.phase in (Phase.TRIPPED, Phase.FAILED)
    return folded(ink(first.why or "", ALARM if bad else DIM), width, 2)


class Cards(VerticalScroll, can_focus=False):
    """All cards, in as many columns as there is room for."""

    def __init__(self) -> None:
        super().__init__(id="cards")
        self._cards: list[Card] = []

    def show(self, shown: Sequence[CardShown]) -> None:
        """Show one card for each position, in their order."""
        if len(self._cards) != len(shown):
            self.remove_children(Card)
            self._cards = [Card() for _ in shown]
            self.mount_all(self._cards)
        for card, each in zip(self._cards, shown, strict=True):
            card.show(each)

    def fit(self, width: int) -> int:
        """Arrange the cards for a width; returns the height that all of them need."""
        most = max(1, (width + 1) // (CARD_WIDTH + 1))
        rows = -(-len(self._cards) // most)
        self.styles.grid_size_columns = max(1, -(-len(self._cards) // max(1, rows)))
        return rows * (CARD_HEIGHT + 1) - 1

    def reveal(self, index: int) -> None:
        """Scroll until a card is in sight."""
        if index < len(self._cards):
            self.scroll_to_widget(self._cards[index], animate=False)
