"""The procedure file: the numbers of a run.

A file may leave out whole sections and single keys: what it does not say is as in the shipped default procedure,
`lifepo4-12v-preseries` (with `cells = 8` the volts of its cells doubled); only its name is then its own. It can
shorten, wait longer and tighten; it cannot loosen.
"""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, create_model

from benchctl.core.envelope import CELLS, ENVELOPE, Bound, Contradiction, contradictions, envelope, in_proportion
from benchctl.core.errors import FileFault
from benchctl.core.procedure import (
    BalanceRules,
    BmsRules,
    ChargeRules,
    MatchRules,
    PrechargeRules,
    Procedure,
    Purpose,
    RestRules,
    SafetyRules,
    StartRules,
    StringRules,
    TaperRules,
)
from benchctl.core.text import safe_text
from benchctl.edge.schema import NAME_PATTERN, NAME_RIGHT, Checklist, Name, PlainText, Table, nearest, shown
from benchctl.edge.shipped import shipped_folder
from benchctl.edge.toml_lines import TomlFile, read_toml

DEFAULT = "lifepo4-12v-preseries"
"""The procedure that every other one is compared with."""

SECTIONS: dict[str, type] = {
    "start": StartRules,
    "precharge": PrechargeRules,
    "charge": ChargeRules,
    "taper": TaperRules,
    "bms": BmsRules,
    "rest": RestRules,
    "match": MatchRules,
    "balance": BalanceRules,
    "safety": SafetyRules,
    "string": StringRules,
}

_HEAD = ("name", "title", "purpose", "chemistry", "cells")


class HeadTable(Table):
    """What stands above the sections."""

    name: Name | None = Field(None, description=f'{NAME_RIGHT} "{DEFAULT}"')
    title: PlainText | None = Field(None, max_length=200, description="1 to 200 visible characters")
    purpose: Purpose = Field(Purpose.PRESERIES, strict=False, description='"preseries", "join" or "topup"')
    chemistry: Literal["LiFePO4"] = Field("LiFePO4", description='"LiFePO4": no other chemistry has these numbers')
    cells: Literal[4, 8] = Field(CELLS, description="4 (12.8 V batteries) or 8 (25.6 V)")


def shipped_procedures() -> tuple[str, ...]:
    """The names of the procedures that come with the program."""
    return tuple(sorted(path.stem for path in shipped_folder("procedures").glob("*.toml")))


def load_procedure(name_or_file: str) -> Procedure:
    """Read a shipped procedure by its name, or any by its path. Raises `FileFault` with everything that is wrong."""
    if name_or_file in shipped_procedures():
        return _load(_shipped(name_or_file))
    path = Path(name_or_file)
    if NAME_PATTERN.fullmatch(name_or_file) and path.suffix != ".toml" and not path.exists():
        sentence = f"is neither a shipped procedure nor a file; {nearest(name_or_file, shipped_procedures())}"
        raise FileFault.at(name_or_file, None, "", sentence)
    return _load(path)


def _shipped(name: str) -> Path:
    return shipped_folder("procedures") / f"{name}.toml"


def _load(path: Path) -> Procedure:
    toml = read_toml(path)
    shipped = path == _shipped(DEFAULT)
    return _procedure(toml, path.stem, shipped)


@cache
def _default_numbers() -> Mapping[str, float]:
    procedure = _load(_shipped(DEFAULT))
    return {
        f"{section}.{each.name}": getattr(getattr(procedure, section), each.name)
        for section, rules in SECTIONS.items()
        for each in fields(rules)
    }


def _numbers_for(cells: int) -> dict[str, float]:
    """The default's numbers, in proportion."""
    return {key: in_proportion(key, number, cells) for key, number in _default_numbers().items()}


def _procedure(toml: TomlFile, stem: str, shipped: bool) -> Procedure:
    checklist = Checklist(toml)
    checklist.known_tables((*_HEAD, *SECTIONS))
    written = {key: toml.table[key] for key in _HEAD if key in toml.table}
    head = checklist.checked(HeadTable, written, ())
    cells = CELLS if head is None else head.cells
    numbers = {} if shipped else _numbers_for(cells)
    for section in SECTIONS:
        _take_section(checklist, section, cells, numbers)
    for each in contradictions(numbers):
        _complain_of(checklist, each, numbers)
    checklist.finish()
    assert head is not None
    name = head.name or _name_of(stem)
    rules: dict[str, Any] = {section: _rules(section, numbers) for section in SECTIONS}
    return Procedure(
        name=name,
        title=head.title or name,
        purpose=head.purpose,
        chemistry=head.chemistry,
        cells=head.cells,
        **rules,
        text=toml.text,
        sha256=toml.sha256,
    )


def _take_section(checklist: Checklist, section: str, cells: int, numbers: dict[str, float]) -> None:
    """Put what a section says over the defaults; a number that does not fit goes, so that it contradicts nothing."""
    given = checklist.toml.table.get(section, {})
    keys = [f"{section}.{each.name}" for each in fields(SECTIONS[section])]
    table = checklist.checked(_table(section, cells), given, (section,))
    if table is None:
        for key in keys:
            numbers.pop(key, None)
        return
    numbers.update({f"{section}.{key}": value for key, value in table.model_dump(exclude_unset=True).items()})
    for key in keys:
        if key not in numbers:
            checklist.complain((section, key.partition(".")[2]), f"is missing; would be a number {ENVELOPE[key]}")


@cache
def _table(section: str, cells: int) -> type[BaseModel]:
    """The table of a section: every number of its rules within its bound, each of them optional."""
    bounds = envelope(cells)
    numbers: dict[str, Any] = {
        each.name: (each.type | None, _bounded(bounds[f"{section}.{each.name}"], each.type is int))
        for each in fields(SECTIONS[section])
        if isinstance(each.type, type)
    }
    return create_model(f"{section.capitalize()}Table", __base__=Table, **numbers)


def _bounded(bound: Bound, whole: bool) -> Any:
    return Field(None, ge=bound.low, le=bound.high, description=f"a {'whole ' if whole else ''}number {bound}")


def _rules(section: str, numbers: Mapping[str, float]) -> object:
    rules = SECTIONS[section]
    return rules(**{each.name: numbers[f"{section}.{each.name}"] for each in fields(rules)})


def _complain_of(checklist: Checklist, found: Contradiction, numbers: Mapping[str, float]) -> None:
    """At the key that the file itself states; the other one may come from the shipped procedure."""
    sides = ((found.smaller, "above", found.larger), (found.larger, "below", found.smaller))
    stated = [side for side in sides if tuple(side[0].split(".")) in checklist.toml.lines]
    key, word, other = stated[-1] if stated else sides[0]
    source = "" if tuple(other.split(".")) in checklist.toml.lines else ", from the shipped procedure"
    equal = numbers[key] == numbers[other]
    relation = "the same as" if equal else word
    limit = "at most" if key == found.smaller else "at least"
    right = limit if found.may_equal else ("less than" if key == found.smaller else "more than")
    checklist.complain(
        tuple(key.split(".")),
        f"is {shown(numbers[key])}, {relation} {other} ({shown(numbers[other])}{source}); "
        f"would be {right} that, or change both",
    )


def _name_of(stem: str) -> str:
    """A name for a procedure that states none: that of its file, as far as it can be one."""
    return "".join(each if NAME_PATTERN.fullmatch(each) else "-" for each in safe_text(stem))[:32] or "unnamed"
