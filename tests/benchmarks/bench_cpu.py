"""What a poll cycle of sixteen instruments costs in processor time, against the same exchanges in bare threaded pyvisa.

    python -m tests.benchmarks.bench_cpu [CYCLES]

Both sides ask the same three questions of the same sixteen loopback instruments, one thread an instrument, handed its
work by a queue and handing it back by another. The bare side calls `query` and throws the text away; it talks through
pyvisa-py's own socket sessions, as a script would, not through those that `edge.visa` puts in their place. Ours does
all that a wire does: looks for OFFs and unasked bytes before each question, has the whole reply, reads it strictly,
and tells one outcome. The two take turns, cycle by cycle. Processor time of this process, all threads.

How threads fall into step over the interpreter's lock differs from start to start and weighs more than what either side
does, so there are ten rounds, each in a new process with new instruments, and the median of their ratios counts.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from queue import SimpleQueue
from statistics import median
from threading import Thread
from typing import Any, cast

import pyvisa
from pyvisa.resources import MessageBasedResource
from pyvisa_py.tcpip import TCPIPSocketSession

from benchctl.core.messages import Poll
from benchctl.edge.wire import Outcome
from tests.benchmarks.bench_wire import MANY, instruments, looked, wire

TARGET = 1.3
ROUNDS = 10
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
            session = cast(Any, manager.visalib).sessions[resource.session]  # as in `edge.visa`: untyped
            assert type(session) is TCPIPSocketSession, "not bare: one of edge.visa's is in its place"
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
    """Print a line for each round and the median of their ratios; 0 when that keeps the target."""
    if arguments[:1] == ["round"]:
        print(one_round(int(arguments[1])))
        return 0
    print(f"{'ms CPU a cycle: median (min, max)':36}{'bare threaded pyvisa':>24}{'wires':>24}{'ratio':>8}")
    ratios = [in_a_new_process(number, arguments[0] if arguments else "100") for number in range(1, ROUNDS + 1)]
    found = median(ratios)
    print(f"median of the ratios {found:.2f} (from {min(ratios):.2f} to {max(ratios):.2f}), target {TARGET}")
    return 0 if found <= TARGET else 1


def in_a_new_process(number: int, count: str) -> float:
    """The ratio of a round, its line printed."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_cpu", "round", count]
    line = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.rstrip()
    print(f"round {number:<30}{line}", flush=True)
    return float(line.split()[-1])


def one_round(count: int) -> str:
    """What so many cycles of each took, and the ratio of the medians."""
    bare_s, ours_s = [], []
    with instruments([0.0] * MANY) as ports:
        bare, outcomes = Bare(ports), SimpleQueue[Outcome]()
        wires = [wire(number, port, outcomes) for number, port in enumerate(ports)]

        def ours() -> None:
            for number, each in enumerate(wires):
                each.submit(Poll(f"P{number}"))
            for _ in wires:
                looked(outcomes.get(timeout=10))

        ours()
        bare.cycle()
        for _ in range(count):
            bare_s.append(cpu_s(bare.cycle))
            ours_s.append(cpu_s(ours))
    return f"{told(bare_s):>24}{told(ours_s):>24}{median(ours_s) / median(bare_s):8.2f}"


def told(taken_s: list[float]) -> str:
    """Median, least and most in milliseconds."""
    middle, low, high = (1000 * each for each in (median(taken_s), min(taken_s), max(taken_s)))
    return f"{middle:.2f} ({low:.2f}, {high:.2f})"


def cpu_s(act: Callable[[], None]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    act()
    return time.process_time() - start


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
