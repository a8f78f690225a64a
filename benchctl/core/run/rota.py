"""When which meter is read: one scan an instrument, all wanted positions in it; often enough, no more: relays wear."""

from benchctl.core.messages import ReadTemperature, ScanMeters
from benchctl.core.model import Position
from benchctl.core.run.outbox import Outbox

ENERGISED_S = 10.0
"""How often a relay scanner reads while something is charged, or about to be (safety A6)."""

SOON_S = 0.95


class MeterRota:
    """Meters and probes of a bench."""

    def __init__(self, positions: tuple[Position, ...], relay: dict[str, bool], period_s: float, out: Outbox) -> None:
        self._positions = positions
        self._relay = relay
        self._period_s = period_s
        self._out = out
        self._asked: set[str] = set()
        self._last_s: dict[str, float] = {}
        self._probe_next_s = 0.0

    def answered(self, instrument: str) -> None:
        """The scan is back, one way or another."""
        self._asked.discard(instrument)

    def tick(self, at_s: float, wanted: set[str], *, energised: bool, checking: bool, hurry: bool) -> None:
        """Order what is due. While something is energised a meter without relays is read every second, a scanner every
        ten at the latest; probes are read while somebody is charged or about to be."""
        period_s = min(self._period_s, ENERGISED_S) if energised or checking else self._period_s
        for instrument, names in self._by_instrument(wanted).items():
            fast = hurry or (energised and not self._relay[instrument])
            last_s = self._last_s.get(instrument)
            due = last_s is None or at_s - last_s >= (SOON_S if fast else period_s)
            if due and instrument not in self._asked:
                self._asked.add(instrument)
                self._last_s[instrument] = at_s
                self._out.order(ScanMeters(instrument, names))
        if (energised or checking) and at_s >= self._probe_next_s:
            self._probe_next_s = at_s + period_s
            probes = [p.name for p in self._positions if p.temperature is not None and p.name in wanted]
            self._out.order(*(ReadTemperature(name) for name in probes))

    def _by_instrument(self, wanted: set[str]) -> dict[str, tuple[str, ...]]:
        lists: dict[str, tuple[str, ...]] = {}
        for position in self._positions:
            if position.meter is not None and position.name in wanted:
                lists[position.meter.instrument] = (*lists.get(position.meter.instrument, ()), position.name)
        return lists
