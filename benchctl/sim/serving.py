"""A simulated bench, or one instrument, on loopback ports and ptys of this process: what `benchctl sim` runs.

serve       a whole bench file; writes the bench file that `benchctl run` uses as if it were real
serve_one   one instrument with a battery, a resistor or a voltage on every channel
"""

import json
import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from types import FrameType

from benchctl.core.errors import UsageFault
from benchctl.core.model import PYVISA_PY, BenchFile, InstrumentEntry
from benchctl.edge.benchfile import SimulatedPack, bench_text, load_bench, load_packs
from benchctl.edge.home import write_atomic
from benchctl.edge.resource import Transport, parse_resource
from benchctl.sim.bench import SimulatedBench
from benchctl.sim.clock import BenchClock
from benchctl.sim.control import ControlPort
from benchctl.sim.faults import Injection
from benchctl.sim.identity import serial_of
from benchctl.sim.pack import PackSpec
from benchctl.sim.servers import LOOPBACK, Loop, Pty, Served, TcpPort
from benchctl.sim.single import Attached, SingleInstrument


class ServedBench:
    """A bench file on its ports. Serve with `loop`, read `file` for where everything listens, `close` at the end."""

    def __init__(
        self,
        file: BenchFile,
        packs: Sequence[SimulatedPack],
        seed: int,
        lock_step: bool,
        specs: Sequence[PackSpec] = (),
        faults: Sequence[Injection] = (),
    ) -> None:
        self.bench = SimulatedBench(file, packs, seed, specs, faults)
        self.clock = BenchClock(time.monotonic, lock_step)
        self.loop = Loop(self._bring_up)
        try:
            entries = tuple(self._served(entry) for entry in file.instruments)
            self.control = ControlPort(self.loop, self.clock, self.bench, secrets.token_hex(8)) if lock_step else None
        except OSError:
            self.loop.close()
            raise
        address = None if self.control is None else self.control.address
        self.file = replace(file, simulated=True, clock=address, instruments=entries, visa=PYVISA_PY)

    def _bring_up(self) -> None:
        if not self.clock.running and self.clock.unclaimed and self.bench.energised:
            self.clock.release()  # switched on without a clock: it would never charge
        self.bench.advance(self.clock.now_s())

    def _served(self, entry: InstrumentEntry) -> InstrumentEntry:
        station = self.bench.stations[entry.name]
        resource = listen(self.loop, station, entry.resource)
        serial = serial_of(self.bench.cast[entry.name].file.dialect, station.instrument.identity)
        off = None if entry.off_resource is None else resource
        return replace(entry, resource=resource, serial=serial, off_resource=off, baud=None)


def listen(loop: Loop, served: Served, resource: str) -> str:
    """Serve an instrument where its resource says, as far as that is on this machine; returns the resource it got."""
    wanted = parse_resource(resource)
    if wanted.kind is Transport.SERIAL:
        return f"ASRL{Pty(loop, served).path}::INSTR"
    port = (wanted.port or 0) if wanted.kind is Transport.SOCKET and wanted.loopback else 0
    return f"TCPIP::{LOOPBACK}::{TcpPort(loop, served, port).port}::SOCKET"


def serve(
    bench_path: Path,
    write_bench: Path | None,
    lock_step: bool,
    seed: int | None,
    specs: Sequence[PackSpec] = (),
    leash: int | None = None,
    faults: Sequence[Injection] = (),
) -> None:
    """Serve a bench file until SIGTERM or SIGINT. `seed` None: a new one each time.

    `leash`: a pipe's reading end; when nobody holds the other end any more, the serving ends too.
    When every port listens, `write_bench` is written whole and one line is printed. Raises FileFault, UsageFault.
    """
    file, packs = load_bench(bench_path, to_serve=True), load_packs(bench_path)
    _refuse_probes_without_hands(file, lock_step)
    chosen = secrets.randbelow(1 << 31) if seed is None else seed
    served = _opened(lambda: ServedBench(file, packs, chosen, lock_step, specs, faults))
    try:
        with ended_by_signals(served.loop):
            if write_bench is not None:
                written_whole(write_bench, bench_text(served.file))
            print(_listening(served.file, chosen), flush=True)
            if leash is not None:
                tie(served.loop, leash)
            served.loop.run()
    finally:
        served.loop.close()


def _refuse_probes_without_hands(file: BenchFile, lock_step: bool) -> None:
    held = sorted({each.hand_probed for each in file.positions if each.hand_probed})
    if held and not lock_step:
        raise UsageFault(
            f"{', '.join(held)}: held by hand; only with --lock-step does a simulated bench hear where the probes are. "
            "Serve it with --lock-step."
        )


def _opened(make: Callable[[], ServedBench]) -> ServedBench:
    try:
        return make()
    except OSError as fault:
        raise UsageFault(f"the bench cannot be served: {fault.strerror or fault}; use port 0 for a free one") from fault


def _listening(file: BenchFile, seed: int) -> str:
    places = ", ".join(f"{entry.name} {entry.resource}" for entry in file.instruments)
    clock = f", clock {file.clock}" if file.clock else ""
    return f"simulated bench {file.name} listens (seed {seed}): {places}{clock}"


def serve_one(dialect: str, model: str | None, port: int | None, attached: Attached, seed: int | None = None) -> None:
    """Serve one instrument until SIGTERM or SIGINT. `port` None: a pty; 0: a free port. Raises UsageFault.

    Once it listens, one JSON line says where: `resource`, `dialect`, `model`.
    """
    single = SingleInstrument(dialect, model, attached, Random(seed))
    clock = BenchClock(time.monotonic, lock_step=False)
    loop = Loop(lambda: single.advance(clock.now_s()))
    try:
        resource = _one_resource(loop, single, port)
        line = {"resource": resource, "dialect": single.dialect.name, "model": single.model.name}
        with ended_by_signals(loop):
            print(json.dumps(line), flush=True)
            loop.run()
    finally:
        loop.close()


def _one_resource(loop: Loop, single: SingleInstrument, port: int | None) -> str:
    if port is None:
        return f"ASRL{Pty(loop, single).path}::INSTR"
    try:
        return f"TCPIP::{LOOPBACK}::{TcpPort(loop, single, port).port}::SOCKET"
    except OSError as fault:
        raise UsageFault(f"{fault.strerror}; use port 0 for a free one") from fault


@contextmanager
def ended_by_signals(loop: Loop) -> Iterator[None]:
    """While this lasts, SIGTERM and SIGINT end the loop's run at once. Main thread only."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        loop.stop()

    before = {each: signal.signal(each, end) for each in (signal.SIGTERM, signal.SIGINT)}
    woken = signal.set_wakeup_fd(loop.wake_fd, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(woken)
        for each, handler in before.items():
            signal.signal(each, handler)


def tie(loop: Loop, leash: int) -> None:
    """End the loop's run when the other end of this pipe is closed: whoever held it is gone, however it ended."""

    def felt(_events: int) -> None:
        if not os.read(leash, 1):
            loop.stop()

    loop.watch(leash, felt)


def written_whole(path: Path, text: str) -> None:
    """Write a file so that whoever sees it sees all of it. Raises UsageFault."""
    try:
        write_atomic(path, text.encode())
    except OSError as fault:
        raise UsageFault(f"{path} cannot be written: {fault.strerror}") from fault
