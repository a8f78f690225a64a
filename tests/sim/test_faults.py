"""What a person can say goes wrong on a simulated bench, and that it does."""

import pytest

from benchctl.core.dialect.dialogue import LinkFault
from benchctl.core.errors import UsageFault
from benchctl.core.model import Sense
from benchctl.edge.benchfile import SimulatedPack
from benchctl.sim.bench import SimulatedBench
from benchctl.sim.fault_acts import ACTS
from benchctl.sim.faults import FAULTS, KNOBS, Target, listing, parse
from tests.sim.rig import PACKS, Talk, file

CHARGE = b":OUTP:RANG P20V\n:VOLT 14.6;:CURR 5;:OUTP:OVP:VAL CH1,15;:OUTP:OVP CH1,ON;:OUTP CH1,ON\n"
ASK = b"MEAS:ALL? CH1\n"


def struck(*said: str, sense: Sense = Sense.LOCAL) -> SimulatedBench:
    return SimulatedBench(file(sense), PACKS, 7, faults=[parse(text) for text in said])


def charging(*said: str, sense: Sense = Sense.LOCAL) -> tuple[SimulatedBench, Talk]:
    bench = struck(*said, sense=sense)
    talk = Talk(bench, "psu1")
    talk(CHARGE)
    return bench, talk


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("said", "value", "at_s", "span_s", "place"),
    [
        ("lead.open", 0.0, 0.0, None, None),
        ("lead.ohm:0.05@30m/P2", 0.05, 1800.0, None, "P2"),
        ("net.blackhole@2h+20s/scan1", 0.0, 7200.0, 20.0, "scan1"),
        ("psu.bleed@90s", 50.0, 90.0, None, None),
        ("sense.open-@90s+5s/P2", 0.0, 90.0, 5.0, "P2"),
    ],
)
def test_a_fault_is_said_in_one_word(
    said: str, value: float, at_s: float, span_s: float | None, place: str | None
) -> None:
    found = parse(said)
    assert (found.value, found.at_s, found.span_s, found.place) == (value, at_s, span_s, place)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("lead.opn@30m", "the nearest is lead.open"),
        ("lead.open@30", "'30' is no time"),
        ("sense.open@30m", "the nearest is sense.open"),
        ("sense.open+5s", "is no fault"),
        ("lead.open:3@30m", "takes no value"),
        ("lead.ohm:nan@30m", "0 to 10 ohm"),
        ("lead.ohm:99", "0 to 10 ohm"),
        ("", "is no fault"),
        ("lead.open@30m\n@", "is no time"),
    ],
)
def test_what_is_no_fault_is_refused_with_a_sentence(said: str, sentence: str) -> None:
    with pytest.raises(UsageFault, match=sentence):
        parse(said)


def test_a_fault_at_a_place_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageFault, match="P9"):
        struck("lead.open/P9")


@pytest.mark.parametrize("knob", ["sense.open+", "sense.open-", "sense.cross", "sense.local"])
def test_a_fault_of_sense_leads_is_refused_where_there_are_none(knob: str) -> None:
    with pytest.raises(UsageFault, match="P1 has none: its sense is local"):
        struck(knob)


def test_every_knob_does_something_and_is_listed() -> None:
    assert {knob.name for knob in KNOBS if knob.target is not Target.WIRE} == set(ACTS)
    assert all(name in listing() for name in FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_every_knob_can_be_turned_and_turned_back(name: str) -> None:
    bench = struck(f"{name}@5s+5s/P1", sense=Sense.REMOTE)
    talk = Talk(bench, "psu1")
    talk(CHARGE)
    for second in range(20):
        bench.advance(float(second))
        link = bench.link("scan1")
        link.close()
        bench.truth("P1")
    assert bench.truth("P1").serial is None


def test_a_pack_of_a_bench_file_states_its_own_faults() -> None:
    bench = SimulatedBench(file(), (SimulatedPack("P1", 0.5, 50.0, ("bms.sleep",), None), PACKS[1]), 7)
    assert bench.truth("P1").battery_v == 0.0


# ---------------------------------------------------------------- deeds


def test_a_fault_strikes_at_its_time_exactly() -> None:
    bench, _ = charging("lead.open@100s")
    bench.advance(99.0)
    assert bench.truth("P1").current_a == pytest.approx(5.0)
    bench.advance(100.0)
    assert bench.truth("P1").current_a == 0.0


def test_a_fault_with_a_duration_ends() -> None:
    bench, _ = charging("lead.open@100s+10s")
    bench.advance(111.0)
    assert bench.truth("P1").current_a == pytest.approx(5.0)


@pytest.mark.parametrize(("by_v", "set_v"), [(-10.0, 0.0), (0.08, 0.08), (10.0, 10.0)])
def test_the_front_panel_turns_the_voltage_but_not_below_zero(by_v: float, set_v: float) -> None:
    bench = struck(f"panel.set:{by_v}@5s")
    bench.advance(6.0)
    bench.truth("P1")
    assert bench.places["P1"].circuit.voltage_v == set_v


@pytest.mark.parametrize("knob", ["sense.open+", "sense.open-"])
def test_an_open_sense_lead_raises_the_output_until_it_is_on_again(knob: str) -> None:
    bench, talk = charging(f"{knob}@10s+30s", sense=Sense.REMOTE)
    talk(b":OUTP:SENS CH1,ON;:VOLT 13.1\n")
    sound_a = bench.truth("P1").current_a
    bench.advance(20.0)
    assert bench.truth("P1").current_a == pytest.approx(5.0)
    bench.advance(60.0)
    assert bench.truth("P1").current_a < sound_a


def test_each_sense_lead_comes_off_and_goes_on_by_itself() -> None:
    bench, talk = charging("sense.open+@10s+20s", "sense.open-@20s", sense=Sense.REMOTE)
    talk(b":OUTP:SENS CH1,ON\n")
    lost_v = []
    for second in (5.0, 15.0, 25.0, 35.0):
        bench.advance(second)
        bench.truth("P1")
        circuit = bench.places["P1"].circuit
        lost_v.append(circuit.sensed_v - circuit.reading.battery_v)
    assert lost_v == pytest.approx([0.0, 0.025, 0.05, 0.025])


def test_a_current_into_one_of_two_joined_batteries_moves_the_meters_of_both() -> None:
    bench, _ = charging("link.left")
    before_v = bench.truth("P2").battery_v
    alone = struck()
    bench.advance(30.0)
    alone.advance(30.0)
    assert bench.truth("P2").battery_v - before_v > 0.01
    assert alone.truth("P2").battery_v - before_v < 0.01
    assert not bench.truth("P2").output_on


@pytest.mark.parametrize("first", ["P1", "P2"])
def test_joined_batteries_keep_one_time_whichever_is_looked_at_first(first: str) -> None:
    bench = struck("link.left@10.5s")
    for second in range(20):
        bench.advance(float(second))
        bench.truth(first)
        bench.truth("P2" if first == "P1" else "P1")
    bench.advance(50.0)
    bench.truth(first)
    assert [place.now_s for place in bench.places.values()] == pytest.approx([50.0, 50.0])
    assert bench.places["P1"].linked == (bench.places["P1"], bench.places["P2"])


def test_a_link_that_is_taken_away_joins_nothing_any_more() -> None:
    bench = struck("link.left@10s+20s")
    bench.advance(20.0)
    joined = bench.truth("P1").soc
    bench.advance(31.0)
    apart = bench.truth("P1").soc
    bench.advance(600.0)
    assert joined is not None
    assert apart is not None
    assert apart < joined - 1e-4
    assert bench.truth("P1").soc == pytest.approx(apart, abs=1e-5)


def test_a_link_goes_with_the_battery() -> None:
    bench = struck("link.left")
    bench.hang("P1", "E1")
    bench.hang("P2", "E2")
    bench.advance(60.0)
    bench.hang("P2", "E3")
    first = bench.truth("P1").soc
    bench.advance(600.0)
    assert bench.truth("P1").soc == pytest.approx(first, abs=1e-5)


def test_two_batteries_are_joined_once() -> None:
    bench = struck("link.left/P1", "link.left@10s+10s/P2")
    bench.advance(30.0)
    bench.truth("P2")
    assert len(bench.places["P1"].linked) == 2


def test_a_supply_that_lies_says_off_while_current_flows() -> None:
    bench, talk = charging("psu.lying_off@10s")
    bench.advance(20.0)
    talk(b":OUTP CH1,OFF\n")
    assert talk(b":OUTP? CH1\n").strip() == b"OFF"
    assert bench.truth("P1").current_a == pytest.approx(5.0)


def test_a_welded_power_stage_gives_voltage_when_off() -> None:
    bench, talk = charging("psu.weld@10s")
    bench.advance(20.0)
    talk(b":OUTP CH1,OFF\n")
    bench.advance(30.0)
    assert bench.truth("P1").output_on
    assert bench.truth("P1").current_a > 1.0


def test_a_frozen_reading_stays() -> None:
    bench, talk = charging("meas.freeze@10s")
    bench.advance(20.0)
    first = talk.number(ASK)
    bench.advance(600.0)
    assert talk.number(ASK) == first


def test_no_number_is_written_as_scpi_says_it() -> None:
    bench, talk = charging("meas.nan@10s")
    bench.advance(20.0)
    assert talk(ASK).startswith(b"9.91E+37,")


def test_a_short_draws_the_limit_at_no_voltage() -> None:
    bench, _ = charging("lead.short@10s")
    bench.advance(20.0)
    assert bench.truth("P1").battery_v == 0.0
    assert bench.truth("P1").current_a == pytest.approx(5.0)


def test_crossed_meter_leads_show_the_other_battery() -> None:
    bench = struck("dmm.cross/P1")
    scan = Talk(bench, "scan1")
    first, second = (float(each) for each in scan(b"MEAS:VOLT:DC? 100,(@101,102)\n").split(b","))
    assert first == pytest.approx(bench.truth("P2").battery_v, abs=0.002)
    assert second == pytest.approx(bench.truth("P1").battery_v, abs=0.002)


def test_crossed_power_leads_charge_the_other_battery() -> None:
    bench, _ = charging("lead.cross/P1")
    bench.advance(3600.0)
    bench.truth("P1")
    socs = [place.unit.pack.soc for place in bench.places.values() if place.unit is not None]
    assert socs[1] > 0.35
    assert socs[0] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("net.drop1", b""),
        ("net.late", b""),
        ("net.duplicate", b"ON\nON\n"),
        ("net.echo", b":OUTP? CH1\nON\n"),
        ("net.slice", b"O"),
    ],
)
def test_an_answer_is_struck_once(name: str, reply: bytes) -> None:
    bench, talk = charging(f"{name}@10s/psu1")
    bench.advance(10.0)
    assert talk(b":OUTP? CH1\n") == reply
    assert Talk(bench, "psu1")(b":OUTP? CH1\n") == b"ON\n"


def test_a_late_answer_stands_before_the_next_one() -> None:
    bench, talk = charging("net.late@10s/psu1")
    bench.advance(10.0)
    talk(b":OUTP? CH1\n")
    assert talk(b":SOUR1:VOLT?\n") == b"ON\n14.600\n"


def test_a_pulled_cable_swallows_questions_and_orders() -> None:
    bench, talk = charging("net.blackhole@10s+10s/psu1")
    bench.advance(15.0)
    assert talk(b":OUTP CH1,OFF;:OUTP? CH1\n") == b""
    bench.advance(25.0)
    assert talk(b":OUTP? CH1\n") == b"ON\n"


def test_a_reset_connection_is_closed() -> None:
    bench, _ = charging("net.reset@10s/psu1")
    bench.advance(10.0)
    link = bench.link("psu1")
    exchange = bench.cast["psu1"].file.dialect.identify
    with pytest.raises(LinkFault, match="closed"):
        link.ask(exchange)
    assert bench.link("psu1").ask(exchange)


def test_mains_that_fail_forget_the_settings() -> None:
    bench, talk = charging("psu.pcycle:5@10s")
    bench.advance(20.0)
    assert talk(b":OUTP? CH1;:SOUR1:VOLT?\n") == b"OFF;0.000\n"
