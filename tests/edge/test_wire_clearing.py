"""The clearing of a trip over a real wire: an OFF goes first, and a clear of unknown end owes one."""

import pytest

from benchctl.core.dialect.dialogue import LinkFault
from benchctl.core.dialect.egress import Door, Envelope
from benchctl.core.dialect.voice import Operation
from benchctl.core.messages import ClearTrip, Poll, SwitchedOff, SwitchOff, WireFailed
from benchctl.edge.connection import Connection
from tests.edge.wirestage import IDN, PINNED, RIGOL, bench
from tests.fakes import ManualClock, ScriptedLink

TRIPPED = {b":OUTP:OVP:QUES? CH1": b"YES", b":OUTP:OCP:QUES? CH1": b"NO"}


def test_a_clear_passes_the_door_only_after_the_output_has_answered_that_it_is_off() -> None:
    voice = RIGOL.voice("DP832", 1)
    door = Door({"P1": voice}, {"P1": Envelope(14.6, 3.0, 15.0, 3.3, None)})
    (question, clear) = (voice.ask(Operation.READ_OUTPUT).exchange, voice.tell(Operation.CLEAR_TRIP)[0])
    named = [(b"*IDN?\n", IDN), (b":SYST:REM\n", None)]
    with ScriptedLink(*named, (question.write, b"OFF\n"), (clear.write, None)) as link:
        connection = Connection("psu1", RIGOL, PINNED, voice, lambda: link, ManualClock(), door)
        connection.make_ready()
        with pytest.raises(LinkFault, match="not sent"):
            connection.ask(clear)
        connection.ask(question)
        connection.ask(clear)


def test_an_off_ends_the_clearing_of_a_trip_that_it_meets() -> None:
    with bench() as it:
        it.supply.levels |= TRIPPED
        it.supply.before = lambda line: it.wire.submit(SwitchOff("P1")) if line == b":OUTP:OVP:QUES? CH1" else None
        it.wire.submit(ClearTrip("P1", "Kim"))
        off, cleared = it.next(), it.next()
        assert off.events[-1] == SwitchedOff("P1", True, "")
        assert isinstance(cleared.events[-1], WireFailed)
        assert not [line for line in it.sent() if b"CLEAR" in line]


def test_a_clearing_of_unknown_end_owes_an_off() -> None:
    with bench() as it:
        it.supply.levels |= TRIPPED

        def clears(line: bytes) -> None:
            if line == b":OUTP:OCP:CLEAR CH1":
                it.supply.on[1] = True
                it.supply.mute = {b":OUTP? CH1"}

        it.supply.before = clears
        assert isinstance(it.outcome_of(ClearTrip("P1", "Kim")).events[-1], WireFailed)
        assert it.supply.on[1] is True
        it.supply.mute = set()
        it.outcome_of(Poll("P2"))
        assert it.supply.on[1] is False
