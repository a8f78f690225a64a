"""A simulated instrument: bytes in, bytes out. No clock and no socket in here; the bench moves the circuits behind it.

Session      one connection: lines put together, each line's commands read once and then remembered
Instrument   the state that all connections share: a device, its status, and what it understands
"""

from collections.abc import Callable
from functools import partial

from benchctl.core.dialect.voice import Command, Dialect, Model, Operation, Query
from benchctl.sim.family import family
from benchctl.sim.language import forms
from benchctl.sim.measuring import Measuring
from benchctl.sim.notation import Arguments, Forms
from benchctl.sim.render import answer
from benchctl.sim.scpi import Misread, ScpiError, Unit, units
from benchctl.sim.status import COMMON, Manner, Status, common_verbs, status_makers
from benchctl.sim.supplying import held, reading, supply_makers
from benchctl.sim.taking import Taking
from benchctl.sim.verbs import Device, Locked, Maker, Memory, Thunk, Verb, always, common_makers

MAX_LINE = 4096
MAX_REMEMBERED = 2000


class Instrument:
    """A SCPI instrument. `identity` is its whole `*IDN?` reply without a terminator."""

    def __init__(self, dialect: Dialect, model: Model, device: Device, identity: str, manner: Manner) -> None:
        self.dialect, self.model, self.identity = dialect, model, identity
        self.family = family(dialect, model)
        locked = self.family.table.locked
        self._taking = Taking(device, refuses=locked)
        self.device: Device = Locked(device, lambda: self._taking.remote) if locked else device
        self.plus = manner.plus
        self.status = Status(manner, self.family.table.errors)
        self.selected = device.channels[0]
        self.terminator = manner.terminator
        self.line_end = dialect.write_terminator[-1:] or b"\n"
        self._between = self.family.table.writes.between
        self._tokens = _tokens(model, device) | self.family.table.names
        self._memory = Memory(self)
        self._measuring = None if model.meter is None else Measuring(self)
        self._makers = self._all_makers()
        self._verbs: dict[str, Verb] = common_verbs(self.status, lambda: self.identity, self.reset)
        self.understood = self.family.forms + forms(model) + COMMON
        self._forms = Forms(self.understood)
        self._remembered: dict[bytes, tuple[Thunk, ...]] = {}

    def connect(self) -> "Session":
        """A fresh connection to the one state."""
        return Session(self)

    def reset(self) -> None:
        """`*RST`: the device as at power-on; errors and status stay."""
        self.selected = self.device.channels[0]
        self.device.reset()
        self._memory.reset()
        if self._measuring is not None:
            self._measuring.acquisition.reset()

    # --- one line -----------------------------------------------------------------------------------------------------

    def line(self, raw: bytes) -> bytes:
        """Carry out one line; the answers of its queries in one reply, b"" when there is none."""
        self.device.heard()
        thunks = self._remembered.get(raw)
        if thunks is None:
            thunks = self._read_once(raw)
        if len(thunks) == 1:
            said = self._do(thunks[0])
            return b"" if said is None else said.encode("latin-1") + self.terminator
        answers = [said for thunk in thunks if (said := self._do(thunk)) is not None]
        return self._between.join(answers).encode("latin-1") + self.terminator if answers else b""

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
            verb, arguments = self._forms.bind(unit)
            return self.verb(verb)(arguments)
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
        between = self.family.table.writes.each
        return lambda: between.join(said for each in named if (said := act(each)) is not None) or None

    # --- verbs --------------------------------------------------------------------------------------------------------

    def _all_makers(self) -> dict[str, Maker]:
        makers = common_makers(self) | status_makers(self.status)
        makers |= {"keep": self._memory.keep, "kept": self._memory.kept, "ask": self._asking, "tell": self._telling}
        makers["read"] = lambda name: reading(self, Operation(name))
        makers |= supply_makers(self) if self._measuring is None else self._measuring.makers()
        return makers | self._taking.makers()

    def verb(self, text: str) -> Verb:
        """What a verb of a form does. Raises KeyError or ValueError for one that nobody knows."""
        verb = self._verbs.get(text)
        if verb is None:
            name, _, rest = text.partition(" ")
            verb = self._verbs[text] = self._makers[name](rest)
        return verb

    def _asking(self, name: str) -> Verb:
        """`ask NAME`: a query of the dialect file."""
        query: Query = self.model.queries[name]
        if Operation.READ_ERROR in query.answers:
            return always(self.status.next_error)
        text, each = answer(query, self.device.read, self.device.aside), query.each
        if each is None:
            return lambda arguments: self.on_channel(text, arguments)

        def scan(arguments: Arguments) -> Thunk:
            channels = sorted(set(self.numbered(arguments) or (self.selected,)))
            return lambda: each.join([text(channel) for channel in channels])

        return scan

    def _telling(self, name: str) -> Verb:
        """`tell OPERATION`: a command of the dialect file."""
        command: Command = self.model.commands[Operation(name)]
        operation, scale = command.operation, command.scale

        def tell(arguments: Arguments) -> Thunk:
            text, word = arguments.number, arguments.word

            def act(channel: int) -> None:
                if operation is Operation.CONFIGURE:
                    self.device.select_range(channel, word or "")
                else:
                    value = 0.0 if text is None else held(self, operation, channel, text, scale)
                    self.device.tell(operation, channel, value)

            return self.on_channel(act, arguments)

        return tell


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
        return self._instrument.line(line.strip(b"\r\0"))


def _refuse(error: ScpiError) -> str | None:
    raise Misread(error)


def _tokens(model: Model, device: Device) -> dict[str, int]:
    tokens = {str(channel): channel for channel in device.channels}
    tokens |= {f"{name}{channel}": channel for name in ("CH", "OUT", "OUTP", "OUTPUT") for channel in device.channels}
    return tokens | {channel.token.upper(): number for number, channel in model.channels.items()}
