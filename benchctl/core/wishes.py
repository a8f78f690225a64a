"""What a person wants of a run, as events: few and small, so that a wish is made before anything else is loaded."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class StopRequested:
    """A person wants the run to end in order."""

    operator: str | None


@dataclass(frozen=True, slots=True)
class OffRequested:
    """A person wants every output off now."""

    operator: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """A prompt was answered."""

    prompt: str
    value: str
    operator: str | None


@dataclass(frozen=True, slots=True)
class AckRequested:
    """An alarm was acknowledged."""

    alarm: str
    operator: str | None


@dataclass(frozen=True, slots=True)
class ResetRequested:
    """A latch is to be lifted, its cause being gone."""

    position: str
    operator: str | None


Wish: TypeAlias = StopRequested | OffRequested | Answered | AckRequested | ResetRequested
