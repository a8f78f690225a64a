"""What is wanted of a bank, and what its maker allows. Values and sentences; the search is in `sizing`."""

from dataclasses import dataclass

from benchctl.core.configuration import CELL_V
from benchctl.core.errors import BenchctlError

SYSTEM_CELLS = (4, 8, 16)
"""12, 24 and 48 V: what is tried when no voltage is asked for. 36 V is planned when it is."""


class Impossible(BenchctlError):
    """The target is well said, and no configuration reaches it. The sentence says why, and what would be right."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most batteries in series and strings in parallel, and who says so: `…_by` is the end of a sentence."""

    series: int
    parallel: int
    series_by: str
    parallel_by: str

    @property
    def in_series(self) -> str:
        """`4 are allowed, where its maker says no other number`."""
        return f"{_are(self.series)} allowed{self.series_by}"

    @property
    def in_parallel(self) -> str:
        """The same for strings side by side."""
        return f"{_are(self.parallel)} allowed{self.parallel_by}"


def _are(many: int) -> str:
    return f"{many} {'is' if many == 1 else 'are'}"


@dataclass(frozen=True, slots=True)
class Target:
    """What a bank is to be. None: not asked for.

    `voltage_v` as systems are called (12, 24, 48) or nominal. At most one of `amp_hours` (at that voltage),
    `watt_hours`, and `load_w` for `hours`. `usable` is the share of the rated capacity that counts, above 0 to 1.
    `at_hand` batteries are all there are.
    """

    voltage_v: float | None = None
    amp_hours: float | None = None
    watt_hours: float | None = None
    load_w: float | None = None
    hours: float | None = None
    usable: float = 1.0
    at_hand: int | None = None

    @property
    def energy_wh(self) -> float | None:
        """What the bank must store, rated; None: it is not asked for as energy."""
        if self.load_w is not None and self.hours is not None:
            return self.load_w * self.hours / self.usable
        return None if self.watt_hours is None else self.watt_hours / self.usable

    @property
    def sized(self) -> bool:
        """Whether a capacity is asked for at all."""
        return self.amp_hours is not None or self.energy_wh is not None


def system_name(voltage_v: float) -> str:
    """`48 V` for a nominal 51.2 V: how a system of this nominal voltage is called."""
    return f"{voltage_v / CELL_V * 3:g} V"
