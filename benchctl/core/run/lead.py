"""Leads and contacts of one position: their resistance, learned under current, and what it takes from the voltage."""

from statistics import median

from benchctl.core.model import Sense

LEARNING_PAIRS = 3
PERMITTED_OHM = 0.020
"""Lead drop that a two-wire taper proof may credit (safety A3), and that an OVP at the terminals leaves room for."""


class Lead:
    """With remote sense the supply regulates at the battery and the leads take nothing from its reading."""

    def __init__(self, sense: Sense, stated_ohm: float | None) -> None:
        self._sense = sense
        self._ohm = stated_ohm
        self._pairs: list[float] = []
        self.just_learned = False

    @property
    def known(self) -> bool:
        """The supply's reading can be brought to the battery's terminals."""
        return self._sense is Sense.REMOTE or self._ohm is not None

    @property
    def drop_ohm(self) -> float:
        """Resistance that stands between the supply's reading and the battery."""
        return 0.0 if self._sense is Sense.REMOTE or self._ohm is None else self._ohm

    @property
    def lift_ohm(self) -> float:
        """What may lift the supply's terminals above the voltage that it holds. Only remote sense makes up for leads,
        and it shows nothing of them: what is not stated is taken to be as large as is permitted."""
        if self._sense is not Sense.REMOTE:
            return 0.0
        return PERMITTED_OHM if self._ohm is None else self._ohm

    def battery_v(self, supply_v: float, current_a: float) -> float:
        """The supply's voltage less the drop in the leads."""
        return supply_v - current_a * self.drop_ohm

    def credit_v(self, current_a: float) -> float:
        """The part of the drop that the taper proof forgives."""
        return current_a * min(self.drop_ohm, PERMITTED_OHM)

    def learn(self, drop_v: float, current_a: float) -> float | None:
        """Take a pair of readings in; the resistance it shows, or None with remote sense."""
        self.just_learned = False
        if self._sense is Sense.REMOTE:
            return None
        resistance_ohm = drop_v / current_a
        if len(self._pairs) < LEARNING_PAIRS:
            self._pairs.append(resistance_ohm)
            if len(self._pairs) == LEARNING_PAIRS:
                self._ohm, self.just_learned = max(0.0, median(self._pairs)), True
        return resistance_ohm
