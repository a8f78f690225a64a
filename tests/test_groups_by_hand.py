"""Whole nights with groups and one meter that a person holds: who stands apart or did not share is found by probes.

The independent verifier sees the same; each single defect takes the approval away, and is named.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from random import Random

import pytest

from benchctl.core import messages as m
from benchctl.core.acceptance.record import BY_HAND, assess
from benchctl.core.dialect.voice import Exchange
from benchctl.core.journal.codec import body_of
from benchctl.core.model import Verdict
from benchctl.core.probes import Errand, ProbesRead, ProbesSeen, ProbesState
from benchctl.core.rows import Body
from benchctl.core.view.fields import Fields
from benchctl.sim.fleet import default_spec
from benchctl.sim.pack import PackSpec
from tests.night import Night, Tamper
from tests.night_watch import Watch
from tests.records.stories import BOOT_S, Tale, rows, without
from tests.test_acceptance_by_hand import NOT_SHOWN, changed_in, span_of, volts
from tests.test_group_nights import Happening, kinds, open_for_good
from tests.test_nights_by_hand import AH, Turner, ends, shifted, shorter


def batteries(count: int) -> list[PackSpec]:
    """Sound ones, nearly full."""
    return [default_spec(Random(f"group/{number}"), AH, 0.975) for number in range(count)]


def night_of(
    groups: str, channels: int, watch: Watch, specs: list[PackSpec] | None = None, tamper: Tamper | None = None
) -> Night:
    given = batteries(len(groups)) if specs is None else specs
    return Night(
        given, channels, procedure=shorter(), attended=True, every=watch, tamper=tamper, by_hand=True, groups=groups
    )


def read(night: Night, errand: Errand) -> list[str]:
    return [one.serial for one in night.bodies(ProbesRead) if isinstance(one, ProbesRead) and one.errand is errand]


@cache
def sound() -> Night:
    """Two groups of two on two supplies."""
    night = night_of("AABB", 2, Watch())
    ends(night)
    return night


def test_two_groups_are_approved_with_one_meter() -> None:
    night = sound()
    (verdict,) = [body for body in night.bodies(m.VerdictReached) if isinstance(body, m.VerdictReached)]
    assert verdict.verdict is Verdict.APPROVED
    assert read(night, Errand.ENTRY) == ["E1", "E2", "E3", "E4"]
    assert read(night, Errand.APART) == ["E1", "E2", "E1", "E3", "E4", "E3"], "each, and another after it"
    assert "connect" not in kinds(night), "nobody had to be charged alone"
    assert "probe" not in kinds(night), "there are no meter leads to move"


def test_a_battery_that_lies_beside_the_bench_is_asked_for_there() -> None:
    asked = [one.text for one in sound().bodies(m.PromptAsked) if isinstance(one, m.PromptAsked) and one.serial == "E2"]
    assert asked[-1] == "Put the probes of dmm1 on E2, beside the bench, red on plus: its rested voltage."


def test_its_record_states_group_and_hand() -> None:
    stated = Fields(assess(sound().rows()))
    assert BY_HAND in stated.texts("headline")
    joined = stated.parts("batteries")[1].parts("sessions")[0].part("joined")
    assert joined.part("alone_before_v").number("E2") == pytest.approx(13.36, abs=0.05)
    assert joined.part("alone_after_v").number("E2") == pytest.approx(14.3, abs=0.15)


def test_batteries_that_stand_apart_are_not_joined() -> None:
    specs = batteries(2)
    specs[1] = replace(specs[1], soc=0.10)
    watch = Watch()
    verdict = ends(night_of("AA", 1, watch, specs))
    assert verdict.verdict is Verdict.NOT_PROVEN
    assert verdict.reasons[0].startswith("Group A is not joined: E1 13.")
    assert watch.was_on == set()


class Insists(Watch):
    """A person who says that the probes are on E2, which shows nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.on_e2 = False

    def __call__(self, night: Night, at_s: float) -> None:
        super().__call__(night, at_s)
        asked = [one for one in night.bodies(m.PromptAsked) if isinstance(one, m.PromptAsked)]
        self.on_e2 = bool(asked) and asked[-1].serial == "E2"

    def tamper(self, name: str, at_s: float, exchange: Exchange, reply: bytes) -> bytes:
        return shifted(lambda _at: -float(reply))(name, at_s, exchange, reply) if self.on_e2 else reply


def test_a_battery_that_sleeps_is_not_joined() -> None:
    person = Insists()
    verdict = ends(night_of("AA", 1, person, tamper=person.tamper))
    assert verdict.verdict is Verdict.REJECTED
    assert "from E2: its BMS sleeps, or a lead is open" in verdict.reasons[0]
    assert person.was_on == {"P1"}, "E1 is charged alone"


def test_probes_the_wrong_way_round_join_nothing() -> None:
    """They are told and turned; what is read then is what counts."""
    specs, person = batteries(2), Turner()
    specs[1] = replace(specs[1], soc=0.10)
    night = night_of("AA", 1, person, specs, person.tamper)
    assert ends(night).reasons[0].startswith("Group A is not joined: E1 13.")
    seen = [one.state for one in night.bodies(ProbesSeen) if isinstance(one, ProbesSeen)]
    assert ProbesState.REVERSED in seen


def test_a_bms_that_opens_in_the_group_is_found_by_the_probes() -> None:
    watch = Happening("E2", lambda place: place.circuit.reading.battery_v >= 14.0, open_for_good)
    night = night_of("AA", 1, watch)
    verdict = ends(night)
    assert watch.done
    assert verdict.verdict is Verdict.REJECTED
    assert verdict.reasons[0].startswith("E2: "), verdict.reasons
    notes = [body.text for body in night.bodies(m.Noted) if isinstance(body, m.Noted)]
    assert [note[:2] for note in notes if "has not shown that it shared" in note] == ["E2"]


# ---------------------------------------------------------------- defects


def tale() -> Tale:
    return [(row.boot_s - BOOT_S, body_of(row)) for row in sound().rows()]


def moved(errand: Errand, by_v: float) -> Tale:
    """E2 is read higher by so much."""
    return changed_in(tale(), *span_of(tale(), errand, "E2"), volts(lambda one: one.value + by_v))


def high_at_the_entry() -> Tale:
    return moved(Errand.ENTRY, 0.15)


def low_when_apart() -> Tale:
    return moved(Errand.APART, -0.25)


def reversed_when_apart() -> Tale:
    return changed_in(tale(), *span_of(tale(), Errand.APART, "E2"), volts(lambda one: -one.value))


def unsteady_at_the_entry() -> Tale:
    swing = volts(lambda one: one.value + 0.01 * (int(one.at_s) % 2))
    return changed_in(tale(), *span_of(tale(), Errand.ENTRY, "E2"), swing)


def another_read_for_it() -> Tale:
    """When E2 was to be read after the charge, the prompt was for E1."""
    begin_s, _ = span_of(tale(), Errand.APART, "E2")

    def asked(at_s: float, body: Body) -> Body:
        wanted = isinstance(body, m.PromptAsked) and body.serial == "E2" and at_s == begin_s
        return replace(body, serial="E1") if wanted and isinstance(body, m.PromptAsked) else body

    return [(at_s, asked(at_s, body)) for at_s, body in tale()]


def never_apart() -> Tale:
    def separates(_at: float, body: Body) -> bool:
        return isinstance(body, m.PromptAsked) and body.kind is m.PromptKind.SEPARATE

    return without(tale(), separates)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (high_at_the_entry, "it was joined where"),
        (low_when_apart, "E2: after its group's charge it stood at"),
        (reversed_when_apart, NOT_SHOWN),
        (unsteady_at_the_entry, NOT_SHOWN),
        (another_read_for_it, "E2: within 10 min of its group's charge it, and another after it, were not read alone"),
        (never_apart, "E2: it was never taken out of its group"),
    ],
)
def test_a_defect_is_named(changed: Callable[[], Tale], sentence: str) -> None:
    assert sentence in " ".join(Fields(assess(rows(changed()))).texts("objections"))
