"""The JSON Schema of a dialect file, for editors: made from the same tables that check the files.

A test holds `docs/dialect.schema.json` against it. To write it anew after a change of the tables:
`python -m benchctl.edge.dialect_schema > docs/dialect.schema.json`
"""

import json
import sys

from benchctl.edge.dialect_tables import DialectTable


def dialect_schema() -> str:
    """The schema as JSON text, ended by a line feed."""
    schema = DialectTable.model_json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "benchctl dialect file"}
    return json.dumps(schema, indent=2, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(dialect_schema())
