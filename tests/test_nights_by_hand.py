"""Whole nights in virtual time with one meter that a person holds: what is read is read of the right battery."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from benchctl.core import messages as m
from benchctl.core.acceptance.record import assess
from benchctl.core.dialect.voice import Exchange
from benchctl.core.model import Isolation, Verdict
from benchctl.core.probes import DriftMeasured, Errand, ProbesLifted, ProbesRead, ProbesSeen, ProbesState
from benchctl.core.procedure import Procedure
from benchctl.sim.fleet import scenario
from benchctl.sim.pack import PackSpec
from tests.night import Night, Tamper
from tests.night_watch import Watch, check_journal, check_truth
from tests.test_nights import shipped

AH = 50.0


def nearly_full(count: int, socs: float = 0.96) -> tuple[PackSpec, ...]:
    """Batteries that charge within the hour."""
    return tuple(replace(spec, soc=socs) for spec in scenario("matched", 1, 4, AH))[:count]


def shorter() -> Procedure:
    """The shipped one with a hold of a minute and a rest of half an hour to an hour and a half."""
    full = shipped()
    rest = replace(full.rest, min_s=1800.0, max_s=5400.0, settled_after_s=1700.0)
    return replace(full, taper=replace(full.taper, hold_s=60.0), rest=rest)


def by_hand(
    count: int,
    watch: Callable[[Night, float], None] | None = None,
    tamper: Tamper | None = None,
    isolation: Isolation = Isolation.SUPPLY_OFF,
    channels: int | None = None,
    rules: Procedure | None = None,
) -> Night:
    every = Watch() if watch is None else watch
    places = count if channels is None else channels
    return Night(nearly_full(count), places, 1, rules or shorter(), isolation, True, every, tamper, by_hand=True)


def ends(night: Night) -> m.VerdictReached:
    """Run it; whatever it is, the invariants hold, and the witness says the same."""
    watch = night._hook
    verdict = night.run()
    assert isinstance(watch, Watch)
    check_truth(night, watch)
    check_journal(night)
    stated = assess(night.rows())
    assert stated["verdict"] == verdict.verdict.value, stated["objections"]
    return verdict


def shifted(by_v: Callable[[float], float]) -> Tamper:
    """The meter reads wrong by so much at a time."""

    def tamper(name: str, at_s: float, exchange: Exchange, reply: bytes) -> bytes:
        if name != "dmm1" or not exchange.write.endswith(b"READ?\n"):
            return reply
        return b"%+.8E\n" % (float(reply) + by_v(at_s))

    return tamper


def test_four_batteries_and_one_meter() -> None:
    night = by_hand(4)
    verdict = ends(night)
    assert verdict.verdict is Verdict.APPROVED
    read = [(one.errand, one.serial) for one in night.bodies(ProbesRead) if isinstance(one, ProbesRead)]
    serials = ["E1", "E2", "E3", "E4"]
    assert read[:4] == [(Errand.CHECK, s) for s in serials]
    assert read[4:7] == [(Errand.CHARGE, s) for s in serials[:3]], "on E4 they just stay"
    assert sorted(read[7:11]) == [(Errand.TAPER, s) for s in serials]
    assert read[11:] == [*((Errand.SCAN, s) for s in serials), (Errand.AGAIN, "E1")]


class Turner(Watch):
    """A person who holds the probes the wrong way round until told."""

    def __init__(self) -> None:
        super().__init__()
        self.reversed = True
        self.shown_v: list[float] = []

    def __call__(self, night: Night, at_s: float) -> None:
        super().__call__(night, at_s)
        told = [one for one in night.bodies(ProbesSeen) if isinstance(one, ProbesSeen)] if self.reversed else []
        if told and told[-1].state is ProbesState.REVERSED:
            self.reversed = False

    def tamper(self, name: str, at_s: float, exchange: Exchange, reply: bytes) -> bytes:
        sign = -1.0 if self.reversed else 1.0
        turned = shifted(lambda _at: (sign - 1.0) * float(reply)) if name == "dmm1" else None
        return reply if turned is None else turned(name, at_s, exchange, reply)


def test_probes_held_the_wrong_way_round_are_told_and_turned() -> None:
    person = Turner()
    night = by_hand(2, person, person.tamper)
    assert ends(night).verdict is Verdict.APPROVED
    seen = [one for one in night.bodies(ProbesSeen) if isinstance(one, ProbesSeen)]
    shown = [one.voltage_v for one in seen if one.state is ProbesState.REVERSED]
    assert shown
    assert all(volts is not None and volts < -13.0 for volts in shown)
    assert all(one.voltage_v > 13.0 for one in night.bodies(ProbesRead) if isinstance(one, ProbesRead))


def test_a_meter_that_drifts_over_every_scan_proves_nothing() -> None:
    night = by_hand(2, tamper=shifted(lambda at_s: 0.0003 * max(0.0, at_s - 1800.0)))
    verdict = ends(night)
    assert verdict.verdict is Verdict.NOT_PROVEN
    assert "has drifted" in verdict.reasons[0]
    drifts = [one for one in night.bodies(DriftMeasured) if isinstance(one, DriftMeasured)]
    assert len(drifts) == 3
    assert all(one.again_v - one.first_v > one.limit_v for one in drifts)


def test_a_battery_that_has_not_settled_falls_and_that_is_no_drift() -> None:
    """A test procedure rests ten minutes; what it fell by while it was read counts with the uncertainty."""
    rules = shorter()
    night = by_hand(2, rules=replace(rules, rest=replace(rules.rest, min_s=600.0)))
    assert ends(night).verdict is Verdict.APPROVED
    (drift,) = [one for one in night.bodies(DriftMeasured) if isinstance(one, DriftMeasured)]
    (spread,) = [one for one in night.bodies(m.SpreadMeasured) if isinstance(one, m.SpreadMeasured)]
    assert not drift.settled
    assert drift.again_v < drift.first_v - drift.limit_v
    assert spread.uncertainty_v > drift.first_v - drift.again_v


class Loser(Watch):
    """A person whose clips come off once, in the middle of a taper."""

    def __init__(self) -> None:
        super().__init__()
        self.lost_s: float | None = None

    def __call__(self, night: Night, at_s: float) -> None:
        super().__call__(night, at_s)
        read = [one for one in night.bodies(ProbesRead) if isinstance(one, ProbesRead)] if self.lost_s is None else []
        if read and read[-1].errand is Errand.TAPER:
            self.lost_s = at_s + 30.0
        if self.lost_s == at_s:
            night.sim.hold("dmm1", None)


def test_a_taper_whose_probes_come_off_has_to_hold_anew() -> None:
    person = Loser()
    night = by_hand(2, person)
    assert ends(night).verdict is Verdict.APPROVED
    kinds = (ProbesRead, ProbesLifted, m.TaperProven)
    told = [type(body) for body in night.bodies(*kinds)]
    first = told.index(m.TaperProven)
    assert told[first - 3 : first] == [ProbesRead, ProbesLifted, ProbesRead]


@pytest.mark.parametrize("isolation", [Isolation.MANUAL, Isolation.CONTACTOR])
def test_in_every_isolation(isolation: Isolation) -> None:
    assert ends(by_hand(2, isolation=isolation)).verdict is Verdict.APPROVED


def test_two_batteries_on_one_position() -> None:
    assert ends(by_hand(2, channels=1)).verdict is Verdict.APPROVED
