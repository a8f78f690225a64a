"""Typed or scanned? A barcode scanner is a keyboard that is faster than any hand.

The rule: a text is scanned if it has at least 4 characters, and neither between two of its keys nor before its Enter
more than 50 ms passed. A fast typist needs 80 ms and more a key; a scanner sends one every 1 to 20 ms. A text that was
pasted or corrected is typed.
"""

from itertools import pairwise

SCAN_GAP_S = 0.05
SCAN_LENGTH = 4


class Keystrokes:
    """The keys of one answer, by the time at which each was pressed."""

    def __init__(self) -> None:
        self._times_s: list[float] = []
        self._spoilt = False

    def key(self, at_s: float) -> None:
        """A character came."""
        self._times_s.append(at_s)

    def spoil(self) -> None:
        """Something else was done to the text."""
        self._spoilt = True

    def entered(self, at_s: float, length: int) -> bool:
        """Enter came on a text of so many characters: whether it was scanned. What comes next is a new answer."""
        times_s, spoilt = [*self._times_s, at_s], self._spoilt
        self._times_s, self._spoilt = [], False
        whole = len(times_s) == length + 1 and length >= SCAN_LENGTH
        return whole and not spoilt and all(later_s - early_s <= SCAN_GAP_S for early_s, later_s in pairwise(times_s))
