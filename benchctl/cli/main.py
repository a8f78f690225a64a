"""`benchctl`: the command line. What a command needs is loaded when that command is called, and not before."""

import errno
import importlib

import click

from benchctl import __version__
from benchctl.cli.place import Place

COMMANDS = {
    "run": "benchctl.cli.run:run",
    "demo": "benchctl.cli.demo:demo",
    "status": "benchctl.cli.status:status",
    "stop": "benchctl.cli.wishes:stop",
    "off": "benchctl.cli.off:off",
    "answer": "benchctl.cli.wishes:answer",
    "ack": "benchctl.cli.wishes:ack",
    "reset": "benchctl.cli.wishes:reset",
    "check": "benchctl.cli.check:check",
    "plan": "benchctl.cli.plan:plan",
    "bank": "benchctl.cli.bank:bank",
    "instruments": "benchctl.cli.instruments:instruments",
    "records": "benchctl.cli.records:records",
    "sim": "benchctl.cli.sim:sim",
}
"""Where each command is, in the order in which `--help` shows them."""

SCREEN = "benchctl.cli.screen:open_screen"
"""What `benchctl` alone calls, with its `Place`."""


class Program(click.Group):
    """Commands by name, each imported when it is asked for; faults become sentences and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See click."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See click."""
        del ctx
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        command = _loaded(target)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """See click. Whatever is no bug ends here."""
        from benchctl.cli.faults import NO, complain, exit_code, warn  # only here: `--version` needs none of it
        from benchctl.core.errors import BenchctlError

        try:
            return super().invoke(ctx)
        except BenchctlError as fault:
            complain(fault)
            ctx.exit(exit_code(fault))
        except OSError as fault:
            if fault.errno == errno.EPIPE:  # whoever read our output has gone
                raise
            warn(f"The disk or the system does not let this happen: {fault}")
            ctx.exit(NO)


def _loaded(target: str) -> object:
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


@click.group(cls=Program, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="benchctl")
@click.option(
    "--home",
    metavar="DIR",
    help="The folder that holds journals, inbox and ledger. Else BENCHCTL_HOME, else your user data folder.",
)
@click.pass_context
def benchctl(ctx: click.Context, home: str | None) -> None:
    """Prepare LiFePO4 batteries for a series string: charge each alone, let it rest, prove that all agree.

    Without a command, the screen opens on this home.
    """
    ctx.obj = Place(home)
    if ctx.invoked_subcommand is None:
        screen = _loaded(SCREEN)
        assert callable(screen)
        screen(ctx.obj)


def main() -> None:
    """The command `benchctl`."""
    benchctl()
