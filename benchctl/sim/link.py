"""What hangs on two positions is still joined in parallel: a link that was left between two batteries.

    supply A --- leads --- A's posts --- link --- B's posts --- leads --- supply B
                             |                      |
                         battery A              battery B          (the meters are on the posts)

Both batteries level through the link, and the current of one supply divides among both. A link in series alone is no
circuit: the outputs of a bench float against each other, and nothing flows through a single joint.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchctl.sim.circuit import Channel
from benchctl.sim.pack import NO_PATH_OHM

Pair = tuple[float, float]
"""One number for each end."""


class Link:
    """Two channels whose loads are joined through `ohm`. They are stepped in turn, the first one first, by the same
    length; the step of the second moves what hangs on both."""

    def __init__(self, first: Channel, second: Channel, ohm: float) -> None:
        self._channels, self._ohm = (first, second), ohm
        self._first_a = 0.0
        first.join(End(self, 0))
        second.join(End(self, 1))

    def cut(self) -> None:
        """Take it away."""
        for channel in self._channels:
            channel.join(None)

    @property
    def accepts_charge(self) -> bool:
        """Whether current can flow in at either end: into what hangs there, or through the link."""
        return any(channel.load.accepts_charge for channel in self._channels)

    @property
    def accepts_discharge(self) -> bool:
        """Whether current can flow out at either end."""
        return any(channel.load.accepts_discharge for channel in self._channels)

    def ahead(self, end: int, dt_s: float) -> tuple[float, float]:
        """See `Load.ahead`: at this end, while the other supply gives what it gives."""
        other_a = self._channels[1 - end].into_load_a
        idle = (0.0, other_a) if end == 0 else (other_a, 0.0)
        branches = self._branches(idle, dt_s)
        fed = (1.0, other_a) if end == 0 else (other_a, 1.0)
        volts = self._posts(branches, idle)[end]
        return volts, self._posts(branches, fed)[end] - volts

    def step(self, end: int, current_a: float, dt_s: float) -> None:
        """See `Load.step`."""
        if end == 0:
            self._first_a = current_a
            return
        given_a = (self._first_a, current_a)
        branches = self._branches(given_a, dt_s)
        for channel, branch, post_v in zip(self._channels, branches, self._posts(branches, given_a), strict=True):
            channel.load.step(branch.taken_a(post_v), dt_s)

    def offer(self, end: int, voltage_v: float) -> None:
        """See `Load.offer`."""
        self._channels[end].load.offer(voltage_v)

    def _branches(self, given_a: Pair, dt_s: float) -> tuple[_Branch, _Branch]:
        """Both loads. One whose BMS opened against charge stands aside until its posts fall below it."""
        first, second = (_Branch(*channel.load.ahead(dt_s)) for channel in self._channels)
        while True:
            posts = self._posts((first, second), given_a)
            if self._refuses(0, first, posts[0]):
                first = _Branch(first.volts, NO_PATH_OHM)
            elif self._refuses(1, second, posts[1]):
                second = _Branch(second.volts, NO_PATH_OHM)
            else:
                return first, second

    def _refuses(self, end: int, branch: _Branch, post_v: float) -> bool:
        aside = branch.ohm >= NO_PATH_OHM
        return not aside and branch.taken_a(post_v) > 0.0 and not self._channels[end].load.accepts_charge

    def _posts(self, branches: tuple[_Branch, _Branch], given_a: Pair) -> Pair:
        """The voltages at both ends' posts (V): what the supplies give and what the batteries take add up to nothing at
        each, with the link between them."""
        link = 1.0 / self._ohm
        (one, two), (one_a, two_a) = (1.0 / each.ohm for each in branches), given_a
        one_a, two_a = one_a + branches[0].volts * one, two_a + branches[1].volts * two
        whole = one * two + link * (one + two)
        return ((two + link) * one_a + link * two_a) / whole, ((one + link) * two_a + link * one_a) / whole


@dataclass(frozen=True, slots=True)
class _Branch:
    """What hangs at one end, for one step: a voltage behind a resistance."""

    volts: float
    ohm: float

    def taken_a(self, post_v: float) -> float:
        """The current into it (A) with this voltage at its posts."""
        return (post_v - self.volts) / self.ohm


@dataclass(frozen=True, slots=True)
class End:
    """What the leads of one end see: a `Load`."""

    link: Link
    end: int

    @property
    def accepts_charge(self) -> bool:
        """See `Load`."""
        return self.link.accepts_charge

    @property
    def accepts_discharge(self) -> bool:
        """See `Load`."""
        return self.link.accepts_discharge

    def ahead(self, dt_s: float) -> tuple[float, float]:
        """See `Load`."""
        return self.link.ahead(self.end, dt_s)

    def step(self, current_a: float, dt_s: float) -> None:
        """See `Load`."""
        self.link.step(self.end, current_a, dt_s)

    def offer(self, voltage_v: float) -> None:
        """See `Load`."""
        self.link.offer(self.end, voltage_v)
