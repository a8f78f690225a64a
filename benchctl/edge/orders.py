"""The bounded queue before an instrument: OFFs first, everything else in order. Knows no instrument.

An OFF is never refused and never waits behind anything; OFFs for one position that wait together are carried out as
one. It takes the energising orders of its position out of the queue: what was ordered before it must not follow it.
"""

import threading
from collections import deque

from benchctl.core.messages import ENERGISING, Order, SwitchOff

LIMIT = 64
"""Orders that may wait. An engine has a handful under way for each position; more means that it runs away."""


class OrderQueue:
    """Safe for any number of threads that put and one that takes."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._changed = threading.Condition()
        self._offs: dict[str, list[Order]] = {}
        self._orders: deque[Order] = deque()
        self._open = True

    def put(self, order: Order) -> list[tuple[Order, str]]:
        """Queue an order. Returned: orders that will not be carried out, each with the reason."""
        with self._changed:
            if not self._open:
                return [(order, "the wire has ended")]
            if isinstance(order, SwitchOff):
                rejected = self._put_off(order)
            elif len(self._orders) < self._limit:
                self._orders.append(order)
                rejected = []
            else:
                return [(order, f"{self._limit} orders wait already; the instrument does not keep up")]
            self._changed.notify()
            return rejected

    def take(self) -> list[Order]:
        """Wait for what is next: all OFFs of one position, or one other order. Empty when the queue has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._offs or self._orders or not self._open)
            return self._next_offs() or [self._orders.popleft() for _ in range(min(1, len(self._orders)))]

    def take_offs(self) -> list[Order]:
        """All waiting OFFs of one position, without waiting; empty when there are none."""
        if not self._offs:  # asked before every exchange: an OFF that comes this moment is found before the next
            return []
        with self._changed:
            return self._next_offs()

    def close(self) -> list[Order]:
        """Take nothing more. Returned: what waited; OFFs stay and are still taken."""
        with self._changed:
            self._open = False
            left = list(self._orders)
            self._orders.clear()
            self._changed.notify_all()
            return left

    def end(self) -> list[Order]:
        """Close, and take the OFFs too: nobody is left to carry them out."""
        left = self.close()
        while offs := self.take_offs():
            left += offs
        return left

    def _put_off(self, order: SwitchOff) -> list[tuple[Order, str]]:
        self._offs.setdefault(order.position, []).append(order)
        given_up = [o for o in self._orders if isinstance(o, ENERGISING) and o.position == order.position]
        self._orders = deque(o for o in self._orders if o not in given_up)
        return [(o, "given up: OFF was ordered after it") for o in given_up]

    def _next_offs(self) -> list[Order]:
        if not self._offs:
            return []
        return self._offs.pop(next(iter(self._offs)))
