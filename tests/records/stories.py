"""A short plausible night as journal rows: what acceptance and records are tested with.

Two batteries charge side by side, taper, rest and are compared, under the shipped procedure with short durations.
A `Plot` says how it goes; `edited`, `without` and `put` spoil it in one place. Every body is written by the codec.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import cast

from benchctl.core import messages as m, model as c
from benchctl.core.journal.chain import GENESIS, Row, canonical, link
from benchctl.core.journal.codec import encode, entry
from benchctl.core.journal.kinds import kind_of
from benchctl.core.procedure import Procedure
from benchctl.core.rows import Body, Intent, RunClosed, RunOpened, Samples
from benchctl.core.view.walltime import later
from benchctl.edge.procedurefile import load_procedure

RUN = "20260501-183000-a1b2"
STARTED = "2026-05-01T18:30:00.250Z"
BOOT_S = 90_000.0
SERIALS = ("E1", "E2")
PLACES = ("P1", "P2")
AH, SET_A, LIMIT_A = 20.0, 4.0, 1.0
ACCURACY = c.MeterAbility(gain=45e-6, offset_v=0.0006, range_v=100.0, relay=False)
ABILITY = c.SupplyAbility(
    max_voltage_v=20.0,
    max_current_a=10.0,
    total_w=None,
    ovp_min_v=1.0,
    ovp_max_v=22.0,
    ovp_kind=c.OvpKind.DISCONNECT,
    ovp_senses=c.OvpSenses.OUTPUT,
    ocp=c.Ocp.LEVEL,
    ocp_min_a=0.1,
    ocp_max_a=11.0,
    remote_sense=True,
    bleeds_when_off=c.Known.NO,
    sinks=c.Known.NO,
    clear_reenables=c.Known.NO,
    watchdog_min_s=None,
    watchdog_max_s=None,
    voltage_accuracy_v=0.01,
)

Said = tuple[float, Body]
Tale = list[Said]


def short_procedure() -> Procedure:
    """The shipped one with a hold of 20 s and a rest of 2 to 4 minutes."""
    full = load_procedure("lifepo4-12v-preseries")
    taper = replace(full.taper, hold_s=20.0)
    return replace(full, taper=taper, rest=replace(full.rest, min_s=120.0, max_s=240.0, gap_s=60.0))


@dataclass(frozen=True, slots=True)
class Plot:
    """How the night goes. `taper_a` and `charged_v` are the battery's at the end of its charge, by the meter."""

    hold_s: int = 20
    taper_a: float = 0.9
    charged_v: float = 14.6
    regulation: c.Regulation = c.Regulation.CV
    set_v: float = 14.6
    rest_s: float = 150.0
    rested_v: tuple[float, float] = (13.40, 13.42)
    fall_v_per_h: float = 0.0
    readings: int = 5
    sense: c.Sense = c.Sense.REMOTE
    isolation: c.Isolation = c.Isolation.CONTACTOR
    verdict: c.Verdict = c.Verdict.APPROVED
    simulated: bool = False


# ---------------------------------------------------------------- the files


def batteries() -> tuple[c.Battery, ...]:
    made = ("2026-03-01", None)
    return tuple(
        c.Battery(serial, "Epoch", "12020A", "LiFePO4", AH, 10.0, date, None, None, 4)
        for serial, date in zip(SERIALS, made, strict=True)
    )


def bench_file(plot: Plot) -> c.BenchFile:
    def instrument(name: str, due: str | None) -> c.InstrumentEntry:
        return c.InstrumentEntry(name, f"TCPIP::192.168.1.9::5025::SOCKET#{name}", "any", None, None, due, None)

    def position(number: int) -> c.Position:
        return c.Position(
            name=f"P{number}",
            supply=c.ChannelRef("psu1", number),
            meter=c.ChannelRef("dmm1", number),
            hand_probed=None,
            isolation=plot.isolation,
            sense=plot.sense,
            lead_ohm=None,
            fuse_a=None,
            temperature=None,
        )

    instruments = (instrument("psu1", None), instrument("dmm1", "2027-03-31"))
    return c.BenchFile("bench-1", plot.simulated, None, instruments, (position(1), position(2)))


def opened(plot: Plot) -> RunOpened:
    return RunOpened(
        run=RUN,
        bench=bench_file(plot),
        bank=c.Bank("Cabin", 2, 1, batteries(), None),
        procedure=short_procedure(),
        operator="Kim",
        temperature_c=21.0,
        attended=False,
        simulated=plot.simulated,
        identities={name: c.Identity("Acme", name.upper(), f"SN-{name}", "1.0", "") for name in ("psu1", "dmm1")},
        supplies=dict.fromkeys(PLACES, ABILITY),
        meters=dict.fromkeys(PLACES, ACCURACY),
        version="0.1",
        permit="may run unattended",
        permit_reasons=("Every supply has an over-voltage protection.",),
        calibration_overdue=(),
        remarks=(),
    )


# ---------------------------------------------------------------- the night


def look(at_s: float, place: str, volts: float, amps: float, regulation: c.Regulation) -> m.Polled:
    def reading(value: float) -> c.Reading:
        return c.Reading(value, BOOT_S + at_s, f"{value:.4f}")

    return m.Polled(place, c.SupplySample(reading(volts), reading(amps), regulation, True))


def meter(at_s: float, volts: Iterable[float]) -> m.MetersScanned:
    pairs = zip(PLACES, volts, strict=True)
    return m.MetersScanned("dmm1", tuple((p, c.Reading(v, BOOT_S + at_s, f"{v:+.8E}")) for p, v in pairs))


def looks(at_s: float, volts: float, amps: float, regulation: c.Regulation) -> Said:
    """One cycle of a charge: both supplies and the meter."""
    polled = tuple(look(at_s, place, volts, amps, regulation) for place in PLACES)
    return at_s, Samples(polled, (meter(at_s, (volts, volts)),), ())


def resting(at_s: float, volts: Iterable[float]) -> Said:
    """One cycle of a rest: the meter."""
    return at_s, Samples((), (meter(at_s, volts),), ())


def night(plot: Plot | None = None) -> Tale:
    """The whole tale, in order."""
    plot = plot or Plot()
    tale: Tale = [(0.0, opened(plot)), (0.0, m.Started()), (1.0, m.RunEntered(c.RunState.CHECKING, ""))]
    tale += [(1.0, m.SwitchedOff(place, True, "")) for place in PLACES]
    tale += _phases(1.0, c.Phase.CONNECTING)
    off_s = _charge(tale, plot)
    if plot.isolation is c.Isolation.MANUAL:
        tale += _isolated(off_s)
    _rest(tale, plot, off_s)
    return tale


def _phases(at_s: float, phase: c.Phase) -> Tale:
    return [(at_s, m.PhaseEntered(s, p, phase, "", 0)) for s, p in zip(SERIALS, PLACES, strict=True)]


def _programmed(at_s: float, volts: float) -> Tale:
    settings = c.Settings(volts, SET_A, 14.8, 4.4)
    asked: Tale = [(at_s, Intent(m.Program(place, settings))) for place in PLACES]
    return asked + [(at_s, m.Programmed(place, settings)) for place in PLACES]


def _charge(tale: Tale, plot: Plot) -> float:
    """Soft start, constant current, constant voltage, taper; the time of the proven off."""
    tale.append((5.0, m.RunEntered(c.RunState.CHARGING, "")))
    tale += _phases(5.0, c.Phase.CHARGING) + _programmed(5.0, 13.2)
    tale += [(5.0, m.SwitchedOn(place)) for place in PLACES]
    tale += [looks(float(s), 13.2, 0.5, c.Regulation.CV) for s in range(6, 10)]
    tale += _programmed(10.0, plot.set_v)
    tale += [looks(float(s), 14.0, SET_A, c.Regulation.CC) for s in range(11, 21)]
    if plot.sense is c.Sense.LOCAL:
        tale += [(20.0, m.LeadLearned(place, 0.030)) for place in PLACES]
    amps, at_s = 0.95 * SET_A, 21.0
    while amps > LIMIT_A:
        tale.append(looks(at_s, plot.charged_v, amps, c.Regulation.CV))
        amps, at_s = 0.9 * amps, at_s + 1
    tale += [looks(at_s + s, plot.charged_v, plot.taper_a, plot.regulation) for s in range(plot.hold_s + 1)]
    end_s = at_s + plot.hold_s
    tale += [(end_s, _taper_proven(s, p, plot)) for s, p in zip(SERIALS, PLACES, strict=True)]
    tale += [*_phases(end_s, c.Phase.FULL), *[(end_s + 0.5, m.SwitchedOff(place, True, "")) for place in PLACES]]
    return end_s + 0.5


def _taper_proven(serial: str, place: str, plot: Plot) -> m.TaperProven:
    return m.TaperProven(serial, place, plot.taper_a, LIMIT_A, plot.charged_v, float(plot.hold_s), 0.03)


def _isolated(off_s: float) -> Tale:
    tale: Tale = []
    for number, (serial, place) in enumerate(zip(SERIALS, PLACES, strict=True), 1):
        asked = m.PromptAsked(f"Q{number}", m.PromptKind.ISOLATE, "Take the power leads off.", place, serial)
        tale += [(off_s, asked), (off_s, m.PromptClosed(f"Q{number}", "done", "Kim"))]
    return tale


def _rest(tale: Tale, plot: Plot, off_s: float) -> None:
    tale += [*_phases(off_s + 0.5, c.Phase.RESTING), (off_s + 0.5, m.RunEntered(c.RunState.RESTING, ""))]

    def volts(at_s: float) -> list[float]:
        return [one - plot.fall_v_per_h * (at_s - off_s) / 3600 for one in plot.rested_v]

    for number in range(int(plot.rest_s / 10)):
        at_s = off_s + 0.5 + 10 * number
        tale.append(resting(at_s, volts(at_s)))
    verify_s = off_s + plot.rest_s - plot.readings + 1
    tale.append((verify_s - 0.5, m.RunEntered(c.RunState.VERIFYING, "")))
    tale += [resting(verify_s + s, volts(verify_s + s)) for s in range(plot.readings)]
    _end(tale, plot, off_s + plot.rest_s)


def _end(tale: Tale, plot: Plot, at_s: float) -> None:
    spread_v = abs(plot.rested_v[0] - plot.rested_v[1])
    found = tuple(zip(SERIALS, plot.rested_v, strict=True))
    ages = tuple((serial, plot.rest_s) for serial in SERIALS)
    tale.append((at_s, m.SpreadMeasured(0, found, ages, spread_v, 0.002, 0.1, ())))
    tale += _phases(at_s, c.Phase.VERIFIED)
    reasons = ("Every battery was charged to its taper, rested, and agrees with the others.",)
    tale += [
        (at_s + 1, m.RunEntered(c.RunState(plot.verdict.value), "")),
        (at_s + 1, m.VerdictReached(plot.verdict, spread_v, reasons)),
        (at_s + 2, RunClosed(plot.verdict, reasons, spread_v, "the verdict is reached")),
    ]


# ---------------------------------------------------------------- spoiling it


def edited(tale: Tale, kind: type[Body], change: Callable[[Body], Body], nth: int | None = None) -> Tale:
    """Every body of that kind changed, or only the `nth` (from 0; -1 is the last)."""
    places = [at for at, (_, body) in enumerate(tale) if type(body) is kind]
    chosen = set(places if nth is None else [places[nth]])
    return [(at_s, change(body)) if at in chosen else (at_s, body) for at, (at_s, body) in enumerate(tale)]


def without(tale: Tale, gone: Callable[[float, Body], bool]) -> Tale:
    """Without the rows that `gone` names."""
    return [(at_s, body) for at_s, body in tale if not gone(at_s, body)]


def opening(tale: Tale, change: Callable[[RunOpened], RunOpened]) -> Tale:
    """With another opening."""
    return edited(tale, RunOpened, lambda body: change(cast(RunOpened, body)))


def fewer_looks(tale: Tale, first_s: float, last_s: float) -> Tale:
    """Without the looks between two times."""
    return without(tale, lambda at_s, body: isinstance(body, Samples) and first_s < at_s < last_s)


def put(tale: Tale, at_s: float, *bodies: Body) -> Tale:
    """With more rows at a time, after what is there at that time."""
    first = next((at for at, (when_s, _) in enumerate(tale) if when_s > at_s), len(tale))
    return [*tale[:first], *((at_s, body) for body in bodies), *tale[first:]]


def told_again(tale: Tale, at_s: float) -> Tale:
    """P1's set point is told once more, with a watchdog that was off, say."""
    last = next(body for _, body in reversed(tale) if isinstance(body, m.Programmed) and body.position == "P1")
    return put(tale, at_s, last)


def time_of(tale: Tale, kind: type[Body], nth: int = 0) -> float:
    """When a kind of row was written."""
    return [at_s for at_s, body in tale if type(body) is kind][nth]


# ---------------------------------------------------------------- rows and files


def rows(tale: Tale, boot_id: Callable[[float], str] = lambda _at_s: "boot-1") -> list[Row]:
    """The tale as a journal holds it."""
    found: list[Row] = []
    for at_s, body in tale:
        before = found[-1].hash if found else GENESIS
        made = entry(body, at_s=BOOT_S + at_s, wall=later(STARTED, at_s) or "", actor="engine")
        found.append(link(made, boot_id(at_s), len(found) + 1, before))
    return found


def forged(row: Row, body: Body) -> Row:
    """The same row with another body and its old hash."""
    return replace(row, kind=kind_of(body), body=canonical(encode(body)))
