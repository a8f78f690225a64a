"""Rows of the catalogue that are not in the matrix: shown by other tests, or by nothing here, and why.

`SHOWN` names the test that shows a row (file, function). `OPEN` has the reason and what to do at a real bench, or the
issue that it belongs to. Every row of the catalogue is in exactly one of `matrix`, `SHOWN` and `OPEN`.
"""

SHOWN: dict[str, tuple[str, str]] = {
    "B18": ("tests/core/test_unit.py", "test_each_time_limit_of_the_constant_current_counts"),
    "B22": ("tests/core/test_acceptance_defects.py", "test_one_defect_takes_the_approval_away"),
    "I10": (
        "tests/faults/test_clearing.py",
        "test_a_supply_that_comes_on_at_the_clear_is_switched_off_and_latched_within_a_second",
    ),
    "I14": ("tests/faults/test_restored.py", "test_the_first_word_to_an_output_that_is_on_already_is_off"),
    "I21": ("tests/core/test_acceptance_defects.py", "test_one_defect_takes_the_approval_away"),
    "I22": ("tests/cli/test_rollcall.py", "test_another_model_than_stated"),
    "I23": (
        "tests/cli/test_rollcall.py",
        "test_two_pinned_units_that_changed_places_are_bound_by_their_serial_numbers",
    ),
    "I34": ("tests/edge/test_link.py", "test_an_unplugged_serial_port_is_closed"),
    "I38": ("tests/cli/test_rollcall.py", "test_other_firmware_than_stated"),
    "H1": ("tests/guard/test_run.py", "test_an_engine_that_ends_badly_is_fenced_and_everything_is_off"),
    "H2": ("tests/guard/test_run.py", "test_a_stopped_engine_is_off_within_ten_seconds_with_the_real_limits"),
    "H3": ("tests/guard/test_ends.py", "test_an_engine_that_hangs_in_the_kernel_keeps_no_output_on"),
    "H4": ("tests/guard/test_run.py", "test_an_engine_that_never_completes_a_turn_is_ended"),
    "H5": (
        "tests/engine/test_loop.py",
        "test_without_a_standing_lease_nothing_is_energised_and_the_run_collapses_once",
    ),
    "H6": (
        "tests/campaign/test_watchdog.py",
        "test_with_engine_and_guard_dead_the_supply_s_own_watchdog_switches_off",
    ),
    "H7": ("tests/cli/test_run.py", "test_a_run_is_seen_and_stopped_from_another_shell_and_survives_its_terminal"),
    "H8": ("tests/guard/test_lease.py", "test_a_stamp_that_comes_too_late_renews_nothing"),
    "H9": ("tests/cli/test_run.py", "test_a_run_is_seen_and_stopped_from_another_shell_and_survives_its_terminal"),
    "H10": ("tests/guard/test_run.py", "test_a_reader_that_went_away_does_not_keep_the_guard_from_its_work"),
    "H11": ("tests/cli/test_run.py", "test_what_a_power_cut_left_is_made_safe_closed_and_told_before_anything_else"),
    "H13": (
        "tests/edge/test_journal.py",
        "test_a_disk_that_takes_no_more_fails_the_journal_and_keeps_what_was_durable",
    ),
    "H14": ("tests/engine/test_loop.py", "test_a_broken_disk_switches_everything_off_and_the_run_still_ends"),
    "H15": ("tests/engine/test_hostwatch.py", "test_a_slow_disk_first_holds_and_then_ends"),
    "H16": (
        "tests/edge/test_journal.py",
        "test_another_program_that_keeps_the_file_locked_fails_the_journal_and_takes_nothing",
    ),
    "H17": ("tests/edge/test_tampering.py", "test_no_flipped_bit_passes_for_another_row"),
    "H18": ("tests/edge/test_journal.py", "test_a_file_that_is_gone_fails_the_journal_once"),
    "H19": ("tests/engine/test_hostwatch.py", "test_a_clock_that_is_set_is_told_and_ends_nothing"),
    "H20": ("tests/cli/test_refusals.py", "test_a_clock_that_is_behind_the_record_starts_nothing_until_it_is_checked"),
    "H21": ("tests/engine/test_hostwatch.py", "test_a_sleep_ends_the_run"),
    "H22": ("tests/engine/test_hostwatch.py", "test_a_slow_turn_is_told_only_where_time_passes_by_itself"),
    "P1": ("tests/edge/test_bankfile.py", "test_one_fault_gives_one_complaint"),
    "P2": ("tests/edge/test_procedurefile.py", "test_no_number_leaves_its_bound"),
    "P3": ("tests/core/test_schedule.py", "test_the_least_of_all_limits_counts"),
    "P4": ("tests/core/test_identity.py", "test_a_mixed_string_is_refused_by_name_and_reason"),
    "P5": ("tests/engine/test_loop.py", "test_a_stop_works_with_a_broken_disk"),
    "P6": ("tests/edge/test_inbox.py", "test_what_is_no_ordinary_own_file_is_refused_and_removed"),
    "P9": ("tests/cli/test_refusals.py", "test_an_acknowledged_latch_still_stands"),
    "P10": ("tests/edge/test_tampering.py", "test_whatever_is_done_to_rows_is_found_at_its_row"),
    "P12": ("tests/edge/test_procedurefile.py", "test_the_record_gets_the_literal_text_and_its_hash"),
    "S1": ("tests/guard/test_run.py", "test_an_engine_that_ends_badly_is_fenced_and_everything_is_off"),
    "S2": ("tests/core/test_limits.py", "test_silence_trips_after_three_seconds"),
    "S3": ("tests/guard/test_run.py", "test_an_engine_that_never_completes_a_turn_is_ended"),
    "S4": ("tests/engine/test_mouth.py", "test_nobody_who_reads_holds_nobody_up"),
    "S6": ("tests/edge/test_journal.py", "test_what_is_no_journal_is_refused"),
    "S7": ("tests/core/test_codec.py", "test_an_unknown_kind_is_refused"),
    "S8": ("tests/edge/test_benchfile.py", "test_one_fault_gives_one_complaint"),
    "S10": ("tests/core/test_acceptance.py", "test_an_old_reading_in_a_new_row_proves_nothing"),
    "S11": ("tests/core/test_text.py", "test_hostile_characters_are_taken_away"),
    "S12": ("tests/core/test_acceptance.py", "test_a_simulated_bench_is_said_first"),
}
"""Row: (file, test)."""

OPEN: dict[str, str] = {
    "H12": "Outputs are off without mains; the BMS is for the rest.",
    "H23": "A soak of days: for the release, not for a suite.",
    "H25": "PostgreSQL is a later issue.",
    "H26": "SIGTERM is an orderly stop (P5); the inhibitor lock is for systemd, a later issue.",
    "H27": "systemd is a later issue.",
    "P7": "A reminder to take the leads off belongs to paging, a later issue.",
    "P8": "Watching an approved bank is a later issue.",
    "P11": "There is no forced approval.",
    "P13": "Two operators see one inbox; wishes carry names. Named locks are a later issue.",
    "S5": "There is no notifier yet.",
}

CATALOGUE = tuple(
    f"{letter}{number}"
    for letter, last in (("W", 16), ("B", 25), ("I", 40), ("H", 27), ("P", 13), ("S", 12))
    for number in range(1, last + 1)
)
"""All 133 rows of the safety specification, section 6."""
