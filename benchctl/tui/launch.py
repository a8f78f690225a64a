"""Starting a run in a process and a session of its own, so that it does not end with the screen or its terminal."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Protocol

from benchctl.core.text import safe_text
from benchctl.edge.home import VARIABLE, Home
from benchctl.tui.port import StartWanted

_LAST_BYTES = 4096


class Process(Protocol):
    """As much of a child process as is needed here."""

    def poll(self) -> int | None:
        """None while it lives, then its exit code."""


class Launched:
    """A run that was started; its words go to a log file."""

    def __init__(self, process: Process, log: Path) -> None:
        self._process, self._log = process, log

    def ended(self) -> str | None:
        """None while it lives; afterwards the last line it wrote."""
        code = self._process.poll()
        if code is None:
            return None
        words = [line for line in self._tail().splitlines() if line.strip()]
        return safe_text(words[-1]) if words else f"The start ended with code {code} and said nothing; see {self._log}."

    def _tail(self) -> str:
        with self._log.open("rb") as file:
            file.seek(max(0, self._log.stat().st_size - _LAST_BYTES))
            return file.read().decode("utf-8", "replace")


class Starter:
    """Starts `benchctl run` in a home."""

    def __init__(self, home: Home, operator: str) -> None:
        self._home, self._operator = home, operator

    def __call__(self, wanted: StartWanted) -> Launched:
        """Start; raises `OSError` if that is not possible."""
        self._home.prepare()
        log = self._home.path / "started.log"
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            process = subprocess.Popen(  # noqa: S603 (our own program; the bank's path is one argument)
                command(wanted, self._operator),
                env={**os.environ, VARIABLE: str(self._home.path)},
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=handle,
                start_new_session=True,
            )
        finally:
            os.close(handle)
        return Launched(process, log)


def command(wanted: StartWanted, operator: str) -> list[str]:
    """The command line of a run as it was chosen. The home goes by environment."""
    words = [sys.executable, "-m", "benchctl", "run", str(wanted.bank.resolve()), "--headless", "--operator", operator]
    if wanted.temperature_c is not None:
        words += ["--temperature", f"{wanted.temperature_c:g}"]
    return [*words, "--attended"] if wanted.attended else words
