"""What contradicts itself in a bench file: each value fits for itself, together they do not.

The checks look at what is sound, so that a fault beside it hides no contradiction.
"""

from collections.abc import Collection, Iterator

from benchctl.edge.benchtables import channel_ref
from benchctl.edge.resource import Transport, parse_resource
from benchctl.edge.schema import Checklist, nearest, shown
from benchctl.edge.toml_lines import KeyPath

_Texts = list[tuple[KeyPath, dict[str, str]]]


def check_packs(checklist: Checklist) -> None:
    """A pack hangs on a position of the file, and none hangs where another does."""
    names = _position_names(checklist)
    seen: set[str] = set()
    for path, pack in checklist.sound_texts(("simulation", "packs")):
        position = pack.get("position")
        if position is None:
            continue
        if position not in names:
            sentence = f"names {shown(position)}, no position of this file; {nearest(position, names)}"
            checklist.complain((*path, "position"), sentence)
        if position in seen:
            sentence = f"puts a second pack on {shown(position)}; leave it out for one that comes later"
            checklist.complain((*path, "position"), sentence)
        seen.add(position)


def check_resources(checklist: Checklist, to_serve: bool) -> None:
    """Every instrument has an address of its own. `to_serve`: port 0 stands for any free one."""
    owners: dict[str, str] = {}
    for path, name, address in _addresses(checklist):
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


def check_bauds(checklist: Checklist) -> None:
    """Only a serial port has a rate."""
    for path, instrument in checklist.sound_texts(("instruments",)):
        ways = [parse_resource(instrument[key]).kind for key in ("resource", "off_resource") if key in instrument]
        stated = "baud" in checklist.sound(path)
        if stated and ways and Transport.SERIAL not in ways:
            checklist.complain((*path, "baud"), "is given, but nothing here is a serial port; would be left out")


def check_simulated(checklist: Checklist, to_serve: bool) -> None:
    """A clock only for a simulated bench, and no real instrument on it: time would run away from it."""
    bench = checklist.sound(("bench",))
    simulated = bench.get("simulated") is True
    if "clock" in bench and not simulated:
        checklist.complain(("bench", "clock"), "is given for a real bench; would stand only with simulated = true")
    if not simulated or to_serve:
        return
    for path, _, address in _addresses(checklist):
        if not parse_resource(address).loopback:
            sentence = "is not on this machine, but the bench says simulated = true; would be one or the other"
            checklist.complain(path, sentence)


def check_positions(checklist: Checklist) -> None:
    """Names are told apart, instruments are there, and no channel does two things."""
    instruments = checklist.toml.table.get("instruments")
    known = instruments if isinstance(instruments, dict) else {}
    positions = checklist.sound_texts(("positions",))
    used: dict[str, str] = {}
    for path, position in positions:
        for key in ("supply", "meter", "temperature"):
            if key in position:
                _check_instrument(checklist, (*path, key), position[key], known)
                _check_use(checklist, (*path, key), position[key], position.get("name", "another position"), used)
    _check_names(checklist, positions)
    _check_roles(checklist, positions)


def _addresses(checklist: Checklist) -> Iterator[tuple[KeyPath, str, str]]:
    """Every sound address with its path and its instrument."""
    for path, instrument in checklist.sound_texts(("instruments",)):
        for key in ("resource", "off_resource"):
            if key in instrument:
                yield (*path, key), str(path[-1]), instrument[key]


def _position_names(checklist: Checklist) -> list[str]:
    """All names of positions as written, sound or not."""
    positions = checklist.toml.table.get("positions")
    tables = positions if isinstance(positions, list) else []
    return [str(each.get("name")) for each in tables if isinstance(each, dict)]


def _check_names(checklist: Checklist, positions: _Texts) -> None:
    seen: set[str] = set()
    for path, position in positions:
        name = position.get("name")
        if name is None:
            continue
        if name.lower() in seen:
            checklist.complain((*path, "name"), f"is {shown(name)} for a second time; would be a name of its own")
        seen.add(name.lower())


def _check_instrument(checklist: Checklist, path: KeyPath, value: str, instruments: Collection[str]) -> None:
    name = value.partition(":")[0]
    if instruments and name not in instruments:
        checklist.complain(path, f"names {shown(name)}, no instrument of this file; {nearest(name, instruments)}")


def _check_use(checklist: Checklist, path: KeyPath, value: str, position: str, used: dict[str, str]) -> None:
    """A channel does one thing; only probes held by hand, and a thermometer of the room, serve many positions."""
    if ":" not in value:
        return
    channel = str(channel_ref(value))  # one spelling: `psu1:01` is `psu1:1`
    if channel not in used:
        used[channel] = f"the {path[-1]} of {position}"
    elif path[-1] != "temperature" or not used[channel].startswith("the temperature"):
        checklist.complain(path, f"is {shown(channel)}, which is {used[channel]} already; would be another channel")


def _check_roles(checklist: Checklist, positions: _Texts) -> None:
    supplies = {each["supply"].partition(":")[0] for _, each in positions if "supply" in each}
    meters = [((*path, "meter"), each["meter"]) for path, each in positions if "meter" in each]
    wired = {meter.partition(":")[0] for _, meter in meters if ":" in meter}
    for path, meter in meters:
        name = meter.partition(":")[0]
        if name in supplies:
            checklist.complain(path, f"names the supply {shown(name)}; would be a meter of its own")
        if ":" not in meter and name in wired:
            sentence = f"is probed by hand here, but {shown(name)} is wired elsewhere; would be one or the other"
            checklist.complain(path, sentence)
