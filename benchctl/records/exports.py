"""A record as a file for others. An existing file is never overwritten unless that is asked for."""

import json
import os
import secrets
import sys
from pathlib import Path

from benchctl.core.errors import Refusal, UsageFault
from benchctl.core.journal.chain import Json
from benchctl.edge.home import Home
from benchctl.records.certificate import show
from benchctl.records.verification import tampering

FORMATS = ("json", "csv", "parquet", "bdf", "html", "pdf")
STDOUT = "-"


def export(home: Home, run: str, form: str, out_path: str, at: str, *, force: bool = False) -> None:
    """Write the record of a run as of wall time `at` to `out_path` (`-`: standard output), complete or not at all.

    Raises `UsageFault` for an unknown format, run or folder; `Refusal` for a format that is not built, a file that is
    already there (without `force`), or a journal that is not as it was written.
    """
    if form not in FORMATS:
        raise UsageFault(f"{form!r} is no format of a record: choose one of {', '.join(FORMATS)}")
    if form != "json":
        raise Refusal(f"The format {form} is not built yet: use --format json.")
    data = json_text(_sound_record(home, run, at)).encode("ascii")
    if out_path == STDOUT:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        _write(Path(out_path), data, force)


def json_text(record: dict[str, Json]) -> str:
    """A record as readable JSON. Its digest does not depend on the layout."""
    return json.dumps(record, indent=2, sort_keys=True, ensure_ascii=True, allow_nan=False) + "\n"


def _sound_record(home: Home, run: str, at: str) -> dict[str, Json]:
    """A disputed approval may leave the house, for it says so; an altered journal may not."""
    record = show(home, run, at)
    flaws = tampering(home, run)
    if flaws:
        raise Refusal(f"Run {run} is not exported: its journal or the ledger is not as it was written.", *flaws)
    return record


def _write(path: Path, data: bytes, force: bool) -> None:
    if not path.parent.is_dir():
        raise UsageFault(f"there is no folder {path.parent} to write {path.name} to")
    if not force and os.path.lexists(path):
        raise _exists(path)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write_new(draft, data)
        if force:
            draft.replace(path)
        else:
            os.link(draft, path)
    except FileExistsError:
        raise _exists(path) from None
    except OSError as fault:
        raise Refusal(f"{path} cannot be written: {fault.strerror or fault}.") from fault
    finally:
        draft.unlink(missing_ok=True)


def _write_new(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with open(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(handle)


def _exists(path: Path) -> Refusal:
    return Refusal(f"{path} is already there and is left as it is: choose another name, or say --force.")
