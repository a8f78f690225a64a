"""Entering a bank at the screen: whether a serial number was typed or scanned, and what becomes of the answers."""

from benchctl.edge.batteryfile import known_batteries
from benchctl.tui.bank_dialog import CHOICES_SHOWN, Answer, BankDialog
from benchctl.tui.keystrokes import SCAN_GAP_S, Keystrokes
from tests.tui.stage import Stage, play, readable

HEAD = ("Cabin", "", "Epoch", "12100A", "12.8", "100", "50", "n", "2", "1", "1", "n")


def strokes(gap_s: float, length: int, *, spoilt: bool = False) -> bool:
    """A text of so many keys and Enter, each so long after the one before."""
    keys = Keystrokes()
    for number in range(length):
        keys.key(number * gap_s)
    if spoilt:
        keys.spoil()
    return keys.entered(length * gap_s, length)


def test_a_scanner_is_faster_than_any_hand() -> None:
    assert strokes(SCAN_GAP_S - 0.001, 8)
    assert not strokes(SCAN_GAP_S + 0.001, 8)


def test_a_short_text_is_no_scan_however_fast() -> None:
    assert (strokes(0.0, 4), strokes(0.0, 3)) == (True, False)


def test_a_corrected_or_pasted_text_is_typed() -> None:
    assert not strokes(0.0, 8, spoilt=True)
    assert not Keystrokes().entered(0.0, 8)


def test_a_slow_enter_after_fast_keys_is_no_scan() -> None:
    keys = Keystrokes()
    for number in range(8):
        keys.key(number * 0.001)
    assert not keys.entered(1.0, 8)


# ---------------------------------------------------------------- on the screen


async def say(stage: Stage, text: str, gap_s: float = 0.2) -> None:
    """Type it over whatever is proposed, at this pace, and press Enter."""
    answer = stage.app.screen.query_one(Answer)
    answer.value = ""
    for character in text:
        stage.clock.passed_s += gap_s
        await stage.pilot.press(character if character.isalnum() else {"-": "minus", ".": "full_stop"}[character])
    stage.clock.passed_s += gap_s
    await stage.press("enter")


async def opened(stage: Stage) -> None:
    """Everything that is asked before the first serial number: whether that was typed makes no difference."""
    await stage.press("s", "f2")
    assert isinstance(stage.app.screen, BankDialog)
    for text in HEAD:
        stage.app.screen.query_one(Answer).value = text
        await stage.press("enter")


def shown(stage: Stage) -> str:
    return readable(stage.app.screen)


def test_a_scanned_serial_number_is_taken_at_once_and_a_typed_one_is_asked_for_again() -> None:
    async def script(stage: Stage) -> None:
        await opened(stage)
        await say(stage, "E1001", gap_s=0.01)
        assert "Date of manufacture of E1001" in shown(stage)
        await say(stage, "")
        await say(stage, "E1002")
        assert "The same once more" in shown(stage)
        await say(stage, "E1003")
        assert "E1002 and E1003 differ" in shown(stage)

    play(script)


def test_the_file_is_kept_and_chosen_for_the_run() -> None:
    async def script(stage: Stage) -> None:
        await opened(stage)
        for serial in ("E1001", "E1002"):
            await say(stage, serial, gap_s=0.01)
            await say(stage, "2026-05-01")
        assert "/srv/banks/kept.toml" in shown(stage)
        ((name, text),) = stage.home.kept
        assert name == "Cabin"
        assert 'serial = "E1002"\nmanufactured = 2026-05-01' in text

    play(script)


def test_escape_writes_nothing() -> None:
    async def script(stage: Stage) -> None:
        await opened(stage)
        await stage.press("escape")
        assert not isinstance(stage.app.screen, BankDialog)

    assert play(script).home.kept == []


def test_a_disk_that_takes_no_file_is_said() -> None:
    async def script(stage: Stage) -> None:
        await opened(stage)
        stage.home.fault = OSError(28, "No space left on device")
        for serial in ("E1001", "E1002"):
            await say(stage, serial, gap_s=0.01)
            await say(stage, "")
        assert "could not be written" in shown(stage)

    play(script)


def test_the_models_that_are_known_are_offered_by_number() -> None:
    async def script(stage: Stage) -> None:
        await stage.press("s", "f2")
        await say(stage, "Cabin")
        for number, model in enumerate(known_batteries()[:CHOICES_SHOWN], 1):
            assert f"{number}  {model.name}, {model.kind().nominal_v:g} V" in shown(stage)

    play(script)


def test_the_arrow_up_asks_for_the_answer_before_once_more() -> None:
    async def script(stage: Stage) -> None:
        await opened(stage)
        await say(stage, "E1001", gap_s=0.01)
        await stage.press("up")
        assert "Serial number, string 1, place 1" in shown(stage)

    play(script)
