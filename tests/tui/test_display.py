"""What the screen shows, and that no foreign text can make it do anything."""

import asyncio
from pathlib import Path

import pytest

from benchctl.core.messages import Noted, PhaseEntered, StopRequested
from benchctl.core.model import Phase, Verdict
from benchctl.core.rows import RunClosed
from benchctl.tui.port import Told
from tests.tui import nights, story
from tests.tui.fakes import FakeHome, app_on, look
from tests.tui.nights import HOSTILE
from tests.tui.stage import Stage, play, readable
from tests.tui.story import Journal


def test_the_screen_follows_the_journal() -> None:
    journal = nights.charging_night()

    async def script(stage: Stage) -> None:
        journal.say(12_700, Noted("Somebody opened the door."))
        await stage.look()
        assert "Somebody opened the door." in stage.text()

    play(script, journal)


def test_a_long_journal_is_shown_when_it_is_read_to_its_end() -> None:
    journal = Journal()
    said: list[int | None] = []
    for second in range(1200):
        journal.say(second, Noted(f"remark {second}"))

    async def script(stage: Stage) -> None:
        followed = stage.app.bench.followed
        followed.view = None
        await followed.look(lambda: said.append(followed.reading))
        assert (said, followed.reading) == ([500, 1000, 1201], None)

    play(script, journal)


def test_a_dead_engine_is_said_and_its_numbers_are_gone() -> None:
    async def script(stage: Stage) -> None:
        stage.home.alive = False
        await stage.look()
        assert "INTERRUPTED" in stage.bar("header")
        assert "benchctl resume" in stage.bar("verdict")
        assert "output unknown" in stage.text()
        assert "20.00 A" not in stage.text()

    play(script, nights.charging_night())


def test_a_start_is_said() -> None:
    async def script(stage: Stage) -> None:
        stage.home.starting = True
        await stage.look()
        assert "STARTING" in stage.bar("header")
        assert "The run is starting." in stage.text()
        await stage.press("x")

    assert play(script).home.wishes == [StopRequested("ann")]


def test_after_the_end_no_battery_is_shown_as_charging() -> None:
    journal = story.Journal(1)
    journal.say(1, PhaseEntered("E1001", "P1", Phase.CHARGING, "", 1))
    journal.say(2, RunClosed(Verdict.STOPPED, ("by ann",), None, "stopped"))

    async def script(stage: Stage) -> None:
        assert "was charging" in stage.text()

    play(script, journal, alive=False)


def test_a_silent_engine_is_said() -> None:
    async def script(stage: Stage) -> None:
        stage.clock.passed_s += 45
        await stage.look()
        assert "last row 45 s ago" in stage.bar("header")

    play(script, nights.charging_night())


def test_a_home_that_cannot_be_read_is_said_and_the_old_picture_stays() -> None:
    async def script(stage: Stage) -> None:
        stage.home.fault = PermissionError("no permission")
        await stage.look()
        assert "no permission" in stage.bar("hint")
        assert "E1001" in stage.text()

    play(script, nights.charging_night())


def test_a_finished_run_shows_its_verdict_and_what_to_do_next() -> None:
    async def script(stage: Stage) -> None:
        assert "APPROVED" in stage.bar("verdict")
        assert "spread 0.033 V (limit 0.100 V)" in stage.bar("verdict")
        assert story.RUN in stage.bar("hint")

    play(script, nights.approved_night(), alive=False)


def test_sixteen_positions_scroll_to_the_chosen_one() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("left")
        assert "P16" in stage.text()

    play(script, nights.charging_night(16))


@pytest.mark.parametrize("size", [(80, 24), (160, 50), (40, 12), (20, 5)])
def test_hostile_text_is_shown_as_text(size: tuple[int, int]) -> None:
    async def script(stage: Stage) -> None:
        stage.home.banks = tuple(Path(evil) for evil in HOSTILE)
        await stage.press("tab")
        text = stage.text()
        assert all(character.isprintable() or character == "\n" for character in text)
        assert len(text.splitlines()) == size[1]

    stage = play(script, nights.hostile_night(), size=size)
    assert stage.home.wishes == []


def test_hostile_file_names_are_listed_as_text() -> None:
    async def script(stage: Stage) -> None:
        stage.home.banks = tuple(Path(evil) for evil in HOSTILE)
        await stage.press("s")
        assert len(stage.app.screen_stack) == 3
        assert "[@click=app.quit]quit[" in readable(stage.app.screen)

    play(script)


def test_hostile_answers_are_shown_as_text() -> None:
    async def script(stage: Stage) -> None:
        for evil in HOSTILE:
            stage.home.told = Told(accepted=False, sentence=evil)
            await stage.press("x")
            assert stage.bar("hint").replace("\n", "").isprintable()

    play(script, nights.charging_night())


def test_two_screens_look_at_one_home() -> None:
    journal = nights.charging_night()
    home = FakeHome(journal)

    async def run() -> None:
        first, second = app_on(home), app_on(home)
        async with first.run_test() as one, second.run_test() as two:
            await one.pause()
            await two.pause()
            await look(first)
            await look(second)
            assert first.bench.followed.view is not second.bench.followed.view
            seen = [app.bench.followed.view for app in (first, second)]
            assert [view.seq for view in seen if view is not None] == [len(journal.rows)] * 2

    asyncio.run(run())
