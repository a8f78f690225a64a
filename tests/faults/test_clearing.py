"""A person resets a position whose supply has tripped: what truly leaves for it, and what a supply that comes on at the
clear (safety 0.1, row I10) gets to do."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from benchctl.core import messages as m
from benchctl.core.dialect.voice import Exchange
from benchctl.core.model import Isolation, Verdict
from benchctl.core.rows import Intent
from benchctl.sim.faults import parse
from tests.faults.stage import usual_specs
from tests.night import Night

TRIPS_S = 60.0
RESET_S = 80.0
STOP_S = 110.0
"""By then P1 is on again, if it ever will be."""

CLEARS = (b":OUTP:OVP:CLEAR CH1\n", b":OUTP:OCP:CLEAR CH1\n", b"OUTP:PROT:CLE\n")
OFFS = (b":OUTP CH1,OFF\n", b"OUTP OFF\n")
OUTPUT = (b":OUTP? CH1\n", b"OUTP?\n")


@dataclass
class Tripped:
    """A night of two batteries: these knobs of P1's supply are turned, and 20 s later somebody resets P1."""

    supply: str
    knobs: tuple[str, ...]
    said: list[tuple[bytes, bytes]] = field(default_factory=list)
    on_s: list[float] = field(default_factory=list)
    """When P1 was truly on at the end of a turn, from the reset on."""

    def __post_init__(self) -> None:
        self._deeds: list[tuple[float, Callable[[Night], None]]] = [
            (TRIPS_S, self._trip),
            (RESET_S, _reset),
            (STOP_S, _stop),
        ]
        isolation = Isolation.SUPPLY_OFF if self.supply == "DP811" else Isolation.CONTACTOR
        self.night = Night(
            usual_specs(1), 2, isolation=isolation, every=self._every, tamper=self._hear, supply=self.supply
        )

    def _every(self, night: Night, at_s: float) -> None:
        if at_s > RESET_S and night.sim.truth("P1").output_on:
            self.on_s.append(at_s)
        while self._deeds and at_s >= self._deeds[0][0]:
            self._deeds.pop(0)[1](night)

    def _trip(self, night: Night) -> None:
        for knob in self.knobs:
            night.sim.inject(replace(parse(knob), at_s=TRIPS_S, place="P1"))

    def _hear(self, name: str, at_s: float, exchange: Exchange, raw: bytes) -> bytes:
        if name == "psu1" and at_s >= RESET_S:
            self.said.append((exchange.write, raw))
        return raw

    def around_the_clear(self) -> list[bytes]:
        """What P1's supply was told, and asked of its output, from the first OFF to the first look after the clear."""
        told = [line for line, _ in self.said if line in (*CLEARS, *OFFS, *OUTPUT)]
        first = next(number for number, line in enumerate(told) if line in OFFS)
        last = max(number for number, line in enumerate(told) if line in CLEARS)
        return told[first : last + 2]


def _reset(night: Night) -> None:
    night.wishes.waiting.append(("w1", m.ResetRequested("P1", "Kim")))


def _stop(night: Night) -> None:
    night.wishes.waiting.append(("w2", m.StopRequested("Kim")))


RIGOL = [OFFS[0], OUTPUT[0], *CLEARS[:2], OUTPUT[0]]
KEYSIGHT = [OFFS[1], OUTPUT[1], CLEARS[2], OUTPUT[1]]


@pytest.mark.parametrize(
    ("supply", "knob", "lines"),
    [("DP811", "psu.trip", RIGOL), ("N6951A", "psu.trip", KEYSIGHT), ("N6951A", "psu.wdog", KEYSIGHT)],
)
def test_a_trip_is_cleared_between_two_proofs_and_the_charge_begins_again(
    supply: str, knob: str, lines: list[bytes]
) -> None:
    one = Tripped(supply, (knob,))
    assert one.night.run().verdict is Verdict.STOPPED
    assert one.around_the_clear() == lines
    assert one.on_s
    assert one.night.wishes.answers[0] == ("w1", True, "Accepted.")
    rows = [row.kind for row in one.night.journal.rows if row.kind in ("intent", "trip_cleared", "alarm_changed")]
    cleared = rows.index("trip_cleared")
    assert rows[cleared - 1 : cleared + 2] == ["intent", "trip_cleared", "alarm_changed"]
    assert Intent(m.ClearTrip("P1", "Kim")) in one.night.bodies(Intent)


@pytest.mark.parametrize("supply", ["DP811", "N6951A"])
def test_a_supply_that_comes_on_at_the_clear_is_switched_off_and_latched_within_a_second(supply: str) -> None:
    one = Tripped(supply, ("psu.clear_reenables", "psu.trip"))
    assert one.night.run().verdict is Verdict.STOPPED
    assert one.on_s == []
    (cleared,) = one.night.bodies(m.TripCleared)
    assert cleared == m.TripCleared("P1", "Kim", False, ("over-voltage protection",), ())
    assert one.night.wishes.answers[0][1] is False
    at_s = {row.kind: row.boot_s for row in reversed(one.night.journal.rows) if row.boot_s >= RESET_S}
    assert at_s["switched_off"] - at_s["trip_cleared"] <= 1.0
    latches = [body.fault for body in one.night.bodies(m.AlarmRaised) if isinstance(body, m.AlarmRaised)]
    assert latches == ["output_lost", "off_not_proven"]
