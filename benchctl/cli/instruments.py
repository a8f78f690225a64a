"""`benchctl instruments`: which families are known, what is connected, who answers at an address, and does it do all
that its family claims.
"""

import click

from benchctl.cli.addresses import address_of, visa_option
from benchctl.cli.capability import capabilities, sentences
from benchctl.cli.faults import NO
from benchctl.cli.instrument_check import check
from benchctl.cli.instrument_scan import scan
from benchctl.cli.meeting import Met, recognised
from benchctl.cli.options import json_option
from benchctl.cli.saying import one_line, say
from benchctl.core.dialect.voice import Dialect
from benchctl.core.errors import Refusal
from benchctl.core.text import safe_text
from benchctl.edge.dialects import load_dialect, shipped_dialects
from benchctl.edge.resource import Resource


@click.group()
def instruments() -> None:
    """The instruments that benchctl can speak to, and what is at an address."""


@instruments.command("list")
@json_option
def listed(as_json: bool) -> None:
    """List the known dialects: the families of instruments, how they are reached, and what their models can do."""
    dialects = [load_dialect(name) for name in shipped_dialects()]
    if as_json:
        one_line([_table(dialect) for dialect in dialects])
        return
    for dialect in dialects:
        say(f"{dialect.name}  {dialect.kind.value}  {dialect.title}")
        say(f"    reached by {', '.join(_ways(dialect))}")
        for line in sentences(dialect):
            say(f"    {line}")


instruments.add_command(scan)
instruments.add_command(check)


@instruments.command("identify")
@click.argument("resource")
@visa_option
@json_option
@click.pass_context
def identified(ctx: click.Context, resource: str, visa: str, as_json: bool) -> None:
    """Ask what is at RESOURCE who it is, such as TCPIP::192.168.1.20::5555::SOCKET or ASRL/dev/ttyUSB0::INSTR.

    Only its identity is asked, in each way that a known family is asked. Exit code 1 if nothing that is known answers.
    """
    address = address_of(resource)
    try:
        found = recognised(address.spelling, address.spelling, visa)
    except Refusal as refusal:
        _say_unknown(address, str(refusal), as_json)
        ctx.exit(NO)
    if as_json:
        one_line(_identity_table(address, found) | {"sentence": None})
        return
    identity = found.identity
    say(f"{identity.maker} {identity.model}, serial {identity.serial or 'not stated'}, firmware {identity.firmware}")
    say(f"    dialect {found.dialect.name}, model {found.model.name}")


def _say_unknown(address: Resource, sentence: str, as_json: bool) -> None:
    if as_json:
        nothing = dict.fromkeys(("dialect", "model", "maker", "serial", "firmware", "raw", "baud"))
        one_line({"resource": address.spelling, **nothing, "sentence": safe_text(sentence, 500)})
    else:
        say(sentence)


def _identity_table(address: Resource, found: Met) -> dict[str, object]:
    identity = found.identity
    return {
        "resource": address.spelling,
        "dialect": found.dialect.name,
        "model": found.model.name,
        "maker": identity.maker,
        "serial": identity.serial,
        "firmware": identity.firmware,
        "raw": identity.raw,
        "baud": found.baud,
    }


def _table(dialect: Dialect) -> dict[str, object]:
    return {
        "dialect": dialect.name,
        "title": dialect.title,
        "kind": dialect.kind.value,
        "models": _models(dialect),
        "reached_by": _ways(dialect),
        "capabilities": capabilities(dialect),
    }


def _models(dialect: Dialect) -> list[str]:
    return list(dict.fromkeys(model.name for model in dialect.models.values()))


def _ways(dialect: Dialect) -> list[str]:
    way = dialect.transport
    socket = [] if way.socket_port is None else [f"socket (port {way.socket_port})"]
    others = (("serial port", way.serial is not None), ("USB", way.usbtmc), ("VXI-11 or HiSLIP", way.vxi11))
    return [*socket, *(name for name, has in others if has)]
