"""Two faults in one night, drawn from a seed: nothing may be hurt, nothing left on, and no bad string approved.

python -m tests.campaign pairs [COUNT] [--first SEED] [--seed N]

Which fault is named first and how soon is the matrix's business (one fault); two may hide each other. What is held here
is what must be so all the same: ground truth, the latches, the record. Sources: safety 7.1, I-2, I-4 to I-7, I-13.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from benchctl.core.journal.chain import verify
from benchctl.core.journal.codec import body_of
from benchctl.core.model import Sense, Verdict
from tests.campaign.seeds import played
from tests.faults.resuming import wrongly_resumed
from tests.faults.stage import CC, CV, REST, SOFT, START, FaultNight, Moment, usual_specs
from tests.night_watch import Bodies, check_intents, check_trips

COUNT = 100

BMS_V, STUCK_V = 3.95, 4.0
"""What no cell may truly see with a BMS that works, and with one that is stuck closed (I-5)."""

SPREAD_V = 0.103
LEAST_SOC = 0.95

STAYING = {"psu.stuck_on", "psu.lying_off", "psu.weld"}
"""No word switches it off; where the BMS does not open either, nothing can."""

UNSEEN = {"cell.high", "cell.cap"}
"""A cell that is full before the others shows only in what its BMS does; one stuck closed does nothing (README)."""

DEAF = {"net.blackhole", "net.refused", "net.lag:1.5"}
"""It hears no OFF, and these supplies have no watchdog."""

LEADS = (
    *("lead.open", "lead.ohm:0.12", "lead.ramp:60", "lead.flaky", "lead.short", "lead.cross", "lead.swap"),
    "link.left",
)
SENSES = ("sense.open+", "sense.open-", "sense.cross", "sense.local")
BATTERIES = (
    *("cell.high", "cell.short", "cell.leak:5", "cell.leak:0.5", "cell.cap", "cell.runaway", "pack.ohm:4", "pack.flat"),
    *("pack.24v", "pack.nmc3s", "pack.nmc4s", "pack.lead_acid", "pack.gone", "pack.low", "pack.heater:0.2"),
    *("rest.step:0.03", "bms.trip", "bms.hiccup", "bms.sleep", "bms.stuck", "temp.set:50", "temp.set:-5", "probe.open"),
)
SUPPLIES = (
    *("psu.ignore_set", "psu.stuck_on", "psu.lying_off", "psu.weld:15.5", "psu.runaway:0.4", "psu.overcurrent"),
    *("psu.sink", "psu.trip", "psu.ot:0.5", "psu.clear_reenables", "psu.pcycle", "psu.bleed:50", "psu.flag_wrong"),
    *("psu.flag_off", "psu.offset:0.1", "psu.offset:-0.3", "panel.on", "panel.off", "panel.set:0.08", "panel.set:-0.3"),
    *("meas.freeze", "meas.cache", "meas.nan", "err.flood", "idn.flip"),
)
METERS = ("dmm.cross", "dmm.offset:0.15", "dmm.offset:-0.15", "dmm.func", "dmm.freeze", "dmm.nan")
WIRES = (
    *("net.drop1", "net.late", "net.garble", "net.slice", "net.merge", "net.duplicate", "net.echo", "net.reset"),
    *("net.garble@1s+60s", "net.blackhole", "net.blackhole@1s+20s", "net.refused", "net.idle", "net.lag:1.5"),
)
KNOBS = (*LEADS, *SENSES, *BATTERIES, *SUPPLIES, *METERS, *WIRES)
DELAYS_S = (1, 2, 15, 120, 900, 3600)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two faults: the first at its moment on P1, the second so much later, there or on P2."""

    seed: int
    faults: tuple[str, str]
    moment: Moment
    remote: bool

    def __str__(self) -> str:
        wires = "four-wire" if self.remote else "two-wire"
        return f"{' and '.join(self.faults)} in {self.moment.name}, {wires}"

    @property
    def kinds(self) -> set[str]:
        """The knobs without number, time and place."""
        return {text.partition("@")[0].partition("/")[0].partition(":")[0] for text in self.faults}

    @property
    def stays_on(self) -> bool:
        """A supply that no OFF reaches, or that does not obey it."""
        return bool(self.kinds & STAYING) or any(text.startswith(tuple(DEAF)) for text in self.faults)


def draw(seed: int) -> Pair:
    """The pair of a seed. A wire fails only after the roll call: before it no run begins."""
    rng = Random(f"pairs/{seed}")
    one, other = rng.sample(KNOBS, 2)
    moment = rng.choice((START, SOFT, CC, CV, REST))
    one = f"{one}@1s" if moment is START and one in WIRES and "@" not in one else one
    delay_s, place = rng.choice(DELAYS_S), rng.choice(("", "", "/P2"))
    knob, _, when = other.partition("@")
    span = f"+{when.partition('+')[2]}" if "+" in when else ""
    remote = bool({one, knob} & {*SENSES}) or rng.random() < 0.3
    return Pair(seed, (one, f"{knob}@{delay_s}s{span}{place}"), moment, remote)


@dataclass(slots=True)
class PairNight(FaultNight):
    """Ground truth of every position, every second."""

    highest_cell_v: float = 0.0

    def _look(self, at_s: float) -> None:
        super(PairNight, self)._look(at_s)
        for place in self.sim.places.values():
            for unit in place.units:
                self.highest_cell_v = max(self.highest_cell_v, *unit.pack.cell_voltages_v)


def play(pair: Pair) -> tuple[str, ...]:
    """The night of a pair: what was wrong in it."""
    sense = Sense.REMOTE if pair.remote else Sense.LOCAL
    night = PairNight(pair.faults, pair.moment, pair.seed, usual_specs(pair.seed), sense, probes=True)
    if pair.stays_on:
        night.span_s = 2400.0
    night.run()
    return tuple(problems(pair, night))


def problems(pair: Pair, night: PairNight) -> Iterator[str]:
    """What must be so whatever is named first."""
    if night.watched.struck_s is None:
        return
    yield from _hurt(pair, night)
    if not pair.stays_on:
        if night.verdict is None:
            yield "no verdict was reached"
        elif night.sim.energised:
            yield "an output is truly on at the end"
    if night.verdict is not None and night.verdict.verdict is Verdict.APPROVED:
        yield from wrongly_approved(night)
    yield from wrongly_resumed(night)
    yield from _record(night)


def _hurt(pair: Pair, night: PairNight) -> Iterator[str]:
    stuck = "bms.stuck" in pair.kinds
    limit_v = STUCK_V if stuck else BMS_V
    helpless = stuck and (pair.stays_on or bool(pair.kinds & UNSEEN))
    if not night.highest_cell_v <= limit_v and not helpless:
        yield f"a cell truly saw {night.highest_cell_v:.3f} V"


def wrongly_approved(night: PairNight) -> Iterator[str]:
    """What an approved string truly is."""
    truths = {name: night.sim.truth(name) for name in night.sim.places}
    volts = [truth.battery_v for truth in truths.values()]
    if not max(volts) - min(volts) <= SPREAD_V:
        yield f"approved with a true spread of {max(volts) - min(volts):.3f} V"
    for name, truth in truths.items():
        if truth.soc is None:
            yield f"approved without a battery at {name}"
        elif not truth.soc >= LEAST_SOC:
            yield f"approved with a battery that is {100 * truth.soc:.0f} % full at {name}"


def _record(night: PairNight) -> Iterator[str]:
    rows = night.journal.rows
    if verify(rows, None):
        yield "the chain of the journal is broken"
    bodies: Bodies = [(row, body_of(row)) for row in rows if row.kind != "samples"]
    for check in (check_intents, check_trips):
        try:
            check(bodies)
        except AssertionError as fault:
            yield f"{check.__name__}: {fault!r}"


def main(arguments: list[str]) -> int:
    """Play and print. The exit code: 0 when nothing was wrong in any night."""
    nights = [_said(*each) for each in played("pairs", COUNT, arguments, _play)]
    wrong = sum(bool(found) for found in nights)
    print(f"{len(nights) - wrong} of {len(nights)} nights with two faults as they must be.")
    return int(wrong > 0)


def _play(seed: int) -> tuple[Pair, tuple[str, ...]]:
    pair = draw(seed)
    try:
        return pair, play(pair)
    except Exception as fault:  # noqa: BLE001  # a night that crashes is a finding, not the end of the campaign
        return pair, (f"crashed: {fault!r}",)


def _said(pair: Pair, wrong: tuple[str, ...]) -> tuple[str, ...]:
    print(f"seed {pair.seed}: {pair}: {'; '.join(wrong) or 'as it must be'}", flush=True)
    return wrong
