"""The curve: scales, columns, dots, and the lines they become."""

from datetime import datetime

import pytest
from hypothesis import given, settings, strategies as st

from benchctl.core.view.series import Series, Slice, Span
from benchctl.tui.braille import GAP_S, Grid, columns, scale
from benchctl.tui.chart import Curve, picture
from tests.tui.fakes import ZONE

FINITE = st.floats(-100.0, 100.0)


@settings(deadline=None)
@given(FINITE, FINITE, st.sampled_from([2, 4]), st.sampled_from([0.05, 0.5]))
def test_an_axis_holds_its_numbers_and_no_part_is_finer_than_allowed(
    first: float, second: float, parts: int, finest: float
) -> None:
    low, high = sorted((first, second))
    axis = scale(Span(low, high), parts, finest)
    assert axis.low <= low + 1e-6
    assert axis.high >= high - 1e-6
    assert (axis.high - axis.low) / parts >= finest * 0.99


@pytest.mark.parametrize(
    ("span", "values"),
    [
        (Span(13.18, 14.6), [15.0, 14.5, 14.0, 13.5, 13.0]),
        (Span(0.0, 20.0), [20.0, 15.0, 10.0, 5.0, 0.0]),
        (Span(13.5, 13.5), [13.7, 13.65, 13.6, 13.55, 13.5]),
    ],
)
def test_an_axis_is_marked_with_round_numbers(span: Span, values: list[float]) -> None:
    assert scale(span, 4, 0.05).values() == pytest.approx(values)


def looks(*volts: float | None, every_s: float = 60.0) -> list[Slice]:
    return [
        Slice(index * every_s, None if value is None else Span(value, value), None) for index, value in enumerate(volts)
    ]


def voltage(piece: Slice) -> Span | None:
    return piece.voltage_v


def test_many_looks_in_one_column_leave_their_lowest_and_highest() -> None:
    found = columns(looks(13.0, 13.4, 13.1, 13.2), voltage, 0, 240, 2)
    assert found == [Span(13.0, 13.4), Span(13.1, 13.2)]


def test_between_two_looks_runs_a_straight_line() -> None:
    found = columns(looks(13.0, 14.0), voltage, 0, 75, 5)
    assert [span.low for span in found if span is not None] == pytest.approx([13.0, 13.25, 13.5, 13.75, 14.0])


def test_a_look_that_found_nothing_leaves_a_gap() -> None:
    level = Span(13.0, 13.0)
    assert columns(looks(13.0, None, 13.0), voltage, 0, 150, 5) == [level, None, None, None, level]


def test_looks_too_far_apart_are_not_joined() -> None:
    found = columns(looks(13.0, 13.0, every_s=GAP_S + 1), voltage, 0, 2 * GAP_S, 10)
    assert [span is not None for span in found].count(True) == 2


def test_a_step_is_drawn_from_end_to_end() -> None:
    grid = Grid(1, 2)
    grid.draw([Span(0.0, 0.0), Span(1.0, 1.0)], scale(Span(0.0, 1.0), 2, 0.5))
    assert ["".join(chr(0x2800 + cell) for cell in row) for row in grid.cells] == ["⢸", "⣸"]


def charged() -> Curve:
    series = Series()
    for minute in range(180):
        series.add(minute * 60.0, 13.2 + minute / 180, 20.0 if minute < 120 else 20.0 - minute / 12)
    return Curve("P1  E1001", tuple(series.slices), datetime(2026, 5, 1, 20, 30, tzinfo=ZONE))


@pytest.mark.parametrize(("width", "height"), [(80, 7), (160, 30), (40, 4)])
def test_every_line_is_as_wide_as_the_chart(width: int, height: int) -> None:
    lines = picture(charged(), width, height)
    assert len(lines) == height
    assert {line.cell_length for line in lines} == {width}


def test_axes_are_labelled_in_volts_amperes_and_time_of_day() -> None:
    text = "\n".join(line.text for line in picture(charged(), 80, 14))
    assert "14.40" in text
    assert "20.0" in text
    assert "21:00" in text


def test_a_battery_that_never_carried_current_has_no_ampere_axis() -> None:
    series = Series()
    for minute in range(10):
        series.add(minute * 60.0, 13.2, None)
    text = "\n".join(line.text for line in picture(Curve("P1", tuple(series.slices), None), 80, 9))
    assert "A" not in text


def test_nothing_read_yet_is_said() -> None:
    text = "\n".join(line.text for line in picture(Curve("P1", (), None), 80, 9))
    assert "No voltage yet." in text


def test_a_chart_without_room_draws_nothing() -> None:
    assert picture(charged(), 20, 9) == []
