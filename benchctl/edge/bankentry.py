"""A bank file asked for question by question, by whoever shows the questions.

A serial number is typed twice, or scanned: a slip in it would put one battery's record on another. Whether a text was
scanned is for the asker to say (`tui.keystrokes`).
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from benchctl.core.joinable import too_many, unusual
from benchctl.core.model import NOT_STATED, Allowed
from benchctl.core.planning.batterymodel import BatteryModel
from benchctl.edge import bankanswers as read
from benchctl.edge.bankanswers import Wrong
from benchctl.edge.bankdraft import PROCEDURES, Draft, Kind, Unit, file_text, group_of, kind_of, procedure_for
from benchctl.edge.schema import NAME_PATTERN

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, how to answer, and what is proposed ("": nothing). `choices` are answered by number, from 1.
    `serial`: a scanned answer counts as two."""

    text: str
    hint: str
    proposal: str = ""
    choices: tuple[str, ...] = ()
    serial: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    scanned: bool


_Script: TypeAlias = Generator[Question, _Said, T]


class BankEntry:
    """The questions in their order. `question` None: all is answered, and `file_text` is the file."""

    def __init__(self, models: Sequence[BatteryModel], today: str) -> None:
        """`models` can be chosen; `today` is an ISO date: nothing is made later."""
        self.name = ""
        self.told: list[str] = []  # what was answered so far, in words
        self._models = tuple(each for each in models if each.cells in PROCEDURES)
        self._today = today
        self._answers: tuple[_Said, ...] = ()
        self._units: list[Unit] = []
        self._draft: Draft | None = None
        self._complaint: str | None = None
        self._script = self._questions()
        self.question: Question | None = next(self._script)

    def answer(self, text: str, *, scanned: bool = False) -> str | None:
        """Take an answer and go on; what is wrong with it, if it is asked for again."""
        self._complaint = None
        said = _Said(text.strip(), scanned)
        self._answers += (said,)
        try:
            self.question = self._script.send(said)
        except StopIteration as end:
            self.question, self._draft = None, end.value
        return self._complaint

    def back(self) -> "BankEntry":
        """The same entry at the question before this one."""
        for kept in range(len(self._answers) - 1, -1, -1):
            earlier = BankEntry(self._models, self._today)
            for said in self._answers[:kept]:
                earlier.answer(said.text, scanned=said.scanned)
            if earlier.question != self.question:
                return earlier
        return self

    def file_text(self) -> str:
        """The bank file, once all is answered."""
        assert self._draft is not None
        return file_text(self._draft)

    # ------------------------------------------------------------ the questions

    def _questions(self) -> _Script[Draft]:
        self.name = yield from self._asked(Question("Name of the bank", 'such as "Cabin 48 V"'), read.plain)
        kind, allowed = yield from self._the_kind()
        procedure = yield from self._procedure(kind.cells)
        series, parallel = yield from self._size(allowed)
        total = series * parallel
        size = yield from self._group_size(total)
        placed = yield from self._asked(
            Question("Do you say on which position each one hangs?", "y, or n: they take them in turn", "n"), read.yes
        )
        for number in range(total):
            where = f"string {number // series + 1}, place {number % series + 1}"
            yield from self._battery(where, group_of(number, size, total), placed=placed)
        units = tuple(self._units)
        return Draft("Entered at the screen.", self.name, series, parallel, procedure, kind, None, units)

    def _the_kind(self) -> _Script[tuple[Kind, Allowed]]:
        names = tuple(f"{each.name}, {each.kind().nominal_v:g} V {each.amp_hours:g} Ah" for each in self._models)
        asked = Question("Which battery is it?", "its number, or nothing to enter it by hand", choices=names)
        model = yield from self._asked(asked, self._chosen)
        kind = yield from self._by_hand() if model is None else self._by_model(model)
        self.told.append(
            f"{kind.brand} {kind.model}, {kind.cells} cells, {kind.amp_hours:g} Ah, at most {kind.max_charge_a:g} A"
        )
        return kind, NOT_STATED if model is None else model.allowed()

    def _chosen(self, text: str) -> BatteryModel | None:
        if not text:
            return None
        if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:4]) <= len(self._models):
            raise Wrong(f"That is a number from 1 to {len(self._models)}, or nothing.")
        return self._models[int(text) - 1]

    def _by_model(self, model: BatteryModel) -> _Script[Kind]:
        most_a = model.max_charge_a
        if most_a is None:
            most_a = yield from self._asked(_CURRENT, read.number)
        return kind_of(model, most_a)

    def _by_hand(self) -> _Script[Kind]:
        brand = yield from self._asked(Question("Brand of the batteries", "as on the label"), read.plain)
        model = yield from self._asked(Question("Model", "as on the label"), read.plain)
        volts = Question("Nominal voltage of one battery", "12.8 or 25.6", "12.8")
        cells = yield from self._asked(volts, read.cells)
        rated_ah = yield from self._asked(Question("Rated capacity of one battery in Ah", "such as 100"), read.number)
        most_a = yield from self._asked(_CURRENT, read.number)
        return Kind(brand, model, cells, rated_ah, most_a, NOT_STATED)

    def _procedure(self, cells: int) -> _Script[str | None]:
        asked = Question("Do they join a string that has been in use?", "y or n", "n")
        joins = yield from self._asked(asked, read.yes)
        if joins:
            self.told.append("They join a string that has been in use.")
        return procedure_for(cells, joins=joins)

    def _size(self, allowed: Allowed) -> _Script[tuple[int, int]]:
        while True:
            series = yield from self._many("Batteries in a string (in series)", "4", lambda n: too_many(n, 1, allowed))
            parallel = yield from self._many("Strings side by side (parallel)", "1", lambda n: too_many(1, n, allowed))
            if series * parallel > 1:
                self.told.append(f"{series} in series, {parallel} in parallel")
                self.told += unusual(series, parallel)
                return series, parallel
            self._complaint = "One battery has none to be matched with: a bank has two or more."

    def _group_size(self, total: int) -> _Script[int]:
        def read_size(text: str) -> int:
            size = read.count(text)
            if size > total:
                raise Wrong(f"There are {total} batteries: that is a number from 1 to {total}.")
            return size

        asked = Question("How many are charged joined in parallel, as one?", "1: each alone", "1")
        size = yield from self._asked(asked, read_size)
        if size > 1:
            self.told.append(f"{size} at a time are charged joined in parallel")
        return size

    def _battery(self, where: str, group: str | None, *, placed: bool) -> _Script[None]:
        serial = yield from self._serial(where)
        before = self._units[-1] if self._units else Unit("", None, None, None)
        asked = Question(
            f"Date of manufacture of {serial}", "such as 2026-05-01, or nothing", before.manufactured or ""
        )
        made = yield from self._asked(asked, lambda text: read.day(text, self._today))
        position = None
        if placed and group is not None and group == before.group:
            position = before.position
        elif placed:
            position = yield from self._asked(Question(f"Position of {group or serial}", "such as P1"), read.place)
        self._units.append(Unit(serial, made, position, group))
        more = ", ".join(filter(None, (made or "date not known", position, group)))
        self.told.append(f"{where}: {serial}, {more}")

    def _serial(self, where: str) -> _Script[str]:
        first = Question(f"Serial number, {where}", "scan it, or type it and press Enter", serial=True)
        while True:
            said = yield first
            complaint = self._unfit(said.text)
            if complaint is None and said.scanned:
                return said.text
            if complaint is None:
                again = yield Question(f"The same once more, {where}", "so that a slip shows", serial=True)
                if again.text.casefold() == said.text.casefold():
                    return said.text
                complaint = f"{said.text} and {again.text} differ: enter it from the start again."
            self._complaint = complaint

    def _unfit(self, serial: str) -> str | None:
        if not NAME_PATTERN.fullmatch(serial):
            return "A serial number is 1 to 32 of the characters A-Z a-z 0-9 . _ -"
        if serial.casefold() in (known.serial.casefold() for known in self._units):
            return f"{serial} is entered already: each battery has its own."
        return None

    def _many(self, text: str, proposal: str, objections: Callable[[int], Iterator[str]]) -> _Script[int]:
        def read_many(answer: str) -> int:
            many = read.count(answer)
            for objection in objections(many):
                raise Wrong(objection)
            return many

        return (yield from self._asked(Question(text, f"such as {proposal}", proposal), read_many))

    def _asked(self, question: Question, reading: Callable[[str], T]) -> _Script[T]:
        while True:
            said = yield question
            try:
                return reading(said.text)
            except Wrong as wrong:
                self._complaint = str(wrong)


_CURRENT = Question("Most charge current its maker allows, in A", "such as 50")
