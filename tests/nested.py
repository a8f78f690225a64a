"""Values in values in values, for the properties of whatever reads JSON or TOML."""

from typing import Any

from hypothesis import strategies as st

DEPTH = 3


def nested(plain: st.SearchStrategy[Any], keys: st.SearchStrategy[str], width: int = 4) -> st.SearchStrategy[Any]:
    """Any plain value, and lists and dictionaries of them, up to three deep and so wide.

    Built once at import: `st.recursive` reads the source of the test when it first draws, and complains of a recursion
    that is none where the file has been edited since.
    """
    values: st.SearchStrategy[Any] = plain
    for _ in range(DEPTH):
        values = plain | st.lists(values, max_size=width) | st.dictionaries(keys, values, max_size=width)
    return values
