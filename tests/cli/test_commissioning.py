"""`benchctl records commission`: answers one a line, what was read or typed into the ledger, and what is refused."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchctl.cli.commissioning import LOOKS, Metered, NoReading
from benchctl.cli.main import benchctl
from benchctl.core.commissioning import Step
from benchctl.core.model import Absence, AbsenceReason, Measurement, Reading
from benchctl.core.passport import Issued, PassportState
from benchctl.edge.dialects import load_dialect
from benchctl.edge.home import Home
from benchctl.edge.ledger import Ledger
from tests.records.homes import kept
from tests.records.stories import RUN, night

FAR = "2999-01-01T00:00:00.000Z"
RIGHT = ("E1", "13.40", "E2", "13,42", "26.82")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = kept(tmp_path, night())
    Ledger(made.ledger_path).append(Issued(RUN, "Cabin", False, (("E1", "E2"),), "2026-05-02T03:00:00.000Z", FAR))
    return made


def commission(home: Home, *answers: str, words: tuple[str, ...] = ()) -> Result:
    text = "".join(f"{answer}\n" for answer in answers)
    argv = ["--home", str(home.path), "records", "commission", RUN, "--operator", "Ann", *words]
    return CliRunner().invoke(benchctl, argv, input=text, catch_exceptions=False)


def state(home: Home) -> PassportState:
    (passport,) = Ledger(home.ledger_path).passports("2026-06-01")
    return passport.state


def test_a_string_that_is_right_is_joined_and_what_was_typed_is_marked(home: Home) -> None:
    done = commission(home, *RIGHT)
    assert (done.exit_code, state(home)) == (0, PassportState.JOINED)
    assert "All is right: the strings may be joined." in done.stdout
    shown = CliRunner().invoke(benchctl, ["--home", str(home.path), "records", "show", RUN])
    assert "by typed by hand" not in shown.stdout
    assert "readings typed by hand" in shown.stdout


def test_what_is_no_number_is_asked_for_again(home: Home) -> None:
    assert commission(home, "E1", "13.4 V", "13.40", "E2", "nan", "13.42", "26.82").exit_code == 0


def test_a_battery_in_the_wrong_place_is_a_no_and_can_be_checked_again(home: Home) -> None:
    done = commission(home, "E2", "13.40", "E1", "13.42", "26.82")
    assert (done.exit_code, state(home)) == (1, PassportState.VALID)
    assert "E2 was found there" in done.stdout
    assert commission(home, *RIGHT).exit_code == 0


def test_answers_that_end_too_early_write_nothing(home: Home) -> None:
    before = home.ledger_path.read_text()
    done = commission(home, *RIGHT[:3])
    assert (done.exit_code, home.ledger_path.read_text()) == (1, before)
    assert "nothing was written" in done.stderr


def test_for_programs_it_is_one_line(home: Home) -> None:
    done = commission(home, *RIGHT, words=("--json",))
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["objections"] == []


def test_what_is_joined_or_was_never_approved_is_not_checked(home: Home, tmp_path: Path) -> None:
    commission(home, *RIGHT)
    again = commission(home, *RIGHT)
    assert (again.exit_code, "is joined" in again.stderr) == (1, True)
    assert commission(kept(tmp_path / "other", night()), *RIGHT).exit_code == 1


# ---------------------------------------------------------------- a meter of the bench

STEP = Step("string 1, place 1, E1", "on it", "E1", 13.2, 13.8)


def metered(readings: Iterator[float | None], monkeypatch: pytest.MonkeyPatch, answers: int = 1) -> Metered:
    """A meter that shows these, a look every half second; None: no answer."""
    answered = iter(["\n"] * answers)
    monkeypatch.setattr("sys.stdin.readline", lambda: next(answered, ""), raising=False)
    times = count()

    def look() -> Measurement:
        at_s, value = next(times) / 2, next(readings)
        return Reading(value, at_s, "") if value is not None else Absence(AbsenceReason.TIMEOUT, at_s, "no reply")

    voice = load_dialect("rigol-dm3000").voice("DM3068", 1)
    return Metered("dmm1", voice, look, as_json=False, pause=lambda _s: None)


def test_a_steady_reading_is_taken_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    moving = (13.0 + number / 100 for number in range(5))
    readings = iter([*moving, *([13.4] * 20)])
    assert metered(readings, monkeypatch).read(STEP) == 13.4


def test_a_reversed_battery_is_read_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert metered(iter([-13.4]), monkeypatch).read(STEP) == -13.4


def test_without_a_steady_reading_it_asks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([None] * LOOKS + [13.4] * 20)
    assert metered(readings, monkeypatch, answers=2).read(STEP) == 13.4


def test_a_string_beyond_the_meters_range_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    meter = metered(iter([]), monkeypatch)
    far = Step("string 1 from end to end", "ends", None, 2000.0, 2020.0)
    with pytest.raises(NoReading, match="check again without --meter"):
        meter.read(far)
