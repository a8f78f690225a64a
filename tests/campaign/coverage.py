"""`python -m tests.campaign coverage`: is every branch of the safety kernel taken by a test?

The kernel is what `include` lists under `[tool.coverage.run]` in `pyproject.toml`; `TESTS` are those that know it.
Processes they start are measured as well. A module that no test loads has missed everything.
"""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import shorten
from typing import Any

from coverage import Coverage

ROOT = Path(__file__).parents[2]
TESTS = (
    "tests/core",
    *(f"--ignore=tests/core/{name}" for name in ("planning", "test_chain.py", "test_codec.py", "test_view.py")),
    "tests/guard",
    "tests/engine",
    "tests/edge/test_link.py",
    "tests/edge/test_wire.py",
    "tests/edge/test_wire_clearing.py",
    "tests/test_acceptance_by_hand.py",
    "tests/test_group_nights.py",
    "tests/test_nights_by_hand.py",
)


@dataclass(frozen=True, slots=True)
class Module:
    """What of a module was taken: numbers of statements and branches, and what was not, by lines."""

    name: str
    statements: int
    branches: int
    unrun: tuple[int, ...]
    untaken: tuple[tuple[int, int], ...]

    @property
    def missed(self) -> int:
        """Statements never run and branches never taken."""
        return len(self.unrun) + len(self.untaken)

    def __str__(self) -> str:
        where = [str(line) for line in self.unrun]
        where += [f"{line}->{to if to > 0 else 'out'}" for line, to in self.untaken if line not in self.unrun]
        shown = shorten(" ".join(where), 200, placeholder=" ...")
        return f"{self.name:40} {self.statements:6} {self.branches:6} {self.missed:6}  {shown}".rstrip()


def main(arguments: list[str]) -> int:
    """Measure with these tests (none: `TESTS`). The exit code: 0 when nothing is missed and no test fails, else 1."""
    with TemporaryDirectory(prefix="coverage-") as folder:
        passed = _run(Path(folder) / "data", arguments or TESTS)
        modules = measured(Path(folder) / "data")
    print(f"{'':40} {'lines':>6} {'ways':>6} {'missed':>6}")
    print("\n".join(str(one) for one in modules))
    ways, missed = sum(one.branches for one in modules), sum(one.missed for one in modules)
    print(f"\n{len(modules)} modules, {ways} branches, {missed} missed")
    if not passed:
        print("a test failed or none ran: mend that first", file=sys.stderr)
    return int(missed > 0 or not passed)


def kernel() -> list[Path]:
    """Every module of the safety kernel."""
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["coverage"]["run"]["include"]
    return sorted({path for pattern in patterns for path in ROOT.glob(pattern)})


def _run(data: Path, tests: Sequence[str]) -> bool:
    """Whether every test passed."""
    command = [sys.executable, "-m", "coverage", "run", "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"COVERAGE_FILE": str(data)}, check=False)
    return done.returncode == 0


def measured(data: Path) -> list[Module]:
    """The kernel as it was measured, in the order of `kernel`."""
    found = Coverage(data_file=str(data), config_file=str(ROOT / "pyproject.toml"))
    found.combine([str(data.parent)])
    report = data.with_suffix(".json")
    found.json_report([str(path) for path in kernel()], outfile=str(report))
    return [_module(name, one) for name, one in sorted(json.loads(report.read_text())["files"].items())]


def _module(name: str, one: dict[str, Any]) -> Module:
    return Module(
        name.removeprefix("benchctl/"),
        one["summary"]["num_statements"],
        one["summary"]["num_branches"],
        tuple(one["missing_lines"]),
        tuple((line, to) for line, to in one["missing_branches"]),
    )
