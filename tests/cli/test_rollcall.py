"""Who answers on a bench of simulated instruments, and what is said of those that will not do."""

import json
import re
import secrets
import termios
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchctl.cli.main import benchctl
from benchctl.cli.meeting import recognised
from benchctl.cli.prepare import abilities
from benchctl.cli.rollcall import Present, met, roll_call
from benchctl.core.errors import Refusal
from benchctl.core.model import BenchFile, ChannelRef, Identity, InstrumentEntry, Isolation, Position, Sense
from benchctl.edge.benchfile import load_bench
from benchctl.edge.dialects import load_dialect
from tests.cli.workshop import Workshop
from tests.fakes import SerialInstrument


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BenchFile]:
    workshop = Workshop(tmp_path_factory.mktemp("bench"))
    workshop.serve()
    yield load_bench(workshop.bench)
    workshop.close()


def entry(bench: BenchFile, name: str, **changes: str | None) -> InstrumentEntry:
    found = next(each for each in bench.instruments if each.name == name)
    known: dict[str, str | None] = {
        "resource": found.resource,
        "dialect": found.dialect,
        "model": found.model,
        "serial": found.serial,
    }
    known |= changes
    return InstrumentEntry(name, known["resource"] or "", known["dialect"], known["model"], known["serial"], None, None)


def refused(*entries: InstrumentEntry) -> str:
    with pytest.raises(Refusal) as refusal:
        roll_call(entries)
    return str(refusal.value)


def test_everybody_is_there_and_has_a_dialect_and_a_model(bench: BenchFile) -> None:
    present = roll_call(bench.instruments)
    assert {name: (each.entry.dialect, each.entry.model) for name, each in present.items()} == {
        "psu1": ("rigol-dp800", "DP811"),
        "psu2": ("rigol-dp800", "DP832"),
        "scan1": ("keysight-34970a", "34970A"),
    }


def test_a_dialect_that_is_not_stated_is_found(bench: BenchFile) -> None:
    present = roll_call([entry(bench, "psu1", dialect=None, model=None, serial=None)])
    assert present["psu1"].dialect.name == "rigol-dp800"


def test_another_instrument_than_stated(bench: BenchFile) -> None:
    scanner = entry(bench, "scan1").resource
    assert "rigol-dp800" in refused(entry(bench, "psu1", resource=scanner))


def test_another_model_than_stated(bench: BenchFile) -> None:
    assert "is to be a DP832, but a DP811 answers" in refused(entry(bench, "psu1", model="DP832"))


def test_another_unit_than_pinned(bench: BenchFile) -> None:
    assert "is to be unit DP8XYZ" in refused(entry(bench, "psu1", serial="DP8XYZ"))


def test_other_firmware_than_stated(bench: BenchFile) -> None:
    stated = replace(entry(bench, "psu1"), firmware="00.00.01")
    said = refused(stated)
    assert said.startswith("psu1: it is to have firmware 00.00.01, but its firmware is ")
    assert f"benchctl instruments check {stated.resource}" in said


def test_the_firmware_that_is_stated_is_let_in(bench: BenchFile) -> None:
    now = roll_call([entry(bench, "psu1")])["psu1"].identity.firmware
    assert now
    assert "psu1" in roll_call([replace(entry(bench, "psu1"), firmware=now)])


def test_one_unit_under_two_names(bench: BenchFile) -> None:
    one = entry(bench, "psu1")
    two = InstrumentEntry("psu9", one.resource, one.dialect, one.model, one.serial, None, None)
    assert "one and the same unit" in refused(one, two)


# ---------------------------------------------------------------- changed places


def swapped(bench: BenchFile, **changes: str | None) -> tuple[InstrumentEntry, InstrumentEntry]:
    """The two supplies with each other's address."""
    one, two = entry(bench, "psu1"), entry(bench, "psu2")
    return replace(one, resource=two.resource), replace(two, resource=one.resource, **changes)  # type: ignore[arg-type]


def test_two_pinned_units_that_changed_places_are_bound_by_their_serial_numbers(bench: BenchFile) -> None:
    present = roll_call(swapped(bench))
    for name in ("psu1", "psu2"):
        there = present[name]
        assert there.entry.resource == entry(bench, name).resource
        assert there.identity.serial == entry(bench, name).serial
        assert there.note is not None
        assert "bound by its serial number" in there.note


def test_nothing_is_said_of_units_in_their_places(bench: BenchFile) -> None:
    assert [each.note for each in roll_call(bench.instruments).values()] == [None, None, None]


def test_a_unit_without_a_pin_is_not_driven_out_of_its_place(bench: BenchFile) -> None:
    said = refused(*swapped(bench, serial=None, model=None))
    serial = entry(bench, "psu1").serial
    assert f"psu1: it is to be unit {serial}" in said
    assert f"Unit {serial} answers as psu2 at {entry(bench, 'psu1').resource}" in said
    assert "State the serial numbers of both" in said


def test_a_unit_of_another_family_in_its_place(bench: BenchFile) -> None:
    scanner = entry(bench, "scan1").resource
    one, two = entry(bench, "psu1", resource=scanner), entry(bench, "psu2", resource=entry(bench, "psu1").resource)
    said = refused(one, two)
    assert "psu1" not in said
    assert f"psu2: it is to be unit {two.serial}, a rigol-dp800, but unit {one.serial} answers" in said
    assert f"Unit {two.serial} answers nowhere else here" in said


def test_where_a_detour_may_have_moved_as_well_nobody_is_bound(bench: BenchFile) -> None:
    off = "TCPIP::127.0.0.1::9::SOCKET"
    assert "off_resource of psu2" in refused(*swapped(bench, off_resource=off))


# ---------------------------------------------------------------- serial ports

BY_ID = Path("/dev/shm")  # noqa: S108  (a folder under /dev that needs no rights)


def talks_at(instrument: SerialInstrument, baud: int) -> Callable[[bytes], bytes]:
    """Answers at this rate; at any other it sees, and says, noise."""

    def answer(asked: bytes) -> bytes:
        rate = termios.tcgetattr(instrument.master)[5]
        if rate != getattr(termios, f"B{baud}"):
            return b"\xfe\x80"
        return b"RIGOL TECHNOLOGIES,DP811,DP8D1,00.01.16\n" if b"*IDN?" in asked else b""

    return answer


def test_the_rates_of_the_family_are_tried_and_the_first_that_answers_is_kept() -> None:
    with SerialInstrument(lambda asked: answer(asked)) as instrument:
        answer = talks_at(instrument, 57600)
        stated = InstrumentEntry("psu1", instrument.resource, "rigol-dp800", "DP811", "DP8D1", None, None)
        assert met(stated).entry.baud == 57600


def test_a_rate_that_is_stated_is_the_only_one() -> None:
    with SerialInstrument(lambda asked: answer(asked)) as instrument:
        answer = talks_at(instrument, 57600)
        stated = InstrumentEntry("psu1", instrument.resource, "rigol-dp800", None, None, None, None, 9600)
        with pytest.raises(Refusal, match="at 9600 baud"):
            met(stated)


def test_a_port_is_named_by_the_serial_number_of_its_adapter() -> None:
    with SerialInstrument(lambda asked: answer(asked)) as instrument:
        answer = talks_at(instrument, 9600)
        link = BY_ID / f"usb-FTDI_A{secrets.token_hex(4)}-if00-port0"
        link.symlink_to(instrument.resource[4:].partition("::")[0])
        try:
            stated = InstrumentEntry("psu1", f"ASRL{link}::INSTR", "rigol-dp800", "DP811", None, None, None)
            assert met(stated).identity.serial == "DP8D1"
        finally:
            link.unlink()


def test_who_is_at_a_port_of_which_nothing_is_known() -> None:
    with SerialInstrument(lambda asked: answer(asked)) as instrument:
        answer = talks_at(instrument, 9600)
        assert recognised(instrument.resource, "it").baud == 9600


def test_all_that_is_wrong_is_said_at_once(bench: BenchFile) -> None:
    said = refused(entry(bench, "psu1", serial="X"), entry(bench, "psu2", resource="TCPIP::127.0.0.1::9::SOCKET"))
    assert re.search(r"psu1.*\n.*psu2", said)


def test_identify_tells_who_is_there(bench: BenchFile) -> None:
    resource = entry(bench, "scan1").resource
    done = CliRunner().invoke(benchctl, ["instruments", "identify", resource, "--json"], catch_exceptions=False)
    said = json.loads(done.stdout)
    assert (done.exit_code, said["dialect"], said["model"]) == (0, "keysight-34970a", "34970A")


def test_identify_says_that_nobody_answers() -> None:
    words = ["instruments", "identify", "TCPIP::127.0.0.1::9::SOCKET", "--json"]
    done = CliRunner().invoke(benchctl, words, catch_exceptions=False)
    assert (done.exit_code, json.loads(done.stdout)["dialect"]) == (1, None)


def test_identify_needs_an_address() -> None:
    assert CliRunner().invoke(benchctl, ["instruments", "identify", "psu1"]).exit_code == 2


def test_the_known_dialects_are_listed() -> None:
    done = CliRunner().invoke(benchctl, ["instruments", "list", "--json"], catch_exceptions=False)
    assert {"dialect", "models", "kind"} <= json.loads(done.stdout)[0].keys()


# ---------------------------------------------------------------- what the channels of a bench can do


def there(name: str, dialect: str, model: str) -> Present:
    found = load_dialect(dialect)
    stated = InstrumentEntry(name, "TCPIP::127.0.0.1::9::SOCKET", dialect, model, None, None, None)
    return Present(stated, found, found.model(model), Identity("", model, "1", "1", ""))


ON_BENCH = {
    "psu1": there("psu1", "rigol-dp800", "DP832"),
    "korad": there("korad", "korad-ka3005p", "KA3005P"),
    "scan1": there("scan1", "keysight-34970a", "34970A"),
    "dmm1": there("dmm1", "keysight-34461a", "34461A"),
}


def position(name: str, supply: str, meter: str | None, temperature: str | None = None) -> Position:
    def ref(text: str | None) -> ChannelRef | None:
        return None if text is None else ChannelRef(text.split(":")[0], int(text.split(":")[1]))

    power = ref(supply)
    assert power is not None
    probed = "dmm1" if meter is None else None
    return Position(name, power, ref(meter), probed, Isolation.CONTACTOR, Sense.LOCAL, None, None, ref(temperature))


def unable(*positions: Position) -> str:
    with pytest.raises(Refusal) as refusal:
        abilities(positions, ON_BENCH)
    return str(refusal.value)


def test_abilities_are_those_of_the_channels() -> None:
    supplies, meters = abilities((position("P1", "psu1:1", "scan1:101"), position("P2", "psu1:2", None)), ON_BENCH)
    assert supplies["P1"].max_voltage_v > 14.6
    assert meters["P1"] == ON_BENCH["scan1"].dialect.voice("34970A", 101).meter
    assert meters["P2"] == ON_BENCH["dmm1"].dialect.voice("34461A", 1).meter


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (position("P1", "psu1:9", "scan1:101"), "its supply psu1:9 is not there"),
        (position("P1", "psu1:1", "scan1:999"), "its meter scan1:999 is not there"),
        (position("P1", "scan1:101", "scan1:102"), "scan1 is a 34970A, which is no supply"),
        (position("P1", "psu1:1", "korad:1"), "which is no meter for its meter"),
        (position("P1", "psu1:1", "scan1:101", "korad:1"), "which is no meter for its temperature"),
    ],
)
def test_a_channel_that_cannot_do_what_it_is_for(place: Position, says: str) -> None:
    assert says in unable(place)


def test_two_positions_on_one_output_switch() -> None:
    assert "one switch for all" in unable(
        position("P1", "korad:1", "scan1:101"), position("P2", "korad:1", "scan1:102")
    )
