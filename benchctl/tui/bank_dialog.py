"""Entering a bank: one question after another, each battery's serial number scanned or typed twice."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key, Paste
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from benchctl.core.errors import BenchctlError
from benchctl.edge.bankentry import BankEntry
from benchctl.edge.batteryfile import known_batteries
from benchctl.tui.ink import ACCENT, ALARM, DIM, TEXT, ink, line, lines
from benchctl.tui.keystrokes import Keystrokes
from benchctl.tui.port import Clock

TOLD_SHOWN = 8
"""So many of the answers are shown; with the question they fit on 24 lines."""

CHOICES_SHOWN = 12
"""So many choices fit there before anything else was answered."""

Keep = Callable[[str, str], Awaitable[Path]]
"""Keeps a bank file: its bank's name and its text to its path. Raises OSError, BenchctlError."""


class Answer(Input):
    """An input that knows how its text came about."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(id="answer")
        self._clock = clock
        self._strokes = Keystrokes()
        self.scanned = False

    async def _on_key(self, event: Key) -> None:
        at_s = self._clock.pressed_s(event.time)
        if event.key == "enter":
            self.scanned = self._strokes.entered(at_s, len(self.value))
        elif event.is_printable:
            self._strokes.key(at_s)
        else:
            self._strokes.spoil()
        await super()._on_key(event)

    def _on_paste(self, event: Paste) -> None:
        self._strokes.spoil()
        super()._on_paste(event)


class BankDialog(ModalScreen[Path | None]):
    """Returns the bank file that was written; None if it was left with Escape."""

    BINDINGS = [  # noqa: RUF012 (Textual reads it as a class variable)
        Binding("escape", "leave", "Leave"),
        Binding("up", "back", "Back"),
    ]

    def __init__(self, clock: Clock, keep: Keep) -> None:
        super().__init__()
        self._clock, self._keep = clock, keep
        self._entry = BankEntry(known_batteries(), clock.now().date().isoformat())

    def compose(self) -> ComposeResult:
        """What was answered, the question, and the answer."""
        with Vertical(id="dialog"):
            yield Label(ink("Enter a bank", f"bold {ACCENT}"))
            yield Label("", id="told")
            yield Label("", id="question")
            yield Answer(self._clock)
            yield Label("", id="fault")
            yield Label(_keys(("Enter", "next"), ("Up", "the question before"), ("Esc", "leave without a file")))

    def on_mount(self) -> None:
        """The first question."""
        self._show(None)
        self.query_one(Answer).focus()

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """An answer."""
        event.stop()
        complaint = self._entry.answer(event.value, scanned=self.query_one(Answer).scanned)
        if self._entry.question is not None:
            self._show(complaint)
            return
        try:
            self.dismiss(await self._keep(self._entry.name, self._entry.file_text()))
        except (OSError, BenchctlError) as fault:
            self.query_one("#fault", Label).update(ink(f"It could not be written: {fault}", f"bold {ALARM}"))

    def _show(self, complaint: str | None) -> None:
        question = self._entry.question
        assert question is not None
        told = [ink(text, DIM) for text in self._entry.told[-TOLD_SHOWN:]]
        told += [
            line(ink(f"{number:>3}  ", f"bold {ACCENT}"), ink(text, TEXT))
            for number, text in enumerate(question.choices[:CHOICES_SHOWN], 1)
        ]
        self.query_one("#told", Label).update(lines(*told))
        words = line(ink(question.text, f"bold {TEXT}"), ink(f"   {question.hint}", DIM))
        self.query_one("#question", Label).update(words)
        self.query_one(Answer).value = question.proposal
        self.query_one("#fault", Label).update(ink(complaint or "", f"bold {ALARM}"))

    def action_back(self) -> None:
        """Ask for what was answered last once more."""
        self._entry = self._entry.back()
        self._show(None)

    def action_leave(self) -> None:
        """Write nothing."""
        self.dismiss(None)


def _keys(*said: tuple[str, str]) -> Content:
    return line(*(part for key, word in said for part in (ink(key, f"bold {ACCENT}"), ink(f" {word}   ", TEXT))))
