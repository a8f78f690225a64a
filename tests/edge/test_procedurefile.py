"""Procedure files: durations are free, limits only get tighter, what is left out is as shipped."""

import hashlib
import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, strategies as st

from benchctl.core.departures import departures
from benchctl.core.envelope import ENVELOPE, contradictions, envelope
from benchctl.core.errors import FileFault
from benchctl.core.identity import shipped_name
from benchctl.core.procedure import Procedure, Purpose
from benchctl.edge.procedurefile import DEFAULT, SECTIONS, load_procedure, shipped_procedures
from benchctl.edge.shipped import shipped_folder

SHIPPED = shipped_folder("procedures") / f"{DEFAULT}.toml"
KEYS = [f"{section}.{each.name}" for section, rules in SECTIONS.items() for each in fields(rules)]


def load(folder: Path, text: str) -> Procedure:
    path = folder / "mine.toml"
    path.write_text(text)
    return load_procedure(str(path))


def complaints(folder: Path, text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(FileFault) as caught:
        load(folder, text)
    return [(each.line, each.key, each.sentence) for each in caught.value.complaints]


def number(procedure: Procedure, key: str) -> float:
    section, _, name = key.partition(".")
    value = getattr(getattr(procedure, section), name)
    assert isinstance(value, int | float)
    return value


def with_numbers(numbers: dict[str, float]) -> str:
    """A procedure file with these numbers, by key."""
    return "".join(f"[{key.partition('.')[0]}]\n{key.partition('.')[2]} = {value}\n" for key, value in numbers.items())


def test_the_default_procedure_is_found_by_name_and_departs_in_nothing() -> None:
    procedure = load_procedure(DEFAULT)
    assert procedure.name == DEFAULT
    assert (procedure.charge.voltage_v, procedure.rest.min_s, procedure.match.spread_v) == (14.6, 7200.0, 0.1)
    assert departures(procedure) == ()


def test_the_record_gets_the_literal_text_and_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"# mine\r\n[rest]\r\nmin_s = 60\r\n")
    procedure = load_procedure(str(path))
    assert procedure.text == "# mine\r\n[rest]\r\nmin_s = 60\r\n"
    assert procedure.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_shipped_procedure_can_be_read() -> None:
    assert DEFAULT in shipped_procedures()
    assert [load_procedure(name).name for name in shipped_procedures()] == list(shipped_procedures())


@pytest.mark.parametrize("name", shipped_procedures())
def test_no_shipped_procedure_leaves_the_envelope_or_says_more_than_its_name(name: str) -> None:
    procedure = load_procedure(name)
    bounds = envelope(procedure.cells)
    assert all(bounds[key].low <= number(procedure, key) <= bounds[key].high for key in KEYS)
    assert procedure.title != name
    assert f"{procedure.charge.voltage_v:g} V" in procedure.title
    assert f"{procedure.match.spread_v:g} V" in procedure.title


@pytest.mark.parametrize("cells", [4, 8])
@pytest.mark.parametrize("purpose", list(Purpose))
def test_there_is_a_procedure_for_every_purpose_and_unit(cells: int, purpose: Purpose) -> None:
    procedure = load_procedure(shipped_name(purpose, cells))
    assert (procedure.cells, procedure.purpose) == (cells, purpose)


EIGHT = "cells = 8\n"


def test_eight_cells_have_the_volts_of_the_default_doubled_and_the_same_spread(tmp_path: Path) -> None:
    mine, default = load(tmp_path, EIGHT), load_procedure(DEFAULT)
    assert (mine.charge.voltage_v, mine.match.min_v, mine.safety.instant_v) == (29.2, 26.4, 30.0)
    assert mine.rest.max_fall_v_per_h == 2 * default.rest.max_fall_v_per_h
    assert (mine.match.spread_v, mine.taper.current_c_rate, mine.rest.min_s) == (0.1, 0.05, 7200.0)
    assert departures(mine) == ()


@pytest.mark.parametrize("purpose", list(Purpose))
def test_the_24_v_procedures_say_nothing_that_eight_cells_would_not_say(tmp_path: Path, purpose: Purpose) -> None:
    mine, shipped = load(tmp_path, EIGHT), load_procedure(f"lifepo4-24v-{purpose.value}")
    assert [key for key in KEYS if number(mine, key) != number(shipped, key)] == []


@pytest.mark.parametrize("key", KEYS)
def test_no_number_for_eight_cells_leaves_its_bound(tmp_path: Path, key: str) -> None:
    bound = envelope(8)[key]
    for value in (math.nextafter(bound.low, -math.inf), math.nextafter(bound.high, math.inf)):
        found = complaints(tmp_path, EIGHT + with_numbers({key: value}))
        assert [(line, about) for line, about, _ in found] == [(3, key)], value


@given(st.sampled_from(KEYS), st.sampled_from([4, 8]), st.floats(1e-7, 1e6))
def test_no_file_widens_the_envelope_of_its_cells(key: str, cells: int, value: float) -> None:
    with TemporaryDirectory() as folder, suppress(FileFault):
        procedure = load(Path(folder), f"cells = {cells}\n" + with_numbers({key: value}))
        bounds = envelope(cells)
        assert all(bounds[each].low <= number(procedure, each) <= bounds[each].high for each in KEYS)
        if cells == 8 and key.endswith("_v"):
            assert number(procedure, key) <= 2 * ENVELOPE[key].high


def test_a_copy_of_the_default_is_the_default(tmp_path: Path) -> None:
    assert load(tmp_path, SHIPPED.read_text()) == load_procedure(DEFAULT)


def test_what_a_file_leaves_out_is_as_shipped_but_its_name_is_its_own(tmp_path: Path) -> None:
    mine, default = load(tmp_path, "[rest]\nmin_s = 120\nmax_s = 240.5\n"), load_procedure(DEFAULT)
    assert (mine.rest.min_s, mine.rest.max_s, mine.rest.gap_s) == (120.0, 240.5, 300.0)
    assert (mine.charge, mine.safety, mine.cells) == (default.charge, default.safety, default.cells)
    assert (mine.name, mine.title) == ("mine", "mine")


def test_every_number_of_a_procedure_has_a_bound() -> None:
    assert set(ENVELOPE) == set(KEYS)


def test_the_default_lies_at_the_loose_end_of_every_bound_that_only_tightens() -> None:
    default = load_procedure(DEFAULT)
    for key in KEYS:
        bound = ENVELOPE[key]
        loose = {"it can only be lowered": bound.high, "it can only be shortened": bound.high}
        loose["it can only be raised"] = bound.low
        assert number(default, key) == loose.get(bound.why, number(default, key)), key
        assert bound.low <= number(default, key) <= bound.high, key


@pytest.mark.parametrize("key", KEYS)
def test_no_number_leaves_its_bound(tmp_path: Path, key: str) -> None:
    bound = ENVELOPE[key]
    for value in (math.nextafter(bound.low, -math.inf), math.nextafter(bound.high, math.inf), -1.0, math.inf, math.nan):
        found = complaints(tmp_path, with_numbers({key: value}))
        assert [(line, about) for line, about, _ in found] == [(2, key)], value
        assert f"{bound.high:g}" in found[0][2]


SECONDS = [key for key in KEYS if key.endswith("_s") and key != "safety.watchdog_s"]
"""A watchdog that is wound up once a second bites in between when it waits for less than a few."""


@pytest.mark.parametrize("key", SECONDS)
def test_every_duration_may_be_shortened_to_next_to_nothing(tmp_path: Path, key: str) -> None:
    needs = {"rest.max_s": "min_s = 0.005\n", "rest.gap_s": "sample_s = 0.01\n"}
    assert number(load(tmp_path, with_numbers({key: 0.01}) + needs.get(key, "")), key) == 0.01


@given(st.dictionaries(st.sampled_from(list(SECTIONS)), st.floats(0.5, 1.5), max_size=3))
def test_a_procedure_that_is_read_is_no_looser_than_the_default(factors: dict[str, float]) -> None:
    default = load_procedure(DEFAULT)
    keys = [next(key for key in KEYS if key.startswith(section)) for section in factors]
    numbers = {key: number(default, key) * factors[key.partition(".")[0]] for key in keys}
    with TemporaryDirectory() as folder, suppress(FileFault):
        procedure = load(Path(folder), with_numbers(numbers))
        assert all(ENVELOPE[key].low <= number(procedure, key) <= ENVELOPE[key].high for key in KEYS)
        assert not list(contradictions({key: number(procedure, key) for key in KEYS}))


@pytest.mark.parametrize(
    ("text", "line", "key", "words"),
    [
        ("[charge]\nvoltage_v = 146\n", 2, "charge.voltage_v", "is 146, too large; would be a number from 14 to 14.6"),
        ("[charge]\nvoltage_v = 1.46\n", 2, "charge.voltage_v", "is 1.46, too small"),
        ('[charge]\nvoltage_v = "14,6"\n', 2, "charge.voltage_v", "decimal comma in quotes: write 14.6"),
        ("[charge]\nvoltage_v = 14,6\n", 2, "charge.voltage_v", "decimal comma"),
        ('[charge]\nvoltage_v = "14.6"\n', 2, "charge.voltage_v", 'the text "14.6" in quotes: write 14.6'),
        ("[charge]\nvoltage_v = true\n", 2, "charge.voltage_v", "is true; would be a number"),
        ("[charge]\nvoltage_v = 14.60001\n", 2, "charge.voltage_v", "too large"),
        ("[charge]\nvoltage = 14.6\n", 2, "charge.voltage", 'did you mean "voltage_v"?'),
        ("[charge]\ncurrent_c_rate = 0.6\n", 2, "charge.current_c_rate", "too large"),
        ("[rest]\nmin_s = 0\n", 2, "rest.min_s", "is 0, too small; would be a number above 0"),
        ("[rest]\nmin_s = -7200\n", 2, "rest.min_s", "too small"),
        ("[rest]\nmin_s = 02:00:00\n", 2, "rest.min_s", "would be a number above 0"),
        ("[match]\nspread_v = 0.11\n", 2, "match.spread_v", "it can only be lowered"),
        ("[match]\nmin_v = 13.0\n", 2, "match.min_v", "it can only be raised"),
        ("[match]\nreadings = 5.0\n", 2, "match.readings", "is 5.0; would be a whole number from 5"),
        ("[balance]\nmax_rounds = 3\n", 2, "balance.max_rounds", "would be a whole number from 0 to 2"),
        ("[safety]\ntrip_s = 60\n", 2, "safety.trip_s", "it can only be shortened"),
        ("[saftey]\ntrip_s = 1\n", 1, "saftey", 'did you mean "safety"?'),
        ("charge = 5\n", 1, "charge", "is 5; would be a table"),
        ("[[charge]]\nvoltage_v = 14.6\n", 1, "charge", "is a list; would be a table"),
        ('base = "x"\n', 1, "base", "is not known"),
        ('chemistry = "AGM"\n', 1, "chemistry", 'is "AGM"; would be "LiFePO4"'),
        ("cells = 6\n", 1, "cells", "is 6; would be 4"),
        ('name = "my procedure"\n', 1, "name", "which is no name"),
        (f'title = "{"x" * 201}"\n', 1, "title", "is 201 characters long"),
        ("[rest]\nmin_s = 7200\nmax_s = 7200\n", 3, "rest.max_s", "is 7200.0, the same as rest.min_s (7200.0)"),
        ("[rest]\nmin_s = 20000\n", 2, "rest.min_s", "above rest.max_s (14400.0, from the shipped procedure)"),
        ("[rest]\nmax_s = 7000\n", 2, "rest.max_s", "would be more than that, or change both"),
        ("[match]\nmin_v = 13.7\nmax_v = 13.6\n", 3, "match.max_v", "below match.min_v (13.7)"),
        ("[charge]\nvoltage_v = 14.3\n", 2, "charge.voltage_v", "below balance.hold_voltage_v (14.4, from the shipped"),
        ("[charge]\ncurrent_c_rate = 0.05\n", 2, "charge.current_c_rate", "the same as taper.current_c_rate"),
        ("[safety]\ntrip_v = 14.6\n", 2, "safety.trip_v", "below safety.warn_v (14.65, from the shipped procedure)"),
        ("[safety]\nwarn_v = 14.6\n", 2, "safety.warn_v", "the same as charge.voltage_v"),
        ("[rest]\ngap_s = 5\n", 2, "rest.gap_s", "below rest.sample_s (10.0, from the shipped procedure)"),
    ],
)
def test_one_fault_gives_one_complaint(tmp_path: Path, text: str, line: int, key: str, words: str) -> None:
    found = complaints(tmp_path, text)
    assert [(where, about) for where, about, _ in found] == [(line, key)]
    assert words in found[0][2]


def test_everything_is_said_at_once_contradictions_too(tmp_path: Path) -> None:
    text = "[rest]\nmin_s = 60\nmax_s = 30\n[match]\nspread_v = 1\nfoo = 2\n[bar]\n"
    assert [(line, key) for line, key, _ in complaints(tmp_path, text)] == [
        (3, "rest.max_s"),
        (5, "match.spread_v"),
        (6, "match.foo"),
        (7, "bar"),
    ]


def test_a_name_that_is_none_is_answered_with_the_nearest() -> None:
    with pytest.raises(FileFault, match=f'did you mean "{DEFAULT}"'):
        load_procedure("lifepo4-12v-preserie")


@pytest.mark.parametrize("place", ["", "."])
def test_a_path_that_leads_nowhere_is_a_fault_of_the_file(tmp_path: Path, place: str) -> None:
    with pytest.raises(FileFault):
        load_procedure(str(tmp_path / place / "none.toml"))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("[match]\nmin_v = 13.3\n", ()),
        ("[charge]\nvoltage_v = 14.4\n", ("charges to 14.4 V instead of 14.6 V",)),
        ("[rest]\nmin_s = 120\nmax_s = 5400\n", ("rests 2 min to 1.5 h instead of 2 h to 4 h",)),
        ("[rest]\nmin_s = 0.5\n", ("rests 0.5 s to 4 h instead of 2 h to 4 h",)),
        ("[rest]\nmin_s = 7201\n", ("rests 7201 s to 4 h instead of 2 h to 4 h",)),
        ("[match]\nspread_v = 0.05\n", ("accepts a spread of 0.05 V instead of 0.1 V",)),
        ("[taper]\ncurrent_c_rate = 0.02\n", ("tapers to 0.02 C instead of 0.05 C",)),
    ],
)
def test_departures_are_told_one_sentence_each(tmp_path: Path, text: str, sentences: tuple[str, ...]) -> None:
    assert departures(load(tmp_path, text)) == sentences


def damaged() -> Iterator[str]:
    """The shipped text, whole lines of it taken out."""
    lines = SHIPPED.read_text().splitlines(keepends=True)
    for at in range(len(lines)):
        yield "".join(lines[:at] + lines[at + 1 :])


def test_any_line_of_a_full_procedure_may_be_left_out_or_is_missed(tmp_path: Path) -> None:
    for text in damaged():
        with suppress(FileFault):
            load(tmp_path, text)


@given(st.integers(0, 4000), st.integers(0, 60), st.text("[]{}='\"\n,.:_-#019abVé\x00\x1b", max_size=12))
def test_a_damaged_procedure_is_read_or_refused(at: int, length: int, piece: str) -> None:
    text = SHIPPED.read_text()
    with TemporaryDirectory() as folder, suppress(FileFault):
        load(Path(folder), text[:at] + piece + text[at + length :])
