"""How the answers of a person who enters a bank are read: each to what it means, or to a sentence that says what would
do."""

import re
from datetime import date

from benchctl.core.configuration import cells_of_battery
from benchctl.core.text import is_plain
from benchctl.edge.bankdraft import PROCEDURES
from benchctl.edge.schema import NAME_PATTERN

MOST = 16
"""The longest string, and the most strings, that a person enters one by one."""

_NUMBER = re.compile(r"\d{1,4}(?:[.,]\d{1,2})?", re.ASCII)
_DAY = re.compile(r"20\d\d-\d\d-\d\d", re.ASCII)
_LONGEST = 64


class Wrong(Exception):
    """The answer will not do; says why."""


def plain(text: str) -> str:
    """A name of any kind."""
    if not 0 < len(text) <= _LONGEST or not is_plain(text):
        raise Wrong(f"That takes 1 to {_LONGEST} visible characters.")
    return text


def yes(text: str) -> bool:
    """Yes or no."""
    if text.casefold() not in ("y", "n", "yes", "no"):
        raise Wrong("Answer y or n.")
    return text.casefold()[0] == "y"


def count(text: str) -> int:
    """How many, from 1 on."""
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:4]) <= MOST:
        raise Wrong(f"That is a whole number from 1 to {MOST}.")
    return int(text)


def number(text: str) -> float:
    """Amp-hours or amperes."""
    value = float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else 0.0
    if not 1.0 <= value <= 2000.0:
        raise Wrong("That is a number from 1 to 2000, such as 100.")
    return value


def cells(text: str) -> int:
    """The cells of a battery by its nominal voltage, whichever way it is called."""
    found = cells_of_battery(float(text.replace(",", "."))) if _NUMBER.fullmatch(text) else None
    if found not in PROCEDURES:
        raise Wrong("That is 12.8 (or 12) for four cells, 25.6 (or 24) for eight: no other battery is charged here.")
    return found


def place(text: str) -> str:
    """The name of a position."""
    if not NAME_PATTERN.fullmatch(text):
        raise Wrong("A position is 1 to 32 of the characters A-Z a-z 0-9 . _ -, as the bench file names it.")
    return text


def day(text: str, today: str) -> str | None:
    """A date of manufacture, as an ISO date that has come; None: it is not known."""
    if not text:
        return None
    try:
        stated = date.fromisoformat(text if _DAY.fullmatch(text) else "no day").isoformat()
    except ValueError:
        raise Wrong("That is a date such as 2026-05-01, or nothing.") from None
    if stated > today:
        raise Wrong(f"{stated} is still to come: today is {today}.")
    return stated
