"""What a record states of a run's course: whoever reads it learns what happened on the way, and when."""

from dataclasses import replace

import pytest

from benchctl.core import messages as m, model as c
from benchctl.core.acceptance.record import assess
from benchctl.core.rows import Body, RunOpened, Samples
from benchctl.core.view.fields import Fields
from tests.records.stories import BOOT_S, night, opening, put, rows, time_of

SCAN_S = time_of(night(), m.SpreadMeasured)
ALARM = m.AlarmRaised(
    "A1",
    "lead_high",
    "P1",
    "E1",
    False,
    "Its lead is poor.",
    0.09,
    0.05,
    "It went on.",
    "Its clips.",
    c.Priority.P2,
    True,
)


def course(*bodies: Body) -> Fields:
    """The record of a sound night with more rows in its rest."""
    return Fields(assess(rows(put(night(), SCAN_S - 1.0, *bodies))))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (m.Started(), "The run was resumed after an interruption."),
        (m.GuardLost("The guard does not answer."), "The guard does not answer."),
        (m.JournalFailed("The disk is full."), "The disk is full."),
    ],
)
def test_an_interruption_is_stated(body: Body, text: str) -> None:
    assert [one.text("text") for one in course(body).parts("interruptions")] == [text]


def test_an_alarm_is_stated_with_what_became_of_it() -> None:
    changes = (m.AlarmChanged("A1", c.AlarmState.ACK, "Kim"), m.AlarmChanged("A2", c.AlarmState.ACK, "Lee"))
    (alarm,) = course(ALARM, *changes).parts("alarms")
    assert (alarm.text("fault"), alarm.part("at").number("boot_s")) == ("lead_high", BOOT_S + SCAN_S - 1.0)
    assert [(one.text("state"), one.text("operator")) for one in alarm.parts("changes")] == [("ack", "Kim")]


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        (m.StopRequested("Kim"), "StopRequested"),
        (m.OffRequested("Kim"), "OffRequested"),
        (m.ResetRequested("P1", "Kim"), "ResetRequested"),
    ],
)
def test_a_persons_wish_is_stated_with_who_had_it(wish: Body, name: str) -> None:
    (stated,) = course(wish).parts("wishes")
    assert (stated.text("wish"), stated.text("operator")) == (name, "Kim")


def test_a_battery_that_was_held_is_stated() -> None:
    (held,) = course(m.PhaseEntered("E1", "P1", c.Phase.HOLDING, "", 1)).parts("holds")
    assert (held.text("serial"), held.number("round")) == ("E1", 1)


def test_an_instrument_that_was_first_known_in_the_run_is_stated() -> None:
    def unknown(body: RunOpened) -> RunOpened:
        return replace(body, identities={})

    late = m.Identified("psu1", c.Identity("Acme", "PSU1", "SN-late", "1.0", ""))
    psu, dmm = Fields(assess(rows(put(opening(night(), unknown), 2.0, late)))).parts("instruments")
    assert (psu.text("serial"), dmm.text("serial")) == ("SN-late", None)
    assert dmm.text("identity_note") == "It was never identified in this run."


@pytest.mark.parametrize(("read", "approved"), [(("P1", "P2"), True), (("P1",), False)])
def test_every_position_that_charged_needs_its_probe_where_nobody_declared_a_temperature(
    read: tuple[str, ...], approved: bool
) -> None:
    tale = opening(night(), lambda body: replace(body, temperature_c=None))
    probed = tuple(m.TemperatureRead(place, c.Reading(21.5, BOOT_S + 3.0, "21.5")) for place in read)
    stated = assess(rows(put(tale, 3.0, Samples((), (), probed, ()))))
    assert (stated["verdict"] == "approved") is approved


def with_probe(body: RunOpened) -> RunOpened:
    first, *others = body.bench.positions
    probed = replace(first, temperature=c.ChannelRef("dmm1", 11))
    return replace(body, bench=replace(body.bench, positions=(probed, *others)))


def test_what_the_probe_read_is_stated() -> None:
    reads = [m.TemperatureRead("P1", c.Reading(celsius, BOOT_S + 20.0, str(celsius))) for celsius in (21.5, 24.0)]
    tale = put(opening(night(), with_probe), 20.0, *(Samples((), (), (one,)) for one in reads))
    (first, _) = Fields(assess(rows(tale))).parts("positions")
    text = first.part("temperature")
    assert (text.number("min_c"), text.number("max_c"), text.text("note")) == (21.5, 24.0, None)
