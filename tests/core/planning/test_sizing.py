"""From a target to configurations, best first, or to the reason why there is none."""

import pytest
from hypothesis import given, strategies as st

from benchctl.core.configuration import kind
from benchctl.core.planning.sizing import Option, options
from benchctl.core.planning.target import Impossible, Limits, Target

TWELVE = kind(4, 100.0, 100.0)
USUAL = Limits(4, 4, "", "")


def named(found: tuple[Option, ...]) -> list[str]:
    return [each.configuration.name for each in found]


@pytest.mark.parametrize(
    ("target", "best"),
    [
        pytest.param(Target(voltage_v=24, amp_hours=200), "2S2P", id="the guide: 24 V 200 Ah"),
        pytest.param(Target(voltage_v=48, amp_hours=200), "4S2P", id="the guide: 48 V 200 Ah"),
        pytest.param(Target(voltage_v=48, watt_hours=10000), "4S2P", id="10 kWh at 48 V"),
        pytest.param(Target(watt_hours=5000), "4S1P", id="5 kWh: of equals, the higher voltage"),
        pytest.param(Target(voltage_v=12, load_w=128, hours=20), "1S2P", id="the guide: 10 A for 20 hours is 200 Ah"),
        pytest.param(
            Target(voltage_v=12, load_w=3000, hours=0.1), "1S3P", id="the current asks for more than the energy"
        ),
        pytest.param(Target(voltage_v=12, load_w=512, hours=4, usable=0.8), "1S2P", id="a reserve counts"),
        pytest.param(Target(at_hand=8), "4S2P", id="what is at hand, none left over"),
    ],
)
def test_the_best_is_first(target: Target, best: str) -> None:
    assert named(options(target, TWELVE, USUAL))[0] == best


def test_what_is_at_hand_can_be_joined_in_several_ways_and_some_may_be_left_over() -> None:
    found = options(Target(at_hand=6), TWELVE, USUAL)
    assert named(found) == ["2S3P", "4S1P", "1S4P"]
    assert [each.left_over for each in found] == [0, 2, 2]
    assert "2 of the batteries find no place" in " ".join(found[1].warnings)
    assert "1 of the batteries finds no place" in " ".join(options(Target(at_hand=5), TWELVE, USUAL)[0].warnings)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        pytest.param(
            Target(voltage_v=48, amp_hours=400, at_hand=4), "Series adds voltage, not capacity", id="Ah added in series"
        ),
        pytest.param(
            Target(voltage_v=12, amp_hours=500), "5 batteries in parallel, and 4 are allowed", id="in parallel"
        ),
        pytest.param(
            Target(voltage_v=60, amp_hours=100), "60 V takes 5 batteries in series, and 4 are allowed", id="in series"
        ),
        pytest.param(
            Target(voltage_v=30, amp_hours=100), "Nearest are 24 V (2 in series) and 36 V (3 in series)", id="30 V"
        ),
        pytest.param(
            Target(voltage_v=6, amp_hours=100), "use a DC-DC converter from 12 V down to 6 V", id="less than one"
        ),
        pytest.param(Target(voltage_v=24, amp_hours=100, at_hand=1), "takes 2 batteries", id="too few"),
        pytest.param(
            Target(voltage_v=12, amp_hours=500),
            "Batteries of 125 Ah or more would do, or a higher voltage.",
            id="larger",
        ),
        pytest.param(Target(voltage_v=48, amp_hours=500), "Batteries of 125 Ah or more would do.", id="48 V is all"),
        pytest.param(
            Target(voltage_v=48, load_w=999999, hours=10000),
            "No battery is made that large: plan several banks, or ask for less.",
            id="absurd",
        ),
    ],
)
def test_what_cannot_be_built_is_refused_with_what_would_be_right(target: Target, words: str) -> None:
    with pytest.raises(Impossible) as refused:
        options(target, TWELVE, USUAL)
    assert words in str(refused.value)


@given(
    st.sampled_from((12.0, 24.0, 36.0, 48.0)),
    st.integers(1, 4000),
    st.integers(10, 400),
    st.integers(1, 16),
)
def test_every_answer_holds_what_was_asked_and_one_string_less_would_not(
    volts: float, wanted_ah: int, unit_ah: int, most: int
) -> None:
    unit = kind(4, float(unit_ah), float(unit_ah))
    try:
        found = options(Target(voltage_v=volts, amp_hours=float(wanted_ah)), unit, Limits(4, most, "", ""))
    except Impossible:
        assert wanted_ah > most * unit_ah
        return
    assert all(each.configuration.amp_hours >= wanted_ah - 1e-6 for each in found)
    assert all(each.configuration.parallel <= most for each in found)
    assert found[0].configuration.amp_hours - unit_ah < wanted_ah
