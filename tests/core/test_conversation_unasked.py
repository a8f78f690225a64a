"""Conversations with literal bytes where there is no question for what is told: no dialect file is loaded that lacks
one, and nothing would be taken for proven that nobody could ask for."""

from dataclasses import replace

import pytest

from benchctl.core.dialect.conversation import Spot, program, switch_off
from benchctl.core.dialect.dialogue import Unanswered, flag
from benchctl.core.dialect.grammar import Text
from benchctl.core.dialect.voice import Operation, Voice
from benchctl.core.messages import SwitchedOff, WireFailed
from benchctl.core.model import AbsenceReason
from tests.core.test_conversation import CHARGE, DP832, RIGOL, held


def unasked(spot: Spot, *operations: Operation) -> Spot:
    """The same channel of a Rigol whose dialect file has no question for these operations."""
    model = spot.voice.model
    others = {name: one for name, one in model.queries.items() if not {*operations} & {*one.answers}}
    return replace(spot, voice=Voice(RIGOL, replace(model, queries=others), spot.voice.channel, None))


def test_a_protection_that_cannot_be_asked_for_is_not_proven_on() -> None:
    told = held(
        program(unasked(DP832, Operation.READ_OCP_ON), CHARGE, previous=replace(CHARGE, ocp_a=None)),
        (b":OUTP:OCP CH2,ON\n", None),
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
