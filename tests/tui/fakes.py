"""The screen's outside, in memory: a home with one journal, a clock that stands still, a start that starts nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

from benchctl.core.messages import Wish
from benchctl.tui.app import BenchApp
from benchctl.tui.port import JournalRow, LatchShown, Standing, StartWanted, Told
from tests.tui.story import RUN, Journal

ZONE = timezone(timedelta(hours=2))


class StillClock:
    """Moves only when told to."""

    def __init__(self, wall: str = "2026-05-02T00:00:07+02:00") -> None:
        self.wall, self.passed_s = datetime.fromisoformat(wall), 100.0

    def now(self) -> datetime:
        return self.wall

    def monotonic_s(self) -> float:
        return self.passed_s

    def pressed_s(self, event_s: float) -> float:
        del event_s
        return self.passed_s

    def local(self, wall: str) -> datetime | None:
        try:
            return datetime.fromisoformat(wall).astimezone(ZONE)
        except ValueError:
            return None


class FakeHome:
    """A home whose rows and answers the test decides. Keeps every wish."""

    def __init__(self, journal: Journal | None = None, alive: bool = True) -> None:
        self.journal, self.alive, self.starting = journal, alive, False
        self.latches: tuple[LatchShown, ...] = ()
        self.banks: tuple[Path, ...] = ()
        self.wishes: list[Wish] = []
        self.kept: list[tuple[str, str]] = []
        self.told = Told(accepted=True, sentence="Done.")
        self.fault: OSError | None = None
        self.shown = 10**9  # rows up to this seq can be seen

    def standing(self) -> Standing:
        if self.fault is not None:
            raise self.fault
        if self.journal is None:
            return Standing(None, False, self.starting, self.latches)
        return Standing(RUN, self.alive, self.starting, self.latches)

    def rows_after(self, run: str, seq: int) -> Sequence[JournalRow]:
        assert self.journal is not None
        assert run == RUN
        return [row for row in self.journal.rows if seq < row.seq <= self.shown][:500]

    def ask(self, wish: Wish) -> Told:
        self.wishes.append(wish)
        return self.told

    def bank_files(self) -> Sequence[Path]:
        return self.banks

    def keep_bank(self, name: str, text: str) -> Path:
        if self.fault is not None:
            raise self.fault
        self.kept.append((name, text))
        return Path("/srv/banks/kept.toml")

    def close(self) -> None:
        """Nothing is open."""


class FakeStart:
    """Keeps what was started; `words` are the last words of a start that ended."""

    def __init__(self, words: str | None = None) -> None:
        self.wanted: list[StartWanted] = []
        self.words = words

    def __call__(self, wanted: StartWanted) -> "FakeStart":
        self.wanted.append(wanted)
        return self

    def ended(self) -> str | None:
        return self.words


def app_on(home: FakeHome, clock: StillClock | None = None, start: FakeStart | None = None) -> BenchApp:
    """A screen that looks once when it opens, and then only when told to."""
    return BenchApp(home, clock or StillClock(), "ann", start or FakeStart(), look_s=None)


async def look(app: BenchApp) -> None:
    """Let the screen look once more and draw it."""
    await app.bench.look()
    await app.bench.workers.wait_for_complete()
