"""Whatever somebody does to a journal file behind the program's back is found: rows, triggers, tables, single bits."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from benchctl.core.journal.chain import Flaw, Tail
from benchctl.edge.follower import verify_file
from tests.edge.written import read, tamper, written

ROWS = 8


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tail]:
    """A finished journal of 8 rows; to be copied, not changed."""
    path = tmp_path_factory.mktemp("sound") / "r.db"
    return path, written(path, ROWS)


@pytest.fixture
def copy(sound: tuple[Path, Tail], tmp_path: Path) -> Path:
    return Path(shutil.copy(sound[0], tmp_path / "copy.db"))


RENUMBERED = [
    "UPDATE journal SET seq = 100 WHERE seq = 4",
    "UPDATE journal SET seq = 4 WHERE seq = 5",
    "UPDATE journal SET seq = 5 WHERE seq = 100",
]
REPEATED = (
    "INSERT INTO journal SELECT seq + 5, boot_id, boot_s, wall, actor, kind, body, prev_hash, hash "
    "FROM journal WHERE seq = 4"
)


@pytest.mark.parametrize(
    ("statements", "seq"),
    [
        (["UPDATE journal SET boot_id = 'boot-2' WHERE seq = 4"], 4),
        (["UPDATE journal SET boot_s = boot_s + 1e-9 WHERE seq = 4"], 4),
        (["UPDATE journal SET wall = '' WHERE seq = 4"], 4),
        (["UPDATE journal SET actor = 'operator:Eve' WHERE seq = 4"], 4),
        (["UPDATE journal SET kind = 'waiting' WHERE seq = 4"], 4),
        (["UPDATE journal SET body = replace(body, 'row', 'now') WHERE seq = 4"], 4),
        (["UPDATE journal SET body = body || ' ' WHERE seq = 4"], 4),
        (["UPDATE journal SET body = CAST(body AS BLOB) WHERE seq = 4"], 4),
        (["UPDATE journal SET wall = CAST(x'80ff' AS TEXT) WHERE seq = 4"], 4),
        (["UPDATE journal SET prev_hash = hash WHERE seq = 4"], 4),
        (["UPDATE journal SET hash = prev_hash WHERE seq = 4"], 4),
        (["UPDATE journal SET seq = -4 WHERE seq = 4"], -4),
        (["INSERT INTO journal VALUES (-9223372036854775807 - 1, '', 0.0, '', '', '', '', '', '')"], -(1 << 63)),
        (["DELETE FROM journal WHERE seq = 1"], 1),
        (["DELETE FROM journal WHERE seq = 4"], 4),
        (["DELETE FROM journal WHERE seq >= 4"], 4),
        (["DELETE FROM journal WHERE seq = 8"], 8),
        (["DELETE FROM journal"], 1),
        (["DELETE FROM journal WHERE seq = 4", "UPDATE journal SET seq = seq - 1 WHERE seq > 4"], 4),
        (RENUMBERED, 4),
        ([REPEATED], 9),
    ],
)
def test_whatever_is_done_to_rows_is_found_at_its_row(
    sound: tuple[Path, Tail], copy: Path, statements: list[str], seq: int
) -> None:
    tamper(copy, *statements)
    assert verify_file(copy, sound[1])[0].seq == seq


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER journal_stays",
        "CREATE TABLE other(x)",
        "CREATE VIEW other AS SELECT 1",
        "CREATE INDEX other ON journal(body)",
        "CREATE TRIGGER other AFTER INSERT ON journal BEGIN SELECT 1; END",
        "ALTER TABLE journal ADD COLUMN other",
        "PRAGMA user_version=2",
    ],
)
def test_whatever_is_added_to_the_file_is_found(sound: tuple[Path, Tail], copy: Path, statement: str) -> None:
    with closing(sqlite3.connect(copy, isolation_level=None)) as database:
        database.execute(statement)
    assert [flaw.seq for flaw in verify_file(copy, sound[1])] == [0]


def test_a_view_in_place_of_the_table_is_not_asked(sound: tuple[Path, Tail], copy: Path) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS seq FROM n"
    with closing(sqlite3.connect(copy, isolation_level=None)) as database:
        database.execute("ALTER TABLE journal RENAME TO kept")
        database.execute(f"CREATE VIEW journal AS {endless}")
    (flaw,) = verify_file(copy, sound[1])
    assert "missing or altered" in flaw.sentence


def test_an_untouched_copy_is_sound(sound: tuple[Path, Tail], copy: Path) -> None:
    assert verify_file(copy, sound[1]) == []


def test_another_finished_journal_in_its_place_is_found(sound: tuple[Path, Tail], tmp_path: Path) -> None:
    written(tmp_path / "other.db", ROWS - 1)
    assert verify_file(tmp_path / "other.db", sound[1]) == [Flaw(8, "the end was cut off: 7 rows are left of 8")]


@settings(max_examples=60, deadline=None)
@given(
    column=st.sampled_from(["boot_id", "boot_s", "wall", "actor", "kind", "body", "prev_hash", "hash"]),
    seq=st.integers(1, ROWS),
    value=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
    | st.floats(allow_nan=False)
    | st.binary(),
)
def test_any_value_in_any_column_is_found(
    sound: tuple[Path, Tail], tmp_path_factory: pytest.TempPathFactory, column: str, seq: int, value: object
) -> None:
    copy = Path(shutil.copy(sound[0], tmp_path_factory.mktemp("any") / "r.db"))
    with closing(sqlite3.connect(copy, isolation_level=None)) as database:
        database.execute("DROP TRIGGER journal_stays")
        database.execute(f"UPDATE journal SET {column} = ? WHERE seq = ?", (value, seq))  # noqa: S608  # no outside text
    assert verify_file(copy, sound[1])[0].seq == seq


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_flipped_bit_passes_for_another_row(
    sound: tuple[Path, Tail], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(sound[0].read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    copy = tmp_path_factory.mktemp("flip") / "r.db"
    copy.write_bytes(content)
    assert verify_file(copy, sound[1]) or read(copy) == read(sound[0])
