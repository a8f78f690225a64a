"""Bank files: what is written is kept, also what must not be built; what makes no sense is complained about."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, strategies as st

from benchctl.core.errors import FileFault
from benchctl.core.model import Allowed, Bank, Battery, BenchFile, ChannelRef, Isolation, Position, Sense
from benchctl.edge.bankfile import load_bank

GOOD = """\
[bank]
name = "Cabin 24 V"
series = 2
parallel = 1

[battery]
brand = "Epoch"
model = "12100A"
chemistry = "LiFePO4"
amp_hours = 100
max_charge_amps = 50

[[batteries]]
serial = "E1001"
manufactured = 2026-05-01
position = "P1"
group = "A"

[[batteries]]
serial = "E1002"
group = "A"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "bank.toml"
    path.write_text(text)
    return path


def complaints(folder: Path, text: str, bench: BenchFile | None = None) -> list[tuple[int | None, str, str]]:
    with pytest.raises(FileFault) as caught:
        load_bank(write(folder, text), bench)
    return [(each.line, each.key, each.sentence) for each in caught.value.complaints]


def bench_with(*names: str) -> BenchFile:
    places = (
        Position(name, ChannelRef("psu1", at + 1), None, "dmm1", Isolation.MANUAL, Sense.LOCAL, None, None, None)
        for at, name in enumerate(names)
    )
    return BenchFile("bench-1", False, None, (), tuple(places))


def bank_of(series: int, *batteries: str) -> str:
    tables = "".join(f"[[batteries]]\n{each}\n" for each in batteries)
    return GOOD[: GOOD.index("[[batteries]]")].replace("series = 2", f"series = {series}") + tables


def test_a_bank_is_read_as_it_stands(tmp_path: Path) -> None:
    assert load_bank(write(tmp_path, GOOD)) == Bank(
        name="Cabin 24 V",
        series=2,
        parallel=1,
        batteries=(
            Battery("E1001", "Epoch", "12100A", "LiFePO4", 100.0, 50.0, "2026-05-01", "P1", "A", 4),
            Battery("E1002", "Epoch", "12100A", "LiFePO4", 100.0, 50.0, None, None, "A", 4),
        ),
        procedure=None,
    )


def test_a_mixed_string_is_kept_as_written(tmp_path: Path) -> None:
    odd = 'brand = "B"\nmodel = "M"\nchemistry = "AGM"\namp_hours = 90.5\nmax_charge_amps = 20\n'
    assert load_bank(write(tmp_path, GOOD + odd)).batteries[1] == Battery(
        "E1002", "B", "M", "AGM", 90.5, 20.0, None, None, "A", 4
    )


def test_a_bank_may_name_its_procedure_and_its_batteries_cells(tmp_path: Path) -> None:
    text = GOOD.replace("parallel = 1", 'parallel = 1\nprocedure = "lifepo4-12v-join"')
    bank = load_bank(write(tmp_path, text.replace("max_charge_amps = 50", "max_charge_amps = 50\ncells = 8")))
    assert (bank.procedure, [each.cells for each in bank.batteries]) == ("lifepo4-12v-join", [8, 8])


def test_batteries_may_take_a_position_in_turn(tmp_path: Path) -> None:
    bank = load_bank(write(tmp_path, GOOD + 'position = "P1"\n'), bench_with("P1"))
    assert [each.position for each in bank.batteries] == ["P1", "P1"]


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ('name = "Cabin 24 V"', "", 1, "bank.name", "is missing"),
        ('name = "Cabin 24 V"', 'name = "a\\nb"', 2, "bank.name", "hidden characters"),
        ('name = "Cabin 24 V"', 'name = "\\u202eb"', 2, "bank.name", "hidden characters"),
        ('name = "Cabin 24 V"', 'name = " b"', 2, "bank.name", "spaces around it"),
        ("series = 2", 'series = "2"', 3, "bank.series", 'the text "2" in quotes: write 2'),
        ("series = 2", "series = 2.0", 3, "bank.series", "is 2.0; would be a whole number from 1 on"),
        ("series = 2", "series = 0", 3, "bank.series", "is 0, too small"),
        ("series = 2", "series = -2", 3, "bank.series", "is -2, too small"),
        ("series = 2", "series = 2000", 3, "bank.series", "is 2000, too large"),
        ("series = 2", "series = true", 3, "bank.series", "is true; would be a whole number"),
        ("series = 2", "series = 4", 3, "bank.series", "needs 4 batteries, but 2 are listed"),
        ("parallel = 1", 'parallel = 1\nprocedure = "lifepo4-12v-jon"', 5, "bank.procedure", "lifepo4-12v-join"),
        ("max_charge_amps = 50", "max_charge_amps = 50\ncells = 6", 12, "battery.cells", "is 6; would be its cells"),
        ("series = 2", "serie = 2", 3, "bank.serie", 'did you mean "series"?'),
        ("parallel = 1", "parallel = 2", 3, "bank.series", "2 x 2, needs 4 batteries, but 2 are listed"),
        ("series = 2", "series = 1", 3, "bank.series", "one battery has none to be matched with"),
        ("amp_hours = 100", 'amp_hours = "100"', 10, "battery.amp_hours", "in quotes: write 100"),
        ("amp_hours = 100", 'amp_hours = "100,5"', 10, "battery.amp_hours", "decimal comma in quotes: write 100.5"),
        ("amp_hours = 100", 'amp_hours = "100 Ah"', 10, "battery.amp_hours", 'is the text "100 Ah"; would be'),
        ("amp_hours = 100", "amp_hours = -100", 10, "battery.amp_hours", "is -100, too small"),
        ("amp_hours = 100", "amp_hours = 0", 10, "battery.amp_hours", "is 0, too small"),
        ("amp_hours = 100", "amp_hours = 0.999", 10, "battery.amp_hours", "too small"),
        ("amp_hours = 100", "amp_hours = 100000", 10, "battery.amp_hours", "is 100000, too large"),
        ("amp_hours = 100", f"amp_hours = 1{'0' * 400}", 10, "battery.amp_hours", "would be the rated amp-hours"),
        ("amp_hours = 100", "amp_hours = nan", 10, "battery.amp_hours", "is nan"),
        ("amp_hours = 100", "amp_hours = inf", 10, "battery.amp_hours", "would be the rated amp-hours"),
        ("amp_hours = 100", "amp_hours = true", 10, "battery.amp_hours", "is true"),
        ("amp_hours = 100", "", 6, "battery.amp_hours", "is missing"),
        ("max_charge_amps = 50", "max_charge_amps = 0", 11, "battery.max_charge_amps", "is 0, too small"),
        ("max_charge_amps = 50", "max_charge_a = 50", 11, "battery.max_charge_a", 'mean "max_charge_amps"?'),
        ("[battery]", "[batery]", 6, "batery", 'did you mean "battery"?'),
        ('serial = "E1001"', 'serial = "E 1001"', 14, "batteries[1].serial", "which is no name"),
        ('serial = "E1001"', 'serial = ""', 14, "batteries[1].serial", "which is no name"),
        ('serial = "E1001"', "serial = 1001", 14, "batteries[1].serial", "is 1001; would be"),
        ('serial = "E1001"', f'serial = "{"E" * 33}"', 14, "batteries[1].serial", "which is no name"),
        ('serial = "E1001"', "", 13, "batteries[1].serial", "is missing"),
        ('"E1002"', '"e1001"', 20, "batteries[2].serial", "which line 14 has already"),
        ("2026-05-01", '"2026-05-01"', 15, "batteries[1].manufactured", "in quotes: write 2026-05-01"),
        ("2026-05-01", '"May 2026"', 15, "batteries[1].manufactured", "would be a date such as 2026-05-01"),
        ("2026-05-01", "1926-05-01", 15, "batteries[1].manufactured", "is 1926-05-01"),
        ('position = "P1"', "position = 1", 16, "batteries[1].position", "would be the name of a position"),
        ('group = "A"', 'group = ""', 17, "batteries[1].group", "which is no name"),
        ('group = "A"', 'grp = "A"', 17, "batteries[1].grp", 'did you mean "group"?'),
    ],
)
def test_one_fault_gives_one_complaint(tmp_path: Path, old: str, new: str, line: int, key: str, words: str) -> None:
    assert old in GOOD
    found = complaints(tmp_path, GOOD.replace(old, new, 1))
    about = [each for each in found if each[1] == key]
    assert [each[0] for each in about] == [line], found
    assert words in about[0][2]


def test_a_position_that_the_bench_does_not_have_is_named_with_the_nearest(tmp_path: Path) -> None:
    found = complaints(tmp_path, GOOD, bench_with("P-1", "P-2"))
    assert found == [(16, "batteries[1].position", 'is "P1", which the bench does not have; did you mean "P-1"?')]


def test_a_single_battery_is_no_bank(tmp_path: Path) -> None:
    found = complaints(tmp_path, bank_of(1, 'serial = "E1"'))
    assert [(line, key) for line, key, _ in found] == [(3, "bank.series")]


def test_a_group_of_one_is_none(tmp_path: Path) -> None:
    text = bank_of(2, 'serial = "E1"\ngroup = "A"', 'serial = "E2"\ngroup = "a"')
    found = complaints(tmp_path, text)
    assert [key for _, key, _ in found] == ["batteries[1].group", "batteries[2].group"]
    assert found[0][2] == 'is "A", which no other battery has; would be left out, or stand at 2 or more'


def test_a_makers_group_current_is_read(tmp_path: Path) -> None:
    text = GOOD.replace("max_charge_amps = 50", "max_charge_amps = 50\nmax_group_charge_amps = 60")
    assert [each.max_group_charge_a for each in load_bank(write(tmp_path, text)).batteries] == [60.0, 60.0]


def test_a_group_hangs_on_one_position(tmp_path: Path) -> None:
    text = bank_of(2, 'serial = "E1"\ngroup = "A"\nposition = "P1"', 'serial = "E2"\ngroup = "A"\nposition = "P2"')
    sentence = 'is "P2", but its group hangs on "P1"; would be "P1"'
    assert complaints(tmp_path, text) == [(20, "batteries[2].position", sentence)]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ["bank", "batteries", "battery"]),
        ("bank = 1\nbattery = 'x'\nbatteries = 2026-01-01\n", ["bank", "batteries", "battery"]),
        ("batteries = [1]\n" + GOOD[: GOOD.index("[[batteries]]")], ["bank.series", "batteries[1]"]),
        (GOOD[: GOOD.rindex("[[batteries]]")].replace("[[batteries]]", "[batteries]"), ["batteries"]),
    ],
)
def test_missing_tables_and_other_things_in_their_place_are_named(tmp_path: Path, text: str, keys: list[str]) -> None:
    assert sorted(key for _, key, _ in complaints(tmp_path, text)) == keys


def test_everything_is_said_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('"12100A"', "12100").replace("series = 2", "series = 3").replace("E1002", "e1001")
    text = text.replace("amp_hours = 100", "amp_hours = 0")
    assert [(line, key) for line, key, _ in complaints(tmp_path, text, bench_with("Q"))] == [
        (3, "bank.series"),
        (8, "battery.model"),
        (10, "battery.amp_hours"),
        (16, "batteries[1].position"),
        (20, "batteries[2].serial"),
    ]


def test_a_fault_beside_it_hides_no_contradiction(tmp_path: Path) -> None:
    text = GOOD.replace('name = "Cabin 24 V"', "name = 1").replace("series = 2", "series = 3")
    found = complaints(tmp_path, text.replace("E1002", "e1001") + "amp_hours = 0\n")
    assert [(line, key) for line, key, _ in found] == [
        (2, "bank.name"),
        (3, "bank.series"),
        (20, "batteries[2].serial"),
        (22, "batteries[2].amp_hours"),
    ]


def test_a_wrong_file_gives_no_endless_list(tmp_path: Path) -> None:
    found = complaints(tmp_path, "".join(f"key_{at} = 1\n" for at in range(5000)))
    assert len(found) == 101
    assert "more; is this the right file?" in found[-1][2]


def test_complaints_print_as_lines_of_file_line_key_and_sentence(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("= 100", "= 0").replace("series = 2", "series = 3"))
    with pytest.raises(FileFault) as caught:
        load_bank(path)
    assert str(caught.value) == (
        f"{path}:3: bank.series: times parallel, 3 x 1, needs 3 batteries, but 2 are listed; "
        "would be 3 [[batteries]] tables, or other numbers\n"
        f"{path}:10: battery.amp_hours: is 0, too small; "
        "would be the rated amp-hours of one battery, from 1 to 2000, such as 100"
    )


@given(st.integers(0, len(GOOD)), st.integers(0, 60), st.text("[]{}='\"\n,.:_-#019abPé\x00\x1b", max_size=12))
def test_a_damaged_bank_file_is_read_or_refused(at: int, length: int, piece: str) -> None:
    with TemporaryDirectory() as folder, suppress(FileFault):
        load_bank(write(Path(folder), GOOD[:at] + piece + GOOD[at + length :]))


RENOGY = GOOD.replace('"Epoch"', '"Renogy"').replace('"12100A"', '"RBT100LFP12S"')


def test_what_a_maker_allows_is_known_of_a_shipped_model(tmp_path: Path) -> None:
    allowed = load_bank(write(tmp_path, RENOGY)).allowed
    assert (allowed.series, allowed.parallel) == (1, None)
    assert "the maker of Renogy RBT100LFP12S, https://" in allowed.source


def test_a_file_may_state_fewer_than_the_maker_and_no_more(tmp_path: Path) -> None:
    stated = load_bank(
        write(tmp_path, GOOD.replace("[battery]", "[battery]\nmax_series = 2\nmax_parallel = 8"))
    ).allowed
    assert stated == Allowed(2, 8, "the bank file")
    ((line, key, sentence),) = complaints(tmp_path, RENOGY.replace("[battery]", "[battery]\nmax_series = 4"))
    assert (line, key) == (7, "battery.max_series")
    assert sentence.startswith("is 4, but 1 by the maker of Renogy RBT100LFP12S (https://")
    assert sentence.endswith("would be 1 or less")


def test_how_full_batteries_arrive_may_be_stated_for_all_and_for_each(tmp_path: Path) -> None:
    stated = GOOD.replace("[battery]", "[battery]\narrival_soc = 0.45").replace('"E1002"', '"E1002"\narrival_soc = 1')
    assert [each.arrival_soc for each in load_bank(write(tmp_path, stated)).batteries] == [0.45, 1.0]
    assert [each.arrival_soc for each in load_bank(write(tmp_path, GOOD)).batteries] == [None, None]


@pytest.mark.parametrize("soc", ["30", "-0.1", '"0.3"', "nan"])
def test_an_arrival_charge_is_a_share(tmp_path: Path, soc: str) -> None:
    ((line, key, sentence),) = complaints(tmp_path, GOOD.replace("[battery]", f"[battery]\narrival_soc = {soc}"))
    assert (line, key) == (7, "battery.arrival_soc")
    assert sentence.endswith("would be about how full they arrive, from 0 to 1, such as 0.30, or left out")
