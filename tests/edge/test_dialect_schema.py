"""The schema that editors use says what the tables say."""

import json
import tomllib
from pathlib import Path

import pytest

from benchctl.edge.dialect_schema import dialect_schema
from benchctl.edge.dialects import shipped_dialects
from benchctl.edge.shipped import shipped_folder

WRITTEN = Path(__file__).parents[2] / "docs" / "dialect.schema.json"


def test_the_schema_is_up_to_date() -> None:
    anew = "write it anew: python -m benchctl.edge.dialect_schema > docs/dialect.schema.json"
    assert WRITTEN.read_text() == dialect_schema(), anew


@pytest.mark.parametrize("name", shipped_dialects())
def test_every_table_of_a_shipped_file_is_in_it(name: str) -> None:
    known = json.loads(dialect_schema())["properties"]
    table = tomllib.loads((shipped_folder("instruments") / f"{name}.toml").read_text())
    assert set(table) <= set(known)


def test_an_operation_that_is_none_is_told_from_the_others() -> None:
    operations = json.loads(dialect_schema())["$defs"]["Operation"]["enum"]
    assert {"set_ovp", "output_off", "read_regulation"} <= set(operations)
