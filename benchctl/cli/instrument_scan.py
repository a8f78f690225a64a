"""`benchctl instruments scan`: what is connected to this machine, and, if a network is named, who listens there."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Network

import click

from benchctl.cli.addresses import visa_option
from benchctl.cli.faults import warn
from benchctl.cli.options import json_option
from benchctl.cli.saying import one_line, say
from benchctl.core.dialect.voice import printable
from benchctl.core.errors import UsageFault
from benchctl.core.text import safe_text
from benchctl.edge.dialects import load_dialect, recognise, shipped_dialects
from benchctl.edge.finding import AT_ONCE, SerialPort, answer_to, listening, serial_ports, visa_resources

MOST_ADDRESSES = 256
UNKNOWN: dict[str, object] = dict.fromkeys(("device", "usb", "idn", "dialect", "model", "serial"))


@click.command("scan")
@click.option("--subnet", metavar="CIDR", help="Look into this network too, at most 256 addresses: 192.168.1.0/24.")
@visa_option
@json_option
def scan(subnet: str | None, visa: str, as_json: bool) -> None:
    """List what is connected: USB instruments, serial ports with the identity of their adapters.

    Nothing is sent to any of them. Only with --subnet, the ports of the known families are tried at each address of
    that network, and whoever listens is asked once who it is.
    """
    network = None if subnet is None else _network(subnet)
    rows = [*_visa_rows(visa), *map(_serial_row, serial_ports())]
    if network is not None:
        rows += _network_rows(network)
    if as_json:
        one_line(rows)
        return
    for row in rows:
        say(f"{row['resource']}  {_words(row)}".rstrip())
    if not rows:
        say("Nothing is connected that this machine knows of.")


def _network(text: str) -> IPv4Network:
    try:
        network = IPv4Network(text, strict=False)
    except ValueError as fault:
        sentence = f"--subnet: {safe_text(text)!r} is no IPv4 network; would be one like 192.168.1.0/24"
        raise UsageFault(sentence) from fault
    if network.num_addresses > MOST_ADDRESSES:
        raise UsageFault(
            f"--subnet: {network} has {network.num_addresses} addresses; at most {MOST_ADDRESSES} are looked at: a /24"
        )
    return network


def _visa_rows(visa: str) -> list[dict[str, object]]:
    try:
        return [{"resource": safe_text(each), **UNKNOWN, "found_by": "visa"} for each in visa_resources(visa)]
    except OSError as fault:
        warn(f"VISA ({visa}): {fault}")
        return []


def _serial_row(port: SerialPort) -> dict[str, object]:
    usb = None
    if port.usb is not None:
        usb = {
            "vid": f"{port.usb.vendor:04x}",
            "pid": f"{port.usb.product:04x}",
            "serial": _safe(port.usb.serial),
            "name": _safe(port.usb.name),
        }
    return {"resource": safe_text(port.resource), **UNKNOWN, "device": port.device, "usb": usb, "found_by": "serial"}


def _safe(text: str | None) -> str | None:
    return None if text is None else safe_text(text)


def _network_rows(network: IPv4Network) -> list[dict[str, object]]:
    questions = _questions()
    places = listening(map(str, network.hosts()), questions)
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        answers = list(pool.map(lambda place: answer_to(questions[place[1]], place), places))
    return [_network_row(place, raw) for place, raw in zip(places, answers, strict=True)]


def _questions() -> dict[int, bytes]:
    """For each port of a known family, how most of those who use it are asked who they are."""
    asked: dict[int, Counter[bytes]] = {}
    for dialect in map(load_dialect, shipped_dialects()):
        if dialect.transport.socket_port is not None:
            asked.setdefault(dialect.transport.socket_port, Counter())[dialect.identify.write] += 1
    return {port: writes.most_common(1)[0][0] for port, writes in asked.items()}


def _network_row(place: tuple[str, int], raw: bytes) -> dict[str, object]:
    row = {"resource": f"TCPIP::{place[0]}::{place[1]}::SOCKET", **UNKNOWN, "found_by": "subnet"}
    if not raw:
        return row
    found = recognise(raw)
    row["idn"] = printable(raw).removesuffix("\\x0a").removesuffix("\\x0d")
    if found is not None:
        row |= {"dialect": found.dialect.name, "model": found.model.name, "serial": found.identity.serial}
    return row


def _words(row: dict[str, object]) -> str:
    return ", ".join(_parts(row))


def _parts(row: dict[str, object]) -> Iterator[str]:
    usb = row["usb"]
    if isinstance(usb, dict):
        yield f"{row['device']}: {usb['name'] or 'USB'} {usb['vid']}:{usb['pid']}"
        yield f"serial {usb['serial'] or 'not stated'}"
    elif row["device"] is not None:
        yield str(row["device"])
    if row["idn"] is not None:
        yield f"'{row['idn']}'"
        yield f"dialect {row['dialect']}" if row["dialect"] else "no dialect that is known"
    elif row["found_by"] == "subnet":
        yield "listens, but does not say who it is"
