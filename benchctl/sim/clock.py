"""Simulated seconds. They follow real time, or stand still and move only when a client says so (lock-step)."""

from collections.abc import Callable


class BenchClock:
    """The time of a simulated bench, from 0 at its start. `real` is a steady clock in seconds.

    A lock-step clock stands at 0 until the first client or `release`; so two runs with one seed begin alike.
    `unclaimed` is true until then.
    """

    def __init__(self, real: Callable[[], float], lock_step: bool) -> None:
        self._real = real
        self.unclaimed = lock_step
        self._base_s = 0.0
        self._since = None if lock_step else real()

    @property
    def running(self) -> bool:
        """True while simulated time follows real time."""
        return self._since is not None

    def now_s(self) -> float:
        """Simulated time."""
        return self._base_s if self._since is None else self._base_s + self._real() - self._since

    def hold(self) -> None:
        """Stand still: a client has the clock."""
        self._base_s, self._since = self.now_s(), None
        self.unclaimed = False

    def release(self) -> None:
        """Follow real time from here on: no client has the clock."""
        self.unclaimed = False
        if self._since is None:
            self._since = self._real()

    def advance(self, to_s: float) -> float:
        """Move a standing clock forward, never back. Returns the time it stands at."""
        self._base_s = max(self._base_s, to_s)
        return self._base_s
