"""Clearing a supply's own trip: off, proven; clear; off, proven again. Bytes first, then the door, then the core."""

from dataclasses import replace

import pytest

from benchctl.core import messages as m
from benchctl.core.dialect.conversation import LinkFault, Spot, Told, conversation
from benchctl.core.dialect.dialogue import run_conversation
from benchctl.core.dialect.egress import Door, Envelope
from benchctl.core.model import AbsenceReason, Phase, RunState, Sense
from benchctl.edge.dialects import load_dialect
from tests.core.driven import Driven, run_of
from tests.fakes import ManualClock, ScriptedLink, late

Pair = tuple[bytes, bytes | LinkFault | None]


def spot(dialect: str, model: str, channel: int) -> Spot:
    return Spot("psu1", "P1", load_dialect(dialect).voice(model, channel), Sense.LOCAL)


DP832 = spot("rigol-dp800", "DP832", 1)
E36312A = spot("keysight-e36300", "E36312A", 2)
N6951A = spot("keysight-n6900", "N6951A", 1)
CPX400DP = spot("tti-cpx", "CPX400DP", 1)
KA3005P = spot("korad-ka3005p", "KA3005P", 1)

OFF: list[Pair] = [(b"OUTP OFF\n", None), (b"OUTP?\n", b"0\n")]
STATUS, CLEAR = b"STAT:QUES:COND?\n", b"OUTP:PROT:CLE\n"
OVP, OCP, WATCHDOG = "over-voltage protection", "over-current protection", "watchdog"


def held(at: Spot, *pairs: Pair) -> Told:
    with ScriptedLink(*pairs) as link:
        return run_conversation(conversation(m.ClearTrip("P1", "Kim"), "psu1", [at], None, ManualClock()), link)


def answer(off: bool = True, cleared: tuple[str, ...] = (), standing: tuple[str, ...] = ()) -> m.TripCleared:
    return m.TripCleared("P1", "Kim", off, cleared, standing)


# ---------------------------------------------------------------- bytes


def test_a_rigol_is_off_before_and_after_its_two_clears() -> None:
    told = held(
        DP832,
        (b":OUTP CH1,OFF\n", None),
        (b":OUTP? CH1\n", b"OFF\n"),
        (b":OUTP:OVP:QUES? CH1\n", b"YES\n"),
        (b":OUTP:OCP:QUES? CH1\n", b"NO\n"),
        (b":OUTP:OVP:CLEAR CH1\n", None),
        (b":OUTP:OCP:CLEAR CH1\n", None),
        (b":OUTP? CH1\n", b"OFF\n"),
        (b":OUTP:OVP:QUES? CH1\n", b"NO\n"),
        (b":OUTP:OCP:QUES? CH1\n", b"NO\n"),
    )
    assert told == Told(answer(cleared=(OVP,)), True)


def test_an_e36300_is_off_before_and_after_its_clear() -> None:
    told = held(
        E36312A,
        (b"OUTP OFF,(@2)\n", None),
        (b"OUTP? (@2)\n", b"0\n"),
        (b"VOLT:PROT:TRIP? (@2)\n", b"0\n"),
        (b"CURR:PROT:TRIP? (@2)\n", b"1\n"),
        (b"OUTP:PROT:CLE (@2)\n", None),
        (b"OUTP? (@2)\n", b"0\n"),
        (b"VOLT:PROT:TRIP? (@2)\n", b"0\n"),
        (b"CURR:PROT:TRIP? (@2)\n", b"0\n"),
    )
    assert told == Told(answer(cleared=(OCP,)), True)


@pytest.mark.parametrize(("status", "what"), [(b"+2048\n", WATCHDOG), (b"+1\n", OVP), (b"+2\n", OCP)])
def test_an_n6900_is_off_before_and_after_its_clear(status: bytes, what: str) -> None:
    told = held(N6951A, *OFF, (STATUS, status), (CLEAR, None), (b"OUTP?\n", b"0\n"), (STATUS, b"+0\n"))
    assert told == Told(answer(cleared=(what,)), True)


def test_a_trip_that_stands_after_its_clear_is_told() -> None:
    told = held(N6951A, *OFF, (STATUS, b"+1\n"), (CLEAR, None), (b"OUTP?\n", b"0\n"), (STATUS, b"+1\n"))
    assert told == Told(answer(cleared=(OVP,), standing=(OVP,)), True)


def test_what_answers_on_is_cleared_of_nothing() -> None:
    told = held(N6951A, (b"OUTP OFF\n", None), (b"OUTP?\n", b"1\n"))
    assert told == Told(answer(off=False), True)


def test_what_comes_on_at_its_clear_is_told_at_once() -> None:
    told = held(N6951A, *OFF, (STATUS, b"+2048\n"), (CLEAR, None), (b"OUTP?\n", b"1\n"))
    assert told == Told(answer(off=False, cleared=(WATCHDOG,)), True)


def test_where_nothing_has_tripped_nothing_is_cleared() -> None:
    told = held(CPX400DP, (b"OP1 0\n", None), (b"OP1?\n", b"0\r\n"), (b"LSR1?\n", b"1\r\n"))
    assert told == Told(answer(), True)


def test_a_supply_that_tells_of_no_trip_is_proven_off_and_told_nothing() -> None:
    told = held(KA3005P, (b"OUT0", None), (b"STATUS?", b"\x11"))
    assert told == Told(answer(), True)


def test_a_trip_without_a_command_to_clear_it_stands() -> None:
    model = N6951A.voice.model
    deaf = {one: said for one, said in model.commands.items() if one != "clear_trip"}
    dialect = replace(N6951A.voice.dialect, models={"N6951A": replace(model, commands=deaf)})
    at = replace(N6951A, voice=dialect.voice("N6951A", 1))
    assert held(at, *OFF, (STATUS, b"+2048\n")) == Told(answer(standing=(WATCHDOG,)), True)


@pytest.mark.parametrize("silent", range(6))
def test_a_supply_that_does_not_answer_is_in_doubt(silent: int) -> None:
    """Whichever exchange it is: nothing more is said on this connection, and an OFF is owed."""
    script = [*OFF, (STATUS, b"+1\n"), (CLEAR, None), (b"OUTP?\n", b"0\n"), (STATUS, b"+0\n")]
    told = held(N6951A, *script[:silent], (script[silent][0], late()))
    assert isinstance(told.event, m.WireFailed)
    assert (told.event.operation, told.event.position, told.trusted) == ("clear_trip", "P1", False)


# ---------------------------------------------------------------- the door

LINE, ASKS = b"OUTP:PROT:CLE\n", b"OUTP?\n"
MOST = Envelope(14.6, 10.0, 15.0, None, 15.0)


def door() -> Door:
    return Door({"P1": N6951A.voice}, {"P1": MOST})


@pytest.mark.parametrize(
    ("heard", "passes"),
    [
        ([], False),
        ([b"0\n"], True),
        ([b"1\n"], False),
        ([b"0\n", b"1\n"], False),
        ([b"1\n", b"0\n"], True),
        ([b"0\n", b"\n"], False),
        ([b"0\n", b"0\n0\n"], False),
    ],
)
def test_the_door_lets_a_clear_out_only_while_the_output_last_answered_off(heard: list[bytes], passes: bool) -> None:
    one = door()
    for reply in heard:
        one.heard(ASKS, reply)
    one.heard(b"OUTP:PROT:WDOG?\n", b"0\n")
    assert (one.refusal(LINE) is None) is passes


def test_no_clear_passes_while_the_output_may_be_switched_on() -> None:
    one = door()
    one.heard(ASKS, b"0\n")
    one.granted.add("P1")
    assert one.refusal(LINE) == "clear_trip while P1 may be on"


def test_an_on_that_was_let_out_ends_what_was_heard_before() -> None:
    one = door()
    one.heard(ASKS, b"0\n")
    one.granted.add("P1")
    assert one.refusal(b"OUTP ON\n") is None
    one.granted.discard("P1")
    assert one.refusal(LINE) is not None


def test_a_clear_for_all_outputs_waits_for_the_last_of_them() -> None:
    voices = {f"P{number}": load_dialect("tti-cpx").voice("CPX400DP", number) for number in (1, 2)}
    both = Door(voices, dict.fromkeys(voices, MOST))
    both.heard(b"OP1?\n", b"0\r\n")
    assert both.refusal(b"TRIPRST\n") == "clear_trip while P2 may be on"
    both.heard(b"OP2?\n", b"0\r\n")
    assert both.refusal(b"TRIPRST\n") is None


# ---------------------------------------------------------------- the core


def tripped() -> Driven:
    """E1's supply has switched itself off a while ago; E2 charges."""
    run = run_of().until(lambda one: one.lit == ["P1", "P2"])
    run.feed(m.Polled("P1", replace(run.look("P1"), output_on=False)))
    return run.seconds(2)


def reset(run: Driven, came: m.Event) -> list[m.Fact]:
    """Somebody resets P1, and that is what its supply answers."""
    run.trouble = lambda order, _at_s: came if isinstance(order, m.ClearTrip) else None
    return run.feed(m.ResetRequested("P1", "Kim"))


def refusal(facts: list[m.Fact]) -> str:
    (refused,) = (fact for fact in facts if isinstance(fact, m.WishRefused))
    assert refused.wish == "reset"
    return refused.reason


def test_nothing_is_lifted_before_the_supply_has_answered() -> None:
    run = tripped()
    orders, facts = run.bench.feed(m.ResetRequested("P1", "Kim"), run.at_s)
    assert (orders, facts) == ((m.ClearTrip("P1", "Kim"),), ())


@pytest.mark.parametrize("cleared", [(), (OVP,)])
def test_what_is_cleared_and_still_off_is_reset(cleared: tuple[str, ...]) -> None:
    run = tripped()
    facts = reset(run, answer(cleared=cleared))
    assert m.AlarmChanged in map(type, facts)
    assert run.phase("E1") is Phase.WAITING


@pytest.mark.parametrize(
    ("cleared", "words"), [((), "has tripped and has no remote clear"), ((OVP, OCP), "still reads as tripped after")]
)
def test_a_trip_that_stands_is_a_reason_to_refuse(cleared: tuple[str, ...], words: str) -> None:
    run = tripped()
    text = refusal(reset(run, answer(cleared=cleared, standing=(OVP, OCP))))
    assert text.startswith(f"P1: its supply's over-voltage protection and over-current protection {words}")
    assert text.endswith("clear the trip at the supply's front panel, then reset again.")
    assert run.phase("E1") is Phase.TRIPPED


@pytest.mark.parametrize(
    ("cleared", "when"),
    [((OVP,), "after its over-voltage protection was cleared"), ((), "before anything was cleared")],
)
def test_what_answers_on_is_switched_off_at_once_and_latched_again(cleared: tuple[str, ...], when: str) -> None:
    run = tripped()
    run.orders.clear()
    facts = reset(run, answer(off=False, cleared=cleared))
    (alarm,) = (fact for fact in facts if isinstance(fact, m.AlarmRaised))
    assert (alarm.fault, alarm.latched) == ("off_not_proven", True)
    assert when in refusal(facts)
    assert (run.at_s, m.SwitchOff("P1")) in run.orders
    assert run.phase("E1") is Phase.TRIPPED


def test_a_supply_that_cannot_be_asked_is_told_off_and_keeps_its_latch() -> None:
    run = tripped()
    run.orders.clear()
    failed = m.WireFailed("psu1", "P1", "clear_trip", AbsenceReason.TIMEOUT, "no reply within 1 s")
    assert "(no reply within 1 s). OFF is sent again." in refusal(reset(run, failed))
    assert (run.at_s, m.SwitchOff("P1")) in run.orders
    assert run.phase("E1") is Phase.TRIPPED


def test_what_happens_while_the_supply_is_asked_stands_against_it() -> None:
    run = tripped()
    run.bench.feed(m.ResetRequested("P1", "Kim"), run.at_s)
    run.bench.feed(m.Polled("P1", replace(run.look("P1"), output_on=True)), run.at_s)
    assert refusal(run.feed(answer())) == "P1 is not proven off yet."


def test_the_second_of_two_who_reset_is_told_that_it_is_done() -> None:
    run = tripped()
    reset(run, answer())
    assert refusal(run.feed(answer())) == "P1 has no latch to reset."
    assert run.bench.state is RunState.CHARGING
