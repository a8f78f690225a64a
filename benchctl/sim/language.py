"""What an instrument understands, from its dialect file: each template widened to all that SCPI lets a client say.

A dialect file holds the one short form that benchctl sends, `:OUTP CH1,ON`. A real instrument also takes
`output:state on`. So every keyword known here gets its long form, the usual optional nodes are added, the channel
may be left out (then the selected one is meant), and every setter can be asked.
"""

import re
from collections.abc import Iterator

from benchctl.core.dialect.template import Hole, Template
from benchctl.core.dialect.voice import Command, Model, Operation, Query
from benchctl.sim.notation import Form, form
from benchctl.sim.supplying import HELD

_KEYWORDS = """
ABORt ACQuire ALL AMPLitude APERture APPLy AUTO BEEPer CHANnel CLEar CLOSe CONDition CONFigure COUNt COUPle COUPling
CTYPe CURRent DATA DELay DISPlay DMM ENABle ERRor EVENt EXCLusive FETCh FORMat FREQuency FUNCtion GENeral IMMediate
IMPedance INITiate INPut INSTalled INSTrument INTernal ISUMmary LEVel LIMit LOCK LOCal MEASure MODE MONitor NEXT
NPLCycles NSELect OCP OPEN OPERation OUTPut OVP POSition POWEr PRESet PROTection QUEStionable RANGe RATE READ
READing REGister RELay REMote RESistance RESolution RJUNction ROUTe RWLock SCALar SCAN SELect SENSe SOURce STATe
STATus SYSTem TCouple TEMPerature TERMinals TEXT TIME TIMer TRACk TRANsducer TRIGger TRIPped TYPE UNIT VALue VERSion
VOLTage ZERO
"""
_LONG = {"".join(letter for letter in word if not letter.islower()): word for word in _KEYWORDS.split()}
_LONG |= {"POW": "POWer", "CLEAR": "CLEar", "SENSE": "SENSe", "NPLC": "NPLC", "STAT": "STATe"}

_OPTIONAL_NODES = tuple(
    (re.compile(pattern), nodes)
    for pattern, nodes in (
        (r"^(?::SOURce(?:<ch>)?)?:(?=(?:VOLTage|CURRent)\b)", "[:SOURce[<ch>]]:"),
        (r"^:STATe:", ":STATus:"),
        (r"^:SENSe:", "[:SENSe]:"),
        (r"^:ROUTe:", "[:ROUTe]:"),
        (r"^:MEASure:", ":MEASure[:SCALar]:"),
        (r"^:CONFigure:", ":CONFigure[:SCALar]:"),
        (r"^(:(?:MEASure|CONFigure)\[:SCALar\]:(?:VOLTage|CURRent))(?::DC)?$", r"\1[:DC]"),
        (r"^(\[:SOURce\[<ch>\]\]:(?:VOLTage|CURRent))$", r"\1[:LEVel][:IMMediate][:AMPLitude]"),
        (r":PROTection$", ":PROTection[:LEVel]"),
        (r"^:OUTPut((?:<ch>)?)$", r":OUTPut\1[:STATe]"),
        (r"^(:OUTPut(?:<ch>)?:(?:OVP|OCP|SENSe))$", r"\1[:STATe]"),
        (r"^:SYSTem:ERRor$", ":SYSTem:ERRor[:NEXT]"),
        (r"^:INSTrument$", ":INSTrument[:SELect]"),
    )
)
_NUMERIC_LITERAL = re.compile(r"[+-]?\d+(?:\.\d+)?|AUTO|MIN|MAX|DEF")

READS = {
    Operation.OVP_ON: Operation.READ_OVP_ON,
    Operation.OCP_ON: Operation.READ_OCP_ON,
    Operation.WATCHDOG_ON: Operation.READ_WATCHDOG_ON,
    Operation.OUTPUT_ON: Operation.READ_OUTPUT,
    Operation.SENSE_REMOTE: Operation.READ_SENSE,
    Operation.CONFIGURE: Operation.READ_RANGE,
}
"""The question that belongs to a setter without a number."""


def forms(model: Model) -> tuple[Form, ...]:
    """Everything a model's dialect file lets a client say, in the order to try it.

    Verbs: `ask NAME` a query, `tell OPERATION`, `select` a channel, `pass` nothing, and of a setter that is asked
    `read OPERATION` or, where it takes a number, `held OPERATION`.
    """
    found = [each for query in model.queries.values() for each in _query_forms(query)]
    found += [each for command in model.commands.values() for each in _command_forms(command)]
    found += [each for command in model.commands.values() for each in _asked_setters(command)]
    return tuple(sorted(found, key=lambda each: each.verb == "pass"))


def _query_forms(query: Query) -> Iterator[Form]:
    *before, last = _units(query.write)
    for text in before:
        yield form(widened(text), "select" if _selects(text) else "pass")
    yield form(widened(last), f"ask {query.name}")


def _command_forms(command: Command) -> Iterator[Form]:
    texts = [text for write in command.writes for text in _units(write)]
    numeric = any("<number>" in text for text in texts)
    for text in texts:
        acts = not numeric or "<number>" in text
        yield form(widened(text), "select" if _selects(text) else f"tell {command.operation}" if acts else "pass")


def _selects(text: str) -> bool:
    return text.upper().lstrip(":").startswith("INST") and "<ch>" in text


def _asked_setters(command: Command) -> Iterator[Form]:
    if command.operation in HELD:
        verb, limits = f"held {command.operation}", "[MINimum|MAXimum|DEFault,]"
    elif command.operation in READS:
        verb, limits = f"read {READS[command.operation]}", ""
    else:
        return
    text = next((each for each in _units(command.writes[-1]) if not limits or "<number>" in each), "")
    header, _, rest = text.partition(" ")
    kept = [f"[{each.strip()},]" for each in rest.split(",") if "<ch>" in each]
    yield form(widened(f"{header}? {limits}{''.join(kept)}".strip()), verb)


def _units(template: Template) -> list[str]:
    return [text.strip() for text in re.split(r"[;\n]", _text(template)) if text.strip()]


def _text(template: Template) -> str:
    return "".join(piece if isinstance(piece, str) else _hole(piece) for piece in template.pieces)


def _hole(hole: Hole) -> str:
    if hole.spec:
        return "<number>"
    return {"channel": "<ch>", "channels": "<list>"}.get(hole.name, "<word>")


def widened(text: str) -> str:
    """Short forms of a template as the notation of `notation.form`."""
    header, _, rest = text.partition(" ")
    return f"{_header(header)} {_arguments(rest)}".strip()


def _header(header: str) -> str:
    if header.startswith("*"):
        return header
    bare, question = header.removesuffix("?"), "?" if header.endswith("?") else ""
    named = "".join(f":{_keyword(node)}" for node in bare.removeprefix(":").split(":"))
    for pattern, nodes in _OPTIONAL_NODES:
        named = pattern.sub(nodes, named)
    return named + question


def _keyword(node: str) -> str:
    word = re.match(r"[A-Za-z]*", node)
    name = word.group() if word else ""
    return _LONG.get(name.upper(), name.upper()) + node[len(name) :]


def _arguments(rest: str) -> str:
    return ",".join(_argument(each.strip()) for each in rest.split(",")) if rest else ""


def _argument(text: str) -> str:
    if "<ch>" in text and text != "<ch>":
        return f"[{text},]"
    if text in ("ON", "OFF"):
        return f"{text}|{'1' if text == 'ON' else '0'}"
    return "[<any>,]" if _NUMERIC_LITERAL.fullmatch(text) else text
