"""The independent verifier on a group whose meter is held by hand: a battery that comes from its group's charge falls
while it is read, and only then may it."""

from dataclasses import replace

import pytest

from benchctl.core import messages as m, model as c
from benchctl.core.acceptance.record import assess
from benchctl.core.rows import Samples
from benchctl.core.view.fields import Fields
from tests.core.test_acceptance_group import BOTH, Telling
from tests.records.stories import BOOT_S, Plot, opened, rows

NOT_SHOWN = "takes a reading by hand that the samples do not show"


class Held(Telling):
    """A tale of one position whose meter a person holds."""

    def hold(self, serial: str, *volts: float) -> None:
        """The probes are seen off, then show these volts second by second, and are read."""
        self.say(m.PromptAsked(f"H{self.at_s:.0f}", m.PromptKind.HOLD_PROBES, "Hold.", "P1", serial))
        prompt = f"H{self.at_s - 1.0:.0f}"
        for one in (0.0, 0.0, 0.0, *volts):
            self.at_s += 1.0
            reading = c.Reading(one, BOOT_S + self.at_s, f"{one:+.8E}")
            self.tale.append((self.at_s, Samples((), (m.MetersScanned("dmm1", (("P1", reading),)),), ())))
        self.say(m.PromptClosed(prompt, "read", None))


def read_after(late_s: float) -> str:
    """What stands against a group of which E1 fell by 20 mV while it was read, so long after its charge."""
    telling, opening = Held(), opened(Plot())
    place = replace(opening.bench.positions[0], meter=None, hand_probed="dmm1", isolation=c.Isolation.MANUAL)
    batteries = tuple(replace(battery, group="A") for battery in opening.bank.batteries)
    bench, bank = replace(opening.bench, positions=(place,)), replace(opening.bank, batteries=batteries)
    telling.say(replace(opening, bench=bench, bank=bank, attended=True), m.Started())
    telling.say(m.RunEntered(c.RunState.CHARGING, ""))
    telling.done(m.PromptKind.JOIN, "E1", BOTH)
    telling.say(m.SwitchedOn("P1"))
    telling.say(m.SwitchedOff("P1", True, ""))
    telling.at_s += late_s
    telling.done(m.PromptKind.SEPARATE, "E1", BOTH)
    telling.hold("E1", *(13.90 - 0.004 * second for second in range(6)))
    return " ".join(Fields(assess(rows(telling.tale))).texts("objections"))


@pytest.mark.parametrize(("late_s", "taken"), [(5.0, True), (700.0, False)])
def test_a_falling_reading_counts_only_right_after_its_groups_charge(late_s: float, taken: bool) -> None:
    assert (NOT_SHOWN not in read_after(late_s)) is taken
