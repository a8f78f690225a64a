"""The picture of the screen in the documentation, made by the screen: `python -m tests.tui.picture docs/screen.svg`."""

import asyncio
import re
import sys
from html import unescape
from pathlib import Path

from tests.tui.fakes import FakeHome, StillClock, app_on, look
from tests.tui.nights import picture_night

SIZE = (120, 36)
_BRAILLE = re.compile(
    r'(<text [^>]*?)x="([\d.]+)"([^>]*?) textLength="([\d.]+)"([^>]*>)([^<]*[\u2800-\u28ff][^<]*)(?=</text>)'
)


async def picture() -> str:
    """The screen in the middle of a simulated night, as SVG."""
    app = app_on(FakeHome(picture_night()), StillClock("2026-05-02T00:00:07+02:00"))
    async with app.run_test(size=SIZE) as pilot:
        await look(app)
        await pilot.pause()
        return placed(app.export_screenshot(title="benchctl"))


def placed(svg: str) -> str:
    """The same picture with every braille character at its own place: fonts without them would shift the curve."""
    return _BRAILLE.sub(_spread, svg)


def _spread(found: re.Match[str]) -> str:
    before, start, between, length, after, text = found.groups()
    count = len(unescape(text))
    step = float(length) / count
    places = " ".join(f"{float(start) + step * index:.1f}" for index in range(count))
    return f'{before}x="{places}"{between}{after}{text}'


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(asyncio.run(picture()), encoding="utf-8")
