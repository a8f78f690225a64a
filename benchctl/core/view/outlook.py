"""The rest of the night as it looks now: the steps of its plan, moved by what rows have shown since it was made.

The law here: what no row has shown, and no estimate from rows can say, is not known, and neither is what follows from
it; nothing that is still to come lies in the past. Estimates only: nothing is decided by them.

A place's charges follow each other; the last one of all begins the common rest, that one the scan, that one the end.
Times are seconds of the run (`RunView.elapsed_s`) until they are shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from benchctl.core.messages import PlanStep, StepKind
from benchctl.core.mission import ABSORB_S, charge_left_s
from benchctl.core.model import Phase, RunState
from benchctl.core.view.runview import RunView
from benchctl.core.view.sights import BatterySight, StepSight
from benchctl.core.view.walltime import later

Shift: TypeAlias = float | None
"""By how much later than planned, in seconds; None: not known."""

_BEFORE = (None, Phase.WAITING)
_UNDER_WAY = (Phase.CHARGING, Phase.ABSORBING)


@dataclass(frozen=True, slots=True)
class Timed:
    """A step of the plan with the times that it has, or is expected to have."""

    step: PlanStep
    start_s: float | None
    end_s: float | None

    @property
    def shift(self) -> Shift:
        """How much later it ends."""
        return None if self.end_s is None else self.end_s - self.step.end_s


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is still to come, in wall-clock texts; None is not known. `hands`: when a person is needed next, and for
    what; None where the plan needs nobody any more."""

    steps: tuple[StepSight, ...]
    hands: StepSight | None
    rest_ends: str | None
    scan: str | None
    ends: str | None


NOTHING = Outlook((), None, None, None, None)


def outlook(view: RunView) -> Outlook:
    """The night by the last row. Of a run that has ended, or has no plan yet: nothing."""
    if view.verdict is not None or view.closed or not view.plan:
        return NOTHING
    timed = sorted(_timed(view), key=lambda each: (each.start_s is None, each.start_s or 0.0))
    hands = next((each for each in timed if each.step.hands and not _over(each, view)), None)
    ends = {each.step.kind: _wall(view, each.end_s) for each in timed}
    scan = next((_wall(view, each.start_s) for each in timed if each.step.kind is StepKind.SCAN), None)
    return Outlook(
        steps=tuple(_sight(view, each) for each in timed),
        hands=None if hands is None else _sight(view, hands),
        rest_ends=ends.get(StepKind.REST),
        scan=scan,
        ends=ends.get(StepKind.JUDGE),
    )


def full_about(view: RunView, position: str) -> str | None:
    """When what is charged there is expected to be full: a wall-clock text. None where that is not known: then
    `waiting_for` says until when it has time."""
    left_s = _charge_left_s(view, position)
    return None if left_s is None else _wall(view, view.elapsed_s + left_s)


def _charge_left_s(view: RunView, position: str) -> float | None:
    """By its current and the charge so far while it takes the full current; by the time that a taper usually takes
    afterwards, until that is over."""
    batteries = view.at(position)
    first = batteries[0] if batteries else BatterySight("")
    if first.phase is Phase.ABSORBING and first.since_s is not None and view.positions[position].output_on:
        left_s = first.since_s + ABSORB_S - view.elapsed_s
        return left_s if left_s > 0.0 else None
    amps, expected = view.positions[position].current_a, [each.expected_ah for each in batteries]
    known = [each for each in expected if each is not None]
    if first.phase is not Phase.CHARGING or len(known) != len(expected):
        return None
    if first.amp_hours is None or amps is None or not amps > 0.0:
        return None
    return charge_left_s(sum(known), first.amp_hours, amps)


# ---------------------------------------------------------------- the steps, one after another


def _timed(view: RunView) -> list[Timed]:
    """Every step with its times."""
    found: list[Timed] = [_moved(step, 0.0) for step in view.plan if step.kind is StepKind.CHECK]
    chains = [_chain(view, place) for place in dict.fromkeys(step.place for step in view.plan if step.place)]
    found += [each for chain in chains for each in chain]
    shift = _common_shift([chain[-1] for chain in chains if chain])
    found += [_moved(step, shift) for step in view.plan if step.kind is StepKind.TOP_UP]
    for kind, retime in _COMMON.items():
        for step in (each for each in view.plan if each.kind is kind):
            found.append(retime(view, _moved(step, shift)))
            if kind is not StepKind.JUDGE:
                shift = found[-1].shift
    return found


def _chain(view: RunView, place: str) -> list[Timed]:
    """What happens at a place until its last battery is full, step by step."""
    found: list[Timed] = []
    shift: Shift = 0.0
    for step in view.plan:
        if step.place == place and step.kind in (StepKind.CHARGE, StepKind.HANDS):
            found.append(_at_place(view, step, shift))
            shift = found[-1].shift
    return found


def _at_place(view: RunView, step: PlanStep, shift: Shift) -> Timed:
    battery = view.batteries.get(step.serial or "", BatterySight(""))
    moved = _moved(step, shift)
    if battery.charged_s is not None and step.kind is StepKind.CHARGE:
        return Timed(step, moved.start_s, battery.charged_s)
    if battery.phase in _BEFORE:
        return _not_before(moved, view.elapsed_s)
    if step.kind is not StepKind.CHARGE:
        return moved
    if battery.phase not in _UNDER_WAY:
        return _not_before(moved, view.elapsed_s)
    left_s = None if step.place is None else _charge_left_s(view, step.place)
    return Timed(step, moved.start_s, None if left_s is None else view.elapsed_s + left_s)


def _common_shift(lasts: list[Timed]) -> Shift:
    """The last of all places decides; one that is not known leaves that open."""
    ends = [each.end_s for each in lasts if each.end_s is not None]
    if not lasts or len(ends) != len(lasts):
        return None
    return max(ends) - max(each.step.end_s for each in lasts)


def _rest(view: RunView, moved: Timed) -> Timed:
    """A rest that is under way ends when its batteries have rested; one that will be repeated has no known end."""
    if view.state in (RunState.CHECKING, RunState.CHARGING):
        return _not_before(moved, view.elapsed_s)
    if view.state is RunState.RESTING:
        return Timed(moved.step, moved.start_s, _rested_s(view))
    return Timed(moved.step, moved.start_s, view.state_since_s if view.state is RunState.VERIFYING else None)


def _rested_s(view: RunView) -> float | None:
    ends_s = [view.elapsed_s]
    for battery in view.batteries.values():
        if battery.phase is Phase.RESTING:
            left_s = None if battery.until_s is None else view.left_s(battery.until_s)
            if left_s is None:
                return None
            ends_s.append(view.elapsed_s + max(0.0, left_s))
        elif battery.charged_s is None or battery.phase in _UNDER_WAY:
            return None
    return max(ends_s)


def _scan(view: RunView, moved: Timed) -> Timed:
    """A scan goes on until all are read."""
    if view.state is not RunState.VERIFYING or moved.end_s is None:
        return moved
    return Timed(moved.step, moved.start_s, max(moved.end_s, view.elapsed_s))


_COMMON: dict[StepKind, Callable[[RunView, Timed], Timed]] = {
    StepKind.REST: _rest,
    StepKind.SCAN: _scan,
    StepKind.JUDGE: lambda view, moved: _not_before(moved, view.elapsed_s),
}


def _moved(step: PlanStep, shift: Shift) -> Timed:
    return Timed(step, None, None) if shift is None else Timed(step, step.start_s + shift, step.end_s + shift)


def _not_before(moved: Timed, now_s: float) -> Timed:
    """As long as planned, from now on if it should have begun already."""
    if moved.start_s is None:
        return moved
    start_s = max(moved.start_s, now_s)
    return Timed(moved.step, start_s, start_s + moved.step.end_s - moved.step.start_s)


# ---------------------------------------------------------------- as it is shown


def _over(each: Timed, view: RunView) -> bool:
    return each.end_s is not None and each.end_s <= view.elapsed_s


def _wall(view: RunView, at_s: float | None) -> str | None:
    return None if at_s is None or view.wall is None else later(view.wall, at_s - view.elapsed_s)


def _sight(view: RunView, each: Timed) -> StepSight:
    start, end = _wall(view, each.start_s), _wall(view, each.end_s)
    return StepSight(each.step.text, start, end, each.step.hands)
