"""What a run is given before its first event: bench, bank, procedure, and what the instruments there can do.

Frozen at the start; nothing that happens later changes a number in it.
"""

from collections.abc import Mapping, Sequence
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

        Stated positions are kept, and a group stays together; then the other groups, and after them the other
        batteries, take the positions in file order, the least loaded first, without a group where there is one.
        """
        lines: dict[str, list[Battery]] = {position.name: [] for position in self.bench.positions}
        homes = {each.group: each.position for each in self.bank.batteries if each.group is not None and each.position}
        for battery in self.bank.batteries:
            stated = battery.position or homes.get(battery.group or "")
            if stated is not None:
                lines[stated].append(battery)
        rest = [each for each in self.bank.batteries if each.position is None and each.group not in homes]
        for group in dict.fromkeys(each.group for each in rest if each.group):
            min(lines.values(), key=len).extend(each for each in rest if each.group == group)
        free = [line for line in lines.values() if not any(each.group for each in line)] or list(lines.values())
        for battery in rest:
            if battery.group is None:
                min(free, key=len).append(battery)
        return {name: tuple(line) for name, line in lines.items() if line}

    def groups(self) -> dict[str, str]:
        """Which positions charge their batteries joined in parallel, each under the name of its group."""
        return {name: line[0].group for name, line in self.queues().items() if line[0].group is not None}


def guard_reaches(entry: InstrumentEntry) -> bool:
    """Whether the guard can open this instrument by itself: a raw socket, or a serial port with a path (DESIGN 3)."""
    way = (entry.off_resource or entry.resource).upper()
    return "::SOCKET" in way or way.startswith("ASRL/")


def charge_current_a(mission: Mission, batteries: Sequence[Battery], place: str) -> float:
    """The set current of a full charge of a battery, or of several joined in parallel, in amperes: the least of what
    procedure, maker, supply, fuse and power allow.

    80 % of the fuse is usable continuously; a total power limit is shared by the positions on the same supply. How a
    group shares its current is not known, and if the BMS of the others open, one battery takes it all: so the ceiling
    of the procedure, the cold and the maker's current do not add up.
    """
    charge, ability, position = mission.procedure.charge, mission.supplies[place], mission.place(place)
    rated_ah, least_ah = rated_ah_of(batteries), min(battery.amp_hours for battery in batteries)
    limits = [
        charge.current_c_rate * rated_ah,
        charge.max_current_c_rate * least_ah,
        maker_limit_a(batteries),
        ability.max_current_a,
    ]
    if mission.temperature_c is not None and position.temperature is None:
        limits.append(cold_limit_a(mission.temperature_c, least_ah))
    if position.fuse_a is not None:
        limits.append(0.8 * position.fuse_a)
    if position.temperature is None:
        limits.append(mission.procedure.safety.undeclared_probe_c_rate * rated_ah)
    if ability.total_w is not None:
        sharing = sum(p.supply.instrument == position.supply.instrument for p in mission.bench.positions)
        limits.append(ability.total_w / sharing / (charge.voltage_v + mission.procedure.safety.ovp_margin_v))
    return min(limits)


def rated_ah_of(batteries: Sequence[Battery]) -> float:
    """Rated capacity of batteries side by side, in ampere-hours: it adds up (guide, "Parallel Connections")."""
    return sum(battery.amp_hours for battery in batteries)


def maker_limit_a(batteries: Sequence[Battery]) -> float:
    """What the makers allow, in amperes: for a group the least group current, which need not add up; where none is
    stated, that of a single battery."""
    if len(batteries) == 1:
        return batteries[0].max_charge_a
    stated = (each.max_charge_a if each.max_group_charge_a is None else each.max_group_charge_a for each in batteries)
    return min(stated)


ARRIVAL_SHARE = 0.30
"""Fresh batteries arrive at about this share of their charge (guide): taken where a bank file states no other."""

ABSORB_S = 2400.0
"""From the end of CC to the end of the taper, about."""


def missing_ah(amp_hours: float, arrival_soc: float | None) -> float:
    """What a battery of this capacity is expected to take in, in ampere-hours. An estimate: no limit rests on it."""
    return (1 - (ARRIVAL_SHARE if arrival_soc is None else arrival_soc)) * amp_hours


def missing_ah_of(batteries: Sequence[Battery]) -> float:
    """What batteries side by side are expected to take in, in ampere-hours."""
    return sum(missing_ah(battery.amp_hours, battery.arrival_soc) for battery in batteries)


def charge_left_s(expected_ah: float, taken_ah: float, current_a: float) -> float:
    """Expected time to the end of the taper at this current (> 0), in seconds, if so much of what was expected has gone
    in.

    A battery that has taken all that was expected, and still takes the full current, had arrived emptier.
    """
    return max(0.0, expected_ah - taken_ah) / current_a * 3600 + ABSORB_S


def cold_limit_a(celsius: float, amp_hours: float) -> float:
    """The most a cold battery is charged with, in amperes: 0.1 C below 5 degrees, 0.2 C below 10 (safety section 5).

    Lithium plates on a cold anode. What is not provably warm is cold.
    """
    if not celsius >= 5.0:
        return 0.1 * amp_hours
    return 0.2 * amp_hours if not celsius >= 10.0 else amp_hours


def taper_limit_a(mission: Mission, batteries: Sequence[Battery], set_current_a: float) -> float:
    """The current at or below which a charge counts as tapered: min(0.05 C, half the set current) (safety A3)."""
    taper = mission.procedure.taper
    return min(taper.current_c_rate * rated_ah_of(batteries), taper.max_share_of_set * set_current_a)
