"""What the screen looks like. A person has looked at every one of these pictures.

`pytest tests/tui/test_snapshots.py --snapshot-update` takes them anew after a wanted change.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from benchctl.edge.batteryfile import shipped_batteries
from benchctl.tui.port import LatchShown
from tests.tui import nights, story
from tests.tui.fakes import FakeHome, StillClock, app_on, look

SIZES = [(80, 24), (160, 50)]
Compare = Callable[..., bool]

SCENES: dict[str, tuple[Callable[[], story.Journal | None], bool, str]] = {
    "idle": (lambda: None, False, "2026-05-01T20:00:00+02:00"),
    "charging": (nights.charging_night, True, "2026-05-02T00:00:07+02:00"),
    "resting_with_prompt": (nights.resting_night, True, "2026-05-02T02:00:12+02:00"),
    "probing": (nights.probing_night, True, "2026-05-02T03:36:12+02:00"),
    "probing_reversed": (nights.reversed_night, True, "2026-05-02T03:36:12+02:00"),
    "alarm": (nights.alarmed_night, True, "2026-05-01T22:54:12+02:00"),
    "interrupted": (nights.charging_night, False, "2026-05-02T00:10:00+02:00"),
    "approved": (nights.approved_night, False, "2026-05-02T06:40:12+02:00"),
    "rejected": (nights.rejected_night, False, "2026-05-02T06:40:12+02:00"),
    "hostile": (nights.hostile_night, True, "2026-05-01T20:32:00+02:00"),
    "sixteen": (lambda: nights.charging_night(16), True, "2026-05-02T00:00:07+02:00"),
}


async def settle(pilot: Pilot[None]) -> None:
    await look(pilot.app)  # type: ignore[arg-type]
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
def test_scene(snap_compare: Compare, scene: str, size: tuple[int, int]) -> None:
    journal, alive, wall = SCENES[scene]
    app: App[None] = app_on(FakeHome(journal(), alive), StillClock(wall))
    assert snap_compare(app, terminal_size=size, run_before=settle)


def test_start_dialog(snap_compare: Compare) -> None:
    home = FakeHome()
    home.banks = (Path("/srv/banks/cabin-48v.toml"), Path("/srv/banks/boat-24v.toml"))

    async def open_dialog(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await pilot.press("s")
        await pilot.pause()

    assert snap_compare(app_on(home), terminal_size=(80, 24), run_before=open_dialog)


def test_bank_dialog(snap_compare: Compare) -> None:
    async def half_way(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await pilot.press("s", "f2")
        head = ("Cabin 48 V", "", "Epoch", "12100A", "12.8", "100", "50", "n", "4", "1", "1", "n")
        for text in (*head, "E1001", "E1001", "2026-05-01", "E1002", "E1002", "", "E1001"):
            pilot.app.screen.query_one(Input).value = text
            await pilot.press("enter")
        await pilot.pause()

    assert snap_compare(app_on(FakeHome()), terminal_size=(80, 24), run_before=half_way)


def test_bank_dialog_refuses_more_than_the_maker_allows(snap_compare: Compare) -> None:
    async def refused(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await pilot.press("s", "f2")
        for text in ("Cabin 24 V", str(1 + shipped_batteries().index("renogy-rbt100lfp12s")), "50", "n", "2"):
            pilot.app.screen.query_one(Input).value = text
            await pilot.press("enter")
        await pilot.pause()

    assert snap_compare(app_on(FakeHome()), terminal_size=(80, 24), run_before=refused)


def test_standing_latch(snap_compare: Compare) -> None:
    home = FakeHome()
    home.latches = (LatchShown("a1", "P3", "E1003", "Over-voltage: 15.02 V on P3.", acknowledged=True),)
    assert snap_compare(app_on(home), terminal_size=(80, 24), run_before=settle)
