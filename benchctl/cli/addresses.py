"""Addresses of instruments as they are given on a command line."""

import click

from benchctl.core.errors import UsageFault
from benchctl.core.model import PYVISA_PY
from benchctl.core.text import safe_text
from benchctl.edge.benchtables import LIBRARIES
from benchctl.edge.resource import SHAPES, Resource, parse_resource

visa_option = click.option(
    "--visa",
    type=click.Choice(LIBRARIES),
    default=PYVISA_PY,
    show_default=True,
    help="The VISA library: pyvisa-py, or the one that is installed on this machine.",
)


def address_of(resource: str) -> Resource:
    """A resource string taken apart. Raises UsageFault."""
    try:
        return parse_resource(resource)
    except ValueError as fault:
        raise UsageFault(f"{safe_text(resource)!r} {fault}; would be one like {SHAPES}") from fault
