"""What a run is given before its first event: bench, bank, procedure, and what the instruments there can do.

Frozen at the start; nothing that happens later changes a number in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from benchctl.core.model import (
    Bank,
    Battery,
    BenchFile,
    Identity,
    InstrumentEntry,
    MeterAbility,
    Position,
    SupplyAbility,
)
from benchctl.core.procedure import Procedure


@dataclass(frozen=True, slots=True)
class Mission:
    """One procedure over one bank on one bench.

    `supplies` and `meters` are by position; a position without a wired meter has None. `temperature_c` is what the
    operator declared. `calibration_overdue` names instruments; `attended` says that a person will answer prompts.
    """

    run: str
    bench: BenchFile
    bank: Bank
    procedure: Procedure
    identities: Mapping[str, Identity]
    supplies: Mapping[str, SupplyAbility]
    meters: Mapping[str, MeterAbility | None]
    operator: str | None
    temperature_c: float | None
    attended: bool
    calibration_overdue: tuple[str, ...]

    def place(self, name: str) -> Position:
        """The position of that name."""
        return next(position for position in self.bench.positions if position.name == name)

    def unguarded(self, name: str) -> InstrumentEntry | None:
        """The supply of a position, if the guard has no way to it of its own."""
        supply = self.place(name).supply.instrument
        entry = next(each for each in self.bench.instruments if each.name == supply)
        return None if guard_reaches(entry) else entry

    def queues(self) -> dict[str, tuple[Battery, ...]]:
        """Which batteries each position serves, in the order in which they hang on it.

        Stated positions are kept; the other batteries take the positions in file order, the least loaded first.
        """
        lines: dict[str, list[Battery]] = {position.name: [] for position in self.bench.positions}
        for battery in self.bank.batteries:
            if battery.position is not None:
                lines[battery.position].append(battery)
        for battery in self.bank.batteries:
            if battery.position is None:
                min(lines.values(), key=len).append(battery)
        return {name: tuple(line) for name, line in lines.items() if line}


def guard_reaches(entry: InstrumentEntry) -> bool:
    """Whether the guard can open this instrument by itself: a raw socket, or a serial port with a path (DESIGN 3)."""
    way = (entry.off_resource or entry.resource).upper()
    return "::SOCKET" in way or way.startswith("ASRL/")


def charge_current_a(mission: Mission, battery: Battery, place: str) -> float:
    """The set current of a full charge: the least of what procedure, maker, supply, fuse and power allow, in amperes.

    80 % of the fuse is usable continuously; a total power limit is shared by the positions on the same supply.
    """
    charge = mission.procedure.charge
    if mission.temperature_c is not None and mission.place(place).temperature is None:
        cold_a = cold_limit_a(mission.temperature_c, battery.amp_hours)
    else:
        cold_a = battery.max_charge_a
    ability = mission.supplies[place]
    position = mission.place(place)
    limits = [
        charge.current_c_rate * battery.amp_hours,
        charge.max_current_c_rate * battery.amp_hours,
        battery.max_charge_a,
        ability.max_current_a,
        cold_a,
    ]
    if position.fuse_a is not None:
        limits.append(0.8 * position.fuse_a)
    if position.temperature is None:
        limits.append(mission.procedure.safety.undeclared_probe_c_rate * battery.amp_hours)
    if ability.total_w is not None:
        sharing = sum(p.supply.instrument == position.supply.instrument for p in mission.bench.positions)
        limits.append(ability.total_w / sharing / (charge.voltage_v + mission.procedure.safety.ovp_margin_v))
    return min(limits)


def cold_limit_a(celsius: float, amp_hours: float) -> float:
    """The most a cold battery is charged with, in amperes: 0.1 C below 5 degrees, 0.2 C below 10 (safety section 5).

    Lithium plates on a cold anode. What is not provably warm is cold.
    """
    if not celsius >= 5.0:
        return 0.1 * amp_hours
    return 0.2 * amp_hours if not celsius >= 10.0 else amp_hours


def taper_limit_a(mission: Mission, battery: Battery, set_current_a: float) -> float:
    """The current at or below which a charge counts as tapered: min(0.05 C, half the set current) (safety A3)."""
    taper = mission.procedure.taper
    return min(taper.current_c_rate * battery.amp_hours, taper.max_share_of_set * set_current_a)
