"""The numbers that govern a run: one frozen value a section of a procedure file, and the envelope no file can leave.

Only numbers live here. What they are compared with, and what follows, is in `charge`, `rest`, `limits` and `bank`.
Currents that scale with the battery are given as C-rates (`_c_rate`, amperes per ampere-hour).
"""

from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """What a run prepares its batteries for."""

    PRESERIES = "preseries"  # batteries that stand in no string yet
    JOIN = "join"  # batteries of a string that has been in use, and those that are to join it
    TOP_UP = "topup"  # an approved bank that was stored before it could be joined


@dataclass(frozen=True, slots=True)
class StartRules:
    """What a battery must look like before anything is switched on (open-circuit volts)."""

    min_v: float
    max_v: float
    refuse_above_v: float
    asleep_below_v: float


@dataclass(frozen=True, slots=True)
class PrechargeRules:
    """A gentle start for a deeply discharged battery."""

    below_v: float
    current_c_rate: float
    max_s: float


@dataclass(frozen=True, slots=True)
class ChargeRules:
    """CC then CV, to the taper."""

    voltage_v: float
    current_c_rate: float
    max_current_c_rate: float
    soft_start_s: float
    cc_time_factor: float
    max_cc_s: float
    max_cv_s: float
    max_total_s: float
    max_amp_hours_factor: float


@dataclass(frozen=True, slots=True)
class TaperRules:
    """When a charge counts as complete."""

    current_c_rate: float
    max_share_of_set: float
    hold_s: float
    voltage_margin_v: float


@dataclass(frozen=True, slots=True)
class BmsRules:
    """How an opened BMS looks from the supply's side, and what may be tried then."""

    drop_share: float
    drop_window_s: float
    from_c_rate: float
    to_c_rate: float
    retry_off_s: float
    retry_voltage_v: float
    retry_current_c_rate: float
    retry_max_s: float
    max_retries: int


@dataclass(frozen=True, slots=True)
class RestRules:
    """The rest before the batteries are compared."""

    min_s: float
    max_s: float
    sample_s: float
    gap_s: float
    settled_after_s: float
    max_fall_v_per_h: float
    max_rise_v_per_h: float
    max_step_v: float


@dataclass(frozen=True, slots=True)
class MatchRules:
    """What a matched string is."""

    spread_v: float
    min_v: float
    max_v: float
    readings: int
    scan_max_s: float
    closing_v_per_h: float
    min_limit_to_uncertainty: float


@dataclass(frozen=True, slots=True)
class BalanceRules:
    """What is done about a battery that rests low."""

    max_rounds: int
    hold_voltage_v: float
    hold_current_c_rate: float
    hold_max_s: float


@dataclass(frozen=True, slots=True)
class SafetyRules:
    """Limits of the whole run, the same in every phase: beyond any of them the output goes off and stays off."""

    warn_v: float
    warn_s: float
    trip_v: float
    trip_s: float
    instant_v: float
    current_factor: float
    ovp_margin_v: float
    ovp_max_v: float
    ocp_factor: float
    watchdog_s: float
    sag_v: float
    sag_s: float
    cc_fall_v: float
    cc_fall_s: float
    lead_warn_ohm: float
    lead_trip_ohm: float
    lead_trip_w: float
    supply_meter_warn_v: float
    supply_meter_trip_v: float
    supply_meter_s: float
    supply_meter_instant_v: float
    off_current_a: float
    missing_s: float
    min_temperature_c: float
    max_temperature_c: float
    undeclared_probe_c_rate: float


@dataclass(frozen=True, slots=True)
class StringRules:
    """Which batteries may stand in one string, and for how long after the common scan they may be joined."""

    max_age_gap_months: int
    passport_s: float


@dataclass(frozen=True, slots=True)
class Procedure:
    """One procedure file: its numbers, its literal text and the SHA-256 of that text (hex)."""

    name: str
    title: str
    purpose: Purpose
    chemistry: str
    cells: int
    start: StartRules
    precharge: PrechargeRules
    charge: ChargeRules
    taper: TaperRules
    bms: BmsRules
    rest: RestRules
    match: MatchRules
    balance: BalanceRules
    safety: SafetyRules
    string: StringRules
    text: str
    sha256: str
