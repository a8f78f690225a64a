"""A wire over real loopback sockets: one outcome for each order, OFFs first, and nobody is taken for somebody else."""

import threading
from dataclasses import replace
from queue import Queue

import pytest
from hypothesis import given, settings, strategies as st

from benchctl.core.dialect.dialogue import LinkFault
from benchctl.core.dialect.egress import Door, Envelope
from benchctl.core.dialect.voice import Operation
from benchctl.core.messages import (
    Identified,
    MoveLeads,
    Order,
    Poll,
    Polled,
    Program,
    Programmed,
    ReadSettings,
    ReadTemperature,
    SwitchedOff,
    SwitchedOn,
    SwitchOff,
    SwitchOn,
    WireFailed,
)
from benchctl.core.model import (
    Absence,
    AbsenceReason,
    Reading,
)
from benchctl.edge.connection import Connection
from benchctl.edge.link import Link
from benchctl.edge.orders import LIMIT, OrderQueue
from benchctl.edge.wire import Outcome, Wire
from tests.edge.wirestage import BRIEFLY_S, CHANNELS, CHARGE, IDN, PINNED, RIGOL, Bench, bench
from tests.fakes import ManualClock, ScriptedLink, late


def absence_of(outcome: Outcome) -> Absence:
    event = outcome.events[-1]
    assert isinstance(event, Polled)
    assert isinstance(event.sample.voltage, Absence)
    return event.sample.voltage


def charging(it: Bench) -> None:
    """P1 programmed and on."""
    it.outcome_of(Program("P1", CHARGE))
    assert it.outcome_of(SwitchOn("P1", CHARGE)).events == (SwitchedOn("P1"),)


# ---------------------------------------------------------------- the plain course


def test_the_first_order_brings_the_identity_and_then_its_own_outcome() -> None:
    with bench() as it:
        identified, polled = it.outcome_of(Poll("P1")).events
    assert isinstance(identified, Identified)
    assert isinstance(polled, Polled)
    assert polled.sample.voltage == Reading(14.6, 100.0, "14.6000")


def test_a_charge_from_arming_to_off() -> None:
    with bench() as it:
        charging(it)
        assert it.supply.on == {1: True, 2: False}
        assert it.outcome_of(SwitchOff("P1")).events == (SwitchedOff("P1", True, ""),)
        assert it.supply.on == {1: False, 2: False}


def test_a_live_channel_is_told_only_what_differs() -> None:
    with bench() as it:
        charging(it)
        it.forget()
        higher = replace(CHARGE, voltage_v=14.4)
        assert it.outcome_of(Program("P1", higher)).events == (Programmed("P1", higher),)
        assert [line for line in it.sent() if b"?" not in line] == [b":SOUR1:VOLT 14.400"]


def test_after_a_reopening_a_live_channel_is_told_everything() -> None:
    with bench() as it:
        charging(it)
        it.supply.mute = {b":OUTP:MODE? CH2"}
        it.outcome_of(Poll("P2"))
        it.forget()
        it.outcome_of(Program("P1", CHARGE))
        assert b":OUTP:OVP CH1,ON" in it.sent()


def test_an_order_for_another_instrument_is_a_mistake_of_the_caller() -> None:
    with bench() as it:
        for order in (Poll("P9"), MoveLeads("P1", ("E1001",)), ReadTemperature("P1")):
            with pytest.raises(LookupError):
                it.wire.submit(order)


# ---------------------------------------------------------------- OFF first


def test_an_off_overtakes_and_takes_the_energising_orders_of_its_position_with_it() -> None:
    asked, go_on = threading.Event(), threading.Event()

    def hold_up(line: bytes) -> None:
        if line == b":OUTP:MODE? CH2":
            asked.set()
            go_on.wait(5)

    with bench() as it:
        it.supply.before = hold_up
        waiting = (Program("P1", CHARGE), SwitchOn("P1", CHARGE), Poll("P1"))
        it.wire.submit(Poll("P2"))
        assert asked.wait(5)
        for order in waiting:
            it.wire.submit(order)
        it.wire.submit(SwitchOff("P1"))
        go_on.set()
        came = [it.next() for _ in range(5)]
        assert [outcome.order for outcome in came] == [*waiting[:2], SwitchOff("P1"), Poll("P2"), Poll("P1")]
        assert [type(outcome.events[-1]) for outcome in came[:2]] == [WireFailed, WireFailed]
        assert it.sent().index(b":OUTP CH1,OFF") < it.sent().index(b":OUTP? CH2")


def test_an_off_ends_the_switching_on_it_meets() -> None:
    with bench() as it:
        it.outcome_of(Program("P1", CHARGE))
        it.supply.before = lambda line: it.wire.submit(SwitchOff("P1")) if line == b":SOUR1:VOLT?" else None
        it.wire.submit(SwitchOn("P1", CHARGE))
        off, on = it.next(), it.next()
        assert off.events == (SwitchedOff("P1", True, ""),)
        assert isinstance(on.events[-1], WireFailed)
        assert on.events[-1].reason is AbsenceReason.NOT_MEASURED
        assert it.supply.on[1] is False


def test_an_off_of_one_channel_leaves_the_programming_of_another_alone() -> None:
    with bench() as it:
        it.supply.before = lambda line: it.wire.submit(SwitchOff("P1")) if line.startswith(b":SOUR2:CURR ") else None
        it.wire.submit(Program("P2", CHARGE))
        assert it.next().order == SwitchOff("P1")
        assert it.next().events[-1] == Programmed("P2", CHARGE)


def test_an_off_that_gets_no_answer_is_sent_again_over_a_new_connection() -> None:
    with bench() as it:
        it.outcome_of(Poll("P1"))
        it.supply.mute = {b":OUTP? CH1"}
        it.forget()
        outcome = it.outcome_of(SwitchOff("P1"))
        assert isinstance(outcome.events[-1], SwitchedOff)
        assert not outcome.events[-1].proven
        assert outcome.lost_s == 2 * BRIEFLY_S
        assert it.sent() == [b":OUTP CH1,OFF", b":OUTP? CH1"] * 2


def test_an_owed_off_goes_out_before_the_identity() -> None:
    with bench() as it:
        it.supply.mute = {b":OUTP? CH1"}
        it.outcome_of(SwitchOff("P1"))
        it.supply.mute = set()
        it.forget()
        events = it.outcome_of(Poll("P2")).events
        assert events[0] == SwitchedOff("P1", True, "")
        assert [type(event) for event in events[1:]] == [Identified, Polled]
        assert it.sent()[:3] == [b":OUTP CH1,OFF", b":OUTP? CH1", b"*IDN?"]


def test_a_switching_on_of_unknown_end_owes_an_off() -> None:
    with bench() as it:
        it.outcome_of(Program("P1", CHARGE))
        it.supply.mute = {b":OUTP? CH1"}
        assert isinstance(it.outcome_of(SwitchOn("P1", CHARGE)).events[-1], WireFailed)
        it.supply.mute = set()
        it.outcome_of(Poll("P2"))
        assert it.supply.on[1] is False


# ---------------------------------------------------------------- doubt


def test_a_timeout_costs_one_sample_and_the_next_is_asked_on_a_new_connection() -> None:
    with bench() as it:
        it.outcome_of(Poll("P1"))
        it.supply.mute = {b":MEAS:ALL? CH1"}
        late = it.outcome_of(Poll("P1"))
        assert (absence_of(late).reason, late.lost_s) == (AbsenceReason.TIMEOUT, BRIEFLY_S)
        it.supply.mute = set()
        again = it.outcome_of(Poll("P1"))
        assert [type(event) for event in again.events] == [Identified, Polled]
        assert (len(it.instrument.connections), again.lost_s) == (2, 0.0)


def test_a_reply_outside_its_grammar_ends_the_connection_too() -> None:
    with bench() as it:
        it.outcome_of(Poll("P1"))
        it.supply.levels[b":SOUR1:VOLT?"] = b"14,6"
        failed = it.outcome_of(ReadSettings("P1")).events[-1]
        assert isinstance(failed, WireFailed)
        assert failed.reason is AbsenceReason.GARBLED
        it.outcome_of(Poll("P1"))
        assert len(it.instrument.connections) == 2


def test_another_instrument_is_not_used_until_the_right_one_is_back() -> None:
    with bench() as it:
        it.outcome_of(Poll("P1"))
        it.supply.mute = {b":MEAS:ALL? CH1"}
        it.outcome_of(Poll("P1"))
        it.supply.mute, it.supply.idn = set(), IDN.replace(b"205678", b"000001")
        for _ in range(2):
            assert absence_of(it.outcome_of(Poll("P1"))).reason is AbsenceReason.WRONG_INSTRUMENT
        assert not it.outcome_of(SwitchOff("P1")).events[-1].proven  # type: ignore[union-attr]  # it is `SwitchedOff`
        it.supply.idn = IDN
        assert isinstance(it.outcome_of(Poll("P1")).events[-1].sample.voltage, Reading)  # type: ignore[union-attr]


def test_an_instrument_that_has_not_been_away_is_asked_its_name_every_ten_minutes() -> None:
    with bench() as it:
        it.outcome_of(Poll("P1"))
        it.forget()
        it.outcome_of(Poll("P1"))
        assert b"*IDN?" not in it.sent()
        it.clock.now_s += 600.0
        assert len(it.outcome_of(Poll("P1")).events) == 1
        assert b"*IDN?" in it.sent()


def test_an_instrument_that_is_gone_is_said_to_be_closed() -> None:
    with bench() as it:
        it.instrument.refuse()
        assert absence_of(it.outcome_of(Poll("P1"))).reason is AbsenceReason.CLOSED
        (off,) = it.outcome_of(SwitchOff("P1")).events
        assert isinstance(off, SwitchedOff)
        assert not off.proven
        assert "cannot open" in off.detail


# ---------------------------------------------------------------- one outcome for each order


def test_closing_carries_out_the_offs_and_gives_up_the_rest() -> None:
    asked, go_on = threading.Event(), threading.Event()

    def hold_up(line: bytes) -> None:
        if line == b":OUTP? CH2":
            asked.set()
            go_on.wait(5)

    with bench() as it:
        it.supply.on[1] = True
        it.supply.before = hold_up
        it.wire.submit(Poll("P2"))
        assert asked.wait(5)
        it.wire.submit(Poll("P1"))
        it.wire.submit(SwitchOff("P1"))
        threading.Timer(0.02, go_on.set).start()
        assert it.wire.close(10)
        outcomes = {outcome.order: outcome.events[-1] for outcome in (it.next() for _ in range(3))}
        assert outcomes[SwitchOff("P1")] == SwitchedOff("P1", True, "")
        assert isinstance(outcomes[Poll("P1")], Polled)
        it.wire.submit(SwitchOff("P1"))
        assert "has ended" in it.next().events[-1].detail  # type: ignore[union-attr]  # it is `SwitchedOff`


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_in_the_thread_leaves_nobody_waiting() -> None:
    outcomes: Queue[Outcome] = Queue()

    def broken() -> Link:
        raise ZeroDivisionError

    wire = Wire("psu1", RIGOL, PINNED, CHANNELS, broken, outcomes.put, ManualClock())
    orders = (Poll("P1"), Poll("P2"), Program("P1", CHARGE))
    for order in orders:
        wire.submit(order)
    assert {outcomes.get(timeout=10).order for _ in orders} == set(orders)
    assert wire.close(10)


def test_a_queue_that_is_full_refuses_all_but_an_off() -> None:
    queue = OrderQueue()
    assert not any(queue.put(Poll("P1")) for _ in range(LIMIT))
    ((refused, why),) = queue.put(Poll("P2"))
    assert (refused, "does not keep up" in why) == (Poll("P2"), True)
    assert queue.put(SwitchOff("P1")) == []
    assert queue.take() == [SwitchOff("P1")]


ORDERS = st.sampled_from(
    [Poll("P1"), Poll("P2"), Program("P1", CHARGE), SwitchOn("P1", CHARGE), SwitchOff("P1"), SwitchOff("P2")]
)


@settings(deadline=None)
@given(st.lists(st.one_of(ORDERS, st.none()), max_size=30))
def test_every_order_leaves_the_queue_exactly_once(steps: list[Order | None]) -> None:
    """None takes, if there is anything to take; the limit is low so that it is met."""
    queue = OrderQueue(limit=3)
    put: list[Order] = []
    left: list[Order] = []
    for step in steps:
        if step is not None:
            put.append(step)
            left += [order for order, _ in queue.put(step)]
        elif len(left) < len(put):
            left += queue.take()
    left += queue.end()
    assert sorted(map(repr, left)) == sorted(map(repr, put))


def test_a_line_that_the_door_refuses_never_reaches_the_wire_and_leaves_the_link_alone() -> None:
    voice = RIGOL.voice("DP832", 1)
    shut = Door({"P1": voice}, {"P1": Envelope(14.6, 3.0, 15.0, 3.3, None)})
    silent = ScriptedLink()
    connection = Connection("psu1", RIGOL, PINNED, voice, lambda: silent, ManualClock(), shut)
    (on,) = voice.tell(Operation.OUTPUT_ON)
    with pytest.raises(LinkFault, match="not sent: output_on of P1 without a lease and an intent on disk"):
        connection.ask(on)
    assert not silent.closed


def test_nothing_is_asked_on_a_connection_that_is_not_open() -> None:
    voice = RIGOL.voice("DP832", 1)
    connection = Connection("psu1", RIGOL, PINNED, voice, ScriptedLink, ManualClock(), None)
    (off,) = voice.tell(Operation.OUTPUT_OFF)
    with pytest.raises(LinkFault) as fault:
        connection.ask(off)
    assert fault.value.reason is AbsenceReason.CLOSED


def test_an_owed_off_that_gets_no_answer_stays_owed_and_nothing_else_is_asked() -> None:
    silent = ScriptedLink((b":OUTP CH1,OFF\n", None), (b":OUTP? CH1\n", late()))
    connection = Connection("psu1", RIGOL, PINNED, CHANNELS.supply["P1"].voice, lambda: silent, ManualClock(), None)
    connection.owe(CHANNELS.supply["P1"])
    with pytest.raises(LinkFault):
        connection.make_ready()
    assert silent.closed
    assert [event for event in connection.learnt if isinstance(event, SwitchedOff) and event.proven] == []
    assert connection._owed == {"P1": CHANNELS.supply["P1"]}


def test_an_output_that_answers_on_stays_owed_and_the_others_are_gone_on_with() -> None:
    on = [(b":OUTP CH1,OFF\n", None), (b":OUTP? CH1\n", b"ON\n")]
    taking = (b":SYST:REM\n", None)
    link = ScriptedLink(*on, taking, *on, (b":OUTP CH2,OFF\n", None), (b":OUTP? CH2\n", b"OFF\n"), (b"*IDN?\n", late()))
    connection = Connection("psu1", RIGOL, PINNED, CHANNELS.supply["P1"].voice, lambda: link, ManualClock(), None)
    for name in ("P1", "P2"):
        connection.owe(CHANNELS.supply[name])
    with pytest.raises(LinkFault):
        connection.make_ready()
    assert connection._owed == {"P1": CHANNELS.supply["P1"]}
