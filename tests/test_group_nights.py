"""Whole nights with groups, in virtual time: joined by hand, charged as one, and who does not share in it is found."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from benchctl.core import messages as m
from benchctl.core.acceptance.record import assess
from benchctl.core.model import Verdict
from benchctl.edge.procedurefile import load_procedure
from benchctl.sim.fleet import default_spec
from benchctl.sim.pack import Pack, PackSpec
from benchctl.sim.stand import Place
from tests.night import Night
from tests.night_watch import Watch, check_journal, check_truth

AH = 50.0


def batteries(count: int) -> list[PackSpec]:
    """Sound ones, nearly full: what is of interest happens at the end."""
    return [default_spec(Random(f"group/{number}"), AH, 0.955 + 0.005 * number) for number in range(count)]


class Happening(Watch):
    """Once, when a battery hangs joined under power and the moment has come, something happens to it."""

    def __init__(self, serial: str, moment: Callable[[Place], bool], deed: Callable[[Pack], None]) -> None:
        super().__init__()
        self._serial, self._moment, self._deed = serial, moment, deed
        self.done = False

    def __call__(self, night: Night, at_s: float) -> None:
        super().__call__(night, at_s)
        for place in night.sim.places.values():
            for unit in place.units if len(place.units) > 1 and place.circuit.on else ():
                if unit.serial == self._serial and not self.done and self._moment(place):
                    self.done = True
                    self._deed(unit.pack)


def night_of(groups: str, channels: int, watch: Watch, specs: list[PackSpec] | None = None) -> Night:
    full = load_procedure("lifepo4-12v-preseries")
    short = replace(full, taper=replace(full.taper, hold_s=60.0), bms=replace(full.bms, retry_off_s=60.0))
    given = batteries(len(groups)) if specs is None else specs
    return Night(given, channels, procedure=short, attended=True, every=watch, groups=groups)


def ends(night: Night, watch: Watch) -> m.VerdictReached:
    """Run it; whatever it is, the invariants hold, and the witness sees the same."""
    verdict = night.run()
    check_truth(night, watch)
    check_journal(night)
    record = assess(night.rows())
    assert (record["verdict"], record["disputed"]) == (verdict.verdict.value, False), record["objections"]
    return verdict


def kinds(night: Night) -> list[str]:
    return [body.kind.value for body in night.bodies(m.PromptAsked) if isinstance(body, m.PromptAsked)]


def in_the_taper(place: Place) -> bool:
    return place.circuit.reading.battery_v > 14.4 and place.circuit.reading.current_a < 7.5


def open_for_good(pack: Pack) -> None:
    pack.bms_stuck_open = True


@pytest.mark.parametrize(("groups", "channels"), [("AAAA", 1), ("AABB", 2)])
def test_groups_are_approved(groups: str, channels: int) -> None:
    watch = Watch()
    night = night_of(groups, channels, watch)
    verdict = ends(night, watch)
    assert verdict.verdict is Verdict.APPROVED
    assert verdict.spread_v is not None
    assert verdict.spread_v < 0.03
    assert (kinds(night).count("join"), kinds(night).count("separate")) == (channels, channels)
    assert "connect" not in kinds(night), "nobody had to be charged alone"


def test_a_bms_that_opens_before_the_voltage_is_reached_is_found_when_the_group_is_apart() -> None:
    watch = Happening("E2", lambda place: place.circuit.reading.battery_v >= 14.0, open_for_good)
    night = night_of("AAA", 1, watch)
    verdict = ends(night, watch)
    assert watch.done
    assert verdict.verdict is Verdict.REJECTED
    assert verdict.reasons[0].startswith("E2: the current stopped in a step at 0.00 A: its BMS opened")
    notes = [body.text for body in night.bodies(m.Noted) if isinstance(body, m.Noted)]
    assert sum("has not shown that it shared" in note for note in notes) == 1, "the others are not suspected"


def test_a_bms_that_opens_in_the_taper_takes_the_group_apart_at_once() -> None:
    watch = Happening("E2", in_the_taper, open_for_good)
    night = night_of("AAA", 1, watch)
    verdict = ends(night, watch)
    assert watch.done
    assert (verdict.verdict, verdict.reasons[0][:3]) == (Verdict.REJECTED, "E2:")
    full = [body.serial for body in night.bodies(m.TaperProven) if isinstance(body, m.TaperProven)]
    assert full == ["E1", "E3"], "each alone"


def test_a_bms_that_falls_asleep_in_the_group_is_found_and_named() -> None:
    specs = batteries(3)
    specs[1] = replace(specs[1], bms_wake_v=15.0)
    watch = Happening("E2", lambda place: place.circuit.reading.battery_v >= 14.0, Pack.fall_asleep)
    verdict = ends(night_of("AAA", 1, watch, specs), watch)
    assert verdict.verdict is Verdict.REJECTED
    assert "from E2: its BMS sleeps, or a lead is open" in verdict.reasons[0]


def test_batteries_that_stand_apart_are_not_joined() -> None:
    specs = batteries(2)
    specs[1] = replace(specs[1], soc=0.10)
    watch = Watch()
    night = night_of("AA", 1, watch, specs)
    verdict = ends(night, watch)
    assert verdict.verdict is Verdict.NOT_PROVEN
    assert verdict.reasons[0].startswith("Group A is not joined: E1 13.")
    assert watch.was_on == set()
