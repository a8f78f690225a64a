"""The names of what can be wrong on a simulated bench (`faults` of `[[simulation.packs]]`)."""

from collections.abc import Iterable
from typing import Final

from benchctl.core.errors import UsageFault

FAULTS: Final = (
    "bms.hiccup", "bms.sleep", "bms.trip", "cell.cap", "cell.leak", "cell.runaway", "cell.short", "dmm.cross",
    "dmm.func", "dmm.offset", "err.flood", "idn.flip", "idn.fw", "lead.cross", "lead.flaky", "lead.open",
    "lead.parallel", "lead.short", "lead.swap", "meas.cache", "meas.freeze", "meas.nan", "net.blackhole", "net.drop1",
    "net.echo", "net.garble", "net.idle", "net.lag", "net.late", "net.reset", "net.slice", "panel.local", "panel.off",
    "panel.on", "panel.set", "psu.bleed", "psu.clear_reenables", "psu.flag_wrong", "psu.ignore_set", "psu.lying_off",
    "psu.offset", "psu.ot", "psu.pcycle", "psu.runaway", "psu.stuck_on", "psu.trip", "psu.wdog", "psu.wdog_lost",
    "psu.weld", "rest.step", "sense.cross", "sense.local", "sense.open",
)  # fmt: skip


def refuse_unknown(names: Iterable[str]) -> None:
    """Refuse a fault that nobody knows. Raises UsageFault."""
    for name in names:
        if name not in FAULTS:
            raise UsageFault(f"there is no fault '{name}' to simulate; known are {', '.join(FAULTS)}")
