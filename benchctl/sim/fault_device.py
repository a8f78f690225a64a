"""An instrument that does not do what it is told, or does not say what is so: a wrap around the sound one.

A `Teller` sees every setting on its way in and may change or swallow it; a `Reader` sees every answer on its way out.
"""

from collections import defaultdict, deque
from collections.abc import Callable

from benchctl.core.dialect.voice import Operation
from benchctl.core.model import Regulation
from benchctl.sim.outlet import Limits, Scalar
from benchctl.sim.verbs import Device

NOT_A_NUMBER = 9.91e37
"""What a SCPI instrument answers where it has no value."""

Teller = Callable[[Operation, float], float | None]
"""The value that is set instead; None: nothing is."""

Reader = Callable[[Operation, Scalar], Scalar]
Undo = Callable[[], None]

MEASURES = (
    Operation.MEASURE_VOLTAGE,
    Operation.MEASURE_CURRENT,
    Operation.MEASURE,
    Operation.MEASURE_TEMPERATURE,
)
SETS = (
    Operation.SET_VOLTAGE,
    Operation.SET_CURRENT,
    Operation.SET_OVP,
    Operation.SET_OCP,
    Operation.OVP_ON,
    Operation.OVP_OFF,
    Operation.OCP_ON,
    Operation.OCP_OFF,
    Operation.SET_WATCHDOG,
    Operation.WATCHDOG_ON,
    Operation.WATCHDOG_OFF,
)


class AilingDevice:
    """A device with whatever ails it, channel by channel. Sound until something is added."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._tellers: defaultdict[int, list[Teller]] = defaultdict(list)
        self._readers: defaultdict[int, list[Reader]] = defaultdict(list)

    @property
    def channels(self) -> tuple[int, ...]:
        """The channels there are."""
        return self._device.channels

    def tell(self, operation: Operation, channel: int, value: float) -> None:
        """Carry out one setting, if it gets through."""
        for teller in tuple(self._tellers[channel]):
            changed = teller(operation, value)
            if changed is None:
                return
            value = changed
        self._device.tell(operation, channel, value)

    def read(self, operation: Operation, channel: int) -> Scalar:
        """Answer one question."""
        value = self._device.read(operation, channel)
        for reader in tuple(self._readers[channel]):
            value = reader(operation, value)
        return value

    def limits(self, operation: Operation, channel: int) -> Limits:
        """What a numeric setting can hold."""
        return self._device.limits(operation, channel)

    def select_range(self, channel: int, name: str) -> None:
        """Take a range by its name."""
        self._device.select_range(channel, name)

    def aside(self, name: str, channel: int) -> Scalar:
        """What else stands in an answer."""
        return self._device.aside(name, channel)

    def master(self, on: bool) -> None:
        """The switch of all channels together."""
        self._device.master(on)

    def reset(self) -> None:
        """As at power-on."""
        self._device.reset()

    def heard(self) -> None:
        """A word has come."""
        self._device.heard()

    # --- what ails it -------------------------------------------------------------------------------------------------

    def told_by(self, channel: int, teller: Teller) -> Undo:
        """Settings of this channel go through `teller` until it is undone."""
        self._tellers[channel].append(teller)
        return lambda: self._tellers[channel].remove(teller)

    def read_by(self, channel: int, reader: Reader) -> Undo:
        """Answers of this channel go through `reader` until it is undone."""
        self._readers[channel].append(reader)
        return lambda: self._readers[channel].remove(reader)


def deaf_to(*operations: Operation) -> Teller:
    """Swallows these."""
    return lambda operation, value: None if operation in operations else value


class Local:
    """In local control: swallows everything until remote control is taken again, and says so if it is asked."""

    def __init__(self) -> None:
        self._local = True

    def teller(self, operation: Operation, value: float) -> float | None:
        """See `Teller`."""
        self._local = self._local and operation is not Operation.REMOTE
        return None if self._local else value

    def reader(self, operation: Operation, true: Scalar) -> Scalar:
        """See `Reader`."""
        return not self._local if operation is Operation.READ_REMOTE else true


def says(value: Scalar, *operations: Operation) -> Reader:
    """Answers this to these."""
    return lambda operation, true: value if operation in operations else true


def shifted(operation: Operation, by: float) -> Reader:
    """Answers this with an offset."""

    def reader(asked: Operation, true: Scalar) -> Scalar:
        return true + by if asked is operation and isinstance(true, float) else true

    return reader


def scaled(operation: Operation, by: float) -> Reader:
    """Answers this by a factor too large."""

    def reader(asked: Operation, true: Scalar) -> Scalar:
        return true * by if asked is operation and isinstance(true, float) else true

    return reader


def instead(operation: Operation, probe: Callable[[], float]) -> Reader:
    """Answers this with what stands elsewhere."""
    return lambda asked, true: probe() if asked is operation else true


def frozen() -> Reader:
    """Measures once, and answers that for ever."""
    seen: dict[Operation, Scalar] = {}
    return lambda operation, true: seen.setdefault(operation, true) if operation in MEASURES else true


def cached(now_s: Callable[[], float], age_s: float) -> Reader:
    """Answers with what it measured this long ago."""
    seen: dict[Operation, deque[tuple[float, Scalar]]] = {}

    def reader(operation: Operation, true: Scalar) -> Scalar:
        if operation not in MEASURES:
            return true
        kept = seen.setdefault(operation, deque())
        kept.append((now_s(), true))
        while len(kept) > 1 and now_s() - kept[1][0] >= age_s:
            kept.popleft()
        return kept[0][1]

    return reader


def flag_wrong(operation: Operation, true: Scalar) -> Scalar:
    """CC for CV, and CV for CC."""
    if operation is not Operation.READ_REGULATION:
        return true
    return {Regulation.CV: Regulation.CC, Regulation.CC: Regulation.CV}.get(Regulation(str(true)), true)


def flag_off(operation: Operation, true: Scalar) -> Scalar:
    """Neither, as while the output is off."""
    return Regulation.OFF if operation is Operation.READ_REGULATION else true
