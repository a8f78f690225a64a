"""What families understand beyond the commands benchctl sends, from their manuals: any client shall feel at home.

Sources: Rigol DP800 Programming Guide (PGH03107); Agilent 34970A/34972A Command Reference (34972-90020).
"""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from benchctl.core.dialect import Model, Operation
from benchctl.core.template import decimals as hole_decimals
from benchctl.sim.scan import scan_verbs
from benchctl.sim.scpi import Arguments, Form, form
from benchctl.sim.supply import Limits, Scalar

Thunk = Callable[[], str | None]
Verb = Callable[[Arguments], Thunk]


class Device(Protocol):
    """What the commands here need of a device."""

    def tell(self, operation: Operation, channel: int, value: float) -> None:
        """Carry out one setting."""

    def read(self, operation: Operation, channel: int) -> Scalar:
        """Answer one question."""
        ...

    def limits(self, operation: Operation, channel: int) -> Limits:
        """What a numeric setting can hold."""
        ...

    def aside(self, name: str, channel: int) -> Scalar:
        """What else can be asked, by its name."""
        ...


class Panel(Protocol):
    """What the commands here need of an instrument."""

    @property
    def device(self) -> Device:
        """The device behind it."""
        ...

    @property
    def model(self) -> Model:
        """Which model it is."""
        ...

    selected: int

    def on_channel(self, act: Callable[[int], str | None], arguments: Arguments) -> Thunk:
        """Do something on the channel that is meant."""
        ...

    def numbered(self, arguments: Arguments) -> tuple[int, ...] | None:
        """The channels a message names."""
        ...

    def held(self, operation: Operation, channel: int, text: str, scale: float = 1.0) -> float:
        """A setting's text as a number the channel can hold."""
        ...


_DP800 = """
:INSTrument[:SELect] CH<ch>                                     = select
:INSTrument:NSELect <ch>                                        = select
:INSTrument[:SELect]?                                           = selected name
:INSTrument:NSELect?                                            = selected number
:APPLy [CH<ch>,]<number>,<second>                               = apply
:APPLy [CH<ch>,]<number>                                        = apply
:APPLy? [CH<ch>]                                                = applied
:MEASure[:VOLTage][:DC]? [CH<ch>]                               = read measure_voltage
:MEASure:CURRent[:DC]? [CH<ch>]                                 = read measure_current
:MEASure:POWEr[:DC]? [CH<ch>]                                   = power
:OUTPut:CVCC? [CH<ch>]                                          = cvcc
:OUTPut:MODE? [CH<ch>]                                          = cvcc
[:SOURce[<ch>]]:VOLTage[:LEVel][:IMMediate][:AMPLitude]? [MINimum|MAXimum]     = held set_voltage
[:SOURce[<ch>]]:CURRent[:LEVel][:IMMediate][:AMPLitude]? [MINimum|MAXimum]     = held set_current
[:SOURce[<ch>]]:VOLTage:PROTection[:LEVel] <number>             = set set_ovp
[:SOURce[<ch>]]:VOLTage:PROTection[:LEVel]? [MINimum|MAXimum]   = held set_ovp
[:SOURce[<ch>]]:CURRent:PROTection[:LEVel] <number>             = set set_ocp
[:SOURce[<ch>]]:CURRent:PROTection[:LEVel]? [MINimum|MAXimum]   = held set_ocp
[:SOURce[<ch>]]:VOLTage:PROTection:STATe <switch>               = switch ovp
[:SOURce[<ch>]]:VOLTage:PROTection:STATe?                       = read read_ovp_on
[:SOURce[<ch>]]:CURRent:PROTection:STATe <switch>               = switch ocp
[:SOURce[<ch>]]:CURRent:PROTection:STATe?                       = read read_ocp_on
[:SOURce[<ch>]]:VOLTage:PROTection:TRIPped?                     = yes read_ovp_trip
[:SOURce[<ch>]]:CURRent:PROTection:TRIPped?                     = yes read_ocp_trip
[:SOURce[<ch>]]:VOLTage:PROTection:CLEar                        = do clear_trip
[:SOURce[<ch>]]:CURRent:PROTection:CLEar                        = do clear_trip
:SYSTem:REMote                                                  = pass
:SYSTem:LOCal                                                   = pass
:SYSTem:RWLock                                                  = pass
:SYSTem:VERSion?                                                = version
:SYSTem:BEEPer:IMMediate                                        = pass
*OPT?                                                           = options
"""

_34970A = """
:MEASure[:SCALar]:VOLTage[:DC]? [<any>,][<any>,](@<list>)       = measure volts
:MEASure[:SCALar]:TEMPerature? [<any>,][<any>,][<any>,][<any>,](@<list>)       = measure degrees
:CONFigure[:SCALar]:VOLTage[:DC] [<any>,][<any>,](@<list>)      = configure volts
:CONFigure[:SCALar]:TEMPerature [<any>,][<any>,][<any>,][<any>,](@<list>)      = configure degrees
[:ROUTe]:SCAN (@<list>)                                         = scan list
[:ROUTe]:SCAN?                                                  = scan listed
[:ROUTe]:SCAN:SIZE?                                             = scan size
:READ?                                                          = scan read
:INITiate                                                       = scan start
:FETCh?                                                         = scan fetch
:ABORt                                                          = pass
[:SENSe]:VOLTage[:DC]:NPLCycles <any>,[(@<list>)]               = pass
[:SENSe]:VOLTage[:DC]:RANGe <any>,[(@<list>)]                   = pass
[:SENSe]:ZERO:AUTO <any>,[(@<list>)]                            = pass
:INPut:IMPedance:AUTO <switch>,[(@<list>)]                      = pass
[:ROUTe]:CHANnel:DELay <any>,[(@<list>)]                        = pass
[:ROUTe]:CHANnel:DELay:AUTO <switch>,[(@<list>)]                = pass
:FORMat:READing:CHANnel <switch>                                = scan channels
:FORMat:READing:CHANnel?                                        = scan channels?
:FORMat:READing:TIME OFF|0                                      = pass
:FORMat:READing:UNIT OFF|0                                      = pass
:FORMat:READing:ALARm OFF|0                                     = pass
:TRIGger:SOURce IMMediate                                       = pass
:TRIGger:COUNt 1                                                = pass
[:SENSe]:TEMPerature:NPLCycles <any>,[(@<list>)]                = pass
[:SENSe]:TEMPerature:TRANsducer:TYPE TCouple|TC,[(@<list>)]     = pass
[:SENSe]:TEMPerature:TRANsducer:TCouple:TYPE <any>,[(@<list>)]  = pass
[:SENSe]:TEMPerature:TRANsducer:TC:TYPE <any>,[(@<list>)]       = pass
[:SENSe]:TEMPerature:TRANsducer:TCouple:RJUNction:TYPE INTernal,[(@<list>)]    = pass
[:SENSe]:TEMPerature:TRANsducer:TC:RJUNction:TYPE INTernal,[(@<list>)]         = pass
:UNIT:TEMPerature C,[(@<list>)]                                 = pass
:SYSTem:CTYPe? 100|200|300                                      = scan card
:INSTrument:DMM <switch>                                        = pass
:INSTrument:DMM?                                                = one
:INSTrument:DMM:INSTalled?                                      = one
:SYSTem:VERSion?                                                = version
"""


def _table(text: str) -> tuple[Form, ...]:
    lines = (line.rpartition("=") for line in text.strip().splitlines())
    return tuple(form(notation.strip(), verb.strip()) for notation, _, verb in lines)


_FORMS = {"rigol-dp800": _table(_DP800), "keysight-34970a": _table(_34970A)}


def forms(dialect: str) -> tuple[Form, ...]:
    """What a family understands beyond its dialect file."""
    return _FORMS.get(dialect, ())


def plus(model: Model) -> bool:
    """Whether a family writes its status numbers with a sign, as its error query shows."""
    errors = [query for query in model.queries.values() if Operation.READ_ERROR in query.answers]
    return any(hole.spec.startswith("+") for query in errors for hole in query.answer.parts())


def decimals(operation: Operation, model: Model) -> int:
    """How many decimals a family writes where its dialect file asks this, or sets it; 3 where neither."""
    for query in model.queries.values():
        if operation in query.answers and query.answers[operation] < len(query.answer.parts()):
            found = hole_decimals(query.answer.parts()[query.answers[operation]])
            return 3 if found is None else found
    return 3


def verbs(dialect: str, panel: Panel) -> dict[str, Verb]:
    """What the extra words do on this instrument."""
    found: dict[str, Verb] = {
        "one": _always("1"),
        "version": _always("1994.0" if plus(panel.model) else "1999.0"),
        "options": _always("0"),
    }
    if dialect == "rigol-dp800":
        found |= _dp800_verbs(panel)
    if panel.model.meter is not None:
        found |= scan_verbs(panel)
    return found


def _always(text: str) -> Verb:
    return lambda _arguments: lambda: text


# ---------------------------------------------------------------- Rigol DP800


def _dp800_verbs(panel: Panel) -> dict[str, Verb]:
    found: dict[str, Verb] = {
        "selected name": lambda _arguments: lambda: f"CH{panel.selected}",
        "selected number": lambda _arguments: lambda: str(panel.selected),
        "apply": partial(_apply, panel),
        "applied": lambda arguments: panel.on_channel(partial(_applied, panel), arguments),
        "power": lambda arguments: panel.on_channel(partial(_power, panel), arguments),
        "cvcc": lambda arguments: panel.on_channel(partial(_cvcc, panel), arguments),
        "do clear_trip": _doing(panel, Operation.CLEAR_TRIP),
        "switch ovp": _switching(panel, Operation.OVP_ON, Operation.OVP_OFF),
        "switch ocp": _switching(panel, Operation.OCP_ON, Operation.OCP_OFF),
    }
    for operation, read in _HELD.items():
        found[f"set {operation}"] = _setting(panel, operation)
        found[f"held {operation}"] = _holding(panel, operation, read)
    for trip in (Operation.READ_OVP_TRIP, Operation.READ_OCP_TRIP):
        found[f"yes {trip}"] = _answering_yes(panel, trip)
    return found


_HELD = {
    Operation.SET_VOLTAGE: Operation.READ_VOLTAGE,
    Operation.SET_CURRENT: Operation.READ_CURRENT,
    Operation.SET_OVP: Operation.READ_OVP,
    Operation.SET_OCP: Operation.READ_OCP,
}


def _doing(panel: Panel, operation: Operation) -> Verb:
    return lambda arguments: panel.on_channel(lambda channel: panel.device.tell(operation, channel, 0.0), arguments)


def _switching(panel: Panel, on: Operation, off: Operation) -> Verb:
    return lambda arguments: _doing(panel, on if arguments.switch else off)(arguments)


def _setting(panel: Panel, operation: Operation) -> Verb:
    def setting(arguments: Arguments) -> Thunk:
        text = arguments.number or ""
        return panel.on_channel(
            lambda channel: panel.device.tell(operation, channel, panel.held(operation, channel, text)), arguments
        )

    return setting


def _holding(panel: Panel, operation: Operation, read: Operation) -> Verb:
    places = decimals(read, panel.model)

    def holding(arguments: Arguments) -> Thunk:
        def text(channel: int) -> str:
            if arguments.word:
                return f"{panel.held(operation, channel, arguments.word):.{places}f}"
            return f"{panel.device.read(read, channel):.{places}f}"

        return panel.on_channel(text, arguments)

    return holding


def _answering_yes(panel: Panel, operation: Operation) -> Verb:
    return lambda arguments: panel.on_channel(
        lambda channel: "YES" if panel.device.read(operation, channel) else "NO", arguments
    )


def _apply(panel: Panel, arguments: Arguments) -> Thunk:
    def act(channel: int) -> None:
        for operation, text in ((Operation.SET_VOLTAGE, arguments.number), (Operation.SET_CURRENT, arguments.second)):
            if text is not None:
                panel.device.tell(operation, channel, panel.held(operation, channel, text))

    return panel.on_channel(act, arguments)


def _applied(panel: Panel, channel: int) -> str:
    device = panel.device
    volts, amps = (device.limits(each, channel).high for each in (Operation.SET_VOLTAGE, Operation.SET_CURRENT))
    held = (device.read(each, channel) for each in (Operation.READ_VOLTAGE, Operation.READ_CURRENT))
    places = decimals(Operation.READ_VOLTAGE, panel.model)
    return ",".join([f"CH{channel}:{volts:g}V/{amps:g}A", *(f"{each:.{places}f}" for each in held)])


def _power(panel: Panel, channel: int) -> str:
    return f"{panel.device.aside('power', channel):.3f}"


def _cvcc(panel: Panel, channel: int) -> str:
    mode = str(panel.device.read(Operation.READ_REGULATION, channel))
    return "CV" if mode == "OFF" else mode  # it goes on showing CV while the output is off
