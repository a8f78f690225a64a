"""What stands against a reset: each thing that an idle position can show, just inside and just outside."""

from dataclasses import replace

import pytest

from benchctl.core import messages as m
from benchctl.core.model import AlarmState, ChannelRef, Phase
from benchctl.core.run.alarms import Standing
from benchctl.core.run.clearing import MEASURED, Idle, standing_cause
from benchctl.core.run.faults import FAULTS
from tests.core.driven import Driven, run_of, short
from tests.core.values import mission, on_first, shipped

NAN = float("nan")
CALM = Idle("P1", "E1", volts=13.9, celsius=20.0, current_a=0.0, least_a=0.02, metered=True)
LATER_S = 1800.0


def cause(fault: str, idle: Idle, value: float | None = None, at_s: float = LATER_S) -> str | None:
    alarm = Standing("A1", fault, "P1", True, 0.0, AlarmState.ACK, value, None)
    return standing_cause(alarm, idle, shipped(), at_s)


@pytest.mark.parametrize("fault", FAULTS)
def test_where_everything_is_calm_nothing_stands_against_it(fault: str) -> None:
    assert cause(fault, CALM) is None


@pytest.mark.parametrize("fault", MEASURED)
def test_what_is_measured_is_in_the_table(fault: str) -> None:
    assert fault in FAULTS


@pytest.mark.parametrize("fault", ["over_current", "reverse_current", "off_not_proven"])
@pytest.mark.parametrize(("amps", "stands"), [(0.02, False), (0.021, True), (-0.021, True), (NAN, True), (None, True)])
def test_a_current_with_the_output_off(fault: str, amps: float | None, stands: bool) -> None:
    text = cause(fault, replace(CALM, current_a=amps))
    assert (text is not None) is stands
    assert text is None or text.startswith("P1: its supply")


@pytest.mark.parametrize("fault", ["over_voltage", "driven"])
@pytest.mark.parametrize(("volts", "stands"), [(14.65, False), (14.651, True), (NAN, True), (None, False)])
def test_a_voltage_that_was_too_high(fault: str, volts: float | None, stands: bool) -> None:
    assert (cause(fault, replace(CALM, volts=volts)) is not None) is stands


@pytest.mark.parametrize(
    ("volts", "words"), [(0.1, "a lead is open"), (-13.3, "reversed"), (9.0, "deeply"), (NAN, "no")]
)
def test_a_battery_that_may_not_be_charged_keeps_its_latch(volts: float, words: str) -> None:
    text = cause("lead_hot", replace(CALM, volts=volts))
    assert text is not None
    assert words in text


def test_a_position_on_which_nothing_hangs_reads_no_battery() -> None:
    assert cause("lead_hot", replace(CALM, volts=0.0, serial="")) is None


def test_a_meter_that_was_lost_has_to_read_again_unless_a_person_holds_it() -> None:
    assert "still gives no reading" in str(cause("meter_lost", replace(CALM, volts=None)))
    assert cause("meter_lost", replace(CALM, volts=None, metered=False)) is None


@pytest.mark.parametrize(
    ("tripped_c", "now_c", "stands"),
    [
        (46.0, 35.0, False), (46.0, 35.1, True), (46.0, NAN, True), (46.0, None, True),
        (-1.0, 3.0, False), (-1.0, 2.9, True), (-1.0, 40.0, False),
        (None, 45.0, False), (None, 45.1, True), (None, -0.1, True), (None, None, True),
    ],
)  # fmt: skip
def test_a_temperature_has_to_be_well_inside_again(tripped_c: float | None, now_c: float | None, stands: bool) -> None:
    assert (cause("temperature", replace(CALM, celsius=now_c), tripped_c) is not None) is stands


def test_what_was_too_warm_is_left_alone_for_half_an_hour() -> None:
    text = cause("temperature", CALM, 46.0, at_s=LATER_S - 60)
    assert text == "P1: it was too warm. A reset needs half an hour since then: 1 min are left."


def test_a_reset_that_rests_on_a_persons_word_says_so() -> None:
    run = run_of().until(lambda one: one.lit == ["P1", "P2"])
    run.feed(m.Polled("P1", replace(run.look("P1"), output_on=False)))
    run.seconds(5)
    facts = run.feed(m.ResetRequested("P1", "Kim"))
    words = next(fact.text for fact in facts if isinstance(fact, m.Noted))
    assert words.startswith("P1: reset on the word of Kim, for nothing measures it while off: The supply's output went")


def test_a_refused_reset_names_what_stands_and_leaves_the_latch() -> None:
    run = run_of().until(lambda one: one.lit == ["P1", "P2"])
    run.feed(m.Polled("P1", replace(run.look("P1"), output_on=False)))
    run.cells["E1"].rest_v = 0.0
    run.cells["E1"].open_v = 0.0
    run.seconds(12)
    (refused,) = (fact for fact in run.feed(m.ResetRequested("P1", "Kim")) if isinstance(fact, m.WishRefused))
    assert "its BMS sleeps, or a lead is open" in refused.reason
    assert run.phase("E1") is Phase.TRIPPED


def test_probes_are_read_while_a_latch_stands_though_nothing_is_charged() -> None:
    given = on_first(mission(1, 1), temperature=ChannelRef("scan1", 111))
    run = Driven(replace(given, procedure=short(), attended=True)).start()
    run.until(lambda one: one.lit == ["P1"])
    run.feed(m.Polled("P1", replace(run.look("P1"), output_on=False)))
    tripped_s = run.at_s
    run.seconds(60)
    assert run.lit == []
    reads = [at_s for at_s, order in run.orders if isinstance(order, m.ReadTemperature) and at_s > tripped_s]
    assert len(reads) >= 5
