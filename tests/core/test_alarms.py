"""Alarms and their states: what is latched stands until it is reset, what is not goes by itself."""

import pytest

from benchctl.core import messages as m
from benchctl.core.model import AlarmState, Priority
from benchctl.core.run.alarms import FLOOD_ALARMS, FLOOD_S, Alarms
from benchctl.core.run.faults import FAULTS
from benchctl.core.run.limits import Breach
from benchctl.core.run.outbox import Outbox

TRIP, WARNING = "over_voltage", "lead_worse"


class Book:
    """Alarms, and what they said."""

    def __init__(self) -> None:
        self.out = Outbox()
        self.alarms = Alarms(self.out)

    def raise_(self, fault: str, position: str = "P1", at_s: float = 0.0) -> list[m.Fact]:
        self.alarms.raise_(at_s, Breach(fault, 14.8, 14.75, "14.800 V."), position, "E1")
        return self.said()

    def said(self) -> list[m.Fact]:
        return list(self.out.take()[1])


def test_a_trip_says_what_happened_at_what_value_what_was_done_and_what_to_look_at() -> None:
    (raised,) = Book().raise_(TRIP)
    assert isinstance(raised, m.AlarmRaised)
    assert raised.text == "The battery's voltage went over the limit. 14.800 V."
    assert (raised.value, raised.limit) == (14.8, 14.75)
    assert raised.did == "Its output was switched off."
    assert raised.look_at == "the supply's setting and its sense leads"
    assert (raised.latched, raised.priority, raised.first_out) == (True, Priority.P1, True)


def test_the_same_alarm_stands_once_and_each_position_has_its_own() -> None:
    book = Book()
    book.raise_(TRIP)
    assert book.raise_(TRIP) == []
    assert len(book.raise_(TRIP, "P2")) == 1


def test_only_the_first_trip_is_the_first_out_and_a_warning_never_is() -> None:
    book = Book()
    firsts = [book.raise_(WARNING)[0], book.raise_(TRIP)[0], book.raise_("silent")[0]]
    assert [fact.first_out for fact in firsts if isinstance(fact, m.AlarmRaised)] == [False, True, False]


def test_after_a_reset_the_next_trip_is_the_first_again() -> None:
    book = Book()
    book.raise_(TRIP)
    book.alarms.reset("P1", "Kim")
    assert book.said() == [m.AlarmChanged("A1", AlarmState.NORMAL, "Kim")]
    (raised,) = book.raise_("silent")
    assert isinstance(raised, m.AlarmRaised)
    assert raised.first_out


def test_a_trip_knows_no_return_but_a_reset() -> None:
    book = Book()
    book.raise_(TRIP)
    book.alarms.calm(TRIP, "P1")
    assert book.said() == []
    assert book.alarms.acknowledge("A1", "Kim")
    assert book.said() == [m.AlarmChanged("A1", AlarmState.ACK, "Kim")]
    assert not book.alarms.acknowledge("A1", "Kim")
    assert [one.alarm for one in book.alarms.latches("P1")] == ["A1"]


def test_a_warning_that_goes_unseen_waits_for_somebody_to_see_it() -> None:
    book = Book()
    book.raise_(WARNING)
    book.alarms.calm(WARNING, "P1")
    assert book.alarms.acknowledge("A1", "Kim")
    changes = [m.AlarmChanged("A1", AlarmState.RTN_UNACK, None), m.AlarmChanged("A1", AlarmState.NORMAL, "Kim")]
    assert book.said() == changes


def test_a_warning_that_was_seen_goes_without_a_word_more() -> None:
    book = Book()
    book.raise_(WARNING)
    book.alarms.acknowledge("A1", "Kim")
    book.alarms.calm(WARNING, "P1")
    assert book.said()[-1] == m.AlarmChanged("A1", AlarmState.NORMAL, None)


def test_a_warning_that_comes_back_before_it_was_seen_is_the_same_alarm() -> None:
    book = Book()
    book.raise_(WARNING)
    book.alarms.calm(WARNING, "P1")
    book.said()
    assert book.raise_(WARNING) == [m.AlarmChanged("A1", AlarmState.UNACK, None)]


def test_a_reset_leaves_warnings_alone() -> None:
    book = Book()
    book.raise_(WARNING)
    book.alarms.reset("P1", "Kim")
    assert book.said() == []


@pytest.mark.parametrize("count", [FLOOD_ALARMS, FLOOD_ALARMS + 1])
def test_more_than_ten_alarms_in_ten_minutes_are_a_flood(count: int) -> None:
    book = Book()
    facts = [fact for number in range(count) for fact in book.raise_(TRIP, f"P{number}", at_s=number)]
    floods = [fact for fact in facts if isinstance(fact, m.FloodChanged)]
    assert [flood.flooding for flood in floods] == [True] * (count > FLOOD_ALARMS)
    assert all(flood.first == "A1" and flood.count == count for flood in floods)


def test_a_flood_ends_when_alarms_are_few_again() -> None:
    book = Book()
    for number in range(FLOOD_ALARMS + 1):
        book.raise_(TRIP, f"P{number}", at_s=number)
    book.alarms.tick(FLOOD_S)
    assert book.said() == []
    book.alarms.tick(FLOOD_S + 1)
    (over,) = book.said()
    assert isinstance(over, m.FloodChanged)
    assert not over.flooding


def test_every_row_that_raises_an_alarm_says_what_was_done() -> None:
    assert all(row.did and row.words and row.look_at for row in FAULTS.values())
