"""Real processes: a guard, an engine that ends well or badly, supplies on loopback."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchctl.guard.__main__ import STOPS, StopSignal
from benchctl.guard.plan import LIMITS
from tests.guard.guarded import QUICK, Guarded
from tests.guard.supplies import Dp800, Korad, nobody

CRASHES = {
    "exits without a word": ("energise()\nsys.exit(0)", "ended with code 0 before it had finished"),
    "fails": ("energise()\nraise SystemExit(3)", "ended with code 3"),
    "kill -9": ("energise()\nos.kill(os.getpid(), signal.SIGKILL)", "killed by signal 9"),
    "SIGSTOP": ("energise()\nos.kill(os.getpid(), signal.SIGSTOP)", "completed no turn"),
    "deadlock": (
        "wire = energise()\nimport threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
        "no turn",
    ),
    "busy for ever": ("wire = energise()\nwhile True: pass", "completed no turn"),
    "lives but repeats a turn": (
        "wire = energise()\nlast = turn\nwhile True:\n  time.sleep(0.1)\n  lease.stamp(last)",
        "completed no turn",
    ),
    "lets go of its lease": ("wire = energise()\nlease._socket.close()\ntime.sleep(60)", "let go of its lease"),
    "sends rubbish": ("wire = energise()\nwhile True:\n  time.sleep(0.1)\n  lease._socket.send(b'turn x')", "no turn"),
    "floods": (
        "wire = energise()\nlease._socket.setblocking(True)\nwhile True: lease._socket.send(b'turn 1')",
        "completed no turn",
    ),
}


@pytest.mark.parametrize(("engine", "why"), CRASHES.values(), ids=CRASHES.keys())
def test_an_engine_that_ends_badly_is_fenced_and_everything_is_off(tmp_path: Path, engine: str, why: str) -> None:
    with Dp800() as psu:
        run = Guarded(tmp_path, engine, psu.port, [psu.entry()])
        code, verdict = run.verdict()
        assert (code, psu.on) == (6, False)
    assert verdict["event"] == "verdict"
    assert (verdict["run"], verdict["verdict"], verdict["spread_v"]) == ("R1", "not_proven", None)
    interrupted, proven = verdict["reasons"]
    assert interrupted.startswith("interrupted: the engine")
    assert why in interrupted
    assert proven == "psu1: output off, proven"
    with pytest.raises(ProcessLookupError):
        os.kill(run.engine_pid(), 0)
    assert "interrupted" in (tmp_path / "closed").read_text()


def test_an_engine_that_never_completes_a_turn_is_ended(tmp_path: Path) -> None:
    with Dp800() as psu, Korad() as korad:
        korad.on = True
        code, verdict = Guarded(tmp_path, "time.sleep(60)", psu.port, [psu.entry(), korad.entry()]).verdict()
    assert code == 6
    assert verdict["reasons"][1:] == ["psu1: output off, proven", "psu2: output off, proven"]


def test_a_stopped_engine_is_off_within_ten_seconds_with_the_real_limits(tmp_path: Path) -> None:
    with Dp800() as psu, Korad() as korad:
        engine = "wire = energise()\nos.kill(os.getpid(), signal.SIGSTOP)"
        run = Guarded(tmp_path, engine, psu.port, [psu.entry(), korad.entry()], LIMITS)
        run.await_mark("energised")
        stopped_s = time.clock_gettime(time.CLOCK_BOOTTIME)
        assert run.verdict()[0] == 6
        assert time.clock_gettime(time.CLOCK_BOOTTIME) - stopped_s < 10.0
        assert not psu.on


def test_a_clean_end_keeps_the_engines_code_and_only_looks_at_the_outputs(tmp_path: Path) -> None:
    engine = "energise().sendall(b'OUTP CH1,OFF\\n')\nprint('mine', flush=True)\nlease.finished(3)\nsys.exit(3)"
    with Dp800() as psu:
        code, lines = Guarded(tmp_path, engine, psu.port, [psu.entry()]).end()
        assert psu.words[-2:] == [b"OUTP CH1,OFF", b"OUTP? CH1"]
        assert psu.words.count(b"OUTP CH1,OFF") == 2
    assert (code, lines) == (3, ["mine"])
    assert not (tmp_path / "closed").exists()


def test_an_output_left_on_by_a_clean_end_is_switched_off(tmp_path: Path) -> None:
    with Dp800() as psu:
        run = Guarded(tmp_path, "energise()\nlease.finished(0)", psu.port, [psu.entry()])
        assert run.end() == (0, [])
        assert not psu.on
    assert "NOT proven off" in run.diagnostics


def test_the_guard_is_silent_on_the_wire_while_the_lease_lives(tmp_path: Path) -> None:
    engine = "while turn < 60: a_turn()\nlease.finished(0)"
    with Dp800() as psu:
        Guarded(tmp_path, engine, psu.port, [psu.entry()]).end()
        assert psu.words == [b"OUTP CH1,OFF", b"OUTP? CH1", b"OUTP? CH1"]


@pytest.mark.parametrize("as_json", [True, False])
def test_a_drill_that_fails_refuses_and_starts_nothing(tmp_path: Path, as_json: bool) -> None:
    with Dp800() as psu, nobody() as gone:
        run = Guarded(tmp_path, "mark('started')", psu.port, [psu.entry(), gone], as_json=as_json)
        code, lines = run.end()
    assert code == 7
    assert lines[0].startswith(
        '{"event": "verdict", "run": "R1", "verdict": "refused"' if as_json else "refused: guard"
    )
    assert "gone: output NOT proven off ([Errno 111] Connection refused)" in lines[0]
    assert not (tmp_path / "started").exists()


def test_a_supply_that_stays_on_is_named_and_the_others_are_off(tmp_path: Path) -> None:
    with Dp800() as psu, Dp800() as stuck:
        run = Guarded(tmp_path, "energise()\nwhile True: a_turn()", psu.port, [psu.entry(), stuck.entry("stuck")])
        run.await_mark("energised")
        stuck.on, stuck.stuck = True, 1000
        os.kill(run.engine_pid(), signal.SIGKILL)
        code, verdict = run.verdict()
        assert (code, psu.on) == (6, False)
    assert verdict["reasons"][1] == "psu1: output off, proven"
    assert verdict["reasons"][2].startswith("stuck: output NOT proven off (asked b'OUTP? CH1\\n' it answered b'ON\\n')")


def test_a_supply_out_of_reach_is_named_for_a_person_to_switch_off(tmp_path: Path) -> None:
    with Dp800() as psu:
        run = Guarded(tmp_path, "energise()\nsys.exit(0)", psu.port, [psu.entry()], unreached=("usb1",))
        code, verdict = run.verdict()
    assert code == 6
    assert verdict["reasons"][1] == "psu1: output off, proven"
    assert verdict["reasons"][2].startswith("usb1: output NOT proven off (the guard has no way to it). Switch it off")


def test_a_supply_that_takes_one_client_is_free_once_the_engine_is_dead(tmp_path: Path) -> None:
    with Dp800(single=True) as psu:
        run = Guarded(tmp_path, "wire = energise()\ntime.sleep(60)", psu.port, [psu.entry()])
        assert run.verdict()[1]["reasons"][1] == "psu1: output off, proven"


def test_sigterm_is_passed_on_and_a_lost_terminal_or_ctrl_z_changes_nothing(tmp_path: Path) -> None:
    engine = "mark('up')\nwhile not stops: a_turn()\nlease.finished(5)\nsys.exit(5)"
    with Dp800() as psu:
        run = Guarded(tmp_path, engine, psu.port, [psu.entry()])
        run.await_mark("up")
        for number in (signal.SIGHUP, signal.SIGTSTP, signal.SIGQUIT, signal.SIGINT, signal.SIGTERM):
            run.process.send_signal(number)
        assert run.end() == (5, [])


def test_a_stop_signal_is_held_back_until_the_engine_can_handle_it(tmp_path: Path) -> None:
    with Dp800() as psu:
        Guarded(
            tmp_path, "mark('held', ' '.join(sorted(n.name for n in held)))\nlease.finished(0)", psu.port, [psu.entry()]
        ).end()
    assert (tmp_path / "held").read_text() == "SIGINT SIGTERM"


def test_a_stop_signal_before_the_engine_starts_stops_the_start(tmp_path: Path) -> None:
    with Dp800(deaf=True) as psu:
        run = Guarded(tmp_path, "mark('started')", psu.port, [psu.entry()], LIMITS)
        while not psu.heard:
            time.sleep(0.01)
        run.process.send_signal(signal.SIGINT)
        psu.deaf = False
        code, verdict = run.verdict()
    assert (code, verdict["verdict"]) == (5, "stopped")
    assert not (tmp_path / "started").exists()


def test_a_guard_that_was_started_without_standard_input_opens_no_socket_in_its_place(tmp_path: Path) -> None:
    engine = "mark('input', os.readlink(f'/proc/{os.getppid()}/fd/0'))\nlease.finished(0)"
    with Dp800() as psu:
        assert Guarded(tmp_path, engine, psu.port, [psu.entry()], stdin_closed=True).end()[0] == 0
    assert (tmp_path / "input").read_text() == "/dev/null"


@pytest.fixture
def signals_kept() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in STOPS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("signals_kept")
def test_a_stop_that_came_while_the_engine_was_being_started_reaches_it() -> None:
    stop = StopSignal()
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as engine:
        signal.raise_signal(signal.SIGTERM)
        stop.pass_on_to(engine)
        assert engine.wait(30.0) == -signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_an_engine_without_its_guard_learns_it(tmp_path: Path, number: int) -> None:
    engine = "mark('up')\nwhile not (why := a_turn()): pass\nmark('lost', why)\nlease.finished(6)\nsys.exit(6)"
    with Dp800() as psu:
        run = Guarded(tmp_path, engine, psu.port, [psu.entry()])
        run.await_mark("up")
        run.process.send_signal(number)
        run.await_mark("lost")
        run.process.send_signal(signal.SIGCONT)
        code, lines = run.end()
    assert lines == []
    assert (tmp_path / "lost").read_text().startswith("The guard")
    assert code == (-9 if number == signal.SIGKILL else 6)


def test_a_reader_that_went_away_does_not_keep_the_guard_from_its_work(tmp_path: Path) -> None:
    with Dp800() as psu:
        run = Guarded(tmp_path, "energise()", psu.port, [psu.entry()])
        for pipe in (run.process.stdout, run.process.stderr):
            assert pipe is not None
            pipe.close()
        assert run.process.wait(20) == 6
        assert not psu.on
    assert (tmp_path / "closed").exists()


@pytest.mark.parametrize(
    ("closer", "limit_s", "why"),
    [
        ("raise SystemExit('disk broken')", 30.0, "the closer ended with code 1: disk broken"),
        ("import time\ntime.sleep(60)", 0.5, "the closer took longer than 0.5 s"),
    ],
)
def test_a_closer_that_fails_or_hangs_is_a_reason_more(tmp_path: Path, closer: str, limit_s: float, why: str) -> None:
    limits = replace(QUICK, closer_s=limit_s)
    with Dp800() as psu:
        code, verdict = Guarded(tmp_path, "energise()", psu.port, [psu.entry()], limits, closer).verdict()
    assert code == 6
    assert verdict["reasons"][2] == f"the journal is not closed: {why}"


def test_an_engine_that_cannot_be_started_is_refused(tmp_path: Path) -> None:
    with Dp800() as psu:
        run = Guarded(tmp_path, "", psu.port, [psu.entry()], log="nowhere/guard.jsonl", program="/nonexistent")
        code, verdict = run.verdict()
    assert (code, verdict["verdict"]) == (7, "refused")


def test_the_log_tells_the_story_in_boot_time(tmp_path: Path) -> None:
    with Dp800() as psu:
        run = Guarded(tmp_path, "energise()", psu.port, [psu.entry()])
        run.end()
    story = [line["text"] for line in run.log()]
    assert story[0] == "attempt 1: psu1: output off, proven"
    assert story[1].startswith("engine started, pid ")
    assert story[2].startswith("interrupted: ")
    assert story[3] == "attempt 1: psu1: output off, proven"
    assert story[4].startswith("verdict not_proven: ")
    times = [line["boot_s"] for line in run.log()]
    assert times == sorted(times)


def test_a_full_disk_costs_lines_and_nothing_else(tmp_path: Path) -> None:
    with Dp800() as psu:
        run = Guarded(tmp_path, "energise()", psu.port, [psu.entry()], log="nowhere/guard.jsonl")
        assert run.verdict()[0] == 6
        assert not psu.on
