"""What words do on a meter or scanner, over `acquisition`.

measure, configure   a function and a range, on the channels named     configured   `CONF?`
choose, chosen       `FUNC`                                            range, ranged, auto, automatic
count, counted       samples, triggers                                 scan, scanned, scanned size
close, closed, open, relay                                            elements, element, elemental
acquire              trigger and answer, start, fetch, last, drop, points, trace
"""

from collections.abc import Callable, Iterable
from functools import partial

from benchctl.core.dialect.voice import Operation
from benchctl.sim.acquisition import UNITS, Acquisition, Reading
from benchctl.sim.notation import Arguments, function
from benchctl.sim.render import written
from benchctl.sim.scpi import Misread, ScpiError, number
from benchctl.sim.verbs import Maker, Panel, Thunk, Verb, always, integer

_MOST = 1.0e6
_LEADING = ("AUTO", "MIN", "MAX", "DEF")
_BUFFERED = {
    "READ": "",
    "CHAN": "",
    "UNIT": "Volt DC",
    "REL": "0.000000",
    "RELA": "0.000000",
    "TST": "01/10/2026 12:00:00.000000",
    "TSTA": "01/10/2026 12:00:00.000000",
    "DATE": "01/10/2026",
    "TIME": "12:00:00",
    "STAT": "0",
}
"""What a buffer keeps beside its readings, by the first letters of its name; reading and channel are their own."""


class Measuring:
    """A meter's words."""

    def __init__(self, panel: Panel) -> None:
        self._panel, self._measures = panel, panel.family.table.measures
        self.acquisition = Acquisition(panel.device, self._measures)
        self._write = written(panel.model, Operation.MEASURE, panel.family.table.writes)

    def makers(self) -> dict[str, Maker]:
        """Verbs of a meter."""
        acquisition = self.acquisition
        return {
            "measure": lambda rest: self._configuring(rest or None, self._read),
            "configure": lambda rest: self._configuring(rest or None, None),
            "configured": lambda _rest: always(self._configured),
            "choose": lambda rest: self._choosing(rest or None),
            "chosen": lambda _rest: self._each(self._chosen),
            "range": lambda rest: partial(self._range, rest or None),
            "ranged": lambda rest: self._each(partial(self._ranged, rest or None)),
            "auto": lambda rest: partial(self._auto, rest or None),
            "automatic": lambda rest: self._each(partial(self._automatic, rest or None)),
            "count": lambda name: partial(self._count, name),
            "counted": lambda name: partial(self._counted, name),
            "scan": lambda _rest: lambda arguments: partial(acquisition.scan, self._named(arguments)),
            "scanned": lambda what: always(partial(self._scanned, what)),
            "card": lambda _rest: always(lambda: self._measures.card),
            "close": lambda _rest: self._close,
            "closed": lambda _rest: always(self._closed),
            "open": lambda _rest: self._open,
            "relay": lambda _rest: self._relay,
            "elements": lambda _rest: self._elements,
            "element": lambda name: partial(self._element, name),
            "elemental": lambda name: always(partial(self._elemental, name)),
            "acquire": self._acquiring,
            "trace": lambda _rest: self._trace,
        }

    # --- settings -----------------------------------------------------------------------------------------------------

    def _named(self, arguments: Arguments) -> tuple[int, ...]:
        return self._panel.numbered(arguments) or ()

    def _function(self, usual: str | None, arguments: Arguments) -> str:
        return arguments.function or usual or self.acquisition.function

    def _each(self, ask: Callable[[Arguments, int | None], str]) -> Verb:
        def asking(arguments: Arguments) -> Thunk:
            named: Iterable[int | None] = self._named(arguments) or (None,)
            return lambda: self._panel.family.table.writes.each.join(ask(arguments, channel) for channel in named)

        return asking

    def _configuring(self, usual: str | None, then: Callable[[], str] | None) -> Verb:
        def configuring(arguments: Arguments) -> Thunk:
            channels = self._named(arguments)
            range_v = _range(arguments)

            def act() -> str | None:
                self.acquisition.configure(self._function(usual, arguments), channels, range_v)
                if then is not None and channels and self._measures.scan == "program":
                    self.acquisition.each(channels)
                    return self._said(self.acquisition.memory)
                if then is not None and channels and self._measures.scan == "walk":
                    self.acquisition.scan(channels)
                    self.acquisition.samples = len(channels)
                return None if then is None else then()

            return act

        return configuring

    def _configured(self) -> str:
        name = self.acquisition.chosen(next(iter(self.acquisition.list), None))
        return f'"{name} {self._ranged(None, Arguments(function=name), None)},+1.00000000E-05"'

    def _choosing(self, usual: str | None) -> Verb:
        def choosing(arguments: Arguments) -> Thunk:
            name = usual or arguments.function or function(arguments.text or arguments.word or "")
            if name is None:
                raise Misread(ScpiError.ILLEGAL)
            return partial(self.acquisition.choose, name, self._named(arguments))

        return choosing

    def _chosen(self, _arguments: Arguments, channel: int | None) -> str:
        name = self.acquisition.chosen(channel)
        shape = self._measures.function  # of direct voltage, quotes and all
        long = name if ":" in name or name not in ("VOLT", "CURR") else f"{name}:DC"
        return shape.replace("VOLT:DC", long) if ":" in shape else shape.replace("VOLT", name)

    def _range(self, usual: str | None, arguments: Arguments) -> Thunk:
        text, channels = arguments.number or "", self._named(arguments)
        if text[:3] in ("MIN", "MAX", "DEF"):
            ranges = self._measures.ranges_v
            value: float | None = {"MIN": ranges[0], "MAX": ranges[-1], "DEF": None}[text[:3]]
        else:
            value = abs(number(text, -_MOST * _MOST, _MOST * _MOST, 0.0))
        return lambda: self.acquisition.set_range(self._function(usual, arguments), channels, value)

    def _ranged(self, usual: str | None, arguments: Arguments, channel: int | None) -> str:
        ranges = self._measures.ranges_v
        if arguments.word:
            return self._write({"MIN": ranges[0], "MAX": ranges[-1]}.get(arguments.word, ranges[-1]))
        held = self.acquisition.range_of(self._function(usual, arguments), channel or self._panel.device.channels[0])
        usual_v = next((each for each in ranges if each >= 10.0), ranges[-1])
        return self._write(usual_v if held is None else held)

    def _auto(self, usual: str | None, arguments: Arguments) -> Thunk:
        on, channels = arguments.switch, self._named(arguments)

        def act() -> None:
            name = self._function(usual, arguments)
            held = self.acquisition.range_of(name, (*channels, self._panel.device.channels[0])[0])
            if on:
                self.acquisition.set_range(name, channels, None)
            elif held is None:
                self.acquisition.set_range(name, channels, self._measures.ranges_v[-1])

        return act

    def _automatic(self, usual: str | None, arguments: Arguments, channel: int | None) -> str:
        name = self._function(usual, arguments)
        held = self.acquisition.range_of(name, channel or self._panel.device.channels[0])
        writes = self._panel.family.table.writes
        return writes.on if held is None else writes.off

    def _count(self, name: str, arguments: Arguments) -> Thunk:
        text = arguments.number or arguments.text or ""
        value = 1 if text[:3] in ("INF", "DEF") else round(number(text.upper(), 1.0, _MOST, 1.0))
        return lambda: setattr(self.acquisition, name, value)

    def _counted(self, name: str, arguments: Arguments) -> Thunk:
        if arguments.word:
            return lambda: integer(self._panel, round(_MOST) if arguments.word == "MAX" else 1)
        return lambda: integer(self._panel, getattr(self.acquisition, name))

    # --- relays -------------------------------------------------------------------------------------------------------

    def _scanned(self, what: str) -> str:
        channels = self.acquisition.list
        if what == "size":
            return integer(self._panel, len(channels))
        if what == "state":
            return f"SUCCESS;{self.acquisition.scans};{len(channels)}" if channels else "EMPTY;0;0"
        text = f"(@{','.join(map(str, channels))})"
        return text if what == "plain" else f"#{len(str(len(text)))}{len(text)}{text}"

    def _close(self, arguments: Arguments) -> Thunk:
        named = self._named(arguments)
        if not named:
            raise Misread(ScpiError.ILLEGAL)
        return partial(setattr, self.acquisition, "closed", named)

    def _open(self, arguments: Arguments) -> Thunk:
        named = self._named(arguments)

        def act() -> None:
            left = tuple(each for each in self.acquisition.closed if each not in named)
            self.acquisition.closed = left if named else ()

        return act

    def _closed(self) -> str:
        return f"(@{','.join(map(str, self.acquisition.closed))})"

    def _relay(self, arguments: Arguments) -> Thunk:
        named = self._named(arguments)
        return lambda: ",".join(str(int(each in self.acquisition.closed)) for each in named)

    # --- readings -----------------------------------------------------------------------------------------------------

    def _elements(self, arguments: Arguments) -> Thunk:
        names = tuple(each.strip()[:4].upper() for each in (arguments.text or "").split(","))
        return lambda: setattr(self.acquisition, "elements", names)

    def _element(self, name: str, arguments: Arguments) -> Thunk:
        def act() -> None:
            others = tuple(each for each in self.acquisition.elements if each != name)
            self.acquisition.elements = (*others, name) if arguments.switch else others

        return act

    def _elemental(self, name: str) -> str:
        elements = self.acquisition.elements
        return str(int(name in elements)) if name else ",".join(elements)

    def _acquiring(self, how: str) -> Verb:
        plain: dict[str, Thunk] = {
            "read": self._read,
            "start": self.acquisition.start,
            "fetch": lambda: self._said(self.acquisition.taken()),
            "last": lambda: self._said(self._fresh()[-1:]),
            "drop": lambda: self._block(self.acquisition.dropped()),
            "points": lambda: integer(self._panel, len(self.acquisition.memory)),
            "clear": lambda: setattr(self.acquisition, "memory", ()),
        }
        return always(plain[how])

    def _read(self) -> str:
        self.acquisition.read()
        return self._said(self.acquisition.memory)

    def _fresh(self) -> tuple[Reading, ...]:
        if not self.acquisition.memory:
            self.acquisition.read()
        return self.acquisition.memory

    def _trace(self, arguments: Arguments) -> Thunk:
        """`TRAC:DATA? 1,5`, or `READ? "buffer"`: of each reading what is asked for behind it, in that order."""
        words = [word.strip()[:4].upper() for word in (arguments.text or "").split(",") if '"' not in word]
        wanted = [word for word in words if word in _BUFFERED] or ["READ"]
        first, last = (round(number(each or "1", 1.0, _MOST, 1.0)) for each in (arguments.number, arguments.second))

        def act() -> str:
            if arguments.number is None:
                self.acquisition.read()
            readings = self.acquisition.memory
            chosen = readings[first - 1 : last] if arguments.number is not None else readings[-1:]
            return ",".join(self._buffered(each, word) for each in chosen for word in wanted)

        return act

    def _buffered(self, reading: Reading, word: str) -> str:
        return {"READ": self._write(reading.value), "CHAN": str(reading.channel)}.get(word, _BUFFERED[word])

    def _said(self, readings: Iterable[Reading]) -> str:
        return ",".join(self._one(reading, self.acquisition.elements) for reading in readings)

    def _block(self, readings: Iterable[Reading]) -> str:
        text = self._said(readings)
        return f"#{len(str(len(text)))}{len(text)}{text}"

    def _one(self, reading: Reading, elements: tuple[str, ...]) -> str:
        text = self._write(reading.value)
        if "UNIT" in elements:
            text += UNITS.get(reading.function, "")
        if "TST" in elements or "TSTA" in elements:
            text += ",+0.000SECS"
        if "RNUM" in elements:
            text += ",+00001RDNG#"
        return f"{text},{reading.channel}" if "CHAN" in elements else text


def _range(arguments: Arguments) -> float | None:
    """The range of `CONF` and `MEAS`: a number, or automatic."""
    text = (arguments.text or "").upper()
    if not text or text.startswith(_LEADING) or not text[:1].isdigit():
        return None
    return number(text, 0.0, _MOST * _MOST, 0.0)
