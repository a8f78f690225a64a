"""Who is on the bench: every instrument is asked who it is, all at once, and nothing else is asked of any.

Present              an instrument that answered as it should
roll_call            all instruments of a bench, or a Refusal with a sentence for each that will not do
met                  one instrument of a bench

An address is only a hint: two instruments whose serial numbers the bench file states, and which have changed places,
are bound by their serial numbers. Whatever else is not as stated is refused.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from benchctl.cli.meeting import Met, Stranger, expected, recognised
from benchctl.core.dialect.voice import Dialect, Model
from benchctl.core.errors import Refusal
from benchctl.core.model import PYVISA_PY, Identity, InstrumentEntry


@dataclass(frozen=True, slots=True)
class Present:
    """An instrument of the bench that has said who it is. `entry` names its dialect and model, and where it is.

    `note`: what a person should know about it, if there is anything.
    """

    entry: InstrumentEntry
    dialect: Dialect
    model: Model
    identity: Identity
    note: str | None = None


@dataclass(frozen=True, slots=True)
class _Seat:
    """An entry of the bench file and who answers at its address."""

    entry: InstrumentEntry
    met: Met

    @property
    def strange(self) -> bool:
        """Another unit than the pinned one sits here."""
        return self.entry.serial is not None and self.entry.serial != self.met.identity.serial


def roll_call(entries: Sequence[InstrumentEntry], library: str = PYVISA_PY) -> dict[str, Present]:
    """Every instrument by its name. Raises Refusal with all that is wrong; FileFault for a broken dialect file."""
    found = _asked_all(entries, library)
    seats = [each for each in found if isinstance(each, _Seat)]
    bound = [each if isinstance(each, Refusal) else _bound(each, seats) for each in found]
    faults = [reason for each in bound if isinstance(each, Refusal) for reason in each.reasons]
    present = {each.entry.name: each for each in bound if isinstance(each, Present)}
    faults += _twins(present.values())
    if faults:
        raise Refusal(*faults)
    return present


def met(entry: InstrumentEntry, library: str = PYVISA_PY) -> Present:
    """One instrument of the bench. Raises Refusal."""
    found = _bound(_Seat(entry, _who(entry, library)), ())
    if isinstance(found, Refusal):
        raise found
    return found


def _asked_all(entries: Sequence[InstrumentEntry], library: str) -> list[_Seat | Refusal]:
    def asked(entry: InstrumentEntry) -> _Seat | Refusal:
        try:
            return _Seat(entry, _who(entry, library))
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(max_workers=max(1, len(entries))) as pool:
        return list(pool.map(asked, entries))


def _who(entry: InstrumentEntry, library: str) -> Met:
    if entry.dialect is None:
        return recognised(entry.resource, entry.name, library)
    try:
        return expected(entry, library)
    except Stranger:
        if entry.serial is None:
            raise
        try:  # it may have changed places with an instrument of another family
            return recognised(entry.resource, entry.name, library)
        except Refusal:
            pass
        raise


def _bound(seat: _Seat, seats: Sequence[_Seat]) -> Present | Refusal:
    """The entry with the instrument that is its own, at the address where that is."""
    taken, note = seat, None
    try:
        if seat.strange:
            taken = _own_seat(seat, seats)
            note = _moved(seat, taken)
        _check(seat.entry, taken.met)
    except Refusal as refusal:
        return refusal
    there = taken.met
    entry = replace(
        seat.entry,
        resource=taken.entry.resource,
        dialect=there.dialect.name,
        model=there.model.name,
        baud=there.baud or seat.entry.baud,
    )
    return Present(entry, there.dialect, there.model, there.identity, note)


def _own_seat(seat: _Seat, seats: Sequence[_Seat]) -> _Seat:
    """Where the pinned unit answers, if it is where another pinned unit should be. Raises Refusal."""
    elsewhere = [each for each in seats if each is not seat and each.met.identity.serial == seat.entry.serial]
    for other in elsewhere:
        if other.strange:
            _refuse_detours(seat.entry, other.entry)
            return other
    raise Refusal(_another_unit(seat, elsewhere))


def _refuse_detours(*entries: InstrumentEntry) -> None:
    for entry in entries:
        if entry.off_resource is not None:
            raise Refusal(
                f"{' and '.join(each.name for each in entries)} have changed places since the bench file was written, "
                f"and whether the off_resource of {entry.name} has moved as well cannot be known: correct the bench "
                "file."
            )


def _moved(seat: _Seat, taken: _Seat) -> str:
    return (
        f"{seat.entry.name}: unit {seat.entry.serial} answers at {taken.entry.resource}, which the bench file gives to "
        f"{taken.entry.name}; it was bound by its serial number. Correct the bench file."
    )


def _another_unit(seat: _Seat, elsewhere: Sequence[_Seat]) -> str:
    entry, identity = seat.entry, seat.met.identity
    where = "; ".join(f"as {each.entry.name} at {each.entry.resource}" for each in elsewhere)
    told_apart = " State the serial numbers of both, and they are told apart." if elsewhere else ""
    family = f", a {entry.dialect}" if entry.dialect is not None else ""
    seen = f"unit {identity.serial}" if identity.serial else "one without a serial number"
    return (
        f"{entry.name}: it is to be unit {entry.serial}{family}, but {seen} answers at {entry.resource} "
        f"('{identity.raw}'). Unit {entry.serial} answers {where or 'nowhere else here'}."
        f"{told_apart} Put the right one there, or change its serial in the bench file."
    )


def _check(entry: InstrumentEntry, found: Met) -> None:
    """The bench file may say which family and which model it has to be, and with which firmware."""
    if entry.dialect is not None and found.dialect.name != entry.dialect:
        raise Refusal(f"{entry.name}: it is to be a {entry.dialect}, but '{found.identity.raw}' answers.")
    if entry.model is not None and found.dialect.models.get(entry.model) is not found.model:
        raise Refusal(f"{entry.name}: it is to be a {entry.model}, but a {found.identity.model} answers.")
    if entry.firmware is not None and found.identity.firmware != entry.firmware:
        now = f"its firmware is {found.identity.firmware} now" if found.identity.firmware else "it states no firmware"
        raise Refusal(
            f"{entry.name}: it is to have firmware {entry.firmware}, but {now}. Try what it understands with nothing "
            f"connected to it (benchctl instruments check {entry.resource}), then correct the bench file."
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
