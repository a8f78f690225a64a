"""The guard's own log, and its voice: neither may ever hold up an OFF."""

import json
import os
import queue
import select
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from benchctl.guard.outputs import boot_s

SAY_S = 2.0


class Log:
    """A JSON-lines file written by a thread of its own; a full or hanging disk loses lines and nothing else."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._boot_id = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        self._lines: queue.SimpleQueue[tuple[str, bool] | threading.Event] = queue.SimpleQueue()
        threading.Thread(target=self._write, daemon=True).start()

    def note(self, text: str) -> None:
        """Log a sentence with its times. Never blocks, never raises."""
        self._lines.put((self._line(text), False))

    def warn(self, text: str) -> None:
        """Log a sentence and say it on standard error too."""
        self._lines.put((self._line(text), True))

    def flush(self, limit_s: float) -> None:
        """Wait until what was logged so far is on disk, but no longer than `limit_s`."""
        done = threading.Event()
        self._lines.put(done)
        done.wait(limit_s)

    def _line(self, text: str) -> str:
        wall = datetime.now(UTC).isoformat(timespec="milliseconds")
        return json.dumps({"boot_id": self._boot_id, "boot_s": round(boot_s(), 3), "wall": wall, "text": text})

    def _write(self) -> None:
        while True:
            item = self._lines.get()
            if isinstance(item, threading.Event):
                item.set()
                continue
            line, aloud = item
            with suppress(OSError):
                self._append(line)
            with suppress(OSError):
                if aloud:
                    say(2, f"guard: {json.loads(line)['text']}")

    def _append(self, line: str) -> None:
        fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, line.encode("ascii") + b"\n")
            os.fsync(fd)
        finally:
            os.close(fd)


def say(fd: int, line: str) -> None:
    """Print one line, in one write. A terminal that is gone is no error, one that takes nothing is not waited for."""
    with suppress(OSError):
        if select.select([], [fd], [], SAY_S)[1]:
            os.write(fd, line.encode("ascii", "backslashreplace") + b"\n")
