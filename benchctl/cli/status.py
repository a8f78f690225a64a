"""`benchctl status`: what is running here, from the home's lock and the run's journal. Changes nothing, asks nobody."""

from collections.abc import Iterator
from datetime import datetime

import click

from benchctl.cli.faults import complain
from benchctl.cli.options import json_option
from benchctl.cli.place import Place, pass_place
from benchctl.cli.processes import engine_of, guard_of
from benchctl.cli.saying import one_line, say
from benchctl.cli.sight import view_of
from benchctl.core.model import RunState
from benchctl.core.view.outlook import full_about, outlook
from benchctl.core.view.runview import RunView
from benchctl.core.view.sights import PromptSight
from benchctl.core.view.status import status_dict
from benchctl.core.view.walltime import clock
from benchctl.core.view.wording import PROBES_PHRASES, STATE_PHRASES, amp_hours, amperes, volts
from benchctl.edge.home import Holder, Home, busy
from benchctl.edge.ledger import Ledger, LedgerError, StandingLatch
from benchctl.engine.recovery import unclosed_runs


@click.command()
@json_option
@pass_place
def status(place: Place, as_json: bool) -> None:
    """Say what is running: the run's state, and for each position its battery, voltage, current and what it waits for.

    What is not known is said to be unknown. Works at any time, also when nothing runs, and disturbs nothing.
    """
    home = place.home()
    holder = busy(home)
    table, lines = _busy(home, holder) if holder is not None else _idle(home)
    if as_json:
        one_line(table)
        return
    for line in lines:
        say(line)


def _busy(home: Home, holder: Holder) -> tuple[dict[str, object], list[str]]:
    """Somebody holds the lock."""
    engine, guard = engine_of(holder), guard_of(holder)
    if holder.run is None or not home.journal_path(holder.run).is_file():
        table = status_dict(None, engine, guard) | {"state": RunState.CHECKING.value, "run": holder.run}
        return table, [f"Run {holder.run or 'not yet named'} is starting: it looks at the bench."]
    view = view_of(home, holder.run)
    if engine is None and not view.closed:
        view = view.without_engine()
    return status_dict(view, engine, guard), list(_told(view, engine is not None))


def _idle(home: Home) -> tuple[dict[str, object], list[str]]:
    """Nobody does. Then a run that was left open is told of, and every latch that stands."""
    latches = _latches(home)
    left = next(iter(reversed(unclosed_runs(home))), None)
    table, lines = status_dict(None, None, None), ["Nothing is running."]
    if left is not None:
        view = view_of(home, left).without_engine()
        table = status_dict(view, None, None) | {"state": RunState.IDLE.value}
        lines += [
            f"Run {left} was interrupted: whether its outputs are off is not known.",
            "Switch them off with `benchctl off`. The next `benchctl run` does so too, and closes the interrupted one.",
        ]
    elif (last := _last_run(home)) is not None:
        lines.append(last)
    table["alarms"] = [_latch_table(each) for each in latches]
    return table, lines + [_latch_line(each) for each in latches]


def _latches(home: Home) -> tuple[StandingLatch, ...]:
    try:
        return Ledger(home.ledger_path).standing_latches()
    except LedgerError as fault:  # whether anything runs is known all the same
        complain(fault)
        return ()


def _last_run(home: Home) -> str | None:
    runs = Ledger(home.ledger_path).runs()
    if not runs:
        return None
    last = runs[-1]
    return f"The last run, {last.run} ({last.bank}), ended {last.verdict.value.replace('_', ' ')}."


def _told(view: RunView, engine: bool) -> Iterator[str]:
    simulated = " (simulated)" if view.simulated else ""
    yield f"Run {view.run}: {view.bank} on {view.bench}{simulated}, by {view.procedure}."
    if not engine:
        yield "Its engine is gone; the guard is switching everything off." if not view.closed else "It is ending."
    yield _state(view)
    if view.plan and not view.closed and view.verdict is None:
        yield _coming(view)
    for name in view.positions:
        yield f"  {name}  {_position(view, name)}"
    for serial, battery in ((seen.serial, seen) for seen in view.elsewhere()):
        yield f"  {serial} is not on the bench: {battery.phase or 'phase unknown'}"
    for prompt in view.prompts.values():
        yield f"A person is needed: {prompt.text}{_probes(prompt)} (benchctl answer {prompt.prompt})"
    for alarm in view.alarms.values():
        marks = ", ".join((*alarm.marks, alarm.state.value))
        yield f"{'ALARM' if alarm.latched else 'WARNING'} {alarm.alarm} ({marks}): {alarm.text}"
    if view.flood is not None:
        yield f"ALARMS {view.flood}"


def _probes(prompt: PromptSight) -> str:
    """What the probes of a hand-held meter show, where they are asked for."""
    return "" if prompt.probes is None else f" {volts(prompt.reading_v)}: {PROBES_PHRASES[prompt.probes]}."


def _state(view: RunView) -> str:
    if view.state is None:
        return "Its state is not known."
    why = f" ({view.why.rstrip('.')})" if view.why else ""
    return f"{view.state.value.replace('_', ' ').capitalize()}: {STATE_PHRASES[view.state]}{why}."


def _coming(view: RunView) -> str:
    """What is expected of the night: estimates, and what is not known said so."""
    coming = outlook(view)
    times = (("rest over", coming.rest_ends), ("common scan", coming.scan), ("end", coming.ends))
    words = ", ".join(f"{what} about {_here(wall)}" if wall else f"{what} not known yet" for what, wall in times)
    if coming.hands is None:
        return f"Expected: {words}; no hands by the plan any more."
    when = f"about {_here(coming.hands.start)}" if coming.hands.start else "when, is not known yet"
    return f"Expected: {words}; hands next {when}: {coming.hands.text}."


def _position(view: RunView, name: str) -> str:
    seen, batteries = view.positions[name], view.at(name)
    output = {True: "on", False: "off", None: "unknown"}[seen.output_on]
    first = batteries[0] if batteries else None
    words = [
        f"{'+'.join(each.serial for each in batteries) or 'no battery'}",
        f"{(first.phase if first else None) or 'phase unknown'}",
        f"output {output}",
        volts(seen.voltage_v),
        amperes(seen.current_a),
        amp_hours(first.amp_hours if first else None),
    ]
    until = f" until {_here(first.until)}" if first and first.until else ""
    waiting = f"  waits for {first.waiting_for}{until}" if first and first.waiting_for else ""
    full = full_about(view, name)
    return "  ".join(words) + waiting + (f"  full about {_here(full)}" if full else "")


def _here(wall: str) -> str:
    """The clock of this place."""
    try:
        return clock(datetime.fromisoformat(wall).astimezone().isoformat(timespec="seconds")) or wall
    except ValueError:
        return wall


def _latch_table(each: StandingLatch) -> dict[str, object]:
    latch = each.latch
    return {
        "alarm": latch.alarm,
        "state": "ack" if each.acknowledged else "unack",
        "fault": latch.fault,
        "position": latch.position,
        "serial": latch.serial,
        "latched": True,
        "priority": None,
        "first_out": None,
        "text": latch.text,
        "value": None,
        "limit": None,
        "did": None,
        "look_at": None,
        "wall": latch.wall,
    }


def _latch_line(each: StandingLatch) -> str:
    latch = each.latch
    return f"Latched since run {latch.run}: {latch.place}: {latch.text} (benchctl reset {latch.place})"
