"""What sixteen instruments cost against one: a poll cycle over real sockets, journalled durably.

    python -m tests.benchmarks.bench_wire [CYCLES]

The instruments live in a process of their own and answer every question after 10 ms. A cycle is: a `Poll` (three
questions) to every wire, all outcomes back, their row in the journal on disk. One and sixteen take turns, cycle by
cycle, so that a busy machine troubles both alike. Below it, what a single exchange costs with an instrument that
answers at once: over a bare socket, and over a link.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from tempfile import TemporaryDirectory

from benchctl.core.dialect.dialogue import Spot
from benchctl.core.dialect.voice import Operation
from benchctl.core.journal.codec import entry
from benchctl.core.messages import Poll, Polled
from benchctl.core.model import Identity, Reading, Sense
from benchctl.core.rows import Samples
from benchctl.edge.dialects import load_dialect
from benchctl.edge.journal import Journal, create
from benchctl.edge.link import open_link
from benchctl.edge.wire import Outcome, Spots, Wire

TARGET = 1.3
MANY = 16
ANSWERS_AFTER_S = 0.01
EXCHANGES = 2000
RIGOL = load_dialect("rigol-dp800")
IDN = "RIGOL TECHNOLOGIES,DP832,DP8C1942056{:02},00.01.14"


# ---------------------------------------------------------------- the instruments, in their own process


async def _serve(delays_s: list[float]) -> None:
    servers = [await asyncio.start_server(_talker(n, delay_s), "127.0.0.1", 0) for n, delay_s in enumerate(delays_s)]
    print(*(server.sockets[0].getsockname()[1] for server in servers), flush=True)
    await asyncio.gather(*(server.serve_forever() for server in servers))


def _talker(number: int, delay_s: float) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    replies = {b"*IDN?": IDN.format(number), b":MEAS": "14.6000,1.2345,18.024", b":OUTP:MODE?": "CV", b":OUTP?": "ON"}

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            reply = next((text for start, text in replies.items() if line.startswith(start)), None)
            if reply is not None:
                if delay_s:
                    await asyncio.sleep(delay_s)
                writer.write(reply.encode() + b"\n")

    return talk


@contextmanager
def instruments(delays_s: list[float]) -> Iterator[list[int]]:
    """Their ports."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_wire", "serve", *map(str, delays_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield [int(port) for port in server.stdout.readline().split()]
        finally:
            server.terminate()


# ---------------------------------------------------------------- cycles


def wire(number: int, port: int, outcomes: "SimpleQueue[Outcome]") -> Wire:
    """The wire of one instrument."""
    name = f"psu{number}"
    spot = Spot(name, f"P{number}", RIGOL.voice("DP832", 1), Sense.LOCAL)
    maker, model, serial, firmware = IDN.format(number).split(",")
    pinned = Identity(maker, model, serial, firmware, IDN.format(number))
    resource = f"TCPIP::127.0.0.1::{port}::SOCKET"
    return Wire(
        name,
        RIGOL,
        pinned,
        Spots({spot.position: spot}, {}, {}),
        lambda: open_link(resource, None, name, paced=True),
        outcomes.put,
        time.monotonic,
    )


def cycle(wires: list[Wire], outcomes: "SimpleQueue[Outcome]", journal: Journal) -> float:
    """Seconds from the first order to the row on disk."""
    start = time.perf_counter()
    for number, each in enumerate(wires):
        each.submit(Poll(f"P{number}"))
    polled = [looked(outcomes.get(timeout=10)) for _ in wires]
    row = entry(Samples(tuple(polled), (), (), ()), at_s=start, wall="2026-05-01T21:30:00.125Z", actor="engine")
    journal.append((row,))
    journal.flush(10.0)
    return time.perf_counter() - start


def looked(outcome: Outcome) -> Polled:
    """The look of an outcome, which must have succeeded."""
    event = outcome.events[-1]
    assert isinstance(event, Polled), event
    assert isinstance(event.sample.voltage, Reading), event
    return event


def cycles(ports: list[int], count: int, folder: Path) -> dict[int, list[float]]:
    """Seconds of each cycle, for one wire and for all of them."""
    outcomes: SimpleQueue[Outcome] = SimpleQueue()
    wires = [wire(number, port, outcomes) for number, port in enumerate(ports)]
    journal = create(folder / "bench.db", "b" * 36, lambda _: None, print)
    times: dict[int, list[float]] = {1: [], len(wires): []}
    cycle(wires, outcomes, journal)  # connects
    for _ in range(count):
        for size, taken in times.items():
            taken.append(cycle(wires[:size], outcomes, journal))
    for each in wires:
        each.close(10)
    journal.close()
    return times


# ---------------------------------------------------------------- exchanges


def exchanges(port: int) -> dict[str, list[float]]:
    """Seconds of each exchange with an instrument that answers at once, taking turns."""
    exchange = RIGOL.voice("DP832", 1).ask(Operation.MEASURE_VOLTAGE).exchange
    link = open_link(f"TCPIP::127.0.0.1::{port}::SOCKET", None, "psu0", paced=True)
    with socket.create_connection(("127.0.0.1", port)) as bare:
        bare.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def over_socket() -> None:
            bare.sendall(exchange.write)
            bare.recv(4096)

        ways: dict[str, Callable[[], object]] = {"bare socket": over_socket, "link": lambda: link.ask(exchange)}
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(EXCHANGES):
            for name, way in ways.items():
                start = time.perf_counter()
                way()
                times[name].append(time.perf_counter() - start)
    link.close()
    return times


def table(title: str, unit: float, times: dict[str, list[float]]) -> None:
    """Minimum, median and maximum in multiples of `unit` seconds."""
    print(f"{title:<28}{'min':>10}{'median':>10}{'max':>10}")
    for name, taken in times.items():
        low, middle, high = (value / unit for value in (min(taken), median(taken), max(taken)))
        print(f"{name:<28}{low:>10.2f}{middle:>10.2f}{high:>10.2f}")


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with instruments([ANSWERS_AFTER_S] * MANY) as ports, TemporaryDirectory(dir=Path.cwd()) as folder:
        times = cycles(ports, count, Path(folder))
    table(f"poll cycle, ms ({count} cycles)", 1e-3, {f"{size} instruments": taken for size, taken in times.items()})
    ratio = median(times[MANY]) / median(times[1])
    print(f"{MANY} against 1: {ratio:.2f} (target <= {TARGET})\n")
    with instruments([0.0]) as (port,):
        table("exchange, us", 1e-6, exchanges(port))


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(_serve([float(delay) for delay in sys.argv[2:]]))
    else:
        main()
