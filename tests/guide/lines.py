"""The guide's lines and their sentences, and those that state neither rule nor number.

Lines are those that are not empty, counted from 1; a table of the guide has a line a cell.
"""

from collections.abc import Mapping

LINES = 98
"""Of the guide that are not empty."""

SENTENCES: Mapping[int, int] = {
    **dict.fromkeys((3, 4, 6, 9, 13, 16, 55, 68, 82, 84, 88), 2),
    **dict.fromkeys((7, 8, 60, 61, 63, 64, 67, 77, 86, 92, 94, 95), 3),
    **dict.fromkeys((14, 15, 65, 76, 78, 79, 91, 93, 96, 97), 4),
    17: 5,
    98: 8,
}
"""How many a line has, where it has more than one."""

NO_RULE: Mapping[int | str, str] = {
    **dict.fromkeys((1, 2, 5, 11, 18, 54, 62, 66, 69, 75, 80, 87, 89), "heading"),
    **dict.fromkeys((3, 4), "introduction"),
    **dict.fromkeys(
        (19, 20, 22, 24, 25, 27, 29, 30, 32, 34, 35, 37, 40, 42, 45, 47, 49, 50, 52), "name of a table's cell"
    ),
    **dict.fromkeys((81, 83, 85), "heading of a system whose rules are in the line below"),
    **dict.fromkeys((90, "96.4"), "an offer of help"),
    **dict.fromkeys(("15.1", "91.1", "98.1"), "a question, or yes or no to one"),
    **dict.fromkeys(("17.1", "17.2", "17.3"), "the misconception that the sentences after it put right"),
    "55.1": "what the next sentence is for",
    "77.2": "what people call about",
}
