"""A simulated instrument: bytes in, bytes out. No clock and no socket in here; the bench moves the circuits behind it.

Session      one connection: lines put together, each line's commands read once and then remembered
Instrument   the state that all connections share: a device, its status, and what it understands
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from benchctl.core.dialect import Command, Dialect, Line, Model, Operation
from benchctl.sim import extras
from benchctl.sim.language import forms
from benchctl.sim.render import Answer, answer
from benchctl.sim.scpi import Arguments, Form, Misread, ScpiError, Unit, bind, form, number, units
from benchctl.sim.status import Status, mask
from benchctl.sim.supply import Limits, Scalar

MAX_LINE = 4096
MAX_REMEMBERED = 2000

Thunk = Callable[[], str | None]
Verb = Callable[[Arguments], Thunk]


class Device(Protocol):
    """What an instrument controls or measures, without any text. Raises `Misread` for what it does not take."""

    @property
    def channels(self) -> tuple[int, ...]:
        """The channels there are."""
        ...

    def tell(self, operation: Operation, channel: int, value: float) -> None:
        """Carry out one setting."""

    def read(self, operation: Operation, channel: int) -> Scalar:
        """Answer one question."""
        ...

    def limits(self, operation: Operation, channel: int) -> Limits:
        """What a numeric setting can hold."""
        ...

    def select_range(self, channel: int, name: str) -> None:
        """Take a range by its name."""

    def aside(self, name: str, channel: int) -> Scalar:
        """What else stands in an answer, by its name."""
        ...

    def reset(self) -> None:
        """As at power-on."""


class Instrument:
    """A SCPI instrument. `identity` is its whole `*IDN?` reply without a terminator."""

    def __init__(self, dialect: Dialect, model: Model, device: Device, identity: str) -> None:
        self.dialect, self.model, self.device, self.identity = dialect, model, device, identity
        self.status = Status(extras.plus(model))
        self.selected = device.channels[0]
        self.terminator = _terminator(dialect)
        self._tokens = _tokens(model, device)
        self._verbs = self._common_verbs() | self._dialect_verbs() | extras.verbs(dialect.name, self)
        self._forms = extras.forms(dialect.name) + forms(model) + COMMON
        self.line_end = dialect.write_terminator[-1:] or b"\n"
        self._remembered: dict[bytes, tuple[Thunk, ...]] = {}

    def connect(self) -> "Session":
        """A fresh connection to the one state."""
        return Session(self)

    # --- one line -----------------------------------------------------------------------------------------------------

    def line(self, raw: bytes) -> bytes:
        """Carry out one line; the answers of its queries in one reply, b"" when there is none."""
        thunks = self._remembered.get(raw)
        if thunks is None:
            thunks = self._read_once(raw)
        if len(thunks) == 1:
            said = self._do(thunks[0])
            return b"" if said is None else said.encode("latin-1") + self.terminator
        answers = [said for thunk in thunks if (said := self._do(thunk)) is not None]
        return ";".join(answers).encode("latin-1") + self.terminator if answers else b""

    def _do(self, thunk: Thunk) -> str | None:
        try:
            return thunk()
        except Misread as fault:
            self.status.report(fault.error)
            return None

    def _read_once(self, raw: bytes) -> tuple[Thunk, ...]:
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        try:
            thunks = tuple(self._thunk(unit) for unit in units(raw.decode("ascii")))
        except UnicodeDecodeError:
            thunks = (partial(_refuse, ScpiError.SYNTAX),)
        self._remembered[raw] = thunks
        return thunks

    def _thunk(self, unit: Unit) -> Thunk:
        try:
            verb, arguments = bind(self._forms, unit)
            return self._verbs[verb](arguments)
        except Misread as fault:
            return partial(_refuse, fault.error)

    # --- channels -----------------------------------------------------------------------------------------------------

    def numbered(self, arguments: Arguments) -> tuple[int, ...] | None:
        """The channels a message names; None when it names none. Raises `Misread` for one that is not there."""
        if arguments.channels is None:
            return None
        found = tuple(self._tokens[each] for each in arguments.channels if each in self._tokens)
        if len(found) != len(arguments.channels):
            raise Misread(ScpiError.ILLEGAL)
        return found

    def on_channel(self, act: Callable[[int], str | None], arguments: Arguments) -> Thunk:
        """Do something on the channel a message names, or on the one that is selected then."""
        named = self.numbered(arguments)
        if not named:
            return lambda: act(self.selected)
        if len(named) == 1:
            return partial(act, named[0])
        return lambda: ",".join(said for each in named if (said := act(each)) is not None) or None

    # --- what the dialect file says -----------------------------------------------------------------------------------

    def _dialect_verbs(self) -> dict[str, Verb]:
        verbs: dict[str, Verb] = {"select": self._select, "pass": lambda _arguments: _nothing}
        for query in self.model.queries.values():
            if Operation.READ_ERROR in query.answers:
                verbs[f"ask {query.name}"] = _always(self.status.next_error)
            else:
                verbs[f"ask {query.name}"] = self._asker(answer(query, self.device.read, self.device.aside), query.each)
        for command in self.model.commands.values():
            verbs[f"tell {command.operation}"] = self._teller(command)
        for operation in Operation:
            verbs.setdefault(f"read {operation}", self._reader(operation))
        return verbs

    def _asker(self, text: Answer, each: str | None) -> Verb:
        if each is None:
            return lambda arguments: self.on_channel(text, arguments)

        def scan(arguments: Arguments) -> Thunk:
            channels = sorted(set(self.numbered(arguments) or (self.selected,)))
            return lambda: each.join([text(channel) for channel in channels])

        return scan

    def _teller(self, command: Command) -> Verb:
        operation, scale = command.operation, command.scale

        def tell(arguments: Arguments) -> Thunk:
            text, word = arguments.number, arguments.word

            def act(channel: int) -> None:
                if operation is Operation.CONFIGURE:
                    self.device.select_range(channel, word or "")
                else:
                    value = 0.0 if text is None else self.held(operation, channel, text, scale)
                    self.device.tell(operation, channel, value)

            return self.on_channel(act, arguments)

        return tell

    def held(self, operation: Operation, channel: int, text: str, scale: float = 1.0) -> float:
        """A setting's text as a number that the channel can hold. Raises `Misread`."""
        limits = self.device.limits(operation, channel)
        return number(text, limits.low * scale, limits.high * scale, limits.default * scale) / scale

    def _reader(self, operation: Operation) -> Verb:
        decimals = extras.decimals(operation, self.model)

        def read(channel: int) -> str:
            value = self.device.read(operation, channel)
            if isinstance(value, bool):
                return "ON" if value else "OFF"
            return f"{value:.{decimals}f}" if isinstance(value, float) else str(value)

        return lambda arguments: self.on_channel(read, arguments)

    def _select(self, arguments: Arguments) -> Thunk:
        named = self.numbered(arguments)
        if not named:
            raise Misread(ScpiError.MISSING)

        def select() -> None:
            self.selected = named[0]

        return select

    # --- IEEE 488.2 ---------------------------------------------------------------------------------------------------

    def _common_verbs(self) -> dict[str, Verb]:
        status = self.status
        plain: Mapping[str, Thunk] = {
            "identity": lambda: self.identity,
            "clear status": status.clear,
            "events": status.read_events,
            "event enable": status.enabled,
            "service enable": status.service_enabled,
            "status byte": status.byte,
            "error": status.next_error,
            "complete": status.complete,
            "completed": lambda: "1",
            "self test": status.passed,
            "reset": self.reset,
        }
        verbs: dict[str, Verb] = {name: _always(thunk) for name, thunk in plain.items()}
        return verbs | {"enable events": self._enable_events, "enable service": self._enable_service}

    def reset(self) -> None:
        """`*RST`: the device as at power-on; errors and status stay."""
        self.selected = self.device.channels[0]
        self.device.reset()

    def _enable_events(self, arguments: Arguments) -> Thunk:
        value = mask(arguments.number)
        return lambda: setattr(self.status, "event_enable", value)

    def _enable_service(self, arguments: Arguments) -> Thunk:
        value = mask(arguments.number)
        return lambda: setattr(self.status, "service_enable", value)


COMMON: tuple[Form, ...] = tuple(
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
        (":SYSTem:ERRor[:NEXT]?", "error"),
    )
)


class Session:
    """One connection: puts lines together and hands them to the instrument."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._buffer = b""
        self._skipping = False

    def handle(self, data: bytes) -> bytes:
        """Take what arrived; answer every line that is complete. A line too long is an error, and is skipped."""
        *lines, rest = (self._buffer + data).split(self._instrument.line_end)
        replies = [self._line(line) for line in lines]
        if len(rest) > MAX_LINE:
            rest, self._skipping = b"", True
        self._buffer = rest
        return b"".join(replies)

    def _line(self, line: bytes) -> bytes:
        if self._skipping or len(line) > MAX_LINE:
            self._skipping = False
            self._instrument.status.report(ScpiError.SYNTAX)
            return b""
        return self._instrument.line(line.removesuffix(b"\r"))


def _always(thunk: Thunk) -> Verb:
    return lambda _arguments: thunk


def _nothing() -> None:
    """What a command does that changes nothing we model."""


def _refuse(error: ScpiError) -> str | None:
    raise Misread(error)


def _terminator(dialect: Dialect) -> bytes:
    reply = dialect.identify.reply
    framing = None if reply is None else reply.framing
    # A family that takes several line ends sends the shortest.
    return framing.terminators[-1] if isinstance(framing, Line) else b""


def _tokens(model: Model, device: Device) -> dict[str, int]:
    tokens = {str(channel): channel for channel in device.channels}
    return tokens | {channel.token.upper(): number for number, channel in model.channels.items()}
