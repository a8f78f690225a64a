"""What meter and probe last said of the battery at a position, and for how long that still says something."""

from benchctl.core.model import Absence, Measurement, Reading

METER_FRESH_S = 15.0
"""A relay scanner reads every 10 s while charging (safety A6); older than this a meter reading proves nothing."""

PROBE_FRESH_S = 30.0
MISSES = 3
"""So many absences in a row, and the instrument counts as lost."""


class Gauge:
    """Readings of whatever hangs on one position."""

    def __init__(self, probe: bool) -> None:
        self._has_probe = probe
        self._meter: Reading | None = None
        self._probe: Reading | None = None
        self._credited: tuple[float, float] | None = None
        self._meter_missed = self._probe_missed = 0
        self.trouble: str | None = None

    def forget(self) -> None:
        """Another battery hangs here, or its leads were moved: what was read before says nothing about it."""
        self._meter = self._probe = self._credited = None

    def lift(self) -> None:
        """The meter's probes have left the battery: what they read says nothing about it from here on."""
        self._meter = self._credited = None

    def begin(self) -> None:
        """The output comes on: absences of before do not count."""
        self._credited = None
        self._meter_missed = self._probe_missed = 0

    def metered(self, reading: Measurement) -> bool:
        """Take a meter reading or its absence in; True: the meter is lost."""
        self._credited = None if isinstance(reading, Reading) else self._credited
        if isinstance(reading, Absence):
            self._meter_missed += 1
            self.trouble = reading.detail
        else:
            self._meter, self._meter_missed = reading, 0
        return self._meter_missed >= MISSES

    def probed(self, temperature: Measurement) -> bool:
        """Take a temperature or its absence in; True: the probe is lost."""
        if isinstance(temperature, Absence):
            self._probe_missed += 1
        else:
            self._probe, self._probe_missed = temperature, 0
        return self._probe_missed >= MISSES

    def credit(self, at_s: float, voltage_v: float) -> None:
        """The meter reading that has just come, with what the taper proof forgives of the leads."""
        self._credited = at_s, voltage_v

    def proof_v(self, at_s: float) -> float | None:
        """What may prove that the battery is at the charge voltage; None: nothing may."""
        if self._credited is None or self.meter_v(at_s) is None or at_s - self._credited[0] > METER_FRESH_S:
            return None
        return self._credited[1]

    def meter_v(self, at_s: float) -> float | None:
        """The meter's last reading while it still says something."""
        return self._meter.value if self._meter and at_s - self._meter.at_s <= METER_FRESH_S else None

    def probe_c(self, at_s: float) -> float | None:
        """The probe's last reading while it still says something."""
        return self._probe.value if self._probe and at_s - self._probe.at_s <= PROBE_FRESH_S else None

    def seen(self, at_s: float) -> bool:
        """Everything that measures here has just done so."""
        return self.meter_v(at_s) is not None and (not self._has_probe or self.probe_c(at_s) is not None)
