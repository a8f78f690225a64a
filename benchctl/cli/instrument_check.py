"""`benchctl instruments check`: walk every operation that the dialect claims, harmlessly, and report each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

import click

from benchctl.cli.addresses import address_of, visa_option
from benchctl.cli.faults import NO
from benchctl.cli.meeting import Met, expected, recognised
from benchctl.cli.options import json_option
from benchctl.cli.recording import examples
from benchctl.cli.saying import one_line, say
from benchctl.core.dialect.conversation import run_conversation, switch_off
from benchctl.core.dialect.dialogue import LinkFault, Spot
from benchctl.core.dialect.stride import Finding, Step
from benchctl.core.dialect.voice import Exchange, Operation, UnknownChannel, Voice, printable
from benchctl.core.dialect.walk import TRY_A, TRY_V, Walked, walk
from benchctl.core.errors import Refusal, UsageFault
from benchctl.core.messages import SwitchedOff
from benchctl.core.model import InstrumentEntry, Sense
from benchctl.core.text import safe_text
from benchctl.edge.link import Link, line_of, open_link
from benchctl.edge.resource import Resource

WORST: Final = (Finding.WRONG, Finding.UNANSWERED, Finding.SKIPPED, Finding.FINE)


@dataclass(frozen=True, slots=True)
class Report:
    """What a walk came to. `off`: whether the output was proven off at the end; None: a meter, or nothing was told."""

    resource: str
    met: Met
    channel: int
    walked: Walked
    off: bool | None

    @property
    def fine(self) -> bool:
        """Exit code 0."""
        return self.walked.fine and self.off is not False

    @property
    def rows(self) -> list[Step | None]:
        """For each claimed operation the step that tells most about it; None: it was not come to."""
        return [self._telling(operation) for operation in self.walked.claimed]

    def _telling(self, operation: Operation) -> Step | None:
        steps = [step for step in self.walked.steps if step.operation is operation]
        return min(steps, key=lambda step: WORST.index(step.finding), default=None)


@click.command("check")
@click.argument("resource")
@click.option("--dialect", metavar="NAME", help="Default: found from what it answers to *IDN?.")
@click.option("--channel", type=click.IntRange(1, 9999), metavar="N", help="Default: the first.")
@click.option("--record", type=click.Path(path_type=Path), metavar="FILE", help="Keep the exchanges as [[examples]].")
@visa_option
@json_option
@click.pass_context
def check(
    ctx: click.Context,
    resource: str,
    dialect: str | None,
    channel: int | None,
    record: Path | None,
    visa: str,
    as_json: bool,
) -> None:
    """Try every operation of one channel of the instrument at RESOURCE, with nothing connected to it.

    Sets at most 3 V and 0.1 A, has the output on for a moment, and leaves it off and proven off. Nothing is told to a
    supply that has an output on or more than 1 V at the terminals of one that is off. Exit code 0 if everything is
    fine, else 1.
    """
    if record is not None and record.exists():
        raise UsageFault(f"{record} is there already; name a new file for the record")
    address = address_of(resource)
    try:
        met = _met(address, dialect, visa)
    except Refusal as refusal:
        _say_nobody(address, str(refusal), as_json)
        ctx.exit(NO)
    report = _report(address, met, _voice(met, channel), visa)
    _say(report, as_json)
    if record is not None and report.walked.refused is None:
        _keep(record, report)
    ctx.exit(0 if report.fine else NO)


def _met(address: Resource, dialect: str | None, visa: str) -> Met:
    place = address.spelling
    if dialect is None:
        return recognised(place, place, visa)
    return expected(InstrumentEntry(place, place, dialect, None, None, None, None), visa)


def _voice(met: Met, channel: int | None) -> Voice:
    numbers = met.model.channels if met.model.meter is None else met.model.meter.numbers
    try:
        return met.dialect.voice(met.model.name, min(numbers) if channel is None else channel)
    except UnknownChannel as fault:
        raise UsageFault(f"{fault}.") from fault


# ---------------------------------------------------------------- the walk over a real connection


class _Reopening:
    """A link that is opened anew after each fault, so that one wrong answer does not end the walk."""

    def __init__(self, opened: Callable[[], Link]) -> None:
        self._opened = opened
        self._link: Link | None = None
        self.energised = False

    def ask(self, exchange: Exchange) -> bytes:
        """See `Link.ask`."""
        self.energised = self.energised or exchange.query == Operation.OUTPUT_ON.value
        if self._link is None:
            self._link = self._opened()
        try:
            return self._link.ask(exchange)
        except LinkFault:
            self._link = None
            raise

    def close(self) -> None:
        """Free it."""
        if self._link is not None:
            self._link.close()


def _report(address: Resource, met: Met, voice: Voice, visa: str) -> Report:
    place = address.spelling
    entry = InstrumentEntry(place, place, met.dialect.name, met.model.name, None, None, None, met.baud)
    line = line_of(entry, met.dialect)
    link = _Reopening(lambda: open_link(place, line, place, paced=True, library=visa))
    try:
        walked = run_conversation(walk(voice), link)
        off = None if voice.ability is None or walked.refused else _proven_off(place, voice, link)
        link.energised = False
    finally:
        if link.energised:  # Ctrl-C, or a bug
            _proven_off(place, voice, link)
        link.close()
    return Report(place, met, voice.channel, walked, off)


def _proven_off(place: str, voice: Voice, link: _Reopening) -> bool:
    spot = Spot(place, "", voice, Sense.LOCAL)
    for _ in range(2):
        event = run_conversation(switch_off(spot), link).event
        if isinstance(event, SwitchedOff) and event.proven:
            return True
    return False


# ---------------------------------------------------------------- in words


def _say_nobody(address: Resource, sentence: str, as_json: bool) -> None:
    if as_json:
        nothing = dict.fromkeys(("dialect", "model", "serial", "firmware", "channel", "output_off"))
        refused = {"fine": False, "refused": safe_text(sentence, 500), "operations": []}
        one_line({"resource": address.spelling, **nothing, **refused})
    else:
        say(sentence)


def _say(report: Report, as_json: bool) -> None:
    if as_json:
        one_line(_table(report))
        return
    identity = report.met.identity
    say(f"{identity.maker} {identity.model}, serial {identity.serial or 'not stated'}, channel {report.channel}")
    if report.walked.refused is not None:
        say(f"Nothing was told to it. {report.walked.refused}")
        return
    for operation, step in zip(report.walked.claimed, report.rows, strict=True):
        say(_line(operation, step))
    say(_last(report))


def _line(operation: Operation, step: Step | None) -> str:
    if step is None:
        return f"{operation.value:20} {Finding.SKIPPED.value}"
    sent = " ".join(_written(sent) for sent, _ in step.made)
    answered = " ".join(_written(raw) for _, raw in step.made if raw)
    said = f"{sent} -> {answered}" if answered else sent
    return f"{operation.value:20} {step.finding.value:10} {said:44} {step.sentence}"


def _last(report: Report) -> str:
    rows = [step for step in report.rows if step is not None]
    fine = sum(step.finding is Finding.FINE for step in rows)
    found = f"{fine} of {len(report.walked.claimed)} operations fine."
    match report.off:
        case None:
            return found
        case True:
            return f"{found} The output is off, proven; it is set to at most {TRY_V:g} V and {TRY_A:g} A."
    return f"{found} The output is NOT proven off: switch it off by hand."


def _table(report: Report) -> dict[str, object]:
    met, identity = report.met, report.met.identity
    rows = zip(report.walked.claimed, report.rows, strict=True)
    return {
        "resource": report.resource,
        "dialect": met.dialect.name,
        "model": met.model.name,
        "serial": identity.serial,
        "firmware": identity.firmware,
        "channel": report.channel,
        "fine": report.fine,
        "refused": report.walked.refused,
        "output_off": report.off,
        "operations": [_row(operation, step) for operation, step in rows],
    }


def _row(operation: Operation, step: Step | None) -> dict[str, object]:
    if step is None:
        nothing = dict.fromkeys(("value", "sent", "answered", "sentence"))
        return {"operation": operation.value, **nothing, "verdict": Finding.SKIPPED.value}
    return {
        "operation": operation.value,
        "value": step.value,
        "sent": [_written(sent) for sent, _ in step.made],
        "answered": _written(step.made[-1][1]) if step.made else None,
        "verdict": step.finding.value,
        "sentence": safe_text(step.sentence),
    }


def _written(raw: bytes) -> str:
    return printable(raw).replace("\\x0a", "\\n").replace("\\x0d", "\\r")


def _keep(path: Path, report: Report) -> None:
    identity = report.met.identity
    unit = f"{identity.model}, serial {identity.serial or 'not stated'}, firmware {identity.firmware or 'not stated'}"
    source = safe_text(f"recorded by benchctl instruments check on {date.today()} from a {unit}")
    steps = [replace(step, value=_as_told(step)) for step in report.walked.steps]
    text = examples(report.met.model.name, report.channel, steps, source)
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(text)
    except OSError as fault:
        raise UsageFault(f"{path} cannot be written: {fault.strerror}") from fault


def _as_told(step: Step) -> float | None:
    return None if step.value is None else round(step.value, 6)
