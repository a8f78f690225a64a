"""A bank file asked for question by question, by whoever shows the questions.

A serial number is typed twice, or scanned: a slip in it would put one battery's record on another. Whether a text was
scanned is for the asker to say (`tui.keystrokes`).
"""

import json
import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from benchctl.core.text import is_plain
from benchctl.edge.schema import NAME_PATTERN

JOIN = "lifepo4-12v-join"
MOST = 16
"""The longest string, and the most strings, that a person enters one by one."""

_NUMBER = re.compile(r"\d{1,4}(?:[.,]\d{1,2})?", re.ASCII)
_DAY = re.compile(r"20\d\d-\d\d-\d\d", re.ASCII)
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, how to answer, and what is proposed ("": nothing). `serial`: a scanned answer counts as two."""

    text: str
    hint: str
    proposal: str = ""
    serial: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    scanned: bool


class _Wrong(Exception):
    """The answer will not do; says why."""


_Asking: TypeAlias = Generator[Question, _Said, str]
_Script: TypeAlias = Generator[Question, _Said, None]


class BankEntry:
    """The questions in their order. `question` None: all is answered, and `file_text` is the file."""

    def __init__(self) -> None:
        self.name = ""
        self.told: list[str] = []  # what was answered so far, in words
        self._head: list[str] = []
        self._kind: list[str] = []
        self._batteries: list[tuple[str, str]] = []  # serial, date or ""
        self._complaint: str | None = None
        self._script = self._questions()
        self.question: Question | None = next(self._script)

    def answer(self, text: str, *, scanned: bool = False) -> str | None:
        """Take an answer and go on; what is wrong with it, if it is asked for again."""
        self._complaint = None
        try:
            self.question = self._script.send(_Said(text.strip(), scanned))
        except StopIteration:
            self.question = None
        return self._complaint

    def file_text(self) -> str:
        """The bank file."""
        batteries = (
            f"\n[[batteries]]\nserial = {_quoted(serial)}\n" + (f"manufactured = {day}\n" if day else "")
            for serial, day in self._batteries
        )
        head, kind = "\n".join(self._head), "\n".join(self._kind)
        return f"# Entered at the screen.\n[bank]\n{head}\n\n[battery]\n{kind}\n{''.join(batteries)}"

    # ------------------------------------------------------------ the questions

    def _questions(self) -> _Script:
        self.name = yield from self._asked(Question("Name of the bank", 'such as "Cabin 48 V"'), _plain)
        self._head.append(f"name = {_quoted(self.name)}")
        joins = yield from self._asked(Question("Do they join a string that has been in use?", "y or n", "n"), _yes)
        series, parallel = yield from self._size()
        self._head += [f"series = {series}", f"parallel = {parallel}"]
        self._head += [f'procedure = "{JOIN}"'] if joins == "y" else []
        joining = ", joining a string in use" if joins == "y" else ""
        self.told.append(f"{self.name}: {series} in series, {parallel} in parallel{joining}")
        yield from self._the_kind()
        for number in range(series * parallel):
            yield from self._battery(f"string {number // series + 1}, place {number % series + 1}")

    def _size(self) -> Generator[Question, _Said, tuple[int, int]]:
        while True:
            series = yield from self._asked(Question("Batteries in a string (in series)", "such as 4", "4"), _count)
            parallel = yield from self._asked(Question("Strings side by side (parallel)", "such as 1", "1"), _count)
            if int(series) * int(parallel) > 1:
                return int(series), int(parallel)
            self._complaint = "One battery has none to be matched with: a bank has two or more."

    def _the_kind(self) -> _Script:
        brand = yield from self._asked(Question("Brand of the batteries", "as on the label"), _plain)
        model = yield from self._asked(Question("Model", "as on the label"), _plain)
        rated = yield from self._asked(Question("Rated capacity of one battery in Ah", "such as 100"), _number)
        most = yield from self._asked(Question("Most charge current its maker allows, in A", "such as 50"), _number)
        self._kind += [f"brand = {_quoted(brand)}", f"model = {_quoted(model)}", 'chemistry = "LiFePO4"']
        self._kind += [f"amp_hours = {rated}", f"max_charge_amps = {most}"]
        self.told.append(f"{brand} {model}, {rated} Ah, at most {most} A")

    def _battery(self, place: str) -> _Script:
        serial = yield from self._serial(place)
        before = self._batteries[-1][1] if self._batteries else ""
        asked = Question(f"Date of manufacture of {serial}", "such as 2026-05-01, or nothing", before)
        day = yield from self._asked(asked, _day)
        self._batteries.append((serial, day))
        self.told.append(f"{place}: {serial}, {day or 'date not known'}")

    def _serial(self, place: str) -> _Asking:
        first = Question(f"Serial number, {place}", "scan it, or type it and press Enter", serial=True)
        while True:
            said = yield first
            complaint = self._unfit(said.text)
            if complaint is None and said.scanned:
                return said.text
            if complaint is None:
                again = yield Question(f"The same once more, {place}", "so that a slip shows", serial=True)
                if again.text.casefold() == said.text.casefold():
                    return said.text
                complaint = f"{said.text} and {again.text} differ: enter it from the start again."
            self._complaint = complaint

    def _unfit(self, serial: str) -> str | None:
        if not NAME_PATTERN.fullmatch(serial):
            return "A serial number is 1 to 32 of the characters A-Z a-z 0-9 . _ -"
        if serial.casefold() in (known.casefold() for known, _ in self._batteries):
            return f"{serial} is entered already: each battery has its own."
        return None

    def _asked(self, question: Question, read: Callable[[str], str]) -> _Asking:
        while True:
            said = yield question
            try:
                return read(said.text)
            except _Wrong as wrong:
                self._complaint = str(wrong)


# ---------------------------------------------------------------- how answers are read


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _plain(text: str) -> str:
    if not 0 < len(text) <= _LONGEST or not is_plain(text):
        raise _Wrong(f"That takes 1 to {_LONGEST} visible characters.")
    return text


def _yes(text: str) -> str:
    if text.casefold() not in ("y", "n", "yes", "no"):
        raise _Wrong("Answer y or n.")
    return text.casefold()[0]


def _count(text: str) -> str:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:4]) <= MOST:
        raise _Wrong(f"That is a whole number from 1 to {MOST}.")
    return str(int(text))


def _number(text: str) -> str:
    value = float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else 0.0
    if not 1.0 <= value <= 2000.0:
        raise _Wrong("That is a number from 1 to 2000, such as 100.")
    return f"{value:g}"


def _day(text: str) -> str:
    if not text:
        return ""
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "no day").isoformat()
    except ValueError:
        raise _Wrong("That is a date such as 2026-05-01, or nothing.") from None
