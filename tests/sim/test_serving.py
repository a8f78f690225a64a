"""A simulated bench on real ports: in this process turned by hand, and as a process of its own that ends on SIGTERM."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pyvisa
import serial

from benchctl.core.errors import UsageFault
from benchctl.edge.benchfile import bench_text, load_bench
from benchctl.edge.resource import parse_resource
from benchctl.sim.serving import ServedBench, serve
from tests.sim.rig import PACKS, file

BENCH = """
[bench]
name = "bench-1"

[instruments.psu1]
resource = "TCPIP::192.168.1.20::5555::SOCKET"
dialect = "rigol-dp800"
calibration_due = 2031-03-31

[instruments.psu2]
resource = "ASRL/dev/ttyUSB0::INSTR"
dialect = "korad-ka3005p"

[instruments.scan1]
resource = "TCPIP::127.0.0.1::0::SOCKET"

[[positions]]
name = "P1"
supply = "psu1:1"
meter = "scan1:101"

[[positions]]
name = "P2"
supply = "psu2:1"
meter = "scan1:102"

[[simulation.packs]]
position = "P1"
soc = 0.5
"""


@pytest.fixture
def served() -> Iterator[ServedBench]:
    made = ServedBench(file(), PACKS, seed=5, lock_step=True)
    yield made
    made.loop.close()


def connected(resource: str | None) -> socket.socket:
    digits = re.search(r":(\d+)(::SOCKET)?$", resource or "")
    assert digits is not None
    return socket.create_connection(("127.0.0.1", int(digits[1])), timeout=5.0)


def ask(served: ServedBench, end: socket.socket, line: bytes) -> bytes:
    end.sendall(line)
    end.setblocking(False)
    for _ in range(50):
        served.loop.turn(1.0)
        try:
            return end.recv(4096)
        except BlockingIOError:
            continue
    raise AssertionError("no answer")


def lock_stepped(seed: int) -> list[bytes]:
    """What an hour of charging says over real sockets."""
    served = ServedBench(file(), PACKS, seed, lock_step=True)
    try:
        entries = {entry.name: entry.resource for entry in served.file.instruments}
        with (
            connected(served.file.clock) as clock,
            connected(entries["psu1"]) as psu,
            connected(entries["scan1"]) as scan,
        ):
            said = [ask(served, clock, b"NOW?\n"), ask(served, psu, b"*IDN?\n")]
            psu.sendall(b"VOLT 14.6;CURR 5;:OUTP CH1,ON\n")
            for tick in range(1, 61):
                said.append(ask(served, clock, b"ADVANCE %d\n" % (tick * 60)))
                said.append(ask(served, psu, b"MEAS:ALL? CH1\n"))
                said.append(ask(served, scan, b"MEAS:VOLT:DC? 100,(@101,102)\n"))
            return [each for each in said if not each.startswith(b"BENCH")]
    finally:
        served.loop.close()


def test_in_lock_step_two_runs_of_a_seed_say_the_same_bytes() -> None:
    assert lock_stepped(11) == lock_stepped(11)


def test_the_file_says_where_everything_is(served: ServedBench) -> None:
    made = served.file
    assert made.simulated
    assert made.clock is not None
    assert [entry.resource.split("::")[0][:11] for entry in made.instruments] == ["TCPIP", "ASRL/dev/pt", "TCPIP"]
    assert made.instruments[0].serial is not None
    assert made.instruments[2].serial is None  # a 34970A states none


def test_what_only_a_real_bench_has_is_left_out_of_the_file(tmp_path: Path) -> None:
    real = replace(file(), visa="@ivi", instruments=tuple(replace(each, baud=9600) for each in file().instruments))
    made = ServedBench(real, PACKS, seed=5, lock_step=True)
    made.loop.close()
    (tmp_path / "bench.toml").write_text(bench_text(made.file))
    assert load_bench(tmp_path / "bench.toml").visa == "@py"


def test_the_hands_reach_the_bench(served: ServedBench) -> None:
    with connected(served.file.clock) as clock:
        assert ask(served, clock, b"NOW?\n").startswith(b"BENCH 1 ")
        ask(served, clock, b"HANDS P1 %s\n" % b"E1001".hex().encode())
    assert served.bench.truth("P1").serial == "E1001"


def test_an_output_switched_on_without_a_clock_client_starts_the_time(served: ServedBench) -> None:
    psu = served.file.instruments[0].resource
    with connected(psu) as end:
        assert ask(served, end, b"*OPC?\n") == b"1\n"
        assert not served.clock.running
        ask(served, end, b"VOLT 14;:OUTP CH1,ON;*OPC?\n")
        ask(served, end, b"*OPC?\n")
    assert served.clock.running


# ---------------------------------------------------------------- as a process


@pytest.fixture
def process(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    arguments = [str(tmp_path / each) if each.endswith(".toml") else each for each in request.param]
    (tmp_path / "bench.toml").write_text(BENCH)
    command = [sys.executable, "-m", "benchctl.sim", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        yield child
        child.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def ended(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=20.0)


@pytest.mark.parametrize(
    "process", [["bench.toml", "--write-bench", "live.toml", "--lock-step", "--seed", "1"]], indirect=True
)
def test_a_bench_is_written_when_it_listens_and_ends_on_sigterm(process: subprocess.Popen[str], tmp_path: Path) -> None:
    assert "bench-1 listens" in first_line(process)
    live = load_bench(tmp_path / "live.toml")
    assert live.simulated
    assert live.instruments[0].calibration_due == "2031-03-31"
    with serial.Serial(parse_resource(live.instruments[1].resource).device, 9600, timeout=5.0) as line:
        line.write(b"VSET1?")
        assert line.read(5) == b"00.00"
    assert ended(process) == 0


@pytest.mark.parametrize(
    "process", [["--dialect", "rigol-dp800", "--model", "DP832", "--battery", "0.5"]], indirect=True
)
def test_one_instrument_on_a_socket_serves_pyvisa(process: subprocess.Popen[str]) -> None:
    said = json.loads(first_line(process))
    assert (said["dialect"], said["model"]) == ("rigol-dp800", "DP832")
    manager = pyvisa.ResourceManager("@py")
    device = manager.open_resource(said["resource"], read_termination="\n", write_termination="\n")
    assert isinstance(device, pyvisa.resources.MessageBasedResource)
    assert device.query("*IDN?").startswith("RIGOL TECHNOLOGIES,DP832,")
    assert 12.5 < float(device.query(":MEASure:VOLTage:DC? CH2")) < 13.6
    device.close()
    manager.close()
    assert ended(process) == 0


@pytest.mark.parametrize("process", [["--dialect", "korad-ka3005p", "--serial", "--load-ohms", "10"]], indirect=True)
def test_one_instrument_on_a_pty_drives_a_resistor(process: subprocess.Popen[str]) -> None:
    said = json.loads(first_line(process))
    with serial.Serial(parse_resource(said["resource"]).device, 9600, timeout=5.0) as line:
        line.write(b"VSET1:10.00ISET1:2.000OUT1IOUT1?")
        assert float(line.read(5)) == pytest.approx(1.0, abs=0.01)
    assert ended(process) == 0


@pytest.mark.parametrize("process", [["--dialect", "abacus"]], indirect=True)
def test_what_cannot_be_served_is_a_sentence_and_exit_2(process: subprocess.Popen[str]) -> None:
    assert process.wait(timeout=20.0) == 2
    assert process.stderr is not None
    assert "no dialect 'abacus'" in process.stderr.read()


HELD = """\
[bench]
name = "held"

[instruments.psu1]
resource = "TCPIP::127.0.0.1::0::SOCKET"

[instruments.dmm1]
resource = "TCPIP::127.0.0.1::0::SOCKET"

[[positions]]
name = "P1"
supply = "psu1:1"
meter = "dmm1"
"""


def test_a_meter_held_by_hand_is_served_only_in_lock_step(tmp_path: Path) -> None:
    path = tmp_path / "bench.toml"
    path.write_text(HELD)
    with pytest.raises(UsageFault, match="Serve it with --lock-step"):
        serve(path, None, lock_step=False, seed=1)
