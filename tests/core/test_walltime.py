"""Arithmetic on wall-clock texts, against the standard library's calendar."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st

from benchctl.core.view.walltime import clock, later, seconds_between

TIMES = st.datetimes(datetime(1999, 1, 1), datetime(2105, 1, 1)).map(lambda moment: moment.replace(microsecond=0))
SECONDS = st.integers(-(10**8), 10**8)


@settings(deadline=None)
@given(TIMES, SECONDS)
def test_later_is_what_the_calendar_says(moment: datetime, seconds: int) -> None:
    assert later(f"{moment.isoformat()}Z", seconds) == f"{(moment + timedelta(seconds=seconds)).isoformat()}Z"


@settings(deadline=None)
@given(TIMES, SECONDS)
def test_the_seconds_between_two_texts(moment: datetime, seconds: int) -> None:
    first, second = (each.replace(tzinfo=UTC).isoformat() for each in (moment, moment + timedelta(seconds=seconds)))
    assert seconds_between(first, second) == seconds


def test_offsets_count_and_stay() -> None:
    assert seconds_between("2026-05-01T20:30:00+02:00", "2026-05-01T18:30:05.250Z") == 5.0
    assert seconds_between("2026-05-01T20:30:00-02:30", "2026-05-01T23:00:00Z") == 0.0
    assert later("2026-05-01T23:59:59.9+02:00", 1) == "2026-05-02T00:00:00+02:00"


@pytest.mark.parametrize("text", ["", "now", "2026-05-01", "2026-05-01T20:30", "٢٠٢٦-05-01T20:30:00Z", "\x1b[2J"])
def test_a_text_that_is_no_time_has_no_later(text: str) -> None:
    assert (later(text, 1), seconds_between(text, "2026-05-01T20:30:00Z"), clock(text)) == (None, None, None)


def test_the_clock_of_a_text() -> None:
    assert clock("2026-05-01T20:30:59Z") == "20:30"
