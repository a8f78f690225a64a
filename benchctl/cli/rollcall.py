"""Who is on the bench: every instrument is asked who it is, all at once, and nothing else is asked of any.

Present              an instrument that answered as it should
roll_call            all instruments of a bench, or a Refusal with a sentence for each that will not do
recognised           what is at an address of which nothing else is known
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace

from benchctl.core.conversation import identify, run_conversation
from benchctl.core.dialect import Dialect, Exchange, Model, Serial, printable
from benchctl.core.dialogue import LinkFault
from benchctl.core.errors import Refusal
from benchctl.core.messages import Identified, WireFailed
from benchctl.core.model import AbsenceReason, Identity, InstrumentEntry
from benchctl.edge.dialects import Recognised, load_dialect, recognise, shipped_dialects
from benchctl.edge.link import Link, open_link
from benchctl.edge.resource import Transport, parse_resource


@dataclass(frozen=True, slots=True)
class Present:
    """An instrument of the bench that has said who it is. `entry` names its dialect and model."""

    entry: InstrumentEntry
    dialect: Dialect
    model: Model
    identity: Identity


def roll_call(entries: Sequence[InstrumentEntry]) -> dict[str, Present]:
    """Every instrument by its name. Raises Refusal with all that is wrong; FileFault for a broken dialect file."""
    found = _asked_all(entries)
    faults = [reason for each in found if isinstance(each, Refusal) for reason in each.reasons]
    present = {each.entry.name: each for each in found if isinstance(each, Present)}
    faults += _twins(present.values())
    if faults:
        raise Refusal(*faults)
    return present


def met(entry: InstrumentEntry) -> Present:
    """One instrument of the bench. Raises Refusal."""
    found = _expected(entry) if entry.dialect is not None else recognised(entry.resource, entry.name)
    model, identity = found.model, found.identity
    _check_pins(entry, found)
    return Present(replace(entry, dialect=found.dialect.name, model=model.name), found.dialect, model, identity)


def recognised(resource: str, place: str) -> Recognised:
    """What answers at this address, whatever family it is of. Raises Refusal. `place` names it in sentences."""
    faults: list[str] = []
    for exchange, serial in _probes(parse_resource(resource).kind):
        link = _opened(resource, serial, place)
        with closing(link):
            try:
                raw = link.ask(exchange)
            except LinkFault as fault:
                faults += [fault.detail] if fault.reason is not AbsenceReason.TIMEOUT or not faults else []
                continue
        found = recognise(raw)
        if found is not None:
            return found
        faults.insert(0, _unknown(raw, place))
    raise Refusal(faults[0])


def _asked_all(entries: Sequence[InstrumentEntry]) -> list[Present | Refusal]:
    with ThreadPoolExecutor(max_workers=max(1, len(entries))) as pool:
        return list(pool.map(_met_or_refused, entries))


def _met_or_refused(entry: InstrumentEntry) -> Present | Refusal:
    try:
        return met(entry)
    except Refusal as refusal:
        return refusal


def _expected(entry: InstrumentEntry) -> Recognised:
    """The instrument, if it is of the family that the bench file states."""
    assert entry.dialect is not None
    dialect = load_dialect(entry.dialect)
    with closing(_opened(entry.resource, dialect.transport.serial, entry.name)) as link:
        event = run_conversation(identify(entry.name, dialect, None), link).event
    if isinstance(event, WireFailed):
        raise Refusal(_failed(entry, dialect, event))
    assert isinstance(event, Identified)
    model = dialect.models.get(event.identity.model)
    if model is None:
        raise Refusal(
            f"{entry.name}: '{event.identity.raw}' answers, which is no model of {dialect.name} that is known: "
            f"{', '.join(dialect.models)}."
        )
    return Recognised(dialect, model, event.identity)


def _failed(entry: InstrumentEntry, dialect: Dialect, event: WireFailed) -> str:
    detail = event.detail.removeprefix("identify: ").removeprefix(f"{entry.name}: ")
    if event.reason is AbsenceReason.WRONG_INSTRUMENT:
        return f"{entry.name}: it is to be a {dialect.name}, but {detail}. Look at its address and its cables."
    return f"{entry.name} at {entry.resource}: {detail}. Is it on, is this its address, does nothing else talk to it?"


def _check_pins(entry: InstrumentEntry, found: Recognised) -> None:
    """The bench file may say which model, and which very unit, has to be there."""
    if entry.model is not None and found.dialect.models.get(entry.model) is not found.model:
        raise Refusal(f"{entry.name}: it is to be a {entry.model}, but a {found.identity.model} answers.")
    if entry.serial is not None and entry.serial != found.identity.serial:
        seen = found.identity.serial or "without a serial number"
        raise Refusal(
            f"{entry.name}: it is to be unit {entry.serial}, but unit {seen} answers ('{found.identity.raw}'). "
            "Put the right one there, or change its serial in the bench file."
        )


def _twins(present: Iterable[Present]) -> list[str]:
    """One unit under two names would be switched by two hands."""
    seen: dict[tuple[str, str, str], str] = {}
    faults = []
    for each in present:
        identity, name = each.identity, each.entry.name
        unit = (identity.maker, identity.model, identity.serial)
        other = seen.setdefault(unit, name)
        if identity.serial and other != name:
            faults.append(f"{name} and {other} are one and the same unit ('{identity.raw}'): give each its address.")
    return faults


def _opened(resource: str, serial: Serial | None, place: str) -> Link:
    try:
        return open_link(resource, serial, place, paced=True)
    except LinkFault as fault:
        raise Refusal(f"{fault.detail}.") from fault


def _probes(kind: Transport) -> Iterator[tuple[Exchange, Serial | None]]:
    """The ways in which the known families are asked who they are, each once; those made for this port first."""
    dialects = [load_dialect(name) for name in shipped_dialects()]
    asked: set[tuple[bytes, Serial | None]] = set()
    for dialect in sorted(dialects, key=lambda each: not _made_for(each, kind)):
        serial = dialect.transport.serial if kind is Transport.SERIAL else None
        probe = (dialect.identify.write, serial)
        if probe not in asked:
            asked.add(probe)
            yield dialect.identify, serial


def _made_for(dialect: Dialect, kind: Transport) -> bool:
    if kind is Transport.SERIAL:
        return dialect.transport.serial is not None
    return dialect.transport.socket_port is not None


def _unknown(raw: bytes, place: str) -> str:
    return (
        f"{place}: it answers '{printable(raw)}', which no dialect knows; `benchctl instruments list` shows those "
        "that are known."
    )
