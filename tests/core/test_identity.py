"""Which batteries may become one bank: labels, ages, and what they were before."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, strategies as st

from benchctl.core.identity import history_objections, remarks, string_objections, strings, to_come, voided_by
from benchctl.core.model import Allowed, Bank, Battery
from benchctl.core.passport import Issued, passports, standing
from benchctl.core.procedure import Purpose
from tests.core.values import battery, shipped

PRESERIES = shipped()
JOIN = replace(PRESERIES, purpose=Purpose.JOIN)
APPROVED = Issued(
    "20260301-180000-0000", "Cabin", False, (("E1", "E9"),), "2026-03-02T04:00:00.000Z", "2026-03-03T04:00:00.000Z"
)
STANDING = standing(passports([APPROVED], [], [], APPROVED.until), simulated=False)


def bank(*batteries: Battery, series: int | None = None) -> Bank:
    wide = len(batteries) if series is None else series
    return Bank("b", wide, len(batteries) // wide, batteries, None)


def made(number: int, day: str | None) -> Battery:
    return replace(battery(number), manufactured=day)


def test_alike_batteries_may_be_joined_whatever_their_case() -> None:
    assert string_objections(bank(battery(1), replace(battery(2), brand="EPOCH")), PRESERIES) == ()


MIXED = [
    ({"brand": "Other"}, "brand"),
    ({"model": "12100A"}, "model"),
    ({"amp_hours": 100.0}, "capacity"),
]


@pytest.mark.parametrize(("change", "word"), [*MIXED, ({"chemistry": "AGM"}, "AGM")])
def test_a_mixed_string_is_refused_by_name_and_reason(change: dict[str, object], word: str) -> None:
    (objection,) = string_objections(bank(battery(1), replace(battery(2), **change)), PRESERIES)  # type: ignore[arg-type]
    assert word in objection
    assert objection.startswith("E2")


@pytest.mark.parametrize(("change", "word"), MIXED)
def test_a_mix_side_by_side_is_no_objection_but_a_remark(change: dict[str, object], word: str) -> None:
    mixed = bank(battery(1), replace(battery(2), **change), series=1)  # type: ignore[arg-type]
    assert string_objections(mixed, PRESERIES) == ()
    assert any(word in each and "E2" in each for each in remarks(mixed, PRESERIES, {}))


def test_a_battery_of_eight_cells_is_refused_where_four_are_charged() -> None:
    (objection,) = string_objections(bank(battery(1), replace(battery(2), cells=8), series=1), PRESERIES)
    assert objection.startswith("E2 has 8 cells in series, but lifepo4-12v-preseries is for batteries of 4.")
    assert objection.endswith("take --procedure lifepo4-24v-preseries.")


def test_a_bank_that_names_another_procedure_than_was_asked_for_is_refused() -> None:
    one = replace(bank(battery(1), battery(2)), procedure="lifepo4-12v-join")
    assert string_objections(one, replace(JOIN, name="lifepo4-12v-join")) == ()
    (objection,) = string_objections(one, PRESERIES)
    assert "names the procedure lifepo4-12v-join, but lifepo4-12v-preseries was asked for" in objection


def test_another_chemistry_is_refused_side_by_side_too() -> None:
    (objection,) = string_objections(bank(battery(1), replace(battery(2), chemistry="AGM"), series=1), PRESERIES)
    assert "AGM" in objection


# ---------------------------------------------------------------- ages


@pytest.mark.parametrize(
    ("young", "refused"), [("2026-07-15", False), ("2026-07-16", True), ("2027-01-01", True), ("2026-01-15", False)]
)
def test_ages_in_a_string_lie_within_six_calendar_months(young: str, refused: bool) -> None:
    found = string_objections(bank(made(1, "2026-01-15"), made(2, young)), PRESERIES)
    assert [("2026-01-15" in each and young in each) for each in found] == [True] * refused


def test_a_missing_date_is_remarked_and_compared_with_nothing() -> None:
    one = bank(made(1, "2020-01-15"), made(2, None))
    assert string_objections(one, PRESERIES) == ()
    (remark,) = remarks(one, PRESERIES, {})
    assert remark == "No date of manufacture is stated for E2: ages are not compared."


def test_strings_of_different_age_side_by_side_are_a_remark_each_string_being_of_one_age() -> None:
    two = bank(made(1, "2024-01-15"), made(2, "2024-02-15"), made(3, "2026-01-15"), made(4, "2026-02-15"), series=2)
    assert string_objections(two, PRESERIES) == ()
    (remark,) = remarks(two, PRESERIES, {})
    assert remark.startswith("E1 was made on 2024-01-15, E4 on 2026-02-15: the older one")
    assert "will reach its cut-offs sooner" in remark


DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31)).map(date.isoformat)


@given(DAYS, DAYS, st.integers(0, 120))
def test_whose_age_differs_does_not_depend_on_the_order_in_the_file(one: str, other: str, months: int) -> None:
    rules = replace(PRESERIES, string=replace(PRESERIES.string, max_age_gap_months=months))
    there = string_objections(bank(made(1, one), made(2, other)), rules)
    back = string_objections(bank(made(2, other), made(1, one)), rules)
    assert bool(there) is bool(back)


@given(st.integers(1, 6), st.integers(1, 6))
def test_strings_are_the_batteries_in_file_order(series: int, parallel: int) -> None:
    all_of_them = tuple(battery(number) for number in range(series * parallel))
    found = strings(Bank("b", series, parallel, all_of_them, None))
    assert [len(each) for each in found] == [series] * parallel
    assert tuple(each for string in found for each in string) == all_of_them


# ---------------------------------------------------------------- what they were before


def test_a_battery_of_an_approved_string_is_refused_by_name_with_the_ways_out() -> None:
    (objection,) = history_objections(bank(battery(1), battery(2)), PRESERIES, STANDING)
    assert objection.startswith("E1 stands in string 1 of Cabin, approved on 2026-03-02")
    assert "lifepo4-12v-join" in objection
    assert "benchctl records void 20260301-180000-0000" in objection


def test_a_battery_of_eight_cells_is_told_of_the_procedures_for_eight_and_of_its_own_volts() -> None:
    eight = replace(PRESERIES, cells=8)
    (objection,) = history_objections(bank(battery(1), battery(2)), eight, STANDING)
    assert "lifepo4-24v-join; if it was stored too long: --procedure lifepo4-24v-topup" in objection
    said = " ".join(remarks(bank(battery(1), battery(2)), replace(eight, purpose=Purpose.JOIN), STANDING))
    assert "at 40 % of charge such a battery rests at about 26.4 V, at 70 % at 26.6 V" in said


def test_case_hides_no_battery() -> None:
    assert history_objections(bank(replace(battery(1), serial="e1"), battery(2)), PRESERIES, STANDING)


def test_batteries_of_an_old_string_may_be_joined_by_others_and_are_marked() -> None:
    one = bank(made(1, "2020-01-15"), made(2, "2026-01-15"))
    assert history_objections(one, JOIN, STANDING) == string_objections(one, JOIN) == ()
    said = " ".join(remarks(one, JOIN, STANDING))
    assert "middle of the curve prove nothing" in said
    assert "E1 stood in string 1 of Cabin" in said
    assert "E2 has no approved string on record" in said
    assert "E1 was made on 2020-01-15, E2 on 2026-01-15" in said
    assert "E9 of that string takes no part in this run" in said


def test_the_whole_string_that_others_join_is_void_from_the_start() -> None:
    wall = "2026-04-01T10:00:00.000Z"
    (line,) = voided_by(bank(battery(1), battery(2)), JOIN, STANDING, "20260401-100000-0000", "Ann", wall)
    assert (line.run, line.strings, line.by, line.wall) == (APPROVED.run, (1,), "20260401-100000-0000", wall)


def test_a_stored_bank_is_topped_up_with_the_same_rules_of_age_and_its_old_approval_is_void() -> None:
    top_up = replace(PRESERIES, purpose=Purpose.TOP_UP)
    one = bank(made(1, "2020-01-15"), made(2, "2026-01-15"))
    assert history_objections(one, top_up, STANDING) == ()
    assert len(string_objections(one, top_up)) == 1
    assert len(voided_by(one, top_up, STANDING, "20260401-100000-0000", None, "w")) == 1
    assert not any("prove nothing" in each for each in remarks(one, top_up, STANDING))


def test_no_other_run_makes_anything_void() -> None:
    assert voided_by(bank(battery(1), battery(2)), PRESERIES, STANDING, "20260401-100000-0000", None, "w") == ()


def test_joining_mixes_no_brands_either() -> None:
    assert string_objections(bank(battery(1), replace(battery(2), brand="Other")), JOIN)


# ---------------------------------------------------------------- how many


def test_more_than_the_maker_allows_is_refused_with_who_says_so() -> None:
    one = replace(bank(battery(1), battery(2)), allowed=Allowed(1, None, "the maker of X, page 4"))
    assert string_objections(one, PRESERIES) == (
        "2 in series, and 1 is allowed (the maker of X, page 4): take 1 or fewer.",
    )


def test_as_many_as_the_maker_allows_are_joined() -> None:
    one = replace(bank(battery(1), battery(2)), allowed=Allowed(2, 1, "the maker of X"))
    assert string_objections(one, PRESERIES) == ()


def test_more_than_usual_is_a_remark_where_nobody_states_a_number() -> None:
    five = bank(*(made(number, "2026-01-15") for number in range(1, 6)))
    assert string_objections(five, PRESERIES) == ()
    assert remarks(five, PRESERIES, {}) == ("5 in series: most makers allow 4; have it from yours in writing.",)


def test_a_date_that_is_still_to_come_is_said_and_refuses_nothing() -> None:
    two = bank(made(1, "2026-03-02"), made(2, "2026-03-03"))
    (sentence,) = to_come(two, "2026-03-02")
    assert sentence.startswith("E2 is stated to be made on 2026-03-03, and today is 2026-03-02")
    assert string_objections(two, PRESERIES) == ()


@pytest.mark.parametrize(("series", "parallel", "how"), [(17, 1, "series"), (1, 17, "parallel")])
def test_more_than_any_maker_allows_is_refused_unless_yours_says_otherwise(
    series: int, parallel: int, how: str
) -> None:
    many = replace(bank(*(made(number, "2026-01-15") for number in range(1, 18))), series=series, parallel=parallel)
    (objection,) = string_objections(many, PRESERIES)
    assert objection.startswith(f"17 in {how}: makers allow 16 at most. If yours allows more, state max_{how} under")
    assert string_objections(replace(many, allowed=Allowed(20, 20, "the bank file")), PRESERIES) == ()
