"""Latches that outlive their run: acknowledged and reset in the ledger, under the home's lock, while nothing runs."""

from benchctl.edge.clock import BootClock
from benchctl.edge.home import NOBODY_KNOWN, Home, acquire_lock, left_behind
from benchctl.edge.inbox import Answer
from benchctl.edge.ledger import AckLine, Ledger, Line, ResetLine


def acknowledge(home: Home, alarm: str, operator: str | None) -> Answer:
    """Somebody has seen it; it stands all the same. Raises HomeBusy, LedgerError."""
    standing = [each for each in Ledger(home.ledger_path).standing_latches() if each.latch.alarm == alarm]
    if not standing:
        return Answer(False, f"No alarm {alarm} stands here. `benchctl status` shows those that do.")
    enter(home, AckLine(alarm, operator, BootClock().wall()))
    return Answer(True, f"Acknowledged: {standing[0].latch.text} It stands until `benchctl reset`.")


def reset(home: Home, position: str, operator: str | None) -> Answer:
    """Its cause is gone: the next run may start. Raises HomeBusy, LedgerError."""
    standing = [each.latch for each in Ledger(home.ledger_path).standing_latches() if each.latch.place == position]
    if not standing:
        return Answer(False, f"No latch stands on {position}. `benchctl status` shows those that do.")
    enter(home, ResetLine(position, operator, BootClock().wall()))
    return Answer(True, f"{position} is reset: {' '.join(latch.text for latch in standing)}")


def enter(home: Home, line: Line) -> None:
    """Append a line to the ledger while nothing runs here. Raises HomeBusy, HomeError, LedgerError."""
    lock = acquire_lock(home, left_behind(home) or NOBODY_KNOWN)
    try:
        Ledger(home.ledger_path).append(line)
    finally:
        lock.release()
