"""Which batteries may become one bank: by what stands on their labels, and by what they were before. Sentences.

Sources: guide, "When You Need Both" (every string identical: brand, model, age if possible), "Mixing brands or models"
(parallel is more forgiving), "The right way to do it" (never a fresh battery into a string that has been in use).
"""

from collections.abc import Iterator, Mapping

from benchctl.core.joinable import too_many, unusual
from benchctl.core.model import Bank, Battery
from benchctl.core.passport import Passport, Voided
from benchctl.core.procedure import Procedure, Purpose

_CELL_V_AT_40, _CELL_V_AT_70 = 3.30, 3.325
"""About what a LiFePO4 cell rests at with 40 % and with 70 % of its charge."""


def proves_nothing(cells: int) -> str:
    """Why batteries of so many cells that agree in the middle of the curve are not yet matched."""
    return (
        "Matching voltages in the middle of the curve prove nothing: at 40 % of charge such a battery rests at about "
        f"{cells * _CELL_V_AT_40:.1f} V, at 70 % at {cells * _CELL_V_AT_70:.1f} V. So old and new batteries alike are "
        "charged to full here, one by one, and compared then."
    )


def strings(bank: Bank) -> tuple[tuple[Battery, ...], ...]:
    """The strings of a bank, its batteries taken in file order: the first `series` of them are the first string."""
    return tuple(
        bank.batteries[start : start + bank.series] for start in range(0, len(bank.batteries), max(1, bank.series))
    )


# ---------------------------------------------------------------- refused


def string_objections(bank: Bank, procedure: Procedure) -> tuple[str, ...]:
    """Why these batteries may not be joined; empty: they may."""
    found = [*_another_procedure(bank, procedure), *_other_batteries(bank, procedure)]
    found += too_many(bank.series, bank.parallel, bank.allowed)
    if bank.series > 1:
        found += [f"{each} A series string must be of one brand, model and capacity." for each in mixtures(bank)]
        if procedure.purpose is not Purpose.JOIN:
            found += [_too_far(each, procedure) for each in _age_gaps(strings(bank), procedure)]
    return tuple(found)


def _another_procedure(bank: Bank, procedure: Procedure) -> Iterator[str]:
    if bank.procedure is not None and bank.procedure != procedure.name:
        yield (
            f"The bank file names the procedure {bank.procedure}, but {procedure.name} was asked for: "
            "leave one of them out."
        )


def _other_batteries(bank: Bank, procedure: Procedure) -> Iterator[str]:
    for each in bank.batteries:
        if each.chemistry.casefold() != procedure.chemistry.casefold():
            yield f"{each.serial} is {each.chemistry}, but the procedure is for {procedure.chemistry}."
        if each.cells != procedure.cells:
            yield (
                f"{each.serial} has {each.cells} cells in series, but {procedure.name} is for batteries of "
                f"{procedure.cells}. Correct `cells` in the bank file, or take --procedure "
                f"{shipped_name(procedure.purpose, each.cells)}."
            )


def shipped_name(purpose: Purpose, cells: int) -> str:
    """The procedure that comes with the program for this purpose and batteries of so many cells: 4 are "12 V"."""
    return f"lifepo4-{3 * cells}v-{purpose.value}"


def mixtures(bank: Bank) -> Iterator[str]:
    """How batteries differ from the first of the bank: in brand, model or capacity."""
    first = bank.batteries[0]
    for each in bank.batteries:
        for word, mine, others in (
            ("brand", each.brand, first.brand),
            ("model", each.model, first.model),
            ("capacity (Ah)", f"{each.amp_hours:g}", f"{first.amp_hours:g}"),
        ):
            if mine.casefold() != others.casefold():
                yield f"{each.serial} differs from {first.serial} in {word}: {mine} and {others}."


def _age_gaps(groups: tuple[tuple[Battery, ...], ...], procedure: Procedure) -> Iterator[tuple[Battery, Battery]]:
    """(oldest, youngest) of every group whose dates of manufacture lie further apart than allowed."""
    for group in groups:
        dated = sorted((each for each in group if each.manufactured is not None), key=_counted)
        if dated and not _within(dated[0], dated[-1], procedure.string.max_age_gap_months):
            yield dated[0], dated[-1]


def _within(old: Battery, young: Battery, months: int) -> bool:
    """Whether so many calendar months lie between two dates, or fewer."""
    month, day = _counted(old)
    return _counted(young) <= (month + months, day)


def _counted(battery: Battery) -> tuple[int, int]:
    """Months since year 0, and the day of the month, of a stated date of manufacture."""
    assert battery.manufactured is not None
    year, month, day = (int(part) for part in battery.manufactured.split("-"))
    return 12 * year + month - 1, day


def _too_far(pair: tuple[Battery, Battery], procedure: Procedure) -> str:
    return f"{_apart(pair)}: more than {procedure.string.max_age_gap_months} months apart. A string is of one age."


def _apart(pair: tuple[Battery, Battery]) -> str:
    old, young = pair
    return f"{old.serial} was made on {old.manufactured}, {young.serial} on {young.manufactured}"


def history_objections(bank: Bank, procedure: Procedure, standing: Mapping[str, Passport]) -> tuple[str, ...]:
    """Who already stands in an approved string, by the passports that are not void (`passport.standing`)."""
    if procedure.purpose is not Purpose.PRESERIES:
        return ()
    found: dict[Passport, list[str]] = {}
    for each in bank.batteries:
        if (passport := standing.get(each.serial.casefold())) is not None:
            found.setdefault(passport, []).append(each.serial)
    return tuple(_bound(passport, serials, procedure.cells) for passport, serials in found.items())


def _bound(passport: Passport, serials: list[str], cells: int) -> str:
    stand = "stands" if len(serials) == 1 else "stand"
    return (
        f"{', '.join(serials)} {stand} in {_string(passport)}. To join others to that string, or to replace one of it: "
        f"--procedure {shipped_name(Purpose.JOIN, cells)}; if it was stored too long: --procedure "
        f"{shipped_name(Purpose.TOP_UP, cells)}. If it was never joined, or is taken apart: benchctl records void "
        f"{passport.run} --string {passport.string} --operator NAME --why TEXT"
    )


def _string(passport: Passport) -> str:
    return f"string {passport.string} of {passport.bank}, approved on {passport.approved[:10]} (run {passport.run})"


# ---------------------------------------------------------------- kept in the record


def remarks(bank: Bank, procedure: Procedure, standing: Mapping[str, Passport]) -> tuple[str, ...]:
    """What a reader of the record should know of these batteries, though it is no reason to refuse them."""
    undated = [each.serial for each in bank.batteries if each.manufactured is None]
    found = [f"No date of manufacture is stated for {', '.join(undated)}: ages are not compared."] if undated else []
    if bank.series == 1:
        found += [f"{each} In parallel that is workable, not ideal." for each in mixtures(bank)]
    found += unusual(bank.series, bank.parallel)
    found += _of_ages(bank, procedure)
    if procedure.purpose is Purpose.JOIN:
        found.append(proves_nothing(procedure.cells))
        found += [f"{each} has no approved string on record here." for each in _new(bank, standing)]
    if procedure.purpose is not Purpose.PRESERIES:
        found += _of_old_strings(bank, standing)
    return tuple(found)


def to_come(bank: Bank, today: str) -> tuple[str, ...]:
    """Dates of manufacture after today, an ISO date. No refusal: it may be this computer's clock that is wrong."""
    return tuple(
        f"{each.serial} is stated to be made on {each.manufactured}, and today is {today}: look at its label, "
        "and at the clock of this computer."
        for each in bank.batteries
        if each.manufactured is not None and each.manufactured > today
    )


def _of_ages(bank: Bank, procedure: Procedure) -> Iterator[str]:
    """Ages that differ where that is allowed: side by side, from string to string, or in a string that is renewed."""
    for pair in _age_gaps((bank.batteries,), procedure):
        yield f"{_apart(pair)}: the older one has seen more and will reach its cut-offs sooner."


def _new(bank: Bank, standing: Mapping[str, Passport]) -> Iterator[str]:
    return (each.serial for each in bank.batteries if each.serial.casefold() not in standing)


def _of_old_strings(bank: Bank, standing: Mapping[str, Passport]) -> Iterator[str]:
    known = {each.serial: standing.get(each.serial.casefold()) for each in bank.batteries}
    for serial, passport in known.items():
        if passport is not None:
            yield f"{serial} stood in {_string(passport)}. That approval is void from the start of this run."
    here = {serial.casefold() for serial in known}
    for passport in dict.fromkeys(each for each in known.values() if each is not None):
        gone = [serial for serial in passport.serials if serial.casefold() not in here]
        if gone:
            yield f"{', '.join(gone)} of that string takes no part in this run, and its approval is void too."


# ---------------------------------------------------------------- voided


def voided_by(
    bank: Bank, procedure: Procedure, standing: Mapping[str, Passport], run: str, operator: str | None, wall: str
) -> tuple[Voided, ...]:
    """What the start of a run makes of its batteries' passports: a string that is taken up again is no longer
    approved."""
    if procedure.purpose is Purpose.PRESERIES:
        return ()
    strings_of: dict[str, set[int]] = {}
    for each in bank.batteries:
        if (passport := standing.get(each.serial.casefold())) is not None:
            strings_of.setdefault(passport.run, set()).add(passport.string)
    why = f"its batteries take part in run {run}, {procedure.name}"
    return tuple(Voided(old, tuple(sorted(numbers)), run, operator, why, wall) for old, numbers in strings_of.items())
