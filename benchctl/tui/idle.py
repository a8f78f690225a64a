"""What to read while there is no run to see: what to do next, in plain words."""

from textual.content import Content
from textual.widget import Widget

from benchctl.tui.ink import ACCENT, DIM, TEXT, ink, line, lines

_STEPS = (
    ("1", "Say what stands on the bench", "bench.toml in the home: the supplies, the meters, the positions"),
    ("2", "Say what is to be approved", "a bank file: the batteries, their serial numbers, how they are joined"),
    ("3", "Press S", "and choose the bank file; nothing is switched on before every check"),
)
_WAY = ("check", "charge to 14.6 V", "rest 2 to 4 h", "compare", "approve")


class Idle(Widget, can_focus=False):
    """The first steps, or a sentence about what comes."""

    def __init__(self) -> None:
        super().__init__(id="idle")
        self._news: str | None = None

    def show(self, met: bool, news: str | None) -> None:
        """Show the news, or the first steps if there is none; nothing when there is a run to see."""
        self.display = not met
        if news != self._news:
            self._news = news
            self.refresh()

    def render(self) -> Content:
        """What there is to say."""
        return _first_steps() if self._news is None else ink(self._news, f"bold {TEXT}")


def _first_steps() -> Content:
    """Three steps, and a way to try it without any hardware."""
    told = [ink("Nothing is running on this bench. To prepare batteries:", f"bold {TEXT}"), Content("")]
    for number, what, how in _STEPS:
        told += [line(ink(f"{number}  ", f"bold {ACCENT}"), ink(what, f"bold {TEXT}")), ink(f"   {how}", DIM)]
        told += [Content("")]
    way = line(*(ink(f"{'  →  ' if index else ''}{step}", TEXT) for index, step in enumerate(_WAY)))
    told += [way, Content(""), ink("No hardware at hand? `benchctl demo` plays a whole night.", DIM)]
    return lines(*told)
