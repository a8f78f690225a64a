"""Foreign text made fit to show: instrument replies, names from files, error messages of other programs.

Nothing here judges what a text means. It only takes away what could move a cursor, hide, reorder or forge a line.
"""

import unicodedata

_SPACES = {"Zs", "Zl", "Zp"}
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
# letters and marks that Unicode does not class as hidden, and that show nothing
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(0xFE00 + n) for n in range(16)}
_CUT = "…"


def safe_text(text: str, limit: int = 200) -> str:
    """One line of visible text, at most `limit` (>= 1) characters; a cut-off end shows as `…`.

    Line breaks, tabs and odd spaces become a space; C0, C1, ESC, bidi, zero-width, unassigned and private characters
    and lone surrogates go. Safe text is left as it is, so it may be applied twice.
    """
    # enough to fill the limit after the removals of any honest text, and a bound on the work for a dishonest one
    kept = "".join(_visible(each) for each in text[: 16 * limit + 4096])
    return kept if len(kept) <= limit else kept[: limit - 1] + _CUT


def is_plain(text: str) -> bool:
    """Whether a text can be shown as it is: safe, and not padded with spaces."""
    return text == text.strip() and text == safe_text(text, max(1, len(text)))


def _visible(character: str) -> str:
    if " " <= character <= "~":
        return character
    if character in "\t\n\r\v\f" or unicodedata.category(character) in _SPACES:
        return " "
    return "" if character in _BLANK or unicodedata.category(character) in _HIDDEN else character
