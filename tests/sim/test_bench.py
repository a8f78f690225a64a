"""A whole simulated bench in virtual time: hands, ground truth, repeatability, and links without sockets."""

from dataclasses import replace

import pytest

from benchctl.core.dialect.dialogue import LinkFault
from benchctl.core.dialect.voice import Operation
from benchctl.core.errors import UsageFault
from benchctl.core.model import AbsenceReason, BenchFile, ChannelRef, InstrumentEntry, Isolation, Position, Sense
from benchctl.edge.benchfile import SimulatedPack
from benchctl.sim.bench import SimulatedBench
from benchctl.sim.control import HandsFault
from tests.sim.rig import PACKS, Talk, bench, entry, file

CHARGE = b":OUTP:RANG P20V\n:VOLT 14.6;:CURR 5;:OUTP:OVP:VAL CH1,15;:OUTP:OVP CH1,ON;:OUTP CH1,ON\n"


def night(seed: int, step_s: float = 10.0) -> list[bytes]:
    """What is said in an hour of charging."""
    there = bench(seed=seed)
    psu, scan = Talk(there, "psu1"), Talk(there, "scan1")
    said = [psu(b"*IDN?\n"), psu(CHARGE)]
    for tick in range(1, 361):
        there.advance(tick * step_s)
        said += [psu(b"MEAS:ALL? CH1\n"), scan(b"MEAS:VOLT:DC? 100,(@101,102)\n")]
    return said


def test_the_same_seed_says_the_same_bytes() -> None:
    assert night(3) == night(3)


def test_another_seed_says_others() -> None:
    assert night(3)[0] != night(4)[0]


def test_a_charge_delivers_what_flows() -> None:
    there = bench()
    psu = Talk(there, "psu1")
    psu(CHARGE)
    there.advance(3600.0)
    truth = there.truth("P1")
    assert truth.output_on
    assert truth.soc == pytest.approx(0.5 + 5.0 / 50.0, abs=2e-3)
    assert truth.current_a == pytest.approx(5.0)


def test_time_in_one_go_or_in_steps_comes_to_the_same() -> None:
    in_one, in_steps = bench(), bench()
    for there in (in_one, in_steps):
        Talk(there, "psu1")(CHARGE)
    in_one.advance(600.0)
    for tick in range(1, 601):
        in_steps.advance(float(tick))
        in_steps.truth("P1")
    assert in_one.truth("P1") == in_steps.truth("P1")


def test_time_never_goes_back() -> None:
    there = bench()
    there.advance(10.0)
    there.advance(5.0)
    assert there.now_s == 10.0


def test_the_first_number_names_the_battery_that_hangs_there() -> None:
    there = bench()
    before = there.truth("P1")
    there.hang("P1", "A1")
    after = there.truth("P1")
    assert (before.serial, after.serial) == (None, "A1")
    assert after.battery_v == before.battery_v


def test_the_next_number_hangs_the_battery_that_waits_and_the_first_comes_back_as_it_was() -> None:
    there = bench()
    there.hang("P1", "A1")
    there.hang("P1", "A2")
    assert there.truth("P1").soc == pytest.approx(0.9, abs=0.01)
    there.advance(100.0)
    there.hang("P1", "A1")
    assert there.truth("P1").soc == pytest.approx(0.5, abs=0.01)
    assert there.truth("P1").serial == "A1"


def test_a_battery_can_move_to_another_position_and_leaves_its_own_open() -> None:
    there = bench()
    there.hang("P1", "A1")
    there.hang("P2", "A1")
    assert there.truth("P2").soc == pytest.approx(0.5, abs=0.01)
    assert there.truth("P1").serial is None
    assert there.truth("P1").battery_v == 0.0


def test_more_numbers_than_batteries_make_fresh_ones_from_the_seed() -> None:
    volts = []
    for _ in range(2):
        there = bench()
        for serial in ("A1", "A2", "A3", "A4"):
            there.hang("P1", serial)
        volts.append(there.truth("P1").battery_v)
    assert volts[0] == volts[1] > 12.0


def test_a_position_that_is_not_there_is_named() -> None:
    with pytest.raises(HandsFault, match="P9"):
        bench().hang("P9", "A1")


def held_bench() -> SimulatedBench:
    """Two batteries, and one meter that a person holds."""
    refs = [ChannelRef("psu1", 1), ChannelRef("psu2", 1)]
    positions = tuple(
        Position(f"P{at}", ref, None, "dmm1", Isolation.MANUAL, Sense.LOCAL, None, None, None)
        for at, ref in enumerate(refs, 1)
    )
    packs = (SimulatedPack("P1", 0.1, 50.0, (), None), SimulatedPack("P2", 0.9, 50.0, (), None))
    instruments = (entry("psu1"), entry("psu2"), entry("dmm1"))
    there = SimulatedBench(BenchFile("b", False, None, instruments, positions), packs, 1)
    for name in ("P1", "P2"):
        there.hang(name, f"of {name}")
    return there


def probed_v(there: SimulatedBench) -> float:
    return Talk(there, "dmm1").number(b"CONF:VOLT:DC 100;:READ?\n")


@pytest.mark.parametrize("name", ["P1", "P2"])
def test_a_hand_held_meter_reads_where_its_probes_are(name: str) -> None:
    there = held_bench()
    there.hold("dmm1", f"of {name}")
    assert probed_v(there) == pytest.approx(there.truth(name).battery_v, abs=2e-3)


def test_a_hand_held_meter_reads_a_battery_that_lies_beside_the_bench() -> None:
    there = held_bench()
    there.hold("dmm1", "of P1")
    before_v = probed_v(there)
    there.hang("P1", "another")
    assert probed_v(there) == pytest.approx(before_v, abs=2e-3)


def test_a_hand_held_meter_reads_nothing_where_nobody_holds_its_probes() -> None:
    there = held_bench()
    assert probed_v(there) == pytest.approx(0.0, abs=2e-3)
    there.hold("dmm1", "of P2")
    there.hold("dmm1", None)
    assert probed_v(there) == pytest.approx(0.0, abs=2e-3)


def test_probes_on_a_battery_that_is_not_there_are_refused() -> None:
    with pytest.raises(HandsFault, match="no battery E9"):
        held_bench().hold("dmm1", "E9")


def test_a_pinned_serial_number_and_firmware_are_the_units() -> None:
    made = file()
    pinned = replace(made.instruments[0], serial="DP8X1", firmware="00.99.07")
    there = SimulatedBench(replace(made, instruments=(pinned, *made.instruments[1:])), PACKS, 1)
    assert b",DP8X1,00.99.07\n" in Talk(there, "psu1")(b"*IDN?\n")


def test_a_fault_nobody_knows_is_refused() -> None:
    with pytest.raises(UsageFault, match="no fault 'gremlins'"):
        SimulatedBench(file(), (SimulatedPack("P1", None, None, ("gremlins",), None),), 1)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (entry("psu1", dialect="abacus"), "no dialect 'abacus'"),
        (entry("psu1", model="ABACUS"), "no dialect knows the model 'ABACUS'"),
        (entry("psu1", dialect="rigol-dp800", model="DP9"), "'DP9' is no model of rigol-dp800"),
    ],
)
def test_what_cannot_be_played_is_said(made: InstrumentEntry, sentence: str) -> None:
    whole = file()
    with pytest.raises(UsageFault, match=sentence):
        SimulatedBench(replace(whole, instruments=(made, *whole.instruments[1:])), (), 1)


def test_a_link_answers_what_the_core_asks() -> None:
    there = bench()
    link = there.link("psu1")
    voice = there.cast["psu1"].file.dialect.voice("DP811A", 1)
    for exchange in voice.tell(Operation.SET_VOLTAGE, 14.6):
        assert link.ask(exchange) == b""
    assert link.ask(voice.ask(Operation.READ_VOLTAGE).exchange) == b"14.600\n"


def test_a_link_without_an_answer_is_a_timeout_and_then_closed() -> None:
    there = bench()
    asked = there.cast["scan1"].file.dialect.voice("34970A", 101).ask(Operation.MEASURE).exchange
    link = there.link("psu1")
    for reason in (AbsenceReason.TIMEOUT, AbsenceReason.CLOSED):
        with pytest.raises(LinkFault) as caught:
            link.ask(asked)
        assert caught.value.reason is reason


def test_batteries_that_are_joined_hang_there_together_and_level_out() -> None:
    there = bench()
    there.hang("P1", "A1")
    there.hang("P1", "A2")
    there.hang("P1", "A1", "A2")
    before = there.truth("P1")
    there.advance(600.0)
    after = there.truth("P1")
    assert before.serial == "A1+A2"
    assert after.soc == pytest.approx(0.7, abs=0.01)
    assert before.cell_voltages_v is not None
    assert len(before.cell_voltages_v) == 8
    there.hang("P1", "A1")
    assert there.truth("P1").soc > 0.5, "the fuller has charged it"  # type: ignore[operator]  # it hangs there


def test_one_of_a_group_may_be_taken_to_another_position() -> None:
    there = bench()
    there.hang("P1", "A1", "A2")
    there.hang("P2", "A2")
    assert (there.truth("P1").serial, there.truth("P2").serial) == ("A1", "A2")
