"""Who answers on a bench of simulated instruments, and what is said of those that will not do."""

import json
import re
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from benchctl.cli.main import benchctl
from benchctl.cli.prepare import abilities
from benchctl.cli.rollcall import Present, roll_call
from benchctl.core.errors import Refusal
from benchctl.core.model import BenchFile, ChannelRef, Identity, InstrumentEntry, Isolation, Position, Sense
from benchctl.edge.benchfile import load_bench
from benchctl.edge.dialects import load_dialect
from tests.cli.workshop import Workshop


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


def test_one_unit_under_two_names(bench: BenchFile) -> None:
    one = entry(bench, "psu1")
    two = InstrumentEntry("psu9", one.resource, one.dialect, one.model, one.serial, None, None)
    assert "one and the same unit" in refused(one, two)


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
    assert meters["P1"] is not None
    assert meters["P2"] is None


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
