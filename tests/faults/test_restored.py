"""A supply whose power-on state brings its output up (row I14): on, and set, before the run has said a word to it."""

from dataclasses import dataclass, field, replace

from benchctl.core import messages as m
from benchctl.core.dialect.voice import Exchange
from benchctl.core.model import Verdict
from benchctl.core.rows import Intent
from benchctl.sim.faults import parse
from tests.faults.stage import usual_specs
from tests.night import Night

RESTORED = ("panel.set:7.3", "panel.set:7.3", "panel.on")
"""14.6 V, and on."""


@dataclass
class Restored:
    """The beginning of a night of two batteries: these knobs of P1's supply were turned before it."""

    knobs: tuple[str, ...]
    said: list[tuple[bytes, bool]] = field(default_factory=list)
    """What P1's supply was told and asked, and whether it was truly on then."""

    def __post_init__(self) -> None:
        self.night = Night(usual_specs(1), 2, every=self._every, tamper=self._hear)
        for knob in self.knobs:
            self.night.sim.inject(replace(parse(knob), place="P1"))
        assert self.night.sim.truth("P1").output_on

    def _every(self, night: Night, at_s: float) -> None:
        del at_s
        if night.bodies(Intent):
            night.wishes.waiting.append(("w1", m.StopRequested("Kim")))

    def _hear(self, name: str, at_s: float, exchange: Exchange, raw: bytes) -> bytes:
        del at_s
        if name == "psu1":
            self.said.append((exchange.write, self.night.sim.truth("P1").output_on))
        return raw


def test_the_first_word_to_an_output_that_is_on_already_is_off() -> None:
    one = Restored(RESTORED)
    one.night.run()
    assert one.said[:2] == [(b":OUTP CH1,OFF\n", False), (b":OUTP? CH1\n", False)]


def test_an_output_that_is_on_already_and_does_not_go_off_is_refused_and_called_for() -> None:
    one = Restored((*RESTORED, "psu.stuck_on"))
    verdict = one.night.run()
    assert verdict.verdict is Verdict.REFUSED
    raised = [body.fault for body in one.night.bodies(m.AlarmRaised) if isinstance(body, m.AlarmRaised)]
    assert raised == ["off_not_proven"]
    assert one.night.bodies(Intent) == []
    assert "P1: its output is NOT proven off" in " ".join(verdict.reasons)
