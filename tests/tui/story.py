"""The pieces of a plausible night as journal rows; `nights` puts whole ones together.

Every body is a real message written by the codec, so the tests see what a journal would hold.
"""

import math
from collections.abc import Mapping

from benchctl.core.journal import codec, kinds
from benchctl.core.messages import (
    Counted,
    LeadLearned,
    MetersScanned,
    PhaseEntered,
    Planned,
    PlanStep,
    Polled,
    RunEntered,
    StepKind,
    SwitchedOff,
    SwitchedOn,
    TaperProven,
    Waiting,
)
from benchctl.core.model import (
    Absence,
    AbsenceReason,
    Bank,
    Battery,
    BenchFile,
    ChannelRef,
    Isolation,
    Measurement,
    Phase,
    Position,
    Reading,
    Regulation,
    RunState,
    Sense,
    SupplySample,
)
from benchctl.core.rows import Body, RunOpened, Samples
from benchctl.core.view.walltime import later
from benchctl.edge.procedurefile import load_procedure
from benchctl.tui.port import JournalRow

STARTED = "2026-05-01T18:30:00.250Z"
RUN = "20260501-183000-a1b2"
BOOT_S = 90_000.0  # boot seconds of the first row
AH, SET_A, TAPER_A = 100.0, 20.0, 5.0
MINUTE, HOUR = 60.0, 3600.0


class Journal:
    """Rows in order; `say` adds what happened at a second of the run."""

    def __init__(
        self, count: int = 4, simulated: bool = False, serials: tuple[str, ...] = (), by_hand: bool = False
    ) -> None:
        self.rows: list[JournalRow] = []
        self.rested_from_s: dict[str, float] = {}
        self.serials = serials or tuple(f"E10{number:02d}" for number in range(1, count + 1))
        self.names = tuple(f"P{number}" for number in range(1, count + 1))
        self.say(0, opened(self.names, self.serials, simulated, by_hand))

    def say(self, at_s: float, *bodies: Body) -> None:
        """Add a row for each body."""
        for body in bodies:
            self.add(at_s, kinds.kind_of(body), codec.encode(body))

    def add(self, at_s: float, kind: str, body: Mapping[str, object]) -> None:
        """Add a row as it stands."""
        wall = later(STARTED, at_s) or ""
        self.rows.append(JournalRow(len(self.rows) + 1, BOOT_S + at_s, wall, kind, body))


def opened(names: tuple[str, ...], serials: tuple[str, ...], simulated: bool, by_hand: bool) -> RunOpened:
    """The first row. `by_hand`: one meter that a person holds."""
    positions = tuple(
        Position(
            name=name,
            supply=ChannelRef("psu1", index),
            meter=None if by_hand else ChannelRef("scan1", 100 + index),
            hand_probed="dmm1" if by_hand else None,
            isolation=Isolation.CONTACTOR,
            sense=Sense.REMOTE,
            lead_ohm=None,
            fuse_a=None,
            temperature=None,
        )
        for index, name in enumerate(names, 1)
    )
    batteries = tuple(
        Battery(serial, "Epoch", "12100A", "LiFePO4", AH, 50.0, None, None, None, 4) for serial in serials
    )
    return RunOpened(
        run=RUN,
        bench=BenchFile("bench-1", simulated, None, (), positions),
        bank=Bank("Cabin 48 V", len(serials), 1, batteries, None),
        procedure=load_procedure("lifepo4-12v-preseries"),
        operator="ann",
        temperature_c=21.0,
        attended=False,
        simulated=simulated,
        identities={},
        supplies={},
        meters={},
        version="0.1.0",
        permit="may run unattended",
        permit_reasons=("OVP is set and read back", "the guard has drilled every supply"),
        calibration_overdue=(),
        remarks=(),
    )


def plan(journal: "Journal") -> Planned:
    """The night as it was planned: all charge at once, and the scan needs a person."""
    places = zip(journal.names, journal.serials, strict=True)
    full_s, rested_s = 4.6 * HOUR, 7.1 * HOUR
    scan = PlanStep(
        "Common scan: move the meter leads when asked", rested_s, 7.2 * HOUR, True, StepKind.SCAN, None, None
    )
    return Planned(
        steps=(
            PlanStep("Check wiring and batteries", 0, 60.0, hands=False, kind=StepKind.CHECK, place=None, serial=None),
            *(
                PlanStep(f"Charge {serial} on {name}", 60.0, full_s, False, StepKind.CHARGE, name, serial)
                for name, serial in places
            ),
            PlanStep("Rest, at least 2 h", full_s, rested_s, False, StepKind.REST, None, None),
            scan,
            PlanStep("Approve, or balance", rested_s, 7.2 * HOUR, False, StepKind.JUDGE, None, None),
        ),
        permit="may run unattended",
        permit_reasons=("OVP is set and read back",),
    )


def begin(journal: Journal) -> None:
    """Checks, plan, and every output on."""
    journal.say(20, plan(journal))
    at_s = 60.0
    for index, (name, serial) in enumerate(zip(journal.names, journal.serials, strict=True)):
        journal.say(
            at_s,
            PhaseEntered(serial, name, Phase.CHECKING, "open-circuit voltage 13.1 V, polarity right", 1),
            SwitchedOn(name),
            PhaseEntered(serial, name, Phase.CHARGING, "soft start is over", 1),
            Waiting(serial, "14.600 V, then for the current to fall to 5.0 A", BOOT_S + 5.2 * HOUR),
            LeadLearned(name, 0.0084 + 0.0007 * index),
        )
        at_s += 15
    journal.say(at_s, RunEntered(RunState.CHARGING, "every battery passed its checks"))


def charge(journal: Journal, until_s: float, step_s: float = MINUTE) -> None:
    """Samples from the start of the charge; each battery gets full a little later than the one before."""
    at_s, absorbing = 5 * MINUTE, set[str]()
    while at_s <= until_s:
        looks: list[Polled] = []
        for index, (name, serial) in enumerate(zip(journal.names, journal.serials, strict=True)):
            if name not in journal.rested_from_s:
                looks += charge_one(journal, at_s, index, name, serial, absorbing)
        journal.say(at_s, samples(tuple(looks), scan(journal, at_s)))
        at_s += step_s


def charge_one(journal: Journal, at_s: float, index: int, name: str, serial: str, absorbing: set[str]) -> list[Polled]:
    """A battery's next minute; no look any more once it is full."""
    volts, amps, counted = charging(at_s - 5 * MINUTE, index)
    journal.say(at_s, Counted(serial, counted))
    if amps < SET_A and serial not in absorbing:
        absorbing.add(serial)
        journal.say(
            at_s,
            PhaseEntered(serial, name, Phase.ABSORBING, "14.6 V reached", 1),
            Waiting(serial, "the current to fall to 5.0 A and stay there for 5 min", BOOT_S + at_s + 3 * HOUR),
        )
    if amps <= TAPER_A:
        finish(journal, at_s, name, serial, counted)
        return []
    return [Polled(name, sample(volts, amps, BOOT_S + at_s, amps < SET_A))]


def finish(journal: Journal, at_s: float, name: str, serial: str, counted: float) -> None:
    """The taper is proven, the output is off, the rest begins."""
    journal.rested_from_s[name] = at_s
    journal.say(
        at_s,
        TaperProven(serial, name, 4.92, TAPER_A, 14.598, 300.0, counted),
        PhaseEntered(serial, name, Phase.FULL, "the taper is proven", 1),
        SwitchedOff(name, proven=True, detail=""),
        PhaseEntered(serial, name, Phase.RESTING, "the output is proven off", 1),
        Waiting(serial, "a rest of 2 h and a flat curve", BOOT_S + at_s + 2 * HOUR),
    )


def rest(journal: Journal, from_s: float, until_s: float, step_s: float = MINUTE) -> None:
    """Scans while every output is off."""
    at_s = from_s
    while at_s <= until_s:
        journal.say(at_s, samples((), scan(journal, at_s)))
        at_s += step_s


def charging(for_s: float, index: int) -> tuple[float, float, float]:
    """Volts, amperes and ampere-hours after a time of charge."""
    full_s = (3.2 + 0.22 * index) * HOUR
    if for_s < full_s:
        share = for_s / full_s
        volts = 13.18 + 0.28 * share**0.4 + 1.14 * math.exp(9 * (share - 1))
        return min(volts, 14.6), SET_A, SET_A * for_s / HOUR
    over_s = for_s - full_s
    amps = SET_A * math.exp(-over_s / 1500)
    return 14.6, amps, SET_A * full_s / HOUR + SET_A * 1500 / HOUR * (1 - math.exp(-over_s / 1500))


def resting(for_s: float, index: int) -> float:
    """Volts after a time of rest."""
    return 13.472 + 0.011 * index + 0.6 * math.exp(-for_s / 600) + 0.12 * math.exp(-for_s / 3600)


def sample(volts: float, amps: float, at_s: float, tapering: bool) -> SupplySample:
    """A look at a supply that is on."""
    regulation = Regulation.CV if tapering else Regulation.CC
    return SupplySample(read(volts, at_s), read(amps, at_s), regulation, output_on=True)


def samples(polled: tuple[Polled, ...], *scanned: MetersScanned) -> Samples:
    """The looks of one cycle."""
    return Samples(polled=polled, scanned=scanned, temperatures=(), settings=())


def read(value: float, at_s: float) -> Reading:
    """A reading with its literal text."""
    return Reading(value, at_s, f"{value:.4f}")


def scan(journal: Journal, at_s: float) -> MetersScanned:
    """A meter reading of every position."""
    readings: tuple[tuple[str, Measurement], ...] = tuple(
        (name, read(metered(journal, at_s, index, name), BOOT_S + at_s)) for index, name in enumerate(journal.names)
    )
    return MetersScanned("scan1", readings)


def metered(journal: Journal, at_s: float, index: int, name: str) -> float:
    """Volts at the terminals, charging or at rest."""
    if name in journal.rested_from_s:
        return resting(at_s - journal.rested_from_s[name], index)
    return charging(at_s - 5 * MINUTE, index)[0] - 0.004


def lost(at_s: float) -> SupplySample:
    """A look that found nothing."""
    none = Absence(AbsenceReason.TIMEOUT, BOOT_S + at_s, "no reply within 1 s")
    return SupplySample(none, none, none, none)
