"""Which home the commands work in: what was said with `--home`, turned into a `Home` when a command needs one."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from benchctl.edge.home import Home


@dataclass(frozen=True, slots=True)
class Place:
    """The home as it was named: `option` by `--home` (None: it was not), else by the environment."""

    option: str | None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def stated(self) -> bool:
        """Whether anybody named a home at all; if not, it is the platform's user data folder."""
        return bool(self.option or self.environ.get("BENCHCTL_HOME"))

    def home(self) -> "Home":
        """The home. Touches no file."""
        from benchctl.edge.home import locate_home  # only here: `--version` and `--help` need no home

        return locate_home(self.option, self.environ)


pass_place = click.make_pass_decorator(Place)
"""Gives a command its `Place` as first argument."""
