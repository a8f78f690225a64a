"""Passports of approved strings: what makes one valid, expired, joined or void, and whose batteries they bind."""

from dataclasses import replace

import pytest

from benchctl.core.passport import (
    Commissioned,
    Issued,
    Measured,
    Passport,
    PassportState,
    Voided,
    passports,
    standing,
)

ISSUED = Issued(
    "20260301-180000-0000",
    "Cabin",
    False,
    (("E1", "E2"), ("E3", "E4")),
    "2026-03-02T04:00:00.000Z",
    "2026-03-03T04:00:00.000Z",
)
CHECK = Measured("string 1", 26.7, 26.6, 26.8)
JOINED = Commissioned(ISSUED.run, "dmm1 (MY1)", (CHECK,), (), "Ann", "2026-03-02T09:00:00.000Z")
VOIDED = Voided(ISSUED.run, (2,), None, "Ann", "taken apart", "2026-03-02T10:00:00.000Z")
IN_TIME = "2026-03-03T04:00:00.000Z"
TOO_LATE = "2026-03-03T04:00:00.001Z"


def states(*, commissioned: tuple[Commissioned, ...] = (), voided: tuple[Voided, ...] = (), now: str) -> list[str]:
    return [each.state.value for each in passports([ISSUED], commissioned, voided, now)]


@pytest.mark.parametrize(("now", "state"), [(IN_TIME, "valid"), (TOO_LATE, "expired")])
def test_a_string_may_be_joined_until_its_passport_expires(now: str, state: str) -> None:
    assert states(now=now) == [state, state]


def test_a_joined_string_no_longer_expires() -> None:
    assert states(commissioned=(JOINED,), now=TOO_LATE) == ["joined", "joined"]


def test_checks_that_found_something_wrong_join_nothing_and_say_what() -> None:
    wrong = replace(JOINED, objections=("E2 is reversed.",))
    found = passports([ISSUED], [wrong], [], IN_TIME)
    assert [(each.state, each.note) for each in found] == 2 * [(PassportState.VALID, "E2 is reversed.")]


def test_the_last_checks_count() -> None:
    wrong = replace(JOINED, objections=("E2 is reversed.",))
    assert states(commissioned=(wrong, JOINED), now=IN_TIME) == ["joined", "joined"]


def test_one_string_of_two_can_be_void_even_when_joined() -> None:
    assert states(commissioned=(JOINED,), voided=(VOIDED,), now=IN_TIME) == ["joined", "void"]


def bound(known: tuple[Passport, ...], *, simulated: bool = False) -> set[str]:
    return set(standing(known, simulated=simulated))


def test_a_passport_binds_its_batteries_until_it_is_void_however_old_it_is() -> None:
    assert bound(passports([ISSUED], [], [VOIDED], TOO_LATE)) == {"e1", "e2"}


def test_practice_on_a_simulated_bench_binds_nothing_real() -> None:
    practice = passports([replace(ISSUED, simulated=True)], [], [], IN_TIME)
    assert (bound(practice), bound(practice, simulated=True)) == (set(), {"e1", "e2", "e3", "e4"})
