"""A fault-free night drawn from a seed: sound batteries, a bench of shipped dialects, and nothing goes wrong.

The same seed gives the same night for ever. Small draws are more frequent than large ones, so that hundreds of nights
take minutes; every range is drawn to both of its ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from benchctl.core import messages as m
from benchctl.core.journal.codec import body_of
from benchctl.core.mission import charge_current_a
from benchctl.core.model import BenchFile, ChannelRef, Identity, Isolation, Known, Phase, Position, Sense, Verdict
from benchctl.core.run.schedule import permit_of, refusals
from benchctl.edge.dialects import load_dialect
from benchctl.sim.fleet import default_spec
from benchctl.sim.pack import PackSpec
from tests.faults.stage import Wires, who
from tests.night import MemoryWires, Night, Tamper, bank_of, instrument, mission_of
from tests.night_watch import Watch, check_journal, check_truth

Kind = tuple[str, str]
"""A dialect and the model of it."""

OFF = Isolation.SUPPLY_OFF

SUPPLIES = (
    ("rigol-dp800", "DP811"),
    ("rigol-dp800", "DP832"),
    ("rigol-dp800", "DP821"),
    ("rigol-dp2000", "DP2031"),
    ("ea-ps9000", "PS 9040-20 T"),
    ("ea-ps9000", "PS 9080-120"),
    ("gw-psw", "PSW30-36"),
    ("rs-hmp", "HMP4040"),
    ("rs-nge", "NGE103B"),
    ("tti-cpx", "CPX400DP"),
    ("eez-bb3", "BB3"),
    ("keysight-n5700", "N5744A"),
    ("keysight-n6900", "N6951A"),
    ("keysight-e3631a", "E3633A"),
    ("keysight-e36300", "E36312A"),
    ("siglent-spd1000x", "SPD1168X"),
    ("siglent-spd3303x", "SPD3303X"),
    ("korad-ka3005p", "KA3005P"),
)
SCANNERS = (
    ("keysight-34970a", "34970A"),
    ("keithley-2700", "2700"),
    ("keithley-daq6510", "DAQ6510"),
    ("rigol-m300", "M300"),
)
PROBING = SCANNERS[0]
"""It reads temperature probes, too."""

METERS = (
    ("keysight-34461a", "34461A"),
    ("keysight-34401a", "34401A"),
    ("keithley-2000", "2000"),
    ("keithley-dmm6500", "DMM6500"),
    ("fluke-8845a", "8845A"),
    ("rigol-dm3000", "DM3058"),
    ("rs-hmc8012", "HMC8012"),
    ("siglent-sdm3000", "SDM3055"),
)
COUNTS = range(1, 17)
AMP_HOURS = (20.0, 50.0, 100.0, 200.0, 300.0)
CHARGE_V = 14.6
LEAD_W = 4.0
"""Whoever charges with much current takes leads that stay cool: half of what trips."""

LONGEST_H = 26.0
"""For the emptiest battery: what a small supply would take longer for is given a larger one."""

FULL_SOC = 0.985
"""What a battery that tapered truly has at least, on the mean of its cells."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One drawn night: bench, batteries, temperature (degrees Celsius)."""

    seed: int
    file: BenchFile
    specs: tuple[PackSpec, ...]
    temperature_c: float

    def __str__(self) -> str:
        """For people: what is unlike the other nights."""
        first = self.file.positions[0]
        models = list(dict.fromkeys(one.model for one in self.file.instruments))
        socs = [spec.soc for spec in self.specs]
        return (
            f"{len(self.specs)} x {self.specs[0].amp_hours:g} Ah from {min(socs):.0%} to {max(socs):.0%}, "
            f"{' + '.join(str(model) for model in models)}, {first.sense.value} sense, {first.isolation.value}, "
            f"{self.temperature_c:.1f} C{' by probes' if first.temperature else ''}"
        )


def draw(seed: int) -> Draw:
    """The night of a seed."""
    rng = Random(f"sound/{seed}")
    amp_hours = max(20.0, round(rng.choice(AMP_HOURS) * rng.uniform(0.9, 1.0)))
    temperature_c = rng.uniform(0.2, 44.8)  # a probe's noise must not leave the window
    count = rng.choices(COUNTS, [number**-1.5 for number in COUNTS])[0]
    socs = _socs(rng, count)
    meter = rng.choice((*SCANNERS, *SCANNERS, *METERS))
    supplies = rng.sample(SUPPLIES, len(SUPPLIES))
    fitted = Fittings(rng.random() < 0.5, rng.random() < 0.3, rng.random() < 0.3)
    files = (bench_of(supply, meter, count, fitted) for supply in supplies)
    file = next(file for file in files if _works(file, amp_hours, temperature_c, 1 - min(socs)))
    specs = tuple(replace(default_spec(rng, amp_hours, soc), temperature_c=temperature_c) for soc in socs)
    return Draw(seed, file, specs, temperature_c)


def _socs(rng: Random, count: int) -> list[float]:
    """Batteries of one delivery, all alike or not: from the last of the discharge (10 V) to full.

    Few arrive empty, and the more there are the nearer to full: an hour of 16 batteries takes as long as 16 of one.
    """
    low = rng.choice((0.0, rng.uniform(0.0, 0.95), *(1 - share / count for share in (0.5, 0.3, 0.2, 0.1))))
    width = rng.choice((0.0, 0.02, 0.06, 1.0))
    return [min(1.0, low + width * rng.random()) for _ in range(count)]


def _works(file: BenchFile, amp_hours: float, temperature_c: float, missing: float) -> bool:
    """The run may start, and nobody charges longer than a night and a day."""
    mission = mission_of(file, bank_of(len(file.positions), amp_hours), None, True, temperature_c)
    if refusals(mission):
        return False
    slowest_a = min(charge_current_a(mission, mission.bank.batteries[:1], one.name) for one in file.positions)
    return missing * amp_hours / slowest_a <= LONGEST_H


@dataclass(frozen=True, slots=True)
class Fittings:
    """What is taken where the instruments have it."""

    remote: bool
    contactor: bool
    probes: bool


def bench_of(supply: Kind, meter: Kind, count: int, fitted: Fittings) -> BenchFile:
    """So many positions; the supplies' channels in turn, and a meter for all or one for each."""
    channels = _charging(supply)
    supplies = [instrument(f"psu{n}", *supply) for n in range(1, 1 + -(-count // len(channels)))]
    places = [ChannelRef(one.name, channel) for one in supplies for channel in channels]
    scans = meter in SCANNERS
    meters = [instrument(f"dmm{n}", *meter) for n in range(1, 2 if scans else 1 + count)]
    first = places[0]
    able = load_dialect(supply[0]).voice(supply[1], first.channel).ability
    assert able is not None
    numbers = range(1, count + 1)
    positions = tuple(
        Position(
            name=f"P{number}",
            supply=places[number - 1],
            meter=ChannelRef("dmm1", 100 + number) if scans else ChannelRef(f"dmm{number}", 1),
            hand_probed=None,
            isolation=Isolation.CONTACTOR if fitted.contactor or able.bleeds_when_off is Known.YES else OFF,
            sense=Sense.REMOTE if fitted.remote and able.remote_sense else Sense.LOCAL,
            lead_ohm=None,
            fuse_a=None,
            temperature=ChannelRef("dmm1", 200 + number) if fitted.probes and meter == PROBING else None,
        )
        for number in numbers
    )
    return BenchFile("sound", True, None, (*supplies, *meters), positions)


def _charging(supply: Kind) -> list[int]:
    """The channels of a model that can charge a 12.8 V battery."""
    dialect, name = load_dialect(supply[0]), supply[1]
    able = {channel: dialect.voice(name, channel).ability for channel in dialect.models[name].channels}
    return [channel for channel, one in sorted(able.items()) if one is not None and one.max_voltage_v >= CHARGE_V]


class SoundNight(Night):
    """Over real connections, which take remote control where a supply wants that."""

    def _wires(self, tamper: Tamper | None) -> MemoryWires:
        del tamper
        return Wires(self.sim, self.mission, self.pinned(), self.time.now_s, lambda _at_s: None)

    def pinned(self) -> dict[str, Identity]:
        """Who each instrument says it is."""
        return {one.name: who(self.sim, one.name) for one in self.file.instruments}


def play(drawn: Draw) -> Night:
    """Play it. Raises AssertionError with all that is wrong."""
    watch = Watch()
    mission = mission_of(drawn.file, bank_of(len(drawn.specs), drawn.specs[0].amp_hours), None, True, 20.0)
    night = SoundNight(
        drawn.specs,
        len(drawn.specs),
        drawn.seed,
        attended=not permit_of(mission).unattended,
        every=watch,
        file=drawn.file,
        temperature_c=drawn.temperature_c,
    )
    for place, battery in zip(night.sim.places.values(), night.mission.bank.batteries, strict=True):
        place.ambient_c = drawn.temperature_c
        wiring = place.circuit.wiring
        thick_ohm = LEAD_W / charge_current_a(night.mission, (battery,), place.position.name) ** 2
        place.circuit.rewire(replace(wiring, lead_ohm=min(wiring.lead_ohm, thick_ohm)))
    night.run()
    check_truth(night, watch)
    check_journal(night)
    wrong = list(_wrong(night))
    assert not wrong, "\n".join(wrong)
    return night


def _wrong(night: Night) -> Iterator[str]:
    """Whatever says that something was not as it should be, and what truly is not; a warning is no trip."""
    for row in night.rows():
        if row.kind in ("alarm_raised", "phase_entered", "waiting", "verdict_reached", "spread_measured"):
            yield from (f"{row.boot_s:.0f} s: {text}" for text in _said(body_of(row)))
    for name, place in night.sim.places.items():
        soc = night.sim.truth(name).soc
        if soc is None or not soc >= FULL_SOC:
            yield f"{name}: its battery is truly {soc} full"
        if place.unit is not None and place.unit.pack.bms_open:
            yield f"{name}: its BMS is open"


def _said(body: object) -> Iterator[str]:
    match body:
        case m.AlarmRaised(latched=True):
            yield f"{body.fault} at {body.position}: {body.text}"
        case m.PhaseEntered(phase=Phase.TRIPPED | Phase.FAILED):
            yield f"{body.serial} {body.phase.value}: {body.why}"
        case m.PhaseEntered(phase=Phase.PRECHARGING, why=why) if why.startswith("retry"):
            yield f"{body.serial}: {why}"
        case m.Waiting(waiting_for=text) if "begun again" in text:
            yield f"{body.serial}: {text}"
        case m.SpreadMeasured(outliers=outliers) if outliers:
            yield f"outliers: {', '.join(outliers)} in {body.voltages_v}"
        case m.VerdictReached(verdict=verdict) if verdict is not Verdict.APPROVED:
            yield f"{verdict.value}: {'; '.join(body.reasons)}"
