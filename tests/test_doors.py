"""The filter stands in the way of every virtual night: what nobody granted ends it."""

import pytest

from benchctl.core import messages as m
from tests.doors import Doors, HeldBack
from tests.faults.stage import Wires, usual_specs
from tests.night import MemoryWires, Night, Tamper
from tests.sound import SoundNight


class Unasked(MemoryWires):
    """Sends what energises without a grant."""

    def energise(self, order: m.Program | m.SwitchOn) -> None:
        self.submit(order)


class UnaskedOverConnections(Wires):
    """As `Unasked`."""

    def energise(self, order: m.Program | m.SwitchOn) -> None:
        self.submit(order)


class InMemory(Night):
    """Over bare links."""

    def _wires(self, tamper: Tamper | None) -> MemoryWires:
        return Unasked(self.sim, self.mission, self.time.now_s, tamper)


class Connected(SoundNight):
    """Over connections."""

    def _wires(self, tamper: Tamper | None) -> MemoryWires:
        del tamper
        now_s = self.time.now_s
        return UnaskedOverConnections(self.sim, self.mission, self.pinned(), now_s, lambda _at_s: None)


@pytest.mark.parametrize("kind", [InMemory, Connected])
def test_what_energises_without_a_grant_ends_the_night(kind: type[Night]) -> None:
    with pytest.raises(HeldBack, match="only with a lease and an intent on disk"):
        kind(usual_specs(1), 2).run()


@pytest.mark.parametrize(
    ("line", "passes"),
    [
        (b":MEAS:ALL? CH1\n", True),
        (b":SOUR1:VOLT 14.6\n", True),
        (b":SOUR1:VOLT 14.7\n", False),
        (b":OUTP CH1,ON\n", True),
        (b":OUTP:OVP:CLEAR CH1\n", False),
    ],
)
def test_a_line_passes_or_ends_the_night(line: bytes, passes: bool) -> None:
    night = Night(usual_specs(1), 2)
    doors = Doors(night.mission, night.wires.spots)
    doors.grant("P1")
    try:
        doors.of["psu1"].refusal(line)
    except HeldBack:
        assert not passes
    else:
        assert passes
