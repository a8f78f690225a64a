"""One trial of `python -m tests.campaign watchdog`, with the least delay that a procedure may have."""

from pathlib import Path

from tests.campaign.watchdog import trial

SHORTEST_S = 5.0


def test_with_engine_and_guard_dead_the_supply_s_own_watchdog_switches_off(tmp_path: Path) -> None:
    bite = trial(tmp_path, after_s=0.0, delay_s=SHORTEST_S)
    assert bite.fine
    assert bite.off_s >= SHORTEST_S - 2.0  # not sooner than it should: then it was somebody else
