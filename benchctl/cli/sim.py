"""`benchctl sim`: serve a simulated bench, or one simulated instrument, on this machine's loopback and ptys."""

from collections.abc import Mapping
from pathlib import Path

import click

from benchctl.cli.options import FAULT_HELP, quantity, stated_faults
from benchctl.core.errors import UsageFault

_OF_ONE = ("model", "port", "serial", "battery", "load_ohms", "volts")
_OF_A_BENCH = ("write_bench", "lock_step", "fault")


@click.command()
@click.argument("bench", type=click.Path(path_type=Path), metavar="[BENCH.toml]", required=False)
@click.option("--write-bench", type=click.Path(path_type=Path), metavar="FILE", help="Write the bench file for `run`.")
@click.option("--lock-step", is_flag=True, help="Offer a clock: time moves only when the engine asks it to.")
@click.option("--seed", type=int, metavar="N", help="Draws all that is not stated; without it, new each time.")
@click.option("--dialect", metavar="NAME", help="Serve one instrument instead, of this dialect.")
@click.option("--model", metavar="M", help="Its name on the front panel, such as DP832.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="Its port; 0 or none: a free one.")
@click.option("--serial", is_flag=True, help="Serve it on a pty, as a serial port.")
@click.option("--battery", callback=quantity(0.0, 1.0, "0.5"), metavar="SOC", help="A battery hangs on it, so full.")
@click.option("--load-ohms", callback=quantity(0.001, 999999.0, "10"), metavar="R", help="A resistor hangs on it.")
@click.option("--volts", callback=quantity(0.0, 1000.0, "12.8"), metavar="V", help="A voltage source hangs on it.")
@click.option("--fault", callback=stated_faults, multiple=True, metavar="NAME@TIME", help=FAULT_HELP)
@click.option("--faults", is_flag=True, help="List what can go wrong, and serve nothing.")
def sim(bench: Path | None, seed: int | None, faults: bool, **chosen: object) -> None:
    """Serve a whole simulated bench, or with --dialect one simulated instrument, until SIGTERM or Ctrl-C.

    A bench is served from its file, each instrument on a free loopback port or a pty; --write-bench writes the file
    that `benchctl run --bench` uses as if it were real, when every port listens. One instrument says in a line of
    JSON where it is.
    """
    if faults:
        from benchctl.sim.faults import listing

        click.echo(listing())
        return
    dialect = chosen.pop("dialect")
    if bench is not None and dialect is not None:
        raise UsageFault("A bench file or --dialect, not both: a bench file says itself what its instruments are.")
    if bench is not None:
        _refuse(chosen, _OF_ONE, "goes with --dialect NAME, not with a bench file")
        _serve_bench(bench, seed, chosen)
    elif dialect is not None:
        _refuse(chosen, _OF_A_BENCH, "goes with a bench file, not with --dialect")
        _serve_one(str(dialect), seed, chosen)
    else:
        raise UsageFault("Name a bench file to serve, or --dialect NAME for one instrument.")


def _refuse(chosen: Mapping[str, object], names: tuple[str, ...], why: str) -> None:
    for name in _given(chosen, names):
        raise UsageFault(f"{name} {why}.")


def _given(chosen: Mapping[str, object], names: tuple[str, ...]) -> list[str]:
    """As they are written. 0 is said, too."""
    return [f"--{name.replace('_', '-')}" for name in names if _is_given(chosen[name])]


def _is_given(value: object) -> bool:
    return value is not None and value is not False and value != ()


def _serve_bench(bench: Path, seed: int | None, chosen: Mapping[str, object]) -> None:
    from benchctl.sim.faults import parse  # only here: `--help` needs no simulator
    from benchctl.sim.serving import serve

    written, lock_step, said = chosen["write_bench"], chosen["lock_step"], chosen["fault"]
    faults = [parse(str(text)) for text in said] if isinstance(said, tuple) else []
    serve(bench, written if isinstance(written, Path) else None, bool(lock_step), seed, faults=faults)


def _serve_one(dialect: str, seed: int | None, chosen: Mapping[str, object]) -> None:
    from benchctl.sim.serving import serve_one
    from benchctl.sim.single import Attached

    _refuse_two(chosen, ("port", "serial"), "it is reached in one way only")
    _refuse_two(chosen, ("battery", "load_ohms", "volts"), "only one thing can hang on its terminals")
    model, port = chosen["model"], chosen["port"]
    attached = Attached(*(_number(chosen[name]) for name in ("battery", "load_ohms", "volts")))
    where = None if chosen["serial"] else port if isinstance(port, int) else 0
    serve_one(dialect, model if isinstance(model, str) else None, where, attached, seed)


def _refuse_two(chosen: Mapping[str, object], names: tuple[str, ...], why: str) -> None:
    given = _given(chosen, names)
    if len(given) > 1:
        raise UsageFault(f"{' and '.join(given)}: {why}.")


def _number(value: object) -> float | None:
    return value if isinstance(value, float) else None
