"""The person of a headless demo: follows the journal and does at once whatever the run asks of people."""

from benchctl.core.journal.codec import body_of
from benchctl.core.messages import Answered, PromptAsked, PromptClosed
from benchctl.edge.follower import Follower
from benchctl.edge.home import Home
from benchctl.edge.inbox import NoAnswer, ask
from benchctl.edge.journalfile import JournalError

PATIENCE_S = 2.0


class Person:
    """Made before the run is started: the run is the one that the home did not know before."""

    def __init__(self, home: Home, name: str) -> None:
        self._home, self._name = home, name
        self._known = frozenset(home.run_ids())
        self._follower: Follower | None = None
        self._seq = 0
        self._open: list[str] = []

    @property
    def run(self) -> str | None:
        """The run; None while it has no journal."""
        return next((run for run in self._home.run_ids() if run not in self._known), None)

    def look(self) -> None:
        """Read on, and answer what is open. What nobody heard is answered again the next time."""
        try:
            self._read_on()
        except JournalError:  # it is just being made
            return
        for prompt in tuple(self._open):
            try:
                ask(self._home.inbox_dir, Answered(prompt, "done", self._name), PATIENCE_S)
            except NoAnswer:
                return
            self._open.remove(prompt)

    def leave(self) -> None:
        """Let go of the journal."""
        if self._follower is not None:
            self._follower.close()
            self._follower = None

    def _read_on(self) -> None:
        if self._follower is None:
            run = self.run
            if run is None:
                return
            self._follower = Follower(self._home.journal_path(run))
        while rows := self._follower.rows_after(self._seq):
            self._seq = rows[-1].seq
            for body in (body_of(row) for row in rows if row.kind in ("prompt_asked", "prompt_closed")):
                match body:
                    case PromptAsked():
                        self._open.append(body.prompt)
                    case PromptClosed() if body.prompt in self._open:
                        self._open.remove(body.prompt)
