"""What contradicts itself in a bench file whose tables are each well formed."""

from collections.abc import Collection, Iterator

from benchctl.edge.benchtables import BenchTable, Instruments, PackTable, Positions, channel_ref
from benchctl.edge.resource import Transport, parse_resource
from benchctl.edge.schema import Checklist, nearest, shown
from benchctl.edge.toml_lines import KeyPath


def check_packs(checklist: Checklist, packs: list[tuple[KeyPath, PackTable]], positions: Collection[str]) -> None:
    """A pack hangs on a position of the file, and none hangs where another does."""
    seen: set[str] = set()
    for path, each in packs:
        if each.position is None:
            continue
        if each.position not in positions:
            sentence = f"names {shown(each.position)}, no position of this file; {nearest(each.position, positions)}"
            checklist.complain((*path, "position"), sentence)
        if each.position in seen:
            sentence = f"puts a second pack on {shown(each.position)}; leave it out for one that comes later"
            checklist.complain((*path, "position"), sentence)
        seen.add(each.position)


def check_resources(checklist: Checklist, instruments: Instruments, to_serve: bool) -> None:
    """Every instrument has an address of its own. `to_serve`: port 0 stands for any free one."""
    owners: dict[str, str] = {}
    for path, name, address in _addresses(instruments):
        resource = parse_resource(address)
        if resource.port == 0:
            if not to_serve:
                checklist.complain(path, "names port 0, which no instrument has; would be the port it listens on")
            continue
        owner = owners.setdefault(resource.canonical, name)
        if owner != name:
            checklist.complain(path, f"is the address of {shown(owner)} already; would be another for each instrument")
        if path[-1] == "off_resource" and resource.kind not in (Transport.SOCKET, Transport.SERIAL):
            checklist.complain(path, "is no socket or serial port; would be one, for the guard opens it by itself")


def _addresses(instruments: Instruments) -> Iterator[tuple[KeyPath, str, str]]:
    for name, each in instruments.items():
        if each is None:
            continue
        yield ("instruments", name, "resource"), name, each.resource
        if each.off_resource is not None:
            yield ("instruments", name, "off_resource"), name, each.off_resource


def check_simulated(checklist: Checklist, bench: BenchTable | None, instruments: Instruments, to_serve: bool) -> None:
    """A clock only for a simulated bench, and no real instrument on it: time would run away from it."""
    if bench is None:
        return
    if bench.clock is not None and not bench.simulated:
        checklist.complain(("bench", "clock"), "is given for a real bench; would stand only with simulated = true")
    if not bench.simulated or to_serve:
        return
    for path, _, address in _addresses(instruments):
        if not parse_resource(address).loopback:
            sentence = "is not on this machine, but the bench says simulated = true; would be one or the other"
            checklist.complain(path, sentence)


def check_positions(checklist: Checklist, positions: Positions, instruments: Instruments) -> None:
    """Names are told apart, instruments are there, and no channel does two things."""
    names: dict[str, str] = {}
    used: dict[str, str] = {}
    for path, each in positions:
        if each.name.lower() in names:
            checklist.complain((*path, "name"), f"is {shown(each.name)} for a second time; would be a name of its own")
        names.setdefault(each.name.lower(), each.name)
        for key, value in (("supply", each.supply), ("meter", each.meter), ("temperature", each.temperature)):
            if value is not None:
                _check_instrument(checklist, (*path, key), value, instruments)
                _check_use(checklist, (*path, key), _normal(value), each.name, used)
    _check_roles(checklist, positions)


def _check_instrument(checklist: Checklist, path: KeyPath, value: str, instruments: Instruments) -> None:
    name = value.partition(":")[0]
    if instruments and name not in instruments:
        checklist.complain(path, f"names {shown(name)}, no instrument of this file; {nearest(name, instruments)}")


def _check_use(checklist: Checklist, path: KeyPath, channel: str, position: str, used: dict[str, str]) -> None:
    """A channel does one thing; only probes held by hand, and a thermometer of the room, serve many positions."""
    if ":" not in channel:
        return
    use = f"the {path[-1]} of {position}"
    earlier = used.setdefault(channel, use)
    if earlier != use and not (earlier.startswith("the temperature") and use.startswith("the temperature")):
        checklist.complain(path, f"is {shown(channel)}, which is {earlier} already; would be another channel")


def _check_roles(checklist: Checklist, positions: Positions) -> None:
    supplies = {each.supply.partition(":")[0] for _, each in positions}
    wired = {each.meter.partition(":")[0] for _, each in positions if ":" in each.meter}
    for path, each in positions:
        name = each.meter.partition(":")[0]
        if name in supplies:
            checklist.complain((*path, "meter"), f"names the supply {shown(name)}; would be a meter of its own")
        if ":" not in each.meter and name in wired:
            sentence = f"is probed by hand here, but {shown(name)} is wired elsewhere; would be one or the other"
            checklist.complain((*path, "meter"), sentence)


def _normal(value: str) -> str:
    """One spelling of a channel: `psu1:01` is `psu1:1`."""
    return str(channel_ref(value)) if ":" in value else value
