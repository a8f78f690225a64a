"""The passport of an approved string: which batteries, in which place, approved when, and for how long that holds.

A passport is issued with an approval. It is valid until the string is joined (commissioned), until it expires, or until
it is void: because its batteries take part in another run that says so, or because a person says that the string was
never joined or is taken apart. Walls are ISO-8601 UTC texts of one format, so they compare as texts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Issued:
    """An approval's passports: the serials of each string, in the order of their places.

    `approved` is the wall time of the common scan, `until` that of the latest joining.
    """

    run: str
    bank: str
    simulated: bool
    strings: tuple[tuple[str, ...], ...]
    approved: str
    until: str


@dataclass(frozen=True, slots=True)
class Voided:
    """Strings of a run (numbered from 1) whose passports no longer hold. `by` is the run for which, if it was one."""

    run: str
    strings: tuple[int, ...]
    by: str | None
    operator: str | None
    why: str
    wall: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One check after the wiring: what was probed, what was read and what would have been right (volts)."""

    what: str
    read_v: float
    least_v: float
    most_v: float


@dataclass(frozen=True, slots=True)
class Commissioned:
    """All checks after the wiring of a run's strings. `meter` names the instrument and its serial number.

    `objections` empty: every battery is in its place and all strings may be joined.
    """

    run: str
    meter: str
    checks: tuple[Measured, ...]
    objections: tuple[str, ...]
    operator: str | None
    wall: str


class PassportState(StrEnum):
    """What a passport is worth now."""

    VALID = "valid"
    EXPIRED = "expired"
    JOINED = "joined"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Passport:
    """One string's passport. `note` says why it is void, or what was found after the wiring."""

    run: str
    bank: str
    simulated: bool
    string: int
    serials: tuple[str, ...]
    approved: str
    until: str
    state: PassportState
    note: str | None


def passports(
    issued: Iterable[Issued], commissioned: Iterable[Commissioned], voided: Iterable[Voided], now: str
) -> tuple[Passport, ...]:
    """Every string's passport as it stands at wall time `now`, oldest first. What is said last of a string counts: an
    ending that was interrupted is entered again, and a string may be checked again after the wiring."""
    joined = {each.run: each for each in commissioned}
    void = {(each.run, number): each for each in voided for number in each.strings}
    return tuple(
        _passport(each, number, serials, joined.get(each.run), void.get((each.run, number)), now)
        for each in {one.run: one for one in issued}.values()
        for number, serials in enumerate(each.strings, 1)
    )


def _passport(
    issued: Issued, number: int, serials: tuple[str, ...], joined: Commissioned | None, void: Voided | None, now: str
) -> Passport:
    state, note = PassportState.VALID, None
    if void is not None:
        state, note = PassportState.VOID, void.why
    elif joined is not None and not joined.objections:
        state, note = PassportState.JOINED, f"checked after the wiring, {joined.meter}"
    elif not now <= issued.until:
        state, note = PassportState.EXPIRED, f"it could be joined until {issued.until}"
    elif joined is not None:
        note = joined.objections[0]
    return Passport(
        issued.run, issued.bank, issued.simulated, number, serials, issued.approved, issued.until, state, note
    )


def standing(known: Iterable[Passport], *, simulated: bool) -> Mapping[str, Passport]:
    """By serial in small letters: the last passport that is not void. Practice on a simulated bench binds no other."""
    return {
        serial.casefold(): each
        for each in known
        if each.state is not PassportState.VOID and each.simulated is simulated
        for serial in each.serials
    }
