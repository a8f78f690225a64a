"""The clearing of a trip over a real wire: an OFF goes first, and a clear of unknown end owes one."""

from benchctl.core.messages import ClearTrip, Poll, SwitchedOff, SwitchOff, WireFailed
from tests.edge.wirestage import bench

TRIPPED = {b":OUTP:OVP:QUES? CH1": b"YES", b":OUTP:OCP:QUES? CH1": b"NO"}


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
