"""Instruments as partners in conversation: what they complain of, how slow they are, how often one is opened again."""

import pytest
from hypothesis import given, strategies as st

from benchctl.core import messages as m
from benchctl.core.model import Absence, AbsenceReason, AlarmState, Identity, SupplySample
from benchctl.core.run.alarms import Alarms
from benchctl.core.run.output import Power
from benchctl.core.run.partners import ERRORS_S, MOST_ERRORS, Partners, percentile
from tests.core.stage import Stage
from tests.core.values import seen

ERROR = '-113,"Undefined header"'


class Listening:
    """A position on a stage, and whoever listens to its supply."""

    def __init__(self, power: Power) -> None:
        self.stage = Stage().up_to(power)
        out = self.stage.out
        self.partners = Partners({"P1": self.stage.place}, Alarms(out), out)

    def read(self, at_s: float, *errors: str) -> None:
        """The settings were read back, and this stood in the queue."""
        settings = self.stage.place.output.present
        assert settings is not None
        self.partners.heard(m.SettingsRead("P1", settings, errors), at_s)

    def facts(self) -> tuple[m.Fact, ...]:
        """What was told."""
        return self.stage.out.take()[1]


def test_an_empty_queue_is_worth_no_word() -> None:
    it = Listening(Power.ON)
    it.read(20.0)
    assert it.facts() == ()


def test_what_stands_there_before_the_output_is_on_is_told_and_counts_for_nothing() -> None:
    it = Listening(Power.PROGRAMMING)
    settings = it.stage.place.output.present
    assert settings is not None
    it.partners.heard(m.Programmed("P1", settings, (ERROR,) * 5), 0.0)
    text = f"psu1 reports {ERROR}; {ERROR}; {ERROR}; and 2 more."
    assert it.facts() == (m.Noted(f"P1, its output off: {text} Nothing follows from that."),)
    assert it.stage.told == []


def test_an_error_under_power_is_a_warning_that_is_over_when_it_is_told() -> None:
    it = Listening(Power.ON)
    it.read(20.0, ERROR)
    raised, gone = it.facts()
    assert isinstance(raised, m.AlarmRaised)
    assert (raised.fault, raised.position, raised.latched, raised.value) == ("instrument_error", "P1", False, 1.0)
    assert raised.text == f"The supply reports an error. psu1 reports {ERROR}."
    assert isinstance(gone, m.AlarmChanged)


def test_more_than_three_at_once_switch_off() -> None:
    it = Listening(Power.ON)
    it.read(20.0, *[ERROR] * (MOST_ERRORS + 1))
    it.stage.gives_up("error_queue")


@pytest.mark.parametrize(("last_s", "trips"), [(ERRORS_S, True), (ERRORS_S + 1.0, False)])
def test_more_than_three_within_ten_minutes_switch_off(last_s: float, trips: bool) -> None:
    it = Listening(Power.ON)
    for at_s in (0.0, 200.0, 400.0, last_s):
        it.read(at_s, ERROR)
    assert it.stage.alarms == (["error_queue"] if trips else [])


def test_after_a_trip_they_are_counted_anew() -> None:
    it = Listening(Power.ON)
    it.read(20.0, *[ERROR] * (MOST_ERRORS + 1))
    it.stage.place.output.power = Power.ON
    it.read(30.0, *[ERROR] * MOST_ERRORS)
    assert it.stage.alarms == ["error_queue"]


# ---------------------------------------------------------------- how long a look takes


def looked(it: Listening, at_s: float, took_s: float) -> None:
    """A look was asked for so long ago, and has come."""
    it.partners.ordered([m.Poll("P1"), m.ReadSettings("P1")], at_s - took_s)
    it.partners.heard(seen(13.2, 0.0, at_s=at_s), at_s)
    it.partners.tick(at_s)


def minute(it: Listening, slow: int, took_s: float) -> None:
    """Sixty looks, so many of them at the end so slow."""
    for at_s in range(1, 61):
        looked(it, float(at_s), took_s if at_s > 60 - slow else 0.1)


def faults(it: Listening) -> list[str]:
    """The alarms that were raised."""
    return [fact.fault for fact in it.facts() if isinstance(fact, m.AlarmRaised)]


@pytest.mark.parametrize(("slow", "took_s", "warned"), [(3, 2.9, False), (4, 1.1, True), (60, 1.0, False)])
def test_a_supply_is_slow_by_the_95th_percentile_of_a_minute(slow: int, took_s: float, warned: bool) -> None:
    it = Listening(Power.ON)
    minute(it, slow, took_s)
    assert faults(it) == (["slow_instrument"] if warned else [])


def test_a_slow_supply_is_named_with_value_and_limit_at_its_position() -> None:
    it = Listening(Power.ON)
    minute(it, 10, 1.5)
    (raised,) = it.facts()
    assert isinstance(raised, m.AlarmRaised)
    assert (raised.position, raised.value, raised.limit, raised.latched) == ("P1", 1.5, 1.0, False)
    assert raised.text == "The supply answers slowly. psu1 needs up to 1.5 s for a look; one is due every second."


def test_of_a_few_looks_nothing_is_said() -> None:
    it = Listening(Power.ON)
    for at_s in range(10, 200, 10):
        looked(it, float(at_s), 1.5)
    assert faults(it) == []


def test_it_is_over_a_minute_after_it_was_last_slow() -> None:
    it = Listening(Power.ON)
    minute(it, 10, 1.5)
    it.facts()
    it.partners.tick(119.0)
    assert it.facts() == ()
    it.partners.tick(120.0)
    assert [type(fact) for fact in it.facts()] == [m.AlarmChanged]


@given(st.lists(st.floats(0.0, 10.0), min_size=1, max_size=80), st.sampled_from([0.5, 0.95, 1.0]))
def test_a_percentile_is_one_of_the_values_and_that_share_does_not_exceed_it(values: list[float], share: float) -> None:
    found = percentile(values, share)
    below = sum(value < found for value in values)
    assert found in values
    assert below < share * len(values) <= sum(value <= found for value in values)


# ---------------------------------------------------------------- how often a connection is opened again

SELF = Identity("RIGOL TECHNOLOGIES", "DP811", "DP8A1", "00.01.16", "")


def opened(it: Listening, *times_s: float, instrument: str = "psu1") -> None:
    """It was recognised over a new connection at these times."""
    for at_s in times_s:
        it.partners.heard(m.Identified(instrument, SELF), at_s)


@pytest.mark.parametrize(("times", "last_s", "warned"), [(5, 3600.0, False), (6, 3600.0, True), (6, 3601.0, False)])
def test_more_than_five_reopenings_an_hour_are_too_many(times: int, last_s: float, warned: bool) -> None:
    it = Listening(Power.ON)
    opened(it, -5.0, *[float(number) for number in range(times - 1)], last_s)
    assert faults(it) == (["noisy_line"] if warned else [])


def test_a_noisy_meter_is_named_and_is_nobody_s_alone() -> None:
    it = Listening(Power.ON)
    opened(it, *map(float, range(7)), instrument="scan1")
    (raised,) = it.facts()
    assert isinstance(raised, m.AlarmRaised)
    assert (raised.position, raised.value, raised.limit) == (None, 6.0, 5.0)
    assert raised.text == "A connection is unreliable. scan1: opened again 6 times within an hour."


def test_of_two_noisy_meters_each_has_its_own_warning_and_its_own_calm() -> None:
    it = Listening(Power.ON)
    opened(it, *map(float, range(7)), instrument="scan1")
    opened(it, *map(float, range(1000, 1007)), instrument="scan2")
    assert faults(it) == ["noisy_line", "noisy_line"]
    it.partners.tick(3606.0)
    assert it.facts() == (m.AlarmChanged("A1", AlarmState.RTN_UNACK, None),)
    it.partners.tick(4606.0)
    assert it.facts() == (m.AlarmChanged("A2", AlarmState.RTN_UNACK, None),)


def test_it_is_over_an_hour_after_the_last_one() -> None:
    it = Listening(Power.ON)
    opened(it, *map(float, range(7)), 3000.0)
    it.facts()
    it.partners.tick(6599.0)
    assert it.facts() == ()
    it.partners.tick(6600.0)
    assert [type(fact) for fact in it.facts()] == [m.AlarmChanged]


CLOSED = Absence(AbsenceReason.CLOSED, 0.0, "psu1: the connection was closed")
GARBLED = Absence(AbsenceReason.GARBLED, 0.0, "psu1: not a number")


@pytest.mark.parametrize(
    ("gap", "warned"),
    [
        (m.Polled("P1", SupplySample(CLOSED, CLOSED, CLOSED, CLOSED)), False),
        (m.Polled("P1", SupplySample(GARBLED, GARBLED, GARBLED, GARBLED)), True),
        (m.WireFailed("psu1", "P1", "read_settings", AbsenceReason.CLOSED, "closed"), False),
        (m.WireFailed("psu1", "P1", "read_settings", AbsenceReason.TIMEOUT, "late"), True),
        (m.MetersScanned("psu1", (("P1", CLOSED),)), False),
    ],
)
def test_a_connection_that_the_other_end_closed_is_not_noisy(gap: m.Event, warned: bool) -> None:
    it = Listening(Power.ON)
    opened(it, 0.0)
    for at_s in range(10, 80, 10):
        it.partners.heard(gap, float(at_s))
        opened(it, at_s + 1.0)
    assert faults(it) == (["noisy_line"] if warned else [])
