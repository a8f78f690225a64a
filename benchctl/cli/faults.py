"""What went wrong, said to the person who can put it right: sentences on standard error, and the exit code.

Exit codes: 2 a file or a command line that is wrong, 7 well said but refused, 1 everything else that is no bug.
"""

import sys

import click

from benchctl.core.errors import BenchctlError, FileFault, Refusal, UsageFault
from benchctl.core.text import safe_text

NO, WRONG, REFUSED = 1, 2, 7
"""Exit codes; those of a run's verdict are in `engine.telling`."""

_LONGEST = 1000


def exit_code(fault: BenchctlError) -> int:
    """The exit code that tells a script whose fault it was."""
    if isinstance(fault, FileFault | UsageFault):
        return WRONG
    return REFUSED if isinstance(fault, Refusal) else NO


def sentences(fault: BenchctlError) -> tuple[str, ...]:
    """The fault's sentences, safe to show."""
    return tuple(safe_text(line, _LONGEST) for line in str(fault).splitlines() if line.strip())


def complain(fault: BenchctlError) -> None:
    """All its sentences on standard error."""
    for sentence in sentences(fault):
        warn(sentence)


def warn(sentence: str) -> None:
    """One sentence on standard error; a terminal that is gone is nobody's fault."""
    try:
        click.echo(safe_text(sentence, _LONGEST), err=True)
        sys.stderr.flush()
    except OSError:
        """Whoever is gone needs no sentence."""
