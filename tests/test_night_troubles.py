"""Nights in which something goes wrong at the wire, the supply or the battery: how they end, and that it is safe."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from benchctl.core import messages as m
from benchctl.core.dialect.dialogue import LinkFault
from benchctl.core.dialect.voice import Exchange
from benchctl.core.model import AbsenceReason, Isolation, Reading, RunState, Verdict
from benchctl.core.procedure import Procedure
from benchctl.core.rows import Samples
from benchctl.edge.procedurefile import load_procedure
from benchctl.sim.fleet import default_spec
from benchctl.sim.load import Source
from benchctl.sim.pack import PackSpec
from tests.night import Night
from tests.night_watch import Watch, check_journal, check_truth

AH = 50.0
CHARGING_S = 200.0
"""By then every battery of these nights is at its full current."""


def short() -> Procedure:
    """The shipped procedure with a short hold and short tries; its rest stays whole."""
    full = load_procedure("lifepo4-12v-preseries")
    return replace(
        full,
        taper=replace(full.taper, hold_s=60.0),
        bms=replace(full.bms, retry_off_s=60.0, retry_max_s=300.0),
    )


def batteries(count: int = 2, soc: float = 0.975) -> list[PackSpec]:
    return [default_spec(Random(f"trouble/{number}"), AH, soc) for number in range(count)]


Deed = Callable[[Night], None]


class Story(Watch):
    """Watches, and does things at their times."""

    def __init__(self, *deeds: tuple[float, Deed]) -> None:
        super().__init__()
        self.deeds = sorted(deeds, key=lambda deed: deed[0])

    def __call__(self, night: Night, at_s: float) -> None:
        super().__call__(night, at_s)
        while self.deeds and at_s >= self.deeds[0][0]:
            self.deeds.pop(0)[1](night)


def told(story: Story, night: Night) -> m.VerdictReached:
    """Run it; whatever happened, it is safe and the journal says so."""
    verdict = night.run()
    check_truth(night, story)
    check_journal(night)
    return verdict


def night_with(story: Story, tamper: "Tampering | None" = None, count: int = 2, soc: float = 0.975) -> Night:
    return Night(batteries(count, soc), count, procedure=short(), every=story, tamper=tamper)


def alarms(night: Night) -> list[tuple[str, str | None]]:
    """The trips, first-out first; warnings come and go beside them."""
    raised = [body for body in night.bodies(m.AlarmRaised) if isinstance(body, m.AlarmRaised)]
    return [(body.fault, body.position) for body in raised if body.latched]


def full(night: Night) -> set[str]:
    return {body.serial for body in night.bodies(m.TaperProven) if isinstance(body, m.TaperProven)}


# ---------------------------------------------------------------- at the wire

Tampering = Callable[[str, float, Exchange, bytes], bytes]


def replies(instrument: str, query: bytes, since_s: float, until_s: float, instead: bytes | None) -> Tampering:
    """From then until then this question is answered with something else; None: not at all."""

    def tamper(name: str, at_s: float, exchange: Exchange, raw: bytes) -> bytes:
        if name != instrument or not since_s <= at_s < until_s or query not in exchange.write:
            return raw
        if instead is None:
            raise LinkFault(AbsenceReason.TIMEOUT, "no reply in 1 s", 0.0)
        return instead

    return tamper


def numbers_of_p1(night: Night, since_s: float) -> list[float]:
    """What the journal holds as measured by its supply from then on."""
    samples = [body for body in night.bodies(Samples) if isinstance(body, Samples)]
    looks = [polled.sample for body in samples for polled in body.polled if polled.position == "P1"]
    parts = [part for look in looks for part in (look.voltage, look.current)]
    return [part.value for part in parts if isinstance(part, Reading) and part.at_s >= since_s]


BAD = {
    "silence": None,
    "nan": b"nan\n",
    "SCPI not a number": b"9.91E37\n",
    "SCPI overload": b"9.9E37\n",
    "garbage": b"\xff\xfe#!\n",
    "two numbers": b"14.6,14.6,14.6,14.6\n",
    "half a line": b"14.",
    "nothing": b"\n",
    "the previous answer": b"CV\n",
}


@pytest.mark.parametrize("instead", BAD.values(), ids=BAD)
def test_what_is_no_number_never_becomes_one_and_ends_safe(instead: bytes | None) -> None:
    story = Story()
    night = night_with(story, replies("psu1", b"MEAS", CHARGING_S, 1e9, instead))
    verdict = told(story, night)
    assert (verdict.verdict, verdict.spread_v) == (Verdict.TRIPPED, None)
    assert alarms(night) == [("silent", "P1")]
    assert full(night) == {"E2"}, "the other goes on"
    tripped_s = next(row.boot_s for row in night.rows() if row.kind == "alarm_raised")
    assert tripped_s - CHARGING_S <= 4.0
    assert numbers_of_p1(night, CHARGING_S) == []


def test_a_short_silence_is_survived() -> None:
    story = Story()
    night = night_with(story, replies("psu1", b"MEAS", CHARGING_S, CHARGING_S + 1.5, None))
    assert told(story, night).verdict is Verdict.APPROVED
    assert alarms(night) == []


def test_a_silence_in_the_taper_makes_it_hold_anew() -> None:
    plain = Story()
    usual = night_with(plain, count=1)
    told(plain, usual)
    proven_s = next(row.boot_s for row in usual.rows() if row.kind == "taper_proven")
    story = Story()
    late = night_with(story, replies("psu1", b"MEAS", proven_s - 10, proven_s - 8, None), count=1)
    assert told(story, late).verdict is Verdict.APPROVED
    later_s = next(row.boot_s for row in late.rows() if row.kind == "taper_proven")
    assert later_s >= proven_s - 8 + short().taper.hold_s


def test_a_meter_that_is_lost_while_charging_trips_all_that_it_watches() -> None:
    story = Story()
    night = night_with(story, replies("scan1", b"", CHARGING_S, 1e9, None))
    assert told(story, night).verdict is Verdict.TRIPPED
    assert alarms(night) == [("meter_lost", "P1"), ("meter_lost", "P2")]


def test_set_points_that_are_not_taken_are_seen_before_anything_is_on() -> None:
    story = Story()
    tamper = replies("psu1", b":VOLT?", 0.0, 1e9, b"0.000\n")
    night = night_with(story, tamper)
    verdict = told(story, night)
    assert verdict.verdict is Verdict.TRIPPED
    assert alarms(night)[0][0] in ("setting_refused", "wire_failed")
    assert story.was_on == {"P2"}


def test_an_off_that_is_not_heard_is_said_until_it_is() -> None:
    story = Story((CHARGING_S + 12, lambda one: one.loop.ask(m.StopRequested("Kim"))))
    night = night_with(story, replies("psu1", b"OUTP?", CHARGING_S + 10, CHARGING_S + 40, b"ON\n"))
    verdict = told(story, night)
    assert verdict.verdict is Verdict.STOPPED
    assert ("off_not_proven", "P1") in alarms(night)
    ended_s = night.rows()[-1].boot_s
    assert ended_s >= CHARGING_S + 40, "no verdict before the proof"
    offs = [body for body in night.bodies(m.SwitchedOff) if isinstance(body, m.SwitchedOff) and body.position == "P1"]
    assert sum(not off.proven for off in offs) >= 20


# ---------------------------------------------------------------- at the supply and its leads


def output_drops(night: Night) -> None:
    night.sim.places["P1"].circuit.switch(False)


def lead_falls_off(night: Night) -> None:
    circuit = night.sim.places["P1"].circuit
    circuit.rewire(replace(circuit.wiring, lead_open=True))


def panel_is_turned(night: Night) -> None:
    night.sim.places["P1"].circuit.set_voltage(14.2)


def emits_too_much(night: Night) -> None:
    night.sim.places["P1"].circuit.excess_v = 0.4


@pytest.mark.parametrize(
    ("deed", "fault", "within_s"),
    [(output_drops, "output_lost", 3.0), (panel_is_turned, "setting_refused", 11.0)],
)
def test_a_supply_that_does_not_do_as_it_was_told_trips_its_battery(deed: Deed, fault: str, within_s: float) -> None:
    story = Story((CHARGING_S, deed))
    night = night_with(story, soc=0.96)  # it does not stand at 14.2 V yet
    verdict = told(story, night)
    assert verdict.verdict is Verdict.TRIPPED
    assert alarms(night) == [(fault, "P1")]
    assert full(night) == {"E2"}
    raised_s = next(row.boot_s for row in night.rows() if row.kind == "alarm_raised")
    assert raised_s - CHARGING_S <= within_s


def test_a_supply_that_emits_more_than_it_was_told_is_off_before_a_cell_is_harmed() -> None:
    story = Story((CHARGING_S, emits_too_much))
    night = night_with(story)
    assert told(story, night).verdict is Verdict.TRIPPED
    assert alarms(night)[0] in (("over_voltage", "P1"), ("output_lost", "P1"))
    assert full(night) == {"E2"}


def test_a_relay_that_is_welded_is_found_though_the_supply_says_off() -> None:
    def welded(night: Night) -> None:
        night.sim.places["P1"].circuit.welded_v = 14.6

    story = Story((7000.0, welded))
    night = night_with(story)
    assert night.run().verdict is Verdict.TRIPPED
    assert ("off_not_proven", "P1") in alarms(night)
    assert {place for _, place in alarms(night)} == {"P1"}
    check_journal(night)


def test_a_lead_that_falls_off_is_never_taken_for_full() -> None:
    story = Story((CHARGING_S, lead_falls_off))
    night = night_with(story)
    assert told(story, night).verdict in (Verdict.REJECTED, Verdict.TRIPPED, Verdict.NOT_PROVEN)
    assert full(night) == {"E2"}


def test_an_output_that_is_switched_on_at_the_panel_at_rest_is_switched_off_and_trips() -> None:
    def panel_on(night: Night) -> None:
        night.sim.places["P1"].circuit.switch(True)

    story = Story((7000.0, panel_on))
    night = night_with(story)
    verdict = told(story, night)
    assert verdict.verdict is Verdict.TRIPPED
    assert alarms(night) == [("off_not_proven", "P1")]


# ---------------------------------------------------------------- at the battery


@pytest.mark.parametrize("volts", [14.2, 24.0, -12.0, 0.0])
def test_a_wrong_battery_is_refused_before_anything_is_switched_on(volts: float) -> None:
    story = Story()
    night = night_with(story)
    night.sim.places["P2"].circuit.reconnect(Source(volts))
    verdict = told(story, night)
    assert (verdict.verdict, story.was_on) == (Verdict.REFUSED, set())
    assert "P2" in verdict.reasons[0]


def test_a_deeply_discharged_battery_is_charged_gently_first() -> None:
    story = Story((900.0, lambda one: one.loop.ask(m.StopRequested("Kim"))))
    night = Night([replace(batteries(1)[0], soc=0.03)], 1, procedure=short(), every=story)
    assert told(story, night).verdict is Verdict.STOPPED
    phases = [body.phase.value for body in night.bodies(m.PhaseEntered) if isinstance(body, m.PhaseEntered)]
    assert "precharging" in phases


def test_a_full_battery_still_has_to_earn_its_taper() -> None:
    story = Story()
    night = night_with(story, count=1, soc=0.999)
    assert told(story, night).verdict is Verdict.APPROVED
    assert full(night) == {"E1"}


def test_a_cell_that_is_high_opens_the_bms_and_is_never_taken_for_full() -> None:
    specs = batteries()
    specs[0] = replace(specs[0], soc=0.9, soc_offsets=(0.07, 0.0, 0.0, 0.0), balance_c_rate=0.0002)
    story = Story()
    night = Night(specs, 2, procedure=short(), every=story)
    verdict = told(story, night)
    assert verdict.verdict is Verdict.REJECTED
    assert verdict.reasons[0].startswith("E1: the current stopped in a step")
    assert full(night) == {"E2"}


# ---------------------------------------------------------------- people, guard, disk


def asks(*wishes: m.Wish) -> Deed:
    def deed(night: Night) -> None:
        for wish in wishes:
            night.loop.ask(wish)

    return deed


@pytest.mark.parametrize("at_s", [1.0, 3.0, 5.0, CHARGING_S, 5000.0])
def test_a_stop_at_any_time_leaves_everything_off(at_s: float) -> None:
    story = Story((at_s, asks(m.StopRequested("Kim"))))
    night = night_with(story)
    assert told(story, night).verdict is Verdict.STOPPED
    assert night.time.now_s() <= at_s + 12
    assert alarms(night) == []


def test_a_guard_that_is_lost_ends_the_run_unproven() -> None:
    def lost(night: Night) -> None:
        night.guard.lost = "The guard is gone."

    story = Story((CHARGING_S, lost))
    night = night_with(story)
    assert told(story, night).verdict is Verdict.NOT_PROVEN
    assert night.time.now_s() <= CHARGING_S + 3


def test_a_journal_that_fails_ends_the_run_unproven_and_off() -> None:
    story = Story((CHARGING_S, lambda night: night.journal.fail("The disk is full.")))
    night = night_with(story)
    verdict = night.run()
    check_truth(night, story)
    assert (verdict.verdict, verdict.reasons) == (Verdict.NOT_PROVEN, ("The disk is full.",))
    assert night.time.now_s() <= CHARGING_S + 3


def test_a_reset_in_a_running_run_charges_again_from_the_start() -> None:
    back = asks(m.AckRequested("A1", "Kim"), m.ResetRequested("P1", "Kim"))
    story = Story((CHARGING_S, output_drops), (CHARGING_S + 60, back))
    night = night_with(story)
    assert told(story, night).verdict is Verdict.APPROVED
    assert full(night) == {"E1", "E2"}
    states = [body.state for body in night.bodies(m.RunEntered) if isinstance(body, m.RunEntered)]
    assert states[-1] is RunState.APPROVED


def test_manual_isolation_asks_for_each_battery_and_rests_from_then_on() -> None:
    story = Story()
    night = Night(batteries(), 2, procedure=short(), isolation=Isolation.MANUAL, attended=True, every=story)
    assert told(story, night).verdict is Verdict.APPROVED
    asked = [body for body in night.bodies(m.PromptAsked) if isinstance(body, m.PromptAsked)]
    assert [prompt.kind for prompt in asked] == [m.PromptKind.ISOLATE] * 2


# ---------------------------------------------------------------- the meter at rest


def after_full(gap_s: float) -> tuple[Night, Story]:
    """The scanner is silent for so long from an hour after the charge on."""
    story = Story()
    return night_with(story, replies("scan1", b"", 6000.0, 6000.0 + gap_s, None)), story


@pytest.mark.parametrize(("gap_s", "again"), [(280.0, False), (400.0, True)])
def test_a_gap_in_the_readings_begins_the_rest_again_when_it_is_long(gap_s: float, again: bool) -> None:
    night, story = after_full(gap_s)
    assert told(story, night).verdict is Verdict.APPROVED
    waits = [body.waiting_for for body in night.bodies(m.Waiting) if isinstance(body, m.Waiting)]
    assert any("begun again" in wait for wait in waits) is again


def test_a_meter_that_never_comes_back_proves_nothing() -> None:
    night, story = after_full(1e9)
    verdict = told(story, night)
    assert (verdict.verdict, verdict.spread_v) == (Verdict.NOT_PROVEN, None)
