"""A home: the folder that holds journals, inbox and ledger, and the lock that says who is at work in it.

Looking at a home changes nothing in it. The lock is a `flock`: it belongs to the open file, so it goes with the handle
from guard to engine through fork and exec, and the system frees it when the last of them is gone, however it ended.
"""

import fcntl
import os
import re
import stat
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from benchctl.core.errors import BenchctlError, UsageFault
from benchctl.core.journal.chain import Unparsable, canonical, parse
from benchctl.core.journal.kinds import decode_as
from benchctl.core.journal.plain import Undecodable

VARIABLE = "BENCHCTL_HOME"
"""The environment variable that names the home."""

_RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}", re.ASCII)
_MAX_HOLDER = 4096  # bytes
_TRIES, _PAUSE_S = 5, 0.05
_UNSAFE = re.compile(r"nfs|cifs|smb|fuse|9p|afs|ceph|gluster", re.ASCII)


class HomeError(BenchctlError):
    """The folder cannot be used as a home."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock of a home, for which run on which bench. None: not yet, or not known."""

    run: str | None
    guard_pid: int | None
    engine_pid: int | None
    bench: str | None


NOBODY_KNOWN = Holder(None, None, None, None)


class HomeBusy(BenchctlError):
    """Another run is at work in this home. `holder` says which."""

    def __init__(self, path: Path, holder: Holder) -> None:
        super().__init__(f"the home {path} is busy with run {holder.run or '(not yet named)'}; see `benchctl status`")
        self.holder = holder


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything of a home lies. Making one touches no file."""

    path: Path

    @property
    def runs_dir(self) -> Path:
        """Journals and guards' logs."""
        return self.path / "runs"

    @property
    def inbox_dir(self) -> Path:
        """Wishes and their answers."""
        return self.path / "inbox"

    @property
    def ledger_path(self) -> Path:
        """The ledger."""
        return self.path / "ledger.jsonl"

    @property
    def lock_path(self) -> Path:
        """The lock."""
        return self.path / "lock"

    @property
    def bench_path(self) -> Path:
        """The user's bench file, if there is one."""
        return self.path / "bench.toml"

    @property
    def last_bench_path(self) -> Path:
        """A copy of the bench file of the last run."""
        return self.path / "last-bench.toml"

    def journal_path(self, run: str) -> Path:
        """The journal of a run. `UsageFault` if that is no run ID: it may come from a command line."""
        return self.runs_dir / f"{_checked(run)}.db"

    def guard_log_path(self, run: str) -> Path:
        """The guard's own log of a run. `UsageFault` as above."""
        return self.runs_dir / f"{_checked(run)}.guard.jsonl"

    def run_ids(self) -> tuple[str, ...]:
        """The runs whose journals are here, newest first."""
        names = (path.stem for path in self.runs_dir.glob("*.db"))
        return tuple(sorted((name for name in names if valid_run_id(name)), reverse=True))

    def prepare(self) -> None:
        """Make the folders, for the owner only. `HomeError` if the folder is somebody else's or cannot be made."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for folder in (self.path, self.runs_dir, self.inbox_dir):
                folder.mkdir(mode=0o700, exist_ok=True)
                _claim(folder)
        except OSError as fault:
            raise HomeError(f"the home {self.path} cannot be made: {fault}") from fault


def locate_home(option: str | Path | None, environ: Mapping[str, str]) -> Home:
    """The home named by `--home`, else by the environment, else the platform's user data folder."""
    named = option or environ.get(VARIABLE)
    if named:
        return Home(Path(named).absolute())
    from platformdirs import user_data_path  # only here: a home that is named needs no platform, and a stop no delay

    return Home(user_data_path("benchctl"))


def valid_run_id(text: str) -> bool:
    """Whether a text has the form of a run ID."""
    return _RUN_ID.fullmatch(text) is not None


def new_run_id(home: Home, wall: str) -> str:
    """An ID for a run that starts at that wall time (ISO-8601), different from all in the home."""
    digits = re.sub(r"[^0-9]", "", wall[:19])
    while home.journal_path(run := f"{digits[:8]}-{digits[8:14]}-{os.urandom(2).hex()}").exists():
        pass
    return run


# ---------------------------------------------------------------- the lock


class HomeLock:
    """The lock of a home, held by this process and by those it has handed `fd` to."""

    def __init__(self, home: Home, fd: int) -> None:
        self._home, self.fd = home, fd

    def write(self, holder: Holder) -> None:
        """Say who is at work."""
        text = canonical(asdict(holder)).encode()
        os.pwrite(self.fd, text, 0)
        os.ftruncate(self.fd, len(text))

    def release(self) -> None:
        """Close this process's handle; the lock is free when the last handle is closed."""
        os.close(self.fd)


def acquire_lock(home: Home, holder: Holder, pause: Callable[[float], None] = time.sleep) -> HomeLock:
    """Take the lock of a prepared home. `HomeBusy` if another has it, `HomeError` if there is none to be had.

    The handle is inheritable: a child that gets it (`pass_fds`) holds the lock too, and calls `adopt_lock`.
    """
    try:
        fd = os.open(home.lock_path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as fault:
        raise HomeError(f"the home {home.path} cannot be locked: {fault}") from fault
    os.set_inheritable(fd, True)
    for _ in range(_TRIES):  # `busy` holds it for a moment, shared, just to see whether it can
        if _try(fd, fcntl.LOCK_EX):
            lock = HomeLock(home, fd)
            lock.write(holder)
            return lock
        pause(_PAUSE_S)
    os.close(fd)
    raise HomeBusy(home.path, _holder_in(home))


def adopt_lock(home: Home, fd: int) -> HomeLock:
    """The lock of a home, inherited from the parent through handle `fd`. `HomeError` if that is not its lock."""
    try:
        if not os.path.samestat(os.fstat(fd), os.stat(home.lock_path)):
            raise HomeError(f"handle {fd} is not the lock of the home {home.path}")
    except OSError as fault:
        raise HomeError(f"handle {fd} is not the lock of the home {home.path}: {fault}") from fault
    return HomeLock(home, fd)


def busy(home: Home) -> Holder | None:
    """Who is at work in the home; None if nobody is."""
    return None if _is_free(home) else _holder_in(home)


def left_behind(home: Home) -> Holder | None:
    """What the last holder wrote, if it is gone; None if it is still at work, or there was none."""
    holder = _holder_in(home)
    return holder if holder != NOBODY_KNOWN and _is_free(home) else None


def unsafe_filesystem(path: Path) -> str | None:
    """A sentence if the folder lies on a network or user-space file system, where locks and flushes cannot be
    trusted; None if not, or if it cannot be told."""
    kind = _filesystem(path)
    if kind is None or not _UNSAFE.match(kind):
        return None
    return f"{path} lies on a {kind} file system, which cannot promise that a record is kept: use a local disk"


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that whoever reads it sees all of it or the one before. For the owner only."""
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        draft.replace(path)
    except OSError:
        draft.unlink()
        raise


def _checked(run: str) -> str:
    if not valid_run_id(run):
        raise UsageFault(f"{run[:60]!r} is no run ID: it looks like 20260501-213000-1a2b; see `benchctl records list`")
    return run


def _claim(folder: Path) -> None:
    status = folder.stat()
    if status.st_uid != os.geteuid():
        raise HomeError(f"the folder {folder} belongs to another user (uid {status.st_uid}): choose another --home")
    if stat.S_IMODE(status.st_mode) != 0o700:
        folder.chmod(0o700)


def _try(fd: int, mode: int) -> bool:
    try:
        fcntl.flock(fd, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_free(home: Home) -> bool:
    try:
        fd = os.open(home.lock_path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        return _try(fd, fcntl.LOCK_SH)
    finally:
        os.close(fd)


def _holder_in(home: Home) -> Holder:
    try:
        with home.lock_path.open("rb") as file:
            return decode_as(Holder, parse(file.read(_MAX_HOLDER)))
    except (OSError, Unparsable, Undecodable):
        return NOBODY_KNOWN


def _filesystem(path: Path) -> str | None:
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    place = path.resolve()
    found = [(Path(fields[1]), fields[2]) for line in mounts if len(fields := line.split()) > 2]
    covering = [each for each in found if place.is_relative_to(each[0])]
    return max(covering, key=lambda each: len(each[0].parts))[1] if covering else None
