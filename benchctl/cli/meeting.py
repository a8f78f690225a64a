"""Who is at one address: asked in the way of the family that is expected there, or in the ways of all that are known.

Met              an instrument that has said who it is, and the rate of its serial port
expected         the instrument that a bench file states
recognised       what is at an address of which nothing else is known
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from benchctl.core.dialect.conversation import identify, run_conversation
from benchctl.core.dialect.dialogue import LinkFault
from benchctl.core.dialect.voice import Dialect, Exchange, Model, Serial, printable
from benchctl.core.errors import Refusal
from benchctl.core.messages import Identified, WireFailed
from benchctl.core.model import PYVISA_PY, AbsenceReason, Identity, InstrumentEntry
from benchctl.edge.dialects import load_dialect, recognise, shipped_dialects
from benchctl.edge.link import Link, line_of, open_link
from benchctl.edge.resource import Transport, parse_resource

PATIENCE_S = 1.5
"""For an answer on a serial port of which nobody knows what hangs on it: there are many ways to ask."""

HUSH_S = 0.1


@dataclass(frozen=True, slots=True)
class Met:
    """An instrument at its address. `baud` None: it is not on a serial port."""

    dialect: Dialect
    model: Model
    identity: Identity
    baud: int | None


class Stranger(Refusal):
    """Somebody answers, but nobody of the family that was expected."""


def expected(entry: InstrumentEntry, library: str = PYVISA_PY) -> Met:
    """The instrument, if it is of the family that the bench file states. On a serial port the rates of the family are
    tried in turn, unless the bench file states one. Raises Stranger, Refusal."""
    assert entry.dialect is not None
    dialect = load_dialect(entry.dialect)
    on_serial = parse_resource(entry.resource).kind is Transport.SERIAL
    line = line_of(entry, dialect) if on_serial else None
    failed: WireFailed | None = None
    for each in _at_each_rate(line):
        event = _asked_at(entry, dialect, each, library, again=failed is not None)
        if isinstance(event, Identified):
            return _of_the_family(entry, dialect, event.identity, _rate(each))
        failed = failed or event
        if event.reason is AbsenceReason.WRONG_INSTRUMENT:
            raise Stranger(_stranger(entry, dialect, event))
    assert failed is not None
    raise Refusal(_silent(entry, failed, line))


def recognised(resource: str, place: str, library: str = PYVISA_PY) -> Met:
    """What answers at this address, whatever family it is of. Raises Refusal. `place` names it in sentences."""
    faults: list[str] = []
    for exchange, serial in _probes(parse_resource(resource).kind):
        with closing(_opened(resource, serial, place, library)) as link:
            try:
                raw = link.ask(exchange)
            except LinkFault as fault:
                faults += [fault.detail] if fault.reason is not AbsenceReason.TIMEOUT or not faults else []
                continue
        found = recognise(raw)
        if found is not None:
            return Met(found.dialect, found.model, found.identity, _rate(serial))
        faults.insert(0, _unknown(raw, place))
    raise Refusal(faults[0])


def _at_each_rate(line: Serial | None) -> Iterator[Serial | None]:
    if line is None:
        yield None
        return
    yield from (replace(line, baud=(baud,)) for baud in line.baud)


def _rate(line: Serial | None) -> int | None:
    return None if line is None else line.baud[0]


def _asked_at(
    entry: InstrumentEntry, dialect: Dialect, line: Serial | None, library: str, again: bool
) -> Identified | WireFailed:
    """`again`: something was said at another rate before; an end of line ends what the instrument made of that."""
    with closing(_opened(entry.resource, line, entry.name, library)) as link:
        if again and dialect.write_terminator:
            link.ask(Exchange("hush", dialect.write_terminator, None, HUSH_S, HUSH_S))
        event = run_conversation(identify(entry.name, dialect, None), link).event
    assert isinstance(event, Identified | WireFailed)
    return event


def _of_the_family(entry: InstrumentEntry, dialect: Dialect, identity: Identity, baud: int | None) -> Met:
    model = dialect.models.get(identity.model)
    if model is None:
        raise Stranger(
            f"{entry.name}: '{identity.raw}' answers, which is no model of {dialect.name} that is known: "
            f"{', '.join(dialect.models)}."
        )
    return Met(dialect, model, identity, baud)


def _stranger(entry: InstrumentEntry, dialect: Dialect, event: WireFailed) -> str:
    detail = _detail(entry, event)
    return f"{entry.name}: it is to be a {dialect.name}, but {detail}. Look at its address and its cables."


def _silent(entry: InstrumentEntry, event: WireFailed, line: Serial | None) -> str:
    rates = f", at {', '.join(map(str, line.baud))} baud" if line is not None else ""
    return (
        f"{entry.name} at {entry.resource}{rates}: {_detail(entry, event)}. Is it on, is this its address, does "
        "nothing else talk to it?"
    )


def _detail(entry: InstrumentEntry, event: WireFailed) -> str:
    return event.detail.removeprefix("identify: ").removeprefix(f"{entry.name}: ")


def _opened(resource: str, serial: Serial | None, place: str, library: str) -> Link:
    try:
        return open_link(resource, serial, place, paced=True, library=library)
    except LinkFault as fault:
        raise Refusal(f"{fault.detail}.") from fault


def _probes(kind: Transport) -> Iterator[tuple[Exchange, Serial | None]]:
    """The ways in which the known families are asked who they are, each once; those made for this port first, and the
    rates that a family usually has before its others."""
    dialects = sorted((load_dialect(name) for name in shipped_dialects()), key=lambda each: _unlikely(each, kind))
    ways: dict[tuple[bytes, Serial | None], tuple[int, Exchange]] = {}
    for dialect in dialects:
        serial = dialect.transport.serial if kind is Transport.SERIAL else None
        for turn, line in enumerate(_at_each_rate(serial)):
            ways.setdefault((dialect.identify.write, line), (turn, dialect.identify))
    for (_, line), (_, exchange) in sorted(ways.items(), key=lambda way: way[1][0]):
        patience_s = exchange.timeout_s if line is None else min(exchange.timeout_s, PATIENCE_S)
        yield replace(exchange, timeout_s=patience_s), line


def _unlikely(dialect: Dialect, kind: Transport) -> int:
    """What is made for this kind of port, and for no other, is asked for first."""
    way = dialect.transport
    match kind:
        case Transport.SERIAL:
            return 2 if way.serial is None else way.socket_port is not None
        case Transport.SOCKET:
            return way.socket_port is None
        case Transport.USB:
            return not way.usbtmc
    return not way.vxi11


def _unknown(raw: bytes, place: str) -> str:
    return (
        f"{place}: it answers '{printable(raw)}', which no dialect knows; `benchctl instruments list` shows those "
        "that are known."
    )
