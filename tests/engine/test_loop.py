"""The loop: what waits for the disk and what never does, and that a turn is complete before it is called so."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from benchctl.core import messages as m
from benchctl.core.mission import Mission
from benchctl.core.model import RunState, Verdict
from benchctl.core.rows import Body
from benchctl.core.run.bench import Bench
from benchctl.edge.wire import Outcome
from benchctl.engine.durable import Durable
from benchctl.engine.loop import Loop
from tests.core.driven import Driven, short
from tests.core.values import mission
from tests.fakes import CalmHost
from tests.fakes_journal import MemoryJournal


class World:
    """Hardware, time, wishes, lease, teller and hands in one: the driven bench answers, everything is written down."""

    def __init__(self, given: Mission, lock_step: bool) -> None:
        self.lock_step = lock_step
        self.bench = Driven(given)
        self.log: list[str] = []
        self.outcomes: list[Outcome] = []
        self.deliver: Callable[[list[Outcome]], list[Outcome]] = lambda outcomes: outcomes
        self.waiting: list[tuple[str, m.Wish]] = []
        self.answers: list[tuple[str, bool, str]] = []
        self.told: list[Body] = []
        self.lost: str | None = None
        self.answered = True
        self.stamps: list[int] = []
        self.waits: list[float] = []

    # hardware
    @property
    def outstanding(self) -> int:
        return len(self.outcomes)

    def energise(self, order: m.Program | m.SwitchOn) -> None:
        self.submit(order)

    def submit(self, order: m.Order) -> None:
        self.log.append(f"{type(order).__name__} {getattr(order, 'position', '')}".strip())
        answer = self.bench.trouble(order, self.bench.at_s) or self.bench._usual(order)
        assert answer is not None
        self.outcomes.append(Outcome(order, (answer,), 0.0))

    def take(self, timeout_s: float) -> list[Outcome]:
        del timeout_s
        taken, self.outcomes = self.deliver(self.outcomes), []
        return taken

    # time
    def now_s(self) -> float:
        return self.bench.at_s

    def wall(self) -> str:
        return "2026-03-01T18:00:00.000+00:00"

    def pass_until(self, at_s: float, for_hands: bool) -> None:
        del for_hands
        self.bench.at_s = at_s

    def waited(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.bench.at_s += seconds

    # wishes
    def received(self) -> list[tuple[str, m.Wish]]:
        taken, self.waiting = self.waiting, []
        return taken

    def answer(self, wish: str, accepted: bool, sentence: str) -> None:
        self.answers.append((wish, accepted, sentence))

    # lease
    def stamp(self, turn: int) -> None:
        self.stamps.append(turn)

    def standing(self) -> str | None:
        return self.lost

    # teller and hands
    def tell(self, wall: str, body: Body) -> None:
        del wall
        self.told.append(body)

    def moved(self, position: str, *serials: str) -> None:
        self.log.append(f"moved {'+'.join(serials)} to {position}")

    def held(self, instrument: str, serial: str | None) -> None:
        self.log.append(f"probes of {instrument} on {serial}")


class Rig:
    """A loop on that world, with a journal that commits at once or when the test says so."""

    def __init__(self, lock_step: bool = False, instant: bool = True, positions: int = 1) -> None:
        given = replace(mission(positions, positions), procedure=short())
        self.world = World(given, lock_step)
        self.durable = Durable()
        self.journal = MemoryJournal("boot", self.durable.committed, self.durable.failed, instant=instant)
        rank = {f"P{number + 1}": number for number in range(positions)}
        self.bench = Bench(given)
        w = self.world
        self.loop = Loop(self.bench, w, w, self.journal, self.durable, w, w, w, w, CalmHost(self.durable), rank)

    def turns(self, count: int) -> None:
        for _ in range(count):
            self.loop.turn()
            self.world.bench.at_s += 1.0

    def until(self, met: Callable[[], bool]) -> None:
        for _ in range(500):
            if met():
                return
            self.turns(1)
        raise AssertionError(self.world.log[-20:])

    def started(self) -> "Rig":
        self.loop._feed(m.Started())
        return self

    def kinds(self) -> list[str]:
        return [row.kind for row in self.journal.rows]


def test_a_run_from_its_start_to_its_verdict_on_disk() -> None:
    rig = Rig()
    assert rig.loop.run().verdict is Verdict.APPROVED
    assert rig.kinds()[0] == "started"
    assert rig.kinds()[-1] in ("verdict_reached", "samples")
    assert [told.verdict for told in rig.world.told if isinstance(told, m.VerdictReached)] == [Verdict.APPROVED]


def test_what_energises_leaves_only_after_its_intent_is_on_disk() -> None:
    rig = Rig(instant=False).started()
    while rig.bench.state is not RunState.CHARGING:
        rig.journal.flush(0)
        rig.turns(1)
    rig.turns(5)
    assert "Program P1" not in rig.world.log
    assert "intent" not in rig.kinds()
    rig.journal.flush(0)
    assert "intent" in rig.kinds()
    rig.turns(1)
    assert "Program P1" in rig.world.log
    assert "SwitchOn P1" not in rig.world.log


def test_an_off_leaves_at_once_whatever_the_disk_does() -> None:
    rig = Rig(instant=False).started()
    assert rig.world.log == ["SwitchOff P1"]
    rig.world.log.clear()
    rig.loop.ask(m.StopRequested(None))
    rig.turns(1)
    assert rig.world.log[0] == "SwitchOff P1"
    assert rig.journal.rows == []


def test_nothing_that_energises_follows_an_off_that_was_said_while_the_disk_was_awaited() -> None:
    rig = Rig(instant=False).started()
    rig.journal.flush(0)
    rig.turns(3)
    assert "intent" not in rig.kinds()
    rig.loop.ask(m.StopRequested(None))
    rig.turns(1)
    rig.journal.flush(0)
    assert "intent" in rig.kinds(), "it was ordered, and stayed behind the disk"
    rig.turns(5)
    assert not [line for line in rig.world.log if line.startswith(("Program", "SwitchOn"))]


def test_people_are_told_only_what_is_on_disk() -> None:
    rig = Rig(instant=False).started()
    rig.turns(2)
    assert rig.world.told == []
    rig.journal.flush(0)
    rig.turns(1)
    assert isinstance(rig.world.told[0], m.Started)


def test_a_wish_is_answered_when_it_is_on_disk() -> None:
    rig = Rig(instant=False).started()
    rig.world.waiting.append(("w1", m.AckRequested("A7", "Kim")))
    rig.turns(1)
    assert rig.world.answers == []
    rig.journal.flush(0)
    rig.turns(1)
    assert rig.world.answers == [("w1", False, "There is no alarm A7 to acknowledge.")]


def charged(rig: Rig) -> Rig:
    """With a disk that commits once a turn, until both outputs are on."""
    while len(rig.world.bench.lit) < 2:
        rig.journal.flush(0)
        rig.turns(1)
    return rig


def tripped(rig: Rig) -> Rig:
    """The supply of P1 has switched itself off, and all that is on disk."""
    rig.journal.flush(0)
    look = rig.world.bench.look("P1")
    rig.loop._feed(m.Polled("P1", replace(look, output_on=False)))
    rig.turns(2)
    rig.journal.flush(0)
    rig.turns(1)
    rig.world.log.clear()
    return rig


@pytest.mark.parametrize(
    ("standing", "accepted", "words"), [((), True, "Accepted."), (("watchdog",), False, "clear the trip at")]
)
def test_a_reset_is_answered_when_its_supply_has_answered(
    standing: tuple[str, ...], accepted: bool, words: str
) -> None:
    rig = tripped(charged(Rig(positions=2).started()))
    came = m.TripCleared("P1", "Kim", True, (), standing)
    rig.world.bench.trouble = lambda order, _at_s: came if isinstance(order, m.ClearTrip) else None
    rig.world.waiting += [("w1", m.ResetRequested("P1", "Kim")), ("w2", m.ResetRequested("P9", "Kim"))]
    rig.turns(1)
    first, second = rig.world.answers
    assert first == ("w2", False, "P9 has no latch to reset.")
    assert second[:2] == ("w1", accepted)
    assert words in second[2]


def test_a_trip_is_cleared_only_after_its_intent_is_on_disk() -> None:
    rig = tripped(charged(Rig(instant=False, positions=2).started()))
    rig.world.waiting.append(("w1", m.ResetRequested("P1", "Kim")))
    rig.turns(2)
    assert "ClearTrip P1" not in rig.world.log
    rig.journal.flush(0)
    rig.turns(1)
    assert "ClearTrip P1" in rig.world.log


def test_no_trip_is_cleared_after_an_off_that_was_said_while_the_disk_was_awaited() -> None:
    rig = tripped(charged(Rig(instant=False, positions=2).started()))
    rig.world.waiting.append(("w1", m.ResetRequested("P1", "Kim")))
    rig.turns(1)
    rig.loop.ask(m.StopRequested(None))
    rig.turns(1)
    rig.journal.flush(0)
    rig.turns(3)
    assert "ClearTrip P1" not in rig.world.log


def test_who_asked_stands_in_the_row() -> None:
    rig = Rig().started()
    rig.world.waiting.append(("w1", m.StopRequested("Kim")))
    rig.turns(1)
    assert [row.actor for row in rig.journal.rows if row.kind == "stop_requested"] == ["operator:Kim"]


def test_without_a_standing_lease_nothing_is_energised_and_the_run_collapses_once() -> None:
    rig = Rig().started()
    rig.world.lost = "The guard is gone."
    rig.until(lambda: rig.bench.verdict is not None)
    assert not [line for line in rig.world.log if line.startswith(("Program", "SwitchOn"))]
    assert rig.kinds().count("guard_lost") == 1
    assert rig.bench.verdict is not None
    assert rig.bench.verdict.verdict is Verdict.NOT_PROVEN


def test_before_the_guard_has_answered_nothing_is_energised() -> None:
    rig = Rig().started()
    rig.world.answered = False
    rig.turns(10)
    assert not [line for line in rig.world.log if line.startswith(("Program", "SwitchOn"))]


@pytest.mark.parametrize("lock_step", [False, True])
def test_a_broken_disk_switches_everything_off_and_the_run_still_ends(lock_step: bool) -> None:
    rig = Rig(lock_step=lock_step).started()
    rig.until(lambda: bool(rig.world.bench.lit))
    rig.journal.fail("The disk is full.")
    rig.until(lambda: rig.bench.verdict is not None)
    assert rig.world.bench.lit == []
    assert rig.bench.verdict is not None
    assert rig.bench.verdict.reasons == ("The disk is full.",)


def test_a_stop_works_with_a_broken_disk() -> None:
    rig = Rig().started()
    rig.until(lambda: bool(rig.world.bench.lit))
    rig.loop.ask(m.StopRequested(None))
    rig.journal.fail("The disk is full.")
    rig.turns(1)
    assert rig.world.bench.lit == []


def test_the_lease_is_stamped_at_the_end_of_each_turn() -> None:
    rig = Rig().started()
    rig.turns(3)
    assert rig.world.stamps == [2, 3, 4]


def test_the_looks_of_a_cycle_share_a_row() -> None:
    rig = Rig(positions=2).started()
    rig.until(lambda: rig.kinds().count("lead_learned") == 2)
    rig.turns(1)
    rig.journal.rows.clear()
    rig.turns(1)
    row = rig.journal.rows[0]
    assert row.kind == "samples"
    assert row.body.count('"position":"P') == 2


def test_what_follows_from_a_look_comes_after_it() -> None:
    rig = Rig().started()
    rig.until(lambda: "taper_proven" in rig.kinds())
    kinds = rig.kinds()
    assert kinds[kinds.index("taper_proven") - 1] == "samples"


def test_in_lock_step_answers_are_taken_in_the_order_of_positions() -> None:
    def rows(scramble: bool) -> list[str]:
        rig = Rig(lock_step=True, positions=2)
        if scramble:
            rig.world.deliver = lambda outcomes: sorted(outcomes, key=instrument, reverse=True)
        rig.loop.run()
        return [row.hash for row in rig.journal.rows]

    assert rows(scramble=False) == rows(scramble=True)


def instrument(outcome: Outcome) -> str:
    return outcome.order.instrument if isinstance(outcome.order, m.ScanMeters) else outcome.order.position


def test_in_lock_step_what_a_wire_waited_in_vain_is_time_that_has_passed() -> None:
    rig = Rig(lock_step=True).started()
    rig.world.deliver = lambda outcomes: [replace(outcome, lost_s=1.0) for outcome in outcomes]
    rig.world.waits.clear()
    rig.loop.turn()
    assert sum(rig.world.waits) == pytest.approx(len([wait for wait in rig.world.waits if wait]))
    assert 1.0 in rig.world.waits
