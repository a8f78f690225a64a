"""Conversations with literal bytes where a dialect file has no question for what it can tell: it is told all the same,
and nothing is taken for proven that nobody could ask for."""

from dataclasses import replace

import pytest

from benchctl.core.dialect.conversation import Spot, Told, program, switch_off
from benchctl.core.dialect.dialogue import Unanswered, flag
from benchctl.core.dialect.grammar import Text
from benchctl.core.dialect.voice import Operation, Voice
from benchctl.core.messages import Programmed, SettingRefused, SwitchedOff, WireFailed
from benchctl.core.model import AbsenceReason
from tests.core.test_conversation import CHARGE, DP811, DP832, DP832_HELD, NO_ERROR, RIGOL, held
from tests.fakes import late

WITHOUT_OCP = replace(CHARGE, ocp_a=None)


def unasked(spot: Spot, *operations: Operation) -> Spot:
    """The same channel of a Rigol whose dialect file has no question for these operations."""
    model = spot.voice.model
    others = {name: one for name, one in model.queries.items() if not {*operations} & {*one.answers}}
    return replace(spot, voice=Voice(RIGOL, replace(model, queries=others), spot.voice.channel, None))


@pytest.mark.parametrize(
    ("unread", "told_first"),
    [
        (Operation.READ_RANGE, ((b":OUTP:RANG P20V\n", None), (b":OUTP:SENS? CH1\n", b"ON\n"))),
        (Operation.READ_SENSE, ((b":OUTP:RANG?\n", b"20V/10A\n"), (b":OUTP:SENS CH1,ON\n", None))),
    ],
)
def test_a_range_or_a_sense_is_told_whatever_it_is(
    unread: Operation, told_first: tuple[tuple[bytes, bytes | None], ...]
) -> None:
    told = held(program(unasked(DP811, unread), CHARGE, previous=None), *told_first, (b":SOUR1:VOLT?\n", late()))
    assert isinstance(told.event, WireFailed)


def test_a_protection_of_which_nothing_can_be_asked_is_told_off() -> None:
    spot = unasked(DP832, Operation.READ_OCP_ON, Operation.READ_OCP)
    told = held(program(spot, WITHOUT_OCP, previous=CHARGE), (b":OUTP:OCP CH2,OFF\n", None), *DP832_HELD[:4], NO_ERROR)
    assert told == Told(Programmed("P2", WITHOUT_OCP), trusted=True)


def test_a_protection_that_tells_of_its_level_alone_is_taken_for_on() -> None:
    told = held(
        program(unasked(DP832, Operation.READ_OCP_ON), WITHOUT_OCP, previous=CHARGE),
        (b":OUTP:OCP CH2,OFF\n", None),
        *DP832_HELD[:5],
    )
    assert told == Told(SettingRefused("P2", "over-current protection off", 0.0, 1.0), trusted=True)


def test_a_protection_that_cannot_be_asked_for_is_not_proven_on() -> None:
    told = held(
        program(unasked(DP832, Operation.READ_OCP_ON), CHARGE, previous=WITHOUT_OCP), (b":OUTP:OCP CH2,ON\n", None)
    )
    assert isinstance(told.event, WireFailed)
    assert told.event.reason is AbsenceReason.UNSUPPORTED


def test_an_output_is_sent_its_off_and_never_proven_off() -> None:
    told = held(switch_off(unasked(DP832, Operation.READ_OUTPUT)), (b":OUTP CH2,OFF\n", None))
    assert isinstance(told.event, SwitchedOff)
    assert not told.event.proven
    assert told.event.detail.startswith("OFF was sent; ")


def test_a_switch_whose_answer_is_no_state_is_neither_on_nor_off() -> None:
    with pytest.raises(Unanswered, match="neither on nor off"):
        flag(Text("PERHAPS"))
