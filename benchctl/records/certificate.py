"""The acceptance record of a run: what its journal proves and what its passports are worth, computed afresh."""

from benchctl.core.acceptance.record import NoRecord, assess
from benchctl.core.errors import UsageFault
from benchctl.core.journal.chain import Json
from benchctl.edge.follower import Follower
from benchctl.edge.home import Home
from benchctl.edge.journalfile import JournalError
from benchctl.edge.ledger import Ledger
from benchctl.records.passport import completed


def show(home: Home, run: str, at: str) -> dict[str, Json]:
    """The record of a run that goes on, was interrupted, or is over (`core.acceptance` says what is in it), with its
    strings' passports as they stand at wall time `at`.

    Raises `UsageFault` if the home has no journal of that run, `JournalError` if it cannot be read, `NoRecord` if
    nothing can be stated of it.
    """
    path = home.journal_path(run)
    if not path.is_file():
        raise UsageFault(f"there is no journal of run {run} in {home.path}; see `benchctl records list`")
    with Follower(path) as follower:
        return completed(assess(follower.rows()), Ledger(home.ledger_path), at)


__all__ = ["JournalError", "NoRecord", "show"]
