"""Which cable and which fuse carry a current: by what the conductor stands, and by the voltage that is lost on the way.

Ampacity: single copper conductors with insulation for 105 degrees Celsius, outside engine spaces, 30 degrees around
them: 33 CFR 183.425 table 5 and ABYC E-11, as reprinted in the Ancor 2023 catalogue, p. 70. Cross-sections as there.
Resistivity of copper: IEC 60028 (1/58 ohm mm2/m at 20 degrees, 0.393 % per degree), taken at 75 degrees.
Loss: at most 3 % (ABYC E-11, main feeders). A continuous current is at most 80 % of its fuse (NEC 215.3: 125 %), and a
fuse protects the cable behind it: it is never larger than the cable's ampacity. Fuse sizes: NEC 240.6(A).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor

from benchctl.core.planning.target import Impossible

COPPER_OHM_MM2_PER_M = (1 / 58) * (1 + 0.00393 * (75 - 20))
LOSS_SHARE = 0.03
CONTINUOUS_SHARE = 0.8

FUSES_A = (
    *(15, 20, 25, 30, 35, 40, 45, 50, 60, 70, 80, 90, 100, 110, 125, 150, 175, 200, 225, 250, 300, 350, 400, 450),
    *(500, 600, 700, 800, 1000, 1200, 1600, 2000, 2500, 3000, 4000),
)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A size of conductor: its American name, its cross-section in mm2, what it carries without pause in A."""

    awg: str
    area_mm2: float
    ampacity_a: float

    @property
    def name(self) -> str:
        """`2/0 AWG (68 mm2)`."""
        return f"{self.awg} AWG ({self.area_mm2:g} mm2)"


GAUGES = (
    Gauge("14", 2, 35),
    Gauge("12", 3, 45),
    Gauge("10", 5, 60),
    Gauge("8", 8, 80),
    Gauge("6", 13, 120),
    Gauge("4", 21, 160),
    Gauge("2", 34, 210),
    Gauge("1", 42, 245),
    Gauge("1/0", 53, 285),
    Gauge("2/0", 68, 330),
    Gauge("3/0", 85, 385),
    Gauge("4/0", 107, 445),
)


@dataclass(frozen=True, slots=True)
class Cable:
    """`count` equal conductors side by side in each direction."""

    gauge: Gauge
    count: int

    @property
    def name(self) -> str:
        """`2 x 4/0 AWG (107 mm2)`."""
        return self.gauge.name if self.count == 1 else f"{self.count} x {self.gauge.name}"

    @property
    def ampacity_a(self) -> float:
        """What they carry together without pause."""
        return self.count * self.gauge.ampacity_a

    def loss_v(self, current_a: float, run_m: float) -> float:
        """What is lost there and back over a run of this length (one way)."""
        return 2 * run_m * current_a * COPPER_OHM_MM2_PER_M / (self.count * self.gauge.area_mm2)


HEAVIEST = Cable(GAUGES[-1], ceil(FUSES_A[-1] / GAUGES[-1].ampacity_a))
"""As many conductors side by side as the largest fuse takes. Whoever needs more against the loss needs another plan."""


def fuse_for(current_a: float) -> int:
    """The smallest fuse, in A, that carries this current without pause. Raises ValueError beyond 3200 A."""
    fitting = (size for size in FUSES_A if current_a <= CONTINUOUS_SHARE * size + 1e-9)
    size = next(fitting, None)
    if size is None:
        raise ValueError(f"no fuse for {current_a:g} A")
    return size


def cable_for(current_a: float, fuse_a: float, run_m: float, voltage_v: float) -> Cable:
    """The lightest cable that its fuse protects and that loses at most 3 % of `voltage_v` over `run_m` (one way).

    One conductor where one will do, else as few equal ones as can. Raises Impossible where even `HEAVIEST` loses more.
    """
    found = next((cable for cable in _by_weight() if _does(cable, current_a, fuse_a, run_m, voltage_v)), None)
    if found is None:
        lost_v, most_v = HEAVIEST.loss_v(current_a, run_m), LOSS_SHARE * voltage_v
        raise Impossible(
            f"No cable is thick enough: {current_a:g} A over {run_m:g} m lose {lost_v:.2f} V even on {HEAVIEST.name}, "
            f"and at most {most_v:.2f} V ({100 * LOSS_SHARE:g} %) may be lost. Keep the run to "
            f"{floor(10 * run_m * most_v / lost_v) / 10:g} m, or take a higher voltage."
        )
    return found


def _by_weight() -> Iterator[Cable]:
    yield from (Cable(gauge, 1) for gauge in GAUGES)
    for count in range(2, HEAVIEST.count + 1):
        yield from (Cable(gauge, count) for gauge in GAUGES[-4:])


def _does(cable: Cable, current_a: float, fuse_a: float, run_m: float, voltage_v: float) -> bool:
    return cable.ampacity_a >= fuse_a and cable.loss_v(current_a, run_m) <= LOSS_SHARE * voltage_v


def next_whole(current_a: float) -> int:
    """A current rounded up to 10 A, as bus bars are asked for."""
    return ceil(current_a / 10 - 1e-9) * 10
