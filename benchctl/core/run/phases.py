"""The two state machines, as tables: one for a battery, one for the run. Everything that may follow what is here.

The tables are data: the machines are built from them and the diagrams are printed from them, so neither can go stale.
A trigger that a table does not allow raises `transitions.MachineError`: that is a defect of the caller, never an event.
No rule lives here; the rules decide which trigger to pull (`unit`, `bench`).
"""

from typing import NamedTuple

from transitions import Machine

from benchctl.core.model import Phase, RunState


class Arrow(NamedTuple):
    """`trigger` leads from any of `sources` to `target`."""

    trigger: str
    sources: tuple[Phase, ...] | tuple[RunState, ...]
    target: Phase | RunState


P = Phase
LIVE_PHASES = tuple(phase for phase in Phase if phase not in (P.TRIPPED, P.FAILED))

BATTERY_TABLE: tuple[Arrow, ...] = (
    Arrow("connect", (P.WAITING, P.CHECKING, P.RESTING, P.RESTED, P.VERIFIED, P.OUTLIER), P.CONNECTING),
    Arrow("check", (P.CONNECTING,), P.CHECKING),
    Arrow("precharge", (P.CHECKING, P.WAITING), P.PRECHARGING),
    Arrow("charge", (P.CHECKING, P.PRECHARGING, P.HOLDING), P.CHARGING),
    Arrow("hold", (P.CHECKING,), P.HOLDING),
    Arrow("absorb", (P.CHARGING,), P.ABSORBING),
    Arrow("pause", (P.PRECHARGING, P.CHARGING, P.ABSORBING, P.HOLDING), P.WAITING),
    Arrow("fill", (P.ABSORBING,), P.FULL),
    Arrow("rest", (P.FULL,), P.RESTING),
    Arrow("settle", (P.RESTING,), P.RESTED),
    Arrow("disturb", (P.RESTED, P.VERIFIED, P.OUTLIER), P.RESTING),
    Arrow("pass_", (P.RESTED, P.OUTLIER), P.VERIFIED),
    Arrow("stand_out", (P.RESTED, P.VERIFIED), P.OUTLIER),
    Arrow("trip", LIVE_PHASES, P.TRIPPED),
    Arrow("reset", (P.TRIPPED,), P.WAITING),
    Arrow("fail", LIVE_PHASES, P.FAILED),
)

R = RunState
ENDS = (R.APPROVED, R.REJECTED, R.NOT_PROVEN, R.TRIPPED, R.STOPPED, R.REFUSED)
LIVE_STATES = tuple(state for state in RunState if state not in ENDS)
AT_WORK = (R.CHARGING, R.RESTING, R.VERIFYING, R.BALANCING)

RUN_TABLE: tuple[Arrow, ...] = (
    Arrow("begin", (R.IDLE,), R.CHECKING),
    Arrow("charge", (R.CHECKING, R.RESTING, R.VERIFYING), R.CHARGING),
    Arrow("rest", (R.CHARGING, R.BALANCING, R.VERIFYING), R.RESTING),
    Arrow("verify", (R.RESTING,), R.VERIFYING),
    Arrow("balance", (R.VERIFYING,), R.BALANCING),
    Arrow("approve", (R.VERIFYING,), R.APPROVED),
    Arrow("reject", AT_WORK, R.REJECTED),
    Arrow("not_prove", LIVE_STATES, R.NOT_PROVEN),
    Arrow("trip", AT_WORK, R.TRIPPED),
    Arrow("stop", LIVE_STATES, R.STOPPED),
    Arrow("refuse", (R.IDLE, R.CHECKING), R.REFUSED),
)


class BatteryModel:
    """The part of a battery that the machine drives. Triggers are filled in by `transitions`."""

    def __init__(self) -> None:
        _machine(self, Phase, BATTERY_TABLE, Phase.WAITING)

    state: Phase

    def trigger(self, name: str) -> bool:
        """Follow the arrow `name` from the present phase."""
        raise NotImplementedError(name)


class RunModel:
    """The part of the run that the machine drives."""

    def __init__(self) -> None:
        _machine(self, RunState, RUN_TABLE, RunState.IDLE)

    state: RunState

    def trigger(self, name: str) -> bool:
        """Follow the arrow `name` from the present state."""
        raise NotImplementedError(name)


def _machine(
    model: object, states: type[Phase] | type[RunState], table: tuple[Arrow, ...], initial: Phase | RunState
) -> None:
    rows = [{"trigger": arrow.trigger, "source": list(arrow.sources), "dest": arrow.target} for arrow in table]
    Machine(model, states=states, transitions=rows, initial=initial, auto_transitions=False, model_override=True)


def mermaid(title: str, table: tuple[Arrow, ...], initial: Phase | RunState) -> str:
    """A Mermaid state diagram of a table; a trigger with many sources becomes many arrows."""
    lines = ["---", f"title: {title}", "---", "stateDiagram-v2", f"    [*] --> {initial.value}"]
    for arrow in table:
        lines += [
            f"    {source.value} --> {arrow.target.value}: {arrow.trigger.rstrip('_')}" for source in arrow.sources
        ]
    sources = {source for arrow in table for source in arrow.sources}
    lines += [f"    {end.value} --> [*]" for end in _targets(table) if end not in sources]
    return "\n".join(lines) + "\n"


def _targets(table: tuple[Arrow, ...]) -> list[Phase | RunState]:
    return list(dict.fromkeys(arrow.target for arrow in table))
