"""What a family of instruments understands beyond its dialect file, and how it writes: `families/NAME.toml`.

A dialect file holds what benchctl says. A client that is not benchctl says more: these tables are the rest of the
manual. A family without a table speaks the plain language of its kind, `supply` or `meter` of `families/common.toml`.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import inf
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from benchctl.core.dialect.voice import Dialect, Kind, Model, Operation
from benchctl.sim.notation import Form, form

FOLDER = Path(__file__).parent / "families"
_SWITCHED = {
    "output": Operation.OUTPUT_ON,
    "ovp": Operation.OVP_ON,
    "ocp": Operation.OCP_ON,
    "sense": Operation.SENSE_REMOTE,
    "watchdog": Operation.WATCHDOG_ON,
}
"""What `switch NAME` needs of a model."""


class OtherOutput(BaseModel):
    """An output that benchctl has no use for and no dialect file describes: its volts may be negative."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    number: int
    volts: float
    amps: float


class Words(BaseModel):
    """Things to say: notation = what it does (`verbs`, `supplying`, `measuring`); `keeps`: setting = value at power-on.

    A kept value may be followed by its lowest and highest: `"10 0.02 100"`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    sources: tuple[str, ...] = ()
    says: dict[str, str] = {}
    keeps: dict[str, str] = {}
    others: tuple[OtherOutput, ...] = ()


class Marks(BaseModel):
    """How the shared lists name a channel: behind SOURce, behind a setting, behind a query."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    n: str = ""
    to: str = ""
    of: str = ""

    def put_in(self, notation: str) -> str:
        """A notation of the shared lists as this family's."""
        return notation.replace("{n}", self.n).replace("{to}", self.to).replace("{of}", self.of)


class Writes(BaseModel):
    """How a family writes what no dialect file shows: switches, kept numbers, what stands between several answers, and
    between the answers of several channels (`each`).

    `volts`, `amps`, `watts`: the unit behind an answer.
    `no_error`: the error query's answer, where units in the field say it otherwise than the dialect file's example.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    on: str = "1"
    off: str = "0"
    kept: str = "%g"
    between: str = ";"
    each: str = ","
    selected: str = "CH{}"
    volts: str = ""
    amps: str = ""
    watts: str = ""
    no_error: str = ""


class Measures(BaseModel):
    """How a family of meters scans and writes.

    `scan`: `none` there is one input, `sweep` each trigger reads the whole list, `walk` the next of the list,
    `program` a scan that is started reads the whole list, and other readings are of the closed channel.
    `function`: how `FUNC?` writes direct voltage. `ranges_v`: those of direct voltage.
    `elements`: what stands beside a reading at power-on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    scan: str = "none"
    function: str = '"VOLT"'
    ranges_v: tuple[float, ...] = (0.1, 1.0, 10.0, 100.0, 1000.0)
    elements: tuple[str, ...] = ("READ",)
    card: str = ""


class FamilyTable(Words):
    """One file of `families/`. `errors`: own numbers for those of SCPI; 0 keeps one out of the queue.

    `ovp_above`: by how much (1.05) the OVP must stand above the set voltage. `locked`: nothing is set before remote
    control is taken, which the front panel may refuse.
    """

    speaks: tuple[str, ...] | None = None
    marks: Marks = Marks()
    names: dict[str, int] = {}
    errors: dict[int, int] = {}
    writes: Writes = Writes()
    measures: Measures = Measures()
    models: dict[str, Words] = {}
    ovp_above: float = 0.0
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Build:
    """What an instrument has that no dialect file says: other outputs, an OVP bound to the set voltage (0: free)."""

    others: tuple[OtherOutput, ...] = ()
    ovp_above: float = 0.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A setting that is only remembered: its text at power-on, and its limits."""

    initial: str
    low: float = -inf
    high: float = inf


@dataclass(frozen=True, slots=True)
class Family:
    """A family's words and ways, as far as one model of it goes."""

    table: FamilyTable
    forms: tuple[Form, ...]
    kept: Mapping[str, Kept]


def family(dialect: Dialect, model: Model) -> Family:
    """The words and ways of a model's family."""
    own = table(dialect.name)
    usual = ("select", "supply", "system") if dialect.kind is Kind.SUPPLY else ("meter", "system")
    common = _common()
    of_model = [words for name, words in own.models.items() if name in model.names]
    lists = [*of_model, own, *(common[name] for name in (usual if own.speaks is None else own.speaks))]
    says, kept = [], {}
    for words in lists:
        says += [(own.marks.put_in(notation), verb) for notation, verb in words.says.items() if has(model, verb)]
        for notation, value in words.keeps.items():
            setter = own.marks.put_in(notation)
            kept[setter] = _kept(value)
            says += [(setter, f"keep {setter}"), (_asked(setter), f"kept {setter}")]
    return Family(own, tuple(form(notation, verb) for notation, verb in says), kept)


def build(dialect: Dialect, model: Model) -> Build:
    """What a model has beside its dialect file."""
    own = table(dialect.name)
    others = (words.others for name, words in own.models.items() if name in model.names)
    return Build(next(others, ()), own.ovp_above)


@cache
def table(name: str) -> FamilyTable:
    """A family's file; an empty one where there is none."""
    path = FOLDER / f"{name}.toml"
    return FamilyTable.model_validate(tomllib.loads(path.read_text("utf-8"))) if path.exists() else FamilyTable()


@cache
def _common() -> Mapping[str, Words]:
    tables = tomllib.loads((FOLDER / "common.toml").read_text("utf-8"))
    return {name: Words.model_validate(table) for name, table in tables.items()}


def has(model: Model, verb: str) -> bool:
    """Whether a model can do what a verb does; a verb without an operation can be done by all."""
    name, _, rest = verb.partition(" ")
    known = set(model.commands) | {each for query in model.queries.values() for each in query.answers}
    if name == "switch":
        return _SWITCHED[rest] in known
    if name == "ask":
        return rest in model.queries
    return rest not in set(Operation) or Operation(rest) in known


def _kept(value: str) -> Kept:
    initial, *limits = value.split(" ") if value.count(" ") == 2 else [value]
    return Kept(initial, *map(float, limits))


def _asked(setter: str) -> str:
    """The query beside a setter: its channel stays, a number may be asked for its limits."""
    header, _, rest = setter.partition(" ")
    channel = [f"[{part.strip('[], ')},]" for part in _parts(rest) if "<ch>" in part or "<list>" in part]
    limits = ["[MINimum|MAXimum|DEFault,]"] if "<number>" in rest else []
    return f"{header}? {''.join(limits + channel)}".strip()


def _parts(rest: str) -> Iterator[str]:
    yield from rest.replace("[", ",[").split(",")
