"""What a run says on standard output."""

from benchctl.core.messages import SwitchedOff
from benchctl.engine.telling import Teller

WALL = "2026-05-01T18:30:00.000Z"


def test_an_off_that_is_repeated_is_told_once_until_something_changes() -> None:
    told: list[str] = []
    teller = Teller(False, told.append)
    for position, proven, detail in (
        ("P1", False, "it answers on"),
        ("P2", False, "it answers on"),
        ("P1", False, "it answers on"),
        ("P1", False, "no answer"),
        ("P1", True, ""),
        ("P1", False, "it answers on"),
    ):
        teller.tell(WALL, SwitchedOff(position, proven, detail))
    assert [line.split("  ", 1)[1] for line in told] == [
        "P1 output NOT proven off: it answers on.",
        "P2 output NOT proven off: it answers on.",
        "P1 output NOT proven off: no answer.",
        "P1 output off, proven by its answer.",
        "P1 output NOT proven off: it answers on.",
    ]
