"""Where a procedure departs from the one the whole product stands for: 3.65 V a cell (14.6 V), 2 to 4 h, 0.1 V, 0.05 C,
6 months.

The record's headline says these sentences, so that a test procedure's verdict is never taken for a full one.
"""

from benchctl.core.procedure import Procedure

VOLTAGE_V_PER_CELL = 3.65
REST_MIN_S = 7200.0
REST_MAX_S = 14400.0
SPREAD_V = 0.1
TAPER_C_RATE = 0.05
AGE_GAP_MONTHS = 6
PASSPORT_S = 86400.0


def departures(procedure: Procedure) -> tuple[str, ...]:
    """One sentence for each departure; none for the procedure as it is meant."""
    rest, charge, match, taper = procedure.rest, procedure.charge, procedure.match, procedure.taper
    found: list[str] = []
    full_v = procedure.cells * VOLTAGE_V_PER_CELL
    if charge.voltage_v != full_v:
        found.append(f"charges to {charge.voltage_v:g} V instead of {full_v:g} V")
    if (rest.min_s, rest.max_s) != (REST_MIN_S, REST_MAX_S):
        found.append(f"rests {_span(rest.min_s)} to {_span(rest.max_s)} instead of 2 h to 4 h")
    if match.spread_v != SPREAD_V:
        found.append(f"accepts a spread of {match.spread_v:g} V instead of {SPREAD_V:g} V")
    if taper.current_c_rate != TAPER_C_RATE:
        found.append(f"tapers to {taper.current_c_rate:g} C instead of {TAPER_C_RATE:g} C")
    found += _of_strings(procedure)
    return tuple(found)


def _of_strings(procedure: Procedure) -> list[str]:
    """Stricter is no departure here: it changes nothing of what an approval means."""
    found = []
    if procedure.string.max_age_gap_months > AGE_GAP_MONTHS:
        found.append(f"accepts ages {procedure.string.max_age_gap_months} months apart instead of {AGE_GAP_MONTHS}")
    if procedure.string.passport_s > PASSPORT_S:
        found.append(f"lets a string be joined {_span(procedure.string.passport_s)} after its scan instead of 24 h")
    return found


def _span(seconds: float) -> str:
    """A time as people say it: `90 s`, `2 min`, `1.5 h`."""
    for unit, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= length and (seconds / length * 100).is_integer():
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"
