"""Which instrument plays each part of a bench file: what the file leaves out, a simulated bench has to choose."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from benchctl.core.dialect.voice import Model
from benchctl.core.errors import UsageFault
from benchctl.core.model import ChannelRef, InstrumentEntry, Position
from benchctl.edge.dialects import DialectFile, load_dialect_file, shipped_dialects
from benchctl.edge.shipped import shipped_folder

SUPPLY, METER, HELD = "rigol-dp800", "keysight-34970a", "keysight-34461a"
"""What is simulated where a file names neither dialect nor model: a supply, a scanner, a meter held by hand."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The dialect and model that an instrument of the bench file is played by."""

    file: DialectFile
    model: Model

    def sees(self, name: str, position: Position) -> bool:
        """Whether the instrument of this name has anything to do with a position."""
        refs = (position.supply, position.meter, position.temperature)
        return position.hand_probed == name or any(ref is not None and ref.instrument == name for ref in refs)


def cast(entry: InstrumentEntry, positions: Sequence[Position]) -> Cast:
    """Choose dialect and model for an instrument. Raises FileFault or UsageFault with a sentence."""
    supplies, measures = used_channels(entry.name, positions)
    if supplies and measures:
        raise UsageFault(f"{entry.name} cannot both supply and measure: name two instruments")
    channels = supplies | measures
    held = any(each.hand_probed == entry.name for each in positions)
    usual = HELD if held else METER if measures else SUPPLY
    file = dialect_file(entry.dialect) if entry.dialect else _chosen(entry, usual, channels)
    return Cast(file, _model(entry, file, channels))


def used_channels(name: str, positions: Sequence[Position]) -> tuple[set[int], set[int]]:
    """The channels by which positions use an instrument: as a supply, and as a meter."""
    supplies = {each.supply.channel for each in positions if each.supply.instrument == name}
    refs = [ref for each in positions for ref in (each.measured_by, each.temperature)]
    measures = {ref.channel for ref in refs if isinstance(ref, ChannelRef) and ref.instrument == name}
    return supplies, measures


@cache
def dialect_file(name: str) -> DialectFile:
    """A shipped dialect with its examples. Raises FileFault or UsageFault."""
    if name not in shipped_dialects():
        raise UsageFault(f"there is no dialect '{name}'; known are {', '.join(shipped_dialects())}")
    return load_dialect_file(shipped_folder("instruments") / f"{name}.toml")


def _chosen(entry: InstrumentEntry, usual: str, channels: set[int]) -> DialectFile:
    """By the model; without one the usual dialect, or else the first of its kind that has such channels."""
    files = [dialect_file(name) for name in (usual, *shipped_dialects())]
    kind = files[0].dialect.kind
    for file in files:
        fits = any(channels <= _has(model) for model in file.dialect.models.values())
        if entry.model in file.dialect.models or (entry.model is None and file.dialect.kind is kind and fits):
            return file
    if entry.model is None:
        return files[0]
    raise UsageFault(f"{entry.name}: no dialect knows the model '{entry.model}'; see `benchctl instruments list`")


def _model(entry: InstrumentEntry, file: DialectFile, channels: set[int]) -> Model:
    if entry.model is not None:
        model = named_model(file, entry.model)
        if missing := channels - _has(model):
            raise UsageFault(f"{entry.name}: a {model.name} has no channel {', '.join(map(str, sorted(missing)))}")
        return model
    for model in file.dialect.models.values():
        if channels <= _has(model):
            return model
    raise UsageFault(f"{entry.name}: no model of {file.dialect.name} has the channels {sorted(channels)}")


def named_model(file: DialectFile, name: str) -> Model:
    """A model by the name on its front panel. Raises UsageFault."""
    model = file.dialect.models.get(name)
    if model is None:
        known = ", ".join(file.dialect.models)
        raise UsageFault(f"'{name}' is no model of {file.dialect.name}; it has {known}")
    return model


def _has(model: Model) -> set[int]:
    return set(model.meter.numbers) if model.meter is not None else set(model.channels)
