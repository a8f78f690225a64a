"""A screen on a fake home, played by a script of keys."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen

from benchctl.core.messages import Wish
from benchctl.tui.bars import Bar
from benchctl.tui.messages import Wished
from tests.tui.fakes import FakeHome, FakeStart, StillClock, app_on, look
from tests.tui.story import Journal


class Stage:
    """A screen on a fake home, with all that is said on it."""

    def __init__(self, home: FakeHome, clock: StillClock, start: FakeStart) -> None:
        self.home, self.clock, self.start = home, clock, start
        self.app = app_on(home, clock, start)
        self.said: list[Message] = []
        self.pilot: Pilot[None]

    async def press(self, *keys: str) -> None:
        """Press keys and let everything that follows happen."""
        await self.pilot.press(*keys)
        await self.settle()

    async def look(self) -> None:
        """Let the screen look once more."""
        await look(self.app)
        await self.settle()

    async def settle(self) -> None:
        await self.pilot.pause()
        await self.app.bench.workers.wait_for_complete()
        await self.pilot.pause()

    def wishes(self) -> list[Wish]:
        return [message.wish for message in self.said if isinstance(message, Wished)]

    def bar(self, name: str) -> str:
        return self.app.bench.query_one(f"#{name}", Bar).render().plain

    def text(self) -> str:
        """All that can be read."""
        return readable(self.app.bench)


def readable(screen: Screen[Any]) -> str:
    """Every line of a screen, without colours."""
    return "\n".join("".join(segment.text for segment in strip) for strip in screen._compositor.render_strips())


def play(
    script: Callable[[Stage], Awaitable[None]],
    journal: Journal | None = None,
    *,
    alive: bool = True,
    size: tuple[int, int] = (80, 24),
    words: str | None = None,
) -> Stage:
    """Open the screen, let it look once, and follow the script."""
    stage = Stage(FakeHome(journal, alive), StillClock(), FakeStart(words))

    async def run() -> None:
        async with stage.app.run_test(size=size, message_hook=stage.said.append) as pilot:
            stage.pilot = pilot
            await stage.settle()
            await script(stage)

    asyncio.run(run())
    return stage
