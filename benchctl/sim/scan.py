"""A scanner's own commands: scan list, trigger, reading memory. After the Agilent 34970A Command Reference."""

from collections.abc import Callable, Iterable
from typing import Protocol

from benchctl.core.dialect import Operation
from benchctl.sim.scpi import Arguments, Misread, ScpiError
from benchctl.sim.supply import Scalar

Thunk = Callable[[], str | None]
Verb = Callable[[Arguments], Thunk]


class Reads(Protocol):
    """A meter, as far as a scan needs it."""

    def read(self, operation: Operation, channel: int) -> Scalar:
        """Answer one question."""
        ...


class Panel(Protocol):
    """What the commands here need of an instrument."""

    @property
    def device(self) -> Reads:
        """The meter behind it."""
        ...

    def numbered(self, arguments: Arguments) -> tuple[int, ...] | None:
        """The channels a message names."""
        ...


class Scanner:
    """A scan list with what is measured on each of its channels, and the readings of the last scan."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._measures: dict[int, Operation] = {}
        self._list: tuple[int, ...] = ()
        self._memory: tuple[str, ...] = ()
        self._channel_too = False

    def configure(self, channels: Iterable[int], operation: Operation) -> None:
        """`CONF:...`: these channels are measured so, and are the scan list."""
        self._list = tuple(sorted(set(channels)))
        self._measures.update(dict.fromkeys(self._list, operation))
        self._memory = ()

    def scan(self, channels: Iterable[int]) -> None:
        """`ROUT:SCAN`: only channels that are configured can be scanned. Raises `Misread`."""
        wanted = tuple(sorted(set(channels)))
        if any(channel not in self._measures for channel in wanted):
            raise Misread(ScpiError.CONFLICT)
        self._list, self._memory = wanted, ()

    def scanned(self) -> str:
        """`ROUT:SCAN?`: a definite-length block."""
        text = f"(@{','.join(map(str, self._list))})"
        return f"#{len(str(len(text)))}{len(text)}{text}"

    def size(self) -> str:
        """`ROUT:SCAN:SIZE?`"""
        return f"{len(self._list):+d}"

    def start(self) -> None:
        """`INIT`: scan into memory. Raises `Misread` when there is no scan list."""
        if not self._list:
            raise Misread(ScpiError.CONFLICT)
        self._memory = tuple(self._reading(channel) for channel in self._list)

    def fetch(self) -> str:
        """`FETC?`: what is in memory. Raises `Misread` when nothing is."""
        if not self._memory:
            raise Misread(ScpiError.STALE)
        return ",".join(self._memory)

    def read(self) -> str:
        """`READ?`: scan and answer."""
        self.start()
        return self.fetch()

    def write_channels(self, on: bool) -> None:
        """`FORM:READ:CHAN`"""
        self._channel_too = on

    def writes_channels(self) -> str:
        """`FORM:READ:CHAN?`"""
        return str(int(self._channel_too))

    def _reading(self, channel: int) -> str:
        value = self._panel.device.read(self._measures[channel], channel)
        return f"{value:+.8E}" + (f",{channel}" if self._channel_too else "")


def scan_verbs(panel: Panel) -> dict[str, Verb]:
    """What a scanner's words do."""
    scanner = Scanner(panel)
    plain: dict[str, Thunk] = {
        "scan listed": scanner.scanned,
        "scan size": scanner.size,
        "scan read": scanner.read,
        "scan start": scanner.start,
        "scan fetch": scanner.fetch,
        "scan channels?": scanner.writes_channels,
    }
    found: dict[str, Verb] = {name: _always(thunk) for name, thunk in plain.items()}
    for name, operation in (("volts", Operation.MEASURE), ("degrees", Operation.MEASURE_TEMPERATURE)):
        found[f"configure {name}"] = _configuring(panel, scanner, operation)
        found[f"measure {name}"] = _measuring(panel, scanner, operation)
    found["scan list"] = lambda arguments: _listing(panel, scanner, arguments)
    found["scan channels"] = lambda arguments: lambda: scanner.write_channels(bool(arguments.switch))
    found["scan card"] = _card
    return found


def _always(thunk: Thunk) -> Verb:
    return lambda _arguments: thunk


def _configuring(panel: Panel, scanner: Scanner, operation: Operation) -> Verb:
    def configuring(arguments: Arguments) -> Thunk:
        channels = panel.numbered(arguments) or ()
        return lambda: scanner.configure(channels, operation)

    return configuring


def _measuring(panel: Panel, scanner: Scanner, operation: Operation) -> Verb:
    def measuring(arguments: Arguments) -> Thunk:
        channels = panel.numbered(arguments) or ()

        def measure() -> str:
            scanner.configure(channels, operation)
            return scanner.read()

        return measure

    return measuring


def _listing(panel: Panel, scanner: Scanner, arguments: Arguments) -> Thunk:
    channels = panel.numbered(arguments) or ()
    return lambda: scanner.scan(channels)


def _card(_arguments: Arguments) -> Thunk:
    return lambda: "HEWLETT-PACKARD,34901A,0,2.3"
