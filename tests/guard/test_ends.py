"""What stands between a guard and a clean end: each time everything is off, or the person is told that it is not."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchctl.guard import __main__ as guard
from benchctl.guard.log import Log, say
from benchctl.guard.plan import Plan, Supply
from tests.guard.guarded import QUICK, Guarded
from tests.guard.supplies import Dp800


def plan(home: Path, supplies: Sequence[Supply], closer: tuple[str, ...] = ("/bin/true",)) -> Plan:
    return Plan(
        run="R1",
        json=False,
        engine=("/bin/true",),
        closer=closer,
        log=str(home / "guard.jsonl"),
        lock_fd=0,
        limits=QUICK,
        supplies=tuple(supplies),
        unreached=(),
    )


def story(log: Log, home: Path) -> str:
    log.flush(5.0)
    return (home / "guard.jsonl").read_text()


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["/bin/sleep", "60"]) as process:
        yield process
        process.kill()


class Unkillable(subprocess.Popen[bytes]):
    """A process that hangs in the kernel."""

    def kill(self) -> None:
        """Nothing happens yet."""

    def wait(self, timeout: float | None = None) -> int:
        raise subprocess.TimeoutExpired(self.args, timeout or 0.0)


def test_without_a_usable_plan_nothing_is_started(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{}")
    done = subprocess.run(
        [sys.executable, "-m", "benchctl.guard", str(tmp_path / "plan.json")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == guard.REFUSED
    assert done.stderr.startswith("guard: no usable plan: ")


def test_a_guard_that_fails_itself_ends_the_engine_and_switches_off(tmp_path: Path) -> None:
    with Dp800() as psu:
        run = Guarded(tmp_path, "energise()\ntime.sleep(60)", psu.port, [psu.entry()], lock=b"no JSON")
        code, verdict = run.verdict()
        assert (code, psu.on) == (guard.INTERRUPTED, False)
    assert verdict["reasons"][0].startswith("interrupted: the guard failed: JSONDecodeError")
    assert verdict["reasons"][1] == "psu1: output off, proven"


def test_an_engine_that_lingers_after_its_farewell_is_ended(
    tmp_path: Path, sleeper: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "EXIT_S", 0.05)
    log = Log(tmp_path / "guard.jsonl")
    assert guard._finish(plan(tmp_path, []), sleeper, 3, log) == 3
    assert sleeper.returncode == -9
    assert "the engine did not end within 0.05 s of saying that it finished; it is ended" in story(log, tmp_path)


def test_an_engine_that_hangs_in_the_kernel_keeps_no_output_on(tmp_path: Path) -> None:
    log = Log(tmp_path / "guard.jsonl")
    engine = Unkillable(["/bin/true"])
    with Dp800() as psu:
        psu.on = True
        assert guard._interrupt(plan(tmp_path, [psu.entry()]), engine, "why", log) == guard.INTERRUPTED
        assert not psu.on
    assert "the kernel could not end the engine yet" in story(log, tmp_path)
    subprocess.Popen.wait(engine)


class Relapsing(Dp800):
    """Its first OFF holds only until it was proven."""

    def _obey(self, peer: object, line: bytes) -> None:
        super()._obey(peer, line)  # type: ignore[arg-type]  # as the base class has it
        self.on = self.on or self.words == [b"OUTP CH1,OFF", b"OUTP? CH1"]


def test_an_output_that_does_not_stay_off_is_switched_off_again(tmp_path: Path) -> None:
    log = Log(tmp_path / "guard.jsonl")
    with Relapsing() as psu:
        (proof,) = guard._all_off(plan(tmp_path, [psu.entry()]), log)
        assert proof.off
        assert not psu.on
    assert "an output did not stay off" in story(log, tmp_path)


def test_a_closer_that_cannot_be_started_leaves_its_reason(tmp_path: Path) -> None:
    closing = replace(plan(tmp_path, []), closer=("/nonexistent",))
    (reason,) = guard._closer_faults(closing)
    assert reason.startswith("the journal is not closed: [Errno 2]")


def test_a_terminal_that_takes_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchctl.guard.log.SAY_S", 0.0)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    filled = os.write(writing, b"x" * (1 << 20))
    say(writing, "off")
    os.set_blocking(reading, False)
    assert b"off" not in os.read(reading, filled + 100)
    os.close(reading)
    os.close(writing)
