"""`benchctl instruments`: list, scan, check, on instruments behind loopback sockets."""

import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result

from benchctl.cli.main import benchctl
from benchctl.core.dialect.voice import Dialect
from benchctl.edge import finding
from benchctl.edge.dialect_tables import ExampleTable
from benchctl.edge.dialects import load_dialect_file
from benchctl.edge.finding import BY_ID, SerialPort, UsbIdentity, answer_to, listening, serial_ports
from benchctl.edge.shipped import shipped_folder
from benchctl.sim.single import Attached, SingleInstrument
from tests.fakes import LoopbackInstrument
from tests.test_instruments import (
    test_what_is_answered_means_what_the_source_says as answered_as_stated,
    test_what_is_sent_is_what_the_source_shows as sent_as_stated,
)

DP832, SCANNER = ("rigol-dp800", "DP832"), ("keysight-34970a", "34970A")


def benchctl_says(*words: str) -> Result:
    return CliRunner().invoke(benchctl, ["instruments", *words], catch_exceptions=False)


@contextmanager
def instrument(dialect: str, model: str, hangs: Attached) -> Iterator[LoopbackInstrument]:
    """One behind a socket whose time moves by a tenth of a second with whatever is said to it."""
    single = SingleInstrument(dialect, model, hangs, Random(1))
    session = single.connect()
    now_s = [0.0]

    def answer(asked: bytes) -> bytes:
        now_s[0] += 0.1
        single.advance(now_s[0])
        return session.handle(asked)

    with LoopbackInstrument(answer) as it:
        yield it


def check(resource: str, *words: str) -> tuple[int, dict[str, Any]]:
    done = benchctl_says("check", resource, "--json", *words)
    (line,) = done.stdout.splitlines()
    return done.exit_code, json.loads(line)


# ---------------------------------------------------------------- check


def test_a_supply_that_does_all_it_claims() -> None:
    with instrument(*DP832, Attached()) as it:
        code, said = check(it.resource)
    assert (code, said["fine"], said["refused"], said["output_off"]) == (0, True, None, True)
    assert (said["dialect"], said["model"], said["channel"]) == ("rigol-dp800", "DP832", 1)
    rows = {row["operation"]: row for row in said["operations"]}
    assert rows["set_voltage"]["sent"] == [":SOUR1:VOLT 3.000\\n"]
    assert (rows["set_voltage"]["verdict"], rows["set_voltage"]["sentence"]) == ("fine", "read back 3")
    assert {"output_on", "read_regulation", "clear_trip", "read_error"} <= rows.keys()


def test_people_get_a_table() -> None:
    with instrument(*DP832, Attached()) as it:
        done = benchctl_says("check", it.resource, "--dialect", "rigol-dp800", "--channel", "2")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("RIGOL TECHNOLOGIES DP832, serial DP8C")
    assert any("read_output" in line and ":OUTP? CH2\\n -> " in line for line in lines)
    assert "The output is off, proven" in lines[-1]


def test_a_scanner_is_walked_too() -> None:
    with instrument(*SCANNER, Attached(volts_v=0.5)) as it:
        code, said = check(it.resource, "--channel", "102")
    assert (code, said["fine"], said["output_off"]) == (0, True, None)
    assert "(@102)" in next(row for row in said["operations"] if row["operation"] == "scan")["sent"][-1]


def test_a_supply_with_a_battery_is_left_alone() -> None:
    with instrument(*DP832, Attached(soc=0.5)) as it:
        code, said = check(it.resource)
        assert not [asked for asked in it.received if b"?" not in asked]
    assert (code, said["fine"], said["output_off"]) == (1, False, None)
    assert "a battery is connected" in said["refused"]


def test_one_wrong_answer_does_not_end_the_walk() -> None:
    single = SingleInstrument(*DP832, Attached(), Random(1))
    session = single.connect()

    def answer(asked: bytes) -> bytes:
        single.advance(10.0)
        return b"perhaps\n" if asked == b":OUTP:OVP:VAL? CH1\n" else session.handle(asked)

    with LoopbackInstrument(answer) as it:
        code, said = check(it.resource)
    wrong = {row["operation"] for row in said["operations"] if row["verdict"] != "fine"}
    assert (code, wrong, said["output_off"]) == (1, {"read_ovp", "set_ovp"}, True)


def test_nobody_there() -> None:
    code, said = check("TCPIP::127.0.0.1::9::SOCKET", "--dialect", "rigol-dp800")
    assert (code, said["fine"], said["dialect"]) == (1, False, None)
    assert "refused" in said["refused"]


NOBODY = "TCPIP::127.0.0.1::9::SOCKET"


@pytest.mark.parametrize("words", [("DP832",), (NOBODY, "--dialect", "abacus"), (NOBODY, "--channel", "0")])
def test_what_is_no_question(words: tuple[str, ...]) -> None:
    assert benchctl_says("check", *words).exit_code == 2


def test_a_channel_that_is_not_there() -> None:
    with instrument(*DP832, Attached()) as it:
        done = benchctl_says("check", it.resource, "--channel", "9")
    assert (done.exit_code, "no channel 9" in done.output) == (2, True)


# ---------------------------------------------------------------- record


@pytest.mark.parametrize(
    ("dialect", "model"),
    [DP832, SCANNER, ("korad-ka3005p", "KA3005P"), ("keysight-e36300", "E36312A"), ("rigol-dm3000", "DM3058")],
)
def test_a_record_can_be_put_into_the_dialect_file_as_it_is(tmp_path: Path, dialect: str, model: str) -> None:
    kept = tmp_path / "seen.toml"
    with instrument(dialect, model, Attached()) as it:
        check(it.resource, "--dialect", dialect, "--record", str(kept))
    text = kept.read_text()
    assert "recorded by benchctl instruments check" in text
    file = shipped_folder("instruments") / f"{dialect}.toml"
    both = tmp_path / file.name
    both.write_text(file.read_text() + "\n" + text)
    shipped, extended = load_dialect_file(file), load_dialect_file(both)
    added = extended.examples[len(shipped.examples) :]
    assert len(added) == len(tomllib.loads(text)["examples"]) > 3
    for example in added:
        _holds(extended.dialect, example)


def _holds(dialect: Dialect, example: ExampleTable) -> None:
    sent_as_stated(dialect, example)
    if example.receives is not None:
        answered_as_stated(dialect, example)


def test_a_record_is_never_written_over_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "seen.toml"
    kept.write_text("mine")
    done = CliRunner().invoke(benchctl, ["instruments", "check", "TCPIP::127.0.0.1::9::SOCKET", "--record", str(kept)])
    assert (done.exit_code, kept.read_text()) == (2, "mine")


# ---------------------------------------------------------------- scan


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a USB adapter and an old port."""
    found = (
        SerialPort("/dev/ttyS0", None, None),
        SerialPort("/dev/ttyUSB0", f"{BY_ID}/usb-FTDI_A502-port0", UsbIdentity(0x0403, 0x6001, "A502", "FT232R")),
    )
    monkeypatch.setattr("benchctl.cli.instrument_scan.serial_ports", lambda: found)
    monkeypatch.setattr("benchctl.cli.instrument_scan.visa_resources", lambda _: ("USB0::0x1AB1::0x0E11::DP8::INSTR",))


@pytest.mark.usefixtures("ports")
def test_what_is_connected_is_listed_by_what_stays_the_same() -> None:
    rows = json.loads(benchctl_says("scan", "--json").stdout)
    assert [row["resource"] for row in rows] == [
        "USB0::0x1AB1::0x0E11::DP8::INSTR",
        "ASRL/dev/ttyS0::INSTR",
        "ASRL/dev/serial/by-id/usb-FTDI_A502-port0::INSTR",
    ]
    assert rows[2]["usb"] == {"vid": "0403", "pid": "6001", "serial": "A502", "name": "FT232R"}
    assert rows[2]["device"] == "/dev/ttyUSB0"
    assert "/dev/ttyUSB0: FT232R 0403:6001, serial A502" in benchctl_says("scan").stdout


@pytest.mark.usefixtures("ports")
def test_a_network_that_is_named_is_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    with instrument(*DP832, Attached()) as it:
        monkeypatch.setattr("benchctl.cli.instrument_scan._questions", lambda: {it.port: b"*IDN?\n"})
        rows = json.loads(benchctl_says("scan", "--subnet", "127.0.0.1/32", "--json").stdout)
        assert it.received == [b"*IDN?\n"]
    (found,) = (row for row in rows if row["found_by"] == "subnet")
    assert (found["resource"], found["dialect"], found["model"]) == (it.resource, "rigol-dp800", "DP832")
    assert found["idn"].startswith("RIGOL TECHNOLOGIES,DP832,DP8C")


@pytest.mark.parametrize("subnet", ["10.0.0.0/8", "192.168.0.0/23", "fe80::/120", "everywhere", "192.168.1.300/24"])
def test_only_a_small_network_is_looked_into(subnet: str) -> None:
    assert benchctl_says("scan", "--subnet", subnet).exit_code == 2


def test_only_who_listens_is_found_and_only_in_the_network() -> None:
    with LoopbackInstrument(lambda _: b"") as it:
        assert listening(("127.0.0.1", "127.0.0.2"), (it.port,)) == [("127.0.0.1", it.port)]


def test_one_that_says_nothing_has_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "ANSWER_S", 0.05)
    with LoopbackInstrument(lambda _: b"") as it:
        assert answer_to(b"*IDN?\n", ("127.0.0.1", it.port)) == b""
        assert it.received == [b"*IDN?\n"]


def test_ports_have_the_names_that_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Found:
        device = str(tmp_path / "ttyUSB0")
        vid, pid, serial_number, product = 0x0403, 0x6001, "A502", "FT232R"

    Path(Found.device).touch()
    (tmp_path / "by-id").mkdir()
    link = tmp_path / "by-id" / "usb-FTDI_A502-port0"
    link.symlink_to(Found.device)
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [Found])
    assert serial_ports(tmp_path / "by-id") == (
        SerialPort(Found.device, str(link), UsbIdentity(0x0403, 0x6001, "A502", "FT232R")),
    )
    assert serial_ports(tmp_path / "none")[0].resource == f"ASRL{Found.device}::INSTR"


# ---------------------------------------------------------------- list


def test_the_list_says_what_each_model_can_do() -> None:
    tables = {each["dialect"]: each for each in json.loads(benchctl_says("list", "--json").stdout)}
    dp832 = next(each for each in tables["rigol-dp800"]["capabilities"] if each["model"] == "DP832")
    first = dp832["channels"][0]
    assert (first["max_voltage_v"], first["max_current_a"], first["remote_sense"]) == (30.0, 3.0, False)
    assert (first["ovp"]["max_v"], first["ocp"], first["watchdog"]) == (33.0, "level", None)
    assert first["bleeds_when_off"] in ("yes", "no", "unknown")
    scanner = next(each for each in tables["keysight-34970a"]["capabilities"] if each["model"] == "34970A")
    assert 0.0 < scanner["accuracy_v_at_14_6_v"] < 0.1
    spd = tables["siglent-spd3303x"]["capabilities"][0]["channels"][0]
    assert spd["ovp"] is None


def test_people_read_it_too() -> None:
    said = benchctl_says("list").stdout
    assert "DP832 channel 1+2: 30 V 3 A, OVP 0.01 to 33 V, OCP" in said
    assert "mV at 14.6 V in the range of" in said
    assert "USB" in said
