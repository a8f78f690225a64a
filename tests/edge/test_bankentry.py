"""Entering a bank: what is answered becomes the file; serial numbers are scanned, or typed twice."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings, strategies as st

from benchctl.core.model import Bank
from benchctl.edge.bankentry import BankEntry
from benchctl.edge.bankfile import load_bank
from benchctl.edge.batteryfile import known_batteries, shipped_batteries

TODAY = "2026-06-01"
HAND = ("", "Epoch", "12100A", "12.8", "100", "50,5")
SIZE = ("n", "2", "1", "1", "n")
HEAD = ("Cabin 24 V", *HAND, *SIZE)


def begun() -> BankEntry:
    return BankEntry(known_batteries(), TODAY)


def entered(*answers: str, scanned: bool = True) -> BankEntry:
    """After these answers; each serial number was scanned."""
    entry = begun()
    for text in answers:
        assert entry.question is not None
        assert entry.answer(text, scanned=scanned and entry.question.serial) is None, text
    return entry


def written(folder: Path, *answers: str) -> Bank:
    """What a reader of the file makes of these answers."""
    entry = entered(*answers)
    assert entry.question is None
    path = folder / "bank.toml"
    path.write_text(entry.file_text())
    return load_bank(path)


def asked(entry: BankEntry) -> str:
    assert entry.question is not None
    return entry.question.text


def number_of(name: str) -> str:
    """The number under which a shipped model is offered."""
    return str(shipped_batteries().index(name) + 1)


def test_what_was_answered_is_the_file(tmp_path: Path) -> None:
    bank = written(tmp_path, *HEAD, "E1001", "2026-05-01", "E1002", "")
    assert (bank.name, bank.series, bank.parallel, bank.procedure) == ("Cabin 24 V", 2, 1, None)
    first, second = bank.batteries
    assert (first.serial, first.manufactured) == ("E1001", "2026-05-01")
    assert (second.serial, second.manufactured) == ("E1002", None)
    assert (first.amp_hours, first.max_charge_a, first.cells, first.position, first.group) == (100, 50.5, 4, None, None)


def test_a_model_brings_its_makers_numbers(tmp_path: Path) -> None:
    bank = written(tmp_path, "Cabin", number_of("kilovault-3600-hlx"), *SIZE, "E1", "", "E2", "")
    each = bank.batteries[0]
    assert (each.brand, each.model, each.amp_hours, each.max_charge_a) == ("KiloVault", "3600 HLX", 300, 150)
    assert bank.allowed.series == 4


def test_a_charge_current_that_the_maker_does_not_state_is_asked_for() -> None:
    entry = entered("Cabin", number_of("battle-born-bb5012"))
    assert asked(entry) == "Most charge current its maker allows, in A"


@pytest.mark.parametrize("volts", ["25.6", "24", "25,6"])
def test_batteries_of_eight_cells_take_their_own_procedure(tmp_path: Path, volts: str) -> None:
    kind = ("", "Epoch", "24100A", volts, "100", "50")
    bank = written(tmp_path, "Cabin", *kind, *SIZE, "E1", "", "E2", "")
    assert (bank.batteries[0].cells, bank.procedure) == (8, "lifepo4-24v-preseries")


@pytest.mark.parametrize(("volts", "procedure"), [("12.8", "lifepo4-12v-join"), ("25.6", "lifepo4-24v-join")])
def test_batteries_that_join_a_string_name_the_procedure(tmp_path: Path, volts: str, procedure: str) -> None:
    kind = ("", "Epoch", "100A", volts, "100", "50")
    assert written(tmp_path, "Cabin", *kind, "y", *SIZE[1:], "E1", "", "E2", "").procedure == procedure


def test_more_than_the_maker_allows_is_refused_where_it_is_asked() -> None:
    entry = entered("Cabin", number_of("renogy-rbt100lfp12s"), "50", "n")
    complaint = entry.answer("2")
    assert complaint is not None
    assert complaint.startswith("2 in series, and 1 is allowed (the maker of Renogy RBT100LFP12S")
    assert asked(entry) == "Batteries in a string (in series)"


def test_more_than_usual_is_said_of_a_battery_that_nobody_knows() -> None:
    entry = entered("Cabin", *HAND, "n", "5", "1")
    assert "5 in series: most makers allow 4; have it from yours in writing." in entry.told


def test_neighbours_are_grouped_and_hang_on_one_position(tmp_path: Path) -> None:
    batteries = ("E1", "", "P1", "E2", "", "E3", "", "P2")
    bank = written(tmp_path, "Cabin", *HAND, "n", "3", "1", "2", "y", *batteries)
    found = [(each.serial, each.position, each.group) for each in bank.batteries]
    assert found == [("E1", "P1", "G1"), ("E2", "P1", "G1"), ("E3", "P2", None)]


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


def test_nothing_is_made_after_today() -> None:
    entry = entered(*HEAD, "E1001")
    assert entry.answer("2026-06-02") == "2026-06-02 is still to come: today is 2026-06-01."
    assert entry.answer(TODAY) is None


def test_one_battery_alone_is_no_bank() -> None:
    entry = entered("Cabin", *HAND, "n", "1")
    complaint = entry.answer("1")
    assert complaint is not None
    assert "none to be matched with" in complaint
    assert asked(entry) == "Batteries in a string (in series)"


def test_a_slip_is_mended_by_going_back_question_by_question() -> None:
    entry = entered(*HEAD, "E1001", "2026-05-01")
    entry = entry.back()
    assert asked(entry) == "Date of manufacture of E1001"
    assert entry.answer("2026-04-01") is None
    assert entry.told[-1] == "string 1, place 1: E1001, 2026-04-01"


def test_a_refused_answer_is_no_step_back() -> None:
    entry = entered("Cabin", "", "Epoch")
    entry.answer("")
    assert asked(entry) == "Model"
    assert asked(entry.back()) == "Brand of the batteries"


def test_before_the_first_question_there_is_none() -> None:
    assert asked(begun().back()) == "Name of the bank"


BAD = [
    (0, ""),
    (0, "\x1b[2J"),
    (1, "99"),
    (1, "0"),
    (1, "Epoch"),
    (4, "13"),
    (4, "48"),
    (4, "nan"),
    (5, "nan"),
    (5, "0"),
]
BAD += [(5, "1e3"), (7, "maybe"), (8, "0"), (8, "17"), (8, "2.0"), (10, "3"), (10, "0"), (12, "E 1"), (12, "")]
BAD += [(12, "[/x]"), (13, "2026-13-01"), (13, "01.05.2026"), (13, "2026-02-30"), (13, "1999-01-01")]


@pytest.mark.parametrize(("after", "text"), BAD)
def test_what_makes_no_sense_is_asked_for_again_with_a_sentence(after: int, text: str) -> None:
    entry = entered(*(*HEAD, "E1001")[:after])
    before = asked(entry)
    assert entry.answer(text, scanned=True)
    assert asked(entry) == before


ANSWERS = st.text(max_size=12) | st.sampled_from((*HEAD, "3", "7", "y", "25.6", "E1", "E2", "E3", "P1", "2026-05-01"))
WHOLE = [(text, True) for text in (*HEAD, "E1", "", "E2", "2026-05-01")]


@settings(max_examples=200, deadline=None)
@given(answers=st.lists(st.tuples(ANSWERS, st.booleans()), max_size=60))
@example(answers=WHOLE)
def test_no_answer_does_any_harm_and_what_is_written_can_be_read(
    answers: Sequence[tuple[str, bool]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    entry = begun()
    for text, scanned in answers:
        if entry.question is not None:
            entry.answer(text, scanned=scanned)
    if entry.question is None:
        path = tmp_path_factory.mktemp("bank") / "bank.toml"
        path.write_text(entry.file_text())
        load_bank(path)
