"""`benchctl records commission`: the checks after the wiring, battery by battery, with a meter of the bench or by hand.

What is read with `--meter` is the instrument's; what a person types is marked as typed.
"""

import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import click

from benchctl.cli.rollcall import Present, met
from benchctl.cli.saying import one_line, say
from benchctl.core.commissioning import Commissioning, Step
from benchctl.core.dialect.conversation import LinkFault, Spot, run_conversation, scan_meters
from benchctl.core.dialect.voice import Kind, Voice
from benchctl.core.errors import BenchctlError, UsageFault
from benchctl.core.journal.codec import encode
from benchctl.core.messages import MetersScanned
from benchctl.core.model import Absence, Measurement, Reading, Sense
from benchctl.core.passport import Commissioned
from benchctl.core.probes import ProbesState
from benchctl.core.run.steady import ProbesJudge, ProbesRules
from benchctl.edge.benchfile import load_bench
from benchctl.edge.clock import wall_now
from benchctl.edge.home import Home
from benchctl.edge.latches import enter
from benchctl.edge.link import line_of, open_link
from benchctl.edge.passports import joinable

TYPED = "readings typed by hand"
LOOK_S, LOOKS = 0.5, 40
"""A reading is waited for so long; ten looks of a steady meter are enough (`core.run.steady`)."""

_READING = re.compile(r"-?\d{1,3}(?:[.,]\d{1,4})?", re.ASCII)


class NoReading(BenchctlError):
    """The checks cannot go on."""


class Reader(Protocol):
    """Whoever reads the meter."""

    name: str

    def read(self, step: Step) -> float:
        """Volts. Raises NoReading."""


def commissioned(home: Home, run: str, meter: str | None, bench: Path, operator: str | None, as_json: bool) -> bool:
    """Walk through the checks, answers from standard input, and enter what was found; whether all is right.

    Raises NotJoinable, NoReading, UsageFault, Refusal, HomeBusy, LedgerError.
    """
    approved = joinable(home, run)
    checks = Commissioning(approved.strings, approved.rules)
    with _reader(meter, bench, as_json) as reader:
        _walk(checks, reader, as_json)
        name = reader.name
    _enter(home, Commissioned(run, name, tuple(checks.checks), tuple(checks.objections), operator, wall_now()), as_json)
    return not checks.objections


def _walk(checks: Commissioning, reader: Reader, as_json: bool) -> None:
    while (step := checks.step) is not None:
        serial = None if step.serial is None else _answered(f"Which battery is in {_place(step)}? Scan it:", as_json)
        volts = reader.read(step)
        objection = checks.take(volts, serial)
        click.echo(f"  {step.what}: {volts:.3f} V  {objection or 'right'}", err=as_json)


def _place(step: Step) -> str:
    return step.what.rpartition(",")[0]


def _enter(home: Home, line: Commissioned, as_json: bool) -> None:
    enter(home, line)
    if as_json:
        one_line(encode(line))
        return
    for objection in line.objections:
        say(objection)
    say("Not yet: put that right and check again." if line.objections else "All is right: the strings may be joined.")


def _answered(question: str, as_json: bool) -> str:
    click.echo(f"{question} ", nl=False, err=as_json)
    line = sys.stdin.readline()
    if not line:
        raise NoReading("The answers ended before the checks did: nothing was written.")
    return line.strip()


# ---------------------------------------------------------------- who reads


@contextmanager
def _reader(meter: str | None, bench: Path, as_json: bool) -> Iterator[Reader]:
    if meter is None:
        yield Typed(as_json)
        return
    file = load_bench(bench)
    entry = next((each for each in file.instruments if each.name == meter), None)
    if entry is None:
        names = ", ".join(each.name for each in file.instruments)
        raise UsageFault(f"{bench} has no instrument {meter}: it has {names}.")
    present = met(entry, file.visa)
    voice = _hand_held(present)
    place = present.entry.name
    try:
        line = line_of(present.entry, present.dialect)
        link = open_link(present.entry.resource, line, place, paced=True, library=file.visa)
    except LinkFault as fault:
        raise NoReading(f"{fault.detail}.") from fault
    with closing(link):
        spot = Spot(place, place, voice, Sense.LOCAL)

        def look() -> Measurement:
            scanned = run_conversation(scan_meters(place, (spot,), time.monotonic), link).event
            assert isinstance(scanned, MetersScanned)
            return scanned.readings[0][1]

        yield Metered(f"{place} ({present.model.name}, {present.identity.serial or 'no serial'})", voice, look, as_json)


def _hand_held(present: Present) -> Voice:
    """Its first channel, which has to be a pair of probes."""
    meter = present.model.meter
    if present.dialect.kind is not Kind.METER or meter is None:
        raise UsageFault(f"{present.entry.name} is a {present.model.name}, which is no meter.")
    voice = present.dialect.voice(present.model.name, min(meter.numbers))
    if voice.meter is None or voice.meter.relay:
        raise UsageFault(f"{present.entry.name} is a {present.model.name}: a scanner has no probes to hold.")
    return voice


class Typed:
    """A meter that nobody but a person can read."""

    name = TYPED

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def read(self, step: Step) -> float:
        """Ask until it is a number."""
        while True:
            text = _answered(f"Probes: {step.probes}. Volts:", self._as_json)
            if _READING.fullmatch(text):
                return float(text.replace(",", "."))
            click.echo("  That is no voltage, such as 13.42.", err=self._as_json)


class Metered:
    """A meter of the bench, its probes in a person's hands. `look` asks it once."""

    def __init__(
        self,
        name: str,
        voice: Voice,
        look: Callable[[], Measurement],
        as_json: bool,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        assert voice.meter is not None
        self._ability, self._look, self._as_json, self._pause = voice.meter, look, as_json, pause

    def read(self, step: Step) -> float:
        """Wait for Enter, then for a steady reading; what is the wrong way round is read as it is. Raises NoReading."""
        if not step.most_v <= self._ability.range_v:
            raise NoReading(
                f"{self.name} reads up to {self._ability.range_v:g} V, and {step.what} has about {step.most_v:.0f} V: "
                "check again without --meter, and type what another meter shows."
            )
        while True:
            _answered(f"Probes: {step.probes}. Then Enter:", self._as_json)
            found = self._steady()
            if isinstance(found, float):
                return found
            click.echo(f"  {found}", err=self._as_json)

    def _steady(self) -> float | str:
        """The reading, or why there is none yet."""
        rules = ProbesRules(open_v=1.0, error_v=self._ability.offset_v, apart_v=0.0, readings=5)
        judge, last = ProbesJudge(rules, lifted=True), "no reading"
        for _ in range(LOOKS):
            seen = self._look()
            state = judge.feed(seen, None)
            if state is ProbesState.STEADY:
                return statistics.median(each.value for each in judge.taken)
            if state is ProbesState.REVERSED and isinstance(seen, Reading):
                return seen.value
            last = seen.detail if isinstance(seen, Absence) else state.value
            self._pause(LOOK_S)
        return f"No steady reading: {last}. Hold the probes still and press Enter again."
