"""The independent verifier on a group: its taper counts for a battery only with what that battery showed alone."""

from dataclasses import dataclass, replace

import pytest

from benchctl.core import messages as m, model as c
from benchctl.core.acceptance.proof_bench import first_on
from benchctl.core.acceptance.proof_group import Joined
from benchctl.core.acceptance.proof_moment import Moment
from benchctl.core.acceptance.record import assess
from benchctl.core.rows import Intent, RunClosed, Samples
from benchctl.core.view.fields import Fields
from tests.records.stories import BOOT_S, Plot, Tale, look, opened, put, rows, time_of

BOTH = ("E1", "E2")
SET_A = 8.0


@dataclass(frozen=True, slots=True)
class Group:
    """How it goes: volts of each battery alone before and after, and what of it happened."""

    before_v: tuple[float | None, float | None] = (13.20, 13.22)
    after_v: tuple[float | None, float | None, float | None] = (13.90, 13.88, 13.86)
    joined: tuple[str, ...] = BOTH
    separated: bool = True
    late_s: float = 5.0
    hold_s: int = 20
    held_a: tuple[float, ...] = ()


class Telling:
    """A tale told line by line."""

    def __init__(self) -> None:
        self.at_s = 0.0
        self.tale: Tale = []
        self._prompts = 0

    def say(self, *bodies: object) -> None:
        self.at_s += 1.0
        self.tale += [(self.at_s, body) for body in bodies]  # type: ignore[misc]  # all are bodies of rows

    def read(self, volts: float | None) -> None:
        self.at_s += 1.0
        if volts is not None:
            reading = c.Reading(volts, BOOT_S + self.at_s, f"{volts:+.8E}")
            self.tale.append((self.at_s, Samples((), (m.MetersScanned("dmm1", (("P1", reading),)),), ())))

    def done(self, kind: m.PromptKind, serial: str, joined: tuple[str, ...] = ()) -> None:
        self._prompts += 1
        name = f"Q{self._prompts}"
        self.say(m.PromptAsked(name, kind, "Please.", "P1", serial, joined), m.PromptClosed(name, "done", "Kim"))

    def charge(self, amps: float, regulation: c.Regulation, volts: float = 14.6) -> None:
        self.at_s += 1.0
        reading = c.Reading(volts, BOOT_S + self.at_s, f"{volts:+.8E}")
        scanned = m.MetersScanned("dmm1", (("P1", reading),))
        self.tale.append((self.at_s, Samples((look(self.at_s, "P1", volts, amps, regulation),), (scanned,), ())))

    def program(self, volts: float) -> None:
        settings = c.Settings(volts, SET_A, 14.8, 1.1 * SET_A)
        self.say(Intent(m.Program("P1", settings)), m.Programmed("P1", settings))


def tale_of(group: Group) -> Tale:
    """A night of one group of two on P1."""
    telling = Telling()
    opening = opened(Plot())
    batteries = tuple(replace(battery, group="A") for battery in opening.bank.batteries)
    opening = replace(opening, bank=replace(opening.bank, batteries=batteries), attended=True)
    telling.say(opening, m.Started(), m.RunEntered(c.RunState.CHECKING, ""), m.SwitchedOff("P1", True, ""))
    telling.say(m.RunEntered(c.RunState.CHARGING, ""))
    telling.read(group.before_v[0])
    telling.done(m.PromptKind.PROBE, "E2")
    telling.read(group.before_v[1])
    telling.done(m.PromptKind.JOIN, "E1", group.joined)
    _charge(telling, group)
    telling.at_s += group.late_s
    if group.separated:
        telling.done(m.PromptKind.SEPARATE, "E1", group.joined)
    telling.read(group.after_v[0])
    for serial, volts in zip(("E2", "E1"), group.after_v[1:], strict=True):
        telling.done(m.PromptKind.PROBE, serial)
        telling.read(volts)
    _verify(telling)
    return telling.tale


def _charge(telling: Telling, group: Group) -> None:
    telling.program(13.2)
    telling.say(m.SwitchedOn("P1"))
    telling.charge(0.5, c.Regulation.CV, 13.2)
    telling.program(14.6)
    for _ in range(10):
        telling.charge(SET_A, c.Regulation.CC, 14.0)
    amps = 0.95 * SET_A
    while amps > 2.0:
        telling.charge(amps, c.Regulation.CV)
        amps *= 0.9
    for held_a in group.held_a:
        telling.charge(held_a, c.Regulation.CV)
    for _ in range(group.hold_s + 1):
        telling.charge(1.9, c.Regulation.CV)
    telling.say(m.SwitchedOff("P1", True, ""))


def _verify(telling: Telling) -> None:
    for _ in range(14):
        telling.at_s += 9.0
        telling.read(13.42)
    telling.say(m.RunEntered(c.RunState.VERIFYING, ""))
    for _ in range(5):
        telling.read(13.42)
    telling.done(m.PromptKind.PROBE, "E2")
    for _ in range(5):
        telling.read(13.40)
    found, ages = (("E1", 13.42), ("E2", 13.40)), (("E1", 150.0), ("E2", 157.0))
    telling.say(m.SpreadMeasured(0, found, ages, 0.02, 0.002, 0.1, ()))
    reasons = ("Every battery was charged to its taper, rested, and agrees with the others.",)
    telling.say(m.RunEntered(c.RunState.APPROVED, ""), m.VerdictReached(c.Verdict.APPROVED, 0.02, reasons))
    telling.say(RunClosed(c.Verdict.APPROVED, reasons, 0.02, "the verdict is reached"))


def objections(group: Group) -> tuple[str, ...]:
    return Fields(assess(rows(tale_of(group)))).texts("objections")


def test_a_sound_group_is_approved() -> None:
    record = Fields(assess(rows(tale_of(Group()))))
    assert (record.texts("objections"), record.text("verdict")) == ((), "approved")


def test_its_ampere_hours_are_those_of_the_group_and_said_to_be() -> None:
    both = Fields(assess(rows(tale_of(Group())))).parts("batteries")
    assert both[0].number("charged_ah") == both[1].number("charged_ah")
    assert both[0].text("charged_note") == "E1, E2 took it together; what each of them took is not known."


DEFECTS: dict[str, tuple[Group, str]] = {
    "one was not read before": (Group(before_v=(13.20, None)), "E1: it was joined with E2 unread"),
    "they stood apart before": (Group(before_v=(13.20, 13.05)), "it was joined where E2 stood at 13.050 V and E1 at"),
    "the uncertainty counts before": (Group(before_v=(13.20, 13.1005)), "it was joined where E2 stood at 13.101 V"),
    "one was not joined": (Group(joined=("E1",)), "E2: no charge is recorded"),
    "no proof of the group": (Group(hold_s=19), "E2: its taper held for 19.0 s instead of 20 s"),
    "never taken apart": (Group(separated=False), "E2: it was never taken out of its group"),
    "one was not read after": (Group(after_v=(13.90, None, 13.86)), "E2: within 10 min of its group's charge it"),
    "read too late": (Group(late_s=700.0), "E1: within 10 min of its group's charge it"),
    "one stood lower": (
        Group(after_v=(13.90, 13.40, 13.86)),
        "E2: after its group's charge it stood at 13.400 V, when E1, read later, stood at 13.860 V",
    ),
    "the first stood lower": (Group(after_v=(13.40, 13.88, 13.39)), "E1: after its group's charge it stood at 13.400"),
    "one left in the taper": (Group(held_a=(3.0,) * 70 + (2.1,)), "its current fell in a step from 3.00 A to 2.10 A"),
}


@pytest.mark.parametrize(("group", "words"), DEFECTS.values(), ids=DEFECTS)
def test_each_single_defect_takes_the_approval_away_and_is_named(group: Group, words: str) -> None:
    assert words in " ".join(objections(group))


def test_a_smaller_step_than_half_a_share_is_no_battery_that_left() -> None:
    assert objections(Group(held_a=(3.0,) * 70 + (2.4,) * 10)) == ()


def test_a_group_that_is_still_joined_tells_of_none_of_its_batteries() -> None:
    end = Moment(10, "boot-1", BOOT_S + 10.0, "")
    joined = Joined(Moment(1, "boot-1", BOOT_S, ""), ("E1", "E2"), {})
    after = Moment(12, "boot-1", BOOT_S + 12.0, "")
    assert not joined.falls(end, after)
    joined.apart = Moment(11, "boot-1", BOOT_S + 11.0, "")
    assert joined.falls(end, after)
    assert not joined.falls(end, replace(after, boot_s=BOOT_S + 3600.0))


def test_the_first_of_a_group_hangs_where_the_others_will() -> None:
    opening = opened(Plot())
    single, grouped = opening.bank.batteries[0], opening.bank.batteries[1]
    group = tuple(replace(grouped, serial=serial, group="A") for serial in ("E2", "E3"))
    batteries = (replace(single, serial="E4"), *group, single)
    found = first_on(replace(opening, bank=replace(opening.bank, batteries=batteries)))
    assert {name: battery.serial for name, battery in found.items()} == {"P1": "E2", "P2": "E4"}


def test_an_output_seen_on_by_itself_before_its_group_is_apart_takes_the_approval_away() -> None:
    tale = tale_of(Group())
    off_s = time_of(tale, m.SwitchedOff, 1)
    seen = Samples((look(off_s + 0.5, "P1", 14.6, 1.9, c.Regulation.CV),), (), ())
    stated = Fields(assess(rows(put(tale, off_s + 0.5, seen))))
    assert "P1: its output is not proven off at the end (last seen on in row" in " ".join(stated.texts("objections"))
