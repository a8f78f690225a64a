"""IEEE 488.2 status of an instrument: error queue, event and enable registers. Standard 1992, chapters 10 and 11."""

from collections import deque

from benchctl.sim.scpi import Misread, ScpiError

QUEUE_LENGTH = 20
OPERATION_COMPLETE, COMMAND_ERROR, EXECUTION_ERROR, DEVICE_ERROR, POWER_ON = 0x01, 0x20, 0x10, 0x08, 0x80
ERROR_AVAILABLE, EVENT_SUMMARY, SERVICE = 0x04, 0x20, 0x40


class Status:
    """What an instrument remembers of what went wrong. `plus` writes error numbers with their sign."""

    def __init__(self, plus: bool) -> None:
        self._plus = plus
        self._errors: deque[ScpiError] = deque()
        self.events = POWER_ON
        self.event_enable = 0
        self.service_enable = 0

    def clear(self) -> None:
        """`*CLS`: forget errors and events; the enables stay."""
        self._errors.clear()
        self.events = 0

    def report(self, error: ScpiError) -> None:
        """Queue an error; a full queue says so in its last place."""
        if len(self._errors) >= QUEUE_LENGTH:
            self._errors[-1] = ScpiError.OVERFLOW
        else:
            self._errors.append(error)
        self.events |= _event_bit(error)

    def complete(self) -> None:
        """`*OPC`: all before it is done."""
        self.events |= OPERATION_COMPLETE

    def next_error(self) -> str:
        """Take the oldest error out of the queue, as its text."""
        error = self._errors.popleft() if self._errors else ScpiError.NONE
        code, text = error.value
        return f'{code:+d},"{text}"' if self._plus else f'{code},"{text}"'

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
