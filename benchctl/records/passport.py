"""The passports of a run's strings beside its record: not from the journal, but from what the ledger has said since.

A passport's state belongs to a moment, so the record names it (`passport.at`): a file that was exported then can be
held against the ledger later.
"""

from collections.abc import Sequence

from benchctl.core.acceptance.record import digest_of
from benchctl.core.journal.chain import Json
from benchctl.core.journal.codec import encode
from benchctl.core.passport import Commissioned, Issued, Passport, Voided, passports
from benchctl.edge.ledger import Ledger, LedgerError, Line

NOT_OVER = "The run is not over: no string of it is approved."
NONE = "The ledger of this home knows no approved string of this run."


def completed(record: dict[str, Json], ledger: Ledger, at: str) -> dict[str, Json]:
    """The record with its strings' passports as they stood at wall time `at`, and its digest over all of it."""
    said = _said(str(record["run"]), ledger, at) if record["closed"] is True else _nothing(NOT_OVER)
    whole: dict[str, Json] = {**record, "passport": {"at": at, **said}}
    return {**whole, "digest": digest_of(whole)}


def _said(run: str, ledger: Ledger, at: str) -> dict[str, Json]:
    try:
        flaws, lines = ledger.verify(), ledger.lines()
    except LedgerError as fault:
        return _nothing(f"{fault}.")
    if flaws:
        return _nothing(f"The ledger was altered: {flaws[0].sentence}.")
    found = _of_run(run, lines, at)
    checks = [each for each in lines if isinstance(each, Commissioned) and each.run == run and each.wall <= at]
    wired = encode(checks[-1]) if checks else None
    return {"strings": [_string(each) for each in found], "commissioned": wired, "note": None if found else NONE}


def _nothing(note: str) -> dict[str, Json]:
    return {"strings": [], "commissioned": None, "note": note}


def _of_run(run: str, lines: Sequence[Line], at: str) -> tuple[Passport, ...]:
    """From what was said until then."""
    return passports(
        [each for each in lines if isinstance(each, Issued) and each.run == run],
        [each for each in lines if isinstance(each, Commissioned) and each.wall <= at],
        [each for each in lines if isinstance(each, Voided) and each.wall <= at],
        at,
    )


def _string(passport: Passport) -> dict[str, Json]:
    return {
        "string": passport.string,
        "serials": [*passport.serials],
        "approved": passport.approved,
        "until": passport.until,
        "state": passport.state.value,
        "note": passport.note,
    }
