"""What each file of `instruments/` rests on: a line a family, for whoever asks how far a dialect can be trusted.

python -m tests.campaign dialects
"""

import re
from pathlib import Path

from benchctl.core.dialect.voice import Kind
from benchctl.edge.dialect_tables import DialectTable, ExampleTable
from benchctl.edge.shipped import shipped_folder
from benchctl.edge.toml_lines import read_toml

MAKERS = {"guide", "guide900", "guide2000", "manual", "quick", "um", "ug", "pg", "pg68", "ref", "spm", "psu", "source"}
MAKERS |= {"e3631", "e3632", "e3633", "e364x", "hw", "maker"}
HEARD = {"unit", "psurem", "recorded", "ses", "tr", "code", "lab", "lxi", "t", "reset", "bench", "serial", "app"}
"""How the source of an example begins that is a document of the maker's, or what a real instrument was heard to say.

What else there is are other people's programs and their tests: they may never have met an instrument.
"""
KNOWN = ("output_on_at_power_on", "bleeds_when_off", "clear_reenables", "ovp_kind", "ovp_senses", "sinks")
HEAD = "| family | kind | models | examples | first hand | programs | unverified | lines | accuracy | unknown |"
_EXAMPLES = re.compile(r"^\[\[examples\]\]\n(?:.+\n?)*", re.MULTILINE)


def main(_arguments: list[str]) -> int:
    """Print the table. Always 0."""
    print(HEAD)
    print(re.sub(r"[^|]+", " --- ", HEAD))
    for path in sorted(shipped_folder("instruments").glob("*.toml")):
        print(row(path))
    return 0


def row(path: Path) -> str:
    """A family's line of the table."""
    table = DialectTable.model_validate(read_toml(path).table)
    grades = [grade(example) for example in table.examples]
    counts = [str(grades.count(each)) for each in ("first hand", "programs", "unverified")]
    models = sum(1 + len(model.also) for model in table.models.values())
    cells = [table.name, table.kind.value, str(models), str(len(grades)), *counts, str(lines(path.read_text("utf-8")))]
    return "| " + " | ".join([*cells, accuracy(table), unknown(table)]) + " |"


def grade(example: ExampleTable) -> str:
    """How well an example is attested."""
    if "unverified" in example.source:
        return "unverified"
    begins = {atom.split(" ")[0].strip(",:()'") for atom in re.split(r"; |: ", example.source)}
    return "programs" if begins.isdisjoint(MAKERS | HEARD) else "first hand"


def lines(text: str) -> int:
    """Lines besides the examples, with anything on them."""
    return sum(1 for line in _EXAMPLES.sub("", text).splitlines() if line.strip())


def accuracy(table: DialectTable) -> str:
    """Whose accuracy is known: a meter's by its confidence, a supply's by whether any source states it."""
    if table.kind is Kind.METER:
        graded = [model.meter.accuracy.confidence for model in table.models.values() if model.meter is not None]
        return ", ".join(f"{graded.count(each)} {each}" for each in ("high", "medium") if each in graded)
    stated = [
        each.accuracy_percent is not None or common(table, model.variant)
        for model in table.models.values()
        for ranges in model.channels.values()
        for each in ranges[:1]
    ]
    return "stated" if all(stated) else f"{sum(stated)} of {len(stated)} outputs" if any(stated) else "not stated"


def common(table: DialectTable, variant: str | None) -> bool:
    """Whether what a model's outputs have in common tells their accuracy."""
    shared = [table.ratings] if variant is None else [table.ratings, table.variants[variant].ratings]
    return any(each.accuracy_percent is not None for each in shared)


def unknown(table: DialectTable) -> str:
    """The traits of a supply that no source tells: the safe conclusion is drawn from each."""
    if table.traits is None:
        return ""
    return ", ".join(name for name in KNOWN if getattr(table.traits, name) == "unknown")
