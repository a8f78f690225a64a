"""What a position tells whoever is being charged on it. The tenant decides what a reading means."""

from typing import Protocol

from benchctl.core.run.charge import Look
from benchctl.core.run.limits import Breach


class Tenant(Protocol):
    """Whoever is being charged on a position."""

    @property
    def rated_ah(self) -> float:
        """Rated capacity in ampere-hours."""

    @property
    def taper_a(self) -> float:
        """The current, in amperes, at or below which a charge at the full voltage is full."""

    def powered(self) -> None:
        """The target is reached and read back."""

    def pulsed(self, look: Look) -> None:
        """A complete good look at the pulse, which proves nothing of a charge. May switch off."""

    def looked(self, look: Look) -> None:
        """A complete good look, output on at the target. May switch off."""

    def missed(self) -> None:
        """A look that did not come, or not completely."""

    def counted(self, at_s: float, current_a: float) -> None:
        """A good current reading, whatever the power state. May switch off."""

    def off(self) -> None:
        """The output is proven off."""

    def breached(self, breach: Breach) -> None:
        """A safety limit is not kept; the output is already on its way off."""
