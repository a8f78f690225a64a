"""A group on a bench whose meter a person holds: its batteries are read wherever they lie, one after the other."""

from collections.abc import Callable

from benchctl.core import messages as m
from benchctl.core.model import Phase, Verdict
from benchctl.core.probes import Errand, ProbesRead
from tests.core.driven import Cell, Driven, by_hand
from tests.core.test_joining import asked, grouped, minded, notes, until_asked

E = Errand


def held_group(groups: str, positions: int = 1, **cells: Cell) -> Driven:
    return Driven(by_hand(grouped(groups, positions)), cells).start()


def read(run: Driven, *errands: Errand) -> list[tuple[Errand, str]]:
    return [(fact.errand, fact.serial) for fact in run.told(ProbesRead) if fact.errand in errands]


def helped(run: Driven, met: Callable[[], bool]) -> None:
    """A person does at once what is asked, until something is so."""
    while not met():
        assert run.at_s < 9000.0
        run.seconds(1)
        run.done()


def test_each_is_read_alone_before_and_after_and_the_charge_is_proven_on_the_first() -> None:
    run = held_group("AAA")
    assert minded(run).verdict is Verdict.APPROVED
    entry = [(E.CHECK, "E1"), (E.ENTRY, "E1"), (E.ENTRY, "E2"), (E.ENTRY, "E3")]
    joined = [(E.CHARGE, "E1"), (E.TAPER, "E1")]
    apart = [(E.APART, "E1"), (E.APART, "E2"), (E.APART, "E3"), (E.APART, "E1")]
    assert read(run, E.CHECK, E.ENTRY, E.CHARGE, E.TAPER, E.APART) == [*entry, *joined, *apart]


def test_the_batteries_of_a_group_are_read_one_after_the_other_before_the_probes_go_elsewhere() -> None:
    run = held_group("AA-", 2)
    helped(run, lambda: run.phase("E3") is Phase.CHARGING)
    run.seconds(100)  # meanwhile a taper is there that wants the probes
    helped(run, lambda: len(read(run, E.ENTRY)) == 2)
    assert read(run, E.ENTRY, E.TAPER) == [(E.ENTRY, "E1"), (E.ENTRY, "E2")]


def test_a_battery_that_a_person_says_shows_nothing_is_named_and_the_others_are_joined_without_it() -> None:
    run = held_group("AAA", E2=Cell(open_v=0.02))
    until_asked(run, m.PromptKind.JOIN)
    assert run.told(m.PromptAsked)[-1].joined == ("E1", "E3")
    assert run.phase("E2") is Phase.FAILED
    assert minded(run).reasons[0].startswith("P1 reads 0.02 V from E2: its BMS sleeps, or a lead is open.")


def test_one_that_stands_lower_afterwards_has_to_earn_its_own_taper() -> None:
    run = held_group("AAA", E2=Cell(rest_v=13.0, grows_v=0.21))
    assert minded(run).verdict is Verdict.APPROVED
    assert "E2 has not shown that it shared in its group's charge: it stood at 13.210 V, when E3, read" in notes(run)


def test_a_taper_elsewhere_waits_until_a_group_that_is_apart_is_read() -> None:
    run = held_group("AA-", 2, E3=Cell(cc_s=1e6))
    until_asked(run, m.PromptKind.SEPARATE)
    begun_s = run.cells["E3"].on_s
    assert begun_s is not None
    run.cells["E3"].cc_s = run.at_s - begun_s
    run.seconds(60)
    assert asked(run)[-1] == ("hold_probes", "E3"), "its taper is there"
    minded(run)
    after = asked(run)[asked(run).index(("separate", "E1")) + 1 :]
    assert [serial for _, serial in after[:5]] == ["E3", "E1", "E2", "E1", "E3"]
