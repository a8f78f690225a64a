"""The fault matrix: that it is whole, and a fixed share of its nights. All of it: `python -m tests.campaign matrix`."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from benchctl.core.run.faults import FAULTS, PROCESS, ROWS
from benchctl.core.run.warningtable import WARNINGS
from benchctl.edge.procedurefile import load_procedure
from tests.campaign.docs import PATH, page
from tests.faults.elsewhere import CATALOGUE, OPEN, SHOWN
from tests.faults.matrix import CELLS, ENTRIES, Cell, fixed_share, play
from tests.faults.stage import REST, SCAN

ROOT = Path(__file__).parents[2]
IN_MATRIX = {entry.row for entry in ENTRIES}


def test_every_row_of_the_catalogue_is_shown_once_or_its_absence_explained() -> None:
    places = {row: [row in IN_MATRIX, row in SHOWN, row in OPEN].count(True) for row in CATALOGUE}
    assert {row: count for row, count in places.items() if count != 1} == {}
    assert IN_MATRIX | SHOWN.keys() | OPEN.keys() <= {*CATALOGUE}


def test_every_row_that_the_core_can_name_is_shown_by_the_matrix_or_another_test() -> None:
    shown = {fault for entry in ENTRIES for fault in entry.shows}
    elsewhere = {fault for fault, row in ROWS.items() if set(row.catalogue) & SHOWN.keys()}
    warned = [(ROOT / "tests" / file).read_text() for file in ("core/test_cautions.py", "engine/test_hostwatch.py")]
    warnings = {row.fault for row in WARNINGS if any(row.fault in text for text in warned)}
    assert {*ROWS} - shown - elsewhere - warnings == set()


def test_the_matrix_expects_only_what_the_core_can_name() -> None:
    assert {fault for entry in ENTRIES for fault in entry.shows} - {*ROWS} == set()


def test_every_alarm_of_the_core_is_in_the_table() -> None:
    core = ROOT / "benchctl" / "core" / "run"
    raised = {name for path in core.glob("*.py") for name in re.findall(r'Breach\(\s*"(\w+)"', path.read_text())}
    assert raised
    assert raised - {*FAULTS} == set()
    assert not {*FAULTS} & {row.fault for row in PROCESS}


def test_every_row_of_the_table_is_in_the_catalogue() -> None:
    assert {one for row in ROWS.values() for one in row.catalogue} <= {*CATALOGUE}


@pytest.mark.parametrize("row", SHOWN)
def test_what_shows_a_row_elsewhere_is_there(row: str) -> None:
    file, name = SHOWN[row]
    tests = {one.name: one for one in ast.parse((ROOT / file).read_text()).body if isinstance(one, ast.FunctionDef)}
    assert name in tests
    assert not [one for one in tests[name].decorator_list if "skip" in ast.unparse(one) or "xfail" in ast.unparse(one)]
    assert any(isinstance(part, ast.Assert) or "pytest.raises" in ast.unparse(part) for part in ast.walk(tests[name]))


def test_no_two_cells_are_the_same() -> None:
    names = [cell.name for cell in CELLS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("cell", fixed_share(), ids=lambda cell: cell.name)
def test_a_night_with_a_fault(cell: Cell) -> None:
    """Where the fault has struck before, the rest is the same every night: a third of it is enough of the same."""
    full = load_procedure("lifepo4-12v-preseries")
    brief = replace(full, rest=replace(full.rest, min_s=2400.0, max_s=5400.0))
    assert play(cell, procedure=full if cell.moment in (REST, SCAN) else brief).problems == ()


def test_the_page_about_faults_is_up_to_date() -> None:
    assert PATH.read_text() == page(), "run `python -m tests.campaign docs`"
