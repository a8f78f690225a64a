"""Models of batteries as data: what ships is sound and has a source; what is wrong is named with its key."""

from pathlib import Path

import pytest

from benchctl.core.errors import FileFault
from benchctl.edge.batteryfile import find_battery, load_battery, load_battery_file, shipped_batteries

SOUND = {
    "brand": '"B"',
    "model": '"M"',
    "chemistry": '"LiFePO4"',
    "nominal_volts": "12.8",
    "amp_hours": "100",
    "source": '"its sheet, page 3"',
}


def written(folder: Path, **changed: str) -> Path:
    path = folder / "battery.toml"
    path.write_text("".join(f"{key} = {value}\n" for key, value in (SOUND | changed).items() if value))
    return path


@pytest.mark.parametrize("name", shipped_batteries())
def test_every_shipped_battery_is_sound_and_names_a_public_source(name: str) -> None:
    model = load_battery(name)
    assert model.source.startswith("https://")
    assert find_battery(model.brand.upper(), model.model.lower()) == model


def test_what_a_file_leaves_out_is_as_the_guide_has_it(tmp_path: Path) -> None:
    model = load_battery_file(written(tmp_path))
    assert (model.limits().series, model.limits().parallel) == (4, 4)
    assert (model.kind().charge_v, model.kind().max_discharge_a) == (14.6, 100)
    assert model.settings() == ()


def test_tail_and_temperatures_become_settings_of_the_charger(tmp_path: Path) -> None:
    found = load_battery_file(
        written(tmp_path, tail_c_rate="0.05", min_charge_celsius="5", max_charge_celsius="45")
    ).settings()
    assert "fallen to 5 A" in found[0]
    assert "5 to 45 degrees" in found[1]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("nominal_volts", "13.1", "no LiFePO4 battery; would be one of 6.4, 12.8"),
        ("charge_volts", "14.8", "would be from 14 to 14.6"),
        ("charge_volts", "13.9", "would be from 14 to 14.6"),
        ("amp_hours", "0", "too small"),
        ("amp_hours", "nan", "is nan"),
        ("max_parallel", "65", "too large"),
        ("max_series", "0", "too small"),
        ("min_charge_celsius", "-20", "too small"),
        ("max_charge_celsius", "45", "is stated without min_charge_celsius"),
        ("chemistry", '"NMC"', "no other chemistry"),
        ("colour", '"red"', "is not known"),
        ("source", "", "is missing"),
    ],
)
def test_what_is_wrong_is_named_with_its_key_and_what_would_be_right(
    tmp_path: Path, key: str, value: str, words: str
) -> None:
    with pytest.raises(FileFault) as fault:
        load_battery_file(written(tmp_path, **{key: value}))
    (complaint,) = fault.value.complaints
    assert complaint.key == key
    assert words in complaint.sentence
