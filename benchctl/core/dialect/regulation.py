"""What a supply regulates, worked out from its own readings, where the family cannot say it.

Some families tell of CV and CC only as events of the past (TTi), or not at all. Then the measured voltage and current
are held against the set points: at the current's set point it is CC, at the voltage's it is CV, at neither it is
`OFF`, as for a supply that says that it regulates nothing. CC is judged first, and CV needs a reading close to its set
point: what is in doubt is never taken for the CV that ends a charge.
"""

from benchctl.core.model import Absence, Measurement, Reading, Regulation

RELATIVE_CURRENT = 0.01
NEAR_CURRENT_A = 0.02
"""A current within 1 % or 20 mA of its set point is limited by it (half of a set point that is smaller still)."""

RELATIVE_VOLTAGE = 0.005
NEAR_VOLTAGE_V = 0.05
"""A voltage within 0.5 % or 50 mV of its set point is held there: a meter and a setting of 0.1 % and 20 mV each."""


def inferred(
    voltage: Measurement, current: Measurement, output_on: bool | Absence, set_v: Measurement, set_a: Measurement
) -> Regulation | Absence:
    """The regulation that these five answers of one look show, or the first absence among them."""
    match voltage, current, output_on, set_v, set_a:
        case Reading(), Reading(), False, Reading(), Reading():
            return Regulation.OFF
        case Reading() as at_v, Reading() as at_a, True, Reading() as to_v, Reading() as to_a:
            return _held(at_v.value, at_a.value, to_v.value, to_a.value)
    return next(each for each in (voltage, current, set_v, set_a, output_on) if isinstance(each, Absence))


def _held(voltage_v: float, current_a: float, set_v: float, set_a: float) -> Regulation:
    if current_a >= set_a - min(max(RELATIVE_CURRENT * set_a, NEAR_CURRENT_A), set_a / 2):
        return Regulation.CC
    near_v = max(RELATIVE_VOLTAGE * set_v, NEAR_VOLTAGE_V)
    return Regulation.CV if abs(voltage_v - set_v) <= near_v else Regulation.OFF
