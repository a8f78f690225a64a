"""What the loop needs of the outside, each as small as it can be. The real ones live in `edge`, the fakes in tests."""

from collections.abc import Iterable
from typing import Protocol

from benchctl.core.messages import HostWarned, JournalFailed, Order, Program, Suspended, SwitchOn, Wish
from benchctl.core.rows import Body
from benchctl.edge.wire import Outcome


class Hardware(Protocol):
    """Instruments, each behind its own queue. Every order has exactly one outcome."""

    def submit(self, order: Order) -> None:
        """Hand an order to its instrument. Never waits."""

    def energise(self, order: Program | SwitchOn) -> None:
        """Hand on an order whose intent is on disk, under a lease that stands. Never waits."""

    def take(self, timeout_s: float) -> list[Outcome]:
        """Outcomes that have arrived; waits at most `timeout_s` (real seconds) for the first."""

    @property
    def outstanding(self) -> int:
        """Orders without an outcome so far."""


class Time(Protocol):
    """The clock of the bench. `lock_step`: it moves only when it is told to, and answers are taken a turn at a time."""

    @property
    def lock_step(self) -> bool:
        """Time stands still while a turn is worked on."""

    def now_s(self) -> float:
        """Boot seconds."""

    def wall(self) -> str:
        """Now, as ISO 8601 text: a label, never a duration."""

    def pass_until(self, at_s: float, for_hands: bool) -> None:
        """Let time come to `at_s`; may return earlier where time passes by itself. `for_hands`: a person is being
        waited for, so simulated time runs no faster than they can move."""

    def waited(self, seconds: float) -> None:
        """A wire has waited this long in vain: the bench's time has moved as much."""


class Wishes(Protocol):
    """What people want."""

    def received(self) -> list[tuple[str, Wish]]:
        """New wishes with their ids, oldest first."""

    def answer(self, wish: str, accepted: bool, sentence: str) -> None:
        """Tell who asked."""


class Lease(Protocol):
    """The guard's permission."""

    def stamp(self, turn: int) -> None:
        """A turn is complete."""

    def standing(self) -> str | None:
        """Why it is lost; None while it holds."""

    @property
    def answered(self) -> bool:
        """The guard has answered once; before that nothing may be energised."""


class Host(Protocol):
    """The computer under the run."""

    def look(self) -> Iterable[HostWarned]:
        """Look once a turn: what is getting worse."""

    def ends(self) -> JournalFailed | Suspended | None:
        """Why the run must end with everything off; None: it need not."""

    def disk_trouble(self) -> str | None:
        """Why nothing can be recorded any more; None: it can."""

    @property
    def holds(self) -> bool:
        """The disk is too slow for anything new to be energised."""


class Teller(Protocol):
    """Whoever tells people what happened, once it is on disk."""

    def tell(self, wall: str, body: Body) -> None:
        """One row."""


class Hands(Protocol):
    """Whoever has to know that a person moved leads or probes: a simulated bench; on a real one nobody."""

    def moved(self, position: str, *serials: str) -> None:
        """These batteries now hang there, joined in parallel where there are several."""

    def held(self, instrument: str, serial: str | None) -> None:
        """The probes of a hand-held meter are on this battery now; None: on none."""
