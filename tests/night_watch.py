"""What must be so in every night, whatever happens in it: by the truth of the simulated bench, and by the journal."""

import json
from typing import Any

from benchctl.core import messages as m
from benchctl.core.journal.chain import Row, verify
from benchctl.core.journal.codec import body_of
from benchctl.core.model import AlarmState, Verdict
from benchctl.core.rows import Intent
from tests.night import Night, answers_prompts

MAX_CELL_V = 3.85
MAX_SET_V_PER_CELL = 3.65
MAX_OVP_V_PER_CELL = 3.75
SETTLED_S = 4.0
"""After an alarm the output is truly off within this time (safety section 4: 3.5 s, and a tick)."""


class Watch:
    """Looks at the truth every time that time has moved; a person who answers prompts at once stands by."""

    def __init__(self) -> None:
        self.highest_cell_v = 0.0
        self.highest_set_v_per_cell = 0.0
        self.was_on: set[str] = set()

    def __call__(self, night: Night, at_s: float) -> None:
        """After every step of time."""
        answers_prompts(night, at_s)
        for name, place in night.sim.places.items():
            if not place.circuit.on:
                continue
            self.was_on.add(name)
            cells = night.mission.procedure.cells if place.unit is None else place.unit.pack.spec.cells
            self.highest_set_v_per_cell = max(self.highest_set_v_per_cell, place.circuit.voltage_v / cells)
            for unit in place.units:
                self.highest_cell_v = max(self.highest_cell_v, *unit.pack.cell_voltages_v)


def check_truth(night: Night, watch: Watch) -> None:
    """Nothing was over-charged, nothing was left on."""
    assert watch.highest_cell_v <= MAX_CELL_V
    assert watch.highest_set_v_per_cell <= MAX_SET_V_PER_CELL
    assert not night.sim.energised


def check_journal(night: Night) -> None:
    """The invariants that a journal can show."""
    rows = night.rows()
    assert verify(rows, None) == []
    bodies: Bodies = [(row, body_of(row)) for row in rows if row.kind != "samples"]
    check_intents(bodies)
    check_settings(night, bodies)
    check_trips(bodies)
    check_looks(rows)
    check_approval(night, bodies)


Bodies = list[tuple[Row, object]]


def check_intents(bodies: Bodies) -> None:
    """No output came on without its committed intent, one for each."""
    intended: dict[str, int] = {}
    for row, body in bodies:
        if isinstance(body, Intent) and isinstance(body.order, m.SwitchOn):
            intended[body.order.position] = row.seq
        elif isinstance(body, m.SwitchedOn):
            assert intended.pop(body.position) < row.seq


def check_settings(night: Night, bodies: Bodies) -> None:
    """No set point ever leaves the envelope; every supply's OVP is armed, as low as it can be if that is too high."""
    cells = night.mission.procedure.cells
    for _, body in bodies:
        if isinstance(body, Intent) and isinstance(body.order, m.Program | m.SwitchOn):
            settings, able = body.order.settings, night.mission.supplies[body.order.position]
            assert settings.voltage_v <= cells * MAX_SET_V_PER_CELL
            assert (settings.ovp_v is None) == (able.ovp_min_v is None)
            if settings.ovp_v is not None and able.ovp_min_v is not None:
                assert settings.voltage_v < settings.ovp_v <= max(cells * MAX_OVP_V_PER_CELL, able.ovp_min_v)
            assert settings.ocp_a is None or settings.current_a < settings.ocp_a


def check_trips(bodies: Bodies) -> None:
    """After a latch nothing is switched on at its position without a reset; after a stop nothing at all."""
    latched: dict[str, str] = {}
    stopped = False
    for _, body in bodies:
        match body:
            case m.AlarmRaised(alarm=alarm, position=str(place), latched=True):
                latched[place] = alarm
            case m.AlarmChanged(alarm=alarm, state=AlarmState.NORMAL):
                latched = {place: one for place, one in latched.items() if one != alarm}
            case m.StopRequested() | m.OffRequested() | m.GuardLost() | m.JournalFailed():
                stopped = True
            case Intent(m.SwitchOn(place, _)):
                assert place not in latched
                assert not stopped


def check_looks(rows: list[Row]) -> None:
    """While an output is on, its newest complete look is at most three seconds old."""
    newest: dict[str, float] = {}
    for row in rows:
        if row.kind == "samples":
            newest |= dict.fromkeys(complete(row) & newest.keys(), row.boot_s)
        elif row.kind in ("switched_on", "switched_off", "alarm_raised"):
            name = json.loads(row.body)["position"]
            newest.pop(name, None)
            if row.kind == "switched_on":
                newest[name] = row.boot_s
        late = {name: row.boot_s - at_s for name, at_s in newest.items() if row.boot_s - at_s > SETTLED_S}
        assert not late, f"row {row.seq}: {late}"


def complete(row: Row) -> set[str]:
    """Positions of which a look with all its parts, output on, is in a row."""
    return {polled["position"] for polled in json.loads(row.body)["polled"] if _whole(polled["sample"])}


def _whole(sample: dict[str, Any]) -> bool:
    measured = "value" in sample["voltage"] and "value" in sample["current"]
    return measured and isinstance(sample["regulation"], str) and sample["output_on"] is True


def check_approval(night: Night, bodies: Bodies) -> None:
    """Approved: every battery tapered after its last start, rested in the window, and agrees."""
    verdicts = [body for _, body in bodies if isinstance(body, m.VerdictReached)]
    assert len(verdicts) == 1
    if verdicts[0].verdict is not Verdict.APPROVED:
        return
    serials = {battery.serial for battery in night.mission.bank.batteries}
    assert tapered(bodies) == serials
    rest, match = night.mission.procedure.rest, night.mission.procedure.match
    last = [body for _, body in bodies if isinstance(body, m.SpreadMeasured)][-1]
    assert {serial for serial, _ in last.rest_ages_s} == serials
    assert all(rest.min_s <= age_s <= rest.max_s for _, age_s in last.rest_ages_s)
    assert all(match.min_v <= volts <= match.max_v for _, volts in last.voltages_v)
    assert last.spread_v + last.uncertainty_v <= match.spread_v
    assert verdicts[0].spread_v == last.spread_v


def tapered(bodies: Bodies) -> set[str]:
    """Whose last charge ended in a taper."""
    proven: set[str] = set()
    for _, body in bodies:
        if isinstance(body, m.TaperProven):
            proven.add(body.serial)
        elif isinstance(body, m.PhaseEntered) and body.phase in ("charging", "precharging", "holding", "tripped"):
            proven.discard(body.serial)
    return proven
