"""A simulated bench at real time, as `benchctl sim` serves it, with one port more, which says what is true.

`python -m tests.campaign.truth SOURCE WRITTEN`. To a position's name the port answers 1 or 0: its output is truly on or
off. No instrument hears that, so that no watchdog is kept awake by being watched.
"""

import sys
from pathlib import Path

from benchctl.edge.benchfile import bench_text, load_bench, load_packs
from benchctl.sim.bench import SimulatedBench
from benchctl.sim.servers import TcpPort
from benchctl.sim.serving import ServedBench, ended_by_signals, written_whole

SEED = 3


class Truth:
    """The port: see `Served` and `Session`."""

    def __init__(self, bench: SimulatedBench) -> None:
        self._bench = bench

    def connect(self) -> "Truth":
        """There is one truth."""
        return self

    def handle(self, data: bytes) -> bytes:
        """A position a line."""
        names = data.decode("ascii").split()
        return b"".join(b"1\n" if self._bench.truth(name).output_on else b"0\n" for name in names)


def main(source: Path, written: Path) -> None:
    """Serve until SIGTERM; print the port."""
    served = ServedBench(load_bench(source, to_serve=True), load_packs(source), SEED, lock_step=False)
    port = TcpPort(served.loop, Truth(served.bench), 0)
    try:
        with ended_by_signals(served.loop):
            written_whole(written, bench_text(served.file))
            print(port.port, flush=True)
            served.loop.run()
    finally:
        served.loop.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
