"""Readings that stand still: suspected, dithered, and called frozen only when a lower set point does not move them."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from benchctl.core import messages as m
from benchctl.core.model import Regulation, RunState, Sense, Settings
from benchctl.core.run.faults import FAULTS
from benchctl.core.run.frozen import (
    AGAIN_S,
    CLEAR_OF_TAPER,
    DITHER_LOOKS,
    DITHER_SHARE,
    DITHER_V,
    SETTLING_LOOKS,
    STILL_LOOKS,
    FreezeWatch,
    lowered,
)
from benchctl.core.run.limits import Armed, Breach, SafetyWatch
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.output import Output, Power
from benchctl.core.run.pair import Seen
from benchctl.core.run.protection import envelope
from tests.core.driven import Cell, Driven, run_of
from tests.core.stage import Stage
from tests.core.values import SUPPLY, absent, mission, position, reading, seen, shipped, unseen

CC, CV = Regulation.CC, Regulation.CV
TARGET = Settings(14.6, 10.0, 14.8, 11.0)
LOWER = {CC: replace(TARGET, current_a=9.5), CV: replace(TARGET, voltage_v=14.58)}
STANDS = {CC: (13.4, 10.0), CV: (14.6, 8.0)}
FROM_S = 12.0

Reads = Callable[[float], tuple[float, float]]
"""Volts and amperes at a time."""


class Charge:
    """A position at its target; looked at every second, and every order to its supply is carried out at once."""

    def __init__(self, regulation: Regulation = CC, stage: Stage | None = None) -> None:
        self.stage = (stage or Stage()).up_to(Power.ON)
        self.stage.guest.heard.clear()
        self.regulation = regulation
        self.at_s = FROM_S
        self.programs: list[tuple[float, Settings]] = []

    def look(self, volts: float, amps: float) -> None:
        """One more look, a second later."""
        if self.stage.place.by_hand is False:
            self.stage.place.metered(self.at_s, reading(volts, self.at_s))
        self.stage.place.polled(self.at_s, seen(volts, amps, self.regulation, at_s=self.at_s))
        self.at_s += 1.0
        self.carry_out()

    def looks(self, count: int, reads: Reads) -> "Charge":
        """So many."""
        for _ in range(count):
            self.look(*reads(self.at_s))
        return self

    def carry_out(self) -> None:
        """What was ordered meanwhile; an off is left alone."""
        programs = [order.settings for order in self.stage.orders() if isinstance(order, m.Program)]
        for settings in programs:
            self.programs.append((self.at_s, settings))
            self.stage.programmed(settings)

    @property
    def told(self) -> list[Settings]:
        """What was programmed."""
        return [settings for _, settings in self.programs]


def stands(regulation: Regulation) -> Reads:
    """Frozen: always the same."""
    return lambda _at_s: STANDS[regulation]


def follows(charge: Charge) -> Reads:
    """Sound, on a plateau: it stands still, and goes with its set point at once."""

    def reads(_at_s: float) -> tuple[float, float]:
        present = charge.stage.place.output.present
        assert present is not None
        volts, amps = STANDS[charge.regulation]
        return (volts, present.current_a) if charge.regulation is CC else (present.voltage_v, amps)

    return reads


# ---------------------------------------------------------------- a suspicion


@pytest.mark.parametrize("regulation", [CC, CV])
def test_thirty_looks_alike_lower_the_set_point_that_is_held_and_nothing_else(regulation: Regulation) -> None:
    charge = Charge(regulation).looks(STILL_LOOKS - 1, stands(regulation))
    assert charge.programs == []
    charge.looks(1, stands(regulation))
    assert charge.told == [LOWER[regulation]]


@given(
    readings=st.lists(st.sampled_from([(13.40, 10.00), (13.41, 10.00), (13.40, 10.01)]), min_size=60, max_size=90),
    regulation=st.sampled_from([CC, CV]),
)
def test_readings_that_move_are_never_suspected(readings: list[tuple[float, float]], regulation: Regulation) -> None:
    charge = Charge(regulation)
    volts = STANDS[regulation][0] - 13.40
    last = (0.0, 0.0)
    for number, (v, a) in enumerate(readings):
        now = (v + volts, a - 0.5)
        if number % (STILL_LOOKS - 1) == 0 and now == last:
            now = (v + volts + 0.001, a - 0.5)
        last = now
        charge.look(*now)
    assert (charge.programs, charge.stage.alarms) == ([], [])


def test_a_look_that_is_missing_does_not_make_them_move() -> None:
    charge = Charge(CV).looks(20, stands(CV))
    charge.stage.place.polled(charge.at_s, unseen(at_s=charge.at_s))
    charge.at_s += 1.0
    charge.looks(10, stands(CV))
    assert charge.told == [LOWER[CV]]


def test_close_to_the_taper_nothing_is_suspected_that_it_proves() -> None:
    charge = Charge(CV)
    taper_a = charge.stage.guest.taper_a
    charge.looks(100, lambda _at_s: (14.6, CLEAR_OF_TAPER * taper_a))
    assert charge.programs == []
    charge.looks(STILL_LOOKS, lambda _at_s: (14.6, CLEAR_OF_TAPER * taper_a + 0.001))
    assert charge.told == [LOWER[CV]]


def test_below_the_full_voltage_a_small_current_is_suspected_too() -> None:
    charge = Charge(CV)
    charge.stage.place.retarget(14.4, 1.0)
    charge.carry_out()
    charge.looks(STILL_LOOKS, lambda _at_s: (14.4, 0.501)).looks(1, lambda _at_s: (14.4, 0.501))
    assert charge.told[-1].voltage_v == pytest.approx(14.38)


def test_what_hardly_flows_is_not_suspected_below_the_full_voltage_either() -> None:
    charge = Charge(CV)
    charge.stage.place.retarget(14.4, 1.0)
    charge.carry_out()
    charge.looks(100, lambda _at_s: (14.4, 0.5))
    assert len(charge.programs) == 1


def test_a_supply_that_holds_neither_is_not_dithered() -> None:
    charge = Charge(CV).looks(STILL_LOOKS - 2, stands(CV))
    charge.regulation = Regulation.OFF
    charge.looks(5, stands(CV))
    assert charge.programs == []


def test_nothing_is_counted_before_the_target_is_reached() -> None:
    stage = Stage().up_to(Power.SOFT)
    for second in range(1, 60):
        stage.place.polled(second, seen(13.2, 10.0, CC, at_s=second))
    assert stage.orders() == []


# ---------------------------------------------------------------- a dither


@pytest.mark.parametrize("regulation", [CC, CV])
def test_readings_that_follow_are_told_once_and_the_old_set_point_comes_back(regulation: Regulation) -> None:
    charge = Charge(regulation)
    charge.looks(STILL_LOOKS + 1, follows(charge))
    assert charge.told == [LOWER[regulation], TARGET]
    assert charge.stage.alarms == []


def test_what_followed_is_noted() -> None:
    charge = Charge(CV).looks(STILL_LOOKS, stands(CV))
    charge.stage.place.polled(charge.at_s, seen(14.58, 7.0, at_s=charge.at_s))
    facts = charge.stage.out.take()[1]
    (noted,) = [fact.text for fact in facts if isinstance(fact, m.Noted)]
    assert noted == "P1: its supply's readings stood still, and followed a voltage setting that is 20 mV lower."


@pytest.mark.parametrize("regulation", [CC, CV])
def test_the_charge_hears_nothing_of_a_dither_and_of_the_looks_in_which_it_settles(regulation: Regulation) -> None:
    charge = Charge(regulation)
    charge.looks(STILL_LOOKS - 1, follows(charge))
    before = len(charge.stage.guest.looks)
    charge.looks(1 + 1 + SETTLING_LOOKS - 1, follows(charge))
    assert len(charge.stage.guest.looks) == before
    charge.looks(1, follows(charge))
    assert len(charge.stage.guest.looks) == before + 1
    assert charge.stage.guest.heard == []


def test_who_followed_is_left_alone_for_ten_minutes() -> None:
    charge = Charge(CC)
    charge.looks(STILL_LOOKS + 1 + int(AGAIN_S) - 1, follows(charge))
    assert charge.told == [LOWER[CC], TARGET]
    charge.looks(2, follows(charge))
    assert charge.told == [LOWER[CC], TARGET, LOWER[CC], TARGET]


@given(reads=st.tuples(st.floats(11.0, 14.6), st.floats(3.2, 10.2)), regulation=st.sampled_from([CC, CV]))
def test_readings_that_stand_still_whatever_is_set_are_frozen_in_time(
    reads: tuple[float, float], regulation: Regulation
) -> None:
    volts, amps = reads
    stood = (14.6, amps) if regulation is CV else (volts, max(amps, 9.5))
    charge = Charge(regulation)
    charge.looks(STILL_LOOKS + DITHER_LOOKS - 1, lambda _at_s: stood)
    assert charge.stage.alarms == []
    charge.stage.place.polled(charge.at_s, seen(*stood, regulation, at_s=charge.at_s))
    charge.stage.gives_up("frozen")
    assert charge.at_s - FROM_S <= FAULTS["frozen"].budget_s
    assert charge.stage.guest.heard[-1] == "frozen"


def test_a_frozen_supply_is_found_where_a_person_holds_the_meter() -> None:
    by_hand = replace(position(), meter=None, hand_probed="dmm1", sense=Sense.REMOTE)
    charge = Charge(CC, Stage(by_hand)).looks(STILL_LOOKS + DITHER_LOOKS, stands(CC))
    assert charge.stage.alarms == ["frozen"]


def test_the_words_of_a_breach_say_what_was_seen() -> None:
    out = Outbox()
    output = Output("P1", out)
    output.begin(TARGET, None, TARGET)
    watch = FreezeWatch("P1", output, out)
    found: list[Breach] = []
    for second in range(STILL_LOOKS + DITHER_LOOKS):
        found += watch.look(Seen(second, *STANDS[CC]), CC, 0.5)
        if second == STILL_LOOKS - 1:
            watch.programmed()
    text = "13.400 V and 10.000 A in 40 looks, in spite of a current setting that is 5 % lower."
    assert found == [Breach("frozen", 40.0, 40.0, text)]


# ---------------------------------------------------------------- what stays on, and what waits


def test_an_over_voltage_in_a_dither_trips() -> None:
    charge = Charge(CV).looks(STILL_LOOKS, stands(CV))
    charge.stage.place.polled(charge.at_s, seen(15.1, 8.0, at_s=charge.at_s))
    charge.stage.gives_up("over_voltage")


def test_an_output_that_is_lost_in_a_dither_trips() -> None:
    charge = Charge(CV).looks(STILL_LOOKS, stands(CV))
    charge.stage.place.polled(charge.at_s, seen(14.58, 8.0, on=False, at_s=charge.at_s))
    charge.stage.gives_up("output_lost")


def test_silence_in_a_dither_trips() -> None:
    charge = Charge(CV).looks(STILL_LOOKS, stands(CV))
    charge.stage.place.tick(charge.at_s + shipped().safety.missing_s)
    charge.stage.gives_up("silent")


def test_a_short_in_a_dither_trips() -> None:
    one = SafetyWatch(shipped().safety, Armed(14.6, 9.5, 50.0, True), 0.0)
    assert [each.fault for each in one.look(1.0, 4.0, 4.0, 9.5, CC, steady=False)] == ["voltage_fell"]


def test_a_sag_is_one_against_what_is_set_in_the_dither() -> None:
    armed = Armed(14.6, 10.0, 50.0, True)
    one = SafetyWatch(shipped().safety, armed, 0.0)
    one.dither(replace(armed, set_v=14.58))
    found = [each for second in range(1, 30) for each in one.look(second, 14.54, 14.54, 8.0, CV, steady=False)]
    assert found == []


def test_a_current_that_rose_before_a_dither_has_still_risen_after_it() -> None:
    armed = Armed(14.6, 10.0, 50.0, True)
    one = SafetyWatch(shipped().safety, armed, 0.0)

    def looks(seconds: Iterable[int], amps: float, steady: bool = True) -> list[str]:
        return [each.fault for second in seconds for each in one.look(second, 14.6, 14.6, amps, CV, steady)]

    assert looks(range(1, 40), 2.0) + looks(range(40, 70), 3.0) == []
    one.dither(replace(armed, set_v=14.58, full=False))
    assert looks(range(70, 72), 0.1, steady=False) == []
    one.dither(armed)
    assert looks(range(72, 75), 3.0, steady=False) + looks(range(75, 102), 3.0) == ["current_rose"] * 2


def test_a_dither_does_not_hide_a_current_that_rises_and_stands() -> None:
    charge = Charge(CV).looks(20, lambda at_s: (14.6, 3.2 + 0.001 * (at_s % 2)))
    rose_s = charge.at_s
    held = follows(charge)
    charge.looks(60, lambda at_s: (held(at_s)[0], 4.5))
    assert (charge.told, charge.stage.alarms) == ([LOWER[CV], TARGET], [])
    charge.looks(1, lambda at_s: (held(at_s)[0], 4.5))
    assert (charge.stage.alarms, charge.at_s - rose_s) == (["current_rose"], 61.0)


def test_the_low_current_of_a_dither_is_no_least_that_the_next_could_rise_from() -> None:
    armed = Armed(14.6, 10.0, 50.0, True)
    one = SafetyWatch(shipped().safety, armed, 0.0)
    found = [each for second in range(1, 30) for each in one.look(second, 14.6, 14.6, 8.0, CV)]
    found += one.look(30, 14.58, 14.58, 5.0, CV, steady=False)
    found += [each for second in range(31, 300) for each in one.look(second, 14.6, 14.6, 8.0, CV)]
    assert found == []


# ---------------------------------------------------------------- a dither that goes wrong


def in_a_dither() -> Stage:
    """The lower set point is ordered, and not answered yet."""
    charge = Charge(CC).looks(STILL_LOOKS - 1, stands(CC))
    charge.stage.place.polled(charge.at_s, seen(*STANDS[CC], CC, at_s=charge.at_s))
    assert charge.stage.orders() == [m.Program("P1", LOWER[CC])]
    return charge.stage


STUMBLED = Breach("wire_failed", None, None, "no reply in 1 s")


def test_a_wire_that_stumbles_in_it_is_no_trip_the_target_is_told_once_more() -> None:
    stage = in_a_dither()
    stage.place.failed(43.0, STUMBLED)
    assert (stage.alarms, stage.orders()) == ([], [m.Program("P1", TARGET)])
    stage.programmed()
    assert stage.place.power is Power.ON


def test_a_second_time_it_is_one() -> None:
    stage = in_a_dither()
    stage.place.failed(43.0, STUMBLED)
    stage.place.failed(44.0, STUMBLED)
    stage.gives_up("wire_failed")


def test_a_supply_that_does_not_take_the_lower_set_point_is_not_borne() -> None:
    stage = in_a_dither()
    stage.place.failed(43.0, Breach("setting_refused", 10.0, 9.5, "no"))
    stage.gives_up("setting_refused")


def test_the_way_back_may_fail_once_too() -> None:
    stage = in_a_dither()
    stage.programmed()
    stage.place.polled(43.0, seen(13.38, 9.5, CC, at_s=43.0))
    stage.orders()
    stage.place.failed(44.0, STUMBLED)
    assert (stage.alarms, stage.orders()) == ([], [m.Program("P1", TARGET)])


def test_a_failure_in_another_dither_is_borne_again() -> None:
    charge = Charge(CC)
    for _ in range(2):
        while charge.stage.place.power is Power.ON:
            charge.stage.place.polled(charge.at_s, seen(*STANDS[CC], CC, at_s=charge.at_s))
            charge.at_s += 1.0
        charge.stage.place.failed(charge.at_s, STUMBLED)
        charge.stage.programmed()
    assert charge.stage.alarms == []


def test_looks_before_the_answer_say_nothing() -> None:
    stage = in_a_dither()
    for second in range(43, 60):
        stage.place.polled(second, seen(*STANDS[CC], CC, at_s=second))
    assert (stage.alarms, stage.orders()) == ([], [])


def test_an_off_in_a_dither_ends_it() -> None:
    stage = in_a_dither()
    stage.place.release(43.0)
    stage.orders()
    stage.programmed()
    stage.place.failed(44.0, STUMBLED)
    assert (stage.orders(), stage.alarms, stage.place.power) == ([], [], Power.SWITCHING_OFF)


def test_a_watchdog_that_is_armed_again_in_a_dither_ends_it() -> None:
    able = replace(SUPPLY, watchdog_min_s=1.0, watchdog_max_s=3600.0)
    charge = Charge(CV, Stage(supply=able)).looks(STILL_LOOKS, stands(CV))
    held = replace(charge.told[0], watchdog_s=None)
    charge.stage.place.settings_read(charge.at_s, m.SettingsRead("P1", held))
    charge.carry_out()
    assert charge.told[1] == replace(TARGET, watchdog_s=15.0)
    charge.looks(SETTLING_LOOKS + DITHER_LOOKS, stands(CV))
    assert (charge.stage.guest.heard, charge.stage.alarms) == (["missed"], [])


# ---------------------------------------------------------------- never above what is armed


@given(
    voltage_v=st.floats(12.0, 14.6),
    current_a=st.floats(0.2, 25.0),
    regulation=st.sampled_from([CC, CV]),
)
def test_a_dither_goes_down_and_leaves_the_protections(
    voltage_v: float, current_a: float, regulation: Regulation
) -> None:
    target = Settings(voltage_v, current_a, 14.8, 1.1 * current_a)
    low, _ = lowered(target, regulation)
    assert (low.ovp_v, low.ocp_a) == (target.ovp_v, target.ocp_a)
    assert 0.0 <= target.voltage_v - low.voltage_v <= DITHER_V + 1e-9
    assert 0.0 <= target.current_a - low.current_a <= DITHER_SHARE * target.current_a + 1e-9
    assert low != target


@given(steps=st.lists(st.sampled_from(["still", "moved", "missed", "carried out", "failed"]), max_size=150))
def test_whatever_happens_nothing_is_ordered_above_the_envelope_or_the_target(steps: list[str]) -> None:
    stage = Stage().up_to(Power.ON)
    most, at_s, moved = envelope(mission(), "P1"), FROM_S, 0.0
    orders: list[m.Order] = []
    for step in ["still"] * STILL_LOOKS + steps:
        at_s += 1.0
        moved += 0.001 * (step == "moved")
        match step:
            case "still" | "moved":
                stage.place.polled(at_s, seen(13.4 + moved, 10.0, CC, at_s=at_s))
            case "missed":
                stage.place.polled(at_s, unseen(at_s=at_s))
            case "carried out" if orders:
                stage.programmed(None)
            case "failed":
                stage.place.failed(at_s, STUMBLED)
        orders += stage.orders()
    for order in orders:
        if isinstance(order, m.Program):
            assert order.settings.voltage_v <= min(most.voltage_v, TARGET.voltage_v)
            assert order.settings.current_a <= min(most.current_a, TARGET.current_a)
            assert (order.settings.ovp_v, order.settings.ocp_a) == (TARGET.ovp_v, TARGET.ocp_a)


# ---------------------------------------------------------------- a whole run


def dithers(run: Driven) -> list[str]:
    """The remarks on it."""
    return [fact.text for fact in run.told(m.Noted) if "stood still" in fact.text]


def test_a_run_on_a_plateau_is_dithered_and_approved() -> None:
    run = run_of(1, 1, E1=Cell(cc_s=40.0))
    verdict = run.to_the_end()
    assert verdict.verdict.value == "approved"
    assert len(dithers(run)) == 1
    assert not run.told(m.AlarmRaised)


def test_a_run_whose_supply_freezes_is_tripped_and_the_others_go_on() -> None:
    run = run_of(2, 2, E1=Cell(cc_s=1e6))
    run.until_state(RunState.CHARGING).until(lambda one: "P1" in one.lit).seconds(5)
    frozen = run.look("P1")
    run.trouble = lambda order, _at: m.Polled("P1", frozen) if order == m.Poll("P1") and "P1" in run.lit else None
    since_s = run.at_s
    run.until(lambda one: bool(one.told(m.AlarmRaised)))
    (alarm,) = run.told(m.AlarmRaised)
    assert (alarm.fault, alarm.position, alarm.latched) == ("frozen", "P1", True)
    assert run.at_s - since_s <= FAULTS["frozen"].budget_s
    assert run.to_the_end().verdict.value != "approved"
    assert [proven.serial for proven in run.told(m.TaperProven)] == ["E2"]


def test_what_is_absent_is_no_reading_that_stands_still() -> None:
    charge = Charge(CC)
    for _ in range(2):
        charge.stage.place.polled(charge.at_s, replace(unseen(), sample=replace(unseen().sample, current=absent())))
    assert charge.stage.orders() == []
