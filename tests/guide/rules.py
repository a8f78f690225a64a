"""The guide, sentence by sentence: what it asks for, where in the program that lives, and which test proves it.

`15` is the whole of a line, `15.4` its fourth sentence. What states neither rule nor number is in `lines.NO_RULE` with
what it is. `test_coverage` holds both against each other.

    python -m tests.guide          print the table
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """Lines or sentences of the guide; what they say, in our words; where that lives, as `module:name` or
    `file.toml:key`; what proves it, as `file::name`."""

    lines: tuple[int | str, ...]
    says: str
    lives: tuple[str, ...]
    tests: tuple[str, ...]


_ALIKE = "tests/core/test_identity.py::"
_CONFIGURATION = "benchctl.core.configuration:Configuration"
_EXAMPLES = "tests/core/planning/test_configuration.py::test_the_guides_examples"
_BUILT = "tests/core/planning/test_configuration.py::test_a_bank_is_what_building_it_battery_by_battery_gives"
_REFUSED = "tests/core/planning/test_sizing.py::test_what_cannot_be_built_is_refused_with_what_would_be_right"
_MIXED = f"{_ALIKE}test_a_mixed_string_is_refused_by_name_and_reason"
_SIDE = f"{_ALIKE}test_a_mix_side_by_side_is_no_objection_but_a_remark"
_AGES = f"{_ALIKE}test_ages_in_a_string_lie_within_six_calendar_months"
_JOIN = f"{_ALIKE}test_the_whole_string_that_others_join_is_void_from_the_start"
_OURS = "tests/guide/test_rules.py::"
_WIRED = "tests/core/planning/test_wiring.py::"

RULES: tuple[Rule, ...] = (
    Rule(
        (6, 9, 21, 26, 31, 36),
        "Parallel: positive to positive, negative to negative; capacity and current add up, voltage stays.",
        (f"{_CONFIGURATION}.amp_hours", f"{_CONFIGURATION}.max_discharge_a", "benchctl.core.planning.wiring:wiring"),
        (_EXAMPLES, _BUILT, f"{_WIRED}test_links_come_first_and_fused_positives_last"),
    ),
    Rule(
        (7, 39, 41, 44, 46),
        "One 12 V 100 Ah battery gives 100 A; two in parallel are 12 V 200 Ah and twice the energy, four 12 V 400 Ah.",
        (f"{_CONFIGURATION}.max_discharge_a", f"{_CONFIGURATION}.amp_hours", f"{_CONFIGURATION}.watt_hours"),
        (_EXAMPLES, _BUILT),
    ),
    Rule(
        ("8.1", "8.2"),
        "200 Ah run 10 A for 20 hours, or 20 A for 10; three batteries are 300 Ah.",
        ("benchctl.core.planning.sizing:Option", "benchctl.core.planning.sizing:strings_needed"),
        (f"{_OURS}test_two_hundred_amp_hours_run_ten_amperes_for_twenty_hours", _EXAMPLES),
    ),
    Rule(
        ("8.3", 93),
        "Makers allow 4 to 16 in parallel: 4 unless the maker's file says otherwise; more is more wiring and fusing.",
        (
            "benchctl.core.joinable:MAX_PARALLEL",
            "benchctl.core.planning.batterymodel:BatteryModel.limits",
            "benchctl.core.planning.advice:warnings_for",
        ),
        (
            _REFUSED,
            "tests/cli/test_plan.py::test_a_file_of_ones_own_may_allow_sixteen_in_parallel",
            f"{_OURS}test_many_in_parallel_are_allowed_with_a_warning",
        ),
    ),
    Rule(
        (10, 12),
        "Pictures: 460 Ah batteries, two in parallel and two in series (24 V 460 Ah), on heavy cable (up to 4/0).",
        ("benchctl.core.planning.cable:cable_for",),
        (f"{_OURS}test_what_the_pictures_show",),
    ),
    Rule(
        (13, 16, 23, 28, 33, 38),
        "Series: positive to the next negative; voltage adds up, capacity and current stay.",
        (f"{_CONFIGURATION}.voltage_v", "benchctl.core.planning.wiring:wiring"),
        (_EXAMPLES, _BUILT, f"{_WIRED}test_links_come_first_and_fused_positives_last"),
    ),
    Rule(
        (14, 43, 48),
        "Two 12 V 100 Ah batteries in series are 24 V 100 Ah, four 48 V 100 Ah.",
        (f"{_CONFIGURATION}.voltage_v",),
        (_EXAMPLES,),
    ),
    Rule(
        ("15.2", "15.3", 53),
        "A higher voltage needs less current for the same power: thinner wires, less heat, lower losses.",
        ("benchctl.core.planning.sizing:Option", "benchctl.core.planning.cable:cable_for"),
        (f"{_OURS}test_the_same_load_draws_a_quarter_of_the_current_at_four_times_the_voltage_by_thinner_cable",),
    ),
    Rule(
        ("17.4", "17.5", "91.2", "91.3", "91.4"),
        "Series adds no amp-hours: two 6 V 300 Ah batteries are 12 V 300 Ah, never 600 Ah; for both, series-parallel.",
        (f"{_CONFIGURATION}.amp_hours", "benchctl.core.planning.sizing:options"),
        (f"{_OURS}test_two_six_volt_batteries_in_series_have_the_amp_hours_of_one", _REFUSED),
    ),
    Rule(
        (51,),
        "Parallel is for longer run times and higher current.",
        ("benchctl.core.planning.sizing:strings_needed",),
        ("tests/core/planning/test_sizing.py::test_the_best_is_first",),
    ),
    Rule(
        ("55.2", 56, 57, 58, 59, 60),
        "Series-parallel: strings first, then side by side; 24 V 200 Ah is 2S2P, 4 batteries; 48 V 200 Ah 4S2P, 8.",
        ("benchctl.core.planning.sizing:options", "benchctl.core.planning.wiring:wiring"),
        (
            "tests/core/planning/test_sizing.py::test_the_best_is_first",
            f"{_WIRED}test_links_come_first_and_fused_positives_last",
        ),
    ),
    Rule(
        (61,),
        "All strings identical: as many batteries, one brand and model, one age if possible.",
        (
            f"{_CONFIGURATION}.batteries",
            "benchctl.core.identity:string_objections",
            "benchctl.edge.bankfile:load_bank",
            "procedures/lifepo4-12v-preseries.toml:string.max_age_gap_months",
        ),
        (
            _MIXED,
            _AGES,
            "tests/edge/test_bankfile.py::test_one_fault_gives_one_complaint",
            "tests/core/planning/test_sizing.py::test_what_is_at_hand_can_be_joined_in_several_ways_and_some_may_be_left_over",
        ),
    ),
    Rule(
        (63,),
        "Batteries arrive at about 30 %, not all alike, and small differences matter.",
        ("benchctl.core.mission:ARRIVAL_SHARE", "benchctl.sim.pack:PackSpec", "benchctl.core.bank:matched"),
        (
            f"{_OURS}test_batteries_arrive_at_about_thirty_percent_and_not_all_alike",
            "tests/test_nights.py::test_imbalanced",
        ),
    ),
    Rule(
        (64,),
        "In parallel batteries equalize by themselves; charging them full first is still best practice.",
        ("benchctl.core.planning.advice:before_joining", "benchctl.core.run.joining:Joining"),
        (
            f"{_OURS}test_what_a_bank_in_parallel_is_told",
            "tests/core/test_joining.py::test_batteries_that_stand_apart_are_not_joined",
        ),
    ),
    Rule(
        ("65.3", "65.4"),
        "30 % beside 35 % in a string stays as far apart, and the first to its cut-off opens the whole string.",
        ("benchctl.core.planning.advice:before_joining", "benchctl.sim.pack:Pack.bms_open"),
        (
            f"{_OURS}test_thirty_beside_thirty_five_percent_stays_so_and_the_fuller_one_opens_the_string",
            f"{_OURS}test_what_a_bank_in_series_is_told",
        ),
    ),
    Rule(
        ("65.1", "65.2", 95),
        "In series they cannot share: the first BMS to open takes the string off line; in parallel the others go on.",
        ("benchctl.core.planning.advice:before_joining", "benchctl.core.run.scan:decide"),
        (
            f"{_OURS}test_what_a_bank_in_series_is_told",
            f"{_OURS}test_what_a_bank_in_parallel_is_told",
            "tests/core/test_scan.py::test_one_low_is_rejected_by_name_when_none_is",
        ),
    ),
    Rule(
        ("67.1", 70),
        "Before any series: every battery to 100 %, alone or in a parallel group.",
        (
            "benchctl.core.run.charge:ChargeJudge.tapered",
            "benchctl.core.run.joining:Joining",
            "procedures/lifepo4-12v-preseries.toml:charge.voltage_v",
        ),
        (
            "tests/core/test_charge.py::test_a_taper_held_for_its_time_is_proven",
            "tests/core/test_charge.py::test_no_trace_with_a_bad_sample_in_its_last_hold_is_ever_tapered",
            "tests/core/test_joining.py::test_a_group_is_read_joined_charged_taken_apart_and_each_is_read_and_verified_alone",
        ),
    ),
    Rule(
        ("67.2", 71),
        "They rest 2 to 4 hours after the full charge.",
        ("procedures/lifepo4-12v-preseries.toml:rest.min_s", "procedures/lifepo4-12v-preseries.toml:rest.max_s"),
        (
            f"{_OURS}test_the_default_procedure_is_the_guides",
            "tests/core/test_rest.py::test_the_age_runs_from_the_isolation",
            "tests/test_nights.py::test_matched",
        ),
    ),
    Rule(
        ("67.2", "67.3", 72),
        "Each battery is then within 0.1 V of the others, by a meter; only then are they joined.",
        (
            "procedures/lifepo4-12v-preseries.toml:match.spread_v",
            "benchctl.core.bank:spread_of",
            "benchctl.core.bank:matched",
        ),
        (
            f"{_OURS}test_the_default_procedure_is_the_guides",
            "tests/core/test_bank.py::test_the_spread_is_the_largest_difference_of_any_two",
            "tests/core/test_scan.py::test_nothing_but_agreement_in_the_window_is_ever_approved",
        ),
    ),
    Rule(
        (68, 74),
        "A new battery for a string in use is no exception: old and new are charged to full and matched first.",
        ("benchctl.core.identity:history_objections", "procedures/lifepo4-12v-join.toml:purpose"),
        (
            _JOIN,
            f"{_ALIKE}test_batteries_of_an_old_string_may_be_joined_by_others_and_are_marked",
            f"{_ALIKE}test_a_battery_of_an_approved_string_is_refused_by_name_with_the_ways_out",
            "tests/test_nights.py::test_batteries_that_were_used_or_stored_are_filled_up_and_approved",
        ),
    ),
    Rule(
        (73, 76),
        "Never mix brands, models or very different ages in a string, however alike they look; parallel forgives more.",
        ("benchctl.core.identity:string_objections", "benchctl.core.identity:remarks"),
        (_MIXED, _AGES, _SIDE),
    ),
    Rule(
        ("77.1", "77.3"),
        "The first balance is never skipped: nothing is approved without taper, rest and spread of every battery.",
        ("benchctl.core.run.scan:decide", "benchctl.core.acceptance.record:assess"),
        (
            "tests/core/test_scan.py::test_nothing_but_agreement_in_the_window_is_ever_approved",
            "tests/core/test_acceptance_defects.py::test_one_defect_takes_the_approval_away",
        ),
    ),
    Rule(
        (78, "96.3"),
        "Wiring, fuses and bus bars are for the whole bank: four 100 A batteries in parallel are 400 A.",
        ("benchctl.core.planning.wiring:wiring", f"{_CONFIGURATION}.full_current_a"),
        (
            f"{_WIRED}test_four_hundred_ampere_batteries_in_parallel_are_wired_for_four_hundred_amperes",
            f"{_WIRED}test_every_sheet_carries_the_full_current_and_protects_every_cable",
        ),
    ),
    Rule(
        (79,),
        "Every battery of a parallel bank has its own fuse on the positive lead: in a short the others feed the fault.",
        ("benchctl.core.planning.wiring:wiring", "benchctl.core.planning.wiring:sizes"),
        (
            f"{_WIRED}test_four_hundred_ampere_batteries_in_parallel_are_wired_for_four_hundred_amperes",
            f"{_OURS}test_every_battery_side_by_side_has_a_fuse_and_every_string_one",
        ),
    ),
    Rule(
        ("15.4", 82, 84, 86),
        "12 V for vans and boats; 24 V, two in series, for cabins and homes; 48 V, four, for whole homes and more.",
        ("benchctl.core.planning.advice:purpose",),
        (f"{_OURS}test_what_each_system_is_for",),
    ),
    Rule(
        (88,),
        "The inverter's or charge controller's input voltage comes first; then capacity is sized by runtime.",
        ("benchctl.core.planning.advice:before_joining", "benchctl.core.planning.sizing:options"),
        (f"{_OURS}test_what_a_bank_in_series_is_told", "tests/core/planning/test_sizing.py::test_the_best_is_first"),
    ),
    Rule(
        (92,),
        "Old with new is workable in parallel, not ideal: the older one cuts off sooner. A string is of one age.",
        ("benchctl.core.identity:remarks", "benchctl.core.identity:string_objections"),
        (
            _AGES,
            f"{_ALIKE}test_strings_of_different_age_side_by_side_are_a_remark_each_string_being_of_one_age",
        ),
    ),
    Rule(
        (94,),
        "Batteries with a BMS of their own need no external one; bare cells do.",
        ("benchctl.core.planning.advice:before_joining",),
        (f"{_OURS}test_what_a_bank_in_series_is_told",),
    ),
    Rule(
        ("96.1", "96.2"),
        "Cable by current and run length: often 4 or 2 AWG at 12 V, thinner at 24 and 48 V for the same power.",
        ("benchctl.core.planning.cable:cable_for", "benchctl.core.planning.cable:GAUGES"),
        (
            f"{_WIRED}test_a_cable_stands_what_its_fuse_lets_through_and_loses_little",
            f"{_OURS}test_the_same_load_draws_a_quarter_of_the_current_at_four_times_the_voltage_by_thinner_cable",
            f"{_OURS}test_usual_cables_of_a_twelve_volt_system",
        ),
    ),
    Rule(
        (97,),
        "The charger matches the bank: 14.6 V in parallel, 29.2 V for two in series, 58.4 V for four; LiFePO4 profile.",
        (f"{_CONFIGURATION}.charger_v", "benchctl.core.planning.wiring:wiring"),
        (
            _EXAMPLES,
            f"{_WIRED}test_the_charger_is_set_to_the_voltage_of_the_whole_string_by_a_profile_for_it",
        ),
    ),
    Rule(
        tuple(f"98.{number}" for number in range(2, 9)),
        "Never tap one battery of a string, whatever the chemistry: a DC-DC converter from the whole bank instead.",
        ("benchctl.core.planning.advice:no_tap", "benchctl.core.planning.advice:before_joining"),
        (
            "tests/cli/test_plan.py::test_what_is_wrong_is_said_and_so_is_what_would_be_right",
            f"{_OURS}test_what_a_tap_is_told",
            f"{_OURS}test_what_a_bank_in_series_is_told",
        ),
    ),
)
