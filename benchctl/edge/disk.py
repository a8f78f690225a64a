"""The disk under a home: how much room it has, and the ballast that is thrown off when it has none (safety 3.2).

The ballast is a file that does nothing but take up room while a run goes on. When the disk is full it goes, and what
is left of the run can still be written down.
"""

import os
import sqlite3
from pathlib import Path

BALLAST_BYTES = 64 << 20

START_BYTES = 1 << 30
"""Less room than this starts no run on a real bench: a night writes some tens of megabytes, other programs more."""

LOW_BYTES = 500 << 20
"""Below this a person is told."""

LEAST_BYTES = 100 << 20
"""Below this a run is ended while its end can still be written."""


class Disk:
    """The room on the disk of one home. Its looks and commits are made by the journal's thread; anybody may read."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.free_bytes: int | None = None
        self.spent = False

    def look(self) -> None:
        """Measure `free_bytes`, the room that is left. Raises OSError."""
        self.free_bytes = free_bytes(self._home)

    def commit(self, database: sqlite3.Connection) -> None:
        """Make a transaction durable. Raises sqlite3.Error."""
        database.execute("COMMIT")

    def drop_ballast(self) -> bool:
        """The disk is full: make room. `spent` says from now on that it was. False: there is no ballast (any more)."""
        self.spent = True
        return drop_ballast(self._home)


def free_bytes(folder: Path) -> int:
    """Room for files of this user on the disk of a folder. Raises OSError."""
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize


def room_objection(free: int, home: Path) -> str | None:
    """Why a night on a real bench is not begun with so many bytes left; None: there is room."""
    if free >= START_BYTES:
        return None
    least = START_BYTES >> 20
    return f"{free >> 20} MiB are left on the disk of {home}; a night is begun with {least} or more: make room."


def lay_ballast(home: Path) -> None:
    """Take up room, for real: no hole in a file. Raises OSError where there is none."""
    handle = os.open(_ballast(home), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(handle, 0, BALLAST_BYTES)
    finally:
        os.close(handle)


def drop_ballast(home: Path) -> bool:
    """Give the room back. False: there was no ballast, or it cannot be removed."""
    try:
        _ballast(home).unlink()
    except OSError:
        return False
    return True


def _ballast(home: Path) -> Path:
    return home / "ballast"
