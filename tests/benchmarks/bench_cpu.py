"""What a poll cycle of sixteen instruments costs in processor time, against the same exchanges in bare threaded pyvisa.

    python -m tests.benchmarks.bench_cpu [CYCLES]

Both sides ask the same three questions of the same sixteen loopback instruments, one thread an instrument; the bare
side only writes and reads lines. The two take turns. Processor time of this process, all threads.
"""

import sys
import time
from collections.abc import Callable
from queue import SimpleQueue
from statistics import median
from threading import Thread

import pyvisa
from pyvisa.resources import MessageBasedResource

from benchctl.core.messages import Poll
from benchctl.edge.wire import Outcome
from tests.benchmarks.bench_wire import MANY, instruments, looked, wire

TARGET = 1.3
QUESTIONS = (":MEAS:ALL? CH1", ":OUTP:MODE? CH1", ":OUTP? CH1")


class Bare:
    """Sixteen threads that query and throw away."""

    def __init__(self, ports: list[int]) -> None:
        manager = pyvisa.ResourceManager("@py")
        self._done: SimpleQueue[int] = SimpleQueue()
        self._go: list[SimpleQueue[bool]] = []
        for port in ports:
            resource = manager.open_resource(f"TCPIP::127.0.0.1::{port}::SOCKET")
            assert isinstance(resource, MessageBasedResource)
            resource.read_termination = resource.write_termination = "\n"
            go: SimpleQueue[bool] = SimpleQueue()
            self._go.append(go)
            Thread(target=self._talk, args=(resource, go), daemon=True).start()

    def _talk(self, resource: MessageBasedResource, go: "SimpleQueue[bool]") -> None:
        while go.get():
            for question in QUESTIONS:
                resource.query(question)
            self._done.put(1)

    def cycle(self) -> None:
        """One cycle over all."""
        for go in self._go:
            go.put(True)
        for _ in self._go:
            self._done.get(timeout=10)


def main(arguments: list[str]) -> int:
    """Print the table; 0 when the ratio of the medians keeps the target."""
    count = int(arguments[0]) if arguments else 400
    with instruments([0.0] * MANY) as ports:
        outcomes: SimpleQueue[Outcome] = SimpleQueue()
        wires = [wire(number, port, outcomes) for number, port in enumerate(ports)]
        bare = Bare(ports)

        def ours() -> None:
            for number, each in enumerate(wires):
                each.submit(Poll(f"P{number}"))
            for _ in wires:
                looked(outcomes.get(timeout=10))

        ours()
        times = {"bare threaded pyvisa": [cpu_s(bare.cycle)], "benchctl's wires": [cpu_s(ours)]}
        for _ in range(count):
            times["bare threaded pyvisa"].append(cpu_s(bare.cycle))
            times["benchctl's wires"].append(cpu_s(ours))
    for name, taken in times.items():
        low, middle, high = (1000 * each for each in (min(taken), median(taken), max(taken)))
        print(f"{name:22} {low:7.2f} {middle:7.2f} {high:7.2f}  ms CPU a cycle")
    ratio = median(times["benchctl's wires"]) / median(times["bare threaded pyvisa"])
    print(f"ratio of the medians {ratio:.2f}, target {TARGET}")
    return 0 if ratio <= TARGET else 1


def cpu_s(act: Callable[[], None]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    act()
    return time.process_time() - start


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
