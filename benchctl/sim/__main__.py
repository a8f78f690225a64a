"""`python -m benchctl.sim`: the simulated bench without the rest of the program. The options of `benchctl sim`."""

import argparse
import sys
from pathlib import Path

from benchctl.core.errors import BenchctlError, UsageFault
from benchctl.sim.bench import AMP_HOURS
from benchctl.sim.faults import parse
from benchctl.sim.fleet import scenario
from benchctl.sim.pack import PackSpec
from benchctl.sim.serving import serve, serve_one
from benchctl.sim.single import Attached


def main(arguments: list[str]) -> int:
    """Serve until a signal ends it. Returns the exit code: 0, or 2 for bad usage or a bad file."""
    try:
        _serve(_parser().parse_args(arguments))
    except BenchctlError as fault:
        print(fault, file=sys.stderr)
        return 2
    return 0


def _serve(chosen: argparse.Namespace) -> None:
    if chosen.dialect is not None:
        attached = Attached(chosen.battery, chosen.load_ohms, chosen.volts)
        serve_one(chosen.dialect, chosen.model, None if chosen.serial else chosen.port, attached, chosen.seed)
    elif chosen.bench is not None:
        leash = sys.stdin.fileno() if chosen.leashed else None
        faults = [parse(text) for text in chosen.fault]
        serve(chosen.bench, chosen.write_bench, chosen.lock_step, chosen.seed, _specs(chosen), leash, faults)
    else:
        raise UsageFault("name a bench file, or --dialect NAME for one instrument")


def _specs(chosen: argparse.Namespace) -> tuple[PackSpec, ...]:
    if chosen.scenario is None:
        return ()
    try:
        return scenario(chosen.scenario, chosen.seed or 0, chosen.batteries, chosen.amp_hours)
    except ValueError as fault:
        raise UsageFault(str(fault)) from fault


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchctl.sim", description=__doc__)
    parser.add_argument("bench", nargs="?", type=Path)
    parser.add_argument("--write-bench", type=Path)
    parser.add_argument("--lock-step", action="store_true")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--scenario", help="batteries of a named scenario instead of the file's")
    parser.add_argument("--batteries", type=int, default=4, help="how many of them")
    parser.add_argument("--amp-hours", type=float, default=AMP_HOURS, help="of each of them")
    parser.add_argument("--fault", action="append", default=[], help="NAME@TIME: what goes wrong, and when")
    parser.add_argument("--leashed", action="store_true", help="end when standard input does")
    parser.add_argument("--dialect")
    parser.add_argument("--model")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--serial", action="store_true")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--battery", type=float, metavar="SOC")
    what.add_argument("--load-ohms", type=float, metavar="R")
    what.add_argument("--volts", type=float, metavar="V")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
