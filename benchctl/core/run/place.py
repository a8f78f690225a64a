"""A position: its output, its last readings, its leads, and the limits that are watched while it is energised.

`Place` decides no phase: it calls its `Tenant` back. Whatever is not provably inside its limits goes off first and is
told afterwards.
"""

from collections.abc import Callable, Iterator
from functools import partial

from benchctl.core.messages import Poll, Polled, ReadSettings, SettingsRead
from benchctl.core.model import (
    Measurement,
    OvpSenses,
    Position,
    Reading,
    Regulation,
    Settings,
    SupplyAbility,
    SupplySample,
)
from benchctl.core.procedure import Procedure
from benchctl.core.run.cautions import Cautions
from benchctl.core.run.charge import Look
from benchctl.core.run.clearing import Idle
from benchctl.core.run.comparison import Comparison
from benchctl.core.run.frozen import CLEAR_OF_TAPER, FreezeWatch
from benchctl.core.run.gauge import Gauge
from benchctl.core.run.lead import Lead
from benchctl.core.run.limits import FLOWING_C_RATE, REVERSE_A, Armed, Breach, SafetyWatch
from benchctl.core.run.offwatch import OffWatch, idle_current_a
from benchctl.core.run.outbox import Outbox
from benchctl.core.run.output import ASKED_UP, DOWN, HELD, Output, Power
from benchctl.core.run.pair import Seen
from benchctl.core.run.protection import Change, changed, protected, pulse_a, unwatched
from benchctl.core.run.room import Room
from benchctl.core.run.tenant import Tenant

POLL_S = 1.0
IDLE_POLL_S = 10.0
SETTINGS_S = 10.0
SETTINGS_MISSES = 3
METER_SILENT_S = 45.0


class Place:
    """One position. `alarm` is told of every breach and every warning, with or without a tenant; `calm` of the end of a
    warning, by its fault; `room` of what its probe reads."""

    def __init__(
        self,
        position: Position,
        ability: SupplyAbility,
        procedure: Procedure,
        out: Outbox,
        alarm: Callable[["Place", float, Breach], None],
        calm: Callable[["Place", str], None],
        room: Room,
    ) -> None:
        self.position = position
        self.name = position.name
        self.ability = ability
        self._procedure = procedure
        self.out = out
        self._alarm = alarm
        self._calm = calm
        self._room = room
        self._cautions = self._new_cautions()
        self.output = Output(position.name, out)
        self._freeze = FreezeWatch(position.name, self.output, out)
        self.gauge = Gauge(position.temperature is not None)
        self._learn_anew()
        self.hangs: tuple[str, ...] = ()
        self.attached = True
        self.latched = False
        self.on_trial = False
        """Its meter is not proven to be its own: the way up stops at a pulse."""
        self.tenant: Tenant | None = None
        self._watch: SafetyWatch | None = None
        self._off_watch = OffWatch(procedure.safety, ability, None, 0.0)
        self._look: Seen | None = None
        self._reached_s: float | None = None
        self._idle_v: float | None = None
        self._idle_look: tuple[float, SupplySample] | None = None
        self._held: Settings | None = None
        self._settings_missed, self._rewatched = 0, False
        self._soft_until_s = 0.0
        self._metered_s = 0.0
        self._polling = self._outdated = False
        self._next_poll_s = 0.0
        self._next_settings_s = 0.0

    def hang(self, *serials: str) -> None:
        """Leads were put on this battery, or on these, joined in parallel: what was read or learned before says nothing
        about them."""
        self.hangs = serials
        self.gauge.forget()
        self._learn_anew()
        self.output.target = None
        self._cautions.over()
        self._off_watch = OffWatch(self._procedure.safety, self.ability, None, 0.0)

    def _learn_anew(self) -> None:
        self.lead = Lead(self.position.sense, self.position.lead_ohm)
        self._comparison = Comparison(self.name, self.lead, self.gauge, self._cautions, self.out)

    def _new_cautions(self) -> Cautions:
        tell, calm = partial(self._alarm, self), partial(self._calm, self)
        return Cautions(self._procedure.safety, tell, calm)

    # ------------------------------------------------------------ the way up

    def energise(self, tenant: Tenant, start_v: float, voltage_v: float, current_a: float) -> None:
        """Begin the way up at the battery's own voltage; on trial with no more than the pulse's current."""
        assert not self.latched
        self.tenant = tenant
        first_a = pulse_a(tenant.rated_ah, current_a) if self.on_trial else current_a
        start, target = self._protected(min(start_v, voltage_v), first_a), self._protected(voltage_v, current_a)
        self.output.begin(start, self._protected(voltage_v, first_a) if self.on_trial else None, target)

    def acquit(self) -> None:
        """Its meter is proven to be its own: the pulse is over."""
        self.on_trial = False
        if self.power is Power.PULSE:
            self.output.climb()

    def retarget(self, voltage_v: float, current_a: float) -> None:
        """Another set point while the output is on."""
        self.output.retarget(self._protected(voltage_v, current_a))

    def _protected(self, voltage_v: float, current_a: float) -> Settings:
        at_battery = self.ability.ovp_senses is OvpSenses.SENSE
        lift_v = 0.0 if at_battery else current_a * self.lead.lift_ohm
        return protected(voltage_v, current_a, lift_v, self.ability, self._procedure)

    def programmed(self, held: Settings) -> None:
        """All settings are in the supply, and this is what it said that it holds."""
        self._held = held
        if self.output.programmed() and self._watch is not None and self.tenant is not None:
            self._look = self._reached_s = None
            self._comparison.forget()
            if self._freeze.programmed():
                self._watch.dither(self._armed())
                return
            self._watch.rearm(self._armed())
            if self.power is Power.ON:
                self.tenant.powered()

    def switched_on(self, at_s: float) -> None:
        """The output answers that it is on."""
        if not self.output.switched_on():
            return
        self._watch = SafetyWatch(self._procedure.safety, self._armed(), at_s)
        self._look = None
        self._comparison.forget()
        self._settings_missed, self._rewatched, self._metered_s = 0, False, at_s
        self.gauge.begin()
        self._soft_until_s = at_s + self._procedure.charge.soft_start_s
        self._next_poll_s = at_s
        self._next_settings_s = at_s + SETTINGS_S

    def _armed(self) -> Armed:
        present = self.output.present
        assert present is not None
        assert self.tenant is not None
        full = self.power is Power.ON and present.voltage_v >= self._procedure.charge.voltage_v
        return Armed(present.voltage_v, present.current_a, self.tenant.rated_ah, full)

    # ------------------------------------------------------------ the way down

    def release(self, at_s: float) -> None:
        """Output off; nothing is waited for."""
        self._watch = None
        self._freeze.forget()
        self.output.release(at_s)

    def switched_off(self, at_s: float, proven: bool, detail: str) -> None:
        """The answer to an off. One that is not proven is repeated by `tick`."""
        if self.power not in DOWN:
            return
        if proven:
            self._let_go(at_s)
        elif self.output.unproven(at_s):
            self.latched = True
            text = f"{self.name} was switched off, but: {detail or 'no proof came.'}"
            breach = Breach("off_not_proven", None, None, text)
            self._alarm(self, at_s, breach)
            if self.output.hopeless(at_s) and self.tenant is not None:
                self.tenant.breached(breach)

    def _let_go(self, at_s: float) -> None:
        """Off and proven; a look that was asked for before may still say otherwise."""
        set_v = None if self.output.target is None else self.output.target.voltage_v
        self._idle_look = None
        self._off_watch = OffWatch(self._procedure.safety, self.ability, set_v, at_s)
        self.output.proven()
        self._cautions.over()
        self._outdated = self._polling
        tenant, self.tenant = self.tenant, None
        if tenant is not None:
            tenant.off()

    def give_up(self, at_s: float, breach: Breach) -> None:
        """Off first, words after."""
        self.release(at_s)
        self.latched = True
        self._alarm(self, at_s, breach)
        if self.tenant is not None:
            self.tenant.breached(breach)

    def failed(self, at_s: float, breach: Breach) -> None:
        """An order on the way up was not carried out. Once the way leads down, nobody minds."""
        if self.power in ASKED_UP and not self._freeze.excuses(breach):
            self.give_up(at_s, breach)

    # ------------------------------------------------------------ time

    @property
    def power(self) -> Power:
        """Where the output is on its way up or down."""
        return self.output.power

    def flowing(self, at_s: float) -> tuple[float, float] | None:
        """The current at the pulse or the target, and for how many seconds that has been held; None: not there yet."""
        if self.power not in HELD or self._look is None or self._reached_s is None:
            return None
        return self._look.current_a, at_s - self._reached_s

    @property
    def pulse_a(self) -> float | None:
        """What the pulse is set to; None: none is held."""
        present = self.output.present
        return present.current_a if self.power is Power.PULSE and present is not None else None

    @property
    def by_hand(self) -> bool:
        """Its meter is held by a person and reads it only when asked for."""
        return self.position.meter is None

    def held_v(self, at_s: float) -> float | None:
        """What the supply holds at the battery just now, by its own reading; None: nothing, or the lead is unknown."""
        look = self._look
        if self.power is not Power.ON or look is None or not at_s - look.at_s <= 2 * POLL_S or not self.lead.known:
            return None
        return self.lead.battery_v(look.voltage_v, look.current_a)

    def idle(self, at_s: float) -> Idle:
        """What its instruments show of it while its output is off."""
        current_a = None
        if self._idle_look is not None and at_s - self._idle_look[0] <= 2 * IDLE_POLL_S:
            current = self._idle_look[1].current
            current_a = current.value if isinstance(current, Reading) else None
        least_a = idle_current_a(self._procedure.safety, self.ability)
        volts, celsius = self.gauge.meter_v(at_s), self.gauge.probe_c(at_s)
        return Idle(self.name, "+".join(self.hangs), volts, celsius, current_a, least_a, not self.by_hand)

    @property
    def level_v(self) -> float | None:
        """Where only the supply looks: no battery stands above its reading less the learned drop while it charges."""
        if not self.by_hand or self._look is None:
            return None
        return self.lead.battery_v(self._look.voltage_v, self._look.current_a)

    @property
    def off_proven(self) -> bool:
        """The supply's own word for it was the last that was heard."""
        return self.output.off_proven

    @property
    def energised(self) -> bool:
        """The output is on or may be."""
        return self.power is not Power.OFF

    @property
    def joined(self) -> bool:
        """Several batteries hang here in parallel: no reading of them is one battery's."""
        return len(self.hangs) > 1

    def unseen(self) -> str:
        """Why nothing is known of the battery here."""
        if not self.off_proven:
            return "the supply's output is not proven off."
        usual = "the probes are not on it" if self.by_hand else "the meter (or the temperature probe) has not answered"
        return self.gauge.trouble or f"{usual}."

    def tick(self, at_s: float) -> None:
        """What is due now."""
        if self.output.owes_off(at_s):
            self.release(at_s)
        if self._watch is not None and not self._breached(at_s, self._watch.silence(at_s)):
            self._climb(at_s)
            self._miss_meter(at_s)
        if at_s >= self._next_poll_s and not self._polling:
            self._polling, period_s = True, POLL_S if self.energised else IDLE_POLL_S
            self._next_poll_s = max(self._next_poll_s + period_s, at_s + period_s / 2)
            self.out.order(Poll(self.name))

    def _climb(self, at_s: float) -> None:
        if self.power is Power.SOFT and at_s >= self._soft_until_s and self._look is not None:
            self.output.climb()
        elif self.power is Power.ON and at_s >= self._next_settings_s:
            self._next_settings_s = at_s + SETTINGS_S
            self.out.order(ReadSettings(self.name))

    def _miss_meter(self, at_s: float) -> None:
        silent_s = at_s - self._metered_s
        if self.position.meter is not None and not silent_s <= METER_SILENT_S:
            text = f"No word from the meter for {silent_s:.0f} s."
            self.give_up(at_s, Breach("meter_lost", silent_s, METER_SILENT_S, text))

    # ------------------------------------------------------------ the supply's readings

    def polled(self, at_s: float, event: Polled) -> None:
        """A look at the supply. Only a complete one counts as a sign of life."""
        outdated, self._polling, self._outdated = self._outdated, False, False
        sample = event.sample
        if outdated:
            return
        if self.power is Power.OFF:
            self._idle_look = at_s, sample
            self._breached(at_s, self._off_watch.look(sample, self.gauge.meter_v(at_s)))
        elif sample.output_on is False and self._watch is not None:
            self.give_up(at_s, Breach("output_lost", None, None, "The supply says that its output is off."))
        else:
            self._take_look(at_s, sample)

    def _take_look(self, at_s: float, sample: SupplySample) -> None:
        match sample:
            case SupplySample(Reading() as voltage, Reading() as current, Regulation() as regulation, True):
                self._looked(at_s, voltage.value, current.value, regulation)
            case _ if self._watch is not None and self.tenant is not None:
                self.tenant.missed()

    def _looked(self, at_s: float, supply_v: float, current_a: float, regulation: Regulation) -> None:
        watch, tenant = self._watch, self.tenant
        if watch is None or tenant is None:
            return
        before, self._look = self._look, Seen(at_s, supply_v, current_a)
        if self.power in HELD and self._reached_s is None:
            self._reached_s = at_s
        battery_v = self.lead.battery_v(supply_v, current_a)
        steady = not self._freeze.dithering
        if self._breached(at_s, watch.look(at_s, supply_v, battery_v, current_a, regulation, steady)):
            return
        pulse = self.power is Power.PULSE
        if self._breached(at_s, self._comparison.looked(before, self._look, watch, tenant.rated_ah, pulse)):
            return
        self._cautions.volts(at_s, "supply", battery_v)
        if self.power is Power.ON and self._breached(at_s, self._freeze.look(self._look, regulation, self._least_a())):
            return
        tenant.counted(at_s, current_a)
        look = Look(at_s, self.gauge.proof_v(at_s), current_a, regulation)
        if not current_a >= REVERSE_A:
            tenant.missed()  # whatever it is, it is no charge that ends
        elif self.power is Power.PULSE:
            tenant.pulsed(look)
        elif self.power is Power.ON and not self._freeze.dithering:
            tenant.looked(look)

    def _least_a(self) -> float:
        """Up to here no reading is suspected of being frozen: at the full voltage what proves the taper is never
        disturbed; below it so little may not follow."""
        assert self.tenant is not None
        return CLEAR_OF_TAPER * self.tenant.taper_a if self._armed().full else FLOWING_C_RATE * self.tenant.rated_ah

    def settings_read(self, at_s: float, event: SettingsRead) -> None:
        """Set points as the supply states them: they must still be those that it took, on its own steps."""
        self._settings_missed = 0
        if self.power is not Power.ON or self._held is None:
            return
        if event.remote is False:
            text = "The supply says that remote control is not taken: somebody operates it at its front panel."
            self.give_up(at_s, Breach("local_control", None, None, text))
            return
        change = changed(self._held, event.settings)
        if change is not None:
            text = f"The supply's {change.what} is {change.theirs}; {change.ours:.3f} was set."
            self.give_up(at_s, Breach("setting_refused", change.theirs, change.ours, text))
        elif (lost := unwatched(self._held, event.settings)) is not None:
            self._watch_again(at_s, lost)

    def _watch_again(self, at_s: float, lost: Change) -> None:
        """A watchdog that is not armed any more is armed once more, and that is told; not a second time. With the same
        volts and amperes that is no new set point: what flowed before still counts, and only the taper's hold begins
        again."""
        held = "off" if lost.theirs is None else f"set to {lost.theirs:.0f} s"
        text = f"The supply's watchdog is {held}; {lost.ours:.0f} s were set."
        if self._rewatched or self.tenant is None:
            self.give_up(at_s, Breach("setting_refused", lost.theirs, lost.ours, f"{text} It was armed again before."))
            return
        self._rewatched = True
        self._alarm(self, at_s, Breach("watchdog_lost", lost.theirs, lost.ours, text))
        self._calm(self, "watchdog_lost")
        self._freeze.tell_again()
        self.tenant.missed()

    def settings_missed(self, at_s: float, detail: str) -> None:
        """Set points could not be read back; several times in a row means that nobody knows what is set."""
        self._settings_missed += 1
        if self._settings_missed >= SETTINGS_MISSES and self._watch is not None:
            self.give_up(at_s, Breach("wire_failed", None, None, f"The set points cannot be read back: {detail}"))

    # ------------------------------------------------------------ meter and probe

    def metered(self, at_s: float, reading: Measurement) -> None:
        """The meter's view of the battery."""
        lost = self.gauge.metered(reading)
        if isinstance(reading, Reading):
            self._metered_s = at_s
            self._check_meter(at_s, reading.value)
        elif lost and self._watch is not None:
            self.give_up(at_s, Breach("meter_lost", None, None, f"No reading from the meter: {reading.detail}"))

    def _check_meter(self, at_s: float, meter_v: float) -> None:
        if self.power is Power.OFF:
            self._breached(at_s, self._off_watch.volts(at_s, meter_v))
            self._wonder(at_s, meter_v)
        if self._watch is None or self._breached(at_s, self._watch.volts(at_s, "meter", meter_v)):
            return
        self._cautions.volts(at_s, "meter", meter_v)
        if self.power in HELD and self._look is not None:
            self._comparison.metered(at_s, meter_v)

    def _wonder(self, at_s: float, meter_v: float) -> None:
        """A battery that rises while its output is off: ask the supply at once."""
        if self._idle_v is not None and not meter_v <= self._idle_v + self._procedure.rest.max_step_v:
            self._next_poll_s = at_s
        self._idle_v = meter_v

    def probed(self, at_s: float, temperature: Measurement) -> None:
        """The battery's temperature. A probe that is lost while charging ends the charge."""
        lost = self.gauge.probed(temperature)
        if isinstance(temperature, Reading):
            self._room.read(self.name, at_s, temperature.value)
        if self._watch is None:
            return
        if isinstance(temperature, Reading):
            beside_c = self._room.beside_c(self.name, at_s)
            if not self._breached(at_s, self._watch.temperature(at_s, temperature.value, beside_c)):
                self._cautions.temperature(at_s, temperature.value)
        elif lost:
            self.give_up(at_s, Breach("temperature", None, None, f"No reading from the probe: {temperature.detail}"))

    def _breached(self, at_s: float, breaches: Iterator[Breach]) -> bool:
        first = next(breaches, None)
        if first is not None:
            self.give_up(at_s, first)
        return first is not None
