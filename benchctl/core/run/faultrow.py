"""What a row of the table of faults says: how a fault shows, how soon, what is done, and who may go on."""

from dataclasses import dataclass
from enum import StrEnum

from benchctl.core.model import Priority


class Action(StrEnum):
    """What the tool does by itself."""

    OFF = "output off, position latched"
    ALL = "every output off, the run ends"
    REFUSE = "nothing is switched on"
    RETRY = "output off, a bounded number of gentle tries"
    REJECT = "output off, the battery is out of this run"
    REST = "the rest begins again"
    NOTE = "the look is missing; nothing is proven by it"
    WARN = "a warning; nothing is switched"


_DID = {
    Action.OFF: "Its output was switched off.",
    Action.ALL: "Every output was switched off.",
    Action.WARN: "Nothing was switched by that.",
}


class Resume(StrEnum):
    """Who may go on, and how."""

    PERSON = "a person: acknowledge, look, reset; then everything is still to be earned"
    NEW_RUN = "a new run"
    ITSELF = "by itself"


@dataclass(frozen=True, slots=True)
class FaultRow:
    """One row. `threshold` names the keys of the procedure that decide, or the constant of the code."""

    fault: str
    catalogue: tuple[str, ...]
    signal: str
    threshold: str
    budget_s: float
    priority: Priority
    action: Action
    resume: Resume
    words: str
    look_at: str

    @property
    def did(self) -> str:
        """What the tool did, for a row that raises an alarm."""
        return _DID[self.action]
