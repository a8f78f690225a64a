"""Every supply off from the command line: by the guard's own way where it has one, else over the wire's links.

Direct           a supply to which the guard has no way
way_to           the way to a supply that is known, None to a meter
stated_way       the same for one that nobody asks who it is
all_off          off and proven, all at once, so that a dead supply delays no other
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TypeAlias

from benchctl.cli.guarding import guarded_supply
from benchctl.core.dialect.conversation import run_conversation, switch_off
from benchctl.core.dialect.dialogue import LinkFault, Spot
from benchctl.core.dialect.voice import Dialect, Kind, Model, UnknownModel
from benchctl.core.errors import FileFault
from benchctl.core.messages import SwitchedOff
from benchctl.core.mission import guard_reaches
from benchctl.core.model import InstrumentEntry, Sense
from benchctl.edge.dialects import load_dialect
from benchctl.edge.link import line_of, open_link
from benchctl.guard.outputs import Proof, switch_all_off
from benchctl.guard.plan import Supply

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Direct:
    """A supply that is reached over VXI-11, HiSLIP, USB or whatever else the guard does not speak."""

    entry: InstrumentEntry
    dialect: Dialect
    model: Model

    def off(self, library: str) -> Proof:
        """Every channel off and proven; over a new link at each attempt."""
        proof = Proof(self.entry.name, False, "nothing was tried")
        for _ in range(ATTEMPTS):
            proof = self._attempt(library)
            if proof.off:
                break
        return proof

    def _attempt(self, library: str) -> Proof:
        entry, line = self.entry, line_of(self.entry, self.dialect)
        try:
            with closing(open_link(entry.resource, line, entry.name, paced=True, library=library)) as link:
                events = [run_conversation(switch_off(spot), link).event for spot in self._spots()]
        except LinkFault as fault:
            return Proof(entry.name, False, fault.detail)
        left = [event.detail for event in events if isinstance(event, SwitchedOff) and not event.proven]
        return Proof(entry.name, not left, "; ".join(left))

    def _spots(self) -> list[Spot]:
        voices = [self.dialect.voice(self.model.name, number) for number in self.model.channels]
        return [Spot(self.entry.name, "", voice, Sense.LOCAL) for voice in voices]


Way: TypeAlias = Supply | Direct


def way_to(entry: InstrumentEntry, dialect: Dialect, model: Model) -> Way | None:
    """How it is switched off; None: it is a meter. Raises ValueError where the guard cannot read its answers."""
    if dialect.kind is not Kind.SUPPLY:
        return None
    return guarded_supply(entry, dialect, model) if guard_reaches(entry) else Direct(entry, dialect, model)


def stated_way(entry: InstrumentEntry) -> Way | None:
    """By the dialect and model its entry states. Raises ValueError with a sentence where that is not enough."""
    if entry.dialect is None or entry.model is None:
        raise ValueError(f"{entry.name}: the bench file does not say which dialect and model it is")
    try:
        dialect = load_dialect(entry.dialect)
        return way_to(entry, dialect, dialect.model(entry.model))
    except (FileFault, UnknownModel) as fault:
        raise ValueError(f"{entry.name}: {fault}") from fault


def all_off(ways: Sequence[Way], deadline_s: float, library: str) -> list[Proof]:
    """A proof for each way, in their order. See `guard.outputs.switch_all_off` for the deadline."""
    direct = [each for each in ways if isinstance(each, Direct)]
    with ThreadPoolExecutor(max_workers=max(1, len(direct))) as pool:
        others = iter([pool.submit(each.off, library) for each in direct])
        guards = iter(switch_all_off([each for each in ways if isinstance(each, Supply)], deadline_s, _unheard))
        return [next(guards) if isinstance(each, Supply) else next(others).result() for each in ways]


def _unheard(_sentence: str) -> None:
    """The proofs say it all."""
