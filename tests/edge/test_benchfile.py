"""Bench files: a good one is read as it stands, a bad one is complained about once, completely, at the right lines."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, strategies as st

from benchctl.core.errors import FileFault
from benchctl.core.model import BenchFile, ChannelRef, InstrumentEntry, Isolation, Position, Sense
from benchctl.edge.benchfile import SimulatedPack, bench_text, load_bench, load_packs

GOOD = """\
[bench]
name = "bench-1"

[instruments.psu1]
resource = "TCPIP::192.168.1.20::5555::SOCKET"
dialect = "rigol-dp800"
model = "DP811"
serial = "DP8C123456789"

[instruments.scan1]
resource = "TCPIP::192.168.1.30::5025::SOCKET"
calibration_due = 2027-03-31

[[positions]]
name = "P1"
supply = "psu1:1"
meter = "scan1:101"
isolation = "supply_off"
sense = "remote"
lead_ohms = 0.02
fuse_amps = 30
temperature = "scan1:111"

[[positions]]
name = "P2"
supply = "psu1:2"
meter = "scan1:102"

[[simulation.packs]]
position = "P1"
soc = 0.30
amp_hours = 50
faults = ["bms_opens"]

[[simulation.packs]]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "bench.toml"
    path.write_text(text)
    return path


def complaints(folder: Path, text: str, to_serve: bool = False) -> list[tuple[int | None, str, str]]:
    with pytest.raises(FileFault) as caught:
        load_bench(write(folder, text), to_serve=to_serve)
    return [(each.line, each.key, each.sentence) for each in caught.value.complaints]


def test_a_bench_is_read_as_it_stands(tmp_path: Path) -> None:
    bench = load_bench(write(tmp_path, GOOD))
    assert bench == BenchFile(
        name="bench-1",
        simulated=False,
        clock=None,
        instruments=(
            InstrumentEntry(
                "psu1", "TCPIP::192.168.1.20::5555::SOCKET", "rigol-dp800", "DP811", "DP8C123456789", None, None
            ),
            InstrumentEntry("scan1", "TCPIP::192.168.1.30::5025::SOCKET", None, None, None, "2027-03-31", None),
        ),
        positions=(
            Position(
                name="P1",
                supply=ChannelRef("psu1", 1),
                meter=ChannelRef("scan1", 101),
                hand_probed=None,
                isolation=Isolation.SUPPLY_OFF,
                sense=Sense.REMOTE,
                lead_ohm=0.02,
                fuse_a=30.0,
                temperature=ChannelRef("scan1", 111),
            ),
            Position(
                name="P2",
                supply=ChannelRef("psu1", 2),
                meter=ChannelRef("scan1", 102),
                hand_probed=None,
                isolation=Isolation.MANUAL,
                sense=Sense.LOCAL,
                lead_ohm=None,
                fuse_a=None,
                temperature=None,
            ),
        ),
    )


def test_another_visa_library_a_known_rate_and_a_firmware_are_kept(tmp_path: Path) -> None:
    text = GOOD.replace('name = "bench-1"', 'name = "bench-1"\nvisa = "@ivi"')
    text = text.replace("TCPIP::192.168.1.20::5555::SOCKET", "ASRL/dev/ttyUSB0::INSTR")
    text = text.replace('dialect = "rigol-dp800"', 'dialect = "rigol-dp800"\nbaud = 4800\nfirmware = "00.01.16"')
    bench = load_bench(write(tmp_path, text))
    assert (bench.visa, bench.instruments[0].baud, bench.instruments[0].firmware) == ("@ivi", 4800, "00.01.16")
    assert load_bench(write(tmp_path, bench_text(bench))) == bench


@pytest.mark.parametrize("visa", ["@sim", "/home/eve/lib.so", ""])
def test_no_library_of_its_own_is_loaded_for_a_bench_file(tmp_path: Path, visa: str) -> None:
    text = GOOD.replace('name = "bench-1"', f'name = "bench-1"\nvisa = "{visa}"')
    (found,) = complaints(tmp_path, text)
    assert found[:2] == (3, "bench.visa")
    assert "@ivi" in found[2]


def test_only_a_serial_port_has_a_rate(tmp_path: Path) -> None:
    text = GOOD.replace('dialect = "rigol-dp800"', 'dialect = "rigol-dp800"\nbaud = 9600')
    (found,) = complaints(tmp_path, text)
    assert found[1] == "instruments.psu1.baud"


def test_simulated_packs_are_read_in_file_order(tmp_path: Path) -> None:
    assert load_packs(write(tmp_path, GOOD)) == (
        SimulatedPack("P1", 0.3, 50.0, ("bms_opens",), None),
        SimulatedPack(None, None, None, (), None),
    )


def test_a_bare_meter_name_is_probed_by_hand(tmp_path: Path) -> None:
    text = GOOD.replace('"scan1:101"', '"scan1"').replace('"scan1:102"', '"scan1"')
    places = load_bench(write(tmp_path, text)).positions
    assert [(each.meter, each.hand_probed) for each in places] == [(None, "scan1"), (None, "scan1")]


@pytest.mark.parametrize("clock", [None, "127.0.0.1:5000"])
def test_a_written_bench_reads_as_the_same(tmp_path: Path, clock: str | None) -> None:
    text = GOOD.replace("192.168.1", "127.0.0").replace('"bench-1"', '"Werkbank Ä \\"1\\""\nsimulated = true')
    text = text.replace('model = "DP811"', 'off_resource = "ASRL/dev/pts/4::INSTR"')
    bench = load_bench(write(tmp_path, text))
    bench = BenchFile(bench.name, True, clock, bench.instruments, bench.positions)
    assert load_bench(write(tmp_path, bench_text(bench))) == bench


@pytest.mark.parametrize(
    "resource",
    [
        "TCPIP0::192.168.1.20::5555::SOCKET",
        "TCPIP::192.168.1.20::INSTR",
        "TCPIP::192.168.1.20::inst0::INSTR",
        "TCPIP::psu.lab.example::hislip0::INSTR",
        "ASRL/dev/ttyUSB0::INSTR",
        "ASRL/dev/serial/by-id/usb-FTDI_FT232R-if00-port0::INSTR",
        "USB0::0x1AB1::0x0E11::DP8C123456789::INSTR",
        "USB::6833::3601::DP8C::0::INSTR",
        "TCPIP::192.168.1.20,1024::inst0::INSTR",
        "TCPIP::192.168.1.20::hislip0,4881::INSTR",
        "ASRL/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0::INSTR",
        "GPIB0::5::INSTR",
    ],
)
def test_visa_resources_are_taken_as_written(tmp_path: Path, resource: str) -> None:
    bench = load_bench(write(tmp_path, GOOD.replace("TCPIP::192.168.1.20::5555::SOCKET", resource)))
    assert bench.instruments[0].resource == resource


def test_keywords_of_a_resource_are_put_in_capitals(tmp_path: Path) -> None:
    text = GOOD.replace("TCPIP::192.168.1.20::5555::SOCKET", "asrl/dev/ttyUSB0::instr")
    assert load_bench(write(tmp_path, text)).instruments[0].resource == "ASRL/dev/ttyUSB0::INSTR"


@pytest.mark.parametrize(
    "resource",
    [
        "192.168.1.20:5555",
        "TCPIP::192.168.1.20:5555",
        "TCPIP::192.168.1.20::5555",
        "TCPIP::192.168.1.20::65536::SOCKET",
        "TCPIP::192.168.1.256::5555::SOCKET",
        "TCPIP::192.168.1.20::x::SOCKET",
        "TCPIP::a b::5555::SOCKET",
        "TCPIP::１::5555::SOCKET",
        "/dev/ttyUSB0",
        "ASRL::INSTR",
        "ASRL/dev/tty USB0::INSTR",
        "GPIB0::31::INSTR",
        "USB0::INSTR",
        "TCPIP::h::5555::SOCKET\\n",
        "",
    ],
)
def test_what_is_no_visa_resource_is_refused(tmp_path: Path, resource: str) -> None:
    found = complaints(tmp_path, GOOD.replace("TCPIP::192.168.1.20::5555::SOCKET", resource))
    assert [(line, key) for line, key, _ in found] == [(5, "instruments.psu1.resource")]
    assert "TCPIP::192.168.1.20::5555::SOCKET" in found[0][2]


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ('name = "bench-1"', "", 1, "bench.name", "is missing; would be 1 to 64 visible characters"),
        ('name = "bench-1"', 'name = ""', 2, "bench.name", "is empty"),
        ('name = "bench-1"', f'name = "{"x" * 65}"', 2, "bench.name", "is 65 characters long"),
        ('name = "bench-1"', 'name = "a\\u001b[2Jb"', 2, "bench.name", 'is "a[2Jb" with hidden characters'),
        ('name = "bench-1"', 'name = "a\\u2028b"', 2, "bench.name", "hidden characters"),
        ('name = "bench-1"', "name = 1", 2, "bench.name", "is 1; would be 1 to 64"),
        ('name = "bench-1"', 'name = "b"\nnmae = "c"', 3, "bench.nmae", 'is not known; did you mean "name"?'),
        ('name = "bench-1"', 'name = "b"\nsimulated = "true"', 3, "bench.simulated", "true or false, without quotes"),
        ('name = "bench-1"', 'name = "b"\nsimulated = 1', 3, "bench.simulated", "is 1; would be true or false"),
        ('name = "bench-1"', 'name = "b"\nclock = "127.0.0.1:5"', 3, "bench.clock", "only with simulated = true"),
        ('name = "bench-1"', 'name = "b"\nclock = "5000"', 3, "bench.clock", "would be host and port"),
        ('name = "bench-1"', 'name = "b"\nclock = "h:0"', 3, "bench.clock", "would be host and port"),
        ("[instruments.psu1]", '[instruments."psu 1"]', 4, "instruments.psu 1", "is no name"),
        ("[instruments.psu1]", "[instrument.psu1]", 4, "instrument", 'did you mean "instruments"?'),
        ('dialect = "rigol-dp800"', 'dialect = "rigol dp800"', 6, "instruments.psu1.dialect", "which is no name"),
        ('serial = "DP8C123456789"', "serial = 123", 8, "instruments.psu1.serial", "would be the serial number"),
        ("2027-03-31", '"2027-03-31"', 12, "instruments.scan1.calibration_due", "in quotes: write 2027-03-31"),
        ("2027-03-31", '"31.3.2027"', 12, "instruments.scan1.calibration_due", "would be a date such as 2027-03-31"),
        ("2027-03-31", "2027-03-31T10:00:00", 12, "instruments.scan1.calibration_due", "is a date with a time"),
        ("2027-03-31", "1027-03-31", 12, "instruments.scan1.calibration_due", "is 1027-03-31, which"),
        ("2027-03-31", "2027", 12, "instruments.scan1.calibration_due", "is 2027; would be a date"),
        ("192.168.1.30::5025", "192.168.1.20::5555", 11, "instruments.scan1.resource", 'address of "psu1" already'),
        ("TCPIP::192.168.1.30::5025", "tcpip0::192.168.1.20::05555", 11, "instruments.scan1.resource", "already"),
        ("::5025::", "::0::", 11, "instruments.scan1.resource", "names port 0"),
        ('model = "DP811"', 'off_resource = "GPIB0::5::INSTR"', 7, "instruments.psu1.off_resource", "the guard opens"),
        (
            'model = "DP811"',
            'off_resource = "TCPIP::192.168.1.30::5025::SOCKET"',
            11,
            "instruments.scan1.resource",
            'address of "psu1" already',
        ),
        ('name = "P1"', 'name = "P 1"', 15, "positions[1].name", 'is "P 1", which is no name'),
        ('name = "P1"', 'name = "B1\\";:VOLT 30;:OUTP ON"', 15, "positions[1].name", "which is no name"),
        ('name = "P1"', 'name = "Ｐ１"', 15, "positions[1].name", "which is no name"),
        ('name = "P2"', 'name = "p1"', 25, "positions[2].name", 'is "p1" for a second time'),
        ('supply = "psu1:1"', "", 14, "positions[1].supply", "is missing; would be an instrument of this file"),
        ('supply = "psu1:1"', 'supply = "psu1"', 16, "positions[1].supply", 'is "psu1", which is no channel'),
        ('supply = "psu1:1"', 'supply = "psu1:0"', 16, "positions[1].supply", "channels are counted from 1"),
        ('supply = "psu1:1"', 'supply = "psu1:-1"', 16, "positions[1].supply", "which is no channel"),
        ('supply = "psu1:1"', 'supply = "psu1:CH1"', 16, "positions[1].supply", "which is no channel"),
        ('supply = "psu1:1"', "supply = 1", 16, "positions[1].supply", "is 1; would be an instrument"),
        ('supply = "psu1:1"', 'supply = "psu2:1"', 16, "positions[1].supply", 'did you mean "psu1"?'),
        ('supply = "psu1:2"', 'supply = "psu1:01"', 26, "positions[2].supply", "which is the supply of P1 already"),
        ('meter = "scan1:102"', 'meter = "scan1:101"', 27, "positions[2].meter", "which is the meter of P1 already"),
        ('meter = "scan1:102"', 'meter = "scan1:111"', 27, "positions[2].meter", "the temperature of P1 already"),
        ('meter = "scan1:102"', 'meter = "scan1"', 27, "positions[2].meter", "probed by hand here"),
        ('meter = "scan1:102"', 'meter = "psu1:3"', 27, "positions[2].meter", 'names the supply "psu1"'),
        ('meter = "scan1:102"', 'meter = "dmm9"', 27, "positions[2].meter", "no instrument of this file"),
        ('"supply_off"', '"supply-off"', 18, "positions[1].isolation", 'is "supply-off"; would be "contactor"'),
        ('"supply_off"', "true", 18, "positions[1].isolation", 'is true; would be "contactor"'),
        ('sense = "remote"', 'sense = "4-wire"', 19, "positions[1].sense", 'would be "remote" or "local"'),
        ("lead_ohms = 0.02", 'lead_ohms = "0,02"', 20, "positions[1].lead_ohms", "decimal comma in quotes: write 0.02"),
        ("lead_ohms = 0.02", "lead_ohms = -0.02", 20, "positions[1].lead_ohms", "is -0.02, too small"),
        ("lead_ohms = 0.02", "lead_ohms = 20", 20, "positions[1].lead_ohms", "is 20, too large"),
        ("lead_ohms = 0.02", "lead_ohms = nan", 20, "positions[1].lead_ohms", "is nan; would be ohms"),
        ("fuse_amps = 30", 'fuse_amps = "30"', 21, "positions[1].fuse_amps", 'the text "30" in quotes: write 30'),
        ("fuse_amps = 30", "fuse_amps = 0", 21, "positions[1].fuse_amps", "is 0, too small"),
        ("fuse_amps = 30", "fuse_amps = inf", 21, "positions[1].fuse_amps", "would be amperes"),
        ("fuse_amps = 30", "fuse_amps = true", 21, "positions[1].fuse_amps", "is true; would be amperes"),
        ("fuse_amps = 30", "fuse_amps = [30]", 21, "positions[1].fuse_amps", "is a list; would be amperes"),
        ("fuse_amps = 30", "fuse_amp = 30", 21, "positions[1].fuse_amp", 'did you mean "fuse_amps"?'),
        ('temperature = "scan1:111"', 'temperature = "scan1"', 22, "positions[1].temperature", "is no channel"),
        ('position = "P1"', 'position = "P3"', 30, "simulation.packs[1].position", "no position of this file"),
        ("soc = 0.30", "soc = 30", 31, "simulation.packs[1].soc", "is 30, too large; would be a state of charge"),
        ("amp_hours = 50", "amp_hours = 0", 32, "simulation.packs[1].amp_hours", "is 0, too small"),
        ('["bms_opens"]', '"bms_opens"', 33, "simulation.packs[1].faults", "would be a list of fault names"),
        ('["bms_opens"]', "[1]", 33, "simulation.packs[1].faults[1]", "is 1; would be a list of fault names"),
        ("[[simulation.packs]]\nposition", "[[simulation.pack]]\nposition", 29, "simulation.pack", '"packs"?'),
    ],
)
def test_one_fault_gives_one_complaint(tmp_path: Path, old: str, new: str, line: int, key: str, words: str) -> None:
    assert old in GOOD
    found = complaints(tmp_path, GOOD.replace(old, new, 1))
    about = [each for each in found if each[1] == key]
    assert [each[0] for each in about] == [line], found
    assert words in about[0][2]


def test_everything_is_said_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = GOOD.replace('"bench-1"', "1").replace("fuse_amps", "fuse").replace('"psu1:2"', '"psu1:1"')
    found = complaints(tmp_path, text.replace("::5025", ""))
    assert [(line, key) for line, key, _ in found] == [
        (2, "bench.name"),
        (11, "instruments.scan1.resource"),
        (21, "positions[1].fuse"),
        (26, "positions[2].supply"),
    ]


def test_a_fault_beside_it_hides_no_contradiction(tmp_path: Path) -> None:
    found = complaints(tmp_path, GOOD + '[[positions]]\nname = "P2"\nsupply = "psu1:2"\nmeter = 1\n[bank]\n')
    assert [(line, key) for line, key, _ in found] == [
        (37, "positions[3].name"),
        (38, "positions[3].supply"),
        (39, "positions[3].meter"),
        (40, "bank"),
    ]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ["bench", "instruments", "positions"]),
        ("bench = 1\ninstruments = 2\npositions = 3\n", ["bench", "instruments", "positions"]),
        ("[bench]\n[instruments]\n[positions]\n", ["bench.name", "instruments", "positions"]),
        ("[[bench]]\n[[instruments]]\n", ["bench", "instruments", "positions"]),
        ("positions = [1]\n[bench]\nname='b'\n[instruments]\np=1\n", ["positions[1]", "instruments.p"]),
    ],
)
def test_missing_tables_and_other_things_in_their_place_are_named(tmp_path: Path, text: str, keys: list[str]) -> None:
    found = complaints(tmp_path, text)
    assert sorted(key for _, key, _ in found) == sorted(keys)


def test_two_packs_at_one_position_contradict_each_other(tmp_path: Path) -> None:
    found = complaints(tmp_path, GOOD + 'position = "P1"\n')
    assert [(line, key) for line, key, _ in found] == [(36, "simulation.packs[2].position")]


def test_a_bench_to_be_served_may_leave_its_ports_open(tmp_path: Path) -> None:
    text = GOOD.replace("::5555::", "::0::").replace("::5025::", "::0::").replace("192.168.1.30", "192.168.1.20")
    assert len(load_bench(write(tmp_path, text), to_serve=True).instruments) == 2


def test_a_simulated_bench_has_no_real_instrument(tmp_path: Path) -> None:
    text = GOOD.replace("[bench]", "[bench]\nsimulated = true").replace("192.168.1.20", "127.0.0.1")
    found = complaints(tmp_path, text)
    assert [(line, key) for line, key, _ in found] == [(12, "instruments.scan1.resource")]


def test_two_instruments_on_one_host_are_told_apart_by_their_ports(tmp_path: Path) -> None:
    text = GOOD.replace("192.168.1.30", "192.168.1.20")
    assert len(load_bench(write(tmp_path, text)).instruments) == 2


def test_a_room_thermometer_serves_many_positions(tmp_path: Path) -> None:
    text = GOOD.replace('meter = "scan1:102"', 'meter = "scan1:102"\ntemperature = "scan1:111"')
    assert load_bench(write(tmp_path, text)).positions[1].temperature == ChannelRef("scan1", 111)


@given(st.integers(0, len(GOOD)), st.integers(0, 60), st.text("[]{}='\"\n,.:_-#019abPé\x00\x1b", max_size=12))
def test_a_damaged_bench_file_is_read_or_refused(at: int, length: int, piece: str) -> None:
    with TemporaryDirectory() as folder, suppress(FileFault):
        load_bench(write(Path(folder), GOOD[:at] + piece + GOOD[at + length :]))
