"""The journal on a real disk: durable, chained, read by followers whatever became of its writer, and tamper-proof."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from benchctl.core.journal.chain import Entry, Tail, verify
from benchctl.edge.follower import Follower, verify_file
from benchctl.edge.journal import create, reopen
from benchctl.edge.journalfile import JournalError, sqlite_warning
from tests.edge.written import note, nothing, opened, read, tamper, texts, written
from tests.fakes_journal import MemoryJournal

FLUSH_S = 30.0


# ---------------------------------------------------------------- writing


def test_rows_come_back_in_order_and_chained(tmp_path: Path) -> None:
    tail = written(tmp_path / "r.db", 3)
    assert texts(tmp_path / "r.db") == ["row 1", "row 2", "row 3"]
    assert verify_file(tmp_path / "r.db", tail) == []


def test_append_answers_the_last_seq(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "r.db")) as journal:
        assert [journal.append([note("a")]), journal.append([note("b"), note("c")]), journal.append([])] == [1, 3, 3]


def test_a_commit_is_announced_when_it_can_be_read(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = tmp_path / "r.db"
    journal = create(path, "boot-1", lambda seq: seen.append((seq, len(read(path)))), nothing)
    journal.append([note("a"), note("b")])
    journal.close()
    assert seen == [(2, 2)]


def test_what_waits_goes_into_one_commit(tmp_path: Path) -> None:
    commits: list[int] = []
    first, go = threading.Event(), threading.Event()

    def committed(seq: int) -> None:
        commits.append(seq)
        first.set()
        go.wait(FLUSH_S)

    journal = create(tmp_path / "r.db", "boot-1", committed, nothing)
    journal.append([note("a")])
    first.wait(FLUSH_S)
    for number in range(50):
        journal.append([note(str(number))])
    go.set()
    journal.close()
    assert commits == [1, 51]


def test_nothing_is_pending_after_a_flush(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "r.db")) as journal:
        journal.append([note("a")])
        journal.flush(FLUSH_S)
        assert journal.pending_s() == 0.0


def test_a_text_that_is_no_unicode_is_refused_whole(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "r.db")) as journal:
        with pytest.raises(UnicodeEncodeError):
            journal.append([note("a"), Entry(1.0, "", "operator:\udc80", "noted", "{}")])
        assert journal.last_seq == 0


def test_an_existing_file_is_never_written_over(tmp_path: Path) -> None:
    tail = written(tmp_path / "r.db", 2)
    with pytest.raises(JournalError, match="cannot be made"):
        opened(tmp_path / "r.db")
    assert verify_file(tmp_path / "r.db", tail) == []


def test_a_journal_is_for_its_owner_only(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "r.db")):
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_closed_journal_is_one_file(tmp_path: Path) -> None:
    written(tmp_path / "r.db", 2)
    assert [path.name for path in tmp_path.iterdir()] == ["r.db"]


def test_a_journal_goes_on_after_its_last_row(tmp_path: Path) -> None:
    written(tmp_path / "r.db", 2)
    journal = reopen(tmp_path / "r.db", "boot-2", nothing, nothing)
    assert journal.append([note("later")]) == 3
    journal.close()
    assert verify_file(tmp_path / "r.db", Tail(3, journal.last_hash)) == []


def test_an_altered_journal_is_not_continued(tmp_path: Path) -> None:
    written(tmp_path / "r.db", 2)
    tamper(tmp_path / "r.db", "UPDATE journal SET actor = 'guard' WHERE seq = 2")
    with pytest.raises(JournalError, match="row 2 was altered"):
        reopen(tmp_path / "r.db", "boot-2", nothing, nothing)


def test_many_commits_pass_several_checkpoints(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "r.db")) as journal:
        for number in range(450):
            journal.append([note(str(number))])
            journal.flush(FLUSH_S)
        assert len(read(tmp_path / "r.db")) == 450


def test_the_writers_own_connection_cannot_change_a_row(tmp_path: Path) -> None:
    written(tmp_path / "r.db", 2)
    with closing(sqlite3.connect(tmp_path / "r.db")) as database:
        for sql in (
            "UPDATE journal SET body = ''",
            "DELETE FROM journal",
            "INSERT OR REPLACE INTO journal SELECT * FROM journal",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="a journal"):
                database.execute(sql)


def test_old_sqlite_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    warned = []
    for version in ((3, 40, 1), (3, 44, 5), (3, 44, 6), (3, 50, 6), (3, 50, 7), (3, 51, 2), (3, 51, 3), (3, 52, 0)):
        monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
        warned += [version] if sqlite_warning() else []
    assert warned == [(3, 40, 1), (3, 44, 5), (3, 50, 6), (3, 51, 2)]


# ---------------------------------------------------------------- failing


@pytest.mark.parametrize("fate", ["removed", "replaced"])
def test_a_file_that_is_gone_fails_the_journal_once(tmp_path: Path, fate: str) -> None:
    committed: list[int] = []
    failed: list[str] = []
    journal = create(tmp_path / "r.db", "boot-1", committed.append, failed.append)
    (tmp_path / "r.db").rename(tmp_path / "elsewhere")
    if fate == "replaced":
        (tmp_path / "r.db").touch()
    journal.append([note("a")])
    with pytest.raises(JournalError):
        journal.flush(FLUSH_S)
    journal.append([note("b")])
    with pytest.raises(JournalError, match="rows were lost"):
        journal.close()
    assert (committed, len(failed)) == ([], 1)


FULL_DISK = """
import resource, sys
from pathlib import Path
from benchctl.core.journal.chain import Entry
from benchctl.edge.journal import create
from benchctl.edge.journalfile import JournalError
commits, failed, refused = [], [], 0
journal = create(Path(sys.argv[1]), "b", commits.append, failed.append)
journal.append([Entry(1.0, "", "engine", "noted", '{"text":"a"}')])
journal.flush(30)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
for number in range(3):
    journal.append([Entry(1.0, "", "engine", "noted", '{"text":"%s"}' % ("x" * 8000))])
    try:
        journal.flush(30)
    except JournalError:
        refused += 1
try:
    journal.close()
except JournalError:
    refused += 1
print(commits, len(failed), refused)
"""


def test_a_disk_that_takes_no_more_fails_the_journal_and_keeps_what_was_durable(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path / "r.db"], capture_output=True, text=True, check=False
    )
    assert done.stdout == "[1] 1 4\n", done.stderr
    assert verify_file(tmp_path / "r.db", None) == []
    assert texts(tmp_path / "r.db") == ["a"]


def test_another_program_that_keeps_the_file_locked_fails_the_journal_and_takes_nothing(tmp_path: Path) -> None:
    failed: list[str] = []
    journal = create(tmp_path / "r.db", "boot-1", nothing, failed.append)
    journal.append([note("a")])
    journal.flush(FLUSH_S)
    with closing(sqlite3.connect(tmp_path / "r.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        journal.append([note("b")])
        with pytest.raises(JournalError, match="locked"):
            journal.flush(FLUSH_S)
    with pytest.raises(JournalError, match="rows were lost"):
        journal.close()
    assert (texts(tmp_path / "r.db"), len(failed)) == (["a"], 1)


# ---------------------------------------------------------------- following


def test_a_follower_sees_rows_as_they_are_committed(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "r.db")) as journal, Follower(tmp_path / "r.db") as follower:
        assert follower.rows_after(0) == []
        journal.append([note("a"), note("b")])
        journal.flush(FLUSH_S)
        assert [row.seq for row in follower.rows_after(1)] == [2]


def test_a_follower_knows_the_last_row(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "r.db")) as journal, Follower(tmp_path / "r.db") as follower:
        assert follower.last() is None
        journal.append([note("a"), note("b")])
        journal.flush(FLUSH_S)
        assert follower.last() == read(tmp_path / "r.db")[1]


def test_a_follower_reads_in_portions(tmp_path: Path) -> None:
    written(tmp_path / "r.db", 5)
    with Follower(tmp_path / "r.db") as follower:
        assert [row.seq for row in follower.rows_after(1, limit=2)] == [2, 3]


def test_a_follower_outlives_the_writer(tmp_path: Path) -> None:
    journal = opened(tmp_path / "r.db")
    journal.append([note("a")])
    with Follower(tmp_path / "r.db") as follower:
        assert len(follower.rows_after(0)) <= 1
        journal.close()
        assert [row.seq for row in follower.rows_after(0)] == [1]
    assert texts(tmp_path / "r.db") == ["a"]


WRITER = """
import sys
from pathlib import Path
from benchctl.core.journal.chain import Entry
from benchctl.edge.journal import create
journal = create(Path(sys.argv[1]), "b", lambda seq: print(seq, flush=True), print)
while True:
    journal.append([Entry(1.0, "", "engine", "noted", '{"text":"a"}')])
    journal.flush(30)
"""


@pytest.fixture
def killed(tmp_path: Path) -> tuple[Path, int]:
    """A journal whose writer was killed in full flight, and the last seq it had announced."""
    path = tmp_path / "r.db"
    with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        lines = [writer.stdout.readline() for _ in range(300)]
        writer.kill()
        lines += writer.stdout.readlines()
    return path, int([line for line in lines if line.endswith("\n")][-1])


def test_every_announced_row_survives_a_killed_writer(killed: tuple[Path, int]) -> None:
    path, announced = killed
    rows = read(path)
    assert len(rows) >= announced
    assert verify(rows, None) == []


def test_a_killed_journal_is_read_without_its_shared_index(killed: tuple[Path, int]) -> None:
    path, announced = killed
    path.with_name("r.db-shm").unlink()
    assert len(read(path)) >= announced


def test_a_killed_journal_is_read_where_no_index_can_be_made(killed: tuple[Path, int]) -> None:
    path, announced = killed
    path.with_name("r.db-shm").unlink()
    path.with_name("r.db-shm").mkdir()
    assert len(read(path)) >= announced


def test_a_follower_changes_no_byte_of_a_killed_journal(killed: tuple[Path, int]) -> None:
    path, _ = killed
    files = (path, path.with_name("r.db-wal"))
    before = [file.read_bytes() for file in files]
    read(path)
    assert [file.read_bytes() for file in files] == before


def test_a_killed_journal_is_continued(killed: tuple[Path, int]) -> None:
    path, _ = killed
    before = len(read(path))
    journal = reopen(path, "boot-2", nothing, nothing)
    journal.append([note("recovered")])
    journal.close()
    assert verify_file(path, Tail(before + 1, journal.last_hash)) == []


@pytest.mark.parametrize("content", [None, b"", b"no database at all" * 100, b"SQLite format 3\0" + bytes(4000)])
def test_what_is_no_journal_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "r.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(JournalError):
        Follower(path)
    assert verify_file(path, None)[0].seq == 0


# ---------------------------------------------------------------- the stand-in


def test_the_stand_in_chains_like_the_file(tmp_path: Path) -> None:
    commits: list[int] = []
    memory = MemoryJournal("boot-1", commits.append, nothing, instant=True)
    memory.append([note(f"row {number}") for number in range(1, 4)])
    tail = written(tmp_path / "r.db", 3)
    assert (memory.rows, memory.last_hash, commits) == (read(tmp_path / "r.db"), tail.last_hash, [3])


def test_the_stand_in_commits_nothing_after_it_failed() -> None:
    failed: list[str] = []
    memory = MemoryJournal("boot-1", nothing, failed.append, instant=False)
    memory.append([note("a")])
    memory.fail("broken")
    memory.append([note("b")])
    with pytest.raises(JournalError, match="broken"):
        memory.flush(0.0)
    assert (memory.rows, failed) == ([], ["broken"])
