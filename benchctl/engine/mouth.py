"""What is said on standard output never holds up a charge: a reader may be slow, or a terminal stopped with Ctrl-S.

A thread of its own writes; what does not fit any more while nobody reads is dropped. The journal has it all.
"""

import os
import queue
import threading
from contextlib import suppress

MOST_LINES = 10_000
STDOUT = 1


class Mouth:
    """Says lines on standard output, in order, without ever waiting for whoever reads them."""

    def __init__(self) -> None:
        self._lines: queue.Queue[str | None] = queue.Queue(MOST_LINES)
        self._thread = threading.Thread(target=self._speak, name="mouth", daemon=True)
        self._thread.start()

    def say(self, line: str) -> None:
        """One line. Never blocks, never raises."""
        with suppress(queue.Full):
            self._lines.put_nowait(line)

    def close(self, patience_s: float) -> None:
        """Say what is left, as far as it is taken within `patience_s`."""
        with suppress(queue.Full):
            self._lines.put(None, timeout=patience_s)
        self._thread.join(patience_s)

    def _speak(self) -> None:
        # os.write: a thread that hangs in Python's own buffer would make the interpreter abort at its end
        with suppress(OSError):  # whoever listened has gone
            while (line := self._lines.get()) is not None:
                data = (line + "\n").encode("utf-8", "backslashreplace")
                while data:
                    data = data[os.write(STDOUT, data) :]
