"""A model of battery, as its maker describes it: what a file of `batteries` says. What it does not say is None.

What is taken instead is the guide's: 3.65 V a cell to charge, 4 in series and 4 in parallel; and 1 C to discharge.
"""

from dataclasses import dataclass

from benchctl.core.configuration import CELL_CHARGE_V, BatteryKind
from benchctl.core.joinable import MAX_PARALLEL, MAX_SERIES
from benchctl.core.model import Allowed
from benchctl.core.planning.target import Limits


@dataclass(frozen=True, slots=True)
class BatteryModel:
    """One model. Currents are continuous; `tail_c_rate` ends a charge, in amperes per rated Ah; temperatures in degrees
    Celsius bound charging. `parallel_share`: of the summed currents, what the maker allows in parallel (1: all).
    `source` is where it is written."""

    brand: str
    model: str
    chemistry: str
    cells: int
    amp_hours: float
    max_discharge_a: float | None
    max_charge_a: float | None
    parallel_share: float
    max_series: int | None
    max_parallel: int | None
    charge_v: float | None
    tail_c_rate: float | None
    min_charge_c: float | None
    max_charge_c: float | None
    source: str

    @property
    def name(self) -> str:
        """`KiloVault 3600 HLX`."""
        return f"{self.brand} {self.model}"

    def kind(self) -> BatteryKind:
        """What of it counts when batteries are joined."""
        return BatteryKind(
            cells=self.cells,
            amp_hours=self.amp_hours,
            max_discharge_a=self.amp_hours if self.max_discharge_a is None else self.max_discharge_a,
            max_charge_a=self.max_charge_a,
            charge_v=round(self.cells * CELL_CHARGE_V, 6) if self.charge_v is None else self.charge_v,
            parallel_share=self.parallel_share,
        )

    def limits(self) -> Limits:
        """How many of it may be joined, by its maker where that is stated."""
        ours, makers = f" for {self.name}, where its file says no other number", f" for {self.name} by its maker"
        return Limits(
            MAX_SERIES if self.max_series is None else self.max_series,
            MAX_PARALLEL if self.max_parallel is None else self.max_parallel,
            ours if self.max_series is None else makers,
            ours if self.max_parallel is None else makers,
        )

    def allowed(self) -> Allowed:
        """What its maker says of that, and where."""
        return Allowed(self.max_series, self.max_parallel, f"the maker of {self.name}, {self.source}")

    def settings(self) -> tuple[str, ...]:
        """What its maker asks of a charger beside the voltage and the current."""
        found = []
        if self.tail_c_rate is not None:
            tail_a = self.tail_c_rate * self.amp_hours
            found.append(f"Charged when the current of each battery has fallen to {tail_a:g} A at that voltage.")
        if self.min_charge_c is not None and self.max_charge_c is not None:
            window = f"{self.min_charge_c:g} to {self.max_charge_c:g} degrees Celsius"
            found.append(f"Charge only at {window}, measured at the batteries.")
        return tuple(found)
