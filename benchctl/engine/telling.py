"""What a run says on stdout: sentences for people, or one JSON object a line for programs. Never fails the run."""

import json
import sys
from collections.abc import Mapping

from benchctl.core.codec import encode, kind_of
from benchctl.core.fields import Fields
from benchctl.core.messages import VerdictReached, Waiting
from benchctl.core.model import Verdict
from benchctl.core.rows import Body
from benchctl.core.text import safe_text
from benchctl.core.walltime import clock
from benchctl.core.wording import sentence

EXIT_CODES: Mapping[Verdict, int] = {
    Verdict.APPROVED: 0,
    Verdict.REJECTED: 3,
    Verdict.TRIPPED: 4,
    Verdict.STOPPED: 5,
    Verdict.NOT_PROVEN: 6,
    Verdict.REFUSED: 7,
}


def say(line: str) -> None:
    """One line to stdout; a terminal that is gone is nobody's fault."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except OSError:
        """The run goes on; the journal has it all."""


class Teller:
    """Tells rows as they reach the disk."""

    def __init__(self, as_json: bool) -> None:
        self._json = as_json

    def tell(self, wall: str, body: Body) -> None:
        """One row, if it is worth telling."""
        if isinstance(body, VerdictReached):
            return
        kind, data = kind_of(body), encode(body)
        if self._json:
            say(json.dumps({"event": kind, "at": wall, **data}, ensure_ascii=True))
            return
        line = None if isinstance(body, Waiting) else sentence(kind, Fields(data))
        if line is not None:
            say(f"{clock(wall) or '--:--'}  {safe_text(line.text, 500)}")

    def verdict(self, run: str | None, verdict: Verdict, spread_v: float | None, reasons: tuple[str, ...]) -> None:
        """The last line of a run."""
        if self._json:
            fields = {"event": "verdict", "run": run, "verdict": verdict.value, "spread_v": spread_v}
            say(json.dumps({**fields, "reasons": list(reasons)}, ensure_ascii=True))
            return
        spread = "" if spread_v is None else f" (spread {1000 * spread_v:.1f} mV)"
        say(f"{verdict.value.replace('_', ' ').upper()}{spread}")
        for reason in reasons:
            say(f"  {safe_text(reason, 500)}")
