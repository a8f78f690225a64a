"""The fault matrix: every row of the safety specification's catalogue (6.1 to 6.4) that a simulator can show, in every
phase where it can strike, and what must come of it. Rows that are shown elsewhere, or nowhere, are in `elsewhere`.

Budgets are the catalogue's column T, on the supply's own readings. Where a row needs the meter, which is a relay
scanner that reads every 10 s under charge, they stretch by two of its readings (A6). A fault that grows (a contact that
gets worse, a battery that warms) has besides the time it takes to its threshold, which stands beside the number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchctl.core.model import Sense
from benchctl.core.procedure import Procedure
from benchctl.core.run.faults import ROWS
from benchctl.sim.pack import PackSpec
from tests.faults.judging import Demand, Judged, Output, judge
from tests.faults.stage import CC, CV, HOLD, LONGEST_S, REST, SCAN, SOFT, START, TAPER, FaultNight, Moment, usual_specs

SCANNER_S = 20.0
"""Two readings of a relay scanner."""

LONG_S = 1000.0
"""A fault that takes longer to show makes a long night: not with every commit."""

STUCK_S = 2400.0
"""An output that cannot be switched off is tried for ever: so long is looked at."""

USUAL, WATCHED, ASKED, KEEPING = "DP811", "N6951A", "BB3", "PS 9040-20 T"
"""The supply of these nights, one that has a watchdog, one that says whether it is in local control, and one that says
so and whose front panel gives it back to nobody."""

UP = (SOFT, CC, CV)
CHARGED = (CC, CV)
ALL_UP = (SOFT, CC, CV, HOLD)
IDLE = (REST, SCAN)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the catalogue with one knob: where it strikes, and what must be seen."""

    row: str
    knobs: str
    moments: tuple[Moment, ...]
    shows: tuple[str, ...]
    within_s: float
    output: Output = Output.OFF
    approved: bool = False
    others: bool = True
    sense: Sense = Sense.LOCAL
    probes: bool = False
    soc: float = 0.93
    supply: str = USUAL
    batteries: int = 2
    why: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry in one phase."""

    entry: Entry
    moment: Moment

    @property
    def name(self) -> str:
        """For people and for pytest."""
        on = "" if self.entry.supply == USUAL else f" {self.entry.supply}"
        return f"{self.entry.row} {self.entry.knobs} {self.moment.name}{on}"


def _row(row: str, knobs: str, moments: tuple[Moment, ...], shows: str, within_s: float, **more: object) -> Entry:
    return Entry(row, knobs, moments, tuple(shows.split()), within_s, **more)  # type: ignore[arg-type]


R, L = Sense.REMOTE, Sense.LOCAL
STAYS, UNTOUCHED = Output.STAYS, Output.UNTOUCHED
HARMLESS = {"output": UNTOUCHED, "approved": True}

OPEN_SENSE = "output_lost over_voltage back_check sag"
BOTH_SENSE = "sense.open+ sense.open-"


def _one_sense_lead(row: str, knob: str) -> tuple[Entry, ...]:
    """The other lead still senses: what is lost is half of the leads' drop, and half of the rise."""
    why = "half of the drop is 30 to 50 mV at 10 A and trips nothing; the charge comes to CV in 15 minutes, and then"
    return (
        _row(row, knob, (CV,), OPEN_SENSE, 2.5 + SCANNER_S, sense=R),
        _row(row, knob, (SOFT, CC), OPEN_SENSE, 1200, sense=R, why=why),
        _row(row, f"lead.ohm:0.02 {knob}", (CC,), "back_check", 12 + SCANNER_S, sense=R, why="its half: 100 mV"),
    )


WIRING = (
    _row("W1", "lead.swap", (START,), "refused", 120, others=False),
    _row("W2", "lead.open", (START,), "back_check", 20 + 3, why="20 s of way up to the pulse"),
    _row("W3", "lead.open", (CC, CV, HOLD), "back_check opened", 2.5),
    _row("W3", "lead.open", (SOFT,), "back_check", 10 + 3, why="in its 10 s nothing has to flow yet: as W2"),
    _row("W4", BOTH_SENSE, CHARGED, OPEN_SENSE, 2.5 + SCANNER_S, sense=R, why="the sense plug came off"),
    _row(
        "W4",
        BOTH_SENSE,
        (SOFT,),
        OPEN_SENSE,
        10 + 10 + SCANNER_S,
        sense=R,
        why="10 s until more than the pulse flows, whose drop is under 50 mV; over 50 mV for 10 s",
    ),
    *_one_sense_lead("W4", "sense.open+"),
    *_one_sense_lead("W5", "sense.open-"),
    _row("W6", "sense.cross", (START,), "back_check wrong_battery", 60, sense=R),
    _row("W7", "lead.cross", (START,), "wrong_battery", 60, others=False),
    _row("W8", "dmm.cross", (START,), "wrong_battery", 60, others=False),
    _row("W9", "lead.ohm:0.12", (START, *CHARGED), "lead_hot back_check opened", 10 + SCANNER_S),
    _row("W10", "lead.ramp:60", (CC,), "lead_hot back_check", 60 + 60, why="42 mohm at 60 mohm a minute: 42 s"),
    _row("W11", "lead.flaky", CHARGED, "opened lead_hot back_check", 60),
    _row("W12", "lead.short", (*UP, HOLD), "voltage_fell sag back_check over_voltage", 2.5),
    _row("W13", "sense.local", (START,), "back_check lead_hot", 20 + 12 + SCANNER_S, sense=R, why="20 s of way up"),
    _row("W15", "link.left", (START,), "wrong_battery", 60, others=False),
    _row("W16", "psu.bleed:50", (REST,), "rest_disturbed outlier", 1800, output=UNTOUCHED),
)

BATTERIES = (
    _row(
        "B1", "cell.high", (START, *CHARGED), "opened", 75, why="38 s until the cell is at 3.80 V; A3: a normal event"
    ),
    _row("B1", "bms.trip", (*CHARGED, HOLD), "opened", 3),
    _row("B2", "bms.sleep", (START,), "refused", 120, others=False),
    _row("B2", "bms.sleep", CHARGED, "opened", 3),
    _row("B3", "bms.hiccup", CHARGED, "opened", 600),
    _row("B4", "pack.flat", (START,), "refused", 120, others=False),
    _row("B5", "cell.short", (START,), "refused", 120, others=False),
    _row("B5", "cell.short", (CC, CV), "voltage_fell sag dead_cell back_check", 60),
    _row("B6", "cell.cap", (START,), "opened", 600),
    _row("B7", "pack.ohm:4", (START,), "high_resistance", 60, batteries=3, why="the third pulse is over in 50 s"),
    _row("B8", "pack.24v", (START,), "refused", 120, others=False),
    _row("B9", "pack.nmc3s", (START,), "dead_cell no_taper", 14000, soc=0.3, why="15 % C at 0.05, 15 % at 0.2 C (A3)"),
    _row("B9", "pack.lead_acid", (START,), "no_taper", 2400, why="half an hour of CV from when it is reached"),
    _row("B10", "pack.nmc4s", (START,), "refused", 120, others=False),
    _row("B11", "temp.set:50", (*UP, HOLD), "temperature", 10 + SCANNER_S, probes=True),
    _row("B11", "temp.set:50", (START,), "refused", 120, probes=True, others=False),
    _row("B12", "temp.set:-5", (*UP,), "temperature", 10 + SCANNER_S, probes=True),
    _row("B12", "temp.set:-5", (START,), "refused", 120, probes=True, others=False),
    _row("B13", "cell.runaway", CHARGED, "warming temperature", 60, probes=True, others=False),
    _row("B14", "cell.leak:3", (START,), "no_taper", 6000, why="half an hour of CV from when it is reached"),
    _row("B17", "cell.leak:4", (START,), "too_much_charge", 22000, soc=0.3, why="the charge is lost inside: 55 Ah"),
    _row("B15", "cell.leak:3", (CV,), "current_rose voltage_fell", 900, why="the current follows the leak slowly"),
    _row("B16", "cell.leak:5", (CC,), "voltage_fell", 60),
    _row("B19", "cell.leak:0.5", (REST,), "outlier rest_disturbed", 1800, output=UNTOUCHED),
    _row("B20", "rest.step:0.03", (REST,), "rest_disturbed", 10, output=UNTOUCHED, approved=True),
    _row("B21", "pack.low", (START,), "outlier", 20000, output=UNTOUCHED),
    _row("B23", "pack.swap", CHARGED, "back_check opened voltage_fell sag", 3 + SCANNER_S),
    _row("B23", "pack.swap:0.97", (REST,), "rest_disturbed", 10, output=UNTOUCHED, approved=True),
    _row("B24", "pack.gone", (REST,), "rest_disturbed", 10, output=UNTOUCHED),
    _row("B24", "pack.gone", CHARGED, "opened back_check over_voltage", 3 + SCANNER_S),
    _row("B25", "pack.heater:0.2", (REST,), "", 0, output=UNTOUCHED, approved=True),
)

INSTRUMENTS = (
    _row("I1", "psu.ignore_set", (START,), "setting_refused", 3),
    _row("I2", "panel.set:0.08", CHARGED, "setting_refused over_voltage", 10),
    _row("I2", "panel.set:-0.3", (CV,), "setting_refused sag opened", 12, approved=True),
    _row("I3", "panel.on", (REST, SCAN), "off_not_proven driven rest_disturbed", 10),
    _row("I4", "panel.off", ALL_UP, "output_lost", 1),
    _row("I5", "panel.local", (*CHARGED, HOLD), "local_control", 10, supply=ASKED),
    _row("I5", "panel.local", (CC,), "local_control", 10, output=STAYS, supply=KEEPING),
    _row("I6", "psu.stuck_on", (CV,), "off_not_proven", 2000, output=STAYS, why="shows when the taper is done"),
    _row("I7", "psu.lying_off", (CV,), "off_not_proven", 2000, output=STAYS, why="shows when the taper is done"),
    _row("I8", "psu.weld:15.5", (REST,), "driven over_voltage off_not_proven", 5 + SCANNER_S, output=STAYS),
    _row("I9", "psu.trip", ALL_UP, "output_lost", 1),
    _row("I11", "psu.wdog", ALL_UP, "output_lost", 1, supply=WATCHED),
    _row("I12", "psu.wdog_lost", (*CHARGED, TAPER), "watchdog_lost", 10, **HARMLESS, supply=WATCHED),
    _row("I12", "psu.wdog_lost psu.ignore_set", (CC,), "watchdog_lost setting_refused", 10, supply=WATCHED),
    _row("I13", "psu.pcycle", (CC,), "output_lost silent", 10, supply=WATCHED),
    _row("I13", "psu.pcycle", UP, "output_lost silent", 10),
    _row("I15", "psu.flag_wrong", (CC, CV), "sag opened not_regulated", 12),
    _row("I15", "psu.flag_off", CHARGED, "not_regulated", 12),
    _row("I16", "meas.freeze", (CC, CV), "frozen", 45, why="30 looks alike, then 10 in spite of a lower set point"),
    _row("I16", "dmm.freeze", (CC,), "back_check", 120, why="50 mV, which a plateau takes 80 s for (A3)"),
    _row("I16", "dmm.freeze", (CV,), "back_check no_taper", 11000, why="leads' drop, or 3 h of CV"),
    _row("I17", "meas.nan", ALL_UP, "silent", 5),
    _row("I17", "dmm.nan", (CC, CV), "meter_lost", 45),
    _row("I17", "dmm.nan", (SCAN,), "unread missing_look", 60, output=UNTOUCHED),
    _row("I18", "psu.offset:0.1", CHARGED, "back_check", 12 + SCANNER_S),
    _row("I18", "psu.offset:0.3", CHARGED, "back_check over_voltage", 2 + SCANNER_S),
    _row("I19", "dmm.offset:0.15", (REST,), "driven rest_disturbed outlier", 10, output=UNTOUCHED),
    _row("I19", "dmm.offset:0.15", CHARGED, "back_check over_voltage lead_hot", 12 + SCANNER_S),
    _row("I20", "dmm.func", (SCAN,), "rest_disturbed outlier unread", 10, output=UNTOUCHED),
    _row("I20", "dmm.func", CHARGED, "back_check lead_hot", 12 + SCANNER_S),
    _row("I24", "idn.flip", (CC,), "silent", 610, why="asked again every 10 minutes"),
    _row("I25", "net.drop1", UP, "missing_look", 2, output=UNTOUCHED, approved=True),
    _row("I26", "net.late", UP, "missing_look", 2, output=UNTOUCHED, approved=True),
    _row("I27", "net.garble", UP, "missing_look", 2, output=UNTOUCHED, approved=True),
    _row("I27", "net.garble@0s+60s", CHARGED, "silent wire_failed", 5),
    _row("I27", " ".join(f"net.garble@{n}s" for n in range(0, 60, 10)), CHARGED, "noisy_line", 52, **HARMLESS),
    _row("I28", "net.slice", UP, "missing_look", 2, output=UNTOUCHED, approved=True),
    _row("I28", "net.merge", UP, "missing_look", 2, output=UNTOUCHED, approved=True),
    _row("I29", "net.echo", UP, "missing_look", 2, output=UNTOUCHED, approved=True),
    _row("I29", "net.duplicate", UP, "missing_look", 2, output=UNTOUCHED, approved=True),
    _row("I30", "net.blackhole@1s+30s", (START,), "wire_failed", 1 + 5, others=False),
    _row("I30", "net.blackhole", ALL_UP, "silent wire_failed", 5, output=STAYS, others=False),
    _row("I30", "net.blackhole@0s+20s", CHARGED, "silent wire_failed", 5, output=UNTOUCHED),
    _row("I31", "net.reset", UP, "missing_look", 1, output=UNTOUCHED, approved=True),
    _row("I31", "net.refused", CHARGED, "silent wire_failed", 5, output=STAYS, others=False),
    _row("I32", "net.idle", (REST,), "missing_look", 10, output=UNTOUCHED, approved=True),
    _row("I33", "panel.set:-0.02", CHARGED, "setting_refused", 10),
    _row("I33", "panel.off", CHARGED, "output_lost", 1),
    _row("I35", "net.lag:1.5", CHARGED, "silent wire_failed", 5, output=STAYS, others=False),
    _row("I35", "net.lag:0.2", CHARGED, "slow_instrument", 60, **HARMLESS),
    _row("I35", "net.lag:0.1", CHARGED, "", 0, **HARMLESS, why="its settings, its errors and a look: 0.7 s"),
    _row("I36", "err.flood", (START,), "", 0, output=UNTOUCHED, approved=True, why="from before: told, and no fault"),
    _row("I36", "err.flood", CHARGED, "error_queue", 10),
    _row("I36", "err.flood:3", CHARGED, "instrument_error", 10, output=UNTOUCHED, approved=True),
    _row("I37", "psu.ot:0.5", (CC,), "not_regulated voltage_fell", 12),
    _row("I39", "psu.runaway:0.4", (CV,), "over_voltage", 32 + 2.5, why="32 s until the battery is at 14.75 V"),
    _row("I39", "psu.runaway:2.0", (CV,), "over_voltage", 32 + 2.5, why="its current limit still holds: as above"),
    _row("I39", "psu.overcurrent", (CC,), "over_current", 2.5),
    _row("W14", "psu.sink", CHARGED, "reverse_current", 2.5, others=False),
    _row("I40", "psu.pcycle psu.pcycle/P2", CHARGED, "output_lost silent", 10, others=False),
    _row("H24", "net.blackhole net.blackhole/P2", CHARGED, "silent wire_failed", 5, output=STAYS, others=False),
    _row("S9", "meas.cache", (CC,), "back_check", 900, why="30 s old, harmless until the voltage climbs fast"),
)

ENTRIES = (*WIRING, *BATTERIES, *INSTRUMENTS)
CELLS = tuple(Cell(entry, moment) for entry in ENTRIES for moment in entry.moments)


def play(cell: Cell, seed: int = 1, procedure: Procedure | None = None) -> Judged:
    """The night of a cell, judged; by the shipped procedure unless another is given."""
    entry = cell.entry
    night = FaultNight(
        entry.knobs.split(),
        cell.moment,
        seed=seed,
        specs=_specs(cell, seed),
        sense=entry.sense,
        probes=entry.probes,
        supply=entry.supply,
        procedure=procedure,
        span_s=STUCK_S if entry.output is STAYS else LONGEST_S,
    )
    demand = Demand(entry.shows, entry.within_s, entry.output, entry.approved, entry.others)
    return judge(night.run(), demand)


def _specs(cell: Cell, seed: int) -> Sequence[PackSpec]:
    """A hold needs a battery that rests low after its first charge: its cells have been stored long."""
    from dataclasses import replace

    specs = usual_specs(seed, cell.entry.soc, cell.entry.batteries)
    if cell.moment == HOLD:
        return (replace(specs[0], near_full_factor=8.0, soc=0.91), *specs[1:])
    return specs


def fixed_share() -> tuple[Cell, ...]:
    """Every row of the catalogue once whose night is short, in turn in another of its phases: for every commit."""
    rows: dict[str, list[Cell]] = {}
    for cell in CELLS:
        if cell.entry.within_s > LONG_S or cell.entry.output is STAYS or cell.moment == HOLD:
            continue
        rows.setdefault(cell.entry.row, []).append(cell)
    return tuple(cells[number % len(cells)] for number, cells in enumerate(rows.values()))


def unknown_rows() -> Iterator[str]:
    """Ids of the core's table that the matrix names and that are not there, or the other way round."""
    named = {fault for entry in ENTRIES for fault in entry.shows}
    yield from sorted(named - set(ROWS))
