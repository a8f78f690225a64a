"""How far a run has come, where a person holds the meter: nobody's voltage is told for a battery's."""

from benchctl.core.messages import MetersScanned, PhaseEntered, PromptAsked, PromptKind
from benchctl.core.model import Phase, Reading
from benchctl.core.probes import Errand, ProbesLifted, ProbesRead
from benchctl.core.rows import Body, Samples
from benchctl.engine.progress import Progress

ASKED = PromptAsked("Q1", PromptKind.HOLD_PROBES, "Put the probes on E1.", "P1", "E1")
READ = ProbesRead("dmm1", "P1", "E1", Errand.SCAN, 13.49)
RESTED = PhaseEntered("E1", "P1", Phase.RESTED, "", 0)


def scanned(volts: float) -> Samples:
    return Samples((), (MetersScanned("dmm1", (("P1", Reading(volts, 1.0, "")),)),), ())


def told(*bodies: Body) -> tuple[str, ...]:
    progress = Progress()
    progress.lines("2026-03-01T18:29:00", RESTED)
    progress.lines("2026-03-01T18:29:00", scanned(13.5))
    for body in bodies:
        progress.lines("2026-03-01T18:29:30", body)
    return progress.lines("2026-03-01T18:30:01", scanned(0.0))


def test_a_wired_meter_says_what_rests() -> None:
    assert told() == ("P1 E1 rested: 0.000 V.",)


def test_probes_say_nothing_before_the_battery_was_read() -> None:
    assert told(ASKED, ProbesLifted("dmm1", "P1", "E1")) == ("P1 E1 rested: --.--- V.",)


def test_probes_say_what_was_read() -> None:
    assert told(ASKED, READ) == ("P1 E1 rested: 13.490 V.",)
