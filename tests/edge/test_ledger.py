"""The ledger keeps how runs ended and which latches stand, and shows what was done to it."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from benchctl.core.journal.chain import Tail
from benchctl.core.model import Verdict
from benchctl.edge.ledger import AckLine, LatchLine, Ledger, LedgerError, ResetLine, RunLine, StandingLatch, TornLine

WALL = "2026-05-02T06:00:00.000Z"


def run(name: str) -> RunLine:
    return RunLine(
        name, "Cabin", "bench-1", False, WALL, WALL, Verdict.APPROVED, ("all well",), 0.02, 9, "f" * 64, ("E1", "E2")
    )


def latch(alarm: str, position: str | None) -> LatchLine:
    return LatchLine(alarm, "r1", "bench-1", position, "E1", "over_voltage", "15.0 V at P1", WALL)


LINES = (run("r1"), latch("a1", "P1"), AckLine("a1", "Ann", WALL), ResetLine("P1", None, WALL), run("r2"))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.jsonl")


@pytest.fixture
def full(ledger: Ledger) -> Ledger:
    for line in LINES:
        ledger.append(line)
    return ledger


def text(tmp_path: Path) -> list[str]:
    return (tmp_path / "ledger.jsonl").read_text().splitlines(keepends=True)


def put(tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / "ledger.jsonl").write_text("".join(lines))


def test_no_ledger_is_an_empty_one(ledger: Ledger) -> None:
    assert (ledger.lines(), ledger.verify(), ledger.torn(), ledger.standing_latches()) == ((), [], None, ())


def test_lines_come_back(full: Ledger) -> None:
    assert full.lines() == LINES
    assert full.verify() == []


def test_a_line_is_canonical_json_with_its_chain(full: Ledger, tmp_path: Path) -> None:
    first, second, *_ = map(json.loads, text(tmp_path))
    assert (first["run"], first["verdict"], first["prev"]) == ("r1", "approved", "0" * 64)
    assert (sorted(second), second["latch"]["position"], second["prev"]) == (
        ["hash", "latch", "prev"],
        "P1",
        first["hash"],
    )


def test_the_ledger_is_for_its_owner_only(full: Ledger, tmp_path: Path) -> None:
    assert (tmp_path / "ledger.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_run_is_found_with_its_tail(full: Ledger) -> None:
    found = full.run_line("r2")
    assert found is not None
    assert found.tail() == Tail(9, "f" * 64)
    assert full.run_line("r3") is None


def test_a_resumed_run_is_known_by_its_last_line(full: Ledger) -> None:
    full.append(RunLine("r1", "Cabin", "bench-1", False, WALL, WALL, Verdict.REJECTED, (), None, 20, "e" * 64, ()))
    found = full.run_line("r1")
    assert found is not None
    assert found.rows == 20


def test_a_latch_stands_until_its_place_is_reset(ledger: Ledger) -> None:
    for line in (latch("a1", "P1"), latch("a2", "P2"), latch("a3", None), AckLine("a2", "Ann", WALL)):
        ledger.append(line)
    assert ledger.standing_latches() == (
        StandingLatch(latch("a1", "P1"), acknowledged=False),
        StandingLatch(latch("a2", "P2"), acknowledged=True),
        StandingLatch(latch("a3", None), acknowledged=False),
    )
    ledger.append(ResetLine("P1", "Ann", WALL))
    ledger.append(ResetLine("bench", "Ann", WALL))
    assert [each.latch.alarm for each in ledger.standing_latches()] == ["a2"]


def test_a_latch_after_a_reset_stands_again(ledger: Ledger) -> None:
    for line in (latch("a1", "P1"), ResetLine("P1", None, WALL), latch("a1", "P1")):
        ledger.append(line)
    assert len(ledger.standing_latches()) == 1


@pytest.mark.parametrize("gone", range(len(LINES) - 1))
def test_a_removed_line_is_found(full: Ledger, tmp_path: Path, gone: int) -> None:
    lines = text(tmp_path)
    put(tmp_path, lines[:gone] + lines[gone + 1 :])
    assert full.verify()[0].seq == gone + 1


def test_exchanged_lines_are_found(full: Ledger, tmp_path: Path) -> None:
    lines = text(tmp_path)
    put(tmp_path, [lines[0], lines[2], lines[1], *lines[3:]])
    assert full.verify()[0].seq == 2


def test_a_repeated_line_is_found(full: Ledger, tmp_path: Path) -> None:
    lines = text(tmp_path)
    put(tmp_path, [*lines[:2], lines[1], *lines[2:]])
    assert full.verify()[0].seq == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"rows":9', '"rows":8'),
        ('"approved"', '"rejected"'),
        ('"run":', '"run": '),
        ('"prev":"', '"prev":"0'),
        ('{"bank"', 'x{"bank"'),
    ],
)
def test_a_changed_line_is_found(full: Ledger, tmp_path: Path, old: str, new: str) -> None:
    lines = text(tmp_path)
    put(tmp_path, [*lines[:4], lines[4].replace(old, new)])
    assert full.verify()[0].seq == 5


def test_a_line_without_a_chain_is_found(full: Ledger, tmp_path: Path) -> None:
    put(tmp_path, [*text(tmp_path), "{}\n"])
    assert full.verify()[0].seq == 6


def test_latches_are_not_read_from_an_altered_ledger(full: Ledger, tmp_path: Path) -> None:
    put(tmp_path, text(tmp_path)[1:])
    with pytest.raises(LedgerError, match="latches may be missing"):
        full.standing_latches()


@pytest.mark.parametrize("left", [1, 40, -2])
def test_a_torn_end_is_told_and_moved_out_of_the_way(full: Ledger, tmp_path: Path, left: int) -> None:
    lines = text(tmp_path)
    put(tmp_path, [*lines[:4], lines[4][:left]])
    assert (full.verify(), full.torn(), full.lines()) == ([], lines[4][:left], LINES[:4])
    full.append(run("r3"))
    assert full.lines() == (*LINES[:4], TornLine(lines[4][:left]), run("r3"))
    assert (full.verify(), full.torn()) == ([], None)


def test_a_whole_line_that_lacks_its_line_feed_is_kept(full: Ledger, tmp_path: Path) -> None:
    put(tmp_path, ["".join(text(tmp_path)).rstrip("\n")])
    assert (full.torn(), full.lines()) == (None, LINES)
    full.append(run("r3"))
    assert (full.lines(), full.verify()) == ((*LINES, run("r3")), [])


def test_a_ledger_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").mkdir()
    with pytest.raises(LedgerError, match="cannot be written"):
        Ledger(tmp_path / "ledger.jsonl").append(run("r1"))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LedgerError):
        Ledger(tmp_path / "ledger.jsonl").append(run("r1"))
    assert not (tmp_path / "elsewhere").exists()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_flipped_bit_passes(full: Ledger, tmp_path: Path, data: st.DataObject) -> None:
    sound = (tmp_path / "ledger.jsonl").read_bytes()
    content = bytearray(sound)
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    (tmp_path / "ledger.jsonl").write_bytes(content)
    assert full.verify() or full.torn()
    (tmp_path / "ledger.jsonl").write_bytes(sound)
