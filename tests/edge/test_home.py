"""A home: where things lie, whose they are, and who is at work there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchctl.core.errors import UsageFault
from benchctl.edge.home import (
    Holder,
    Home,
    HomeBusy,
    HomeError,
    acquire_lock,
    adopt_lock,
    busy,
    left_behind,
    locate_home,
    new_run_id,
    unsafe_filesystem,
    valid_run_id,
    write_atomic,
)

RUN = "20260501-213000-1a2b"
HOLDER = Holder(RUN, 100, 200, "bench-1")


def no_pause(_: float) -> None:
    """Tests do not wait."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


# ---------------------------------------------------------------- places


def test_the_option_goes_before_the_environment_and_that_before_the_platform(tmp_path: Path) -> None:
    environ = {"BENCHCTL_HOME": str(tmp_path / "b")}
    assert locate_home(tmp_path / "a", environ).path == tmp_path / "a"
    assert locate_home(None, environ).path == tmp_path / "b"
    assert locate_home(None, {"BENCHCTL_HOME": ""}).path.name == "benchctl"


def test_locating_a_home_makes_nothing(tmp_path: Path) -> None:
    home = locate_home(tmp_path / "a", {})
    assert (home.run_ids(), busy(home), left_behind(home), list(tmp_path.iterdir())) == ((), None, None, [])


def test_a_home_is_for_its_owner_only(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o755)
    home = Home(tmp_path / "home")
    home.prepare()
    assert {path.stat().st_mode & 0o777 for path in (home.path, home.runs_dir, home.inbox_dir)} == {0o700}


def test_somebody_elses_folder_is_no_home(tmp_path: Path) -> None:
    try:
        os.chown(tmp_path, 12345, -1)
    except PermissionError:
        pytest.skip("only root can give a folder away")
    with pytest.raises(HomeError, match="belongs to another user"):
        Home(tmp_path).prepare()


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    with pytest.raises(HomeError, match="cannot be made"):
        Home(tmp_path / "home").prepare()


@pytest.mark.parametrize(
    "run", ["", "../../etc/passwd", f"{RUN}/x", f"{RUN}\n", RUN.upper(), "２０２60501-213000-1a2b"]
)
def test_what_is_no_run_id_names_no_file(home: Home, run: str) -> None:
    assert not valid_run_id(run)
    with pytest.raises(UsageFault, match="no run ID"):
        home.journal_path(run)
    with pytest.raises(UsageFault):
        home.guard_log_path(run)


def test_run_ids_carry_their_start_and_differ(home: Home) -> None:
    found = {new_run_id(home, "2026-05-01T21:30:00.125Z") for _ in range(20)}
    assert len(found) > 1
    assert all(valid_run_id(run) and run.startswith("20260501-213000-") for run in found)


def test_runs_are_listed_newest_first(home: Home) -> None:
    for name in (f"{RUN}.db", "20260601-000000-0000.db", "other.db", f"{RUN}.guard.jsonl"):
        (home.runs_dir / name).touch()
    assert home.run_ids() == ("20260601-000000-0000", RUN)


# ---------------------------------------------------------------- the lock


def test_a_home_has_one_holder(home: Home) -> None:
    lock = acquire_lock(home, HOLDER, no_pause)
    with pytest.raises(HomeBusy, match=RUN) as refusal:
        acquire_lock(home, HOLDER, no_pause)
    assert (refusal.value.holder, busy(home), left_behind(home)) == (HOLDER, HOLDER, None)
    lock.release()
    assert (busy(home), left_behind(home)) == (None, HOLDER)
    acquire_lock(home, HOLDER, no_pause).release()


def test_what_the_holder_says_can_change(home: Home) -> None:
    lock = acquire_lock(home, HOLDER, no_pause)
    lock.write(Holder(None, 1, None, None))
    assert busy(home) == Holder(None, 1, None, None)
    lock.release()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"run":1}', b"\xff" * 9000])
def test_a_senseless_lock_file_is_still_a_lock(home: Home, content: bytes) -> None:
    lock = acquire_lock(home, HOLDER, no_pause)
    home.lock_path.write_bytes(content)
    assert busy(home) == Holder(None, None, None, None)
    lock.release()
    assert left_behind(home) is None


def test_the_lock_is_for_its_owner_only_and_follows_no_link(home: Home) -> None:
    lock = acquire_lock(home, HOLDER, no_pause)
    assert home.lock_path.stat().st_mode & 0o777 == 0o600
    lock.release()
    home.lock_path.unlink()
    home.lock_path.symlink_to("/etc/passwd")
    with pytest.raises(HomeError, match="symbolic links"):
        acquire_lock(home, HOLDER, no_pause)


CHILD = """
import os, sys
from pathlib import Path
from benchctl.edge.home import Home, adopt_lock
lock = adopt_lock(Home(Path(sys.argv[1])), int(sys.argv[2]))
print("mine", flush=True)
sys.stdin.read()
"""


def test_the_lock_goes_with_the_child_and_ends_with_the_last(home: Home) -> None:
    lock = acquire_lock(home, HOLDER, no_pause)
    command = [sys.executable, "-c", CHILD, str(home.path), str(lock.fd)]
    with subprocess.Popen(command, pass_fds=[lock.fd], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        assert child.stdout.readline() == b"mine\n"
        lock.release()
        assert busy(home) == HOLDER
        child.kill()
    assert busy(home) is None


def test_the_lock_survives_exec(home: Home) -> None:
    lock = acquire_lock(home, HOLDER, no_pause)
    assert os.get_inheritable(lock.fd)
    lock.release()


def test_another_handle_is_no_lock(home: Home) -> None:
    with (home.path / "other").open("w") as file, pytest.raises(HomeError, match="not the lock"):
        adopt_lock(home, file.fileno())
    with pytest.raises(HomeError, match="not the lock"):
        adopt_lock(home, 10_000)


# ---------------------------------------------------------------- files


def test_a_file_is_replaced_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("old and longer")
    write_atomic(tmp_path / "f", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("f", b"new")]
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600


def test_the_file_system_of_a_home_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mounts = f"/dev/sda / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n"
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: mounts)
    assert "nfs4" in (unsafe_filesystem(tmp_path / "home") or "")
    assert unsafe_filesystem(tmp_path.parent) is None
