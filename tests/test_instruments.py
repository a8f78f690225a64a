"""Every dialect file against literal bytes from outside: manuals, recordings, other people's drivers.

The simulated instruments speak by the same files, so only these examples can show that a command is wrong.
"""

import pytest

from benchctl.core.dialect.voice import (
    Dialect,
    Exchange,
    Kind,
    Missing,
    Number,
    Operation,
    ReplyFault,
    Text,
    Value,
    Voice,
    decode,
)
from benchctl.core.model import Identity, Regulation
from benchctl.edge.dialect_tables import ExampleTable
from benchctl.edge.dialects import load_dialect_file, recognise, shipped_dialects
from benchctl.edge.shipped import shipped_folder
from tests.campaign.dialects import lines

FILES = {name: load_dialect_file(shipped_folder("instruments") / f"{name}.toml") for name in shipped_dialects()}
EXAMPLES = [
    pytest.param(file.dialect, example, id=f"{name}-{number}-{example.operation}")
    for name, file in FILES.items()
    for number, example in enumerate(file.examples, 1)
]
ANSWERED = [each for each in EXAMPLES if each.values[1].receives is not None]  # type: ignore[union-attr]


@pytest.mark.parametrize(("dialect", "example"), EXAMPLES)
def test_what_is_sent_is_what_the_source_shows(dialect: Dialect, example: ExampleTable) -> None:
    sent = [exchange.write for exchange in exchanges(dialect, example)[0]]
    assert sent == [text.encode("latin-1") for text in example.sends]


@pytest.mark.parametrize(("dialect", "example"), ANSWERED)
def test_what_is_answered_means_what_the_source_says(dialect: Dialect, example: ExampleTable) -> None:
    made, fields = exchanges(dialect, example)
    reply = made[-1].reply
    assert reply is not None
    assert example.receives is not None
    values = decode(reply, example.receives.encode("latin-1"))
    assert told([values[field] for field in fields]) == stated(example)


@pytest.mark.parametrize(("dialect", "example"), [e for e in ANSWERED if e.values[1].operation == "identify"])  # type: ignore[union-attr]
def test_an_identity_is_known_as_its_own_family_s_and_no_other_s(dialect: Dialect, example: ExampleTable) -> None:
    assert example.receives is not None
    found = recognise(example.receives.encode("latin-1"))
    assert found is not None
    assert (found.dialect.name, example.model in found.model.names) == (dialect.name, True)


@pytest.mark.parametrize(("dialect", "example"), ANSWERED)
def test_an_answer_cut_short_or_run_on_is_no_answer(dialect: Dialect, example: ExampleTable) -> None:
    reply = exchanges(dialect, example)[0][-1].reply
    assert reply is not None
    assert example.receives is not None
    raw = example.receives.encode("latin-1")
    for spoiled in (raw + raw, raw + b"\n\n\n", raw[:-1] + b"\x00\x00\x00"):
        with pytest.raises(ReplyFault):
            decode(reply, spoiled)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_named_for_its_dialect_and_shows_every_operation_it_claims(name: str) -> None:
    file = FILES[name]
    assert file.dialect.name == name
    assert len(file.examples) >= 12
    assert claimed(file.dialect) <= {example.operation for example in file.examples}


@pytest.mark.parametrize("name", FILES)
def test_a_file_shows_the_identity_of_two_models_a_status_and_an_error(name: str) -> None:
    file = FILES[name]
    alike = {model.names for model in file.dialect.models.values()}
    shown = {example.model for example in file.examples if example.operation is Operation.IDENTIFY}
    assert len(shown) >= min(2, len(file.dialect.models)), shown
    status = Operation.READ_OUTPUT if file.dialect.kind is Kind.SUPPLY else Operation.MEASURE
    answered = {example.operation for example in file.examples if example.receives is not None}
    assert {status, Operation.READ_ERROR} & claimed(file.dialect) <= answered
    assert shown <= {name for names in alike for name in names}


LONGEST = 80
MANY_MODELS = {
    "keysight-e36300": 95,  # 12 models of three series, with and without channel lists
    "keysight-e3631a": 110,  # 14 models of four kinds: with and without a channel to select, an OVP, an OCP
}
"""Lines of a supply's file besides its examples: with anything on them, comments and sources included."""


@pytest.mark.parametrize("name", [name for name, file in FILES.items() if file.dialect.kind is Kind.SUPPLY])
def test_a_supply_s_file_is_short_besides_its_examples(name: str) -> None:
    assert lines((shipped_folder("instruments") / f"{name}.toml").read_text()) <= MANY_MODELS.get(name, LONGEST)


def test_answers_without_outside_evidence_stay_few() -> None:
    doubtful = [e for file in FILES.values() for e in file.examples if e.receives and e.source == "unverified"]
    assert len(doubtful) <= 2


def claimed(dialect: Dialect) -> set[Operation]:
    """Every operation that some model of the family has."""
    told = {each for model in dialect.models.values() for each in model.commands}
    return told | {each for m in dialect.models.values() for query in m.queries.values() for each in query.answers}


def exchanges(dialect: Dialect, example: ExampleTable) -> tuple[tuple[Exchange, ...], list[int]]:
    """What benchctl would send for an example, and which fields of the last answer count."""
    if example.operation is Operation.IDENTIFY:
        return (dialect.identify,), [0]
    if example.channels:
        scan = dialect.scan(example.model, example.channels)
        return scan.exchanges, list(range(len(scan.channels)))
    assert example.channel is not None
    voice: Voice = dialect.voice(example.model, example.channel)
    if example.operation in voice.model.commands:
        return voice.tell(example.operation, example.value), []
    ask = voice.ask(example.operation)
    return (ask.exchange,), [ask.field]


def stated(example: ExampleTable) -> object:
    """What the file says that the answer means, in the form of `told`."""
    return example.absent or example.means


def told(values: list[Value]) -> object:
    """What the decoded fields mean, in plain words."""
    plain = [_plain(value) for value in values]
    return plain[0] if len(plain) == 1 else plain


def _plain(value: Value) -> object:
    match value:
        case Number():
            return value.value
        case Missing():
            return value.reason
        case Text():
            return value.text
        case Identity():
            return {key: getattr(value, key) for key in ("maker", "model", "serial", "firmware")}
        case Regulation():
            return value.value
        case bool():
            return value
