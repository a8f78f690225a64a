"""What is said to an instrument to carry out an order, and what its answers come to. Sans-IO: generators only.

A conversation yields the exchanges it wants made, is sent the raw reply of each, and returns `Told`: the one outcome
of its order. `run_conversation` talks over anything that can `ask`: a real connection, or an instrument in memory.

Laws: nothing is set that is not read back. No conversation but `switch_on` switches on. `switch_off` says OFF before
it asks anything. After the first fault nothing more is asked: what is left is an absence, and the connection is no
longer trusted. A trip is cleared between two proofs that the output is off, and without the first not at all.
"""

from collections.abc import Generator, Sequence
from dataclasses import replace

from benchctl.core.dialect.dialogue import (
    CURRENT_LIMIT_A,
    TEMPERATURE_LIMIT_C,
    VOLTAGE_LIMIT_V,
    Answer,
    Asker,
    Clock,
    Conversation,
    LinkFault,
    Spot,
    Told,
    Unanswered,
    answered,
    asked,
    flag,
    look,
    measurement,
    run_conversation,
    told,
    trusted,
)
from benchctl.core.dialect.programming import Difference, difference, failed, program, read_back, read_settings, refusal
from benchctl.core.dialect.regulation import inferred
from benchctl.core.dialect.tripping import CLEARED_BY, tripped
from benchctl.core.dialect.voice import (
    Dialect,
    Exchange,
    Operation,
    RegulationSource,
    Unsupported,
    Value,
    Voice,
    printable,
)
from benchctl.core.dialect.watchdog import let_go, truly_on, unbitten
from benchctl.core.messages import (
    ClearTrip,
    Event,
    Identified,
    MetersScanned,
    Order,
    Poll,
    Polled,
    Program,
    ReadSettings,
    ReadTemperature,
    ScanMeters,
    SwitchedOff,
    SwitchedOn,
    SwitchOff,
    SwitchOn,
    TemperatureRead,
    TripCleared,
    WireFailed,
)
from benchctl.core.model import Absence, AbsenceReason, Identity, Measurement, Regulation, Settings, SupplySample

__all__ = [
    "Asker",
    "Clock",
    "Conversation",
    "LinkFault",
    "Spot",
    "Told",
    "clear_trip",
    "conversation",
    "identify",
    "poll",
    "program",
    "read_settings",
    "read_temperature",
    "run_conversation",
    "scan_meters",
    "switch_off",
    "switch_on",
    "unanswered",
]

MEASURED = (Operation.MEASURE_VOLTAGE, Operation.MEASURE_CURRENT)
ANSWERED = (*MEASURED, Operation.READ_REGULATION, Operation.READ_OUTPUT)
INFERRED = (*MEASURED, Operation.READ_VOLTAGE, Operation.READ_CURRENT, Operation.READ_OUTPUT)


def conversation(
    order: Order, instrument: str, spots: Sequence[Spot], known: Settings | None, now_s: Clock
) -> Conversation:
    """What carries out an order on these channels. `known` is what a live channel certainly holds (for `Program`).
    Raises LookupError for an order that no wire carries out."""
    match order:
        case ScanMeters():
            return scan_meters(instrument, spots, now_s)
        case Poll():
            return poll(spots[0], now_s)
        case ReadTemperature():
            return read_temperature(spots[0], now_s)
        case ReadSettings():
            return read_settings(spots[0])
        case Program(_, settings):
            return program(spots[0], settings, known)
        case SwitchOn(_, settings):
            return switch_on(spots[0], settings)
        case SwitchOff():
            return switch_off(spots[0])
        case ClearTrip(_, operator):
            return clear_trip(spots[0], operator)
    raise LookupError(f"{order} is no order for a wire")


def poll(spot: Spot, now_s: Clock) -> Conversation:
    """One look at a supply channel. Told `Polled`, always."""
    infers = spot.voice.dialect.regulation is RegulationSource.INFERRED
    asked_for, bites = INFERRED if infers else ANSWERED, spot.voice.can(Operation.READ_WATCHDOG_TRIP)
    answers = yield from look(spot.voice, (*asked_for, Operation.READ_WATCHDOG_TRIP) if bites else asked_for, now_s)
    seen = answers[: len(asked_for)]
    sample = _inferred(seen) if infers else _answered(seen)
    if bites:
        sample = replace(sample, output_on=unbitten(sample.output_on, answers[-1]))
    sound = trusted(sample.voltage, sample.current, sample.regulation, sample.output_on)
    return Told(Polled(spot.position, sample), sound)


def scan_meters(instrument: str, spots: Sequence[Spot], now_s: Clock) -> Conversation:
    """A reading or an absence for each spot, in that order; one scan where the meter can. Told `MetersScanned`."""
    if spots and spots[0].voice.can(Operation.SCAN):
        readings = yield from _scanned(spots, now_s)
    else:
        readings = yield from _one_by_one(spots, now_s)
    if trusted(*readings):
        readings = yield from _of_this_input(spots, readings, now_s)
    named = tuple((spot.position, reading) for spot, reading in zip(spots, readings, strict=True))
    return Told(MetersScanned(instrument, named), trusted(*readings))


def read_temperature(spot: Spot, now_s: Clock) -> Conversation:
    """A position's probe. Told `TemperatureRead`, always."""
    temperature = yield from _metered(spot.voice, Operation.MEASURE_TEMPERATURE, TEMPERATURE_LIMIT_C, now_s)
    return Told(TemperatureRead(spot.position, temperature), trusted(temperature))


def identify(instrument: str, dialect: Dialect, voice: Voice | None) -> Conversation:
    """Who is there; then `voice`, if given, takes remote control where the family needs that.
    Told `Identified` or `WireFailed`."""
    try:
        values = yield from asked(dialect.identify)
        if voice is not None and voice.can(Operation.REMOTE):
            yield from told(voice, Operation.REMOTE)
    except Unanswered as fault:
        return Told(WireFailed(instrument, None, "identify", fault.reason, fault.detail), False)
    (identity,) = values
    assert isinstance(identity, Identity)  # the grammar of this question has no other answer
    return Told(Identified(instrument, identity), True)


def switch_on(spot: Spot, settings: Settings) -> Conversation:
    """On, if the channel holds exactly `settings`, and read back. Told `SwitchedOn`, `SettingRefused`, `WireFailed`."""
    try:
        held = yield from read_back(spot.voice)
        found = difference(spot.voice, settings, held)
        if found is not None:
            return Told(refusal(spot, found), True)
        yield from told(spot.voice, Operation.OUTPUT_ON)
        if not (yield from truly_on(spot.voice)):
            trips = yield from tripped(spot.voice)
            why = f" ({' and '.join(trips)} tripped: {CLEARED_BY})" if trips else ""
            return Told(refusal(spot, Difference(f"output on{why}", 1.0, 0.0)), True)
    except (Unanswered, Unsupported) as fault:
        return failed(spot, "switch_on", fault)
    return Told(SwitchedOn(spot.position), True)


def switch_off(spot: Spot) -> Conversation:
    """Off at once, read back, once more if it is not off. Told `SwitchedOff`, always."""
    try:
        proven = yield from _off(spot.voice)
        if not proven:
            proven = yield from _off_again(spot.voice)
        sound = not proven or (yield from let_go(spot.voice))
    except Unanswered as fault:
        return Told(SwitchedOff(spot.position, False, fault.detail), False)
    except Unsupported as fault:
        return Told(SwitchedOff(spot.position, False, f"OFF was sent; {fault}"), True)
    return Told(SwitchedOff(spot.position, proven, "" if proven else "the output answers on after two OFFs"), sound)


def clear_trip(spot: Spot, operator: str | None) -> Conversation:
    """Off, proven; what has tripped, cleared where the supply can be told to; off, proven once more (safety 0.1).
    Told `TripCleared` or `WireFailed`."""
    voice = spot.voice
    cleared: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()
    try:
        off = yield from _off(voice)
        if off:
            standing = yield from tripped(voice)
        if standing and voice.can(Operation.CLEAR_TRIP):
            yield from told(voice, Operation.CLEAR_TRIP)
            off, cleared = not flag((yield from answered(voice, Operation.READ_OUTPUT))), standing
            standing = (yield from tripped(voice)) if off else ()
    except (Unanswered, Unsupported) as fault:
        return failed(spot, "clear_trip", fault)
    return Told(TripCleared(spot.position, operator, off, cleared, standing), True)


def unanswered(order: Order, instrument: str, reason: AbsenceReason, detail: str, at_s: float) -> Event:
    """The outcome of an order whose conversation could not be held at all."""
    absence = Absence(reason, at_s, detail)
    match order:
        case Poll(position):
            return Polled(position, SupplySample(absence, absence, absence, absence))
        case ScanMeters(meter, positions):
            return MetersScanned(meter, tuple((position, absence) for position in positions))
        case ReadTemperature(position):
            return TemperatureRead(position, absence)
        case SwitchOff(position):
            return SwitchedOff(position, False, detail)
    return WireFailed(instrument, order.position, _OPERATIONS[type(order).__name__], reason, detail)


_OPERATIONS = {
    "ReadSettings": "read_settings",
    "Program": "program",
    "SwitchOn": "switch_on",
    "ClearTrip": "clear_trip",
    "MoveLeads": "move_leads",
}


def _off(voice: Voice) -> Generator[Exchange, bytes, bool]:
    yield from told(voice, Operation.OUTPUT_OFF)
    return not flag((yield from answered(voice, Operation.READ_OUTPUT)))


def _off_again(voice: Voice) -> Generator[Exchange, bytes, bool]:
    """Someone may have taken the supply to local control, where it hears nothing."""
    if voice.can(Operation.REMOTE):
        yield from told(voice, Operation.REMOTE)
    return (yield from _off(voice))


def _scanned(spots: Sequence[Spot], now_s: Clock) -> Generator[Exchange, bytes, list[Measurement]]:
    meter = spots[0].voice.model.meter
    most = len(spots) if meter is None else meter.most
    readings: list[Measurement] = []
    for start in range(0, len(spots), most):
        readings += yield from _scan(spots[start : start + most], readings, now_s)
    return readings


def _scan(
    spots: Sequence[Spot], before: list[Measurement], now_s: Clock
) -> Generator[Exchange, bytes, list[Measurement]]:
    if not trusted(*before):
        return [_not_asked(now_s()) for _ in spots]
    voice = spots[0].voice
    scan = voice.dialect.scan(voice.model.name, [spot.voice.channel for spot in spots])
    values: tuple[Value, ...] = ()
    try:
        yield from _configured(voice)
        for exchange in scan.exchanges:
            values = yield from asked(exchange)
    except Unanswered as fault:
        return [Absence(fault.reason, now_s(), fault.detail) for _ in spots]
    found = dict(zip(scan.channels, values, strict=True))
    at_s = now_s()
    return [measurement((found[spot.voice.channel], at_s), VOLTAGE_LIMIT_V) for spot in spots]


def _one_by_one(spots: Sequence[Spot], now_s: Clock) -> Generator[Exchange, bytes, list[Measurement]]:
    readings: list[Measurement] = []
    for spot in spots:
        if trusted(*readings):
            readings.append((yield from _metered(spot.voice, Operation.MEASURE, VOLTAGE_LIMIT_V, now_s)))
        else:
            readings.append(_not_asked(now_s()))
    return readings


def _metered(voice: Voice, operation: Operation, limit: float, now_s: Clock) -> Generator[Exchange, bytes, Measurement]:
    try:
        yield from _configured(voice)
    except Unanswered as fault:
        return Absence(fault.reason, now_s(), fault.detail)
    (answer,) = yield from look(voice, (operation,), now_s)
    return measurement(answer, limit)


def _configured(voice: Voice) -> Generator[Exchange, bytes, None]:
    """The function is told before every reading: anyone may have turned the knob."""
    if voice.can(Operation.CONFIGURE):
        yield from told(voice, Operation.CONFIGURE)


def _of_this_input(
    spots: Sequence[Spot], readings: list[Measurement], now_s: Clock
) -> Generator[Exchange, bytes, list[Measurement]]:
    """A meter's keys are pressed by people: what it measured counts only if it says, after the scan, that it measures
    these terminals and this function (safety I20)."""
    if not spots or not spots[0].voice.can(Operation.READ_RANGE):
        return readings
    voice = spots[0].voice
    try:
        if flag((yield from answered(voice, Operation.READ_RANGE))):
            return readings
    except Unanswered as fault:
        return [Absence(fault.reason, now_s(), fault.detail) for _ in spots]
    return [Absence(AbsenceReason.WRONG_INPUT, now_s(), _wrong_input(voice)) for _ in spots]


def _wrong_input(voice: Voice) -> str:
    asked_for = printable(voice.ask(Operation.READ_RANGE).exchange.write.strip())
    return (
        f"{voice.model.name} does not measure what it is to measure, by its answer to {asked_for}: "
        "look at its front panel, which terminals and which function are selected"
    )


def _not_asked(at_s: float) -> Absence:
    return Absence(AbsenceReason.NOT_MEASURED, at_s, "not asked: an earlier question of the scan failed")


def _answered(answers: Sequence[Answer]) -> SupplySample:
    voltage, current, regulation, output = answers
    return SupplySample(*_measured(voltage, current), _regulation(regulation), _output(output))


def _inferred(answers: Sequence[Answer]) -> SupplySample:
    voltage, current, set_v, set_a, output = answers
    volts, amps = _measured(voltage, current)
    output_on = _output(output)
    return SupplySample(volts, amps, inferred(volts, amps, output_on, *_measured(set_v, set_a)), output_on)


def _measured(voltage: Answer, current: Answer) -> tuple[Measurement, Measurement]:
    return measurement(voltage, VOLTAGE_LIMIT_V), measurement(current, CURRENT_LIMIT_A)


def _regulation(answer: Answer) -> Regulation | Absence:
    if isinstance(answer, Absence):
        return answer
    value, at_s = answer
    return value if isinstance(value, Regulation) else Absence(AbsenceReason.GARBLED, at_s, f"no mode: {value}")


def _output(answer: Answer) -> bool | Absence:
    if isinstance(answer, Absence):
        return answer
    value, at_s = answer
    return value if isinstance(value, bool) else Absence(AbsenceReason.GARBLED, at_s, f"neither on nor off: {value}")
