"""Windows of time: what is too old is forgotten, and nothing else."""

from collections import deque

from hypothesis import given, strategies as st

from benchctl.core.run.window import forget, keep


@given(st.lists(st.integers(0, 100)).map(sorted), st.integers(0, 200), st.integers(0, 100))
def test_what_is_older_than_the_window_is_forgotten_and_nothing_else(times: list[int], at_s: int, span_s: int) -> None:
    points = deque((float(time_s), "it") for time_s in times)
    forget(points, at_s, span_s)
    assert [time_s for time_s, _ in points] == [time_s for time_s in times if at_s - time_s <= span_s]


def test_the_new_point_is_the_last_and_one_as_old_as_the_window_stays() -> None:
    points = deque([(0.0, 1.0), (1.0, 2.0)])
    keep(points, 11.0, 3.0, 10.0)
    assert list(points) == [(1.0, 2.0), (11.0, 3.0)]
