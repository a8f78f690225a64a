"""`benchctl` without a command: the screen on this home."""

import sys

from benchctl.cli.place import Place
from benchctl.core.errors import UsageFault


def open_screen(place: Place) -> None:
    """Open the screen; returns when the person leaves. Raises UsageFault where there is no terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageFault("The screen needs a terminal; `benchctl status` says in one line what is running.")
    from benchctl.tui import app  # only here: it is slow to load, and a pipe needs none of it

    app.open_screen(place.home().path)
