"""Single instruments for the tests of what strangers say: with a resistor, a source, or of every model there is."""

from collections.abc import Iterator
from random import Random

from benchctl.edge.dialects import shipped_dialects
from benchctl.sim.casting import dialect_file
from benchctl.sim.instrument import Instrument
from benchctl.sim.single import Attached, SingleInstrument


def load(dialect: str, model: str, ohms: float) -> SingleInstrument:
    return SingleInstrument(dialect, model, Attached(load_ohm=ohms), Random(1))


def source(dialect: str, model: str, volts: float) -> SingleInstrument:
    return SingleInstrument(dialect, model, Attached(volts_v=volts), Random(1))


def models() -> list[tuple[str, str]]:
    """Every model of every family that has lines and words."""
    files = {name: dialect_file(name) for name in shipped_dialects()}
    return [
        (name, model) for name, file in files.items() if file.dialect.write_terminator for model in file.dialect.models
    ]


def attached() -> Iterator[Instrument]:
    for name, model in models():
        played = SingleInstrument(name, model, Attached(), Random(1)).instrument
        assert isinstance(played, Instrument)
        yield played
