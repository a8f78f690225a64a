"""What is on disk, as the journal's thread reports it and the loop reads it."""

import threading


class Durable:
    """Safe for the one thread that reports and the one that asks."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._seq = 0
        self._failed: str | None = None

    def committed(self, seq: int) -> None:
        """Everything up to `seq` is on disk."""
        with self._changed:
            self._seq = seq
            self._changed.notify_all()

    def failed(self, sentence: str) -> None:
        """Nothing more will be."""
        with self._changed:
            self._failed = sentence
            self._changed.notify_all()

    @property
    def seq(self) -> int:
        """The last row on disk."""
        return self._seq

    @property
    def broken(self) -> str | None:
        """Why nothing is written any more; None: all is well."""
        return self._failed

    def wait(self, seq: int, patience_s: float) -> bool:
        """Let the disk come to `seq`; False when it has failed or takes longer."""
        with self._changed:
            self._changed.wait_for(lambda: self._failed is not None or self._seq >= seq, patience_s)
            return self._failed is None and self._seq >= seq
