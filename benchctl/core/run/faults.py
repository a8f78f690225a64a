"""The table of faults: what can go wrong with a run, how it shows, how soon it is noticed, what is done, who goes on.

One row for everything that the core can say has gone wrong: trips, which raise an alarm and latch their position;
warnings, whose alarm goes by itself (`warningtable`); process faults, which end a battery or the run without one. The
screen's words, `docs/faults.md` and the fault matrix of the tests come from here. `catalogue` names the rows of the
safety specification, section 6, that show so.

`budget_s` is the time from the moment the threshold is crossed until OFF is sent (or the run is refused), on the
supply's own readings at 1 Hz. Rows that need the meter name it in `signal`; where that is a relay scanner, which reads
every 10 s, they take up to two of its readings longer (safety A6).
"""

from dataclasses import replace

from benchctl.core.model import Priority
from benchctl.core.run.faultrow import Action, FaultRow, Resume
from benchctl.core.run.warningtable import WARNINGS


def _everywhere(row: FaultRow) -> FaultRow:
    """A trip that leaves no neighbour on."""
    return replace(row, action=Action.ALL, resume=Resume.NEW_RUN)


def _trip(
    fault: str,
    catalogue: str,
    signal: str,
    threshold: str,
    budget_s: float,
    words: str,
    look_at: str,
    priority: Priority = Priority.P1,
) -> FaultRow:
    ids = tuple(catalogue.split())
    return FaultRow(fault, ids, signal, threshold, budget_s, priority, Action.OFF, Resume.PERSON, words, look_at)


TRIPS = (
    _trip(
        "over_voltage",
        "I39 I8 W4 W5",
        "voltage at the battery, by the supply or the meter, output on or off",
        "safety.trip_v for safety.trip_s, safety.instant_v at once",
        2.5,
        "The battery's voltage went over the limit.",
        "the supply's setting and its sense leads",
    ),
    _trip(
        "over_current",
        "I39",
        "current, by the supply",
        "safety.current_factor times what is set, in two looks",
        2.5,
        "More current flowed than was set.",
        "the supply; it does not hold its current limit",
    ),
    _everywhere(
        _trip(
            "reverse_current",
            "W14",
            "current, by the supply",
            "below -50 mA in two looks",
            2.5,
            "Current flowed out of the battery into the supply.",
            "the leads' polarity and the supply",
        )
    ),
    _trip(
        "output_lost",
        "I4 I9 I11 I13 I40 W4 W5",
        "the supply says that its output is off",
        "one look",
        1.0,
        "The supply's output went off by itself.",
        "the supply's front panel: OVP, OCP, OTP, watchdog, mains",
    ),
    _trip(
        "silent",
        "I17 I23 I24 I25 I26 I27 I28 I29 I30 I31 I32 I34 I35",
        "complete looks at the supply",
        "none for safety.missing_s",
        5.0,
        "The supply did not give a usable reading in time.",
        "the cable and the supply's remote interface",
    ),
    _trip(
        "sag",
        "I15 W12 B16",
        "voltage while the supply says CV",
        "safety.sag_v below what is set, for safety.sag_s",
        12.0,
        "The supply says CV but its voltage is low.",
        "sense leads and clamps",
    ),
    _trip(
        "not_regulated",
        "I15 I37",
        "current while the supply says CC, or neither CC nor CV",
        "less than 0.9 of what is set; in neither 0.01 C; for safety.sag_s",
        12.0,
        "What the supply says that it holds does not agree with the current that it gives.",
        "the supply: its fan, its mains, its front panel",
    ),
    _trip(
        "voltage_fell",
        "B16 W12 B5",
        "voltage while the supply says CC, against the CC or CV before",
        "safety.cc_fall_v within safety.cc_fall_s",
        60.0,
        "The voltage fell while a constant current was charging.",
        "the battery: a cell may be failing",
    ),
    _trip(
        "current_rose",
        "B15",
        "current while the supply says CV",
        "max(5 %, 0.01 C, 150 mA) above the least of ten minutes, for 60 s",
        60.0,
        "The current rose again in the constant-voltage phase.",
        "the battery: feel for heat; do not restart",
    ),
    _trip(
        "lead_hot",
        "W9 W10 W11",
        "supply's voltage less the meter's, over the current",
        "safety.lead_trip_ohm or safety.lead_trip_w, in two pairs of readings",
        2.0,
        "Leads and contacts have too much resistance.",
        "clamps and lugs: clean and tighten; feel for heat",
    ),
    _trip(
        "back_check",
        "W2 W3 W4 W5 W6 W8 I16 I18 B23",
        "supply's voltage at the battery against the meter's",
        "safety.supply_meter_trip_v for safety.supply_meter_s, safety.supply_meter_instant_v at once",
        12.0,
        "Supply and meter disagree about the battery's voltage.",
        "sense leads, meter leads, clamps",
    ),
    _trip(
        "frozen",
        "I16",
        "the supply's volts and amperes while its set point is lowered on purpose, once they stood still",
        "alike in 30 looks and in 10 more at 20 mV (CV) or 5 % (CC) less; not up to 1.25 times the taper limit",
        45.0,
        "The supply's readings stand still whatever it is set to: they are not what it gives.",
        "the supply: its display against its remote reading; restart it",
    ),
    _trip(
        "meter_lost",
        "I17 I20 I30 I31",
        "the meter's readings of a battery under charge",
        "three absences, or none for 45 s",
        45.0,
        "The meter gives no reading of the battery.",
        "the meter's cable and its leads at the battery",
    ),
    _trip(
        "temperature",
        "B11 B12",
        "the probe at the battery",
        "safety.min_temperature_c, safety.max_temperature_c",
        10.0,
        "The battery's temperature is outside the window.",
        "the battery and the room; let it come back first",
    ),
    _everywhere(
        _trip(
            "warming",
            "B13",
            "the probe at the battery",
            "1 K within a minute, in two readings; 15 K above its surroundings",
            30.0,
            "The battery warms, and not because of the room.",
            "the battery, from a distance: smoke, swelling, smell. Take nothing in hand that is hot",
        )
    ),
    _trip(
        "setting_refused",
        "I1 I2 I12 I33 W13",
        "settings read back, at once and every 10 s",
        "0.1 % or 5 mV / 5 mA; while on 10 mV / 10 mA",
        10.0,
        "The supply did not take a setting.",
        "the supply's range, model and front panel",
    ),
    _trip(
        "local_control",
        "I5",
        "the supply's answer to who is in control, read with its settings every 10 s, where its family has one",
        "one answer that is not remote control",
        10.0,
        "Somebody took local control of the supply.",
        "the supply's front panel, and who stands at it; it may not obey before remote control is allowed again",
    ),
    _trip(
        "error_queue",
        "I36",
        "the supply's error queue, read with its settings every 10 s",
        "more than 3 entries within 10 minutes, its output on",
        10.0,
        "The supply reports one error after another.",
        "the supply's front panel, and who else talks to it",
    ),
    _trip(
        "wire_failed",
        "I30 I31",
        "orders to the supply, and its settings",
        "an order that energises: one; settings: three in a row",
        5.0,
        "An order to the supply could not be carried out.",
        "the cable and the supply's remote interface",
    ),
    _trip(
        "off_not_proven",
        "I3 I6 I7 I14",
        "the supply's word and its current after an off",
        "1 s; afterwards one look that says on, two that lie",
        2.0,
        "The supply does not confirm that its output is off.",
        "the supply NOW: switch it off by hand",
    ),
    _trip(
        "driven",
        "I8 B23",
        "the meter's readings of a battery that was let go",
        "0.1 V up from one reading to the next",
        5.0,
        "The battery's voltage rose at once while its output was off.",
        "the supply: is it really off? Then the leads: is it still the same battery?",
    ),
    _trip(
        "wrong_battery",
        "W6 W7 W8 W15",
        "the first current into each position, a pulse of at most 0.05 C: it moves its own meter and no other",
        "3 mV or five times the meter's error; others less than a fifth of it",
        30.0,
        "What hangs on the position is not what was expected.",
        "the battery, its polarity, its leads; links that still join it to another battery",
    ),
    _trip(
        "high_resistance",
        "B7",
        "the step of its own meter in the pulse, over the pulse's current",
        "three times the median of the others of its capacity, where three or more are compared",
        30.0,
        "The battery has far more resistance than the others.",
        "its terminals and links: clean and tighten; a tired cell",
    ),
)


def _whole(fault: str, catalogue: str, signal: str, limit: str, words: str, look_at: str) -> FaultRow:
    ids = tuple(catalogue.split())
    return FaultRow(fault, ids, signal, limit, 5.0, Priority.P1, Action.ALL, Resume.NEW_RUN, words, look_at)


WHOLE = (
    _whole(
        "guard_lost",
        "H5",
        "the guard's answers to the lease",
        "no answer for 3 s",
        "The guard process does not answer.",
        "start the run again; nothing may charge without a guard",
    ),
    _whole(
        "journal_failed",
        "H13 H14 H15 H16 H18",
        "commits of the journal, and the room that is left on its disk",
        "5 s for a commit, an error, less than 100 MiB",
        "The journal can no longer be written.",
        "free space and health of the disk",
    ),
    _whole(
        "suspended",
        "H21",
        "the boot-time clock against the one that stands still in a suspend",
        "1 s",
        "The computer slept while a run went on.",
        "the power settings of this computer: it must not sleep; and the batteries",
    ),
)


def _process(
    fault: str,
    catalogue: str,
    signal: str,
    threshold: str,
    budget_s: float,
    action: Action,
    words: str,
    resume: Resume = Resume.NEW_RUN,
) -> FaultRow:
    ids = tuple(catalogue.split())
    return FaultRow(fault, ids, signal, threshold, budget_s, Priority.P2, action, resume, words, "the battery")


PROCESS = (
    _process(
        "refused",
        "W1 W2 B2 B4 B8 B10 B12 P1 P2 P3 P4 I22 I23",
        "everything that is known before the first output goes on",
        "start, safety.min_temperature_c, safety.max_temperature_c",
        120.0,
        Action.REFUSE,
        "It does not look right before anything was switched on.",
    ),
    _process(
        "opened",
        "B1 B2 B3 W2 W3 W11 B24",
        "the current stops in a step, or never flows",
        "bms.drop_share, bms.drop_window_s, bms.from_c_rate, bms.to_c_rate; none for 60 s",
        3.0,
        Action.RETRY,
        "The current stopped in a step: the BMS opened, or a lead came off.",
    ),
    _process(
        "no_taper",
        "B14 B18",
        "time under charge; current in CV",
        "charge.cc_time_factor, charge.max_cc_s, charge.max_cv_s, charge.max_total_s; less than 10 % in 30 min of CV",
        2.0,
        Action.REJECT,
        "The current did not taper, or not in time.",
    ),
    _process(
        "too_much_charge",
        "B17",
        "charge delivered",
        "charge.max_amp_hours_factor",
        2.0,
        Action.REJECT,
        "It took more charge than it can hold without becoming full.",
    ),
    _process(
        "dead_cell",
        "B5 B9",
        "voltage of the battery under charge",
        "3.2 V a cell after 15 % of the capacity",
        20.0,
        Action.REJECT,
        "A cell is shorted or dead, or it is no LiFePO4 battery of as many cells.",
    ),
    _process(
        "rest_disturbed",
        "B20 B23 B24 W16",
        "resting voltage, by the meter",
        "rest.max_step_v, rest.gap_s",
        10.0,
        Action.REST,
        "Its rest was disturbed.",
        Resume.ITSELF,
    ),
    _process(
        "outlier",
        "B19 B21 I19 W16",
        "rested voltages in the common scan, and their slopes",
        "match.spread_v, match.min_v, match.max_v, rest.max_fall_v_per_h, rest.max_rise_v_per_h",
        0.0,
        Action.REJECT,
        "It does not agree with the others, or does not hold its voltage.",
    ),
    _process(
        "unread",
        "I17 I19 I20",
        "readings in the common scan",
        "five without a number",
        60.0,
        Action.REJECT,
        "The meter gave no reading of it in the common scan.",
    ),
    _process(
        "missing_look",
        "I17 I25 I26 I27 I28 I29 I31 I32",
        "one look that did not come, or is no number",
        "the grammar of the dialect",
        1.0,
        Action.NOTE,
        "A reading is missing; the connection was opened again.",
        Resume.ITSELF,
    ),
)


FAULTS = {row.fault: row for row in (*TRIPS, *WHOLE, *WARNINGS)}
"""What raises an alarm, by its id."""

ROWS = {row.fault: row for row in (*TRIPS, *WHOLE, *WARNINGS, *PROCESS)}
"""Everything, by its id."""
