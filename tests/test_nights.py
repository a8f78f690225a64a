"""Whole nights in virtual time: real core, loop, dialects and batteries; every scenario ends as its name says."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from benchctl.core import messages as m
from benchctl.core.model import Verdict
from benchctl.core.procedure import Procedure
from benchctl.edge.procedurefile import load_procedure
from benchctl.sim.fleet import scenario
from benchctl.sim.pack import PackSpec
from tests.night import Night
from tests.night_watch import Watch, check_journal, check_truth
from tests.sound import draw, play

AH = 50.0
SEED = 1
COUNT = 3
"""So many batteries are enough to tell who is unlike the others; `late-wave` needs the fourth."""

SOUND_SEEDS = (8, 9, 19, 26, 33, 34, 43, 70, 93, 147, 148, 151, 158, 166, 186, 191, 199, 204, 248, 299)


def shipped() -> Procedure:
    return load_procedure("lifepo4-12v-preseries")


def nearer_full(specs: tuple[PackSpec, ...]) -> tuple[PackSpec, ...]:
    """The same batteries, further along: what happens happens at the end of a charge."""
    return tuple(replace(spec, soc=spec.soc + 0.65) for spec in specs)


def night_of(name: str, change: Callable[[Procedure], Procedure] = lambda same: same) -> tuple[Night, Watch]:
    """A demo scenario, watched."""
    late = name == "late-wave"
    specs, watch = nearer_full(scenario(name, SEED, 4 if late else COUNT, AH)), Watch()
    night = Night(specs, 2 if late else COUNT, SEED, change(shipped()), attended=late, every=watch)
    return night, watch


ODDITIES: dict[str, Callable[[PackSpec], float]] = {
    "imbalanced": lambda spec: -spec.near_full_factor,
    "outlier": lambda spec: spec.full_shift_v,
    "bms-trip": lambda spec: spec.balance_c_rate,
}


def odd_one(name: str) -> str:
    """The serial of the battery that is unlike the others."""
    specs = scenario(name, SEED, COUNT, AH)
    return f"E{specs.index(min(specs, key=ODDITIES[name])) + 1}"


def ends(night: Night, watch: Watch) -> m.VerdictReached:
    """Run it; whatever it is, the invariants hold."""
    verdict = night.run()
    check_truth(night, watch)
    check_journal(night)
    return verdict


def test_matched() -> None:
    """The whole charge, of two: `tests/cli/test_demo.py` ends that of four, and bench_demo plays all of it."""
    watch = Watch()
    verdict = ends(Night(scenario("matched", SEED, 2, AH), 2, SEED, shipped(), every=watch), watch)
    assert verdict.verdict is Verdict.APPROVED
    assert verdict.spread_v is not None
    assert verdict.spread_v < 0.02


def test_imbalanced() -> None:
    night, watch = night_of("imbalanced")
    verdict = ends(night, watch)
    assert verdict.verdict is Verdict.APPROVED
    first = night.bodies(m.SpreadMeasured)[0]
    assert isinstance(first, m.SpreadMeasured)
    assert first.outliers == (odd_one("imbalanced"),)
    assert first.spread_v > 0.1
    assert verdict.spread_v is not None
    assert verdict.spread_v < 0.098


def test_outlier() -> None:
    """With a short hold: no hold brings this one in, however long."""
    verdict = ends(*night_of("outlier", lambda rules: replace(rules, balance=replace(rules.balance, hold_max_s=600.0))))
    assert verdict.verdict is Verdict.REJECTED
    assert verdict.reasons[0].startswith(odd_one("outlier"))
    assert verdict.spread_v is not None
    assert verdict.spread_v > 0.1


def test_bms_trip() -> None:
    night, watch = night_of("bms-trip")
    verdict = ends(night, watch)
    named = odd_one("bms-trip")
    assert (verdict.verdict, verdict.spread_v) == (Verdict.REJECTED, None)
    assert verdict.reasons[0].startswith(f"{named}: the current stopped in a step")
    full = {body.serial for body in night.bodies(m.TaperProven) if isinstance(body, m.TaperProven)}
    assert full == {"E1", "E2", "E3"} - {named}


def test_late_wave() -> None:
    night, watch = night_of("late-wave")
    verdict = ends(night, watch)
    assert verdict.verdict is Verdict.APPROVED
    kinds = [body.kind for body in night.bodies(m.PromptAsked) if isinstance(body, m.PromptAsked)]
    assert kinds.count(m.PromptKind.CONNECT) >= 2
    assert m.PromptKind.PROBE in kinds


def of_eight_cells(cells: int, name: str, labelled: int) -> tuple[Night, Watch]:
    """Two small batteries of so many cells on supplies that reach 30 V."""
    specs, watch = nearer_full(scenario("matched", SEED, 2, 10.0, cells)), Watch()
    return Night(specs, 2, SEED, load_procedure(name), every=watch, supply="DP832", labelled=labelled), watch


def test_batteries_of_eight_cells_are_approved_at_29_2_volts() -> None:
    night, watch = of_eight_cells(8, "lifepo4-24v-preseries", 8)
    verdict = ends(night, watch)
    assert verdict.verdict is Verdict.APPROVED, verdict.reasons
    assert watch.highest_set_v_per_cell == 29.2 / 8
    assert verdict.spread_v is not None
    assert verdict.spread_v < 0.02


@pytest.mark.parametrize("name", ["lifepo4-24v-join", "lifepo4-24v-topup"])
def test_batteries_that_were_used_or_stored_are_filled_up_and_approved(name: str) -> None:
    specs, watch = scenario("matched", SEED, 2, 10.0, 8), Watch()
    stored = tuple(replace(spec, soc=0.97) for spec in specs)
    verdict = ends(Night(stored, 2, SEED, load_procedure(name), every=watch, supply="DP832"), watch)
    assert verdict.verdict is Verdict.APPROVED, verdict.reasons
    assert watch.highest_set_v_per_cell == 29.2 / 8


@pytest.mark.parametrize(
    ("cells", "name", "seen"),
    [
        (4, "lifepo4-24v-preseries", "too deeply discharged (below 20.0 V), or a battery of fewer cells"),
        (8, "lifepo4-12v-preseries", "has it more cells?"),
    ],
)
def test_a_battery_whose_label_lies_about_its_cells_is_never_switched_on(cells: int, name: str, seen: str) -> None:
    night, watch = of_eight_cells(cells, name, load_procedure(name).cells)
    verdict = ends(night, watch)
    assert verdict.verdict is Verdict.REFUSED
    assert seen in " ".join(verdict.reasons)
    assert watch.was_on == set()


@pytest.mark.parametrize(("cells", "name"), [(4, "lifepo4-24v-preseries"), (8, "lifepo4-12v-preseries")])
def test_a_battery_of_another_number_of_cells_is_refused_by_its_label(cells: int, name: str) -> None:
    verdict = ends(*of_eight_cells(cells, name, cells))
    assert verdict.verdict is Verdict.REFUSED
    assert f"has {cells} cells in series" in verdict.reasons[0]


def test_one_seed_gives_one_journal_and_another_gives_another() -> None:
    def digest(seed: int) -> str:
        specs = tuple(replace(spec, soc=0.99) for spec in scenario("matched", seed, 2, AH))
        rules = shipped()
        night = Night(specs, 2, seed, replace(rules, taper=replace(rules.taper, hold_s=60.0)))
        assert night.run().verdict is Verdict.APPROVED
        return night.digest()

    assert digest(1) == digest(1)
    assert digest(1) != digest(2)


@pytest.mark.parametrize("seed", SOUND_SEEDS)
def test_a_fault_free_night_trips_nothing(seed: int) -> None:
    """A share of `python -m tests.campaign nights`: short ones that differ."""
    play(draw(seed))
