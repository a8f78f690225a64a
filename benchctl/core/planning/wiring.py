"""The wiring of a bank: which battery where, what joins what in which order, what protects and what carries it.

Wiring and fuses are sized for all that the batteries can give, not for the load that is meant (guide, "Undersized
wiring or connectors"); every battery or string beside another has a fuse of its own on its positive lead (guide, "No
individual fuses"). Values and sentences; how they are drawn is not in here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from benchctl.core.configuration import Configuration
from benchctl.core.planning.cable import CONTINUOUS_SHARE, FUSES_A, LOSS_SHARE, Cable, cable_for, fuse_for, next_whole
from benchctl.core.planning.target import Impossible, system_name

LINK_M = 0.5
"""Length of an interconnect or of a lead to the bus bar, one way."""

NEGATIVE_BUS, POSITIVE_BUS = "negative bus bar", "positive bus bar"


@dataclass(frozen=True, slots=True)
class Seat:
    """A battery's place: string and place in it from the negative end, both from 1. `serial` None: not known yet."""

    string: int
    place: int
    serial: str | None

    @property
    def name(self) -> str:
        """`2.1`."""
        return f"{self.string}.{self.place}"


@dataclass(frozen=True, slots=True)
class Joint:
    """One connection: from where, to where, by what."""

    start: str
    end: str
    by: str


@dataclass(frozen=True, slots=True)
class WiringSheet:
    """All that a person needs to build the bank. Currents in A, lengths one way in m.

    `string_fuse_a` is on the positive lead of every string (None: there is one string only). `string_cable` joins
    batteries and leads to the bus bars; `main_cable` leads from these over `run_m` to the inverter.
    """

    configuration: Configuration
    strings: tuple[tuple[Seat, ...], ...]
    string_fuse_a: int | None
    string_cable: Cable
    main_fuse_a: int
    main_cable: Cable
    run_m: float
    bus_bar_a: int
    joints: tuple[Joint, ...]
    settings: tuple[str, ...]
    connecting: tuple[str, ...]
    disconnecting: tuple[str, ...]

    @property
    def loss_v(self) -> float:
        """What the main cable loses at the bank's full current."""
        return self.main_cable.loss_v(self.configuration.full_current_a, self.run_m)


def wiring(
    configuration: Configuration, serials: Sequence[str], run_m: float, settings: Sequence[str] = ()
) -> WiringSheet:
    """The sheet of a bank. `serials` string by string from the negative end, or none at all; `settings`: what the
    maker of its batteries asks for, beside what every charger is told. Raises Impossible where no fuse is made for it.
    """
    _refuse_beyond_fuses(configuration)
    named: Sequence[str | None] = serials or [None] * configuration.batteries
    strings = _seats(configuration, named)
    one_a, all_a = configuration.kind.max_discharge_a, configuration.full_current_a
    string_fuse_a = fuse_for(one_a) if configuration.parallel > 1 else None
    main_fuse_a = fuse_for(all_a)
    string_cable = cable_for(one_a, string_fuse_a or main_fuse_a, LINK_M, configuration.kind.nominal_v)
    main_cable = cable_for(all_a, main_fuse_a, run_m, configuration.voltage_v)
    return WiringSheet(
        configuration=configuration,
        strings=strings,
        string_fuse_a=string_fuse_a,
        string_cable=string_cable,
        main_fuse_a=main_fuse_a,
        main_cable=main_cable,
        run_m=run_m,
        bus_bar_a=next_whole(all_a),
        joints=tuple(_joints(strings, string_fuse_a, string_cable)),
        settings=(*_settings(configuration), *settings),
        connecting=tuple(_connecting(configuration)),
        disconnecting=tuple(_disconnecting(configuration)),
    )


def _refuse_beyond_fuses(configuration: Configuration) -> None:
    most_a = CONTINUOUS_SHARE * FUSES_A[-1]
    if configuration.full_current_a > most_a:
        raise Impossible(
            f"{configuration.name} can give {configuration.full_current_a:g} A, and no main fuse is made for more than "
            f"{most_a:g} A: take a higher voltage, or several banks with an inverter each."
        )


def _seats(configuration: Configuration, serials: Sequence[str | None]) -> tuple[tuple[Seat, ...], ...]:
    series = configuration.series
    return tuple(
        tuple(Seat(string + 1, place + 1, serials[string * series + place]) for place in range(series))
        for string in range(configuration.parallel)
    )


def _joints(strings: Sequence[Sequence[Seat]], fuse_a: int | None, cable: Cable) -> Iterator[Joint]:
    """In the order of building: the links of every string, then its leads, the fused positive one last."""
    for string in strings:
        for lower, upper in pairwise(string):
            yield Joint(f"{lower.name} positive", f"{upper.name} negative", cable.name)
    for string in strings:
        yield Joint(f"{string[0].name} negative", NEGATIVE_BUS, cable.name)
    for string in strings:
        fuse = "" if fuse_a is None else f", fuse {fuse_a} A at the battery"
        yield Joint(f"{string[-1].name} positive", POSITIVE_BUS, f"{cable.name}{fuse}")


def _settings(configuration: Configuration) -> Iterator[str]:
    system = system_name(configuration.voltage_v)
    yield f"Charger: a LiFePO4 profile, {configuration.charger_v:g} V; no equalizing, no temperature compensation."
    if configuration.max_charge_a is not None:
        yield f"Charge current: at most {configuration.max_charge_a:g} A."
    yield (
        f"Inverter: {system} input, at most {configuration.max_discharge_a:g} A without pause; "
        "it switches off before the BMS of a battery has to."
    )


def _connecting(configuration: Configuration) -> Iterator[str]:
    yield "Loads and chargers off, all fuses out. Rings and watches off, insulated tools."
    yield "Measure every battery: voltage and polarity; all within 0.1 V of each other."
    if configuration.series > 1:
        yield "Join the batteries of each string, from its negative end. Nothing is taken from between them, ever."
        yield f"Measure every string: the sum of its batteries, about {configuration.voltage_v:g} V, right way round."
    if configuration.parallel > 1 and configuration.series > 1:
        yield "Measure the strings against each other: within 0.1 V a battery in series, or they are not joined."
    yield "Negative leads to the negative bus bar, then positive leads to the positive bus bar, all leads equally long."
    if configuration.parallel > 1:
        yield "Take the main positive from one end of the bus bars and the main negative from the other."
    yield "Main leads to the inverter while the main fuse is out."
    if configuration.parallel > 1:
        yield f"Put in the fuses of the {_fused(configuration)}, one by one."
    yield "Charge the inverter's capacitors as its maker asks; put in the main fuse last."


def _disconnecting(configuration: Configuration) -> Iterator[str]:
    yield "Loads and chargers off, then the main fuse out."
    if configuration.parallel > 1:
        yield f"The fuses of the {_fused(configuration)} out, one by one."
    yield "Positive leads off the bus bar, then negative leads; cover each end at once."
    if configuration.series > 1:
        yield "The links inside the strings last."


def _fused(configuration: Configuration) -> str:
    return "batteries" if configuration.series == 1 else "strings"


def losses(sheet: WiringSheet) -> str:
    """One sentence on what the main cable loses."""
    percent = 100 * sheet.loss_v / sheet.configuration.voltage_v
    most = f"{percent:.1f} % of at most {100 * LOSS_SHARE:g} %"
    return f"{sheet.loss_v:.2f} V ({most}) lost over {sheet.run_m:g} m at full current"


def sizes(sheet: WiringSheet) -> Iterator[str]:
    """What carries and what protects, in sentences."""
    if sheet.string_fuse_a is not None:
        yield f"A fuse of {sheet.string_fuse_a} A {_where_fused(sheet.configuration)}"
    yield f"Links and leads, up to {LINK_M:g} m each: {sheet.string_cable.name}."
    yield f"Main fuse: {sheet.main_fuse_a} A; main cable: {sheet.main_cable.name}, {losses(sheet)}."
    yield f"Bus bars, switches and lugs: {sheet.bus_bar_a} A, the full current of the bank and not of the load alone."
    yield (
        "Fuses that can break the short-circuit current of the bank (class T or as the maker says), for at least "
        f"{sheet.configuration.charger_v:g} V DC. Cable: copper, insulation for 105 degrees Celsius, in free air "
        "(ampacity: 33 CFR 183.425, table 5)."
    )


def _where_fused(configuration: Configuration) -> str:
    if configuration.series == 1:
        return "on the positive lead of every battery: in a short, the others would feed the fault."
    return "on the positive lead of every string: its batteries share one current, so it protects them all."
