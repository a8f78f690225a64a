"""How warm it is beside a battery: never cooler than anybody who knows it says."""

from benchctl.core.run.room import PROBE_FRESH_S, Room


def test_the_room_is_as_warm_as_declared_or_as_the_coolest_neighbour_whichever_is_warmer() -> None:
    room = Room(18.0)
    assert room.beside_c("P1", 0.0) == 18.0
    for name, celsius in (("P1", 39.0), ("P2", 24.0), ("P3", 26.0)):
        room.read(name, 0.0, celsius)
    assert room.beside_c("P1", 0.0) == 24.0
    assert room.beside_c("P1", PROBE_FRESH_S + 1.0) == 18.0
    assert Room(None).beside_c("P1", 0.0) is None
