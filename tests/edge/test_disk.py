"""The disk under a home: its room, and the ballast that is thrown off when a journal finds none."""

import sqlite3
from pathlib import Path

import pytest

from benchctl.core.journal.codec import entry
from benchctl.core.messages import Noted
from benchctl.edge.disk import BALLAST_BYTES, START_BYTES, Disk, drop_ballast, free_bytes, lay_ballast, room_objection
from benchctl.edge.journal import create


def test_the_ballast_takes_up_real_room_until_it_is_dropped(tmp_path: Path) -> None:
    lay_ballast(tmp_path)
    assert (tmp_path / "ballast").stat().st_blocks * 512 >= BALLAST_BYTES
    assert drop_ballast(tmp_path)
    assert not drop_ballast(tmp_path)


def test_the_room_is_what_the_file_system_says(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    assert disk.free_bytes is None
    disk.look()
    assert disk.free_bytes is not None
    assert disk.free_bytes == pytest.approx(free_bytes(tmp_path), rel=0.05)


class Full(Disk):
    """A disk that takes no commit until its ballast is gone."""

    def commit(self, database: sqlite3.Connection) -> None:
        if not self.spent:
            fault = sqlite3.OperationalError("database or disk is full")
            fault.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise fault
        super().commit(database)


def test_a_full_disk_gives_up_its_ballast_and_keeps_every_row(tmp_path: Path) -> None:
    lay_ballast(tmp_path)
    disk, broken = Full(tmp_path), list[str]()
    journal = create(tmp_path / "run.db", "b" * 36, lambda _: None, broken.append, disk)
    row = entry(Noted("The end of the run."), at_s=1.0, wall="2026-05-01T21:30:00.125Z", actor="engine")
    journal.append([row])
    journal.flush(10.0)
    journal.close()
    assert broken == []
    assert disk.spent
    assert not (tmp_path / "ballast").exists()


def test_a_night_is_not_begun_where_it_may_not_be_written_down(tmp_path: Path) -> None:
    assert room_objection(START_BYTES, tmp_path) is None
    assert "1023 MiB are left on the disk" in str(room_objection(START_BYTES - 1, tmp_path))
