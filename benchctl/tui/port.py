"""All that the screen knows of the outside: a home to look at, wishes to post there, and a clock to show.

Everything here may be slow, and fail with `OSError` or `BenchctlError`. The screen calls `ask` from any thread, all
else from one thread of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from benchctl.core.messages import Wish


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A row as far as a view needs it; `body` is its JSON object."""

    seq: int
    boot_s: float
    wall: str
    kind: str
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class LatchShown:
    """A latch that outlived its run: the next start is refused until its position is reset."""

    alarm: str
    position: str
    serial: str | None
    text: str
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Who is there. `run` is the run in progress, or the newest one, or None. `starting`: a start is under way."""

    run: str | None
    alive: bool
    starting: bool
    latches: tuple[LatchShown, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """The answer to a wish, with the sentence to show."""

    accepted: bool
    sentence: str


class Outside(Protocol):
    """A home, as the screen needs it."""

    def standing(self) -> Standing:
        """What runs here, or ran last."""

    def rows_after(self, run: str, seq: int) -> Sequence[JournalRow]:
        """The next rows of a run's journal, a bounded number at once; none when there are no more yet."""

    def ask(self, wish: Wish) -> Told:
        """Post a wish and wait for its answer."""

    def bank_files(self) -> Sequence[Path]:
        """Bank files that are near at hand."""

    def keep_bank(self, name: str, text: str) -> Path:
        """Write a bank file of that name where it is found again, over none that is there; its path."""

    def close(self) -> None:
        """Let go of what is open. Looking again opens it again."""


class Clock(Protocol):
    """The time of day, and how to show the journal's."""

    def now(self) -> datetime:
        """The wall clock here."""

    def monotonic_s(self) -> float:
        """Seconds that only go forward."""

    def pressed_s(self, event_s: float) -> float:
        """When a key was really pressed, in seconds that only go forward; `event_s` is what its event says."""

    def local(self, wall: str) -> datetime | None:
        """A journal's wall-clock text in this place's time; None if it is none."""


@dataclass(frozen=True, slots=True)
class StartWanted:
    """What a person chose in the start dialog. `temperature_c` None: the bench measures it."""

    bank: Path
    temperature_c: float | None
    attended: bool


class Launch(Protocol):
    """A start that is under way."""

    def ended(self) -> str | None:
        """None while it lives; afterwards its last words."""


Start = Callable[[StartWanted], Launch]
