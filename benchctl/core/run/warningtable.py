"""The rows of the table of faults that switch nothing: warnings, whose alarm goes by itself."""

from benchctl.core.model import Priority
from benchctl.core.run.faultrow import Action, FaultRow, Resume


def _warning(
    fault: str, catalogue: str, signal: str, threshold: str, budget_s: float, words: str, look_at: str
) -> FaultRow:
    ids = tuple(catalogue.split())
    return FaultRow(fault, ids, signal, threshold, budget_s, Priority.P2, Action.WARN, Resume.ITSELF, words, look_at)


WARNINGS = (
    _warning(
        "high_voltage",
        "I39",
        "voltage at the battery, by the supply or the meter, output on",
        "safety.warn_v for safety.warn_s",
        7.0,
        "The battery's voltage is higher than a charge makes it.",
        "the supply's setting and its sense leads",
    ),
    _warning(
        "watchdog_lost",
        "I12",
        "settings read back every 10 s",
        "off, or another delay than was set; once in a charge, then it is a trip",
        10.0,
        "The supply's watchdog was no longer as it was set. It is armed again; the taper has to hold anew.",
        "who resets or operates the supply; its front panel and its web page",
    ),
    _warning(
        "instrument_error",
        "I36",
        "the supply's error queue, read with its settings every 10 s",
        "one entry, its output on",
        10.0,
        "The supply reports an error.",
        "the supply's front panel, and who else talks to it",
    ),
    _warning(
        "slow_instrument",
        "I35",
        "the supply's looks while its output is on, from the order to the last answer",
        "1 s by the 95th percentile of a minute",
        60.0,
        "The supply answers slowly.",
        "the network or the serial rate, and who else talks to the supply",
    ),
    _warning(
        "noisy_line",
        "I25 I26 I27 I28 I29",
        "connections opened again because an answer was late, torn, garbled or doubled",
        "more than 5 within an hour",
        2.0,
        "A connection is unreliable.",
        "the cable and its plugs, its earth, the network's switch; another program on the same port",
    ),
    _warning(
        "lead_worse",
        "W9 W10",
        "supply's voltage less the meter's, over the current",
        "safety.lead_warn_ohm, or 30 % more than was learned, for safety.supply_meter_s",
        12.0,
        "Leads and contacts have more resistance than they should.",
        "clamps and lugs: clean and tighten when the charge is over",
    ),
    _warning(
        "readings_apart",
        "I18 I19",
        "supply's voltage at the battery against the meter's",
        "safety.supply_meter_warn_v for safety.supply_meter_s",
        12.0,
        "Supply and meter begin to disagree about the battery's voltage.",
        "the calibration of both; sense leads and clamps",
    ),
    _warning(
        "warm",
        "B11",
        "the probe at the battery",
        "40 degrees Celsius",
        10.0,
        "The battery is warm.",
        "the room: give the batteries air",
    ),
    _warning(
        "journal_slow",
        "H15",
        "commits of the journal",
        "0.5 s; from 2 s on nothing new is switched on",
        1.0,
        "The disk is slow.",
        "what else this computer does, and the health of its disk",
    ),
    _warning(
        "disk_low",
        "H13",
        "room left on the disk of the journal, every 10 s",
        "500 MiB",
        10.0,
        "The disk is nearly full.",
        "room on the disk: make some, and the run goes on undisturbed",
    ),
    _warning(
        "clock_step",
        "H19",
        "the wall clock against the boot-time clock",
        "2 s",
        1.0,
        "The computer's clock was set.",
        "the time of this computer: the labels in the record follow it, no duration does",
    ),
    _warning(
        "turn_slow",
        "H22",
        "the time from one turn of the engine to the next",
        "1.5 s; the guard ends an engine that completes none for 4 s",
        3.0,
        "The computer is too busy.",
        "what else this computer does",
    ),
)

MOMENTS = frozenset({"watchdog_lost", "instrument_error", "journal_slow", "clock_step", "turn_slow"})
"""Warnings of a thing that has happened, not of one that goes on: over as soon as they are told."""
