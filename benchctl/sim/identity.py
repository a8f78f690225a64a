"""Who a simulated instrument says it is: a real unit's literal reply from its dialect file, with another number."""

import re
from collections.abc import Iterator
from random import Random

from benchctl.core.dialect.voice import Dialect, IdentityReply, Line, Model, Operation
from benchctl.edge.dialect_tables import ExampleTable
from benchctl.edge.dialects import DialectFile

_KEPT = 2
"""Leading digits of a serial number that stay: year or plant."""


def identity(file: DialectFile, model: Model, serial: str | None, firmware: str | None, rng: Random) -> str:
    """The `*IDN?` reply of a unit, without terminator. `serial` None: one drawn from `rng`, of the real form;
    `firmware` None: that of the example.

    Every family's file has an example for it. A family that states no serial number states none here.
    """
    for example in _examples(file, model):
        reply = _rewritten(file.dialect, example, model, serial, firmware, rng)
        if reply is not None:
            return reply
    return f"BENCHCTL,{model.name},{serial or 0},1.0"


def serial_of(dialect: Dialect, reply: str) -> str | None:
    """The serial number in a reply; None when it states none."""
    match = _match(dialect, reply)
    return (match.groupdict().get("serial") or b"").decode("latin-1") or None if match else None


def changed_identity(dialect: Dialect, reply: str, group: str) -> str:
    """The reply with another `serial` or `firmware`: its last digit is one more. Unchanged where there is none."""
    match = _match(dialect, reply)
    if match is None or group not in match.re.groupindex or match.span(group)[0] < 0:
        return reply
    start, end = match.span(group)
    at = next((place for place in range(end - 1, start - 1, -1) if reply[place].isdigit()), None)
    return reply if at is None else f"{reply[:at]}{(int(reply[at]) + 1) % 10}{reply[at + 1 :]}"


def _examples(file: DialectFile, model: Model) -> Iterator[str]:
    """Literal replies, the fittest first: of this model, with a serial number, without stray bytes behind."""
    found = [each for each in file.examples if each.operation is Operation.IDENTIFY and each.receives]
    for each in sorted(found, key=lambda each: _unfitness(each, model)):
        yield _body(file.dialect, each.receives or "")


def _unfitness(example: ExampleTable, model: Model) -> tuple[bool, bool, bool, bool]:
    text = example.receives or ""
    meant = example.means if isinstance(example.means, dict) else {}
    other = example.model != model.name
    return example.model not in model.names, other, not meant.get("serial"), not text.rstrip("\r\n").isprintable()


def _body(dialect: Dialect, received: str) -> str:
    reply = dialect.identify.reply
    framing = None if reply is None else reply.framing
    return received.rstrip("\r\n") if isinstance(framing, Line) else received


def _match(dialect: Dialect, body: str) -> re.Match[bytes] | None:
    reply = dialect.identify.reply
    patterns = reply.patterns if isinstance(reply, IdentityReply) else ()
    raw = body.encode("latin-1")
    return next((match for pattern in patterns if (match := pattern.fullmatch(raw))), None)


def _rewritten(
    dialect: Dialect, body: str, model: Model, serial: str | None, firmware: str | None, rng: Random
) -> str | None:
    match = _match(dialect, body)
    if match is None:
        return None
    spans = {name: match.span(name) for name in match.re.groupindex if match.span(name)[0] >= 0}
    for name, (start, end) in sorted(spans.items(), key=lambda item: -item[1][0]):
        if name == "model":
            body = body[:start] + model.name + body[end:]
        elif name == "serial" and end > start:
            body = body[:start] + (serial or _drawn(body[start:end], rng)) + body[end:]
        elif name == "firmware":
            body = body[:start] + (firmware or body[start:end]) + body[end:]
    again = _match(dialect, body)
    return body if again and again.group("model").decode("latin-1") == model.name else None


def _drawn(example: str, rng: Random) -> str:
    """A number of the same form: letters and the first digits stay."""
    text, kept = "", 0
    for letter in example:
        kept += letter.isdigit()
        text += str(rng.randrange(10)) if letter.isdigit() and kept > _KEPT else letter
    return text
