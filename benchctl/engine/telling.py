"""What a run says on stdout: sentences for people, or one JSON object a line for programs. Never fails the run."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from benchctl.core.journal.codec import encode
from benchctl.core.journal.kinds import kind_of
from benchctl.core.messages import Planned, PromptAsked, PromptKind, SwitchedOff, VerdictReached, Waiting
from benchctl.core.model import Verdict
from benchctl.core.rows import Body, Samples
from benchctl.core.text import safe_text
from benchctl.core.view.fields import Fields
from benchctl.core.view.walltime import clock, later
from benchctl.core.view.wording import sentence
from benchctl.engine.progress import Progress

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
    """Tells rows as they reach the disk. `out` says a line; an engine's must never wait for a reader."""

    def __init__(self, as_json: bool, out: Callable[[str], None] = say) -> None:
        self._json = as_json
        self._out = out
        self._progress = Progress()
        self._unproven: dict[str, str] = {}

    def tell(self, wall: str, body: Body) -> None:
        """One row, if it is worth telling."""
        if isinstance(body, VerdictReached):
            return
        if self._json:
            if not isinstance(body, Samples):
                self._out(json.dumps({"event": kind_of(body), "at": wall, **encode(body)}, ensure_ascii=True))
            return
        for text in self._progress.lines(wall, body):
            self._say(wall, text)
        if not isinstance(body, Samples | Waiting):
            line = sentence(kind_of(body), Fields(encode(body)))
            if line is not None and not self._echoes(body):
                self._say(wall, line.text)
        if isinstance(body, PromptAsked):
            probes = body.kind is PromptKind.HOLD_PROBES
            when = "it is read by itself; if the probes are on it already" if probes else "when it is done"
            self._out(f"       {when}: benchctl answer {safe_text(body.prompt)}")
        if isinstance(body, Planned):
            for step in plan_lines(wall, body):
                self._out(f"       {safe_text(step, 500)}")

    def _echoes(self, body: Body) -> bool:
        """An off is said every second until it is proven; that it was not, once."""
        if not isinstance(body, SwitchedOff):
            return False
        before = self._unproven.pop(body.position, None)
        if body.proven:
            return False
        self._unproven[body.position] = body.detail
        return before == body.detail

    def verdict(self, run: str | None, verdict: Verdict, spread_v: float | None, reasons: tuple[str, ...]) -> None:
        """The last line of a run."""
        if self._json:
            fields = {"event": "verdict", "run": run, "verdict": verdict.value, "spread_v": spread_v}
            self._out(json.dumps({**fields, "reasons": list(reasons)}, ensure_ascii=True))
            return
        for reason in reasons:
            self._out(f"  {safe_text(reason, 500)}")
        spread = "" if spread_v is None else f" (spread {1000 * spread_v:.1f} mV)"
        self._out(f"Verdict: {verdict.value.replace('_', ' ')}{spread}")

    def _say(self, wall: str, line: str) -> None:
        self._out(f"{_here(wall)}  {safe_text(line, 500)}")


def plan_lines(wall: str, planned: Planned) -> Iterator[str]:
    """The plan of the night by the clock of this place, for a run that starts at `wall`; hands are marked."""
    for step in planned.steps:
        begins, ends = (_here(later(wall, at_s) or "") for at_s in (step.start_s, step.end_s))
        yield f"{begins} to {ends}  {step.text}{'  [hands needed]' if step.hands else ''}"
    yield from planned.permit_reasons


def _here(wall: str) -> str:
    """Hours and minutes where the reader is."""
    try:
        local = datetime.fromisoformat(wall).astimezone()
    except ValueError:
        return "--:--"
    return clock(local.isoformat(timespec="seconds")) or "--:--"
