"""`benchctl stop`, `answer`, `ack`, `reset`: what a person wants of the run, put into the inbox; the engine decides.

A `stop` that is not answered at once also goes as a signal, so that it works with a full or broken disk. Without an
engine, `ack` and `reset` write to the ledger under the home's lock, and only where such a latch stands. What is not
needed to leave a wish is loaded when the wish has been left: a stop is sent within half a second of its command.
"""

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import click

from benchctl.cli.faults import NO
from benchctl.cli.options import json_option, operator_option, word
from benchctl.cli.place import Place, pass_place
from benchctl.cli.processes import ended, engine_of, guard_of, send
from benchctl.cli.saying import one_line, say
from benchctl.core.errors import BenchctlError, FileFault, UsageFault
from benchctl.core.wishes import AckRequested, Answered, ResetRequested, StopRequested, Wish
from benchctl.edge.home import Holder, Home, busy
from benchctl.edge.inbox import Answer, NoAnswer, ask

ANSWER_S = 10.0
"""Patience with an engine that is alive."""

HEARD_S = 0.25
"""A stop that has no answer after so long goes by signal as well: that needs no disk."""

STOP_ANSWER_S = 2.0
"""Patience with an answer to a stop: a full disk lets none be written."""

STOP_S = 120.0
"""Longest time from a stop to the end of a run: an engine that hangs is ended by its guard, which may take so long."""

NOTHING_RUNS = "Nothing is running here."


@click.command()
@operator_option
@json_option
@pass_place
@click.pass_context
def stop(ctx: click.Context, place: Place, operator: str | None, as_json: bool) -> None:
    """Stop the run in order: every output off and proven off, the journal closed. Waits until that is so.

    The run ends with the verdict `stopped`; nothing is approved. Exit code 1 if nothing runs, or if an output could
    not be proven off.
    """
    home = place.home()
    holder = busy(home)
    finish(ctx, as_json, lambda: Answer(False, NOTHING_RUNS) if holder is None else _stopped(home, holder, operator))


@click.command()
@click.argument("prompt", callback=word, metavar="ID")
@click.argument("value", callback=word, default="done")
@operator_option
@json_option
@pass_place
@click.pass_context
def answer(ctx: click.Context, place: Place, prompt: str, value: str, operator: str | None, as_json: bool) -> None:
    """Answer a prompt of the run: it is done, or say `stop`. `benchctl status` shows the prompts and their IDs."""
    wish = Answered(prompt, value, operator)
    finish(ctx, as_json, lambda: _asked(place.home(), wish) or Answer(False, NOTHING_RUNS))


@click.command()
@click.argument("alarm", callback=word, metavar="ID")
@operator_option
@json_option
@pass_place
@click.pass_context
def ack(ctx: click.Context, place: Place, alarm: str, operator: str | None, as_json: bool) -> None:
    """Acknowledge an alarm: you have seen it. That switches nothing on, and a latch stands until it is reset."""
    home, wish = place.home(), AckRequested(alarm, operator)
    finish(ctx, as_json, lambda: _asked(home, wish) or _without_engine(home, wish))


@click.command()
@click.argument("position", callback=word)
@operator_option
@json_option
@pass_place
@click.pass_context
def reset(ctx: click.Context, place: Place, position: str, operator: str | None, as_json: bool) -> None:
    """Lift the latches of a position, once their cause is gone; POSITION `bench` for those of the bench as a whole.

    Look at what the alarm told you to look at first. A reset switches nothing on.
    """
    home, wish = place.home(), ResetRequested(position, operator)
    finish(ctx, as_json, lambda: _asked(home, wish) or _without_engine(home, wish))


def _stopped(home: Home, holder: Holder, operator: str | None) -> Answer:
    """Ask for an orderly stop by inbox, unless that is heard at once by signal, and wait until the run has ended."""
    wish = threading.Thread(target=_wished, args=(home, operator), daemon=True)
    wish.start()
    wish.join(HEARD_S)
    if wish.is_alive():
        send(engine_of(holder) or guard_of(holder), signal.SIGTERM)
    over = ended(home, holder.run, STOP_S)
    wish.join()
    if not over:
        return Answer(False, f"Run {holder.run} has not ended within {STOP_S:g} s. Use `benchctl off`.")
    return _end_of(home, holder.run)


def _wished(home: Home, operator: str | None) -> None:
    with suppress(NoAnswer):  # the signal goes as well
        ask(home.inbox_dir, StopRequested(operator), STOP_ANSWER_S)


def _end_of(home: Home, run: str | None) -> Answer:
    """What the run left, by its journal."""
    if run is None or not home.journal_path(run).is_file():
        return Answer(True, "The start was stopped: nothing was switched on.")
    from benchctl.cli.sight import view_of  # only here: the run has ended by now

    view = view_of(home, run)
    verdict = "without a verdict" if view.verdict is None else view.verdict.verdict.value.replace("_", " ")
    left = [name for name, seen in view.positions.items() if seen.output_on is not False]
    if not view.closed or left:
        where = ", ".join(left) or "its journal is not closed"
        return Answer(False, f"Run {run} has ended, {verdict}; not proven off by its journal: {where}. `benchctl off`.")
    return Answer(True, f"Run {run} has ended, {verdict}: every output is off, proven.")


def _asked(home: Home, wish: Wish) -> Answer | None:
    """The engine's answer; None where nobody is at work. Raises NoAnswer."""
    return ask(home.inbox_dir, wish, ANSWER_S) if busy(home) is not None else None


def _without_engine(home: Home, wish: AckRequested | ResetRequested) -> Answer:
    """A latch is acknowledged or lifted in the ledger itself. Raises HomeBusy, LedgerError."""
    from benchctl.edge import latches  # only here: a wish for an engine needs no ledger

    if isinstance(wish, AckRequested):
        return latches.acknowledge(home, wish.alarm, wish.operator)
    return latches.reset(home, wish.position, wish.operator)


def finish(ctx: click.Context, as_json: bool, decide: Callable[[], Answer]) -> NoReturn:
    """Say what became of it, in one line."""
    try:
        outcome = decide()
    except (UsageFault, FileFault):
        raise
    except BenchctlError as fault:
        outcome = Answer(False, str(fault))
    if as_json:
        one_line({"accepted": outcome.accepted, "sentence": outcome.sentence})
    else:
        say(outcome.sentence)
    ctx.exit(0 if outcome.accepted else NO)
