"""The exchanges of a walk in the form of a dialect file's `[[examples]]`: evidence from a real instrument, to keep."""

import json
from collections.abc import Iterator, Sequence

from benchctl.core.dialect.stride import Finding, Step
from benchctl.core.dialect.voice import Missing, Number, Operation, Text, Value
from benchctl.core.model import Identity, Regulation
from benchctl.core.text import safe_text


def examples(model: str, channel: int, steps: Sequence[Step], source: str) -> str:
    """TOML text. What was not fine stands there as a comment: it is no evidence for the dialect."""
    blocks = dict.fromkeys("\n".join(_block(model, channel, step, source)) + "\n" for step in steps if step.made)
    return "\n".join(blocks)


def _block(model: str, channel: int, step: Step, source: str) -> Iterator[str]:
    fine = step.finding is Finding.FINE
    mark = "" if fine else "# "
    if not fine:
        yield f"# {step.finding.value}: {safe_text(step.sentence)}"
    yield f"{mark}[[examples]]"
    for key, value in _keys(model, channel, step, source).items():
        yield f"{mark}{key} = {value}"


def _keys(model: str, channel: int, step: Step, source: str) -> dict[str, str]:
    keys = {"model": _text(model)}
    if step.operation is Operation.SCAN:
        keys["channels"] = f"[{channel}]"
    elif step.operation is not Operation.IDENTIFY:
        keys["channel"] = str(channel)
    keys["operation"] = _text(step.operation.value)
    if step.value is not None:
        keys["value"] = repr(float(step.value))
    keys["sends"] = f"[{', '.join(_bytes(sent) for sent, _ in step.made)}]"
    if step.made[-1][1]:
        keys["receives"] = _bytes(step.made[-1][1])
    return keys | _meaning(step) | {"source": _text(source)}


def _meaning(step: Step) -> dict[str, str]:
    if not step.means:
        return {}
    missing = [each for each in step.means if isinstance(each, Missing)]
    if missing:
        return {"absent": _text(missing[0].reason.value)}
    means = [_value(each) for each in step.means]
    return {"means": means[0] if len(means) == 1 else f"[{', '.join(means)}]"}


def _value(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Number():
            return repr(float(value.value))
        case Identity():
            parts = ("maker", "model", "serial", "firmware")
            return "{ " + ", ".join(f"{part} = {_text(getattr(value, part))}" for part in parts) + " }"
        case Regulation():
            return _text(value.value)
        case Text():
            return _text(value.text)
    raise TypeError(f"{value} has no form in an example")


def _bytes(raw: bytes) -> str:
    return _text(raw.decode("latin-1"))


def _text(text: str) -> str:
    """A JSON string is a TOML one but for the one control character that JSON leaves as it is."""
    return json.dumps(text).replace("\x7f", "\\u007f")
