"""Whether remote control is taken: asked with literal bytes while it charges, taken again before that, and judged."""

from dataclasses import replace

import pytest

from benchctl.core import messages as m
from benchctl.core.dialect.conversation import Spot, Told, program, read_settings
from benchctl.core.dialect.voice import Operation, Voice
from benchctl.core.model import AbsenceReason, Sense, Settings
from benchctl.core.run.output import Power
from benchctl.edge.dialects import load_dialect
from tests.core.stage import Stage
from tests.core.test_conversation import Pair
from tests.core.test_conversation_families import held
from tests.fakes import late

EA = Spot("psu5", "P5", load_dialect("ea-ps9000").voice("PS 9080-60 T", 1), Sense.LOCAL)
SET = Settings(14.6, 5.0, 15.2, 5.5)
HELD: tuple[Pair, ...] = (
    (b"VOLT?\n", b"14.60V\n"),
    (b"CURR?\n", b"5.00A\n"),
    (b"VOLT:PROT?\n", b"15.20V\n"),
    (b"CURR:PROT?\n", b"5.50A\n"),
)
LOCAL: Pair = (b"SYST:LOCK:OWN?\n", b"LOCAL\n")
REMOTE: Pair = (b"SYST:LOCK:OWN?\n", b"REMOTE\n")
TAKEN: Pair = (b"SYST:LOCK ON\n", None)


# ---------------------------------------------------------------- asked


@pytest.mark.parametrize(("word", "remote"), [(b"REMOTE\n", True), (b"NONE\n", False), (b"LOCAL\n", False)])
def test_it_is_asked_with_the_settings_and_only_remote_is_remote(word: bytes, remote: bool) -> None:
    told = held(read_settings(EA), *HELD, (b"SYST:LOCK:OWN?\n", word))
    assert told == Told(m.SettingsRead("P5", SET, (), remote), trusted=True)


@pytest.mark.parametrize("word", [b"remote\n", b"REMOTE 1\n", b"1\n", b"\n"])
def test_a_word_that_is_none_of_these_is_no_answer(word: bytes) -> None:
    event = held(read_settings(EA), *HELD, (b"SYST:LOCK:OWN?\n", word)).event
    assert isinstance(event, m.WireFailed)
    assert (event.operation, event.reason) == ("read_settings", AbsenceReason.GARBLED)


def test_no_answer_is_missed_as_a_setting_is() -> None:
    event = held(read_settings(EA), *HELD, (b"SYST:LOCK:OWN?\n", late())).event
    assert isinstance(event, m.WireFailed)
    assert (event.operation, event.reason) == ("read_settings", AbsenceReason.TIMEOUT)


# ---------------------------------------------------------------- taken again before an output goes on


def test_remote_control_that_is_taken_is_not_taken_again() -> None:
    event = held(program(EA, SET, previous=None), REMOTE, (b"VOLT?\n", late())).event
    assert isinstance(event, m.WireFailed)


def test_control_that_somebody_left_at_the_front_panel_is_taken_again_before_anything_is_set() -> None:
    event = held(program(EA, SET, previous=None), LOCAL, TAKEN, REMOTE, (b"VOLT?\n", late())).event
    assert isinstance(event, m.WireFailed)


def test_a_front_panel_that_keeps_it_is_a_setting_refused() -> None:
    told = held(program(EA, SET, previous=None), LOCAL, TAKEN, LOCAL)
    refused = m.SettingRefused("P5", "remote control (its front panel has local control)", 1.0, 0.0)
    assert told == Told(refused, trusted=True)


def test_where_nothing_takes_it_it_is_refused_at_once() -> None:
    model = EA.voice.model
    commands = dict(model.commands)
    del commands[Operation.REMOTE]
    spot = replace(EA, voice=Voice(EA.voice.dialect, replace(model, commands=commands), 1, None))
    assert isinstance(held(program(spot, SET, previous=None), LOCAL, LOCAL).event, m.SettingRefused)


# ---------------------------------------------------------------- judged


def charging() -> tuple[Stage, Settings]:
    """At its target, and what the supply holds."""
    stage = Stage().up_to(Power.ON)
    present = stage.place.output.present
    assert present is not None
    return stage, present


def test_local_control_is_a_trip_of_its_own() -> None:
    stage, present = charging()
    stage.place.settings_read(20.0, m.SettingsRead("P1", present, (), remote=False))
    stage.gives_up("local_control")


def test_it_is_named_before_what_was_changed_there() -> None:
    stage, present = charging()
    stage.place.settings_read(20.0, m.SettingsRead("P1", replace(present, voltage_v=15.5), (), remote=False))
    stage.gives_up("local_control")


@pytest.mark.parametrize("remote", [True, None])
def test_remote_control_and_a_family_that_cannot_say_are_no_fault(remote: bool | None) -> None:
    stage, present = charging()
    stage.place.settings_read(20.0, m.SettingsRead("P1", present, (), remote))
    assert (stage.alarms, stage.place.power) == ([], Power.ON)


def test_after_the_way_down_nobody_minds() -> None:
    stage, present = charging()
    stage.place.release(19.0)
    stage.place.settings_read(20.0, m.SettingsRead("P1", present, (), remote=False))
    assert not stage.alarms
