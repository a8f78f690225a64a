"""How a run is closed: its last row, its line in the ledger, and the latches that outlive it."""

from collections.abc import Iterable

from benchctl.core.identity import strings
from benchctl.core.journal.codec import body_of, entry
from benchctl.core.messages import AlarmChanged, AlarmRaised, VerdictReached
from benchctl.core.model import AlarmState, Verdict
from benchctl.core.passport import Issued
from benchctl.core.rows import RunClosed, RunOpened
from benchctl.edge.clock import later
from benchctl.edge.follower import Follower
from benchctl.edge.home import Home
from benchctl.edge.journal import Journal
from benchctl.edge.ledger import LatchLine, Ledger, RunLine

FLUSH_S = 3.0
"""The guard waits 4 s for a sign of life; an ending that takes longer is an interruption."""


def close_journal(journal: Journal, verdict: VerdictReached, why: str, at_s: float, wall: str, actor: str) -> None:
    """Write the last row and let go of the file. Raises JournalError when it does not reach the disk."""
    closed = RunClosed(verdict.verdict, verdict.reasons, verdict.spread_v, why)
    journal.append([entry(closed, at_s=at_s, wall=wall, actor=actor)])
    journal.flush(FLUSH_S)
    journal.close()


def enter_in_ledger(home: Home, opened: RunOpened, verdict: VerdictReached) -> None:
    """Passports and standing latches first, then the run's line with its journal's end: without it, all of this is done
    again at the next start. The caller holds the home's lock."""
    ledger = Ledger(home.ledger_path)
    with Follower(home.journal_path(opened.run)) as follower:
        rows = list(follower.rows())
    if verdict.verdict is Verdict.APPROVED:
        scanned = [row.wall for row in rows if row.kind == "spread_measured"]
        ledger.append(_issued(opened, scanned[-1] if scanned else rows[-1].wall))
    alarms = standing_alarms(body_of(row) for row in rows if row.kind in ("alarm_raised", "alarm_changed"))
    for alarm in alarms:
        ledger.append(
            LatchLine(
                alarm=alarm.alarm,
                run=opened.run,
                bench=opened.bench.name,
                position=alarm.position,
                serial=alarm.serial,
                fault=alarm.fault,
                text=alarm.text,
                wall=rows[-1].wall,
            )
        )
    ledger.append(
        RunLine(
            run=opened.run,
            bank=opened.bank.name,
            bench=opened.bench.name,
            simulated=opened.simulated,
            started=rows[0].wall,
            ended=rows[-1].wall,
            verdict=verdict.verdict,
            reasons=verdict.reasons,
            spread_v=verdict.spread_v,
            rows=len(rows),
            last_hash=rows[-1].hash,
            serials=tuple(battery.serial for battery in opened.bank.batteries),
        )
    )


def _issued(opened: RunOpened, scanned: str) -> Issued:
    """The passports of an approved bank, from its common scan on."""
    return Issued(
        run=opened.run,
        bank=opened.bank.name,
        simulated=opened.simulated,
        strings=tuple(tuple(battery.serial for battery in string) for string in strings(opened.bank)),
        approved=later(scanned, 0.0),  # passports' walls are texts of one form
        until=later(scanned, opened.procedure.string.passport_s),
    )


def standing_alarms(bodies: Iterable[object]) -> tuple[AlarmRaised, ...]:
    """Latched alarms that were not reset."""
    standing: dict[str, AlarmRaised] = {}
    for body in bodies:
        if isinstance(body, AlarmRaised) and body.latched:
            standing[body.alarm] = body
        elif isinstance(body, AlarmChanged) and body.state is AlarmState.NORMAL:
            standing.pop(body.alarm, None)
    return tuple(standing.values())
