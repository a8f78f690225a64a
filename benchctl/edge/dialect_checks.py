"""Whether the tables of a dialect file make a whole: what a supply must be able to do, and nothing said twice."""

from collections.abc import Iterable, Iterator, Mapping

from benchctl.core.dialect.repertoire import NUMBERED, WATCHDOG, Kind, Operation, RegulationSource
from benchctl.edge.dialect_phrases import SETTINGS, SWITCHES, commands, questions
from benchctl.edge.dialect_ratings import channel_numbers, variant_of
from benchctl.edge.dialect_speech import SettingTable, SpeechTable, SwitchTable
from benchctl.edge.dialect_tables import DialectTable, ModelTable, RangeTable
from benchctl.edge.schema import Checklist, nearest
from benchctl.edge.toml_lines import KeyPath

_SUPPLY_ASKS = (
    Operation.MEASURE_VOLTAGE,
    Operation.MEASURE_CURRENT,
    Operation.READ_REGULATION,
    Operation.READ_OUTPUT,
    Operation.READ_VOLTAGE,
    Operation.READ_CURRENT,
)
_PROOFS = {
    Operation.CONFIGURE: Operation.READ_RANGE,
    **dict(SETTINGS[name] for name in ("ovp", "ocp")),
    **{told: asked for *tells, asked in (SWITCHES[name] for name in ("ovp", "ocp", "sense")) for told in tells},
}
"""What a supply is told before its output goes on, and the question that proves it."""

_SUPPLY_TELLS = (Operation.SET_VOLTAGE, Operation.SET_CURRENT, Operation.OUTPUT_ON, Operation.OUTPUT_OFF)


def check_whole(check: Checklist, table: DialectTable) -> None:
    """Complain about everything that is missing, and about what is there twice."""
    if table.kind is Kind.SUPPLY:
        for key in ("traits", "order"):
            if getattr(table, key) is None:
                check.complain((key,), f"is missing; would be a table [{key}]")
    _check_models(check, table)
    check.finish()
    family = {operation: asked.name for asked in questions(table, ()) for operation in asked.table.answers}
    for speech, path in _speeches(table):
        _check_named_alike(check, speech, path, family)
        _check_switches(check, speech, path)
        _check_said_once(check, speech, path)
        _check_numbers(check, speech, path)
    _check_operations(check, table)


def _speeches(table: DialectTable) -> Iterator[tuple[SpeechTable, KeyPath]]:
    yield table, ()
    for name, variant in table.variants.items():
        yield variant, ("variants", name)


def _check_models(check: Checklist, table: DialectTable) -> None:
    wanted, other = ("channels", "meter") if table.kind is Kind.SUPPLY else ("meter", "channels")
    seen: set[str] = set()
    for key, model in table.models.items():
        path = ("models", key)
        if not getattr(model, wanted) or getattr(model, other):
            check.complain(path, f"would have {wanted}, and no {other}")
        if model.variant is not None and model.variant not in table.variants:
            check.complain((*path, "variant"), f'is "{model.variant}"; {nearest(model.variant, table.variants)}')
        _check_channels(check, model, path)
        for name in (key, *model.also):
            if name in seen:
                check.complain(path, f'has "{name}" a second time; each model stands once')
            seen.add(name)
    unused = set(table.variants) - {model.variant for model in table.models.values()}
    for name in sorted(unused):
        check.complain(("variants", name), "is no model's; would be the `variant` of one, or left out")


def _check_channels(check: Checklist, model: ModelTable, path: KeyPath) -> None:
    seen: set[int] = set()
    for span, ranges in model.channels.items():
        numbers = channel_numbers(span)
        if not numbers or not ranges or not seen.isdisjoint(numbers):
            sentence = "would be a channel such as 1 or 1-3 that stands once, with a list of one range or more"
            check.complain((*path, "channels", span), sentence)
        seen.update(numbers)


PAIRS = (
    ("ovp_min_v", "ovp_max_v"),
    ("ocp_min_a", "ocp_max_a"),
    ("watchdog_min_s", "watchdog_max_s"),
    ("accuracy_percent", "accuracy_offset_v"),
)


def check_range(check: Checklist, made: RangeTable, path: KeyPath) -> None:
    """Both ends of a protection or neither, and both terms of an accuracy or neither: half a statement says nothing."""
    for first, second in PAIRS:
        if (getattr(made, first) is None) is not (getattr(made, second) is None):
            check.complain(path, f"would have both {first} and {second}, or neither")


def _check_switches(check: Checklist, speech: SpeechTable, path: KeyPath) -> None:
    for name, switch in speech.switches:
        if isinstance(switch, SwitchTable) and (switch.ask is None) is not (not switch.words):
            check.complain((*path, "switches", name), "would have both `ask` and `words`, or neither")
    for name, setting in speech.settings:
        if isinstance(setting, SettingTable) and setting.answer.replace("{channel}", "").count("{") != 1:
            check.complain((*path, "settings", name, "answer"), "would have one hole, such as {voltage:.3f}")


def _check_said_once(check: Checklist, speech: SpeechTable, path: KeyPath) -> None:
    names: set[str] = set()
    answered: set[Operation] = set()
    for asked in questions(speech, path):
        made = asked.table
        if asked.name in names:
            check.complain(asked.path, f'is a second question named "{asked.name}"; would have another name')
        if made.each is not None and (made.pattern is not None or not made.each.isascii() or not made.each):
            check.complain((*asked.path, "each"), 'would be text such as ",", with an answer but no pattern')
        for operation in made.answers:
            if operation in answered:
                check.complain((*asked.path, "answers", operation), "is answered by another question already")
        names.add(asked.name)
        answered.update(made.answers)
    told: set[Operation] = set()
    for each in commands(speech, path):
        if each.operation in told:
            check.complain(each.write, f"{each.operation} is told by another command already")
        told.add(each.operation)


def _check_named_alike(check: Checklist, speech: SpeechTable, path: KeyPath, family: Mapping[Operation, str]) -> None:
    """A question replaces the family's of its name. By another name the two would stand side by side."""
    for asked in questions(speech, path):
        for operation in asked.table.answers:
            name = family.get(operation, asked.name)
            if name != asked.name:
                sentence = f"answers {operation}, as is answered by the family's question {name}; would have that name"
                check.complain(asked.path, sentence)


def _check_operations(check: Checklist, table: DialectTable) -> None:
    for name, model in table.models.items():
        for operation in _missing(table, model):
            check.complain(("models", name), f"can neither be asked nor told {operation}; a {table.kind} must")
        _check_watchdog(check, table, name, model)
    for path, question in dict(each for model in table.models.values() for each in _unproven(table, model)).items():
        add = f"a question that answers {question} (a switch: `ask` and `words`)"
        check.complain(path, f"is told and cannot be read back; would have {add}, or be left out")


def _unproven(table: DialectTable, model: ModelTable) -> Iterator[tuple[KeyPath, Operation]]:
    """Where a supply is told of its range, its sense or a protection what no question proves, and that question."""
    if table.kind is Kind.METER:
        return
    asks, tells = _spoken(table, model)
    for told in (each for speech, path in _speeches_of(table, model) for each in commands(speech, path)):
        proof = _PROOFS.get(told.operation)
        if proof is not None and told.operation in tells and proof not in asks:
            yield told.write[:-1], proof


def _speeches_of(table: DialectTable, model: ModelTable) -> Iterator[tuple[SpeechTable, KeyPath]]:
    yield table, ()
    if model.variant is not None:
        yield table.variants[model.variant], ("variants", model.variant)


def _check_watchdog(check: Checklist, table: DialectTable, name: str, model: ModelTable) -> None:
    """All of it, with its range, on a supply with one output: it switches off whatever the instrument has."""
    asks, tells = _spoken(table, model)
    missing = [each.value for each in WATCHDOG if each not in asks | tells]
    own = [part for parts in model.channels.values() for part in parts]
    ratings = (table.ratings, variant_of(table, model).ratings, *own)
    missing += [] if any(each.watchdog_max_s is not None for each in ratings) else ["watchdog_min_s", "watchdog_max_s"]
    if 0 < len(missing) < len(WATCHDOG) + 2:
        check.complain(("models", name), f"has part of a watchdog; would have {', '.join(missing)} too, or none of it")
    elif not missing and sum(len(channel_numbers(span)) for span in model.channels) > 1:
        check.complain(("models", name), "has a watchdog and several outputs; would have one output, or no watchdog")


def _spoken(table: DialectTable, model: ModelTable) -> tuple[set[Operation], set[Operation]]:
    """What a model can be asked, and what it can be told."""
    variant = variant_of(table, model)
    both, without = (table, variant), set(variant.without)
    asks = {operation for each in both for asked in questions(each, ()) for operation in asked.table.answers}
    return asks - without, {told.operation for each in both for told in commands(each, ())} - without


def _missing(table: DialectTable, model: ModelTable) -> Iterable[Operation]:
    asks, tells = _spoken(table, model)
    if table.kind is Kind.METER:
        return [] if Operation.MEASURE in asks else [Operation.MEASURE]
    if table.traits is not None and table.traits.regulation is RegulationSource.INFERRED:
        asks = asks | {Operation.READ_REGULATION}
    return [each for each in _SUPPLY_ASKS if each not in asks] + [each for each in _SUPPLY_TELLS if each not in tells]


def _check_numbers(check: Checklist, speech: SpeechTable, path: KeyPath) -> None:
    """A setting that takes a number has a hole for it, and no other has one: no number can be lost or made up."""
    for told in commands(speech, path):
        if any("{value:" in write for write in told.table.write) is not (told.operation in NUMBERED):
            right = "with" if told.operation in NUMBERED else "without"
            check.complain(told.write, f"would be commands {right} a hole such as {{value:.3f}}")
