"""What becomes of approved strings after their run: whom they bind, and how a person makes them void."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchctl.core.errors import BenchctlError
from benchctl.core.identity import voided_by
from benchctl.core.journal.codec import body_of
from benchctl.core.model import Bank
from benchctl.core.passport import Passport, PassportState, Voided, standing
from benchctl.core.procedure import MatchRules, Procedure
from benchctl.core.rows import RunOpened
from benchctl.edge.clock import wall_now
from benchctl.edge.follower import Follower
from benchctl.edge.home import Home, HomeBusy, busy
from benchctl.edge.inbox import Answer
from benchctl.edge.latches import enter
from benchctl.edge.ledger import Ledger


class NotJoinable(BenchctlError):
    """These strings may not be joined, or not any more."""


def passports_binding(home: Home, *, simulated: bool) -> Mapping[str, Passport]:
    """By serial in small letters, the passport that binds a battery (`core.passport.standing`). Raises LedgerError."""
    return standing(Ledger(home.ledger_path).passports(wall_now()), simulated=simulated)


def void_joined(home: Home, opened: RunOpened, bound: Mapping[str, Passport]) -> None:
    """Before a run energises anything: the strings that it adds to are approved no longer. The caller holds the home's
    lock. Raises LedgerError."""
    wall = wall_now()
    for line in voided_by(opened.bank, opened.procedure, bound, opened.run, opened.operator, wall):
        Ledger(home.ledger_path).append(line)


@dataclass(frozen=True, slots=True)
class Joinable:
    """Strings that may be joined now, and the rules under which they were approved."""

    strings: tuple[tuple[str, ...], ...]
    rules: MatchRules


def joinable(home: Home, run: str) -> Joinable:
    """The approved strings of a run, if each may still be joined. Raises NotJoinable, LedgerError, HomeBusy,
    JournalError."""
    issued = _issued(home, run, PassportState.VALID)
    holder = busy(home)
    if holder is not None:
        raise HomeBusy(home.path, holder)
    return Joinable(tuple(each.serials for each in issued), _opened(home, run).procedure.match)


@dataclass(frozen=True, slots=True)
class Approved:
    """A bank whose strings are all approved, and by which procedure. `simulated`: on a bench that is none."""

    bank: Bank
    procedure: Procedure
    simulated: bool


def approved_bank(home: Home, run: str) -> Approved:
    """What a run has approved, if its strings may be joined or are joined. Raises UsageFault, NotJoinable, LedgerError,
    JournalError."""
    issued = _issued(home, run, PassportState.VALID, PassportState.JOINED)
    opened = _opened(home, run)
    return Approved(opened.bank, opened.procedure, issued[0].simulated)


def _issued(home: Home, run: str, *worth: PassportState) -> list[Passport]:
    """The passports of a run, all of them worth one of these. Raises UsageFault, NotJoinable, LedgerError."""
    home.journal_path(run)  # refuses what is no run ID
    issued = [each for each in Ledger(home.ledger_path).passports(wall_now()) if each.run == run]
    if not issued:
        raise NotJoinable(f"Run {run} has approved no string here. `benchctl records list` shows the runs.")
    for each in issued:
        if each.state not in worth:
            raise NotJoinable(f"String {each.string} of run {run} is {each.state.value}: {each.note}.")
    return issued


def _opened(home: Home, run: str) -> RunOpened:
    with Follower(home.journal_path(run)) as follower:
        opened = body_of(follower.rows_after(0, 1)[0])
    assert isinstance(opened, RunOpened)
    return opened


def void(home: Home, run: str, string: int | None, operator: str, why: str) -> Answer:
    """A person says that strings of a run are approved no longer; `string` None: all of them. Their batteries are then
    free for another run. Raises HomeBusy, HomeError, LedgerError."""
    now = wall_now()
    issued = [each for each in Ledger(home.ledger_path).passports(now) if each.run == run]
    if not issued:
        return Answer(False, f"Run {run} has approved no string here. `benchctl records list` shows the runs.")
    meant = [each for each in issued if string in (None, each.string)]
    if not meant:
        return Answer(False, f"Run {run} has no string {string}: its strings are 1 to {len(issued)}.")
    valid = tuple(each.string for each in meant if each.state is not PassportState.VOID)
    if not valid:
        return Answer(False, f"Already void: {meant[0].note}.")
    enter(home, Voided(run, valid, None, operator, why, now))
    serials = ", ".join(serial for each in meant if each.string in valid for serial in each.serials)
    return Answer(True, f"Void: {_strings(valid)} of run {run}. Free for another run: {serials}.")


def _strings(numbers: tuple[int, ...]) -> str:
    return f"string{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
