"""A home with a run in it, as an engine leaves one behind."""

from collections.abc import Sequence
from pathlib import Path

from benchctl.core.journal.codec import entry
from benchctl.core.messages import AlarmChanged, AlarmRaised, SpreadMeasured
from benchctl.core.model import AlarmState, Priority
from benchctl.core.rows import Body, RunOpened
from benchctl.edge.home import Home
from benchctl.edge.journal import Journal, create
from tests.core.values import mission

RUN = "20260301-180000-0000"
WALL = "2026-03-01T18:00:00.000+00:00"


def opened() -> RunOpened:
    """How the run began."""
    given = mission()
    return RunOpened(
        run=RUN,
        bench=given.bench,
        bank=given.bank,
        procedure=given.procedure,
        operator="Kim",
        temperature_c=20.0,
        attended=False,
        simulated=False,
        identities={},
        supplies=given.supplies,
        meters=given.meters,
        version="0",
        permit="may run unattended",
        permit_reasons=(),
        calibration_overdue=(),
        remarks=(),
    )


def home_in(folder: Path) -> Home:
    """A home that is ready."""
    home = Home(folder)
    home.prepare()
    return home


def begun(home: Home, bodies: Sequence[Body]) -> Journal:
    """A journal with these rows on disk, still open."""
    journal = create(home.journal_path(RUN), "boot", lambda _seq: None, lambda _sentence: None)
    journal.append([entry(body, at_s=float(at_s), wall=WALL, actor="engine") for at_s, body in enumerate(bodies)])
    journal.flush(10.0)
    return journal


def left(home: Home, bodies: Sequence[Body]) -> None:
    """The same, and the engine is gone."""
    begun(home, bodies).close()


def alarm(number: int, position: str | None = "P1", latched: bool = True) -> AlarmRaised:
    """A1, A2, …"""
    return AlarmRaised(
        alarm=f"A{number}",
        fault="silent",
        position=position,
        serial="E1",
        latched=latched,
        text="The supply did not answer.",
        value=3.2,
        limit=3.0,
        did="Its output was switched off.",
        look_at="the cable",
        priority=Priority.P1,
        first_out=False,
    )


def reset(number: int) -> AlarmChanged:
    """By a person."""
    return AlarmChanged(f"A{number}", AlarmState.NORMAL, "Kim")


def spread() -> SpreadMeasured:
    """A common scan in which all agreed."""
    return SpreadMeasured(0, (("E1", 13.40), ("E2", 13.41)), (("E1", 7300.0), ("E2", 7200.0)), 0.01, 0.001, 0.1, ())
