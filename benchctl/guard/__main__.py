"""`python -m benchctl.guard PLAN`: drill, start the engine, watch its lease, and see to the end that all is off.

Exit codes: the engine's own, once it has said that it finished; 5 stopped before the engine started; 6 interrupted;
7 refused, nothing was started.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from types import FrameType

from benchctl.guard.log import Log, say
from benchctl.guard.outputs import Proof, boot_s, prove_all_off, switch_all_off
from benchctl.guard.plan import Plan, read_plan
from benchctl.guard.watch import fence, lease_end

STOPPED, INTERRUPTED, REFUSED = 5, 6, 7
EXIT_S = 10.0
FLUSH_S = 2.0
STOPS = (signal.SIGINT, signal.SIGTERM)
DEAF = (signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)


class StopSignal:
    """What Ctrl-C and SIGTERM do: before the engine lives, they stop the start; then SIGTERM is passed on, once.

    The terminal itself sends Ctrl-C to the engine.
    """

    def __init__(self) -> None:
        self._engine: subprocess.Popen[bytes] | None = None
        self.asked = False
        for number in STOPS:
            signal.signal(number, self._heard)

    def pass_on_to(self, engine: subprocess.Popen[bytes]) -> None:
        """From now on the engine is who stops."""
        self._engine = engine
        if self.asked:
            engine.terminate()

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        if self._engine is None:
            self.asked = True
        elif number == signal.SIGTERM and not self.asked:
            self.asked = True
            self._engine.terminate()


def main(arguments: list[str]) -> int:
    """Guard the run whose plan is at `arguments[0]`. Returns the exit code of the process."""
    while os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC) <= 2:  # a closed stdio slot must never become a socket
        pass
    for number in DEAF:  # the engine inherits it: a lost terminal or a Ctrl-Z must not freeze a charge
        signal.signal(number, signal.SIG_IGN)
    stop = StopSignal()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)  # held back by whoever became us
    try:
        plan = read_plan(Path(arguments[0]))
    except (OSError, LookupError, TypeError, ValueError) as fault:
        say(2, f"guard: no usable plan: {fault}")
        return REFUSED
    return _run(plan, stop, Log(Path(plan.log)))


def _run(plan: Plan, stop: StopSignal, log: Log) -> int:
    proofs = switch_all_off(plan.supplies, plan.limits.drill_s, log.note)
    if reasons := [f"guard drill: {proof.sentence}" for proof in proofs if not proof.off]:
        return _verdict(plan, log, "refused", reasons, REFUSED)
    if stop.asked:
        return _verdict(plan, log, "stopped", ["stopped before the engine started"], STOPPED)
    try:
        engine, lease = _start(plan)
    except OSError as fault:
        return _verdict(plan, log, "refused", [f"the engine cannot be started: {fault}"], REFUSED)
    try:
        stop.pass_on_to(engine)
        _sign_lock(plan.lock_fd, engine.pid)
        log.note(f"engine started, pid {engine.pid}")
        end = lease_end(engine, lease, plan.limits)
    except Exception as fault:  # noqa: BLE001  (whatever fails in here, the outputs are next)
        end = f"the guard failed: {fault!r}"
    if isinstance(end, int):
        return _finish(plan, engine, end, log)
    return _interrupt(plan, engine, end, log)


def _start(plan: Plan) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """The engine and our end of its lease. It starts with the stop signals held back until it can handle them."""
    lease, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        argv = [*plan.engine, "--lease-fd", str(theirs.fileno())]
        return subprocess.Popen(argv, pass_fds=(theirs.fileno(), plan.lock_fd)), lease  # noqa: S603
    finally:
        theirs.close()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)


def _sign_lock(fd: int, engine_pid: int) -> None:
    """Add the process ids to the lock file's JSON, in one write that never shortens it."""
    before = os.pread(fd, 65536, 0)
    body = json.loads(before) | {"guard_pid": os.getpid(), "engine_pid": engine_pid}
    os.pwrite(fd, json.dumps(body).encode("ascii").ljust(len(before)), 0)


def _finish(plan: Plan, engine: subprocess.Popen[bytes], code: int, log: Log) -> int:
    """The engine says that it is done: let it go, then look with our own eyes that everything is off."""
    try:
        engine.wait(EXIT_S)
    except subprocess.TimeoutExpired:
        log.warn(f"the engine did not end within {EXIT_S:g} s of saying that it finished; it is ended")
        fence(engine)
    if left := [proof for proof in prove_all_off(plan.supplies) if not proof.off]:
        log.warn("after the end of the run: " + "; ".join(proof.sentence for proof in left))
        switch_all_off(plan.supplies, plan.limits.drill_s, log.warn)
    log.note(f"the engine finished with {code}")
    log.flush(FLUSH_S)
    return code


def _interrupt(plan: Plan, engine: subprocess.Popen[bytes], why: str, log: Log) -> int:
    """The engine is dead or as good as dead: end it, everything off, the record closed, the verdict said."""
    if not fence(engine):
        log.warn("the kernel could not end the engine yet")
    log.warn(f"interrupted: {why}")
    proofs = _all_off(plan, log)
    log.flush(FLUSH_S)
    proofs += [Proof(name, False, "the guard has no way to it") for name in plan.unreached]
    reasons = [f"interrupted: {why}", *(proof.sentence for proof in proofs), *_close(plan)]
    return _verdict(plan, log, "not_proven", reasons, INTERRUPTED)


def _all_off(plan: Plan, log: Log) -> list[Proof]:
    """Off and proven, then looked at again: the dead engine's last bytes may still have been on their way."""
    end_s = boot_s() + plan.limits.off_s
    proofs = switch_all_off(plan.supplies, plan.limits.off_s, log.warn)
    time.sleep(plan.limits.settle_s)
    if all(proof.off for proof in proofs) and not all(proof.off for proof in prove_all_off(plan.supplies)):
        log.warn("an output did not stay off")
        proofs = switch_all_off(plan.supplies, end_s - boot_s(), log.warn)
    return proofs


def _close(plan: Plan) -> list[str]:
    """Run the closer, which adopts our log and closes the run. Returns why the journal is not closed, if so.

    In a thread, because even starting a process can hang on a broken disk, and the verdict must still be said.
    """
    faults = [f"the journal is not closed: the closer did not end within {plan.limits.closer_s:g} s"]

    def work() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)  # inherited: a second Ctrl-C must not end the closer
        faults[:] = _closer_faults(plan)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(plan.limits.closer_s + 1.0)
    return list(faults)


def _closer_faults(plan: Plan) -> list[str]:
    limit_s, quiet, fds = plan.limits.closer_s, subprocess.DEVNULL, (plan.lock_fd,)
    with os.fdopen(os.memfd_create("closer"), "w+b") as words:
        run = partial(subprocess.run, plan.closer, stdin=quiet, stdout=quiet, stderr=words, pass_fds=fds)
        try:
            code = run(timeout=limit_s).returncode
        except subprocess.TimeoutExpired:
            return [f"the journal is not closed: the closer took longer than {limit_s:g} s"]
        except OSError as fault:
            return [f"the journal is not closed: {fault}"]
        words.seek(0)
        last = words.read()[-300:].decode("ascii", "backslashreplace").strip().rpartition("\n")[2]
    return [f"the journal is not closed: the closer ended with code {code}: {last}"] if code else []


def _verdict(plan: Plan, log: Log, verdict: str, reasons: list[str], code: int) -> int:
    log.note(f"verdict {verdict}: {'; '.join(reasons)}")
    log.flush(FLUSH_S)
    line = {"event": "verdict", "run": plan.run, "verdict": verdict, "spread_v": None, "reasons": reasons}
    say(1, json.dumps(line) if plan.json else f"{verdict}: {'; '.join(reasons)}")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
