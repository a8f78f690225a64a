"""The independent verifier of a night read by hand: each single defect takes its approval away, and is named."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from benchctl.core import messages as m
from benchctl.core.acceptance.record import BY_HAND, assess
from benchctl.core.journal.chain import Json
from benchctl.core.journal.codec import body_of
from benchctl.core.model import Absence, AbsenceReason, Measurement, Reading
from benchctl.core.probes import Errand, ProbesLifted, ProbesRead
from benchctl.core.rows import Body, RunOpened, Samples
from benchctl.core.view.fields import Fields
from benchctl.records.sheet import render_text
from tests.records.stories import BOOT_S, Tale, opening, put, rows, without
from tests.test_nights_by_hand import by_hand

Change = Callable[[Measurement], Measurement]


@cache
def sound() -> tuple[tuple[float, Body], ...]:
    """Two batteries, approved."""
    night = by_hand(2)
    night.run()
    return tuple((row.boot_s - BOOT_S, body_of(row)) for row in night.rows())


def record(tale: Tale) -> dict[str, Json]:
    return assess(rows(tale))


def objections(tale: Tale) -> str:
    return " ".join(Fields(record(tale)).texts("objections"))


def span(errand: Errand, serial: str, last: bool = True) -> tuple[float, float]:
    """From the prompt of an errand to its reading."""
    return span_of(list(sound()), errand, serial, last)


def span_of(tale: Tale, errand: Errand, serial: str, last: bool = True) -> tuple[float, float]:
    """The same of any night."""
    ends = [
        at_s for at_s, body in tale if isinstance(body, ProbesRead) and (body.errand, body.serial) == (errand, serial)
    ]
    end_s = ends[-1] if last else ends[0]
    return max(at_s for at_s, body in tale if isinstance(body, m.PromptAsked) and at_s < end_s), end_s


def changed(first_s: float, last_s: float, change: Change) -> Tale:
    """With the hand-held meter's readings between two times changed."""
    return changed_in(list(sound()), first_s, last_s, change)


def changed_in(tale: Tale, first_s: float, last_s: float, change: Change) -> Tale:
    """The same of any night."""
    return [(at_s, _changed(body, change) if first_s <= at_s <= last_s else body) for at_s, body in tale]


def _changed(body: Body, change: Change) -> Body:
    if not isinstance(body, Samples):
        return body
    scanned = tuple(
        replace(one, readings=tuple((name, change(reading)) for name, reading in one.readings)) for one in body.scanned
    )
    return replace(body, scanned=scanned)


def volts(change: Callable[[Reading], float]) -> Change:
    return lambda one: replace(one, value=change(one)) if isinstance(one, Reading) else one


def unanswered(first_s: float, last_s: float, tale: Tale) -> Tale:
    return without(tale, lambda at_s, body: isinstance(body, m.Answered) and first_s <= at_s <= last_s)


# ---------------------------------------------------------------- a sound night


def test_a_night_by_hand_is_approved_again() -> None:
    stated = record(list(sound()))
    assert (stated["verdict"], stated["objections"]) == ("approved", [])
    assert BY_HAND in Fields(stated).texts("headline")


def test_its_record_says_how_it_was_read() -> None:
    text = render_text(record(list(sound())))
    assert "No rest curve: its meter was held by hand." in " ".join(text.split())
    assert "read by itself, Kim" in " ".join(text.split())


def test_its_record_states_the_drift() -> None:
    (drift,) = Fields(record(list(sound()))).part("match").parts("drifts")
    assert (drift.text("meter"), drift.text("serial"), drift.truth("within")) == ("dmm1", "E1", True)
    assert "E1 by dmm1, first 13." in render_text(record(list(sound())))


# ---------------------------------------------------------------- defects


NOT_SHOWN = "takes a reading by hand that the samples do not show"


def never_off() -> Tale:
    """E2's prompt, with the probes on a battery from the first look on, and nobody who says which."""
    begin_s, end_s = span(Errand.SCAN, "E2")
    tale = changed(begin_s, end_s, volts(lambda one: one.value if one.value > 1.0 else 13.49))
    return unanswered(begin_s, end_s, tale)


def reversed_probes() -> Tale:
    return changed(*span(Errand.SCAN, "E2"), volts(lambda one: -one.value))


def unsteady() -> Tale:
    return changed(*span(Errand.SCAN, "E2"), volts(lambda one: one.value + 0.004 * (int(one.at_s) % 2)))


def too_short() -> Tale:
    begin_s, end_s = span(Errand.SCAN, "E2")
    return without(list(sound()), lambda at_s, body: isinstance(body, Samples) and begin_s <= at_s < end_s - 3.0)


def silent() -> Tale:
    def gone(one: Measurement) -> Measurement:
        return Absence(AbsenceReason.OVERLOAD, one.at_s, "overload")

    return changed(*span(Errand.SCAN, "E2"), gone)


def not_read_again() -> Tale:
    begin_s, end_s = span(Errand.AGAIN, "E1")
    kinds = m.PromptAsked | m.PromptClosed | m.Answered | ProbesRead
    return without(list(sound()), lambda at_s, body: isinstance(body, kinds) and begin_s <= at_s <= end_s)


def drifted() -> Tale:
    return changed(*span(Errand.AGAIN, "E1"), volts(lambda one: one.value + 0.004))


def apart() -> Tale:
    return changed(*span(Errand.SCAN, "E2"), volts(lambda one: one.value - 0.15))


def alone() -> Tale:
    def left(body: RunOpened) -> RunOpened:
        return replace(body, attended=False)

    return opening(list(sound()), left)


def probed_another() -> Tale:
    """The second prompt of the scan was for E1 again: nobody read E2."""
    begin_s, _ = span(Errand.SCAN, "E2")

    def asked(at_s: float, body: Body) -> Body:
        return replace(body, serial="E1") if isinstance(body, m.PromptAsked) and at_s == begin_s else body

    return [(at_s, asked(at_s, body)) for at_s, body in sound()]


def taper_unread() -> Tale:
    _, on_s = span(Errand.TAPER, "E1")
    return changed(on_s + 1.0, on_s + 62.0, lambda one: Absence(AbsenceReason.TIMEOUT, one.at_s, "no reply"))


def lifted_in_the_taper() -> Tale:
    _, on_s = span(Errand.TAPER, "E1")
    return put(list(sound()), on_s + 30.0, ProbesLifted("dmm1", "P1", "E1"))


def low_in_the_taper() -> Tale:
    _, on_s = span(Errand.TAPER, "E1")
    return changed(on_s - 6.0, on_s + 62.0, volts(lambda one: one.value - 0.03))


@pytest.mark.parametrize(
    ("tale", "sentence"),
    [
        (never_off, NOT_SHOWN),
        (reversed_probes, NOT_SHOWN),
        (unsteady, NOT_SHOWN),
        (too_short, NOT_SHOWN),
        (silent, NOT_SHOWN),
        (not_read_again, "nobody knows if it drifted"),
        (drifted, "it drifted by more than"),
        (apart, "exceed 0.100 V"),
        (alone, "held by hand, and the run was not attended"),
        (probed_another, "E2: the common scan has 0 good readings of it"),
        (taper_unread, "the meter gave no fresh reading of its voltage"),
        (lifted_in_the_taper, "the meter gave no fresh reading of its voltage"),
        (low_in_the_taper, "below 14.580 V"),
    ],
)
def test_a_defect_is_named(tale: Callable[[], Tale], sentence: str) -> None:
    assert sentence in objections(tale())
