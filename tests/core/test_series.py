"""A curve that stays small and loses no peak."""

from hypothesis import given, settings, strategies as st

from benchctl.core.view.series import Series, Slice, Span

LOOKS = st.lists(
    st.tuples(st.floats(0.01, 900.0), st.none() | st.floats(0.0, 16.0), st.none() | st.floats(0.0, 50.0)),
    min_size=1,
    max_size=200,
)


def drawn(looks: list[tuple[float, float | None, float | None]], slices: int = 16) -> Series:
    series, at_s = Series(slices=slices), 0.0
    for step_s, volts, amps in looks:
        at_s += step_s
        series.add(at_s, volts, amps)
    return series


@settings(max_examples=60, deadline=None)
@given(LOOKS)
def test_it_never_grows_beyond_its_slices(looks: list[tuple[float, float | None, float | None]]) -> None:
    assert len(drawn(looks).slices) <= 16


@settings(max_examples=60, deadline=None)
@given(LOOKS)
def test_the_highest_and_lowest_of_everything_seen_are_still_there(
    looks: list[tuple[float, float | None, float | None]],
) -> None:
    seen = [volts for _, volts, _ in looks if volts is not None]
    kept = [piece.voltage_v for piece in drawn(looks).slices if piece.voltage_v is not None]
    assert bool(seen) == bool(kept)
    if seen:
        assert (min(span.low for span in kept), max(span.high for span in kept)) == (min(seen), max(seen))


@settings(max_examples=60, deadline=None)
@given(LOOKS)
def test_times_rise(looks: list[tuple[float, float | None, float | None]]) -> None:
    starts = [piece.start_s for piece in drawn(looks).slices]
    assert starts == sorted(set(starts))


def test_looks_of_one_slice_share_it() -> None:
    series = Series()
    for at_s, volts in ((10.1, 13.0), (10.9, 13.2)):
        series.add(at_s, volts, None)
    assert series.slices == [Slice(10.0, Span(13.0, 13.2), None)]
