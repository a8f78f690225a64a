"""Leads and contacts: learned under current, and what they take from the voltage."""

import pytest

from benchctl.core.model import Sense
from benchctl.core.run.lead import Lead


def test_remote_sense_takes_nothing_and_learns_nothing() -> None:
    lead = Lead(Sense.REMOTE, None)
    assert lead.known
    assert lead.learn(0.5, 10.0) is None
    assert (lead.battery_v(14.6, 10.0), lead.credit_v(10.0)) == (14.6, 0.0)


def test_a_two_wire_lead_is_unknown_until_three_pairs() -> None:
    lead = Lead(Sense.LOCAL, None)
    seen = [lead.learn(drop_v, 10.0) for drop_v in (0.10, 0.30)]
    assert seen == [pytest.approx(0.01), pytest.approx(0.03)]
    assert not lead.known
    assert lead.battery_v(14.6, 10.0) == 14.6
    lead.learn(0.12, 10.0)
    assert lead.just_learned
    assert lead.drop_ohm == pytest.approx(0.012), "the median"


def test_it_is_learned_once() -> None:
    lead = Lead(Sense.LOCAL, None)
    for drop_v in (0.1, 0.1, 0.1, 0.4):
        lead.learn(drop_v, 10.0)
    assert not lead.just_learned
    assert lead.drop_ohm == pytest.approx(0.01)


def test_a_stated_resistance_is_known_at_once_and_never_negative_later() -> None:
    lead = Lead(Sense.LOCAL, 0.015)
    assert lead.known
    assert lead.battery_v(14.6, 10.0) == pytest.approx(14.45)
    for _ in range(3):
        lead.learn(-0.01, 10.0)
    assert lead.drop_ohm == 0.0


def test_the_taper_proof_forgives_at_most_twenty_milliohm() -> None:
    assert Lead(Sense.LOCAL, 0.045).credit_v(2.5) == pytest.approx(0.05)
    assert Lead(Sense.LOCAL, 0.008).credit_v(2.5) == pytest.approx(0.02)


def test_only_remote_sense_lifts_the_supplys_terminals_by_the_stated_or_the_permitted_resistance() -> None:
    assert Lead(Sense.LOCAL, 0.015).lift_ohm == 0.0
    assert Lead(Sense.REMOTE, 0.015).lift_ohm == 0.015
    assert Lead(Sense.REMOTE, None).lift_ohm == 0.020
