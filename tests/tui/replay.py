"""A night on a real terminal, told in a minute: `python -m tests.tui.replay [alarmed|approved|rejected|resting]`."""

import sys
from collections.abc import Sequence

from benchctl.tui.app import BenchApp
from benchctl.tui.port import JournalRow
from tests.tui.fakes import FakeHome, FakeStart, StillClock
from tests.tui.nights import alarmed_night, approved_night, rejected_night, resting_night

STEPS = 240
"""In so many looks the night is over."""


class Replay(FakeHome):
    """A home whose journal grows a little with every look."""

    def rows_after(self, run: str, seq: int) -> Sequence[JournalRow]:
        rows = super().rows_after(run, seq)
        if not rows and self.journal is not None:
            self.shown += max(1, len(self.journal.rows) // STEPS)
        return rows


if __name__ == "__main__":
    told = {"alarmed": alarmed_night, "approved": approved_night, "rejected": rejected_night, "resting": resting_night}
    home = Replay(told[sys.argv[1] if sys.argv[1:] else "approved"]())
    home.shown = 1
    BenchApp(home, StillClock(), "ann", FakeStart()).run()
