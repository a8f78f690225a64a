"""A share of `python -m tests.campaign trials`: the ways that `tests/guard` cannot try without a whole engine."""

from pathlib import Path

import pytest

from tests.campaign.trials import LIMIT_S, trial


@pytest.mark.parametrize("way", ["deadlock", "memory"])
def test_an_engine_that_hangs_or_starves_is_off_and_proven_within_ten_seconds(tmp_path: Path, way: str) -> None:
    struck = trial(tmp_path, way, after_s=1.0)
    assert struck.off_s <= LIMIT_S
    assert struck.proven_s <= LIMIT_S
