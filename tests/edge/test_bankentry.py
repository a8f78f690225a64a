"""Entering a bank: what is answered becomes the file; serial numbers are scanned, or typed twice."""

from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from benchctl.edge.bankentry import BankEntry
from benchctl.edge.bankfile import load_bank
from tests.core.values import battery

HEAD = ("Cabin 24 V", "n", "2", "1", "Epoch", "12100A", "100", "50,5")


def entered(*answers: str, scanned: bool = True) -> BankEntry:
    """After these answers; each serial number was scanned."""
    entry = BankEntry()
    for text in answers:
        assert entry.question is not None
        assert entry.answer(text, scanned=scanned and entry.question.serial) is None, text
    return entry


def asked(entry: BankEntry) -> str:
    assert entry.question is not None
    return entry.question.text


def test_what_was_answered_is_the_file(tmp_path: Path) -> None:
    entry = entered(*HEAD, "E1001", "2026-05-01", "E1002", "")
    assert entry.question is None
    path = tmp_path / "bank.toml"
    path.write_text(entry.file_text())
    bank = load_bank(path)
    assert (bank.name, bank.series, bank.parallel, bank.procedure) == ("Cabin 24 V", 2, 1, None)
    first, second = bank.batteries
    assert (first.serial, first.manufactured) == ("E1001", "2026-05-01")
    assert (second.serial, second.manufactured) == ("E1002", None)
    assert (first.amp_hours, first.max_charge_a, first.cells) == (100.0, 50.5, battery().cells)


def test_batteries_that_join_a_string_name_the_procedure(tmp_path: Path) -> None:
    path = tmp_path / "bank.toml"
    path.write_text(entered(HEAD[0], "y", *HEAD[2:], "E1", "", "E2", "").file_text())
    assert load_bank(path).procedure == "lifepo4-12v-join"


def test_a_typed_serial_number_is_asked_for_again() -> None:
    entry = entered(*HEAD)
    entry.answer("E1001")
    assert asked(entry) == "The same once more, string 1, place 1"
    entry.answer("e1001")
    assert asked(entry) == "Date of manufacture of E1001"


def test_two_that_differ_are_refused_and_asked_for_from_the_start() -> None:
    entry = entered(*HEAD)
    entry.answer("E1001")
    assert entry.answer("E1O01") == "E1001 and E1O01 differ: enter it from the start again."
    assert asked(entry) == "Serial number, string 1, place 1"


def test_a_battery_that_is_entered_already_is_refused_whatever_its_capitals() -> None:
    entry = entered(*HEAD, "E1001", "")
    assert entry.answer("e1001", scanned=True) == "e1001 is entered already: each battery has its own."


def test_the_date_of_the_battery_before_is_proposed() -> None:
    entry = entered(*HEAD, "E1001", "2026-05-01", "E1002")
    assert entry.question is not None
    assert entry.question.proposal == "2026-05-01"


def test_one_battery_alone_is_no_bank() -> None:
    entry = entered("Cabin", "n", "1")
    complaint = entry.answer("1")
    assert complaint is not None
    assert "none to be matched with" in complaint
    assert asked(entry) == "Batteries in a string (in series)"


BAD = [(0, ""), (0, "\x1b[2J"), (1, "maybe"), (2, "0"), (2, "17"), (2, "2.0"), (6, "nan"), (6, "0"), (6, "1e3")]
BAD += [(8, "E 1"), (8, ""), (9, "2026-13-01"), (9, "01.05.2026")]


@pytest.mark.parametrize(("after", "text"), BAD)
def test_what_makes_no_sense_is_asked_for_again_with_a_sentence(after: int, text: str) -> None:
    entry = entered(*(*HEAD, "E1001")[:after])
    before = asked(entry)
    assert entry.answer(text, scanned=True)
    assert asked(entry) == before


@settings(max_examples=200, deadline=None)
@given(answers=st.lists(st.tuples(st.text(max_size=12) | st.sampled_from(HEAD), st.booleans()), max_size=40))
def test_no_answer_does_any_harm(answers: list[tuple[str, bool]]) -> None:
    entry = BankEntry()
    for text, scanned in answers:
        if entry.question is not None:
            entry.answer(text, scanned=scanned)
