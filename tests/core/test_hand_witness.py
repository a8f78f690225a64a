"""Core and witness of a hand-held meter share no code: whatever the core takes, the witness finds in the rows."""

from hypothesis import given, strategies as st

from benchctl.core.acceptance.proof_hand import HeldProbes
from benchctl.core.acceptance.proof_moment import Moment
from benchctl.core.model import Measurement
from benchctl.core.probes import ProbesState
from benchctl.core.run.steady import ProbesJudge, ProbesRules
from tests.core.values import METER, absent, reading, shipped

RULES = ProbesRules(open_v=shipped().start.asleep_below_v, error_v=METER.offset_v, apart_v=0.05, readings=5)
lasting = st.tuples(st.sampled_from([None, 0.0, 13.4, -13.4]), st.integers(1, 9))
shown = st.lists(lasting, max_size=12).map(lambda runs: [value for value, count in runs for _ in range(count)])


def moment(at_s: float) -> Moment:
    return Moment(int(at_s), "boot", at_s, "")


@given(shown, st.data())
def test_what_the_core_takes_the_witness_finds(volts: list[float | None], data: st.DataObject) -> None:
    judge, witness, at_s = ProbesJudge(RULES, lifted=False), HeldProbes("dmm1", METER, shipped()), 0.0
    witness.asked("Q1", "P1", "E1", moment(at_s))
    for value in volts:
        at_s += data.draw(st.sampled_from([1.0] * 19 + [6.0]))
        if data.draw(st.integers(0, 9)) == 0:
            judge.confirm()
            witness.answered("Q1")
        measured: Measurement = absent(at_s) if value is None else reading(value, at_s)
        witness.read("P1", measured, moment(at_s))
        if judge.feed(measured, None) is ProbesState.STEADY:
            found = witness.closed("Q1", by_itself=True, falling=False)
            assert found is not None
            assert tuple(one.reading for one in found.taken) == judge.taken
            return


def steady_on_e1(witness: HeldProbes) -> None:
    """Off, then on E1 and still for nine seconds."""
    witness.asked("Q1", "P1", "E1", moment(0.0))
    for second in range(1, 14):
        witness.read("P1", reading(0.0 if second < 4 else 13.4, float(second)), moment(second))


def test_a_reading_of_another_position_is_none_of_the_battery_that_is_asked_for() -> None:
    witness = HeldProbes("dmm1", METER, shipped())
    witness.asked("Q1", "P1", "E1", moment(0.0))
    for second in range(1, 14):
        witness.read("P2", reading(0.0 if second < 4 else 13.4, float(second)), moment(second))
    assert witness.closed("Q1", by_itself=True, falling=False) is None


def test_a_prompt_that_is_withdrawn_or_another_ones_end_takes_no_reading() -> None:
    for prompt, by_itself, taken in (("Q1", True, True), ("Q1", False, False), ("Q2", True, False)):
        witness = HeldProbes("dmm1", METER, shipped())
        steady_on_e1(witness)
        assert (witness.closed(prompt, by_itself=by_itself, falling=False) is not None) is taken
