"""What hangs on a position is seen only by fresh readings while its output is proven off."""

from benchctl.core.run.inspection import Inspection
from benchctl.core.run.output import Power
from tests.core.stage import Stage
from tests.core.values import reading, shipped

INSPECTION = Inspection(shipped())


def test_a_battery_under_charge_is_not_taken_for_one_at_rest() -> None:
    place = Stage().up_to(Power.ON).place
    place.metered(12.0, reading(13.2, 12.0))
    assert not INSPECTION.seen(place, 12.0)


def test_a_battery_is_seen_only_after_the_off_is_proven() -> None:
    place = Stage().place
    place.metered(1.0, reading(13.2, 1.0))
    assert not INSPECTION.seen(place, 1.0)
    place.release(1.0)
    assert not INSPECTION.seen(place, 1.0)
    place.switched_off(1.0, True, "")
    assert INSPECTION.seen(place, 1.0)


def test_an_off_that_is_not_proven_is_what_stands_against_a_charge() -> None:
    place = Stage().place
    place.metered(1.0, reading(13.2, 1.0))
    objection = INSPECTION.objection("E1", place, 1.0, just_charged=False)
    assert objection == "P1: no reading of E1: the supply's output is not proven off."
