"""`benchctl off`: every supply of the bench off and proven off, whatever else is going on or broken.

First the engine is asked, by inbox and by signal; if its run has not ended within `ASK_S`, the engine is ended and its
guard switches everything off; then this process goes to every supply itself, which is also the proof. Needs neither
the journal nor a disk that can be written.
"""

import signal
import threading
from contextlib import suppress
from pathlib import Path

import click

from benchctl.cli.faults import NO, warn
from benchctl.cli.options import json_option, operator_option
from benchctl.cli.place import Place, pass_place
from benchctl.cli.processes import ended, engine_of, guard_of, send
from benchctl.cli.saying import one_line, say
from benchctl.core.wishes import OffRequested
from benchctl.edge.home import Holder, Home, busy
from benchctl.edge.inbox import NoAnswer, ask

HEARD_S, ASK_S, FENCE_S = 0.2, 4.0, 10.0
"""How long an answer has before the signal goes as well, then the engine to end its run, then the guard."""


@click.command()
@click.option(
    "--bench", type=click.Path(path_type=Path), metavar="FILE", help="Default: the bench of the last run here."
)
@operator_option
@json_option
@pass_place
@click.pass_context
def off(ctx: click.Context, place: Place, bench: Path | None, operator: str | None, as_json: bool) -> None:
    """Switch every output of the bench off, now, and prove it; a run that is going on ends with that.

    Works with a broken disk, a hanging engine and no run at all. Prints a line for each supply. Exit code 0 only if
    every one answered that it is off; for one that did not: switch it off by hand.
    """
    home = place.home()
    holder = busy(home)
    if holder is not None:
        _end_run(home, holder, operator)
    from benchctl.cli.direct import bench_off  # only here: the engine is asked before anything heavy is loaded

    proofs = bench_off(home, bench)
    if as_json:
        supplies = [{"supply": each.supply, "off": each.off, "why": each.why} for each in proofs]
        one_line({"off": all(each.off for each in proofs), "supplies": supplies})
    else:
        for each in proofs:
            say(each.sentence)
    ctx.exit(0 if all(each.off for each in proofs) else NO)


def _end_run(home: Home, holder: Holder, operator: str | None) -> None:
    """Ask the engine; if that does not end its run, end the engine, so that its guard switches off."""
    wish = threading.Thread(target=_wished, args=(home, operator), daemon=True)
    wish.start()
    wish.join(HEARD_S)
    engine = engine_of(holder)
    if engine is None:
        send(guard_of(holder), signal.SIGTERM)
    elif wish.is_alive():
        send(engine, signal.SIGUSR1)
    if ended(home, holder.run, ASK_S):
        return
    warn(f"The run has not ended within {ASK_S:g} s of being asked; its engine is ended now.")
    send(engine_of(busy(home)), signal.SIGKILL)
    if not ended(home, holder.run, FENCE_S):
        warn(f"Its guard has not finished within {FENCE_S:g} s.")


def _wished(home: Home, operator: str | None) -> None:
    with suppress(NoAnswer):
        ask(home.inbox_dir, OffRequested(operator), ASK_S)
