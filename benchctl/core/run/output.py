"""One supply channel's output: where it is on its way up or down, what it holds, and whether its off is proven.

The way up is always the same: program at the battery's own voltage with every protection, switch on, a soft start,
a pulse where one is wanted, then the target. The way down is one order that waits for nothing. Orders only; what is
read is judged in `place`.
"""

from enum import Enum, auto

from benchctl.core.messages import Program, SwitchOff, SwitchOn
from benchctl.core.model import Settings
from benchctl.core.run.outbox import Outbox

OFF_AGAIN_S = 1.0
OFF_ALARM_S = 1.0
"""An off that is not proven by then is a person's business (safety section 4)."""

OFF_LIMIT_S = 300.0
"""So long is tried before nothing more is expected of an output. It is tried further, and its alarm stands."""


class Power(Enum):
    """Where an output is on its way up or down."""

    OFF = auto()
    PROGRAMMING = auto()
    SWITCHING_ON = auto()
    SOFT = auto()
    STARTING_PULSE = auto()
    PULSE = auto()
    RAISING = auto()
    ON = auto()
    SWITCHING_OFF = auto()


DOWN = (Power.OFF, Power.SWITCHING_OFF)
ASKED_UP = (Power.PROGRAMMING, Power.SWITCHING_ON, Power.STARTING_PULSE, Power.RAISING)
"""An order on the way up is under way."""

HELD = (Power.PULSE, Power.ON)
"""The charge voltage is set, and a current may flow."""


class Output:
    """Begins as off, but not proven so."""

    def __init__(self, name: str, out: Outbox) -> None:
        self._name = name
        self._out = out
        self.power = Power.OFF
        self.off_proven = False
        self.present: Settings | None = None
        self.target: Settings | None = None
        self._pulse: Settings | None = None
        self._off_since_s = 0.0
        self._off_sent_s = 0.0

    # ------------------------------------------------------------ up

    def begin(self, start: Settings, pulse: Settings | None, target: Settings) -> None:
        """Program the start; everything else follows from the answers. `pulse` None: straight to the target."""
        self._pulse, self.target = pulse, target
        self._go(Power.PROGRAMMING, start)

    def climb(self) -> None:
        """What was held so far is over: to the pulse, where there is one still to come, or (back) to the target."""
        assert self.target is not None
        pulse, self._pulse = self._pulse, None
        if pulse is None:
            self._go(Power.RAISING, self.target)
        else:
            self._go(Power.STARTING_PULSE, pulse)

    def retarget(self, target: Settings) -> None:
        """Another set point while the output is on."""
        self.target = target
        self._go(Power.RAISING, target)

    def lower(self, settings: Settings) -> None:
        """Below the target for a moment; `climb` leads back."""
        self._go(Power.RAISING, settings)

    def _go(self, power: Power, settings: Settings) -> None:
        self.power = power
        self.present = settings
        self.off_proven = False
        self._out.order(Program(self._name, settings))

    def programmed(self) -> bool:
        """All settings are in the supply and read back. True: the pulse or the target is reached."""
        if self.power is Power.PROGRAMMING and self.present is not None:
            self.power = Power.SWITCHING_ON
            self._out.order(SwitchOn(self._name, self.present))
        elif self.power in (Power.STARTING_PULSE, Power.RAISING):
            self.power = Power.PULSE if self.power is Power.STARTING_PULSE else Power.ON
            return True
        return False

    def switched_on(self) -> bool:
        """The output answers that it is on. False: nobody is waiting for that any more."""
        if self.power is not Power.SWITCHING_ON:
            return False
        self.power = Power.SOFT
        return True

    # ------------------------------------------------------------ down

    def release(self, at_s: float) -> None:
        """Output off; nothing is waited for."""
        if self.power is not Power.SWITCHING_OFF:
            self._off_since_s = at_s
        self.power = Power.SWITCHING_OFF
        self.off_proven = False
        self._off_sent_s = at_s
        self._out.order(SwitchOff(self._name))

    def proven(self) -> None:
        """Off, by the supply's own word."""
        self.power, self.off_proven = Power.OFF, True

    def unproven(self, at_s: float) -> bool:
        """An off without proof, whatever was believed before. True: it has been so for too long."""
        if self.power is Power.OFF:
            self._off_since_s = self._off_sent_s = at_s
        self.power, self.off_proven = Power.SWITCHING_OFF, False
        return at_s - self._off_since_s >= OFF_ALARM_S

    def hopeless(self, at_s: float) -> bool:
        """Off was said so often without proof that it takes a person."""
        return not self.off_proven and at_s - self._off_since_s >= OFF_LIMIT_S

    def owes_off(self, at_s: float) -> bool:
        """It is time to say off again."""
        return self.power is Power.SWITCHING_OFF and at_s - self._off_sent_s >= OFF_AGAIN_S
