"""How warm it is beside a battery: never cooler than anybody who knows it says, and unknown where nobody does."""

from benchctl.core.run.room import PROBE_FRESH_S, Room


def room(declared_c: float | None, **probes: float) -> Room:
    made = Room(declared_c)
    for name, celsius in probes.items():
        made.read(name, 0.0, celsius)
    return made


def test_what_was_declared_counts() -> None:
    assert room(18.0).beside_c("P1", 0.0) == 18.0


def test_the_warmest_of_the_others_counts_while_it_is_fresh() -> None:
    bench = room(18.0, P1=17.0, P2=24.0, P3=26.0)
    bench.read("P1", 1.0, 39.0)
    assert bench.beside_c("P1", 1.0) == 26.0
    assert bench.beside_c("P1", PROBE_FRESH_S + 1.0) == 18.0


def test_a_neighbour_in_the_cold_makes_nobody_warm() -> None:
    assert room(None, P1=-5.0, P2=20.0).beside_c("P2", 0.0) == 20.0


def test_a_probe_alone_knows_no_surroundings() -> None:
    assert room(None, P1=39.0).beside_c("P1", 0.0) is None
