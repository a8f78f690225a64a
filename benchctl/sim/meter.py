"""A simulated meter or scanner: what stands on its channels, with noise and a small fixed error. No text here."""

from collections.abc import Callable, Mapping
from random import Random

from benchctl.core.dialect.voice import MeterChannels, Operation
from benchctl.core.model import MeterAbility
from benchctl.sim.outlet import Error, Limits, Scalar

NOISE_V = 50e-6
NOISE_C = 0.05
NOISE_PART = 2e-5
OVERLOAD = 9.9e37
"""What a SCPI meter answers for more than its range can show."""
OVER_RANGE = 1.2
"""A range shows a fifth more than its name."""
MOST_V = 1000.0

Probe = Callable[[], float]


class Meter:
    """The channels of one meter. `volts` and `degrees` give what truly stands on a channel; others are open.

    `ohms`: a resistance that hangs on every channel.
    """

    def __init__(
        self,
        channels: MeterChannels,
        volts: Mapping[int, Probe],
        degrees: Mapping[int, Probe],
        rng: Random,
        ohms: float | None = None,
    ) -> None:
        self.channels = tuple(sorted(channels.numbers))
        self._ability = channels.ability
        self._volts, self._degrees, self._rng, self._ohms = volts, degrees, rng, ohms
        self._error = _error(channels.ability, rng)
        self._offset_c = rng.uniform(-0.2, 0.2)

    def tell(self, operation: Operation, channel: int, value: float) -> None:
        """Meters have no settings that change what they read here."""

    def read(self, operation: Operation, channel: int) -> Scalar:
        """Answer one question of the dialect."""
        if operation is Operation.READ_RANGE:
            return True  # the terminals and the function that it is read by
        return self.degrees(channel) if operation is Operation.MEASURE_TEMPERATURE else self.volts(channel)

    def limits(self, operation: Operation, channel: int) -> Limits:
        """No setting has limits."""
        del operation, channel
        return Limits(0.0, 0.0, 0.0)

    def select_range(self, channel: int, name: str) -> None:
        """The range follows from the command."""

    def aside(self, name: str, channel: int) -> Scalar:
        """Beside a reading stands the channel; by the name of a function, A, ohm, Hz or s: 0, or over all range."""
        if name in ("RES", "FRES", "CONT") and self._ohms is not None:
            return self._ohms * (1.0 + self._rng.gauss(0.0, NOISE_PART))
        if name.startswith(("VOLT:AC", "CURR", "FREQ", "PER")):
            return abs(self._rng.gauss(0.0, NOISE_V))
        return OVERLOAD if name.isupper() else float(channel)

    def master(self, on: bool) -> None:
        """A meter has no outputs."""

    def reset(self) -> None:
        """Nothing to forget."""

    def heard(self) -> None:
        """Nobody waits for a word."""

    def volts(self, channel: int) -> float:
        """One reading of a channel, V; an open channel drifts about 0."""
        probe = self._volts.get(channel)
        true_v = 0.0 if probe is None else probe()
        if abs(true_v) > OVER_RANGE * max(self._ability.range_v, MOST_V):
            return OVERLOAD if true_v > 0 else -OVERLOAD
        return true_v * self._error.gain + self._error.offset + self._rng.gauss(0.0, NOISE_V)

    def degrees(self, channel: int) -> float:
        """One reading of a temperature probe, degrees Celsius; a channel without one is an open thermocouple."""
        probe = self._degrees.get(channel)
        return OVERLOAD if probe is None else probe() + self._offset_c + self._rng.gauss(0.0, NOISE_C)


def _error(ability: MeterAbility, rng: Random) -> Error:
    """A third of what the data sheet allows: an instrument in calibration."""
    return Error.drawn(rng, ability.gain / 3, ability.offset_v / 3)
