"""What words do on a supply: set, ask what is set and what can be, switch, measure, apply.

set OP          the number of a message, MIN, MAX or DEF          held OP   what is set, or what can be
switch NAME     output, ovp, ocp, sense, watchdog                 do OP     without a number
read OP         in the family's own writing                       power     W
everywhere NAME a switch of all channels                          all OP    on all channels
bits cv:2 cc:1  a status register                                 words     a truth in words of its own
master, mastered, alone, live   where a channel has its own switch beside a common one
most OP         what its range can    array   volts, amperes      mode      OFF, CV or CC, in words of its own
apply           volts and amperes at once                         applied   `"5.000,1.000"`
"""

from collections.abc import Callable
from functools import partial

from benchctl.core.dialect.voice import Operation
from benchctl.core.model import Regulation
from benchctl.sim.notation import Arguments
from benchctl.sim.render import written
from benchctl.sim.scpi import number
from benchctl.sim.verbs import Maker, Panel, Thunk, Verb, always, integer

HELD = {
    Operation.SET_VOLTAGE: Operation.READ_VOLTAGE,
    Operation.SET_CURRENT: Operation.READ_CURRENT,
    Operation.SET_OVP: Operation.READ_OVP,
    Operation.SET_OCP: Operation.READ_OCP,
    Operation.SET_WATCHDOG: Operation.READ_WATCHDOG,
}
_ON_WORDS = ("EXT", "4W", "MEAS", "REM")
_SWITCHES = {
    "output": (Operation.OUTPUT_ON, Operation.OUTPUT_OFF),
    "ovp": (Operation.OVP_ON, Operation.OVP_OFF),
    "ocp": (Operation.OCP_ON, Operation.OCP_OFF),
    "sense": (Operation.SENSE_REMOTE, Operation.SENSE_LOCAL),
    "watchdog": (Operation.WATCHDOG_ON, Operation.WATCHDOG_OFF),
}


def supply_makers(panel: Panel) -> dict[str, Maker]:
    """Verbs of a supply."""
    return {
        "set": lambda name: _setting(panel, Operation(name)),
        "held": lambda name: _holding(panel, Operation(name)),
        "switch": lambda name: _switching(panel, *_SWITCHES[name]),
        "do": lambda name: doing(panel, Operation(name)),
        "everywhere": lambda name: _everywhere(panel, name),
        "read": lambda name: reading(panel, Operation(name)),
        "words": lambda rest: _words(panel, *rest.split(" ")),
        "power": lambda _rest: _on_each(panel, partial(_power, panel)),
        "array": lambda _rest: _on_each(panel, partial(_array, panel)),
        "most": lambda name: _on_each(panel, partial(_most, panel, Operation(name))),
        "master": lambda _rest: lambda arguments: partial(panel.device.master, bool(arguments.switch)),
        "mastered": lambda _rest: _on_each(panel, partial(_shown, panel, "master")),
        "alone": lambda _rest: partial(_alone, panel),
        "live": lambda _rest: _on_each(panel, partial(_shown, panel, "live")),
        "mode": lambda words: _on_each(panel, partial(_mode, panel, words.split())),
        "apply": lambda _rest: partial(_apply, panel),
        "applied": lambda form: _on_each(panel, partial(_applied, panel, form)),
        "all": lambda name: _everywhere_done(panel, Operation(name)),
        "bits": lambda bits: _on_each(panel, partial(_bits, panel, _parsed(bits))),
        "cvcc": lambda _rest: _on_each(panel, partial(_cvcc, panel)),
    }


def held(panel: Panel, operation: Operation, channel: int, text: str, scale: float = 1.0) -> float:
    """A setting's text as a number that the channel can hold. Raises `Misread`."""
    limits = panel.device.limits(operation, channel)
    return number(text, limits.low * scale, limits.high * scale, limits.default * scale) / scale


def _on_each(panel: Panel, act: Callable[[int], str | None]) -> Verb:
    return lambda arguments: panel.on_channel(act, arguments)


def doing(panel: Panel, operation: Operation) -> Verb:
    """Carry out an operation without a number."""
    return _on_each(panel, lambda channel: panel.device.tell(operation, channel, 0.0))


def _switching(panel: Panel, on: Operation, off: Operation) -> Verb:
    return lambda arguments: doing(panel, on if _wants_on(arguments) else off)(arguments)


def _wants_on(arguments: Arguments) -> bool:
    return arguments.word in _ON_WORDS if arguments.switch is None else arguments.switch


def _shown(panel: Panel, name: str, channel: int) -> str:
    writes = panel.family.table.writes
    return writes.on if panel.device.aside(name, channel) else writes.off


def _alone(panel: Panel, arguments: Arguments) -> Thunk:
    """`OUTP ON` where there is a master switch: this channel with it; off, this channel alone."""

    def act(channel: int) -> None:
        panel.device.tell(Operation.OUTPUT_ON if arguments.switch else Operation.OUTPUT_OFF, channel, 0.0)
        if arguments.switch:
            panel.device.master(True)

    return panel.on_channel(act, arguments)


def _everywhere(panel: Panel, name: str) -> Verb:
    on, off = _SWITCHES[name]

    def everywhere(arguments: Arguments) -> Thunk:
        def act() -> None:
            for channel in panel.device.channels:
                panel.device.tell(on if arguments.switch else off, channel, 0.0)

        return act

    return everywhere


def _everywhere_done(panel: Panel, operation: Operation) -> Verb:
    def act() -> None:
        for channel in panel.device.channels:
            panel.device.tell(operation, channel, 0.0)

    return always(act)


def _setting(panel: Panel, operation: Operation) -> Verb:
    def setting(arguments: Arguments) -> Thunk:
        text = arguments.number or ""

        def act(channel: int) -> None:
            panel.device.tell(operation, channel, held(panel, operation, channel, text))

        return panel.on_channel(act, arguments)

    return setting


def reading(panel: Panel, operation: Operation) -> Verb:
    """Answer an operation in the family's own writing."""
    write, read = written(panel.model, operation, panel.family.table.writes), panel.device.read
    return _on_each(panel, lambda channel: write(read(operation, channel)))


def _words(panel: Panel, operation: str, yes: str, no: str) -> Verb:
    """`words OP YES NO`: a truth in words of its own."""
    asked = Operation(operation)
    return _on_each(panel, lambda channel: yes if panel.device.read(asked, channel) else no)


def _holding(panel: Panel, operation: Operation) -> Verb:
    read = HELD[operation]
    write = written(panel.model, read, panel.family.table.writes)

    def holding(arguments: Arguments) -> Thunk:
        def text(channel: int) -> str:
            if arguments.word:
                return write(held(panel, operation, channel, arguments.word))
            return write(panel.device.read(read, channel))

        return panel.on_channel(text, arguments)

    return holding


def _apply(panel: Panel, arguments: Arguments) -> Thunk:
    def act(channel: int) -> None:
        for operation, text in ((Operation.SET_VOLTAGE, arguments.number), (Operation.SET_CURRENT, arguments.second)):
            if text is not None:
                panel.device.tell(operation, channel, held(panel, operation, channel, text))

    return panel.on_channel(act, arguments)


def _applied(panel: Panel, form: str, channel: int) -> str:
    """The answer to `APPL?`: `{v}` and `{a}` what is set, `{volts}` and `{amps}` what the range can, `{n}` where."""
    device = panel.device
    volts, amps = (device.limits(each, channel).high for each in (Operation.SET_VOLTAGE, Operation.SET_CURRENT))
    v, a = (f"{device.read(each, channel):.3f}" for each in (Operation.READ_VOLTAGE, Operation.READ_CURRENT))
    return form.format(v=v, a=a, n=channel, volts=f"{volts:g}", amps=f"{amps:g}")


def _power(panel: Panel, channel: int) -> str:
    return f"{panel.device.aside('power', channel):.3f}{panel.family.table.writes.watts}"


def _array(panel: Panel, channel: int) -> str:
    """Volts, amperes and, where the family has a word for them, watts in one answer."""
    writes = panel.family.table.writes
    shown = [
        written(panel.model, each, writes)(panel.device.read(each, channel))
        for each in (Operation.MEASURE_VOLTAGE, Operation.MEASURE_CURRENT)
    ]
    return ",".join([*shown, _power(panel, channel)] if writes.watts else shown)


def _most(panel: Panel, operation: Operation, channel: int) -> str:
    high = panel.device.limits(operation, channel).high
    return written(panel.model, HELD[operation], panel.family.table.writes)(high)


def _mode(panel: Panel, words: list[str], channel: int) -> str:
    """Off, constant voltage, constant current, in words of its own."""
    mode = panel.device.read(Operation.READ_REGULATION, channel)
    return words[[Regulation.OFF, Regulation.CV, Regulation.CC].index(Regulation(str(mode)))]


def _cvcc(panel: Panel, channel: int) -> str:
    mode = str(panel.device.read(Operation.READ_REGULATION, channel))
    if mode != str(Regulation.OFF):
        return mode
    return "UR" if panel.device.aside("live", channel) else "CV"  # it goes on showing CV while the output is off


def _parsed(bits: str) -> tuple[tuple[str, int], ...]:
    return tuple((name, int(value)) for name, value in (each.split(":") for each in bits.split()))


def _bits(panel: Panel, bits: tuple[tuple[str, int], ...], channel: int) -> str:
    """A condition register: which bit says what, of `on off cv cc ovp ocp watchdog trip remote`."""
    read = panel.device.read
    on = bool(panel.device.aside("live", channel))
    mode = read(Operation.READ_REGULATION, channel)
    trips = (Operation.READ_OVP_TRIP, Operation.READ_OCP_TRIP, Operation.READ_WATCHDOG_TRIP)
    ovp, ocp, watchdog = (read(each, channel) is True for each in trips)
    true = {
        "on": on,
        "off": not on,
        "cv": on and mode is Regulation.CV,
        "cc": on and mode is Regulation.CC,
        "ovp": ovp,
        "ocp": ocp,
        "watchdog": watchdog,
        "trip": ovp or ocp or watchdog,
        "remote": read(Operation.READ_SENSE, channel) is True,
        "always": True,
    }
    return integer(panel, sum(value for name, value in bits if true[name]))
