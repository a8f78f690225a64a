"""IEEE 488.2 status of an instrument: error queue, event and enable registers. Standard 1992, chapters 10 and 11."""

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchctl.core.dialect.voice import Operation
from benchctl.edge.dialects import DialectFile
from benchctl.sim.family import table
from benchctl.sim.notation import Arguments, form
from benchctl.sim.scpi import Misread, ScpiError
from benchctl.sim.verbs import Maker, Thunk, Verb, always

QUEUE_LENGTH = 20
OPERATION_COMPLETE, COMMAND_ERROR, EXECUTION_ERROR, DEVICE_ERROR, POWER_ON = 0x01, 0x20, 0x10, 0x08, 0x80
ERROR_AVAILABLE, EVENT_SUMMARY, SERVICE = 0x04, 0x20, 0x40


@dataclass(frozen=True, slots=True)
class Manner:
    """How a family answers: what ends a line, and its error query with nothing in the queue and for an error."""

    terminator: bytes = b"\n"
    none: str = '0,"No error"'
    some: str = '{code},"{text}"'

    @property
    def plus(self) -> bool:
        """Whether the family writes integers with their sign."""
        return self.none.startswith("+")

    def text(self, error: ScpiError, code: int) -> str:
        """What is answered."""
        if error is ScpiError.NONE:
            return self.none
        return self.some.replace("{code}", f"{code:+d}" if self.plus else str(code)).replace("{text}", error.value[1])


def manner(file: DialectFile) -> Manner:
    """A family's ways after the literal examples of its dialect file."""
    said = [(each.operation, each.receives or "") for each in file.examples]
    told = next((text for operation, text in said if operation is Operation.IDENTIFY and text), "\n")
    terminator = told[len(told.rstrip("\r\n")) :].encode() or b"\n"
    texts = [text.strip() for operation, text in said if operation is Operation.READ_ERROR and text]
    none = next((text for text in texts if re.match(r"[+-]?0\b", text)), None)
    none = table(file.dialect.name).writes.no_error or none
    if none is None:
        return Manner(terminator)
    some = next((text for text in texts if re.match(r"[+-]?[1-9]", text)), none)
    shape = re.sub(r"^[+-]?\d+", "{code}", some)
    return Manner(terminator, none, re.sub(r"[A-Z][a-z]+(?: [a-z]+)+|No Error", "{text}", shape, count=1))


class Status:
    """What an instrument remembers of what went wrong. `numbers`: the family's own for those of SCPI."""

    def __init__(self, shape: Manner, numbers: Mapping[int, int]) -> None:
        self._shape, self._numbers = shape, numbers
        self._plus = shape.plus
        self._errors: deque[ScpiError] = deque()
        self.events = POWER_ON
        self.event_enable = 0
        self.service_enable = 0

    def clear(self) -> None:
        """`*CLS`: forget errors and events; the enables stay."""
        self._errors.clear()
        self.events = 0

    def clear_errors(self) -> None:
        """Empty the queue."""
        self._errors.clear()

    def report(self, error: ScpiError) -> None:
        """Queue an error; a full queue says so in its last place."""
        self.events |= _event_bit(error)
        if self._number_of(error) == 0:
            return
        if len(self._errors) >= QUEUE_LENGTH:
            self._errors[-1] = ScpiError.OVERFLOW
        else:
            self._errors.append(error)

    def complete(self) -> None:
        """`*OPC`: all before it is done."""
        self.events |= OPERATION_COMPLETE

    def next_error(self) -> str:
        """Take the oldest error out of the queue, as its text."""
        error = self._errors.popleft() if self._errors else ScpiError.NONE
        return self._shape.text(error, self._number_of(error))

    def _number_of(self, error: ScpiError) -> int:
        code = error.value[0]
        return self._numbers.get(code, code)

    def all_errors(self) -> str:
        """Take all errors out of the queue."""
        return ",".join([self.next_error() for _ in range(max(1, len(self._errors)))])

    def count(self) -> str:
        """How many errors wait."""
        return self._number(len(self._errors))

    def read_events(self) -> str:
        """`*ESR?`: reading clears."""
        events, self.events = self.events, 0
        return self._number(events)

    def byte(self) -> str:
        """`*STB?`."""
        byte = ERROR_AVAILABLE if self._errors else 0
        byte |= EVENT_SUMMARY if self.events & self.event_enable else 0
        return self._number(byte | (SERVICE if byte & self.service_enable else 0))

    def passed(self) -> str:
        """`*TST?`: the self test found nothing."""
        return self._number(0)

    def enabled(self) -> str:
        """`*ESE?`."""
        return self._number(self.event_enable)

    def service_enabled(self) -> str:
        """`*SRE?`."""
        return self._number(self.service_enable)

    def _number(self, value: int) -> str:
        return f"{value:+d}" if self._plus else str(value)


def _event_bit(error: ScpiError) -> int:
    code = error.value[0]
    if -200 < code <= -100:
        return COMMAND_ERROR
    return EXECUTION_ERROR if -300 < code <= -200 else DEVICE_ERROR


def mask(text: str | None) -> int:
    """The number of `*ESE` and `*SRE`, 0 to 255. Raises `Misread`."""
    if text is None or not text.isdigit():
        raise Misread(ScpiError.TYPE)
    if len(text) > 3 or int(text) > 255:
        raise Misread(ScpiError.RANGE)
    return int(text)


# ---------------------------------------------------------------- words

COMMON = tuple(
    form(notation, verb)
    for notation, verb in (
        ("*IDN?", "identity"),
        ("*CLS", "clear status"),
        ("*ESR?", "events"),
        ("*ESE <number>", "enable events"),
        ("*ESE?", "event enable"),
        ("*SRE <number>", "enable service"),
        ("*SRE?", "service enable"),
        ("*STB?", "status byte"),
        ("*OPC?", "completed"),
        ("*OPC", "complete"),
        ("*WAI", "pass"),
        ("*TST?", "self test"),
        ("*RST", "reset"),
    )
)
"""What IEEE 488.2 asks of every instrument, 10.1."""


def common_verbs(status: Status, identity: Callable[[], str], reset: Callable[[], None]) -> dict[str, Verb]:
    """What these words do."""
    plain: dict[str, Thunk] = {
        "identity": identity,
        "reset": reset,
        "clear status": status.clear,
        "events": status.read_events,
        "event enable": status.enabled,
        "service enable": status.service_enabled,
        "status byte": status.byte,
        "complete": status.complete,
        "completed": lambda: "1",
        "self test": status.passed,
    }
    verbs: dict[str, Verb] = {name: always(thunk) for name, thunk in plain.items()}
    verbs["enable events"] = _enabling(status, "event_enable")
    return verbs | {"enable service": _enabling(status, "service_enable")}


def _enabling(status: Status, register: str) -> Verb:
    def enabling(arguments: Arguments) -> Thunk:
        value = mask(arguments.number)
        return lambda: setattr(status, register, value)

    return enabling


def status_makers(status: Status) -> dict[str, Maker]:
    """`errors next`, `errors all`, `errors count`, `errors clear`."""
    found: dict[str, Thunk] = {
        "next": status.next_error,
        "all": status.all_errors,
        "count": status.count,
        "clear": status.clear_errors,
    }
    return {"errors": lambda name: always(found[name])}
