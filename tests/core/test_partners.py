"""What instruments complain of: told when it is from before, warned of while an output is on, and off when it is too
much."""

import pytest

from benchctl.core import messages as m
from benchctl.core.run.alarms import Alarms
from benchctl.core.run.output import Power
from benchctl.core.run.partners import ERRORS_S, MOST_ERRORS, Partners
from tests.core.stage import Stage

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
