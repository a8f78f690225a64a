"""What words do on any instrument: say, pass, keep, select. Each verb makes of a command's arguments a thing to do."""

import math
from collections.abc import Callable
from functools import partial
from typing import Protocol

from benchctl.core.dialect.voice import Model, Operation
from benchctl.sim.family import Family, Kept
from benchctl.sim.notation import Arguments
from benchctl.sim.outlet import Limits, Scalar
from benchctl.sim.scpi import Misread, ScpiError, number

Thunk = Callable[[], str | None]
Verb = Callable[[Arguments], Thunk]
Maker = Callable[[str], Verb]
"""Makes a verb of the words behind its name: `read` of `read measure_voltage`."""


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

    def master(self, on: bool) -> None:
        """The switch of all channels together, where there is one beside theirs."""

    def reset(self) -> None:
        """As at power-on."""

    def heard(self) -> None:
        """A word has come on a remote interface."""


class Locked:
    """A device that takes no setting before somebody has taken it in remote control."""

    def __init__(self, device: Device, unlocked: Callable[[], bool]) -> None:
        self._device, self._unlocked = device, unlocked
        self.read, self.limits, self.aside = device.read, device.limits, device.aside
        self.reset, self.heard = device.reset, device.heard

    @property
    def channels(self) -> tuple[int, ...]:
        """See `Device`."""
        return self._device.channels

    def tell(self, operation: Operation, channel: int, value: float) -> None:
        """See `Device`. Raises `Misread` while it is locked."""
        if not self._unlocked():
            raise Misread(ScpiError.LOCAL)
        self._device.tell(operation, channel, value)

    def select_range(self, channel: int, name: str) -> None:
        """See `Device`. Raises `Misread` while it is locked."""
        if not self._unlocked():
            raise Misread(ScpiError.LOCAL)
        self._device.select_range(channel, name)

    def master(self, on: bool) -> None:
        """See `Device`. Raises `Misread` while it is locked."""
        if not self._unlocked():
            raise Misread(ScpiError.LOCAL)
        self._device.master(on)


class Panel(Protocol):
    """What verbs need of the instrument they belong to."""

    @property
    def device(self) -> Device:
        """What it controls or measures."""
        ...

    @property
    def model(self) -> Model:
        """Which model it is."""
        ...

    @property
    def family(self) -> Family:
        """What its family understands."""
        ...

    @property
    def plus(self) -> bool:
        """Whether it writes integers with their sign."""
        ...

    selected: int

    def on_channel(self, act: Callable[[int], str | None], arguments: Arguments) -> Thunk:
        """Do something on the channel that a message names, or that is selected."""
        ...

    def numbered(self, arguments: Arguments) -> tuple[int, ...] | None:
        """The channels a message names; None when it names none."""
        ...


def always(thunk: Thunk) -> Verb:
    """A verb without arguments."""
    return lambda _arguments: thunk


def integer(panel: Panel, value: int) -> str:
    """An integer as the family writes it."""
    return f"{value:+d}" if panel.plus else str(value)


class Memory:
    """The settings that only have to be remembered, each for a channel and a function."""

    def __init__(self, panel: Panel) -> None:
        self._panel, self._kept = panel, panel.family.kept
        self._texts: dict[tuple[str, str | None, int], str] = {}

    def reset(self) -> None:
        """All as at power-on."""
        self._texts.clear()

    def keep(self, setting: str) -> Verb:
        """`keep SETTING`"""
        return lambda arguments: self._panel.on_channel(partial(self._put, setting, arguments), arguments)

    def kept(self, setting: str) -> Verb:
        """`kept SETTING`: what it holds, or what it can."""
        return lambda arguments: self._panel.on_channel(partial(self._get, setting, arguments), arguments)

    def _put(self, setting: str, arguments: Arguments, channel: int) -> None:
        self._texts[setting, arguments.function, channel] = self._held(self._kept[setting], arguments)

    def _held(self, kept: Kept, arguments: Arguments) -> str:
        if arguments.switch is not None:
            return self._switch(arguments.switch)
        if arguments.number is not None:
            return self._number(_within(arguments.number, kept))
        return arguments.word or arguments.text or ""

    def _get(self, setting: str, arguments: Arguments, channel: int) -> str:
        if arguments.word:
            return self._number(_within(arguments.word, self._kept[setting]))
        return self.text(setting, channel, arguments.function)

    def text(self, setting: str, channel: int, function: str | None = None) -> str:
        """What a setting holds."""
        found = self._texts.get((setting, function, channel))
        return self._initial(setting) if found is None else found

    def _initial(self, setting: str) -> str:
        initial = self._kept[setting].initial
        if "<switch>" in setting:
            return self._switch(initial == "1")
        return self._number(float(initial)) if "<number>" in setting else initial

    def _switch(self, on: bool) -> str:
        writes = self._panel.family.table.writes
        return writes.on if on else writes.off

    def _number(self, value: float) -> str:
        return self._panel.family.table.writes.kept % value


def _within(text: str, kept: Kept) -> float:
    usual = float(kept.initial)
    low, high = (usual if math.isinf(each) else each for each in (kept.low, kept.high))
    if text[:3] in ("MIN", "MAX", "DEF"):
        return number(text, low, high, usual)
    return number(text, kept.low, kept.high, usual)


def common_makers(panel: Panel) -> dict[str, Maker]:
    """Verbs of every instrument."""
    return {
        "say": lambda text: always(lambda: text),
        "pass": lambda _rest: always(_nothing),
        "select": lambda _rest: partial(_select, panel),
        "selected": lambda form: always(partial(_selected, panel, form)),
    }


def _nothing() -> None:
    """What a command does that changes nothing we model."""


def _select(panel: Panel, arguments: Arguments) -> Thunk:
    named = panel.numbered(arguments)
    if not named:
        raise Misread(ScpiError.MISSING)

    def select() -> None:
        panel.selected = named[0]

    return select


def _selected(panel: Panel, form: str) -> str:
    """Which channel is selected: `number`, its name among several given, or as the family writes it."""
    if form == "number":
        return integer(panel, panel.selected)
    names = form.split()
    if len(names) > 1:
        return names[panel.selected - 1]
    return panel.family.table.writes.selected.format(panel.selected)
