"""Whether the tables of a dialect file make a whole: what a supply must be able to do, and nothing said twice."""

from collections.abc import Iterable, Mapping

from benchctl.core.dialect.repertoire import Kind, Operation, RegulationSource
from benchctl.edge.dialect_tables import CommandTable, DialectTable, ModelTable
from benchctl.edge.schema import Checklist
from benchctl.edge.toml_lines import KeyPath

_SUPPLY_ASKS = (
    Operation.MEASURE_VOLTAGE,
    Operation.MEASURE_CURRENT,
    Operation.READ_REGULATION,
    Operation.READ_OUTPUT,
    Operation.READ_VOLTAGE,
    Operation.READ_CURRENT,
)
_SUPPLY_TELLS = (Operation.SET_VOLTAGE, Operation.SET_CURRENT, Operation.OUTPUT_ON, Operation.OUTPUT_OFF)
_NUMERIC = (Operation.SET_VOLTAGE, Operation.SET_CURRENT, Operation.SET_OVP, Operation.SET_OCP)


def check_whole(check: Checklist, table: DialectTable) -> None:
    """Complain about everything that is missing, and about what is there twice."""
    if table.kind is Kind.SUPPLY:
        for key in ("traits", "order"):
            if getattr(table, key) is None:
                check.complain((key,), f"is missing; would be a table [{key}]")
    _check_models(check, table)
    _check_operations(check, table)
    _check_numbers(check, table)


def _check_models(check: Checklist, table: DialectTable) -> None:
    wanted, other = ("channels", "meter") if table.kind is Kind.SUPPLY else ("meter", "channels")
    seen: set[str] = set()
    for index, model in enumerate(table.models):
        if not getattr(model, wanted) or getattr(model, other):
            check.complain(("models", index), f"would have {wanted}, and no {other}")
        for name in model.names:
            if name in seen:
                check.complain(("models", index, "names"), f'has "{name}" a second time; each model stands once')
            seen.add(name)


def _check_operations(check: Checklist, table: DialectTable) -> None:
    answered: set[Operation] = set()
    for name, query in table.queries.items():
        if query.each is not None and (query.pattern is not None or not query.each.isascii() or not query.each):
            check.complain(("queries", name, "each"), 'would be text such as ",", with an answer but no pattern')
        for operation in query.answers:
            if operation in answered:
                check.complain(("queries", name, "answers", operation), "is answered by another question already")
            answered.add(operation)
    for index, model in enumerate(table.models):
        for operation in _missing(table, model, answered):
            check.complain(("models", index), f"can neither be asked nor told {operation}; a {table.kind} must")


def _missing(table: DialectTable, model: ModelTable, answered: set[Operation]) -> Iterable[Operation]:
    own = {operation for query in model.queries.values() for operation in query.answers}
    asks = (answered | own) - set(model.without)
    tells = (set(table.commands) | set(model.commands)) - set(model.without)
    if table.kind is Kind.METER:
        return [] if Operation.MEASURE in asks else [Operation.MEASURE]
    if table.traits is not None and table.traits.regulation is RegulationSource.INFERRED:
        asks = asks | {Operation.READ_REGULATION}
    return [each for each in _SUPPLY_ASKS if each not in asks] + [each for each in _SUPPLY_TELLS if each not in tells]


def _check_numbers(check: Checklist, table: DialectTable) -> None:
    """A setting that takes a number has a hole for it, and no other has one: no number can be lost or made up."""
    places: list[tuple[KeyPath, Mapping[Operation, CommandTable]]] = [(("commands",), table.commands)]
    places += [(("models", index, "commands"), model.commands) for index, model in enumerate(table.models)]
    for path, commands in places:
        for operation, command in commands.items():
            if any("{value:" in write for write in command.write) is not (operation in _NUMERIC):
                right = "with" if operation in _NUMERIC else "without"
                sentence = f"would be commands {right} a hole such as {{value:.3f}}"
                check.complain((*path, operation, "write"), sentence)
