"""The battery file: one model of battery, as its maker describes it, and where that is written.

Some come with the program, each with a public source; any other is named by its path. No file can leave the envelope
of the chemistry: 3.5 to 3.65 V a cell to charge, 0 to 45 degrees Celsius.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from benchctl.core.configuration import CELL_CHARGE_V, CELL_COUNTS, cells_of_battery
from benchctl.core.errors import FileFault
from benchctl.core.planning.batterymodel import BatteryModel
from benchctl.edge.schema import NAME_PATTERN, Checklist, FreeText, PlainText, Table, nearest, shown
from benchctl.edge.shipped import shipped_folder
from benchctl.edge.toml_lines import read_toml

MIN_CELL_CHARGE_V = 3.5
_VISIBLE = "1 to 64 visible characters, such as"
_AMPERES = "continuous amperes of one battery, above 0, up to 5000, such as 100, or left out"
_COUNT = "a whole number from 1 to"


class BatteryModelTable(Table):
    """What a maker says of a model. What is left out is taken as the guide has it, and the plan says so."""

    brand: FreeText = Field(description=f'{_VISIBLE} "Epoch"')
    model: FreeText = Field(description=f'{_VISIBLE} "12100A"')
    chemistry: Literal["LiFePO4"] = Field(description='"LiFePO4": no other chemistry has these numbers')
    nominal_volts: float = Field(gt=0, le=60, description="its nominal voltage, such as 12.8")
    amp_hours: float = Field(ge=1, le=2000, description="its rated amp-hours, from 1 to 2000, such as 100")
    max_discharge_amps: float | None = Field(None, gt=0, le=5000, description=_AMPERES)
    max_charge_amps: float | None = Field(None, gt=0, le=5000, description=_AMPERES)
    parallel_share: float = Field(
        1.0, ge=0.1, le=1, description="0.1 to 1: of the summed currents, what is allowed in parallel, or left out"
    )
    max_series: int | None = Field(None, ge=1, le=16, description=f"{_COUNT} 16, or left out")
    max_parallel: int | None = Field(None, ge=1, le=64, description=f"{_COUNT} 64, or left out")
    charge_volts: float | None = Field(None, gt=0, le=60, description="the voltage that fills it, or left out")
    tail_c_rate: float | None = Field(None, gt=0, le=0.05, description="amperes per Ah, up to 0.05, or left out")
    min_charge_celsius: float | None = Field(None, ge=0, le=45, description="degrees from 0 to 45, or left out")
    max_charge_celsius: float | None = Field(None, ge=0, le=45, description="degrees from 0 to 45, or left out")
    source: PlainText = Field(max_length=300, description="where its maker says so, 1 to 300 characters")


def shipped_batteries() -> tuple[str, ...]:
    """The names of the battery files that come with the program, sorted."""
    return tuple(sorted(path.stem for path in shipped_folder("batteries").glob("*.toml")))


def load_battery(name_or_file: str) -> BatteryModel:
    """A shipped model by its name, or any by its path. Raises `FileFault` with everything that is wrong."""
    if name_or_file in shipped_batteries():
        return _shipped(name_or_file)
    path = Path(name_or_file)
    if NAME_PATTERN.fullmatch(name_or_file) and path.suffix != ".toml" and not path.exists():
        sentence = f"is neither a shipped battery nor a file; {nearest(name_or_file, shipped_batteries())}"
        raise FileFault.at(name_or_file, None, "", sentence)
    return load_battery_file(path)


def known_batteries() -> tuple[BatteryModel, ...]:
    """Every model that comes with the program, by the names of their files."""
    return tuple(_shipped(name) for name in shipped_batteries())


def find_battery(brand: str, model: str) -> BatteryModel | None:
    """The shipped model of this brand and name, whatever its capitals."""
    wanted = (brand.casefold(), model.casefold())
    return next((each for each in known_batteries() if (each.brand.casefold(), each.model.casefold()) == wanted), None)


@cache
def _shipped(name: str) -> BatteryModel:
    return load_battery_file(shipped_folder("batteries") / f"{name}.toml")


def load_battery_file(path: Path) -> BatteryModel:
    """A model from a file. Raises `FileFault` with everything that is wrong."""
    toml = read_toml(path)
    checklist = Checklist(toml)
    table = checklist.checked(BatteryModelTable, toml.table, ())
    cells = _cells(checklist)
    _check_window(checklist)
    checklist.finish()
    assert table is not None
    assert cells is not None
    return _model(table, cells)


def _cells(checklist: Checklist) -> int | None:
    """The cells by the nominal voltage; with them, whether the charge voltage is one of this chemistry."""
    volts = checklist.sound(()).get("nominal_volts")
    if not isinstance(volts, int | float):
        return None
    cells = cells_of_battery(volts)
    if cells is None:
        made = ", ".join(f"{3.2 * count:.1f}" for count in CELL_COUNTS)
        checklist.complain(("nominal_volts",), f"is {shown(volts)}, no LiFePO4 battery; would be one of {made}")
        return None
    charge = checklist.sound(()).get("charge_volts")
    low, high = cells * MIN_CELL_CHARGE_V, cells * CELL_CHARGE_V
    if isinstance(charge, int | float) and not low <= charge <= high:
        right = f"from {low:g} to {high:g}, which is 3.5 to 3.65 V a cell"
        checklist.complain(("charge_volts",), f"is {shown(charge)} for {cells} cells; would be {right}")
    return cells


def _check_window(checklist: Checklist) -> None:
    sound = checklist.sound(())
    low, high = sound.get("min_charge_celsius"), sound.get("max_charge_celsius")
    if (low is None) != (high is None):
        stated, other = ("min", "max") if high is None else ("max", "min")
        sentence = f"is stated without {other}_charge_celsius; would be both, or neither"
        checklist.complain((f"{stated}_charge_celsius",), sentence)
    elif isinstance(low, int | float) and isinstance(high, int | float) and not low < high:
        checklist.complain(
            ("min_charge_celsius",), f"is {shown(low)}, not below max_charge_celsius ({shown(high)}); would be less"
        )


def _model(table: BatteryModelTable, cells: int) -> BatteryModel:
    return BatteryModel(
        brand=table.brand,
        model=table.model,
        chemistry=table.chemistry,
        cells=cells,
        amp_hours=table.amp_hours,
        max_discharge_a=table.max_discharge_amps,
        max_charge_a=table.max_charge_amps,
        parallel_share=table.parallel_share,
        max_series=table.max_series,
        max_parallel=table.max_parallel,
        charge_v=table.charge_volts,
        tail_c_rate=table.tail_c_rate,
        min_charge_c=table.min_charge_celsius,
        max_charge_c=table.max_charge_celsius,
        source=table.source,
    )
