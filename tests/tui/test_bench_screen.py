"""The screen, driven by keys: first which wishes it posts, then what it says."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen

from benchctl.core.messages import (
    AckRequested,
    AlarmChanged,
    Answered,
    Noted,
    PromptAsked,
    PromptKind,
    ResetRequested,
    StopRequested,
    Wish,
)
from benchctl.core.model import AlarmState
from benchctl.tui.bars import Bar
from benchctl.tui.cards import Card
from benchctl.tui.messages import StartChosen, Wished
from benchctl.tui.port import LatchShown, StartWanted, Told
from tests.tui import story
from tests.tui.fakes import FakeHome, FakeStart, StillClock, app_on, look
from tests.tui.story import HOSTILE, Journal


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


def test_stop_is_one_key_and_says_so_at_once() -> None:
    async def script(stage: Stage) -> None:
        stage.home.told = Told(accepted=True, sentence="The run stops in order.")
        await stage.press("x")
        assert stage.wishes() == [StopRequested("ann")]
        assert "The run stops in order." in stage.bar("hint")

    assert play(script, story.charging_night()).home.wishes == [StopRequested("ann")]


def test_stop_also_works_with_a_capital_letter() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("X")

    assert play(script, story.charging_night()).home.wishes == [StopRequested("ann")]


def test_stop_with_nothing_running_posts_nothing() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("x")
        assert "there is nothing to stop" in stage.bar("hint")

    assert play(script).home.wishes == []


def test_a_refused_wish_shows_the_reason() -> None:
    async def script(stage: Stage) -> None:
        stage.home.told = Told(accepted=False, sentence="The run is already stopping.")
        await stage.press("x")
        assert "The run is already stopping." in stage.bar("hint")

    play(script, story.charging_night())


def test_acknowledge_takes_the_alarm_on_display_and_chooses_its_battery() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("a")
        assert stage.wishes() == [AckRequested("a1", "ann")]
        assert stage.app.bench.chosen == 2

    play(script, story.alarmed_night())


def test_an_acknowledged_alarm_is_calmer_and_stays() -> None:
    journal = story.alarmed_night()

    async def script(stage: Stage) -> None:
        assert not stage.app.bench.query_one("#alarms").has_class("seen")
        journal.say(9000, AlarmChanged("a1", AlarmState.ACK, "ann"))
        await stage.look()
        assert stage.app.bench.query_one("#alarms").has_class("seen")
        assert "acknowledged" in stage.bar("alarms")

    play(script, journal)


def test_reset_means_the_chosen_position() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("tab", "right", "r")

    assert play(script, story.alarmed_night()).home.wishes == [ResetRequested("P3", "ann")]


def test_a_latch_that_outlived_its_run_can_be_acknowledged_and_reset() -> None:
    async def script(stage: Stage) -> None:
        stage.home.latches = (LatchShown("a9", "P4", "E1004", "Over-voltage: 15.02 V.", acknowledged=False),)
        await stage.look()
        assert "Over-voltage: 15.02 V." in stage.bar("alarms")
        await stage.press("a", "r")

    stage = play(script, story.approved_night(), alive=False)
    assert stage.home.wishes == [AckRequested("a9", "ann"), ResetRequested("P4", "ann")]


def test_enter_answers_the_prompt_on_display() -> None:
    async def script(stage: Stage) -> None:
        stage.clock.passed_s += 2
        await stage.press("enter")

    assert play(script, story.resting_night()).home.wishes == [Answered("isolate-P2", "done", "ann")]


def test_a_prompt_that_has_just_come_up_is_not_answered_by_a_key_meant_for_another() -> None:
    journal = story.resting_night()

    async def script(stage: Stage) -> None:
        stage.clock.passed_s += 60
        journal.rows.pop()
        journal.say(20_000, PromptAsked("connect-P3", PromptKind.CONNECT, "Connect E1003.", "P3", "E1003"))
        stage.home.shown = 0
        stage.app.bench.followed.view = None
        stage.home.shown = 10**9
        await stage.look()
        await stage.press("enter")
        assert "has just come up" in stage.bar("hint")

    assert play(script, journal).home.wishes == []


def test_the_battery_can_be_chosen_round_and_round() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("left")
        assert stage.app.bench.chosen == 3
        await stage.press("tab")
        assert stage.app.bench.chosen == 0

    play(script, story.charging_night())


def test_a_card_can_be_chosen_by_a_click() -> None:
    async def script(stage: Stage) -> None:
        await stage.pilot.click(list(stage.app.bench.query(Card))[2])
        await stage.settle()
        assert stage.app.bench.chosen == 2

    play(script, story.charging_night())


def test_leaving_says_that_the_run_goes_on() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("q")

    stage = play(script, story.charging_night())
    assert stage.home.wishes == []
    assert not stage.app.is_running


def test_ctrl_c_neither_stops_nor_leaves() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("ctrl+c")
        assert "X stops the run. Q leaves" in stage.bar("hint")
        assert stage.app.is_running

    assert play(script, story.charging_night()).home.wishes == []


def test_a_run_is_started_with_what_was_chosen(tmp_path: Path) -> None:
    bank = tmp_path / "bank.toml"
    bank.write_text("[bank]\n")

    async def script(stage: Stage) -> None:
        stage.home.banks = (bank,)
        await stage.press("s", "enter", "space", "enter", "2", "1", "enter")
        assert [message.wanted for message in stage.said if isinstance(message, StartChosen)] == [wanted]

    wanted = StartWanted(bank, temperature_c=21.0, attended=True)
    assert play(script).start.wanted == [wanted]


def test_no_run_is_started_with_a_file_that_is_not_there() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("s", "/", "n", "o", "enter", "enter", "enter")
        await stage.press("escape")

    assert play(script).start.wanted == []


def test_a_temperature_that_is_no_number_starts_nothing(tmp_path: Path) -> None:
    bank = tmp_path / "bank.toml"
    bank.write_text("[bank]\n")

    async def script(stage: Stage) -> None:
        stage.home.banks = (bank,)
        await stage.press("s", "enter", "enter", "n", "a", "n", "enter")

    assert play(script).start.wanted == []


def test_a_start_that_ended_says_why() -> None:
    async def script(stage: Stage) -> None:
        stage.app.bench.post_message(StartChosen(StartWanted(Path("bank.toml"), None, False)))
        await stage.settle()
        await stage.look()
        assert "refused: psu1 does not answer" in stage.bar("hint")

    play(script, words="refused: psu1 does not answer")


def test_only_one_run_is_started_at_a_time() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("s")
        assert len(stage.app.screen_stack) == 2  # the default screen and the bench, no dialog
        assert "can start when it is over" in stage.bar("hint")

    play(script, story.charging_night())


def test_the_screen_follows_the_journal() -> None:
    journal = story.charging_night()

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

    play(script, story.charging_night())


def test_a_silent_engine_is_said() -> None:
    async def script(stage: Stage) -> None:
        stage.clock.passed_s += 45
        await stage.look()
        assert "last row 45 s ago" in stage.bar("header")

    play(script, story.charging_night())


def test_a_home_that_cannot_be_read_is_said_and_the_old_picture_stays() -> None:
    async def script(stage: Stage) -> None:
        stage.home.fault = PermissionError("no permission")
        await stage.look()
        assert "no permission" in stage.bar("hint")
        assert "E1001" in stage.text()

    play(script, story.charging_night())


def test_a_finished_run_shows_its_verdict_and_what_to_do_next() -> None:
    async def script(stage: Stage) -> None:
        assert "APPROVED" in stage.bar("verdict")
        assert "spread 0.033 V (limit 0.100 V)" in stage.bar("verdict")
        assert story.RUN in stage.bar("hint")

    play(script, story.approved_night(), alive=False)


def test_sixteen_positions_scroll_to_the_chosen_one() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("left")
        assert "P16" in stage.text()

    play(script, story.charging_night(16))


@pytest.mark.parametrize("size", [(80, 24), (160, 50), (40, 12), (20, 5)])
def test_hostile_text_is_shown_as_text(size: tuple[int, int]) -> None:
    async def script(stage: Stage) -> None:
        stage.home.banks = tuple(Path(evil) for evil in HOSTILE)
        await stage.press("tab")
        text = stage.text()
        assert all(character.isprintable() or character == "\n" for character in text)
        assert len(text.splitlines()) == size[1]

    stage = play(script, story.hostile_night(), size=size)
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

    play(script, story.charging_night())


def test_two_screens_look_at_one_home() -> None:
    journal = story.charging_night()
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
