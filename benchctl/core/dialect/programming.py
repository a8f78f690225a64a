"""Telling a supply channel what to hold, and proving by reading back that it does. Never switches the output. Sans-IO.

Order matters twice. Range and sense come first, because they change what the numbers mean, and are asked before they
are told: switching them disturbs a live output. Then the set points in the order the dialect gives for a voltage that
rises or falls (some supplies refuse a voltage too near below the OVP).
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from benchctl.core.dialect.dialogue import (
    CURRENT_LIMIT_A,
    DOUBTFUL,
    VOLTAGE_LIMIT_V,
    WATCHDOG_LIMIT_S,
    Conversation,
    Spot,
    Told,
    Unanswered,
    answered,
    answers,
    flag,
    level,
    told,
)
from benchctl.core.dialect.errorqueue import complaints
from benchctl.core.dialect.tripping import CLEARED_BY
from benchctl.core.dialect.voice import Exchange, Operation, OutOfRange, Text, Unsupported, Value, Voice
from benchctl.core.dialect.watchdog import bitten
from benchctl.core.messages import Programmed, SettingRefused, SettingsRead, WireFailed
from benchctl.core.model import AbsenceReason, Ocp, Sense, Settings

RELATIVE_TOLERANCE = 0.001
ABSOLUTE_TOLERANCE = 0.005
"""How far what is read back may lie from what was set: 0.1 %, or 5 mV / 5 mA, or one step of resolution."""

READ_BACK = {
    Operation.SET_VOLTAGE: Operation.READ_VOLTAGE,
    Operation.SET_CURRENT: Operation.READ_CURRENT,
    Operation.SET_OVP: Operation.READ_OVP,
    Operation.SET_OCP: Operation.READ_OCP,
    Operation.SET_WATCHDOG: Operation.READ_WATCHDOG,
}
STATES = {
    Operation.OVP_ON: (Operation.READ_OVP_ON, True),
    Operation.OVP_OFF: (Operation.READ_OVP_ON, False),
    Operation.OCP_ON: (Operation.READ_OCP_ON, True),
    Operation.OCP_OFF: (Operation.READ_OCP_ON, False),
    Operation.WATCHDOG_ON: (Operation.READ_WATCHDOG_ON, True),
    Operation.WATCHDOG_OFF: (Operation.READ_WATCHDOG_ON, False),
}
USUAL_ORDER = (
    Operation.OVP_OFF,
    Operation.OCP_OFF,
    Operation.SET_CURRENT,
    Operation.SET_OVP,
    Operation.OVP_ON,
    Operation.SET_VOLTAGE,
    Operation.SET_OCP,
    Operation.OCP_ON,
    Operation.SET_WATCHDOG,
    Operation.WATCHDOG_ON,
    Operation.WATCHDOG_OFF,
)
"""Where the dialect file does not say otherwise."""

EVERY_TIME = (Operation.SET_WATCHDOG, Operation.WATCHDOG_ON)
"""A watchdog goes off without a sign (a front panel, a reset): it is told with every setting of a live channel."""

SETTINGS = (
    Operation.READ_VOLTAGE,
    Operation.READ_CURRENT,
    Operation.READ_OVP,
    Operation.READ_OVP_ON,
    Operation.READ_OCP,
    Operation.READ_OCP_ON,
    Operation.READ_WATCHDOG,
    Operation.READ_WATCHDOG_ON,
)

LIMITS = {
    Operation.SET_VOLTAGE: VOLTAGE_LIMIT_V,
    Operation.SET_CURRENT: CURRENT_LIMIT_A,
    Operation.SET_OVP: VOLTAGE_LIMIT_V,
    Operation.SET_OCP: CURRENT_LIMIT_A,
    Operation.SET_WATCHDOG: WATCHDOG_LIMIT_S,
}
"""Beyond these a number that is read back is none."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What was asked for and what was answered instead. For a switch, 1 is on and 0 off."""

    what: str
    asked: float
    answered: float


class _Refused(Exception):
    """The supply did not take a setting."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(difference.what)
        self.difference = difference


def program(spot: Spot, settings: Settings, previous: Settings | None) -> Conversation:
    """Set and read back. `previous` None: all of it, whatever the supply may hold. Else the channel is live and is
    known to hold `previous`: only what differs is set. Told `Programmed`, `SettingRefused` or `WireFailed`; with the
    first, what the supply had to complain of (safety 3.1)."""
    try:
        if previous is None:
            yield from _arm(spot, settings)
        else:
            yield from _follow(spot.voice, settings, previous)
        held = yield from read_back(spot.voice)
        _refuse(difference(spot.voice, settings, held))
        heard = yield from complaints(spot.voice)
    except _Refused as refused:
        return Told(refusal(spot, refused.difference), True)
    except (Unanswered, Unsupported, OutOfRange) as fault:
        return failed(spot, "program", fault)
    return Told(Programmed(spot.position, held, heard.entries), heard.trusted)


def read_settings(spot: Spot) -> Conversation:
    """Read set points, protections, who is in control, and the error queue. A protection that is off is None. Told
    `SettingsRead` or `WireFailed`."""
    try:
        held = yield from read_back(spot.voice)
        remote = yield from in_remote(spot.voice)
        heard = yield from complaints(spot.voice)
    except (Unanswered, Unsupported) as fault:
        return failed(spot, "read_settings", fault)
    return Told(SettingsRead(spot.position, held, heard.entries, remote), heard.trusted)


def in_remote(voice: Voice) -> Generator[Exchange, bytes, bool | None]:
    """Whether the supply says that remote control is taken; None: it cannot be asked. Raises Unanswered."""
    if not voice.can(Operation.READ_REMOTE):
        return None
    return flag((yield from answered(voice, Operation.READ_REMOTE)))


def refusal(spot: Spot, found: Difference) -> SettingRefused:
    """The event for a setting that was not taken."""
    return SettingRefused(spot.position, found.what, found.asked, found.answered)


def failed(spot: Spot, operation: str, fault: Exception) -> Told:
    """The event for an order that could not be carried out."""
    reason = fault.reason if isinstance(fault, Unanswered) else AbsenceReason.UNSUPPORTED
    return Told(WireFailed(spot.instrument, spot.position, operation, reason, str(fault)), reason not in DOUBTFUL)


def read_back(voice: Voice) -> Generator[Exchange, bytes, Settings]:
    """What the channel says it holds. A protection that is on without a level of its own acts at the set point.
    Raises Unanswered, Unsupported."""
    able = tuple(op for op in SETTINGS[2:] if voice.can(op))
    values = yield from answers(voice, SETTINGS[:2] + able)
    voltage_v = level(values[Operation.READ_VOLTAGE], VOLTAGE_LIMIT_V)
    current_a = level(values[Operation.READ_CURRENT], CURRENT_LIMIT_A)
    return Settings(
        voltage_v,
        current_a,
        _armed(values.get(Operation.READ_OVP), values.get(Operation.READ_OVP_ON), voltage_v, VOLTAGE_LIMIT_V),
        _armed(values.get(Operation.READ_OCP), values.get(Operation.READ_OCP_ON), current_a, CURRENT_LIMIT_A),
        _watched(values.get(Operation.READ_WATCHDOG), values.get(Operation.READ_WATCHDOG_ON)),
    )


def _armed(at: Value | None, on: Value | None, set_point: float, limit: float) -> float | None:
    if on is not None and not flag(on):
        return None
    if at is not None:
        return level(at, limit)
    return None if on is None else set_point


def _watched(delay: Value | None, on: Value | None) -> float | None:
    return None if delay is None or on is None or not flag(on) else level(delay, WATCHDOG_LIMIT_S)


def difference(voice: Voice, asked_for: Settings, held: Settings) -> Difference | None:
    """The first setting that is not as asked for, within tolerance; None when all are."""
    parts = (
        ("voltage", asked_for.voltage_v, held.voltage_v, Operation.SET_VOLTAGE),
        ("current", asked_for.current_a, held.current_a, Operation.SET_CURRENT),
        ("over-voltage protection", asked_for.ovp_v, held.ovp_v, Operation.SET_OVP),
        ("over-current protection", asked_for.ocp_a, held.ocp_a, Operation.SET_OCP),
        ("watchdog", asked_for.watchdog_s, held.watchdog_s, Operation.SET_WATCHDOG),
    )
    for what, wanted, found, operation in parts:
        if wanted is None or found is None:
            if wanted is not found:
                return _switch(what, wanted is not None)
        elif not near(wanted, found, _slack(voice, operation)):
            return Difference(what, wanted, found)
    return None


def _slack(voice: Voice, operation: Operation) -> float:
    """By how much a supply may round what it takes: not at all where it counts whole seconds."""
    return 0.0 if operation is Operation.SET_WATCHDOG else voice.step(operation)


def near(asked_for: float, held: float, step: float) -> bool:
    """Is a value that was read back the one that was set?"""
    tolerance = max(abs(asked_for) * RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE, step)
    return abs(asked_for - held) <= tolerance + 1e-9


def _switch(what: str, wanted: bool) -> Difference:
    return Difference(f"{what} {'on' if wanted else 'off'}", float(wanted), float(not wanted))


def _refuse(found: Difference | None) -> None:
    if found is not None:
        raise _Refused(found)


def _arm(spot: Spot, settings: Settings) -> Generator[Exchange, bytes, None]:
    voice = spot.voice
    wanted = _wanted(voice, settings)
    yield from _refuse_bitten(voice)
    yield from _take_control(voice)
    yield from _select_range(voice)
    yield from _select_sense(voice, spot.sense)
    before_v = level((yield from answered(voice, Operation.READ_VOLTAGE)), VOLTAGE_LIMIT_V)
    for operation in _ordered(voice, wanted, settings.voltage_v >= before_v):
        yield from _set(voice, operation, wanted[operation])


def _refuse_bitten(voice: Voice) -> Generator[Exchange, bytes, None]:
    """A watchdog's trip keeps the output off whatever is told, and is cleared only where a person asks for it."""
    if (yield from bitten(voice)):
        raise _Refused(Difference(f"tripped watchdog ({CLEARED_BY})", 0.0, 1.0))


def _take_control(voice: Voice) -> Generator[Exchange, bytes, None]:
    """Somebody may have taken local control since the connection was opened, and left it so."""
    if (yield from in_remote(voice)) is not False:
        return
    if voice.can(Operation.REMOTE):
        yield from told(voice, Operation.REMOTE)
    if (yield from in_remote(voice)) is not True:
        raise _Refused(Difference("remote control (its front panel has local control)", 1.0, 0.0))


def _follow(voice: Voice, settings: Settings, previous: Settings) -> Generator[Exchange, bytes, None]:
    known = _wanted(voice, previous)
    every = _wanted(voice, settings).items()
    wanted = {op: value for op, value in every if op in EVERY_TIME or op not in known or known[op] != value}
    for operation in _ordered(voice, wanted, settings.voltage_v >= previous.voltage_v):
        yield from _set(voice, operation, wanted[operation])


def _wanted(voice: Voice, settings: Settings) -> dict[Operation, float | None]:
    """Every operation that these settings take, with its number. Raises OutOfRange or Unsupported before anything
    is sent, rather than half way."""
    wanted: dict[Operation, float | None] = {
        Operation.SET_VOLTAGE: settings.voltage_v,
        Operation.SET_CURRENT: settings.current_a,
    }
    if settings.ovp_v is not None:
        wanted[Operation.SET_OVP] = settings.ovp_v
    if settings.ocp_a is not None:
        wanted[Operation.SET_OCP] = _level_only(voice, settings.ocp_a)
    if settings.watchdog_s is not None:
        wanted[Operation.SET_WATCHDOG] = settings.watchdog_s
    switches = (
        (settings.ovp_v, Operation.OVP_ON, Operation.OVP_OFF),
        (settings.ocp_a, Operation.OCP_ON, Operation.OCP_OFF),
        (settings.watchdog_s, Operation.WATCHDOG_ON, Operation.WATCHDOG_OFF),
    )
    for at, on, off in switches:
        switch = off if at is None else on
        if voice.can(switch):
            wanted[switch] = None
    for operation, value in wanted.items():
        voice.tell(operation, value)
    return wanted


def _level_only(voice: Voice, ocp_a: float) -> float:
    if voice.ability is None or voice.ability.ocp is not Ocp.LEVEL:
        raise Unsupported(f"{voice.model.name} has no over-current protection that may be armed while charging")
    return ocp_a


def _ordered(voice: Voice, wanted: dict[Operation, float | None], raising: bool) -> Sequence[Operation]:
    first = voice.dialect.raising if raising else voice.dialect.lowering
    order = dict.fromkeys((*USUAL_ORDER[:2], *first, *USUAL_ORDER))
    return [operation for operation in order if operation in wanted]


def _set(voice: Voice, operation: Operation, value: float | None) -> Generator[Exchange, bytes, None]:
    """Tell, and read the same back at once: nothing more is set on a supply that did not take the last."""
    yield from told(voice, operation, value)
    if value is None:
        yield from _prove_switch(voice, operation)
    else:
        yield from _prove_level(voice, operation, value)


def _prove_level(voice: Voice, operation: Operation, value: float) -> Generator[Exchange, bytes, None]:
    held = level((yield from answered(voice, READ_BACK[operation])), LIMITS[operation])
    if not near(value, held, _slack(voice, operation)):
        raise _Refused(Difference(str(operation), value, held))


def _prove_switch(voice: Voice, operation: Operation) -> Generator[Exchange, bytes, None]:
    question, wanted = STATES[operation]
    if flag((yield from answered(voice, question))) is not wanted:
        raise _Refused(Difference(str(operation), float(wanted), float(not wanted)))


def _select_range(voice: Voice) -> Generator[Exchange, bytes, None]:
    name = voice.range_name
    if name is None or (yield from _range_is(voice, name)):
        return
    yield from told(voice, Operation.CONFIGURE)
    if not (yield from _range_is(voice, name)):
        raise _Refused(Difference(f"range {name}", 1.0, 0.0))


def _range_is(voice: Voice, name: str) -> Generator[Exchange, bytes, bool]:
    value = yield from answered(voice, Operation.READ_RANGE)
    return isinstance(value, Text) and value.text == name


def _select_sense(voice: Voice, sense: Sense) -> Generator[Exchange, bytes, None]:
    operation = Operation.SENSE_REMOTE if sense is Sense.REMOTE else Operation.SENSE_LOCAL
    terminals = voice.ability is not None and voice.ability.remote_sense
    if sense is Sense.REMOTE and not terminals:
        raise Unsupported(f"{voice.model.name} channel {voice.channel} has no remote sense")
    if not terminals or not voice.can(operation) or (yield from _sense_is(voice, sense)):
        return
    yield from told(voice, operation)
    if not (yield from _sense_is(voice, sense)):
        raise _Refused(Difference(f"{sense} sense", 1.0, 0.0))


def _sense_is(voice: Voice, sense: Sense) -> Generator[Exchange, bytes, bool]:
    remote = flag((yield from answered(voice, Operation.READ_SENSE)))
    return remote is (sense is Sense.REMOTE)
