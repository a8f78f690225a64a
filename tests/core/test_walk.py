"""A walk through an instrument's operations: harmless, complete, and honest about what it found."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from benchctl.core.dialect.dialogue import LinkFault, run_conversation
from benchctl.core.dialect.stride import Finding, Step
from benchctl.core.dialect.voice import Exchange, Kind, Operation, Voice
from benchctl.core.dialect.walk import Walked, walk
from benchctl.core.model import AbsenceReason
from benchctl.edge.dialects import load_dialect, shipped_dialects
from benchctl.sim.single import Attached, SingleInstrument

Change = Callable[[bytes, bytes], bytes | None]
"""What is answered instead, given what was sent and what would be answered; None: nothing, too late."""


class Simulated:
    """A simulated instrument in memory. `change` spoils its answers."""

    def __init__(
        self, dialect: str, model: str | None, hangs: Attached, change: Change = lambda _, answer: answer
    ) -> None:
        self.single = SingleInstrument(dialect, model, hangs, Random(1))
        self._session = self.single.connect()
        self._change = change
        self._now_s = 0.0
        self.sent: list[bytes] = []

    def ask(self, exchange: Exchange) -> bytes:
        self._now_s += 0.1
        self.single.advance(self._now_s)
        self.sent.append(exchange.write)
        raw = self._change(exchange.write, self._session.handle(exchange.write))
        if raw is None or (exchange.reply is not None and not raw):
            raise LinkFault(AbsenceReason.TIMEOUT, "no reply within 1 s", 1.0)
        return raw

    def voice(self, channel: int | None = None) -> Voice:
        model = self.single.model
        numbers = model.meter.numbers if model.meter else model.channels
        return self.single.dialect.voice(model.name, channel or min(numbers))


def walked(instrument: Simulated, channel: int | None = None) -> Walked:
    return run_conversation(walk(instrument.voice(channel)), instrument)


def of(found: Walked, operation: Operation) -> Step:
    """The last step of an operation."""
    return [step for step in found.steps if step.operation is operation][-1]


MODELS = [(name, model.name) for name in shipped_dialects() for model in set(load_dialect(name).models.values())]


@pytest.mark.parametrize(("name", "model"), sorted(MODELS))
def test_everything_that_is_claimed_is_tried_and_fine(name: str, model: str) -> None:
    instrument = Simulated(name, model, Attached(volts_v=0.5) if load_dialect(name).kind is Kind.METER else Attached())
    found = walked(instrument)
    bad = [step for step in found.steps if step.finding is not Finding.FINE]
    assert (found.refused, bad) == (None, [])
    assert {step.operation for step in found.steps} == set(found.claimed)


DP832 = ("rigol-dp800", "DP832")


def test_nothing_above_five_volts_and_a_tenth_of_an_ampere_is_set_and_the_output_is_off_at_the_end() -> None:
    instrument = Simulated(*DP832, Attached())
    walked(instrument)
    settings = [sent for sent in instrument.sent if sent.startswith(b":SOUR1:") and b"?" not in sent]
    assert sorted(settings) == [b":SOUR1:CURR 0.100\n", b":SOUR1:VOLT 3.000\n"]
    switched = [sent for sent in instrument.sent if sent.startswith(b":OUTP CH")]
    assert switched == [b":OUTP CH1,ON\n", b":OUTP CH1,OFF\n"]


def test_with_a_battery_connected_nothing_is_told() -> None:
    instrument = Simulated("rigol-dp800", "DP811", Attached(soc=0.5))
    found = walked(instrument)
    assert found.refused is not None
    assert "a battery is connected" in found.refused
    assert [sent for sent in instrument.sent if b"?" not in sent] == []


def test_a_battery_on_another_channel_is_seen_too() -> None:
    def second_holds(sent: bytes, answer: bytes) -> bytes:
        return b"12.8,0.0,0.0\n" if sent == b":MEAS:ALL? CH2\n" else answer

    found = walked(Simulated(*DP832, Attached(), second_holds))
    assert "12.80 V at the terminals of channel 2" in str(found.refused)


def test_with_an_output_on_nothing_is_told() -> None:
    instrument = Simulated(*DP832, Attached())
    instrument.single.connect().handle(b":OUTP CH3,ON\n")
    assert "The output of channel 3 is on" in str(walked(instrument).refused)
    assert [sent for sent in instrument.sent if b"?" not in sent] == []


def test_who_does_not_answer_is_left_alone() -> None:
    instrument = Simulated(*DP832, Attached(), lambda _sent, _answer: None)
    assert walked(instrument).refused == "It does not say who it is."
    assert instrument.sent == [b"*IDN?\n"]


def test_what_was_not_taken_keeps_the_output_off() -> None:
    def deaf(sent: bytes, answer: bytes) -> bytes:
        return b"30.00\n" if sent == b":SOUR1:VOLT?\n" else answer

    instrument = Simulated(*DP832, Attached(), deaf)
    found = walked(instrument)
    assert of(found, Operation.SET_VOLTAGE).sentence == "read back 30, not 3"
    assert of(found, Operation.OUTPUT_ON).finding is Finding.SKIPPED
    assert b":OUTP CH1,ON\n" not in instrument.sent


def test_a_voltage_that_comes_up_by_itself_ends_it_at_once() -> None:
    """A supply that does not measure its terminals while it is off shows the battery only now."""
    on = [False]

    def hides(sent: bytes, answer: bytes) -> bytes:
        on[0] = on[0] or sent == b":OUTP CH1,ON\n"
        return b"13.2,0.0,0.0\n" if on[0] and sent == b":MEAS:ALL? CH1\n" else answer

    instrument = Simulated(*DP832, Attached(), hides)
    found = walked(instrument)
    assert of(found, Operation.MEASURE_VOLTAGE).finding is Finding.WRONG
    assert instrument.sent[-4:-2] == [b":OUTP CH1,OFF\n", b":OUTP? CH1\n"]
    assert not found.fine


def test_an_error_that_the_instrument_reports_is_found_at_the_command_that_caused_it() -> None:
    last = [b""]

    def complains(sent: bytes, answer: bytes) -> bytes:
        before, last[0] = last[0], sent
        return b'-222,"Data out of range"\n' if sent == b":SYST:ERR?\n" and b"OVP? CH1" in before else answer

    found = walked(Simulated(*DP832, Attached(), complains))
    assert of(found, Operation.OVP_ON).sentence == "it reports error -222"


def test_one_that_falls_silent_is_not_asked_for_ever_but_told_to_switch_off() -> None:
    count = [0]

    def dies(_sent: bytes, answer: bytes) -> bytes | None:
        count[0] += 1
        return answer if count[0] < 30 else None

    instrument = Simulated(*DP832, Attached(), dies)
    found = walked(instrument)
    assert len(instrument.sent) < 45
    assert b":OUTP CH1,OFF\n" in instrument.sent[30:]
    assert Finding.UNANSWERED in {step.finding for step in found.steps}


def test_channels_with_one_switch_are_all_lowered_first() -> None:
    instrument = Simulated("keysight-e3631a", "E3646A", Attached())
    assert walked(instrument, 2).fine
    before = instrument.sent[: next(i for i, sent in enumerate(instrument.sent) if b"OUTP ON" in sent)]
    assert b"INST:NSEL 1;:VOLT 0.000\n" in before


def test_a_step_knows_its_bytes_for_the_record() -> None:
    step = of(walked(Simulated(*DP832, Attached())), Operation.SET_OVP)
    assert replace(step, sentence="") == Step(
        Operation.SET_OVP, 4.5, ((b":OUTP:OVP:VAL CH1,4.500\n", b""),), (), Finding.FINE, ""
    )
