"""What a person sees of a meter that is held by hand: the probes' reading is a battery's only while they are on it."""

from benchctl.core.messages import MetersScanned
from benchctl.core.model import Reading
from benchctl.core.probes import DriftMeasured, Errand, ProbesRead, ProbesState
from benchctl.core.rows import Samples
from benchctl.core.view.runview import RunView
from benchctl.core.view.status import status_dict
from benchctl.core.view.wording import Tone
from tests.tui import nights
from tests.tui.story import BOOT_S, HOUR, Journal

AT_S = 7.2 * HOUR


def seen(journal: Journal) -> RunView:
    view = RunView()
    for row in journal.rows:
        view.apply(row.seq, row.boot_s, row.wall, row.kind, row.body)
    return view


def shown(journal: Journal, place: str, volts: float) -> None:
    reading = Reading(volts, BOOT_S + AT_S, f"{volts:+.6E}")
    journal.say(AT_S, Samples((), (MetersScanned("dmm1", ((place, reading),)),), ()))


def test_an_open_prompt_shows_what_the_probes_read() -> None:
    view = seen(nights.probing_night())
    (prompt,) = view.prompts.values()
    assert (prompt.probes, prompt.reading_v) == (ProbesState.UNSTEADY, 13.4821)


def test_what_they_read_meanwhile_is_not_the_batterys_voltage() -> None:
    assert seen(nights.probing_night()).positions["P2"].voltage_v is None


def test_a_battery_that_was_read_shows_its_voltage_until_they_are_lifted() -> None:
    journal = nights.probing_night()
    before = seen(journal).positions["P1"].voltage_v
    journal.say(AT_S, ProbesRead("dmm1", "P2", "E1002", Errand.SCAN, 13.482))
    shown(journal, "P2", 13.483)
    assert (before, seen(journal).positions["P2"].voltage_v) == (None, 13.483)


def test_every_reading_by_hand_is_counted_for_the_bell() -> None:
    assert seen(nights.probing_night()).readings_by_hand == 1


def test_status_says_what_the_probes_show() -> None:
    prompts = status_dict(seen(nights.reversed_night()), 1, 2)["prompts"]
    assert isinstance(prompts, list)
    assert (prompts[0]["probes"], prompts[0]["reading_v"]) == ("reversed", -13.4821)


def test_reversed_probes_are_told_loudly() -> None:
    event = seen(nights.reversed_night()).events[-1]
    assert event.tone is Tone.WARN
    assert event.text == "The probes asked for on E1002 read -13.482 V: REVERSED: red is on minus, turn the probes."


def test_a_drift_is_told_loudly_and_a_fall_that_is_none_quietly() -> None:
    tones = []
    for settled in (True, False):
        journal = nights.probing_night()
        journal.say(AT_S, DriftMeasured("dmm1", "E1001", 13.49, 13.48, 0.002, settled))
        tones.append(seen(journal).events[-1].tone)
    assert tones == [Tone.WARN, Tone.QUIET]
