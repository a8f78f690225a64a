"""A group: read alone, joined, charged as one, taken apart; each has to show that it shared in the charge."""

from dataclasses import replace

import pytest

from benchctl.core import messages as m
from benchctl.core.mission import Mission
from benchctl.core.model import Phase, RunState, Verdict
from benchctl.core.run.joining import SHOWN_S
from tests.core.driven import Cell, Driven, short
from tests.core.values import mission, unseen


def grouped(groups: str, positions: int = 1) -> Mission:
    """Batteries E1, E2, …, each in the group of its letter (`-`: in none), with a window into which single charges
    fit."""
    rules = short()
    given = mission(len(groups), positions)
    named = [None if name == "-" else name for name in groups]
    batteries = tuple(replace(one, group=name) for one, name in zip(given.bank.batteries, named, strict=True))
    return replace(
        given,
        bank=replace(given.bank, batteries=batteries),
        procedure=replace(rules, rest=replace(rules.rest, max_s=5000.0)),
        attended=True,
    )


def run_of(groups: str, positions: int = 1, **cells: Cell) -> Driven:
    return Driven(grouped(groups, positions), {name.replace("_", "+"): cell for name, cell in cells.items()}).start()


def minded(run: Driven, limit_s: float = 9000.0) -> m.VerdictReached:
    """A person does at once what is asked."""
    end_s = run.at_s + limit_s
    while run.bench.verdict is None:
        assert run.at_s < end_s, run.facts[-5:]
        run.seconds(1)
        run.done()
    return run.bench.verdict


def until_asked(run: Driven, kind: m.PromptKind) -> m.PromptAsked:
    """Everything before that is done at once."""
    while not run.told(m.PromptAsked) or run.told(m.PromptAsked)[-1].kind is not kind:
        assert run.at_s < 9000.0
        run.done()
        run.seconds(1)
    return run.told(m.PromptAsked)[-1]


def asked(run: Driven) -> list[tuple[str, str | None]]:
    return [(prompt.kind.value, prompt.serial) for prompt in run.told(m.PromptAsked)]


def no_meter(order: m.Order, _at_s: float) -> m.Event | None:
    return m.MetersScanned("scan1", ()) if isinstance(order, m.ScanMeters) else None


def no_trouble(_order: m.Order, _at_s: float) -> m.Event | None:
    return None


def notes(run: Driven) -> str:
    return " ".join(note.text for note in run.told(m.Noted))


# ---------------------------------------------------------------- the usual way


def test_a_group_is_read_joined_charged_taken_apart_and_each_is_read_and_verified_alone() -> None:
    run = run_of("AAA")
    assert minded(run).verdict is Verdict.APPROVED
    entry, joined = [("probe", "E2"), ("probe", "E3")], [("join", "E1"), ("separate", "E1")]
    after, scan = [("probe", "E2"), ("probe", "E3"), ("probe", "E1")], [("probe", "E2"), ("probe", "E3")]
    assert asked(run) == [*entry, *joined, *after, *scan]
    assert run.phases("E2") == [
        "connecting", "checking", "charging", "absorbing", "full", "resting", "rested", "verified",
    ]  # fmt: skip


def test_the_prompts_of_a_group_name_all_of_it() -> None:
    run = run_of("AAA")
    minded(run)
    both = [prompt for prompt in run.told(m.PromptAsked) if prompt.joined]
    assert [(prompt.kind.value, prompt.joined) for prompt in both] == [
        ("join", ("E1", "E2", "E3")),
        ("separate", ("E1", "E2", "E3")),
    ]
    assert both[0].text.startswith("Join E1, E2, E3 in parallel, plus to plus and minus to minus")


def test_the_taper_is_held_against_the_sum_and_told_of_each() -> None:
    run = run_of("AAAA")
    minded(run)
    proofs = run.told(m.TaperProven)
    assert [proof.serial for proof in proofs] == ["E1", "E2", "E3", "E4"]
    assert {proof.limit_a for proof in proofs} == {5.0}, "half of the 10 A that are set; 0.05 C would be 10 A"
    assert "of the 200 Ah of its batteries; what each of them took is not known" in notes(run)


def test_two_groups_on_two_positions() -> None:
    run = run_of("AABB", 2)
    assert minded(run).verdict is Verdict.APPROVED
    assert [kind for kind, _ in asked(run)].count("join") == 2


def test_nothing_is_on_before_the_group_is_joined() -> None:
    run = run_of("AAA")
    until_asked(run, m.PromptKind.JOIN)
    run.seconds(300)
    assert not run.ons()


def test_a_joined_reading_is_nobodys_rest() -> None:
    run = run_of("AA")
    until_asked(run, m.PromptKind.SEPARATE)
    run.seconds(100)
    assert {run.phase("E1"), run.phase("E2")} == {Phase.FULL}, "the rest begins when they are apart"


# ---------------------------------------------------------------- before they are joined


def test_batteries_that_stand_apart_are_not_joined() -> None:
    run = run_of("AAA", E2=Cell(open_v=13.05))
    verdict = minded(run)
    assert verdict.verdict is Verdict.NOT_PROVEN
    assert len(verdict.reasons) == 1
    assert verdict.reasons[0].startswith("Group A is not joined: E1 13.200 V, E2 13.050 V, E3 13.200 V, 0.150 V apart")
    assert not run.ons()
    assert "join" not in dict(asked(run))


@pytest.mark.parametrize(("apart_v", "joined"), [(0.0970, True), (0.0999, False)])
def test_the_uncertainty_counts_at_the_entry(apart_v: float, joined: bool) -> None:
    run = run_of("AA", E2=Cell(open_v=13.2 - apart_v))
    minded(run)
    assert ("join" in dict(asked(run))) is joined


def test_a_battery_that_sleeps_is_named_and_the_others_are_joined_without_it() -> None:
    run = run_of("AAA", E2=Cell(open_v=0.02))
    verdict = minded(run)
    assert verdict.verdict is Verdict.REJECTED
    assert verdict.reasons == (
        "P1 reads 0.02 V from E2: its BMS sleeps, or a lead is open. Check the leads; a sleeping battery has to be "
        "woken first.",
    )
    assert [proof.serial for proof in run.told(m.TaperProven)] == ["E1", "E3"]


def test_the_last_that_is_left_of_a_group_is_charged_alone() -> None:
    run = run_of("AA", E2=Cell(open_v=0.02))
    assert minded(run).verdict is Verdict.REJECTED
    assert [kind for kind, _ in asked(run)] == ["probe", "connect"]
    assert run.told(m.TaperProven)[0].limit_a == 2.5


def test_a_battery_that_cannot_be_read_is_not_joined() -> None:
    run = run_of("AA")
    until_asked(run, m.PromptKind.PROBE)
    run.trouble = no_meter
    assert minded(run).verdict is Verdict.NOT_PROVEN
    assert run.phase("E2") is Phase.FAILED


def test_a_joint_voltage_that_none_of_them_has_stops_before_anything_is_on() -> None:
    run = run_of("AA", E1_E2=Cell(open_v=12.4))
    verdict = minded(run)
    assert verdict.verdict is Verdict.REJECTED
    assert "alone its batteries stood at 13.200 to 13.200 V: look at the links." in verdict.reasons[0]
    assert not run.ons()


# ---------------------------------------------------------------- as one


def test_the_ampere_hours_are_held_against_the_sum() -> None:
    given = grouped("AAAA")
    rules = replace(given.procedure.charge, max_amp_hours_factor=0.0001)
    run = Driven(replace(given, procedure=replace(given.procedure, charge=rules))).start()
    verdict = minded(run)
    (reason,) = verdict.reasons
    assert verdict.verdict is Verdict.NOT_PROVEN
    assert reason.startswith("group A (E1, E2, E3, E4): It took more than 0.0 Ah without becoming full.")


def test_a_deeply_discharged_group_is_woken_gently() -> None:
    run = run_of("AA", E1=Cell(open_v=11.0), E2=Cell(open_v=11.0), E1_E2=Cell(open_v=11.0))
    until_asked(run, m.PromptKind.SEPARATE)
    currents = [order.settings.current_a for _, order in run.orders if isinstance(order, m.Program)]
    assert currents == [5.0, 5.0, 5.0, 10.0], "0.05 C of both, and the full current only when they have recovered"


def test_a_breach_latches_the_whole_group_and_a_reset_charges_it_again_as_one() -> None:
    run = run_of("AA")
    until_asked(run, m.PromptKind.JOIN)
    run.done()
    run.until_phase("E1", Phase.CHARGING)
    run.trouble = lambda order, at_s: unseen("P1", at_s) if isinstance(order, m.Poll) else None
    run.until_phase("E2", Phase.TRIPPED)
    assert (run.phase("E1"), run.lit) == (Phase.TRIPPED, [])
    assert [alarm.serial for alarm in run.told(m.AlarmRaised)] == ["E1+E2"]
    run.trouble = no_trouble
    run.seconds(5)
    run.feed(m.ResetRequested("P1", "Kim"))
    assert minded(run).verdict is Verdict.APPROVED
    assert [kind for kind, _ in asked(run)].count("join") == 1


# ---------------------------------------------------------------- afterwards


def test_one_that_stands_lower_than_another_that_was_read_later_has_to_earn_its_own_taper() -> None:
    run = run_of("AAA", E2=Cell(rest_v=13.0, grows_v=0.21))
    assert minded(run).verdict is Verdict.APPROVED
    assert "E2 has not shown that it shared in its group's charge: it stood at 13.210 V, when E3, read" in notes(run)
    assert [proof.serial for proof in run.told(m.TaperProven)] == ["E1", "E2", "E3", "E2"]


def test_the_first_is_found_too() -> None:
    run = run_of("AA", E1=Cell(rest_v=13.0, grows_v=0.21))
    assert minded(run).verdict is Verdict.APPROVED
    assert [proof.serial for proof in run.told(m.TaperProven)] == ["E1", "E2", "E1"]


def test_the_last_is_found_because_the_first_is_read_once_more() -> None:
    run = run_of("AA", E2=Cell(rest_v=13.0, grows_v=0.21))
    assert minded(run).verdict is Verdict.APPROVED
    assert [proof.serial for proof in run.told(m.TaperProven)] == ["E1", "E2", "E2"]


def test_one_whose_bms_stays_open_is_rejected_by_name() -> None:
    run = run_of("AA", E2=Cell(rest_v=13.2, opens_s=0.0))
    verdict = minded(run)
    assert verdict.verdict is Verdict.REJECTED
    assert verdict.reasons[0].startswith("E2: the current stopped in a step")


def test_readings_that_come_too_late_show_nothing_and_everyone_earns_its_own_taper() -> None:
    run = run_of("AA")
    until_asked(run, m.PromptKind.SEPARATE)
    run.seconds(SHOWN_S)
    assert minded(run).verdict is Verdict.APPROVED
    assert "E1 has not shown that it shared in its group's charge: it was not read alone soon enough" in notes(run)
    assert [proof.serial for proof in run.told(m.TaperProven)] == ["E1", "E2", "E1", "E2"]


def test_one_that_the_meter_does_not_read_afterwards_has_to_earn_its_own_taper() -> None:
    run = run_of("AAA")
    until_asked(run, m.PromptKind.SEPARATE)
    until_asked(run, m.PromptKind.PROBE)
    run.trouble = no_meter
    run.done()
    run.until(lambda one: len(one.told(m.PromptAsked)) == 6)
    run.trouble = no_trouble
    assert minded(run).verdict is Verdict.APPROVED
    assert "E2 has not shown that it shared in its group's charge: it was not read alone soon enough" in notes(run)
    assert [proof.serial for proof in run.told(m.TaperProven)][:4] == ["E1", "E2", "E3", "E2"]


def test_a_current_that_falls_by_one_share_of_it_takes_the_group_apart() -> None:
    run = run_of("AAAA", E1_E2_E3_E4=Cell(cc_s=5.0, tau_s=300.0, opens_s=90.0))
    until_asked(run, m.PromptKind.SEPARATE)
    assert not run.told(m.TaperProven)
    minded(run)
    assert [proof.serial for proof in run.told(m.TaperProven)][:4] == ["E1", "E2", "E3", "E4"]
    assert "connect" in dict(asked(run))


def test_a_member_that_rests_low_is_held_alone() -> None:
    run = run_of("AA", E2=Cell(rest_v=13.38, grows_v=0.0))
    run.cells["E1"].rest_v = 13.49
    while run.phase("E2") is not Phase.HOLDING:
        assert run.at_s < 9000.0
        run.seconds(1)
        run.done()
    assert run.bench.state is RunState.BALANCING
    assert run.hangs == {"P1": "E2"}
