"""The table of the guide's rules is whole, and everything it points to is there."""

import ast
import tomllib
from collections.abc import Iterable
from functools import cache, reduce
from importlib import import_module
from pathlib import Path

import pytest

from tests.guide.lines import LINES, NO_RULE, SENTENCES
from tests.guide.rules import RULES, Rule

ROOT = Path(__file__).parents[2]


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text())
    return frozenset(each.name for each in tree.body if isinstance(each, ast.FunctionDef))


def sentences(places: Iterable[int | str]) -> set[str]:
    """`15.4` for the fourth sentence of line 15; a whole line is all of its sentences."""
    whole = {f"{line}.{number + 1}" for line in places if isinstance(line, int) for number in range(many_in(line))}
    return whole | {each for each in places if isinstance(each, str)}


def many_in(line: int) -> int:
    return SENTENCES.get(line, 1)


def test_every_sentence_of_the_guide_has_a_rule_or_is_said_to_state_none() -> None:
    ruled, free = sentences([line for rule in RULES for line in rule.lines]), sentences(list(NO_RULE))
    assert ruled | free == sentences(range(1, LINES + 1))
    assert not ruled & free


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"line {rule.lines[0]}")
def test_where_a_rule_lives_is_there(rule: Rule) -> None:
    for place in rule.lives:
        where, name = place.split(":")
        if where.endswith(".toml"):
            table: object = tomllib.loads((ROOT / where).read_text())
            for key in name.split("."):
                assert isinstance(table, dict)
                table = table[key]
        else:
            reduce(getattr, name.split("."), import_module(where))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"line {rule.lines[0]}")
def test_what_proves_a_rule_is_there(rule: Rule) -> None:
    assert rule.tests
    for proof in rule.tests:
        file, name = proof.split("::")
        assert name in names_in(file), proof
