"""A position's hardware as the core believes it: output, last readings, lead, and the way up and down.

The way up is always the same: program at the battery's own voltage with every protection, switch on, a soft start,
then the target. The way down is one order that waits for nothing and is repeated until it is proven.
`Place` decides no phase: it calls its `Tenant` back.
"""

from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import Protocol

from benchctl.core.charge import Look
from benchctl.core.lead import Lead
from benchctl.core.limits import Armed, Breach, SafetyWatch
from benchctl.core.messages import LeadLearned, Poll, Polled, Program, ReadSettings, SettingsRead, SwitchOff, SwitchOn
from benchctl.core.model import Measurement, Position, Reading, Regulation, Settings, SupplyAbility, SupplySample
from benchctl.core.outbox import Outbox
from benchctl.core.procedure import Procedure
from benchctl.core.protection import protected

POLL_S = 1.0
IDLE_POLL_S = 10.0
SETTINGS_S = 10.0
OFF_AGAIN_S = 1.0
METER_FRESH_S = 15.0
"""A relay scanner reads every 10 s while charging (safety A6); older than this a meter reading proves nothing."""

METER_MISSES = 3


class Power(Enum):
    """Where a position is on its way up or down."""

    OFF = auto()
    PROGRAMMING = auto()
    SWITCHING_ON = auto()
    SOFT = auto()
    RAISING = auto()
    ON = auto()
    SWITCHING_OFF = auto()


class Tenant(Protocol):
    """Whoever is being charged on a position."""

    @property
    def rated_ah(self) -> float:
        """Rated capacity in ampere-hours."""

    def powered(self) -> None:
        """The target is reached and read back."""

    def looked(self, look: Look) -> None:
        """A complete good look, output on at the target."""

    def counted(self, at_s: float, current_a: float) -> None:
        """A good current reading, whatever the power state."""

    def off(self) -> None:
        """The output is proven off."""

    def breached(self, breach: Breach) -> None:
        """A safety limit is not kept; the output is already on its way off."""


class Place:
    """One position. `alarm` is told of every breach, with or without a tenant."""

    def __init__(
        self,
        position: Position,
        ability: SupplyAbility,
        procedure: Procedure,
        out: Outbox,
        alarm: Callable[["Place", Breach], None],
    ) -> None:
        self.position = position
        self.name = position.name
        self.ability = ability
        self._procedure = procedure
        self.out = out
        self._alarm = alarm
        self.power = Power.OFF
        self.off_proven = False
        self.hangs: str | None = None
        self.attached = True
        self.latched = False
        self.tenant: Tenant | None = None
        self.meter: Reading | None = None
        self.temperature: Reading | None = None
        self.lead = Lead(position.sense, position.lead_ohm)
        self._credited_v: float | None = None
        self._meter_missed = 0
        self.meter_trouble: str | None = None
        self._watch: SafetyWatch | None = None
        self._target: Settings | None = None
        self._present: Settings | None = None
        self._look: tuple[float, float, float] | None = None
        self._soft_until_s = 0.0
        self._polling = False
        self._next_poll_s = 0.0
        self._next_settings_s = 0.0
        self._off_sent_s = 0.0

    def hang(self, serial: str) -> None:
        """Another battery hangs here: what was read before says nothing about it."""
        self.hangs = serial
        self.meter = self.temperature = None

    # ------------------------------------------------------------ the way up

    def energise(self, tenant: Tenant, start_v: float, voltage_v: float, current_a: float) -> None:
        """Begin the way up at the battery's own voltage."""
        self.tenant = tenant
        self._target = self._protected(voltage_v, current_a)
        self._go(Power.PROGRAMMING, self._protected(min(start_v, voltage_v), current_a))

    def retarget(self, voltage_v: float, current_a: float) -> None:
        """Another set point while the output is on."""
        self._target = self._protected(voltage_v, current_a)
        self._go(Power.RAISING, self._target)

    def _protected(self, voltage_v: float, current_a: float) -> Settings:
        drop_v = current_a * self.lead.drop_ohm
        return protected(voltage_v, current_a, drop_v, self.ability, self._procedure)

    @property
    def target_v(self) -> float:
        """The voltage it is on its way to, or at."""
        assert self._target is not None
        return self._target.voltage_v

    def _go(self, power: Power, settings: Settings) -> None:
        self.power = power
        self._present = settings
        self.off_proven = False
        self.out.order(Program(self.name, settings))

    def programmed(self) -> None:
        """All settings are in the supply and read back."""
        if self.power is Power.PROGRAMMING and self._present is not None:
            self.power = Power.SWITCHING_ON
            self.out.order(SwitchOn(self.name, self._present))
        elif self.power is Power.RAISING and self.tenant is not None:
            self.power = Power.ON
            if self._watch is not None:
                self._watch.rearm(self._armed())
            self.tenant.powered()

    def switched_on(self, at_s: float) -> None:
        """The output answers that it is on."""
        if self.power is not Power.SWITCHING_ON:
            return
        self.power = Power.SOFT
        self._watch = SafetyWatch(self._procedure.safety, self._armed(), at_s)
        self._look, self._credited_v, self._meter_missed = None, None, 0
        self._soft_until_s = at_s + self._procedure.charge.soft_start_s
        self._next_poll_s = at_s
        self._next_settings_s = at_s + SETTINGS_S

    def _armed(self) -> Armed:
        assert self._present is not None
        assert self.tenant is not None
        return Armed(self._present.voltage_v, self._present.current_a, self.tenant.rated_ah)

    # ------------------------------------------------------------ the way down

    def release(self, at_s: float) -> None:
        """Output off; nothing is waited for."""
        self.power = Power.SWITCHING_OFF
        self._watch = None
        self._off_sent_s = at_s
        self.out.order(SwitchOff(self.name))

    def switched_off(self, proven: bool) -> None:
        """The answer to an off. An unproven one is repeated by `tick`."""
        self.off_proven = proven
        if not proven:
            self._alarm(
                self, Breach("off_not_proven", None, None, "The supply does not confirm that its output is off.")
            )
        elif self.power is Power.SWITCHING_OFF:
            self.power = Power.OFF
            tenant, self.tenant = self.tenant, None
            if tenant is not None:
                tenant.off()

    def give_up(self, at_s: float, breach: Breach) -> None:
        """Off first, words after."""
        self.release(at_s)
        self.latched = True
        self._alarm(self, breach)
        if self.tenant is not None:
            self.tenant.breached(breach)

    # ------------------------------------------------------------ time

    @property
    def energised(self) -> bool:
        """The output is on or may be."""
        return self.power is not Power.OFF

    def tick(self, at_s: float) -> None:
        """What is due now."""
        if self.power is Power.SWITCHING_OFF and at_s - self._off_sent_s >= OFF_AGAIN_S:
            self.release(at_s)
        if self._watch is not None and not self._breached(at_s, self._watch.silence(at_s)):
            self._climb(at_s)
        if at_s >= self._next_poll_s and not self._polling:
            self._polling = True
            self._next_poll_s = at_s + (POLL_S if self.energised else IDLE_POLL_S)
            self.out.order(Poll(self.name))

    def _climb(self, at_s: float) -> None:
        if self.power is Power.SOFT and at_s >= self._soft_until_s and self._look is not None and self._target:
            self._go(Power.RAISING, self._target)
        elif self.power is Power.ON and at_s >= self._next_settings_s:
            self._next_settings_s = at_s + SETTINGS_S
            self.out.order(ReadSettings(self.name))

    # ------------------------------------------------------------ readings

    def polled(self, at_s: float, event: Polled) -> None:
        """A look at the supply. Only a complete one counts as a sign of life."""
        self._polling = False
        sample = event.sample
        if sample.output_on is True and self.power is Power.OFF:
            self.give_up(at_s, Breach("off_not_proven", None, None, "The output is on and should be off."))
        elif sample.output_on is False and self._watch is not None:
            self.give_up(at_s, Breach("output_lost", None, None, "The supply says that its output is off."))
        else:
            self._take_look(at_s, sample)

    def _take_look(self, at_s: float, sample: SupplySample) -> None:
        match sample:
            case SupplySample(Reading() as voltage, Reading() as current, Regulation() as regulation, True):
                self._looked(at_s, voltage.value, current.value, regulation)

    def _looked(self, at_s: float, supply_v: float, current_a: float, regulation: Regulation) -> None:
        if self._watch is None or self.tenant is None:
            return
        self._look = (at_s, supply_v, current_a)
        self.tenant.counted(at_s, current_a)
        battery_v = self.lead.battery_v(supply_v, current_a)
        breached = self._breached(at_s, self._watch.look(at_s, supply_v, battery_v, current_a, regulation))
        if not breached and self.power is Power.ON:
            self.tenant.looked(Look(at_s, self._proof_v(at_s), current_a, regulation))

    def _proof_v(self, at_s: float) -> float | None:
        """What may prove that the battery is at the charge voltage: the meter, while it is fresh."""
        return None if self.fresh_meter_v(at_s) is None else self._credited_v

    def fresh_meter_v(self, at_s: float) -> float | None:
        """The meter's last reading while it still says something."""
        return self.meter.value if self.meter and at_s - self.meter.at_s <= METER_FRESH_S else None

    def unseen(self) -> str:
        """Why nothing is known of the battery here."""
        if not self.off_proven:
            return "the supply's output is not proven off."
        return self.meter_trouble or "the meter has not answered."

    def metered(self, at_s: float, reading: Measurement) -> None:
        """The meter's view of the battery."""
        if isinstance(reading, Reading):
            self.meter, self._meter_missed = reading, 0
            self._check_meter(at_s, reading.value)
        else:
            self._meter_missed += 1
            self.meter_trouble = reading.detail
            if self._meter_missed >= METER_MISSES and self._watch is not None:
                self.give_up(at_s, Breach("meter_lost", None, None, f"No reading from the meter: {reading.detail}"))

    def _check_meter(self, at_s: float, meter_v: float) -> None:
        if self._watch is None or self._breached(at_s, self._watch.volts(at_s, "meter", meter_v)):
            return
        if self._look is not None and at_s - self._look[0] <= 2 * POLL_S and self.power is Power.ON:
            self._compare(at_s, meter_v, self._look[1], self._look[2])

    def _compare(self, at_s: float, meter_v: float, supply_v: float, current_a: float) -> None:
        """Supply against meter: learn the lead, watch it, and check each against the other."""
        assert self._watch is not None
        assert self.tenant is not None
        self._credited_v = meter_v + self.lead.credit_v(current_a)
        if current_a > 0.02 * self.tenant.rated_ah:
            resistance_ohm = self.lead.learn(supply_v - meter_v, current_a)
            if self.lead.just_learned:
                self.out.fact(LeadLearned(self.name, self.lead.drop_ohm))
            if resistance_ohm is not None and self._breached(at_s, self._watch.lead(resistance_ohm, current_a)):
                return
        if self.lead.known:
            battery_v = self.lead.battery_v(supply_v, current_a)
            self._breached(at_s, self._watch.back_check(at_s, battery_v, meter_v))

    def probed(self, at_s: float, temperature: Measurement) -> None:
        """The battery's temperature."""
        if isinstance(temperature, Reading):
            self.temperature = temperature
            if self._watch is not None:
                self._breached(at_s, self._watch.temperature(temperature.value))

    def settings_read(self, at_s: float, event: SettingsRead) -> None:
        """Set points as the supply states them: they must still be ours."""
        if self.power is not Power.ON or self._present is None:
            return
        for what, ours, theirs in _pairs(self._present, event.settings):
            if ours is not None and (theirs is None or not abs(theirs - ours) <= max(0.001 * ours, 0.010)):
                text = f"The supply's {what} is {theirs}; {ours:.3f} was set."
                self.give_up(at_s, Breach("setting_refused", theirs, ours, text))
                return

    def _breached(self, at_s: float, breaches: Iterator[Breach]) -> bool:
        first = next(breaches, None)
        if first is not None:
            self.give_up(at_s, first)
        return first is not None


def _pairs(ours: Settings, theirs: Settings) -> tuple[tuple[str, float | None, float | None], ...]:
    return (
        ("voltage setting", ours.voltage_v, theirs.voltage_v),
        ("current setting", ours.current_a, theirs.current_a),
        ("over-voltage protection", ours.ovp_v, theirs.ovp_v),
        ("over-current protection", ours.ocp_a, theirs.ocp_a),
    )
