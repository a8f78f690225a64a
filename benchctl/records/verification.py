"""Is a record what it was when it was written? Journal against its chain, journal against ledger, file against both.

What it cannot find: a journal and a ledger that were rewritten together. For that a digest has to be kept elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from benchctl.core.acceptance.record import DISPUTED, FORM, NoRecord, assess, digest_of
from benchctl.core.errors import UsageFault
from benchctl.core.journal.chain import Flaw, Json, Unparsable, canonical, parse
from benchctl.core.text import safe_text
from benchctl.edge.follower import Follower, verify_file
from benchctl.edge.home import Home, valid_run_id
from benchctl.edge.journalfile import JournalError
from benchctl.edge.ledger import Ledger, LedgerError, RunLine
from benchctl.records.passport import completed

MAX_BYTES = 64 << 20
"""The largest exported record that is read."""

SENTENCES = 50
"""So many flaws of one journal are named; one altered row is enough to know."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. `flaws` empty: it is as it was written. `notes` say what could not be checked here."""

    flaws: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Nothing is wrong with it."""
        return not self.flaws


def verify(home: Home, run_or_file: str) -> list[str]:
    """What is wrong with a run's record, or with an exported file; empty: nothing. The first sentence names the first
    bad row. Raises `UsageFault` if there is neither such a run nor such a file."""
    return list(examine(home, run_or_file).flaws)


def examine(home: Home, run_or_file: str) -> Verification:
    """Like `verify`, with what could not be checked."""
    if valid_run_id(run_or_file):
        return _examine_run(home, run_or_file)
    path = Path(run_or_file)
    if not path.is_file():
        raise UsageFault(f"{safe_text(run_or_file)} is neither a run ID nor a file; see `benchctl records list`")
    if path.suffix == ".db":
        return _examine_journal(home, path)
    return _examine_export(home, path)


def tampering(home: Home, run: str) -> tuple[str, ...]:
    """Where the journal of a run or the ledger is not as it was written; what the journal says is not judged."""
    line = _line(home, run)
    found = verify_file(home.journal_path(run), None if line is None else line.tail())
    return (*(_sentence(flaw) for flaw in found[:SENTENCES]), *_ledger_flaws(home))


# ---------------------------------------------------------------- a run


def _examine_run(home: Home, run: str) -> Verification:
    line = _line(home, run)
    path = home.journal_path(run)
    if not path.is_file() and line is None:
        raise UsageFault(f"there is no run {run} in {home.path}; see `benchctl records list`")
    flaws = [*_ledger_flaws(home)]
    if not path.is_file():
        return Verification((f"The journal of run {run} is missing; the ledger knows it.", *flaws), ())
    return _joined(_journal_flaws(path, line), flaws, _open_notes(line))


def _examine_journal(home: Home, path: Path) -> Verification:
    """A journal file anywhere: the ledger of this home may know how it ends."""
    line = _line(home, path.stem) if valid_run_id(path.stem) else None
    notes = () if line is not None else ("The ledger of this home does not know this run: its end was not checked.",)
    return _joined(_journal_flaws(path, line), [*_ledger_flaws(home)], notes)


def _joined(journal: list[str], ledger: list[str], notes: tuple[str, ...]) -> Verification:
    return Verification((*journal, *ledger), notes)


def _open_notes(line: RunLine | None) -> tuple[str, ...]:
    if line is not None:
        return ()
    return ("This run has no line in the ledger yet: rows cut off at its end would not show.",)


def _line(home: Home, run: str) -> RunLine | None:
    try:
        return Ledger(home.ledger_path).run_line(run)
    except LedgerError:
        return None


def _ledger_flaws(home: Home) -> Iterator[str]:
    try:
        for flaw in Ledger(home.ledger_path).verify():
            yield f"The ledger: {flaw.sentence}."
    except LedgerError as fault:
        yield f"{fault}."


def _journal_flaws(path: Path, line: RunLine | None) -> list[str]:
    found = verify_file(path, None if line is None else line.tail())
    if found:
        return [_sentence(flaw) for flaw in found[:SENTENCES]]
    return [*_record_flaws(path, line)]


def _sentence(flaw: Flaw) -> str:
    text = f"{flaw.sentence[:1].upper()}{flaw.sentence[1:]}."
    return text if str(flaw.seq) in text or not flaw.seq else f"Row {flaw.seq}: {text}"


def _record_flaws(path: Path, line: RunLine | None) -> Iterator[str]:
    """A sound chain still has to prove what it says, and to say what the ledger says."""
    try:
        with Follower(path) as follower:
            record = assess(follower.rows())
    except (JournalError, NoRecord) as fault:
        yield f"{str(fault)[:1].upper()}{str(fault)[1:]}."
        return
    if record["disputed"]:
        yield DISPUTED
        yield from _texts(record["objections"])
    if line is None and record["closed"]:
        yield "The journal is closed, but the ledger has no line for it: the ledger was cut off, or is another home's."
    elif line is not None:
        yield from _differences(record, line)


def _differences(record: dict[str, Json], line: RunLine) -> Iterator[str]:
    batteries, bank = record["batteries"], record["bank"]
    assert isinstance(batteries, list)
    assert isinstance(bank, dict)
    serials = tuple(battery["serial"] for battery in batteries if isinstance(battery, dict))
    said: dict[str, tuple[object, object]] = {
        "run": (record["run"], line.run),
        "bank": (bank["name"], line.bank),
        "verdict": (record["journalled"], line.verdict.value),
        "batteries": (serials, line.serials),
        "simulated bench": (record["simulated"], line.simulated),
    }
    for what, (mine, theirs) in said.items():
        if mine != theirs:
            yield f"The ledger and the journal differ in the {what}: {_shown(theirs)} and {_shown(mine)}."


def _shown(value: object) -> str:
    return safe_text(str(value), 120)


def _texts(value: Json) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


# ---------------------------------------------------------------- an exported file


def _examine_export(home: Home, path: Path) -> Verification:
    record, fault = _read(path)
    if fault is not None:
        return Verification((fault,), ())
    if record.get("digest") != digest_of(record):
        return Verification(("The file was altered: its digest does not fit its content.",), ())
    run = record.get("run")
    if not isinstance(run, str) or not valid_run_id(run):
        return Verification(("The file names no run.",), ())
    if not home.journal_path(run).is_file():
        return Verification((), (f"{run} is not in this home: only the file's own digest was checked.",))
    return Verification((*_against_journal(home, run, record), *_examine_run(home, run).flaws), ())


def _read(path: Path) -> tuple[dict[str, Json], str | None]:
    name = safe_text(path.name)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        record = parse(data) if len(data) <= MAX_BYTES else None
    except (OSError, Unparsable) as fault:
        return {}, f"{name} cannot be read as a record: {safe_text(str(fault))}."
    if not isinstance(record, dict) or record.get("form") != FORM:
        return {}, f'{name} is no acceptance record: it has no "form" of "{FORM}".'
    return record, None


def _moment(record: dict[str, Json]) -> str:
    """When the passports of an exported record stood as it says; a record that names no moment differs by that."""
    passport = record.get("passport")
    at = passport.get("at") if isinstance(passport, dict) else None
    return at if isinstance(at, str) else ""


def _against_journal(home: Home, run: str, record: dict[str, Json]) -> Iterator[str]:
    """The record of the same rows has to be the same: an export of a run that went on covers its first rows."""
    journal = record.get("journal")
    rows = journal.get("rows") if isinstance(journal, dict) else None
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 1:
        yield "The file does not say how many rows of the journal it covers."
        return
    try:
        with Follower(home.journal_path(run)) as follower:
            again = completed(assess(islice(follower.rows(), rows)), Ledger(home.ledger_path), _moment(record))
    except (JournalError, NoRecord) as fault:
        yield f"The journal cannot be read: {fault}."
        return
    different = sorted(key for key in {*again, *record} if canonical(again.get(key)) != canonical(record.get(key)))
    if different:
        names = safe_text(", ".join(name for name in different if name != "digest") or "digest")
        yield f"The file is not what journal and ledger say: it differs in {names}."
