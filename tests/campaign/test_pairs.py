"""Nights with two faults: the draw, what counts as wrong, and one that is over soon."""

from benchctl.sim.faults import parse
from tests.campaign.pairs import KNOBS, STAYING, Pair, PairNight, draw, play, wrongly_approved
from tests.faults.stage import REST, START


def test_a_seed_draws_two_different_faults_that_can_be_said() -> None:
    pairs = [draw(seed) for seed in range(200)]
    assert all(parse(text) for pair in pairs for text in pair.faults)
    assert all(len(pair.kinds) == 2 or pair.faults[0].partition(":")[0] in pair.faults[1] for pair in pairs)
    assert draw(7) == draw(7)
    assert {text.partition(":")[0] for text in KNOBS} > STAYING


def test_two_faults_hurt_nothing() -> None:
    assert play(Pair(1, ("pack.24v", "lead.swap@1s/P2"), START, False)) == ()


def test_what_an_approved_string_truly_is_counts() -> None:
    """Its batteries as they came: 93 % full."""
    found = list(wrongly_approved(PairNight((), REST)))
    assert found == [f"approved with a battery that is 93 % full at {name}" for name in ("P1", "P2")]


def test_a_battery_far_from_the_others_counts() -> None:
    night = PairNight(("pack.low:0.2",), START)
    night.sim.advance(1.0)
    assert next(wrongly_approved(night)).startswith("approved with a true spread of 0.")
