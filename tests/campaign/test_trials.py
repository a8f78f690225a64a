"""A share of `python -m tests.campaign trials`: ten engines ended or held in real processes, some at a time."""

import pytest

from tests.campaign.trials import LIMIT_S, WAYS, run_all

SHARE = 10


@pytest.mark.timeout(480)  # they wait in real time, and may have to share their cores
def test_ten_engines_that_are_ended_or_held_are_off_and_proven_within_ten_seconds() -> None:
    trials = run_all(SHARE)
    assert len(trials) == SHARE
    assert {each.way for each in trials} == {*WAYS}
    assert [each for each in trials if not each.off_s <= LIMIT_S or not each.proven_s <= LIMIT_S] == []
