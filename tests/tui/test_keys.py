"""The keys: first which wishes they post, then what the screen says."""

from pathlib import Path

from benchctl.core.messages import (
    AckRequested,
    AlarmChanged,
    Answered,
    PromptAsked,
    PromptKind,
    ResetRequested,
    StopRequested,
)
from benchctl.core.model import AlarmState
from benchctl.tui.cards import Card
from benchctl.tui.messages import StartChosen
from benchctl.tui.port import LatchShown, StartWanted, Told
from tests.tui import nights
from tests.tui.stage import Stage, play


def test_stop_is_one_key_and_says_so_at_once() -> None:
    async def script(stage: Stage) -> None:
        stage.home.told = Told(accepted=True, sentence="The run stops in order.")
        await stage.press("x")
        assert stage.wishes() == [StopRequested("ann")]
        assert "The run stops in order." in stage.bar("hint")

    assert play(script, nights.charging_night()).home.wishes == [StopRequested("ann")]


def test_stop_also_works_with_a_capital_letter() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("X")

    assert play(script, nights.charging_night()).home.wishes == [StopRequested("ann")]


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

    play(script, nights.charging_night())


def test_acknowledge_takes_the_alarm_on_display_and_chooses_its_battery() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("a")
        assert stage.wishes() == [AckRequested("a1", "ann")]
        assert stage.app.bench.chosen == 2

    play(script, nights.alarmed_night())


def test_an_acknowledged_alarm_is_calmer_and_stays() -> None:
    journal = nights.alarmed_night()

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

    assert play(script, nights.alarmed_night()).home.wishes == [ResetRequested("P3", "ann")]


def test_a_latch_that_outlived_its_run_can_be_acknowledged_and_reset() -> None:
    async def script(stage: Stage) -> None:
        stage.home.latches = (LatchShown("a9", "P4", "E1004", "Over-voltage: 15.02 V.", acknowledged=False),)
        await stage.look()
        assert "Over-voltage: 15.02 V." in stage.bar("alarms")
        await stage.press("a", "r")

    stage = play(script, nights.approved_night(), alive=False)
    assert stage.home.wishes == [AckRequested("a9", "ann"), ResetRequested("P4", "ann")]


def test_enter_answers_the_prompt_on_display() -> None:
    async def script(stage: Stage) -> None:
        stage.clock.passed_s += 2
        await stage.press("enter")

    assert play(script, nights.resting_night()).home.wishes == [Answered("isolate-P2", "done", "ann")]


def test_a_prompt_that_has_just_come_up_is_not_answered_by_a_key_meant_for_another() -> None:
    journal = nights.resting_night()

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

    play(script, nights.charging_night())


def test_a_card_can_be_chosen_by_a_click() -> None:
    async def script(stage: Stage) -> None:
        await stage.pilot.click(list(stage.app.bench.query(Card))[2])
        await stage.settle()
        assert stage.app.bench.chosen == 2

    play(script, nights.charging_night())


def test_leaving_says_that_the_run_goes_on() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("q")

    stage = play(script, nights.charging_night())
    assert stage.home.wishes == []
    assert not stage.app.is_running


def test_ctrl_c_neither_stops_nor_leaves() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("ctrl+c")
        assert "X stops the run. Q leaves" in stage.bar("hint")
        assert stage.app.is_running

    assert play(script, nights.charging_night()).home.wishes == []


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

    play(script, nights.charging_night())
