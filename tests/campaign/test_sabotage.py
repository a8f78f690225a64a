"""The table of deliberate defects is alive; that each is caught is `python -m tests.campaign sabotage`."""

import ast
from collections import Counter

import pytest

from tests.campaign.defects import DEFECTS, Defect
from tests.campaign.sabotage import ROOT, applies

ENOUGH = 30


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda one: one.name)
def test_a_defect_stands_exactly_once_and_leaves_a_program(defect: Defect) -> None:
    assert applies(defect)
    ast.parse((ROOT / defect.file).read_text().replace(defect.old, defect.new))
    assert all((ROOT / each).exists() for each in defect.tests.split())


def test_there_are_enough_and_none_twice() -> None:
    assert len(DEFECTS) >= ENOUGH
    assert Counter(one.name for one in DEFECTS).most_common(1)[0][1] == 1
