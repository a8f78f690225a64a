"""Whatever is done to a chain of rows is found, and the first bad row named."""

import math
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from benchctl.core.journal.chain import (
    GENESIS,
    Entry,
    Flaw,
    Json,
    Row,
    Tail,
    Unparsable,
    canonical,
    link,
    parse,
    verify,
)
from tests.nested import nested


def rows_of(bodies: list[str]) -> list[Row]:
    rows: list[Row] = []
    for at, body in enumerate(bodies):
        entry = Entry(float(at), f"2026-05-01T00:00:{at:02d}.000Z", "engine", "noted", canonical({"text": body}))
        rows.append(link(entry, "boot-1", at + 1, rows[-1].hash if rows else GENESIS))
    return rows


def tail_of(rows: list[Row]) -> Tail:
    return Tail(len(rows), rows[-1].hash)


ROWS = rows_of(list("abcdefgh"))
TAIL = tail_of(ROWS)


def first_bad(rows: list[Row]) -> int:
    return verify(rows, TAIL)[0].seq


def test_an_untouched_chain_is_sound() -> None:
    assert verify(ROWS, TAIL) == []


def test_an_empty_journal_is_sound_until_a_ledger_says_otherwise() -> None:
    assert verify([], None) == []
    assert verify([], TAIL) == [Flaw(1, "the end was cut off: 0 rows are left of 8")]


def test_the_hash_of_a_row_is_pinned() -> None:
    row = link(Entry(1.5, "2026-05-01T00:00:00.000Z", "operator:Zoë", "noted", '{"text":"\\"a\\""}'), "b", 1, GENESIS)
    assert row.hash == "62d68cf91519f2746bc6f6273c243170273ca51d1c4e3207ad188bb27f7ed96b"


@pytest.mark.parametrize(
    "change",
    [
        {"boot_id": "boot-2"},
        {"boot_s": 3.0000000000000004},
        {"boot_s": math.nan},
        {"boot_s": math.inf},
        {"wall": "2026-05-02T00:00:03.000Z"},
        {"actor": "operator:Eve"},
        {"kind": "waiting"},
        {"body": '{"text": "d"}'},
        {"body": '{"text":"d\ud800"}'},
        {"prev_hash": "0" * 64},
        {"prev_hash": "é"},
        {"hash": "f" * 64},
    ],
    ids=str,
)
def test_a_changed_column_is_found_at_its_row(change: dict[str, str]) -> None:
    assert first_bad([*ROWS[:3], replace(ROWS[3], **change), *ROWS[4:]]) == 4  # type: ignore[arg-type]  # forged


def test_a_renumbered_row_is_found() -> None:
    assert first_bad([*ROWS[:3], replace(ROWS[3], seq=5), *ROWS[4:]]) == 4


def test_a_change_hashed_anew_is_found_at_the_row_after_it() -> None:
    forged = link(Entry(3.0, "", "engine", "noted", "{}"), "boot-1", 4, ROWS[2].hash)
    assert first_bad([*ROWS[:3], forged, *ROWS[4:]]) == 5


def test_a_chain_rewritten_to_its_end_is_found_by_the_ledger_alone() -> None:
    forged = rows_of(list("abcdefgX"))
    assert verify(forged, None) == []
    assert first_bad(forged) == 8


@pytest.mark.parametrize("gone", range(8))
def test_a_missing_row_is_found(gone: int) -> None:
    assert first_bad(ROWS[:gone] + ROWS[gone + 1 :]) == gone + 1


def test_rows_in_another_order_are_found() -> None:
    assert first_bad([*ROWS[:3], ROWS[4], ROWS[3], *ROWS[5:]]) == 4


def test_a_repeated_row_is_found() -> None:
    assert first_bad([*ROWS[:4], ROWS[3], *ROWS[4:]]) == 4


def test_rows_after_the_end_are_found() -> None:
    more = rows_of(list("abcdefghi"))
    assert verify(more, TAIL) == [Flaw(9, "rows were added after the end: 9 rows instead of 8")]


@given(st.lists(st.text(), min_size=2, max_size=12), st.data())
def test_any_exchange_of_two_rows_is_found(bodies: list[str], data: st.DataObject) -> None:
    rows = rows_of(bodies)
    one, two = sorted(data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=2, max_size=2, unique=True)))
    swapped = rows.copy()
    swapped[one], swapped[two] = rows[two], rows[one]
    assert verify(swapped, tail_of(rows))[0].seq == one + 1


@given(st.lists(st.text(), min_size=1, max_size=12), st.data())
def test_any_cut_is_found(bodies: list[str], data: st.DataObject) -> None:
    rows = rows_of(bodies)
    left = data.draw(st.integers(0, len(rows) - 1))
    assert verify(rows[:left], tail_of(rows))[0].seq == left + 1


def test_a_row_keeps_no_negative_zero_and_no_whole_number() -> None:
    row = link(Entry(-0.0, "", "engine", "noted", "{}"), "b", 1, GENESIS)
    assert (math.copysign(1.0, row.boot_s), type(link(Entry(5, "", "", "", ""), "b", 1, GENESIS).boot_s)) == (
        1.0,
        float,
    )
    assert verify([row], None) == []


def test_half_a_character_never_reaches_a_row() -> None:
    with pytest.raises(UnicodeEncodeError):
        link(Entry(0.0, "", "operator:\udc80", "noted", "{}"), "b", 1, GENESIS)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
PLAIN = nested(st.none() | st.booleans() | st.integers() | NUMBERS | st.text(), st.text())


@settings(max_examples=200)
@given(PLAIN)
def test_json_survives_its_text(value: Json) -> None:
    text = canonical(value)
    assert text.isascii()
    assert canonical(parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "NaN",
        "-Infinity",
        "1e999",
        '{"a":1,"a":2}',
        '["\\ud800"]',
        '{"\\ud800":1}',
        "[" * 100 + "]" * 100,
        "[" * 60000,
        "1" * 5000,
        b"\xff\xfe",
        b"\x00",
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_what_is_not_plain_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(Unparsable):
        parse(text)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    with suppress(Unparsable):
        canonical(parse(text))
