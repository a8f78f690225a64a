"""The engine's process: `python -m benchctl.engine ORDERS.json --lease-fd N`. Started by the guard, never by hand."""

import argparse
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from benchctl.core.journal.codec import entry
from benchctl.core.messages import Noted, OffRequested, StopRequested, VerdictReached
from benchctl.core.mission import Mission
from benchctl.core.model import Verdict
from benchctl.core.rows import RunOpened
from benchctl.core.run.bench import Bench
from benchctl.core.run.protection import envelope
from benchctl.edge.clock import Clock, ClockLost
from benchctl.edge.clockwatch import ClockWatch
from benchctl.edge.disk import Disk, drop_ballast, lay_ballast
from benchctl.edge.home import Home, adopt_lock
from benchctl.edge.inbox import Inbox
from benchctl.edge.journal import Journal, create
from benchctl.edge.journalfile import JournalError
from benchctl.edge.lease import Lease
from benchctl.engine.closing import close_journal, enter_in_ledger
from benchctl.engine.durable import Durable
from benchctl.engine.hostwatch import HostWatch
from benchctl.engine.loop import Loop
from benchctl.engine.mouth import Mouth
from benchctl.engine.orders import Orders, read_orders
from benchctl.engine.outside import BenchTime, ClockHands, InboxWishes, Wires, open_clock
from benchctl.engine.recovery import close_interrupted
from benchctl.engine.telling import EXIT_CODES, Teller

GUARD_ANSWER_S = 10.0

SAY_S = 1.0
"""Patience with whoever reads the verdict."""


def main(arguments: list[str]) -> int:
    """Run one run to its verdict; the exit code of `benchctl run`."""
    parser = argparse.ArgumentParser(prog="benchctl.engine")
    parser.add_argument("orders", type=Path)
    parser.add_argument("--lease-fd", type=int)
    parser.add_argument("--close", action="store_true")
    given = parser.parse_args(arguments)
    orders, opened = read_orders(given.orders)
    home = Home(Path(orders.home))
    adopt_lock(home, orders.lock_fd)
    if given.close:
        close_interrupted(
            home, opened.run, "interrupted: the engine did not finish; the guard switched everything off."
        )
        return 0
    return run(home, opened, orders, Lease(given.lease_fd))


def mission_of(opened: RunOpened) -> Mission:
    """What the core is given, from the first row of the journal."""
    return Mission(
        run=opened.run,
        bench=opened.bench,
        bank=opened.bank,
        procedure=opened.procedure,
        identities=opened.identities,
        supplies=opened.supplies,
        meters=opened.meters,
        operator=opened.operator,
        temperature_c=opened.temperature_c,
        attended=opened.attended,
        calibration_overdue=opened.calibration_overdue,
    )


def run(home: Home, opened: RunOpened, orders: Orders, lease: Lease) -> int:
    """One run to its verdict, on the real outside."""
    clock, mouth = open_clock(opened, orders.speed), Mouth()
    teller, inbox = Teller(orders.as_json, mouth.say), Inbox(home.inbox_dir)
    mission, durable = mission_of(opened), Durable()
    envelopes = {name: envelope(mission, name) for name, line in mission.queues().items() if line}
    wires = Wires(opened, envelopes, clock.now_s)
    disk = Disk(home.path)
    journal = create(home.journal_path(opened.run), clock.boot_id, durable.committed, durable.failed, disk)
    _begin(journal, opened, [Noted(note) for note in orders.notes], clock, teller)
    inbox.refuse_all("It was asked before this run began.")
    wake = threading.Event()
    bench_time, wishes, hands = BenchTime(clock, wake), InboxWishes(inbox), ClockHands(clock)
    rank = {position.name: number for number, position in enumerate(opened.bench.positions)}
    bench = Bench(mission)
    host = HostWatch(journal, durable, disk, ClockWatch(clock), turns=not bench_time.lock_step)
    loop = Loop(bench, wires, bench_time, journal, durable, wishes, lease, teller, hands, host, rank)
    _listen(loop, wake)
    _bind(opened, hands)
    _await_guard(lease)
    _take_room(home, opened)
    verdict = loop.run()
    drop_ballast(home.path)
    _close(home, opened, journal, verdict, bench_time)
    inbox.refuse_all("The run is over.")
    teller.verdict(opened.run, verdict.verdict, verdict.spread_v, verdict.reasons)
    mouth.close(SAY_S)
    lease.finished(EXIT_CODES[verdict.verdict])
    wires.close()
    return EXIT_CODES[verdict.verdict]


def _begin(journal: Journal, opened: RunOpened, notes: list[Noted], clock: Clock, teller: Teller) -> None:
    """The first rows: all that governs the run, and what was found on the way to it."""
    first: list[RunOpened | Noted] = [opened, *notes]
    journal.append([entry(each, at_s=clock.now_s(), wall=clock.wall(), actor="engine") for each in first])
    for note in notes:
        teller.tell(clock.wall(), note)


def _take_room(home: Home, opened: RunOpened) -> None:
    """Room for the end of the run, taken while there is some; a simulated night needs none."""
    if not opened.bench.simulated:
        with suppress(OSError):  # a disk that is full already shows in its looks
            lay_ballast(home.path)


def _listen(loop: Loop, wake: threading.Event) -> None:
    """Ctrl-C and SIGTERM stop in order, SIGUSR1 is `off`; all work with a full or broken disk."""

    def stop(_number: int, _frame: object) -> None:
        loop.ask(StopRequested(None))
        wake.set()

    def off(_number: int, _frame: object) -> None:
        loop.ask(OffRequested(None))
        wake.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGUSR1, off)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})


def _bind(opened: RunOpened, hands: ClockHands) -> None:
    """A simulated bench learns which battery hangs where at the start."""
    for name, line in mission_of(opened).queues().items():
        hands.moved(name, line[0].serial)


def _await_guard(lease: Lease) -> None:
    """No guard, no charge: the first stamp must be answered before anything else happens."""
    lease.stamp(1)
    patience_s = time.monotonic() + GUARD_ANSWER_S
    while not lease.answered and lease.standing() is None and time.monotonic() < patience_s:
        time.sleep(0.005)


def _close(home: Home, opened: RunOpened, journal: Journal, verdict: VerdictReached, clock: BenchTime) -> None:
    try:
        close_journal(journal, verdict, verdict.verdict.value, clock.now_s(), clock.wall(), "engine")
        enter_in_ledger(home, opened, verdict)
    except (JournalError, OSError) as fault:
        if verdict.verdict is Verdict.APPROVED:
            raise
        sys.stderr.write(f"The journal could not be closed: {fault}\n")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ClockLost as fault:
        sys.exit(f"The simulated bench is gone: {fault}")
