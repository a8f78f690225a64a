"""`benchctl run`: from a bank file to a guarded engine. The process becomes the guard, which starts the engine.

Up to that moment nothing is energised, nothing waits for anybody, and whatever speaks against the run ends it with a
sentence: files with exit code 2, everything else with a verdict `refused` and 7.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import FrameType
from typing import NoReturn, TypeVar

import click

from benchctl.cli.faults import warn
from benchctl.cli.options import person, quantity
from benchctl.cli.place import Place, pass_place
from benchctl.cli.prepare import Files, Prepared, Wanted, prepared, read_files
from benchctl.cli.processes import hearing
from benchctl.cli.recovering import clock_doubt, made_safe, standing_latches
from benchctl.core.errors import BenchctlError, FileFault, Refusal
from benchctl.core.messages import Noted
from benchctl.core.model import Verdict
from benchctl.core.rows import RunOpened
from benchctl.core.text import safe_text
from benchctl.edge.benchfile import bench_text
from benchctl.edge.clock import BootClock
from benchctl.edge.disk import free_bytes, room_objection
from benchctl.edge.home import (
    NOBODY_KNOWN,
    Holder,
    Home,
    HomeLock,
    acquire_lock,
    new_run_id,
    unsafe_filesystem,
    write_atomic,
)
from benchctl.edge.journalfile import sqlite_warning
from benchctl.edge.passports import passports_binding, void_joined
from benchctl.edge.procedurefile import DEFAULT
from benchctl.engine.orders import Orders, write_orders
from benchctl.engine.telling import EXIT_CODES, Teller, say
from benchctl.guard.plan import LIMITS, Plan, write_plan

T = TypeVar("T")

STOPS = frozenset({signal.SIGINT, signal.SIGTERM})
STOPPED_EARLY: tuple[str, ...] = ("stopped before anything was started",)


@click.command()
@click.argument("bank", type=click.Path(path_type=Path), metavar="BANK.toml")
@click.option("--bench", type=click.Path(path_type=Path), metavar="BENCH.toml", help="Default: bench.toml of the home.")
@click.option("--procedure", metavar="NAME|FILE", help=f"The numbers to go by; else the bank's, else {DEFAULT}.")
@click.option("--headless", is_flag=True, help="Say that nobody watches this terminal. The run itself is the same.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output, for programs.")
@click.option("--operator", callback=person, metavar="NAME", help="Who starts it; goes into the record.")
@click.option(
    "--temperature",
    callback=quantity(-40.0, 80.0, "21.5"),
    metavar="C",
    help="The batteries' temperature in degrees Celsius, where the bench has no probes; recorded as declared.",
)
@click.option("--attended", is_flag=True, help="Say that a person is here and will answer prompts (`benchctl answer`).")
@click.option(
    "--clock-checked-by",
    callback=person,
    metavar="NAME",
    help="Who found this computer's clock right although the last run on record ended later than it shows.",
)
@click.option("--speed", callback=quantity(0.001, 999999.0, "600"), hidden=True)
@pass_place
@click.pass_context
def run(
    ctx: click.Context,
    place: Place,
    bank: Path,
    bench: Path | None,
    procedure: str | None,
    headless: bool,
    as_json: bool,
    operator: str | None,
    temperature: float | None,
    attended: bool,
    clock_checked_by: str | None,
    speed: float | None,
) -> None:
    """Take the bank's batteries through the whole procedure: check, charge, rest, verify, balance, approve.

    Reads the files, identifies every instrument, switches every output off and proves it, and only then begins. It
    prints what happens until the verdict. Ctrl-C stops it in order; a lost terminal does not: then `benchctl` opens
    the screen on it, and `benchctl status`, `stop` and `off` work from any shell. Needs hands on the way only if
    --attended is given. Exit codes: 0 approved, 3 rejected, 4 a person is needed, 5 stopped, 6 not proven, 7 refused,
    2 a file or an option is wrong.
    """
    del headless  # nothing is asked at the terminal in either case
    home = place.home()
    wanted = Wanted(bank, bench or home.bench_path, procedure, operator, temperature, attended, clock_checked_by)
    ctx.exit(begin(home, wanted, as_json, speed))


def begin(home: Home, wanted: Wanted, as_json: bool, speed: float | None) -> int:
    """Start the run and become its guard; returns only if nothing was started: the exit code. Raises UsageFault."""
    with _Stop.heard() as stop:
        files = read_files(wanted)
        verdict, reasons = Verdict.STOPPED, STOPPED_EARLY
        try:
            _start(_Start(home, files, wanted, as_json, speed), stop)
        except Refusal as refusal:
            if not stop.asked:
                verdict, reasons = Verdict.REFUSED, refusal.reasons
        except _Stop.Asked:
            """As it stands."""
    Teller(as_json).verdict(None, verdict, None, reasons)
    return EXIT_CODES[verdict]


class _Stop:
    """Ctrl-C and SIGTERM while nothing runs yet: heard between two steps. SIGHUP is ignored from here on."""

    class Asked(Exception):
        """Somebody wants to stop."""

    def __init__(self) -> None:
        self.asked = False

    @classmethod
    @contextmanager
    def heard(cls) -> Iterator["_Stop"]:
        """While this lasts."""
        stop = cls()
        with hearing(stop._hear):
            yield stop

    def check(self) -> None:
        """Raises Asked."""
        if self.asked:
            raise _Stop.Asked

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


@dataclass(frozen=True, slots=True)
class _Start:
    """What is to be started, where, and how it is to speak."""

    home: Home
    files: Files
    wanted: Wanted
    as_json: bool
    speed: float | None


def _start(start: _Start, stop: _Stop) -> NoReturn:
    home = start.home
    _ready(home)
    doubts: tuple[str, ...] = ()
    if not start.files.bench.simulated:
        _refusing(lambda: _room_for_the_night(home))
        doubts = _refusing(lambda: _doubts_of_the_clock(home, start.wanted.clock_checked_by))
    name = new_run_id(home, BootClock().wall())
    # this process's id is the guard's: it stays the same when it becomes the guard
    lock = _refusing(lambda: acquire_lock(home, Holder(name, os.getpid(), None, start.files.bench.name)))
    try:
        _clear(start, stop)
        bound = _refusing(lambda: passports_binding(home, simulated=start.files.bench.simulated))
        ready = _refusing(lambda: prepared(start.files, start.wanted, name, date.today(), bound))
        ready = replace(ready, notes=(*doubts, *ready.notes))
        stop.check()
        plan = _refusing(lambda: _written(start, lock, ready))
        _refusing(lambda: void_joined(home, ready.opened, bound))
        _announce(ready.opened, start.as_json)
        _become_guard(plan, stop)
    finally:  # a process that has become the guard never comes back here
        with suppress(OSError):
            lock.write(NOBODY_KNOWN)
        lock.release()


def _ready(home: Home) -> None:
    """The home's folders. Raises Refusal."""
    _refusing(home.prepare)
    for sentence in (unsafe_filesystem(home.path), sqlite_warning()):
        if sentence is not None:
            warn(sentence)


def _room_for_the_night(home: Home) -> None:
    objection = room_objection(free_bytes(home.path), home.path)
    if objection is not None:
        raise Refusal(objection)


def _doubts_of_the_clock(home: Home, checked_by: str | None) -> tuple[str, ...]:
    """What goes on record where a person vouches for the clock. Raises Refusal where nobody does, LedgerError."""
    doubt = clock_doubt(home, BootClock().wall())
    if doubt is None:
        return ()
    if checked_by is None:
        raise Refusal(f"{doubt} Set the clock; or, if it is right, say who checked it: --clock-checked-by NAME.")
    return (f"{doubt} {checked_by} has checked it and found it right.",)


def _clear(start: _Start, stop: _Stop) -> None:
    """What earlier runs left behind. Raises Refusal where it stands in the way."""
    home, teller, clock = start.home, Teller(start.as_json), BootClock()
    for used in (*home.runs_dir.glob("*.orders.json"), *home.runs_dir.glob("*.plan.json")):
        _refusing(used.unlink)
    for sentence in made_safe(home):
        teller.tell(clock.wall(), Noted(sentence))
    stop.check()
    latches = _refusing(lambda: standing_latches(home, start.files.bench))
    if latches:
        raise Refusal(*latches)


def _written(start: _Start, lock: HomeLock, ready: Prepared) -> Path:
    """The orders for the engine, the plan for the guard, and the bench for `off`. Raises OSError."""
    home, name = start.home, ready.opened.run
    orders, plan = home.runs_dir / f"{name}.orders.json", home.runs_dir / f"{name}.plan.json"
    write_orders(orders, Orders(str(home.path), lock.fd, start.as_json, start.speed, ready.notes), ready.opened)
    write_atomic(home.last_bench_path, bench_text(ready.opened.bench).encode())
    engine = (sys.executable, "-m", "benchctl.engine", str(orders))
    log = str(home.guard_log_path(name))
    closer = (*engine, "--close")
    guarded = Plan(name, start.as_json, engine, closer, log, lock.fd, LIMITS, ready.supplies, ready.unreached)
    write_plan(guarded, plan)
    return plan


def _announce(opened: RunOpened, as_json: bool) -> None:
    """The first line: which run this is. What follows may still end it before anything is energised."""
    names = {"bank": opened.bank.name, "bench": opened.bench.name, "procedure": opened.procedure.name}
    if as_json:
        fields = {"event": "starting", "run": opened.run, **names, "simulated": opened.simulated}
        known = {"permit_reasons": list(opened.permit_reasons), "remarks": list(opened.remarks)}
        say(json.dumps({**fields, "permit": opened.permit, **known}))
        return
    bench = f"{'simulated bench' if opened.simulated else 'bench'} {names['bench']}"
    text = f"Run {opened.run}: {names['bank']} on {bench}, procedure {names['procedure']}; {opened.permit}."
    say(safe_text(text, 500))
    for remark in opened.remarks:
        say(f"       {safe_text(remark, 500)}")


def _become_guard(plan: Path, stop: _Stop) -> NoReturn:
    """From here on stop signals wait until the guard, or the engine, can handle them: the mask goes with the exec."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        stop.check()
        os.execv(sys.executable, [sys.executable, "-m", "benchctl.guard", str(plan)])  # noqa: S606  (ourselves)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)


def _refusing(work: Callable[[], T]) -> T:
    """What stands in the way of a start is a refusal, wherever it was met; a file's fault stays one."""
    try:
        return work()
    except (FileFault, Refusal):
        raise
    except (BenchctlError, OSError) as fault:
        raise Refusal(str(fault)) from fault
