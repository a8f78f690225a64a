"""A walk through every operation that a dialect claims for an instrument, harmless to whatever hangs on it. Sans-IO.

    walk             one channel of a supply or a meter
    Walked           the steps that were made, or why nothing was told to it

Nothing is set above `TRY_V` and `TRY_A`, and the output goes on only after both have been read back. A supply is left
with its output off and those settings. With an output on, or more than `EMPTY_V` at the terminals of one that is off,
nothing is told at all: somebody may be charging a battery with it.
"""

from dataclasses import dataclass

from benchctl.core.dialect.dialogue import TEMPERATURE_LIMIT_C, VOLTAGE_LIMIT_V
from benchctl.core.dialect.programming import ABSOLUTE_TOLERANCE as TOLERANCE, RELATIVE_TOLERANCE, STATES, USUAL_ORDER
from benchctl.core.dialect.stride import (
    Finding,
    Step,
    Strides,
    Strode,
    any_answer,
    at_most,
    close_to,
    number_of,
    one_of,
)
from benchctl.core.dialect.voice import Operation, OutputScope, Unsupported, Value, Voice
from benchctl.core.model import Regulation

TRY_V, TRY_A = 3.0, 0.1
"""What is set: within the 5 V and 0.1 A that do no harm."""

TRY_OVP_V, TRY_OCP_A, TRY_WATCHDOG_S = 4.5, 0.2, 30.0
"""Levels of protections, above what is set; where the range does not reach there, its nearest end."""

HARMLESS_V = 5.0
EMPTY_V = 1.0

NEAR_V = 0.5
"""An idle output is up when its voltage is as near as this; a wrong channel or unit would be farther off."""

SLEW_LOOKS = 5
"""How often the voltage is asked for until the output has come up."""

ERRORS = 20
"""As many old errors as a queue may hold are read away first."""

LEVELS = {
    Operation.SET_VOLTAGE: (TRY_V, Operation.READ_VOLTAGE),
    Operation.SET_CURRENT: (TRY_A, Operation.READ_CURRENT),
    Operation.SET_OVP: (TRY_OVP_V, Operation.READ_OVP),
    Operation.SET_OCP: (TRY_OCP_A, Operation.READ_OCP),
    Operation.SET_WATCHDOG: (TRY_WATCHDOG_S, Operation.READ_WATCHDOG),
}

NO_ERROR = close_to(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Walked:
    """`refused`: why nothing was told to the instrument; None: every operation was tried, or has a step that says why
    not. `claimed` are the operations of the channel, in the order of `Operation`."""

    claimed: tuple[Operation, ...]
    steps: tuple[Step, ...]
    refused: str | None

    @property
    def fine(self) -> bool:
        """Whether every operation did what it should."""
        return self.refused is None and all(step.finding is Finding.FINE for step in self.steps)


def walk(voice: Voice) -> Strode[Walked]:
    """Every operation of this channel."""
    strides = Strides(voice)
    claimed = tuple(operation for operation in Operation if _claims(voice, operation))
    if (yield from strides.ask(Operation.IDENTIFY, any_answer)) is None:
        return Walked(claimed, tuple(strides.steps), "It does not say who it is.")
    refused = yield from (_supply(strides) if voice.ability is not None else _meter(strides))
    if refused is None:
        tried = {step.operation for step in strides.steps}
        for operation in claimed:
            if operation not in tried:
                strides.skip(operation, strides.given_up or "nothing that was tried led to it")
    return Walked(claimed, tuple(strides.steps), refused)


def _claims(voice: Voice, operation: Operation) -> bool:
    if operation not in LEVELS or not voice.can(operation):
        return voice.can(operation)
    try:
        voice.limits(operation)
    except Unsupported:
        return False
    return True


# ---------------------------------------------------------------- meters


def _meter(strides: Strides) -> Strode[None]:
    yield from _read_away_errors(strides)
    yield from strides.tell(Operation.REMOTE, None, None, any_answer)
    yield from strides.tell(Operation.CONFIGURE, None, None, any_answer)
    yield from strides.ask(Operation.MEASURE, at_most(VOLTAGE_LIMIT_V))
    yield from strides.scan(at_most(VOLTAGE_LIMIT_V))
    yield from strides.ask(Operation.READ_RANGE, _these_terminals)
    yield from strides.ask(Operation.MEASURE_TEMPERATURE, at_most(TEMPERATURE_LIMIT_C))
    yield from strides.ask(Operation.READ_ERROR, NO_ERROR)


def _these_terminals(value: Value) -> str | None:
    return None if value is True else "it measures other terminals or another function: look at its front panel"


def _read_away_errors(strides: Strides) -> Strode[None]:
    """What was wrong before is not this walk's finding."""
    for _ in range(ERRORS):
        if not number_of((yield from strides.quietly(Operation.READ_ERROR))):
            return


# ---------------------------------------------------------------- supplies


def _supply(strides: Strides) -> Strode[str | None]:
    objection = yield from _in_use(strides)
    if objection is not None:
        return objection
    yield from _read_away_errors(strides)
    yield from strides.tell(Operation.REMOTE, None, None, any_answer)
    yield from strides.ask(Operation.READ_REMOTE, one_of(True))
    yield from _select(strides)
    yield from _set(strides)
    yield from _trips(strides)
    yield from _energise(strides)
    strides.resume()
    for _ in range(2):
        if (yield from strides.tell(Operation.OUTPUT_OFF, None, Operation.READ_OUTPUT, one_of(False))):
            break
    yield from strides.ask(Operation.READ_ERROR, NO_ERROR)
    return None


def _in_use(strides: Strides) -> Strode[str | None]:
    """Why this supply must be left alone."""
    here = strides.voice
    if (yield from strides.quietly(Operation.READ_OUTPUT)) is None:  # some answer nothing before
        yield from strides.tell(Operation.REMOTE, None, None, any_answer)
    for each in (strides, *(Strides(voice) for voice in _others(here))):
        on = yield from each.ask(Operation.READ_OUTPUT, any_answer)
        if on is not False:
            why = "is on" if on is True else "does not say that it is off"
            return f"The output of channel {each.voice.channel} {why}: switch it off first."
        volts = number_of((yield from each.ask(Operation.MEASURE_VOLTAGE, at_most(VOLTAGE_LIMIT_V))))
        if volts is None:
            return f"Channel {each.voice.channel} does not say what voltage is at its terminals."
        if not abs(volts) <= EMPTY_V:
            return (
                f"{volts:.2f} V at the terminals of channel {each.voice.channel} with the output off: a battery is "
                "connected, or something else that holds a voltage. Take it off first."
            )
    return None


def _others(voice: Voice) -> list[Voice]:
    """The other channels of the supply."""
    numbers = [number for number in voice.model.channels if number != voice.channel]
    return [voice.dialect.voice(voice.model.name, number) for number in numbers]


def _select(strides: Strides) -> Strode[None]:
    yield from strides.tell(Operation.CONFIGURE, None, None, any_answer)
    yield from strides.ask(Operation.READ_RANGE, any_answer)
    for operation, remote in ((Operation.SENSE_REMOTE, True), (Operation.SENSE_LOCAL, False)):
        yield from strides.tell(operation, None, Operation.READ_SENSE, one_of(remote))
    yield from strides.ask(Operation.READ_SENSE, any_answer)


def _set(strides: Strides) -> Strode[None]:
    voice = strides.voice
    before_v = number_of((yield from strides.quietly(Operation.READ_VOLTAGE)))
    rises = before_v is not None and before_v <= TRY_V
    order = voice.dialect.raising if rises else voice.dialect.lowering
    for operation in dict.fromkeys((*USUAL_ORDER[:2], *order, *USUAL_ORDER)):
        if operation in LEVELS:
            yield from _set_level(strides, operation)
        else:
            question, wanted = STATES[operation]
            yield from strides.tell(operation, None, question, one_of(wanted))
    if voice.can(Operation.OCP_ON):  # some trip while the output charges its own capacitor
        yield from strides.tell(Operation.OCP_OFF, None, Operation.READ_OCP_ON, one_of(False))


def _set_level(strides: Strides, operation: Operation) -> Strode[None]:
    voice = strides.voice
    if not _claims(voice, operation):
        return
    wanted, question = LEVELS[operation]
    low, high = voice.limits(operation)
    step = voice.step(operation)
    value = min(wanted if wanted >= low else low + step, high)  # what is told is rounded down
    tolerance = max(RELATIVE_TOLERANCE * value, TOLERANCE, step)
    yield from strides.tell(operation, value, question, close_to(value, tolerance))


def _trips(strides: Strides) -> Strode[None]:
    trips: list[Value | None] = []
    for operation in (Operation.READ_OVP_TRIP, Operation.READ_OCP_TRIP, Operation.READ_WATCHDOG_TRIP):
        trips.append((yield from strides.ask(operation, one_of(False))))  # noqa: PERF401  # a comprehension cannot yield
    if True in trips:
        strides.skip(Operation.CLEAR_TRIP, "a protection has tripped: look at it first")
    yield from strides.tell(Operation.CLEAR_TRIP, None, Operation.READ_OUTPUT, one_of(False))


def _energise(strides: Strides) -> Strode[None]:
    """On at a few volts, if it certainly holds no more than that; whatever comes of it, OFF follows."""
    objection = yield from _harmful(strides)
    if objection is not None:
        strides.skip(Operation.OUTPUT_ON, objection)
        return
    if not (yield from strides.tell(Operation.OUTPUT_ON, None, Operation.READ_OUTPUT, one_of(True))):
        return
    up = close_to(TRY_V, NEAR_V)
    for _ in range(SLEW_LOOKS):
        seen = yield from strides.quietly(Operation.MEASURE_VOLTAGE)
        if seen is None or up(seen) is None:
            break
    volts = number_of((yield from strides.ask(Operation.MEASURE_VOLTAGE, up)))
    if volts is None or not volts <= HARMLESS_V:
        return
    yield from strides.ask(Operation.MEASURE_CURRENT, at_most(2 * TRY_A))
    yield from strides.ask(Operation.READ_REGULATION, one_of(Regulation.CV, Regulation.CC))


def _harmful(strides: Strides) -> Strode[str | None]:
    """Why the output must stay off."""
    for operation, limit in ((Operation.READ_VOLTAGE, HARMLESS_V), (Operation.READ_CURRENT, TRY_A)):
        held = number_of((yield from strides.quietly(operation)))
        if held is None or not held <= limit + TOLERANCE:
            return f"it was not proven that no more than {HARMLESS_V:g} V and {TRY_A:g} A are set"
    if strides.voice.dialect.output_scope is OutputScope.GLOBAL:
        for voice in _others(strides.voice):
            if not (yield from _lowered(Strides(voice))):
                return f"it has one switch for all channels, and channel {voice.channel} could not be set to 0 V"
    return None


def _lowered(strides: Strides) -> Strode[bool]:
    for operation, value in ((Operation.SET_VOLTAGE, 0.0), (Operation.SET_CURRENT, 0.0)):
        near = close_to(0.0, max(TOLERANCE, strides.voice.step(operation)))
        if not (yield from strides.tell(operation, value, LEVELS[operation][1], near)):
            return False
    return True
