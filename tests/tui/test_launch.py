"""The command line of a start, and its last words."""

import sys
from pathlib import Path

from benchctl.tui.launch import Launched, command
from benchctl.tui.port import StartWanted


class Finished:
    """A process that has ended, or not."""

    def __init__(self, code: int | None) -> None:
        self._code = code

    def poll(self) -> int | None:
        return self._code


def test_the_command_line_says_what_was_chosen(tmp_path: Path) -> None:
    bank = tmp_path / "my bank.toml"
    words = [sys.executable, "-m", "benchctl", "run", str(bank), "--headless", "--operator", "ann"]
    assert command(StartWanted(bank, None, attended=False), "ann") == words
    assert command(StartWanted(bank, 21.5, attended=True), "ann") == [*words, "--temperature", "21.5", "--attended"]


def test_a_living_start_has_no_last_words(tmp_path: Path) -> None:
    assert Launched(Finished(None), tmp_path / "log").ended() is None


def test_the_last_words_are_the_last_line_that_says_something(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * 10_000 + b"\nfirst\n\x1b[31mrefused: psu1 is not there\n\n")
    assert Launched(Finished(7), log).ended() == "[31mrefused: psu1 is not there"


def test_a_start_that_said_nothing_is_told_with_its_code(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    said = Launched(Finished(2), log).ended()
    assert said is not None
    assert "code 2" in said
