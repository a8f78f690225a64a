"""A bench whose meter a person holds: where the probes are wanted, and what happens when they are elsewhere."""

from dataclasses import replace

from benchctl.core import messages as m
from benchctl.core.model import Phase, Regulation, RunState, SupplySample, Verdict
from benchctl.core.probes import Errand, ProbesLifted, ProbesRead, ProbesSeen, ProbesState
from tests.core.driven import Cell, Driven, by_hand, held_run, short
from tests.core.values import absent, mission, reading


def open_prompt(run: Driven) -> m.PromptAsked | None:
    """What is asked for just now."""
    closed = {fact.prompt for fact in run.told(m.PromptClosed)}
    return next((one for one in reversed(run.told(m.PromptAsked)) if one.prompt not in closed), None)


def asked_for(run: Driven) -> str | None:
    """The battery on which the probes are wanted."""
    prompt = open_prompt(run)
    return None if prompt is None else prompt.serial


def obedient(run: Driven) -> None:
    """A person who answers every prompt."""
    prompt = open_prompt(run)
    if prompt is not None:
        run.feed(m.Answered(prompt.prompt, "done", "Kim"))


def helped(run: Driven, met: RunState | Phase, serial: str = "E1", limit_s: int = 3000) -> Driven:
    """Tick, with the obedient person, until the run or the battery is there."""
    for _ in range(limit_s):
        if met in (run.bench.state, run.phase(serial)):
            return run
        run.seconds(1)
        obedient(run)
    raise AssertionError(f"still {run.bench.state}, {serial} {run.phase(serial)}")


def errands(run: Driven) -> list[tuple[Errand, str]]:
    return [(fact.errand, fact.serial) for fact in run.told(ProbesRead)]


def states(run: Driven) -> list[ProbesState]:
    return [fact.state for fact in run.told(ProbesSeen)]


def refused(run: Driven) -> list[str]:
    return [fact.reason for fact in run.told(m.WishRefused)]


# ---------------------------------------------------------------- asking


def test_one_battery_at_a_time_is_asked_for() -> None:
    run = held_run().seconds(3)
    assert [fact.serial for fact in run.told(m.PromptAsked)] == ["E1"]
    assert run.bench.waits_for_hands


def test_a_reading_is_taken_by_itself_and_the_next_battery_asked_for() -> None:
    run = held_run().seconds(3)
    run.probed = "E1"
    run.seconds(8)
    assert errands(run) == [(Errand.CHECK, "E1")]
    assert [fact.value for fact in run.told(m.PromptClosed)] == ["read"]
    assert asked_for(run) == "E2"


def test_probes_that_still_lie_on_the_battery_before_are_not_read_for_the_next() -> None:
    run = held_run().seconds(3)
    run.trouble = lambda order, _at: m.Polled("P1", run.look("P1")) if isinstance(order, m.MoveProbes) else None
    run.probed = "E1"
    run.seconds(200)
    assert errands(run) == [(Errand.CHECK, "E1")]
    assert states(run)[-1] is ProbesState.NOT_LIFTED


def test_nothing_is_switched_on_before_every_battery_was_seen() -> None:
    run = helped(held_run(), Phase.CHARGING, "E2")
    seen = [at_s for at_s, fact in run.facts if isinstance(fact, ProbesRead)]
    assert errands(run)[:2] == [(Errand.CHECK, "E1"), (Errand.CHECK, "E2")]
    assert min(run.ons()) > seen[1]


def test_a_whole_run_is_approved_and_the_first_battery_read_again() -> None:
    run = helped(held_run(), RunState.APPROVED)
    assert errands(run)[-3:] == [(Errand.SCAN, "E1"), (Errand.SCAN, "E2"), (Errand.AGAIN, "E1")]
    assert {errand for errand, serial in errands(run) if serial == "E2"} >= {Errand.TAPER, Errand.SCAN}


def test_reversed_probes_are_told_and_an_answer_does_not_help() -> None:
    run = held_run().seconds(3)
    run.probed, run.turned = "E1", True
    run.seconds(2)
    obedient(run)
    run.seconds(100)
    assert states(run)[-1] is ProbesState.REVERSED
    assert refused(run) == ["The probes on E1 are the wrong way round. Turn them: red on plus, black on minus."]
    assert errands(run) == []


def test_a_battery_that_a_person_says_is_there_and_shows_nothing_sleeps() -> None:
    run = helped(held_run(E2=Cell(open_v=0.0)), RunState.REFUSED)
    assert "E2: its BMS sleeps" in run.to_the_end().reasons[0]


def test_a_stop_takes_every_prompt_back() -> None:
    run = held_run().seconds(3)
    run.feed(m.StopRequested("Kim"))
    assert open_prompt(run) is None
    assert run.to_the_end().verdict is Verdict.STOPPED


def test_stop_is_an_answer_here_too() -> None:
    run = held_run().seconds(3)
    run.feed(m.Answered("Q1", "stop", "Kim"))
    assert run.to_the_end().verdict is Verdict.STOPPED


def test_an_answer_in_other_words_is_refused() -> None:
    run = held_run().seconds(3)
    run.feed(m.Answered("Q1", "perhaps", "Kim"))
    assert refused(run) == ["Q1 is answered with done, when it is done."]


# ---------------------------------------------------------------- charging


def test_probes_stay_on_from_the_check_to_the_first_current() -> None:
    run = helped(held_run(1, 1), Phase.CHARGING)
    assert errands(run) == [(Errand.CHECK, "E1")]
    assert run.told(ProbesLifted) == []


def test_a_first_current_without_the_meter_is_broken_off_and_begun_again() -> None:
    run = helped(held_run(1, 1, E1=Cell(cc_s=500.0)), Phase.CHARGING)
    run.probed = None
    run.seconds(63)
    assert (run.phase("E1"), run.lit) == (Phase.WAITING, [])
    helped(run, Phase.CHARGING)


def test_without_the_probes_no_taper_is_proven() -> None:
    run = helped(held_run(1, 1), Phase.ABSORBING)
    run.probed = None
    run.until(lambda one: one.bench.verdict is not None, 1000)
    assert run.told(m.TaperProven) == []
    assert run.to_the_end().verdict is Verdict.NOT_PROVEN


def test_what_the_supply_does_not_hold_proves_no_taper() -> None:
    """The probes were put on the battery beside it, which rests."""
    run = helped(held_run(2, 2, E2=Cell(cc_s=5000.0)), Phase.ABSORBING)
    run.until(lambda one: asked_for(one) == "E1", 300)
    run.seconds(2)
    run.probed = "E2"
    run.seconds(60)
    assert states(run)[-1] is ProbesState.ELSEWHERE
    assert run.told(m.TaperProven) == []


# ---------------------------------------------------------------- the scan


def test_a_scan_that_takes_too_long_is_made_again() -> None:
    run = helped(held_run(), RunState.VERIFYING)
    while (Errand.SCAN, "E1") not in errands(run):
        run.seconds(1)
        obedient(run)
    run.seconds(62)
    whys = [fact.why for fact in run.told(m.RunEntered)]
    assert "the scan did not fit the rest window" in whys
    helped(run, RunState.APPROVED)
    assert errands(run)[-3:] == [(Errand.SCAN, "E1"), (Errand.SCAN, "E2"), (Errand.AGAIN, "E1")]


def test_a_scan_that_never_comes_to_its_end_is_not_made_for_ever() -> None:
    rules = short()
    given = by_hand(mission())
    long = replace(rules, rest=replace(rules.rest, max_s=4000.0))
    run = helped(Driven(replace(given, procedure=long)).start(), RunState.VERIFYING)
    while run.bench.verdict is None:
        assert run.at_s < 3000.0
        run.seconds(1)
        if asked_for(run) == "E1":
            obedient(run)
    assert run.bench.verdict.verdict is Verdict.NOT_PROVEN
    assert run.bench.verdict.reasons == ("The readings of the common scan never fitted into one rest window.",)
    assert run.states().count("verifying") == 10


def test_a_meter_that_drifts_over_every_scan_proves_nothing() -> None:
    rules = short()
    long = replace(rules, rest=replace(rules.rest, max_s=4000.0))
    run = helped(Driven(replace(by_hand(mission()), procedure=long)).start(), RunState.VERIFYING)

    def drifts(order: m.Order, _at_s: float) -> m.Event | None:
        prompt = open_prompt(run)
        again = isinstance(order, m.ScanMeters) and prompt is not None and "once more" in prompt.text
        run.cells["E1"].rest_v = 13.454 if again else 13.45
        return None

    run.trouble = drifts
    helped(run, RunState.NOT_PROVEN)
    (reason,) = run.to_the_end(1).reasons
    assert reason.startswith("dmm1 read 13.4500 V from E1 and 13.4540 V at the end: it has drifted")
    assert run.states().count("verifying") == 3


def test_a_battery_that_is_lost_in_the_scan_is_asked_for_no_more() -> None:
    run = helped(held_run(), RunState.VERIFYING)
    while (Errand.SCAN, "E1") not in errands(run):
        run.seconds(1)
        obedient(run)
    for _ in range(2):
        run.feed(m.Polled("P1", SupplySample(reading(14.6, run.at_s), reading(1.0, run.at_s), Regulation.CV, True)))
    run.seconds(30)
    obedient(run)
    assert run.phase("E1") is Phase.TRIPPED
    assert run.to_the_end().verdict is Verdict.TRIPPED


def test_a_rest_has_no_curve_and_is_not_disturbed_by_that() -> None:
    run = helped(held_run(), RunState.VERIFYING)
    assert run.phases("E1").count("resting") == 1


def test_a_prompt_that_is_not_open_confirms_nothing() -> None:
    run = held_run().seconds(3)
    run.feed(m.Answered("Q99", "done", "Kim"))
    assert refused(run) == ["No prompt Q99 is open."]
    assert run.probed is None


def test_one_absent_reading_does_not_take_the_probes_off() -> None:
    run = helped(held_run(1, 1, E1=Cell(cc_s=500.0)), Phase.CHARGING)
    run.seconds(10)
    lifted = len(run.told(ProbesLifted))
    missing = [True]
    run.trouble = lambda order, at_s: (
        m.MetersScanned("dmm1", (("P1", absent(at_s)),))
        if isinstance(order, m.ScanMeters) and missing and missing.pop()
        else None
    )
    run.seconds(5)
    assert not missing
    assert len(run.told(ProbesLifted)) == lifted


def test_a_late_answer_of_another_position_is_no_reading_of_this_one() -> None:
    run = held_run().seconds(3)
    run.feed(m.MetersScanned("dmm1", (("P2", reading(13.2, run.at_s)),)))
    assert states(run)[-1:] != [ProbesState.STEADY]
    assert not run.told(ProbesRead)
