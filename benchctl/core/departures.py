"""Where a procedure departs from the one the whole product stands for: 14.6 V, 2 to 4 h, 0.1 V, 0.05 C.

The record's headline says these sentences, so that a test procedure's verdict is never taken for a full one.
"""

from benchctl.core.procedure import Procedure

VOLTAGE_V = 14.6
REST_MIN_S = 7200.0
REST_MAX_S = 14400.0
SPREAD_V = 0.1
TAPER_C_RATE = 0.05


def departures(procedure: Procedure) -> tuple[str, ...]:
    """One sentence for each departure; none for the procedure as it is meant."""
    rest, charge, match, taper = procedure.rest, procedure.charge, procedure.match, procedure.taper
    found: list[str] = []
    if charge.voltage_v != VOLTAGE_V:
        found.append(f"charges to {charge.voltage_v:g} V instead of {VOLTAGE_V:g} V")
    if (rest.min_s, rest.max_s) != (REST_MIN_S, REST_MAX_S):
        found.append(f"rests {_span(rest.min_s)} to {_span(rest.max_s)} instead of 2 h to 4 h")
    if match.spread_v != SPREAD_V:
        found.append(f"accepts a spread of {match.spread_v:g} V instead of {SPREAD_V:g} V")
    if taper.current_c_rate != TAPER_C_RATE:
        found.append(f"tapers to {taper.current_c_rate:g} C instead of {TAPER_C_RATE:g} C")
    return tuple(found)


def _span(seconds: float) -> str:
    """A time as people say it: `90 s`, `2 min`, `1.5 h`."""
    for unit, length in (("h", 3600.0), ("min", 60.0)):
        if seconds >= length and (seconds / length * 100).is_integer():
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"
