"""One charge session, seen again from the journal: from the output's proven on to its proven off."""

from benchctl.core.acceptance.proof_group import Joined
from benchctl.core.acceptance.proof_moment import Moment
from benchctl.core.acceptance.proof_taper import GAP_S, SETTING_V, SupplyLook, TaperFollower
from benchctl.core.model import Battery, Reading, Regulation, Settings
from benchctl.core.procedure import Procedure

FRESH_S = 15.0
"""A meter reading older than this says nothing about the battery now (relay scanners read every 10 s)."""

PAIRED_S = 2.5
"""A meter reading is credited with a current at most this much older."""


class Session:
    """One session of a battery on one position, or of several that were joined. Amperes, volts and ampere-hours are
    what the readings say, of all of them together."""

    def __init__(
        self, procedure: Procedure, batteries: tuple[Battery, ...], joined: Joined | None, position: str, start: Moment
    ) -> None:
        rated_ah = [battery.amp_hours for battery in batteries]
        self.serials = tuple(battery.serial for battery in batteries)
        self.rated_ah = sum(rated_ah)
        self.joined = joined
        self.position = position
        self.start = start
        self.end: Moment | None = None
        self.cut: str | None = None
        self.settings: list[tuple[Moment, Settings]] = []
        self.amp_hours = 0.0
        self.looks = 0
        self.peak_a: float | None = None
        self.peak_v: float | None = None
        self.unmetered = 0
        volts, share = procedure.charge.voltage_v, min(rated_ah) / self.rated_ah
        self.taper = TaperFollower(procedure.taper, procedure.bms, self.rated_ah, volts, share)
        self._counted: tuple[float, float] | None = None
        self._last: SupplyLook | None = None
        self._meter: tuple[float, float] | None = None

    def program(self, at: Moment, settings: Settings, set_a: float) -> None:
        """Set points that were read back; `set_a` is the current that was ordered, if that was confirmed."""
        self.settings.append((at, settings))
        self.taper.retarget(settings.voltage_v, set_a)
        self._last = None

    def read_back(self, settings: Settings) -> None:
        """Set points as they stand now; another voltage than the one that was set breaks what was held so far."""
        if self.settings and not abs(settings.voltage_v - self.settings[-1][1].voltage_v) <= SETTING_V:
            self.taper.broken_off()

    def look(self, at: Moment, current: Reading, regulation: Regulation) -> None:
        """A complete look with the output on."""
        look = SupplyLook(at.boot_s, current.at_s, current.value, regulation, self._fresh_v(at.boot_s))
        self.looks += 1
        self.peak_a = current.value if self.peak_a is None else max(self.peak_a, current.value)
        self._count(at.boot_s, current.value)
        self.taper.see(look)
        self._last = look

    def seen_off(self) -> None:
        """A look says that the output is off, in the middle of the session."""
        self.cut = "its output went off by itself"
        self.taper.broken_off()
        self._counted = None

    def metered(self, at: Moment, reading: Reading, credit_ohm: float) -> None:
        """The battery's voltage by the meter, with what the leads are permitted to take."""
        self.peak_v = reading.value if self.peak_v is None else max(self.peak_v, reading.value)
        if self._last is not None and at.boot_s - self._last.row_s <= PAIRED_S:
            self._meter = (reading.at_s, reading.value + max(0.0, self._last.current_a) * credit_ohm)

    def _fresh_v(self, at_s: float) -> float | None:
        return self._meter[1] if self._meter is not None and at_s - self._meter[0] <= FRESH_S else None

    def _count(self, at_s: float, current_a: float) -> None:
        """Trapezoids; a gap counts with the larger of its ends, for what was delivered is not to be underrated."""
        if self._counted is not None:
            before_s, before_a = self._counted
            span_s = max(0.0, at_s - before_s)
            mean_a = (before_a + current_a) / 2 if span_s <= GAP_S else max(before_a, current_a)
            self.amp_hours += max(0.0, mean_a) * span_s / 3600
        self._counted = (at_s, current_a)

    def close(self, at: Moment) -> None:
        """The output is proven off."""
        self.end = at
        self._counted = None

    def covers(self, read_s: float) -> bool:
        """A look of that time belongs to this session, even if its row came after the row of the off."""
        return read_s >= self.start.boot_s and (self.end is None or read_s <= self.end.boot_s)

    def missing(self) -> str | None:
        """Why this session is no proof of a full charge; None: it is one."""
        if self.end is None:
            return f"its output was not proven off after it was charged ({self.cut})" if self.cut else _NEVER_OFF
        return self.taper.missing(self.end.boot_s)


_NEVER_OFF = "its output was not proven off after it was charged"
