"""`benchctl demo`: a whole night on a simulated bench. The run is an ordinary `benchctl run`, over real sockets."""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click

from benchctl.cli import hostfaults
from benchctl.cli.faults import warn
from benchctl.cli.options import FAULT_HELP, quantity, stated_faults
from benchctl.cli.person import Person
from benchctl.cli.place import Place, pass_place
from benchctl.cli.processes import hearing
from benchctl.cli.stage import Play, Stage, set_stage
from benchctl.core.errors import UsageFault
from benchctl.core.model import Verdict
from benchctl.edge.home import Home, busy
from benchctl.edge.ledger import Ledger, LedgerError, RunLine
from benchctl.engine.telling import EXIT_CODES, Teller
from benchctl.sim.faults import HOST, Said
from benchctl.sim.fleet import SCENARIOS

SEED = 1
SCREEN_SPEED = 240.0
"""Simulated seconds a second where somebody watches: a night in a minute and a half or two."""

LOOK_S = 0.1
END_S = 90.0
"""Longest wait for a run that was told to stop, or for an engine that has outlived its guard."""


_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Show:
    """How the play is given."""

    home: Home
    as_json: bool
    speed: float | None
    struck: tuple[Said, ...]


_FAULT_HELP = f"{FAULT_HELP} Of the computer: {hostfaults.listing()}; host.kill@1h."


def _of_host(text: str) -> bool:
    return text.strip().startswith(HOST)


@dataclass(frozen=True, slots=True)
class Faults:
    """What was asked for: of the bench, as it was written, and of the computer."""

    bench: tuple[str, ...]
    computer: tuple[Said, ...]


def _stated_faults(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> Faults:
    """Faults of the bench and of the computer; what nobody would understand is refused here."""
    computer = tuple(hostfaults.parse(text) for text in value if _of_host(text))
    return Faults(stated_faults(ctx, param, tuple(text for text in value if not _of_host(text))), computer)


@click.command()
@click.option(
    "--headless", is_flag=True, help="No screen: print what happens. Prompts are answered by the demo itself."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on standard output; implies --headless.")
@click.option(
    "--speed", callback=quantity(0.001, 999999.0, "600"), metavar="N", help="Most simulated seconds a second."
)
@click.option(
    "--seed", type=int, default=SEED, show_default=True, metavar="N", help="Draws the batteries' differences."
)
@click.option("--fault", "faults", callback=_stated_faults, multiple=True, metavar="NAME@TIME", help=_FAULT_HELP)
@click.option("--scenario", type=click.Choice(SCENARIOS), default="matched", show_default=True, help="What is wrong.")
@pass_place
@click.pass_context
def demo(
    ctx: click.Context,
    place: Place,
    headless: bool,
    as_json: bool,
    speed: float | None,
    seed: int,
    scenario: str,
    faults: Faults,
) -> None:
    """Play a whole pre-series run on a simulated bench: no hardware, no files needed.

    Four DP811 supplies, a 34970A scanner, four 50 Ah batteries; a night passes in about a minute. Without --home or
    BENCHCTL_HOME it uses a fresh temporary home and says where it is. Scenarios: matched ends approved (0), imbalanced
    is balanced and approved (0), outlier is rejected (3), bms-trip is rejected (3), late-wave has two supplies for
    four batteries and is approved (0), group charges them as two parallel groups and is approved (0).
    """
    play = Play(scenario, seed, faults.bench)
    with _Stop.heard() as stop:
        if headless or as_json:
            show = Show(_home(place), as_json, speed, faults.computer)
            click.echo(f"The home of this demo is {show.home.path}", err=as_json)
            code = _headless(show, play, stop)
        elif sys.stdin.isatty() and sys.stdout.isatty():
            show = Show(_home(place), False, speed or SCREEN_SPEED, faults.computer)
            code = _on_screen(show, play, stop, place.stated)
        else:
            raise UsageFault("The screen needs a terminal; without one, say `benchctl demo --headless`.")
    ctx.exit(code)


def _home(place: Place) -> Home:
    home = place.home() if place.stated else Home(Path(tempfile.mkdtemp(prefix="benchctl-demo-")))
    home.prepare()
    return home


# ---------------------------------------------------------------- without a screen


def _headless(show: Show, play: Play, stop: "_Stop") -> int:
    """Play it to the verdict; the exit code of the run."""
    person, before = Person(show.home, "demo"), frozenset(show.home.run_ids())
    with set_stage(show.home.path, play, show.home.path / "demo-served.toml") as stage:
        if stop.asked:
            return _said(show, None, Verdict.STOPPED, "stopped before the run was started")
        run = _run(show, stage, detached=False, out=None)
        stop.pass_on_to(run)
        with _ended(show.home, run), hostfaults.struck(show.home, before, show.struck):
            while _wait(run, LOOK_S) is None:
                person.look()
        person.leave()
    return _code(show, run, person.run, stop.asked)


def _code(show: Show, run: subprocess.Popen[bytes], name: str | None, stopped: bool) -> int:
    """The run has said its verdict, unless a signal has ended it; then say here what is known."""
    code = run.returncode
    if code >= 0:
        return code
    if name is None:
        verdict = Verdict.STOPPED if stopped else Verdict.NOT_PROVEN
        return _said(show, None, verdict, "ended by a signal before anything was switched on")
    line = _entered(show.home, name)
    if line is not None:  # the engine has outlived its guard, switched off, and said so
        return EXIT_CODES[line.verdict]
    return _said(show, name, Verdict.NOT_PROVEN, f"interrupted: ended by signal {-code}")


def _said(show: Show, run: str | None, verdict: Verdict, reason: str) -> int:
    Teller(show.as_json).verdict(run, verdict, None, (reason,))
    return EXIT_CODES[verdict]


# ---------------------------------------------------------------- with the screen


def _on_screen(show: Show, play: Play, stop: "_Stop", stated: bool) -> int:
    """The same with the screen open on it; whoever leaves the screen ends the demo."""
    from benchctl.tui.app import open_screen  # only here: a headless demo needs no screen

    home, before = show.home, frozenset(show.home.run_ids())
    served = home.path / "demo-served.toml" if stated else home.bench_path  # there `Start` finds it again
    with ExitStack() as stack:
        stage = stack.enter_context(set_stage(home.path, play, served))
        log = stack.enter_context((home.path / "demo.log").open("wb"))
        run = _run(show, stage, detached=True, out=log.fileno())
        stop.pass_on_to(run)
        with _ended(home, run), hostfaults.struck(home, before, show.struck):
            if not stop.asked:
                open_screen(home.path)
        _stop_what_was_started(home)
    new = [name for name in home.run_ids() if name not in before]
    line = _entered(home, new[-1]) if new else None
    click.echo(
        f"The demo has ended with its screen. Its home is {home.path}, its words are in {home.path / 'demo.log'}."
    )
    click.echo(f"Verdict: {line.verdict.value.replace('_', ' ') if line else 'none'}")
    return EXIT_CODES[line.verdict] if line else max(run.returncode, 1)


def _stop_what_was_started(home: Home) -> None:
    """A run that was started from the screen, on the same bench, cannot outlive it."""
    holder = busy(home)
    if holder is not None and holder.guard_pid is not None:
        with suppress(ProcessLookupError):
            os.kill(holder.guard_pid, signal.SIGTERM)
        _await_quiet(home)


def _await_quiet(home: Home) -> None:
    for _ in range(int(END_S / LOOK_S)):
        if busy(home) is None:
            return
        signal.sigtimedwait((), LOOK_S)


# ---------------------------------------------------------------- the run


def _run(show: Show, stage: Stage, detached: bool, out: int | None) -> subprocess.Popen[bytes]:
    """`benchctl run`, which holds the bench's leash too, and is told to stop when this process is killed."""
    words = ["--home", str(show.home.path), "run", str(stage.bank), "--bench", str(stage.bench), "--headless"]
    words += ["--attended", "--temperature", "20", "--operator", "demo"]
    words += ["--json"] if show.as_json else []
    words += ["--speed", f"{show.speed:.6f}".rstrip("0").rstrip(".")] if show.speed is not None else []
    sys.stdout.flush()
    return subprocess.Popen(  # noqa: S603  (ourselves)
        [sys.executable, "-m", "benchctl", *words],
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=out,
        pass_fds=(stage.leash,),
        start_new_session=detached,
        preexec_fn=_stopped_with(os.getpid()),  # one thread only at this point
    )


def _stopped_with(parent: int) -> Callable[[], None]:
    """What a child does to get SIGTERM when its parent dies, however that happens."""
    prctl = ctypes.CDLL(None).prctl

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)

    return tie


def _wait(run: subprocess.Popen[bytes], patience_s: float) -> int | None:
    with suppress(subprocess.TimeoutExpired):
        return run.wait(patience_s)
    return None


@contextmanager
def _ended(home: Home, run: subprocess.Popen[bytes]) -> Iterator[None]:
    """When this is left, the run has ended, and so has an engine whose guard was killed: the bench may go."""
    try:
        yield
    finally:
        if run.poll() is None:
            run.terminate()
        if _wait(run, END_S) is None:
            warn(f"The run did not end within {END_S:g} s; it is killed.")
            run.kill()
            run.wait()
        if run.returncode < 0:
            _await_quiet(home)


def _entered(home: Home, name: str) -> RunLine | None:
    try:
        return Ledger(home.ledger_path).run_line(name)
    except LedgerError:
        return None


class _Stop:
    """Ctrl-C and SIGTERM: passed on to the run, once, which ends in order. A lost terminal ends nothing."""

    def __init__(self) -> None:
        self.asked = False
        self._run: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def heard(cls) -> Iterator["_Stop"]:
        """While this lasts."""
        stop = cls()
        with hearing(stop._hear):
            yield stop

    def pass_on_to(self, run: subprocess.Popen[bytes]) -> None:
        """From now on this is what stops."""
        self._run = run
        if self.asked:
            run.terminate()

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        if not self.asked and self._run is not None:
            self._run.terminate()
        self.asked = True
