"""Who gets how many lines."""

import pytest
from hypothesis import given, settings, strategies as st

from benchctl.tui.room import LEAST_EVENTS, share


@settings(deadline=None)
@given(st.integers(-5, 100), st.integers(0, 90), st.booleans())
def test_nobody_gets_less_than_nothing_and_all_of_it_is_given_away(height: int, cards: int, chart: bool) -> None:
    room = share(height, cards, 5, chart)
    assert min(room.cards, room.chart, room.events) >= 0
    assert room.cards + room.chart + room.events == max(0, height)


@pytest.mark.parametrize(
    ("height", "cards", "rooms"),
    [(19, 9, (9, 7, 3)), (13, 9, (9, 0, 4)), (10, 39, (4, 0, 6)), (18, 39, (14, 0, 4)), (44, 4, (4, 28, 12))],
)
def test_cards_come_first_then_events_then_the_chart(height: int, cards: int, rooms: tuple[int, int, int]) -> None:
    room = share(height, cards, 5, chart_wanted=True)
    assert (room.cards, room.chart, room.events) == rooms
    assert room.events >= LEAST_EVENTS
