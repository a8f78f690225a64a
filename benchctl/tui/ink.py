"""Colours, symbols and the one way text gets onto the screen.

Foreign text is never markup here: every piece is a `Content` literal made by `ink`, made safe first.
Each colour that means something has a symbol beside it, for eyes that do not see the colour.
"""

import re

from rich.cells import cell_len
from textual.content import Content
from textual.theme import Theme

from benchctl.core.model import Phase, RunState, Verdict
from benchctl.core.text import safe_text
from benchctl.core.view.wording import Tone

TEXT_LIMIT = 400
_WORDS = re.compile(r"(?:\d[\d.]* (?=(?:V|A|Ah|h|min|s|mOhm)\b))?\S*\s*", re.ASCII)

GROUND, CARD, CHOSEN, RULE = "#0f1419", "#161d25", "#202b37", "#33404e"
TEXT, DIM, ACCENT, SECOND = "#dbe2ea", "#8c9aab", "#5ab4e8", "#e2a13c"
GOOD, WARN, ALARM = "#63c29a", "#e2a13c", "#ff8a70"
GOOD_GROUND, WARN_GROUND, ALARM_GROUND = "#14694b", "#7a5410", "#b3321b"

THEME = Theme(
    name="bench",
    primary=ACCENT,
    secondary=SECOND,
    foreground=TEXT,
    background=GROUND,
    surface=CARD,
    panel=CHOSEN,
    success=GOOD,
    warning=WARN,
    error=ALARM,
    accent=ACCENT,
    dark=True,
)

PHASE_SIGNS: dict[Phase, tuple[str, str]] = {
    Phase.WAITING: ("·", DIM),
    Phase.CONNECTING: ("+", ACCENT),
    Phase.CHECKING: ("?", ACCENT),
    Phase.PRECHARGING: ("↑", ACCENT),
    Phase.CHARGING: ("↑", ACCENT),
    Phase.ABSORBING: ("↗", ACCENT),
    Phase.FULL: ("■", GOOD),
    Phase.RESTING: ("~", TEXT),
    Phase.RESTED: ("=", GOOD),
    Phase.HOLDING: ("→", ACCENT),
    Phase.VERIFIED: ("✓", GOOD),
    Phase.OUTLIER: ("≠", WARN),
    Phase.TRIPPED: ("▲", ALARM),
    Phase.FAILED: ("✗", ALARM),
}

STATE_SIGNS: dict[RunState, tuple[str, str]] = {
    RunState.IDLE: ("○", DIM),
    RunState.CHECKING: ("●", ACCENT),
    RunState.CHARGING: ("●", ACCENT),
    RunState.RESTING: ("●", ACCENT),
    RunState.VERIFYING: ("●", ACCENT),
    RunState.BALANCING: ("●", ACCENT),
    RunState.APPROVED: ("✓", GOOD),
    RunState.REJECTED: ("✗", ALARM),
    RunState.NOT_PROVEN: ("?", WARN),
    RunState.TRIPPED: ("▲", ALARM),
    RunState.STOPPED: ("■", WARN),
    RunState.REFUSED: ("✗", WARN),
}

VERDICT_GROUNDS: dict[Verdict, str] = {
    Verdict.APPROVED: GOOD_GROUND,
    Verdict.REJECTED: ALARM_GROUND,
    Verdict.TRIPPED: ALARM_GROUND,
    Verdict.NOT_PROVEN: WARN_GROUND,
    Verdict.STOPPED: WARN_GROUND,
    Verdict.REFUSED: WARN_GROUND,
}

TONE_SIGNS: dict[Tone, tuple[str, str]] = {
    Tone.QUIET: ("·", DIM),
    Tone.GOOD: ("✓", GOOD),
    Tone.ASK: ("►", ACCENT),
    Tone.WARN: ("!", WARN),
    Tone.ALARM: ("▲", ALARM),
}


def ink(text: str, style: str = "") -> Content:
    """A literal piece of text: safe, and never read as markup."""
    return Content.styled(safe_text(text, TEXT_LIMIT), style)


def line(*parts: Content) -> Content:
    """Pieces in a row."""
    return Content("").join(parts)


def lines(*parts: Content) -> Content:
    """Pieces one below the other."""
    return Content("\n").join(parts)


def ends(left: Content, right: Content, width: int) -> Content:
    """One line of `width` cells, `left` at its start and `right` at its end; a left that is too long is cut."""
    space = max(0, width - right.cell_length)
    kept = left if left.cell_length < space else left.truncate(max(0, space - 1), ellipsis=True)
    return line(kept, Content(" " * max(0, space - kept.cell_length)), right)


def folded(text: Content, width: int, rows: int) -> list[Content]:
    """The text in at most `rows` lines of `width` cells, broken between words; a cut-off end shows as `…`.

    A number and its unit stay together; a word longer than a line is broken where the line ends.
    """
    pieces = [piece.rstrip() for piece in text.divide(_breaks(text.plain, max(2, width)))]
    if len(pieces) > rows:
        pieces = pieces[:rows]
        pieces[-1] = line(pieces[-1].truncate(max(0, width - 2)), Content(" …"))
    return pieces


def _breaks(text: str, width: int) -> list[int]:
    """Where new lines begin."""
    breaks: list[int] = []
    used = 0
    for word in _WORDS.finditer(text):
        length = cell_len(word[0].rstrip())
        if used and used + length > width:
            breaks.append(word.start())
            used = 0
        for index in range(word.start(), word.end()) if length > width else ():
            if used + cell_len(text[index]) > width:
                breaks.append(index)
                used = 0
            used += cell_len(text[index])
        used += cell_len(word[0]) if length <= width else 0
    return breaks
