"""What commands other than `run` say on standard output: a line of text for people, or exactly one line of JSON."""

import json
from collections.abc import Mapping, Sequence

import click

from benchctl.core.text import safe_text

_LONGEST = 500


def say(text: str) -> None:
    """One line of text, whatever is in it."""
    click.echo(safe_text(text, _LONGEST))


def one_line(value: Mapping[str, object] | Sequence[object]) -> None:
    """One JSON object or array on one line."""
    click.echo(json.dumps(value, ensure_ascii=True, allow_nan=False))
