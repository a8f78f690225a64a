"""A run as `benchctl status --json` tells it. Additional keys may come; none that is here goes away."""

from dataclasses import asdict

from benchctl.core.model import RunState
from benchctl.core.view.outlook import full_about, outlook
from benchctl.core.view.runview import RunView
from benchctl.core.view.sights import BatterySight


def status_dict(view: RunView | None, engine_pid: int | None, guard_pid: int | None) -> dict[str, object]:
    """What `benchctl status --json` prints: null where nothing is known. `view` None: nothing is running."""
    seen = view or RunView()
    coming = outlook(seen)
    state = RunState.IDLE if view is None else view.state
    return {
        "state": None if state is None else state.value,
        "run": seen.run,
        "engine_pid": engine_pid,
        "guard_pid": guard_pid,
        "alarms": [asdict(alarm) for alarm in seen.alarms.values()],
        "flood": seen.flood,
        "prompts": [asdict(prompt) for prompt in seen.prompts.values()],
        "positions": [_position_dict(seen, name) for name in seen.positions],
        "hands_about": None if coming.hands is None else {"text": coming.hands.text, "start": coming.hands.start},
        "rest_ends_about": coming.rest_ends,
        "scan_about": coming.scan,
        "ends_about": coming.ends,
    }


def _position_dict(view: RunView, name: str) -> dict[str, object]:
    seen, batteries = view.positions[name], view.at(name)
    first = batteries[0] if batteries else BatterySight("")
    return {
        "name": name,
        "serial": "+".join(battery.serial for battery in batteries) or None,
        "phase": None if first.phase is None else first.phase.value,
        "output_on": seen.output_on,
        "voltage_v": seen.voltage_v,
        "current_a": seen.current_a,
        "amp_hours": first.amp_hours,
        "waiting_for": first.waiting_for,
        "until": first.until,
        "full_about": full_about(view, name),
    }
