"""What can go wrong outside the program, told apart by whose fault it is. Everything else that is raised is a bug.

    BenchctlError             a sentence: what, where, what to do
    ├── FileFault             a file the user wrote is wrong             exit 2
    ├── UsageFault            a command was used wrongly                 exit 2
    ├── Refusal               all is well said, but must not be done     exit 7
    └── ...                   what machines do wrong (`ReplyFault`, `LinkFault`): beside the code that meets it

A fault with a file can hold more than one complaint: a file is complained about once, completely.
"""

from collections.abc import Iterable
from dataclasses import dataclass


class BenchctlError(Exception):
    """Root of every error that is not a bug. `str()` of it can be shown to the technician as it is."""


class UsageFault(BenchctlError):
    """The command line does not make sense as given."""


class Refusal(BenchctlError):
    """The request is well formed, and must not be carried out. `reasons` has one sentence for each cause."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong in a file. `line` counts from 1 (None: the file as a whole); `key` is a dotted path
    such as `positions[2].supply` ("" for no key); `sentence` says what is wrong and what would be right."""

    file: str
    line: int | None
    key: str
    sentence: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.sentence}" if self.key else f"{place}: {self.sentence}"


class FileFault(BenchctlError):
    """A file is malformed or contradicts itself. `complaints` is never empty and is in the order of lines.

    `file`, `line`, `key` and `sentence` are those of the first complaint; `str()` has one line for each.
    """

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.complaints = tuple(sorted(complaints, key=lambda each: each.line or 0))
        super().__init__("\n".join(str(each) for each in self.complaints))
        self.file, self.line = self.complaints[0].file, self.complaints[0].line
        self.key, self.sentence = self.complaints[0].key, self.complaints[0].sentence

    @classmethod
    def at(cls, file: str, line: int | None, key: str, sentence: str) -> "FileFault":
        """One complaint."""
        return cls((Complaint(file, line, key, sentence),))
