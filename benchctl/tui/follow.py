"""Following a home: rows in, one view out. Worker threads do the waiting; the fold is on the screen's thread."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from benchctl.core.errors import BenchctlError
from benchctl.core.view.runview import RunView
from benchctl.tui.port import Clock, JournalRow, Outside, Standing

AT_ONCE = 200
"""Rows folded without letting the screen breathe; as many at once mean that there is a lot to read."""


T = TypeVar("T")


class Followed:
    """What is known of a home: who is there, and its newest run as a view. `view` None: nothing has ever run here."""

    def __init__(self, outside: Outside, clock: Clock) -> None:
        self._outside, self._clock = outside, clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="follow")
        self._looking = asyncio.Lock()  # two looks at once would fold the same rows twice
        self.standing = Standing(run=None, alive=False, starting=False, latches=())
        self.view: RunView | None = None
        self.fault: str | None = None
        self.news_s = clock.monotonic_s()  # when a row last came
        self.reading: int | None = None  # rows read so far of a journal whose end is not in sight yet

    async def look(self, going_on: Callable[[], object]) -> None:
        """Take in everything that is new. A home that cannot be read becomes `fault`; the old view stays.

        A long journal takes seconds: `going_on` is called now and then, and `reading` says how far it is.
        """
        try:
            async with self._looking:
                await self._look(going_on)
            self.fault = None
        except (OSError, BenchctlError) as fault:
            self.fault = str(fault)
        self.reading = None

    async def bank_files(self) -> Sequence[Path]:
        """Bank files that are near at hand; none if they cannot be looked for."""
        try:
            return await self._apart(self._outside.bank_files)
        except OSError:
            return ()

    async def keep_bank(self, name: str, text: str) -> Path:
        """Write a bank file; its path. Raises OSError, BenchctlError."""
        return await self._apart(lambda: self._outside.keep_bank(name, text))

    async def close(self) -> None:
        """Let go of the home."""
        await self._apart(self._outside.close)
        self._thread.shutdown(wait=False)

    async def _apart(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _look(self, going_on: Callable[[], object]) -> None:
        standing = await self._apart(self._outside.standing)
        if standing.run != self.standing.run or self.view is None:
            self.view = RunView() if standing.run is not None else None
            self.news_s = self._clock.monotonic_s()
        self.standing = standing
        if standing.run is not None and self.view is not None:
            await self._catch_up(standing.run, self.view, going_on)

    async def _catch_up(self, run: str, view: RunView, going_on: Callable[[], object]) -> None:
        while rows := await self._apart(lambda: self._outside.rows_after(run, view.seq)):
            await self._fold(view, rows)
            if len(rows) >= AT_ONCE:
                self.reading = view.seq
                going_on()

    async def _fold(self, view: RunView, rows: Sequence[JournalRow]) -> None:
        for start in range(0, len(rows), AT_ONCE):
            for row in rows[start : start + AT_ONCE]:
                view.apply(row.seq, row.boot_s, row.wall, row.kind, row.body)
            await asyncio.sleep(0)
        self.news_s = self._clock.monotonic_s()
