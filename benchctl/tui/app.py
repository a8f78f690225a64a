"""The program around the screen: theme, style sheet, signals, and the door the command line opens."""

import asyncio
import signal
from getpass import getuser
from pathlib import Path

from textual.app import App

from benchctl.edge.home import Home
from benchctl.tui.bench_screen import LOOK_S, BenchScreen
from benchctl.tui.ink import THEME
from benchctl.tui.launch import Starter
from benchctl.tui.outside import HomeOutside, LocalClock
from benchctl.tui.port import Clock, Outside, Start


class BenchApp(App[None]):
    """One home on one terminal. Any number of them can look at the same home at once."""

    CSS_PATH = "screen.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "benchctl"

    def __init__(
        self,
        outside: Outside,
        clock: Clock,
        operator: str,
        start: Start,
        look_s: float | None = LOOK_S,
        signals: bool = False,
    ) -> None:
        super().__init__()
        self.register_theme(THEME)
        self.theme = THEME.name
        self.bench = BenchScreen(outside, clock, operator, start, look_s)
        self._signals = signals

    def on_mount(self) -> None:
        """Show the bench; a lost terminal or a polite kill ends the screen and nothing else."""
        if self._signals:
            for number in (signal.SIGHUP, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, self.exit)
        self.push_screen(self.bench)


def open_screen(home_path: Path, *, start_command: Start | None = None) -> None:
    """Show a home until the person leaves. `start_command` starts a run; None: in a process of its own."""
    home, operator = Home(home_path), getuser()
    outside = HomeOutside(home, places=(Path.cwd(), home_path, home_path / "banks"))
    BenchApp(outside, LocalClock(), operator, start_command or Starter(home, operator), signals=True).run()
