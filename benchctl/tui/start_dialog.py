"""The start of a run: which bank, how warm it is, and whether somebody stays. The checks are the run's own."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from benchctl.tui.bank_dialog import BankDialog
from benchctl.tui.ink import ACCENT, ALARM, DIM, TEXT, ink, line
from benchctl.tui.port import StartWanted

_DEGREES = re.compile(r"-?\d{1,2}(?:[.,]\d)?", re.ASCII)


class Tick(Static, can_focus=True):
    """A box to tick: a sign, not only a colour, says whether it is."""

    BINDINGS = [Binding("space,x", "tick", "Tick")]  # noqa: RUF012 (Textual reads it as a class variable)
    ticked: reactive[bool] = reactive(False)

    def __init__(self, words: str, name: str) -> None:
        super().__init__(id=name)
        self._words = words

    def render(self) -> Content:
        """The box and its words."""
        box = ink("[x] " if self.ticked else "[ ] ", f"bold {ACCENT}")
        return line(box, ink(self._words, TEXT), ink("   Space ticks", DIM) if self.has_focus else Content(""))

    def action_tick(self) -> None:
        """Tick it or not."""
        self.ticked = not self.ticked

    def on_click(self) -> None:
        """A click is as good as a key."""
        self.action_tick()


class StartDialog(ModalScreen[StartWanted | None]):
    """Returns what was chosen; None if it was left with Escape."""

    BINDINGS = [  # noqa: RUF012 (Textual reads it as a class variable)
        Binding("escape", "leave", "Back"),
        Binding("f2", "enter_bank", "New bank"),
    ]

    def __init__(self, banks: Sequence[Path], entry: Callable[[], BankDialog]) -> None:
        super().__init__()
        self._banks, self._entry = banks, entry

    def compose(self) -> ComposeResult:
        """The fields, from the top down with Enter."""
        with Vertical(id="dialog"):
            yield Label(ink("Start a run", f"bold {ACCENT}"))
            yield Label(ink("Bank file: choose one with the arrows and Enter, or type its path", DIM))
            yield OptionList(*[Option(ink(str(bank))) for bank in self._banks], id="banks", markup=False)
            yield Input(placeholder="path of the bank file", id="path")
            yield Tick("Somebody stays with the bench until the end", "attended")
            yield Label(ink("Temperature at the bench in °C (empty if the bench has probes)", DIM))
            yield Input(placeholder="for example 21", id="temperature")
            yield Label("", id="fault")
            keys = line(_key("Enter"), ink(" next, then start   ", TEXT), _key("F2"), ink(" enter a new bank   ", TEXT))
            yield Label(line(keys, _key("Esc"), ink(" back", TEXT)))

    def on_mount(self) -> None:
        """Begin with the list, or with the path if there is none."""
        banks = self.query_one("#banks", OptionList)
        banks.display = bool(self._banks)
        self.query_one("#banks" if self._banks else "#path").focus()

    def on_option_list_option_selected(self, chosen: OptionList.OptionSelected) -> None:
        """A bank of the list was chosen."""
        self.query_one("#path", Input).value = str(self._banks[chosen.option_index])
        self.query_one(Tick).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the next field; in the last one it starts."""
        if event.input.id == "path":
            self.query_one(Tick).focus()
        else:
            self._start()

    def on_key(self, event: Key) -> None:
        """Enter on the box goes on too."""
        if event.key == "enter" and self.query_one(Tick).has_focus:
            event.stop()
            self.query_one("#temperature").focus()

    def action_enter_bank(self) -> None:
        """Ask for a new bank, battery by battery."""
        self.app.push_screen(self._entry(), self._entered)

    def _entered(self, bank: Path | None) -> None:
        if bank is not None:
            self.query_one("#path", Input).value = str(bank)
            self.query_one(Tick).focus()

    def action_leave(self) -> None:
        """Start nothing."""
        self.dismiss(None)

    def _start(self) -> None:
        path, degrees = (self.query_one(name, Input).value.strip() for name in ("#path", "#temperature"))
        if not path or not Path(path).expanduser().is_file():
            self._complain("There is no such bank file. Choose one of the list or correct the path.", "#path")
        elif degrees and not _DEGREES.fullmatch(degrees):
            self._complain("The temperature is a number of degrees Celsius, for example 21.", "#temperature")
        else:
            attended = self.query_one(Tick).ticked
            temperature_c = float(degrees.replace(",", ".")) if degrees else None
            self.dismiss(StartWanted(Path(path).expanduser(), temperature_c, attended))

    def _complain(self, sentence: str, where: str) -> None:
        self.query_one("#fault", Label).update(ink(sentence, f"bold {ALARM}"))
        self.query_one(where).focus()


def _key(name: str) -> Content:
    return ink(name, f"bold {ACCENT}")
