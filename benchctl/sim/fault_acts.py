"""What each knob of `faults` does to a simulated bench, by its name. Wires have `fault_wire`."""

from benchctl.sim.fault_batteries import BATTERY_ACTS
from benchctl.sim.fault_instruments import INSTRUMENT_ACTS
from benchctl.sim.fault_struck import Act

ACTS: dict[str, Act] = BATTERY_ACTS | INSTRUMENT_ACTS
