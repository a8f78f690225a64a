"""A small bench for the tests of the simulated instruments: a Rigol, a Korad and a scanner on two positions."""

from benchctl.core.model import BenchFile, ChannelRef, InstrumentEntry, Isolation, Position, Sense
from benchctl.edge.benchfile import SimulatedPack
from benchctl.sim.bench import SimulatedBench

SOCKET = "TCPIP::192.168.1.20::5555::SOCKET"


def entry(name: str, resource: str = SOCKET, dialect: str | None = None, model: str | None = None) -> InstrumentEntry:
    return InstrumentEntry(name, resource, dialect, model, None, None, None)


def position(number: int, sense: Sense = Sense.LOCAL, lead_ohm: float | None = 0.01) -> Position:
    return Position(
        name=f"P{number}",
        supply=ChannelRef(f"psu{number}", 1),
        meter=ChannelRef("scan1", 100 + number),
        hand_probed=None,
        isolation=Isolation.SUPPLY_OFF,
        sense=sense,
        lead_ohm=lead_ohm,
        fuse_a=None,
        temperature=ChannelRef("scan1", 110 + number),
    )


def file(sense: Sense = Sense.LOCAL, lead_ohm: float | None = 0.01) -> BenchFile:
    instruments = (
        entry("psu1", dialect="rigol-dp800", model="DP811A"),
        entry("psu2", dialect="korad-ka3005p", resource="ASRL/dev/ttyUSB0::INSTR"),
        entry("scan1"),
    )
    positions = (position(1, sense, lead_ohm), position(2, Sense.LOCAL, lead_ohm))
    return BenchFile("bench-1", False, None, instruments, positions)


PACKS = (
    SimulatedPack("P1", 0.5, 50.0, (), None),
    SimulatedPack("P2", 0.3, 50.0, (), None),
    SimulatedPack(None, 0.9, 50.0, (), None),
)


class Talk:
    """One connection to an instrument of a fresh bench: `talk(b"*IDN?\\n")`."""

    def __init__(self, bench: SimulatedBench, instrument: str) -> None:
        self._session = bench.stations[instrument].connect()

    def __call__(self, data: bytes) -> bytes:
        return self._session.handle(data)

    def number(self, data: bytes) -> float:
        return float(self(data).split(b",")[0])


def bench(sense: Sense = Sense.LOCAL, seed: int = 7, lead_ohm: float | None = 0.01) -> SimulatedBench:
    return SimulatedBench(file(sense, lead_ohm), PACKS, seed)
